//! After any sequence of deliveries, looks and crashes, the open findings are those that comparing everything with everything gives.
#![allow(clippy::expect_used, clippy::panic, reason = "a failed expectation is a failed test")]

mod common;

use std::collections::BTreeMap;

use common::World;
use model::advisory::{Certainty, Component, Condition, FindingId, Reading, Standing, Statement, Told};
use model::ledger::source::SourceKind;
use model::subject::SubjectId;
use ports::conformance::advisories::{component, statement};
use ports::conformance::sample::{moment, site};
use proptest::prelude::*;
use vulns::matching::Key;
use vulns::merge::Groups;
use vulns::slow;

const SUBJECTS: usize = 3;
const PRODUCTS: usize = 3;
const NAMES: [&str; 7] = ["CVE-1", "CVE-2", "CVE-3", "GHSA-1", "GHSA-2", "OSV-1", "CNVD-1"];
const KINDS: [SourceKind; 3] = [SourceKind::Nvd, SourceKind::Ghsa, SourceKind::Osv];

#[derive(Clone, Debug)]
enum Step {
    Say { kind: usize, name: usize, aliases: Vec<usize>, product: usize, fixed: u8, with: Option<usize>, standing: Standing },
    Unsay { name: usize },
    Look { subject: usize, held: Vec<(usize, u8, bool)> },
    Settle,
    Crash,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let standing = prop_oneof![
        6 => Just(Standing::Live),
        1 => Just(Standing::Rejected),
        1 => Just(Standing::Withdrawn),
        1 => Just(Standing::Disputed),
    ];
    let names = 0..NAMES.len();
    let aliases = proptest::collection::vec(names.clone(), 0..3);
    let with = proptest::option::weighted(0.3, 0..PRODUCTS);
    let say = (0..KINDS.len(), names.clone(), aliases, 0..PRODUCTS, 1..5_u8, with, standing).prop_map(
        |(kind, name, aliases, product, fixed, with, standing)| Step::Say { kind, name, aliases, product, fixed, with, standing },
    );
    let held = proptest::collection::vec((0..PRODUCTS, 0..5_u8, any::<bool>()), 0..4);
    let step = prop_oneof![
        6 => say,
        1 => names.prop_map(|name| Step::Unsay { name }),
        4 => (0..SUBJECTS, held).prop_map(|(subject, held)| Step::Look { subject, held }),
        2 => Just(Step::Settle),
        1 => Just(Step::Crash),
    ];
    proptest::collection::vec(step, 1..25)
}

fn product(number: usize) -> String {
    format!("pkg:npm/p{number}")
}

async fn take(world: World, at: i64, step: &Step) -> World {
    match step {
        Step::Say { kind, name, aliases, product: of, fixed, with, standing } => {
            let aliases: Vec<&str> = aliases.iter().map(|alias| NAMES[*alias]).collect();
            let mut said = statement(KINDS[*kind], NAMES[*name], &aliases, &product(*of), &fixed.to_string());
            if let Some(with) = with {
                let mut on = statement(KINDS[*kind], "", &[], &product(*with), "3").affects;
                if let Some(Condition::Is(affected)) = on.first_mut() {
                    affected.vulnerable = false;
                }
                said.affects.append(&mut on);
                said.affects = vec![Condition::All(said.affects)];
            }
            world.say(moment(at), Statement { standing: *standing, ..said }).await;
        }
        Step::Unsay { name } => world.unsay(NAMES[*name]).await,
        Step::Look { subject, held } => {
            let component = |(product_no, version, elsewhere): &(usize, u8, bool)| {
                let number = if *version == 0 { String::new() } else { version.to_string() };
                let told = if *version == 0 { Told::Unknown } else { Told::Exact };
                let place = if *elsewhere { "/other.js" } else { "/one.js" };
                let version = Reading { number, told };
                Component { version, place: place.into(), ..component("c", &product(*product_no), "") }
            };
            let components: Vec<Component> = held.iter().map(component).collect();
            world.look(moment(at), &subject_of(*subject), &components).await;
        }
        Step::Settle => drop(world.settle(moment(at)).await),
        Step::Crash => return world.again(),
    }
    world
}

fn subject_of(number: usize) -> SubjectId {
    site(&format!("s{number}"))
}

type Open = BTreeMap<FindingId, (String, Component, Certainty)>;

/// What the plain matcher gives over all that the store has.
async fn expected(world: &World) -> Open {
    let page = world.advisories.page_of_statements(0, 999).await.expect("page");
    let said: Vec<Statement> = page.into_iter().map(|said| said.statement).collect();
    let groups = Groups::of(&said);
    let mut open = Open::new();
    for subject in (0..SUBJECTS).map(subject_of) {
        let looks = world.advisories.components_of(std::slice::from_ref(&subject)).await.expect("components");
        let Some(holder) = looks.first() else { continue };
        for statement in &said {
            for (place, certainty) in slow::reach(statement, &holder.components) {
                let component = &holder.components[place];
                for chief in groups.chiefs(&Key::of(statement)) {
                    let held = open.entry(FindingId::of(&subject, component, &chief));
                    let new = (chief, component.clone(), certainty);
                    let held = held.or_insert_with(|| new.clone());
                    if (new.2, &held.1) > (held.2, &new.1) {
                        *held = new;
                    }
                }
            }
        }
    }
    open
}

async fn open(world: &World) -> Open {
    let mut open = Open::new();
    for subject in (0..SUBJECTS).map(subject_of) {
        let findings = world.findings(&subject).await.into_iter().filter(|finding| finding.closed.is_none());
        open.extend(findings.map(|finding| (finding.id(), (finding.vulnerability, finding.component, finding.certainty))));
    }
    open
}

fn history(world: World, steps: &[Step]) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("runtime");
    runtime.block_on(async {
        let mut world = world;
        for (at, step) in (1..).zip(steps) {
            world = take(world, at, step).await;
        }
        world.settle(moment(1_000)).await;
        assert_eq!(open(&world).await, expected(&world).await, "after {steps:#?}");
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn open_findings_are_those_of_the_plain_matcher(steps in steps()) {
        history(World::in_memory(), &steps);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn in_a_file_too(steps in steps()) {
        history(World::in_file(), &steps);
    }
}
