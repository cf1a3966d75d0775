//! Vulnerabilities of CNNVD: the JSON of its interface, list and detail, and its XML.

use std::mem::take;

use model::advisory::{Affected, Condition, Ordering, Statement, System, Versions};
use model::ledger::source::SourceKind;
use model::text::{Label, Text};
use serde::Deserialize;
use vulns::product::from_cpe;

use crate::source::advisories;
use crate::source::documents::{self, Shape};
use crate::source::input::Input;
use crate::source::rows::Rows;
use crate::source::services::Loose;
use crate::source::times::{self, Clock};
use crate::source::xml::{self, Part};
use crate::source::{Format, Sink, SourceError, Stopped};

/// Vulnerabilities of CNNVD.
pub static FORMAT: Format =
    Format { kind: SourceKind::Cnnvd, doc: Label { zh: include_str!("cnnvd.zh.md"), en: include_str!("cnnvd.md") }, read };

const EXPECTED: &str = "CNNVD's XML or JSON";
const SHAPE: Shape = Shape { expected: EXPECTED, lists: &[&["data", "records"], &["records"]] };
/// Who grades.
const BY: &str = "CNNVD";
/// The grades, which the interface writes as numbers from 1.
const GRADES: [&str; 4] = ["超危", "高危", "中危", "低危"];
/// The most products and references of a vulnerability.
const MOST: usize = 5000;

/// A vulnerability, whichever form it came in.
#[derive(Default)]
struct Record {
    code: String,
    cves: String,
    name: String,
    grade: String,
    published: String,
    modified: String,
    description: String,
    remedy: String,
    /// Texts with addresses in them.
    references: Vec<String>,
    /// CPE names.
    products: Vec<String>,
}

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    match input.start().trim_ascii_start().first() {
        Some(b'<') => xml(input, sink),
        _ => documents::typed(input, &SHAPE, sink, |rows, told: Told| told.record().hand_on(rows)),
    }
}

/// A record, alone or in what the interface wraps around it.
#[derive(Deserialize)]
struct Told {
    #[serde(rename = "cnnvdDetail")]
    detail: Option<Fields>,
    data: Option<Box<Told>>,
    #[serde(flatten)]
    own: Fields,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Fields {
    cnnvd_code: Loose,
    cve_code: Loose,
    vul_name: Loose,
    hazard_level: Loose,
    publish_time: Loose,
    update_time: Loose,
    vul_desc: Loose,
    patch: Loose,
    refer_url: Loose,
}

impl Told {
    fn record(self) -> Record {
        let mut told = self;
        while let Some(inner) = told.data.take() {
            told = *inner;
        }
        let fields = told.detail.unwrap_or(told.own);
        let number = fields.hazard_level.0.trim().parse::<usize>().ok().and_then(|number| GRADES.get(number.checked_sub(1)?));
        Record {
            code: fields.cnnvd_code.0,
            cves: fields.cve_code.0,
            name: fields.vul_name.0,
            grade: number.map_or(fields.hazard_level.0, |grade| (*grade).to_owned()),
            published: fields.publish_time.0,
            modified: fields.update_time.0,
            description: fields.vul_desc.0,
            references: vec![fields.patch.0.clone(), fields.refer_url.0],
            remedy: fields.patch.0,
            products: Vec::new(),
        }
    }
}

fn xml(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    let mut rows = Rows::new(sink, input.at);
    let mut record = Record::default();
    xml::records(input, EXPECTED, &["cnnvd"], "entry", &mut |part| {
        match part {
            Part::Element { name, text, .. } => record.take(name, text),
            Part::End => {
                rows.line += 1;
                rows.count();
                take(&mut record).hand_on(&mut rows)?;
            }
        }
        Ok(())
    })
}

impl Record {
    fn take(&mut self, element: &str, text: String) {
        match element {
            "name" => self.name = text,
            "vuln-id" => self.code = text,
            "published" => self.published = text,
            "modified" => self.modified = text,
            "severity" => self.grade = text,
            "vuln-descript" => self.description = text,
            "vuln-solution" => self.remedy = text,
            "cve-id" => self.cves = text,
            "ref-url" if self.references.len() < MOST => self.references.push(text),
            "product" if self.products.len() < MOST => self.products.push(text),
            _ => {}
        }
    }

