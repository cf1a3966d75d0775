//! What a host itself shows of who stands in front of it: header fields, cookies, names in its certificate.

use std::sync::LazyLock;

use model::facts::hosting::{ProviderBy, ProviderRole, ProviderSign};
use model::facts::web::Hop;
use serde::Deserialize;

use crate::providers::known;

/// What a host showed; empty where nothing was seen.
#[derive(Clone, Debug, Default)]
pub struct Signs<'a> {
    /// Header fields, name (lower case) and value.
    pub headers: Vec<(&'a str, &'a str)>,
    /// Names of cookies.
    pub cookies: Vec<&'a str>,
    /// Names in the certificate.
    pub certificate_names: Vec<&'a str>,
}

impl<'a> Signs<'a> {
    /// Adds the header fields and cookies of an answer, which must be one of this host.
    pub fn add_hop(&mut self, hop: &'a Hop) {
        self.headers.extend(hop.headers.iter().map(|header| (header.name.as_str(), header.value.as_str())));
        self.cookies.extend(hop.cookies.iter().map(|cookie| cookie.name.as_str()));
    }

    /// The providers that header fields and cookies name.
    pub(crate) fn providers(&self) -> impl Iterator<Item = ProviderSign> {
        KNOWN.iter().filter(|known| known.holds(self)).map(Known::sign)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    sign: Vec<Known>,
}

/// A sign; `data/signs.toml` says what the fields mean.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    provider: String,
    role: ProviderRole,
    header: Option<String>,
    #[serde(default)]
    value: String,
    cookie: Option<String>,
}

#[expect(clippy::expect_used, reason = "the file is compiled in and every test reads it")]
static KNOWN: LazyLock<Vec<Known>> = LazyLock::new(|| {
    toml::from_str::<Table>(include_str!("../data/signs.toml")).expect("data/signs.toml is a list of signs").sign
});

impl Known {
    fn holds(&self, signs: &Signs<'_>) -> bool {
        let begins =
            |value: &str| value.get(..self.value.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(&self.value));
        let header = self.header.as_ref();
        let cookie = self.cookie.as_ref();
        header.is_some_and(|header| signs.headers.iter().any(|(name, value)| name == header && begins(value)))
            || cookie.is_some_and(|cookie| signs.cookies.iter().any(|name| name.starts_with(cookie)))
    }

    fn sign(&self) -> ProviderSign {
        let matched = match (&self.header, &self.cookie) {
            (Some(header), _) if self.value.is_empty() => header.clone(),
            (Some(header), _) => format!("{header}: {}", self.value),
            (None, cookie) => format!("cookie {}", cookie.as_deref().unwrap_or_default()),
        };
        known(&self.provider, self.role).sign(ProviderBy::Header, matched)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sign_has_one_ground_in_lower_case() {
        for known in KNOWN.iter() {
            assert!(known.header.is_some() != known.cookie.is_some(), "{}", known.provider);
            assert_eq!(known.value, known.value.to_ascii_lowercase());
        }
        assert_eq!(Signs::default().providers().count(), 0);
    }

    #[test]
    fn header_fields_and_cookies() {
        let signs = Signs {
            headers: vec![("server", "YunJiaSu-nginx"), ("x-cache", "HIT"), ("cf-ray", ""), ("via", "cloudflare")],
            cookies: vec!["acw_tc", "xacw_sc__v2"],
            certificate_names: vec![],
        };
        let found: Vec<String> = signs.providers().map(|sign| format!("{} {}", sign.name, sign.matched)).collect();
        assert_eq!(found, ["阿里云 cookie acw_tc", "百度云 server: yunjiasu", "Cloudflare cf-ray"]);
        assert_eq!(signs.providers().map(|sign| sign.overseas).collect::<Vec<_>>(), [false, false, true]);
    }
}
