//! What is refused, by class; and that whatever is taken keeps to its target.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, reason = "a test that measures")]

use std::time::{Duration, Instant};

use proptest::prelude::*;
use templates::{Answer, Belief, Catalogue, Class, HttpAnswer, Method, Request, Source, Target, Template};

const MATCHERS: &str = "    matchers:\n      - {type: word, words: [x]}\n";

/// A template with this http block, beside the matchers.
fn http(block: &str) -> String {
    let block: String = block.lines().map(|line| format!("    {line}\n")).collect();
    format!("id: t\ninfo: {{name: t}}\nhttp:\n  - {}{MATCHERS}", block.trim_start())
}

fn class(yaml: &str) -> Option<Class> {
    Template::read(yaml, "t.yaml").err().map(|refusal| refusal.class)
}

#[test]
fn what_does_more_than_ask_is_refused() {
    let get = "method: GET\npath: ['{{BaseURL}}/a']";
    assert_eq!(class(&http(get)), None);
    for (block, expected) in [
        ("method: POST\npath: ['{{BaseURL}}/a']", Class::Method),
        ("method: PUT\npath: ['{{BaseURL}}/a']", Class::Method),
        ("method: GET\nbody: a=b\npath: ['{{BaseURL}}/a']", Class::Body),
        ("raw: [\"POST /a HTTP/1.1\\nHost: {{Hostname}}\\n\\na=b\"]", Class::Body),
        ("raw: [\"DELETE /a HTTP/1.1\\nHost: {{Hostname}}\"]", Class::Method),
        ("raw: [\"@timeout: 90s\\nGET /a HTTP/1.1\"]", Class::Raw),
        ("raw: [\"GET /a HTTP/1.1\\nHost: {{Hostname}}\\n folded: x\"]", Class::Raw),
        ("raw: [\"GET /a\"]", Class::Raw),
        ("raw: [\"GET http://169.254.169.254/ HTTP/1.1\"]", Class::PathEscape),
        ("raw: [\"GET /a HTTP/1.1\\nHost: evil.example\"]", Class::PathEscape),
        ("unsafe: true\npath: ['{{BaseURL}}/a']", Class::Raw),
        ("path: ['{{BaseURL}}/{{p}}']\npayloads: {p: [a, b]}", Class::Payloads),
        ("path: ['{{BaseURL}}/a']\nattack: clusterbomb", Class::Payloads),
        ("path: ['{{BaseURL}}/a']\nrace: true", Class::Loop),
        ("path: ['{{BaseURL}}/a']\nthreads: 50", Class::Loop),
        ("path: ['{{BaseURL}}/a']\npipeline: true", Class::Loop),
        ("path: ['{{BaseURL}}/a']\nfuzzing: [{part: query}]", Class::Fuzzing),
        ("path: ['{{BaseURL}}/a']\nheaders: {Authorization: Basic YTpi}", Class::Credentials),
        ("path: ['{{BaseURL}}/a']\nheaders: {Cookie: a=b}", Class::Credentials),
        ("path: ['{{BaseURL}}/a']\nheaders: {X-Forwarded-For: 127.0.0.1}", Class::Header),
        ("path: ['{{BaseURL}}/a']\nheaders: {Accept: \"a\\r\\nX-Evil: b\"}", Class::LineBreak),
        ("path: ['{{BaseURL}}/a']\nheaders: {\"A\\r\\nB\": b}", Class::Header),
        ("path: [\"{{BaseURL}}/a\\r\\nX-Evil: b\"]", Class::LineBreak),
        ("path: ['{{BaseURL}}/a%0d%0aX-Evil:b']", Class::LineBreak),
        ("path: ['{{BaseURL}}/../../etc/x']", Class::Traversal),
        ("path: ['{{BaseURL}}/%252e%252e/x']", Class::Traversal),
        ("path: ['{{BaseURL}}@evil.example/']", Class::PathEscape),
        ("path: ['{{BaseURL}}.evil.example/']", Class::PathEscape),
        ("path: ['https://evil.example/?{{BaseURL}}']", Class::PathEscape),
        ("path: ['{{BaseURL}}:9200/']", Class::PathEscape),
        ("path: ['/relative']", Class::PathEscape),
        ("path: ['{{BaseURL}}/?q=<script>alert(1)</script>']", Class::Attack),
        ("path: ['{{BaseURL}}/?u=http://evil.example']", Class::Attack),
        ("path: ['{{BaseURL}}/user/delete?id=1']", Class::Writes),
        ("path: ['{{BaseURL}}/{{rand_base(8)}}']", Class::Unrepeatable),
        ("path: ['{{BaseURL}}/?x={{interactsh-url}}']", Class::OutOfBand),
        ("path: ['{{BaseURL}}/?x={{unknown}}']", Class::Expression),
        ("path: ['{{BaseURL}}/{{']", Class::Expression),
        ("path: ['{{BaseURL}}/a']\nunheard-of: true", Class::Unsupported),
        ("path: []", Class::Unsupported),
    ] {
        assert_eq!(class(&http(block)), Some(expected), "{block}");
    }
}

