//! A small world for the tests: one subject with every kind of evidence and every kind of verdict, in three flavours of words.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use comfy_table::{ContentArrangement, Table, presets};
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use model::basis::{Act, Basis};
use model::bundle::Bundle;
use model::digest::Digest;
use model::facts::{Kind, Payload};
use model::observation::{Failure, FailureClass, Observation, Outcome, Source};
use model::permission::AccessLevel;
use model::policy::Policy;
use model::rule::{Area, Rule, Severity};
use model::subject::{SubjectId, SubjectKind};
use model::text::{Label, Text};
use model::verdict::{Cause, Evidence, Grade, Judgement, Region, Undetermined, Value, Verdict};

use crate::report::{Catalogue, Meta, SubjectReport};
use crate::summary::SweepSummary;

mod components;
mod extracts;
mod mapping;
mod payloads;

/// A drawn page of no real institution.
pub(crate) const PAGE: &[u8] = include_bytes!("../../samples/page.jpg");

/// What a hostile site puts into whatever it controls.
pub(crate) const HOSTILE: &str = "<script>alert(1)</script>\"><img src=x onerror=alert(1)>'\x1b[31m\u{202e}\u{9b}2J";

/// Which words the world's own data are in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavour {
    /// As in life.
    Chinese,
    /// ASCII only.
    Ascii,
    /// ASCII with attacks behind every word.
    Hostile,
}

impl Flavour {
    pub(crate) fn say(self, zh: &str, en: &str) -> String {
        match self {
            Flavour::Chinese => zh.into(),
            Flavour::Ascii => en.into(),
            Flavour::Hostile => format!("{en}{HOSTILE}"),
        }
    }

    fn text(self, zh: &str, en: &str) -> Text {
        match self {
            Flavour::Chinese => Text::new(zh, en),
            Flavour::Ascii => Text::same(en),
            Flavour::Hostile => Text::new(format!("{zh}{HOSTILE}"), format!("{en}{HOSTILE}")),
        }
    }
}

/// One subject with its verdicts.
pub(crate) struct World {
    pub(crate) bundle: Bundle,
    pub(crate) verdicts: Vec<Verdict>,
    pub(crate) images: BTreeMap<Digest, Vec<u8>>,
}

impl World {
    pub(crate) fn report(&self) -> SubjectReport<'_> {
        SubjectReport { bundle: &self.bundle, verdicts: &self.verdicts, images: &self.images }
    }

    pub(crate) fn catalogue(&self) -> Catalogue<'static> {
        Catalogue(RULES)
    }
}

static ACT: Act = Act {
    key: "provisions",
    title: Label { zh: "《互联网政务应用安全管理规定》", en: "Provisions on Internet Government Applications" },
    number: "2024-05-15",
    since: date(2024, 7, 1),
    until: None,
};

macro_rules! rule {
    ($id:literal, $zh:literal, $en:literal, $area:ident, $severity:ident, $grade:ident, $place_zh:literal, $place_en:literal) => {
        &Rule {
            id: $id,
            title: Label { zh: $zh, en: $en },
            area: Area::$area,
            scope: &[SubjectKind::Site],
            severity: Severity::$severity,
            grade: Grade::$grade,
            basis: &[Basis { act: &ACT, place: Label { zh: $place_zh, en: $place_en } }],
            needs: &[Kind::Register],
            level: AccessLevel::L1,
            max_age_days: 30,
            revision: 1,
            doc: Label {
                zh: concat!("# ", $id, " ", $zh, "\n\n## 检测内容\n\n略。\n\n## 整改方法\n\n\
                    注册以“.gov.cn”或“.政务”为后缀的域名，将网站迁移至新域名并更新台账，随后注销原域名。\n\n\
                    - 迁移期间可由原域名跳转；\n- 过渡期满应停止解析，并在 `台账` 中注明。\n\n## 局限与异议\n\n\
                    机构类型取自台账；如类型有误，请经机构编制管理部门核对名录后重新判定。\n"),
                en: concat!("# ", $id, " ", $en, "\n\n## What it checks\n\nSee the title.\n\n## How to mend\n\n\
                    Register a name under `.gov.cn`, move the site to it, and tell the ledger.\n\n\
                    - A redirect eases the move.\n- End it when visitors have followed.\n\n## Limits\n\n\
                    The type of the institution comes from the ledger; if it is wrong there, have it corrected and judge again.\n"),
            },
            judge: |_| Ok(Judgement::pass(Text::default())),
        }
    };
}

