//! Bad input: a clear message, the right exit status, nothing lost.

use crate::program::Program;

#[test]
fn wrong_use_ends_with_2() {
    let program = Program::new();
    program.run(&["check"]).expect(2);
    program.run(&["check", "not a host"]).expect(2);
    program.run(&["rules", "show", "DOM999"]).expect(2);
    program.run(&["sweep"]).expect(2);
    program.run(&["report"]).expect(2);
    let missing = program.run(&["sweep", "--ledger", "no-such-file.csv"]).expect(2);
    assert!(missing.err.contains("no-such-file.csv"), "{}", missing.err);
}

#[test]
fn a_configuration_says_what_is_wrong_with_it() {
    let program = Program::new();
    for (content, hint) in [
        ("[net]\nresolver = []\n", "resolver"),
        ("[net]\nresolvers = [\"nonsense\"]\n", "nonsense"),
        ("[net]\nallow_ranges = [\"300.0.0.0/8\"]\n", "300.0.0.0/8"),
        ("[store]\nurl = \"postgres://x/y\"\n", "sqlite:"),
        ("not toml", "config.toml"),
    ] {
        let config = program.file("config.toml", content);
        let ended = program.run(&["check", "www.example.gov.cn", "--config", config.to_str().unwrap()]);
        assert!(matches!(ended.status, 2 | 3), "{content}: {}", ended.status);
        assert!(ended.err.contains(hint), "{content}: {}", ended.err);
    }
}

#[test]
fn ledgers_with_bad_rows_import_the_good_ones() {
    let program = Program::new();
    let header = "institution_name,uscc,institution_type,level,application_kind,application_name,address\n";
    let good = "清河县人民政府,,party_government,county,web_site,清河县人民政府,www.qinghe.gov.cn\n";
    let bad = "坏代码单位,91350100M000100Y44,party_government,county,web_site,x,www.x.gov.cn\n坏类型,,emperor,county,web_site,x,www.y.gov.cn\n坏网址,,party_government,county,web_site,x,http://\n";
    let ledger = program.file("ledger.csv", format!("{header}{good}{bad}"));
    let imported = program.run(&["source", "import", "ledger", ledger.to_str().unwrap()]).expect(0);
    for line in ["ledger.csv:3", "ledger.csv:4", "ledger.csv:5"] {
        assert!(imported.err.contains(line), "{}", imported.err);
    }
    // The row speaks of an institution and of its site.
    assert!(imported.err.contains("2 added"), "{}", imported.err);
    let again = program.run(&["source", "import", "ledger", ledger.to_str().unwrap()]).expect(0);
    assert!(again.err.contains("2 unchanged"), "{}", again.err);
    let list = program.run(&["ledger", "list", "--format", "csv"]).expect(0);
    assert!(list.out.contains("清河县人民政府"), "{}", list.out);

    let columns = program.file("columns.csv", "a,b\n1,2\n");
    let wrong = program.run(&["source", "import", "ledger", columns.to_str().unwrap()]).expect(2);
    assert!(wrong.err.contains("a column address (地址) is needed"), "{}", wrong.err);
    program.run(&["source", "import", "ledger", program.file("empty.csv", "").to_str().unwrap()]).expect(2);
    program.run(&["source", "import", "ledger", program.file("noise.xlsx", b"PK\x03\x04 nonsense").to_str().unwrap()]).expect(2);
}

