//! The page of one subject.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use model::digest::Digest;
use model::observation::{Observation, Source};
use model::rule::Area;
use model::text::Lang;
use model::verdict::Value;

use super::finding::{Finder, Finding};
use super::{AreaRow, STYLE, Words};
use crate::evidence::picture::{Embedded, Gallery, Source as PictureSource};
use crate::evidence::{Block, blocks};
use crate::report::{Catalogue, Meta, SubjectReport, minute, short};
use crate::rule_page::scope;
use crate::summary::Counts;

/// Bytes in a line of a table's cell up to which the line is never broken. Five such columns fit on A4.
const TIGHT: usize = 18;

#[derive(Template)]
#[template(path = "subject.html")]
pub(super) struct SubjectPage<'a> {
    w: Words,
    style: &'static str,
    meta: &'a Meta<'a>,
    generated: String,
    name: String,
    number: String,
    /// Label and value, two pairs a row.
    facts: Vec<(&'static str, String)>,
    /// The address as registered.
    address: Option<&'a str>,
    counts: Counts,
    areas: Vec<AreaRow>,
    violations: Vec<Finding<'a>>,
    open: Vec<Finding<'a>>,
    settled: Vec<Finding<'a>>,
    pictures: Vec<Embedded>,
    exhibits: Vec<Exhibit<'a>>,
    /// The tree, when it is wanted.
    tree: Option<String>,
}

/// A piece of evidence in the annex.
pub(super) struct Exhibit<'a> {
    pub(super) number: usize,
    pub(super) observation: Digest,
    pub(super) kind: &'static str,
    pub(super) source: &'static str,
    pub(super) seen: &'a Observation,
    pub(super) time: String,
    pub(super) failure: Option<String>,
    pub(super) blocks: Vec<Block>,
}

impl<'a> SubjectPage<'a> {
    pub(super) fn new(report: &SubjectReport<'a>, catalogue: Catalogue<'a>, lang: Lang, meta: &'a Meta<'a>) -> Self {
        let w = Words(lang);
        let gallery = Gallery::new(report.bundle, report.images);
        let observations = report.observations();
        let exhibits = exhibits(report, &observations, &gallery, w);
        let numbers: BTreeMap<Digest, usize> = exhibits.iter().map(|exhibit| (exhibit.observation, exhibit.number)).collect();
        let finder =
            Finder { report: *report, catalogue, words: w, gallery: &gallery, observations: &observations, numbers: &numbers };
        let findings = |value| report.sorted(value).into_iter().map(|verdict| finder.finding(verdict)).collect::<Vec<_>>();
        let mut settled = findings(Value::Pass);
        settled.extend(findings(Value::NotApplicable));
        let (violations, open) = (findings(Value::Violation), findings(Value::Undetermined));
        Self {
            w,
            style: STYLE,
            meta,
            generated: minute(meta.generated),
            name: report.name(),
            number: report.digest().map(short).unwrap_or_default(),
            facts: facts(report, w),
            address: report.application().map(|application| application.address.as_str()),
            counts: Counts::of(report.verdicts),
            areas: areas(report, catalogue, w),
            violations,
            open,
            settled,
            pictures: gallery.embedded(),
            exhibits,
            tree: meta.map.then(|| super::map::picture(report, lang)),
        }
    }

    /// The outcome in a sentence.
    fn conclusion(&self) -> String {
        let Counts { violation, review, advice, undetermined, .. } = self.counts;
        let (total, binding) = (self.counts.total(), self.counts.total() - self.counts.not_applicable);
        let open = match (undetermined, self.w.0) {
            (0, _) => String::new(),
            (_, Lang::Zh) => format!("另有 {undetermined} 项因证据不足无法判定，不代表符合要求。"),
            (_, Lang::En) => format!(" Undetermined for want of evidence, which does not mean compliance: {undetermined}."),
        };
        match self.w.0 {
            Lang::Zh => format!(
                "本次共判定 {total} 项要求，其中 {binding} 项适用于该对象。发现违规 {violation} 项、待核实 {review} 项、改进建议 {advice} 项。{open}"
            ),
            Lang::En => format!(
                "{total} duties were judged, of which {binding} bind this subject. Violations: {violation}; to review: {review}; advice: \
                 {advice}.{open}"
            ),
        }
    }
}

