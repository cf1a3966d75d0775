//! Sources and ledger as their users run them: import, hold, release, decide, reconcile; fetch from a folder; push over HTTP.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};

use model::digest::Digest;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::program::{Ended, Program};

const ROSTER: &str = "单位名称,统一社会信用代码,机构类型,行政区划代码\n清河县人民政府,11130534000123019M,党政机关,130534\n\
    清河县农业农村局,11130534000123027G,党政机关,130534\n清河县畜牧局,11130534000123035B,党政机关,130534\n\
    清河县图书馆,121305340001230433,事业单位,130534\n清河县总工会,13130534000123078J,群团机关,130534\n\
    清河县卫生健康局,111305340001231074,党政机关,130534\n";
const LEDGER: &str = "单位名称,统一社会信用代码,应用类型,应用名称,网址\n清河县人民政府,11130534000123019M,网站,清河县人民政府,www.qinghe.gov.cn\n\
    清河县图书馆,,网站,清河县图书馆,www.qhlib.org.cn\n清河县卫健局,,网站,清河卫健,wjj.qinghe.gov.cn\n";

fn import(program: &Program, kind: &str, name: &str, content: &str) -> Ended {
    let file = program.file(&format!("{kind}.csv"), content);
    program.run(&["source", "import", kind, file.to_str().unwrap(), "--name", name])
}

fn shown(program: &Program, entity: &str) -> Value {
    program.run(&["ledger", "show", entity, "--format", "json"]).expect(0).json()
}

#[test]
fn registers_become_a_ledger_that_people_correct() {
    let program = Program::new();
    import(&program, "roster", "编办", ROSTER).expect(0);
    import(&program, "ledger", "网信办", LEDGER).expect(0);
    let library = shown(&program, "www.qhlib.org.cn");
    assert_eq!(
        (library["owner"].as_str(), library["division"].as_str()),
        (Some("institution:121305340001230433"), Some("130534"))
    );
    let region = program.run(&["ledger", "list", "--region", "130000", "--format", "csv"]).expect(0);
    assert!(region.out.contains("www.qinghe.gov.cn") && !region.out.contains("wjj.qinghe.gov.cn"), "{}", region.out);

    // An abbreviation is doubtful until a person decides.
    let pairs = program.run(&["ledger", "pairs"]).expect(0);
    assert!(pairs.err.contains("1 pairs"), "{}{}", pairs.out, pairs.err);
    let by = ["--by", "李某", "--because", "编办答复"];
    let same = ["ledger", "same", "institution:~清河县卫健局", "111305340001231074"];
    program.run(&[&same[..], &by[..]].concat()).expect(0);
    assert_eq!(shown(&program, "wjj.qinghe.gov.cn")["owner"], "institution:111305340001231074");
    let pin = ["ledger", "pin", "www.qhlib.org.cn", "state", "retired"];
    program.run(&[&pin[..], &by[..]].concat()).expect(0);
    assert_eq!(shown(&program, "www.qhlib.org.cn")["state"], "retired");
    let unpin = ["ledger", "unpin", "www.qhlib.org.cn", "state"];
    program.run(&[&unpin[..], &by[..]].concat()).expect(0);
    assert_eq!(shown(&program, "www.qhlib.org.cn")["state"], "confirmed");
    let wrong = program.run(&[&["ledger", "pin", "www.qhlib.org.cn", "type", "emperor"][..], &by[..]].concat()).expect(2);
    assert!(wrong.err.contains("party_government"), "{}", wrong.err);
    program.run(&["ledger", "show", "www.nobody.gov.cn"]).expect(2);

    let report = program.run(&["ledger", "reconcile", "--format", "json"]).expect(0).json();
    assert_eq!(
        (&report["schema"], &report["reconciliation"]["unseen"]["total"]),
        (&"mingcha-reconciliation/1".into(), &3.into())
    );
    let tree = program.run(&["ledger", "tree"]).expect(0);
    assert!(tree.out.contains("130534"), "{}", tree.out);
    for lang in ["zh", "en"] {
        let page = program.path("gap.html");
        let file = page.to_str().unwrap();
        program.run(&["ledger", "reconcile", "--format", "html", "--out", file, "--lang", lang]).expect(0);
        assert!(std::fs::read_to_string(&page).unwrap().contains("www.qhlib.org.cn"));
        let table = program.run(&["ledger", "reconcile", "--lang", lang]).expect(0);
        assert!(table.out.contains("www.qhlib.org.cn"), "{}", table.out);
    }
}

#[test]
fn a_feed_that_shrinks_waits_for_a_person() {
    let program = Program::new();
    import(&program, "roster", "编办", ROSTER).expect(0);
    let one: String = ROSTER.lines().take(2).map(|line| format!("{line}\n")).collect();
    let small = program.file("small.csv", &one);
    let preview = ["source", "import", "roster", small.to_str().unwrap(), "--name", "编办", "--preview"];
    let preview = program.run(&preview).expect(0);
    assert!(preview.err.contains("5 withdrawn"), "{}", preview.err);
    let held = import(&program, "roster", "编办", &one).expect(2);
    assert!(held.err.contains("held for a person"), "{}", held.err);
    assert_eq!(shown(&program, "13130534000123078J")["state"], "active", "nothing of it is taken");
    let list = program.run(&["source", "list"]).expect(0);
    assert!(list.out.contains("held"), "{}", list.out);
    program.run(&["source", "release", "2"]).expect(0);
    program.run(&["ledger", "show", "13130534000123078J"]).expect(2);
    program.run(&["source", "release", "2"]).expect(2);

    let page = import(&program, "roster", "编办", "<!DOCTYPE html><title>502</title>").expect(2);
    assert!(page.err.contains("HTML page"), "{}", page.err);
    let head = import(&program, "roster", "另一个", "单位名称,统一社会信用代码\n").expect(2);
    assert!(head.err.contains("no row is good"), "{}", head.err);
}

