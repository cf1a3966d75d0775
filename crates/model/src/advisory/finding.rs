//! Findings of the watch: an advisory that reaches a component of a subject, from when to when.
//!
//! Invariant: a finding closes only on evidence, which stands in its closing; what is not seen any more stays open.

use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::advisory::component::Component;
use crate::digest::Digest;
use crate::subject::SubjectId;
use crate::text::Label;

/// How sure it is that the vulnerability is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// The product is there, its version is not known.
    #[default]
    VersionUnknown,
    /// The number is in the range, but the distribution may have mended it without changing the number.
    Backported,
    /// The version is in the range; what it must run on or with was not seen, or the version was told by a weak sign, or its line or
    /// lower bound alone is known and reaches into the range.
    Possible,
    /// The version is in the range.
    Likely,
    /// Exact version from a sure channel, or proven by a harmless check.
    Certain,
}

impl Certainty {
    /// In words.
    pub fn label(self) -> Label {
        match self {
            Self::VersionUnknown => Label { zh: "版本未知", en: "version unknown" },
            Self::Backported => Label { zh: "可能已由发行版修复", en: "perhaps mended by the distribution" },
            Self::Possible => Label { zh: "可能", en: "possible" },
            Self::Likely => Label { zh: "很可能", en: "likely" },
            Self::Certain => Label { zh: "确定", en: "certain" },
        }
    }
}

/// Names a finding: digest of subject, component's name and place without its version, and vulnerability.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct FindingId(pub Digest);

impl FindingId {
    /// The name of the finding that a vulnerability reaches a component of a subject.
    pub fn of(subject: &SubjectId, component: &Component, vulnerability: &str) -> Self {
        // No part holds a line end: controls are dropped from everything that is read.
        Self(Digest::of(format!("{subject}\n{}\n{}\n{vulnerability}", component.name, component.place).as_bytes()))
    }
}

impl fmt::Display for FindingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A vulnerability that reaches a component of a subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The subject.
    pub subject: SubjectId,
    /// The vulnerability's chief name.
    pub vulnerability: String,
    /// The component as it was when the finding was last confirmed.
    pub component: Component,
    /// How sure.
    pub certainty: Certainty,
    /// Since when it is open, this time.
    pub opened: Timestamp,
    /// When it was last found so.
    pub confirmed: Timestamp,
    /// How and when it ended; `None` while it is open.
    pub closed: Option<Closed>,
}

impl Finding {
    /// Its name.
    pub fn id(&self) -> FindingId {
        FindingId::of(&self.subject, &self.component, &self.vulnerability)
    }
}

/// The end of a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Closed {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub why: Closing,
}

/// Why a finding ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Closing {
    /// The component was seen with a version that is not affected.
    Upgraded {
        /// The version now.
        to: String,
    },
    /// An equal and successful look did not find the component any more.
    Removed,
    /// The component is as it was, but what the vulnerability needs beside it was not seen any more.
    Surroundings,
    /// The advisory was corrected and does not reach this version.
    Corrected,
    /// The advisory was rejected or withdrawn by whoever gave it.
    Withdrawn,
}

impl Closing {
    /// In words.
    pub fn label(&self) -> Label {
        match self {
            Self::Upgraded { .. } => Label { zh: "组件已升级", en: "component upgraded" },
            Self::Removed => Label { zh: "组件已移除", en: "component removed" },
            Self::Surroundings => Label { zh: "运行环境已改变，不再涉及", en: "surroundings changed" },
            Self::Corrected => Label { zh: "公告已更正，不再涉及该版本", en: "advisory corrected" },
            Self::Withdrawn => Label { zh: "公告已撤回", en: "advisory withdrawn" },
        }
    }
}