    fn hand_on(self, rows: &mut Rows<'_>) -> Result<(), Stopped> {
        let Some(code) = advisories::name(&self.code).filter(|name| name.starts_with("CNNVD-")) else {
            let reason = Text::new(
                "不是 CNNVD 编号，应如 CNNVD-202112-799",
                "this is no CNNVD number; one is written like CNNVD-202112-799",
            );
            return rows.reject(Some("cnnvdCode"), &self.code, reason);
        };
        let mut statement = Statement::new(SourceKind::Cnnvd, code);
        let is_between = |character: char| character.is_whitespace() || ",;，；、/".contains(character);
        let cves: Vec<String> = self.cves.split(is_between).filter_map(advisories::cve).collect();
        statement.aliases = advisories::aliases(&statement.id, cves.iter().map(String::as_str));
        statement.title = advisories::title(if self.name.is_empty() { &self.description } else { &self.name });
        // 0 is a grade not yet given.
        let grade = Some(self.grade.as_str()).filter(|grade| *grade != "0");
        statement.scores = grade.and_then(|grade| advisories::score(System::Word, grade, None, BY)).into_iter().collect();
        let moment = |text: &str| times::moment(text, Clock::Beijing);
        (statement.published, statement.modified) = (moment(&self.published), moment(&self.modified));
        statement.remedy = advisories::remedy(&self.remedy);
        statement.references = advisories::references(self.references.iter().flat_map(|text| addresses(text)));
        statement.affects = self.affects(rows)?;
        rows.state(statement)
    }

