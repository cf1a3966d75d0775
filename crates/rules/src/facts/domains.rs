//! Suffixes of domains, and where a visit under a suffix that the text does not name ends.

use std::borrow::Cow;

use model::facts::Kind;
use model::facts::register::Register;
use model::facts::web::{PlainVisit, SecureVisit, Visit};
use model::institution::OwnerStatus;
use model::name::{GONGYI, HostName, ZHENGWU};
use model::observation::FailureClass;
use model::text;
use model::text::Label;
use model::verdict::{Judgement, Ruling, Undetermined};
use model::view::View;

/// The suffixes that a paragraph of Art. 5 names.
pub struct Suffixes {
    /// As the text writes them.
    pub label: Label,
    /// Whether a host lies under one of them.
    pub hold: fn(&HostName) -> bool,
}

/// Those of 党政机关 (Art. 5 ¶1).
pub const GOVERNMENT: Suffixes =
    Suffixes { label: Label { zh: "“.gov.cn”或“.政务”", en: ".gov.cn or .政务" }, hold: HostName::is_government };

/// Those of 事业单位 (Art. 5 ¶2).
pub const PUBLIC: Suffixes = Suffixes {
    label: Label { zh: "“.cn”或“.公益”", en: ".cn or .公益" },
    hold: |host| host.under("cn") || host.under(GONGYI),
};

/// Whether the site's registered host lies under one of the suffixes. A site without a name, or under another suffix, violates the
/// duty; when a visit ends under a right one, the other suffix is still in use and a person decides. A site that does not answer
/// uses its name all the same, unless the ledger calls it retired; a name that does not exist is nobody's.
///
/// # Errors
/// When nobody visited the site, our own side failed, or the name does not exist.
pub fn judge_suffix(view: &View<'_>, host: &HostName, suffixes: &Suffixes) -> Ruling {
    let name = display(host);
    let Label { zh, en } = suffixes.label;
    if (suffixes.hold)(host) {
        let reason = text!(zh: "域名 {name} 以{zh}为后缀", en: "{name} ends in {en}");
        return Ok(Judgement::pass(reason).fact("host", &host.unicode));
    }
    if let Some(end) = redirect_end(view, suffixes)? {
        let end_name = display(end);
        let reason = text!(
            zh: "域名 {name} 不以{zh}为后缀，访问时跳转到 {end_name}，原域名仍在使用",
            en: "{name} does not end in {en}; it redirects to {end_name} and is still in use"
        );
        return Ok(Judgement::review(reason).fact("host", &host.unicode).fact("redirects_to", &end.unicode));
    }
    if view.need::<Register>()?.application.status == OwnerStatus::Retired && !is_answering(view)? {
        return Ok(Judgement::not_applicable(text!(
            zh: "台账登记 {name} 已停用，网站无应答",
            en: "the ledger says that {name} is no longer used, and it does not answer"
        )));
    }
    let reason = if is_address(host) {
        text!(
            zh: "网站以 IP 地址 {name} 登记，没有以{zh}为后缀的域名",
            en: "the site is registered under the IP address {name} and has no domain that ends in {en}"
        )
    } else {
        text!(zh: "域名 {name} 不以{zh}为后缀", en: "{name} does not end in {en}")
    };
    Ok(Judgement::violation(reason).fact("host", &host.unicode).fact("suffix", &host.suffix))
}

/// The host for people: with its A-label form where it has letters beyond ASCII, so that a look-alike letter shows.
pub fn display(host: &HostName) -> Cow<'_, str> {
    if host.ascii == host.unicode { Cow::Borrowed(&host.ascii) } else { Cow::Owned(format!("{} ({})", host.unicode, host.ascii)) }
}

/// True when the host is an IP address: it has no public suffix.
pub fn is_address(host: &HostName) -> bool {
    host.suffix.is_empty()
}

/// The host in an absolute address that a browser wrote, hence in A-label form and without user names; empty without one.
pub fn host_in(url: &str) -> &str {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    rest.split(['/', ':', '?', '#']).next().unwrap_or_default()
}

/// True when the host is `domain` or lies below it.
pub fn is_within(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|head| head.is_empty() || head.ends_with('.'))
}

/// True of an address whose host lies under `.gov.cn` or `.政务`, as [`HostName::is_government`] has it.
pub fn is_government_address(url: &str) -> bool {
    ["gov.cn", ZHENGWU].into_iter().any(|suffix| is_within(host_in(url), suffix))
}

/// True when a visit got an answer, whatever it was.
fn is_answering(view: &View<'_>) -> Result<bool, Undetermined> {
    Ok(view.outcome::<SecureVisit>()?.seen().is_some() || view.outcome::<PlainVisit>()?.seen().is_some())
}

/// The host under one of the suffixes at which a visit ends, if one does.
fn redirect_end<'a>(view: &View<'a>, suffixes: &Suffixes) -> Result<Option<&'a HostName>, Undetermined> {
    let secure = view.outcome::<SecureVisit>()?.map(|visit| &visit.0);
    let plain = view.outcome::<PlainVisit>()?.map(|visit| &visit.0);
    let outcomes = [(Kind::SecureVisit, secure), (Kind::PlainVisit, plain)];
    let visits = outcomes.iter().filter_map(|(_, outcome)| outcome.seen().copied());
    if let Some(end) = visits.filter_map(Visit::last).map(|hop| &hop.host).find(|end| (suffixes.hold)(end)) {
        return Ok(Some(end));
    }
    let failures: Vec<_> = outcomes.iter().filter_map(|(kind, outcome)| Some((*kind, outcome.failure()?))).collect();
    let is_nobodys = failures.len() == outcomes.len() && failures.iter().all(|(_, why)| why.class == FailureClass::NameNotFound);
    match failures.iter().find(|(_, why)| is_nobodys || is_ours(why.class)) {
        Some((kind, why)) => Err(Undetermined::failed(*kind, why)),
        None => Ok(None),
    }
}

/// True when looking failed on our side: nobody has really looked.
fn is_ours(class: FailureClass) -> bool {
    use FailureClass as Class;
    matches!(class, Class::NotPermitted | Class::ToolMissing | Class::ToolFailed | Class::OwnNetwork)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_in_addresses() {
        assert_eq!(host_in("https://dcs.conac.cn/js/05/x.js"), "dcs.conac.cn");
        assert_eq!(host_in("http://dcs.conac.cn:8080?x"), "dcs.conac.cn");
        assert_eq!(host_in("https://dcs.conac.cn.example.com/js"), "dcs.conac.cn.example.com");
        assert_eq!(host_in("data:image/png;base64,AA"), "");
    }

    #[test]
    fn government_addresses() {
        for url in ["https://www.gov.cn/", "http://a.example.gov.cn:8080/x", "https://xn--fsqu00a.xn--zfr164b/"] {
            assert!(is_government_address(url), "{url}");
        }
        for url in ["https://www.example.gov.cn.evil.com/", "https://xgov.cn/", "https://example.com/gov.cn", ""] {
            assert!(!is_government_address(url), "{url}");
        }
    }

    #[test]
    fn domains_end_at_labels() {
        assert!(is_within("qinghe.gov.cn", "qinghe.gov.cn"));
        assert!(is_within("www.qinghe.gov.cn", "qinghe.gov.cn"));
        assert!(!is_within("www.xqinghe.gov.cn", "qinghe.gov.cn"));
    }
}
