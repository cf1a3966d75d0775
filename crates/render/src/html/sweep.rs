//! The index of a sweep.

use std::collections::BTreeMap;

use askama::Template;
use model::rule::Area;
use model::text::Lang;

use super::{AreaRow, STYLE, Words};
use crate::report::{Catalogue, Meta, minute};
use crate::summary::{Counts, OwnerRow, SubjectRow, SweepSummary};

/// Rows of the tables of institutions and of subjects at most.
const WORST: usize = 500;
/// Rows of the table of rules and of the table of causes at most.
const TOP: usize = 40;

#[derive(Template)]
#[template(path = "sweep.html")]
pub(super) struct SweepPage<'a> {
    w: Words,
    style: &'static str,
    meta: &'a Meta<'a>,
    generated: String,
    period: String,
    counts: Counts,
    subject_count: usize,
    owner_count: usize,
    areas: Vec<AreaRow>,
    owners: Vec<&'a OwnerRow>,
    rules: Vec<(&'a str, String, &'a Counts)>,
    causes: Vec<(String, u32)>,
    subjects: Vec<&'a SubjectRow>,
}

impl<'a> SweepPage<'a> {
    pub(super) fn new(summary: &'a SweepSummary, catalogue: Catalogue<'a>, lang: Lang, meta: &'a Meta<'a>) -> Self {
        let w = Words(lang);
        let (mut owners, mut subjects) = (summary.worst_owners(), summary.worst_subjects());
        owners.truncate(WORST);
        subjects.truncate(WORST);
        let rules = summary.worst_rules().into_iter().take(TOP);
        let causes = summary.worst_causes().into_iter().take(TOP);
        let (from, to) = (summary.from.map(minute).unwrap_or_default(), summary.to.map(minute).unwrap_or_default());
        Self {
            w,
            style: STYLE,
            meta,
            generated: minute(meta.generated),
            period: if from == to { from } else { format!("{from} – {to}") },
            counts: summary.counts(),
            subject_count: summary.len(),
            owner_count: summary.owners.len(),
            areas: areas(summary, catalogue, w),
            owners,
            rules: rules.map(|(rule, counts)| (rule, catalogue.title(rule).get(lang).to_owned(), counts)).collect(),
            causes: causes.map(|(cause, count)| (cause.get(lang).to_owned(), count)).collect(),
            subjects,
        }
    }

    /// Says how many rows a table leaves out; nothing when none.
    fn rest(&self, shown: usize, all: usize) -> Option<String> {
        let rest = all.checked_sub(shown).filter(|rest| *rest > 0)?;
        Some(match self.w.0 {
            Lang::Zh => format!("按问题多少列出前 {shown} 个，其余 {rest} 个未列出，见各检测对象的报告或 JSON 结果。"),
            Lang::En => format!("The {shown} with most violations; {rest} more are in the subjects' reports or the JSON output."),
        })
    }
}

impl OwnerRow {
    fn described(&self, w: &Words) -> String {
        let kind = self.kind.map(|kind| kind.label().get(w.0));
        let level = self.level.map(|level| level.label().get(w.0));
        [kind, level].into_iter().flatten().collect::<Vec<_>>().join(" / ")
    }
}

fn areas(summary: &SweepSummary, catalogue: Catalogue<'_>, w: Words) -> Vec<AreaRow> {
    let mut by_area: BTreeMap<Area, Counts> = BTreeMap::new();
    for (rule, counts) in &summary.rules {
        if let Some(area) = catalogue.area(rule) {
            by_area.entry(area).or_default().add(counts);
        }
    }
    let row = |area: Area| {
        let silent = match catalogue.covers(area) {
            true => w.t("本次无此类检测对象", "no subject of this kind in this sweep"),
            false => w.t("本版本未检测", "not covered by this version"),
        };
        AreaRow { name: area.label().get(w.0), counts: by_area.get(&area).copied().ok_or(silent) }
    };
    Area::ALL.map(row).into()
}
