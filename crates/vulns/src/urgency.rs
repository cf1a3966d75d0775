//! How urgent a match is: what is exploited, likely to be and reachable comes before bare gravity, and what is doubtful after what is sure.
//!
//! Invariant: a sum of named parts, so that each number can be explained; the same facts always give the same number.
//!
//! | part | points |
//! |---|---|
//! | known to be exploited | 45, and 5 more when it was for ransom |
//! | likelihood of exploitation within 30 days | from 50 %: 20; from 10 %: 14; from 1 %: 8; from 0.1 %: 3 |
//! | exposure: seen from the Internet / told by another scanner / only declared | 15 / 8 / 4 |
//! | gravity: critical / high / medium / low | 15 / 11 / 7 / 3 |
//!
//! Of the sum counts, by certainty: certain 100 %, likely 90 %, possible 60 %, back-ported 35 %, version unknown 25 %.
//! At one certainty whatever is known to be exploited and of medium gravity stands before all that is not known to be: 52 against 50.

use std::collections::BTreeMap;

use cvss::Cvss;
use model::advisory::statement::{Exploited, Likelihood};
use model::advisory::{Certainty, Channel, Score, Statement, System};
use model::rule::Severity;
use model::text;
use model::text::Text;

/// The gravity of what nobody has graded: it is not taken for harmless, nor for grave.
pub const UNGRADED: Severity = Severity::Medium;

/// Urgency in its parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Urgency {
    /// Points for known exploitation.
    pub exploited: u8,
    /// Points for likely exploitation.
    pub likelihood: u8,
    /// Points for where the component is met.
    pub exposure: u8,
    /// Points for gravity.
    pub gravity: u8,
    /// How much of the sum counts, in percent.
    pub share: u8,
}

impl Urgency {
    /// Of a vulnerability of a component.
    pub fn of(
        severity: Severity,
        exploited: Option<&Exploited>,
        likelihood: Option<&Likelihood>,
        channel: Channel,
        certainty: Certainty,
    ) -> Self {
        Self {
            exploited: exploited.map_or(0, |exploited| if exploited.ransomware { 50 } else { 45 }),
            likelihood: likelihood.map_or(0, |likelihood| match likelihood.probability_ppm {
                500_000.. => 20,
                100_000.. => 14,
                10_000.. => 8,
                1_000.. => 3,
                _ => 0,
            }),
            exposure: match channel {
                Channel::Sbom => 4,
                Channel::Import => 8,
                Channel::FileName | Channel::Page | Channel::Banner | Channel::Content | Channel::Protocol | Channel::Digest => {
                    15
                }
            },
            gravity: match severity {
                Severity::Critical => 15,
                Severity::High => 11,
                Severity::Medium => 7,
                Severity::Low => 3,
                Severity::Info => 0,
            },
            share: match certainty {
                Certainty::Certain => 100,
                Certainty::Likely => 90,
                Certainty::Possible => 60,
                Certainty::Backported => 35,
                Certainty::VersionUnknown => 25,
            },
        }
    }

    /// 0 to 100.
    pub fn total(self) -> u8 {
        let sum = u16::from(self.exploited) + u16::from(self.likelihood) + u16::from(self.exposure) + u16::from(self.gravity);
        u8::try_from(sum * u16::from(self.share) / 100).unwrap_or(100).min(100)
    }

    /// The sum in words.
    pub fn explained(self) -> Text {
        let Self { exploited, likelihood, exposure, gravity, share } = self;
        let total = self.total();
        text!(
            zh: "已知被利用 {exploited} + 利用可能性 {likelihood} + 暴露程度 {exposure} + 危害等级 {gravity}，按确信程度计 {share}%，得 {total}",
            en: "exploited {exploited} + likelihood {likelihood} + exposure {exposure} + gravity {gravity}, {share}% by certainty: {total}",
        )
    }
}

/// The gravest grade that any scorer gives by the newest system of scoring that it uses; [`UNGRADED`] when nobody grades.
pub fn severity<'a>(statements: impl IntoIterator<Item = &'a Statement>) -> Severity {
    let mut newest: BTreeMap<(&str, &str), (System, Severity)> = BTreeMap::new();
    for statement in statements {
        for score in &statement.scores {
            let Some(graded) = grade(score) else { continue };
            let held = newest.entry((statement.source.word(), &score.by)).or_insert((score.system, graded));
            *held = (*held).max((score.system, graded));
        }
    }
    newest.into_values().map(|(_, severity)| severity).max().unwrap_or(UNGRADED)
}

/// What a score means in words: its base score as published, else that of its vector; `None` when it can not be read.
/// CVSS 2 knows no critical.
pub fn grade(score: &Score) -> Option<Severity> {
    if score.system == System::Word {
        return word(&score.value);
    }
    let tenths = score.tenths.or_else(|| tenths(&score.value))?;
    Some(match tenths {
        0 => Severity::Info,
        1..40 => Severity::Low,
        40..70 => Severity::Medium,
        90.. if score.system != System::Cvss2 => Severity::Critical,
        _ => Severity::High,
    })
}

/// The base score of a CVSS vector of version 2, 3.0, 3.1 or 4.0, in tenths.
pub fn tenths(vector: &str) -> Option<u16> {
    let tenths = (vector.parse::<Cvss>().ok()?.score() * 10.0).round();
    // The scores of all systems end at 10.
    (0..=100).find(|whole| f64::from(*whole) == tenths)
}

/// The words that sources grade with.
fn word(value: &str) -> Option<Severity> {
    Some(match value.trim().to_lowercase().as_str() {
        "critical" | "严重" | "超危" => Severity::Critical,
        "high" | "important" | "高" | "高危" => Severity::High,
        "medium" | "moderate" | "中" | "中危" => Severity::Medium,
        "low" | "低" | "低危" => Severity::Low,
        "none" | "info" | "informational" => Severity::Info,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
