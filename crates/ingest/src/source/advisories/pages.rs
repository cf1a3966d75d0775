//! The written pages of the formats say what the formats do.

use super::*;
use crate::source::Format;
use crate::source::testing::read;

/// The example in a page.
fn example(page: &str) -> &str {
    let (_, rest) = page.split_once("\n```").expect("an example");
    let (_, rest) = rest.split_once('\n').expect("lines");
    rest.split_once("\n```").expect("it ends").0
}

#[test]
fn the_written_examples_are_read() {
    let formats: [(&Format, &str, &str); 6] = [
        (&osv::FORMAT, "GHSA-jfh8-c2jp-5v3q", "pkg:maven/org.apache.logging.log4j/log4j-core"),
        (&ghsa::FORMAT, "GHSA-gxr4-xjj5-5px2", "pkg:npm/jquery"),
        (&retirejs::FORMAT, "CVE-2020-11022", "pkg:npm/jquery"),
        (&cnvd::FORMAT, "CNVD-2021-95914", "name:log4j2"),
        (&cnnvd::FORMAT, "CNNVD-202112-799", ""),
        (&csaf::FORMAT, "M-2026-1/CVE-2026-1000", "name:makerquux"),
    ];
    for (format, id, product) in formats {
        let text = example(format.doc.en);
        assert_eq!(text, example(format.doc.zh), "one example in both languages: {id}");
        let kept = read(format, "x", text.as_bytes()).expect(id);
        let [statement] = &kept.statements[..] else { panic!("one statement: {id}") };
        assert_eq!((statement.id.as_str(), kept.rejected.len()), (id, 0));
        let products: Vec<&str> = statement
            .affects
            .iter()
            .map(|condition| match condition {
                Condition::Is(leaf) => leaf.product.as_str(),
                _ => "a tree",
            })
            .collect();
        assert_eq!(products, if product.is_empty() { vec![] } else { vec![product] }, "{id}");
        let days = format.kind.fresh_days();
        assert!(format.doc.zh.contains(&format!("每 {days} 天")) && format.doc.en.contains(&format!("{days} days")), "{id}");
    }
}
