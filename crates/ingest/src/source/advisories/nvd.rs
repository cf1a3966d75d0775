//! NVD's vulnerability records, JSON 2.0; also the older 1.1, and records that others keep in NVD's stead for want of its analysis.

use std::borrow::Cow;

use model::advisory::{Condition, Standing, Statement, System};
use model::ledger::source::SourceKind;
use model::text::Label;
use serde::Deserialize;

use crate::source::advisories::{self, CpeMatch, all, any, bound, flat, nvd_old};
use crate::source::documents::{self, Shape};
use crate::source::input::Input;
use crate::source::rows::Rows;
use crate::source::{Format, Sink, SourceError, Stopped};

/// NVD.
pub static FORMAT: Format =
    Format { kind: SourceKind::Nvd, doc: Label { zh: include_str!("nvd.zh.md"), en: include_str!("nvd.md") }, read };

const SHAPE: Shape = Shape { expected: "NVD's JSON 2.0", lists: &[&["vulnerabilities"], &["CVE_Items"]] };

/// A record. Texts are borrowed from it: hundreds of thousands are read.
#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow)]
    cve: Cve<'a>,
    /// What stands beside the configurations in a record in NVD's stead.
    #[serde(borrow, default, rename = "_annotation")]
    annotation: Option<Annotation<'a>>,
}

#[derive(Deserialize)]
struct Annotation<'a> {
    #[serde(borrow)]
    cve_id: Cow<'a, str>,
    #[serde(borrow, default)]
    description: Cow<'a, str>,
    #[serde(borrow, default)]
    references: Vec<Word<'a>>,
    #[serde(borrow, default)]
    published: Cow<'a, str>,
    #[serde(borrow, default)]
    modified: Cow<'a, str>,
}

/// A text in a list, borrowed where it has no escapes.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub(super) struct Word<'a>(#[serde(borrow)] pub Cow<'a, str>);

/// A vulnerability.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Cve<'a> {
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    #[serde(borrow)]
    pub vuln_status: Cow<'a, str>,
    #[serde(borrow)]
    pub published: Cow<'a, str>,
    #[serde(borrow)]
    pub last_modified: Cow<'a, str>,
    #[serde(borrow)]
    pub cve_tags: Vec<Tags<'a>>,
    #[serde(borrow)]
    pub descriptions: Vec<Described<'a>>,
    #[serde(borrow)]
    pub metrics: Metrics<'a>,
    #[serde(borrow)]
    pub weaknesses: Vec<Weakness<'a>>,
    #[serde(borrow)]
    pub references: Vec<Reference<'a>>,
    #[serde(borrow)]
    pub configurations: Vec<Configuration<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Tags<'a> {
    #[serde(borrow, default)]
    tags: Vec<Word<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Described<'a> {
    #[serde(borrow, default)]
    pub lang: Cow<'a, str>,
    #[serde(borrow, default)]
    pub value: Cow<'a, str>,
}

#[derive(Deserialize)]
pub(super) struct Weakness<'a> {
    #[serde(borrow, default)]
    pub description: Vec<Described<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Reference<'a> {
    #[serde(borrow, default)]
    pub url: Cow<'a, str>,
}

/// Grades, by system, each of any number of scorers.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Metrics<'a> {
    #[serde(borrow, rename = "cvssMetricV40")]
    pub v40: Vec<Metric<'a>>,
    #[serde(borrow, rename = "cvssMetricV31")]
    pub v31: Vec<Metric<'a>>,
    #[serde(borrow, rename = "cvssMetricV30")]
    pub v30: Vec<Metric<'a>>,
    #[serde(borrow, rename = "cvssMetricV2")]
    pub v2: Vec<Metric<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Metric<'a> {
    #[serde(borrow, default)]
    pub source: Cow<'a, str>,
    #[serde(borrow)]
    pub cvss_data: Cvss<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Cvss<'a> {
    #[serde(borrow, default)]
    pub vector_string: Cow<'a, str>,
    #[serde(default)]
    pub base_score: Option<f64>,
}

/// What is vulnerable, of one kind of installation.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Configuration<'a> {
    pub operator: Operator,
    pub negate: bool,
    #[serde(borrow)]
    pub nodes: Vec<Node<'a>>,
}

/// A part of a configuration. Those of 1.1 have parts within; the parser bounds their depth.
#[derive(Deserialize)]
pub(super) struct Node<'a> {
    #[serde(default)]
    operator: Operator,
    #[serde(default)]
    negate: bool,
    #[serde(borrow, default, rename = "cpeMatch", alias = "cpe_match")]
    matches: Vec<Match<'a>>,
    #[serde(borrow, default)]
    children: Vec<Node<'a>>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Operator {
    #[default]
    Or,
    And,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Match<'a> {
    vulnerable: bool,
    #[serde(borrow, alias = "cpe23Uri")]
    criteria: Cow<'a, str>,
    #[serde(borrow, default)]
    version_start_including: Cow<'a, str>,
    #[serde(borrow, default)]
    version_start_excluding: Cow<'a, str>,
    #[serde(borrow, default)]
    version_end_including: Cow<'a, str>,
    #[serde(borrow, default)]
    version_end_excluding: Cow<'a, str>,
}

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    documents::records(input, &SHAPE, sink, &mut |rows, text| match serde_json::from_str::<Record<'_>>(text) {
        Ok(Record { cve, annotation: Some(annotation) }) => take(rows, annotation.about(cve)),
        Ok(Record { cve, annotation: None }) => take(rows, cve),
        Err(error) => match serde_json::from_str::<nvd_old::Record<'_>>(text) {
            Ok(record) => take(rows, record.renewed()),
            Err(_) => documents::reject(rows, text, &error),
        },
    })
}

