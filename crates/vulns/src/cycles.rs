//! Release cycles: which one a component's version is of, and when its support ends, as life-cycle data have it.
//!
//! Invariant: no product and no cycle is guessed. A component of which none is listed, or whose version does not tell the cycle, is left out.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use model::advisory::{Component, Product, Reading, Told};
use model::facts::components::{Ends, Lifecycle, Lifecycles};
use model::ledger::attribute::Attribute;
use model::ledger::claim::{Held, Says};
use model::ledger::entity::EntityKind;

use crate::product::{from_cpe, from_purl, named};
use crate::version::upstream;

/// Life-cycle data, to be asked about components.
#[derive(Clone, Debug, Default)]
pub struct Cycles {
    listed: Vec<Listed>,
    places: BTreeMap<Product, BTreeSet<usize>>,
}

/// A product as listed.
#[derive(Clone, Debug, Default)]
struct Listed {
    key: String,
    cycles: Vec<Cycle>,
}

#[derive(Clone, Debug)]
struct Cycle {
    name: String,
    /// Its numbers; empty where its name is not made of numbers.
    numbers: Vec<String>,
    /// What is said of its end; `None` when nothing is.
    ends: Option<Ends>,
    latest: String,
}

impl Cycles {
    /// Reads live claims about cycles (entities `cycle:product/cycle`); others are passed over. Of two that speak of one cycle the newer counts.
    pub fn read<'a>(claims: impl IntoIterator<Item = &'a Held>) -> Self {
        let mut newest: BTreeMap<(&str, &str), &Held> = BTreeMap::new();
        for held in claims.into_iter().filter(|held| held.claim.entity.kind == EntityKind::Cycle && held.until.is_none()) {
            let Some(name) = held.claim.entity.key.split_once('/') else { continue };
            let known = newest.entry(name).or_insert(held);
            if (known.since, known.id) < (held.since, held.id) {
                *known = held;
            }
        }
        let mut cycles = Self::default();
        for ((key, name), held) in newest {
            cycles.add(key, name, &held.claim.says);
        }
        cycles
    }

    fn add(&mut self, key: &str, name: &str, says: &Says) {
        // Claims come in the order of their products.
        if self.listed.last().is_none_or(|last| last.key != key) {
            self.listed.push(Listed { key: key.to_owned(), cycles: Vec::new() });
        }
        let place = self.listed.len() - 1;
        for product in products(key, says) {
            self.places.entry(product).or_default().insert(place);
        }
        let cycle = Cycle {
            name: name.to_owned(),
            numbers: numbers(name).filter(|(_, rest)| rest.is_empty()).map(|(numbers, _)| numbers).unwrap_or_default(),
            ends: said(says, Attribute::SupportEnds).and_then(ends),
            latest: said(says, Attribute::Latest).unwrap_or_default().to_owned(),
        };
        self.listed[place].cycles.push(cycle);
    }

    /// Whether nothing is listed.
    pub fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// The cycles of components, in the order of components. `as_of` is the day of the oldest delivery that the claims rest on.
    pub fn of(&self, components: &[Component], as_of: Option<Date>) -> Lifecycles {
        Lifecycles { as_of, cycles: components.iter().filter_map(|component| self.cycle(component)).collect() }
    }

    fn cycle(&self, component: &Component) -> Option<Lifecycle> {
        let numbers = told_numbers(&component.version)?;
        let told = component.version.told;
        let cycles =
            self.listed_as(component).into_iter().flat_map(|listed| listed.cycles.iter().map(move |cycle| (listed, cycle)));
        // The longest one that fits: of 8 and 8.0 that is 8.0 for 8.0.36.
        let fitting = cycles.filter(|(_, cycle)| fits(&cycle.numbers, &numbers, told));
        let (listed, cycle) =
            fitting.reduce(|best, next| if next.1.numbers.len() > best.1.numbers.len() { next } else { best })?;
        Some(Lifecycle {
            component: component.clone(),
            product: listed.key.clone(),
            cycle: cycle.name.clone(),
            ends: cycle.ends?,
            latest: cycle.latest.clone(),
        })
    }

    /// The products that the component is listed as: by its package URLs and CPE names, else by its names.
    fn listed_as(&self, component: &Component) -> Vec<&Listed> {
        let places = |by_name: bool| -> BTreeSet<usize> {
            let products = component.products.iter().filter(|product| product.as_str().starts_with("name:") == by_name);
            products.filter_map(|product| self.places.get(product)).flatten().copied().collect()
        };
        let surely = places(false);
        let places = if surely.is_empty() { places(true) } else { surely };
        places.into_iter().filter_map(|place| self.listed.get(place)).collect()
    }
}

