//! Pages against small invented sets: every place, every trap.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

use fingerprints::{Catalogue, Favicon, PageInput, Set, Source};
use model::facts::technology::{Technologies, Technology, VersionSource};

fn source(set: Set, name: &str, text: &str) -> Source {
    Source { set, name: name.to_owned(), bytes: text.as_bytes().to_vec() }
}

fn wappalyzer(technologies: &str) -> Catalogue {
    Catalogue::build(vec![
        source(Set::Wappalyzer, "categories.json", r#"{"1":{"name":"CMS","priority":1},"2":{"name":"Servers","priority":2}}"#),
        source(Set::Wappalyzer, "a.json", technologies),
    ])
}

fn html(catalogue: &Catalogue, html: &str) -> Technologies {
    catalogue.page(&PageInput { url: "https://www.example.gov.cn/", html, ..PageInput::default() })
}

fn names(technologies: &Technologies) -> Vec<&str> {
    technologies.found.iter().map(|technology| technology.name.as_str()).collect()
}

fn only(technologies: &Technologies) -> &Technology {
    assert_eq!(names(technologies).len(), 1, "{technologies:?}");
    &technologies.found[0]
}

fn version(technologies: &Technologies) -> Option<&str> {
    only(technologies).version.as_ref().map(|version| version.number.as_str())
}

#[test]
fn every_place_is_looked_at() {
    let catalogue = wappalyzer(
        r##"{
        "Html": {"html": "<!-- made by quux -->"}, "Text": {"text": "Driven by Quux"}, "Src": {"scriptSrc": "/quux\\.js"},
        "Code": {"scripts": "quux\\.start\\("}, "Header": {"headers": {"X-Quux": "on"}}, "Cookie": {"cookies": {"QUUXID": ""}},
        "CookieName": {"cookies": {"quux[a-f]{4}": ""}}, "Meta": {"meta": {"generator": "^Quux"}}, "Url": {"url": "\\.gov\\.cn/quux"},
        "Element": {"dom": "div[data-quux]"}, "ElementText": {"dom": {"b.q": {"text": "quux"}}},
        "ElementAttribute": {"dom": {"a": {"attributes": {"href": "quux-link"}}}}, "Style": {"css": "\\.quux-row"},
        "Global": {"js": {"Quux.version": ""}}, "Request": {"xhr": "api\\.quux\\."}, "Record": {"dns": {"TXT": "quux-verify"}},
        "Issuer": {"certIssuer": "Quux CA"}, "Robots": {"robots": "# quux"}
        }"##,
    );
    assert_eq!(catalogue.skipped(), []);
    let page = PageInput {
        url: "https://www.example.gov.cn/quux",
        headers: &[("x-quux", "on")],
        cookies: &[("quuxid", "secret-value"), ("QUUXabcd", "secret-value")],
        html: "<head><meta name=Generator content='Quux 1'><script src=/quux.js></script><script>quux.start(1)</script>\
               <style>.quux-row{}</style></head><!-- made by quux --><div data-quux></div><b class='q r'>the quux</b>\
               <a href='/quux-link'>x</a><p>Driven <i>by</i> Quux</p>",
        requests: &["https://api.quux.example/1"],
        dns: &[("txt", "quux-verify=1")],
        globals: &[("Quux.version", "1")],
        certificate_issuer: "CN=Quux CA",
        robots: "# quux",
        ..PageInput::default()
    };
    let found = catalogue.page(&page);
    let mut all: Vec<&str> = names(&found);
    all.sort();
    assert_eq!(
        all,
        [
            "Code",
            "Cookie",
            "CookieName",
            "Element",
            "ElementAttribute",
            "ElementText",
            "Global",
            "Header",
            "Html",
            "Issuer",
            "Meta",
            "Record",
            "Request",
            "Robots",
            "Src",
            "Style",
            "Text",
            "Url"
        ]
    );
    assert!(!format!("{found:?}").contains("secret-value"), "cookie values are never kept");
    assert_eq!(names(&html(&catalogue, "<p>nothing</p>")), [""; 0]);
}

