//! What a subject consists of, and what advisories and life-cycle data say of that.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::advisory::statement::{Exploited, Likelihood};
use crate::advisory::{Certainty, Component, Score};
use crate::ledger::source::SourceKind;
use crate::rule::Severity;
use crate::text::Label;

/// The components of a subject: out of what was seen of it, and what its institution declared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Components {
    /// The components, ascending.
    pub found: Vec<Component>,
    /// Day of the declared bill of materials; `None` when none was declared.
    pub declared_on: Option<Date>,
    /// Fingerprint and script sets that were asked, with edition. Empty: nothing found says nothing.
    pub sets: Vec<String>,
}

/// What the loaded advisories say of the components.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Vulnerabilities {
    /// The feeds that were asked, with the day of their last delivery, in the order of kinds.
    pub feeds: Vec<Feed>,
    /// How many components could be looked up: those with a product.
    pub looked_up: u32,
    /// What reaches them, most urgent first.
    pub matches: Vec<Match>,
    /// Matches beyond the bound, which are less urgent than those listed.
    pub beyond: u32,
}

/// A feed of advisories.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Feed {
    /// Kind.
    pub source: SourceKind,
    /// Day of the last delivery.
    pub as_of: Option<Date>,
}

/// A vulnerability that reaches a component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Match {
    /// The vulnerability's chief name.
    pub vulnerability: String,
    /// Its other names.
    #[serde(default)]
    pub names: Vec<String>,
    /// Title.
    #[serde(default)]
    pub title: String,
    /// The component.
    pub component: Component,
    /// How sure.
    pub certainty: Certainty,
    /// Gravity: the gravest that any source gives by its newest system of scoring.
    pub severity: Severity,
    /// What each source gives.
    #[serde(default)]
    pub scores: Vec<Score>,
    /// Who says that this version is affected.
    pub sources: Vec<SourceKind>,
    /// It is known to be exploited.
    #[serde(default)]
    pub exploited: Option<Exploited>,
    /// How likely it is exploited.
    #[serde(default)]
    pub likelihood: Option<Likelihood>,
    /// 0 to 100: how urgent; exploited, likely, exposed and sure before bare gravity.
    pub urgency: u8,
    /// The lowest version named that is not affected any more.
    #[serde(default)]
    pub fixed_in: Option<String>,
    /// How to mend it.
    #[serde(default)]
    pub remedy: String,
}

/// What life-cycle data say of the components.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Lifecycles {
    /// Day of the oldest delivery that this rests on.
    pub as_of: Option<Date>,
    /// Components whose product is listed and whose version tells the cycle, in the order of components.
    pub cycles: Vec<Lifecycle>,
}

/// A component's release cycle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Lifecycle {
    /// The component.
    pub component: Component,
    /// Product as listed: `php`.
    pub product: String,
    /// Cycle as listed: `7.4`.
    pub cycle: String,
    /// Whether support ends.
    pub ends: Ends,
    /// The newest version of the cycle, as listed.
    #[serde(default)]
    pub latest: String,
}

/// The end of support.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ends {
    /// On this day.
    On(Date),
    /// It has ended, on a day that is not told.
    Ended,
    /// No end is set.
    NotSet,
}

/// Who builds and runs the subject, and what else stands on them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SupplierReach {
    /// Suppliers with signs on this subject, in the order of names.
    pub suppliers: Vec<Supplier>,
}

/// A supplier of the subject.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Supplier {
    /// Name.
    pub name: String,
    /// What told it.
    pub signs: Vec<SupplierSign>,
    /// Subjects with a sign of this supplier, this one too.
    pub subjects: u32,
    /// Those of them with open findings of high gravity.
    pub affected: u32,
    /// The vulnerabilities that most of them share, with their number, most first; at most 10.
    pub shared: Vec<Shared>,
}

/// A vulnerability that several subjects of one supplier have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Shared {
    /// Chief name.
    pub vulnerability: String,
    /// How many subjects.
    pub subjects: u32,
}

/// What tells who builds or runs a subject.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct SupplierSign {
    /// Who.
    pub name: String,
    /// How it was told.
    pub by: SignedBy,
    /// The words or values that told it.
    pub evidence: String,
}

/// Ways to tell a supplier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignedBy {
    /// The page's foot: 技术支持, 承建单位, 运维单位.
    Footer,
    /// A product that only its maker runs or that names its maker.
    Product,
    /// The organisation in the certificate.
    Certificate,
    /// A host name of the supplier's, behind which the subject stands.
    SharedHost,
    /// The ledger or the institution says so.
    Declared,
}

impl SignedBy {
    /// The way in words.
    pub fn label(self) -> Label {
        match self {
            Self::Footer => Label { zh: "页脚标注", en: "footer" },
            Self::Product => Label { zh: "产品", en: "product" },
            Self::Certificate => Label { zh: "证书", en: "certificate" },
            Self::SharedHost => Label { zh: "共用主机", en: "shared host" },
            Self::Declared => Label { zh: "登记或填报", en: "declared" },
        }
    }
}