#[test]
fn what_its_author_says_of_it_is_believed() {
    for (tag, expected) in [
        ("intrusive", Class::Intrusive),
        ("fuzz", Class::Fuzzing),
        ("default-login", Class::BruteForce),
        ("bruteforce", Class::BruteForce),
        ("dos", Class::DenialOfService),
        ("oast", Class::OutOfBand),
        ("rce", Class::Attack),
        ("SQLi", Class::Attack),
    ] {
        let tagged = http("path: ['{{BaseURL}}/']").replace("{name: t}", &format!("{{name: t, tags: 'cve,{tag}'}}"));
        assert_eq!(class(&tagged), Some(expected), "{tag}");
        let listed = http("path: ['{{BaseURL}}/']").replace("{name: t}", &format!("{{name: t, tags: [cve, {tag}]}}"));
        assert_eq!(class(&listed), Some(expected), "{tag}");
        let named = http("path: ['{{BaseURL}}/']").replace("id: t", &format!("id: some-{tag}-thing"));
        assert_eq!(class(&named), Some(expected), "{tag}");
    }
}

#[test]
fn other_protocols_and_programs_are_refused() {
    let plain = http("path: ['{{BaseURL}}/']");
    for (more, expected) in [
        ("code: [{engine: [sh], source: id}]", Class::Protocol),
        ("javascript: [{code: x}]", Class::Protocol),
        ("headless: [{steps: []}]", Class::Protocol),
        ("file: [{extensions: [all]}]", Class::Protocol),
        ("websocket: [{address: x}]", Class::Protocol),
        ("workflows: [{template: x}]", Class::Protocol),
        ("self-contained: true", Class::SelfContained),
        ("flow: 'http(1) || http(2)'", Class::Flow),
        ("flow: 'for (let i of x) { http(1) }'", Class::Flow),
        ("dns: [{name: evil.example, type: A, matchers: [{type: word, words: [x]}]}]", Class::PathEscape),
        ("dns: [{name: '{{FQDN}}', type: AXFR, matchers: [{type: word, words: [x]}]}]", Class::Unsupported),
        ("ssl: [{address: 'evil.example:443', matchers: [{type: word, words: [x]}]}]", Class::PathEscape),
        (
            "tcp: [{host: ['{{Hostname}}'], inputs: [{data: \"FLUSHALL\\r\\n\"}], matchers: [{type: word, words: [x]}]}]",
            Class::Raw,
        ),
        ("tcp: [{host: ['{{Hostname}}'], inputs: [{data: '00', type: hex}], matchers: [{type: word, words: [x]}]}]", Class::Raw),
        ("tcp: [{host: ['evil.example:22'], matchers: [{type: word, words: [x]}]}]", Class::PathEscape),
        ("variables: {a: '{{rand_int(1, 9)}}'}", Class::Unrepeatable),
    ] {
        assert_eq!(class(&format!("{plain}{more}\n")), Some(expected), "{more}");
    }
}

