//! Permission, guard, limiter and connection together.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use futures::FutureExt;
use hickory_proto::op::ResponseCode;
use jiff::civil::date;
use model::observation::FailureClass;
use model::permission::{AccessLevel, Grant};
use model::subject::SubjectId;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::server::{NameServer, a, cname, reply};
use super::{dialer, noon, permit, settings};
use crate::account::Contact;
use crate::dialer::Dialer;
use crate::settings::Settings;

/// A port on loopback that echoes one message.
async fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut buffer = [0; 64];
                while let Ok(size @ 1..) = stream.read(&mut buffer).await {
                    stream.write_all(&buffer[..size]).await.expect("sent");
                }
            });
        }
    });
    address
}

fn mapped(resolver: SocketAddr, port: u16) -> Settings {
    Settings { port_map: [("80".to_owned(), port)].into(), ..settings(resolver) }
}

/// The contacts of a dialer from now on.
fn contacts(dialer: &Dialer) -> Arc<Mutex<Vec<Contact>>> {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&lines);
    dialer.account().set_sink(Arc::new(move |contact| kept.lock().expect("lock").push(contact.clone())));
    lines
}

#[tokio::test]
async fn a_connection_passes_the_port_map_and_stands_on_the_account() {
    let names = NameServer::with_host("www.example.cn", &["127.0.0.1"]).await;
    let dialer = dialer(mapped(names.address, echo().await.port()));
    let lines = contacts(&dialer);
    let permit = permit(&dialer);
    let mut connection = dialer.connect(&permit, "WWW.example.cn", 80).await.expect("connected");
    assert_eq!(connection.peer().to_string(), "127.0.0.1");
    connection.write_all(b"hello").await.expect("sent");
    let mut answer = [0; 5];
    connection.read_exact(&mut answer).await.expect("read");
    drop(connection);
    let lines = lines.lock().expect("lock");
    assert_eq!(lines.len(), 1);
    assert_eq!((lines[0].bytes_out, lines[0].bytes_in, lines[0].port, lines[0].at), (5, 5, 80, noon()));
    assert_eq!((lines[0].host.as_str(), lines[0].purpose, lines[0].level), ("www.example.cn", "test", AccessLevel::L1));
    let entry = dialer.account().entries().into_iter().find(|entry| entry.destination == "www.example.cn").expect("an entry");
    assert_eq!((entry.totals.connections, entry.totals.failures, entry.totals.bytes_in), (1, 0, 5));
}

#[tokio::test]
async fn failures_have_their_class() {
    let names = NameServer::with_host("www.example.cn", &["127.0.0.1"]).await;
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        listener.local_addr().expect("an address").port()
    };
    let dialer = dialer(mapped(names.address, closed));
    let permit = permit(&dialer);
    let refused = dialer.connect(&permit, "www.example.cn", 80).await.err().expect("refused");
    assert_eq!(refused.class, FailureClass::ConnectionRefused);
    assert_eq!(refused.detail, "connect 127.0.0.1:80: refused");
    let unknown = dialer.connect(&permit, "none.example.cn", 80).await.err().expect("unknown");
    assert_eq!(unknown.class, FailureClass::NameNotFound);
    let entry = dialer.account().entries().into_iter().find(|entry| entry.destination == "www.example.cn").expect("an entry");
    assert_eq!(entry.totals.failures, 1);
}

#[tokio::test]
async fn a_silent_port_times_out() {
    // A listener whose queue is full: further attempts get no answer.
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket.bind("127.0.0.1:0".parse().expect("loopback")).expect("a port");
    let listener = socket.listen(1).expect("listening");
    let address = listener.local_addr().expect("an address");
    let mut fillers = Vec::new();
    for _ in 0..8 {
        fillers.push(tokio::spawn(tokio::net::TcpStream::connect(address)));
    }
    let held = futures::future::join_all((0..2).map(|_| tokio::net::TcpStream::connect(address))).await;
    let names = NameServer::with_host("www.example.cn", &["127.0.0.1"]).await;
    let dialer = dialer(mapped(names.address, address.port()));
    let permit = permit(&dialer);
    let mut failure = None;
    // The queue's true length is the system's secret: connections are held until one no longer gets through.
    let mut through = Vec::new();
    for _ in 0..3 {
        match dialer.connect(&permit, "www.example.cn", 80).await {
            Ok(connection) => through.push(connection),
            Err(error) => {
                failure = Some(error);
                break;
            }
        }
    }
    let failure = failure.expect("a full queue");
    assert_eq!(failure.class, FailureClass::ConnectTimeout);
    assert!(failure.detail.starts_with("connect 127.0.0.1:80: timed out after 0.3"), "{}", failure.detail);
    drop(held);
}

