//! One automaton over the literals of many patterns: a text tells in one pass which patterns may match it.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use std::collections::BTreeMap;

/// Length of all literals up to which the fast kind of automaton is built, in bytes; it takes some 300 bytes of memory for each.
const MOST_FOR_DFA: usize = 80 << 10;

/// Literals with the patterns that need them.
pub(crate) struct Prefilter {
    automaton: Option<AhoCorasick>,
    owners: Vec<Box<[u32]>>,
}

impl Prefilter {
    /// Builds the automaton; patterns are numbers of the caller's. `pages`: it is to read whole pages, so that speed is worth memory.
    pub(crate) fn new(literals: &BTreeMap<Vec<u8>, Vec<u32>>, pages: bool) -> Prefilter {
        let owners = literals.values().map(|owners| owners.clone().into_boxed_slice()).collect();
        // Beyond the automaton's limits (2^31 states; bounded sources stay far below) nothing would be found; building a smaller kind is tried.
        let build = |kind| {
            AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .match_kind(MatchKind::Standard)
                .kind(Some(kind))
                .build(literals.keys())
                .ok()
        };
        let automaton = if literals.is_empty() {
            None
        } else if pages && literals.keys().map(Vec::len).sum::<usize>() <= MOST_FOR_DFA {
            build(AhoCorasickKind::DFA).or_else(|| build(AhoCorasickKind::ContiguousNFA))
        } else {
            build(AhoCorasickKind::ContiguousNFA).or_else(|| build(AhoCorasickKind::NoncontiguousNFA))
        };
        Prefilter { automaton, owners }
    }

    /// Every literal in the text, in the order of their ends: start, end and the patterns that need it.
    pub(crate) fn hits<'s>(&'s self, text: &'s [u8]) -> impl Iterator<Item = (usize, usize, &'s [u32])> {
        self.automaton
            .iter()
            .flat_map(move |automaton| automaton.find_overlapping_iter(text))
            .map(|hit| (hit.start(), hit.end(), &*self.owners[hit.pattern().as_usize()]))
    }

    /// Memory it takes, in bytes.
    pub(crate) fn memory(&self) -> usize {
        self.automaton.as_ref().map_or(0, AhoCorasick::memory_usage)
            + self.owners.iter().map(|owners| owners.len() * 4 + 16).sum::<usize>()
    }
}
