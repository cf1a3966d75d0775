//! Permission is data: what may be done to which asset, by whose word, until when.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How far an observation goes. A probe has a level; an asset has a granted level; a probe runs only where its level is granted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum AccessLevel {
    /// Registers only: nothing is sent to the asset.
    L0,
    /// What any visitor does. The default of an unknown asset.
    #[default]
    L1,
    /// Detectable: port and protocol survey, many pages.
    L2,
    /// Active tests: paths that nobody linked, zone transfers, templates.
    L3,
    /// With credentials or log-in attempts.
    L4,
}

/// A recorded permission for one asset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Grant {
    /// What may be done.
    pub level: AccessLevel,
    /// The document that grants it (number and title); required above [`AccessLevel::L1`].
    pub document: String,
    /// The last day on which the grant holds; `None` for one without an end.
    pub until: Option<Date>,
}

impl Grant {
    /// The level that holds on `today`: a lapsed grant falls back to the default, a grant above L1 without a document too.
    pub fn level_on(&self, today: Date) -> AccessLevel {
        let lapsed = self.until.is_some_and(|until| until < today);
        let undocumented = self.level > AccessLevel::L1 && self.document.trim().is_empty();
        if lapsed || undocumented { self.level.min(AccessLevel::L1) } else { self.level }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_grant_lapses_and_needs_a_document() {
        let grant = Grant { level: AccessLevel::L3, document: "授权书 12 号".into(), until: Some(date(2026, 3, 1)) };
        assert_eq!(grant.level_on(date(2026, 3, 1)), AccessLevel::L3);
        assert_eq!(grant.level_on(date(2026, 3, 2)), AccessLevel::L1);
        let undocumented = Grant { document: " ".into(), ..grant };
        assert_eq!(undocumented.level_on(date(2026, 2, 1)), AccessLevel::L1);
        let forbidden = Grant { level: AccessLevel::L0, document: String::new(), until: Some(date(2020, 1, 1)) };
        assert_eq!(forbidden.level_on(date(2026, 1, 1)), AccessLevel::L0);
    }
}
