//! Registrations as the standards and the registries print them.

use proptest::prelude::*;

use super::*;
use crate::source::SourceError;
use crate::source::testing::read;

/// After the domain object of RFC 9083, 5.3, with contacts of RFC 7095.
const RDAP: &str = r#"{
  "objectClassName": "domain", "handle": "XXXX", "ldhName": "xn--fo-5ja.example", "unicodeName": "fóo.example",
  "status": ["locked", "transfer prohibited"],
  "nameservers": [
    {"objectClassName": "nameserver", "ldhName": "ns2.example.com"},
    {"objectClassName": "nameserver", "ldhName": "NS1.example.com."}
  ],
  "secureDNS": {"zoneSigned": true, "delegationSigned": true},
  "events": [
    {"eventAction": "registration", "eventDate": "1990-12-31T23:59:59Z"},
    {"eventAction": "last changed", "eventDate": "1991-12-31T23:59:59Z", "eventActor": "joe@example.com"},
    {"eventAction": "expiration", "eventDate": "2027-02-01T00:00:00+08:00"},
    {"eventAction": "transfer", "eventDate": "1991-12-31T23:59:59Z"}
  ],
  "entities": [
    {"objectClassName": "entity", "handle": "R1", "roles": ["registrar"],
     "vcardArray": ["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", "Example Registrar"]]],
     "entities": [{"roles": ["abuse"], "vcardArray": ["vcard", [["fn", {}, "text", "Abuse"]]]}]},
    {"objectClassName": "entity", "handle": "R2", "roles": ["registrant"],
     "vcardArray": ["vcard", [["fn", {}, "text", "张三"], ["org", {"type": "work"}, "text", ["某某市人民政府", "办公室"]]]]}
  ]
}"#;
const CLAIM: &str = "1 domain:xn--fo-5ja.example registrant=某某市人民政府 registrar=Example Registrar registered_on=1990-12-31 \
    expires_on=2027-02-01 updated_on=1991-12-31 registration_status=locked;signed delegation;transfer prohibited \
    name_servers=ns1.example.com;ns2.example.com";

#[test]
fn domains_of_rdap_in_all_forms_of_delivery() {
    let line = serde_json::to_string(&serde_json::from_str::<serde_json::Value>(RDAP).expect("JSON")).expect("JSON");
    for file in [
        RDAP.to_owned(),
        format!("[{RDAP}]"),
        format!("{line}\n{line}\n"),
        format!(r#"{{"rdapConformance":["rdap_level_0"],"domainSearchResults":[{RDAP}]}}"#),
    ] {
        let kept = read(&rdap::FORMAT, "rdap.json", file.as_bytes()).expect("an answer");
        assert_eq!(kept.lines()[0], CLAIM);
        assert_eq!(kept.rejected, []);
    }
}

#[test]
fn rdap_that_says_nothing_is_reported() {
    let bad = |file: &str| {
        let kept = read(&rdap::FORMAT, "rdap.json", file.as_bytes()).expect("an answer");
        assert_eq!((kept.claims.len(), kept.rows), (0, 1));
        kept.rejected[0].column.clone()
    };
    assert_eq!(bad(r#"{"errorCode":404,"title":"Not Found"}"#).as_deref(), Some("errorCode"));
    assert_eq!(bad(r#"{"objectClassName":"entity","handle":"x"}"#).as_deref(), Some("objectClassName"));
    assert_eq!(bad(r#"{"objectClassName":"domain","ldhName":"a b"}"#).as_deref(), Some("domain"));
    assert_eq!(bad(r#"{"objectClassName":"domain","ldhName":"a.cn"}"#), None);
    assert_eq!(bad(r#"{"objectClassName":"domain","ldhName":7}"#), None);
    let kept = read(
        &rdap::FORMAT,
        "x",
        br#"{"ldhName":"a.cn","status":["active"],"events":[{"eventAction":"expiration","eventDate":"soon"}]}"#,
    );
    let kept = kept.expect("an answer");
    assert_eq!(kept.lines(), ["1 domain:a.cn registration_status=active"]);
    assert_eq!(kept.bad(), [(1, "expires_on", "soon")]);
}

#[test]
fn whois_of_cnnic_and_of_generic_domains() {
    let file = "Domain Name: example.gov.cn\nROID: 20030311s10001s00033735-cn\nDomain Status: ok\nRegistrant: 某某市人民政府办公室\n\
        Registrant Contact Email: a@example.gov.cn\nSponsoring Registrar: 某某网络有限公司\nName Server: dns1.example.cn\n\
        Name Server: DNS2.example.cn\nRegistration Time: 2003-03-17 12:20:05\nExpiration Time: 2027-03-17 12:48:36\nDNSSEC: unsigned\n\n\
        --\n   Domain Name: EXAMPLE.COM\r\n   Registrar URL: http://r.example\r\n   Updated Date: 2024-08-14T07:01:34Z\r\n\
        Creation Date: 14-aug-1995\r\n   Registry Expiry Date: 2026-08-13T04:00:00Z\r\n   Registrar: Example Registrar, Inc.\r\n\
        Domain Status: clientDeleteProhibited https://icann.org/epp#clientDeleteProhibited\r\n\
        Domain Name: example.com\r\nRegistrar Registration Expiration Date: 2026-08-13T04:00:00+0000\r\nRegistrant Name: REDACTED FOR PRIVACY\r\n\
        >>> Last update of whois database: 2026-03-01T00:00:00Z <<<\r\nNOTICE: Status: terms\r\n";
    let kept = read(&whois::FORMAT, "whois.txt", file.as_bytes()).expect("answers");
    assert_eq!(
        kept.lines(),
        [
            "1 domain:example.gov.cn registrant=某某市人民政府办公室 registrar=某某网络有限公司 registered_on=2003-03-17 \
             expires_on=2027-03-17 registration_status=active name_servers=dns1.example.cn;dns2.example.cn",
            "14 domain:example.com registrar=Example Registrar, Inc. registered_on=1995-08-14 expires_on=2026-08-13 \
             updated_on=2024-08-14 registration_status=client delete prohibited",
        ]
    );
    assert_eq!((kept.rows, kept.rejected.len()), (2, 0));
}

#[test]
fn whois_in_gbk_and_with_errors() {
    let (gbk, _, _) = encoding_rs::GB18030.encode("域名: a.cn\n域名持有者: 某某局\n到期时间: 某天\n域名: b b\nRegistrar: x\n");
    let kept = read(&whois::FORMAT, "whois.txt", &gbk).expect("answers");
    assert_eq!(kept.lines(), ["1 domain:a.cn registrant=某某局"]);
    assert_eq!(kept.bad(), [(1, "expires_on", "某天"), (4, "domain", "b b")]);
    assert!(matches!(read(&whois::FORMAT, "x", b"hello\nworld\n"), Err(SourceError::Unlike { .. })));
    assert!(matches!(read(&whois::FORMAT, "x", b"<html>"), Err(SourceError::HtmlPage { .. })));
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(text in "(Domain Name: |a.cn|\n|Status: |:|--|\\{|\\}|\"ldhName\":|\"entities\":\\[|\\]|,|\\PC){0,30}") {
        let _ = (read(&rdap::FORMAT, "x", text.as_bytes()), read(&whois::FORMAT, "x", text.as_bytes()));
    }
}
