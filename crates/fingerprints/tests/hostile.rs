//! Pages and sets made to hurt: what they cost stays in proportion to their size.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, reason = "a test that measures")]

use std::time::{Duration, Instant};

use fingerprints::{Catalogue, PageInput, Set, Source};
use proptest::prelude::*;

const SET: &str = r#"{
    "Catastrophe": {"html": ["(a+)+$x", "(?:aa|a)*b\\d{2}"], "scripts": "(x+x+)+y"},
    "Element": {"dom": {"div[data-q*='quux']": {"text": "(.*)*z"}, "a b c d e": {"text": ""}}},
    "Source": {"scriptSrc": "quux.*quux.*\\.js\\;version:\\1"}}"#;

fn catalogue() -> Catalogue {
    Catalogue::build(vec![Source { set: Set::Wappalyzer, name: "a.json".to_owned(), bytes: SET.as_bytes().to_vec() }])
}

/// Seconds for a page of this many repetitions.
fn cost(catalogue: &Catalogue, page: &dyn Fn(usize) -> String, times: usize) -> f64 {
    let html = page(times);
    let started = Instant::now();
    catalogue.page(&PageInput { url: "https://example.gov.cn/", html: &html, ..PageInput::default() });
    started.elapsed().max(Duration::from_millis(2)).as_secs_f64()
}

#[test]
fn cost_grows_with_the_page_and_no_faster() {
    let catalogue = catalogue();
    let pages: [(&str, &dyn Fn(usize) -> String); 9] = [
        ("a pattern that explodes elsewhere", &|times| format!("{}!", "a".repeat(times))),
        ("a script of it", &|times| format!("<script>{}</script>", "x".repeat(times))),
        ("one attribute", &|times| format!("<div data-q='{}'>", "quux".repeat(times / 4))),
        ("one script address", &|times| format!("<script src='{}'>", "quux".repeat(times / 4))),
        ("depth", &|times| "<a><b><c>".repeat(times / 9)),
        ("end tags", &|times| format!("{}{}", "<p>".repeat(times / 6), "</q>".repeat(times / 6))),
        ("open comments", &|times| "<!-".repeat(times / 3)),
        ("open scripts", &|times| "<script></scrip".repeat(times / 15)),
        ("attributes without values", &|times| format!("<a {}", "a ".repeat(times / 2))),
    ];
    for (name, page) in pages {
        let (small, large) = (cost(&catalogue, page, 50_000), cost(&catalogue, page, 800_000));
        // Sixteen times the page; a quadratic cost would be 256 times as much.
        assert!(large / small < 100.0, "{name}: {small} s, then {large} s");
        assert!(large < 20.0, "{name}: {large} s");
    }
}

#[test]
fn a_set_cannot_ask_for_much_memory() {
    let greedy = r#"{"G": {"html": ["(?:(?:a{1000}){1000}){1000}", "x{4000000000}", "LONG", "(((((((((("]}}"#
        .replace("LONG", &"y".repeat(9000));
    let catalogue = Catalogue::build(vec![Source { set: Set::Wappalyzer, name: "g".to_owned(), bytes: greedy.into_bytes() }]);
    assert_eq!(catalogue.skipped().len(), 4, "{:?}", catalogue.skipped());
}

proptest! {
    #[test]
    fn no_page_panics(html in "(<|>|/|a|div|script|data-q|=|'|quux|&lt;|&|é|中|\u{0}|-|!| ){0,80}", name in ".{0,9}", value in ".{0,20}") {
        let fields = [(name.as_str(), value.as_str())];
        let (headers, cookies) = (&fields, &fields);
        catalogue_once().page(&PageInput { url: &value, html: &html, headers, cookies, ..PageInput::default() });
    }

    #[test]
    fn no_pattern_panics(pattern in "[\\[\\](){}?*+|^$.\\\\/a-dw0-9&~:;<=!,é-]{0,24}", selector in "[a-c#.>+~,\\[\\]='\"*^$ \\\\:é]{0,16}") {
        let set = serde_json::json!({"P": {"html": &pattern, "headers": {"a": &pattern}, "dom": &selector, "cookies": {&pattern: &pattern}}});
        let catalogue = Catalogue::build(vec![Source { set: Set::Wappalyzer, name: "p".to_owned(), bytes: set.to_string().into_bytes() }]);
        let fields = [("a", "abcd")];
        catalogue.page(&PageInput { html: "<a b='c'>abcd", headers: &fields, cookies: &fields, ..PageInput::default() });
    }

    #[test]
    fn no_file_panics(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        for set in Set::ALL {
            Catalogue::build(vec![Source { set, name: "x".to_owned(), bytes: bytes.clone() }]);
        }
    }
}

fn catalogue_once() -> &'static Catalogue {
    static ONCE: std::sync::OnceLock<Catalogue> = std::sync::OnceLock::new();
    ONCE.get_or_init(catalogue)
}
