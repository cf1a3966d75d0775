//! Surveys of `openssl s_server`, beside what `sslscan` finds on the same port.
#![allow(clippy::expect_used, reason = "tests fail by panic")]

mod openssl;

use std::collections::BTreeSet;

use model::facts::tls::{TlsSurvey, TlsVersionSupport, Trust};
use openssl::{HOST, LOOPBACK, Server, certificate, installed, openssl, probes, sslscan};
use readers::tls::names;

const EVERYTHING: &str = "-cipher ALL:@SECLEVEL=0";

async fn survey_of(server: &Server) -> TlsSurvey {
    let (probes, permit) = probes();
    probes.tls_survey(&permit, HOST, Some(LOOPBACK), server.port).await.expect("a survey").survey
}

/// An attribute of an XML element on a line of its own.
fn attribute<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    element.split_once(&format!(" {name}=\""))?.1.split('"').next()
}

fn number(element: &str) -> u16 {
    let id = attribute(element, "id").and_then(|id| id.strip_prefix("0x")).expect("an id");
    u16::from_str_radix(id, 16).expect("hexadecimal")
}

/// Compares versions, suites, the preferred suite, groups, the smallest finite field and the subject.
fn compare(ours: &TlsSurvey, xml: &str, case: &str) {
    let elements = |kind: &str| {
        let start = format!("<{kind} ");
        xml.lines().map(str::trim).filter(move |line| line.starts_with(&start)).collect::<Vec<_>>()
    };
    let names = |lines: &[&str], name: fn(u16) -> String| lines.iter().map(|line| name(number(line))).collect::<BTreeSet<_>>();
    for protocol in elements("protocol") {
        let words = (attribute(protocol, "type"), attribute(protocol, "version"));
        let (Some(kind), Some(version)) = words else { panic!("{case}: {protocol}") };
        let version = format!("{}v{version}", kind.to_uppercase());
        let support = ours.versions.iter().find(|support| support.version == version).expect("every version");
        assert_eq!(support.spoken, attribute(protocol, "enabled").map(|enabled| enabled == "1"), "{case}: {version}");
        let is_of = |line: &&&str| attribute(line, "sslversion") == Some(version.as_str());
        let ciphers = elements("cipher");
        let theirs: Vec<&str> = ciphers.iter().filter(is_of).copied().collect();
        assert_eq!(support.suites.iter().cloned().collect::<BTreeSet<_>>(), names(&theirs, names::suite), "{case}: {version}");
        let preferred = theirs.iter().find(|line| attribute(line, "status") == Some("preferred"));
        if support.server_order == Some(true) {
            assert_eq!(support.suites.first(), preferred.map(|line| names::suite(number(line))).as_ref(), "{case}: {version}");
        }
        let least = theirs.iter().filter_map(|line| attribute(line, "dhebits")?.parse::<u32>().ok()).min();
        assert_eq!(support.dh_bits, least, "{case}: {version}");
        let groups = elements("group");
        let theirs: Vec<&str> = groups.iter().filter(is_of).copied().collect();
        let (found, theirs) = (support.groups.iter().cloned().collect::<BTreeSet<_>>(), names(&theirs, names::group));
        // Offered alone, as sslscan does, a group that an ECDSA certificate's curve is missing beside is refused before TLS 1.3.
        let is_ecdsa_alone = version != "TLSv1.3" && kinds(ours) == [("EC", Some(256))].into();
        let same = if is_ecdsa_alone { found.is_superset(&theirs) } else { found == theirs };
        assert!(same || found.is_empty(), "{case}: {version}: {found:?} beside {theirs:?}");
    }
    let subject = xml.split_once("<subject><![CDATA[").and_then(|(_, rest)| rest.split(']').next()).expect("a subject");
    for chain in &ours.chains {
        assert_eq!(chain.certificates[0].subject, format!("CN={subject}"), "{case}");
    }
}

fn version<'a>(survey: &'a TlsSurvey, name: &str) -> &'a TlsVersionSupport {
    survey.versions.iter().find(|support| support.version == name).expect("a version")
}

fn kinds(survey: &TlsSurvey) -> BTreeSet<(&str, Option<u32>)> {
    survey.chains.iter().map(|chain| (chain.key_kind.as_str(), chain.certificates[0].key_bits)).collect()
}

