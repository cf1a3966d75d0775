//! Verdicts: what a rule says of a subject on given evidence.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::basis::Citation;
use crate::digest::Digest;
use crate::facts::Kind;
use crate::facts::rendered::Rect;
use crate::observation::{Failure, FailureClass};
use crate::rule::Severity;
use crate::subject::SubjectId;
use crate::text::{Label, Text};

/// The four values. Silence is not compliance: without evidence a verdict is `Undetermined`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// The duty is met.
    Pass,
    /// The duty is not met, to the degree that the grade says.
    Violation,
    /// The duty does not bind this subject.
    NotApplicable,
    /// The evidence does not decide.
    Undetermined,
}

impl Value {
    /// The value in words.
    pub fn label(self) -> Label {
        match self {
            Value::Pass => Label { zh: "符合", en: "pass" },
            Value::Violation => Label { zh: "不符合", en: "violation" },
            Value::NotApplicable => Label { zh: "不适用", en: "not applicable" },
            Value::Undetermined => Label { zh: "无法判定", en: "undetermined" },
        }
    }
}

/// The weight of a violation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// Good practice; no duty in the text.
    Advice,
    /// The text says 原则上, or a heuristic speaks: a person decides.
    Review,
    /// A "must" of the text is not met.
    Violation,
}

impl Grade {
    /// The grade in words.
    pub fn label(self) -> Label {
        match self {
            Grade::Violation => Label { zh: "违规", en: "violation" },
            Grade::Review => Label { zh: "待核实", en: "review" },
            Grade::Advice => Label { zh: "建议", en: "advice" },
        }
    }
}

/// Why the evidence does not decide.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Nobody looked.
    NotObserved(Kind),
    /// Looking failed.
    Failed(Kind, FailureClass),
    /// The evidence is too old.
    Stale(Kind),
    /// The ledger does not say which institution runs it.
    OwnerUnknown,
    /// The type of the institution is not known.
    TypeUnknown,
    /// The level of the institution is not known.
    LevelUnknown,
    /// A list is not loaded; with the English label of its kind.
    ListNotLoaded(String),
    /// The evidence points both ways.
    Ambiguous,
    /// The rule crashed on this evidence: an error of ours.
    RuleCrashed,
}

/// The evidence does not decide, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undetermined {
    /// Cause, for machines.
    pub cause: Cause,
    /// Reason, for people.
    pub reason: Text,
}

impl Undetermined {
    /// With a reason in the rule's own words.
    pub fn new(cause: Cause, reason: Text) -> Self {
        Self { cause, reason }
    }

    /// The evidence points both ways, as the rule explains.
    pub fn ambiguous(reason: Text) -> Self {
        Self::new(Cause::Ambiguous, reason)
    }

    /// Nobody looked; of a register or list: it is not loaded.
    pub fn not_observed(kind: Kind) -> Self {
        let label = kind.label();
        if kind.is_list() {
            let reason = Text::new(format!("未导入“{}”", label.zh), format!("not loaded: {}", label.en));
            return Self::new(Cause::ListNotLoaded(label.en.into()), reason);
        }
        Self::new(
            Cause::NotObserved(kind),
            Text::new(format!("尚未取得“{}”", label.zh), format!("no observation of: {}", label.en)),
        )
    }

    /// Looking failed.
    pub fn failed(kind: Kind, failure: &Failure) -> Self {
        let (label, why) = (kind.label(), failure.text());
        Self::new(
            Cause::Failed(kind, failure.class),
            Text::new(format!("未能取得“{}”：{}", label.zh, why.zh), format!("{} could not be observed: {}", label.en, why.en)),
        )
    }

    /// The evidence is `days` old.
    pub fn stale(kind: Kind, days: i64) -> Self {
        let label = kind.label();
        Self::new(
            Cause::Stale(kind),
            Text::new(
                format!("“{}”取自 {days} 天前，已过时效", label.zh),
                format!("{} was observed {days} days ago, which is too old", label.en),
            ),
        )
    }

    /// The ledger does not say who runs it.
    pub fn owner_unknown() -> Self {
        Self::new(Cause::OwnerUnknown, Text::new("台账未登记开办单位", "the ledger does not say which institution runs it"))
    }

