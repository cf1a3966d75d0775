//! Tables in every form, good, bad and hostile.

use encoding_rs::GB18030;
use jiff::Timestamp;
use proptest::prelude::*;
use rust_xlsxwriter::Workbook;

use super::*;
use crate::source::testing::Kept;

mod shape {
    super::columns! {
        "a test table", needs [Name] [Code Number];
        Name "site_name" = "名称" | "单位名称";
        Code "code" = "统一社会信用代码";
        Number "number" = "编号";
    }
    pub const NAME: usize = C::Name as usize;
    pub const CODE: usize = C::Code as usize;
    pub const NUMBER: usize = C::Number as usize;
    pub fn convert() -> usize {
        C::Code.into()
    }
}
use shape::{CODE, COLUMNS, NAME, NUMBER};

/// Rows as `line name|code|notes`, and what the sink kept.
fn read_as(name: &str, bytes: &[u8]) -> Result<(Vec<String>, Kept), SourceError> {
    let mut input = Input::new(name, Timestamp::UNIX_EPOCH, bytes)?;
    let (mut kept, mut rows) = (Kept::default(), Vec::new());
    super::rows(&mut input, &COLUMNS, &mut kept, &mut |row, _| {
        let notes: Vec<String> = row.notes().map(|(header, note)| format!("{header}={note}")).collect();
        rows.push(format!("{} {}|{}|{}", row.line, row.text(NAME), row.text(CODE), notes.join(" ")));
        row.need(NAME, |text| if text == "坏" { Err(Text::new("坏", "bad")) } else { Ok(()) })
    })?;
    Ok((rows, kept))
}

fn read(text: &str) -> (Vec<String>, Kept) {
    read_as("x", text.as_bytes()).expect("readable")
}

const PLAIN: &str = "名录\n\n*单位名称：,统一社会信用代码（18位）,备注\n甲局,1,\"a,b\"\n\n乙局,2,\n";
const PLAIN_ROWS: [&str; 2] = ["4 甲局|1|备注=a,b", "6 乙局|2|"];

#[test]
fn headers_are_known_in_both_languages_and_with_decoration() {
    for header in [
        "code",
        "CODE",
        " 统一社会信用代码 ",
        "*统一社会信用代码",
        "统一社会信用代码（18位）",
        "统一社会\n信用代码",
        "【统一社会信用代码",
        "Code [18]",
        "统一 社会信用代码:",
    ] {
        let known = COLUMNS.recognise(header);
        assert_eq!(known, (!header.starts_with('【')).then_some(CODE), "{header:?}");
    }
    for header in ["siteName", "Site Name", "site-name", "ｓｉｔｅ＿ｎａｍｅ"] {
        assert_eq!(COLUMNS.recognise(header), Some(NAME), "{header:?}");
    }
    for header in ["", "备注", "名称栏", "（名称）", "_", "codes"] {
        assert_eq!(COLUMNS.recognise(header), None, "{header:?}");
    }
    assert_eq!(shape::convert(), CODE);
}

#[test]
fn delimiters_and_charsets_are_told_apart() {
    for text in [
        PLAIN.to_owned(),
        PLAIN.replace(',', ";").replace("a;b", "a,b"),
        PLAIN.replace(',', "\t").replace("a\tb", "a,b"),
        PLAIN.replace('\n', "\r\n"),
    ] {
        let utf16: Vec<u8> = [0xfe, 0xff].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect();
        for bytes in
            [text.clone().into_bytes(), GB18030.encode(&text).0.into_owned(), utf16, format!("\u{feff}{text}").into_bytes()]
        {
            let (rows, kept) = read_as("x", &bytes).expect("readable");
            assert_eq!((rows, kept.rows, kept.rejected.len()), (PLAIN_ROWS.map(String::from).to_vec(), 2, 0), "{text}");
        }
    }
}

#[test]
fn each_record_has_its_own_charset() {
    let bytes = [
        "名称,编号\n甲局,1\n".as_bytes(),
        &GB18030.encode("乙局,2\n").0,
        b"\xff\xff,3\n",
        "丁\u{fffd}局,4\n".as_bytes(),
        b"\xe6\x9f\x90\xe6\x9f,5\n",
    ]
    .concat();
    let (rows, kept) = read_as("x", &bytes).expect("readable");
    assert_eq!(rows, ["2 甲局||", "3 乙局||", "5 丁\u{fffd}局||"]);
    assert_eq!(kept.rejected.iter().map(|bad| bad.line).collect::<Vec<_>>(), [4, 6]);
    assert_eq!(kept.rows, 5);
}