    /// The CPE names of the XML. One without a version tells of none, not of all.
    fn affects(&self, rows: &mut Rows<'_>) -> Result<Vec<Condition>, Stopped> {
        let mut leaves = Vec::new();
        for text in &self.products {
            match from_cpe(text) {
                Ok(cpe) => leaves.extend(cpe.full_version().map(|version| Affected {
                    product: cpe.product.clone(),
                    versions: Versions {
                        ordering: Ordering::Generic,
                        listed: vec![advisories::version(&version)],
                        ..Versions::default()
                    },
                    vulnerable: true,
                    target: String::new(),
                })),
                Err(_) => rows.reject(Some("product"), text, advisories::no_cpe())?,
            }
        }
        Ok(advisories::union(leaves).into_iter().map(Condition::Is).collect())
    }
}

/// The addresses in a text such as `来源:MISC 链接:https://…`.
fn addresses(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace().filter_map(|word| word.find("http").and_then(|start| word.get(start..)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::source::testing::{Kept, read as read_with};

    fn kept(file: &str) -> Kept {
        read_with(&FORMAT, "x", file.as_bytes()).expect(file)
    }

    #[test]
    fn records_of_the_interface() {
        let record = r#"{"id": "x", "vulName": "某产品命令执行漏洞", "cnnvdCode": "CNNVD-202112-799", "cveCode": "CVE-2021-44228;CVE-2021-45046", "hazardLevel": 1, "publishTime": "2021-12-10", "updateTime": "2021-12-13 00:00:00",
            "patch": "https://a.example/fix", "referUrl": "来源:MISC\r\n链接:https://b.example/\r\n"}"#;
        for file in [
            record.to_owned(),
            format!(r#"{{"cnnvdDetail": {record}}}"#),
            format!(r#"{{"code": 200, "data": {{"cnnvdDetail": {record}}}}}"#),
            format!(r#"{{"code": 200, "data": {{"total": 1, "records": [{record}]}}}}"#),
        ] {
            let kept = kept(&file);
            let [statement] = &kept.statements[..] else { panic!("one: {file}") };
            assert_eq!((&*statement.id, statement.aliases.len(), &*statement.scores[0].value), ("CNNVD-202112-799", 2, "超危"));
            assert_eq!(statement.references, ["https://a.example/fix", "https://b.example/"]);
            assert_eq!(
                (statement.published.map(|at| at.to_string()).as_deref(), statement.affects.len()),
                (Some("2021-12-09T16:00:00Z"), 0)
            );
        }
        let bad = kept(r#"[{"cnnvdCode": "CVE-2021-1000"}, 7, {"cnnvdCode": "CNNVD-1", "hazardLevel": 9, "publishTime": null}]"#);
        assert_eq!((bad.rows, bad.statements.len(), bad.rejected.len()), (3, 1, 2));
    }

    #[test]
    fn entries_of_the_xml() {
        let entry = |id: &str, product: &str| {
            format!(
                "<entry><name>某产品 SQL 注入漏洞</name><vuln-id>{id}</vuln-id><published>2018-01-02</published><modified>2018-01-03</modified><severity>高危</severity>\
                <vuln-type>SQL注入</vuln-type><vuln-descript>某公司的产品存在漏洞。</vuln-descript><other-id><cve-id>CVE-2018-1000</cve-id><bugtraq-id></bugtraq-id></other-id>\
                <vuln-solution>升级到 2.0。</vuln-solution><refs><ref><ref-source>X</ref-source><ref-url>https://a.example/</ref-url></ref></refs>\
                <vuln-software-list><product>{product}</product><product>cpe:/a:maker:other</product></vuln-software-list></entry>"
            )
        };
        let file = |entries: &str| {
            format!(
                "<?xml version='1.0' encoding='UTF-8'?><cnnvd cnnvd_xml_version='1.0' pub_date='2018-01-09'>{entries}</cnnvd>"
            )
        };
        let kept = kept(&file(
            &[entry("CNNVD-201801-001", "cpe:/a:maker:product:1.0:sp1"), entry("1", "x"), entry("CNNVD-201801-002", "no cpe")]
                .concat(),
        ));
        assert_eq!((kept.rows, kept.statements.len()), (3, 2));
        let statement = &kept.statements[0];
        assert_eq!(
            (&*statement.scores[0].value, &*statement.remedy, &statement.aliases[..]),
            ("高危", "升级到 2.0。", &["CVE-2018-1000".to_owned()][..])
        );
        let [Condition::Is(leaf)] = &statement.affects[..] else { panic!("a name without version tells of none") };
        assert_eq!((leaf.product.as_str(), &leaf.versions.listed[..]), ("cpe:a:maker:product", &["1.0-sp1".to_owned()][..]));
        assert_eq!(kept.bad(), [(2, "cnnvdCode", "1"), (3, "product", "no cpe")]);
        assert!(matches!(read_with(&FORMAT, "x", b"<other/>"), Err(SourceError::Unlike { .. })));
        let cut = file(&entry("CNNVD-1", "x"));
        assert!(matches!(read_with(&FORMAT, "x", &cut.as_bytes()[..300]), Err(SourceError::Io { .. })));
    }

    #[test]
    fn the_published_records() {
        let Some(folder) = std::env::var_os("MINGCHA_SAMPLE_DATA") else {
            eprintln!("no sample data: set MINGCHA_SAMPLE_DATA");
            return;
        };
        let folder = std::path::Path::new(&folder).join("04-cve/cnnvd-json/cnnvd/api/testdata");
        for (file, id, cve, grade) in [
            ("vul_list/1988/01/CNNVD-198801-001.json", "CNNVD-198801-001", "CVE-1999-0095", "超危"),
            ("vul_list/1988/01/CNNVD-198801-002.json", "CNNVD-198801-002", "CVE-1999-0082", "超危"),
            ("vul_detail/2022/12/CNNVD-202212-2756.json", "CNNVD-202212-2756", "CVE-2022-23469", "中危"),
        ] {
            let kept = read_with(&FORMAT, file, &std::fs::read(folder.join(file)).expect(file)).expect(file);
            let [statement] = &kept.statements[..] else { panic!("one") };
            assert_eq!((&*statement.id, &*statement.aliases[0], &*statement.scores[0].value), (id, cve, grade));
            assert!(kept.rejected.is_empty() && statement.published.is_some(), "{file}");
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(text in "(<entry>|</entry>|<product>|</product>|<vuln-id>CNNVD-1|</vuln-id>|\\{\"cnnvdCode\":|\"CNNVD-1\"|\\}|\\{\"data\":|,|\\PC){0,30}", xml in any::<bool>()) {
            let file = if xml { format!("<cnnvd>{text}</cnnvd>") } else { text };
            let _ = read_with(&FORMAT, "x", file.as_bytes());
        }
    }
}
