//! What may be sent: tags, addresses and header fields that are known to be harmless, and the signs of those that are not.
//!
//! Invariant: every address that leaves this crate has passed [`address`], with its variables filled.

use url::Url;

use crate::dsl::unescaped;
use crate::refusal::{Class, Reason};
use crate::target::Target;

/// Longest address, in bytes.
const LONGEST: usize = 2048;
/// How often percent-encoding is undone to look beneath it.
const ENCODINGS: usize = 3;

/// Words of tags and ids by which authors tell what a template does; each stands for itself, whole.
const WORDS: &[(&str, Class)] = &[
    ("intrusive", Class::Intrusive),
    ("fuzz", Class::Fuzzing),
    ("fuzzing", Class::Fuzzing),
    ("dast", Class::Fuzzing),
    ("brute", Class::BruteForce),
    ("bruteforce", Class::BruteForce),
    ("default-login", Class::BruteForce),
    ("default-credentials", Class::BruteForce),
    ("credential-stuffing", Class::BruteForce),
    ("creds-stuffing", Class::BruteForce),
    ("token-spray", Class::BruteForce),
    ("user-enum", Class::BruteForce),
    ("dos", Class::DenialOfService),
    ("ddos", Class::DenialOfService),
    ("oast", Class::OutOfBand),
    ("oob", Class::OutOfBand),
    ("out-of-band", Class::OutOfBand),
    ("interactsh", Class::OutOfBand),
    ("blind", Class::OutOfBand),
    ("rce", Class::Attack),
    ("sqli", Class::Attack),
    ("xss", Class::Attack),
    ("ssti", Class::Attack),
    ("ssrf", Class::Attack),
    ("xxe", Class::Attack),
    ("lfi", Class::Attack),
    ("rfi", Class::Attack),
    ("lfr", Class::Attack),
    ("injection", Class::Attack),
    ("cmdi", Class::Attack),
    ("deserialization", Class::Attack),
    ("file-upload", Class::Attack),
    ("fileupload", Class::Attack),
    ("upload", Class::Attack),
    ("auth-bypass", Class::Attack),
    ("cache-poisoning", Class::Attack),
    ("smuggling", Class::Attack),
    ("crlf", Class::Attack),
    ("traversal", Class::Traversal),
    ("path-traversal", Class::Traversal),
];

/// Beginnings of what attacks put into an address, in lower case and with spaces for `+`.
const SIGNS: &[&str] = &[
    "<script",
    "<svg",
    "<img",
    "<iframe",
    "onerror=",
    "onload=",
    "alert(",
    "confirm(",
    "prompt(",
    "javascript:",
    "vbscript:",
    "union select",
    "union all",
    "updatexml",
    "extractvalue",
    "sleep(",
    "waitfor ",
    "benchmark(",
    "' or ",
    "\" or ",
    " or 1=1",
    " and 1=1",
    "(select ",
    "/etc/passwd",
    "/etc/shadow",
    "win.ini",
    "boot.ini",
    "${",
    "#{",
    "{{",
    "<%",
    "<?",
    "jndi:",
    "file:",
    "gopher:",
    "dict:",
    "ldap:",
    "php:",
    "phar:",
    "exec(",
    "system(",
    "eval(",
    "phpinfo(",
    "`",
    "$(",
    ";cat ",
    "|cat ",
    "/bin/sh",
    "/bin/bash",
    "cmd.exe",
    "powershell",
    "=whoami",
    "wget ",
    "curl ",
    "insert into",
    "alter table",
    "create table",
    "mutation",
    "169.254.",
    "://",
    "oast.",
    "interact.sh",
    "dnslog.",
];

/// Words of an address that tell of change, whole: within others they may mean something else (`dropdown`).
const CHANGES: &[&str] = &[
    "remove",
    "drop",
    "restart",
    "kill",
    "logout",
    "signout",
    "createuser",
    "adduser",
    "setpassword",
    "changepassword",
    "poweroff",
    "erase",
    "purge",
    "flush",
];

/// Words that tell of change also within others: `deleteUser`.
const CHANGES_WITHIN: &[&str] = &["delete", "destroy", "truncate", "shutdown", "reboot", "uninstall"];

/// Refuses by what the author says of a template, in tags or in its id.
pub(crate) fn declared(id: &str, tags: &[String]) -> Result<(), Reason> {
    let id = id.to_ascii_lowercase().replace('_', "-");
    let id = format!("-{id}-");
    for (word, class) in WORDS {
        if tags.iter().any(|tag| tag == word) {
            return Err(class.because(format!("tag {word}")));
        }
        if id.contains(&format!("-{word}-")) {
            return Err(class.because(format!("id with {word}")));
        }
    }
    Ok(())
}

