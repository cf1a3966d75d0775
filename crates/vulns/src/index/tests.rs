//! The index against the plain matcher, on small worlds in which everything meets everything.

use std::collections::BTreeMap;

use model::advisory::{Affected, Bound, Channel, Condition, Ordering, Product, Reading, Span, Standing, Told, Versions};
use model::ledger::source::SourceKind;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::slow;

const PRODUCTS: [&str; 7] = [
    "cpe:a:acme:shop",
    "cpe:a:wordpress:wordpress",
    "cpe:o:microsoft:windows_server_2019",
    "cpe:o:linux:linux_kernel",
    "cpe:o:debian:debian_linux",
    "pkg:npm/left-pad",
    "pkg:deb/debian/nginx",
];
const NUMBERS: [&str; 6] = ["1", "1.5", "1.5-2+deb12u1", "2", "2.0.1", "3.x"];
const TARGETS: [&str; 6] = ["", "", "wordpress", "node.js", "windows", "Left Pad"];
const TOLD: [Told; 5] = [Told::Unknown, Told::Exact, Told::AtLeast, Told::Line, Told::Backported];
const CHANNELS: [Channel; 4] = [Channel::Import, Channel::Page, Channel::Sbom, Channel::Digest];
const STANDINGS: [Standing; 6] =
    [Standing::Live, Standing::Live, Standing::Live, Standing::Disputed, Standing::Rejected, Standing::Withdrawn];

fn number() -> impl Strategy<Value = String> {
    select(&NUMBERS[..]).prop_map(str::to_owned)
}

fn product() -> impl Strategy<Value = Product> {
    select(&PRODUCTS[..]).prop_map(Product::new)
}

fn component() -> impl Strategy<Value = Component> {
    let version = (number(), select(&TOLD[..])).prop_map(|(number, told)| match told {
        Told::Unknown => Reading::default(),
        _ => Reading { number, told },
    });
    let name = select(vec!["", "Left Pad", "WordPress", "x"]);
    (name, vec(product(), 0..3), version, select(&CHANNELS[..]), select(vec![20_u8, 90])).prop_map(
        |(name, products, version, channel, confidence)| Component {
            name: name.to_owned(),
            products,
            version,
            channel,
            confidence,
            ..Component::default()
        },
    )
}

fn bound() -> impl Strategy<Value = Bound> {
    prop_oneof![Just(Bound::Open), number().prop_map(Bound::Including), number().prop_map(Bound::Excluding)]
}

fn versions() -> impl Strategy<Value = Versions> {
    let spans = vec((bound(), bound()).prop_map(|(from, to)| Span { from, to }), 0..2);
    let ordering = select(vec![Ordering::Generic, Ordering::Generic, Ordering::Debian]);
    (prop::bool::weighted(0.2), ordering, spans, vec(number(), 0..2), option::weighted(0.1, number())).prop_map(
        |(all, ordering, spans, listed, except)| Versions { all, ordering, spans, listed, except: except.into_iter().collect() },
    )
}

fn condition() -> impl Strategy<Value = Condition> {
    let leaf = (product(), versions(), prop::bool::weighted(0.7), select(&TARGETS[..])).prop_map(
        |(product, versions, vulnerable, target)| {
            Condition::Is(Affected { product, versions, vulnerable, target: target.to_owned() })
        },
    );
    leaf.prop_recursive(3, 10, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Condition::All),
            vec(inner.clone(), 1..3).prop_map(Condition::All),
            vec(inner.clone(), 0..3).prop_map(Condition::Any),
            inner.prop_map(|inner| Condition::Not(Box::new(inner))),
        ]
    })
}

fn key() -> impl Strategy<Value = Key> {
    (select(vec![SourceKind::Nvd, SourceKind::Osv]), select(vec!["A", "B", "C"]))
        .prop_map(|(source, id)| Key { source, id: id.to_owned() })
}

fn statement() -> impl Strategy<Value = Statement> {
    (key(), vec(condition(), 0..3), select(&STANDINGS[..])).prop_map(|(key, affects, standing)| Statement {
        affects,
        standing,
        ..Statement::new(key.source, &key.id)
    })
}

#[derive(Clone, Debug)]
enum Change {
    Put(Box<Statement>),
    Drop(Key),
    Found(u32, Vec<Component>),
    Gone(u32),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        3 => statement().prop_map(|statement| Change::Put(Box::new(statement))),
        1 => key().prop_map(Change::Drop),
        3 => (0..5_u32, vec(component(), 0..5)).prop_map(|(subject, components)| Change::Found(subject, components)),
        1 => (0..6_u32).prop_map(Change::Gone),
    ]
}

/// The plain truth beside the index.
#[derive(Default)]
struct World {
    statements: BTreeMap<Key, Statement>,
    subjects: BTreeMap<u32, Vec<Component>>,
}