#[tokio::test]
async fn facts_are_those_of_sslscan() {
    if !installed() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    certificate(folder.path(), "rsa", "rsa:2048");
    certificate(folder.path(), "ec", "ec -pkeyopt ec_paramgen_curve:P-256");
    for (case, arguments) in [
        ("everything", format!("-cert rsa.pem -key rsa.key {EVERYTHING}")),
        ("defaults", "-cert rsa.pem -key rsa.key".into()),
        ("two kinds of key", "-cert rsa.pem -key rsa.key -dcert ec.pem -dkey ec.key -serverpref".into()),
        ("only 1.0", format!("-cert rsa.pem -key rsa.key -tls1 {EVERYTHING}")),
        ("only 1.1", format!("-cert rsa.pem -key rsa.key -tls1_1 {EVERYTHING}")),
        ("only 1.2", "-cert ec.pem -key ec.key -tls1_2".into()),
        ("only 1.3", "-cert rsa.pem -key rsa.key -tls1_3".into()),
        ("few groups", "-cert rsa.pem -key rsa.key -groups P-384:P-256".into()),
        ("client certificates", "-cert rsa.pem -key rsa.key -verify 1".into()),
    ] {
        let server = Server::start(folder.path(), &arguments);
        let ours = survey_of(&server).await;
        compare(&ours, &sslscan(server.port), case);
        assert!(!ours.chains.is_empty(), "{case}");
        assert!(ours.chains.iter().all(|chain| chain.covers_host && chain.trust == Trust::SelfSigned), "{case}");
    }
}

#[tokio::test]
async fn weak_keys_stapled_answers_protocols_and_orders_are_found() {
    if !installed() {
        return;
    }
    let directory = tempfile::tempdir().expect("a folder");
    let folder = directory.path();
    certificate(folder, "weak", "rsa:1024");
    certificate(folder, "ec", "ec -pkeyopt ec_paramgen_curve:P-256");
    std::fs::write(folder.join("index"), "V\t360101000000Z\t\t01\tunknown\t/CN=x\n").expect("written");
    openssl(folder, "ocsp -issuer ec.pem -cert ec.pem -no_nonce -reqout request");
    openssl(folder, "ocsp -index index -rsigner ec.pem -rkey ec.key -CA ec.pem -reqin request -respout answer -ndays 9");

    let pair = "-cert weak.pem -key weak.key -dcert ec.pem -dkey ec.key";
    let server = Server::start(folder, &format!("{pair} {EVERYTHING} -alpn http/1.1,h2 -serverpref -status_file answer"));
    let survey = survey_of(&server).await;
    assert_eq!(kinds(&survey), [("EC", Some(256)), ("RSA", Some(1024))].into());
    assert_eq!(survey.alpn, ["http/1.1", "h2"]);
    assert_eq!((survey.ocsp_stapled, survey.compression, survey.secure_renegotiation), (Some(true), Some(false), Some(true)));
    assert_eq!(version(&survey, "TLSv1.2").server_order, Some(true));
    assert_eq!(version(&survey, "TLSv1.2").dh_bits, Some(1024));
    assert_eq!(survey.speaks("TLCP"), Some(false));
    assert!(survey.connections <= probe::tls_survey::CONNECTIONS);

    // One that insists on a client's certificate, where sslscan sees nothing.
    let server = Server::start(folder, "-cert ec.pem -key ec.key -tls1_2 -Verify 1");
    let survey = survey_of(&server).await;
    assert_eq!(version(&survey, "TLSv1.2").server_order, Some(false));
    assert_eq!((survey.ocsp_stapled, survey.alpn.len()), (Some(false), 0));
}

#[tokio::test]
async fn a_server_of_tls_1_3_alone_shows_its_chain() {
    if !installed() {
        return;
    }
    let directory = tempfile::tempdir().expect("a folder");
    certificate(directory.path(), "ec", "ec -pkeyopt ec_paramgen_curve:P-256");
    let server = Server::start(directory.path(), "-cert ec.pem -key ec.key -tls1_3 -alpn http/1.1");
    let survey = survey_of(&server).await;
    assert_eq!(kinds(&survey), [("EC", Some(256))].into());
    assert_eq!((survey.chains[0].version.as_str(), &survey.alpn[..]), ("TLSv1.3", &["http/1.1".to_owned()][..]));
    assert_eq!((survey.ocsp_stapled, survey.secure_renegotiation), (None, None));
}
