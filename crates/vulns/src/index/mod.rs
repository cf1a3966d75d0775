//! The two-way index: which subjects a statement reaches, and which statements reach a subject, without comparing all with all.
//!
//! Invariant: it says what [`crate::slow`] says, after any sequence of changes, and always in one order.
//!
//! Statements are kept by product with their ranges of versions, components by product with their kinds. A component's kind is all
//! that a statement may ask of it: products, words for it, version and how much its channel is worth. So a new statement is compared
//! once with each kind of its products and hands out the holders of those that it reaches, and a new component is compared once with
//! each range of its products. A statement with conditions is asked anew of each subject that holds a reached kind, and of no other.
//!
//! Measured on NVD's years: some 15 bytes a component and 1,000 bytes a statement, all told. Names, versions and ranges are kept once, and stay
//! when nobody bears them any more.

mod interner;
mod scene;
mod statements;
mod subjects;

use std::collections::BTreeMap;

use model::advisory::{Certainty, Component, Statement};
use roaring::RoaringBitmap;

use self::interner::Interner;
use self::scene::{Asked, Part, Scene, View};
use self::statements::{Branches, Entry, Shape, Statements, sorted};
use self::subjects::{Look, Subjects};
use crate::matching::signs::Strength;
use crate::matching::{self, Hit, Key, Question};

/// A subject by number. Whoever keeps the index gives the numbers, from 0 up without great gaps: memory goes by the highest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SubjectNo(pub u32);

/// A component that a statement reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reached {
    /// Whose.
    pub subject: SubjectNo,
    /// Which of the subject's components, by its place among them.
    pub component: u32,
    /// How surely.
    pub certainty: Certainty,
}

/// Statements and subjects, each found by the other.
#[derive(Default)]
pub struct Index {
    names: Names,
    statements: Statements,
    subjects: Subjects,
}

/// Names in numbers.
#[derive(Default)]
struct Names {
    products: Interner<str>,
    words: Interner<str>,
}

impl Index {
    /// Takes a statement in, in place of what its source said under this name before.
    pub fn put_statement(&mut self, statement: &Statement) {
        self.statements.put(statement, &mut self.names);
    }

    /// Takes a statement out; one that is not there is no error.
    pub fn drop_statement(&mut self, key: &Key) {
        self.statements.drop(key);
    }

    /// Takes a subject in, in place of what it consisted of before.
    pub fn put_subject(&mut self, subject: SubjectNo, components: &[Component]) {
        self.subjects.put(subject, components, &mut self.names);
    }

    /// Takes a subject out; one that is not there is no error.
    pub fn drop_subject(&mut self, subject: SubjectNo) {
        self.subjects.drop(subject);
    }

    /// How many statements it has that can reach something.
    pub fn statements(&self) -> usize {
        self.statements.len()
    }

    /// All that a statement reaches, in the order of subjects and components; nothing when it is not there.
    pub fn affected(&self, key: &Key) -> Vec<Reached> {
        let Some(entry) = self.statements.find(key) else { return Vec::new() };
        let kinds = self.reached_kinds(&entry.shape);
        match &entry.shape {
            Shape::Plain(_) => self.holders(&kinds, entry.disputed),
            Shape::Branches(branches) => self.holders_on_condition(&kinds, branches, entry.disputed),
        }
    }

    /// The statements that reach a subject's components, in the order of their names.
    pub fn of_subject(&self, subject: SubjectNo) -> Vec<Hit> {
        self.hits(&self.scene(self.subjects.kinds_of(subject)))
    }

    /// The statements that reach these components, which need not be in the index.
    pub fn of_components(&self, components: &[Component]) -> Vec<Hit> {
        let look = |component| {
            Look::of(component, |product| self.names.products.find(product.as_str()), |word| self.names.words.find(&word))
        };
        let looks: Vec<Look> = components.iter().map(look).collect();
        let view = |(component, look)| {
            let component: &Component = component;
            View { look, question: Question::of(&component.version, Strength::of(component), None) }
        };
        self.hits(&Scene::of(components.iter().zip(&looks).map(view).collect()))
    }

    /// The kinds that a statement's vulnerable leafs reach when its conditions are left aside, ascending.
    fn reached_kinds(&self, shape: &Shape) -> Vec<(u32, Certainty)> {
        let mut reached = Vec::new();
        for of_product in shape.vulnerable().chunk_by(|one, other| one.0 == other.0) {
            for kind in self.subjects.kinds_of_product(of_product[0].0) {
                let question = self.subjects.view(kind).question;
                let certainty = |(_, range): &(u32, u32)| question.certainty(self.statements.range(*range)).1;
                let best = of_product.iter().filter_map(certainty).max();
                reached.extend(best.map(|certainty| (kind, certainty)));
            }
        }
        matching::best(reached, false)
    }

