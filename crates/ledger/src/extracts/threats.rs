//! What threat lists say of hosts.

use std::collections::BTreeMap;

use model::facts::extracts::{ThreatListing, ThreatListings};
use model::ledger::attribute::Attribute as A;
use model::ledger::claim::Held;
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::source::SourceKind;

use super::{Delivered, Told, as_of, day, of_kinds, text};

/// The kinds of source that list threats.
pub const LISTS: [SourceKind; 5] =
    [SourceKind::UrlHaus, SourceKind::OpenPhish, SourceKind::HostsList, SourceKind::Stix, SourceKind::Misp];

/// The most listings of one host that are told: a host that spreads malware is listed a thousand times over.
const MOST: usize = 20;

/// The entities to ask for a host: itself, and the domains above it down to the registrable one. Of a public suffix, an address or what is no
/// host only itself.
pub fn asked(host: &str) -> Vec<EntityId> {
    above(host).into_iter().map(|name| EntityId::new(EntityKind::Threat, name)).collect()
}

/// The entity to ask for an address (URL) on a host, as lists write it.
pub fn asked_address(url: &str) -> EntityId {
    EntityId::new(EntityKind::Threat, url.split('#').next().unwrap_or(url))
}

/// What threat lists hold of the hosts, out of the claims about what was [`asked`]; `None` when no list was delivered.
pub fn of(hosts: &[String], about: &[Held], delivered: &Delivered) -> Option<Told<ThreatListings>> {
    let mut hosts = hosts.to_vec();
    hosts.sort();
    hosts.dedup();
    let said: Vec<&Held> = of_kinds(about, &LISTS).filter(|held| held.claim.entity.kind == EntityKind::Threat).collect();
    // By the host of what is listed, so that each host is compared with its own alone.
    let mut by_host: BTreeMap<&str, Vec<&Held>> = BTreeMap::new();
    for held in said {
        by_host.entry(host_of(&held.claim.entity.key)).or_default().push(held);
    }
    let mut used: Vec<&Held> = Vec::new();
    let mut listed: Vec<ThreatListing> = Vec::new();
    for host in &hosts {
        let mut held: Vec<&Held> = Vec::new();
        for name in above(host) {
            // What stands at an address of a domain above says nothing of the host.
            let concerns = |held: &&Held| name == *host || name == held.claim.entity.key;
            held.extend(by_host.get(name.as_str()).into_iter().flatten().filter(|held| concerns(held)));
        }
        held.sort_by_key(|held| (held.claim.entity.key.len(), &held.claim.entity, held.source.id, held.id));
        used.extend(&held);
        listed.extend(held.into_iter().take(MOST).map(|held| listing(host, held)));
    }
    let at = delivered.rests_on(&LISTS, used)?;
    Some(Told { fact: ThreatListings { as_of: as_of(at), hosts, listed }, at })
}

fn listing(host: &str, held: &Held) -> ThreatListing {
    let says = &held.claim.says;
    let name = &held.source.name;
    let kind = held.source.kind.word();
    ThreatListing {
        host: host.into(),
        indicator: held.claim.entity.key.clone(),
        threat: text(says, A::ThreatKind),
        by: if name.is_empty() || name == kind { kind.into() } else { format!("{kind} {name}") },
        since: day(says, A::ListedOn),
        until: day(says, A::ValidUntil),
        live: !matches!(text(says, A::ThreatState).as_str(), "offline" | "revoked"),
    }
}

/// The host and the domains above it down to the registrable one.
fn above(host: &str) -> Vec<String> {
    let Some(registrable) = readers::names::host(host).and_then(|name| name.registrable) else { return vec![host.to_owned()] };
    let mut names = vec![host.to_owned()];
    let mut rest = host;
    while rest != registrable {
        let Some((_, next)) = rest.split_once('.') else { break };
        names.push(next.to_owned());
        rest = next;
    }
    names
}

/// The host in what a list names: of a URL with or without scheme, or of `host:port`; A-label form, since the lists are read so.
fn host_of(threat: &str) -> &str {
    let rest = threat.split_once("://").map_or(threat, |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or(rest);
    match authority.rsplit_once(':') {
        // Several colons without brackets are an IPv6 address.
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && (!host.contains(':') || host.ends_with(']')) => {
            host.trim_start_matches('[').trim_end_matches(']')
        }
        _ => authority.trim_start_matches('[').trim_end_matches(']'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_a_host() {
        let keys = |host: &str| asked(host).into_iter().map(|entity| entity.to_string()).collect::<Vec<_>>();
        assert_eq!(
            keys("a.cdn.example.com.cn"),
            ["threat:a.cdn.example.com.cn", "threat:cdn.example.com.cn", "threat:example.com.cn"]
        );
        assert_eq!(keys("example.com"), ["threat:example.com"]);
        assert_eq!(keys("com.cn"), ["threat:com.cn"], "nothing above a public suffix");
        assert_eq!(keys("192.0.2.1"), ["threat:192.0.2.1"]);
        assert_eq!(asked_address("https://a.cn/x.js?v=1#top").to_string(), "threat:https://a.cn/x.js?v=1");
    }

    #[test]
    fn hosts_of_what_is_listed() {
        for (threat, host) in [
            ("a.example", "a.example"),
            ("a.example:8443", "a.example"),
            ("http://a.example:81/x?y", "a.example"),
            ("a.example/path", "a.example"),
            ("192.0.2.1:80", "192.0.2.1"),
            ("[2001:db8::1]:80", "2001:db8::1"),
            ("http://[2001:db8::1]/", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
        ] {
            assert_eq!(host_of(threat), host, "{threat}");
        }
    }
}