    /// The ledger names an owner that nobody has confirmed.
    pub fn owner_unconfirmed() -> Self {
        let reason =
            Text::new("台账登记为待确认，开办单位未经确认", "the ledger's entry is a candidate; its owner is not confirmed");
        Self::new(Cause::OwnerUnknown, reason)
    }

    /// The institution's type is not known.
    pub fn type_unknown() -> Self {
        Self::new(Cause::TypeUnknown, Text::new("开办单位的机构类型未知", "the institution's type is not known"))
    }

    /// The institution's level is not known.
    pub fn level_unknown() -> Self {
        Self::new(Cause::LevelUnknown, Text::new("开办单位的层级未知", "the institution's level is not known"))
    }
}

/// A box to draw on a piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Region {
    /// The observation whose picture it belongs to.
    pub kind: Kind,
    /// The box.
    pub rect: Rect,
    /// What it shows.
    pub label: Text,
}

/// What a rule decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// Pass, violation or not applicable; never undetermined.
    pub value: Value,
    /// Grade of a violation.
    pub grade: Option<Grade>,
    /// The fact in a sentence, without advice.
    pub reason: Text,
    /// The fact for machines, by name.
    pub facts: BTreeMap<String, String>,
    /// Boxes to draw.
    pub regions: Vec<Region>,
}

/// What a rule returns. `?` on a view's answers makes missing evidence undetermined without the author's doing anything.
pub type Ruling = Result<Judgement, Undetermined>;

impl Judgement {
    fn new(value: Value, grade: Option<Grade>, reason: Text) -> Self {
        Self { value, grade, reason, facts: BTreeMap::new(), regions: Vec::new() }
    }

    /// The duty is met.
    pub fn pass(reason: Text) -> Self {
        Self::new(Value::Pass, None, reason)
    }

    /// The duty does not bind this subject.
    pub fn not_applicable(reason: Text) -> Self {
        Self::new(Value::NotApplicable, None, reason)
    }

    /// A "must" is not met.
    pub fn violation(reason: Text) -> Self {
        Self::new(Value::Violation, Some(Grade::Violation), reason)
    }

    /// A person decides.
    pub fn review(reason: Text) -> Self {
        Self::new(Value::Violation, Some(Grade::Review), reason)
    }

    /// Good practice.
    pub fn advice(reason: Text) -> Self {
        Self::new(Value::Violation, Some(Grade::Advice), reason)
    }

    /// The same with a named fact.
    #[must_use]
    pub fn fact(mut self, name: &str, value: impl ToString) -> Self {
        self.facts.insert(name.into(), value.to_string());
        self
    }

    /// The same with a box to draw on the picture of an observation.
    #[must_use]
    pub fn region(mut self, kind: Kind, rect: Rect, label: Text) -> Self {
        self.regions.push(Region { kind, rect, label });
        self
    }
}

/// A piece of evidence that a verdict rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// The observation.
    pub observation: Digest,
    /// Its kind.
    pub kind: Kind,
    /// Boxes to draw on its picture.
    pub regions: Vec<Region>,
}

/// A verdict as stored and shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    /// Its name: the digest of bundle, rule and revision.
    pub id: Digest,
    /// The sealed evidence it judges.
    pub bundle: Digest,
    /// Rule id.
    pub rule: String,
    /// Revision of the rule.
    pub revision: u32,
    /// The subject.
    pub subject: SubjectId,
    /// The value.
    #[serde(rename = "verdict")]
    pub value: Value,
    /// Grade of a violation.
    pub grade: Option<Grade>,
    /// Severity that a violation of this rule has.
    pub severity: Severity,
    /// The fact in a sentence.
    pub reason: Text,
    /// Why it is undetermined, for machines.
    pub cause: Option<Cause>,
    /// The fact for machines.
    pub facts: BTreeMap<String, String>,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
    /// Time of the oldest observation it rests on; of the judgement when it rests on none.
    pub observed_at: Timestamp,
    /// Legal bases in force.
    pub basis: Vec<Citation>,
}

impl Verdict {
    /// The name of a verdict.
    pub fn name(bundle: Digest, rule: &str, revision: u32) -> Digest {
        Digest::of(format!("{bundle} {rule} {revision}").as_bytes())
    }
}
