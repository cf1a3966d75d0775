//! Templates against a server of ours: what is sent, how often, and when it ends.

use std::sync::{Arc, Mutex};

use dialer::permit::Permit;
use model::facts::proofs::Proofs;
use model::observation::FailureClass;
use model::permission::{AccessLevel, Grant};
use model::subject::SubjectId;
use templates::{Catalogue, Source};

use super::server::{Party, config, names, page, path, secure, web};
use super::{detectable, probes};
use crate::probes::Probes;
use crate::proofs::ProofBounds;

const SITE: &str = "http://www.example.cn/";

fn catalogue(templates: &[&str]) -> Catalogue {
    let source = |(number, yaml): (usize, &&str)| Source { name: format!("{number}.yaml"), bytes: yaml.as_bytes().to_vec() };
    let catalogue = Catalogue::read(templates.iter().enumerate().map(source).collect());
    assert!(catalogue.refused().is_empty(), "{:?}", catalogue.refused());
    catalogue
}

/// A template that asks for these paths and looks for what `matcher` says.
fn template(id: &str, paths: &[&str], matcher: &str) -> String {
    let paths: String = paths.iter().map(|path| format!("      - '{{{{BaseURL}}}}{path}'\n")).collect();
    format!(
        "id: {id}\ninfo:\n  name: {id}\n  severity: info\nhttp:\n  - method: GET\n    path:\n{paths}    matchers:\n      - {matcher}\n"
    )
}

fn word(id: &str, path: &str, word: &str) -> String {
    template(id, &[path], &format!("{{type: word, words: ['{word}']}}"))
}

fn granted(probes: &Probes) -> Permit {
    let grant = Grant { level: AccessLevel::L3, document: "授权书 2 号".into(), until: None };
    probes.dialer.permit(&SubjectId::site("www.example.cn"), Some(&grant), AccessLevel::L3, "templates").expect("a permit")
}

const QUICK: ProofBounds = ProofBounds { requests: 100, pause_s: 0.0, time_s: 60.0 };

/// The request lines that a server heard.
type Heard = Arc<Mutex<Vec<String>>>;

/// Applies templates to a server that answers so.
async fn apply(
    templates: &[&str],
    bounds: &ProofBounds,
    answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static,
) -> (Proofs, Vec<String>) {
    let heard = Heard::default();
    let log = Arc::clone(&heard);
    let server = web(move |head| {
        log.lock().expect("the log").push(head.to_owned());
        answer(head)
    })
    .await;
    let (probes, _) = probes(names(&[]).await, server.port, vec![]);
    let permit = granted(&probes);
    let catalogue = catalogue(templates);
    let applying = probes.proofs(&permit, SITE, &catalogue, bounds);
    // The engine runs it beside others.
    fn is_send(_: &impl Send) {}
    is_send(&applying);
    let proofs = applying.await;
    let heard = heard.lock().expect("the log").clone();
    (proofs, heard)
}

fn lines(heard: &[String]) -> Vec<&str> {
    heard.iter().filter_map(|head| head.lines().next()).filter(|line| !line.contains("cannot-be-here")).collect()
}

fn hits(proofs: &Proofs) -> Vec<&str> {
    proofs.hits.iter().map(|proof| proof.template.as_str()).collect()
}

/// A server with a home page and nothing else.
fn home(head: &str) -> Vec<u8> {
    match path(head) {
        "/" => page("200 OK", "Server: nginx/1.18\r\n", b"<title>OA</title> v1.2.3, call 13800138000"),
        _ => page("404 Not Found", "", b"no such page"),
    }
}

#[tokio::test]
async fn without_a_permit_of_l3_nothing_is_sent() {
    let server = web(|_| unreachable!("nothing is sent")).await;
    let (probes, visit) = probes(names(&[]).await, server.port, vec![]);
    for permit in [visit, detectable(&probes)] {
        let proofs = probes.proofs(&permit, SITE, &catalogue(&[&word("a", "/", "OA")]), &QUICK).await;
        assert_eq!(proofs.stopped.map(|failure| failure.class), Some(FailureClass::NotPermitted));
        assert_eq!((proofs.ran, proofs.hits.len()), (0, 0));
    }
    assert_eq!(server.connections.load(std::sync::atomic::Ordering::SeqCst), 0);
}

