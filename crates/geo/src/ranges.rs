//! Ranges of addresses with a value each, for lookups by address.
//!
//! Invariant: where ranges overlap the narrowest has the say, of equally narrow ones the one that begins first, then the one added first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::IpAddr;

/// No value.
const NONE: u32 = u32::MAX;

/// The ranges, cut into segments that do not overlap.
pub(crate) struct Ranges {
    v4: Segments<u32>,
    v6: Segments<u128>,
}

/// Each segment reaches to the next one's beginning.
struct Segments<K> {
    beginnings: Vec<K>,
    values: Vec<u32>,
}

impl Ranges {
    /// The value at an address.
    pub(crate) fn get(&self, ip: IpAddr) -> Option<u32> {
        match ip {
            IpAddr::V4(ip) => self.v4.get(ip.to_bits()),
            IpAddr::V6(ip) => self.v6.get(ip.to_bits()),
        }
    }
}

impl<K: Copy + Ord + TryFrom<u128>> Segments<K> {
    fn get(&self, key: K) -> Option<u32> {
        let after = self.beginnings.partition_point(|beginning| *beginning <= key);
        let value = *self.values.get(after.checked_sub(1)?)?;
        (value != NONE).then_some(value)
    }

    fn cut(intervals: Vec<Interval>) -> Self {
        // Only a beginning behind the last address does not fit, and nothing lies there.
        let segments = cut(intervals).into_iter().filter_map(|(beginning, value)| Some((K::try_from(beginning).ok()?, value)));
        let (beginnings, values) = segments.unzip();
        Self { beginnings, values }
    }
}

struct Interval {
    first: u128,
    last: u128,
    value: u32,
}

/// Ranges that are being gathered.
#[derive(Default)]
pub(crate) struct Gathered {
    v4: Vec<Interval>,
    v6: Vec<Interval>,
}

impl Gathered {
    /// Adds a range, both ends included. `value` is less than `u32::MAX`.
    pub(crate) fn add(&mut self, first: IpAddr, last: IpAddr, value: u32) -> Result<(), &'static str> {
        let (list, first, last) = match (first, last) {
            (IpAddr::V4(first), IpAddr::V4(last)) => (&mut self.v4, first.to_bits().into(), last.to_bits().into()),
            (IpAddr::V6(first), IpAddr::V6(last)) => (&mut self.v6, first.to_bits(), last.to_bits()),
            _ => return Err("one end is IPv4, the other IPv6"),
        };
        if first > last {
            return Err("the range ends before it begins");
        }
        list.push(Interval { first, last, value });
        Ok(())
    }

    pub(crate) fn len(&self) -> usize {
        self.v4.len() + self.v6.len()
    }

    pub(crate) fn build(self) -> Ranges {
        Ranges { v4: Segments::cut(self.v4), v6: Segments::cut(self.v6) }
    }
}

/// Sweeps over the ends of all intervals, with those open at the time in a heap, the narrowest on top.
fn cut(mut intervals: Vec<Interval>) -> Vec<(u128, u32)> {
    intervals.sort_by_key(|interval| interval.first);
    let ends = intervals.iter().filter_map(|interval| interval.last.checked_add(1));
    let mut cuts: Vec<u128> = intervals.iter().map(|interval| interval.first).chain(ends).collect();
    cuts.sort_unstable();
    cuts.dedup();
    let mut coming = intervals.iter().enumerate().peekable();
    let mut open = BinaryHeap::new();
    let mut segments: Vec<(u128, u32)> = Vec::with_capacity(cuts.len());
    for cut in cuts {
        while let Some((order, interval)) = coming.next_if(|(_, interval)| interval.first == cut) {
            open.push(Reverse((interval.last - interval.first, order)));
        }
        while open.peek().is_some_and(|Reverse((_, order))| intervals[*order].last < cut) {
            open.pop();
        }
        let value = open.peek().map_or(NONE, |Reverse((_, order))| intervals[*order].value);
        if segments.last().map_or(NONE, |(_, value)| *value) != value {
            segments.push((cut, value));
        }
    }
    segments.shrink_to_fit();
    segments
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use proptest::prelude::*;

    use super::*;

    fn naive(ranges: &[(u128, u128)], key: u128) -> Option<u32> {
        let holding = ranges.iter().enumerate().filter(|(_, (first, last))| (*first..=*last).contains(&key));
        holding.min_by_key(|(order, (first, last))| (last - first, *first, *order)).map(|(order, _)| order as u32)
    }

    fn ends(top: u128) -> impl Strategy<Value = (u128, u128)> {
        // Few distinct ends, so that ranges touch, nest, cross and repeat; and both ends of the space.
        let end = move || prop_oneof![0..24_u128, Just(top), Just(top - 1)];
        (end(), end()).prop_map(|(one, other)| (one.min(other), one.max(other)))
    }

    proptest! {
        #[test]
        fn a_lookup_equals_a_scan(v4 in prop::collection::vec(ends(u32::MAX.into()), 0..12), v6 in prop::collection::vec(ends(u128::MAX), 0..12)) {
            let mut gathered = Gathered::default();
            let v4_address = |bits: u128| IpAddr::V4(Ipv4Addr::from_bits(bits as u32));
            let v6_address = |bits: u128| IpAddr::V6(Ipv6Addr::from_bits(bits));
            for (order, (first, last)) in v4.iter().enumerate() {
                gathered.add(v4_address(*first), v4_address(*last), order as u32).expect("in order");
            }
            for (order, (first, last)) in v6.iter().enumerate() {
                gathered.add(v6_address(*first), v6_address(*last), order as u32).expect("in order");
            }
            let ranges = gathered.build();
            for key in (0..26).chain([u32::MAX.into(), u128::from(u32::MAX) - 1]) {
                prop_assert_eq!(ranges.get(v4_address(key)), naive(&v4, key));
            }
            for key in (0..26).chain([u128::MAX, u128::MAX - 1, 1 << 90]) {
                prop_assert_eq!(ranges.get(v6_address(key)), naive(&v6, key));
            }
        }
    }

    #[test]
    fn ranges_that_are_none() {
        let mut gathered = Gathered::default();
        let address = |text: &str| text.parse().expect("an address");
        assert!(gathered.add(address("1.0.0.1"), address("1.0.0.0"), 0).is_err());
        assert!(gathered.add(address("1.0.0.1"), address("::2"), 0).is_err());
        assert_eq!((gathered.len(), gathered.build().get(address("1.0.0.1"))), (0, None));
    }
}
