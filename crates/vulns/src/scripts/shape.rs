//! What can be told of a pattern without running it: texts that must stand in a match, how long a match can be, and what a search costs.

use regex_syntax::hir::{Class, Hir, HirKind, Look};

/// How many literals may stand for one pattern.
const MOST: usize = 24;
/// The shortest literal worth looking for, in bytes.
const LEAST: usize = 3;
/// What an unbounded run of a few characters (blanks, a version) may hold, in bytes: no such run in a library is longer.
const RUN: usize = 4096;
/// A class with at most so many members runs over blanks or a version, not over a whole file.
const FEW: usize = 80;

/// What is known of a pattern.
#[derive(Debug)]
pub(super) struct Shape {
    /// Texts of which every match holds at least one; empty where there are none.
    pub literals: Vec<Vec<u8>>,
    /// The most bytes of a match; `None` when it may hold the whole text.
    pub reach: Option<usize>,
    /// Steps for each byte of text at worst.
    pub cost: u64,
}

impl Shape {
    /// Looks at a parsed pattern.
    pub fn of(hir: &Hir) -> Self {
        let literals = needed(hir).filter(|literals| literals.iter().all(|literal| literal.len() >= LEAST));
        Self { literals: literals.unwrap_or_default(), reach: reach(hir), cost: cost(hir) }
    }
}

/// Texts of which every match holds at least one.
fn needed(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    match hir.kind() {
        HirKind::Literal(literal) => Some(vec![literal.0.to_vec()]),
        HirKind::Capture(capture) => needed(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => needed(&repetition.sub),
        HirKind::Concat(parts) => {
            let shortest = |literals: &Vec<Vec<u8>>| literals.iter().map(Vec::len).min();
            parts.iter().filter_map(needed).max_by_key(shortest)
        }
        HirKind::Alternation(parts) => {
            let all = parts.iter().map(needed).collect::<Option<Vec<_>>>()?.concat();
            (all.len() <= MOST).then_some(all)
        }
        HirKind::Empty | HirKind::Look(_) | HirKind::Class(_) | HirKind::Repetition(_) => None,
    }
}

fn reach(hir: &Hir) -> Option<usize> {
    match hir.kind() {
        HirKind::Empty => Some(0),
        // Where a text ends can be told only by the whole of it.
        HirKind::Look(look) => (*look != Look::End).then_some(0),
        HirKind::Literal(literal) => Some(literal.0.len()),
        HirKind::Class(class) => class.maximum_len(),
        HirKind::Capture(capture) => reach(&capture.sub),
        HirKind::Repetition(repetition) => match repetition.max {
            Some(most) => Some(reach(&repetition.sub)?.saturating_mul(most as usize)),
            None => is_few(&repetition.sub).then_some(RUN),
        },
        HirKind::Concat(parts) => parts.iter().map(reach).try_fold(0, |sum: usize, part| Some(sum.saturating_add(part?))),
        HirKind::Alternation(parts) => parts.iter().map(reach).try_fold(0, |most: usize, part| Some(most.max(part?))),
    }
}

/// True of a class with few members.
fn is_few(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Class(Class::Bytes(class)) => class.iter().map(|range| range.len()).sum::<usize>() <= FEW,
        HirKind::Class(Class::Unicode(class)) => class.iter().map(|range| range.len()).sum::<usize>() <= FEW,
        HirKind::Capture(capture) => is_few(&capture.sub),
        HirKind::Literal(literal) => literal.0.len() == 1,
        _ => false,
    }
}

fn cost(hir: &Hir) -> u64 {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len() as u64,
        HirKind::Class(Class::Unicode(class)) => (class.ranges().len() as u64).saturating_mul(4),
        HirKind::Class(Class::Bytes(_)) => 1,
        HirKind::Capture(capture) => cost(&capture.sub).saturating_add(2),
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min).max(1);
            cost(&repetition.sub).saturating_add(1).saturating_mul(times.into())
        }
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().map(cost).fold(0, |sum: u64, part| sum.saturating_add(part))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(pattern: &str) -> Shape {
        let mut parser = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build();
        Shape::of(&parser.parse(pattern).expect(pattern))
    }

    #[test]
    fn the_longest_text_that_must_stand_is_taken() {
        assert_eq!(shape("a+jQuery v([0-9]+)x").literals, [b"jQuery v".to_vec()]);
        assert_eq!(shape("(?:const|var) z").literals, [b"const".to_vec(), b"var".to_vec()]);
        assert!(shape("ab").literals.is_empty() && shape("(?:abc)?d").literals.is_empty() && shape("abc|.").literals.is_empty());
    }

    #[test]
    fn a_match_is_as_long_as_its_parts() {
        assert_eq!(shape("ab.{2,5}(c|def)").reach, Some(10));
        assert_eq!(shape("a[0-9]+").reach, Some(1 + RUN));
        assert_eq!(shape("a.*b").reach, None);
        assert_eq!(shape("a$").reach, None);
        assert!(shape("a.{0,8000}").cost > 8000);
    }
}
