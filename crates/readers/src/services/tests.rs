//! Conversations with recorded and invented answers, and whatever bytes.

use model::facts::services::{Login, Protocol, Service, Transport};
use proptest::prelude::*;

use super::{Step, Talk, clue, datagram, greeted, is_tls_alert, question, text};

/// The end of a conversation in which each answer is complete.
fn end(dialogue: super::Dialogue, heard: &[&[u8]]) -> Option<Service> {
    let heard: Vec<Vec<u8>> = heard.iter().map(|turn| turn.to_vec()).collect();
    match dialogue(&Talk { host: "www.example.cn", hints: &[], heard: &heard, ended: true }) {
        Step::Known(found) => Some(*found),
        _ => None,
    }
}

fn by_greeting(heard: &[&[u8]]) -> Service {
    end(greeted(heard[0]).expect("a greeting"), heard).expect("a service")
}

fn asked(protocol: Protocol, heard: &[&[u8]]) -> Option<Service> {
    end(question(protocol).expect("a question").1, heard)
}

fn product(found: &Service) -> (&str, &str) {
    let product = found.products.first().expect("a product");
    (product.name.as_str(), product.version.as_ref().map_or("", |version| version.number.as_str()))
}

#[test]
fn greetings_tell_protocol_and_product() {
    let ssh = by_greeting(&[b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10\r\n"]);
    assert_eq!((ssh.protocol, product(&ssh), ssh.login), (Some(Protocol::Ssh), ("OpenSSH", "9.2p1"), Login::Required));
    assert_eq!(ssh.details["recog:ssh.banner"], "OpenSSH_9.2p1 Debian-2+deb12u10");

    let smtp = by_greeting(&[b"220 mx.example.cn ESMTP Postfix\r\n", b"250-mx\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n"]);
    assert_eq!((smtp.protocol, smtp.offers_tls, product(&smtp).0), (Some(Protocol::Smtp), Some(true), "Postfix"));
    assert_eq!((&*smtp.details["auth_before_tls"], &*smtp.details["auth_methods"]), ("yes", "PLAIN LOGIN"));

    let ftp = by_greeting(&[b"220 (vsFTPd 3.0.3)\r\n", b"211-Features:\r\n AUTH TLS\r\n UTF8\r\n211 End\r\n"]);
    assert_eq!((ftp.protocol, ftp.offers_tls, product(&ftp)), (Some(Protocol::Ftp), Some(true), ("vsftpd", "3.0.3")));

    let nameless = by_greeting(&[b"220 Welcome\r\n", b"530 Please login with USER and PASS.\r\n"]);
    assert_eq!(nameless.protocol, Some(Protocol::Ftp));

    let pop = by_greeting(&[b"+OK Dovecot ready.\r\n", b"+OK\r\nCAPA\r\nSTLS\r\nSASL\r\n.\r\n"]);
    assert_eq!((pop.offers_tls, &*pop.details["auth_before_tls"]), (Some(true), "no"));

    let capability = b"* CAPABILITY IMAP4rev1 ID STARTTLS LOGINDISABLED\r\na1 OK done\r\n";
    let id = b"* ID (\"name\" \"Dovecot\" \"version\" \"2.3.19\")\r\na2 OK done\r\n";
    let imap = by_greeting(&[b"* OK ready\r\n", capability, id]);
    assert_eq!((imap.offers_tls, product(&imap), &*imap.details["auth_before_tls"]), (Some(true), ("Dovecot", "2.3.19"), "no"));

    let vnc = by_greeting(&[b"RFB 003.008\n", &[1, 1]]);
    assert_eq!((vnc.protocol, vnc.login), (Some(Protocol::Vnc), Login::NotRequired));
    let telnet = by_greeting(&[&[255, 253, 24, 255, 251, 1], b"\r\nBusyBox v1.30.1\r\nrouter login: "]);
    assert_eq!(
        (telnet.protocol, telnet.login, product(&telnet)),
        (Some(Protocol::Telnet), Login::Required, ("BusyBox", "1.30.1"))
    );
    assert_eq!(by_greeting(&["用户登录\r\nUsername:".as_bytes()]).protocol, Some(Protocol::Telnet));
}

#[test]
fn stores_tell_whether_they_want_a_log_in() {
    let open =
        asked(Protocol::Redis, &[b"+PONG\r\n", b"$37\r\n# Server\r\nredis_version:7.0.15\r\nos:x\r\n\r\n"]).expect("redis");
    assert_eq!((open.login, product(&open)), (Login::NotRequired, ("Redis", "7.0.15")));
    let closed = asked(Protocol::Redis, &[b"-NOAUTH Authentication required.\r\n"]).expect("redis");
    assert_eq!(closed.login, Login::Required);
    assert!(asked(Protocol::Redis, &[b"-ERR unknown command\r\n"]).is_none());

    let sasl = b"R\0\0\0\x17\0\0\0\x0ASCRAM-SHA-256\0\0";
    let postgresql = asked(Protocol::Postgresql, &[b"S", sasl]).expect("postgresql");
    assert_eq!((postgresql.login, postgresql.offers_tls), (Login::Required, Some(true)));
    assert_eq!(postgresql.details["auth_methods"], "SCRAM-SHA-256");
    let trust = b"E\0\0\0\x2bSFATAL\0C28000\0Mrole \"mingcha\" is not\0\0\0";
    assert_eq!(asked(Protocol::Postgresql, &[b"N", trust]).map(|found| found.login), Some(Login::NotRequired));

    assert_eq!(asked(Protocol::Mqtt, &[&[0x20, 2, 0, 5]]).map(|found| found.login), Some(Login::Required));
    assert_eq!(asked(Protocol::Socks, &[&[5, 0]]).map(|found| found.login), Some(Login::NotRequired));
    assert!(asked(Protocol::Socks, &[&[5, 2, 0, 2]]).is_none(), "an echo");
    assert_eq!(product(&asked(Protocol::Memcached, &[b"VERSION 1.6.18\r\n"]).expect("memcached")), ("Memcached", "1.6.18"));
}

#[test]
fn interfaces_over_http_are_told_by_their_fields() {
    let page = |fields: &str, body: &str| format!("HTTP/1.1 200 OK\r\n{fields}Content-Length: {}\r\n\r\n{body}", body.len());
    let root = page(
        "Content-Type: application/json\r\n",
        r#"{"cluster_name":"档案","version":{"number":"7.10.2","lucene_version":"8.7.0"}}"#,
    );
    let elastic = asked(Protocol::Http, &[root.as_bytes()]).expect("elasticsearch");
    assert_eq!((elastic.protocol, elastic.login), (Some(Protocol::Elasticsearch), Login::NotRequired));
    assert_eq!((product(&elastic), &*elastic.details["cluster"]), (("Elasticsearch", "7.10.2"), "档案"));

    let missing = b"HTTP/1.1 404 Not Found\r\nContent-Length: 19\r\n\r\n404 page not found\n";
    let version = page("", r#"{"etcdserver":"3.4.23","etcdcluster":"3.4.0"}"#);
    assert_eq!(product(&asked(Protocol::Http, &[missing, version.as_bytes()]).expect("etcd")), ("etcd", "3.4.23"));

    let nginx = asked(Protocol::Http, &[page("Server: nginx/1.22.1\r\n", "<html>").as_bytes()]).expect("http");
    assert_eq!((nginx.protocol, product(&nginx)), (Some(Protocol::Http), ("nginx", "1.22.1")));
    let secure = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 48\r\n\r\nThe plain HTTP request was sent to HTTPS port...";
    assert!(asked(Protocol::Http, &[secure]).is_none());
}

#[test]
fn text_is_bounded_and_harmless() {
    assert_eq!(text::shown(b"\x1b[2J\r\n"), "\\u{1b}[2J\\r\\n");
    assert_eq!(text::shown("\u{202e}政务".as_bytes()), "\\u{202e}政务");
    assert_eq!(text::shown(&[0xD5, 0xFE, 0xCE, 0xF1]), "政务");
    assert_eq!(text::shown(&[0, 0xFF, 0xD5]), "\\x00\\xff\\xd5");
    assert!(text::shown(&[b'a'; 10_000]).len() <= 512);
}

/// Every dialogue with these answers, in whatever order they came.
fn every_reading(heard: &[Vec<u8>], ended: bool) -> Vec<Service> {
    let mut found = Vec::new();
    for protocol in Protocol::ALL {
        let hints = [*protocol];
        let talk = Talk { host: "www.example.cn", hints: &hints, heard, ended };
        if let Some((_, dialogue)) = question(*protocol)
            && let Step::Known(service) = dialogue(&talk)
        {
            found.push(*service);
        }
        if let (Some((_, read)), Some(first)) = (datagram(*protocol), heard.first()) {
            found.extend(read(first));
        }
    }
    let first = heard.first().map(Vec::as_slice).unwrap_or_default();
    if let Some(dialogue) = greeted(first)
        && let Step::Known(service) = dialogue(&Talk { host: "", hints: &[], heard, ended })
    {
        found.push(*service);
    }
    let _ = (clue(first), is_tls_alert(first));
    found
}

fn is_harmless(text: &str) -> bool {
    // An escape is at most ten characters for a byte.
    text.len() <= 10 * text::LONGEST && !text.chars().any(char::is_control)
}

/// Beginnings that lead deep into the readers.
fn beginnings() -> impl Strategy<Value = Vec<u8>> {
    let known: Vec<&'static [u8]> = vec![
        b"",
        b"SSH-2.0-",
        b"220 ",
        b"+OK",
        b"* OK ",
        b"RFB 003.008\n",
        b"\xff\xfd\x01",
        b"HTTP/1.1 200 OK\r\n\r\n{",
        b"RTSP/1.0 200 OK\r\n",
        b"S",
        b"R\0\0\0\x08\0\0\0\0",
        b"E\0\0\0\x20",
        b"\x04\x01\0\x25",
        b"\0\x40\0\0\x04\0\0\0",
        b"+PONG\r\n",
        b"$5\r\n",
        b"VERSION 1",
        b"Zookeeper version: 3",
        b"\x01\0\0\0\0\x01\0\0\x0a\0\x0a",
        b"\x30\x0c\x02\x01\x01\x61\x07",
        b"\x30\x20\x02\x01\x02\x64\x1b",
        b"\0\0\0\x50\xfeSMB",
        b"\x4d\x43\x84\0\0\x01\0\x01\0\0\0\0",
        b"\x4a\0\0\0\x0a5.5.5-10",
        b"\x03\0\0\x13\x0e\xd0",
        b"\x4e\0\x04",
        b"\0\0\0\x20MC\0\x01\0\0\0\0\0\x03",
        b"\x30\x3e\x02\x01\x03\x30\x11\x02\x04\x4d\x43\0\x01",
        b"\xda\xbb\x22\x14",
    ];
    (proptest::sample::select(known), proptest::collection::vec(any::<u8>(), 0..300))
        .prop_map(|(head, tail)| [head, &tail].concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn whatever_is_heard_is_read_without_harm(heard in proptest::collection::vec(beginnings(), 0..4), ended: bool) {
        for service in every_reading(&heard, ended) {
            prop_assert!(is_harmless(&service.greeting), "{:?}", service.greeting);
            prop_assert!(service.details.len() <= 16);
            for (name, value) in &service.details {
                prop_assert!(is_harmless(name) && is_harmless(value), "{name}: {value:?}");
            }
            for product in &service.products {
                prop_assert!(is_harmless(&product.name) && is_harmless(&product.matched));
                prop_assert!(product.version.as_ref().is_none_or(|version| is_harmless(&version.number)));
            }
        }
    }

    #[test]
    fn bytes_never_end_the_text(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        prop_assert!(is_harmless(&text::shown(&bytes)));
    }
}

#[test]
fn an_echo_is_no_answer() {
    for protocol in Protocol::ALL {
        let Some((_, dialogue)) = question(*protocol) else { continue };
        let opening = Talk { host: "www.example.cn", hints: &[], heard: &[], ended: false };
        let Step::Say(said) = dialogue(&opening) else { panic!("{protocol:?} says nothing") };
        // AMQP repeats its header where it wants another version: the connection's other end tells that apart.
        if *protocol != Protocol::Amqp {
            assert_eq!(end(dialogue, &[&said]).and_then(|found| found.protocol), None, "{protocol:?}");
        }
    }
    for protocol in [Protocol::Dns, Protocol::Snmp] {
        let (question, read) = datagram(protocol).expect("a question");
        assert_eq!(read(&question).map(|found| found.transport), None::<Transport>, "{protocol:?}");
    }
}
