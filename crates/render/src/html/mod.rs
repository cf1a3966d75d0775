//! Self-contained HTML pages that print well: no script, no request to anywhere.

pub(crate) mod escape;
mod finding;
mod map;
mod markdown;
mod subject;
mod sweep;

use askama::Template;
use model::text::{Label, Lang, Text};

pub use self::map::MapRow;
use crate::report::{Catalogue, Meta, SubjectReport, minute};
use crate::summary::{Counts, SweepSummary};

/// Style of all pages.
pub(crate) const STYLE: &str = include_str!("style.css");

/// The report on one subject: one page with everything in it, pictures too.
pub fn subject(report: &SubjectReport<'_>, catalogue: Catalogue<'_>, lang: Lang, generated: &Meta<'_>) -> String {
    written(&subject::SubjectPage::new(report, catalogue, lang, generated))
}

/// The index of a sweep, with links to the pages of its subjects. The longest tables are cut, and say so.
pub fn sweep(summary: &SweepSummary, catalogue: Catalogue<'_>, lang: Lang, meta: &Meta<'_>) -> String {
    written(&sweep::SweepPage::new(summary, catalogue, lang, meta))
}

/// The picture of a subject: one page.
pub fn map(report: &SubjectReport<'_>, lang: Lang, meta: &Meta<'_>) -> String {
    written(&map::MapPage::new(report, lang, meta))
}

/// The index over many pictures.
pub fn maps(rows: &[MapRow], lang: Lang, meta: &Meta<'_>) -> String {
    written(&map::MapsPage { w: Words(lang), style: STYLE, meta, generated: minute(meta.generated), rows })
}

/// Writing into a string fails only when a `Display` of ours does, and none does; the message would be the page.
pub(crate) fn written(page: &impl Template) -> String {
    page.render().unwrap_or_else(|error| error.to_string())
}

/// The words of a page.
#[derive(Clone, Copy)]
pub(crate) struct Words(pub(crate) Lang);

impl Words {
    pub(crate) fn t(&self, zh: &'static str, en: &'static str) -> &'static str {
        Label { zh, en }.get(self.0)
    }

    pub(crate) fn text<'a>(&self, text: &'a Text) -> &'a str {
        text.get(self.0)
    }

    pub(crate) fn tag(&self) -> &'static str {
        self.t("zh-CN", "en")
    }

    /// Notes on the values, the same on every page.
    pub(crate) fn values_note(&self) -> &'static str {
        self.t(
            "“符合”指现有证据表明要求已满足；“不符合”按性质分为违规（违反“应当”“不得”等强制要求）、待核实（“原则上”的要求或需人工判断的迹象）和建议（良好实践）；\
             “无法判定”指证据不足，不代表符合；“不适用”指要求不约束该对象。",
            "“Pass”: the evidence shows that the duty is met. “Violation” has three grades: violation (a mandatory duty is not met), review (a duty \
             “in principle”, or a sign that a person must judge) and advice (good practice). “Undetermined”: the evidence does not decide, \
             which is not compliance. “Not applicable”: the duty does not bind the subject.",
        )
    }
}

/// One line of the table by area.
struct AreaRow {
    name: &'static str,
    /// What the area's rules gave, or why they gave nothing.
    counts: Result<Counts, &'static str>,
}

#[cfg(test)]
mod tests;
