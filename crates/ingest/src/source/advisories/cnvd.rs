//! Vulnerabilities of CNVD, its weekly XML.

use std::mem::take;

use model::advisory::{Affected, Condition, Statement, System};
use model::ledger::source::SourceKind;
use model::text::{Label, Text};

use crate::source::advisories::{
    self,
    wording::{self, Wording},
};
use crate::source::input::Input;
use crate::source::rows::Rows;
use crate::source::times::{self, Clock};
use crate::source::xml::{self, Part};
use crate::source::{Format, Sink, SourceError, Stopped};

/// Vulnerabilities of CNVD.
pub static FORMAT: Format =
    Format { kind: SourceKind::Cnvd, doc: Label { zh: include_str!("cnvd.zh.md"), en: include_str!("cnvd.md") }, read };

const EXPECTED: &str = "CNVD's XML";
/// Who grades.
const BY: &str = "CNVD";
/// The most products of a vulnerability.
const MOST_PRODUCTS: usize = 2000;

/// A vulnerability while it is read.
#[derive(Default)]
struct Record {
    number: String,
    cves: Vec<String>,
    title: String,
    severity: String,
    products: Vec<String>,
    submitted: String,
    opened: String,
    references: Vec<String>,
    remedy: String,
    description: String,
}

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    let mut rows = Rows::new(sink, input.at);
    let mut record = Record::default();
    xml::records(input, EXPECTED, &["vulnerabilitys", "vulnerabilities"], "vulnerability", &mut |part| {
        match part {
            // A blank at the end of a product stands where its version would.
            Part::Element { name, text, ended_blank } => record.take(name, text, ended_blank),
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
    fn take(&mut self, element: &str, text: String, ended_blank: bool) {
        match element {
            "number" => self.number = text,
            "title" => self.title = text,
            "serverity" | "severity" => self.severity = text,
            "submitTime" => self.submitted = text,
            "openTime" => self.opened = text,
            "formalWay" => self.remedy = text,
            "description" => self.description = text,
            "cveNumber" if self.cves.len() < MOST_PRODUCTS => self.cves.push(text),
            "product" if self.products.len() < MOST_PRODUCTS => self.products.push(text + if ended_blank { " " } else { "" }),
            "referenceLink" | "cveUrl" if self.references.len() < MOST_PRODUCTS => {
                self.references.extend(text.split_whitespace().map(str::to_owned));
            }
            _ => {}
        }
    }

    fn hand_on(self, rows: &mut Rows<'_>) -> Result<(), Stopped> {
        let Some(number) = advisories::name(&self.number).filter(|name| name.starts_with("CNVD-")) else {
            let reason =
                Text::new("不是 CNVD 编号，应如 CNVD-2021-95914", "this is no CNVD number; one is written like CNVD-2021-95914");
            return rows.reject(Some("number"), &self.number, reason);
        };
        let mut statement = Statement::new(SourceKind::Cnvd, number);
        let cves: Vec<String> = self.cves.iter().filter_map(|text| cve(text)).collect();
        statement.aliases = advisories::aliases(&statement.id, cves.iter().map(String::as_str));
        statement.title = advisories::title(if self.title.is_empty() { &self.description } else { &self.title });
        statement.scores = advisories::score(System::Word, &self.severity, None, BY).into_iter().collect();
        let moment = |text: &str| times::moment(text, Clock::Beijing);
        statement.published = moment(&self.opened).or_else(|| moment(&self.submitted));
        statement.remedy = advisories::remedy(&self.remedy);
        statement.references = advisories::references(self.references.iter().map(String::as_str));
        statement.affects = self.affects(rows)?;
        rows.state(statement)
    }

    fn affects(&self, rows: &mut Rows<'_>) -> Result<Vec<Condition>, Stopped> {
        let mut leaves: Vec<Affected> = Vec::new();
        for text in &self.products {
            match wording::read(text) {
                Wording::Affected(leaf) => leaves.push(leaf),
                Wording::NoVersion => {}
                Wording::NotUnderstood => rows.reject(Some("product"), text, not_understood())?,
            }
        }
        Ok(advisories::union(leaves).into_iter().map(Condition::Is).collect())
    }
}

/// A CVE name; some have a stray sign before them, others are numbers of another list.
fn cve(text: &str) -> Option<String> {
    advisories::cve(text.trim().trim_start_matches(|character: char| !character.is_ascii_alphanumeric()))
}

/// Why a product is not taken.
pub(super) fn not_understood() -> Text {
    Text::new(
        "版本无法识别，应如“厂商 产品 <=5.0”；该产品不参与匹配",
        "the versions are not understood; they are written like \"maker product <=5.0\"; the product is not matched",
    )
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;
    use crate::source::testing::{Kept, read as read_with};

    const RECORD: &str = "<vulnerability><number>cnvd-2022-13201</number><cves><cve><cveNumber> \tCVE-2017-18756</cveNumber></cve>\
        <cve><cveNumber>?CVE-2021-21067</cveNumber></cve><cve><cveNumber>77574</cveNumber></cve></cves><title>某某产品存在命令执行漏洞</title>\
        <serverity>中</serverity><products><product>某厂商 某产品 &lt;1.0.0.32</product><product>某厂商 某产品 2.1</product>\
        <product>Microsoft Windows 8 </product><product>某厂商 某产品 SP1</product></products><isEvent>通用软硬件漏洞</isEvent>\
        <submitTime>2020-04-23</submitTime><openTime>2022-02-22</openTime><referenceLink>https://a.example/\nhttps://b.example/</referenceLink>\
        <formalWay>目前厂商已发布升级补丁：&#xD;\nhttps://kb.example/ </formalWay></vulnerability>";

    fn kept(records: &str) -> Kept {
        let file = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<vulnerabilitys>{records}</vulnerabilitys>");
        read_with(&FORMAT, "1021.xml", file.as_bytes()).expect("XML")
    }

    #[test]
    fn a_vulnerability_is_a_statement() {
        let kept = kept(RECORD);
        let [statement] = &kept.statements[..] else { panic!("one") };
        assert_eq!(
            (&*statement.id, &statement.aliases[..]),
            ("CNVD-2022-13201", &["CVE-2017-18756".to_owned(), "CVE-2021-21067".into()][..])
        );
        assert_eq!((&*statement.scores[0].value, &*statement.remedy), ("中", "目前厂商已发布升级补丁： https://kb.example/"));
        assert_eq!(
            (statement.published.map(|at| at.to_string()).as_deref(), statement.references.len()),
            (Some("2022-02-21T16:00:00Z"), 2)
        );
        let [Condition::Is(leaf)] = &statement.affects[..] else { panic!("one product") };
        assert_eq!(
            (leaf.product.as_str(), leaf.versions.spans.len(), &leaf.versions.listed[..]),
            ("name:某厂商某产品", 1, &["2.1".to_owned()][..])
        );
        assert_eq!(kept.bad(), [(1, "product", "某厂商 某产品 SP1")]);
    }

    #[test]
    fn broken_files() {
        let two = kept(&format!("<vulnerability><number>1</number></vulnerability>{RECORD}<vulnerability/>"));
        assert_eq!((two.rows, two.statements.len()), (3, 1));
        assert_eq!(two.bad()[0], (1, "number", "1"));
        let of = |file: &str| read_with(&FORMAT, "x.xml", file.as_bytes());
        assert!(matches!(of("<rss><vulnerability/></rss>"), Err(SourceError::Unlike { .. })));
        assert!(matches!(of(&format!("<vulnerabilitys>{RECORD}<vulnerability><num")), Err(SourceError::Io { .. })));
        assert!(matches!(of(&format!("<vulnerabilitys>{}", "<a>".repeat(500))), Err(SourceError::TooLarge { .. })));
    }

    /// The weekly files: every record becomes a statement, and few products are not understood.
    #[test]
    fn the_published_files() {
        let Some(folder) = std::env::var_os("MINGCHA_SAMPLE_DATA") else {
            eprintln!("no sample data: set MINGCHA_SAMPLE_DATA");
            return;
        };
        let packed = std::path::Path::new(&folder).join("04-cve/cnvd-xml/cnvd-weekly-xml-sample.tar.xz");
        let unpacked = Command::new("xz").arg("-dc").arg(packed).output().expect("xz").stdout;
        let mut archive = tar::Archive::new(&unpacked[..]);
        let (mut files, mut statements, mut products, mut bad, mut leaves) = (0, 0, 0, 0, 0);
        for entry in archive.entries().expect("an archive") {
            let mut entry = entry.expect("an entry");
            let name = entry.path().expect("a path").display().to_string();
            if !name.ends_with(".xml") {
                continue;
            }
            let mut file = Vec::new();
            entry.read_to_end(&mut file).expect("a file");
            let kept = read_with(&FORMAT, &name, &file).expect(&name);
            assert_eq!(kept.statements.len() as u64, kept.rows, "{name}");
            files += 1;
            statements += kept.statements.len();
            products += String::from_utf8_lossy(&file).matches("<product>").count();
            bad += kept.rejected.len();
            leaves += kept.statements.iter().map(|statement| statement.affects.len()).sum::<usize>();
        }
        eprintln!("{files} files, {statements} statements, {products} products as written, {bad} not understood, {leaves} kept");
        assert_eq!((files, statements), (58, 15_113));
        assert!(bad * 100 < products * 8, "{bad} of {products}");
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(text in "(<vulnerability>|</vulnerability>|<product>|</product>|<number>CNVD-1|</number>|&lt;|\\PC){0,30}") {
            let file = format!("<vulnerabilitys>{text}</vulnerabilitys>");
            let _ = read_with(&FORMAT, "x", file.as_bytes());
        }
    }
}