/// Reads an address with its variables filled, and refuses what is not on the target or not harmless.
pub(crate) fn address(target: &Target, text: &[u8]) -> Result<Url, Reason> {
    let shown = String::from_utf8_lossy(text);
    if text.len() > LONGEST {
        return Err(Class::PathEscape.because(format!("an address longer than {LONGEST} bytes")));
    }
    let Ok(text) = std::str::from_utf8(text) else { return Err(Class::LineBreak.because(shown)) };
    let mut url = Url::parse(text).ok().filter(|url| target.holds(url)).ok_or_else(|| Class::PathEscape.because(&shown))?;
    url.set_fragment(None);
    // As written, since reading an address resolves the very dots that are looked for; the target's own address is no other one.
    let written = text.split('#').next().unwrap_or_default();
    let (base, root) = (target.base(), target.root());
    let path = written.get(root.len()..).filter(|_| written[..root.len()].eq_ignore_ascii_case(&root)).unwrap_or(written);
    content(&path.replace(&base, "").replace(&root, ""))
        .map_err(|reason| Reason { detail: reason.class.because(shown).detail, ..reason })?;
    Ok(url)
}

/// Refuses by the path and query of an address, or by a field's value.
fn content(written: &str) -> Result<(), Reason> {
    let mut bytes = written.as_bytes().to_vec();
    for _ in 0..=ENCODINGS {
        let text = String::from_utf8_lossy(&bytes).to_lowercase().replace('+', " ");
        if text.chars().any(char::is_control) {
            return Err(Class::LineBreak.because(written));
        }
        if climbs(&text) {
            return Err(Class::Traversal.because(written));
        }
        if SIGNS.iter().any(|sign| text.contains(sign)) {
            return Err(Class::Attack.because(written));
        }
        let mut words = text.split(|next: char| !next.is_ascii_alphanumeric());
        if words.any(|word| CHANGES.contains(&word)) || CHANGES_WITHIN.iter().any(|word| text.contains(word)) {
            return Err(Class::Writes.because(written));
        }
        let plain = unescaped(&bytes);
        if plain == bytes {
            return Ok(());
        }
        bytes = plain;
    }
    // Encoded more often than anyone needs who has nothing to hide.
    Err(Class::Attack.because(written))
}

/// Whether a segment ends in two dots, as servers read it: before a slash of either kind, a semicolon or the end.
fn climbs(text: &str) -> bool {
    text.split(['/', '\\', ';', '?']).any(|segment| segment.ends_with(".."))
}

/// What becomes of a header field.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Field {
    /// It is sent.
    Sent,
    /// Ours is sent in its place, or none is needed.
    Ours,
}

/// Judges a header field by its name, in lower case, and its value with its variables filled. What we send calls us by our own name.
pub(crate) fn field(target: &Target, name: &str, value: &str) -> Result<Field, Reason> {
    let shown = format!("{name}: {value}");
    if name.chars().chain(value.chars()).any(char::is_control) {
        return Err(Class::LineBreak.because(shown));
    }
    match name {
        "user-agent" | "connection" | "accept-encoding" | "content-type" | "upgrade-insecure-requests" | "te" => {
            return Ok(Field::Ours);
        }
        "accept" if value.trim() == "*/*" => return Ok(Field::Ours),
        "content-length" if value.trim() == "0" => return Ok(Field::Ours),
        "host" => {
            let authority = target.root().split_once("://").map(|(_, authority)| authority.to_owned());
            let own = authority.as_deref() == Some(value.trim()) || target.host() == value.trim();
            return if own { Ok(Field::Ours) } else { Err(Class::PathEscape.because(shown)) };
        }
        "authorization" | "proxy-authorization" | "cookie" => return Err(Class::Credentials.because(shown)),
        "accept" | "accept-language" | "cache-control" | "pragma" | "x-requested-with" | "dnt" => {}
        "origin" | "referer" => {
            let own = Url::parse(value.trim()).is_ok_and(|url| target.holds(&url));
            if !own {
                return Err(Class::Header.because(shown));
            }
            return Ok(Field::Sent);
        }
        _ => return Err(Class::Header.because(shown)),
    }
    content(value).map(|()| Field::Sent)
}

