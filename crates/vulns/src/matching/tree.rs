//! Trees of conditions, valued in Kleene's three-valued logic.
//!
//! Invariant: what is reached stands in no group that is *no*, and under no negation. Depth is bounded by whoever read the statement.

use model::advisory::{Affected, Certainty, Condition};

/// Whether a condition is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Truth {
    No,
    Unknown,
    Yes,
}

impl Truth {
    fn opposite(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
            Self::Yes => Self::No,
        }
    }
}

/// The value of a condition, and the components that its vulnerable leafs reach; none when it is *no*.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Judged {
    pub(crate) truth: Truth,
    pub(crate) reached: Vec<(usize, Certainty)>,
}

impl Judged {
    /// The same, together with something of this value.
    pub(crate) fn within(mut self, other: Truth) -> Self {
        self.truth = self.truth.min(other);
        match self.truth {
            Truth::No => self.reached.clear(),
            Truth::Unknown => {
                self.reached.iter_mut().for_each(|(_, certainty)| *certainty = (*certainty).min(Certainty::Possible))
            }
            Truth::Yes => {}
        }
        self
    }
}

/// A tree over leafs of any kind.
pub(crate) enum Tree<L> {
    All(Box<[Self]>),
    Any(Box<[Self]>),
    Not(Box<Self>),
    Is(L),
}

impl<L> Tree<L> {
    /// Any of the conditions. `leaf` makes a leaf of a product with versions, told whether that is vulnerable where it stands.
    pub(crate) fn any(conditions: &[Condition], leaf: &mut impl FnMut(&Affected, bool) -> L) -> Self {
        Self::Any(conditions.iter().map(|member| Self::of(member, true, leaf)).collect())
    }

    fn of(condition: &Condition, upright: bool, leaf: &mut impl FnMut(&Affected, bool) -> L) -> Self {
        match condition {
            Condition::All(members) => Self::All(members.iter().map(|member| Self::of(member, upright, leaf)).collect()),
            Condition::Any(members) => Self::Any(members.iter().map(|member| Self::of(member, upright, leaf)).collect()),
            Condition::Not(inner) => Self::Not(Box::new(Self::of(inner, false, leaf))),
            Condition::Is(affected) => Self::Is(leaf(affected, affected.vulnerable && upright)),
        }
    }

    /// The trees that it is a choice of. What a choice reaches is what its members reach.
    pub(crate) fn branches(self) -> Vec<Self> {
        match self {
            Self::Any(members) => members.into_iter().flat_map(Self::branches).collect(),
            other => vec![other],
        }
    }

    /// The value of the tree, each leaf valued by `leaf`.
    pub(crate) fn judge(&self, leaf: &mut impl FnMut(&L) -> Judged) -> Judged {
        match self {
            Self::Is(it) => leaf(it),
            Self::Not(inner) => Judged { truth: inner.judge(leaf).truth.opposite(), reached: Vec::new() },
            Self::Any(members) => joined(members, Truth::No, Truth::max, leaf),
            Self::All(members) => joined(members, Truth::Yes, Truth::min, leaf),
        }
    }

    /// Whether it is but a choice of leafs.
    pub(crate) fn is_plain(&self) -> bool {
        match self {
            Self::Is(_) => true,
            Self::Any(members) => members.iter().all(Self::is_plain),
            Self::All(_) | Self::Not(_) => false,
        }
    }

    /// All leafs.
    pub(crate) fn leafs(&self) -> Box<dyn Iterator<Item = &L> + '_> {
        match self {
            Self::Is(it) => Box::new(std::iter::once(it)),
            Self::Not(inner) => inner.leafs(),
            Self::Any(members) | Self::All(members) => Box::new(members.iter().flat_map(Self::leafs)),
        }
    }
}

/// A group's value, and what its members reach. In a group of all the value of the least member limits what every member reaches;
/// in a group of any it limits nothing, since it is at least that of the member.
fn joined<L>(members: &[Tree<L>], empty: Truth, join: fn(Truth, Truth) -> Truth, leaf: &mut impl FnMut(&L) -> Judged) -> Judged {
    let start = Judged { truth: empty, reached: Vec::new() };
    let all = members.iter().fold(start, |mut sum, member| {
        let mut judged = member.judge(leaf);
        sum.truth = join(sum.truth, judged.truth);
        sum.reached.append(&mut judged.reached);
        sum
    });
    let truth = all.truth;
    all.within(truth)
}