#[tokio::test]
async fn addresses_are_checked_after_resolution() {
    let names = NameServer::with_host("rebind.example.cn", &["169.254.169.254", "10.0.0.1"]).await;
    let dialer = dialer(settings(names.address));
    let permit = permit(&dialer);
    for host in ["rebind.example.cn", "169.254.169.254", "fd00:ec2::254", "::ffff:10.0.0.1"] {
        let failure = dialer.connect(&permit, host, 80).await.err().expect(host);
        assert_eq!(failure.class, FailureClass::AddressRefused, "{host}");
    }
    let plain = super::dialer(Settings { allow_ranges: vec![], ..settings(names.address) });
    let failure = plain.connect(&permit, "127.0.0.1", names.address.port()).await.err().expect("loopback");
    assert_eq!(failure.class, FailureClass::AddressRefused);
}

#[tokio::test]
async fn a_refused_address_beside_a_good_one_is_left_out() {
    let names = NameServer::with_host("mixed.example.cn", &["10.0.0.1", "127.0.0.1"]).await;
    let dialer = dialer(mapped(names.address, echo().await.port()));
    let connection = dialer.connect(&permit(&dialer), "mixed.example.cn", 80).await.expect("connected");
    assert_eq!(connection.peer().to_string(), "127.0.0.1");
}

#[tokio::test]
async fn permission_follows_grant_exclusion_and_hours() {
    let names = NameServer::with_host("www.example.cn", &["127.0.0.1"]).await;
    let site = SubjectId::site("www.example.cn:8443/oa");
    let grant = |level, document: &str| Grant { level, document: document.into(), until: Some(date(2026, 7, 22)) };
    let open = dialer(settings(names.address));
    assert!(open.permit(&site, None, AccessLevel::L1, "visit").is_ok());
    assert!(open.permit(&site, Some(&grant(AccessLevel::L3, "授权书")), AccessLevel::L2, "survey").is_ok());
    for (grant, needed) in [
        (None, AccessLevel::L2),
        (Some(grant(AccessLevel::L0, "")), AccessLevel::L1),
        (Some(grant(AccessLevel::L0, "")), AccessLevel::L0),
        (Some(grant(AccessLevel::L3, "")), AccessLevel::L2),
        (Some(Grant { until: Some(date(2026, 7, 21)), ..grant(AccessLevel::L3, "授权书") }), AccessLevel::L2),
    ] {
        let failure = open.permit(&site, grant.as_ref(), needed, "survey").expect_err("refused");
        assert_eq!(failure.class, FailureClass::NotPermitted);
    }
    let all = grant(AccessLevel::L4, "授权书");
    let excluding = dialer(Settings { exclude: vec!["www.example.cn".into(), "127.0.0.1".into()], ..settings(names.address) });
    assert!(excluding.permit(&site, Some(&all), AccessLevel::L1, "visit").is_err());
    let other = excluding.permit(&SubjectId::site("a.cn"), Some(&all), AccessLevel::L1, "visit").expect("another site");
    for host in ["www.example.cn", "127.0.0.1"] {
        let failure = excluding.connect(&other, host, 80).await.err().expect(host);
        assert_eq!(failure.class, FailureClass::NotPermitted, "{host}");
    }
    let closed = dialer(Settings { windows: vec!["22:00-06:00".into()], ..settings(names.address) });
    assert!(closed.permit(&site, Some(&all), AccessLevel::L1, "visit").is_err());
    assert!(closed.connect(&other, "127.0.0.1", 80).await.is_err_and(|failure| failure.class == FailureClass::NotPermitted));
}