#[tokio::test]
async fn what_many_templates_ask_is_sent_once() {
    let one = word("one", "/", "OA");
    let two = word("two", "/", "nothing");
    let three = template("three", &["/absent", "/"], "{type: word, part: header, words: ['nginx/1.18']}");
    let four = template("four", &["/", "/absent"], "{type: word, words: ['no such page']}");
    // Where there is no redirect, whoever follows them sees the same.
    let five = word("five", "/", "OA").replace("    matchers:", "    redirects: true\n    matchers:");
    let (proofs, heard) = apply(&[&one, &two, &three, &four, &five], &QUICK, home).await;
    assert_eq!(lines(&heard), ["GET / HTTP/1.1", "GET /absent HTTP/1.1"]);
    assert_eq!(hits(&proofs), ["five", "four", "one", "three"]);
    assert_eq!((proofs.ran, proofs.failed.len(), proofs.stopped), (5, 0, None));
    assert_eq!(proofs.hits[2].request, "GET http://www.example.cn/");
    assert!(heard.iter().all(|head| head.contains("User-Agent: ") && head.contains("Host: www.example.cn\r\n")), "{heard:?}");
}

#[tokio::test]
async fn one_connection_serves_for_all() {
    let server = web(home).await;
    let (probes, _) = probes(names(&[]).await, server.port, vec![]);
    let permit = granted(&probes);
    let templates = catalogue(&[&word("one", "/", "OA"), &word("two", "/two", "x"), &word("three", "/three", "x")]);
    let proofs = probes.proofs(&permit, SITE, &templates, &QUICK).await;
    assert_eq!((proofs.ran, server.connections.load(std::sync::atomic::Ordering::SeqCst)), (3, 1));
}

#[tokio::test]
async fn what_is_extracted_is_shown_without_personal_data() {
    let yaml = template("x", &["/"], "{type: word, words: ['OA']}")
        + "    extractors:\n      - {type: regex, name: version, group: 1, regex: ['v([0-9.]+)']}\n      - {type: regex, name: phone, regex: ['call \\d+']}\n";
    let (proofs, _) = apply(&[&yaml], &QUICK, home).await;
    assert_eq!(proofs.hits[0].extracted["version"], ["1.2.3"]);
    assert!(!proofs.hits[0].extracted["phone"][0].contains("13800138000"), "{:?}", proofs.hits);
}

#[tokio::test]
async fn a_site_that_answers_everything_alike_is_not_believed() {
    let status = template("status", &["/admin.php"], "{type: status, status: [200]}");
    let same = word("same", "/console", "OA");
    let other = word("other", "/other", "another");
    let root = word("root", "/", "OA");
    let (proofs, _) = apply(&[&status, &same, &other, &root], &QUICK, |head| match path(head) {
        "/other" => page("200 OK", "", b"another page"),
        "/admin.php" => page("200 OK", "", b"an admin page, or not"),
        _ => page("200 OK", "", b"OA for all"),
    })
    .await;
    assert_eq!(hits(&proofs), ["other", "root"]);
    // Where a missing page is told as such, the status alone is believed.
    let (proofs, _) = apply(&[&status], &QUICK, |head| match path(head) {
        "/admin.php" => page("200 OK", "", b""),
        _ => home(head),
    })
    .await;
    assert_eq!(hits(&proofs), ["status"]);
}

#[tokio::test]
async fn a_site_that_asks_to_slow_down_is_left_alone() {
    for (status, fields) in [("429 Too Many Requests", ""), ("503 Service Unavailable", "Retry-After: 120\r\n")] {
        let templates: Vec<String> = (0..20).map(|number| word(&format!("t{number}"), &format!("/p{number}"), "x")).collect();
        let templates: Vec<&str> = templates.iter().map(String::as_str).collect();
        let (proofs, heard) = apply(&templates, &QUICK, move |head| match path(head) {
            "/p11" => page(status, fields, b"slower"),
            _ => home(head),
        })
        .await;
        let stopped = proofs.stopped.expect("stopped");
        assert_eq!(stopped.class, FailureClass::RateLimited);
        assert!(fields.is_empty() || stopped.detail.contains("120"), "{stopped:?}");
        // In the order of addresses /p11 comes fourth, after /p0, /p1 and /p10.
        assert_eq!(lines(&heard).len(), 4, "{heard:?}");
        assert_eq!((proofs.ran, proofs.failed["not-reached"]), (3, 17));
    }
    // A server that has nothing but errors left is not asked on.
    let templates: Vec<String> = (0..20).map(|number| word(&format!("t{number}"), &format!("/p{number}"), "x")).collect();
    let templates: Vec<&str> = templates.iter().map(String::as_str).collect();
    let (proofs, heard) = apply(&templates, &QUICK, |_| page("500 Internal Server Error", "", b"")).await;
    assert_eq!((heard.len(), proofs.stopped.map(|failure| failure.class)), (10, Some(FailureClass::ServerError)));
    // A 503 that promises nothing is an answer like any other.
    let (proofs, _) = apply(&[&word("x", "/", "down")], &QUICK, |_| page("503 Service Unavailable", "", b"down")).await;
    assert_eq!((proofs.stopped, proofs.hits.len()), (None, 1));
}