pub(crate) static RULES: &[&Rule] = &[
    rule!(
        "DOM002",
        "党政机关网站域名后缀不是“.gov.cn”或“.政务”",
        "party or government site outside .gov.cn",
        Domain,
        High,
        Violation,
        "第五条第一款",
        "Art. 5 (1)"
    ),
    rule!(
        "DOM005",
        "门户网站域名不是规范形式",
        "portal name not of the prescribed form",
        Domain,
        Low,
        Review,
        "第五条",
        "Art. 5"
    ),
    rule!(
        "MARK001",
        "首页底部未加注网上标识",
        "no official mark at the foot of the home page",
        Mark,
        Medium,
        Violation,
        "第九条",
        "Art. 9"
    ),
    rule!("MARK002", "网上标识未居中", "official mark not in the middle", Mark, Low, Violation, "第九条", "Art. 9"),
    rule!("MAIL008", "邮件域名未设置 SPF", "mail domain without SPF", Mail, Medium, Violation, "第二十九条", "Art. 29"),
    rule!("DATA003", "HTTPS 证书无效", "certificate does not hold", Data, High, Violation, "第二十三条", "Art. 23"),
    rule!("DATA012", "未启用 HSTS", "no strict transport security", Data, Info, Advice, "第二十三条", "Art. 23"),
    rule!("LINK001", "外部链接失效", "dead external links", Links, Low, Violation, "第二十八条", "Art. 28"),
    rule!("LINK004", "跳转外部链接时无提示", "no prompt before leaving", Links, Medium, Violation, "第二十八条", "Art. 28"),
    rule!("ORG003", "未标明 ICP 备案号", "no ICP filing number", Institution, Medium, Violation, "第四条", "Art. 4"),
];

/// The reference time.
pub(crate) fn at() -> Timestamp {
    date(2026, 11, 21).at(1, 30, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp()
}

pub(crate) fn meta() -> Meta<'static> {
    let notes = vec![Text::new("浏览器未在沙箱中运行。", "The browser ran without its sandbox.")];
    Meta { generated: at() + SignedDuration::from_mins(3), version: "0.1.0", vantage: "lab".into(), notes, map: true }
}

/// The hostile world: what most tests want.
pub(crate) fn world() -> World {
    build(Flavour::Hostile)
}

/// The world in words of a flavour.
pub(crate) fn build(flavour: Flavour) -> World {
    let subject = SubjectId::site("www.yunling.example");
    let seen = |payload: Payload| observation(&subject, payload.kind(), Outcome::Seen(payload));
    let mut observations: Vec<_> = payloads::all(flavour)
        .into_iter()
        .chain(mapping::all(flavour))
        .chain(extracts::all(flavour))
        .chain(components::all(flavour))
        .map(seen)
        .collect();
    let failure = Failure::new(
        FailureClass::ConnectTimeout,
        flavour.say("connect 192.0.2.7:80：10 秒内无应答", "connect 192.0.2.7:80: timed out"),
    );
    observations.push(observation(&subject, Kind::PlainVisit, Outcome::Failed(failure.clone())));
    let bundle = Bundle::seal(subject, at(), Policy::default(), observations).unwrap();
    let verdicts = verdicts(&bundle, flavour, &failure);
    World { bundle, verdicts, images: BTreeMap::from([(Digest::of(PAGE), PAGE.to_vec())]) }
}

fn observation(subject: &SubjectId, kind: Kind, outcome: Outcome<Payload>) -> Observation {
    let source = match kind {
        Kind::Attestation => Source::Declaration,
        kind if kind.is_told() => Source::Register,
        _ => Source::Probe,
    };
    let (started, finished) = (at() - SignedDuration::from_mins(9), at() - SignedDuration::from_mins(8));
    Observation {
        subject: subject.clone(),
        kind,
        source,
        instrument: "sample/1".into(),
        vantage: "lab".into(),
        started,
        finished,
        outcome,
    }
}

