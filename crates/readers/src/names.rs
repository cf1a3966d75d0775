//! Host names and the addresses that people write down.
//!
//! Invariant: one host has one [`HostName`], however it was written: upper case, final dot, full-width letters and dots, A-label or U-label.

use std::net::{Ipv4Addr, Ipv6Addr};

use idna::AsciiDenyList;
use model::name::HostName;
use url::{Host, Url};

/// The longest host name in bytes, without the final dot (RFC 1035, 2.3.4).
const HOST_LIMIT: usize = 253;
/// The longest label in bytes (RFC 1035, 2.3.4).
const LABEL_LIMIT: usize = 63;
/// The longest text that is looked at as an address.
const ADDRESS_LIMIT: usize = 4096;

/// How a site is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `http`
    Http,
    /// `https`
    Https,
}

/// An address of a site as a ledger or a command line names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The scheme; `None` when the text has none.
    pub scheme: Option<Scheme>,
    /// The host.
    pub host: HostName,
    /// The port, when it is not the scheme's own. Without a scheme neither 80 nor 443 is kept.
    pub port: Option<u16>,
    /// The path without its final slash and without a server's default document (`/index.html`); empty for the root. Query and
    /// fragment are dropped.
    pub path: String,
}

/// Why a text is no address of a site.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// There is no text.
    #[error("the address is empty; write a host name or an http or https address")]
    Empty,
    /// The text is longer than any address.
    #[error("the address is longer than {ADDRESS_LIMIT} bytes; write a host name or an http or https address")]
    TooLong,
    /// The scheme is not one of the web.
    #[error("the scheme {0:?} is not of the web; write http, https or none")]
    Scheme(String),
    /// The text is not built like an address.
    #[error("the address {0:?} cannot be read; write a host name or an http or https address")]
    Malformed(String, #[source] url::ParseError),
    /// The host is no host name and no IP address.
    #[error("{0:?} is no host name; write it like www.example.gov.cn")]
    Host(String),
}

/// Reads a host name or an IP address (RFC 1034, UTS #46, the public suffix list compiled in).
///
/// `None` for anything that cannot be a host: blanks, empty labels, labels over 63 bytes, names over 253, numbers that are no address.
pub fn host(text: &str) -> Option<HostName> {
    let text = text.trim();
    if text.is_empty() || text.len() > ADDRESS_LIMIT {
        return None;
    }
    if let Ok(address) = text.trim_start_matches('[').trim_end_matches(']').parse::<Ipv6Addr>() {
        return Some(of_address(address.to_string()));
    }
    let ascii = idna::domain_to_ascii_cow(text.as_bytes(), AsciiDenyList::URL).ok()?;
    let ascii = ascii.strip_suffix('.').unwrap_or(&ascii);
    if !is_host(ascii) {
        return None;
    }
    if ascii.rsplit('.').next().is_some_and(|label| label.bytes().all(|byte| byte.is_ascii_digit())) {
        return ascii.parse::<Ipv4Addr>().ok().map(|address| of_address(address.to_string()));
    }
    let (unicode, _) = idna::domain_to_unicode(ascii);
    let suffix = psl::suffix_str(ascii).unwrap_or(ascii).to_owned();
    let registrable = psl::domain_str(ascii).map(str::to_owned);
    Some(HostName { ascii: ascii.to_owned(), unicode, suffix, registrable })
}

/// Reads the address of a site: a host, optionally with scheme, port and path.
///
/// # Errors
/// When the text is no web address; the error says what to write instead.
pub fn address(text: &str) -> Result<Address, AddressError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(AddressError::Empty);
    }
    if text.len() > ADDRESS_LIMIT {
        return Err(AddressError::TooLong);
    }
    let (scheme, rest) = split_scheme(text)?;
    // The parser needs some scheme. Both have the same syntax; only the port that is left out differs, hence the port is read apart.
    let url = Url::parse(&format!("http://{rest}")).map_err(|source| AddressError::Malformed(text.into(), source))?;
    let written = match url.host() {
        Some(Host::Domain(name)) => host(name),
        Some(Host::Ipv4(ip)) => Some(of_address(ip.to_string())),
        Some(Host::Ipv6(ip)) => Some(of_address(ip.to_string())),
        None => None,
    };
    let host = written.ok_or_else(|| AddressError::Host(url.host_str().unwrap_or_default().into()))?;
    let port = url.port().filter(|port| match scheme {
        Some(Scheme::Https) => *port != 443,
        Some(Scheme::Http) => true,
        None => *port != 443,
    });
    // With `https://host:80` the parser has dropped a port that is not the scheme's own.
    let port = if scheme == Some(Scheme::Https) && url.port().is_none() && names_port_80(rest) { Some(80) } else { port };
    Ok(Address { scheme, host, port, path: folder(url.path()).to_owned() })
}

