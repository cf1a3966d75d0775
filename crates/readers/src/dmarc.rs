//! DMARC records (RFC 7489, with the tags of its successor) and the names at which to look for one.

use model::facts::mail::{DmarcPolicy, DmarcRecord};
use model::name::HostName;

/// The most labels of a name that the successor's tree walk starts from.
const WALK_LABELS: usize = 7;
/// The longest record that is kept, in bytes.
const RECORD_LIMIT: usize = 4096;
/// The most report addresses, and the most problems, that are kept.
const LIST_LIMIT: usize = 50;

/// True when a text record at a `_dmarc` name is meant as DMARC: its first tag is `v=DMARC1` (RFC 7489, 6.6.3).
pub fn is_record(text: &str) -> bool {
    let first = text.split(';').next().unwrap_or_default();
    first.split_once('=').is_some_and(|(name, value)| name.trim().eq_ignore_ascii_case("v") && value.trim() == "DMARC1")
}

/// Reads a record that [`is_record`]. What does not follow the grammar is told in `problems`, tag by tag, and has no effect.
pub fn parse(record: &str) -> DmarcRecord {
    let text = crate::words::head(record, RECORD_LIMIT);
    let mut read = DmarcRecord {
        text: text.to_owned(),
        policy: None,
        subdomain_policy: None,
        nonexistent_policy: None,
        percent: 100,
        test_mode: false,
        reports_to: Vec::new(),
        problems: Vec::new(),
    };
    let mut names = Vec::new();
    for tag in text.split(';').map(str::trim).filter(|tag| !tag.is_empty()) {
        let Some((name, value)) = tag.split_once('=') else {
            note(&mut read, tag);
            continue;
        };
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
        if names.contains(&name) || !apply(&mut read, &name, value) {
            note(&mut read, tag);
        }
        names.push(name);
    }
    if !names.iter().any(|name| name == "p") {
        note(&mut read, "p=");
    }
    read
}

/// The names to ask for a record, in order: the domain, then upwards to its registrable domain and not above.
///
/// That covers the organisational domain of RFC 7489 and the steps between that its successor's tree walk takes.
pub fn names(domain: &HostName) -> Vec<String> {
    let name = domain.ascii.as_str();
    let mut asked = vec![format!("_dmarc.{name}")];
    let Some(top) = domain.registrable.as_deref() else { return asked };
    let mut rest = name;
    while rest != top {
        let Some((_, parent)) = rest.split_once('.') else { break };
        rest = parent;
        if rest.split('.').count() <= WALK_LABELS || rest == top {
            asked.push(format!("_dmarc.{rest}"));
        }
    }
    asked
}

fn note(read: &mut DmarcRecord, tag: &str) {
    if read.problems.len() < LIST_LIMIT {
        read.problems.push(tag.to_owned());
    }
}

/// Takes a tag in; false when its value is wrong. Unknown tags are lawful (RFC 7489, 6.3).
fn apply(read: &mut DmarcRecord, name: &str, value: &str) -> bool {
    let policy = policy_named(value);
    match name {
        "v" => return value == "DMARC1",
        "p" => read.policy = policy,
        "sp" => read.subdomain_policy = policy,
        "np" => read.nonexistent_policy = policy,
        "pct" => match value.parse() {
            Ok(percent @ 0..=100) => read.percent = percent,
            _ => return false,
        },
        "t" => {
            read.test_mode = value.eq_ignore_ascii_case("y");
            return read.test_mode || value.eq_ignore_ascii_case("n");
        }
        "rua" => {
            let addresses = value.split(',').map(str::trim);
            read.reports_to = addresses.clone().filter(|address| is_uri(address)).take(LIST_LIMIT).map(str::to_owned).collect();
            return addresses.clone().all(is_uri);
        }
        _ => {}
    }
    !matches!(name, "p" | "sp" | "np") || policy.is_some()
}

fn policy_named(value: &str) -> Option<DmarcPolicy> {
    let policies = [("none", DmarcPolicy::None), ("quarantine", DmarcPolicy::Quarantine), ("reject", DmarcPolicy::Reject)];
    policies.into_iter().find(|(name, _)| value.eq_ignore_ascii_case(name)).map(|(_, policy)| policy)
}

fn is_uri(address: &str) -> bool {
    address
        .split_once(':')
        .is_some_and(|(scheme, rest)| !rest.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_full_record() {
        let record =
            parse("v=DMARC1; p=Reject; sp=quarantine; np=reject; pct=25; rua=mailto:a@x.cn!10m, mailto:b@x.cn; t=y; fo=1;");
        assert_eq!(record.policy, Some(DmarcPolicy::Reject));
        assert_eq!(record.subdomain_policy, Some(DmarcPolicy::Quarantine));
        assert_eq!(record.nonexistent_policy, Some(DmarcPolicy::Reject));
        assert_eq!((record.percent, record.test_mode), (25, true));
        assert_eq!(record.reports_to, ["mailto:a@x.cn!10m", "mailto:b@x.cn"]);
        assert_eq!(record.problems, Vec::<String>::new());
    }

    #[test]
    fn what_is_wrong_is_named() {
        let record = parse("v=DMARC1; p=rejct; pct=101; rua=postmaster; junk");
        assert_eq!(record.policy, None);
        assert_eq!(record.percent, 100);
        assert_eq!(record.problems, ["p=rejct", "pct=101", "rua=postmaster", "junk"]);
        assert_eq!(parse("v=DMARC1").problems, ["p="]);
        assert_eq!(parse("v=DMARC1; p=none; p=reject").policy, Some(DmarcPolicy::None));
    }

    #[test]
    fn only_the_version_first_makes_a_record() {
        assert!(is_record("v=DMARC1;p=none") && is_record(" v = DMARC1 ; p=none"));
        assert!(!is_record("p=none; v=DMARC1") && !is_record("v=spf1 -all") && !is_record("v=dmarc1; p=none"));
    }

    #[test]
    fn names_go_up_to_the_registrable_domain() {
        let names = |text: &str| names(&crate::names::host(text).expect(text));
        assert_eq!(names("x.gov.cn"), ["_dmarc.x.gov.cn"]);
        assert_eq!(names("a.mail.x.gov.cn"), ["_dmarc.a.mail.x.gov.cn", "_dmarc.mail.x.gov.cn", "_dmarc.x.gov.cn"]);
        assert_eq!(names("gov.cn"), ["_dmarc.gov.cn"]);
        assert_eq!(names("a.b.c.d.e.f.g.h.x.cn").len(), 7);
    }

    proptest! {
        #[test]
        fn any_record_is_read_without_panic(text in "\\PC{0,60}", parts in proptest::collection::vec("(v=DMARC1|p=|;|rua=|mailto:|pct=[0-9]{1,4}|,| |é)", 0..15)) {
            for text in [text, parts.concat()] {
                let record = parse(&text);
                prop_assert!(record.percent <= 100 && record.problems.len() <= LIST_LIMIT);
                let _ = is_record(&text);
            }
        }
    }
}
