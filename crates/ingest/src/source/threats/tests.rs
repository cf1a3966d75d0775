//! Lists of threats as they are published.

use std::path::PathBuf;

use model::ledger::attribute::Attribute;
use proptest::prelude::*;

use super::*;
use crate::source::testing::{Kept, read};
use crate::source::{Format, SourceError};

fn taken(format: &Format, file: &str) -> Kept {
    read(format, "x", file.as_bytes()).expect(file)
}

fn keys(kept: &Kept) -> Vec<&str> {
    kept.claims.iter().map(|claim| claim.entity.key.as_str()).collect()
}

#[test]
fn rows_of_urlhaus() {
    let file = "# abuse.ch URLhaus\n#\n# id,dateadded,url,url_status,last_online,threat,tags,urlhaus_link,reporter\r\n\
        \"3520667\",\"2025-04-21 12:35:06\",\"http://117.209.87.242:60905/bin.sh\",\"online\",\"2025-04-21 12:35:06\",\"malware_download\",\"elf,Mozi\",\
        \"https://urlhaus.abuse.ch/url/3520667/\",\"geenensp\"\r\n\"1\",\"then\",\"http://a.cn/\",\"\",\"\",\"\",\"\",\"\",\"\"\n\"2\",\"2025-04-21\"\n";
    let kept = taken(&urlhaus::FORMAT, file);
    assert_eq!(
        kept.lines(),
        ["4 threat:http://117.209.87.242:60905/bin.sh number=3520667 threat_kind=malware_download \
          reference=https://urlhaus.abuse.ch/url/3520667/ threat_state=online listed_on=2025-04-21 tags=elf;Mozi"
            .replace("  ", " ")]
    );
    assert_eq!(kept.bad()[0], (5, "dateadded", "then"));
    assert_eq!((kept.rows, kept.rejected[1].line), (3, 6));
}

#[test]
fn lists_of_hosts_in_all_forms() {
    let file = "# remark\n! remark\n127.0.0.1 localhost\n::1 ip6-localhost\n0.0.0.0 Evil.example bad.example # why\n\
        192.0.2.1\n51.210.1.239:8443\nhttp://52.196.149.49\n||ads.example^\naddress=/x.example/0.0.0.0\n[2001:db8::1]\nwww.政务.cn\nno host\n";
    let kept = taken(&hosts::FORMAT, file);
    assert_eq!(
        keys(&kept),
        [
            "evil.example",
            "bad.example",
            "192.0.2.1",
            "51.210.1.239:8443",
            "http://52.196.149.49/",
            "ads.example",
            "x.example",
            "2001:db8::1",
            "www.xn--zfr164b.cn"
        ]
    );
    assert_eq!(kept.bad(), [(13, "host", "no host")]);
}

#[test]
fn indicators_of_stix() {
    let file = r#"{"type":"bundle","id":"bundle--1","objects":[
        {"type":"identity","spec_version":"2.1","id":"identity--1","name":"x"},
        {"type":"indicator","spec_version":"2.1","id":"indicator--1","name":"仿冒网站","pattern":"[url:value = 'http://Evil.example/a' OR domain-name:value = 'evil.example']",
         "pattern_type":"stix","indicator_types":["phishing"],"valid_from":"2026-01-01T00:00:00Z","valid_until":"2026-06-01T00:00:00Z"},
        {"type":"indicator","id":"indicator--2","pattern":"[ipv4-addr:value = '192.0.2.1']","pattern_type":"stix","revoked":true,"valid_from":"2026-01-01T00:00:00Z"},
        {"type":"indicator","id":"indicator--3","pattern":"[file:hashes.MD5 = 'aa']","pattern_type":"stix"},
        {"type":"indicator","id":"indicator--4","pattern":"rule x {}","pattern_type":"yara"},
        {"type":"indicator","id":"indicator--5","pattern":"[url:value LIKE 'x%']","pattern_type":"stix"},
        {"type":"indicator","pattern":7}]}"#;
    let kept = taken(&stix::FORMAT, file);
    assert_eq!(keys(&kept), ["http://evil.example/a", "evil.example", "192.0.2.1"]);
    assert_eq!(kept.said("threat:evil.example", Attribute::ThreatKind), Some("phishing"));
    assert_eq!(kept.said("threat:evil.example", Attribute::ValidUntil), Some("2026-06-01"));
    assert_eq!(kept.said("threat:evil.example", Attribute::Description), Some("仿冒网站"));
    assert_eq!(kept.said("threat:192.0.2.1", Attribute::ThreatState), Some("revoked"));
    let bad: Vec<_> = kept.rejected.iter().map(|bad| (bad.line, bad.column.as_deref())).collect();
    assert_eq!((bad, kept.rows), (vec![(5, Some("pattern_type")), (6, Some("pattern")), (7, None)], 7));
    assert!(matches!(read(&stix::FORMAT, "x", &file.as_bytes()[..900]), Err(SourceError::Io { .. })));
}

