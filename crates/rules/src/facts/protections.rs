//! Header fields and cookie attributes that limit what an attacker can do with a page.

use model::facts::web::{Cookie, Hop};

use crate::facts::visits;

/// The header fields that the answer lacks, by name. Strict transport security is not among them: another rule judges it.
pub fn missing_fields(hop: &Hop) -> Vec<&'static str> {
    let policies = || hop.header("content-security-policy").filter(|policy| !policy.trim().is_empty());
    let sniff = hop.header("x-content-type-options").any(|value| value.trim().eq_ignore_ascii_case("nosniff"));
    // `ALLOW-FROM` is obsolete and browsers ignore it.
    let frame_options = hop.header("x-frame-options").any(|value| {
        let value = value.trim();
        value.eq_ignore_ascii_case("deny") || value.eq_ignore_ascii_case("sameorigin")
    });
    let found = [
        ("content-security-policy", policies().next().is_some()),
        ("x-content-type-options", sniff),
        ("x-frame-options", frame_options || policies().any(restricts_frames)),
    ];
    found.into_iter().filter(|(_, present)| !present).map(|(name, _)| name).collect()
}

/// Names of cookies set over https without `Secure` (RFC 6265, 4.1.2.5).
pub fn lacks_secure(hop: &Hop) -> Vec<&str> {
    let set = hop.cookies.iter().filter(|cookie| visits::is_secure(hop) && is_kept(cookie) && !cookie.secure);
    set.map(|cookie| cookie.name.as_str()).collect()
}

/// Names of session-like cookies without `HttpOnly` (RFC 6265, 4.1.2.6).
pub fn lacks_http_only(hop: &Hop) -> Vec<&str> {
    let set = hop.cookies.iter().filter(|cookie| is_kept(cookie) && is_session(&cookie.name) && !cookie.http_only);
    set.map(|cookie| cookie.name.as_str()).collect()
}

fn restricts_frames(policy: &str) -> bool {
    policy
        .split(';')
        .filter_map(|directive| directive.split_whitespace().next())
        .any(|name| name.eq_ignore_ascii_case("frame-ancestors"))
}

/// False for a cookie that is being deleted.
fn is_kept(cookie: &Cookie) -> bool {
    cookie.max_age_s.is_none_or(|age| age > 0)
}

/// Whether the name says that the cookie holds a session. A token against forged requests must be readable by scripts.
fn is_session(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let says = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    let id = name == "sid" || [".sid", "_sid", "-sid"].iter().any(|ending| name.ends_with(ending));
    !says(&["csrf", "xsrf"]) && (id || says(&["session", "sessid", "token", "auth"]))
}
