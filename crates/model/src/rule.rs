//! A rule: metadata and one pure function.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::basis::Basis;
use crate::facts::Kind;
use crate::permission::AccessLevel;
use crate::subject::SubjectKind;
use crate::text::Label;
use crate::verdict::{Grade, Ruling};
use crate::view::View;

/// The ten areas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Area {
    /// 域名安全.
    Domain,
    /// 网上标识.
    Mark,
    /// 仿冒安全.
    Counterfeit,
    /// 邮件安全.
    Mail,
    /// 数据安全.
    Data,
    /// 云平台安全.
    Cloud,
    /// 软件供应链安全.
    SupplyChain,
    /// 脆弱性风险.
    Weakness,
    /// 外部链接安全.
    Links,
    /// 开办主体合规.
    Institution,
}

impl Area {
    /// All areas in the order of the published plan.
    pub const ALL: [Area; 10] = [
        Area::Domain,
        Area::Mark,
        Area::Counterfeit,
        Area::Mail,
        Area::Data,
        Area::Cloud,
        Area::SupplyChain,
        Area::Weakness,
        Area::Links,
        Area::Institution,
    ];

    /// The name of the area.
    pub fn label(self) -> Label {
        match self {
            Area::Domain => Label { zh: "域名安全", en: "Domains" },
            Area::Mark => Label { zh: "网上标识", en: "Official mark" },
            Area::Counterfeit => Label { zh: "仿冒安全", en: "Counterfeits" },
            Area::Mail => Label { zh: "邮件安全", en: "E-mail" },
            Area::Data => Label { zh: "数据安全", en: "Data" },
            Area::Cloud => Label { zh: "云平台安全", en: "Cloud" },
            Area::SupplyChain => Label { zh: "软件供应链安全", en: "Supply chain" },
            Area::Weakness => Label { zh: "脆弱性风险", en: "Weaknesses" },
            Area::Links => Label { zh: "外部链接安全", en: "External links" },
            Area::Institution => Label { zh: "开办主体合规", en: "Sponsoring institution" },
        }
    }
}

/// How much harm a violation does or invites.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
    /// Critical.
    Critical,
}

impl Severity {
    /// The severity in words.
    pub fn label(self) -> Label {
        match self {
            Severity::Info => Label { zh: "提示", en: "info" },
            Severity::Low => Label { zh: "低危", en: "low" },
            Severity::Medium => Label { zh: "中危", en: "medium" },
            Severity::High => Label { zh: "高危", en: "high" },
            Severity::Critical => Label { zh: "严重", en: "critical" },
        }
    }
}

/// One rule of the catalogue.
pub struct Rule {
    /// Id, never reused: `DOM001`.
    pub id: &'static str,
    /// Short name of what it flags.
    pub title: Label,
    /// Area.
    pub area: Area,
    /// What kinds of subject it judges.
    pub scope: &'static [SubjectKind],
    /// Severity of a violation.
    pub severity: Severity,
    /// The gravest grade it gives: whether the text says "must", "in principle", or nothing.
    pub grade: Grade,
    /// Legal bases.
    pub basis: &'static [Basis],
    /// The observations it reads. The planner derives the probes from them; asking for another kind is a bug that tests find.
    pub needs: &'static [Kind],
    /// The level of access that its observations take.
    pub level: AccessLevel,
    /// Greatest age of evidence that still decides, in days.
    pub max_age_days: u32,
    /// Raised when the same evidence may be judged differently than before.
    pub revision: u32,
    /// `rule.zh.md` and `rule.md`: what, why, how to mend, limits.
    pub doc: Label,
    /// The judgement.
    pub judge: fn(&View<'_>) -> Ruling,
}
