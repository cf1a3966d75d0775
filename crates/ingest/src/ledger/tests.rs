//! Whole files of every format, good, bad and hostile.

use jiff::civil::date;
use model::institution::{AdminLevel, ApplicationKind, InstitutionType, OwnerStatus, SiteRole};
use model::permission::{AccessLevel, Grant};
use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use super::*;

/// Codes with right check characters, of 机关 (11) and 事业单位 (12).
const ORGAN: &str = "11100000000013127D";
const INSTITUTE: &str = "12100000400010275N";

fn csv(text: &str) -> Reading {
    read("ledger.csv", text.as_bytes()).expect("readable")
}

#[test]
fn a_full_row_in_english() {
    let reading = csv(&format!(
        "institution_name,short_names,uscc,institution_type,level,division_code,parent_uscc,administrative_duties,application_kind,\
         application_name,address,site_role,owner_status,granted_level,grant_document,grant_until,remark\n\
         某某省农业农村厅,省农业农村厅;某某农业厅,{ORGAN},party_government,province,510000,{INSTITUTE},false,web_site,门户,\
         https://nyt.example.gov.cn:8443/xx/,portal,active,L2,授权书 1 号,2026-12-31,=cmd|' /C calc'!A0\n"
    ));
    assert_eq!((&reading.rejected, &reading.notes), (&vec![], &vec![]));
    let [entry] = reading.entries.as_slice() else { panic!("one row: {reading:?}") };
    let institution = entry.institution.as_ref().expect("named");
    assert_eq!(institution.name, "某某省农业农村厅");
    assert_eq!(institution.short_names, ["省农业农村厅", "某某农业厅"]);
    assert_eq!(institution.uscc.as_ref().map(ToString::to_string).as_deref(), Some(ORGAN));
    assert_eq!(institution.parent.as_ref().map(ToString::to_string).as_deref(), Some(INSTITUTE));
    assert_eq!((institution.kind, institution.level), (Some(InstitutionType::PartyGovernment), Some(AdminLevel::Province)));
    assert_eq!(institution.division.as_ref().map(ToString::to_string).as_deref(), Some("510000"));
    assert_eq!(institution.administrative_duties, Some(false));
    let application = &entry.application;
    assert_eq!((application.name.as_str(), application.address.as_str()), ("门户", "https://nyt.example.gov.cn:8443/xx/"));
    assert_eq!((application.port, application.path.as_str()), (Some(8443), "/xx"));
    assert_eq!((application.role, application.status), (Some(SiteRole::Portal), OwnerStatus::Active));
    assert_eq!(entry.subject().map(|subject| subject.to_string()).as_deref(), Some("site:nyt.example.gov.cn:8443/xx"));
    let grant = Grant { level: AccessLevel::L2, document: "授权书 1 号".into(), until: Some(date(2026, 12, 31)) };
    assert_eq!(entry.grant, Some(grant));
    assert_eq!(entry.notes.get("remark").map(String::as_str), Some("=cmd|' /C calc'!A0"));
    assert_eq!(entry.source, "ledger.csv:2");
}

const CHINESE: &str = "某某县互联网政务应用台账\n\n\
    单位名称（必填）,统一社会信用代码,行政区划代码,应用类型,网站名称,网址,使用状态,授权级别,授权书编号,授权到期日,承担行政职能,简称\n\
    某某县人民政府,,510903,门户网站,某某县政府门户网站,www.例子.政务,在用,L3,授〔2026〕1号,2026年3月1日,,某某县政府、县政府\n\
    某某县图书馆,12100000400010275n,510903102,公众号,某某图书,gh_0123456789,停用,,,,是,\n\
    ,,,邮件系统,,admin@example.gov.cn,,,,,,\n";

fn check_chinese(reading: &Reading) {
    assert_eq!(reading.rejected, []);
    let [portal, library, mail] = reading.entries.as_slice() else { panic!("three rows: {reading:?}") };
    let county = portal.institution.as_ref().expect("named");
    assert_eq!((county.kind, county.level), (None, Some(AdminLevel::County)));
    assert_eq!(county.short_names, ["某某县政府", "县政府"]);
    assert_eq!((portal.application.kind, portal.application.role), (ApplicationKind::WebSite, Some(SiteRole::Portal)));
    assert_eq!(portal.application.host.as_ref().map(|host| host.unicode.as_str()), Some("www.例子.政务"));
    assert_eq!(portal.grant.as_ref().and_then(|grant| grant.until), Some(date(2026, 3, 1)));
    let institution = library.institution.as_ref().expect("named");
    assert_eq!((institution.kind, institution.level), (Some(InstitutionType::PublicInstitution), Some(AdminLevel::Township)));
    assert_eq!(institution.administrative_duties, Some(true));
    assert_eq!((library.application.kind, library.application.status), (ApplicationKind::PublicAccount, OwnerStatus::Retired));
    assert_eq!((library.application.address.as_str(), library.application.host.as_ref()), ("gh_0123456789", None));
    assert_eq!((&mail.institution, &mail.grant), (&None, &None));
    assert_eq!(mail.subject().map(|subject| subject.to_string()).as_deref(), Some("mail:example.gov.cn"));
}