#[test]
fn versions_come_from_groups_and_ternaries() {
    let catalogue = wappalyzer(
        r#"{"Q": {"scriptSrc": "quux-?([\\d.]+)?(\\.min)?\\.js\\;version:\\1", "html": "quux (next)?\\;version:\\1?9:8"}}"#,
    );
    assert_eq!(version(&html(&catalogue, "<script src='/a/quux-1.2.3.min.js'></script>")), Some("1.2.3"));
    assert_eq!(version(&html(&catalogue, "<script src='/a/quux.js'></script>")), None);
    assert_eq!(version(&html(&catalogue, "quux next")), Some("9"));
    assert_eq!(version(&html(&catalogue, "quux old")), Some("8"));
    // A page's own word is surer than a file's name.
    let both = html(&catalogue, "<script src=/quux-1.2.3.js></script>quux next");
    assert_eq!(only(&both).version.as_ref().unwrap().by, VersionSource::Page);
}

#[test]
fn confidence_adds_up_to_a_hundred() {
    let catalogue = wappalyzer(r#"{"Q": {"html": ["one\\;confidence:30", "two\\;confidence:40", "three\\;confidence:60"]}}"#);
    assert_eq!(only(&html(&catalogue, "one two")).confidence, 70);
    assert_eq!(only(&html(&catalogue, "one two three")).confidence, 100);
}

#[test]
fn implications_reach_far_and_end() {
    let catalogue = wappalyzer(
        r#"{"A": {"html": "sign-of-a", "implies": ["B\\;confidence:50", "Unknown"]}, "B": {"implies": "C", "cats": [2]}, "C": {"implies": "A"}}"#,
    );
    let found = html(&catalogue, "sign-of-a");
    assert_eq!(names(&found), ["A", "B", "C", "Unknown"]);
    assert_eq!((found.found[1].confidence, &found.found[1].implied_by[..]), (50, &["A".to_owned()][..]));
    assert_eq!(found.found[1].categories, ["Servers"]);
    assert_eq!((found.found[2].confidence, &found.found[2].implied_by[..]), (50, &["B".to_owned()][..]));
    assert!(found.found[0].implied_by.is_empty(), "what has signs of its own is not implied");
}

#[test]
fn requirements_and_exclusions() {
    let catalogue = wappalyzer(
        r#"{"Plugin": {"html": "plug", "requires": "Base"}, "Base": {"html": "base", "cats": [1]}, "Theme": {"html": "theme", "requiresCategory": [1]},
            "Fork": {"html": "fork", "excludes": "Base"}, "Over": {"html": "over", "implies": "Base"}}"#,
    );
    assert_eq!(names(&html(&catalogue, "plug theme")), [""; 0]);
    assert_eq!(names(&html(&catalogue, "plug theme base")), ["Base", "Plugin", "Theme"]);
    assert_eq!(names(&html(&catalogue, "plug theme over")), ["Base", "Over", "Plugin", "Theme"]);
    assert_eq!(names(&html(&catalogue, "plug fork base")), ["Fork"]);
}