/// A path without its default document and final slash: ledgers write a site's home page as `/index.html`, and that is no column.
fn folder(path: &str) -> &str {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let name = file.split_once(['.', ';']).map_or(file, |(name, _)| name);
    let is_default = name.len() < file.len() && DEFAULT_DOCUMENTS.iter().any(|known| name.eq_ignore_ascii_case(known));
    if is_default { folder } else { path }.trim_end_matches('/')
}

/// Names of the documents that servers send for a folder, whatever their ending.
const DEFAULT_DOCUMENTS: [&str; 3] = ["index", "default", "main"];

fn split_scheme(text: &str) -> Result<(Option<Scheme>, &str), AddressError> {
    let plain: String = text.chars().take(12).map(crate::words::half_width).collect::<String>().to_ascii_lowercase();
    for (prefix, scheme) in [("https://", Scheme::Https), ("http://", Scheme::Http)] {
        if plain.starts_with(prefix) {
            let skipped = text.char_indices().nth(prefix.len()).map_or(text.len(), |(index, _)| index);
            return Ok((Some(scheme), &text[skipped..]));
        }
    }
    match text.split_once("://") {
        Some((scheme, _)) if !scheme.contains(['/', '?', '#']) => Err(AddressError::Scheme(scheme.into())),
        _ => Ok((None, text.trim_start_matches('/'))),
    }
}

fn names_port_80(rest: &str) -> bool {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit_once(':').is_some_and(|(_, port)| port.parse() == Ok(80_u16))
}

fn of_address(text: String) -> HostName {
    HostName { unicode: text.clone(), ascii: text, suffix: String::new(), registrable: None }
}

