//! The written order of trust (`data/trust.toml`): whose word counts, by what is said.
//!
//! Invariant: a person comes first everywhere, and every attribute is in exactly one group. A test proves it of the file, which is compiled in.

use std::sync::LazyLock;

use model::ledger::attribute::Attribute;
use model::ledger::source::SourceKind;
use model::text::Text;
use serde::Deserialize;

/// A group of attributes with its order.
#[derive(Clone, Debug)]
pub struct Order {
    /// Machine name of the group.
    pub name: String,
    /// What it is about.
    pub attributes: Vec<Attribute>,
    /// Whose word counts, the most trusted first.
    pub kinds: Vec<SourceKind>,
    /// Why.
    pub why: Text,
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rest: Vec<SourceKind>,
    order: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    attributes: Vec<Attribute>,
    kinds: Vec<SourceKind>,
    #[serde(default)]
    only: bool,
    zh: String,
    en: String,
}

/// All groups with ranks looked up by attribute and kind.
struct Table {
    orders: Vec<Order>,
    /// Of each attribute, of each kind: its place, `SILENT` when its word does not count.
    ranks: Vec<Vec<u8>>,
}

const SILENT: u8 = u8::MAX;

static TABLE: LazyLock<Table> = LazyLock::new(|| read(include_str!("../data/trust.toml")));

#[expect(clippy::expect_used, reason = "the file is compiled in, and a test reads it")]
fn read(text: &str) -> Table {
    let file: File = toml::from_str(text).expect("the order of trust can be read");
    let mut ranks = vec![vec![SILENT; SourceKind::ALL.len()]; Attribute::ALL.len()];
    let mut orders = Vec::new();
    for written in file.order {
        let mut kinds = written.kinds;
        if !written.only {
            let others: Vec<SourceKind> = file.rest.iter().copied().filter(|kind| !kinds.contains(kind)).collect();
            kinds.extend(others);
        }
        for attribute in &written.attributes {
            for (rank, kind) in (0..SILENT).zip(&kinds) {
                ranks[*attribute as usize][*kind as usize] = rank;
            }
        }
        let why = Text::new(written.zh, written.en);
        orders.push(Order { name: written.name, attributes: written.attributes, kinds, why });
    }
    Table { orders, ranks }
}

/// All groups, in the order of the file.
pub fn orders() -> &'static [Order] {
    &TABLE.orders
}

/// The group of an attribute.
pub fn order(attribute: Attribute) -> Option<&'static Order> {
    orders().iter().find(|order| order.attributes.contains(&attribute))
}

/// The place of a kind of source in the order of an attribute, 0 the most trusted; `None` when its word does not count.
pub fn rank(attribute: Attribute, kind: SourceKind) -> Option<u8> {
    Some(TABLE.ranks[attribute as usize][kind as usize]).filter(|rank| *rank != SILENT)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_attribute_is_in_one_group() {
        let listed: Vec<Attribute> = orders().iter().flat_map(|order| order.attributes.clone()).collect();
        let known: BTreeSet<Attribute> = listed.iter().copied().collect();
        assert_eq!(listed.len(), known.len(), "an attribute is in two groups");
        let missing: Vec<_> = Attribute::ALL.iter().filter(|attribute| !known.contains(attribute)).collect();
        assert!(missing.is_empty(), "no group: {missing:?}");
    }

    #[test]
    fn every_kind_has_a_place_and_persons_the_first() {
        let file: File = toml::from_str(include_str!("../data/trust.toml")).expect("the file");
        let rest: BTreeSet<SourceKind> = file.rest.iter().copied().collect();
        assert_eq!((rest.len(), file.rest.len()), (SourceKind::ALL.len(), SourceKind::ALL.len()));
        for order in orders() {
            assert_eq!(order.kinds.first(), Some(&SourceKind::Person), "{}", order.name);
            let kinds: BTreeSet<SourceKind> = order.kinds.iter().copied().collect();
            assert_eq!(kinds.len(), order.kinds.len(), "{} names a kind twice", order.name);
            assert!(!order.why.zh.is_empty() && !order.why.en.is_empty(), "{}", order.name);
        }
    }

    #[test]
    fn the_orders_are_those_that_are_promised() {
        let before = |attribute, one, other| rank(attribute, one) < rank(attribute, other);
        assert!(before(Attribute::Type, SourceKind::Roster, SourceKind::Mark));
        assert!(before(Attribute::Type, SourceKind::Mark, SourceKind::Icp));
        assert!(before(Attribute::Type, SourceKind::Icp, SourceKind::Ledger));
        assert!(before(Attribute::Owner, SourceKind::Icp, SourceKind::Mark));
        assert!(before(Attribute::Owner, SourceKind::SiteCode, SourceKind::Rdap));
        assert!(before(Attribute::State, SourceKind::Icp, SourceKind::Discovery));
        for kind in SourceKind::ALL {
            let grants = matches!(kind, SourceKind::Person | SourceKind::Ledger);
            assert_eq!(rank(Attribute::GrantLevel, *kind).is_some(), grants, "{kind:?}");
        }
    }
}
