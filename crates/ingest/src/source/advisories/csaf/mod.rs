//! Advisories of vendors, CSAF 2.0: one document, an array of them, or one after the other.

#[cfg(test)]
mod tests;
mod tree;

use std::collections::BTreeSet;

use model::advisory::{Condition, Standing, Statement, System};
use model::ledger::source::SourceKind;
use model::text::{Label, Text};
use serde::Deserialize;

use crate::source::advisories;
use crate::source::advisories::csaf::tree::{ProductTree, Tree};
use crate::source::documents::{self, Shape, nullable};
use crate::source::input::Input;
use crate::source::rows::Rows;
use crate::source::{Format, Sink, SourceError, Stopped};

/// Advisories of vendors.
pub static FORMAT: Format =
    Format { kind: SourceKind::Csaf, doc: Label { zh: include_str!("../csaf.zh.md"), en: include_str!("../csaf.md") }, read };

const SHAPE: Shape = Shape { expected: "documents of CSAF 2.0", lists: &[] };
/// The most products that one vulnerability names.
const MOST_PRODUCTS: usize = 50_000;

#[derive(Deserialize)]
struct Whole {
    document: Document,
    #[serde(default, deserialize_with = "nullable")]
    product_tree: ProductTree,
    #[serde(default, deserialize_with = "nullable")]
    vulnerabilities: Vec<Vulnerability>,
}

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    category: String,
    #[serde(default)]
    title: String,
    tracking: Tracking,
    #[serde(default)]
    publisher: Publisher,
    #[serde(default, deserialize_with = "nullable")]
    references: Vec<Reference>,
    #[serde(default, deserialize_with = "nullable")]
    aggregate_severity: Severity,
}

