//! MAIL009: a mail domain without a DMARC policy that asks receivers to act.

use model::facts::Kind;
use model::facts::mail::{Dmarc, DmarcPolicy, DmarcRecord, MailDns};
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::Label;
use model::verdict::{Grade, Judgement, Ruling, Undetermined};
use model::view::View;

use crate::acts::provisions;
use crate::facts::mail_use;

/// The rule.
pub static RULE: Rule = Rule {
    id: "MAIL009",
    title: Label { zh: "邮件域名 DMARC 缺失或策略为 none", en: "DMARC missing or p=none" },
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
    let (domain, dmarc) = (&mail.domain, &mail.dmarc);
    let inherited = dmarc.found_at.as_ref().is_some_and(|name| name.strip_prefix("_dmarc.").unwrap_or(name) != domain);
    // A record of the domain itself outranks all above it; anything else may be outranked by what was not answered.
    if let (Some(failure), true) = (&dmarc.unanswered, inherited || dmarc.records.is_empty()) {
        return Err(Undetermined::failed(Kind::MailDns, failure));
    }
    let judgement = match dmarc.records.as_slice() {
        [] => Judgement::review(text!(
            zh: "{domain} 及其上级域名未设置 DMARC 记录",
            en: "neither {domain} nor a domain above it has a DMARC record"
        ))
        .fact("state", "missing"),
        [record] => one(domain, dmarc, record, inherited),
        [_, _, ..] => {
            let (place, count) = (place(dmarc), dmarc.records.len());
            Judgement::review(text!(
                zh: "{place} 有 {count} 条 DMARC 记录，均不生效",
                en: "{place} has {count} DMARC records, so that none holds"
            ))
            .fact("state", "several_records")
        }
    };
    Ok(judgement.fact("found_at", place(dmarc)).fact("inherited", inherited))
}

fn place(dmarc: &Dmarc) -> &str {
    dmarc.found_at.as_deref().unwrap_or_default()
}

/// The one record in force. An inherited one binds by `sp`, else by `p` (RFC 7489, 6.6.3).
fn one(domain: &str, dmarc: &Dmarc, record: &DmarcRecord, inherited: bool) -> Judgement {
    let place = place(dmarc);
    let (tag, policy) = match record.subdomain_policy {
        Some(policy) if inherited => ("sp", Some(policy)),
        _ => ("p", record.policy),
    };
    let judgement = match policy {
        None => Judgement::review(text!(
            zh: "{place} 的 DMARC 记录没有有效的策略（p）",
            en: "the DMARC record at {place} has no valid policy (p)"
        ))
        .fact("state", "invalid"),
        Some(DmarcPolicy::None) => Judgement::review(text!(
            zh: "{place} 的 DMARC 对 {domain} 的策略为 {tag}=none，不要求处置伪造邮件",
            en: "the DMARC record at {place} says {tag}=none for {domain}: forged mail is let through"
        ))
        .fact("state", "none"),
        Some(DmarcPolicy::Quarantine) => enforced(place, record, tag, "quarantine"),
        Some(DmarcPolicy::Reject) => enforced(place, record, tag, "reject"),
    };
    judgement.fact("record", &record.text)
}

/// A policy that asks for action, unless the record takes it back in part.
fn enforced(place: &str, record: &DmarcRecord, tag: &str, policy: &str) -> Judgement {
    let percent = record.percent;
    if record.test_mode {
        Judgement::advice(text!(
            zh: "{place} 的 DMARC 策略为 {tag}={policy}，但处于测试模式（t=y）",
            en: "the DMARC record at {place} says {tag}={policy}, but in test mode (t=y)"
        ))
        .fact("state", "test_mode")
    } else if percent < 100 {
        Judgement::advice(text!(
            zh: "{place} 的 DMARC 策略为 {tag}={policy}，但只作用于 {percent}% 的邮件",
            en: "the DMARC record at {place} says {tag}={policy}, but for {percent} % of the mail only"
        ))
        .fact("state", "partial")
    } else if let Some(problem) = record.problems.first() {
        Judgement::advice(text!(
            zh: "{place} 的 DMARC 策略为 {tag}={policy}，但记录有语法问题：{problem}",
            en: "the DMARC record at {place} says {tag}={policy}, but has a fault in its syntax: {problem}"
        ))
        .fact("state", "syntax")
    } else {
        Judgement::pass(
            text!(zh: "{place} 的 DMARC 策略为 {tag}={policy}", en: "the DMARC record at {place} says {tag}={policy}"),
        )
        .fact("state", policy)
    }
}