/// Each of these is said in the language asked for: what is wrong, where, and what to do. Nothing of them is taken.
#[test]
fn damaged_deliveries_are_refused_with_the_reason_in_both_languages() {
    let program = Program::new();
    // A gzip header (RFC 1952), and a deflate stream that breaks off.
    let cut = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b\x4c";
    let bomb =
        "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><nmaprun><host>&b;</host></nmaprun>";
    let cases: [(&str, &str, &[u8], &str, &str); 6] = [
        ("roster", "cut.csv.gz", cut, "不完整，请重新获取", "fetch it again"),
        ("icp", "page.csv", b"<!DOCTYPE html><title>502</title>", "是网页而不是数据", "an HTML page"),
        ("nmap", "bomb.xml", bomb.as_bytes(), "声明了带实体的文档类型", "document type with entities"),
        ("roster", "columns.csv", "甲,乙\n1,2\n".as_bytes(), "表头为：甲, 乙", "found 甲, 乙"),
        ("roster", "old.xls", b"\xd0\xcf\x11\xe0 1997", "请另存为 .xlsx 或 .csv", "save it as .xlsx or .csv"),
        ("ledger", "empty.csv", b" \n", "文件为空", "it is empty"),
    ];
    for (kind, name, content, zh, en) in cases {
        let file = program.file(name, content);
        for (lang, words) in [("zh", zh), ("en", en)] {
            let ended = program.run(&["source", "import", kind, file.to_str().unwrap(), "--lang", lang]).expect(2);
            assert!(ended.err.contains(words), "{name} {lang}: {}", ended.err);
            let told = ended.err.lines().filter(|line| line.contains(words)).map(|line| line.matches(name).count()).max();
            assert_eq!(told, Some(1), "the file is named once: {}", ended.err);
        }
    }
    for (lang, words) in [("zh", "无法读取"), ("en", "cannot read")] {
        let folder = program.path("folder");
        std::fs::create_dir_all(&folder).unwrap();
        let ended = program.run(&["source", "import", "roster", folder.to_str().unwrap(), "--lang", lang]).expect(2);
        assert!(ended.err.contains(words), "{}", ended.err);
    }
    assert!(program.run(&["ledger", "list", "--format", "csv"]).expect(0).out.lines().count() <= 1);
}

#[test]
fn rows_with_one_id_are_told_once_and_the_first_is_taken() {
    let program = Program::new();
    let rows = "单位名称,统一社会信用代码,行政区划代码\n清河县人民政府,11130534000123019M,130534\n清河县政府,11130534000123019M,130534\n";
    let file = program.file("roster.csv", rows);
    let ended = program.run(&["source", "import", "roster", file.to_str().unwrap()]).expect(0);
    assert!(ended.err.contains("roster.csv:3") && ended.err.contains("line 2 is taken"), "{}", ended.err);
    assert!(!ended.err.contains("roster.csv:2:") && ended.err.contains("1 rejected"), "{}", ended.err);
}

#[test]
fn a_dead_resolver_is_said_at_once() {
    let program = Program::new();
    // A socket that is bound and never answers.
    let silent = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let resolver = silent.local_addr().unwrap();
    let config = program.file(
        "config.toml",
        format!("[net]\nresolvers = [\"{resolver}\"]\nallow_ranges = [\"127.0.0.0/8\"]\ndns_timeout_s = 0.3\n[browser]\nenabled = false\n"),
    );
    let ended = program.run(&["check", "www.example.gov.cn", "--config", config.to_str().unwrap()]).expect(3);
    assert!(ended.err.contains("resolver"), "{}", ended.err);
}

#[test]
fn a_store_that_cannot_be_written_is_said() {
    let program = Program::new();
    let config = program.file("config.toml", "[store]\nurl = \"sqlite:/proc/mingcha/x.db\"\n");
    let ledger = program.file("l.csv", "institution_name,application_kind,address\n清河县人民政府,web_site,www.qinghe.gov.cn\n");
    let arguments = ["source", "import", "ledger", ledger.to_str().unwrap(), "--config", config.to_str().unwrap()];
    let ended = program.run(&arguments).expect(3);
    assert!(ended.err.contains("/proc/mingcha"), "{}", ended.err);
    let damaged = program.file("damaged.db", "this is no database, but long enough to look at. ".repeat(40));
    let config = program.file("config.toml", format!("[store]\nurl = \"sqlite:{}\"\n", damaged.display()));
    let ended = program.run(&["source", "list", "--config", config.to_str().unwrap()]).expect(3);
    assert!(ended.err.contains("damaged.db"), "{}", ended.err);
}