#[derive(Deserialize)]
struct Tracking {
    id: String,
    #[serde(default)]
    initial_release_date: String,
    #[serde(default)]
    current_release_date: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Publisher {
    name: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Severity {
    text: String,
}

#[derive(Deserialize)]
struct Reference {
    #[serde(default)]
    url: String,
}

#[derive(Deserialize)]
struct Vulnerability {
    #[serde(default)]
    cve: Option<String>,
    #[serde(default, deserialize_with = "nullable")]
    ids: Vec<Id>,
    #[serde(default)]
    title: String,
    #[serde(default, deserialize_with = "nullable")]
    notes: Vec<Note>,
    #[serde(default)]
    release_date: String,
    #[serde(default)]
    cwe: Option<Cwe>,
    #[serde(default, deserialize_with = "nullable")]
    product_status: Status,
    #[serde(default, deserialize_with = "nullable")]
    scores: Vec<Scores>,
    #[serde(default, deserialize_with = "nullable")]
    remediations: Vec<Remediation>,
    #[serde(default, deserialize_with = "nullable")]
    references: Vec<Reference>,
}

#[derive(Deserialize)]
struct Id {
    #[serde(default)]
    text: String,
}

#[derive(Deserialize)]
struct Note {
    #[serde(default)]
    category: String,
    #[serde(default)]
    text: String,
}

#[derive(Deserialize)]
struct Cwe {
    #[serde(default)]
    id: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Status {
    known_affected: Vec<String>,
    first_affected: Vec<String>,
    last_affected: Vec<String>,
    fixed: Vec<String>,
    first_fixed: Vec<String>,
    known_not_affected: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Scores {
    cvss_v2: Option<Cvss>,
    cvss_v3: Option<Cvss>,
    cvss_v4: Option<Cvss>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Cvss {
    vector_string: String,
    base_score: Option<f64>,
}

#[derive(Deserialize)]
struct Remediation {
    #[serde(default)]
    category: String,
    #[serde(default)]
    details: String,
    #[serde(default)]
    url: Option<String>,
}

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    documents::typed(input, &SHAPE, sink, |rows, whole: Whole| {
        let tree = match Tree::of(&whole.product_tree) {
            Ok(tree) => tree,
            Err(reason) => return rows.reject(Some("product_tree"), &whole.document.tracking.id, reason),
        };
        let mut unread = BTreeSet::new();
        for (number, vulnerability) in (1_usize..).zip(&whole.vulnerabilities) {
            take(rows, &whole.document, &tree, number, vulnerability, &mut unread)?;
        }
        for product in unread {
            let reason = Text::new("产品版本无法识别", "the versions of the product are not understood");
            rows.reject(Some("product_tree"), product, reason)?;
        }
        Ok(())
    })
}

fn take<'t>(
    rows: &mut Rows<'_>,
    document: &Document,
    tree: &Tree<'t>,
    number: usize,
    told: &'t Vulnerability,
    unread: &mut BTreeSet<&'t str>,
) -> Result<(), Stopped> {
    // One advisory may be of several vulnerabilities, and several advisories of one: the name has both.
    let cve = told.cve.as_deref().and_then(advisories::cve);
    let own = cve.clone().or_else(|| told.ids.iter().find_map(|id| advisories::name(&id.text))).unwrap_or(number.to_string());
    let tracking = document.tracking.id.trim();
    let Some(id) = advisories::name(&format!("{tracking}/{own}")).filter(|_| !tracking.is_empty()) else {
        return rows.reject(Some("document.tracking.id"), tracking, advisories::no_name());
    };
    let products = [&told.product_status.known_affected, &told.product_status.fixed, &told.product_status.known_not_affected];
    if products.iter().any(|products| products.len() > MOST_PRODUCTS) {
        let reason = Text::new("一个漏洞涉及的产品过多", "one vulnerability names too many products");
        return rows.reject(Some("product_status"), &id, reason);
    }
    let mut statement = Statement::new(SourceKind::Csaf, id);
    let others = told.ids.iter().map(|id| id.text.as_str()).chain(cve.as_deref());
    statement.aliases = advisories::aliases(&statement.id, others);
    let note = |kind: &str| told.notes.iter().find(|note| note.category == kind).map(|note| note.text.as_str());
    let title = Some(told.title.as_str()).filter(|title| !title.is_empty()).or(note("summary")).or(note("description"));
    statement.title = advisories::title(title.unwrap_or(&document.title));
    if document.category == "csaf_withdrawn" {
        statement.standing = Standing::Withdrawn;
    }
    let released = advisories::moment(&told.release_date);
    statement.published = released.or_else(|| advisories::moment(&document.tracking.initial_release_date));
    statement.modified = advisories::moment(&document.tracking.current_release_date);
    grade(&mut statement, document, told);
    statement.weaknesses = advisories::weaknesses(told.cwe.iter().map(|cwe| cwe.id.as_str()));
    statement.remedy = remedy(&told.remediations);
    let references = told.references.iter().chain(&document.references).map(|reference| reference.url.as_str());
    statement.references = advisories::references(references);
    statement.affects = affects(tree, &told.product_status, unread);
    rows.state(statement)
}

fn grade(statement: &mut Statement, document: &Document, told: &Vulnerability) {
    let by = document.publisher.name.as_str();
    for scores in &told.scores {
        for (system, cvss) in
            [(System::Cvss4, &scores.cvss_v4), (System::Cvss3, &scores.cvss_v3), (System::Cvss2, &scores.cvss_v2)]
        {
            let score = cvss.as_ref().and_then(|cvss| advisories::score(system, &cvss.vector_string, cvss.base_score, by));
            statement.scores.extend(score.filter(|score| !statement.scores.contains(score)));
        }
    }
    statement.scores.truncate(20);
    statement.scores.extend(advisories::score(System::Word, &document.aggregate_severity.text, None, by));
}

/// The vendor's fix, else another way out.
fn remedy(remediations: &[Remediation]) -> String {
    let of = |kind: &str| remediations.iter().find(|remediation| remediation.category == kind);
    let best = ["vendor_fix", "mitigation", "workaround", "none_available", "no_fix_planned"].into_iter().find_map(of);
    best.map_or(String::new(), |best| {
        advisories::remedy(&format!("{} {}", best.details, best.url.as_deref().unwrap_or_default()))
    })
}

/// What is known to be affected, without the versions that are fixed or known not to be.
fn affects<'t>(tree: &Tree<'t>, status: &'t Status, unread: &mut BTreeSet<&'t str>) -> Vec<Condition> {
    let mut conditions = Vec::new();
    for product in [&status.known_affected, &status.first_affected, &status.last_affected].into_iter().flatten() {
        match tree.condition(product) {
            Some(condition) => conditions.push(condition),
            None => drop(unread.insert(product.as_str())),
        }
    }
    let sound = [&status.fixed, &status.first_fixed, &status.known_not_affected].into_iter().flatten();
    let sound: Vec<_> = sound.flat_map(|product| tree.leaves(product)).collect();
    let mut conditions = advisories::flat(conditions);
    for condition in &mut conditions {
        if let Condition::Is(leaf) = condition {
            let of_it = sound.iter().filter(|sound| sound.product == leaf.product);
            let versions: BTreeSet<String> = of_it.flat_map(|sound| sound.versions.listed.iter().cloned()).collect();
            leaf.versions.listed.retain(|version| !versions.contains(version));
            leaf.versions.except = versions.into_iter().collect();
        }
    }
    conditions
}
