//! DNSSEC against a signed root and a signed zone of our own.

use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use hickory_proto::dnssec::crypto::Ed25519SigningKey;
use hickory_proto::dnssec::rdata::{DNSKEY, DNSSECRData, DS, RRSIG};
use hickory_proto::dnssec::{Algorithm, DigestType, DnssecSigner, SigningKey};
use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{DNSClass, Name, RData, Record, RecordSet, RecordType as Type};
use model::facts::dns::{Answer, Dnssec, ZoneDns};
use tempfile::NamedTempFile;

use super::server::{NameServer, a, asked_name, name, reply};
use super::{dialer, permit, settings};
use crate::dialer::Dialer;
use crate::dns::RecordType;
use crate::settings::Settings;

/// A zone with its key.
struct Zone {
    name: Name,
    signer: DnssecSigner,
}

impl Zone {
    fn new(name: Name) -> Self {
        let der = Ed25519SigningKey::generate_pkcs8().expect("a key");
        let key = Ed25519SigningKey::from_pkcs8(&der).expect("a key");
        let dnskey = DNSKEY::from_key(&key.to_public_key().expect("a key"));
        let signer = DnssecSigner::new(dnskey, Box::new(key), name.clone(), Duration::from_secs(86_400));
        Self { name, signer }
    }

    fn key(&self) -> Record {
        let data = RData::DNSSEC(DNSSECRData::DNSKEY(self.signer.to_dnskey()));
        Record::from_rdata(self.name.clone(), 300, data)
    }

    fn delegation(&self) -> Record {
        let key = self.signer.to_dnskey();
        let digest = key.to_digest(&self.name, DigestType::SHA256).expect("a digest");
        let tag = key.calculate_key_tag().expect("a tag");
        let ds = DS::new(tag, Algorithm::ED25519, DigestType::SHA256, digest.as_ref().to_vec());
        Record::from_rdata(self.name.clone(), 300, RData::DNSSEC(DNSSECRData::DS(ds)))
    }

    /// The record with this zone's signature over it.
    fn signed(&self, record: Record) -> Vec<Record> {
        let mut set = RecordSet::with_ttl(record.name.clone(), record.record_type(), record.ttl);
        set.insert(record.clone(), 0);
        let inception = SystemTime::now() - Duration::from_secs(3600);
        let signature = RRSIG::from_rrset(&set, DNSClass::IN, inception.into(), &self.signer).expect("a signature");
        let data = RData::DNSSEC(DNSSECRData::RRSIG(signature));
        vec![record.clone(), Record::from_rdata(record.name, record.ttl, data)]
    }
}

/// A resolver's view where `signed.cn`'s parent names `named` and the zone shows `shown`.
async fn view_of(root: Arc<Zone>, named: Arc<Zone>, shown: Arc<Zone>) -> Dialer {
    let mut anchor = NamedTempFile::new().expect("a file");
    writeln!(anchor, ". 3600 IN DNSKEY {}", root.signer.dnskey()).expect("written");
    let forged = |records: Vec<Record>| vec![a("forged.signed.cn", "198.51.100.6"), records[1].clone()];
    let answer = move |question: &Message| match (asked_name(question).as_str(), question.queries[0].query_type) {
        ("", Type::DNSKEY) => root.signed(root.key()),
        ("signed.cn", Type::DNSKEY) => shown.signed(shown.key()),
        ("signed.cn", Type::DS) => root.signed(named.delegation()),
        ("www.signed.cn", Type::A) => shown.signed(a("www.signed.cn", "192.0.2.9")),
        ("forged.signed.cn", Type::A) => forged(shown.signed(a("forged.signed.cn", "192.0.2.9"))),
        _ => vec![],
    };
    let server = NameServer::start(move |question, _| {
        let mut message = reply(question, ResponseCode::NoError);
        message.answers = answer(question);
        vec![message]
    })
    .await;
    dialer(Settings { dnssec_anchor: Some(anchor.path().into()), dns_timeout_s: 2.0, ..settings(server.address) })
}

/// What it says of the zone.
async fn zone_of(root: Arc<Zone>, named: Arc<Zone>, shown: Arc<Zone>) -> ZoneDns {
    let dialer = view_of(root, named, shown).await;
    dialer.dns().zone(&permit(&dialer), "signed.cn").await
}

#[tokio::test]
async fn signatures_over_one_name_are_validated() {
    let (root, zone) = (Arc::new(Zone::new(Name::root())), Arc::new(Zone::new(name("signed.cn"))));
    let dialer = view_of(root, Arc::clone(&zone), zone).await;
    let permit = permit(&dialer);
    assert_eq!(dialer.dns().signed(&permit, "www.signed.cn", RecordType::A).await, Dnssec::Secure);
    let forged = dialer.dns().signed(&permit, "forged.signed.cn", RecordType::A).await;
    assert!(matches!(forged, Dnssec::Bogus(_)), "{forged:?}");
}

#[tokio::test]
async fn a_chain_that_holds_is_secure() {
    let (root, zone) = (Arc::new(Zone::new(Name::root())), Arc::new(Zone::new(name("signed.cn"))));
    let facts = zone_of(root, Arc::clone(&zone), zone).await;
    assert_eq!(facts.dnssec, Dnssec::Secure);
    assert!(matches!(facts.ds, Answer::Records(records) if records.len() == 1));
    assert!(facts.dnskey.records()[0].starts_with("257 3 15 "), "{:?}", facts.dnskey);
}

#[tokio::test]
async fn a_key_that_the_parent_does_not_name_is_bogus() {
    let root = Arc::new(Zone::new(Name::root()));
    let (named, shown) = (Arc::new(Zone::new(name("signed.cn"))), Arc::new(Zone::new(name("signed.cn"))));
    let facts = zone_of(root, named, shown).await;
    assert!(matches!(facts.dnssec, Dnssec::Bogus(_)), "{:?}", facts.dnssec);
}

/// What is said of `broken.cn` by a resolver that validates and holds the zone's keys back, and when told not to check answers `unchecked`.
async fn behind_a_validating_resolver(unchecked: ResponseCode) -> Dnssec {
    let zone = Zone::new(name("broken.cn"));
    let server = NameServer::start(move |question, _| {
        let mut message = reply(question, ResponseCode::NoError);
        match question.queries[0].query_type {
            Type::DS => message.answers = vec![zone.delegation()],
            Type::DNSKEY if question.metadata.checking_disabled => {
                message.metadata.response_code = unchecked;
                message.answers = vec![zone.key()];
            }
            _ => message.metadata.response_code = ResponseCode::ServFail,
        }
        vec![message]
    })
    .await;
    let dialer = dialer(Settings { dns_timeout_s: 2.0, ..settings(server.address) });
    dialer.dns().zone(&permit(&dialer), "broken.cn").await.dnssec
}

#[tokio::test]
async fn a_zone_that_a_validating_resolver_holds_back_is_bogus() {
    let held_back = behind_a_validating_resolver(ResponseCode::NoError).await;
    assert!(matches!(&held_back, Dnssec::Bogus(words) if words.contains("SERVFAIL")), "{held_back:?}");
    let failing = behind_a_validating_resolver(ResponseCode::ServFail).await;
    assert!(matches!(&failing, Dnssec::Indeterminate(_)), "{failing:?}");
}
