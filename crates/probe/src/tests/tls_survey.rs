//! Surveys of peers that misbehave or speak what no library speaks.

use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dialer::dialer::Dialer;
use dialer::permit::Permit;
use dialer::settings::Settings;
use lab::tls_peers::PeerKind;
use lab::tls_peers::national::Authority;
use model::facts::tls::{TlsSurvey, Trust};
use model::observation::{Failure, FailureClass};
use model::permission::{AccessLevel, Grant};
use model::subject::SubjectId;
use tokio::net::TcpListener;

use super::server::web;
use crate::probes::Probes;
use crate::tls_survey::{CONNECTIONS, TlsSurveyCapture};

const HOST: &str = "www.example.cn";
const LOOPBACK: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));

/// Probes that may dial loopback at any pace, with a permit of `level`.
fn probes(level: AccessLevel, roots: Vec<PathBuf>) -> (Probes, Permit) {
    let settings = Settings {
        resolvers: vec!["127.0.0.1:9".into()],
        allow_ranges: vec!["127.0.0.0/8".into()],
        extra_root_certificates: roots,
        per_ip_rate: 100_000,
        per_ip_burst: 10_000,
        per_network_rate: 100_000,
        read_timeout_s: 0.5,
        ..Settings::default()
    };
    let dialer = Dialer::new(settings, Arc::new(|| "2026-07-22T02:00:00Z".parse().expect("a time"))).expect("settings");
    let grant = Grant { level, document: "授权书".into(), until: None };
    let permit = dialer.permit(&SubjectId::site(HOST), Some(&grant), level, "tls").expect("a permit");
    (Probes::new(dialer).expect("probes"), permit)
}

async fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let SocketAddr::V4(address) = listener.local_addr().expect("an address") else { panic!("v4") };
    (listener, address.port())
}

async fn surveyed(kind: PeerKind, roots: Vec<PathBuf>) -> Result<TlsSurveyCapture, Failure> {
    let (listener, port) = listener().await;
    tokio::spawn(async move { lab::tls_peers::serve(listener, kind, HOST).await });
    let (probes, permit) = probes(AccessLevel::L2, roots);
    probes.tls_survey(&permit, HOST, LOOPBACK, port).await
}

async fn facts(kind: PeerKind) -> TlsSurvey {
    surveyed(kind, vec![]).await.expect("a survey").survey
}

fn spoken(survey: &TlsSurvey) -> Vec<&str> {
    survey.versions.iter().filter(|version| version.spoken == Some(true)).map(|version| version.version.as_str()).collect()
}

fn suites<'a>(survey: &'a TlsSurvey, version: &str) -> Vec<&'a str> {
    let version = survey.versions.iter().find(|support| support.version == version).expect("a version");
    version.suites.iter().map(String::as_str).collect()
}

#[tokio::test]
async fn a_peer_of_tlcp_alone_is_encrypted_and_shows_two_certificates() {
    let capture = surveyed(PeerKind::TlcpOnly, vec![]).await.expect("a survey");
    let survey = &capture.survey;
    assert_eq!(spoken(survey), ["TLCP"]);
    assert!(survey.is_encrypted());
    assert_eq!(survey.speaks("TLSv1.2"), Some(false));
    assert_eq!(suites(survey, "TLCP"), ["ECC_SM4_GCM_SM3", "ECC_SM4_CBC_SM3"]);
    assert_eq!(survey.versions.last().expect("TLCP").server_order, Some(true));
    let [chain] = &survey.chains[..] else { panic!("one chain: {:?}", survey.chains) };
    assert_eq!((chain.key_kind.as_str(), chain.version.as_str(), chain.covers_host), ("SM2", "TLCP", true));
    assert_eq!((chain.certificates.len(), capture.chains_der.len()), (2, 2));
    assert_eq!(chain.certificates[0].signature_algorithm, "SM2-with-SM3");
    assert_eq!(chain.trust, Trust::UnknownIssuer);
    assert_eq!((survey.ip, survey.host.as_str()), (LOOPBACK, HOST));
}

