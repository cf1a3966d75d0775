//! Visits over TLS, and what is recorded of the handshake.

use std::convert::Infallible;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use model::facts::tls::Trust;
use model::observation::{Failure, FailureClass};
use tempfile::NamedTempFile;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::probes;
use super::server::{Party, config, names, page, secure, web};
use crate::probes::Fetched;

const HOST: &str = "www.example.cn";

fn pem(party: &Party) -> NamedTempFile {
    let mut file = NamedTempFile::new().expect("a file");
    file.write_all(party.certificate.pem().as_bytes()).expect("written");
    file
}

async fn visit(port: u16, roots: Vec<PathBuf>) -> Result<Fetched, Failure> {
    let (probes, permit) = probes(names(&[]).await, port, roots);
    probes.visit(&permit, &format!("https://{HOST}/")).await
}

/// Visits a server that shows `leaf` and `others`, trusting `root`.
async fn shown(leaf: &Party, others: &[&Party], root: &Party) -> Fetched {
    let server =
        secure(config(leaf, others, &["http/1.1"]), |_| page("200 OK", "Content-Type: text/html\r\n", b"<p>ok</p>")).await;
    let file = pem(root);
    visit(server.port, vec![file.path().into()]).await.expect("an answer")
}

fn trust(fetched: &Fetched) -> Trust {
    fetched.handshake.as_ref().expect("a handshake").handshake.trust.clone()
}

#[tokio::test]
async fn a_sound_chain_is_trusted_and_recorded() {
    let root = Party::root("root", &[], true);
    let middle = root.issue("middle", &[], true, (2020, 2040));
    let leaf = middle.issue("leaf", &[HOST], false, (2026, 2027));
    let fetched = shown(&leaf, &[&middle], &root).await;
    assert_eq!(fetched.html.as_deref(), Some("<p>ok</p>"));
    let capture = fetched.handshake.expect("a handshake");
    let facts = &capture.handshake;
    assert_eq!((facts.host.as_str(), facts.port, facts.ip.to_string().as_str()), (HOST, 443, "127.0.0.1"));
    assert_eq!((facts.version.as_str(), facts.trust.clone(), facts.covers_host), ("TLSv1.3", Trust::Trusted, true));
    assert!(facts.cipher.starts_with("TLS_"), "{}", facts.cipher);
    assert_eq!((facts.chain.len(), capture.chain_der.len()), (2, 2));
    assert_eq!(facts.chain[0].names, [HOST]);
    assert_eq!(capture.chain_der[0], leaf.certificate.der().as_ref());
}

#[tokio::test]
async fn dates_do_not_decide_trust() {
    let root = Party::root("root", &[], true);
    let middle = root.issue("middle", &[], true, (2014, 2022));
    let expired = middle.issue("leaf", &[HOST], false, (2015, 2016));
    assert_eq!(trust(&shown(&expired, &[&middle], &root).await), Trust::Trusted);
    // A cross-certificate issued after the leaf.
    let later = root.issue("later", &[], true, (2020, 2030));
    let early = later.issue("leaf", &[HOST], false, (2018, 2026));
    assert_eq!(trust(&shown(&early, &[&later], &root).await), Trust::Trusted);
}

#[tokio::test]
async fn untrusted_chains_are_told_apart() {
    let root = Party::root("root", &[], true);
    let other = Party::root("other", &[], true);
    let leaf = other.issue("leaf", &[HOST], false, (2026, 2027));
    assert_eq!(trust(&shown(&leaf, &[], &root).await), Trust::UnknownIssuer);
    let own = Party::root("own", &[HOST], false);
    assert_eq!(trust(&shown(&own, &[], &root).await), Trust::SelfSigned);
    let own_authority = Party::root("own authority", &[HOST], true);
    assert_eq!(trust(&shown(&own_authority, &[], &root).await), Trust::SelfSigned);
    // The intermediate is left out.
    let middle = root.issue("middle", &[], true, (2020, 2040));
    let below = middle.issue("leaf", &[HOST], false, (2026, 2027));
    assert_eq!(trust(&shown(&below, &[], &root).await), Trust::UnknownIssuer);
    // An impostor of the root's name signed it.
    let impostor = Party::root("root", &[], true);
    let forged = impostor.issue("leaf", &[HOST], false, (2026, 2027));
    assert!(matches!(trust(&shown(&forged, &[], &root).await), Trust::Invalid(words) if words.contains("InvalidSignature")));
}

