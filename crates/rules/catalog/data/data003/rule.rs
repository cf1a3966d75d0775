//! DATA003: a server certificate that does not hold.

use jiff::{SignedDuration, Timestamp};
use model::facts::Kind;
use model::facts::tls::{Certificate, TlsHandshake, Trust};
use model::observation::{FailureClass, Outcome};
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::{Label, Text};
use model::verdict::{Grade, Judgement, Ruling, Undetermined};
use model::view::{View, day_in_china};

use crate::acts::provisions;
use crate::facts::{certificates, site};

/// The rule.
pub static RULE: Rule = Rule {
    id: "DATA003",
    title: Label {
        zh: "服务器证书无效、不受信任或强度不足", en: "server certificate invalid, untrusted or weak"
    },
    area: Area::Data,
    scope: &[SubjectKind::Site],
    severity: Severity::High,
    grade: Grade::Violation,
    basis: &[provisions("第二十九条", "Art. 29")],
    needs: &[Kind::Register, Kind::TlsHandshake],
    level: AccessLevel::L1,
    max_age_days: 7,
    revision: 1,
    doc: Label { zh: include_str!("rule.zh.md"), en: include_str!("rule.md") },
    judge,
};

/// A certificate that ends within this many days should have been renewed, unless its whole life is short.
const RENEWAL_DAYS: i64 = 30;

fn judge(view: &View<'_>) -> Ruling {
    if let Some(outside) = site::no_application(view) {
        return Ok(outside);
    }
    let handshake = match view.outcome::<TlsHandshake>()? {
        Outcome::Seen(handshake) => handshake,
        Outcome::Failed(failure) if failure.class == FailureClass::ConnectionRefused => {
            return Ok(Judgement::not_applicable(
                text!(zh: "站点未提供 HTTPS，没有证书可判定", en: "the site offers no https, so there is no certificate to judge"),
            ));
        }
        Outcome::Failed(failure) => return Err(Undetermined::failed(Kind::TlsHandshake, &failure)),
    };
    let Some(leaf) = handshake.chain.first() else {
        return Err(Undetermined::ambiguous(
            text!(zh: "TLS 握手中没有服务器证书", en: "the handshake carried no server certificate"),
        ));
    };
    let problems = problems(view, handshake, leaf);
    if problems.is_empty() {
        return sound(view.at(), handshake, leaf);
    }
    let list = |words: &dyn Fn(&Problem) -> &str, comma: &str| problems.iter().map(words).collect::<Vec<_>>().join(comma);
    let (zh, en) = (list(&|problem| &problem.reason.zh, "；"), list(&|problem| &problem.reason.en, "; "));
    let reason = text!(zh: "服务器证书存在问题：{zh}", en: "the server certificate does not hold: {en}");
    Ok(described(Judgement::violation(reason), leaf).fact("problems", list(&|problem| problem.name, ",")))
}

/// One thing that is wrong, for machines and for people.
struct Problem {
    name: &'static str,
    reason: Text,
}

fn problems(view: &View<'_>, handshake: &TlsHandshake, leaf: &Certificate) -> Vec<Problem> {
    let (at, host) = (view.at(), &handshake.host);
    let (from, until) = (day_in_china(leaf.not_before), day_in_china(leaf.not_after));
    let mut found = Vec::new();
    let mut add = |name, reason| found.push(Problem { name, reason });
    if leaf.not_after < at {
        add("expired", text!(zh: "已于 {until} 过期", en: "it expired at {until}"));
    }
    if at < leaf.not_before {
        add("not_yet_valid", text!(zh: "自 {from} 起才生效", en: "it is valid only from {from}"));
    }
    if !handshake.covers_host {
        add("name_mismatch", text!(zh: "不包含域名 {host}", en: "it does not name {host}"));
    }
    match &handshake.trust {
        Trust::Trusted => {}
        // No root of the national algorithms is configured here, so their chains cannot end in a trusted one.
        _ if certificates::is_national(&handshake.chain) => {}
        Trust::UnknownIssuer => {
            add(
                "unknown_issuer",
                text!(zh: "证书链不完整或根证书不受信任", en: "its chain is incomplete or ends in no trusted root"),
            );
        }
        Trust::SelfSigned => add("self_signed", text!(zh: "自签名", en: "it is self-signed")),
        Trust::Invalid(words) => {
            add("invalid_chain", text!(zh: "证书链校验不通过（{words}）", en: "its chain does not validate ({words})"));
        }
    }
    for certificate in certificates::path(&handshake.chain) {
        let subject = &certificate.subject;
        if let Some(key) = certificates::weak_key(certificate, view.policy().weak_rsa_bits) {
            add(
                "weak_key",
                text!(zh: "链中“{subject}”的密钥强度不足（{key}）", en: "\"{subject}\" in its chain has a weak key ({key})"),
            );
        }
        if let Some(algorithm) = certificates::weak_signature(certificate) {
            let reason = text!(
                zh: "链中“{subject}”使用不安全的签名算法（{algorithm}）",
                en: "\"{subject}\" in its chain has a weak signature ({algorithm})"
            );
            add("weak_signature", reason);
        }
    }
    found
}

/// Nothing is wrong today.
fn sound(at: Timestamp, handshake: &TlsHandshake, leaf: &Certificate) -> Ruling {
    if handshake.trust != Trust::Trusted {
        return Err(Undetermined::ambiguous(text!(
            zh: "证书链使用国密算法，本工具未配置国密根证书，无法验证信任关系",
            en: "the chain uses the national algorithms, for which no root is configured here; its trust cannot be told"
        )));
    }
    let (until, host) = (day_in_china(leaf.not_after), &handshake.host);
    let left = leaf.not_after.duration_since(at);
    let life = leaf.not_after.duration_since(leaf.not_before);
    // Certificates of a few weeks are renewed in their last third; thirty days would flag them for all their life.
    let renewal = SignedDuration::from_hours(RENEWAL_DAYS * 24).min(life / 3);
    let days = left.as_hours() / 24;
    let judgement = if left < renewal {
        Judgement::advice(
            text!(zh: "服务器证书将于 {until} 到期，剩余 {days} 天", en: "the server certificate ends at {until}, in {days} days"),
        )
    } else {
        Judgement::pass(
            text!(zh: "{host} 的服务器证书有效，至 {until} 到期", en: "the server certificate of {host} holds until {until}"),
        )
    };
    Ok(described(judgement, leaf).fact("days_left", days))
}

fn described(judgement: Judgement, leaf: &Certificate) -> Judgement {
    judgement.fact("subject", &leaf.subject).fact("issuer", &leaf.issuer).fact("not_after", leaf.not_after)
}
