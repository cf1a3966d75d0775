//! Sets of versions, compiled: whether a version that was read is in them, and which is the first that is not any more.
//!
//! Invariant: a set is spans that neither touch nor overlap, ascending. A span that ends before it begins holds nothing and is no error.

use model::advisory::{Bound, Ordering, Reading, Told, Versions};

use crate::version::{Key, line_end, upstream};

/// Whether a set holds a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holds {
    /// It does not.
    No,
    /// The version is not known, and the set holds some.
    Unknown,
    /// Some of the line, or some of what is at least so high.
    Reaches,
    /// It does.
    Yes,
}

/// A set of versions to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiled {
    ordering: Ordering,
    spans: Box<[Span]>,
}

/// A span. The ends are edges between versions, so that a bound that is inside and one that is outside compare as one.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Span {
    from: Edge,
    to: Edge,
    /// The version that the upper end names, where it is outside.
    fixed: Option<Box<str>>,
}

/// What a reading means in one order, to be asked of many sets: all between two edges, which are one where it is a single version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    from: Edge,
    to: Edge,
    is_unknown: bool,
}

/// A place between versions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Edge {
    /// Before all.
    Start,
    /// Before the version where the flag is false, behind it where it is true.
    At(Key, bool),
    /// Behind all.
    End,
}

impl Compiled {
    /// Compiles a set.
    pub fn of(versions: &Versions) -> Self {
        let ordering = versions.ordering;
        let before = |version: &str| Edge::At(Key::of(ordering, version), false);
        let behind = |version: &str| Edge::At(Key::with_updates(ordering, version), true);
        let spanned = versions.spans.iter().map(|span| Span {
            from: match &span.from {
                Bound::Open => Edge::Start,
                Bound::Including(version) => before(version),
                Bound::Excluding(version) => behind(version),
            },
            to: match &span.to {
                Bound::Open => Edge::End,
                Bound::Including(version) => behind(version),
                Bound::Excluding(version) => before(version),
            },
            fixed: match &span.to {
                Bound::Excluding(version) => Some(version.as_str().into()),
                Bound::Open | Bound::Including(_) => None,
            },
        });
        let listed = versions.listed.iter().map(|version| Span { from: before(version), to: behind(version), fixed: None });
        let all = versions.all.then_some(Span { from: Edge::Start, to: Edge::End, fixed: None });
        let mut spans = merged(spanned.chain(listed).chain(all).collect());
        for version in &versions.except {
            spans = without(spans, &before(version), &behind(version));
        }
        Self { ordering, spans: spans.into() }
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The order in which its versions stand.
    pub fn ordering(&self) -> Ordering {
        self.ordering
    }

    /// Whether a version is in the set. Of a line and of a lower bound all that they may mean is looked at; an unknown version is in a set of
    /// all versions alone.
    pub fn holds(&self, reading: &Reading) -> Holds {
        if self.is_empty() { Holds::No } else { self.holds_asked(&Asked::of(self.ordering, reading)) }
    }

    /// The same of a version that was read for the set's order before.
    pub fn holds_asked(&self, asked: &Asked) -> Holds {
        match self.first_above(asked) {
            Some(span) if span.from <= asked.from && asked.to <= span.to => Holds::Yes,
            Some(_) if asked.is_unknown => Holds::Unknown,
            Some(span) if span.from < asked.to => Holds::Reaches,
            _ => Holds::No,
        }
    }

    /// What the reading means in this order: a package of a distribution is exact in the order of packages, where its revision counts, if it
    /// bears one.
    pub fn told(&self, reading: &Reading) -> Told {
        match reading.told {
            Told::Backported if is_of_packages(self.ordering) && upstream(&reading.number) != reading.number => Told::Exact,
            told => told,
        }
    }

    /// The lowest version named that is not in the set any more, above the one that is in it; for a line or a lower bound above where the set
    /// begins to hold some of it; for an unknown version above all that the set holds.
    pub fn fixed_in(&self, reading: &Reading) -> Option<&str> {
        let asked = Asked::of(self.ordering, reading);
        let span = if asked.is_unknown { self.spans.last() } else { self.first_above(&asked) };
        span.filter(|span| span.from <= asked.from || span.from < asked.to)?.fixed.as_deref()
    }

    /// The first span that does not end before what is asked for begins.
    fn first_above(&self, asked: &Asked) -> Option<&Span> {
        self.spans.get(self.spans.partition_point(|span| span.to <= asked.from))
    }
}

impl Asked {
    /// Reads what a version means in an order.
    pub fn of(ordering: Ordering, reading: &Reading) -> Self {
        let before = |version: &str| Edge::At(Key::of(ordering, version), false);
        let number = match reading.told {
            // Of a distribution's package what its author wrote, except where packages themselves are compared.
            Told::Backported if !is_of_packages(ordering) => upstream(&reading.number),
            _ => &reading.number,
        };
        let (from, to) = match reading.told {
            Told::Unknown => (Edge::Start, Edge::End),
            Told::AtLeast => (before(number), Edge::End),
            Told::Exact | Told::Backported => (before(number), before(number)),
            Told::Line => (before(number), before(line_end(number).as_deref().unwrap_or(number))),
        };
        Self { from, to, is_unknown: reading.told == Told::Unknown }
    }
}

/// Whether the order is that of packages, whose revisions count.
fn is_of_packages(ordering: Ordering) -> bool {
    matches!(ordering, Ordering::Debian | Ordering::Rpm)
}

/// The same set as spans that ascend and neither touch nor overlap.
fn merged(mut spans: Vec<Span>) -> Vec<Span> {
    spans.retain(|span| span.from < span.to);
    spans.sort_by(|one, other| one.from.cmp(&other.from));
    let mut merged: Vec<Span> = Vec::new();
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.from <= last.to => {
                if span.to > last.to {
                    (last.to, last.fixed) = (span.to, span.fixed);
                }
            }
            _ => merged.push(span),
        }
    }
    merged
}

/// The spans without what stands between two edges. What is left below it is still said to be mended where the whole span was.
fn without(spans: Vec<Span>, from: &Edge, to: &Edge) -> Vec<Span> {
    let mut left = Vec::with_capacity(spans.len() + 1);
    for span in spans {
        let below = Span { to: span.to.clone().min(from.clone()), ..span.clone() };
        let above = Span { from: span.from.clone().max(to.clone()), ..span };
        left.extend([below, above].into_iter().filter(|span| span.from < span.to));
    }
    left
}

#[cfg(test)]
mod tests;
