//! Statements in numbers, and by product.
//!
//! Invariant: a range of versions is kept once, however many statements name it, so that a version is compared with it once.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use model::advisory::{Standing, Statement, Versions};

use super::Names;
use super::interner::{at, number};
use crate::matching::{Key, Tree, signs};
use crate::range::Compiled;

/// Statements that say what is vulnerable; others are not kept.
#[derive(Default)]
pub(super) struct Statements {
    numbers: BTreeMap<Arc<Key>, u32>,
    slots: Vec<Option<Entry>>,
    /// Slots that wait for another statement.
    free: Vec<u32>,
    ranges: Ranges,
    /// By product: the ranges that are vulnerable, and whose word that is, ascending.
    postings: Vec<Vec<Posting>>,
}

/// A range of a product that a statement says is vulnerable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Posting {
    pub(super) range: u32,
    pub(super) statement: u32,
}

/// What is kept of a statement.
pub(super) struct Entry {
    pub(super) key: Arc<Key>,
    pub(super) disputed: bool,
    pub(super) shape: Shape,
}

/// What a statement asks of a subject.
pub(super) enum Shape {
    /// One vulnerable component, whatever else is there: products with ranges.
    Plain(Box<[(u32, u32)]>),
    /// More than that.
    Branches(Branches),
}

/// Trees of conditions, each of which reaches what it reaches whatever the others say. Vendors of hardware list hundreds.
pub(super) struct Branches {
    trees: Box<[Tree<Leaf>]>,
    /// The products that are vulnerable, and in which of the trees, ascending.
    of_product: Box<[(u32, u32)]>,
}

impl Branches {
    fn of(tree: Tree<Leaf>) -> Self {
        let trees: Box<[_]> = tree.branches().into();
        let products = (0..).zip(&trees).flat_map(|(place, tree)| vulnerable(tree).map(move |leaf| (leaf.product, place)));
        let of_product = sorted(products.collect());
        Self { trees, of_product }
    }

    /// All leafs.
    pub(super) fn leafs(&self) -> impl Iterator<Item = &Leaf> {
        self.trees.iter().flat_map(Tree::leafs)
    }

    /// The trees that can reach one of these products, in their order.
    pub(super) fn about(&self, products: impl Iterator<Item = u32>) -> impl Iterator<Item = &Tree<Leaf>> {
        let about = products.flat_map(|product| {
            let first = self.of_product.partition_point(|(other, _)| *other < product);
            self.of_product[first..].iter().take_while(move |(other, _)| *other == product).map(|(_, place)| *place)
        });
        sorted(about.collect()).into_iter().map(|place| &self.trees[place as usize])
    }
}

/// A product with versions, in numbers.
#[derive(Clone, Copy)]
pub(super) struct Leaf {
    pub(super) product: u32,
    pub(super) range: u32,
    pub(super) target: Option<u32>,
    pub(super) vulnerable: bool,
}

impl Shape {
    fn of(tree: Tree<Leaf>) -> Self {
        if tree.is_plain() && tree.leafs().all(|leaf| leaf.target.is_none()) {
            return Self::Plain(sorted(vulnerable(&tree).map(|leaf| (leaf.product, leaf.range)).collect()));
        }
        Self::Branches(Branches::of(tree))
    }

    /// The products that are vulnerable, with the ranges, ascending, each pair once.
    pub(super) fn vulnerable(&self) -> Box<[(u32, u32)]> {
        match self {
            Self::Plain(pairs) => pairs.clone(),
            Self::Branches(branches) => {
                let leafs = branches.leafs().filter(|leaf| leaf.vulnerable);
                sorted(leafs.map(|leaf| (leaf.product, leaf.range)).collect())
            }
        }
    }
}

fn vulnerable(tree: &Tree<Leaf>) -> impl Iterator<Item = &Leaf> {
    tree.leafs().filter(|leaf| leaf.vulnerable)
}

/// Ascending, each once.
pub(super) fn sorted<T: Ord>(mut values: Vec<T>) -> Box<[T]> {
    values.sort_unstable();
    values.dedup();
    values.into()
}

impl Statements {
    /// Takes a statement in, in place of what its source said before.
    pub(super) fn put(&mut self, statement: &Statement, names: &mut Names) {
        let key = Key::of(statement);
        self.drop(&key);
        if !statement.standing.is_matched() {
            return;
        }
        let tree = Tree::any(&statement.affects, &mut |affected, vulnerable| {
            let target = signs::fold(&affected.target);
            Leaf {
                product: names.products.put(affected.product.as_str()),
                range: self.ranges.put(&affected.versions),
                target: (!target.is_empty()).then(|| names.words.put(&target)),
                vulnerable,
            }
        });
        let shape = Shape::of(tree);
        let vulnerable = shape.vulnerable();
        if vulnerable.is_empty() {
            return;
        }
        let statement_number = self.free.pop().unwrap_or_else(|| number(self.slots.len()));
        for (product, range) in vulnerable {
            let posting = Posting { range, statement: statement_number };
            let postings = at(&mut self.postings, product);
            if let Err(place) = postings.binary_search(&posting) {
                postings.insert(place, posting);
            }
        }
        let key = Arc::new(key);
        self.numbers.insert(key.clone(), statement_number);
        let entry = Entry { key, disputed: statement.standing == Standing::Disputed, shape };
        *at(&mut self.slots, statement_number) = Some(entry);
    }

    /// Takes a statement out.
    pub(super) fn drop(&mut self, key: &Key) {
        let Some(statement) = self.numbers.remove(key) else { return };
        let entry = self.slots[statement as usize].take();
        for (product, range) in entry.into_iter().flat_map(|entry| entry.shape.vulnerable()) {
            let postings = at(&mut self.postings, product);
            if let Ok(place) = postings.binary_search(&Posting { range, statement }) {
                postings.remove(place);
            }
        }
        self.free.push(statement);
    }

    /// A statement by name.
    pub(super) fn find(&self, key: &Key) -> Option<&Entry> {
        self.get(*self.numbers.get(key)?)
    }

    /// A statement by number.
    pub(super) fn get(&self, number: u32) -> Option<&Entry> {
        self.slots[number as usize].as_ref()
    }

    /// What is said of a product.
    pub(super) fn postings(&self, product: u32) -> &[Posting] {
        self.postings.get(product as usize).map_or(&[], Vec::as_slice)
    }

    /// A range of versions by number.
    pub(super) fn range(&self, number: u32) -> &Compiled {
        &self.ranges.compiled[number as usize]
    }

    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }
}

/// Ranges of versions, each once.
#[derive(Default)]
struct Ranges {
    /// By hash of the versions as written, and how many with this hash came before.
    numbers: BTreeMap<(u64, u32), u32>,
    compiled: Vec<Compiled>,
}

impl Ranges {
    fn put(&mut self, versions: &Versions) -> u32 {
        let compiled = Compiled::of(versions);
        let mut hasher = DefaultHasher::new();
        versions.hash(&mut hasher);
        let mut place = (hasher.finish(), 0);
        // Other versions may have the same hash; then the next place is looked at.
        while let Some(number) = self.numbers.get(&place) {
            if self.compiled[*number as usize] == compiled {
                return *number;
            }
            place.1 += 1;
        }
        let number = number(self.compiled.len());
        self.numbers.insert(place, number);
        self.compiled.push(compiled);
        number
    }
}