#[test]
fn chinese_headers_and_values_in_every_encoding_and_with_every_delimiter() {
    let reading = csv(CHINESE);
    check_chinese(&reading);
    let lines: Vec<_> = reading.entries.iter().map(|entry| entry.source.as_str()).collect();
    assert_eq!(lines, ["ledger.csv:4", "ledger.csv:5", "ledger.csv:6"]);
    for text in [CHINESE.into(), CHINESE.replace(',', ";"), CHINESE.replace(',', "\t"), CHINESE.replace('\n', "\r\n")] {
        let same = csv(&text);
        assert_eq!(same, reading);
        let gbk = encoding_rs::GBK.encode(&text).0;
        assert_eq!(read("ledger.csv", &gbk).expect("readable"), reading);
        let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert_eq!(read("ledger.csv", &utf16).expect("readable"), reading);
        assert_eq!(read("ledger.csv", format!("\u{feff}{text}").as_bytes()).expect("readable"), reading);
    }
}

#[test]
fn lines_are_those_of_the_file() {
    let reading = csv("address,note\r\n\r\nwww.a.gov.cn,\"two\r\nlines\"\r\n,\r\n\r\nbad address!,\r\nwww.b.gov.cn,");
    let sources: Vec<_> = reading.entries.iter().map(|entry| entry.source.as_str()).collect();
    assert_eq!(sources, ["ledger.csv:3", "ledger.csv:8"]);
    assert_eq!(reading.rejected.iter().map(|rejected| rejected.line).collect::<Vec<_>>(), [7]);
    assert_eq!(reading.entries[0].notes.get("note").map(String::as_str), Some("two lines"));
}

#[test]
fn a_bad_value_makes_a_bad_row_and_the_others_go_in() {
    let header = "单位名称,统一社会信用代码,机构类型,层级,行政区划代码,应用类型,网址,状态,授权级别,授权截止";
    for (row, column, value) in [
        ("某局,11100000000013127E,,,,,www.a.gov.cn,,,", "统一社会信用代码", "11100000000013127E"),
        ("某局,,国企,,,,www.a.gov.cn,,,", "机构类型", "国企"),
        ("某局,,,副省级,,,www.a.gov.cn,,,", "层级", "副省级"),
        ("某局,,,,9,,www.a.gov.cn,,,", "行政区划代码", "9"),
        ("某局,,,,,电视,www.a.gov.cn,,,", "应用类型", "电视"),
        ("某局,,,,,,ftp://www.a.gov.cn,,,", "网址", "ftp://www.a.gov.cn"),
        ("某局,,,,,,www.a.gov.cn,未知,,", "状态", "未知"),
        ("某局,,,,,,www.a.gov.cn,,L9,", "授权级别", "L9"),
        ("某局,,,,,,www.a.gov.cn,,L2,2026-02-30", "授权截止", "2026-02-30"),
        ("某局,,,,,,,,,", "网址", ""),
    ] {
        let reading = csv(&format!("{header}\n某厅,,,,,,www.first.gov.cn,,,\n{row}\n某院,,,,,,www.last.gov.cn,,,\n"));
        assert_eq!(reading.entries.len(), 2, "{row}");
        let [rejected] = reading.rejected.as_slice() else { panic!("one bad row: {reading:?}") };
        assert_eq!((rejected.line, rejected.column.as_deref(), rejected.value.as_str()), (3, Some(column), value), "{row}");
        assert!(!rejected.reason.zh.is_empty() && !rejected.reason.en.is_empty());
    }
    // A type that is not given follows from the code; without a code it stays unknown.
    let typed = csv(&format!("{header}\n某院,{INSTITUTE},,,,,www.a.gov.cn,,,\n某局,,,,,,www.b.gov.cn,,,\n"));
    let kinds = typed.entries.iter().map(|entry| entry.institution.as_ref().and_then(|institution| institution.kind));
    assert_eq!(kinds.collect::<Vec<_>>(), [Some(InstitutionType::PublicInstitution), None]);
}

