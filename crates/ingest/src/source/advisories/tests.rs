//! What advisories become.

use super::*;
use proptest::{prop_assert, proptest};

#[test]
fn names_have_one_spelling() {
    for (text, kept) in [
        (" cve-2021-44228 ", Some("CVE-2021-44228")),
        ("ghsa-JFH8-c2jp-5v3q", Some("GHSA-jfh8-c2jp-5v3q")),
        ("cnvd-2021-95914", Some("CNVD-2021-95914")),
        ("GO-2021-0052", Some("GO-2021-0052")),
        ("", None),
        ("CVE 2021", None),
    ] {
        assert_eq!(name(text).as_deref(), kept, "{text}");
    }
    assert!(cve("CVE-2021-123456").is_some());
    for text in ["CVE-21-1234", "CVE-2021-123", "CVE-2021-1x34", "GHSA-jfh8-c2jp-5v3q", "CVE-2021"] {
        assert_eq!(cve(text), None, "{text}");
    }
    assert_eq!(aliases("CVE-2021-1000", ["CVE-2021-1001", "cve-2021-1000", "CVE-2021-1001", " "]), ["CVE-2021-1001"]);
}

#[test]
fn texts_are_bounded() {
    assert_eq!(title("A flaw was found in the parser. It is bad."), "A flaw was found in the parser.");
    assert_eq!(title("某某系统存在命令执行漏洞，攻击者可获取权限。影响较大。"), "某某系统存在命令执行漏洞，攻击者可获取权限。");
    assert_eq!(title("In vs. of the\nother \u{1b}thing"), "In vs. of the other thing");
    assert_eq!(title(&"x".repeat(400)).len(), 300);
    assert_eq!(
        references(["ftp://a/", "https://a.example/ x", "https://a.example/", "https://a.example/"]),
        ["https://a.example/"]
    );
    assert_eq!(weaknesses(["NVD-CWE-noinfo", "CWE-79", "CWE-", "CWE-22"]), ["CWE-22", "CWE-79"]);
    let graded = score(System::Cvss3, "CVSS:3.1/AV:N", Some(9.8), "nvd@nist.gov").expect("a score");
    assert_eq!((graded.tenths, score(System::Word, " ", Some(f64::NAN), "")), (Some(98), None));
}

fn leaf(criteria: &str, to: &str) -> Affected {
    CpeMatch { criteria, vulnerable: true, from: Bound::Open, to: bound("", to) }.affected().expect("a CPE")
}

#[test]
fn a_cpe_is_a_product_with_versions() {
    let found = leaf(r"cpe:2.3:a:Example:a\:b\.c:8.0:update1:*:*:*:node.js:*:*", "");
    assert_eq!(found.product, Product::new("cpe:a:example:a:b.c"));
    assert_eq!((found.versions.listed, found.target.as_str()), (vec!["8.0-update1".to_owned()], "node.js"));
    assert!(leaf("cpe:2.3:h:a:b:-:*:*:*:*:*:*:*", "").versions.all);
    let span = leaf("cpe:2.3:o:a:b:*:*:*:*:*:*:*:*", "2.0").versions;
    assert_eq!((span.all, span.spans), (false, vec![Span { from: Bound::Open, to: Bound::Excluding("2.0".into()) }]));
    for text in ["", "cpe:2.3:z:x:y:1:*:*:*:*:*:*:*", "cpe:2.3:h:amd:*:*:*:*:*:*:*:*:*"] {
        assert!(CpeMatch { criteria: text, ..CpeMatch::default() }.affected().is_err(), "{text}");
    }
}

#[test]
fn leaves_of_one_product_are_one() {
    let one = |version: &str| Condition::Is(leaf(&format!("cpe:2.3:a:x:y:{version}:*:*:*:*:*:*:*"), ""));
    let [Condition::Is(found)] = &flat(vec![one("2"), Condition::Any(vec![one("1"), one("2")])])[..] else { panic!("one") };
    assert_eq!(found.versions.listed, ["1", "2"]);
    assert!(matches!(any(vec![one("1"), Condition::Not(Box::new(one("1")))]), Some(Condition::Any(two)) if two.len() == 2));
    assert_eq!(all(Vec::new()), None);
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(text in "(CVE|CWE|cpe:2.3:a|:|\\\\|-|\\. |。|\\PC){0,20}") {
        let _ = (name(&text), cve(&text), CpeMatch { criteria: &text, ..CpeMatch::default() }.affected());
        prop_assert!(title(&text).chars().count() <= LONGEST_TITLE);
    }
}
