//! The zones of a world, with their records and signatures.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use hickory_server::dnssec::NxProofKind;
use hickory_server::net::runtime::TokioRuntimeProvider;
use hickory_server::proto::dnssec::crypto::EcdsaSigningKey;
use hickory_server::proto::dnssec::rdata::{DNSKEY, DNSSECRData, DS};
use hickory_server::proto::dnssec::{Algorithm, DigestType, DnssecSigner, SigningKey};
use hickory_server::proto::rr::rdata::{A, CAA, CNAME, MX, NS, SOA, TXT};
use hickory_server::proto::rr::{Name, RData, Record};
use hickory_server::store::in_memory::InMemoryZoneHandler;
use hickory_server::zone_handler::{AxfrPolicy, ZoneType};
use rustls_pki_types::PrivatePkcs8KeyDer;

use crate::error::LabError;
use crate::world::{World, Zone, ZoneRecord, ZoneSigning};

/// Time to live of all records, in seconds.
const TTL: u32 = 300;
/// How long signatures hold: longer than any lab runs.
const SIGNATURES: Duration = Duration::from_secs(90 * 86_400);

/// Handler of one zone.
type Handler = InMemoryZoneHandler<TokioRuntimeProvider>;

/// The zones, ready to be served.
pub(super) struct Built {
    /// Origin and handler.
    pub zones: Vec<(Name, Arc<Handler>)>,
    /// The root's key as a DNSKEY record in the form of a zone file.
    pub anchor: String,
}

/// What goes into one zone.
struct Plan {
    dnssec: ZoneSigning,
    records: Vec<Record>,
    /// Zones directly below.
    children: Vec<Name>,
}

/// Builds root, suffixes and the registrable domains of all sites and zones.
pub(super) fn build(world: &World, addresses: &BTreeMap<String, Ipv4Addr>) -> Result<Built, LabError> {
    let plans = plan(world, addresses)?;
    let mut keys = BTreeMap::new();
    for (origin, _) in plans.iter().filter(|(_, plan)| plan.dnssec != ZoneSigning::Unsigned) {
        keys.insert(origin, Key::new(origin)?);
    }
    let anchor = keys.get(&Name::root()).map(|key| format!(". {TTL} IN DNSKEY {}\n", key.dnskey)).unwrap_or_default();
    let mut zones = Vec::new();
    for (origin, plan) in &plans {
        let mut zone = Handler::empty(origin.clone(), ZoneType::Primary, AxfrPolicy::Deny, Some(NxProofKind::Nsec));
        for record in plan.records.iter().cloned() {
            zone.upsert_mut(record, 0);
        }
        for child in &plan.children {
            zone.upsert_mut(record(child, RData::NS(NS(below("ns1", child)?))), 0);
            zone.upsert_mut(record(&below("ns1", child)?, RData::A(A(Ipv4Addr::LOCALHOST))), 0);
            if let (Some(key), Some(plan)) = (keys.get(child), plans.get(child)) {
                zone.upsert_mut(record(child, RData::DNSSEC(DNSSECRData::DS(key.vouch(child, plan.dnssec)?))), 0);
            }
        }
        if let Some(key) = keys.get(origin) {
            zone.add_zone_signing_key_mut(key.signer(origin)?).map_err(|error| fault(origin, error))?;
            zone.secure_zone_mut().map_err(|error| fault(origin, error))?;
        }
        zones.push((origin.clone(), Arc::new(zone)));
    }
    Ok(Built { zones, anchor })
}

/// A name, fully qualified.
pub(super) fn name(text: &str) -> Result<Name, LabError> {
    let mut name = Name::from_ascii(text).map_err(|error| LabError::Zone { zone: text.into(), reason: error.to_string() })?;
    name.set_fqdn(true);
    Ok(name)
}

fn plan(world: &World, addresses: &BTreeMap<String, Ipv4Addr>) -> Result<BTreeMap<Name, Plan>, LabError> {
    // The chain of trust to a signed zone needs signatures all the way; without such a zone they are only work.
    let signing = world.zones.iter().any(|zone| zone.dnssec != ZoneSigning::Unsigned);
    let upper = if signing { ZoneSigning::Signed } else { ZoneSigning::Unsigned };
    let mut plans = BTreeMap::from([(Name::root(), base(&Name::root(), upper)?)]);
    for suffix in &world.suffixes {
        let origin = name(suffix)?;
        plans.insert(origin.clone(), base(&origin, upper)?);
    }
    let unusual: BTreeMap<&str, &Zone> = world.zones.iter().map(|zone| (zone.name.as_str(), zone)).collect();
    let hosts = world.sites().map(|(_, site)| site.host.as_str());
    let unresolved: BTreeSet<&str> =
        world.sites().filter(|(_, site)| site.unresolved).map(|(_, site)| site.host.as_str()).collect();
    let mail = world.institutions.iter().flat_map(|owner| owner.mail.iter().map(String::as_str));
    let all: BTreeSet<&str> = hosts.chain(mail).chain(unusual.keys().copied()).collect();
    for host in all {
        let Some(domain) = world.registrable(host) else { return Err(fault(&name(host)?, "it is below no suffix")) };
        let origin = name(&domain)?;
        let zone = unusual.get(domain.as_str()).copied();
        if !plans.contains_key(&origin) {
            plans.insert(origin.clone(), domain_plan(&origin, zone, addresses)?);
        }
        let owner = name(host)?;
        let aliased = |record: &&ZoneRecord| record.kind == "CNAME" && host == format!("{}.{domain}", record.name);
        let hidden = zone.is_some_and(|zone| zone.records.iter().any(|record| aliased(&record))) || unresolved.contains(host);
        if let (Some(address), Some(plan), false) = (addresses.get(host), plans.get_mut(&origin), hidden) {
            plan.records.push(record(&owner, RData::A(A(*address))));
        }
    }
    let origins: Vec<Name> = plans.keys().filter(|origin| !origin.is_root()).cloned().collect();
    for origin in origins {
        let mut parent = origin.base_name();
        while !plans.contains_key(&parent) {
            parent = parent.base_name();
        }
        if let Some(plan) = plans.get_mut(&parent) {
            plan.children.push(origin);
        }
    }
    Ok(plans)
}

