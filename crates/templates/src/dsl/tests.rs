//! Expressions: what they mean, and what is refused.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn parts() -> BTreeMap<String, Value> {
    let text = |name: &str, text: &str| (name.to_owned(), Value::text(text));
    [
        text("body", "<title>政务 Login</title>"),
        text("header", "HTTP/1.1 200\r\nServer: nginx\r\n"),
        text("version", "1.2.10"),
        ("status_code".to_owned(), Value::Number(200.0)),
        text("Host", "www.example.gov.cn"),
    ]
    .into()
}

fn value(source: &str) -> Result<String, Failed> {
    let parts = parts();
    let expression = Expression::read(source).unwrap_or_else(|unread| panic!("{source}: {unread:?}"));
    expression.value(&Scope::new(vec![&parts])).map(|value| String::from_utf8_lossy(&value.bytes()).into_owned())
}

#[test]
fn operators_bind_as_in_the_format() {
    for source in [
        "status_code == 200 && contains(tolower(body), 'login')",
        "status_code==200 && (\"x\" == \"y\" || true)",
        "!contains(body, '<form') && !false",
        "false && false || true",
        "len(body) > 20 && len(body) < 1000",
        "status_code != 404 && status_code >= 200 && status_code <= 200",
        "body =~ '<title>.*</title>' && body !~ '(?i)error'",
        "1 + 2 * 3 == 7 && 5 - 2 - 1 == 2 && -1 < 0",
        "regex('server: (?:nginx|apache)', to_lower(header))",
        "contains(body, \"{{Host}}\") == false",
        "startsWith(Host, 'www.', 'm.')",
    ] {
        assert_eq!(value(source).as_deref(), Ok("true"), "{source}");
    }
}

#[test]
fn functions() {
    for (source, expected) in [
        ("md5('abc')", "900150983cd24fb0d6963f7d28e17f72"),
        ("sha1('abc')", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("sha256('')", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        // MurmurHash3 of "hello" with seed 0 is 0x248bfa47.
        ("mmh3('hello')", "613153351"),
        ("base64_py('abc')", "YWJj\n"),
        ("base64('a?')", "YT8="),
        ("base64_decode('YT8=')", "a?"),
        ("hex_encode('A中')", "41e4b8ad"),
        ("hex_decode('41 e4b8ad')", "A中"),
        ("to_upper(trim('  ab ', ' '))", "AB"),
        ("trim_prefix('v1.2', 'v') + trim_suffix('x.js', '.js')", "1.2x"),
        ("trim_left('xxa', 'x') + trim_right('axx', 'x') + trim_space(' b ')", "aab"),
        ("replace('a-b-c', '-', '')", "abc"),
        ("concat('a', 1, true)", "a1true"),
        ("url_decode('%E6%94%BF%zz')", "政%zz"),
        ("url_encode('a b/')", "a+b%2F"),
        ("html_escape('<a href=\"x\">')", "&lt;a href=&#34;x&#34;&gt;"),
        ("reverse('政务')", "务政"),
        ("contains_any(body, 'x', 'Login')", "true"),
        ("contains_all(body, 'title', 'absent')", "false"),
        ("ends_with(body, '</title>')", "true"),
        ("equals_any(Host, 'a', 'www.example.gov.cn')", "true"),
        ("compare_versions(version, '> 1.2.9', '< 2')", "true"),
        ("compare_versions(version, concat('< ', '1.2.10'))", "false"),
        ("to_number('12') + 1", "13"),
    ] {
        assert_eq!(value(source).as_deref(), Ok(expected), "{source}");
    }
}

#[test]
fn what_is_not_known_is_not_true() {
    assert_eq!(value("contains(absent, 'x')"), Err(Failed::Unknown));
    assert_eq!(value("body && true"), Err(Failed::Kind));
    assert_eq!(value("status_code == '200'").as_deref(), Ok("false"));
    assert_eq!(value("hex_decode('4')"), Err(Failed::Kind));
    assert_eq!(value("replace(body, '', 'x')"), Err(Failed::Kind));
}

#[test]
fn what_is_not_of_the_language_is_refused() {
    for source in
        ["", "a b", "contains(body)", "unknown(body)", "'open", "(a", "a ==", "1x", "a ; b", "body[0]", "tls_version, cipher"]
    {
        assert!(matches!(Expression::read(source), Err(Unread::Words(_))), "{source}");
    }
    for source in ["rand_base(5)", "unix_time()", "date_time('%Y')", "wait_for(9)", "to_lower(rand_text_alpha(5))"] {
        assert!(matches!(Expression::read(source), Err(Unread::Unrepeatable(_))), "{source}");
    }
    assert!(matches!(Expression::read("regex('(?=a)', body)"), Err(Unread::Regex(_))));
    for deep in ["(", "!(", "md5("] {
        assert!(Expression::read(&format!("{}1{}", deep.repeat(5000), ")".repeat(5000))).is_err(), "{deep}");
    }
    assert!(Expression::read(&"!".repeat(10_000)).is_err());
    assert!(Expression::read(&vec!["1"; 5000].join("+")).is_err());
}

#[test]
fn work_is_bounded_and_told() {
    let body: BTreeMap<String, Value> = [("body".to_owned(), Value::text(vec![b'a'; 1 << 20]))].into();
    let scope = Scope::new(vec![&body]);
    // Each call is another one, so that none is remembered.
    let work = (0..2000).map(|number| Expression::read(&format!("md5(concat(body, '{number}'))")).expect("an expression"));
    let failed = work.map(|expression| expression.value(&scope)).find(Result::is_err);
    assert_eq!(failed, Some(Err(Failed::Spent)));
    assert!(scope.is_spent());
    let scope = Scope::new(vec![&body]);
    let bomb = Expression::read("replace(body, 'a', 'aaaaaaaaaaaaaaaa')").expect("an expression");
    assert_eq!(bomb.value(&scope), Err(Failed::Spent));
}

#[test]
fn text_with_placeholders() {
    let parts = parts();
    let fill = |text: &Text| String::from_utf8(text.fill(&Scope::new(vec![&parts])).expect("filled")).expect("text");
    assert_eq!(fill(&Text::strict("a{{Host}}/{{to_upper('x')}}").expect("text")), "awww.example.gov.cn/X");
    assert_eq!(fill(&Text::lenient("{{ a.b | c }}{{Host").expect("text")), "{{ a.b | c }}{{Host");
    assert!(Text::strict("{{ a.b | c }}").is_err() && Text::strict("{{Host").is_err());
    assert!(Text::lenient("{{rand_base(5)}}").is_err());
    assert!(Text::lenient("}}{{}}{{").is_ok());
}

proptest! {
    #[test]
    fn no_expression_panics(source in "([a-z_]{1,9}\\(|\\)|,|'[^']{0,4}'|\"|\\\\|[0-9.]{1,3}|body|&&|\\|\\||!|==|=~|<|-|\\+|\\*|\\{\\{|\\}\\}|中| ){0,24}") {
        let parts = parts();
        if let Ok(expression) = Expression::read(&source) {
            let _ = expression.value(&Scope::new(vec![&parts]));
        }
        if let Ok(text) = Text::lenient(&source) {
            let _ = text.fill(&Scope::new(vec![&parts]));
        }
    }
}
