//! Discovery: names below a granted domain, out of what was observed or imported, and at L2 out of a bounded word list.
//!
//! Invariant: a found name is never contacted: all that is sent are DNS questions to the configured resolvers. Nothing outside the
//! registrable domain is kept.

mod hints;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use dialer::dns::{Data, RecordType, Reply};
use dialer::permit::Permit;
use futures::StreamExt;
use futures::stream;
use model::facts::discovery::{Candidate, Discovery, Found, FoundBy, Wildcard};
use model::facts::dns::Mx;
use model::name::HostName;
use model::permission::AccessLevel;

pub use crate::discover::hints::Hints;
use crate::probes::Probes;

/// Questions under way at a time.
const AT_ONCE: usize = 32;
/// Most candidates that are kept.
const CANDIDATES: usize = 5000;
/// Most zones that are asked whether they answer for any label.
const ZONES: usize = 200;
/// Labels that cannot exist, asked in each zone: a wildcard may answer with different addresses each time.
const RANDOM: usize = 3;

impl Probes {
    /// Names below `domain`, a registrable domain, without those that are `known` (A-label form). The word list is asked when `permit` is one
    /// for L2 or above; of its words only those are kept that resolve otherwise than the zone's wildcard.
    pub async fn discover(&self, permit: &Permit, domain: &HostName, known: &BTreeSet<String>, hints: &Hints) -> Discovery {
        let domain = domain.ascii.as_str();
        let mut found: BTreeMap<HostName, BTreeSet<Found>> = hints.below(domain);
        let mut asked: BTreeSet<FoundBy> = hints.kinds();
        let mut words_asked = 0;
        if permit.level() >= AccessLevel::L2 {
            asked.insert(FoundBy::WordList);
            let words = readers::found_names::words();
            for host in words.filter_map(|word| readers::found_names::below(domain, &format!("{word}.{domain}"))) {
                words_asked += 1;
                found.entry(host).or_default().insert(Found { by: FoundBy::WordList, place: "labels.txt".into() });
            }
        }
        found.retain(|host, _| !known.contains(&host.ascii));
        let mut cut = hints.cut() || found.len() > CANDIDATES;
        let resolved = stream::iter(found.into_iter().take(CANDIDATES))
            .map(|(host, sources)| async {
                let addresses = self.addresses(permit, &host.ascii).await;
                Candidate { host, sources: sources.into_iter().collect(), addresses, only_wildcard: false }
            })
            .buffered(AT_ONCE);
        let mut candidates: Vec<Candidate> = resolved.collect().await;
        candidates.retain(|candidate| !candidate.addresses.is_empty() || !is_word(candidate));
        let zones: BTreeSet<&str> = candidates.iter().flat_map(|candidate| zones_above(&candidate.host.ascii, domain)).collect();
        cut |= zones.len() > ZONES;
        let wildcards = self.wildcards(permit, domain, zones).await;
        for candidate in &mut candidates {
            let zone = candidate.host.ascii.split_once('.').map_or("", |(_, zone)| zone);
            candidate.only_wildcard = !candidate.addresses.is_empty()
                && wildcards.get(zone).is_some_and(|any| candidate.addresses.iter().all(|address| any.contains(address)));
        }
        candidates.retain(|candidate| !(candidate.only_wildcard && is_word(candidate)));
        let wildcards = topmost(wildcards, domain);
        Discovery { domain: domain.to_owned(), candidates, wildcards, asked: asked.into_iter().collect(), words_asked, cut }
    }

    /// Puts into `hints` what the records of the zone at `domain` name. Three questions; the zone's signatures and the rest of its records are
    /// for whoever judges the zone.
    pub async fn zone_hints(&self, permit: &Permit, domain: &HostName, hints: &mut Hints) {
        let ask = |record| self.dialer.dns().ask(permit, &domain.ascii, record);
        let (ns, mx, txt) = tokio::join!(ask(RecordType::Ns), ask(RecordType::Mx), ask(RecordType::Txt));
        let text = |data: &Data| if let Data::Text(text) = data { Some(text.clone()) } else { None };
        let exchanger = |data: &Data| if let Data::Mx(mx) = data { Some(mx.clone()) } else { None };
        let texts = |reply: &Reply| reply.answer.records().iter().filter_map(text).collect::<Vec<_>>();
        let exchangers: Vec<Mx> = mx.answer.records().iter().filter_map(exchanger).collect();
        hints.answers(&domain.ascii, &texts(&ns), &exchangers, &texts(&txt));
    }

    /// What each zone answers for labels that cannot exist; zones that answer nothing are left out.
    async fn wildcards(&self, permit: &Permit, domain: &str, zones: BTreeSet<&str>) -> BTreeMap<String, BTreeSet<IpAddr>> {
        let zones = std::iter::once(domain).chain(zones.into_iter().filter(|zone| *zone != domain)).take(ZONES);
        let zones: Vec<String> = zones.map(str::to_owned).collect();
        let answers = stream::iter(zones)
            .map(|zone| async move {
                let mut any = BTreeSet::new();
                for _ in 0..RANDOM {
                    let label = format!("{:016x}", rand::random::<u64>());
                    let addresses = self.addresses(permit, &format!("{label}.{zone}")).await;
                    if addresses.is_empty() {
                        break;
                    }
                    any.extend(addresses);
                }
                (zone, any)
            })
            .buffered(AT_ONCE);
        answers.filter(|(_, any)| std::future::ready(!any.is_empty())).collect().await
    }

    async fn addresses(&self, permit: &Permit, name: &str) -> Vec<IpAddr> {
        let dns = self.dialer.dns().host(permit, name).await;
        let v4 = dns.a.records().iter().copied().map(IpAddr::V4);
        let addresses: BTreeSet<IpAddr> = v4.chain(dns.aaaa.records().iter().copied().map(IpAddr::V6)).collect();
        addresses.into_iter().collect()
    }
}

/// Whether nothing but the word list names it.
fn is_word(candidate: &Candidate) -> bool {
    candidate.sources.iter().all(|source| source.by == FoundBy::WordList)
}

/// The names above `host` down to `domain`, nearest first.
fn zones_above<'a>(host: &'a str, domain: &str) -> Vec<&'a str> {
    let above = std::iter::successors(host.split_once('.'), |(_, zone)| zone.split_once('.')).map(|(_, zone)| zone);
    above.take_while(|zone| zone.len() >= domain.len()).collect()
}

/// The zones whose wildcard is their own: a name below one that does not exist answers as the zone above (RFC 4592, 3.3.1).
fn topmost(wildcards: BTreeMap<String, BTreeSet<IpAddr>>, domain: &str) -> Vec<Wildcard> {
    let inherited = |zone: &str, any: &BTreeSet<IpAddr>| {
        zones_above(zone, domain).into_iter().any(|above| wildcards.get(above).is_some_and(|theirs| theirs == any))
    };
    let own = wildcards.iter().filter(|(zone, any)| !inherited(zone, any));
    own.map(|(zone, any)| Wildcard { zone: zone.clone(), addresses: any.iter().copied().collect() }).collect()
}
