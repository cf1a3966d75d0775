//! Release cycles of components: which are out of support, and which soon will be.

use jiff::ToSpan as _;
use jiff::civil::Date;
use model::advisory::{Component, Told};
use model::facts::components::{Ends, Lifecycle, Lifecycles};
use model::text;
use model::verdict::Judgement;

use crate::facts::vulnerable;

/// The end of support should be prepared for this many days ahead.
const AHEAD_DAYS: i64 = 90;

/// Cycles by their state on a day.
#[derive(Debug, Default)]
pub struct Cycles<'a> {
    /// Out of support.
    pub ended: Vec<&'a Lifecycle>,
    /// Out of their makers' support, but a distribution may still mend them, or a later cycle may be in use.
    pub doubtful: Vec<&'a Lifecycle>,
    /// Support ends soon.
    pub soon: Vec<&'a Lifecycle>,
    /// All that were looked at.
    pub all: usize,
}

impl<'a> Cycles<'a> {
    /// The cycles of the components that are wanted.
    pub fn of(told: &'a Lifecycles, today: Date, wanted: impl Fn(&Component) -> bool) -> Self {
        let mut cycles = Self::default();
        let horizon = today.saturating_add(AHEAD_DAYS.days());
        for cycle in told.cycles.iter().filter(|cycle| wanted(&cycle.component)) {
            cycles.all += 1;
            let (ended, soon) = match cycle.ends {
                Ends::On(day) => (day < today, day <= horizon),
                Ends::Ended => (true, false),
                Ends::NotSet => (false, false),
            };
            match cycle.component.version.told {
                Told::Exact | Told::Line if ended => cycles.ended.push(cycle),
                _ if ended => cycles.doubtful.push(cycle),
                _ if soon => cycles.soon.push(cycle),
                _ => {}
            }
        }
        cycles
    }

    /// What is wrong: support that has ended, that may have, that soon will.
    pub fn finding(&self) -> Option<Judgement> {
        let first = |cycles: &[&Lifecycle]| cycles.first().copied().map(name);
        let judgement = if let Some(first) = first(&self.ended) {
            let number = self.ended.len();
            Judgement::violation(text!(
                zh: "{number} 个组件已停止维护，例如 {first}",
                en: "{number} components are out of support, for example {first}"
            ))
        } else if let Some(first) = first(&self.doubtful) {
            let number = self.doubtful.len();
            Judgement::review(text!(
                zh: "{number} 个组件的版本已停止维护，但可能仍由发行版维护或实际版本更新，例如 {first}",
                en: "{number} components are of versions out of support, but a distribution may maintain them or the version be a later one, for example {first}"
            ))
        } else {
            let (number, first) = (self.soon.len(), first(&self.soon)?);
            Judgement::advice(text!(
                zh: "{number} 个组件将在 {AHEAD_DAYS} 天内停止维护，例如 {first}",
                en: "support of {number} components ends within {AHEAD_DAYS} days, for example {first}"
            ))
        };
        Some(self.described(judgement))
    }

    /// The judgement with the numbers.
    pub fn described(&self, judgement: Judgement) -> Judgement {
        let named = [&self.ended, &self.doubtful, &self.soon].into_iter().flatten().copied().map(name);
        judgement
            .fact("cycles", self.all)
            .fact("ended", self.ended.len())
            .fact("ended_in_doubt", self.doubtful.len())
            .fact("ends_soon", self.soon.len())
            .fact("out_of_support", named.collect::<Vec<_>>().join(", "))
    }
}

/// Component and the end of its support: `PHP 7.4.3 (2022-11-28)`.
pub fn name(cycle: &Lifecycle) -> String {
    let component = vulnerable::component(&cycle.component);
    match cycle.ends {
        Ends::On(day) => format!("{component} ({day})"),
        Ends::Ended | Ends::NotSet => component,
    }
}
