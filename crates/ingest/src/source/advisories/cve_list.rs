//! Records of the CVE list, JSON 5: what whoever gave the name says, and what CISA adds.

use std::borrow::Cow;

use model::advisory::statement::Exploited;
use model::advisory::{Affected, Condition, Score, Standing, Statement, System};
use model::ledger::source::SourceKind;
use model::text::{Label, Text};
use serde::Deserialize;

use crate::source::advisories::nvd::{Configuration, Described, Reference, Word};
use crate::source::advisories::{self, cve_versions, flat};
use crate::source::documents::{self, Shape};
use crate::source::input::Input;
use crate::source::rows::Rows;
use crate::source::times::day;
use crate::source::{Format, Sink, SourceError, Stopped};

/// The CVE list.
pub static FORMAT: Format = Format {
    kind: SourceKind::CveList,
    doc: Label { zh: include_str!("cve_list.zh.md"), en: include_str!("cve_list.md") },
    read,
};

const SHAPE: Shape = Shape { expected: "records of the CVE list", lists: &[] };

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    #[serde(borrow)]
    cve_metadata: Metadata<'a>,
    #[serde(borrow)]
    containers: Containers<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata<'a> {
    #[serde(borrow)]
    cve_id: Cow<'a, str>,
    #[serde(borrow, default)]
    state: Cow<'a, str>,
    #[serde(borrow, default)]
    date_published: Cow<'a, str>,
    #[serde(borrow, default)]
    date_updated: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Containers<'a> {
    #[serde(borrow, default)]
    cna: Container<'a>,
    #[serde(borrow, default)]
    adp: Vec<Container<'a>>,
}

/// The word of one organisation.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Container<'a> {
    #[serde(borrow)]
    provider_metadata: Provider<'a>,
    #[serde(borrow)]
    title: Cow<'a, str>,
    #[serde(borrow)]
    descriptions: Vec<Described<'a>>,
    #[serde(borrow)]
    rejected_reasons: Vec<Described<'a>>,
    #[serde(borrow)]
    affected: Vec<Concerned<'a>>,
    #[serde(borrow)]
    cpe_applicability: Vec<Configuration<'a>>,
    #[serde(borrow)]
    metrics: Vec<Metric<'a>>,
    #[serde(borrow)]
    problem_types: Vec<Problem<'a>>,
    #[serde(borrow)]
    references: Vec<Reference<'a>>,
    #[serde(borrow)]
    solutions: Vec<Described<'a>>,
    #[serde(borrow)]
    workarounds: Vec<Described<'a>>,
    #[serde(borrow)]
    tags: Vec<Word<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Provider<'a> {
    #[serde(borrow)]
    short_name: Cow<'a, str>,
}

/// A product that is concerned, in one of the ways to name it.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Concerned<'a> {
    #[serde(borrow)]
    pub vendor: Cow<'a, str>,
    #[serde(borrow)]
    pub product: Cow<'a, str>,
    #[serde(borrow)]
    pub package_name: Cow<'a, str>,
    #[serde(borrow, rename = "collectionURL")]
    pub collection: Cow<'a, str>,
    #[serde(borrow)]
    pub cpes: Vec<Word<'a>>,
    #[serde(borrow)]
    pub versions: Vec<Version<'a>>,
    #[serde(borrow)]
    pub default_status: Cow<'a, str>,
}

/// A version, or a span that begins with it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Version<'a> {
    #[serde(borrow)]
    pub version: Cow<'a, str>,
    #[serde(borrow, default)]
    pub status: Cow<'a, str>,
    #[serde(borrow, default)]
    pub version_type: Cow<'a, str>,
    #[serde(borrow, default)]
    pub less_than: Cow<'a, str>,
    #[serde(borrow, default)]
    pub less_than_or_equal: Cow<'a, str>,
    #[serde(borrow, default)]
    pub changes: Vec<Change<'a>>,
}

/// From a version within a span on, the status is another.
#[derive(Deserialize)]
pub(super) struct Change<'a> {
    #[serde(borrow)]
    pub at: Cow<'a, str>,
    #[serde(borrow)]
    pub status: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Metric<'a> {
    #[serde(borrow, default, rename = "cvssV4_0")]
    v40: Option<Cvss<'a>>,
    #[serde(borrow, default, rename = "cvssV3_1")]
    v31: Option<Cvss<'a>>,
    #[serde(borrow, default, rename = "cvssV3_0")]
    v30: Option<Cvss<'a>>,
    #[serde(borrow, default, rename = "cvssV2_0")]
    v20: Option<Cvss<'a>>,
    #[serde(borrow, default)]
    other: Option<Other<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cvss<'a> {
    #[serde(borrow, default)]
    vector_string: Cow<'a, str>,
    #[serde(default)]
    base_score: Option<f64>,
}

