//! From pairs to links: who is whose other name, in one step, without ever joining what must stay apart.
//!
//! Invariant: the result is a function of the set of pairs. Nothing with two different marks (codes, owners) is joined, nothing that a person
//! held apart is, and nobody is the alias of two.

use std::collections::BTreeMap;

use jiff::Timestamp;
use model::ledger::claim::{Link, Sameness};
use model::ledger::entity::EntityId;
use model::text::Text;

/// The things that are joined, numbered in the order in which they may stand for others: the first of a group does.
pub(super) trait Rows {
    /// The name under which a row is filed.
    fn id(&self, row: u32) -> EntityId;
    /// The row with that name.
    fn row(&self, id: &EntityId) -> Option<u32>;
    /// Two rows with different marks are never joined.
    fn mark(&self, row: u32) -> Option<&str>;
    /// How many there are.
    fn len(&self) -> u32;
    /// Why two marks cannot be of one thing.
    fn conflict(&self) -> Text;
    /// The reason of an edge in words.
    fn reason(&self, edge: &Edge) -> Text;
}

/// Two rows that are or may be one; `low` is before `high`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Edge {
    /// False for certain ones, so that these come first.
    doubtful: bool,
    pub(super) low: u32,
    pub(super) high: u32,
    pub(super) why: Why,
}

impl Edge {
    pub(super) fn new(one: u32, other: u32, why: Why, certain: bool) -> Self {
        Self { doubtful: !certain, low: one.min(other), high: one.max(other), why }
    }
}

/// Why two are or may be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Why {
    SameCode,
    SameName,
    FormerName,
    ShortName,
    Place,
    SeveralBearers,
    TwoCodes,
    NoPlace,
    Abbreviation,
    OneFiling,
    Www,
    OnlyName,
    AddressOfHost,
    /// The sign at this place among those that both show.
    Sign(u8),
}

/// The links of a set of edges. `persons` are links that persons made: theirs are kept to, and none of them is made again.
pub(super) fn links(rows: &impl Rows, mut edges: Vec<Edge>, persons: &[Link], at: Timestamp) -> Vec<Link> {
    edges.sort_unstable();
    edges.dedup();
    let mut groups = Groups::new(rows, persons);
    let mut joined: BTreeMap<u32, Vec<Edge>> = BTreeMap::new();
    let mut doubts: BTreeMap<(u32, u32), Vec<Text>> = BTreeMap::new();
    let mut open = Vec::new();
    for edge in edges {
        if !edge.doubtful && groups.join(edge.low, edge.high) {
            joined.entry(edge.low).or_default().push(edge);
            joined.entry(edge.high).or_default().push(edge);
        } else {
            open.push(edge);
        }
    }
    let standing = groups.standing();
    for edge in open {
        let (low, high) = (standing[edge.low as usize], standing[edge.high as usize]);
        if low == high || groups.held_apart(low, high) {
            continue;
        }
        let reasons = doubts.entry((low.min(high), low.max(high))).or_default();
        push_new(reasons, rows.reason(&edge));
        if !edge.doubtful {
            push_new(reasons, rows.conflict());
        }
    }
    let same = joined.iter().filter(|(row, _)| standing[**row as usize] != **row && !groups.is_persons_alias(**row));
    let same = same.map(|(row, edges)| {
        let mut reasons = Vec::new();
        edges.iter().for_each(|edge| push_new(&mut reasons, rows.reason(edge)));
        link(rows, *row, standing[*row as usize], Sameness::Same, reasons, at)
    });
    let doubtful = doubts.into_iter().map(|((low, high), reasons)| link(rows, high, low, Sameness::Doubtful, reasons, at));
    let mut links: Vec<Link> = same.chain(doubtful).collect();
    links.sort_unstable_by(|one, other| (&one.alias, &one.entity).cmp(&(&other.alias, &other.entity)));
    links
}

fn push_new(reasons: &mut Vec<Text>, reason: Text) {
    if !reasons.contains(&reason) {
        reasons.push(reason);
    }
}

fn link(rows: &impl Rows, alias: u32, entity: u32, sameness: Sameness, reasons: Vec<Text>, at: Timestamp) -> Link {
    Link { alias: rows.id(alias), entity: rows.id(entity), sameness, reasons, person: None, at }
}

