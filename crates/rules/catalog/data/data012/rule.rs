//! DATA012: a page without the header fields and cookie attributes that limit what an attacker can do with it.

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
use crate::facts::visits::{self, End};
use crate::facts::{protections, site};

/// The rule.
pub static RULE: Rule = Rule {
    id: "DATA012",
    title: Label { zh: "缺少安全响应头或 Cookie 安全属性", en: "security headers or cookie attributes missing" },
    area: Area::Data,
    scope: &[SubjectKind::Site],
    severity: Severity::Low,
    grade: Grade::Advice,
    basis: &[provisions("第三条", "Art. 3")],
    needs: &[Kind::Register, Kind::SecureVisit, Kind::PlainVisit],
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
    let (kind, visit) = visit(view)?;
    let page = match visits::end(visit) {
        End::Page(hop) => hop,
        End::Unclear(failure) => return Err(Undetermined::failed(kind, &failure)),
        End::Missing(hop) => {
            let status = hop.status;
            return Err(Undetermined::ambiguous(text!(
                zh: "首页返回状态码 {status}，没有可判定的页面",
                en: "the home page answers with status {status}; there is no page to judge"
            )));
        }
    };
    let missing = protections::missing_fields(page);
    let insecure = names(visit, protections::lacks_secure);
    let readable = names(visit, protections::lacks_http_only);
    let url = &page.url;
    if missing.is_empty() && insecure.is_empty() && readable.is_empty() {
        let reason =
            text!(zh: "{url} 的安全响应头和 Cookie 属性齐备", en: "{url} has the security headers and cookie attributes");
        return Ok(Judgement::pass(reason));
    }
    let (fields, insecure, readable) = (missing.join(", "), insecure.join(", "), readable.join(", "));
    let mut zh = Vec::new();
    let mut en = Vec::new();
    for (found, zh_words, en_words) in [
        (&fields, "缺少响应头", "missing header fields"),
        (&insecure, "Cookie 缺少 Secure 属性", "cookies without Secure"),
        (&readable, "会话 Cookie 缺少 HttpOnly 属性", "session cookies without HttpOnly"),
    ] {
        if !found.is_empty() {
            zh.push(format!("{zh_words}：{found}"));
            en.push(format!("{en_words}: {found}"));
        }
    }
    let (zh, en) = (zh.join("；"), en.join("; "));
    let advice = Judgement::advice(text!(zh: "{url} {zh}", en: "{url}: {en}"));
    Ok(advice.fact("missing_headers", fields).fact("not_secure", insecure).fact("not_http_only", readable))
}

/// The visit to judge: over https, or over http where no https is offered.
fn visit<'a>(view: &View<'a>) -> Result<(Kind, &'a Visit), Undetermined> {
    match view.outcome::<SecureVisit>()? {
        Outcome::Seen(SecureVisit(visit)) => Ok((Kind::SecureVisit, visit)),
        Outcome::Failed(failure) if failure.class == FailureClass::ConnectionRefused => {
            view.need::<PlainVisit>().map(|PlainVisit(visit)| (Kind::PlainVisit, visit))
        }
        Outcome::Failed(failure) => Err(Undetermined::failed(Kind::SecureVisit, &failure)),
    }
}

/// Names of the cookies set on the way for which `lacks` holds, each once.
fn names(visit: &Visit, lacks: fn(&Hop) -> Vec<&str>) -> Vec<&str> {
    let mut names: Vec<&str> = visit.hops.iter().flat_map(lacks).collect();
    names.sort_unstable();
    names.dedup();
    names
}