#[test]
fn every_format_is_written_down() {
    let program = Program::new();
    let kinds = program.run(&["source", "formats"]).expect(0);
    for kind in ["roster", "rdap", "nmap", "sbom", "complaints"] {
        assert!(kinds.out.contains(kind), "{}", kinds.out);
        let page = program.run(&["source", "formats", kind]).expect(0);
        assert!(page.out.starts_with("# "), "{}", page.out);
    }
    program.run(&["source", "formats", "gossip"]).expect(2);
}

#[test]
fn a_folder_is_fetched_once_and_again_when_it_changes() {
    let program = Program::new();
    let folder = program.path("drop");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("icp.csv"), "主办单位名称,备案号,域名\n清河县人民政府,冀ICP备05000001号-1,qinghe.gov.cn\n")
        .unwrap();
    let place = format!("file:{}/*.csv", folder.display());
    let config = format!("[[sources]]\nkind = \"icp\"\nname = \"省通管局\"\nplace = \"{place}\"\nsettle_s = 0\n");
    let config = program.file("mingcha.toml", config);
    let sync = |names: &[&str]| program.run(&[&["source", "sync", "--config", config.to_str().unwrap()][..], names].concat());
    let first = sync(&["省通管局"]).expect(0);
    assert!(first.err.contains("2 added"), "{}", first.err);
    let second = sync(&["省通管局"]).expect(0);
    assert!(!second.err.contains("added"), "{}", second.err);
    assert!(sync(&["无此来源"]).expect(2).err.contains("无此来源"));
    let due = sync(&[]).expect(0);
    assert!(due.err.is_empty(), "it is not due: {}", due.err);
}

/// The service, and the address on which it listens.
struct Service {
    process: Child,
    place: String,
    /// Kept open, since whoever writes into a closed pipe is ended.
    _messages: BufReader<std::process::ChildStderr>,
}

impl Service {
    fn start(program: &Program, config: &str) -> Self {
        let mut process = program.command(&["serve", "--config", config]).stderr(Stdio::piped()).spawn().unwrap();
        let mut messages = BufReader::new(process.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("http://") {
            line.clear();
            assert_ne!(messages.read_line(&mut line).unwrap(), 0, "the service ended");
        }
        let place = line.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
        Self { process, place, _messages: messages }
    }

    /// Status and body of a request.
    fn ask(&self, head: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.place).unwrap();
        let length = body.len();
        write!(stream, "{head}\r\nHost: {}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}", self.place).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        (status, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
    }

    fn stop(mut self) {
        kill_process(Pid::from_child(&self.process), Signal::INT).unwrap();
        assert!(self.process.wait().unwrap().success());
    }
}

#[test]
fn deliveries_are_pushed_and_the_public_reports() {
    let program = Program::new();
    let digest = Digest::of(b"a token of thirty-two characters!");
    let token = format!("[[api.tokens]]\nname = \"编办\"\nsha256 = \"{digest}\"\nkinds = [\"roster\"]\n");
    let config = program.file("mingcha.toml", format!("[api]\nlisten = \"127.0.0.1:0\"\nhttps = false\n{token}"));
    let service = Service::start(&program, config.to_str().unwrap());
    let head = "POST /api/v1/sources/roster/bianban/deliveries HTTP/1.1\r\nAuthorization: Bearer ";
    let (status, answer) = service.ask(&format!("{head}a token of thirty-two characters!"), ROSTER);
    assert_eq!(status, 202, "{answer}");
    assert!(answer.contains("applied") && answer.contains("\"added\":6"), "{answer}");
    assert_eq!(service.ask(&format!("{head}another"), ROSTER).0, 401);
    let other = "POST /api/v1/sources/icp/x/deliveries HTTP/1.1\r\nAuthorization: Bearer a token of thirty-two characters!";
    assert_eq!(service.ask(other, ROSTER).0, 403);
    let (status, form) = service.ask("GET /complaints HTTP/1.1", "");
    assert!(status == 200 && form.contains("投诉举报"), "{form}");
    let report = "{\"target\":\"www.qinghe-gov.com\",\"description\":\"假冒网站，联系我 13800138000\"}";
    let (status, receipt) = service.ask("POST /api/v1/complaints HTTP/1.1\r\nContent-Type: application/json", report);
    assert!((200..300).contains(&status), "{status} {receipt}");
    service.stop();
    assert_eq!(shown(&program, "13130534000123078J")["state"], "active");
    let store = std::fs::read(program.path("mingcha/mingcha.db")).unwrap();
    assert!(!store.windows(11).any(|window| window == b"13800138000"), "personal data is masked before it is kept");
}
