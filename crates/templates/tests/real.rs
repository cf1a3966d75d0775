//! The published templates: how many are taken, why the others are not, and that those taken find what they are for.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, reason = "a test that reads files and measures")]

mod sample;

use std::time::Instant;

use model::digest::Digest;
use model::facts::proofs::Proof;
use model::facts::tls::{Certificate, TlsHandshake, Trust};
use templates::{Answer, Belief, Catalogue, DnsAnswer, HttpAnswer, Method, Record, Request, StoredAnswer, Target};

/// Runs one template; `answer` gives the answer to a request.
fn run(catalogue: &Catalogue, id: &str, answer: impl Fn(&Request) -> Option<Answer>) -> Vec<Proof> {
    let target = Target::of("https://www.example.gov.cn/").expect("a target");
    let template =
        catalogue.templates().iter().find(|template| template.id() == id).unwrap_or_else(|| panic!("{id} is not taken"));
    let mut run = template.run(&target);
    while let Some(request) = run.request() {
        match answer(&request) {
            Some(answer) => run.take(&answer, Belief::Full),
            None => run.fail(),
        }
    }
    run.end().proofs
}

/// A page at one path.
fn page<'a>(path: &'a str, status: u16, fields: &'a [(&str, &str)], body: &'a str) -> impl Fn(&Request) -> Option<Answer> + 'a {
    move |request| match request {
        Request::Http(request) if request.url == format!("https://www.example.gov.cn{path}") => {
            let headers: Vec<(String, String)> = fields.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
            Some(Answer::http(HttpAnswer { status, headers: &headers, body: body.as_bytes() }))
        }
        _ => None,
    }
}

fn nothing(request: &Request) -> Option<Answer> {
    match request {
        Request::Http(_) => Some(Answer::http(HttpAnswer { status: 404, headers: &[], body: b"<html>not found</html>" })),
        _ => None,
    }
}

fn handshake() -> TlsHandshake {
    let leaf = Certificate {
        der: Digest::of(b""),
        subject: "CN=Kubernetes Ingress Controller Fake Certificate,O=Acme Co".into(),
        organisation: None,
        issuer: "CN=Kubernetes Ingress Controller Fake Certificate,O=Acme Co".into(),
        names: vec!["ingress.local".into()],
        not_before: "2020-01-01T00:00:00Z".parse().expect("a time"),
        not_after: "2021-01-01T00:00:00Z".parse().expect("a time"),
        key_algorithm: "RSA".into(),
        key_bits: Some(2048),
        signature_algorithm: "sha256WithRSAEncryption".into(),
        serial: "01".into(),
    };
    TlsHandshake {
        host: "www.example.gov.cn".into(),
        ip: "192.0.2.1".parse().expect("an address"),
        port: 443,
        version: "TLSv1.2".into(),
        cipher: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256".into(),
        chain: vec![leaf],
        trust: Trust::SelfSigned,
        covers_host: false,
    }
}

#[test]
fn the_published_templates() {
    let Some(sources) = sample::sources() else { return };
    let count = sources.len();
    let started = Instant::now();
    let catalogue = Catalogue::read(sources);
    let taken = catalogue.templates().len();
    eprintln!("{taken} of {count} taken in {:?}; refused: {:?}", started.elapsed(), catalogue.refused_by_class());
    assert_eq!(taken + catalogue.refused().len(), count);
    assert!(taken * 10 > count * 9, "nine in ten of these detect and do nothing else");
    let unreadable = catalogue.refused_by_class().get("unreadable").copied().unwrap_or_default();
    assert_eq!(unreadable, 0, "all of them are templates");
    for id in
        ["nacos-create-user", "hadoop-unauth-rce", "graphql-alias-batching", "metadata-aws", "tomcat-scripts", "zip-backup-files"]
    {
        assert!(catalogue.templates().iter().all(|template| template.id() != id), "{id} is taken");
    }
    everything_asked_is_harmless(&catalogue);
    pages_are_recognised(&catalogue);
    other_protocols_are_recognised(&catalogue);
    stored_answers_are_recognised(&catalogue);
}

fn everything_asked_is_harmless(catalogue: &Catalogue) {
    let mut requests: Vec<Request> = Vec::new();
    for address in ["https://www.example.gov.cn/", "http://oa.example.gov.cn:8080/portal/"] {
        requests.clear();
        let target = Target::of(address).expect("a target");
        for template in catalogue.templates() {
            let mut run = template.run(&target);
            let mut asked = 0;
            while let Some(request) = run.request() {
                asked += 1;
                if let Request::Http(request) = &request {
                    assert!(request.url.starts_with(&format!("{}/", target.root())), "{}: {}", template.id(), request.url);
                    assert!(matches!(request.method, Method::Get | Method::Head));
                }
                if let Request::Dns { name, .. } = &request {
                    assert!(name.ends_with("example.gov.cn"), "{}: {name}", template.id());
                }
                requests.push(request.clone());
                match nothing(&request) {
                    Some(answer) => run.take(&answer, Belief::Full),
                    None => run.fail(),
                }
            }
            assert!(asked <= 20, "{}", template.id());
        }
    }
    let asked = requests.len();
    requests.sort();
    requests.dedup();
    eprintln!("{asked} requests, {} different", requests.len());
}

/// Id of a template, path, status, header fields, page.
type Case = (&'static str, &'static str, u16, &'static [(&'static str, &'static str)], &'static str);