#[test]
fn doubts_are_noted() {
    let reading = csv(&format!(
        "uscc,institution_type,level,address,granted_level,grant_document\n\
         {ORGAN},public_institution,,www.a.gov.cn,,\n,,county,www.b.gov.cn,,\n,,,www.c.gov.cn,L3,\n,,,www.d.gov.cn,,授权书\n"
    ));
    assert_eq!(reading.notes.iter().map(|note| note.line).collect::<Vec<_>>(), [2, 3, 4, 5]);
    let kind = reading.entries[0].institution.as_ref().and_then(|institution| institution.kind);
    assert_eq!(kind, Some(InstitutionType::PublicInstitution));
    assert_eq!(reading.entries[1].institution, None);
}

#[test]
fn a_broken_byte_spoils_its_row_only() {
    let mut bytes = "单位名称,网址\n某某县人民政府,www.a.gov.cn\n某某县教育局,www.b.gov.cn\n".as_bytes().to_vec();
    bytes[25] = 0xff;
    let reading = read("ledger.csv", &bytes).expect("readable");
    assert_eq!((reading.entries.len(), reading.rejected.len()), (1, 1));
    assert_eq!(reading.rejected[0].line, 2);
}

#[test]
fn an_open_quote_is_seen() {
    let long = "某局,www.b.gov.cn\n".repeat(200);
    let reading = csv(&format!("单位名称,网址\n某局,\"www.a.gov.cn\n{long}"));
    assert_eq!((reading.entries.len(), reading.rejected.len()), (200, 1));
    assert!(reading.rejected[0].value.chars().count() <= 200);
}

#[test]
fn without_an_address_column_the_file_is_refused() {
    let error = read("x.csv", "报表\n单位名称,备注\n某局,无\n".as_bytes()).expect_err("no address");
    assert_eq!(error.to_string(), "x.csv is not a ledger: a column address (地址) is needed; found 单位名称, 备注");
    for bytes in [&b""[..], b"\n\n", b"[]", b"{}", b"{", b"[{\"name\":\"x\"}]", b"%PDF-1.7", &[0; 1_000]] {
        assert!(matches!(read("x", bytes), Err(SourceError::Unlike { .. })), "{bytes:?}");
    }
}

#[test]
fn json_arrays_and_lines() {
    let object = |address: &str| {
        format!(
            "{{\"institution_name\": \"某局\",\n \"short_names\": [\"甲\", \"乙\"], \"address\": \"{address}\", \"administrative_duties\": true, \"n\": 7, \"uscc\": null}}"
        )
    };
    let array = format!("[\n{},\n 5,\n{}]\n", object("www.a.gov.cn"), object("not an address"));
    let reading = read("x.json", array.as_bytes()).expect("readable");
    let [entry] = reading.entries.as_slice() else { panic!("one good row: {reading:?}") };
    let institution = entry.institution.as_ref().expect("named");
    assert_eq!(institution.short_names, ["甲", "乙"]);
    assert_eq!(institution.administrative_duties, Some(true));
    assert_eq!(entry.notes.get("n").map(String::as_str), Some("7"));
    assert_eq!(entry.source, "x.json:2");
    assert_eq!(reading.rejected.iter().map(|rejected| rejected.line).collect::<Vec<_>>(), [4, 5]);

    let lines = "{\"网址\": \"www.a.gov.cn\"}\n{\"网址\": \n\"www.b.gov.cn\"}\n{broken\n\n{\"网址\": \"www.c.gov.cn\"}";
    let reading = read("x.jsonl", lines.as_bytes()).expect("readable");
    let sources: Vec<_> = reading.entries.iter().map(|entry| entry.source.as_str()).collect();
    assert_eq!(sources, ["x.jsonl:1", "x.jsonl:2", "x.jsonl:6"]);
    assert_eq!(reading.rejected.iter().map(|rejected| rejected.line).collect::<Vec<_>>(), [4]);
    for broken in ["[{\"address\": \"www.a.gov.cn\"}", "[{\"address\": \"www.a.gov.cn\"},]", "[{\"address\": 1} 2]", "[] []"] {
        assert!(matches!(read("x", broken.as_bytes()), Err(SourceError::Unlike { .. })), "{broken}");
    }
    let deep = format!("[{}", "[".repeat(100_000));
    assert!(matches!(read("x", deep.as_bytes()), Err(SourceError::Unlike { .. })));
}

