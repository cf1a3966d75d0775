//! What matching costs at national size: all against all, one advisory, one component, and memory.
//!
//! `cargo bench -p vulns`. With `MINGCHA_SAMPLE_DATA` the statements are those of the NVD years in it, else as many made ones with their
//! shape. Components are made: products by Zipf's law over the most spoken-of in a shuffled order, versions out of those that advisories
//! name, ten to a subject.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a bench reads files and its own memory, measures and prints"
)]

mod world;

use std::collections::BTreeMap;
use std::fs;
use std::hint::black_box;

use model::advisory::{Affected, Bound, Component, Condition, Product, Span, Statement, Versions};
use model::ledger::source::SourceKind;
use vulns::index::{Index, Reached, SubjectNo};
use vulns::matching::{Hit, Key};
use vulns::slow;
use world::{PER_SUBJECT, World};

/// The allocator of the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SUBJECTS: u32 = 100_000;
const MANY_SUBJECTS: u32 = 1_000_000;
/// Subjects that the plain matcher is asked about.
const CHECKED: u32 = 300;
/// Advisories that memory is reckoned for.
const NATIONAL: usize = 300_000;
/// Clock ticks of Linux in a second.
const TICKS: f64 = 100.0;

fn main() {
    let statements = world::statements();
    memory(&statements);
    let mut world = World::new(&statements);
    let mut index = Index::default();
    let started = cpu();
    statements.iter().for_each(|statement| index.put_statement(statement));
    println!(
        "{} statements, {} of them with products, indexed in {:.2} s of CPU",
        statements.len(),
        index.statements(),
        cpu() - started
    );
    all_against_all(&statements, &mut world, &mut index);
    one_component(&mut world, &index);
    for subject in SUBJECTS..MANY_SUBJECTS {
        index.put_subject(SubjectNo(subject), &world.components());
    }
    println!(
        "{} components and {} statements, with these themselves: {:.0} MB",
        MANY_SUBJECTS * PER_SUBJECT,
        index.statements(),
        resident()
    );
    one_advisory(&world, &mut index);
    println!("most memory {:.0} MB", status("VmHWM"));
}

/// Memory of as many statements as there are of all years, were no two years to speak of one product or one version.
fn memory(statements: &[Statement]) {
    let before = resident();
    let mut index = Index::default();
    for copy in 0..NATIONAL.div_ceil(statements.len()) {
        statements.iter().for_each(|statement| index.put_statement(&world::copied(statement, copy)));
    }
    println!("{} statements with products take {:.0} MB", index.statements(), resident() - before);
}

/// From nothing: all components taken in, all statements asked, and a sample of subjects compared with the plain matcher.
fn all_against_all(statements: &[Statement], world: &mut World, index: &mut Index) {
    let subjects: Vec<Vec<Component>> = (0..SUBJECTS).map(|_| world.components()).collect();
    let started = cpu();
    for (subject, components) in (0..).zip(&subjects) {
        index.put_subject(SubjectNo(subject), components);
    }
    let taken = cpu() - started;
    let (mut found, mut sample) = (0, BTreeMap::<SubjectNo, Vec<Hit>>::new());
    for statement in statements {
        let key = Key::of(statement);
        let reached = index.affected(&key);
        found += reached.len();
        for Reached { subject, component, certainty } in reached.into_iter().take_while(|reached| reached.subject.0 < CHECKED) {
            let hit = Hit { statement: key.clone(), component: component as usize, certainty };
            sample.entry(subject).or_default().push(hit);
        }
    }
    println!(
        "{} components x {} statements from scratch: {found} matches in {:.2} s of CPU, {taken:.2} s of which to take the components in",
        SUBJECTS * PER_SUBJECT,
        statements.len(),
        cpu() - started
    );
    let started = cpu();
    for (subject, components) in (0..CHECKED).zip(&subjects) {
        let mut plain: Vec<Hit> = statements.iter().flat_map(|statement| plainly(statement, components)).collect();
        plain.sort();
        let mut fast = sample.remove(&SubjectNo(subject)).unwrap_or_default();
        fast.sort();
        assert_eq!(fast, plain, "statement by statement");
        assert_eq!(index.of_subject(SubjectNo(subject)), plain, "subject by subject");
    }
    println!("{CHECKED} subjects: the same as the plain matcher, which took {:.1} s of CPU", cpu() - started);
}

