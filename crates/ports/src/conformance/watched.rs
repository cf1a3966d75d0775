//! Made-up content for the watch's suite: statements, components, findings and notices.

use model::advisory::{
    Affected, Bound, Certainty, Channel, Component, Condition, Finding, Notice, Product, Reading, Span, Statement, Told, Versions,
};
use model::digest::Digest;
use model::ledger::source::{Source, SourceKind};
use model::rule::Severity;
use model::subject::SubjectId;
use model::text::Text;

use super::ledger::entity;
use super::sample::{moment, site};
use crate::advisories::day_of;
use crate::ledger::LedgerStore;

/// A statement that calls versions of a product below `fixed` vulnerable.
pub fn statement(source: SourceKind, id: &str, aliases: &[&str], product: &str, fixed: &str) -> Statement {
    let span = Span { from: Bound::Open, to: Bound::Excluding(fixed.into()) };
    let versions = Versions { spans: vec![span], ..Versions::default() };
    let affected = Affected { product: Product::new(product), versions, vulnerable: true, target: String::new() };
    Statement {
        affects: vec![Condition::Is(affected)],
        ..silent(source, id, &aliases.iter().map(ToString::to_string).collect::<Vec<_>>())
    }
}

/// A statement that names no product.
pub fn silent(source: SourceKind, id: &str, aliases: &[String]) -> Statement {
    Statement {
        aliases: aliases.to_vec(),
        title: "样例 ' \" \u{1f600}".into(),
        published: Some(moment(0)),
        ..Statement::new(source, id)
    }
}

/// A component of this version that is known as one product.
pub fn component(name: &str, product: &str, version: &str) -> Component {
    Component {
        name: name.into(),
        products: vec![Product::new(product)],
        version: Reading { number: version.into(), told: Told::Exact },
        channel: Channel::Content,
        confidence: 90,
        place: format!("/js/{name}.js"),
        evidence: format!("{name} v{version}"),
    }
}

/// A finding on a component of a subject, open since a moment.
pub fn finding(subject: &SubjectId, vulnerability: &str, opened: i64) -> Finding {
    Finding {
        subject: subject.clone(),
        vulnerability: vulnerability.into(),
        component: component("jquery", "pkg:npm/jquery", "1.12.4"),
        certainty: Certainty::Likely,
        opened: moment(opened),
        confirmed: moment(opened),
        closed: None,
    }
}

/// A source with a delivery that is open.
pub async fn feed(ledger: &dyn LedgerStore, kind: SourceKind, name: &str) -> (Source, i64) {
    let source = ledger.source(kind, name).await.expect("source");
    let delivery = ledger.open_delivery(&source, "feed.json", Digest::of(b"feed"), moment(0)).await.expect("open");
    (source, delivery)
}

/// A notice of an institution.
pub fn notice(vulnerability: &str, institution: &str, at: i64) -> Notice {
    Notice {
        vulnerability: vulnerability.into(),
        institution: entity(institution),
        institution_name: "某某县人民政府".into(),
        division: Some("510903".parse().expect("a division")),
        findings: vec![finding(&site("a"), vulnerability, 1).id()],
        severity: Severity::High,
        due: day_of(moment(at)),
        at: moment(at),
        by: "张三".into(),
        text: Text::new("请立即升级", "upgrade at once"),
    }
}