#[tokio::test]
async fn an_extra_root_of_sm2_makes_both_certificates_trusted() {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    let text = STANDARD.encode(Authority::new("Lab SM2 Root").certificate());
    write!(file, "-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n").expect("written");
    let survey = surveyed(PeerKind::TlcpAndTls, vec![file.path().into()]).await.expect("a survey").survey;
    assert_eq!(spoken(&survey), ["TLSv1.2", "TLCP"]);
    let kinds: Vec<(&str, &Trust)> = survey.chains.iter().map(|chain| (chain.key_kind.as_str(), &chain.trust)).collect();
    assert_eq!(kinds, [("EC", &Trust::SelfSigned), ("SM2", &Trust::Trusted)]);
}

#[tokio::test]
async fn old_protocols_are_found() {
    let survey = facts(PeerKind::Sslv3Only).await;
    assert_eq!(spoken(&survey), ["SSLv3"]);
    assert_eq!(
        suites(&survey, "SSLv3"),
        ["TLS_RSA_WITH_AES_256_CBC_SHA", "TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_RSA_WITH_RC4_128_SHA"]
    );
    assert_eq!(survey.speaks("TLSv1.2"), Some(false), "it closed twice on a version and speaks another");
    let survey = facts(PeerKind::Sslv2Only).await;
    assert_eq!(spoken(&survey), ["SSLv2"]);
    assert_eq!(suites(&survey, "SSLv2"), ["SSL_CK_RC4_128_WITH_MD5", "SSL_CK_DES_192_EDE3_CBC_WITH_MD5"]);
    assert_eq!(survey.chains.len(), 1);
    assert_eq!(spoken(&facts(PeerKind::Tls10Only).await), ["TLSv1.0"]);
}

#[tokio::test]
async fn refusing_everything_is_no_and_not_unknown() {
    let survey = facts(PeerKind::TlsAlertAlways).await;
    assert!(survey.versions.iter().all(|version| version.spoken == Some(false) && version.failure.is_none()));
    assert!(!survey.is_encrypted());
}

#[tokio::test]
async fn silence_garbage_and_closing_are_failures() {
    let class = async |kind| surveyed(kind, vec![]).await.expect_err("nothing was found out").class;
    assert_eq!(class(PeerKind::Tarpit).await, FailureClass::ReadTimeout);
    assert_eq!(class(PeerKind::Garbage).await, FailureClass::TlsFailed);
    assert_eq!(class(PeerKind::Closer).await, FailureClass::ConnectionReset);
    let plain = web(|_| super::server::page("400 Bad Request", "", b"")).await;
    let (probes, permit) = probes(AccessLevel::L2, vec![]);
    let failure = probes.tls_survey(&permit, HOST, LOOPBACK, plain.port).await.expect_err("plain http");
    assert_eq!(failure.class, FailureClass::ReadTimeout, "{failure:?}");
    let (listener, port) = listener().await;
    drop(listener);
    let failure = probes.tls_survey(&permit, HOST, LOOPBACK, port).await.expect_err("nobody listens");
    assert_eq!(failure.class, FailureClass::ConnectionRefused);
}

#[tokio::test]
async fn endless_and_huge_flights_are_cut() {
    for kind in [PeerKind::Endless, PeerKind::HugeCertificate] {
        let survey = facts(kind).await;
        assert_eq!(survey.chain_failure.as_ref().map(|failure| failure.class), Some(FailureClass::TooLarge), "{kind:?}");
        assert!(survey.connections <= CONNECTIONS);
    }
}

#[tokio::test]
async fn a_visitors_permit_is_not_enough() {
    let (probes, permit) = probes(AccessLevel::L1, vec![]);
    let failure = probes.tls_survey(&permit, HOST, LOOPBACK, 443).await.expect_err("L1");
    assert_eq!(failure.class, FailureClass::NotPermitted);
}