fn plainly(statement: &Statement, components: &[Component]) -> Vec<Hit> {
    let hit = |(component, certainty)| Hit { statement: Key::of(statement), component, certainty };
    slow::reach(statement, components).into_iter().map(hit).collect()
}

/// New components, as they are met, and the one of the product that most is said of.
fn one_component(world: &mut World, index: &Index) {
    let new: Vec<Component> = (0..1_000).flat_map(|_| world.components()).collect();
    let started = cpu();
    let found: usize = new.iter().map(|component| black_box(index.of_components(std::slice::from_ref(component))).len()).sum();
    let each = (cpu() - started) * 1000.0 / new.len() as f64;
    println!(
        "one new component: {each:.3} ms of CPU, {:.1} matches, in the mean of {}",
        found as f64 / new.len() as f64,
        new.len()
    );
    let worst = world.component_of(0);
    let started = cpu();
    for _ in 0..100 {
        black_box(index.of_components(std::slice::from_ref(&worst)));
    }
    let found = index.of_components(std::slice::from_ref(&worst)).len();
    println!("one of {}: {:.3} ms of CPU, {found} matches", worst.products[0], (cpu() - started) * 10.0);
}

/// A new advisory that reaches the most met product, the tenth and the hundredth, plainly and on condition.
fn one_advisory(world: &World, index: &mut Index) {
    for rank in [1, 10, 100] {
        let product = world.met(rank);
        for (how, conditional) in [("", false), (" on condition", true)] {
            let statement = advisory(product, conditional);
            let key = Key::of(&statement);
            let started = cpu();
            let mut found = 0;
            for _ in 0..10 {
                index.put_statement(&statement);
                found = black_box(index.affected(&key)).len();
            }
            println!(
                "one new advisory against {} components{how}, product met {rank}.: {found} reached in {:.1} ms of CPU",
                MANY_SUBJECTS * PER_SUBJECT,
                (cpu() - started) * 100.0
            );
            index.drop_statement(&key);
        }
    }
}

fn advisory(product: &Product, conditional: bool) -> Statement {
    let span = Span { from: Bound::Open, to: Bound::Excluding("4.2".into()) };
    let versions = Versions { spans: vec![span], ..Versions::default() };
    let is = Condition::Is(Affected { product: product.clone(), versions, vulnerable: true, target: String::new() });
    let all = Versions { all: true, ..Versions::default() };
    let windows = Product::new("cpe:o:microsoft:windows");
    let on = Condition::Is(Affected { product: windows, versions: all, vulnerable: false, target: String::new() });
    let affects = vec![if conditional { Condition::All(vec![is, on]) } else { is }];
    world::statement(SourceKind::CveList, "CVE-2026-99999".into(), affects)
}

/// CPU seconds of this process, user and system.
fn cpu() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").expect("proc");
    let fields: Vec<&str> = stat.rsplit(')').next().expect("fields").split_whitespace().collect();
    (fields[11].parse::<f64>().expect("user") + fields[12].parse::<f64>().expect("system")) / TICKS
}

/// Memory in use, in MB.
fn resident() -> f64 {
    status("VmRSS")
}

fn status(what: &str) -> f64 {
    let status = fs::read_to_string("/proc/self/status").expect("proc");
    let line = status.lines().find(|line| line.starts_with(what)).expect("a line");
    line.split_whitespace().nth(1).expect("a number").parse::<f64>().expect("kB") / 1024.0
}