#[tokio::test]
async fn requests_are_bounded_and_dead_sites_given_up() {
    let templates: Vec<String> = (0..20).map(|number| word(&format!("t{number}"), &format!("/p{number}"), "x")).collect();
    let templates: Vec<&str> = templates.iter().map(String::as_str).collect();
    let (proofs, heard) = apply(&templates, &ProofBounds { requests: 6, ..QUICK }, home).await;
    assert_eq!((heard.len(), lines(&heard).len()), (6, 5));
    assert_eq!(proofs.stopped.map(|failure| failure.class), Some(FailureClass::TooLarge));
    let (proofs, heard) = apply(&templates, &ProofBounds { time_s: 0.0, ..QUICK }, home).await;
    assert_eq!((heard.len(), proofs.stopped.map(|failure| failure.class)), (0, Some(FailureClass::TooLarge)));
    // It answers once and then closes without a word.
    let (proofs, _) =
        apply(&templates, &QUICK, |head| if head.contains("cannot-be-here") { home(head) } else { Vec::new() }).await;
    assert!(proofs.stopped.is_some());
    assert_eq!((proofs.ran, proofs.failed["no-answer"], proofs.failed["not-reached"]), (0, 4, 16));
}

#[tokio::test]
async fn redirects_are_followed_on_the_host_alone_and_only_when_asked() {
    let follows = word("follows", "/old", "OA").replace("    matchers:", "    host-redirects: true\n    matchers:");
    let stays = template("stays", &["/old"], "{type: status, status: [302]}");
    let leaves = word("leaves", "/away", "x").replace("    matchers:", "    redirects: true\n    matchers:");
    let circles = word("circles", "/round", "round").replace("    matchers:", "    redirects: true\n    matchers:");
    let (proofs, heard) = apply(&[&follows, &stays, &leaves, &circles], &QUICK, |head| match path(head) {
        "/old" => page("302 Found", "Location: /\r\n", b""),
        "/away" => page("302 Found", "Location: http://other.example.cn/x\r\n", b""),
        "/round" => page("302 Found", "Location: /round\r\n", b"round"),
        _ => home(head),
    })
    .await;
    assert_eq!(hits(&proofs), ["circles", "follows", "stays"]);
    assert!(heard.iter().all(|head| head.contains("Host: www.example.cn\r\n")), "{heard:?}");
    let rounds = lines(&heard).iter().filter(|line| line.contains("/round")).count();
    assert_eq!(rounds, 4);
}

#[tokio::test]
async fn a_value_out_of_one_page_leads_to_the_next() {
    let yaml = "id: chain\ninfo: {name: chain}\nhttp:\n  - raw:\n      - |\n        GET /api/version HTTP/1.1\n        Host: {{Hostname}}\n        Accept: application/json\n\n      - |\n        GET /static/{{build}}/app.js HTTP/1.1\n        Host: {{Hostname}}\n    extractors:\n      - {type: json, name: build, internal: true, json: ['.build']}\n    matchers:\n      - {type: dsl, dsl: ['contains(body_2, \"vulnerable\") && status_code_1 == 200']}\n";
    let server = |build: &'static str| {
        move |head: &str| match path(head) {
            "/api/version" => {
                page("200 OK", "Content-Type: application/json\r\n", format!("{{\"build\": \"{build}\"}}").as_bytes())
            }
            "/static/b17/app.js" => page("200 OK", "", b"vulnerable"),
            _ => home(head),
        }
    };
    let (proofs, heard) = apply(&[yaml], &QUICK, server("b17")).await;
    assert_eq!(hits(&proofs), ["chain"]);
    assert!(heard[1].contains("Accept: application/json"), "{heard:?}");
    // What a hostile page gives does not lead anywhere.
    let (proofs, heard) = apply(&[yaml], &QUICK, server("../../admin")).await;
    assert_eq!(lines(&heard), ["GET /api/version HTTP/1.1"]);
    assert_eq!((proofs.hits.len(), proofs.failed["unresolved"]), (0, 1));
}