/// Whether a value that a page gave may stand in an address: short, of letters, digits and a few signs, and not climbing.
pub(crate) fn may_stand_in_address(value: &[u8]) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"._~-".contains(byte);
    (1..=128).contains(&value.len()) && value.iter().all(plain) && !value.windows(2).any(|pair| pair == b"..")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(text: &str) -> Option<Class> {
        let target = Target::of("https://www.example.gov.cn/").expect("a target");
        address(&target, text.as_bytes()).err().map(|reason| reason.class)
    }

    #[test]
    fn addresses_of_the_target_pass() {
        for path in [
            "",
            "/",
            "/login.php?next=/a&x=%E6%94%BF",
            "/a/..b/",
            "/.git/config",
            "//double",
            "/a;b=1/c",
            "/x?limit:..1",
            "/dropdown.js",
        ] {
            assert_eq!(class(&format!("https://www.example.gov.cn{path}")), None, "{path}");
        }
        assert_eq!(class("HTTPS://WWW.example.gov.cn/#/login"), None);
        assert_eq!(class("https://www.example.gov.cn/?next=https://www.example.gov.cn/a"), None);
    }

    #[test]
    fn what_leaves_the_target_is_refused() {
        for other in [
            "https://evil.example/",
            "http://www.example.gov.cn/",
            "https://www.example.gov.cn:8443/",
            "https://www.example.gov.cn@evil.example/",
            "https://www.example.gov.cn.evil.example/",
            "https://user@www.example.gov.cn/",
            "//evil.example/",
            "/login",
            "ftp://www.example.gov.cn/",
            "https:\\\\evil.example",
        ] {
            assert_eq!(class(other), Some(Class::PathEscape), "{other}");
        }
    }

    #[test]
    fn harm_is_seen_beneath_its_encodings() {
        for (path, expected) in [
            ("/../etc", Class::Traversal),
            ("/a/..", Class::Traversal),
            ("/%2e%2e/", Class::Traversal),
            ("/%252e%252e%252f", Class::Traversal),
            ("/static../.git/config", Class::Traversal),
            ("/..;/manager/html", Class::Traversal),
            ("/..%5cwindows", Class::Traversal),
            ("/x?page=../html", Class::Traversal),
            ("/a%0d%0aSet-Cookie:x", Class::LineBreak),
            ("/a\r\nX: y", Class::LineBreak),
            ("/%00", Class::LineBreak),
            ("/?q=%3Cscript%3E", Class::Attack),
            ("/?id=1'+or+1=1", Class::Attack),
            ("/?u=http://169.254.169.254/", Class::Attack),
            ("/?f=/etc/passwd", Class::Attack),
            ("/?x=${jndi:ldap}", Class::Attack),
            ("/%2525252525", Class::Attack),
            ("/api/user/delete?id=1", Class::Writes),
            ("/actuator/shutdown", Class::Writes),
            ("/api?action=deleteUser", Class::Writes),
            ("/graphql?query=mutation{x}", Class::Attack),
            ("/?query=INSERT%20INTO%20t", Class::Attack),
            ("/?host=a.oast.fun", Class::Attack),
        ] {
            assert_eq!(class(&format!("https://www.example.gov.cn{path}")), Some(expected), "{path}");
        }
    }

    #[test]
    fn fields() {
        let target = Target::of("https://www.example.gov.cn:8443/").expect("a target");
        let judged = |name: &str, value: &str| field(&target, name, value).map_err(|reason| reason.class);
        assert_eq!(judged("accept", "application/json"), Ok(Field::Sent));
        assert_eq!(judged("host", "www.example.gov.cn:8443"), Ok(Field::Ours));
        assert_eq!(judged("user-agent", "anything"), Ok(Field::Ours));
        assert_eq!(judged("referer", "https://www.example.gov.cn:8443/a"), Ok(Field::Sent));
        assert_eq!(judged("host", "evil.example"), Err(Class::PathEscape));
        assert_eq!(judged("origin", "https://evil.example"), Err(Class::Header));
        assert_eq!(judged("accept", "a\r\nX: b"), Err(Class::LineBreak));
        assert_eq!(judged("cookie", "a=b"), Err(Class::Credentials));
        assert_eq!(judged("x-forwarded-for", "127.0.0.1"), Err(Class::Header));
        assert_eq!(judged("accept", "${jndi:x}"), Err(Class::Attack));
    }

    #[test]
    fn what_a_page_gave_must_be_plain() {
        assert!(may_stand_in_address(b"app-1.2_x~"));
        for bad in [&b""[..], b"../x", b"a..b", b"a/b", b"a b", b"a\r\n", b"%2e", "中".as_bytes(), &[b'a'; 129]] {
            assert!(!may_stand_in_address(bad), "{bad:?}");
        }
    }
}
