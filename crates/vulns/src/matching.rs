//! One statement against the components of one subject: which it reaches, and how surely.
//!
//! Invariant: what was not seen is unknown, never absent. A condition that cannot be decided lowers the certainty and hides nothing.
//!
//! A condition is *yes*, *no* or *unknown* of a subject, joined by Kleene's logic:
//!
//! | condition | yes | no | unknown |
//! |---|---|---|---|
//! | a product with versions | a component of it is inside | all components of it are outside; or there is none, it is an operating system, and another one is surely there | else |
//! | its `target` | a component of that name is there | never | else |
//! | all, any, not | the least, the greatest, the opposite of the members | | |
//!
//! A component is reached by a vulnerable leaf that may hold it, when no group around the leaf is *no*. How surely:
//!
//! | version | sure channel | plain channel | weak channel |
//! |---|---|---|---|
//! | inside | certain | likely | possible |
//! | a line or a lower bound that overlaps | possible | possible | possible |
//! | inside, a distribution's package | back-ported | back-ported | back-ported |
//! | unknown, or not comparable, and not all versions are affected | version unknown | version unknown | version unknown |
//!
//! Sure channels are content, bill of materials, protocol and digest; plain ones page, banner and file name; another scanner's
//! export is weak, and so is every component that itself is less sure than [`FAIR_CONFIDENCE`]. A group around the leaf that is
//! *unknown*, a target that was not seen and a disputed statement each allow *possible* at most. A statement in Debian's or RPM's
//! order counts the packages themselves: a package's number with its revision is compared there like any other.

pub mod signs;
mod tree;

use std::cell::OnceCell;
use std::collections::BTreeSet;

use model::advisory::{Certainty, Component, Ordering, Product, Reading, Standing, Statement, Told};
use model::ledger::source::SourceKind;

use self::signs::Strength;
pub(crate) use self::tree::{Judged, Tree, Truth};
use crate::range::{self, Holds};
use crate::version;

/// From this confidence on a component is taken to be there.
pub const FAIR_CONFIDENCE: u8 = 50;

/// Names a statement: a source says a thing once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// Whose word.
    pub source: SourceKind,
    /// The name that the source gives the vulnerability.
    pub id: String,
}

impl Key {
    /// The name of a statement.
    pub fn of(statement: &Statement) -> Self {
        Self { source: statement.source, id: statement.id.clone() }
    }
}

/// A component that a statement reaches.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reach {
    /// Which of the components, by its place among those given.
    pub component: usize,
    /// How surely; the best that any part of the statement gives.
    pub certainty: Certainty,
    /// The lowest version named that the statement does not affect any more.
    pub fixed_in: Option<String>,
}

/// A statement that reaches a component of a subject.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// The statement.
    pub statement: Key,
    /// Which of the subject's components, by its place among them.
    pub component: usize,
    /// How surely.
    pub certainty: Certainty,
}

/// A statement, ready to be matched.
pub struct Compiled {
    tree: Tree<Leaf>,
    disputed: bool,
}

/// A product with versions, ready to be compared.
struct Leaf {
    product: Product,
    range: range::Compiled,
    /// It is what is vulnerable, and stands under no negation.
    vulnerable: bool,
    target: String,
}

impl Compiled {
    /// The statement as it stands. One that was rejected or withdrawn reaches nothing.
    pub fn of(statement: &Statement) -> Self {
        let conditions = if statement.standing.is_matched() { statement.affects.as_slice() } else { &[] };
        let tree = Tree::any(conditions, &mut |affected, vulnerable| Leaf {
            product: affected.product.clone(),
            range: range::Compiled::of(&affected.versions),
            vulnerable,
            target: signs::fold(&affected.target),
        });
        Self { tree, disputed: statement.standing == Standing::Disputed }
    }

    /// The products that it says are vulnerable, ascending, each once.
    pub fn products(&self) -> Vec<&Product> {
        let found: BTreeSet<_> = self.vulnerable().map(|leaf| &leaf.product).collect();
        found.into_iter().collect()
    }

    /// The components that it reaches, in their order.
    pub fn reach(&self, components: &[Component]) -> Vec<Reach> {
        let reached = best(self.tree.judge(&mut |leaf| leaf.judge(components)).reached, self.disputed);
        let told = |(component, certainty): (usize, _)| {
            let fixed_in = fixed_in(&[self], &components[component]);
            Reach { component, certainty, fixed_in }
        };
        reached.into_iter().map(told).collect()
    }

    fn vulnerable(&self) -> impl Iterator<Item = &Leaf> {
        self.tree.leafs().filter(|leaf| leaf.vulnerable)
    }
}

