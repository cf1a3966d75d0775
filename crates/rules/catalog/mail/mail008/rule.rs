//! MAIL008: a mail domain whose SPF is missing, broken or lets everyone send.

use model::facts::Kind;
use model::facts::mail::{MailDns, Qualifier, SpfProblem};
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::{Label, Text};
use model::verdict::{Grade, Judgement, Ruling, Undetermined};
use model::view::View;

use crate::acts::provisions;
use crate::facts::mail_use;

/// The rule.
pub static RULE: Rule = Rule {
    id: "MAIL008",
    title: Label {
        zh: "邮件域名 SPF 缺失、错误或放行所有发件人", en: "SPF missing, broken or open to everyone"
    },
    area: Area::Mail,
    scope: &[SubjectKind::Mail],
    severity: Severity::Medium,
    grade: Grade::Review,
    basis: &[provisions("第三十四条", "Art. 34")],
    needs: &[Kind::Register, Kind::MailDns],
    level: AccessLevel::L1,
    max_age_days: 30,
    revision: 1,
    doc: Label { zh: include_str!("rule.zh.md"), en: include_str!("rule.md") },
    judge,
};

fn judge(view: &View<'_>) -> Ruling {
    let mail = view.need::<MailDns>()?;
    if let Some(spared) = mail_use::spared(view, mail)? {
        return Ok(spared);
    }
    let (domain, spf) = (&mail.domain, &mail.spf);
    // What is broken is so whatever the unanswered questions would have told; all else waits for them.
    let judgement = if !spf.problems.is_empty() {
        broken(mail)
    } else if spf.all == Some(Qualifier::Pass) {
        Judgement::review(text!(
            zh: "{domain} 的 SPF 以“+all”结尾，放行所有发件服务器",
            en: "the SPF of {domain} ends in \"+all\", which lets every server send"
        ))
        .fact("state", "pass_all")
    } else if let Some(failure) = &spf.unanswered {
        return Err(Undetermined::failed(Kind::MailDns, failure));
    } else if spf.records.is_empty() {
        Judgement::review(text!(zh: "{domain} 未设置 SPF 记录", en: "{domain} has no SPF record")).fact("state", "missing")
    } else {
        closed(domain, spf.all)
    };
    Ok(judgement.fact("record", spf.records.join(" | ")).fact("lookups", spf.lookups))
}

/// A record without fault, by how it ends.
fn closed(domain: &str, all: Option<Qualifier>) -> Judgement {
    match all {
        Some(Qualifier::Fail) => {
            Judgement::pass(text!(zh: "{domain} 的 SPF 以“-all”结尾", en: "the SPF of {domain} ends in \"-all\""))
                .fact("state", "fail")
        }
        Some(Qualifier::SoftFail) => {
            Judgement::pass(text!(zh: "{domain} 的 SPF 以“~all”结尾", en: "the SPF of {domain} ends in \"~all\""))
                .fact("state", "soft_fail")
        }
        Some(Qualifier::Neutral | Qualifier::Pass) => Judgement::review(text!(
            zh: "{domain} 的 SPF 以“?all”结尾，对其他发件服务器不作限制",
            en: "the SPF of {domain} ends in \"?all\", which says nothing of other servers"
        ))
        .fact("state", "neutral"),
        None => Judgement::review(text!(
            zh: "{domain} 的 SPF 没有“all”机制，对其他发件服务器不作限制",
            en: "the SPF of {domain} has no \"all\", which says nothing of other servers"
        ))
        .fact("state", "no_all"),
    }
}

fn broken(mail: &MailDns) -> Judgement {
    let domain = &mail.domain;
    let (mut names, mut zh, mut en) = (Vec::new(), Vec::new(), Vec::new());
    for (name, text) in mail.spf.problems.iter().map(|problem| words(problem, mail)) {
        names.push(name);
        zh.push(text.zh);
        en.push(text.en);
    }
    let (names, zh, en) = (names.join(","), zh.join("；"), en.join("; "));
    let reason = text!(zh: "{domain} 的 SPF 无效：{zh}", en: "the SPF of {domain} is void: {en}");
    Judgement::review(reason).fact("state", "broken").fact("problems", names)
}

fn words(problem: &SpfProblem, mail: &MailDns) -> (&'static str, Text) {
    let (lookups, voids) = (mail.spf.lookups, mail.spf.void_lookups);
    match problem {
        SpfProblem::SeveralRecords(name) => {
            ("several_records", text!(zh: "{name} 有多条 SPF 记录", en: "{name} has more than one SPF record"))
        }
        SpfProblem::Syntax { domain, term } => {
            ("syntax", text!(zh: "{domain} 的“{term}”不合语法", en: "\"{term}\" at {domain} is no term of SPF"))
        }
        SpfProblem::TooManyLookups => (
            "too_many_lookups",
            text!(zh: "需要查询 {lookups} 次，超过 10 次上限", en: "it takes {lookups} look-ups, more than the 10 allowed"),
        ),
        SpfProblem::TooManyVoidLookups => (
            "too_many_void_lookups",
            text!(zh: "{voids} 次查询没有结果，超过 2 次上限", en: "{voids} look-ups find nothing, more than the 2 allowed"),
        ),
        SpfProblem::MissingTarget(name) => {
            ("missing_target", text!(zh: "引用的 {name} 没有 SPF 记录", en: "it refers to {name}, which has no SPF record"))
        }
        SpfProblem::Loop(name) => ("loop", text!(zh: "引用 {name} 形成循环", en: "it refers to {name} in a circle")),
    }
}
