//! Names as zones, sensors and logs print them.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::PathBuf;

use flate2::read::GzDecoder;
use proptest::prelude::*;

use super::*;
use crate::source::testing::{Kept, read};
use crate::source::{Format, SourceError};

/// The sightings as `asset what first last`, the times as days or, where it is the delivery's, as `-`.
fn seen(kept: &Kept) -> Vec<String> {
    let day =
        |at: jiff::Timestamp| if at.to_string() == "2026-11-01T00:00:00Z" { "-".into() } else { at.to_string()[..10].to_owned() };
    let line =
        |seen: &model::ledger::claim::Sighting| format!("{} {} {} {}", seen.asset, seen.what, day(seen.first), day(seen.last));
    kept.sightings.iter().map(line).collect()
}

fn taken(format: &Format, file: &str) -> Kept {
    read(format, "x", file.as_bytes()).expect(file)
}

#[test]
fn lists_of_domains_in_all_forms() {
    let kept = taken(
        &zone::FORMAT,
        "# new\n2024-02-08\tbaret.sk\nserver=/Example.cn/114.114.114.114\n1,google.com\nwww.政务.cn.\n\nno host\n0.zone\n",
    );
    assert_eq!(
        seen(&kept),
        [
            "domain:baret.sk listed 2024-02-08 2024-02-08",
            "domain:example.cn listed - -",
            "domain:google.com listed - -",
            "host:www.xn--zfr164b.cn listed - -",
            "domain:0.zone listed - -",
        ]
    );
    assert_eq!((kept.rows, kept.rejected[0].line), (6, 7));
}

#[test]
fn zones() {
    let file = "$ORIGIN gov.cn.\n$TTL 86400\n@ IN SOA a.dns.cn. root.cnnic.cn. (\n 2026 7200 ; serial\n 3600 )\n@ IN NS a.dns.cn.\nexample 86400 IN NS ns1.example\n\
        \tIN NS ns2.other.com.\nns1.example IN 300 A 192.0.2.1\nexample DS 1 8 2 AABB\nexample TXT \"a ; b\"\nbad A nowhere\nwww.example IN CNAME example\n";
    let kept = taken(&zone::FORMAT, file);
    assert_eq!(
        seen(&kept),
        [
            "host:gov.cn NS a.dns.cn - -",
            "domain:example.gov.cn NS ns1.example.gov.cn - -",
            "domain:example.gov.cn NS ns2.other.com - -",
            "host:ns1.example.gov.cn A 192.0.2.1 - -",
            "domain:example.gov.cn DS - -",
            "host:www.example.gov.cn CNAME example.gov.cn - -",
        ]
    );
    assert_eq!((kept.rows, kept.rejected[0].line), (7, 12));
}

