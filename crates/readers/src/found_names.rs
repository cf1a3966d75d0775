//! Host names out of records that name them by the way: certificates, policy records, name servers, logs.

use model::name::HostName;

/// The labels that a discovery at L2 asks for (`data/labels.txt` says where they come from).
pub fn words() -> impl Iterator<Item = &'static str> {
    let lines = include_str!("../data/labels.txt").lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// How much of a record is searched, in bytes.
const SEARCHED: usize = 16 * 1024;

/// The host that `text` names, if it is strictly below the registrable domain `domain` (A-label form). The star of a wildcard name
/// (`*.a.example.cn`) is cut off, since the star is no host; so are e-mail addresses and anything with a path.
pub fn below(domain: &str, text: &str) -> Option<HostName> {
    let text = text.trim();
    let text = text.strip_prefix("*.").unwrap_or(text);
    // Service labels (`_dmarc`, `_443._tcp`) are names of records, not of hosts.
    let host = crate::names::host(text).filter(|host| !host.ascii.split('.').any(|label| label.starts_with('_')))?;
    (host.under(domain) && host.registrable.as_deref() == Some(domain)).then_some(host)
}

/// The domains that an SPF record names (RFC 7208, 5 and 6): `include`, `a`, `mx`, `ptr`, `exists` and `redirect`. Names with macros are
/// left out, since only a message fills them in.
pub fn in_spf(record: &str) -> Vec<String> {
    let record = crate::words::head(record, SEARCHED);
    let mut words = record.split_ascii_whitespace();
    if !words.next().is_some_and(|version| version.eq_ignore_ascii_case("v=spf1")) {
        return Vec::new();
    }
    words.filter_map(spf_target).map(str::to_owned).collect()
}

fn spf_target(term: &str) -> Option<&str> {
    let term = term.trim_start_matches(['+', '-', '~', '?']);
    let (name, rest) = term.split_once([':', '='])?;
    let known = ["include", "a", "mx", "ptr", "exists", "redirect"];
    let target = rest.split('/').next().unwrap_or_default();
    let named = known.iter().any(|known| name.eq_ignore_ascii_case(known));
    (named && !target.is_empty() && !target.contains('%')).then_some(target)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_hosts_below_the_domain_are_taken() {
        let ascii = |text| below("example.gov.cn", text).map(|host| host.ascii);
        assert_eq!(ascii(" *.Mail.EXAMPLE.gov.cn. ").as_deref(), Some("mail.example.gov.cn"));
        for text in [
            "example.gov.cn",
            "x.other.gov.cn",
            "notexample.gov.cn",
            "_dmarc.example.gov.cn",
            "a@example.gov.cn",
            "192.0.2.1",
            "a\0.example.gov.cn",
        ] {
            assert_eq!(ascii(text), None, "{text}");
        }
    }

    #[test]
    fn policy_records_name_hosts() {
        let record = "v=spf1 a mx:mx.example.cn/24 ~include:spf.example.cn exists:%{i}.x.example.cn ip4:192.0.2.1 redirect=_s.example.cn -all";
        assert_eq!(in_spf(record), ["mx.example.cn", "spf.example.cn", "_s.example.cn"]);
        assert!(in_spf("include:a.example.cn").is_empty());
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(text in "\\PC{0,60}") {
            let _ = in_spf(&format!("v=spf1 {text}"));
            prop_assert!(below("example.cn", &text).is_none_or(|host| host.under("example.cn")));
        }
    }
}