    fn holders(&self, kinds: &[(u32, Certainty)], disputed: bool) -> Vec<Reached> {
        let mut reached = Vec::new();
        for (kind, certainty) in kinds {
            let certainty = matching::limited(*certainty, disputed);
            for subject in self.subjects.holders(*kind).iter().map(SubjectNo) {
                let held = (0..).zip(self.subjects.kinds_of(subject)).filter(|(_, held)| *held == kind);
                reached.extend(held.map(|(component, _)| Reached { subject, component, certainty }));
            }
        }
        // The holders of each kind come in their order already, which this sort makes use of.
        reached.sort();
        reached
    }

    /// The same for a statement with conditions. Of each subject that holds a reached kind only those kinds are looked at that the
    /// conditions ask of, and what says the same is judged once, whoever holds it.
    fn holders_on_condition(&self, kinds: &[(u32, Certainty)], branches: &Branches, disputed: bool) -> Vec<Reached> {
        let mut candidates = RoaringBitmap::new();
        kinds.iter().for_each(|(kind, _)| candidates |= self.subjects.holders(*kind));
        let mut asked = Asked::by(branches, &self.names, self.subjects.kinds());
        let mut judged: BTreeMap<Box<[u32]>, Vec<(usize, Certainty)>> = BTreeMap::new();
        let (mut places, mut held, mut against, mut reached) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for subject in candidates.iter().map(SubjectNo) {
            places.clear();
            held.clear();
            for (place, kind) in (0..).zip(self.subjects.kinds_of(subject)) {
                match asked.part(*kind, || self.subjects.view(*kind)) {
                    Part::None => {}
                    Part::Named => {
                        places.push(place);
                        held.push(*kind);
                    }
                    Part::Against(kind) => against.push(kind),
                }
            }
            // Those are reached by nothing, so that their number and places do not matter.
            against.sort_unstable();
            against.dedup();
            held.append(&mut against);
            if !judged.contains_key(held.as_slice()) {
                judged.insert(held.as_slice().into(), self.weigh(branches, disputed, &self.scene(&held)));
            }
            let told =
                |(place, certainty): &(usize, Certainty)| Reached { subject, component: places[*place], certainty: *certainty };
            reached.extend(judged.get(held.as_slice()).into_iter().flatten().map(told));
        }
        reached
    }

    fn scene(&self, kinds: &[u32]) -> Scene<'_> {
        Scene::of(kinds.iter().map(|kind| self.subjects.view(*kind)).collect())
    }

    fn hits(&self, scene: &Scene<'_>) -> Vec<Hit> {
        let (mut reached, mut conditional) = (Vec::new(), Vec::new());
        for (place, view) in scene.views.iter().enumerate() {
            for product in &view.look.products {
                for postings in self.statements.postings(*product).chunk_by(|one, other| one.range == other.range) {
                    let (_, certainty) = view.question.certainty(self.statements.range(postings[0].range));
                    let Some(certainty) = certainty else { continue };
                    for posting in postings {
                        let Some(entry) = self.statements.get(posting.statement) else { continue };
                        match &entry.shape {
                            Shape::Plain(_) => reached.push((posting.statement, place, certainty)),
                            Shape::Branches(_) => conditional.push(posting.statement),
                        }
                    }
                }
            }
        }
        let mut hits = self.told(reached);
        for entry in sorted(conditional).into_iter().filter_map(|statement| self.statements.get(statement)) {
            if let Shape::Branches(branches) = &entry.shape {
                hits.extend(self.weigh(branches, entry.disputed, scene).into_iter().map(|reached| hit(entry, reached)));
            }
        }
        hits.sort_unstable();
        hits
    }

    /// The best that each statement gives each component.
    fn told(&self, mut reached: Vec<(u32, usize, Certainty)>) -> Vec<Hit> {
        reached.sort_unstable();
        let of_one = reached.chunk_by(|one, other| (one.0, one.1) == (other.0, other.1));
        let best = of_one.filter_map(|group| group.last());
        let told = |(statement, place, certainty): &(u32, usize, Certainty)| {
            let entry = self.statements.get(*statement)?;
            Some(hit(entry, (*place, matching::limited(*certainty, entry.disputed))))
        };
        best.filter_map(told).collect()
    }

    fn weigh(&self, branches: &Branches, disputed: bool, scene: &Scene<'_>) -> Vec<(usize, Certainty)> {
        scene.weigh(branches, disputed, &self.statements, &self.names)
    }
}

fn hit(entry: &Entry, (component, certainty): (usize, Certainty)) -> Hit {
    Hit { statement: Key::clone(&entry.key), component, certainty }
}

#[cfg(test)]
mod tests;
