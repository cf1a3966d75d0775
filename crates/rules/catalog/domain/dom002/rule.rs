//! DOM002: a 党政机关's site outside `.gov.cn` and `.政务`.

use model::facts::Kind;
use model::facts::register::Register;
use model::facts::web::{PlainVisit, SecureVisit, Visit};
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::Label;
use model::verdict::{Grade, Judgement, Ruling, Undetermined};
use model::view::View;

use crate::acts::{self, provisions, whole};
use crate::facts::site;

/// The rule.
pub static RULE: Rule = Rule {
    id: "DOM002",
    title: Label { zh: "党政机关网站域名后缀不是“.gov.cn”或“.政务”", en: "party or government site outside .gov.cn and .政务" },
    area: Area::Domain,
    scope: SubjectKind::Site,
    severity: Severity::High,
    grade: Grade::Violation,
    basis: &[provisions("第五条第一款", "Art. 5 ¶1"), whole(&acts::DOMAIN_NOTICE)],
    needs: &[Kind::Register, Kind::PlainVisit, Kind::SecureVisit],
    level: AccessLevel::L1,
    max_age_days: 30,
    revision: 1,
    doc: Label { zh: include_str!("rule.zh.md"), en: include_str!("rule.md") },
    judge,
};

fn judge(view: &View<'_>) -> Ruling {
    let kind = view.institution_type()?;
    if !kind.is_organ() {
        return Ok(site::not_an_organ(kind));
    }
    let host = site::host(view.need::<Register>()?)?;
    let name = &host.unicode;
    if host.is_government() {
        let reason = text!(zh: "域名 {name} 以“.gov.cn”或“.政务”为后缀", en: "{name} ends in .gov.cn or .政务");
        return Ok(Judgement::pass(reason).fact("host", name));
    }
    if let Some(end) = government_end(view)? {
        let reason = text!(
            zh: "域名 {name} 不以“.gov.cn”或“.政务”为后缀，访问时跳转到 {end}，非合规域名仍在使用",
            en: "{name} ends neither in .gov.cn nor in .政务; it redirects to {end}, so the other suffix is still in use"
        );
        return Ok(Judgement::review(reason).fact("host", name).fact("redirects_to", end));
    }
    let reason = text!(zh: "域名 {name} 不以“.gov.cn”或“.政务”为后缀", en: "{name} ends neither in .gov.cn nor in .政务");
    Ok(Judgement::violation(reason).fact("host", name).fact("suffix", &host.suffix))
}

/// The government host at which a visit ends, if one does. A site that does not answer uses its name all the same.
fn government_end<'a>(view: &View<'a>) -> Result<Option<&'a str>, Undetermined> {
    let secure = view.outcome::<SecureVisit>()?;
    let plain = view.outcome::<PlainVisit>()?;
    let visits = [secure.seen().map(|visit| &visit.0), plain.seen().map(|visit| &visit.0)];
    let ends = visits.into_iter().flatten().filter_map(Visit::last);
    Ok(ends.map(|hop| &hop.host).find(|host| host.is_government()).map(|host| host.unicode.as_str()))
}