fn verdicts(bundle: &Bundle, flavour: Flavour, failure: &Failure) -> Vec<Verdict> {
    let host = IpAddr::from(Ipv4Addr::new(192, 0, 2, 7));
    let box_of = |kind, rect, zh, en| Region { kind, rect, label: flavour.text(zh, en) };
    let mark = box_of(Kind::RenderedPage, payloads::MARK, "网上标识", "official mark");
    let link = box_of(Kind::ClickTest, payloads::LINK, "外部链接", "external link");
    let say = |zh, en| flavour.text(zh, en);
    let judged = vec![
        (
            "DOM002",
            Judgement::violation(say(
                "域名 www.yunling.example 不以“.gov.cn”或“.政务”为后缀",
                "www.yunling.example does not end in .gov.cn",
            ))
            .fact("host", "www.yunling.example")
            .fact("suffix", "example"),
            vec![Kind::Register, Kind::SecureVisit, Kind::PlainVisit, Kind::HostDns],
        ),
        (
            "DOM005",
            Judgement::review(say("门户网站域名不是“www.□□□.gov.cn”形式", "the portal's name is not of the form www.x.gov.cn")),
            vec![Kind::Register, Kind::ZoneDns],
        ),
        (
            "MARK001",
            Judgement::pass(say("首页加注了网上标识", "the home page has the official mark")),
            vec![Kind::RenderedPage, Kind::HomePage],
        ),
        (
            "DATA003",
            Judgement::violation(say(
                "证书已于 2026-11-01 过期，且颁发者不受信任",
                "the certificate expired on 2026-11-01 and its issuer is not trusted",
            ))
            .fact("not_after", "2026-11-01T00:00:00Z")
            .fact("ip", host),
            vec![Kind::TlsHandshake],
        ),
        (
            "DATA012",
            Judgement::advice(say(
                "应答未包含 Strict-Transport-Security 首部",
                "the answer has no Strict-Transport-Security header",
            )),
            vec![
                Kind::SecureVisit,
                Kind::Hosting,
                Kind::Technologies,
                Kind::Services,
                Kind::TlsSurvey,
                Kind::Crawl,
                Kind::Discovery,
                Kind::Standing,
                Kind::IcpFilings,
                Kind::PoliceFilings,
                Kind::MarkRegister,
                Kind::SiteCodes,
                Kind::DomainRegistration,
                Kind::Listings,
                Kind::FiledPlatforms,
                Kind::CloudAssessments,
                Kind::Scripts,
                Kind::ClientVisits,
                Kind::Entrances,
                Kind::Proofs,
                Kind::Provocation,
                Kind::PasswordTrials,
                Kind::Components,
                Kind::Vulnerabilities,
                Kind::Lifecycles,
                Kind::ThreatListings,
                Kind::SupplierReach,
                Kind::Attestation,
            ],
        ),
        (
            "MAIL008",
            Judgement::not_applicable(say("该单位没有互联网电子邮件系统", "the institution has no e-mail system")),
            vec![Kind::MailDns, Kind::Estate],
        ),
        ("LINK001", Judgement::pass(say("外部链接均可访问", "all external links work")), vec![Kind::LinkChecks]),
    ];
    let boxed = [
        ("MARK002", say("网上标识中心偏离页面中线 412 像素", "the mark is 412 pixels off the middle"), mark, Kind::RenderedPage),
        (
            "LINK004",
            say("点击“云岭论坛”直接离开网站，没有提示", "clicking Forum leaves the site without a prompt"),
            link,
            Kind::ClickTest,
        ),
    ];
    let mut all: Vec<_> = judged.into_iter().map(|(id, judgement, kinds)| verdict(bundle, id, Ok(judgement), &kinds)).collect();
    for (id, reason, region, kind) in boxed {
        let kinds = [kind, Kind::RenderedPage];
        let judgement = Judgement::violation(reason).region(region.kind, region.rect, region.label);
        all.push(verdict(bundle, id, Ok(judgement), if kind == Kind::RenderedPage { &kinds[..1] } else { &kinds }));
    }
    let mut open = Undetermined::failed(Kind::PlainVisit, failure);
    if flavour == Flavour::Ascii {
        open.reason = Text::same(open.reason.en);
    }
    all.push(verdict(bundle, "ORG003", Err(open), &[Kind::PlainVisit]));
    all
}

fn verdict(bundle: &Bundle, id: &str, ruling: Result<Judgement, Undetermined>, kinds: &[Kind]) -> Verdict {
    let rule = Catalogue(RULES).find(id).unwrap();
    let name = bundle.digest().unwrap();
    let (value, grade, reason, cause, facts, regions): (_, _, _, Option<Cause>, _, _) = match ruling {
        Ok(judged) => (judged.value, judged.grade, judged.reason, None, judged.facts, judged.regions),
        Err(open) => (Value::Undetermined, None, open.reason, Some(open.cause), BTreeMap::new(), Vec::new()),
    };
    let cited = bundle.observations.iter().filter(|seen| kinds.contains(&seen.kind)).map(|seen| Evidence {
        observation: seen.id().unwrap(),
        kind: seen.kind,
        regions: regions.iter().filter(|region| region.kind == seen.kind).cloned().collect(),
    });
    Verdict {
        id: Verdict::name(name, rule.id, rule.revision),
        bundle: name,
        rule: rule.id.into(),
        revision: rule.revision,
        subject: bundle.subject.clone(),
        value,
        grade,
        severity: rule.severity,
        reason,
        cause,
        facts,
        evidence: cited.collect(),
        observed_at: at() - SignedDuration::from_mins(8),
        basis: rule.basis.iter().map(Basis::cite).collect(),
    }
}

/// A sweep over the world, many times.
pub(crate) fn sweep(world: &World) -> SweepSummary {
    let mut summary = SweepSummary::default();
    for index in 0..3 {
        summary.add(&world.bundle, &world.verdicts, Some(format!("subjects/{index}.html")));
    }
    summary
}

/// The columns that a line takes in a terminal, as the table's own measure has it.
pub(crate) fn columns(line: &str) -> usize {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled).add_row([line]);
    // The measure includes the padding of one column on each side.
    usize::from(table.column_max_content_widths()[0])
}