/// A registrable domain: its own records, or those of a domain that sends no mail and says so.
fn domain_plan(origin: &Name, zone: Option<&Zone>, addresses: &BTreeMap<String, Ipv4Addr>) -> Result<Plan, LabError> {
    let mut plan = base(origin, zone.map(|zone| zone.dnssec).unwrap_or_default())?;
    let own = zone.map(|zone| zone.records.as_slice()).unwrap_or_default();
    for given in own {
        let owner = if given.name == "@" { origin.clone() } else { below(&given.name, origin)? };
        plan.records.push(record(&owner, data(origin, given, addresses)?));
    }
    if !own.iter().any(|given| matches!(given.kind.as_str(), "MX" | "TXT")) {
        plan.records.push(record(origin, text("v=spf1 -all")));
        plan.records.push(record(&below("_dmarc", origin)?, text("v=DMARC1; p=reject")));
    }
    Ok(plan)
}

fn base(origin: &Name, dnssec: ZoneSigning) -> Result<Plan, LabError> {
    let server = below("ns1", origin)?;
    let soa = SOA::new(server.clone(), below("hostmaster", origin)?, 2_024_070_100, 7200, 900, 1_209_600, 300);
    let records = Vec::from([
        record(origin, RData::SOA(soa)),
        record(origin, RData::NS(NS(server.clone()))),
        record(&server, RData::A(A(Ipv4Addr::LOCALHOST))),
    ]);
    Ok(Plan { dnssec, records, children: Vec::new() })
}

fn data(origin: &Name, given: &ZoneRecord, addresses: &BTreeMap<String, Ipv4Addr>) -> Result<RData, LabError> {
    let value = given.value.as_str();
    let wrong = || fault(origin, format!("{} {} {value} is no record that the lab knows", given.name, given.kind));
    Ok(match given.kind.as_str() {
        "A" => RData::A(A(value.parse().ok().or_else(|| addresses.get(value).copied()).ok_or_else(wrong)?)),
        "CNAME" => RData::CNAME(CNAME(name(value)?)),
        "MX" => {
            let (preference, exchange) = value.split_once(' ').ok_or_else(wrong)?;
            RData::MX(MX::new(preference.parse().map_err(|_| wrong())?, name(exchange)?))
        }
        "NS" => RData::NS(NS(name(value)?)),
        "TXT" => text(value),
        "CAA" => {
            let authority = value.strip_prefix("issue ").ok_or_else(wrong)?;
            RData::CAA(CAA::new_issue(false, Some(name(authority)?), Vec::new()))
        }
        _ => return Err(wrong()),
    })
}

/// Text, cut into strings of at most 255 bytes (RFC 1035, 3.3).
fn text(value: &str) -> RData {
    let strings = value.as_bytes().chunks(255).map(|part| String::from_utf8_lossy(part).into_owned()).collect();
    RData::TXT(TXT::new(strings))
}

fn record(owner: &Name, data: RData) -> Record {
    Record::from_rdata(owner.clone(), TTL, data)
}

fn below(labels: &str, origin: &Name) -> Result<Name, LabError> {
    let relative = Name::from_ascii(labels).map_err(|error| fault(origin, error))?;
    relative.append_domain(origin).map_err(|error| fault(origin, error))
}

fn fault(zone: &Name, reason: impl ToString) -> LabError {
    LabError::Zone { zone: zone.to_string(), reason: reason.to_string() }
}

/// A zone's key, which signs itself and all else.
struct Key {
    private: PrivatePkcs8KeyDer<'static>,
    dnskey: DNSKEY,
}

impl Key {
    fn new(origin: &Name) -> Result<Self, LabError> {
        let algorithm = Algorithm::ECDSAP256SHA256;
        let private = EcdsaSigningKey::generate_pkcs8(algorithm).map_err(|error| fault(origin, error))?;
        let key = EcdsaSigningKey::from_pkcs8(&private, algorithm).map_err(|error| fault(origin, error))?;
        let public = key.to_public_key().map_err(|error| fault(origin, error))?;
        Ok(Self { private, dnskey: DNSKEY::from_key(&public) })
    }

    fn signer(&self, origin: &Name) -> Result<DnssecSigner, LabError> {
        let key = EcdsaSigningKey::from_pkcs8(&self.private, Algorithm::ECDSAP256SHA256).map_err(|error| fault(origin, error))?;
        Ok(DnssecSigner::new(self.dnskey.clone(), Box::new(key), origin.clone(), SIGNATURES))
    }

    /// What the parent says of the key: its digest, or for a bogus zone the digest of another key.
    fn vouch(&self, origin: &Name, signing: ZoneSigning) -> Result<DS, LabError> {
        let tag = self.dnskey.calculate_key_tag().map_err(|error| fault(origin, error))?;
        let digest = self.dnskey.to_digest(origin, DigestType::SHA256).map_err(|error| fault(origin, error))?;
        let mut digest = digest.as_ref().to_vec();
        if signing == ZoneSigning::Bogus {
            digest.reverse();
        }
        Ok(DS::new(tag, Algorithm::ECDSAP256SHA256, DigestType::SHA256, digest))
    }
}
