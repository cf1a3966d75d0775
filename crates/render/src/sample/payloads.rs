//! One payload of every kind.

use std::net::{IpAddr, Ipv4Addr};

use jiff::SignedDuration;
use model::digest::Digest;
use model::facts::Payload;
use model::facts::dns::{Answer, Dnssec, HostDns, Mx, Soa, ZoneDns};
use model::facts::mail::{Dmarc, DmarcPolicy, DmarcRecord, MailDns, Qualifier, Spf, SpfProblem};
use model::facts::page::{Form, HomePage, IcpNumber, Link, Mark, MarkClass, MarkForm, PoliceNumber, SiteCode};
use model::facts::register::{Estate, Register};
use model::facts::rendered::{Click, ClickTest, Interstitial, Rect, RenderedPage, Screenshot, SeenMark};
use model::facts::tls::{Certificate, TlsHandshake, Trust};
use model::facts::web::{Body, Cookie, Header, Hop, LinkCheck, LinkChecks, LinkLook, Redirect, SecureVisit, Visit};
use model::institution::{AdminLevel, Application, ApplicationKind, Institution, InstitutionType, SiteRole};
use model::name::HostName;
use model::observation::{Failure, FailureClass, Outcome};

use super::{Flavour, PAGE, at};

/// Where the mark is on the drawn page.
pub(crate) const MARK: Rect = Rect { x: 612, y: 1408, width: 56, height: 64 };
/// Where the link is on the drawn page.
pub(crate) const LINK: Rect = Rect { x: 590, y: 1320, width: 108, height: 40 };

const IP: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));

pub(super) fn all(words: Flavour) -> Vec<Payload> {
    vec![
        register(words).into(),
        Estate { institution: institution(words), applications: vec![application(words), application(words)] }.into(),
        host_dns(words).into(),
        zone_dns(words).into(),
        mail_dns(words).into(),
        SecureVisit(visit(words)).into(),
        handshake(words).into(),
        home(words).into(),
        rendered(words).into(),
        clicks(words).into(),
        links(words).into(),
    ]
}

fn institution(words: Flavour) -> Institution {
    Institution {
        name: words.say("云岭县人民政府", "Yunling County Government"),
        short_names: vec![words.say("云岭县政府", "Yunling")],
        uscc: "91350100M000100Y43".parse().ok(),
        kind: Some(InstitutionType::PartyGovernment),
        level: Some(AdminLevel::County),
        division: "530999".parse().ok(),
        parent: None,
        administrative_duties: None,
        state: None,
        successor: None,
    }
}

fn application(words: Flavour) -> Application {
    Application {
        kind: ApplicationKind::WebSite,
        name: words.say("云岭县人民政府门户网站", "Yunling County portal"),
        address: match words {
            Flavour::Hostile => format!("javascript:{}", words.say("", "")),
            _ => "https://www.yunling.example/".into(),
        },
        host: Some(host("www.yunling.example")),
        role: Some(SiteRole::Portal),
        ..Application::default()
    }
}

fn register(words: Flavour) -> Register {
    let superior_hosts = vec![host("www.superior.example")];
    Register { institution: Some(institution(words)), application: application(words), superior_hosts }
}

fn host(name: &str) -> HostName {
    HostName { ascii: name.into(), unicode: name.into(), suffix: "example".into(), registrable: None }
}

fn host_dns(words: Flavour) -> HostDns {
    HostDns {
        name: "www.yunling.example".into(),
        aliases: vec![words.say("edge.yunling.example", "edge.yunling.example")],
        a: Answer::Records(vec![Ipv4Addr::new(192, 0, 2, 7), Ipv4Addr::new(192, 0, 2, 8)]),
        aaaa: Answer::Empty,
    }
}