#[tokio::test]
async fn names_handshakes_and_greetings() {
    let texts = &[("www.example.cn", "v=spf1 -all")];
    let leaf = Party::root("old.example.cn", &["old.example.cn"], false);
    let server = secure(config(&leaf, &[], &["http/1.1"]), home).await;
    let (probes, _) = probes(names(texts).await, server.port, vec![]);
    let permit = granted(&probes);
    let dns = "id: spf\ninfo: {name: spf}\ndns:\n  - name: '{{FQDN}}'\n    type: TXT\n    matchers:\n      - {type: word, words: ['v=spf1']}\n";
    let ssl = "id: mismatched\ninfo: {name: m}\nssl:\n  - address: '{{Host}}:{{Port}}'\n    matchers:\n      - {type: dsl, dsl: ['mismatched == true && self_signed == true']}\n    extractors:\n      - {type: json, name: cn, json: ['.subject_cn']}\n";
    let proofs = probes.proofs(&permit, "https://www.example.cn", &catalogue(&[dns, ssl]), &QUICK).await;
    assert_eq!(hits(&proofs), ["mismatched", "spf"], "{proofs:?}");
    assert_eq!(proofs.hits[0].extracted["cn"], ["old.example.cn"]);
    let requests: Vec<&str> = proofs.hits.iter().map(|proof| proof.request.as_str()).collect();
    assert_eq!(requests, ["TLS www.example.cn:443", "DNS TXT www.example.cn"]);
}

#[tokio::test]
async fn a_service_is_listened_to_and_told_nothing() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let heard = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        stream.write_all(b"SSH-2.0-OpenSSH_7.4\r\n").await.expect("said");
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).await.expect("closed");
        heard
    });
    let server = web(home).await;
    let (probes, _) = probes(names(&[]).await, server.port, vec![]);
    let permit = granted(&probes);
    let tcp = format!(
        "id: ssh\ninfo: {{name: ssh}}\ntcp:\n  - host: ['{{{{Hostname}}}}']\n    port: {port}\n    inputs:\n      - data: \"\\r\\n\"\n    matchers:\n      - {{type: word, words: ['SSH-2.0']}}\n"
    );
    let proofs = probes.proofs(&permit, SITE, &catalogue(&[&tcp]), &QUICK).await;
    assert_eq!(hits(&proofs), ["ssh"], "{proofs:?}");
    assert_eq!(heard.await.expect("the service"), b"");
}

#[path = "../../../templates/tests/sample/mod.rs"]
mod sample;

#[tokio::test]
async fn all_published_templates_ask_a_site_no_more_than_the_bound() {
    let Some(sources) = sample::sources() else { return };
    let catalogue = Catalogue::read(sources);
    let heard = Heard::default();
    let log = Arc::clone(&heard);
    let server = web(move |head| {
        log.lock().expect("the log").push(head.to_owned());
        match path(head) {
            "/.git/config" => page("200 OK", "Content-Type: text/plain\r\n", b"[core]\n\tbare = false\n"),
            _ => home(head),
        }
    })
    .await;
    let (probes, _) = probes(names(&[]).await, server.port, vec![]);
    let started = std::time::Instant::now();
    let bounds = ProofBounds { pause_s: 0.0, ..ProofBounds::default() };
    let proofs = probes.proofs(&granted(&probes), SITE, &catalogue, &bounds).await;
    let heard = heard.lock().expect("the log").clone();
    eprintln!(
        "{} requests for {} of {} templates in {:?}; not run: {:?}",
        heard.len(),
        proofs.ran,
        catalogue.templates().len(),
        started.elapsed(),
        proofs.failed
    );
    assert!(heard.len() <= 500 && heard.iter().all(|head| head.starts_with("GET /") || head.starts_with("HEAD /")));
    let different: std::collections::BTreeSet<&String> = heard.iter().collect();
    assert_eq!(different.len(), heard.len(), "nothing is asked twice");
    assert!(hits(&proofs).contains(&"nginx-version") && hits(&proofs).contains(&"git-config"), "{:?}", hits(&proofs));
    assert!(!hits(&proofs).contains(&"jenkins-login"));
}
