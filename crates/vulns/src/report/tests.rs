//! Tests of `report`: what is told of a component from several sources.

use jiff::civil::date;
use model::advisory::{Affected, Bound, Channel, Condition, Product, Reading, Span, System, Told, Versions};

use super::*;

fn jquery(number: &str, place: &str) -> Component {
    Component {
        name: "jQuery".into(),
        products: vec![Product::new("cpe:a:jquery:jquery"), Product::new("pkg:npm/jquery")],
        version: Reading { number: number.into(), told: Told::Exact },
        channel: Channel::Content,
        confidence: 95,
        place: place.into(),
        evidence: String::new(),
    }
}

fn below(product: &str, end: &str) -> Vec<Condition> {
    let versions = Versions { spans: vec![Span { from: Bound::Open, to: Bound::Excluding(end.into()) }], ..Versions::default() };
    vec![Condition::Is(Affected { product: Product::new(product), versions, vulnerable: true, target: String::new() })]
}

fn hits(components: &[Component], statements: &[Statement]) -> Vec<Hit> {
    let of = |statement: &Statement| {
        let key = Key::of(statement);
        let reached = Compiled::of(statement).reach(components).into_iter();
        reached.map(move |reach| Hit { statement: key.clone(), component: reach.component, certainty: reach.certainty })
    };
    statements.iter().flat_map(of).collect()
}

fn report(components: &[Component], statements: &[Statement]) -> Vulnerabilities {
    vulnerabilities(components, &hits(components, statements), statements, Vec::new())
}

fn known() -> Vec<Statement> {
    let score = |system, value: &str, tenths| Score { system, value: value.into(), tenths, by: String::new() };
    let mut nvd = Statement::new(SourceKind::Nvd, "CVE-2020-11022");
    nvd.title = "Passing HTML from untrusted sources".into();
    nvd.affects = below("cpe:a:jquery:jquery", "3.5.0");
    nvd.scores = vec![score(System::Cvss3, "", Some(61))];
    let mut ghsa = Statement::new(SourceKind::Ghsa, "GHSA-gxr4");
    ghsa.aliases = vec!["CVE-2020-11022".into()];
    ghsa.affects = below("pkg:npm/jquery", "3.5.0");
    let mut cnvd = Statement::new(SourceKind::Cnvd, "CNVD-2020-1");
    cnvd.aliases = vec!["CVE-2020-11022".into()];
    cnvd.title = "jQuery跨站脚本漏洞".into();
    cnvd.remedy = "升级到3.5.0".into();
    cnvd.scores = vec![score(System::Word, "中", None)];
    let mut kev = Statement::new(SourceKind::Kev, "CVE-2020-11022");
    kev.exploited = Some(Exploited { since: Some(date(2025, 1, 2)), due: None, ransomware: false });
    let mut epss = Statement::new(SourceKind::Epss, "CVE-2020-11022");
    epss.likelihood = Some(Likelihood { probability_ppm: 20_000, percentile_ppm: 0, day: None });
    vec![nvd, ghsa, cnvd, kev, epss]
}

#[test]
fn all_who_speak_of_it_make_one_match() {
    let components = [jquery("3.4.1", "https://a.gov.cn/jquery.js"), Component::default()];
    let told = report(&components, &known());
    assert_eq!((told.looked_up, told.beyond, told.matches.len()), (1, 0, 1));
    let found = &told.matches[0];
    assert_eq!(found.vulnerability, "CVE-2020-11022");
    assert_eq!(found.names, ["CNVD-2020-1", "GHSA-gxr4"]);
    assert_eq!(found.title, "Passing HTML from untrusted sources");
    assert_eq!(found.sources, [SourceKind::Nvd, SourceKind::Ghsa], "CNVD names no version");
    assert_eq!((found.certainty, found.severity), (Certainty::Certain, Severity::Medium));
    assert_eq!(found.scores.iter().map(|score| score.by.as_str()).collect::<Vec<_>>(), ["nvd", "cnvd"]);
    assert_eq!(found.exploited.as_ref().and_then(|exploited| exploited.since), Some(date(2025, 1, 2)));
    assert_eq!(found.likelihood.map(|likelihood| likelihood.probability_ppm), Some(20_000));
    assert_eq!((found.fixed_in.as_deref(), found.remedy.as_str()), (Some("3.5.0"), "升级到3.5.0"));
    assert_eq!(found.urgency, 45 + 8 + 15 + 7);
}

#[test]
fn a_statement_of_several_cves_makes_a_match_of_each() {
    let mut cnvd = Statement::new(SourceKind::Cnvd, "CNVD-2023-9");
    cnvd.aliases = vec!["CVE-2023-1".into(), "CVE-2023-2".into()];
    cnvd.affects = below("pkg:npm/jquery", "4");
    let told = report(&[jquery("3", "x")], &[cnvd]);
    let names: Vec<_> = told.matches.iter().map(|found| (found.vulnerability.as_str(), found.names.as_slice())).collect();
    let others = ["CNVD-2023-9".to_owned()];
    assert_eq!(names, [("CVE-2023-1", &others[..]), ("CVE-2023-2", &others[..])]);
}

#[test]
fn the_most_urgent_are_listed_and_the_rest_counted() {
    let mut statements: Vec<Statement> = (0..MOST_MATCHES + 5)
        .map(|number| {
            let mut one = Statement::new(SourceKind::Nvd, format!("CVE-2024-{number:04}"));
            one.affects = below("pkg:npm/jquery", "4");
            one
        })
        .collect();
    statements[203].exploited = Some(Exploited::default());
    let told = report(&[jquery("3", "x")], &statements);
    assert_eq!((told.matches.len(), told.beyond), (MOST_MATCHES, 5));
    assert_eq!(told.matches[0].vulnerability, "CVE-2024-0203");
    assert!(told.matches.is_sorted_by_key(|found| Reverse(found.urgency)));
}

#[test]
fn what_does_not_fit_the_components_or_statements_is_passed_over() {
    let stray = |id: &str, component| Hit {
        statement: Key { source: SourceKind::Nvd, id: id.into() },
        component,
        certainty: Certainty::Certain,
    };
    let told = vulnerabilities(&[jquery("3", "x")], &[stray("CVE-2020-11022", 7), stray("CVE-1", 0)], &known(), Vec::new());
    assert_eq!(told.matches, []);
}
