//! An advisory arrives, findings open, components are upgraded, findings close with the reason; and what else happens to both.
#![allow(clippy::expect_used, clippy::panic, reason = "a failed expectation is a failed test")]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::World;
use jiff::{SignedDuration, Timestamp};
use model::advisory::statement::Exploited;
use model::advisory::{
    Certainty, Channel, Closed, Closing, Component, Condition, Reading, Score, Standing, Statement, System, Told,
};
use model::facts::components::{Shared, SignedBy, SupplierSign};
use model::ledger::attribute::Attribute;
use model::ledger::claim::{Claim, LifeState, Link, Sameness};
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::source::SourceKind;
use model::ledger::truth::Truth;
use model::rule::Severity;
use model::subject::SubjectId;
use model::text::Text;
use ports::conformance::advisories::{component, feed, silent, statement};
use ports::conformance::ledger::{entity, truth};
use ports::conformance::sample::{moment, site};
use ports::ledger::Region;
use watch::{Deadlines, DivisionLine, Order, Settled};

/// Each story is told of both stores.
macro_rules! stories {
    ($($name:ident)*) => {
        mod in_memory {
            $(#[tokio::test] async fn $name() { super::$name(super::World::in_memory()).await; })*
        }
        mod in_file {
            $(#[tokio::test] async fn $name() { super::$name(super::World::in_file()).await; })*
        }
    };
}

stories! {
    an_advisory_arrives_and_a_component_is_upgraded
    an_advisory_is_corrected_and_withdrawn
    a_component_is_removed_and_comes_back
    what_it_ran_with_is_gone
    a_crash_between_import_and_settling_loses_nothing
    what_is_declared_counts_before_the_next_look
    back_ported_and_unknown_versions_stay_apart
    another_name_takes_over
    vendors_speak_each_of_their_own
    a_bulletin_is_no_sign_of_sameness
    one_suppliers_flaw
    who_is_affected_and_who_is_told
    what_rules_are_told
}

fn day(number: i64) -> Timestamp {
    moment(0).checked_add(SignedDuration::from_hours(24 * number)).expect("in range")
}

fn jquery(version: &str) -> Component {
    component("jquery", "pkg:npm/jquery", version)
}

fn nvd(id: &str, fixed: &str) -> Statement {
    let scored = Score { system: System::Cvss3, value: String::new(), tenths: Some(81), by: "nvd@nist.gov".into() };
    Statement { scores: vec![scored], ..statement(SourceKind::Nvd, id, &[], "pkg:npm/jquery", fixed) }
}

/// Opened and closed.
fn moved(settled: Settled) -> (u64, u64) {
    (settled.opened, settled.closed)
}

async fn an_advisory_arrives_and_a_component_is_upgraded(world: World) {
    let sites = ["a", "b", "c"].map(site);
    for (subject, version) in sites.iter().zip(["1.12.4", "3.4.0", "3.6.0"]) {
        world.look(day(0), subject, &[jquery(version)]).await;
    }
    assert_eq!(moved(world.settle(day(0)).await), (0, 0));
    world.say(day(1), nvd("CVE-2020-11022", "3.5.0")).await;
    assert_eq!(moved(world.settle(day(1)).await), (2, 0));
    assert_eq!(world.settle(day(1)).await, Settled::default(), "nothing is left to do");
    let [finding] = world.findings(&sites[0]).await.try_into().expect("one finding");
    assert_eq!((finding.vulnerability.as_str(), finding.opened, finding.closed), ("CVE-2020-11022", day(1), None));
    assert_eq!((finding.component, finding.confirmed), (jquery("1.12.4"), day(0)));
    assert_eq!(world.findings(&sites[2]).await, []);

    world.look(day(3), &sites[0], &[jquery("3.7.1")]).await;
    world.look(day(3), &sites[1], &[jquery("3.4.0")]).await;
    assert_eq!(moved(world.settle(day(3)).await), (0, 1));
    let [closed] = world.findings(&sites[0]).await.try_into().expect("one finding");
    assert_eq!(closed.closed, Some(Closed { at: day(3), why: Closing::Upgraded { to: "3.7.1".into() } }));
    assert_eq!(world.findings(&sites[1]).await[0].confirmed, day(3), "the same look confirms");
    let curve = world.watch.curve("CVE-2020-11022").await.expect("curve");
    assert_eq!(curve.iter().map(|point| (point.open, point.closed)).collect::<Vec<_>>(), [(2, 0), (1, 1)]);

    world.look(day(5), &sites[0], &[jquery("1.12.4")]).await;
    assert_eq!(moved(world.settle(day(5)).await), (1, 0), "the old version is back");
    let [again] = world.findings(&sites[0]).await.try_into().expect("one finding");
    assert_eq!((again.opened, again.closed), (day(5), None));
    let curve = world.watch.curve("CVE-2020-11022").await.expect("curve");
    assert_eq!(curve.iter().map(|point| (point.open, point.closed)).collect::<Vec<_>>(), [(2, 0), (1, 1), (2, 1)]);
}

async fn an_advisory_is_corrected_and_withdrawn(world: World) {
    let (old, new) = (site("a"), site("b"));
    world.look(day(0), &old, &[jquery("1.0.0")]).await;
    world.look(day(0), &new, &[jquery("3.0.0")]).await;
    world.say(day(1), nvd("CVE-1", "3.5.0")).await;
    assert_eq!(moved(world.settle(day(1)).await), (2, 0));
    world.say(day(2), nvd("CVE-1", "2.0.0")).await;
    assert_eq!(moved(world.settle(day(2)).await), (0, 1));
    let why = async |subject: &SubjectId| world.findings(subject).await.remove(0).closed.map(|closed| closed.why);
    assert_eq!((why(&old).await, why(&new).await), (None, Some(Closing::Corrected)));
    let rejected = Statement { standing: Standing::Rejected, ..nvd("CVE-1", "2.0.0") };
    world.say(day(3), rejected).await;
    assert_eq!(moved(world.settle(day(3)).await), (0, 1));
    assert_eq!(why(&old).await, Some(Closing::Withdrawn));
    world.say(day(4), nvd("CVE-1", "2.0.0")).await;
    assert_eq!(moved(world.settle(day(4)).await), (1, 0));
    world.unsay("CVE-1").await;
    assert_eq!(moved(world.settle(day(5)).await), (0, 1));
    assert_eq!(why(&old).await, Some(Closing::Withdrawn), "nobody says it any more");
    // Two say it; one of them falls silent.
    world.say(day(6), nvd("CVE-1", "2.0.0")).await;
    world.say(day(6), statement(SourceKind::Ghsa, "GHSA-1", &["CVE-1"], "pkg:npm/jquery", "2.0.0")).await;
    assert_eq!(moved(world.settle(day(6)).await).0, 1);
    world.unsay("CVE-1").await;
    assert_eq!(moved(world.settle(day(7)).await), (0, 0));
}

async fn a_component_is_removed_and_comes_back(world: World) {
    let subject = site("a");
    world.say(day(0), nvd("CVE-1", "3.5.0")).await;
    world.look(day(1), &subject, &[jquery("1.0.0")]).await;
    assert_eq!(moved(world.settle(day(1)).await), (1, 0), "a new component meets its advisories at once");
    world.look(day(2), &subject, &[component("vue", "pkg:npm/vue", "3.0.0")]).await;
    assert_eq!(moved(world.settle(day(2)).await), (0, 1));
    assert_eq!(world.findings(&subject).await[0].closed, Some(Closed { at: day(2), why: Closing::Removed }));
    let moved_file = Component { place: "/static/jquery.js".into(), ..jquery("1.0.0") };
    world.look(day(3), &subject, &[jquery("1.0.0")]).await;
    world.settle(day(3)).await;
    world.look(day(4), &subject, std::slice::from_ref(&moved_file)).await;
    assert_eq!(moved(world.settle(day(4)).await), (1, 1), "the same at another place is another finding");
    let findings = world.findings(&subject).await;
    let closed: Vec<_> = findings.iter().filter_map(|finding| finding.closed.clone()).map(|closed| closed.why).collect();
    assert_eq!(closed, [Closing::Removed]);
    world.look(day(5), &subject, &[Component { place: "/v2.js".into(), ..jquery("3.7.0") }]).await;
    world.settle(day(5)).await;
    let findings = world.findings(&subject).await;
    let upgraded = findings.iter().find(|finding| finding.component == moved_file).and_then(|finding| finding.closed.clone());
    assert_eq!(upgraded.map(|closed| closed.why), Some(Closing::Upgraded { to: "3.7.0".into() }), "upgraded, in another file");
}

async fn what_it_ran_with_is_gone(world: World) {
    let subject = site("a");
    let runs_on = |product: &str| {
        let mut on = statement(SourceKind::Nvd, "", &[], product, "2.0.0").affects.remove(0);
        if let Condition::Is(affected) = &mut on {
            affected.vulnerable = false;
        }
        on
    };
    let mut said = nvd("CVE-1", "3.5.0");
    said.affects = vec![Condition::All(vec![said.affects.remove(0), runs_on("pkg:npm/bootstrap")])];
    world.say(day(0), said).await;
    let bootstrap = |version| component("bootstrap", "pkg:npm/bootstrap", version);
    world.look(day(1), &subject, &[bootstrap("1.0.0"), jquery("1.0.0")]).await;
    assert_eq!(moved(world.settle(day(1)).await), (1, 0));
    world.look(day(2), &subject, &[bootstrap("2.5.0"), jquery("1.0.0")]).await;
    assert_eq!(moved(world.settle(day(2)).await), (0, 1));
    assert_eq!(world.findings(&subject).await[0].closed.clone().expect("closed").why, Closing::Surroundings);
}

async fn a_crash_between_import_and_settling_loses_nothing(world: World) {
    let subject = site("a");
    world.look(day(0), &subject, &[jquery("1.0.0")]).await;
    let world = world.again();
    world.say(day(1), nvd("CVE-1", "3.5.0")).await;
    let world = world.again();
    let settled = world.settle(day(2)).await;
    assert_eq!((settled.names, settled.subjects, settled.opened), (1, 1, 1));
    world.look(day(3), &subject, &[jquery("3.6.0")]).await;
    let world = world.again();
    assert_eq!(moved(world.settle(day(3)).await), (0, 1));
    assert_eq!(world.settle(day(4)).await, Settled::default());
}

async fn what_is_declared_counts_before_the_next_look(world: World) {
    let (seen, unseen) = (site("a"), site("b"));
    world.look(day(0), &seen, &[jquery("1.12.4")]).await;
    world.say(day(1), nvd("CVE-2020-11022", "3.5.0")).await;
    assert_eq!(moved(world.settle(day(1)).await), (1, 0));
    let (source, delivery) = world.source(SourceKind::Sbom, day(2)).await;
    let claims =
        [(seen.to_string(), "1.12.4"), (unseen.to_string(), "3.4.1"), ("portal".to_owned(), "1.0")].map(|(of, version)| {
            let purl = format!("pkg:npm/jquery@{version}");
            let says = [(Attribute::Name, "jquery".to_owned()), (Attribute::Purl, purl.clone())].into_iter().collect();
            Claim { entity: EntityId::new(EntityKind::Component, format!("{of}#{purl}")), part: String::new(), says, line: 1 }
        });
    let placed = world.ledger.apply(&source, delivery, day(2), &claims).await.expect("apply");
    world.watch.declare(day(2)).await.expect("declare");
    assert_eq!(moved(world.settle(day(2)).await), (1, 0), "what was seen is not found again");
    assert_eq!(world.findings(&unseen).await[0].component.channel, Channel::Sbom);

    world.ledger.withdraw(day(3), &[placed[1].id]).await.expect("withdraw");
    world.watch.declare(day(3)).await.expect("declare");
    assert_eq!(moved(world.settle(day(3)).await), (0, 0), "of an application without a bill nothing is known");
    assert_eq!(world.findings(&seen).await.len(), 1);
}

async fn back_ported_and_unknown_versions_stay_apart(world: World) {
    let told = |number: &str, told| Component { version: Reading { number: number.into(), told }, ..jquery("") };
    let cases = [
        ("exact", told("1.0.0", Told::Exact)),
        ("backported", told("1.0.0-2+deb12u1", Told::Backported)),
        ("unknown", told("", Told::Unknown)),
        ("line", told("1.x", Told::Line)),
    ];
    for (name, component) in &cases {
        world.look(day(0), &site(name), std::slice::from_ref(component)).await;
    }
    world.say(day(1), nvd("CVE-1", "3.5.0")).await;
    assert_eq!(moved(world.settle(day(1)).await), (4, 0));
    let affected = world.watch.affected("CVE-1", &Region::All, 99).await.expect("affected");
    let by_certainty = &affected.divisions[0].by_certainty;
    assert_eq!(by_certainty.get(&Certainty::Backported), Some(&1));
    assert_eq!(by_certainty.get(&Certainty::VersionUnknown), Some(&1));
    assert_eq!(by_certainty.values().sum::<u64>(), 4);
    world.look(day(2), &site("unknown"), &[told("3.6.0", Told::Exact)]).await;
    assert_eq!(moved(world.settle(day(2)).await), (0, 1));
}

async fn another_name_takes_over(world: World) {
    let subject = site("a");
    world.look(day(0), &subject, &[jquery("1.0.0")]).await;
    world.say(day(1), statement(SourceKind::Ghsa, "GHSA-1", &[], "pkg:npm/jquery", "3.5.0")).await;
    world.settle(day(1)).await;
    assert_eq!(world.findings(&subject).await[0].vulnerability, "GHSA-1");
    world.say(day(2), silent(SourceKind::Osv, "OSV-1", &["GHSA-1".into(), "CVE-1".into()])).await;
    world.settle(day(2)).await;
    let [finding] = world.findings(&subject).await.try_into().expect("one finding");
    assert_eq!((finding.vulnerability.as_str(), finding.opened, finding.closed), ("CVE-1", day(1), None));
    let curve = world.watch.curve("GHSA-1").await.expect("curve");
    assert_eq!(curve.iter().map(|point| (point.open, point.closed)).collect::<Vec<_>>(), [(1, 0)]);
    world.look(day(3), &subject, &[]).await;
    world.settle(day(3)).await;
    let curve = world.watch.curve("CVE-1").await.expect("curve");
    assert_eq!(curve.last().map(|point| (point.open, point.closed)), Some((0, 1)));
}

async fn vendors_speak_each_of_their_own(world: World) {
    let (jquery, vue) = (site("a"), site("b"));
    world.look(day(0), &jquery, &[self::jquery("1.0.0")]).await;
    world.look(day(0), &vue, &[component("vue", "pkg:npm/vue", "1.0.0")]).await;
    for (vendor, product) in [("甲", "pkg:npm/jquery"), ("乙", "pkg:npm/vue")] {
        let (source, delivery) = feed(&*world.ledger, SourceKind::Csaf, vendor).await;
        let said = statement(SourceKind::Csaf, "CVE-1", &[], product, "2.0.0");
        world.advisories.put_statements(&source, delivery, day(1), &[said]).await.expect("put");
    }
    assert_eq!(moved(world.settle(day(1)).await), (2, 0));
    assert_eq!((world.findings(&jquery).await.len(), world.findings(&vue).await.len()), (1, 1));
}

async fn a_bulletin_is_no_sign_of_sameness(world: World) {
    let subject = site("a");
    world.look(day(0), &subject, &[jquery("1.0.0")]).await;
    let said =
        |number: usize, fixed| statement(SourceKind::Osv, &format!("OSV-{number}"), &["BULLETIN-2026"], "pkg:npm/jquery", fixed);
    for number in 0..60 {
        world.say(day(1), said(number, "2.0.0")).await;
    }
    world.settle(day(1)).await;
    let open = async || {
        let findings = world.findings(&subject).await.into_iter().filter(|finding| finding.closed.is_none());
        findings.map(|finding| finding.vulnerability).collect::<BTreeSet<_>>()
    };
    assert_eq!(open().await, (0..60).map(|number| format!("OSV-{number}")).collect());
    world.say(day(2), said(7, "1.0.0")).await;
    assert_eq!(moved(world.settle(day(2)).await), (0, 1));
    assert!(!open().await.contains("OSV-7"));
}

async fn one_suppliers_flaw(world: World) {
    let sign =
        SupplierSign {
            name: "某某科技有限公司".into(), by: SignedBy::Footer, evidence: "技术支持：某某科技有限公司".into()
        };
    let cms = |version| component("某某站群", "name:某某站群", version);
    for (name, version) in [("a", "1.0"), ("b", "1.0"), ("c", "3.0")] {
        world.look(day(0), &site(name), &[cms(version)]).await;
        world.advisories.put_suppliers(&site(name), std::slice::from_ref(&sign)).await.expect("suppliers");
    }
    let word = Score { system: System::Word, value: "高".into(), tenths: None, by: "CNVD".into() };
    let cnvd = statement(SourceKind::Cnvd, "CNVD-1", &[], "name:某某站群", "2.0");
    world.say(day(1), cnvd.clone()).await;
    world.settle(day(1)).await;
    let reach = async || world.watch.supplier_reach_of(std::slice::from_ref(&sign)).await.expect("reach").suppliers.remove(0);
    let before = reach().await;
    assert_eq!((before.subjects, before.affected, before.signs), (3, 0, vec![sign.clone()]), "it is not graded high yet");
    assert_eq!(before.shared, [Shared { vulnerability: "CNVD-1".into(), subjects: 2 }]);
    world.say(day(2), Statement { scores: vec![word], ..cnvd }).await;
    assert_eq!(world.settle(day(2)).await, Settled::default(), "a score changes no finding");
    assert_eq!(reach().await.affected, 2);
}

async fn who_is_affected_and_who_is_told(world: World) {
    let (source, _) = world.source(SourceKind::Ledger, day(0)).await;
    let (county, city) = ("institution:11510903MB0000001A", "institution:11510900MB0000002B");
    let truths = [
        truth(county, "某某县人民政府", None, Some("510903"), &source),
        truth(city, "某某市人民政府", None, Some("510900"), &source),
        truth("site:a.example.gov.cn", "县门户", Some(county), Some("510903"), &source),
        truth("site:b.example.gov.cn", "县政务服务", Some(county), Some("510903"), &source),
        truth("site:c.example.gov.cn", "市门户", Some(city), Some("510900"), &source),
        Truth { state: LifeState::Retired, ..truth("site:d.example.gov.cn", "旧站", Some(city), Some("510900"), &source) },
    ];
    world.ledger.put_truths(&truths, &[]).await.expect("truths");
    let (alias, canonical) = (entity("site:old.example.gov.cn"), entity("site:c.example.gov.cn"));
    let reasons = vec![Text::new("同一网站", "one site")];
    let link = Link { alias, entity: canonical, sameness: Sameness::Same, reasons, person: None, at: day(0) };
    world.ledger.put_links(&[link]).await.expect("links");
    for name in ["a", "b", "old", "nobody", "d"] {
        world.look(day(0), &site(name), &[jquery("1.0.0")]).await;
    }
    world.say(day(1), nvd("CVE-1", "3.5.0")).await;
    world.say(day(1), silent(SourceKind::Ghsa, "GHSA-1", &["CVE-1".into()])).await;
    let listed = Exploited { since: None, due: None, ransomware: false };
    world.say(day(1), Statement { exploited: Some(listed), ..silent(SourceKind::Kev, "CVE-1", &[]) }).await;
    world.settle(day(1)).await;
    let affected = world.watch.affected("GHSA-1", &Region::All, 3).await.expect("affected");
    assert_eq!((affected.vulnerabilities.as_slice(), affected.names.len()), (&["CVE-1".to_owned()][..], 2));
    assert_eq!((affected.statements.len(), affected.severity, affected.exploited), (3, Severity::High, true));
    let division = |line: &DivisionLine| (line.division.as_ref().map(ToString::to_string), line.institutions, line.applications);
    let divisions: Vec<_> = affected.divisions.iter().map(division).collect();
    assert_eq!(divisions, [(None, 0, 1), (Some("510900".into()), 1, 1), (Some("510903".into()), 1, 2)]);
    let lines: Vec<_> = affected.lines.iter().map(|line| (line.institution_name.as_str(), line.name.as_str())).collect();
    assert_eq!(lines, [("", ""), ("某某市人民政府", "市门户"), ("某某县人民政府", "县门户")]);
    assert_eq!((affected.beyond, affected.lines[1].fixed_in.as_deref(), affected.lines[1].since), (1, Some("3.5.0"), day(1)));
    assert_eq!(affected.retired, 1);
    let here = Region::Subtree("510903".parse().expect("a code"));
    assert_eq!(world.watch.affected("CVE-1", &here, 99).await.expect("affected").lines.len(), 2);

    let order =
        Order { by: "张三", at: day(2), least: Certainty::VersionUnknown, again: false, deadlines: Deadlines::default() };
    let told = world.watch.notify("CVE-1", &here, order).await.expect("notices");
    let [notice] = &told.notices[..] else { panic!("one institution: {told:?}") };
    assert_eq!((notice.institution.to_string().as_str(), notice.findings.len()), (county, 2));
    assert_eq!((notice.severity, notice.due.to_string().as_str()), (Severity::High, "2026-03-06"), "exploited: three days");
    for word in
        ["某某县人民政府：", "县门户", "县政务服务", "CVE-1、GHSA-1", "jquery 1.0.0", "升级至 3.5.0", "2026-03-06", "已知被利用"]
    {
        assert!(notice.text.zh.contains(word), "{word}: {}", notice.text.zh);
    }
    for word in ["jquery 1.0.0", "upgrade to 3.5.0", "2026-03-06", "known to be exploited"] {
        assert!(notice.text.en.contains(word), "{word}: {}", notice.text.en);
    }
    let rest = world.watch.notify("GHSA-1", &Region::All, order).await.expect("notices");
    let counts = (rest.notices.len(), rest.known, rest.ownerless, rest.unsure);
    assert_eq!((counts, rest.notices[0].institution.to_string().as_str()), ((1, 2, 1, 0), city));
    assert_eq!(world.watch.notify("CVE-1", &Region::All, order).await.expect("notices").notices, []);
    let again = Order { again: true, ..order };
    assert_eq!(world.watch.notify("CVE-1", &Region::All, again).await.expect("notices").notices.len(), 2);
    let sure = Order { least: Certainty::Certain, again: true, ..order };
    let unsure = world.watch.notify("CVE-1", &here, sure).await.expect("notices");
    assert_eq!(unsure.notices.iter().map(|notice| notice.findings.len() as u64).sum::<u64>() + unsure.unsure, 2);
    assert_eq!(world.advisories.notices(&["CVE-1".into()]).await.expect("notices").len(), 4 + unsure.notices.len());
}

async fn what_rules_are_told(world: World) {
    world.say(day(1), nvd("CVE-1", "3.5.0")).await;
    world.say(day(1), statement(SourceKind::Ghsa, "GHSA-1", &["CVE-1"], "pkg:npm/jquery", "3.5.0")).await;
    world.say(day(2), Statement { exploited: Some(Exploited::default()), ..silent(SourceKind::Kev, "CVE-1", &[]) }).await;
    let sure = Component { channel: Channel::Digest, ..jquery("1.0.0") };
    let asked_feeds = || async { world.watch.feeds().await.expect("feeds") };
    let asked = [sure.clone(), component("x", "pkg:npm/x", "1")];
    let told = world.watch.vulnerabilities_of(&asked, asked_feeds().await).await.expect("told");
    let feeds: BTreeMap<_, _> = told.feeds.iter().map(|feed| (feed.source, feed.as_of.map(|day| day.to_string()))).collect();
    assert_eq!(feeds[&SourceKind::Kev].as_deref(), Some("2026-03-03"));
    assert_eq!((feeds.len(), told.looked_up, told.matches.len(), told.beyond), (3, 2, 1, 0));
    let found = &told.matches[0];
    assert_eq!((found.vulnerability.as_str(), found.names.as_slice()), ("CVE-1", &["GHSA-1".to_owned()][..]));
    assert_eq!((found.severity, found.exploited.is_some(), &found.component), (Severity::High, true, &sure));
    assert_eq!(found.sources, [SourceKind::Nvd, SourceKind::Ghsa]);
    assert_eq!(found.fixed_in.as_deref(), Some("3.5.0"));
    world.say(day(3), nvd("CVE-2", "1.5.0")).await;
    let told = world.watch.vulnerabilities_of(std::slice::from_ref(&sure), asked_feeds().await).await.expect("told");
    assert_eq!(told.matches.len(), 2, "what is kept is of the present edition");
    assert_eq!(world.watch.vulnerabilities_of(&[], asked_feeds().await).await.expect("told").feeds.len(), 3);
}