#[tokio::test]
async fn an_upstream_proxy_gets_the_address() {
    let names = NameServer::with_host("www.example.cn", &["127.0.0.9"]).await;
    let proxy = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = proxy.local_addr().expect("an address");
    let serving = tokio::spawn(async move {
        let (mut stream, _) = proxy.accept().await.expect("a client");
        let mut request = vec![0; 512];
        let size = stream.read(&mut request).await.expect("a request");
        stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\nhello").await.expect("sent");
        String::from_utf8(request[..size].to_vec()).expect("text")
    });
    let dialer = dialer(Settings { proxy: Some(format!("http://{address}")), ..settings(names.address) });
    let mut connection = dialer.connect(&permit(&dialer), "www.example.cn", 443).await.expect("connected");
    assert_eq!(connection.peer().to_string(), "127.0.0.9");
    let mut hello = [0; 5];
    connection.read_exact(&mut hello).await.expect("read");
    assert_eq!(&hello, b"hello");
    assert!(serving.await.expect("served").starts_with("CONNECT 127.0.0.9:443 HTTP/1.1\r\n"));
}

#[tokio::test]
async fn a_proxy_that_fails_is_our_own_trouble() {
    let names = NameServer::with_host("www.example.cn", &["127.0.0.9"]).await;
    let proxy = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = proxy.local_addr().expect("an address");
    let settings = Settings { proxy: Some(format!("http://{address}")), ..settings(names.address) };
    let dialer = dialer(settings);
    let class = async || dialer.connect(&permit(&dialer), "www.example.cn", 443).await.err().map(|failure| failure.class);
    let closing = tokio::spawn(async move {
        let (stream, _) = proxy.accept().await.expect("a client");
        drop(stream);
    });
    assert_eq!(class().await, Some(FailureClass::OwnNetwork));
    closing.await.expect("closed");
    assert_eq!(class().await, Some(FailureClass::OwnNetwork));
}

#[tokio::test]
async fn an_excluded_host_is_not_dialled_under_another_name() {
    let names = NameServer::start(|question, _| {
        let mut message = reply(question, ResponseCode::NoError);
        message.answers = vec![cname("www.example.cn", "secret.mil.cn"), a("secret.mil.cn", "127.0.0.1")];
        vec![message]
    })
    .await;
    let port = echo().await.port();
    let open = dialer(mapped(names.address, port));
    assert!(open.connect(&permit(&open), "www.example.cn", 80).await.is_ok());
    let excluding = dialer(Settings { exclude: vec!["*.mil.cn".into()], ..mapped(names.address, port) });
    let failure = excluding.connect(&permit(&excluding), "www.example.cn", 80).await.err().expect("refused");
    assert_eq!(failure.class, FailureClass::NotPermitted);
}

#[tokio::test]
async fn no_visitor_goes_to_a_mail_server() {
    let names = NameServer::with_host("www.example.cn", &["127.0.0.1"]).await;
    let settings = Settings { port_map: [("25".to_owned(), echo().await.port())].into(), ..settings(names.address) };
    let dialer = dialer(settings);
    let failure = dialer.connect(&permit(&dialer), "www.example.cn", 25).await.err().expect("refused");
    assert_eq!(failure.class, FailureClass::NotPermitted);
    let grant = Grant { level: AccessLevel::L2, document: "授权书".into(), until: None };
    let survey = dialer.permit(&SubjectId::site("www.example.cn"), Some(&grant), AccessLevel::L2, "survey").expect("a permit");
    assert!(dialer.connect(&survey, "www.example.cn", 25).await.is_ok());
}

#[tokio::test]
async fn every_attempt_stands_on_the_account() {
    let listener = TcpListener::bind("127.0.0.2:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let names = NameServer::with_host("www.example.cn", &["127.0.0.1", "127.0.0.2"]).await;
    let dialer = dialer(Settings { per_host_concurrency: 1, ..mapped(names.address, port) });
    let (lines, permit) = (contacts(&dialer), permit(&dialer));
    let held = dialer.connect(&permit, "www.example.cn", 80).await.expect("connected");
    // All places are taken: this one waits until whoever asked gives up.
    assert!(dialer.connect(&permit, "www.example.cn", 80).now_or_never().is_none());
    let long = format!("{}.cn", "a".repeat(60_000));
    assert!(dialer.connect(&permit, &long, 80).await.is_err());
    drop(held);
    let lines = lines.lock().expect("lock");
    let told = lines.iter().map(|line| (line.ip.map(|ip| ip.to_string()), line.failure.as_ref().map(|failure| failure.class)));
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            (Some("127.0.0.1".to_owned()), Some(FailureClass::ConnectionRefused)),
            (None, Some(FailureClass::ToolFailed)),
            (None, Some(FailureClass::ProtocolError)),
            (Some("127.0.0.2".to_owned()), None),
        ]
    );
    assert!(lines.iter().all(|line| line.host.len() <= 253));
}
