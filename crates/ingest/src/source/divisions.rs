//! Administrative divisions (行政区划) in the forms in which they are published: tables of code and name, or a tree of objects.

use model::ledger::attribute::Attribute as A;
use model::ledger::claim::{Claim, Says};
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::source::{Rejected, SourceKind};
use model::text::{Label, Text};
use serde_json::Value;

use crate::source::input::Input;
use crate::source::json::{self, Element};
use crate::source::table::{self, clip};
use crate::source::{Format, Record, Sink, SourceError, Stopped, values};

/// The format.
pub static FORMAT: Format = Format {
    kind: SourceKind::Divisions,
    doc: Label { zh: include_str!("divisions.zh.md"), en: include_str!("divisions.md") },
    read,
};

table::columns! {
    "a table of administrative divisions", needs [Code] [Name];
    Code "code" = "行政区划代码" | "区划代码" | "代码" | "统计用区划代码" | "division_code";
    Name "name" = "名称" | "单位名称" | "行政区划名称" | "区划名称";
}

/// The names under which a tree holds the divisions below one.
const BELOW: [&str; 4] = ["children", "districts", "areas", "streets"];

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    if matches!(input.start().trim_ascii_start().first(), Some(b'[' | b'{')) {
        return read_json(input, sink);
    }
    table::rows(input, &COLUMNS, sink, &mut |row, sink| {
        let code = row.need(C::Code, code)?;
        let name = row.need(C::Name, values::name)?;
        Ok(send(sink, row.line, code, name)?)
    })
}

fn read_json(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    let name = input.name.to_owned();
    let mut met = false;
    json::elements(input, COLUMNS.what, &mut |line, element| {
        let tree: Option<Value> = match element {
            Element::Text(text) => serde_json::from_str(text).ok(),
            Element::Broken(..) => None,
        };
        met |= tree.as_ref().is_some_and(|tree| tree.get("code").is_some());
        match tree {
            Some(tree) => Ok(branch(&tree, line, sink)?),
            None => {
                sink.row();
                let reason = Text::new("不是 JSON 对象", "this is no JSON object");
                Ok(sink.reject(Rejected { line, column: None, value: String::new(), reason })?)
            }
        }
    })?;
    if met {
        return Ok(());
    }
    let problem = Text::new(
        "没有任何对象带有代码；只有名称的树不能说明区划",
        "none of its objects has a code; a tree of names alone tells no divisions",
    );
    Err(SourceError::Unlike { name, expected: COLUMNS.what, problem })
}

/// Takes a division and all below it. The reader of JSON bounds the depth.
fn branch(tree: &Value, line: u64, sink: &mut dyn Sink) -> Result<(), Stopped> {
    let cell = |key: &str| tree.get(key).map(|value| clip(&json::plain(value), 200)).unwrap_or_default();
    let (written, name) = (cell("code"), cell("name"));
    sink.row();
    match code(&written) {
        _ if name.is_empty() => {
            let reason = Text::new("缺少名称", "the name is missing");
            sink.reject(Rejected { line, column: Some("name".into()), value: written, reason })?;
        }
        Ok(code) => send(sink, line, code, &name)?,
        Err(reason) => sink.reject(Rejected { line, column: Some("code".into()), value: written, reason })?,
    }
    let below = BELOW.iter().find_map(|key| tree.get(key)).and_then(Value::as_array);
    below.into_iter().flatten().try_for_each(|child| branch(child, line, sink))
}

/// Hands a division on; what is below the township has no code in the ledger and is passed over.
fn send(sink: &mut dyn Sink, line: u64, code: Option<String>, name: &str) -> Result<(), Stopped> {
    let Some(code) = code else { return Ok(()) };
    let says = Says::from([(A::Name, name.to_owned())]);
    sink.take(Record::Claim(Claim { entity: EntityId::new(EntityKind::Division, code), part: String::new(), says, line }))
}

/// The code of a division, of 6 or 9 digits. Tables of provinces and prefectures write 2 and 4, those of the statistical office 12, of
/// which the last three are a village's: `None`.
fn code(text: &str) -> Result<Option<String>, Text> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let filled = match text.len() {
        2 | 4 if digits => format!("{text:0<6}"),
        12 if digits && !text.ends_with("000") => return values::division(text).map(|_| None),
        12 if digits && text.ends_with("000000") => text[..6].to_owned(),
        9 if digits && text.ends_with("000") => text[..6].to_owned(),
        _ => text.to_owned(),
    };
    values::division(&filled).map(|code| Some(code.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::testing::read;

    #[test]
    fn tables_of_every_depth() {
        let file = "code,name,cityCode,provinceCode\n11,\"北京市\"\n1101,市辖区\n110101,东城区,1101,11\n110101001,东华门街道\n110101001000,东华门街道\n110101001001,多福巷社区\n110000000000,北京市\n99,无\n510003,有县无市\n110102,\n";
        let kept = read(&FORMAT, "x.csv", file.as_bytes()).expect("readable");
        let expected = [
            "2 division:110000 name=北京市",
            "3 division:110100 name=市辖区",
            "4 division:110101 name=东城区",
            "5 division:110101001 name=东华门街道",
            "6 division:110101001 name=东华门街道",
            "8 division:110000 name=北京市",
        ];
        assert_eq!(kept.lines(), expected);
        assert_eq!(kept.bad(), [(9, "code", "99"), (10, "code", "510003"), (11, "name", "")]);
    }

    #[test]
    fn trees_are_walked() {
        let file = r#"[{"code":"11","name":"北京市","children":[{"code":"1101","name":"市辖区","children":[{"code":110101,"name":"东城区"},{"code":"x","name":"甲"},{"name":"乙"}]}]},{"#;
        assert!(read(&FORMAT, "x", file.as_bytes()).is_err(), "it breaks off");
        let kept = read(&FORMAT, "x", format!("{}]", file.trim_end_matches(",{")).as_bytes()).expect("readable");
        assert_eq!(
            kept.lines(),
            ["1 division:110000 name=北京市", "1 division:110100 name=市辖区", "1 division:110101 name=东城区"]
        );
        assert_eq!((kept.rows, kept.rejected.len()), (5, 2));
        let names = read(&FORMAT, "x", "{\"香港特别行政区\": {\"香港岛\": [\"中西区\"]}}".as_bytes());
        assert!(matches!(names, Err(SourceError::Unlike { .. })));
    }

    #[test]
    fn published_files_are_read() {
        let Some(folder) = std::env::var_os("MINGCHA_SAMPLE_DATA") else {
            eprintln!("no sample data: set MINGCHA_SAMPLE_DATA");
            return;
        };
        let folder = std::path::Path::new(&folder).join("09-china/divisions/dist");
        for (file, rows) in [
            ("provinces.csv", 31),
            ("cities.csv", 342),
            ("areas.csv", 2_978),
            ("streets.csv.gz", 41_352),
            ("pca-code.json", 3_429),
        ] {
            let bytes = std::fs::read(folder.join(file)).expect("a file");
            let kept = read(&FORMAT, file, &bytes).expect("readable");
            assert_eq!(
                (kept.rows, kept.claims.len(), kept.rejected.len()),
                (rows, rows as usize, 0),
                "{file}: {:?}",
                kept.rejected.first()
            );
        }
    }
}