/// The first record is that of the draft, section 3; the others are its variations.
#[test]
fn passive_dns_in_the_common_output_format() {
    let file = r#"{"count": 1, "time_first": 1298398002, "rrtype": "A", "rrname": "www.foo.be", "rdata": "195.45.214.3", "time_last": 1298398002}
{"rrname":"WWW.x.gov.cn.","rrtype":"cname","rdata":["w.cdn.cn."],"time_first":1700000000,"time_last":1700086400,"count":7,"origin":"x"}
{"rrname":"x.gov.cn","rrtype":"MX","rdata":["10 mx1.x.gov.cn.","20 mx2.x.gov.cn"],"zone_time_first":1700000000,"zone_time_last":1700000000}
{"rrname":"_dmarc.x.cn","rrtype":"TXT","rdata":"v=DMARC1; p=none"}
{"rrname":"x.cn","rrtype":"TXT","rdata":"v=spf1 \"a\" -all","time_first":"2023-11-14T22:13:20Z"}
{"rrname":"1.2.0.192.in-addr.arpa","rrtype":"PTR","rdata":"host.x.cn"}
"#;
    let kept = taken(&passive_dns::FORMAT, file);
    assert_eq!(
        seen(&kept),
        [
            "host:www.foo.be A 195.45.214.3 2011-02-22 2011-02-22",
            "host:w.cdn.cn target of CNAME 2023-11-14 2023-11-15",
            "host:www.x.gov.cn CNAME w.cdn.cn 2023-11-14 2023-11-15",
            "host:mx1.x.gov.cn target of MX 2023-11-14 2023-11-14",
            "host:x.gov.cn MX mx1.x.gov.cn 2023-11-14 2023-11-14",
            "host:mx2.x.gov.cn target of MX 2023-11-14 2023-11-14",
            "host:x.gov.cn MX mx2.x.gov.cn 2023-11-14 2023-11-14",
            "host:x.cn TXT 2023-11-14 2023-11-14",
            "host:host.x.cn target of PTR - -",
        ]
    );
    assert_eq!((kept.rows, kept.rejected.len()), (6, 0));
    let table = "rrname,rrtype,rdata,time_first,time_last\nwww.foo.be,A,195.45.214.3;195.45.214.4,1298398002,1298398002\nb.x.cn,A,nowhere,,\nc.x.cn,A,192.0.2.1,soon,\n";
    let kept = taken(&passive_dns::FORMAT, table);
    assert_eq!(
        seen(&kept),
        ["host:www.foo.be A 195.45.214.3 2011-02-22 2011-02-22", "host:www.foo.be A 195.45.214.4 2011-02-22 2011-02-22"]
    );
    assert_eq!(kept.bad(), [(3, "rdata", "nowhere"), (4, "time", "soon")]);
}

#[test]
fn bad_passive_dns_stops_no_other() {
    let file = "{\"rrname\":\"a.x.cn\",\"rrtype\":\"A\",\"rdata\":\"192.0.2.1\",\"time_first\":5,\"time_last\":3}\n{broken\n\
        {\"rrname\":7,\"rrtype\":\"A\"}\n{\"rrname\":\"a b.cn\",\"rrtype\":\"A\",\"rdata\":\"192.0.2.1\"}\n\
        {\"rrname\":\"a.cn\",\"rrtype\":\"A\",\"rdata\":\"192.0.2.1\",\"time_first\":9999999999999999}\n\
        {\"rrname\":\"ok.cn\",\"rrtype\":\"A\",\"rdata\":\"2001:DB8::1\"}\n";
    let kept = taken(&passive_dns::FORMAT, file);
    assert_eq!(seen(&kept), ["host:ok.cn A 2001:db8::1 - -"]);
    let lines: Vec<u64> = kept.rejected.iter().map(|bad| bad.line).collect();
    assert_eq!((lines, kept.rows), (vec![1, 2, 3, 4, 5], 6));
}

