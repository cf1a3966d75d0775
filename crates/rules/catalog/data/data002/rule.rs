//! DATA002: http that does not lead to https, and https without strict transport security.

use model::facts::Kind;
use model::facts::web::{Hop, PlainVisit, SecureVisit, Visit};
use model::observation::{FailureClass, Outcome};
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::Label;
use model::verdict::{Grade, Judgement, Ruling, Undetermined};
use model::view::View;

use crate::acts::provisions;
use crate::facts::site;
use crate::facts::visits::{self, End};

/// The rule.
pub static RULE: Rule = Rule {
    id: "DATA002",
    title: Label { zh: "HTTP 访问未跳转到 HTTPS，或未启用 HSTS", en: "http does not lead to https, or no HSTS" },
    area: Area::Data,
    scope: &[SubjectKind::Site],
    severity: Severity::Medium,
    grade: Grade::Violation,
    basis: &[provisions("第二十九条", "Art. 29")],
    needs: &[Kind::Register, Kind::PlainVisit, Kind::SecureVisit],
    level: AccessLevel::L1,
    max_age_days: 30,
    revision: 1,
    doc: Label { zh: include_str!("rule.zh.md"), en: include_str!("rule.md") },
    judge,
};

fn judge(view: &View<'_>) -> Ruling {
    if let Some(outside) = site::no_application(view) {
        return Ok(outside);
    }
    let visit = match view.outcome::<PlainVisit>()? {
        Outcome::Seen(PlainVisit(visit)) => visit,
        Outcome::Failed(failure) if failure.class == FailureClass::ConnectionRefused => return closed(view),
        Outcome::Failed(failure) => return Err(Undetermined::failed(Kind::PlainVisit, &failure)),
    };
    if visits::leads_to_https(visit) {
        return redirected(view, visit);
    }
    match visits::end(visit) {
        End::Page(hop) => stays(view, hop),
        End::Unclear(failure) => Err(Undetermined::failed(Kind::PlainVisit, &failure)),
        End::Missing(hop) => {
            let status = hop.status;
            Err(Undetermined::ambiguous(text!(
                zh: "HTTP 首页返回状态码 {status}，其他页面是否以 HTTP 提供未知",
                en: "http answers with status {status} at the root; whether it serves other pages is not known"
            )))
        }
    }
}

/// Nothing listens for http: whoever comes, comes over https.
fn closed(view: &View<'_>) -> Ruling {
    view.need::<SecureVisit>()?;
    let reason =
        text!(zh: "未开放 HTTP 端口，只能以 HTTPS 访问", en: "no http port is open; the site can be visited over https alone");
    Ok(Judgement::pass(reason).fact("http", "connection_refused"))
}

/// A page stays on http. That is this rule's matter only where there is https to lead to.
fn stays(view: &View<'_>, page: &Hop) -> Ruling {
    match view.outcome::<SecureVisit>()? {
        Outcome::Failed(failure) if failure.class == FailureClass::ConnectionRefused => Ok(Judgement::not_applicable(
            text!(zh: "站点未提供 HTTPS，由 DATA001 判定", en: "the site offers no https, which is DATA001's matter"),
        )),
        Outcome::Failed(failure) => Err(Undetermined::failed(Kind::SecureVisit, &failure)),
        Outcome::Seen(_) => {
            let url = &page.url;
            let reason = text!(
                zh: "{url} 以明文 HTTP 返回页面，未跳转到 HTTPS",
                en: "{url} serves its page over plain http and does not lead to https"
            );
            Ok(Judgement::violation(reason).fact("http_ends_at", url).fact("http_status", page.status))
        }
    }
}

fn redirected(view: &View<'_>, plain: &Visit) -> Ruling {
    let landing = match landing(plain) {
        Some(hop) => hop,
        None => {
            let SecureVisit(visit) = view.need::<SecureVisit>()?;
            landing_or_undetermined(visit)?
        }
    };
    let url = &landing.url;
    // Only a field that came over https counts (RFC 6797, 8.1), and `max-age=0` switches the protection off (6.1.1).
    let (judgement, state) = match landing.hsts {
        Some(hsts) if hsts.max_age_s > 0 => {
            let age = hsts.max_age_s;
            let reason = text!(
                zh: "HTTP 访问跳转到 {url}，并启用 HSTS（max-age={age}）",
                en: "http leads to {url}, and strict transport security is on (max-age={age})"
            );
            (Judgement::pass(reason), age.to_string())
        }
        Some(_) => {
            let reason = text!(
                zh: "HTTP 访问跳转到 {url}，但 HSTS 的 max-age 为 0，等于停用",
                en: "http leads to {url}, but its HSTS max-age of 0 switches strict transport security off"
            );
            (Judgement::advice(reason), "0".into())
        }
        None => {
            let reason = text!(
                zh: "HTTP 访问跳转到 {url}，但 HTTPS 应答中没有有效的 HSTS 字段",
                en: "http leads to {url}, but the https answer carries no valid HSTS field"
            );
            (Judgement::advice(reason), "absent".into())
        }
    };
    Ok(judgement.fact("http_ends_at", url).fact("hsts_max_age", state))
}

/// The https page at which a visit ends.
fn landing(visit: &Visit) -> Option<&Hop> {
    match visits::end(visit) {
        End::Page(hop) if visits::is_secure(hop) => Some(hop),
        _ => None,
    }
}

fn landing_or_undetermined(visit: &Visit) -> Result<&Hop, Undetermined> {
    landing(visit).ok_or_else(|| {
        let end = visit.end();
        Undetermined::ambiguous(text!(
            zh: "HTTP 访问跳转到 HTTPS，但 HTTPS 访问止于 {end}，没有可判定的应答",
            en: "http leads to https, but the visit over https ends at {end} without an answer that decides"
        ))
    })
}