/// The spellings of a listed product.
fn products(key: &str, says: &Says) -> BTreeSet<Product> {
    let list = |attribute| said(says, attribute).unwrap_or_default().split(';').map(str::trim).filter(|text| !text.is_empty());
    let purls = list(Attribute::Purl).filter_map(|purl| from_purl(purl).ok()).map(|package| package.product);
    let cpes = list(Attribute::Cpe).filter_map(|cpe| from_cpe(cpe).ok()).map(|cpe| cpe.product);
    let names = [Some(key), said(says, Attribute::Name)].into_iter().flatten().map(named);
    purls.chain(cpes).chain(names).collect()
}

fn said(says: &Says, attribute: Attribute) -> Option<&str> {
    says.get(&attribute).map(String::as_str)
}

/// The end of support as claims write it; `None` where it is written otherwise.
fn ends(text: &str) -> Option<Ends> {
    match text {
        "yes" => Some(Ends::Ended),
        "no" => Some(Ends::NotSet),
        day => day.parse().ok().map(Ends::On),
    }
}

/// The numbers at the beginning of a version, without leading zeros, and what follows them; `None` where it does not begin with one.
fn numbers(version: &str) -> Option<(Vec<String>, &str)> {
    let mut rest = version.trim().trim_start_matches(['v', 'V']);
    let mut numbers = Vec::new();
    loop {
        let length = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        if length == 0 {
            break;
        }
        numbers.push(rest[..length].trim_start_matches('0').to_owned());
        rest = &rest[length..];
        match rest.strip_prefix('.') {
            Some(next) if next.starts_with(|letter: char| letter.is_ascii_digit()) => rest = next,
            _ => break,
        }
    }
    (!numbers.is_empty()).then_some((numbers, rest))
}

/// The numbers of a version that tells its cycle. A lower bound does not: it may be of any later one.
fn told_numbers(version: &Reading) -> Option<Vec<String>> {
    let number = match version.told {
        Told::Unknown | Told::AtLeast => return None,
        Told::Exact | Told::Line => version.number.as_str(),
        Told::Backported => upstream(&version.number),
    };
    numbers(number).map(|(numbers, _)| numbers)
}

/// Whether a version is of a cycle: it begins with the cycle's numbers. 8 is 8.0 where it is a whole version, not where it is a line.
fn fits(cycle: &[String], version: &[String], told: Told) -> bool {
    if cycle.is_empty() {
        return false;
    }
    let shared = cycle.len().min(version.len());
    let is_zero = |number: &String| number.is_empty();
    cycle[..shared] == version[..shared] && (shared == cycle.len() || told != Told::Line && cycle[shared..].iter().all(is_zero))
}

#[cfg(test)]
mod tests {
    use model::advisory::Channel;
    use model::ledger::claim::Claim;
    use model::ledger::entity::EntityId;
    use model::ledger::source::{Source, SourceKind};
    use proptest::prelude::*;

    use super::*;
    use crate::naming::known;
    use crate::version::reading;

    fn held(id: i64, key: &str, says: &[(Attribute, &str)]) -> Held {
        let says = says.iter().map(|(attribute, value)| (*attribute, (*value).to_owned())).collect();
        let claim = Claim { entity: EntityId::new(EntityKind::Cycle, key), part: String::new(), says, line: 1 };
        let source = Source { id: 1, kind: SourceKind::EndOfLife, name: String::new() };
        Held { id, source, claim, delivery: 1, since: jiff::Timestamp::UNIX_EPOCH, until: None }
    }

    /// Invented cycles of real products, `product/cycle end`.
    fn cycles(lines: &[(&str, &str)]) -> Cycles {
        let claims: Vec<Held> = lines
            .iter()
            .map(|(key, ends)| {
                let (purl, cpe, title) = match key.split_once('/').expect("a cycle").0 {
                    "php" => ("pkg:generic/php", "cpe:2.3:a:php:php", "PHP"),
                    "mysql" => ("pkg:generic/mysql;bad", "cpe:/a:oracle:mysql;cpe:2.3:a:oracle:mysql", "MySQL"),
                    _ => ("", "", "Some Product"),
                };
                let says = [
                    (Attribute::Purl, purl),
                    (Attribute::Cpe, cpe),
                    (Attribute::Name, title),
                    (Attribute::SupportEnds, ends),
                    (Attribute::Latest, "99"),
                ];
                let says: Vec<_> = says.into_iter().filter(|(_, value)| !value.is_empty()).collect();
                held(1, key, &says)
            })
            .collect();
        Cycles::read(&claims)
    }