#[test]
fn matchers_are_bounded() {
    let with = |matcher: &str| http("path: ['{{BaseURL}}/']").replace("{type: word, words: [x]}", matcher);
    for (matcher, expected) in [
        ("{type: regex, regex: ['(?=a)b']}", Class::Regex),
        ("{type: regex, regex: ['(a)\\1']}", Class::Regex),
        ("{type: regex, regex: ['((a{1000}){1000}){1000}']}", Class::Regex),
        ("{type: dsl, dsl: ['wait_for(100)']}", Class::Unrepeatable),
        ("{type: dsl, dsl: ['exec(\"id\")']}", Class::Expression),
        ("{type: xpath, xpath: ['//a']}", Class::Unsupported),
        ("{type: word, words: ['']}", Class::Unsupported),
        ("{type: word, words: [x], condition: maybe}", Class::Unsupported),
        ("{type: binary, binary: ['zz']}", Class::Unsupported),
    ] {
        assert_eq!(class(&with(matcher)), Some(expected), "{matcher}");
    }
    let deep = format!("{{type: dsl, dsl: [\"{}1{}\"]}}", "(".repeat(3000), ")".repeat(3000));
    assert_eq!(class(&with(&deep)), Some(Class::Expression));
    let paths: Vec<String> = (0..21).map(|number| format!("'{{{{BaseURL}}}}/{number}'")).collect();
    assert_eq!(class(&http(&format!("path: [{}]", paths.join(", ")))), Some(Class::Loop));
    assert_eq!(class(&http(&format!("path: [{}]", paths[..20].join(", ")))), None);
}

#[test]
fn yaml_made_to_hurt_is_refused_at_once() {
    let bomb: String = (1..12).fold("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned(), |bomb, level| {
        let before = level - 1;
        bomb + &format!("a{level}: &a{level} [{}]\n", vec![format!("*a{before}"); 10].join(", "))
    });
    let tagged = bomb.lines().last().unwrap_or_default().replace("a11: &a11", "tags:");
    let laughs = format!("id: t\ninfo:\n{}  {tagged}\n", bomb.lines().map(|line| format!("  {line}\n")).collect::<String>());
    let deep = format!("id: t\ninfo: {}{}\n", "[".repeat(20_000), "]".repeat(20_000));
    let blocks: String = (0..2000).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
    let long = format!("id: {}\n", "x".repeat(5 << 20));
    let many = format!("id: t\ninfo: {{name: t, x: [{}]}}\n", "1,".repeat(700_000));
    let started = Instant::now();
    for yaml in
        [laughs, deep, blocks, long, many, String::new(), "- 1".into(), "id: [".into(), "id: t\nid: u".into(), "\0\u{7}".into()]
    {
        let refusal = Template::read(&yaml, "bad.yaml").expect_err("refused");
        assert!(matches!(refusal.class, Class::Unreadable | Class::Unsupported), "{refusal}");
        assert!(refusal.detail.len() < 1000 && !refusal.detail.contains('\n'), "{refusal}");
        assert!(refusal.text().zh.contains('（') && !refusal.text().en.is_empty());
    }
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
}

#[test]
fn a_catalogue_counts_what_it_refuses_and_has_one_digest_for_one_content() {
    let source = |name: &str, bytes: &[u8]| Source { name: name.into(), bytes: bytes.to_vec() };
    let good = http("path: ['{{BaseURL}}/']");
    let post = http("method: POST\npath: ['{{BaseURL}}/']");
    let sources = vec![
        source("b.yaml", good.as_bytes()),
        source("a.yaml", b"id: \xff\xfe"),
        source("c.yaml", good.as_bytes()),
        source("d.yaml", post.as_bytes()),
    ];
    let reversed: Vec<Source> = sources.iter().rev().cloned().collect();
    let catalogue = Catalogue::read(sources);
    assert_eq!(catalogue.templates().len(), 1);
    let counts: Vec<(String, u32)> = catalogue.refused_by_class().into_iter().collect();
    assert_eq!(counts, [("duplicate".to_owned(), 1), ("method".to_owned(), 1), ("unreadable".to_owned(), 1)]);
    assert_eq!(Catalogue::read(reversed).label(), catalogue.label());
    assert_ne!(Catalogue::read(vec![source("b.yaml", post.as_bytes())]).label(), catalogue.label());
    assert!(Catalogue::read(Vec::new()).is_empty());
}