#[tokio::test]
async fn another_hosts_certificate_does_not_stop_the_visit() {
    let root = Party::root("root", &[], true);
    let leaf = root.issue("leaf", &["*.other.cn"], false, (2026, 2027));
    let fetched = shown(&leaf, &[], &root).await;
    let facts = fetched.handshake.expect("a handshake").handshake;
    assert_eq!((facts.trust, facts.covers_host), (Trust::Trusted, false));
    assert_eq!(fetched.visit.hops[0].status, 200);
}

#[tokio::test]
async fn a_port_without_tls_fails_the_handshake() {
    let plain = web(|_| page("400 Bad Request", "", b"")).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let banner = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::io::AsyncWriteExt::write_all(&mut stream, b"SSH-2.0-OpenSSH_9.2\r\n").await.expect("sent");
        }
    });
    let failure = visit(banner, vec![]).await.expect_err("no TLS");
    assert_eq!(failure.class, FailureClass::TlsFailed);
    assert!(failure.detail.starts_with("TLS with www.example.cn: "), "{}", failure.detail);
    // A plain web server waits for the end of a head that never comes.
    assert_eq!(visit(plain.port, vec![]).await.expect_err("no TLS").class, FailureClass::ReadTimeout);
}

#[tokio::test]
async fn old_versions_are_not_spoken() {
    let root = Party::root("root", &[HOST], false);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            // The alert "protocol version" (RFC 5246, 7.2.2).
            tokio::io::AsyncWriteExt::write_all(&mut stream, &[21, 3, 1, 0, 2, 2, 70]).await.expect("sent");
        }
    });
    let failure = visit(port, vec![pem(&root).path().into()]).await.expect_err("an alert");
    assert_eq!(failure.class, FailureClass::TlsFailed);
    assert!(failure.detail.contains("ProtocolVersion"), "{}", failure.detail);
}

#[tokio::test]
async fn the_second_version_of_http_is_spoken() {
    let root = Party::root("root", &[], true);
    let leaf = root.issue("leaf", &[HOST], false, (2026, 2027));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let acceptor = TlsAcceptor::from(Arc::new(config(&leaf, &[], &["h2"])));
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a client");
        let stream = acceptor.accept(stream).await.expect("a handshake");
        let answer = |request: Request<hyper::body::Incoming>| async move {
            assert_eq!(request.uri().host(), Some(HOST));
            let mut answer = Response::new(Full::new(Bytes::from("<p>two</p>")));
            answer.headers_mut().insert("content-type", "text/html".parse().expect("a value"));
            if request.uri().path() == "/" {
                *answer.status_mut() = hyper::StatusCode::FOUND;
                answer.headers_mut().insert("location", "/two".parse().expect("a value"));
            }
            Ok::<_, Infallible>(answer)
        };
        let service = hyper::service::service_fn(answer);
        // The client leaves when it has what it wants.
        let _ =
            hyper::server::conn::http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
    });
    let fetched = visit(port, vec![]).await.expect("an answer");
    assert_eq!(fetched.visit.hops.len(), 2);
    assert_eq!((fetched.visit.hops[1].version.as_str(), fetched.html.as_deref()), ("HTTP/2.0", Some("<p>two</p>")));
}

#[tokio::test]
async fn a_root_file_that_is_none_is_refused() {
    let mut file = NamedTempFile::new().expect("a file");
    file.write_all(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").expect("written");
    let settings = dialer::settings::Settings {
        resolvers: vec!["127.0.0.1".into()],
        extra_root_certificates: vec![file.path().into()],
        ..Default::default()
    };
    let dialer = dialer::dialer::Dialer::new(settings, Arc::new(|| jiff::Timestamp::UNIX_EPOCH)).expect("settings");
    assert!(crate::probes::Probes::new(dialer).is_err());
}
