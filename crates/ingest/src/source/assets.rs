//! Names and addresses in scans and lists, in the one form that the ledger has for each.

use std::net::{IpAddr, Ipv6Addr};

use model::ledger::entity::{EntityId, EntityKind};
use url::Url;

/// The longest URL that is kept, in bytes.
const URL_LIMIT: usize = 2048;

/// A host name in lower-case A-label form, without final dot and `*.`; `None` for what is none, and for names without a dot.
///
/// Names are read by the million, so plain ASCII goes a short way; whatever needs IDNA goes through [`readers::names::host`].
pub(crate) fn name(text: &str) -> Option<String> {
    let text = text.trim_ascii();
    let text = text.strip_suffix('.').unwrap_or(text);
    let text = text.strip_prefix("*.").unwrap_or(text);
    if let Some(plain) = plain(text) {
        return Some(plain);
    }
    let host = readers::names::host(text)?;
    // An address has no suffix.
    (host.ascii.contains('.') && !host.suffix.is_empty()).then_some(host.ascii)
}

/// Letters, digits, hyphens and underscores in labels of lawful length, none of them an A-label, the last no number.
fn plain(text: &str) -> Option<String> {
    if text.len() > 253 || !text.contains('.') {
        return None;
    }
    let mut lower = String::with_capacity(text.len());
    let mut length = 0;
    let mut numeric = true;
    for byte in text.bytes() {
        let byte = byte.to_ascii_lowercase();
        match byte {
            b'.' if length == 0 => return None,
            b'.' => (length, numeric) = (0, true),
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => {
                length += 1;
                numeric &= byte.is_ascii_digit();
                // `xn--`: whether the label is good is for IDNA to say.
                if length > 63 || (length == 4 && lower.ends_with("xn-") && byte == b'-') {
                    return None;
                }
            }
            _ => return None,
        }
        lower.push(char::from(byte));
    }
    (length > 0 && !numeric).then_some(lower)
}

/// An IP address, in brackets or not; IPv4 in IPv6 is IPv4.
pub(crate) fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim_ascii();
    match text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(inner) => inner.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        None => text.parse::<IpAddr>().ok(),
    }
    .map(|ip| ip.to_canonical())
}

/// The entity of a host or an address.
pub(crate) fn asset(text: &str) -> Option<EntityId> {
    match address(text) {
        Some(ip) => Some(EntityId::new(EntityKind::Address, ip.to_string())),
        None => name(text).map(|name| EntityId::new(EntityKind::Host, name)),
    }
}

/// The host of a URL, of `host:port`, or the text itself.
pub(crate) fn host_of(text: &str) -> &str {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && (!host.contains(':') || host.ends_with(']')) => {
            host
        }
        _ => authority,
    }
}

/// A URL of the web in the form of the URL standard: host in A-label form, without fragment and log-in. `None` for what is none or longer
/// than is kept.
pub(crate) fn url(text: &str) -> Option<String> {
    let text = text.trim();
    if text.len() > URL_LIMIT {
        return None;
    }
    let mut url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https" | "ftp"))?;
    url.set_fragment(None);
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    let host = url.host_str()?;
    asset(host).or_else(|| address(host).map(|ip| EntityId::new(EntityKind::Address, ip.to_string())))?;
    let url = String::from(url);
    (url.len() <= URL_LIMIT).then_some(url)
}

/// What stands on a threat list: a URL, a host or an address, with or without port.
pub(crate) fn threat(text: &str) -> Option<EntityId> {
    let key = if text.contains("://") {
        url(text)?
    } else {
        match text.split_once(':') {
            Some((host, port)) if !host.is_empty() && !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => {
                format!("{}:{}", asset(host)?.key, port.parse::<u16>().ok()?)
            }
            _ => asset(text)?.key,
        }
    };
    Some(EntityId::new(EntityKind::Threat, key))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_name_has_one_form() {
        for text in ["www.Example.gov.cn", "*.www.example.gov.cn.", " www.example.gov.cn", "ｗww.example.gov.cn"] {
            assert_eq!(name(text).as_deref(), Some("www.example.gov.cn"), "{text}");
        }
        assert_eq!(name("例子.政务").as_deref(), Some("xn--fsqu00a.xn--zfr164b"));
        assert_eq!(name("XN--fsqu00a.xn--zfr164b").as_deref(), Some("xn--fsqu00a.xn--zfr164b"));
        for text in ["", ".", "localhost", "a..cn", "192.0.2.1", "1.2.3", "::1", "a b.cn", "xn--a.cn\0", "-.", "http://a.cn"] {
            assert_eq!(name(text), None, "{text:?}");
        }
        assert_eq!(name(&format!("{}.cn", "a".repeat(64))), None);
    }

    #[test]
    fn assets_and_threats() {
        let of = |text: &str| asset(text).map(|asset| asset.to_string());
        assert_eq!(of("[2001:DB8::1]").as_deref(), Some("address:2001:db8::1"));
        assert_eq!(of("::ffff:192.0.2.1").as_deref(), Some("address:192.0.2.1"));
        assert_eq!(host_of("https://u:p@a.cn:8443/x?y"), "a.cn");
        assert_eq!((host_of("[::1]:80"), host_of("::1"), host_of("a.cn")), ("[::1]", "::1", "a.cn"));
        let threat = |text: &str| threat(text).map(|threat| threat.key);
        assert_eq!(threat("HTTP://Exämple.com:80/A?b#c").as_deref(), Some("http://xn--exmple-cua.com/A?b"));
        assert_eq!(threat("192.0.2.1:08443").as_deref(), Some("192.0.2.1:8443"));
        assert_eq!(threat("Evil.example").as_deref(), Some("evil.example"));
        assert_eq!(threat("javascript://x"), None);
        assert_eq!(threat("http://[2001:db8::1]/").as_deref(), Some("http://[2001:db8::1]/"));
    }

    proptest! {
        #[test]
        fn the_short_way_and_the_long_way_agree(text in "[a-zA-Z0-9_.-]{0,20}\\.[a-zA-Z0-9-]{1,5}") {
            if let Some(plain) = plain(&text) {
                prop_assert_eq!(readers::names::host(&text).map(|host| host.ascii), Some(plain));
            }
        }

        #[test]
        fn any_text_is_read_without_panic(text in "\\PC{0,60}") {
            let _ = (name(&text), asset(&text), host_of(&text), url(&text), threat(&text));
        }
    }
}
