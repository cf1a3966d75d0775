//! Subjects by what they consist of.
//!
//! Invariant: components that no statement can tell apart are of one kind, and a kind is compared once for all who hold it.

use std::collections::BTreeMap;

use model::advisory::{Component, Ordering, Product, Reading};
use roaring::RoaringBitmap;

use super::interner::{Interner, at, number};
use super::scene::View;
use super::statements::sorted;
use super::{Names, SubjectNo};
use crate::matching::Question;
use crate::matching::signs::{self, Strength};
use crate::range::Asked;

/// Who holds what.
#[derive(Default)]
pub(super) struct Subjects {
    identities: BTreeMap<Box<str>, BTreeMap<Box<[Product]>, u32>>,
    looks: Vec<Look>,
    readings: Interner<Reading>,
    /// By reading: the version in the order that products of CPE have, which most are asked for in.
    asked: Vec<Asked>,
    numbers: BTreeMap<Kind, u32>,
    kinds: Vec<(Kind, RoaringBitmap)>,
    /// By product: the kinds of it, ascending.
    of_product: Vec<Vec<u32>>,
    /// By subject: the kinds of its components, in their order.
    subjects: Vec<Box<[u32]>>,
}

/// What tells one component from another in matching, but for who holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    look: u32,
    reading: u32,
    strength: Strength,
}

/// What a component's names say.
#[derive(Debug, Default)]
pub(super) struct Look {
    /// Products, ascending.
    pub(super) products: Box<[u32]>,
    /// Words that a statement's target may mean it by, ascending.
    pub(super) words: Box<[u32]>,
    /// Vendors, when it is an operating system.
    pub(super) systems: Box<[Box<str>]>,
}

impl Look {
    /// The look of a component, with numbers from `product` and `word`; what they do not number no statement speaks of.
    pub(super) fn of(
        component: &Component,
        product: impl FnMut(&Product) -> Option<u32>,
        word: impl FnMut(String) -> Option<u32>,
    ) -> Self {
        Self {
            products: sorted(component.products.iter().filter_map(product).collect()),
            words: sorted(signs::words(component).into_iter().filter_map(word).collect()),
            systems: signs::systems(component).into_iter().map(Box::from).collect(),
        }
    }
}

impl Subjects {
    /// Takes a subject in, in place of what it was before.
    pub(super) fn put(&mut self, subject: SubjectNo, components: &[Component], names: &mut Names) {
        self.drop(subject);
        let kinds: Box<[u32]> = components.iter().map(|component| self.kind(component, names)).collect();
        for kind in &kinds {
            self.kinds[*kind as usize].1.insert(subject.0);
        }
        *at(&mut self.subjects, subject.0) = kinds;
    }

    /// Takes a subject out.
    pub(super) fn drop(&mut self, subject: SubjectNo) {
        let held = self.subjects.get_mut(subject.0 as usize).map(std::mem::take).unwrap_or_default();
        for kind in held {
            self.kinds[kind as usize].1.remove(subject.0);
        }
    }

    /// The kinds of a subject's components, in their order.
    pub(super) fn kinds_of(&self, subject: SubjectNo) -> &[u32] {
        self.subjects.get(subject.0 as usize).map_or(&[], |kinds| kinds)
    }

    /// Those kinds of a product that someone holds, ascending.
    pub(super) fn kinds_of_product(&self, product: u32) -> impl Iterator<Item = u32> {
        let kinds = self.of_product.get(product as usize).into_iter().flatten().copied();
        kinds.filter(|kind| !self.holders(*kind).is_empty())
    }

    /// Who holds a kind.
    pub(super) fn holders(&self, kind: u32) -> &RoaringBitmap {
        &self.kinds[kind as usize].1
    }

    /// How many kinds there are.
    pub(super) fn kinds(&self) -> usize {
        self.kinds.len()
    }

    /// A kind as statements see it.
    pub(super) fn view(&self, kind: u32) -> View<'_> {
        let Kind { look, reading, strength } = self.kinds[kind as usize].0;
        let question = Question::of(self.readings.get(reading), strength, self.asked.get(reading as usize));
        View { look: &self.looks[look as usize], question }
    }

    fn kind(&mut self, component: &Component, names: &mut Names) -> u32 {
        let look = self.look(component, names);
        let reading = self.readings.put(&component.version);
        if self.asked.len() <= reading as usize {
            self.asked.push(Asked::of(Ordering::Generic, &component.version));
        }
        let kind = Kind { look, reading, strength: Strength::of(component) };
        *self.numbers.entry(kind).or_insert_with(|| {
            let number = number(self.kinds.len());
            self.kinds.push((kind, RoaringBitmap::new()));
            for product in &self.looks[look as usize].products {
                at(&mut self.of_product, *product).push(number);
            }
            number
        })
    }

    fn look(&mut self, component: &Component, names: &mut Names) -> u32 {
        let known = self.identities.get(component.name.as_str()).and_then(|known| known.get(component.products.as_slice()));
        if let Some(look) = known {
            return *look;
        }
        let look = Look::of(component, |product| Some(names.products.put(product.as_str())), |word| Some(names.words.put(&word)));
        let number = number(self.looks.len());
        self.looks.push(look);
        let identity = self.identities.entry(component.name.as_str().into()).or_default();
        identity.insert(component.products.as_slice().into(), number);
        number
    }
}