#[test]
fn work_on_a_hostile_page_is_bounded() {
    let patterns: Vec<String> = (0..3000).map(|number| format!("'(?i)(a|b|ab)*c{number}$'")).collect();
    let matcher = format!("{{type: regex, regex: [{}]}}", patterns.join(", "));
    let yaml = http("path: ['{{BaseURL}}/']").replace("{type: word, words: [x]}", &matcher);
    let template = Template::read(&yaml, "t.yaml").expect("taken");
    let mut run = template.run(&Target::of("https://www.example.gov.cn/").expect("a target"));
    run.request().expect("a request");
    let body = "ab".repeat(1 << 19);
    run.take(&Answer::http(HttpAnswer { status: 200, headers: &[], body: body.as_bytes() }), Belief::Full);
    let ended = run.end();
    assert_eq!(ended.stopped.map(templates::Stopped::word), Some("work"));
}

/// A piece of a path that a hostile author might write.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z0-9./?&=;@:%#\\\\-]{0,8}",
        "(\\{\\{(BaseURL|RootURL|Hostname|Host|Port|Path|Scheme|FQDN|RDN|DN|SD|randstr|v|x|got)\\}\\}|//|\\.\\./|%2e|%2f|%0d|http://|@evil\\.example|政){0,3}",
        any::<String>(),
    ]
}

proptest! {
    #[test]
    fn the_reader_never_panics(yaml in "((id|info|http|path|raw|matchers|type|words|dsl|regex|dns|ssl|tcp|name|host|inputs|flow)(: |:\n)|- |\\[|\\]|\\{|\\}|,|'|\"|&a|\\*a|\\{\\{|\\}\\}|word|GET|  |\n|\\||é|\u{0}){0,60}") {
        let _ = Template::read(&yaml, "x");
    }

    #[test]
    fn any_bytes_are_refused_or_taken(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let catalogue = Catalogue::read(vec![Source { name: "x".into(), bytes }]);
        prop_assert_eq!(catalogue.templates().len() + catalogue.refused().len(), 1);
    }

    #[test]
    fn what_is_taken_stays_on_its_target(
        pieces in prop::collection::vec(piece(), 1..5),
        begins in any::<bool>(),
        variable in piece(),
        got in any::<String>(),
        header in "(accept|host|referer|origin|x-y|cookie)",
        head in any::<bool>(),
    ) {
        let path = format!("{}{}", if begins { "{{BaseURL}}" } else { "" }, pieces.concat());
        let block = serde_json::json!({
            "method": if head { "HEAD" } else { "GET" },
            "path": ["{{BaseURL}}/", path],
            "headers": {header: variable},
            "matchers": [{"type": "word", "words": ["x"]}],
            "extractors": [{"type": "regex", "name": "got", "internal": true, "group": 1, "regex": ["(?s)got=(.*)"]}],
        });
        let yaml = serde_json::json!({"id": "t", "info": {"name": "t"}, "variables": {"v": variable}, "http": [block]}).to_string();
        let Ok(template) = Template::read(&yaml, "x") else { return Ok(()) };
        for address in ["https://www.example.gov.cn/", "http://oa.example.gov.cn:8080/portal"] {
            let target = Target::of(address).expect("a target");
            let mut run = template.run(&target);
            let page = format!("got={got}");
            while let Some(request) = run.request() {
                let Request::Http(request) = request else { panic!("only http was written") };
                let url = url::Url::parse(&request.url).expect("an address");
                prop_assert_eq!(url.origin().ascii_serialization(), target.root());
                prop_assert!(url.username().is_empty() && url.fragment().is_none());
                prop_assert!(!url.path().split('/').any(|segment| segment.ends_with("..")));
                prop_assert!(!request.url.chars().any(char::is_control));
                prop_assert!(matches!(request.method, Method::Get | Method::Head));
                prop_assert!(request.headers.iter().all(|(_, value)| !value.chars().any(char::is_control)));
                run.take(&Answer::http(HttpAnswer { status: 200, headers: &[], body: page.as_bytes() }), Belief::Full);
            }
        }
    }
}