    fn component(name: &str, version: &str) -> Component {
        let products = known().of_name(name).map_or_else(|| vec![named(name)], |named| named.products.clone());
        Component { name: name.into(), products, version: reading(version, Channel::Banner), ..Component::default() }
    }

    #[track_caller]
    fn is(cycles: &Cycles, name: &str, version: &str, expected: Option<&str>) {
        let found = cycles.of(&[component(name, version)], None).cycles;
        let found = found.first().map(|found| format!("{}/{}", found.product, found.cycle));
        assert_eq!(found.as_deref(), expected, "{name} {version}");
    }

    #[test]
    fn the_longest_cycle_that_the_version_begins_with() {
        let cycles = cycles(&[
            ("php/7.4", "2022-11-28"),
            ("php/8.0", "2023-11-26"),
            ("php/8.1", "no"),
            ("php/5", "yes"),
            ("php/5.6", "2018-12-31"),
            ("mysql/8", "no"),
            ("mysql/8.0", "2026-04-30"),
            ("mysql/8.4-lts", "no"),
            ("some/2", "yes"),
        ]);
        for (version, cycle) in [
            ("7.4.33", Some("php/7.4")),
            ("7.4.3-4ubuntu2.18", Some("php/7.4")),
            ("7.4", Some("php/7.4")),
            ("7.40.1", None),
            ("7.x", None),
            ("7.4.x", Some("php/7.4")),
            ("8.0.30", Some("php/8.0")),
            ("5.6.40", Some("php/5.6")),
            ("5.5.9", Some("php/5")),
            ("5.x", Some("php/5")),
            (">=7.4", None),
            ("unknown", None),
            ("8", None),
            ("9.0", None),
        ] {
            is(&cycles, "PHP", version, cycle);
        }
        is(&cycles, "MySQL", "8.0.36", Some("mysql/8.0"));
        is(&cycles, "MySQL", "8.4.1", Some("mysql/8"));
        is(&cycles, "MySQL", "5.5.5-8.0.1-MariaDB", Some("mysql/8.0"));
        is(&cycles, "some product", "2.1", Some("some/2"));
        is(&cycles, "Nobody's", "2.1", None);
        // A whole version 8 is 8.0.
        assert!(fits(&["8".into(), String::new()], &["8".into()], Told::Exact));
    }

    #[test]
    fn what_is_said_of_the_end() {
        let cycles =
            cycles(&[("php/7.4", "2022-11-28"), ("php/8.0", "yes"), ("php/8.1", "no"), ("php/8.2", "soon"), ("php/8.3", "")]);
        let day = jiff::civil::date(2026, 8, 22);
        let components: Vec<Component> =
            ["7.4.1", "8.0.1", "8.1.1", "8.2.1", "8.3.1"].map(|version| component("PHP", version)).into();
        let lifecycles = cycles.of(&components, Some(day));
        let ends: Vec<Ends> = lifecycles.cycles.iter().map(|cycle| cycle.ends).collect();
        assert_eq!(ends, [Ends::On(jiff::civil::date(2022, 11, 28)), Ends::Ended, Ends::NotSet]);
        assert_eq!((lifecycles.as_of, lifecycles.cycles[0].latest.as_str()), (Some(day), "99"));
        assert_eq!(lifecycles.cycles[0].component, components[0]);
    }

    #[test]
    fn of_two_claims_the_newer_counts_and_of_old_ones_none() {
        let says = |ends| [(Attribute::Cpe, "cpe:2.3:a:php:php"), (Attribute::SupportEnds, ends)];
        let (one, two) = (held(1, "php/7.4", &says("no")), held(2, "php/7.4", &says("yes")));
        let past = Held { until: Some(one.since), ..held(3, "php/7.4", &says("2020-01-01")) };
        for claims in [[&one, &two, &past], [&past, &two, &one]] {
            let found = Cycles::read(claims).of(&[component("PHP", "7.4.1")], None).cycles;
            assert_eq!(found.first().map(|cycle| cycle.ends), Some(Ends::Ended));
        }
        let other = held(1, "nameless", &says("no"));
        assert!(Cycles::read([&other]).is_empty());
    }

    proptest! {
        #[test]
        fn any_cycle_and_version(key in "\\PC{0,12}/\\PC{0,12}", ends in "\\PC{0,12}", version in "\\PC{0,12}") {
            let claim = held(1, &key, &[(Attribute::SupportEnds, &ends), (Attribute::Cpe, "cpe:2.3:a:php:php")]);
            let cycles = Cycles::read([&claim]);
            prop_assert!(cycles.of(&[component("PHP", &version)], None).cycles.len() <= 1);
        }
    }
}