#[test]
fn lines_are_those_of_the_file() {
    let (rows, _) = read("名称,编号,备注\r\n\r\n甲,1,\"two\r\nlines\"\r\n,,\r\n\r\n乙,2,\r\n丙,3,x");
    assert_eq!(rows, ["3 甲||备注=two lines", "7 乙||", "8 丙||备注=x"]);
}

#[test]
fn what_is_in_a_cell() {
    let (rows, _) = read(
        "名称,code,,code,n\n =\"001\" ,\u{3000}7\u{feff}\t,far,8,=1+1\n=cmd|'x'!A0,\u{0}9\u{85}\u{1b},\"a\"\"b\",,1,beyond\n",
    );
    assert_eq!(rows, ["2 001|7|column 3=far code=8 n==1+1", "3 =cmd|'x'!A0|9|column 3=a\"b n=1 column 6=beyond"]);
    let (rows, kept) = read(&format!("名称,code\n甲,{}\n乙,{}\n", "x".repeat(LONGEST_CELL), "x".repeat(LONGEST_CELL + 1)));
    assert_eq!((rows.len(), kept.rejected[0].line, kept.rejected[0].column.as_deref()), (1, 3, Some("code")));
}

#[test]
fn bad_rows_stop_nothing() {
    let (_, kept) = read("名称,code\n坏,1\n,2\n甲,3\n");
    assert_eq!(kept.bad(), [(2, "名称", "坏"), (3, "名称", "")]);
    assert_eq!(kept.rows, 3);
    let wide = format!("名称,code\n{}\n甲,1\n", "1,".repeat(5_000));
    let (rows, kept) = read(&wide);
    assert_eq!((rows, kept.rejected[0].line), (vec!["3 甲|1|".to_owned()], 2));
}

#[test]
fn an_open_quote_costs_its_own_line() {
    let rows: String = (0..200_000).map(|number| format!("第{number}局,7\n")).collect();
    let (read_rows, kept) = read(&format!("名称,code\n甲,\"1\n{rows}乙,\"2\n丙,3"));
    assert_eq!((read_rows.len(), kept.rejected.len()), (200_001, 2));
    assert_eq!((read_rows[0].as_str(), read_rows[200_000].as_str()), ("3 第0局|7|", "200004 丙|3|"));
    assert_eq!(kept.rejected.iter().map(|bad| bad.line).collect::<Vec<_>>(), [2, 200_003]);
    // A line without an end, and quotes that no line closes.
    let (read_rows, kept) = read(&format!("名称,code\n甲,{}\n乙,2\n", "x".repeat(3 << 20)));
    assert_eq!((read_rows, kept.rejected[0].line), (vec!["3 乙|2|".to_owned()], 2));
    let (_, kept) = read(&format!("名称,code\n{}", "x\",\"y\n".repeat(200_000)));
    assert!(kept.rejected.len() > 256);
}

#[test]
fn tables_without_their_columns_are_refused() {
    let refused = |bytes: &[u8]| read_as("x", bytes).expect_err("refused").to_string();
    assert_eq!(
        refused("报表\n名称,备注\n甲,无\n".as_bytes()),
        "x is not a test table: a column code (统一社会信用代码) or number (编号) is needed; found 名称, 备注"
    );
    for bytes in [
        &b""[..],
        b"\n\n",
        b"[]",
        b"{}",
        b"{",
        b"[{\"name\":\"x\"}]",
        b"%PDF-1.7",
        &[0; 1_000],
        b"\xd0\xcf\x11\xe0",
        b"PK\x03\x04",
        &[0xff; 100],
    ] {
        assert!(matches!(read_as("x", bytes), Err(SourceError::Unlike { .. })), "{bytes:?}");
    }
    let (rows, kept) = read("名称,code\n");
    assert_eq!((rows.len(), kept.rows), (0, 0), "a header alone is a table of nothing");
}