#[test]
fn what_cannot_be_used_is_named_and_the_rest_works() {
    let catalogue = wappalyzer(r#"{"Bad": {"html": ["a(?!b)", "(", "fine-sign"], "dom": "a:hover"}, "Worse": 3}"#);
    let reasons: Vec<_> = catalogue.skipped().iter().map(|skipped| (skipped.entry.as_str(), skipped.reason.as_str())).collect();
    assert_eq!(
        reasons,
        [
            ("Bad", "look-ahead: a(?!b)"),
            ("Bad", "pseudo-class: a:hover"),
            ("Bad", "unclosed group: ("),
            ("Worse", "not an object")
        ]
    );
    assert!(catalogue.skipped().iter().all(|skipped| skipped.file == "a.json"));
    assert_eq!(names(&html(&catalogue, "a fine-sign")), ["Bad"]);
    assert_eq!(catalogue.counts()[&Set::Wappalyzer].skipped, 4);
    for set in Set::ALL {
        let broken = Catalogue::build(vec![source(set, "x", "{nonsense"), source(set, "y", "\u{0}")]);
        assert_eq!(broken.skipped().len(), 2, "{set:?} {:?}", broken.skipped());
    }
}

#[test]
fn the_compiled_file_is_read_too() {
    let catalogue =
        Catalogue::build(vec![source(Set::Wappalyzer, "f.json", r#"{"apps": {"Q": {"html": ["quux"], "cats": [1]}}}"#)]);
    assert_eq!(names(&html(&catalogue, "QUUX")), ["Q"]);
}

#[test]
fn chinese_products() {
    let catalogue = Catalogue::build(vec![
        source(
            Set::Ehole,
            "finger.json",
            r#"{"fingerprint": [
                {"cms": "示例OA", "method": "keyword", "location": "body", "keyword": ["/demo/login.gif", "欢迎"]},
                {"cms": "示例门户", "method": "keyword", "location": "title", "keyword": ["门户系统"]},
                {"cms": "示例网关", "method": "keyword", "location": "header", "keyword": ["Server: demo-gw"]},
                {"cms": "示例图标", "method": "faviconhash", "location": "body", "keyword": ["-123"]}]}"#,
        ),
        source(
            Set::FingerprintHub,
            "x.yaml",
            "id: demo-hub\ninfo:\n  name: demo-hub\n  metadata:\n    vendor: demo\nhttp:\n- method: GET\n  path:\n  - '{{BaseURL}}/'\n  matchers:\n  \
             - type: word\n    words:\n    - 演示\n    - Demo Hub\n    case-insensitive: true\n    condition: and\n  - type: favicon\n    hash:\n    - '77'\n\
             - method: GET\n  path:\n  - '{{BaseURL}}/admin'\n  matchers:\n  - type: word\n    words: [never]\n",
        ),
        source(
            Set::FingerprintHub,
            "v3.json",
            r#"[{"path":"/","request_method":"get","request_headers":{},"request_data":"","status_code":200,"headers":{"Server":"demo"},
                 "keyword":["flat-word"],"favicon_hash":["88"],"priority":3,"name":"Flat"},
                {"path":"/x","request_method":"get","name":"Elsewhere"}]"#,
        ),
    ]);
    assert_eq!(catalogue.skipped(), []);
    assert_eq!(names(&html(&catalogue, "<img src=/demo/login.gif>欢迎使用")), ["示例OA"]);
    assert_eq!(names(&html(&catalogue, "<img src=/demo/login.gif>")), [""; 0]);
    assert_eq!(names(&html(&catalogue, "<title>某市门户系统</title>")), ["示例门户"]);
    assert_eq!(names(&html(&catalogue, "<p>某市门户系统</p>")), [""; 0]);
    assert_eq!(names(&html(&catalogue, "演示 demo hub never")), ["demo-hub"]);
    assert_eq!(names(&html(&catalogue, "演示 never")), [""; 0]);
    let page = PageInput { headers: &[("Server", "demo-gw/1")], status: 200, html: "flat-word", ..PageInput::default() };
    assert_eq!(names(&catalogue.page(&page)), ["Flat", "示例网关"]);
    assert_eq!(names(&catalogue.page(&PageInput { status: 404, ..page })), ["示例网关"]);
    let icons =
        |mmh3| catalogue.favicon(&Favicon { mmh3, md5: String::new() }).into_iter().map(|one| one.name).collect::<Vec<_>>();
    assert_eq!(
        (icons(-123), icons(77), icons(88)),
        (vec!["示例图标".to_owned()], vec!["demo-hub".to_owned()], vec!["Flat".to_owned()])
    );
    assert_eq!(catalogue.counts()[&Set::FingerprintHub].aside, 2);
}