#[test]
fn events_of_misp() {
    let event = r#"{"Event":{"uuid":"u-1","info":"仿冒活动","date":"2026-02-01","Attribute":[
        {"type":"url","category":"Network activity","to_ids":true,"value":"http://evil.example/","timestamp":"1772323200","deleted":false},
        {"type":"ip-dst","category":"Network activity","to_ids":false,"value":"192.0.2.9"},
        {"type":"domain","category":"Network activity","to_ids":true,"deleted":true,"value":"gone.example"},
        {"type":"md5","category":"Payload delivery","to_ids":true,"value":"aa"},
        {"type":"ip-src","category":"Network activity","to_ids":true,"value":"nowhere"}],
        "Object":[{"name":"domain-ip","Attribute":[{"type":"domain|ip","category":"Network activity","to_ids":true,"value":"bad.example|192.0.2.1"},
        {"type":"ip-dst|port","category":"Network activity","to_ids":true,"value":"192.0.2.2|443"}]}]}}"#;
    for file in [event.to_owned(), format!("[{event}]"), format!(r#"{{"response":[{event}]}}"#)] {
        let kept = taken(&misp::FORMAT, &file);
        assert_eq!(keys(&kept), ["http://evil.example/", "bad.example", "192.0.2.2:443"]);
        assert_eq!(kept.said("threat:http://evil.example/", Attribute::ListedOn), Some("2026-03-01"));
        assert_eq!(kept.said("threat:bad.example", Attribute::ListedOn), Some("2026-02-01"));
        assert_eq!(kept.said("threat:bad.example", Attribute::Description), Some("仿冒活动"));
        assert_eq!(kept.bad(), [(kept.rejected[0].line, "ip-src", "nowhere")]);
    }
}

/// Counts of real feeds; every row that is not taken is named.
#[test]
fn real_feeds() {
    let Some(data) = std::env::var_os("MINGCHA_SAMPLE_DATA") else {
        eprintln!("no sample data: set MINGCHA_SAMPLE_DATA");
        return;
    };
    let folder = PathBuf::from(data).join("10-malicious");
    let feeds: [(&Format, &str, u64, &[&str]); 5] = [
        (&urlhaus::FORMAT, "urlhaus-recent-sample.csv.gz", 4000, &[]),
        (&openphish::FORMAT, "openphish-feed.txt", 300, &[]),
        (&hosts::FORMAT, "phishing-database-IPs-ACTIVE.txt", 7120, &[]),
        (&hosts::FORMAT, "phishing-database-domains-ACTIVE-part.txt.gz", 21_290, &["sfdao.ga14pwy4pfrhp8xeqhdbnxkcnl.php?rand="]),
        (&hosts::FORMAT, "hosts-format-sample.hosts.gz", 0, &[]),
    ];
    for (format, file, rows, bad) in feeds {
        let kept = read(format, file, &std::fs::read(folder.join(file)).expect(file)).expect(file);
        let is_named = kept.rejected.iter().zip(bad).all(|(rejected, start)| rejected.value.starts_with(start));
        assert!(is_named && kept.rejected.len() == bad.len(), "{file}: {:?}", kept.rejected);
        assert_eq!(kept.claims.len() + bad.len(), kept.rows as usize, "{file}");
        assert!(if rows == 0 { kept.rows > 1000 } else { kept.rows == rows }, "{file}: {} rows", kept.rows);
    }
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(text in "(0.0.0.0|a.cn|http://| |\n|\"|,|#|\\|\\||\\{\"type\":\"indicator\"|\"pattern\":|\"Event\":|\\[|\\]|\\}|\\PC){0,30}") {
        for format in [&urlhaus::FORMAT, &openphish::FORMAT, &hosts::FORMAT, &stix::FORMAT, &misp::FORMAT] {
            let _ = read(format, "x", text.as_bytes());
        }
    }
}
