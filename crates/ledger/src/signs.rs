//! Signs by which an application is recognised at another address, as scans, exports and registers show them.
//!
//! Invariant: a sign has one spelling. Scans keep it as a sighting: what [`Shown::what`] writes is what [`Shown::read`] reads.

use std::collections::BTreeSet;

use model::ledger::attribute::Attribute;
use model::ledger::claim::Held;
use model::ledger::source::SourceClass;
use model::text;
use model::text::Text;

use crate::{identity, names};

/// The longest title that is kept, in characters.
const TITLE: usize = 80;
/// A title with fewer Chinese characters (登录, 404 Not Found, Welcome to nginx!) is many applications'.
const TELLING: usize = 4;
/// The longest digest of an icon, in characters.
const DIGEST: usize = 64;

/// A sign.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sign {
    /// The certificate: its serial number or fingerprint, lower-case hexadecimal.
    Certificate(String),
    /// The number of a filing or registration.
    Filing(String),
    /// The title of its page, or the name that registers give it.
    Title(String),
    /// A digest of its icon, whichever the source computes. Many applications of one make share it.
    Icon(String),
}

impl Sign {
    /// A certificate by serial number or fingerprint; some write colons and leading zeros, some do not.
    pub fn certificate(number: &str) -> Option<Self> {
        let digits = number.chars().filter(|character| !matches!(character, ':' | ' ')).take(DIGEST);
        let digits = digits.collect::<String>().to_ascii_lowercase();
        let digits = digits.trim_start_matches("0x").trim_start_matches('0');
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_number.then(|| Self::Certificate(digits.to_owned()))
    }

    /// A filing by its number.
    pub fn filing(number: &str) -> Option<Self> {
        identity::filing(number).map(|filing| Self::Filing(filing.key))
    }

    /// A title or name, without what titles add to a name; `None` for one that many pages have.
    pub fn title(text: &str) -> Option<Self> {
        let plain = names::plain(text);
        let title = names::without_site_words(&plain);
        let chinese = title.chars().filter(|character| matches!(character, '\u{3400}'..='\u{9fff}')).count();
        (chinese >= TELLING && !names::is_site_word(title)).then(|| Self::Title(title.chars().take(TITLE).collect()))
    }

    /// An icon by its digest: a number or hexadecimal.
    pub fn icon(digest: &str) -> Option<Self> {
        let digest = digest.trim();
        let is_digest = digest.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        let is_digest = is_digest && digest.len() <= DIGEST && digest.bytes().any(|byte| byte != b'0' && byte != b'-');
        is_digest.then(|| Self::Icon(digest.to_ascii_lowercase()))
    }

    /// Whether it tells one application from others by itself.
    pub(crate) fn is_telling(&self) -> bool {
        !matches!(self, Self::Icon(_))
    }

    /// What two that show it have in common.
    pub(crate) fn reason(&self) -> Text {
        match self {
            Self::Certificate(number) => text!(zh: "证书相同：{number}", en: "they show one certificate: {number}"),
            Self::Filing(number) => text!(zh: "备案或登记编号相同：{number}", en: "they have one filing number: {number}"),
            Self::Title(title) => text!(zh: "标题或名称相同：{title}", en: "they have one title: {title}"),
            Self::Icon(digest) => text!(zh: "网站图标相同：{digest}", en: "they have one icon: {digest}"),
        }
    }
}

/// A sign with the port at which it was shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shown {
    /// The port; `None` for certificates, which logs show without one.
    pub port: Option<u16>,
    /// The sign.
    pub sign: Sign,
}

impl Shown {
    /// As a sighting keeps it: `certificate 5f01`, `title 443 清河县人民政府`, `icon 443 -235701012`, `filing 443 冀ICP备05000001号-1`.
    pub fn what(&self) -> String {
        let port = self.port.unwrap_or_default();
        match &self.sign {
            Sign::Certificate(number) => format!("certificate {number}"),
            Sign::Filing(number) => format!("filing {port} {number}"),
            Sign::Title(title) => format!("title {port} {title}"),
            Sign::Icon(digest) => format!("icon {port} {digest}"),
        }
    }

    /// Out of a sighting; `None` for those of other things.
    pub fn read(what: &str) -> Option<Self> {
        let (word, rest) = what.split_once(' ')?;
        if word == "certificate" {
            return Some(Self { port: None, sign: Sign::certificate(rest)? });
        }
        let (port, value) = rest.split_once(' ')?;
        let sign = match word {
            "filing" => Sign::filing(value),
            "title" => Sign::title(value),
            "icon" => Sign::icon(value),
            _ => None,
        }?;
        Some(Self { port: Some(port.parse().ok()?), sign })
    }
}

/// The signs that registers tell of a site: its name, and the numbers of filings.
pub(crate) fn registered<'a>(claims: impl IntoIterator<Item = &'a Held>) -> BTreeSet<Sign> {
    let registers = claims.into_iter().filter(|held| held.source.kind.class() == SourceClass::Register);
    let signs = registers.flat_map(|held| {
        let told = |attribute| held.claim.says.get(&attribute);
        let of_site = held.claim.entity.kind.application().is_some();
        let name = told(Attribute::Name).filter(|_| of_site).and_then(|name| Sign::title(name));
        name.into_iter().chain(told(Attribute::Number).and_then(|number| Sign::filing(number)))
    });
    signs.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn signs_are_kept_and_read() {
        for (sign, what) in [
            (Sign::certificate("0x00:5F:01"), "certificate 5f01"),
            (Sign::filing("冀icp备 05000001号－1"), "filing 443 冀ICP备05000001号-1"),
            (Sign::title(" 清河县人民政府门户网站 "), "title 443 清河县人民政府"),
            (Sign::icon("-235701012"), "icon 443 -235701012"),
        ] {
            let sign = sign.expect(what);
            let port = (!matches!(sign, Sign::Certificate(_))).then_some(443);
            let shown = Shown { port, sign };
            assert_eq!((shown.what().as_str(), Shown::read(what)), (what, Some(shown)));
        }
        for what in ["A 192.0.2.1", "443/tcp https nginx", "certificate", "title x 清河县人民政府", "icon 443 logo.png", "listed"]
        {
            assert_eq!(Shown::read(what), None, "{what}");
        }
    }

    #[test]
    fn titles_that_many_pages_have_are_none() {
        for title in ["", "登录", "404 Not Found", "Welcome to nginx!", "网站首页", "官网"] {
            assert_eq!(Sign::title(title), None, "{title}");
        }
        assert_eq!(Sign::icon("0"), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(text in "\\PC{0,90}", port in 1..=u16::MAX) {
            for sign in [Sign::certificate(&text), Sign::filing(&text), Sign::title(&text), Sign::icon(&text)].into_iter().flatten() {
                let port = (!matches!(sign, Sign::Certificate(_))).then_some(port);
                let shown = Shown { port, sign };
                prop_assert_eq!(Shown::read(&shown.what()), Some(shown.clone()), "{}", shown.what());
            }
            let _ = Shown::read(&text);
        }
    }
}
