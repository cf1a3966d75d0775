//! Tests of `matching`: the tables, on small worlds that both matchers are asked about.

use model::advisory::{Affected, Bound, Channel, Condition, Span, Versions};

use super::*;
use crate::slow;

fn told(number: &str, told: Told) -> Reading {
    Reading { number: number.into(), told }
}

fn component(product: &str, number: &str) -> Component {
    let version = if number.is_empty() { Reading::default() } else { told(number, Told::Exact) };
    Component {
        name: product.rsplit(':').next().unwrap_or_default().into(),
        products: vec![Product::new(product)],
        version,
        channel: Channel::Protocol,
        confidence: 90,
        ..Component::default()
    }
}

fn below(product: &str, end: &str) -> Affected {
    let spans = vec![Span { from: Bound::Open, to: Bound::Excluding(end.into()) }];
    Affected {
        product: Product::new(product),
        versions: Versions { spans, ..Versions::default() },
        vulnerable: true,
        target: String::new(),
    }
}

fn on(product: &str) -> Condition {
    let versions = Versions { all: true, ..Versions::default() };
    Condition::Is(Affected { product: Product::new(product), versions, vulnerable: false, target: String::new() })
}

fn statement(affects: Vec<Condition>) -> Statement {
    Statement { affects, ..Statement::new(SourceKind::Nvd, "CVE-2024-1") }
}

/// What both matchers say, which must be the same.
fn reach(statement: &Statement, components: &[Component]) -> Vec<(usize, Certainty)> {
    let reached: Vec<_> =
        Compiled::of(statement).reach(components).into_iter().map(|reach| (reach.component, reach.certainty)).collect();
    assert_eq!(reached, slow::reach(statement, components));
    reached
}

const NGINX: &str = "cpe:a:nginx:nginx";
const WINDOWS: &str = "cpe:o:microsoft:windows";

#[test]
fn certainty_follows_version_and_channel() {
    let statement = statement(vec![Condition::Is(below(NGINX, "1.20"))]);
    let of = |change: &dyn Fn(&mut Component)| {
        let mut component = component(NGINX, "1.18");
        change(&mut component);
        reach(&statement, &[component]).first().map(|(_, certainty)| *certainty)
    };
    assert_eq!(of(&|_| ()), Some(Certainty::Certain));
    assert_eq!(of(&|it| it.channel = Channel::Banner), Some(Certainty::Likely));
    assert_eq!(of(&|it| it.channel = Channel::Import), Some(Certainty::Possible));
    assert_eq!(of(&|it| it.confidence = 40), Some(Certainty::Possible));
    assert_eq!(of(&|it| it.version = told("1", Told::Line)), Some(Certainty::Possible));
    assert_eq!(of(&|it| it.version = told("1.18", Told::Line)), Some(Certainty::Certain), "all of the line is inside");
    assert_eq!(of(&|it| it.version = told("1.18", Told::AtLeast)), Some(Certainty::Possible));
    assert_eq!(of(&|it| it.version.told = Told::Backported), Some(Certainty::Backported));
    assert_eq!(of(&|it| it.version = Reading::default()), Some(Certainty::VersionUnknown));
    assert_eq!(of(&|it| it.version = told("1.20", Told::Exact)), None);
    assert_eq!(of(&|it| it.products = vec![Product::new("cpe:a:f5:nginx_plus")]), None);
}

#[test]
fn all_versions_need_no_number() {
    let all = Versions { all: true, ..Versions::default() };
    let statement = statement(vec![Condition::Is(Affected { versions: all, ..below(NGINX, "1") })]);
    assert_eq!(reach(&statement, &[component(NGINX, "")]), [(0, Certainty::Certain)]);
}

#[test]
fn a_distributions_own_statement_compares_packages() {
    let product = "pkg:deb/debian/apache2";
    let mut affected = below(product, "2.4.57-3");
    affected.versions.ordering = Ordering::Debian;
    let mut apache = component(product, "2.4.57-2");
    apache.version.told = Told::Backported;
    assert_eq!(reach(&statement(vec![Condition::Is(affected.clone())]), &[apache.clone()]), [(0, Certainty::Certain)]);
    affected.versions.ordering = Ordering::Generic;
    assert_eq!(reach(&statement(vec![Condition::Is(affected)]), &[apache]), [(0, Certainty::Backported)]);
}

#[test]
fn running_on_is_yes_no_or_unknown() {
    let statement = statement(vec![Condition::All(vec![Condition::Is(below(NGINX, "1.20")), on(WINDOWS)])]);
    let nginx = component(NGINX, "1.18");
    let with = |other: Component| reach(&statement, &[nginx.clone(), other]);
    assert_eq!(reach(&statement, std::slice::from_ref(&nginx)), [(0, Certainty::Possible)]);
    assert_eq!(with(component(WINDOWS, "")), [(0, Certainty::Certain)]);
    assert_eq!(with(component("cpe:o:debian:debian_linux", "12")), []);
    let doubtful = Component { confidence: 20, ..component("cpe:o:debian:debian_linux", "12") };
    assert_eq!(with(doubtful), [(0, Certainty::Possible)], "what is not surely there speaks against nothing");
    assert_eq!(with(component("cpe:o:microsoft:windows_server_2019", "")), [(0, Certainty::Possible)]);
}

