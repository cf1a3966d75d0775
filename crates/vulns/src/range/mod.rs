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

    /// Whether a version is in the set. Of a line and of a lower bound all that they may mean is looked at; an unknown version is in a set of
    /// all versions alone.
    pub fn holds(&self, reading: &Reading) -> Holds {
        if self.is_empty() {
            return Holds::No;
        }
        match reading.told {
            Told::Exact | Told::Backported => match self.span_of(&self.key(reading)) {
                Some(_) => Holds::Yes,
                None => Holds::No,
            },
            Told::Unknown => match self.of_stretch(&Edge::Start, &Edge::End) {
                Holds::Yes => Holds::Yes,
                _ => Holds::Unknown,
            },
            Told::AtLeast => self.of_stretch(&Edge::At(Key::of(self.ordering, &reading.number), false), &Edge::End),
            Told::Line => {
                let from = Edge::At(Key::of(self.ordering, &reading.number), false);
                let end = line_end(&reading.number).map(|end| Edge::At(Key::of(self.ordering, &end), false));
                self.of_stretch(&from, &end.unwrap_or_else(|| from.clone()))
            }
        }
    }

    /// What the reading means in this order: a package of a distribution is exact in the order of packages, where its revision counts, if it
    /// bears one.
    pub fn told(&self, reading: &Reading) -> Told {
        match reading.told {
            Told::Backported if self.is_of_packages() && upstream(&reading.number) != reading.number => Told::Exact,
            told => told,
        }
    }

    /// The lowest version named that is not in the set any more, above the one that is in it; for a line or a lower bound above where the set
    /// begins to hold some of it.
    pub fn fixed_in(&self, reading: &Reading) -> Option<&str> {
        let span = match reading.told {
            Told::Unknown => self.spans.last(),
            Told::Exact | Told::Backported => self.span_of(&self.key(reading)),
            Told::AtLeast | Told::Line => {
                let from = Edge::At(Key::of(self.ordering, &reading.number), false);
                self.spans.iter().find(|span| from < span.to)
            }
        };
        span?.fixed.as_deref()
    }

    fn is_of_packages(&self) -> bool {
        matches!(self.ordering, Ordering::Debian | Ordering::Rpm)
    }

    /// The version to compare: of a distribution's package what its author wrote, except where packages themselves are compared.
    fn key(&self, reading: &Reading) -> Key {
        let number = match reading.told {
            Told::Backported if !self.is_of_packages() => upstream(&reading.number),
            _ => &reading.number,
        };
        Key::of(self.ordering, number)
    }

    fn span_of(&self, key: &Key) -> Option<&Span> {
        // The spans ascend, and at most the last one that begins before the version can hold it.
        let edge = Edge::At(key.clone(), false);
        let place = self.spans.partition_point(|span| span.from <= edge);
        self.spans[..place].last().filter(|span| edge < span.to)
    }

    /// Whether the set holds all, some or nothing of what stands between two edges.
    fn of_stretch(&self, from: &Edge, to: &Edge) -> Holds {
        let place = self.spans.partition_point(|span| span.to <= *from);
        match self.spans.get(place) {
            Some(span) if span.from <= *from && *to <= span.to => Holds::Yes,
            Some(span) if span.from < *to => Holds::Reaches,
            _ => Holds::No,
        }
    }
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