/// The lowest version named by any of the statements that none of them affects any more; `None` when they name none.
pub fn fixed_in(statements: &[&Compiled], component: &Component) -> Option<String> {
    let speaks = |leaf: &&Leaf| component.products.contains(&leaf.product);
    let leafs: Vec<&Leaf> = statements.iter().flat_map(|statement| statement.vulnerable()).filter(speaks).collect();
    let ordering = leafs.first()?.range.ordering();
    let mut named: Vec<&str> = leafs.iter().filter_map(|leaf| leaf.range.fixed_in(&component.version)).collect();
    named.sort_by(|one, other| version::compare(ordering, one, other).then_with(|| one.cmp(other)));
    let affected = |number: &str| {
        let reading = Reading { number: number.to_owned(), told: Told::Exact };
        leafs.iter().any(|leaf| leaf.range.holds(&reading) == Holds::Yes)
    };
    named.into_iter().find(|number| !is_end_of_line(number) && !affected(number)).map(str::to_owned)
}

/// Whether a bound is no version but the end of a whole line, as those write it who mean all of it: `2.999.999`.
fn is_end_of_line(number: &str) -> bool {
    number.split('.').any(|part| part.len() >= 3 && part.bytes().all(|digit| digit == b'9'))
}

impl Leaf {
    fn judge(&self, components: &[Component]) -> Judged {
        let mut judged = Judging::default();
        for (place, component) in components.iter().enumerate() {
            let question = Question::of(&component.version, Strength::of(component), None);
            if component.products.contains(&self.product) {
                judged.seen(place, question.certainty(&self.range));
            } else if question.is_fair() && signs::contradicts(&signs::systems(component), self.product.as_str()) {
                judged.contradicted();
            }
        }
        let met = self.target.is_empty() || components.iter().any(|component| signs::words(component).contains(&self.target));
        judged.end(self.vulnerable, met)
    }
}

/// What is known of a leaf while the components are gone through.
#[derive(Default)]
pub(crate) struct Judging {
    seen: Option<Truth>,
    contradicted: bool,
    reached: Vec<(usize, Certainty)>,
}

impl Judging {
    /// A component of the product is there.
    pub(crate) fn seen(&mut self, place: usize, (holds, certainty): (Holds, Option<Certainty>)) {
        let truth = match holds {
            Holds::No => Truth::No,
            Holds::Unknown | Holds::Reaches => Truth::Unknown,
            Holds::Yes => Truth::Yes,
        };
        self.seen = self.seen.max(Some(truth));
        self.reached.extend(certainty.map(|certainty| (place, certainty)));
    }

    /// Another component speaks against the product's being there.
    pub(crate) fn contradicted(&mut self) {
        self.contradicted = true;
    }

    /// What follows. `met` tells whether the leaf's target was seen, if it has one.
    pub(crate) fn end(self, vulnerable: bool, met: bool) -> Judged {
        let truth = self.seen.unwrap_or(if self.contradicted { Truth::No } else { Truth::Unknown });
        let reached = if vulnerable { self.reached } else { Vec::new() };
        Judged { truth, reached }.within(if met { Truth::Yes } else { Truth::Unknown })
    }
}

/// The best certainty of each component or kind, in their order.
pub(crate) fn best<T: Ord + Copy>(mut reached: Vec<(T, Certainty)>, disputed: bool) -> Vec<(T, Certainty)> {
    reached.sort_unstable_by(|one, other| (one.0, other.1).cmp(&(other.0, one.1)));
    reached.dedup_by_key(|(component, _)| *component);
    reached.iter_mut().for_each(|(_, certainty)| *certainty = limited(*certainty, disputed));
    reached
}

/// What is disputed is possible at most.
pub(crate) fn limited(certainty: Certainty, disputed: bool) -> Certainty {
    if disputed { certainty.min(Certainty::Possible) } else { certainty }
}

/// A version that was read, and what that is worth, to be asked of many ranges.
pub(crate) struct Question<'a> {
    reading: &'a Reading,
    strength: Strength,
    /// The version in the order that products of CPE have, where it was read before.
    generic: Option<&'a range::Asked>,
    /// The version in the order that was asked for first. Few products are spoken of in two.
    asked: OnceCell<(Ordering, range::Asked)>,
}

impl<'a> Question<'a> {
    pub(crate) fn of(reading: &'a Reading, strength: Strength, generic: Option<&'a range::Asked>) -> Self {
        Self { reading, strength, generic, asked: OnceCell::new() }
    }

    /// Whether it is surely there.
    pub(crate) fn is_fair(&self) -> bool {
        self.strength > Strength::Weak
    }

    /// The table of certainties; `None` for what is outside.
    pub(crate) fn certainty(&self, range: &range::Compiled) -> (Holds, Option<Certainty>) {
        let ordering = range.ordering();
        let holds = match self.generic {
            Some(asked) if ordering == Ordering::Generic => range.holds_asked(asked),
            _ => match self.asked.get_or_init(|| (ordering, range::Asked::of(ordering, self.reading))) {
                (known, asked) if *known == ordering => range.holds_asked(asked),
                _ => range.holds(self.reading),
            },
        };
        let certainty = match holds {
            Holds::No => None,
            Holds::Unknown => Some(Certainty::VersionUnknown),
            Holds::Reaches => Some(Certainty::Possible),
            Holds::Yes if range.told(self.reading) == Told::Backported => Some(Certainty::Backported),
            Holds::Yes => Some(self.strength.certainty()),
        };
        (holds, certainty)
    }
}

#[cfg(test)]
mod tests;
