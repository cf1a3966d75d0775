//! DATA001: an application that is not served over https.

use model::facts::Kind;
use model::facts::tls::TlsHandshake;
use model::facts::web::{Hop, PlainVisit, SecureVisit, Visit};
use model::observation::{Failure, FailureClass, Outcome};
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::Label;
use model::verdict::{Cause, Grade, Judgement, Ruling, Undetermined};
use model::view::View;

use crate::acts::provisions;
use crate::facts::site;
use crate::facts::visits::{self, End};

/// The rule.
pub static RULE: Rule = Rule {
    id: "DATA001",
    title: Label { zh: "未使用安全连接方式（HTTPS）提供访问", en: "application not served over https" },
    area: Area::Data,
    scope: &[SubjectKind::Site],
    severity: Severity::High,
    grade: Grade::Violation,
    basis: &[provisions("第二十九条", "Art. 29")],
    needs: &[Kind::Register, Kind::SecureVisit, Kind::PlainVisit, Kind::TlsHandshake],
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
    match view.outcome::<SecureVisit>()? {
        Outcome::Seen(SecureVisit(visit)) => answered(view, visit),
        Outcome::Failed(failure) => refused(view, &failure),
    }
}

/// Something answered over https at the site's own host.
fn answered(view: &View<'_>, visit: &Visit) -> Ruling {
    match visits::end(visit) {
        End::Page(hop) if visits::is_secure(hop) => Ok(secure(view, hop)),
        End::Page(hop) => {
            let url = &hop.url;
            let reason = text!(
                zh: "HTTPS 访问被跳转到 {url}，最终以明文 HTTP 提供",
                en: "the visit over https is sent on to {url} and ends on plain http"
            );
            Ok(Judgement::violation(reason).fact("https_ends_at", url))
        }
        End::Unclear(failure) => Err(Undetermined::failed(Kind::SecureVisit, &failure)),
        End::Missing(hop) => {
            let status = hop.status;
            let Some(page) = plain_page(view)? else {
                let failure = Failure::new(FailureClass::NotAPage, format!("HTTP {status}"));
                return Err(Undetermined::failed(Kind::SecureVisit, &failure));
            };
            if visits::is_secure(page) {
                return Ok(secure(view, page));
            }
            let url = &page.url;
            let reason = text!(
                zh: "HTTPS 访问返回状态码 {status}，而 {url} 以明文 HTTP 提供页面",
                en: "https answers with status {status}, while {url} serves the page over plain http"
            );
            Ok(Judgement::violation(reason).fact("https_status", status).fact("http_status", page.status))
        }
    }
}

/// Nothing answered over https at the site's own host.
fn refused(view: &View<'_>, failure: &Failure) -> Ruling {
    if failure.class == FailureClass::TlsFailed {
        let reason = text!(
            zh: "端口已开放但 TLS 握手失败：可能只支持国密 TLCP 协议或本工具不支持的版本，也可能未启用加密",
            en: "the port is open but the TLS handshake failed: it may speak only TLCP or a version unknown here, or no TLS at all"
        );
        return Err(Undetermined::new(Cause::Failed(Kind::SecureVisit, failure.class), reason));
    }
    match plain_page(view)? {
        // The bare domain may leave https to its www host: what the visitor gets is secure.
        Some(page) if visits::is_secure(page) => Ok(secure(view, page)),
        Some(page) if failure.class == FailureClass::ConnectionRefused => {
            let url = &page.url;
            let reason = text!(
                zh: "HTTPS 端口拒绝连接，{url} 以明文 HTTP 提供页面",
                en: "the https port refuses connections, while {url} serves the page over plain http"
            );
            Ok(Judgement::violation(reason).fact("https", "connection_refused").fact("http_status", page.status))
        }
        _ => Err(Undetermined::failed(Kind::SecureVisit, failure)),
    }
}

/// The page at which the visit over http ends, if it ends at one.
fn plain_page<'a>(view: &View<'a>) -> Result<Option<&'a Hop>, Undetermined> {
    let plain = view.outcome::<PlainVisit>()?;
    Ok(plain.seen().and_then(|PlainVisit(visit)| match visits::end(visit) {
        End::Page(hop) => Some(hop),
        _ => None,
    }))
}

fn secure(view: &View<'_>, page: &Hop) -> Judgement {
    let url = &page.url;
    let pass = Judgement::pass(text!(zh: "{url} 以 HTTPS 提供访问", en: "{url} is served over https")).fact("served_at", url);
    let handshake = view.outcome::<TlsHandshake>().ok();
    match handshake.as_ref().and_then(Outcome::seen) {
        Some(handshake) => pass.fact("tls_version", &handshake.version),
        None => pass,
    }
}