impl<'a> Annotation<'a> {
    /// The record that it stands beside, with what it tells.
    fn about(self, cve: Cve<'a>) -> Cve<'a> {
        Cve {
            id: self.cve_id,
            published: self.published,
            last_modified: self.modified,
            descriptions: vec![Described { lang: "en".into(), value: self.description }],
            references: self.references.into_iter().map(|Word(url)| Reference { url }).collect(),
            ..cve
        }
    }
}

fn take(rows: &mut Rows<'_>, cve: Cve<'_>) -> Result<(), Stopped> {
    let Some(id) = advisories::cve(&cve.id) else {
        return rows.reject(Some("id"), &cve.id, advisories::no_name());
    };
    let mut statement = Statement::new(SourceKind::Nvd, id);
    let english = cve.descriptions.iter().find(|text| text.lang.starts_with("en")).or(cve.descriptions.first());
    statement.title = english.map(|text| advisories::title(&text.value)).unwrap_or_default();
    // Before there were fields for it, the description began so.
    let begins = |word: &str| english.is_some_and(|text| text.value.trim_start().starts_with(word));
    statement.standing = match () {
        () if cve.vuln_status.eq_ignore_ascii_case("rejected") || begins("** REJECT") => Standing::Rejected,
        () if begins("** DISPUTED") || cve.cve_tags.iter().flat_map(|tags| &tags.tags).any(|Word(tag)| tag == "disputed") => {
            Standing::Disputed
        }
        () => Standing::Live,
    };
    statement.published = advisories::moment(&cve.published);
    statement.modified = advisories::moment(&cve.last_modified);
    statement.scores = cve.metrics.scores().collect();
    let named = cve.weaknesses.iter().flat_map(|weakness| &weakness.description);
    statement.weaknesses = advisories::weaknesses(named.map(|text| &*text.value));
    statement.references = advisories::references(cve.references.iter().map(|reference| &*reference.url));
    // Of what is no vulnerability, nothing is vulnerable.
    if statement.standing.is_matched() {
        let mut affects = Vec::with_capacity(cve.configurations.len());
        for configuration in &cve.configurations {
            affects.extend(configuration.condition(rows)?);
        }
        statement.affects = flat(affects);
    }
    rows.state(statement)
}

impl Metrics<'_> {
    fn scores(&self) -> impl Iterator<Item = model::advisory::Score> {
        let systems =
            [(System::Cvss4, &self.v40), (System::Cvss3, &self.v31), (System::Cvss3, &self.v30), (System::Cvss2, &self.v2)];
        systems.into_iter().flat_map(|(system, metrics)| {
            metrics.iter().filter_map(move |Metric { source, cvss_data }| {
                advisories::score(system, &cvss_data.vector_string, cvss_data.base_score, source)
            })
        })
    }
}

impl Configuration<'_> {
    /// What it asks for; `None` when nothing of it can be read.
    pub fn condition(&self, rows: &mut Rows<'_>) -> Result<Option<Condition>, Stopped> {
        let mut parts = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            parts.extend(node.condition(rows)?);
        }
        Ok(joined(self.operator, self.negate, parts))
    }
}

impl Node<'_> {
    /// What it asks for. Names that are none are reported and ask for nothing.
    fn condition(&self, rows: &mut Rows<'_>) -> Result<Option<Condition>, Stopped> {
        let mut parts = Vec::with_capacity(self.matches.len() + self.children.len());
        for row in &self.matches {
            match row.read().affected() {
                Ok(leaf) => {
                    if advisories::is_impossible(&leaf) {
                        rows.reject(Some("criteria"), &row.written(), advisories::impossible())?;
                    }
                    parts.push(Condition::Is(leaf));
                }
                Err(reason) => rows.reject(Some("criteria"), &row.criteria, reason)?,
            }
        }
        for child in &self.children {
            parts.extend(child.condition(rows)?);
        }
        Ok(joined(self.operator, self.negate, parts))
    }
}

fn joined(operator: Operator, negate: bool, parts: Vec<Condition>) -> Option<Condition> {
    let condition = match operator {
        Operator::And => all(parts),
        Operator::Or => any(parts),
    };
    if negate { condition.map(|condition| Condition::Not(Box::new(condition))) } else { condition }
}

impl Match<'_> {
    /// The row with its span, for who mends it.
    fn written(&self) -> String {
        let (from, to) = (&self.version_start_including, &self.version_end_including);
        let (from, to) = (format!("{from}{}", self.version_start_excluding), format!("{to}{}", self.version_end_excluding));
        format!("{} {from} … {to}", self.criteria)
    }

    fn read(&self) -> CpeMatch<'_> {
        CpeMatch {
            criteria: &self.criteria,
            vulnerable: self.vulnerable,
            from: bound(&self.version_start_including, &self.version_start_excluding),
            to: bound(&self.version_end_including, &self.version_end_excluding),
        }
    }
}
