//! What a template is applied to, and the variables that stand for it.

use std::collections::BTreeMap;

use url::{Host, Url};

use crate::dsl::Value;

/// A site: scheme, host and port, and the path under which it lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    url: Url,
}

impl Target {
    /// The target at an http or https address; log-in, query and fragment are left aside.
    pub fn of(address: &str) -> Option<Self> {
        let mut url = Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())?;
        url.set_query(None);
        url.set_fragment(None);
        url.set_username("").ok()?;
        url.set_password(None).ok()?;
        Some(Self { url })
    }

    /// The host: A-label form, or an address without brackets.
    pub fn host(&self) -> String {
        match self.url.host() {
            Some(Host::Domain(name)) => name.trim_end_matches('.').to_owned(),
            Some(Host::Ipv4(ip)) => ip.to_string(),
            Some(Host::Ipv6(ip)) => ip.to_string(),
            None => String::new(),
        }
    }

    /// The port, the scheme's own where none is written.
    pub fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or_default()
    }

    /// The address without path: `https://www.example.gov.cn`.
    pub fn root(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// The address, without final slash.
    pub fn base(&self) -> String {
        self.url.as_str().trim_end_matches('/').to_owned()
    }

    /// Whether an address is on the target: scheme, host and port are the same.
    pub fn holds(&self, url: &Url) -> bool {
        url.origin() == self.url.origin() && url.username().is_empty() && url.password().is_none()
    }

    /// The domain that is registered, for a host that is a name.
    pub(crate) fn registrable(&self) -> Option<String> {
        let host = self.url.domain()?.trim_end_matches('.');
        psl::domain_str(host).map(str::to_owned)
    }

    /// The variables that every template may use.
    pub(crate) fn variables(&self) -> BTreeMap<String, Value> {
        let host = self.host();
        let authority = self.root().split_once("://").map(|(_, authority)| authority.to_owned()).unwrap_or_default();
        let mut variables: BTreeMap<String, Value> = [
            ("BaseURL", self.base()),
            ("RootURL", self.root()),
            ("Hostname", authority),
            ("Host", host.clone()),
            ("Port", self.port().to_string()),
            ("Path", self.url.path().trim_end_matches('/').to_owned()),
            ("Scheme", self.url.scheme().to_owned()),
        ]
        .into_iter()
        .map(|(name, text)| (name.to_owned(), Value::text(text)))
        .collect();
        if let Some(registrable) = self.registrable() {
            let below = host.strip_suffix(&registrable).unwrap_or_default().trim_end_matches('.');
            let label = registrable.split('.').next().unwrap_or_default();
            for (name, text) in [("FQDN", host.as_str()), ("RDN", &registrable), ("DN", label), ("SD", below)] {
                variables.insert(name.to_owned(), Value::text(text));
            }
        }
        variables
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(target: &Target, name: &str) -> Option<String> {
        target.variables().get(name).map(|value| String::from_utf8_lossy(&value.bytes()).into_owned())
    }

    #[test]
    fn variables_of_a_target() {
        let target = Target::of("https://user:secret@Bm.Www.example.gov.cn:8443/oa/?x=1#y").expect("a target");
        for (name, value) in [
            ("BaseURL", "https://bm.www.example.gov.cn:8443/oa"),
            ("RootURL", "https://bm.www.example.gov.cn:8443"),
            ("Hostname", "bm.www.example.gov.cn:8443"),
            ("Host", "bm.www.example.gov.cn"),
            ("Port", "8443"),
            ("Path", "/oa"),
            ("Scheme", "https"),
            ("FQDN", "bm.www.example.gov.cn"),
            ("RDN", "example.gov.cn"),
            ("DN", "example"),
            ("SD", "bm.www"),
        ] {
            assert_eq!(variable(&target, name).as_deref(), Some(value), "{name}");
        }
        let address = Target::of("http://192.0.2.7/").expect("a target");
        assert_eq!((variable(&address, "Host"), variable(&address, "RDN")), (Some("192.0.2.7".to_owned()), None));
        assert_eq!(variable(&address, "BaseURL").as_deref(), Some("http://192.0.2.7"));
        assert!(Target::of("ftp://example.gov.cn/").is_none() && Target::of("example.gov.cn").is_none());
    }
}
