//! Hosts whose scripts were poisoned, out of `data/poisoned_script_hosts.toml`.

use jiff::civil::Date;
use model::text::Label;

use crate::facts::domains::is_within;

/// Such a host.
#[derive(Debug)]
pub struct Poisoned {
    /// It and the names below it.
    pub domain: &'static str,
    /// Whether its scripts were seen to carry malicious code; else it is named beside such hosts.
    pub proven: bool,
    /// What was published of it.
    pub what: Label,
    /// The day of that publication.
    pub since: Date,
}

include!(concat!(env!("OUT_DIR"), "/poisoned.rs"));

/// What is known of a host, A-label form.
pub fn of(host: &str) -> Option<&'static Poisoned> {
    POISONED.iter().find(|poisoned| is_within(host, poisoned.domain))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn domains_stand_once_in_the_form_of_hosts() {
        let domains: BTreeSet<&str> = POISONED.iter().map(|poisoned| poisoned.domain).collect();
        assert_eq!(domains.len(), POISONED.len());
        assert!(domains.iter().all(|domain| domain.contains('.') && domain.chars().all(|letter| !letter.is_uppercase())));
    }

    #[test]
    fn names_below_are_meant_too() {
        assert!(of("cdn.polyfill.io").is_some_and(|known| known.proven));
        assert!(of("polyfill.io").is_some());
        assert!(of("polyfill.io.example.cn").is_none());
        assert!(of("mypolyfill.io").is_none());
    }
}