fn pages_are_recognised(catalogue: &Catalogue) {
    const JSON: &[(&str, &str)] = &[("content-type", "application/json")];
    const PLAIN: &[(&str, &str)] = &[("content-type", "text/plain")];
    let cases: [Case; 10] = [
        ("git-config", "/.git/config", 200, PLAIN, "[core]\n\trepositoryformatversion = 0\n"),
        ("exposed-svn", "/.svn/entries", 200, PLAIN, "8\n\ndir\n"),
        ("exposed-bzr", "/.bzr/branch/branch.conf", 200, PLAIN, "parent_location = x"),
        ("springboot-env", "/actuator/env", 200, JSON, "{\"activeProfiles\":[],\"local.server.port\":{}}"),
        ("jenkins-login", "/login", 200, &[("x-jenkins", "2.401.1")], "<title>Sign in [Jenkins]</title>"),
        ("nginx-version", "/", 200, &[("server", "nginx/1.18.0")], ""),
        ("apache-detect", "/", 200, &[("server", "Apache/2.4.41")], ""),
        ("zabbix-error", "/", 200, &[], "<title>Warning [refreshed every 30 sec.]</title>"),
        ("wordpress-akismet", "/wp-content/plugins/akismet/readme.txt", 200, PLAIN, "Stable tag: 5.0.1"),
        ("elasticsearch", "/?pretty", 200, JSON, "{\"version\" : {\"number\" : \"7.10.2\"}}"),
    ];
    for (id, path, status, fields, body) in cases {
        let proofs = run(catalogue, id, page(path, status, fields, body));
        assert_eq!(proofs.len(), 1, "{id}: {proofs:?}");
        assert_eq!(proofs[0].request, format!("GET https://www.example.gov.cn{path}"));
        assert_eq!(run(catalogue, id, nothing), [], "{id}");
    }
    let extracted = |id, path, fields, body| run(catalogue, id, page(path, 200, fields, body))[0].extracted.clone();
    assert_eq!(extracted("jenkins-login", "/login", &[("x-jenkins", "2.401.1")], "Sign in [Jenkins]")["version"], ["2.401.1"]);
    assert_eq!(
        extracted("wordpress-akismet", "/wp-content/plugins/akismet/readme.txt", PLAIN, "Stable tag: 5.0.1")["detected_version"],
        ["5.0.1"]
    );
    let secret = extracted("git-config", "/.git/config", PLAIN, "[core]\nurl = https://zhang:geheim@git.example.cn/x\n");
    assert!(!format!("{secret:?}").contains("geheim"), "{secret:?}");
}

fn other_protocols_are_recognised(catalogue: &Catalogue) {
    let dns = |wanted: Record, record: &'static str| {
        move |request: &Request| match request {
            Request::Dns { name, record: kind } if *kind == wanted => {
                let records = [record.to_owned()];
                Some(Answer::dns(DnsAnswer { name, record: wanted, exists: true, aliases: &[], records: &records }))
            }
            _ => None,
        }
    };
    let proofs = run(catalogue, "dmarc-detect", dns(Record::Txt, "\"v=DMARC1; p=none\""));
    assert_eq!(proofs[0].request, "DNS TXT _dmarc.www.example.gov.cn");
    let proofs = run(catalogue, "caa-fingerprint", dns(Record::Caa, "0 issue \"letsencrypt.org\""));
    assert_eq!(proofs[0].extracted["raw"], ["letsencrypt.org"]);
    let tls = |request: &Request| matches!(request, Request::Tls { port: 443 }).then(|| Answer::tls(&handshake(), true));
    for id in ["kubernetes-fake-certificate", "expired-ssl", "self-signed-ssl", "mismatched-ssl-certificate"] {
        assert_eq!(run(catalogue, id, tls).len(), 1, "{id}");
    }
    let ssh =
        |request: &Request| matches!(request, Request::Banner { port: 22 }).then(|| Answer::banner(b"SSH-2.0-OpenSSH_7.4\r\n"));
    let proofs = run(catalogue, "openssh-detect", ssh);
    assert_eq!(proofs[0].request, "TCP www.example.gov.cn:22");
    assert_eq!(proofs[0].extracted["data"], ["SSH-2.0-OpenSSH_7.4"]);
}

fn stored_answers_are_recognised(catalogue: &Catalogue) {
    let headers = [("server".to_owned(), "nginx/1.18.0".to_owned())];
    let body = "<html><title>x</title>".to_owned() + &"<p>政务公开</p>".repeat(5000);
    let stored = StoredAnswer {
        url: "https://www.example.gov.cn/",
        redirected: false,
        status: 200,
        headers: &headers,
        body: body.as_bytes(),
    };
    let started = Instant::now();
    let proofs = catalogue.offline(&stored);
    eprintln!("a page of {} bytes by all of them: {:?}", body.len(), started.elapsed());
    let found: Vec<&str> = proofs.iter().map(|proof| proof.template.as_str()).collect();
    assert!(found.contains(&"nginx-version") && !found.contains(&"apache-detect"), "{found:?}");
    let other = StoredAnswer { url: "https://www.example.gov.cn/login", ..stored };
    let found: Vec<Proof> = catalogue.offline(&other);
    assert!(found.iter().all(|proof| proof.template != "nginx-version"), "asked for the home page alone");
    let jenkins = StoredAnswer { body: b"Sign in [Jenkins]", ..other };
    assert!(catalogue.offline(&jenkins).iter().any(|proof| proof.template == "jenkins-login"));
    // A template that follows no redirects would have seen another answer.
    let redirected = StoredAnswer { redirected: true, ..stored };
    assert!(catalogue.offline(&redirected).iter().all(|proof| proof.template != "nginx-version"));
    let nowhere = StoredAnswer { url: "not an address", ..stored };
    assert_eq!(catalogue.offline(&nowhere), []);
}