/// The observations that the verdicts cite, by kind and time.
fn exhibits<'a>(
    report: &SubjectReport<'a>,
    observations: &BTreeMap<Digest, &'a Observation>,
    gallery: &Gallery<'_>,
    w: Words,
) -> Vec<Exhibit<'a>> {
    let cited = report.verdicts.iter().flat_map(|verdict| &verdict.evidence).map(|piece| piece.observation);
    let cited: BTreeSet<_> = cited.filter_map(|id| observations.get(&id).map(|seen| (seen.kind, seen.finished, id))).collect();
    let numbered = cited.into_iter().filter_map(|(_, _, id)| Some((id, *observations.get(&id)?))).enumerate();
    numbered.map(|(index, (id, seen))| exhibit(index + 1, id, seen, gallery, w)).collect()
}

pub(super) fn exhibit<'a>(
    number: usize,
    observation: Digest,
    seen: &'a Observation,
    gallery: &Gallery<'_>,
    w: Words,
) -> Exhibit<'a> {
    let source = match seen.source {
        Source::Probe => w.t("检测取得", "observed"),
        Source::Register => w.t("名录导入", "imported"),
        Source::Declaration => w.t("单位申报", "declared"),
    };
    Exhibit {
        number,
        observation,
        kind: seen.kind.label().get(w.0),
        source,
        seen,
        time: minute(seen.finished),
        failure: seen.outcome.failure().map(|failure| failure.text().get(w.0).to_owned()),
        blocks: seen.outcome.seen().map(|payload| blocks(payload, gallery, w.0)).unwrap_or_default(),
    }
}

/// The title block.
fn facts(report: &SubjectReport<'_>, w: Words) -> Vec<(&'static str, String)> {
    let unknown = w.t("未登记", "not registered");
    let institution = report.institution();
    let kind = institution.and_then(|owner| owner.kind).map_or(unknown, |kind| kind.label().get(w.0));
    let level = institution.and_then(|owner| owner.level).map_or(unknown, |level| level.label().get(w.0));
    let code = institution.and_then(|owner| owner.uscc.as_ref()).map_or(unknown, |code| code.as_str());
    let vantages: BTreeSet<_> = report.bundle.observations.iter().map(|seen| seen.vantage.as_str()).collect();
    vec![
        (w.t("开办单位", "Institution"), institution.map_or(unknown, |owner| &owner.name).into()),
        (w.t("统一社会信用代码", "Social credit code"), code.into()),
        (w.t("机构类型 / 层级", "Type / level"), format!("{kind} / {level}")),
        (w.t("检测对象", "Subject"), format!("{} {}", scope(report.bundle.subject.kind).get(w.0), report.bundle.subject.key)),
        (w.t("检测时间", "Judged at"), format!("{}{}", minute(report.bundle.at), w.t("（北京时间）", " (UTC+8)"))),
        (w.t("检测位置", "Seen from"), vantages.into_iter().collect::<Vec<_>>().join(w.t("、", ", "))),
    ]
}

/// What each area's rules gave.
fn areas(report: &SubjectReport<'_>, catalogue: Catalogue<'_>, w: Words) -> Vec<AreaRow> {
    let row = |area: Area| {
        let of_area = report.verdicts.iter().filter(|verdict| catalogue.area(&verdict.rule) == Some(area));
        let counts = Counts::of(of_area);
        let counts = match counts.total() {
            0 if catalogue.covers(area) => {
                Err(w.t("该类检测对象无此领域规则", "no rule of this area judges this kind of subject"))
            }
            0 => Err(w.t("本版本未检测", "not covered by this version")),
            _ => Ok(counts),
        };
        AreaRow { name: area.label().get(w.0), counts }
    };
    Area::ALL.map(row).into()
}

/// Only such addresses become links.
fn is_web(address: &str) -> bool {
    let starts = |scheme: &str| address.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme));
    starts("http://") || starts("https://")
}

/// Short cells keep their lines whole, so that a date is not broken by a long address beside it.
pub(super) fn is_tight(cell: &str) -> bool {
    cell.lines().all(|line| line.len() <= TIGHT)
}
