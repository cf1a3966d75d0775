//! Single header fields: strict transport security (RFC 6797) and cookies (RFC 6265).
//!
//! Invariant: a cookie's value never leaves this module; it may be somebody's session.

use model::facts::web::{Cookie, Hsts};

/// The longest field that is looked at, in bytes.
const FIELD_LIMIT: usize = 16 * 1024;
/// The longest cookie name that is kept, in bytes.
const NAME_LIMIT: usize = 256;

/// Reads a `Strict-Transport-Security` field (RFC 6797, 6.1).
///
/// `None` when the field has no valid `max-age` or says a directive twice: a browser then ignores it.
pub fn hsts(value: &str) -> Option<Hsts> {
    if value.len() > FIELD_LIMIT {
        return None;
    }
    let mut seen = Vec::new();
    let mut max_age_s = None;
    let mut include_subdomains = false;
    for directive in value.split(';').map(str::trim).filter(|directive| !directive.is_empty()) {
        let (name, argument) = match directive.split_once('=') {
            Some((name, argument)) => (name.trim().to_ascii_lowercase(), Some(argument.trim())),
            None => (directive.to_ascii_lowercase(), None),
        };
        match name.as_str() {
            "max-age" => max_age_s = Some(seconds(unquoted(argument?))?),
            "includesubdomains" => include_subdomains = true,
            _ => {}
        }
        if seen.contains(&name) {
            return None;
        }
        seen.push(name);
    }
    Some(Hsts { max_age_s: max_age_s?, include_subdomains })
}

/// Reads a `Set-Cookie` field as a browser does (RFC 6265, 5.2), leaving the value out.
///
/// `None` when a browser ignores it: no `=`, no name, or control characters in it.
pub fn cookie(value: &str) -> Option<Cookie> {
    if value.len() > FIELD_LIMIT || value.contains(|character: char| character.is_control() && character != '\t') {
        return None;
    }
    let mut parts = value.split(';');
    let (name, _) = parts.next()?.split_once('=')?;
    let name = name.trim();
    if name.is_empty() {
        return None;
    }
    let name = crate::words::head(name, NAME_LIMIT).to_owned();
    let mut cookie = Cookie { name, secure: false, http_only: false, same_site: None, max_age_s: None };
    for attribute in parts {
        let (name, argument) = attribute.split_once('=').unwrap_or((attribute, ""));
        let argument = argument.trim();
        match name.trim().to_ascii_lowercase().as_str() {
            "secure" => cookie.secure = true,
            "httponly" => cookie.http_only = true,
            "samesite" => cookie.same_site = Some(crate::words::head(argument, NAME_LIMIT).to_ascii_lowercase()),
            "max-age" => cookie.max_age_s = signed_seconds(argument).or(cookie.max_age_s),
            _ => {}
        }
    }
    Some(cookie)
}

fn unquoted(argument: &str) -> &str {
    argument.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(argument)
}

/// Digits as seconds; more than fit in 64 bits are the most that do.
fn seconds(digits: &str) -> Option<u64> {
    let valid = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    valid.then(|| digits.parse().unwrap_or(u64::MAX))
}

fn signed_seconds(text: &str) -> Option<i64> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let seconds = i64::try_from(seconds(digits)?).unwrap_or(i64::MAX);
    Some(if negative { -seconds } else { seconds })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn transport_security() {
        let read = |value| hsts(value).map(|hsts| (hsts.max_age_s, hsts.include_subdomains));
        assert_eq!(read("max-age=31536000"), Some((31_536_000, false)));
        assert_eq!(read(" includeSubDomains ;; Max-Age = \"15768000\" ; preload"), Some((15_768_000, true)));
        assert_eq!(read("max-age=0"), Some((0, false)));
        assert_eq!(read("max-age=99999999999999999999999"), Some((u64::MAX, false)));
        for broken in ["", "includeSubDomains", "max-age", "max-age=", "max-age=-1", "max-age=1y", "max-age=1; max-age=2"] {
            assert_eq!(read(broken), None, "{broken}");
        }
    }

    #[test]
    fn cookies_without_their_values() {
        let read =
            cookie("JSESSIONID=secret=1; Path=/; secure; HttpOnly; SameSite=Lax; Max-Age=3600; max-age=x").expect("a cookie");
        let expected = Cookie {
            name: "JSESSIONID".into(),
            secure: true,
            http_only: true,
            same_site: Some("lax".into()),
            max_age_s: Some(3600),
        };
        assert_eq!(read, expected);
        assert_eq!(cookie("a=; max-age=-5").expect("a cookie").max_age_s, Some(-5));
        for ignored in ["", "novalue", "=x", "a\u{1}b=c"] {
            assert_eq!(cookie(ignored), None, "{ignored:?}");
        }
    }

    proptest! {
        #[test]
        fn any_field_is_read_without_panic(value in "\\PC{0,60}", parts in proptest::collection::vec("(max-age|secure|=|;|\"|[0-9]{1,25}| )", 0..12)) {
            let parts = parts.concat();
            for text in [&value, &parts] {
                let _ = (hsts(text), cookie(text));
            }
        }
    }
}