fn zone_dns(words: Flavour) -> ZoneDns {
    let soa = Soa { mname: "ns1.yunling.example".into(), rname: "hostmaster.yunling.example".into(), serial: 2026112101 };
    ZoneDns {
        zone: "yunling.example".into(),
        ns: Answer::Records(vec!["ns1.yunling.example".into(), "ns2.yunling.example".into()]),
        soa: Answer::Records(vec![soa]),
        mx: Answer::Records(vec![Mx { preference: 10, host: "mail.yunling.example".into() }]),
        txt: Answer::Records(vec![words.say("v=spf1 mx -all", "v=spf1 mx -all")]),
        caa: Answer::NameNotFound,
        ds: Answer::Failed(Failure::new(FailureClass::ResolverTimeout, words.say("5 秒", "5 s"))),
        dnskey: Answer::Empty,
        dnssec: Dnssec::Bogus(words.say("signature expired", "signature expired")),
    }
}

fn mail_dns(words: Flavour) -> MailDns {
    let record = DmarcRecord {
        text: words.say("v=DMARC1; p=none", "v=DMARC1; p=none"),
        policy: Some(DmarcPolicy::None),
        subdomain_policy: None,
        nonexistent_policy: None,
        percent: 100,
        test_mode: false,
        reports_to: vec![],
        problems: vec![words.say("tag", "tag")],
    };
    let problem = SpfProblem::Syntax { domain: "yunling.example".into(), term: words.say("mxx", "mxx") };
    MailDns {
        domain: "yunling.example".into(),
        mx: Answer::Records(vec![Mx { preference: 10, host: "mail.yunling.example".into() }]),
        spf: Spf {
            records: vec![words.say("v=spf1 mx ~all", "v=spf1 mx ~all")],
            lookups: 1,
            void_lookups: 0,
            all: Some(Qualifier::SoftFail),
            problems: vec![problem, SpfProblem::TooManyLookups],
            unanswered: None,
        },
        dmarc: Dmarc {
            asked: vec!["_dmarc.yunling.example".into()],
            found_at: Some("_dmarc.yunling.example".into()),
            records: vec![record],
            unanswered: None,
        },
    }
}

fn hop(words: Flavour, url: &str, status: u16, redirect: Option<Redirect>) -> Hop {
    let header = |name: &str, value: String| Header { name: name.into(), value };
    Hop {
        url: url.into(),
        host: host("www.yunling.example"),
        ip: IP,
        version: "HTTP/1.1".into(),
        status,
        headers: vec![
            header("server", words.say("nginx", "nginx")),
            header("content-type", "text/html; charset=utf-8".into()),
            header("x-frame-options", "SAMEORIGIN".into()),
            header(
                "content-security-policy",
                format!("default-src 'self'; img-src {}", "https://img.yunling.example ".repeat(20)),
            ),
        ],
        cookies: vec![Cookie {
            name: words.say("JSESSIONID", "JSESSIONID"),
            secure: false,
            http_only: true,
            same_site: None,
            max_age_s: None,
        }],
        hsts: None,
        redirect,
    }
}

fn visit(words: Flavour) -> Visit {
    let end = words.say("https://www.yunling.example/index.html", "https://www.yunling.example/index.html");
    let first = hop(words, "https://www.yunling.example/", 302, Some(Redirect::Status(end.clone())));
    let body = Body {
        digest: Digest::of(b"body"),
        length: 48_213,
        truncated: false,
        media_type: "text/html".into(),
        charset: "UTF-8".into(),
    };
    Visit { start: first.url.clone(), hops: vec![first, hop(words, &end, 200, None)], broken: None, body: Some(body) }
}

fn handshake(words: Flavour) -> TlsHandshake {
    let certificate = |subject: String, issuer: &str| Certificate {
        der: Digest::of(issuer.as_bytes()),
        subject,
        organisation: Some(words.say("云岭县人民政府", "Yunling County Government")),
        issuer: issuer.into(),
        names: vec![words.say("www.yunling.example", "www.yunling.example"), "yunling.example".into()],
        not_before: at() - SignedDuration::from_hours(24 * 385),
        not_after: at() - SignedDuration::from_hours(24 * 20),
        key_algorithm: "RSA".into(),
        key_bits: Some(2048),
        signature_algorithm: "sha256WithRSAEncryption".into(),
        serial: "04a1b2c3d4e5f60718293a4b5c6d7e8f".into(),
    };
    TlsHandshake {
        host: "www.yunling.example".into(),
        ip: IP,
        port: 443,
        version: "TLSv1.2".into(),
        cipher: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256".into(),
        chain: vec![
            certificate(
                words.say("CN=www.yunling.example,O=云岭县人民政府,C=CN", "CN=www.yunling.example,C=CN"),
                "CN=Lab Issuing CA,C=CN",
            ),
            certificate("CN=Lab Issuing CA,C=CN".into(), "CN=Lab Root CA,C=CN"),
        ],
        trust: Trust::UnknownIssuer,
        covers_host: true,
    }
}