#[test]
fn protection_devices() {
    let catalogue = Catalogue::build(vec![source(
        Set::Wafw00f,
        "rules.json",
        r#"{"wafs": [{"id": "d", "name": "DemoWall (Demo Co)", "rules": [
            {"type": "header", "header": "X-Wall", "pattern": ".+", "attack_response_only": false, "sufficient_alone": true},
            {"type": "cookie", "pattern": "^dw_id=", "attack_response_only": false, "sufficient_alone": true},
            {"type": "content", "pattern": "blocked by demo", "attack_response_only": true, "sufficient_alone": true},
            {"type": "status", "status": 493, "attack_response_only": true, "sufficient_alone": false},
            {"type": "content", "pattern": "incident", "attack_response_only": true, "sufficient_alone": false}]}]}"#,
    )]);
    let seen = |page: &PageInput<'_>, blocked| !catalogue.protection(page, blocked).is_empty();
    let page = PageInput::default();
    assert!(seen(&PageInput { headers: &[("x-wall", "1")], ..page }, false));
    assert!(seen(&PageInput { cookies: &[("dw_id", "secret")], ..page }, false));
    assert!(!seen(&PageInput { html: "blocked by demo", ..page }, false), "the words may be quoted by any page");
    assert!(seen(&PageInput { html: "blocked by demo", ..page }, true));
    assert!(!seen(&PageInput { html: "incident", ..page }, true));
    assert!(!seen(&PageInput { status: 493, ..page }, true));
    assert!(seen(&PageInput { html: "incident", status: 493, ..page }, true));
    let found = catalogue.page(&PageInput { cookies: &[("dw_id", "secret")], ..page });
    assert!(found.found.is_empty());
    assert_eq!((found.protection[0].name.as_str(), found.protection[0].vendor.as_deref()), ("DemoWall", Some("Demo Co")));
    assert!(!format!("{found:?}").contains("secret"));
}

#[test]
fn banners_speak_once_with_their_parameters() {
    let catalogue = Catalogue::build(vec![source(
        Set::Recog,
        "xml/ssh_banners.xml",
        r#"<fingerprints matches="ssh.banner"><fingerprint pattern="^DemoSSH_([\d.]+)( \S+)?$" flags="REG_ICASE"><description>Demo
           SSH</description><param pos="0" name="service.vendor" value="Demo"/><param pos="0" name="service.product" value="DemoSSH"/>
           <param pos="1" name="service.version"/><param pos="2" name="openssh.comment"/>
           <param pos="0" name="service.cpe23" value="cpe:/a:demo:ssh:{service.version}"/>
           <param pos="0" name="os.product" value="DemoOS"/><param pos="0" name="os.cpe23" value="cpe:/o:demo:os:{os.version}"/></fingerprint>
           <fingerprint pattern="^Demo"><param pos="0" name="service.product" value="Late"/></fingerprint>
           <fingerprint pattern="^(?!x)"><description>Never</description></fingerprint></fingerprints>"#,
    )]);
    let products = catalogue.banner("ssh.banner", "demossh_1.2");
    assert_eq!(products.len(), 2);
    assert_eq!((products[0].name.as_str(), products[0].vendor.as_deref()), ("DemoSSH", Some("Demo")));
    assert_eq!(products[0].version.as_ref().map(|version| version.number.as_str()), Some("1.2"));
    assert_eq!(products[0].cpe.as_deref(), Some("cpe:/a:demo:ssh:1.2"));
    assert_eq!((products[1].name.as_str(), products[1].cpe.as_deref()), ("DemoOS", Some("cpe:/o:demo:os:-")));
    assert_eq!(catalogue.recognise("ssh.banner", "DemoSSH_1").unwrap().description, "Demo SSH");
    assert_eq!(catalogue.banner("ssh.banner", "Demo")[0].name, "Late");
    assert_eq!(catalogue.banner("ftp.banner", "Demo"), []);
    assert_eq!(catalogue.skipped().len(), 1);
}

#[test]
fn the_order_of_files_does_not_matter() {
    let files = [
        source(Set::Wappalyzer, "a.json", r#"{"A": {"html": "one", "implies": "B"}}"#),
        source(Set::Wappalyzer, "b.json", r#"{"B": {"html": "two"}}"#),
        source(
            Set::Ehole,
            "f.json",
            r#"{"fingerprint": [{"cms": "a", "method": "keyword", "location": "body", "keyword": ["one"]}]}"#,
        ),
    ];
    let one = html(&Catalogue::build(files.to_vec()), "one two");
    let other = html(&Catalogue::build(files.iter().rev().cloned().collect()), "one two");
    assert_eq!(one, other);
    assert_eq!(names(&one), ["A", "B"]);
    assert_eq!(one.catalogues, ["wappalyzer 2", "ehole 1"]);
}
