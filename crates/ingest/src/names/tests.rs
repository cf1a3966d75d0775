//! Each form of file, with good and bad rows.

use proptest::prelude::*;

use super::*;

fn names(reading: &Reading) -> Vec<(&str, u64)> {
    reading.names.iter().map(|(host, line)| (host.ascii.as_str(), *line)).collect()
}

#[test]
fn an_array_of_crt_sh() {
    let file =
        br#"[{"common_name":"www.x.gov.cn","name_value":"*.Mail.x.gov.cn\nwww.x.gov.cn"},{"common_name":"Some Org"},{"id":1}]"#;
    let reading = ct_log(file).expect("a file");
    assert_eq!(names(&reading), [("mail.x.gov.cn", 1), ("www.x.gov.cn", 1)]);
    assert_eq!((reading.rejected.len(), reading.rejected[0].line), (1, 1));
    assert!(matches!(ct_log(b"[{"), Err(SourceError::Unlike { .. })));
}

#[test]
fn lines_of_certstream_with_one_bad() {
    let file = b"{\"data\":{\"leaf_cert\":{\"all_domains\":[\"a.x.cn\",\"b\\u0000.x.cn\"]}}}\n{broken\n{\"leaf_cert\":{\"all_domains\":[\"c.x.cn\"]}}\n";
    let reading = ct_log(file).expect("a file");
    assert_eq!(names(&reading), [("a.x.cn", 1), ("c.x.cn", 3)]);
    let lines: Vec<u64> = reading.rejected.iter().map(|row| row.line).collect();
    assert_eq!(lines, [1, 2]);
    assert!(!reading.rejected[0].value.contains('\0'));
}

#[test]
fn hosts_and_tables() {
    assert_eq!(names(&ct_log("# x\nA.x.cn\n\n政务.x.cn\n".as_bytes()).expect("a file")).len(), 2);
    let bad = ct_log(b"a.x.cn\nnot a host\n").expect("a file");
    assert_eq!((bad.names.len(), bad.rejected[0].line), (1, 2));
    let table = ct_log(b"id,domain\n1,a.x.cn\n2\n").expect("a file");
    assert_eq!((names(&table), table.rejected[0].line), (vec![("a.x.cn", 1)], 3));
    assert!(matches!(ct_log(b"id,other\n1,a.x.cn\n"), Err(SourceError::Unlike { .. })));
}

#[test]
fn passive_dns_takes_owners_and_targets() {
    let file = b"{\"rrname\":\"www.x.cn.\",\"rrtype\":\"CNAME\",\"rdata\":\"w.cdn.cn.\",\"time_first\":1}\n\
        {\"rrname\":\"x.cn\",\"rrtype\":\"MX\",\"rdata\":[\"10 mx.x.cn.\"]}\n\
        {\"rrname\":\"a.x.cn\",\"rrtype\":\"A\",\"rdata\":\"192.0.2.1\"}\n\
        {\"rrname\":\"_dmarc.x.cn\",\"rrtype\":\"TXT\",\"rdata\":\"v=DMARC1; p=none\"}\n";
    let reading = passive_dns(file).expect("a file");
    assert_eq!(names(&reading), [("a.x.cn", 3), ("mx.x.cn", 2), ("w.cdn.cn", 1), ("www.x.cn", 1), ("x.cn", 2)]);
    assert_eq!(reading.rejected, []);
    let table = passive_dns(b"rrname,rrtype,rdata\nb.x.cn,A,192.0.2.1\nc.x.cn,NS,ns.x.cn\n").expect("a file");
    assert_eq!(names(&table), [("b.x.cn", 1), ("c.x.cn", 2), ("ns.x.cn", 2)]);
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), start in prop::sample::select(vec!["", "[", "{\"rrname\":", "rrname,x\n"])) {
        let file = [start.as_bytes(), &bytes].concat();
        let _ = (ct_log(&file), passive_dns(&file));
    }
}
