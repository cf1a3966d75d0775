//! When two values of an attribute mean the same, and the words in which claims write types, levels and roles.

use std::collections::BTreeSet;

use jiff::civil::Date;
use model::ledger::attribute::Attribute;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};
use serde::{Deserialize, Serialize};

use crate::names;

/// True when both values mean the same: plain names, days and codes in one form, lists in any order, addresses of one site.
pub fn same(attribute: Attribute, one: &str, other: &str) -> bool {
    use Attribute as A;
    if one == other {
        return true;
    }
    match attribute {
        A::Name | A::ParentName | A::Owner | A::Registrant | A::Developer | A::VerifiedSubject | A::Operator | A::Successor => {
            names::same(one, other)
        }
        A::Uscc | A::ParentUscc | A::OwnerUscc | A::Signer | A::Hash | A::Number | A::ProtectionNumber => {
            one.trim().eq_ignore_ascii_case(other.trim())
        }
        A::Division => one.trim_end_matches("000") == other.trim_end_matches("000"),
        A::Address => match (readers::names::address(one), readers::names::address(other)) {
            (Ok(one), Ok(other)) => (one.host, one.port, one.path) == (other.host, other.port, other.path),
            _ => false,
        },
        A::ShortNames | A::FormerNames | A::Aliases | A::Domains | A::NameServers | A::RegistrationStatus | A::Documents => {
            set(one) == set(other)
        }
        A::StateSince
        | A::GrantUntil
        | A::IssuedOn
        | A::ValidUntil
        | A::RegisteredOn
        | A::ExpiresOn
        | A::UpdatedOn
        | A::VerifiedOn
        | A::AssessedOn
        | A::AnsweredOn
        | A::ReceivedOn => match (day(one), day(other)) {
            (Some(one), Some(other)) => one == other,
            _ => false,
        },
        _ => false,
    }
}

/// The parts of a list.
pub fn parts(list: &str) -> impl Iterator<Item = &str> {
    list.split(';').map(str::trim).filter(|part| !part.is_empty())
}

fn set(list: &str) -> BTreeSet<String> {
    parts(list).map(names::plain).collect()
}

/// The day of a value that may carry a time behind it.
fn day(text: &str) -> Option<Date> {
    text.trim().split(['T', ' ']).next()?.parse().ok()
}

/// The machine name of a value, as in JSON. `None` for what is no plain word.
pub fn word(value: impl Serialize) -> Option<String> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Some(word),
        _ => None,
    }
}

/// The value with this machine name.
pub fn of_word<'a, T: Deserialize<'a>>(word: &'a str) -> Option<T> {
    let word: StrDeserializer<'a, Error> = word.into_deserializer();
    T::deserialize(word).ok()
}

/// Yes or no.
pub fn yes(value: &str) -> Option<bool> {
    match value {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use model::institution::{AdminLevel, InstitutionType, SiteRole};

    use super::*;

    #[test]
    fn values_that_mean_the_same() {
        use Attribute as A;
        for (attribute, one, other) in [
            (A::Owner, "清河县 教育局", "清河县教育局"),
            (A::Division, "130534", "130534000"),
            (A::Address, "http://www.x.gov.cn/", "www.x.gov.cn"),
            (A::Domains, "a.gov.cn;b.gov.cn", "b.gov.cn; A.gov.cn"),
            (A::IssuedOn, "2026-03-01", "2026-03-01T00:00:00Z"),
            (A::OwnerUscc, "91350100m000100y43", "91350100M000100Y43"),
        ] {
            assert!(same(attribute, one, other), "{one} {other}");
        }
        assert!(!same(A::Owner, "清河县人民政府", "清河县人民政府办公室"));
        assert!(!same(A::Division, "130000", "130534"));
        assert!(!same(A::Notes, "a", "A"));
    }

    #[test]
    fn words_go_there_and_back() {
        assert_eq!(word(InstitutionType::PartyGovernment).as_deref(), Some("party_government"));
        assert_eq!(of_word::<AdminLevel>("county"), Some(AdminLevel::County));
        assert_eq!(of_word::<SiteRole>("portal"), Some(SiteRole::Portal));
        assert_eq!(of_word::<SiteRole>("门户"), None);
    }
}