/// What has no field of its own: CISA's decision (SSVC), and its list of what is exploited (KEV).
#[derive(Deserialize)]
struct Other<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(default)]
    content: serde_json::Value,
}

#[derive(Deserialize)]
struct Problem<'a> {
    #[serde(borrow, default)]
    descriptions: Vec<Weakness<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Weakness<'a> {
    #[serde(borrow, default)]
    cwe_id: Cow<'a, str>,
}

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    documents::records(input, &SHAPE, sink, &mut |rows, text| match serde_json::from_str::<Record<'_>>(text) {
        Ok(record) => take(rows, &record),
        Err(error) => documents::reject(rows, text, &error),
    })
}

fn take(rows: &mut Rows<'_>, record: &Record<'_>) -> Result<(), Stopped> {
    let (told, cna) = (&record.cve_metadata, &record.containers.cna);
    let Some(id) = advisories::cve(&told.cve_id) else {
        return rows.reject(Some("cveId"), &told.cve_id, advisories::no_name());
    };
    let all = || std::iter::once(cna).chain(&record.containers.adp);
    let mut statement = Statement {
        standing: match () {
            () if told.state.eq_ignore_ascii_case("rejected") => Standing::Rejected,
            () if cna.tags.iter().any(|Word(tag)| tag == "disputed") => Standing::Disputed,
            () => Standing::Live,
        },
        title: cna.headline(),
        published: advisories::moment(&told.date_published),
        modified: advisories::moment(&told.date_updated),
        scores: all().flat_map(Container::scores).collect(),
        weaknesses: advisories::weaknesses(
            all().flat_map(|one| &one.problem_types).flat_map(|problem| &problem.descriptions).map(|weakness| &*weakness.cwe_id),
        ),
        remedy: advisories::remedy(english(&cna.solutions).or_else(|| english(&cna.workarounds)).unwrap_or_default()),
        references: advisories::references(all().flat_map(|one| &one.references).map(|reference| &*reference.url)),
        exploited: all().flat_map(|one| &one.metrics).filter_map(|metric| metric.other.as_ref()).find_map(Other::exploited),
        ..Statement::new(SourceKind::CveList, id)
    };
    if statement.standing.is_matched() {
        let mut affects = Vec::new();
        for container in all() {
            for concerned in &container.affected {
                affects.extend(leaves(rows, concerned)?.into_iter().map(Condition::Is));
            }
            for configuration in &container.cpe_applicability {
                affects.extend(configuration.condition(rows)?);
            }
        }
        statement.affects = flat(affects);
    }
    rows.state(statement)
}

/// What is affected of one product, under every name that it has. Names that are none are reported.
fn leaves(rows: &mut Rows<'_>, concerned: &Concerned<'_>) -> Result<Vec<Affected>, Stopped> {
    let names = cve_versions::names(concerned);
    for text in &names.bad {
        rows.reject(Some("cpes"), text, advisories::no_cpe())?;
    }
    let Some(leaves) = cve_versions::affected(concerned, names) else {
        rows.reject(Some("affected"), &concerned.product, Text::new("名称与版本过多", "too many names and versions"))?;
        return Ok(Vec::new());
    };
    Ok(leaves)
}

impl Container<'_> {
    fn headline(&self) -> String {
        let texts =
            [Some(&*self.title).filter(|title| !title.is_empty()), english(&self.descriptions), english(&self.rejected_reasons)];
        advisories::title(texts.into_iter().flatten().next().unwrap_or_default())
    }

    fn scores(&self) -> Vec<Score> {
        let by = &*self.provider_metadata.short_name;
        let graded = self.metrics.iter().flat_map(|metric| {
            [
                (System::Cvss4, &metric.v40),
                (System::Cvss3, &metric.v31),
                (System::Cvss3, &metric.v30),
                (System::Cvss2, &metric.v20),
            ]
        });
        let score = |(system, cvss): (System, &Option<Cvss<'_>>)| {
            let cvss = cvss.as_ref()?;
            advisories::score(system, &cvss.vector_string, cvss.base_score, by)
        };
        graded.filter_map(score).collect()
    }
}

impl Other<'_> {
    /// That it is exploited, if this says so.
    fn exploited(&self) -> Option<Exploited> {
        let text = |key: &str| self.content.get(key).and_then(serde_json::Value::as_str);
        match &*self.kind {
            "kev" => Some(Exploited { since: text("dateAdded").and_then(day), ..Exploited::default() }),
            "ssvc" => {
                let options = self.content.get("options")?.as_array()?;
                let is_active =
                    options.iter().any(|option| option.get("Exploitation").and_then(|word| word.as_str()) == Some("active"));
                is_active.then(Exploited::default)
            }
            _ => None,
        }
    }
}

fn english<'t>(texts: &'t [Described<'_>]) -> Option<&'t str> {
    texts.iter().find(|text| text.lang.starts_with("en")).or(texts.first()).map(|text| &*text.value)
}