/// Letters, digits, hyphens and the underscores that live hosts have, in labels of lawful length.
fn is_host(ascii: &str) -> bool {
    let lawful = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    ascii.len() <= HOST_LIMIT
        && ascii.split('.').all(|label| (1..=LABEL_LIMIT).contains(&label.len()) && label.bytes().all(lawful))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(text: &str) -> (String, String, String, Option<String>) {
        let host = host(text).expect(text);
        (host.ascii, host.unicode, host.suffix, host.registrable)
    }

    #[test]
    fn one_host_has_one_name() {
        let expected = ("www.example.gov.cn".into(), "www.example.gov.cn".into(), "gov.cn".into(), Some("example.gov.cn".into()));
        for text in
            ["www.example.gov.cn", " WWW.Example.GOV.cn. ", "ｗｗｗ．ｅｘａｍｐｌｅ．ｇｏｖ．ｃｎ", "www。example｡gov．cn"]
        {
            assert_eq!(parts(text), expected, "{text}");
        }
    }

    #[test]
    fn chinese_names_have_both_forms() {
        let expected = (
            "www.xn--fsqu00a.xn--zfr164b".into(),
            "www.例子.政务".into(),
            "xn--zfr164b".into(),
            Some("xn--fsqu00a.xn--zfr164b".into()),
        );
        for text in ["www.例子.政务", "www。例子。政务。", "WWW.XN--FSQU00A.XN--ZFR164B"] {
            assert_eq!(parts(text), expected, "{text}");
        }
        assert_eq!(host("例子.公益").expect("a name").suffix, "xn--55qw42g");
        assert!(host("例子.政务").expect("a name").is_government());
        assert_eq!(host("政务.cn").expect("a name").registrable.as_deref(), Some("xn--zfr164b.cn"));
    }

    #[test]
    fn suffixes_are_those_of_the_list() {
        assert_eq!(host("gov.cn").expect("a name").registrable, None);
        assert_eq!(host("a.b.example.com.cn").expect("a name").registrable.as_deref(), Some("example.com.cn"));
        assert_eq!(host("食狮.公司.cn").expect("a name").suffix, "xn--55qx5d.cn");
        assert_eq!(host("example.gov.cn.evil.com").expect("a name").registrable.as_deref(), Some("evil.com"));
        assert_eq!(host("somewhere.nosuchtld").expect("a name").suffix, "nosuchtld");
    }

    #[test]
    fn addresses_have_no_suffix() {
        for (text, ascii) in [("192.0.2.7", "192.0.2.7"), ("[2001:db8::1]", "2001:db8::1"), ("2001:DB8::1", "2001:db8::1")] {
            assert_eq!(parts(text), (ascii.into(), ascii.into(), String::new(), None));
        }
    }

    #[test]
    fn nonsense_is_refused() {
        let long = format!("{}.cn", "a".repeat(64));
        for text in [
            "",
            " ",
            ".",
            "a..cn",
            "a b.cn",
            "a@b.cn",
            "http://a.cn",
            "1.2.3",
            "256.1.1.1",
            "a.cn:80",
            "a/b",
            &long,
            "xn--a.cn\u{0}",
        ] {
            assert_eq!(host(text), None, "{text:?}");
        }
    }

    #[test]
    fn ledger_addresses() {
        let read = |text: &str| {
            let address = address(text).expect(text);
            (address.scheme, address.host.unicode, address.port, address.path)
        };
        assert_eq!(read("www.x.gov.cn"), (None, "www.x.gov.cn".into(), None, String::new()));
        assert_eq!(
            read("https://www.x.gov.cn:8443/oa/?a=1#b"),
            (Some(Scheme::Https), "www.x.gov.cn".into(), Some(8443), "/oa".into())
        );
        assert_eq!(read("政务.cn"), (None, "政务.cn".into(), None, String::new()));
        assert_eq!(read("http://www。例子。政务/"), (Some(Scheme::Http), "www.例子.政务".into(), None, String::new()));
        assert_eq!(read("HTTP：／／www.x.gov.cn"), (Some(Scheme::Http), "www.x.gov.cn".into(), None, String::new()));
        for page in ["index.html", "Index.shtml", "default.aspx", "index.jsp;jsessionid=1", "index.php?a=1"] {
            assert_eq!(read(&format!("http://www.x.gov.cn/{page}")).3, "", "{page}");
        }
        assert_eq!(read("www.x.gov.cn/nyj/index.html").3, "/nyj");
        assert_eq!(read("www.x.gov.cn/index/nyj.html").3, "/index/nyj.html");
        assert_eq!(read("www.x.gov.cn/index").3, "/index");
        assert_eq!(read("192.0.2.7:8080/a/b"), (None, "192.0.2.7".into(), Some(8080), "/a/b".into()));
    }

    #[test]
    fn only_unusual_ports_are_kept() {
        let port = |text: &str| address(text).expect(text).port;
        assert_eq!(port("http://x.cn:80/"), None);
        assert_eq!(port("http://x.cn:443/"), Some(443));
        assert_eq!(port("https://x.cn:443/"), None);
        assert_eq!(port("https://x.cn:80/"), Some(80));
        assert_eq!((port("x.cn:80"), port("x.cn:443"), port("x.cn:81")), (None, None, Some(81)));
    }

    #[test]
    fn what_is_no_address_says_why() {
        assert_eq!(address(" "), Err(AddressError::Empty));
        assert_eq!(address("ftp://x.cn"), Err(AddressError::Scheme("ftp".into())));
        assert!(matches!(address("http://a b/"), Err(AddressError::Malformed(..))));
        assert!(matches!(address("x.cn:99999"), Err(AddressError::Malformed(..))));
        assert!(matches!(address("http://a..cn/"), Err(AddressError::Host(_) | AddressError::Malformed(..))));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "\\PC{0,80}") {
            let _ = address(&text);
            if let Some(name) = host(&text) {
                prop_assert!(name.ascii.len() <= HOST_LIMIT && name.ascii.is_ascii());
                prop_assert_eq!(host(&name.ascii), Some(name.clone()), "reading is idempotent");
                prop_assert_eq!(host(&name.unicode), Some(name), "both forms are one host");
            }
        }
    }
}