#[test]
fn certificates_of_crt_sh_certstream_and_tables() {
    let crt_sh = r#"[{"issuer_ca_id":1,"issuer_name":"C=US, O=X","common_name":"www.x.gov.cn","name_value":"*.Mail.x.gov.cn\nwww.x.gov.cn",
        "id":1,"entry_timestamp":"2026-03-01T08:00:00.123","not_before":"2026-03-01T00:00:00","not_after":"2026-06-01T00:00:00","serial_number":"00e1AB"}]"#;
    let kept = taken(&ct::FORMAT, crt_sh);
    assert_eq!(
        seen(&kept),
        ["host:mail.x.gov.cn certificate e1ab 2026-03-01 2026-03-01", "host:www.x.gov.cn certificate e1ab 2026-03-01 2026-03-01"]
    );
    let certstream = r#"{"message_type":"certificate_update","data":{"cert_index":1,"seen":1772323200.5,"leaf_cert":{"all_domains":["a.x.cn","192.0.2.1"],
        "serial_number":"E1AB","fingerprint":"AA:BB","subject":{"O":"某某局","CN":"a.x.cn"}}}}"#;
    let kept = taken(&ct::FORMAT, &certstream.replace('\n', ""));
    assert_eq!(seen(&kept), ["host:a.x.cn certificate e1ab 2026-03-01 2026-03-01"]);
    assert_eq!(kept.lines(), ["1 host:a.x.cn owner=某某局"]);
    let table = taken(&ct::FORMAT, "域名,指纹\na.x.cn,AA:BB\n,\n b.x.cn ,\n");
    assert_eq!(seen(&table), ["host:a.x.cn certificate aabb - -", "host:b.x.cn certificate - -"]);
    assert_eq!(seen(&taken(&ct::FORMAT, "domain\na.x.cn\n")), ["host:a.x.cn certificate - -"]);
    assert_eq!(taken(&ct::FORMAT, r#"[{"id":1},{"common_name":"Some Org"}]"#).rejected.len(), 1);
    assert!(matches!(read(&ct::FORMAT, "x", b"[{"), Err(SourceError::Unlike { .. })));
}

#[test]
fn entries_of_a_log_are_sightings_and_claims() {
    let certificate = readers::ct::LoggedCertificate {
        logged: "2026-03-01T00:00:00Z".parse().expect("a time"),
        precertificate: true,
        serial: "00e1ab".into(),
        names: vec!["*.x.gov.cn".into(), "x.gov.cn".into(), "192.0.2.1".into()],
        organisation: Some("某某局".into()),
        issuer: String::new(),
        not_before: jiff::Timestamp::UNIX_EPOCH,
        not_after: jiff::Timestamp::UNIX_EPOCH,
    };
    let mut kept = Kept::default();
    ct::records(&certificate, 7).into_iter().for_each(|record| crate::source::Sink::take(&mut kept, record).expect("taken"));
    assert_eq!(seen(&kept), ["host:x.gov.cn certificate e1ab 2026-03-01 2026-03-01"]);
    assert_eq!(kept.lines(), ["7 host:x.gov.cn owner=某某局"]);
}

#[test]
fn real_lists_of_domains() {
    let Some(data) = std::env::var_os("MINGCHA_SAMPLE_DATA") else {
        eprintln!("no sample data: set MINGCHA_SAMPLE_DATA");
        return;
    };
    let folder = PathBuf::from(data).join("11-domains");
    for (file, rows, bad) in [("tranco-100k.txt.gz", 100_000, 0), ("dnsmasq-china-list-domains.txt.gz", 110_769, 6)] {
        let packed = std::fs::read(folder.join(file)).expect(file);
        let kept = read(&zone::FORMAT, file, &packed).expect(file);
        assert_eq!((kept.rows, kept.rejected.len()), (rows, bad), "{file}: {:?}", kept.rejected.first());
        assert_eq!(kept.sightings.len() + bad, rows as usize, "{file}");
        assert!(
            kept.rejected.iter().all(|bad| !bad.value.contains('.')),
            "only top-level domains are left out: {:?}",
            kept.rejected
        );
    }
    // The first part of the list of new domains is enough for a slow build.
    let mut text = String::new();
    let packed = GzDecoder::new(BufReader::new(File::open(folder.join("nrd-2024h1-sample.tsv.gz")).expect("a file")));
    packed.take(1 << 20).read_to_string(&mut text).expect("text");
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let kept = taken(&zone::FORMAT, whole);
    assert_eq!((kept.rows as usize, kept.rejected.len()), (whole.lines().count(), 0), "{:?}", kept.rejected.first());
    assert!(kept.sightings.iter().all(|seen| seen.first == seen.last && seen.first.to_string().starts_with("2024-")));
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(text in "(a.cn|\n|\t| |IN|NS|\\$ORIGIN|@|\\(|\\)|server=/|\\{\"rrname\":|\"rrtype\":\"A\"|\"rdata\":\\[|\\]|\\}|,|\\PC){0,30}") {
        for format in [&zone::FORMAT, &passive_dns::FORMAT, &ct::FORMAT] {
            let _ = read(format, "x", text.as_bytes());
        }
    }
}
