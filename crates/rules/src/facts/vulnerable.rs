//! Advisories that reach components, sorted by how sure that is; and whether the silence of advisories decides.

use std::collections::BTreeSet;

use model::advisory::{Certainty, Channel, Component};
use model::facts::Kind;
use model::facts::components::{Components, Match, Vulnerabilities};
use model::ledger::source::SourceKind;
use model::rule::Severity;
use model::text;
use model::text::{Label, Text};
use model::verdict::{Cause, Judgement, Undetermined};
use model::view::View;

/// As many vulnerabilities as a verdict names.
const NAMED: usize = 10;

/// Matches in buckets, each in the order of urgency.
#[derive(Debug, Default)]
pub struct Picture<'a> {
    /// The version is in the range.
    pub sure: Vec<&'a Match>,
    /// It may be.
    pub possible: Vec<&'a Match>,
    /// The distribution may have mended it.
    pub backported: Vec<&'a Match>,
    /// The version is not known.
    pub unknown: Vec<&'a Match>,
}

impl<'a> Picture<'a> {
    /// Those of the matches that are wanted.
    pub fn of(told: &'a Vulnerabilities, wanted: impl Fn(&Match) -> bool) -> Self {
        let mut picture = Self::default();
        for found in told.matches.iter().filter(|found| wanted(found)) {
            match found.certainty {
                Certainty::Likely | Certainty::Certain => picture.sure.push(found),
                Certainty::Possible => picture.possible.push(found),
                Certainty::Backported => picture.backported.push(found),
                Certainty::VersionUnknown => picture.unknown.push(found),
            }
        }
        picture
    }

    /// The surer buckets before the others.
    fn all(&self) -> impl Iterator<Item = &'a Match> {
        [&self.sure, &self.possible, &self.backported, &self.unknown].into_iter().flatten().copied()
    }

    /// True when nothing matches at all.
    pub fn is_empty(&self) -> bool {
        self.all().next().is_none()
    }

    /// True when something matches that is not sure.
    pub fn has_doubts(&self) -> bool {
        !self.possible.is_empty() || !self.backported.is_empty() || !self.unknown.is_empty()
    }

    /// The sentence of a picture without a sure match. `what` says what kind of vulnerability it is about.
    pub fn in_doubt(&self, what: Label) -> Text {
        let (possible, backported, unknown) = (count(&self.possible), count(&self.backported), count(&self.unknown));
        let (zh, en) = (what.zh, what.en);
        let first = self.all().find(|found| found.certainty < Certainty::Likely).map(name).unwrap_or_default();
        text!(
            zh: "{zh}待核实：版本可能受影响 {possible} 项，可能已由发行版修复 {backported} 项，版本未知 {unknown} 项，例如 {first}",
            en: "{en} to be verified: {possible} where the version may be affected, {backported} that the distribution may have mended, {unknown} of unknown version, for example {first}"
        )
    }

    /// The judgement with the numbers and the first of the vulnerabilities.
    pub fn described(&self, judgement: Judgement) -> Judgement {
        let mut named: Vec<&str> = Vec::new();
        for found in self.all() {
            if named.len() < NAMED && !named.contains(&found.vulnerability.as_str()) {
                named.push(&found.vulnerability);
            }
        }
        let gravest = self.sure.iter().map(|found| found.severity).max().or(self.all().map(|found| found.severity).max());
        let exploited: Vec<&Match> = self.all().filter(|found| found.exploited.is_some()).collect();
        judgement
            .fact("sure", count(&self.sure))
            .fact("possible", count(&self.possible))
            .fact("backported", count(&self.backported))
            .fact("version_unknown", count(&self.unknown))
            .fact("exploited", count(&exploited))
            .fact("gravest", gravest.map_or("", |severity: Severity| severity.label().en))
            .fact("vulnerabilities", named.join(" "))
    }
}

/// How many vulnerabilities; one in several places counts once.
pub fn count(matches: &[&Match]) -> usize {
    matches.iter().map(|found| found.vulnerability.as_str()).collect::<BTreeSet<_>>().len()
}

/// Component, version and vulnerability: `jQuery 1.8.3 (CVE-2020-11022)`.
pub fn name(found: &Match) -> String {
    format!("{} ({})", component(&found.component), found.vulnerability)
}

/// Component and version as far as it is known.
pub fn component(component: &Component) -> String {
    format!("{} {}", component.name, component.version.number).trim_end().to_owned()
}

/// True of what was seen, not declared.
pub fn is_seen(component: &Component) -> bool {
    component.channel != Channel::Sbom
}

/// Lets it count that no component out of `wanted` is known to be vulnerable.
///
/// # Errors
/// When there is nothing to look up, or the advisories that are loaded say nothing of products, are old, or were not all listed.
pub fn absence(
    view: &View<'_>,
    components: &Components,
    told: &Vulnerabilities,
    wanted: impl Fn(&Component) -> bool,
) -> Result<(), Undetermined> {
    if !components.found.iter().any(|component| wanted(component) && !component.products.is_empty()) {
        return Err(Undetermined::ambiguous(text!(
            zh: "没有可与漏洞公告比对的组件",
            en: "no component is known that could be looked up in advisories"
        )));
    }
    let says = |kind: SourceKind| !matches!(kind, SourceKind::Kev | SourceKind::Epss);
    let newest = told.feeds.iter().filter(|feed| says(feed.source)).filter_map(|feed| feed.as_of).max();
    let Some(newest) = newest else { return Err(Undetermined::not_observed(Kind::Vulnerabilities)) };
    let age = i64::from((view.today() - newest).get_days());
    if age > i64::from(view.policy().list_max_age_days) {
        return Err(Undetermined::stale(Kind::Vulnerabilities, age));
    }
    match told.beyond {
        0 => Ok(()),
        beyond => Err(Undetermined::ambiguous(text!(
            zh: "另有 {beyond} 项漏洞匹配结果未列出",
            en: "{beyond} further matches are not listed"
        ))),
    }
}

/// Lets it count that a component was not seen.
///
/// # Errors
/// When no set of fingerprints was asked.
pub fn sets(components: &Components) -> Result<(), Undetermined> {
    if !components.sets.is_empty() {
        return Ok(());
    }
    let reason = text!(zh: "未导入组件指纹库", en: "no set of fingerprints is loaded");
    Err(Undetermined::new(Cause::ListNotLoaded("fingerprints".into()), reason))
}
