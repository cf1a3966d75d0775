//! Legal bases with dates. The acts themselves are listed in `rules/data/acts.toml`.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text::{Label, Text};

/// A law, regulation, notice or standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Act {
    /// Short key, for example `provisions`.
    pub key: &'static str,
    /// Title; in Chinese with 书名号.
    pub title: Label,
    /// Document number, if it has one.
    pub number: &'static str,
    /// First day in force.
    pub since: Date,
    /// Last day in force.
    pub until: Option<Date>,
}

/// A place in an act on which a rule rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Basis {
    /// The act.
    pub act: &'static Act,
    /// The place: `第五条第一款` / `Art. 5 ¶1`; empty for the whole act.
    pub place: Label,
}

impl Basis {
    /// True when the act is in force on `day`.
    pub fn in_force(&self, day: Date) -> bool {
        self.act.since <= day && self.act.until.is_none_or(|until| day <= until)
    }

    /// As it is written into a verdict.
    pub fn cite(&self) -> Citation {
        let zh = format!("{}{}", self.act.title.zh, self.place.zh);
        let en = [self.act.title.en, self.place.en].join(", ");
        Citation {
            act: self.act.key.into(),
            number: self.act.number.into(),
            text: Text::new(zh, en.trim_end_matches(", ")),
            since: self.act.since,
        }
    }
}

/// A legal basis as a verdict carries it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Citation {
    /// Key of the act.
    pub act: String,
    /// Document number.
    pub number: String,
    /// Title and place.
    pub text: Text,
    /// First day in force.
    pub since: Date,
}
