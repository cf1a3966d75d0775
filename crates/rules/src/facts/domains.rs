//! Suffixes of domains, and where a visit under a suffix that the text does not name ends.

use std::borrow::Cow;

use model::facts::Kind;
use model::facts::web::{PlainVisit, SecureVisit};
use model::name::{GONGYI, HostName};
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
pub const PUBLIC: Suffixes =
    Suffixes { label: Label { zh: "“.cn”或“.公益”", en: ".cn or .公益" }, hold: |host| host.under("cn") || host.under(GONGYI) };

/// Whether the site's registered host lies under one of the suffixes. A site without a name, or under another suffix, violates the
/// duty; when a visit ends under a right one, the other suffix is still in use and a person decides. A site that does not answer
/// uses its name all the same, but a name that does not exist is nobody's.
///
/// # Errors
/// When nobody visited the site, or its name does not exist.
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
    if host.ascii == host.unicode {
        Cow::Borrowed(&host.ascii)
    } else {
        Cow::Owned(format!("{} ({})", host.unicode, host.ascii))
    }
}

/// True when the host is an IP address: it has no public suffix.
pub fn is_address(host: &HostName) -> bool {
    host.suffix.is_empty()
}

/// The host under one of the suffixes at which a visit ends, if one does.
fn redirect_end<'a>(view: &View<'a>, suffixes: &Suffixes) -> Result<Option<&'a HostName>, Undetermined> {
    let secure = view.outcome::<SecureVisit>()?;
    let plain = view.outcome::<PlainVisit>()?;
    if let (Some(failure), Some(other)) = (secure.failure(), plain.failure())
        && failure.class == FailureClass::NameNotFound
        && other.class == FailureClass::NameNotFound
    {
        return Err(Undetermined::failed(Kind::SecureVisit, failure));
    }
    let visits = [secure.seen().map(|visit| &visit.0), plain.seen().map(|visit| &visit.0)];
    let mut ends = visits.into_iter().flatten().filter_map(|visit| visit.last()).map(|hop| &hop.host);
    Ok(ends.find(|end| (suffixes.hold)(end)))
}
