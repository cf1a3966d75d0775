//! One payload of every kind that has to do with components, entrances and active tests.

use std::collections::BTreeMap;

use jiff::civil::date;
use model::advisory::statement::Exploited;
use model::advisory::{Certainty, Channel, Component, Product, Reading, Told};
use model::facts::Payload;
use model::facts::clients::{
    Audience, Client, ClientAnswer, ClientVisit, ClientVisits, Demand, Entrance, EntrancePage, Entrances, SystemKind, Way,
};
use model::facts::components::{
    Components, Ends, Feed, Lifecycle, Lifecycles, Match, Shared, SignedBy, Supplier, SupplierReach, SupplierSign,
    Vulnerabilities,
};
use model::facts::extracts::{ThreatListing, ThreatListings};
use model::facts::proofs::{PasswordTrials, Proof, Proofs, Provocation, Trial};
use model::facts::scripts::{Library, Script, Scripts};
use model::ledger::source::SourceKind;
use model::observation::{Failure, FailureClass, Outcome};
use model::rule::Severity;

use super::Flavour;

pub(super) fn all(words: Flavour) -> Vec<Payload> {
    let component = component(words);
    vec![
        scripts(words).into(),
        clients(words).into(),
        entrances(words).into(),
        proofs(words).into(),
        Provocation {
            url: words.say("https://yunling.example/?q=…", "https://yunling.example/?q=1"),
            plain: 200,
            provoked: None,
            stopped: true,
            device: Some(words.say("云防护", "shield")),
        }
        .into(),
        trials(words).into(),
        Components {
            found: vec![component.clone(), Component { version: Reading::default(), ..component.clone() }],
            declared_on: Some(date(2026, 1, 1)),
            sets: vec!["wappalyzer 7586".into()],
        }
        .into(),
        vulnerabilities(words, &component).into(),
        lifecycles(words, &component).into(),
        ThreatListings {
            as_of: Some(date(2026, 11, 1)),
            hosts: vec!["cdn.example".into()],
            listed: vec![ThreatListing {
                host: "cdn.example".into(),
                indicator: words.say("cdn.example", "cdn.example"),
                threat: words.say("恶意脚本", "malicious script"),
                by: words.say("名单甲", "list-a"),
                since: None,
                until: None,
                live: true,
            }],
        }
        .into(),
        suppliers(words).into(),
    ]
}

fn component(words: Flavour) -> Component {
    Component {
        name: words.say("jQuery", "jQuery"),
        products: vec![Product::new("pkg:npm/jquery")],
        version: Reading { number: "1.12.4".into(), told: Told::Backported },
        channel: Channel::Content,
        confidence: 100,
        place: "https://yunling.example/jquery.js".into(),
        evidence: words.say("/*! jQuery v1.12.4", "/*! jQuery v1.12.4"),
    }
}

fn scripts(words: Flavour) -> Scripts {
    let library = Library { name: words.say("jQuery", "jQuery"), version: "1.12.4".into(), ..Library::default() };
    let script = Script {
        url: words.say("https://cdn.example/jquery.js", "https://cdn.example/jquery.js"),
        host: "cdn.example".into(),
        third_party: true,
        pinned: true,
        libraries: vec![library.clone()],
        ..Script::default()
    };
    let failure = Failure::new(FailureClass::NameNotFound, words.say("无此域名", "no such name"));
    Scripts {
        page: "https://yunling.example/".into(),
        scripts: vec![script.clone(), Script { failure: Some(failure), ..script }],
        inline: vec![library],
        detectors: "retire.js 76".into(),
        ..Scripts::default()
    }
}

fn clients(words: Flavour) -> ClientVisits {
    let answer = ClientAnswer {
        status: 200,
        title: words.say("云岭县人民政府", "Yunling"),
        turned_away: Some(words.say("请使用 IE 浏览器访问", "use Internet Explorer")),
        ..ClientAnswer::default()
    };
    let failed = Failure::new(FailureClass::ConnectTimeout, words.say("超时", "timeout"));
    ClientVisits {
        url: "https://yunling.example/".into(),
        visits: vec![
            ClientVisit { browser: "firefox-linux".into(), answer: Outcome::Seen(answer) },
            ClientVisit { browser: "safari-iphone".into(), answer: Outcome::Failed(failed) },
        ],
        demands: vec![Demand {
            client: Client::ActiveX,
            place: "https://yunling.example/".into(),
            matched: words.say("<object classid>", "<object classid>"),
            compelling: true,
        }],
    }
}