#[test]
fn linux_runs_below_its_distributions() {
    let statement = statement(vec![Condition::All(vec![Condition::Is(below(NGINX, "1.20")), on("cpe:o:linux:linux_kernel")])]);
    let on = |system| reach(&statement, &[component(NGINX, "1.18"), component(system, "")]);
    assert_eq!(on("cpe:o:debian:debian_linux"), [(0, Certainty::Possible)]);
    assert_eq!(on(WINDOWS), []);
}

#[test]
fn a_negation_reaches_nothing_and_turns_the_value() {
    let not = |condition| Condition::Not(Box::new(condition));
    let nginx = Condition::Is(below(NGINX, "1.20"));
    let both = [component(NGINX, "1.18"), component(WINDOWS, "")];
    assert_eq!(reach(&statement(vec![not(nginx.clone())]), &both), []);
    assert_eq!(reach(&statement(vec![not(not(nginx.clone()))]), &both), []);
    let but_on = statement(vec![Condition::All(vec![nginx, not(on(WINDOWS))])]);
    assert_eq!(reach(&but_on, &both), []);
    assert_eq!(reach(&but_on, &both[..1]), [(0, Certainty::Possible)]);
    assert_eq!(
        reach(&but_on, &[component(NGINX, "1.18"), component("cpe:o:debian:debian_linux", "")]),
        [(0, Certainty::Certain)]
    );
}

#[test]
fn a_branch_that_is_not_met_reaches_nothing_though_another_is() {
    let php = "cpe:a:php:php";
    let branch = |affected, system| Condition::All(vec![Condition::Is(affected), on(system)]);
    let statement = statement(vec![branch(below(NGINX, "2"), WINDOWS), branch(below(php, "8"), "cpe:o:debian:debian_linux")]);
    let seen = [component(NGINX, "1.18"), component(php, "7.4"), component("cpe:o:debian:debian_linux", "12")];
    assert_eq!(reach(&statement, &seen), [(1, Certainty::Certain)]);
}

#[test]
fn a_target_that_was_not_seen_leaves_a_doubt() {
    let plugin = "cpe:a:acme:gallery";
    let statement = statement(vec![Condition::Is(Affected { target: "wordpress".into(), ..below(plugin, "3") })]);
    let gallery = component(plugin, "2");
    assert_eq!(reach(&statement, std::slice::from_ref(&gallery)), [(0, Certainty::Possible)]);
    assert_eq!(reach(&statement, &[gallery, component("cpe:a:wordpress:wordpress", "")]), [(0, Certainty::Certain)]);
    let package = statement_with_target("pkg:npm/lodash", "node.js");
    assert_eq!(
        reach(&package, &[component("pkg:npm/lodash", "2")]),
        [(0, Certainty::Certain)],
        "npm's packages are loaded by it"
    );
}

fn statement_with_target(product: &str, target: &str) -> Statement {
    statement(vec![Condition::Is(Affected { target: target.into(), ..below(product, "3") })])
}

#[test]
fn standing_limits_what_is_reached() {
    let mut statement = statement(vec![Condition::Is(below(NGINX, "1.20"))]);
    let nginx = [component(NGINX, "1.18")];
    for (standing, expected) in
        [(Standing::Disputed, vec![(0, Certainty::Possible)]), (Standing::Rejected, vec![]), (Standing::Withdrawn, vec![])]
    {
        statement.standing = standing;
        assert_eq!(reach(&statement, &nginx), expected);
    }
}

#[test]
fn the_lowest_version_that_nobody_affects_mends() {
    let one = Compiled::of(&statement(vec![Condition::Is(below(NGINX, "1.20"))]));
    let other = Compiled::of(&statement(vec![Condition::Is(below(NGINX, "1.22"))]));
    let nginx = component(NGINX, "1.18");
    assert_eq!(fixed_in(&[&one], &nginx).as_deref(), Some("1.20"));
    assert_eq!(fixed_in(&[&one, &other], &nginx).as_deref(), Some("1.22"), "1.20 is affected, says the other");
    assert_eq!(fixed_in(&[&one], &component("cpe:a:php:php", "7")), None);
    // As retire.js says that a line is not maintained any more.
    let whole = Compiled::of(&statement(vec![Condition::Is(below(NGINX, "2.999.999"))]));
    assert_eq!(fixed_in(&[&whole], &nginx), None);
}

#[test]
fn products_are_those_that_are_vulnerable() {
    let statement = statement(vec![
        Condition::All(vec![Condition::Is(below(NGINX, "2")), on(WINDOWS)]),
        Condition::Is(below(NGINX, "1")),
        Condition::Not(Box::new(Condition::Is(below("cpe:a:php:php", "8")))),
    ]);
    assert_eq!(Compiled::of(&statement).products(), [&Product::new(NGINX)]);
}