/// A workbook like those that offices send: a cover sheet, a title, a header, numbers and dates as such.
fn workbook() -> Vec<u8> {
    let mut book = Workbook::new();
    book.add_worksheet().write_string(0, 0, "填表说明").expect("cell");
    let sheet = book.add_worksheet();
    sheet.write_string(0, 0, "互联网政务应用台账").expect("cell");
    for (column, header) in
        (0..).zip(["单位名称", "网址", "行政区划代码", "授权级别", "授权文件", "授权截止", "统一社会信用代码", "备注"])
    {
        sheet.write_string(2, column, header).expect("cell");
    }
    let row = |sheet: &mut rust_xlsxwriter::Worksheet, row: u32, host: &str| {
        sheet.write_string(row, 0, "某某县人民政府").expect("cell");
        sheet.write_string(row, 1, host).expect("cell");
        sheet.write_number(row, 2, 510_903).expect("cell");
        sheet.write_string(row, 3, "L2").expect("cell");
        sheet.write_string(row, 4, "授权书 1 号").expect("cell");
    };
    row(sheet, 3, "www.a.gov.cn");
    let day = ExcelDateTime::from_ymd(2026, 3, 1).expect("day");
    sheet.write_datetime_with_format(3, 5, &day, &Format::new().set_num_format("yyyy-mm-dd")).expect("cell");
    sheet.write_string(3, 7, "=1+1").expect("cell");
    row(sheet, 5, "www.b.gov.cn");
    sheet.write_number(5, 5, 46_082).expect("cell");
    row(sheet, 6, "www.c.gov.cn");
    sheet.write_number(6, 6, 111_000_000_000_131_270.0).expect("cell");
    book.save_to_buffer().expect("workbook")
}

#[test]
fn a_workbook_is_read() {
    let reading = read("台账.xlsx", &workbook()).expect("readable");
    let sources: Vec<_> = reading.entries.iter().map(|entry| entry.source.as_str()).collect();
    assert_eq!(sources, ["台账.xlsx:4", "台账.xlsx:6"]);
    for entry in &reading.entries {
        assert_eq!(entry.grant.as_ref().and_then(|grant| grant.until), Some(date(2026, 3, 1)));
        assert_eq!(entry.institution.as_ref().and_then(|institution| institution.level), Some(AdminLevel::County));
    }
    assert_eq!(reading.entries[0].notes.get("备注").map(String::as_str), Some("=1+1"));
    // A code typed as a number has lost digits.
    let [rejected] = reading.rejected.as_slice() else { panic!("one bad row: {reading:?}") };
    assert_eq!((rejected.line, rejected.column.as_deref()), (7, Some("统一社会信用代码")));
    let old = read("x.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1");
    assert!(matches!(old, Err(SourceError::Unlike { .. })));
    assert!(matches!(read("x.xlsx", b"PK\x03\x04"), Err(SourceError::Unlike { .. })));
}

#[test]
fn a_cell_far_away_costs_nothing() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_string(0, 0, "网址").expect("cell");
    sheet.write_string(1, 0, "www.a.gov.cn").expect("cell");
    sheet.write_string(1_048_575, 16_383, "x").expect("cell");
    let reading = read("x.xlsx", &book.save_to_buffer().expect("workbook")).expect("readable");
    assert_eq!(reading.entries.len(), 1);
}

#[test]
fn many_rows_are_read() {
    let row =
        |number: u32| format!("某某县第{number}局,,事业单位,县级,510903,网站,第{number}网站,www.s{number}.example.gov.cn,在用\n");
    let rows: String = (0..20_000).map(row).collect();
    let reading = csv(&format!("单位名称,统一社会信用代码,机构类型,层级,行政区划代码,应用类型,网站名称,网址,状态\n{rows}"));
    assert_eq!((reading.entries.len(), reading.rejected.len()), (20_000, 0));
    assert_eq!(reading.entries[19_999].source, "ledger.csv:20001");
}

/// Every row that is not blank is an entry or rejected, and what is shown is bounded.
fn check_bounds(bytes: &[u8]) {
    if let Ok(reading) = read("x", bytes) {
        assert!(reading.entries.len() + reading.rejected.len() <= bytes.len());
        for rejected in &reading.rejected {
            assert!(rejected.line >= 1);
            assert!(rejected.value.chars().count() <= 200 && !rejected.value.chars().any(char::is_control));
        }
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        check_bounds(&bytes);
    }

    #[test]
    fn no_table_makes_it_panic(text in "([a-z政府0-9=\"\u{0}-\u{20},;\t./:@-]{0,20}[\n,\"]){0,40}") {
        check_bounds(format!("网址,单位名称,uscc,授权截止,行政区划代码,应用类型\n{text}").as_bytes());
    }

    #[test]
    fn no_json_makes_it_panic(text in "([\\[\\]{}\",:0-9a\\\\ \n]|\"address\":){0,200}") {
        check_bounds(format!("[{{\"address\":{text}").as_bytes());
        check_bounds(format!("{{{text}").as_bytes());
    }

    #[test]
    fn no_damage_to_a_workbook_makes_it_panic(damage in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..20)) {
        let mut bytes = workbook();
        for (place, byte) in damage {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        check_bounds(&bytes);
    }
}