#[test]
fn arrays_and_lines_of_objects() {
    let array = "\n[\n{\"名称\": \"甲\",\n \"code\": [\"1\", null, 2], \"n\": {\"m\": true}, \"code\": 3},\n 5,\n {\"名称\":\"}\\\"{[\",\"编号\":7}, {\"名称\":nope} ] ";
    let (rows, kept) = read(array);
    assert_eq!(rows, ["3 甲|1;;2|n={\"m\":true} code=3", "6 }\"{[||"]);
    assert_eq!(kept.bad(), [(5, "", "5"), (6, "", "{\"名称\":nope}")]);
    let lines = "{\"名称\": \"a\", \"code\": 1}\n{\"名称\": \n\"b\"}\n{broken\n\n\n{\"名称\": \"c\"} {\"名称\": \"d\"}\njunk\n{\"名称\": \"e";
    let (rows, kept) = read(lines);
    assert_eq!(rows, ["1 a|1|", "2 b||", "7 c||", "7 d||"]);
    assert_eq!(kept.rejected.iter().map(|bad| bad.line).collect::<Vec<_>>(), [4, 8, 9]);
    for broken in ["[{\"名称\": 1}", "[{\"名称\": 1},]", "[{\"名称\": 1} 2]", "[] []", "[,]"] {
        assert!(matches!(read_as("x", broken.as_bytes()), Err(SourceError::Unlike { .. })), "{broken}");
    }
    let deep = format!("[{{\"名称\":{}1{}, \"code\":1}}]", "[".repeat(100_000), "]".repeat(100_000));
    assert!(matches!(read_as("x", deep.as_bytes()), Err(SourceError::Unlike { .. })), "no column is met");
    let endless = format!("[\"{}", "x".repeat(17 << 20));
    assert!(matches!(read_as("x", endless.as_bytes()), Err(SourceError::TooLarge { .. })));
}

#[test]
fn json_of_any_charset_is_cut_at_the_right_places() {
    // 昞, 繺 and 乗 end in a backslash, a brace or a bracket in GBK.
    for name in ["昞", "甲昞", "乗{", "\u{7e7a}\\\"", "𠀀昞", "é昞", "政務昞\\n"] {
        let text = format!("[{{\"名称\":\"{name}\",\"code\":1}},{{\"名称\":\"乙\",\"code\":2}}]");
        let utf8 = read(&text).0;
        assert_eq!(utf8.len(), 2, "{name}");
        assert_eq!(read_as("x", &GB18030.encode(&text).0).expect("readable").0, utf8, "{name}");
    }
}

#[test]
fn objects_may_have_different_keys() {
    let (rows, _) = read("{\"编号\":1,\"x\":\"\"}\n{\"code\":2,\"名称\":\"甲\",\"单位名称\":\"乙\"}");
    assert_eq!(rows, ["1 ||", "2 甲|2|单位名称=乙"]);
    let keys: String = (0..1_000).map(|number| format!("{{\"k{number}\":1,\"名称\":\"甲\",\"code\":1}}\n")).collect();
    assert_eq!(read(&keys).0.len(), 1_000);
    assert_eq!(COLUMNS.all[NUMBER].word, "number");
}

#[test]
fn a_sink_that_stops_ends_the_reading() {
    let mut input = Input::new("x", Timestamp::UNIX_EPOCH, &b"\xef\xbb\xbfsite_name,code\n1,1\n2,2\n"[..]).expect("a delivery");
    let (mut kept, mut seen) = (Kept::default(), 0);
    let stopped = rows(&mut input, &COLUMNS, &mut kept, &mut |_, _| {
        seen += 1;
        Err(Stopped.into())
    });
    assert!(matches!((stopped, seen), (Err(SourceError::Stopped(_)), 1)));
}

