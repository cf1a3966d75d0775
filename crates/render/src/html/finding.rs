//! Verdicts as a page shows them.

use std::collections::BTreeMap;

use model::digest::Digest;
use model::facts::rendered::{Rect, RenderedPage, Screenshot};
use model::facts::{Fact, Kind};
use model::observation::Observation;
use model::rule::Area;
use model::text::Lang;
use model::verdict::{Grade, Value, Verdict};

use super::Words;
use super::markdown::{section, to_html};
use crate::evidence::picture::{Figure, Gallery};
use crate::report::{Catalogue, SubjectReport, minute};

/// Pictures inside one finding at most; the whole page stands in the annex.
const CLOSE_UPS: usize = 3;

/// A verdict with its words.
pub(super) struct Finding<'a> {
    pub(super) rule: &'a str,
    pub(super) title: String,
    /// The value's or grade's style class and words.
    pub(super) class: &'static str,
    pub(super) outcome: &'static str,
    pub(super) severity: &'static str,
    pub(super) reason: &'a str,
    pub(super) observed: String,
    pub(super) basis: Vec<Cited<'a>>,
    /// Numbers and names of the exhibits it rests on.
    pub(super) exhibits: Vec<(usize, &'static str)>,
    pub(super) facts: Vec<(&'a str, &'a str)>,
    pub(super) figures: Vec<Figure>,
    pub(super) mend: String,
    pub(super) limits: String,
    pub(super) id: String,
}

/// A legal basis in words.
pub(super) struct Cited<'a> {
    pub(super) text: &'a str,
    pub(super) number: &'a str,
    pub(super) since: String,
}

/// What findings are drawn from.
pub(super) struct Finder<'a, 'g> {
    pub(super) report: SubjectReport<'a>,
    pub(super) catalogue: Catalogue<'a>,
    pub(super) words: Words,
    pub(super) gallery: &'g Gallery<'a>,
    /// The observations by their names.
    pub(super) observations: &'g BTreeMap<Digest, &'a Observation>,
    /// Numbers of the exhibits by observation.
    pub(super) numbers: &'g BTreeMap<Digest, usize>,
}

impl<'a> Finder<'a, '_> {
    pub(super) fn finding(&self, verdict: &'a Verdict) -> Finding<'a> {
        let lang = self.words.0;
        let doc = self.catalogue.find(&verdict.rule).map_or("", |rule| rule.doc.get(lang));
        let part = |zh, en| section(doc, self.words.t(zh, en)).map(to_html).unwrap_or_default();
        let basis = verdict.basis.iter().map(|citation| Cited {
            text: citation.text.get(lang),
            number: &citation.number,
            since: citation.since.to_string(),
        });
        let exhibits = verdict
            .evidence
            .iter()
            .filter_map(|piece| self.numbers.get(&piece.observation).map(|number| (*number, piece.kind.label().get(lang))));
        Finding {
            rule: &verdict.rule,
            title: self.catalogue.title(&verdict.rule).get(lang).into(),
            class: class(verdict),
            outcome: verdict.grade.map_or_else(|| verdict.value.label(), Grade::label).get(lang),
            severity: verdict.severity.label().get(lang),
            reason: verdict.reason.get(lang),
            observed: minute(verdict.observed_at),
            basis: basis.collect(),
            exhibits: exhibits.collect(),
            facts: verdict.facts.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect(),
            figures: self.figures(verdict),
            mend: part("整改方法", "How to mend"),
            limits: part("局限与异议", "Limits"),
            id: verdict.id.to_string(),
        }
    }

    /// Close-ups of the judged boxes and the whole page beside them; the page's foot for a mark that is not there.
    fn figures(&self, verdict: &Verdict) -> Vec<Figure> {
        let pictured = |kind| matches!(kind, Kind::RenderedPage | Kind::ClickTest);
        let Some(shot) = self.shot(verdict) else { return Vec::new() };
        if !verdict.evidence.iter().any(|piece| pictured(piece.kind)) {
            return Vec::new();
        }
        let lang = self.words.0;
        let regions = verdict.evidence.iter().flat_map(|piece| &piece.regions).filter(|region| pictured(region.kind));
        let boxes: Vec<_> = regions.map(|region| (region.rect, region.label.get(lang))).collect();
        let whole = self.gallery.page(shot, &boxes, self.words.t("整页位置", "On the whole page"));
        let close: Vec<_> = match boxes.as_slice() {
            [] if self.catalogue.area(&verdict.rule) == Some(Area::Mark) => {
                vec![self.gallery.foot(shot, self.words.t("页面底部", "The foot of the page"))]
            }
            [] => return Vec::new(),
            boxes => {
                let drawn = boxes.iter().filter(|(rect, _)| !rect.is_empty()).take(CLOSE_UPS);
                drawn.map(|(rect, label)| self.gallery.around(shot, *rect, label, &self.caption(shot, *rect, label))).collect()
            }
        };
        close.into_iter().chain([whole]).collect()
    }

    /// The picture that the verdict rests on; for one that rests on clicks alone, the newest.
    fn shot(&self, verdict: &Verdict) -> Option<&'a Screenshot> {
        let cited = verdict.evidence.iter().filter_map(|piece| self.observations.get(&piece.observation));
        let page = cited.filter_map(|seen| seen.outcome.seen().and_then(RenderedPage::of)).next_back();
        page.or_else(|| self.report.newest::<RenderedPage>()).and_then(|page| page.screenshot.as_ref())
    }

    /// The words of a box; they say so when the picture was cut off above it.
    fn caption(&self, shot: &Screenshot, rect: Rect, label: &str) -> String {
        let beyond = rect.y >= shot.height || rect.x >= shot.width;
        format!("{label}{}", if beyond { self.words.t("（超出截图范围）", " (beyond the picture)") } else { "" })
    }
}

impl Cited<'_> {
    /// Number and first day in force.
    pub(super) fn particulars(&self, words: Words) -> String {
        let Cited { number, since, .. } = self;
        match words.0 {
            Lang::Zh if number.is_empty() => format!("（{since} 起施行）"),
            Lang::Zh => format!("（{number}，{since} 起施行）"),
            Lang::En if number.is_empty() => format!("(in force since {since})"),
            Lang::En => format!("({number}, in force since {since})"),
        }
    }
}

fn class(verdict: &Verdict) -> &'static str {
    match (verdict.value, verdict.grade) {
        (Value::Violation, Some(Grade::Review)) => "review",
        (Value::Violation, Some(Grade::Advice)) => "advice",
        (Value::Violation, _) => "violation",
        (Value::Undetermined, _) => "open",
        (Value::Pass, _) => "pass",
        (Value::NotApplicable, _) => "none",
    }
}
