//! One subject's components, arranged for the conditions of statements.

use std::collections::BTreeMap;

use model::advisory::Certainty;

use super::Names;
use super::statements::{Branches, Leaf, Statements, sorted};
use super::subjects::Look;
use crate::matching::signs;
use crate::matching::{self, Judged, Judging, Question, Tree};

/// A component as statements see it.
pub(super) struct View<'a> {
    pub(super) look: &'a Look,
    pub(super) question: Question<'a>,
}

/// The components of one subject.
pub(super) struct Scene<'a> {
    pub(super) views: Vec<View<'a>>,
    /// Products, and the places of their components, ascending.
    products: Vec<(u32, usize)>,
    /// What targets may mean, ascending.
    words: Box<[u32]>,
    /// Places of operating systems that are surely there.
    systems: Vec<usize>,
}

impl<'a> Scene<'a> {
    pub(super) fn of(views: Vec<View<'a>>) -> Self {
        let by_place = || views.iter().enumerate();
        let mut products: Vec<_> =
            by_place().flat_map(|(place, view)| view.look.products.iter().map(move |product| (*product, place))).collect();
        products.sort_unstable();
        let words = sorted(views.iter().flat_map(|view| view.look.words.iter().copied()).collect());
        let sure = |view: &View<'_>| view.question.is_fair() && !view.look.systems.is_empty();
        let systems = by_place().filter(|(_, view)| sure(view)).map(|(place, _)| place).collect();
        Self { views, products, words, systems }
    }

    /// What a statement with conditions reaches here.
    pub(super) fn weigh(
        &self,
        branches: &Branches,
        disputed: bool,
        statements: &Statements,
        names: &Names,
    ) -> Vec<(usize, Certainty)> {
        let held = self.products.iter().map(|(product, _)| *product);
        let judged = |tree: &Tree<Leaf>| tree.judge(&mut |leaf| self.judge(leaf, statements, names)).reached;
        matching::best(branches.about(held).flat_map(judged).collect(), disputed)
    }

    fn judge(&self, leaf: &Leaf, statements: &Statements, names: &Names) -> Judged {
        let mut judging = Judging::default();
        let first = self.products.partition_point(|(product, _)| *product < leaf.product);
        let held = self.products[first..].iter().take_while(|(product, _)| *product == leaf.product);
        for (_, place) in held.clone() {
            judging.seen(*place, self.views[*place].question.certainty(statements.range(leaf.range)));
        }
        let against = |place: &usize| signs::contradicts(&self.views[*place].look.systems, names.products.get(leaf.product));
        if held.count() == 0 && self.systems.iter().any(against) {
            judging.contradicted();
        }
        let met = leaf.target.is_none_or(|target| self.words.binary_search(&target).is_ok());
        judging.end(leaf.vulnerable, met)
    }
}

/// What a component is to the conditions of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Nothing: it may be left out of their scene.
    None,
    /// They name it.
    Named,
    /// An operating system that they do not name but that speaks against some that they do, as this kind does.
    Against(u32),
}

/// What trees of conditions ask of a subject's components.
pub(super) struct Asked {
    products: Box<[u32]>,
    targets: Box<[u32]>,
    /// One operating system of each vendor that is asked for.
    systems: BTreeMap<String, String>,
    /// Kinds that stand for all operating systems which speak against the same ones of these.
    against: BTreeMap<Vec<bool>, u32>,
    /// By kind: the answer, once it was given.
    known: Vec<Option<Part>>,
}

impl Asked {
    /// What these ask, of so many kinds.
    pub(super) fn by(branches: &Branches, names: &Names, kinds: usize) -> Self {
        let products = sorted(branches.leafs().map(|leaf| leaf.product).collect());
        let named = products.iter().map(|product| names.products.get(*product));
        Self {
            targets: sorted(branches.leafs().filter_map(|leaf| leaf.target).collect()),
            systems: named.filter_map(|name| Some((signs::system(name)?.to_owned(), name.to_owned()))).collect(),
            against: BTreeMap::new(),
            products,
            known: vec![None; kinds],
        }
    }

    /// What a kind is to them.
    pub(super) fn part<'a>(&mut self, kind: u32, view: impl FnOnce() -> View<'a>) -> Part {
        if let Some(known) = self.known[kind as usize] {
            return known;
        }
        let View { look, question } = view();
        let any = |asked: &[u32], held: &[u32]| held.iter().any(|number| asked.binary_search(number).is_ok());
        let against: Vec<bool> =
            self.systems.values().map(|asked| question.is_fair() && signs::contradicts(&look.systems, asked)).collect();
        let answer = if any(&self.products, &look.products) || any(&self.targets, &look.words) {
            Part::Named
        } else if against.contains(&true) {
            Part::Against(*self.against.entry(against).or_insert(kind))
        } else {
            Part::None
        };
        self.known[kind as usize] = Some(answer);
        answer
    }
}
