//! Ranges in CIDR form with their owners, which nest and repeat: all that hold an address are found, the narrowest first.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;

use crate::ranges::{Gathered, Ranges};

/// Ranges with owners, by which a lookup is one search and then one step for each wider range.
pub(crate) struct Prefixes {
    prefixes: Vec<Prefix>,
    /// Sets of owners, each once.
    owners: Vec<Vec<u32>>,
    narrowest: Ranges,
}

struct Prefix {
    range: IpNet,
    /// The next wider range that is known.
    wider: Option<u32>,
    owners: u32,
}

impl Prefixes {
    pub(crate) fn build(owners_of: BTreeMap<IpNet, BTreeSet<u32>>) -> Self {
        let (mut prefixes, mut owners, mut known) = (Vec::<Prefix>::with_capacity(owners_of.len()), Vec::new(), BTreeMap::new());
        let mut narrowest = Gathered::default();
        // The last range and those around it, widest first: in order of addresses a wider range comes before what it holds.
        let mut around: Vec<u32> = Vec::new();
        for (range, set) in owners_of {
            let place = prefixes.len() as u32;
            while around.last().is_some_and(|last| !prefixes[*last as usize].range.contains(&range)) {
                around.pop();
            }
            let set: Vec<u32> = set.into_iter().collect();
            let set = *known.entry(set).or_insert_with_key(|set| {
                owners.push(set.clone());
                (owners.len() - 1) as u32
            });
            prefixes.push(Prefix { range, wider: around.last().copied(), owners: set });
            around.push(place);
            // Both ends are of one family and in order, so that this cannot fail.
            let _ = narrowest.add(range.network(), range.broadcast(), place);
        }
        Self { prefixes, owners, narrowest: narrowest.build() }
    }

    /// The ranges that hold an address, the narrowest first, each with its owners.
    pub(crate) fn of(&self, ip: IpAddr) -> impl Iterator<Item = (IpNet, &[u32])> {
        let at = |place: u32| self.prefixes.get(place as usize);
        let narrowest = self.narrowest.get(ip).and_then(at);
        let all = std::iter::successors(narrowest, move |prefix| prefix.wider.and_then(at));
        all.map(|prefix| (prefix.range, self.owners[prefix.owners as usize].as_slice()))
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use proptest::prelude::*;

    use super::*;

    /// Few distinct bits, so that ranges nest and repeat.
    fn range() -> impl Strategy<Value = IpNet> {
        let v4 = (0..16_u32, 0..=32_u8)
            .prop_map(|(bits, length)| IpNet::new(Ipv4Addr::from_bits(bits << 28 | bits).into(), length).expect("a length"));
        let v6 = (0..16_u128, 0..=128_u8)
            .prop_map(|(bits, length)| IpNet::new(Ipv6Addr::from_bits(bits << 124 | bits).into(), length).expect("a length"));
        prop_oneof![v4, v6].prop_map(|range| range.trunc())
    }

    proptest! {
        #[test]
        fn a_lookup_equals_a_scan(ranges in prop::collection::vec((range(), 0..4_u32), 0..40)) {
            let mut owners_of: BTreeMap<IpNet, BTreeSet<u32>> = BTreeMap::new();
            for (range, owner) in &ranges {
                owners_of.entry(*range).or_default().insert(*owner);
            }
            let prefixes = Prefixes::build(owners_of.clone());
            for ip in ranges.iter().flat_map(|(range, _)| [range.network(), range.broadcast()]) {
                let mut naive: Vec<_> = owners_of.iter().filter(|(range, _)| range.contains(&ip)).collect();
                naive.sort_by_key(|(range, _)| std::cmp::Reverse(range.prefix_len()));
                let naive: Vec<_> = naive.into_iter().map(|(range, set)| (*range, set.iter().copied().collect::<Vec<_>>())).collect();
                let found: Vec<_> = prefixes.of(ip).map(|(range, set)| (range, set.to_vec())).collect();
                prop_assert_eq!(found, naive);
            }
        }
    }
}