#[test]
fn a_workbook_gives_what_a_person_sees() {
    let mut book = Workbook::new();
    book.add_worksheet().write_string(0, 0, "填表说明").expect("cell");
    let sheet = book.add_worksheet();
    sheet.write_string(0, 0, "名录").expect("cell");
    for (column, header) in (0..).zip(["名称", "code", "n", "日期"]) {
        sheet.write_string(2, column, header).expect("cell");
    }
    sheet.write_string(4, 0, "甲").expect("cell");
    sheet.write_formula(4, 1, rust_xlsxwriter::Formula::new("=1+1").set_result("2")).expect("cell");
    sheet.write_string(4, 2, "=HYPERLINK(\"http://x\")").expect("cell");
    let day = rust_xlsxwriter::ExcelDateTime::from_ymd(2024, 3, 1).expect("day");
    sheet.write_datetime_with_format(4, 3, &day, &rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd")).expect("cell");
    sheet.write_string(5, 0, "乙").expect("cell");
    sheet.write_number(5, 1, 110_105_194_912_310_020.0).expect("cell");
    sheet.write_string(1_048_575, 16_383, "far").expect("cell");
    let (rows, kept) = read_as("x.xlsx", &book.save_to_buffer().expect("workbook")).expect("readable");
    assert_eq!(rows, ["5 甲|2|n==HYPERLINK(\"http://x\") 日期=2024-03-01", "6 乙|1.1010519491231002E17|"]);
    assert_eq!(kept.rejected, []);
}

#[test]
fn archives_that_are_no_workbooks_are_refused() {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for name in ["../../evil", "/etc/evil", "xl/workbook.xml"] {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).expect("a part");
        std::io::Write::write_all(&mut archive, b"<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b \"c\">]><workbook>&b;")
            .expect("written");
    }
    let bytes = archive.finish().expect("an archive").into_inner();
    assert!(matches!(read_as("x.xlsx", &bytes), Err(SourceError::Unlike { .. })));
}

#[test]
fn a_file_that_ends_too_early_gives_its_rows_and_an_error() {
    let rows: String = (0..20_000).map(|number| format!("第{number}局,{}\n", number * 7919 % 10_007)).collect();
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut packer, format!("名称,code\n{rows}").as_bytes()).expect("packed");
    let whole = packer.finish().expect("packed");
    assert_eq!(read_as("x.gz", &whole).expect("readable").0.len(), 20_000);
    let mut input = Input::new("x.gz", Timestamp::UNIX_EPOCH, &whole[..whole.len() / 2]).expect("it begins well");
    let mut kept = Kept::default();
    let read = rows_of(&mut input, &mut kept);
    assert!(matches!(read, Err(SourceError::Io { .. })) && kept.rows > 5_000, "{read:?}, {} rows", kept.rows);
}

fn rows_of(input: &mut Input<'_>, kept: &mut Kept) -> Result<(), SourceError> {
    rows(input, &COLUMNS, kept, &mut |_, _| Ok(()))
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2_000), start in "(|名称,code\n|\\[|\\{|PK\u{3}\u{4})") {
        let bytes = [start.as_bytes(), &bytes].concat();
        if let Ok((rows, kept)) = read_as("x", &bytes) {
            prop_assert!(rows.len() + kept.rejected.len() <= bytes.len());
        }
    }

    #[test]
    fn what_csv_writes_is_read(cells in proptest::collection::vec(proptest::collection::vec("[a甲\",;\n ]{0,6}", 3), 1..8)) {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["名称", "code", "n"]).expect("written");
        cells.iter().for_each(|row| writer.write_record(row).expect("written"));
        let (rows, kept) = read_as("x", &writer.into_inner().expect("written")).expect("readable");
        let filled = cells.iter().filter(|row| row.iter().any(|cell| !cell.trim().is_empty())).count();
        prop_assert!(rows.len() == filled && kept.rows == filled as u64, "{:?}", rows);
    }

    #[test]
    fn what_is_cut_out_of_json_is_json(values in proptest::collection::vec("[a甲昞乗{}\\[\\]\",\\\\\n]{0,6}", 1..6), gbk in any::<bool>()) {
        let objects: Vec<Value> = values.iter().map(|value| serde_json::json!({"名称": "甲", "code": 1, "n": value})).collect();
        for text in [serde_json::to_string(&objects).expect("json"), objects.iter().map(|object| format!("{object}\n")).collect()] {
            let bytes = if gbk { GB18030.encode(&text).0.into_owned() } else { text.into_bytes() };
            prop_assert_eq!(read_as("x", &bytes).expect("readable").0.len(), values.len());
        }
    }
}