fn mark(words: Flavour) -> Mark {
    Mark {
        form: MarkForm::LinkedPicture,
        class: Some(MarkClass::PartyGovernment),
        error: true,
        id: Some("0123456789abcdef0123456789abcdef".into()),
        code: None,
        link: Some(words.say("https://registry.example/verify?id=0123", "https://registry.example/verify?id=0123")),
        picture: None,
        commented_out: true,
    }
}

fn home(words: Flavour) -> HomePage {
    let icp = words.say("滇ICP备19999999号-1", "ICP 19999999");
    let police = words.say("滇公网安备 53992302000001号", "53992302000001");
    HomePage {
        url: "https://www.yunling.example/index.html".into(),
        title: words.say("云岭县人民政府", "Yunling County"),
        site_names: vec![words.say("云岭县人民政府门户网站", "Yunling portal")],
        links: vec![Link { url: "https://forum.example/".into(), host: None, text: words.say("云岭论坛", "Forum") }],
        forms: vec![Form { action: words.say("/search", "/search"), method: "get".into(), fields: vec!["text".into()] }],
        marks: vec![mark(words)],
        icp: vec![IcpNumber { text: icp, number: None, subject: None, link: None, problem: None }],
        police: vec![PoliceNumber { text: police, digits: "53992302000001".into(), linked: None, problem: None }],
        site_codes: vec![SiteCode { code: "5199230001".into(), well_formed: true, from_link: false }],
        institutions: vec![words.say("云岭县人民政府", "Yunling County Government")],
        script_built: true,
        ..HomePage::default()
    }
}

fn rendered(words: Flavour) -> RenderedPage {
    RenderedPage {
        page: home(words),
        viewport_width: 1280,
        viewport_height: 800,
        width: 1280,
        height: 1700,
        screenshot: Some(Screenshot { digest: Digest::of(PAGE), width: 1280, height: 1700 }),
        marks: vec![SeenMark { mark: mark(words), rect: MARK, visible: true, frame: None }],
        requests: vec![],
    }
}

fn clicks(words: Flavour) -> ClickTest {
    let click = Click {
        url: "https://forum.example/".into(),
        text: words.say("云岭论坛", "Forum"),
        rect: LINK,
        failure: None,
        dialog: None,
        appeared: None,
        interstitial: None,
        left_for: Some(words.say("https://forum.example/", "https://forum.example/")),
        screenshot: Some(Digest::of(PAGE)),
    };
    let between = Interstitial {
        url: "https://www.yunling.example/leave".into(),
        text: words.say("您即将离开本网站", "You are leaving"),
    };
    let second = Click {
        url: "https://travel.example/".into(),
        dialog: Some(words.say("即将离开本网站", "leaving this site")),
        interstitial: Some(between),
        left_for: None,
        screenshot: Some(Digest::of(b"missing")),
        ..click.clone()
    };
    ClickTest { candidates: 2, clicks: vec![click, second] }
}

fn links(words: Flavour) -> LinkChecks {
    let look = |status| LinkLook { at: at(), status };
    let refused = Failure::new(FailureClass::ConnectionRefused, words.say("", "port 443"));
    let fine = |index: u32| LinkCheck {
        url: format!("https://site{index}.example/"),
        text: words.say("友情链接", "link"),
        first: look(Outcome::Seen(200)),
        second: None,
    };
    let dead = LinkCheck { first: look(Outcome::Failed(refused)), second: Some(look(Outcome::Seen(200))), ..fine(0) };
    LinkChecks { links: (1..40).map(fine).chain([dead]).collect(), not_checked: 12 }
}