fn entrances(words: Flavour) -> Entrances {
    let page = EntrancePage {
        url: "https://yunling.example/oa/".into(),
        status: 200,
        title: words.say("协同办公", "office"),
        audience: Audience::Staff,
        system: Some(SystemKind::Office),
        product: Some(words.say("某办公系统", "some OA")),
        ways: vec![Way::Password, Way::WeChat],
        ..EntrancePage::default()
    };
    let entrance = |page| Entrance {
        url: "https://yunling.example/oa/".into(),
        words: words.say("办公入口", "office"),
        found_by: "link".into(),
        page,
    };
    let failed = Failure::new(FailureClass::ConnectTimeout, words.say("超时", "timeout"));
    Entrances {
        page: "https://yunling.example/".into(),
        rendered: true,
        entrances: vec![entrance(Outcome::Seen(page)), entrance(Outcome::Failed(failed))],
        beyond: 0,
    }
}

fn proofs(words: Flavour) -> Proofs {
    let extracted = BTreeMap::from([("version".to_owned(), vec![words.say("1.2", "1.2")])]);
    Proofs {
        target: "https://yunling.example".into(),
        catalogue: words.say("模板集甲", "templates-a"),
        ran: 12,
        refused: BTreeMap::from([("intrusive".into(), 2)]),
        failed: BTreeMap::from([("timeout".into(), 1)]),
        hits: vec![Proof {
            template: words.say("panel-a", "panel-a"),
            severity: "high".into(),
            vulnerabilities: vec!["CVE-2099-0001".into()],
            request: "GET https://yunling.example/a".into(),
            extracted,
            ..Proof::default()
        }],
        stopped: Some(Failure::new(FailureClass::RateLimited, words.say("限速", "slow down"))),
    }
}

fn trials(words: Flavour) -> PasswordTrials {
    let trial = |accepted| Trial {
        place: words.say("ftp yunling.example:21", "ftp yunling.example:21"),
        product: words.say("设备甲", "device-a"),
        account: "admin".into(),
        attempts: 1,
        accepted,
    };
    let failed = Failure::new(FailureClass::ConnectTimeout, words.say("超时", "timeout"));
    PasswordTrials {
        list: words.say("清单甲", "list-a"),
        trials: vec![trial(Outcome::Seen(true)), trial(Outcome::Failed(failed.clone()))],
        stopped: Some(failed),
    }
}

fn vulnerabilities(words: Flavour, component: &Component) -> Vulnerabilities {
    let one = Match {
        vulnerability: "CVE-2020-11022".into(),
        names: vec!["GHSA-gxr4-xjj5-5px2".into()],
        title: words.say("跨站脚本", "cross-site scripting"),
        component: component.clone(),
        certainty: Certainty::Backported,
        severity: Severity::Medium,
        scores: Vec::new(),
        sources: vec![SourceKind::Nvd],
        exploited: Some(Exploited::default()),
        likelihood: None,
        urgency: 71,
        fixed_in: Some("3.5.0".into()),
        remedy: words.say("升级到 3.5.0", "upgrade to 3.5.0"),
    };
    Vulnerabilities {
        feeds: vec![Feed { source: SourceKind::Nvd, as_of: Some(date(2026, 11, 1)) }],
        looked_up: 1,
        matches: vec![one],
        beyond: 3,
    }
}

fn lifecycles(words: Flavour, component: &Component) -> Lifecycles {
    let cycle = |ends| Lifecycle {
        component: component.clone(),
        product: "jquery".into(),
        cycle: "1".into(),
        ends,
        latest: words.say("1.12.4", "1.12.4"),
    };
    Lifecycles {
        as_of: Some(date(2026, 11, 1)),
        cycles: vec![cycle(Ends::On(date(2020, 1, 1))), cycle(Ends::Ended), cycle(Ends::NotSet)],
    }
}

fn suppliers(words: Flavour) -> SupplierReach {
    let name = words.say("云岭软件公司", "Yunling Software");
    SupplierReach {
        suppliers: vec![Supplier {
            signs: vec![SupplierSign {
                name: name.clone(), by: SignedBy::Footer, evidence: words.say("技术支持", "built by")
            }],
            name,
            subjects: 9,
            affected: 4,
            shared: vec![Shared { vulnerability: "CVE-2020-11022".into(), subjects: 4 }],
        }],
    }
}