/// Groups of rows that are one thing (union-find).
struct Groups<'a, R: Rows> {
    rows: &'a R,
    /// Of each row, one that is nearer to its group's root; roots name themselves.
    up: Vec<u32>,
    /// Of each root, a row of the group that has a mark.
    marked: BTreeMap<u32, u32>,
    /// Of each root, rows that no row of the group may be joined with.
    apart: BTreeMap<u32, Vec<u32>>,
    /// What persons made the alias of what.
    persons: BTreeMap<u32, u32>,
}

impl<'a, R: Rows> Groups<'a, R> {
    fn new(rows: &'a R, persons: &[Link]) -> Self {
        let up = (0..rows.len()).collect();
        let mut groups = Self { rows, up, marked: BTreeMap::new(), apart: BTreeMap::new(), persons: BTreeMap::new() };
        groups.marked = (0..rows.len()).filter(|row| rows.mark(*row).is_some()).map(|row| (row, row)).collect();
        let known = persons.iter().filter(|link| link.person.is_some());
        let mut known: Vec<(u32, u32, Sameness)> =
            known.filter_map(|link| Some((rows.row(&link.alias)?, rows.row(&link.entity)?, link.sameness))).collect();
        known.sort_unstable();
        for (alias, entity, sameness) in &known {
            if *sameness == Sameness::Same {
                groups.persons.insert(*alias, *entity);
                groups.unite(*alias, *entity);
            }
        }
        // What a person finds doubtful is not joined either until the person decides.
        for (alias, entity, sameness) in known {
            if sameness != Sameness::Same {
                let (alias_root, entity_root) = (groups.root(alias), groups.root(entity));
                groups.apart.entry(alias_root).or_default().push(entity);
                groups.apart.entry(entity_root).or_default().push(alias);
            }
        }
        groups
    }

    fn root(&mut self, row: u32) -> u32 {
        let mut at = row;
        while self.up[at as usize] != at {
            let above = self.up[at as usize];
            self.up[at as usize] = self.up[above as usize];
            at = above;
        }
        at
    }

    /// Joins two groups unless something speaks against it.
    fn join(&mut self, one: u32, other: u32) -> bool {
        let (one, other) = (self.root(one), self.root(other));
        if one == other {
            return true;
        }
        let mark = |groups: &Self, root| groups.marked.get(&root).and_then(|row| groups.rows.mark(*row));
        if let (Some(one), Some(other)) = (mark(self, one), mark(self, other))
            && one != other
        {
            return false;
        }
        if self.held_apart(one, other) {
            return false;
        }
        self.unite(one, other);
        true
    }

    fn unite(&mut self, one: u32, other: u32) {
        let (one, other) = (self.root(one), self.root(other));
        if one == other {
            return;
        }
        let (low, high) = (one.min(other), one.max(other));
        self.up[high as usize] = low;
        if let Some(marked) = self.marked.remove(&high) {
            self.marked.entry(low).or_insert(marked);
        }
        if let Some(apart) = self.apart.remove(&high) {
            self.apart.entry(low).or_default().extend(apart);
        }
    }

    /// True when a person holds rows of both groups apart.
    fn held_apart(&mut self, one: u32, other: u32) -> bool {
        let (one, other) = (self.root(one), self.root(other));
        let Some(against) = self.apart.get(&one).cloned() else { return false };
        against.into_iter().any(|row| self.root(row) == other)
    }

    fn is_persons_alias(&self, row: u32) -> bool {
        self.persons.contains_key(&row)
    }

    /// Of each row, the one that stands for its group: whom a person chose, else the first.
    fn standing(&mut self) -> Vec<u32> {
        let mut chosen: BTreeMap<u32, u32> = BTreeMap::new();
        let targets: Vec<u32> = self.persons.values().copied().filter(|row| !self.persons.contains_key(row)).collect();
        for row in targets {
            let root = self.root(row);
            let first = chosen.entry(root).or_insert(row);
            *first = row.min(*first);
        }
        (0..self.rows.len())
            .map(|row| {
                let root = self.root(row);
                chosen.get(&root).copied().unwrap_or(root)
            })
            .collect()
    }
}