impl World {
    fn take(&mut self, index: &mut Index, change: &Change) {
        match change {
            Change::Put(statement) => {
                index.put_statement(statement);
                self.statements.insert(Key::of(statement), Statement::clone(statement));
            }
            Change::Drop(key) => {
                index.drop_statement(key);
                self.statements.remove(key);
            }
            Change::Found(subject, components) => {
                index.put_subject(SubjectNo(*subject), components);
                self.subjects.insert(*subject, components.clone());
            }
            Change::Gone(subject) => {
                index.drop_subject(SubjectNo(*subject));
                self.subjects.remove(subject);
            }
        }
    }

    fn affected(&self, statement: &Statement) -> Vec<Reached> {
        let of = |(subject, components): (&u32, &Vec<Component>)| {
            let subject = SubjectNo(*subject);
            let reached = slow::reach(statement, components).into_iter();
            reached
                .map(|(component, certainty)| Reached { subject, component: component.try_into().expect("few"), certainty })
                .collect::<Vec<_>>()
        };
        self.subjects.iter().flat_map(of).collect()
    }

    fn hits(&self, components: &[Component]) -> Vec<Hit> {
        let of = |(key, statement): (&Key, &Statement)| {
            let reached = slow::reach(statement, components).into_iter();
            reached.map(|(component, certainty)| Hit { statement: key.clone(), component, certainty }).collect::<Vec<_>>()
        };
        self.statements.iter().flat_map(of).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn the_index_says_what_the_plain_matcher_says(changes in vec(change(), 1..20), strange in vec(component(), 0..4)) {
        let (mut index, mut world) = (Index::default(), World::default());
        for change in &changes {
            world.take(&mut index, change);
        }
        for (key, statement) in &world.statements {
            prop_assert_eq!(index.affected(key), world.affected(statement));
        }
        for subject in 0..7 {
            let components = world.subjects.get(&subject).map_or(&[][..], Vec::as_slice);
            prop_assert_eq!(index.of_subject(SubjectNo(subject)), world.hits(components));
            prop_assert_eq!(index.of_components(components), world.hits(components));
        }
        prop_assert_eq!(index.of_components(&strange), world.hits(&strange));
    }

    #[test]
    fn a_compiled_statement_says_what_the_plain_matcher_says(statement in statement(), components in vec(component(), 0..6)) {
        let reached = matching::Compiled::of(&statement).reach(&components);
        let reached: Vec<_> = reached.into_iter().map(|reach| (reach.component, reach.certainty)).collect();
        prop_assert_eq!(reached, slow::reach(&statement, &components));
    }
}

fn component_of(product: &str) -> Component {
    Component {
        products: vec![Product::new(product)],
        version: Reading { number: "1".into(), told: Told::Exact },
        channel: Channel::Digest,
        confidence: 90,
        ..Component::default()
    }
}

fn is(product: &str, vulnerable: bool) -> Condition {
    let versions = Versions { listed: vec!["1".into()], ..Versions::default() };
    Condition::Is(Affected { product: Product::new(product), versions, vulnerable, target: String::new() })
}

#[test]
fn what_stands_beside_a_component_is_asked_of_each_subject() {
    let [shop, windows, debian] = [PRODUCTS[0], PRODUCTS[2], PRODUCTS[4]];
    let affects = vec![Condition::All(vec![is(shop, true), is(windows, false)])];
    let statement = Statement { affects, ..Statement::new(SourceKind::Nvd, "CVE-1") };
    let mut index = Index::default();
    index.put_statement(&statement);
    for (subject, beside) in (0..).zip([vec![], vec![windows], vec![debian], vec!["pkg:npm/left-pad"]]) {
        let components: Vec<Component> = std::iter::once(shop).chain(beside).map(component_of).collect();
        index.put_subject(SubjectNo(subject), &components);
    }
    let reached: Vec<_> = index.affected(&Key::of(&statement)).into_iter().map(|it| (it.subject.0, it.certainty)).collect();
    assert_eq!(reached, [(0, Certainty::Possible), (1, Certainty::Certain), (3, Certainty::Possible)]);
}

#[test]
fn what_was_dropped_is_reached_no_more() {
    let mut index = Index::default();
    let shop = component_of(PRODUCTS[0]);
    let affects = vec![is(PRODUCTS[0], true)];
    let statement = Statement { affects, ..Statement::new(SourceKind::Nvd, "CVE-1") };
    let key = Key::of(&statement);
    index.put_statement(&statement);
    index.put_subject(SubjectNo(7), &[Component::default(), shop.clone(), shop]);
    let reached = |component| Reached { subject: SubjectNo(7), component, certainty: Certainty::Certain };
    assert_eq!(index.affected(&key), [reached(1), reached(2)]);
    assert_eq!(index.of_subject(SubjectNo(7)).len(), 2);
    index.drop_subject(SubjectNo(7));
    assert_eq!(index.affected(&key), []);
    index.drop_statement(&key);
    assert_eq!(index.statements(), 0);
}
