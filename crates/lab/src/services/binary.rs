//! Peers that speak in packets. Sources: MS-TDS, MS-RDPBCGR, RFC 6143, RFC 1928, the guides to the wire protocols of MongoDB, Kafka and Dubbo,
//! AMQP 0-9-1, the Java RMI specification; Oracle's listener as its tool tnsping shows it.

use super::{Peer, Reaction, silent};

pub(super) const PEERS: &[Peer] = &[
    Peer { name: "oracle", greeting: silent, answer: oracle },
    Peer { name: "sqlserver", greeting: silent, answer: sqlserver },
    Peer { name: "mongodb", greeting: silent, answer: mongodb },
    Peer { name: "kafka", greeting: silent, answer: kafka },
    Peer { name: "rabbitmq", greeting: silent, answer: rabbitmq },
    Peer { name: "dubbo", greeting: silent, answer: dubbo },
    Peer { name: "rdp-nla", greeting: silent, answer: rdp },
    Peer { name: "vnc-open", greeting: || Reaction::Say(b"RFB 003.008\n".to_vec()), answer: |told| vnc(told, 1) },
    Peer { name: "vnc", greeting: || Reaction::Say(b"RFB 003.008\n".to_vec()), answer: |told| vnc(told, 2) },
    Peer { name: "rmi", greeting: silent, answer: rmi },
    Peer { name: "socks-open", greeting: silent, answer: socks },
    Peer { name: "ajp", greeting: silent, answer: ajp },
    Peer { name: "redis-open", greeting: silent, answer: redis },
];

/// What is not understood is met by closing.
fn unless(understood: bool, answer: impl FnOnce() -> Vec<u8>) -> Reaction {
    if understood { Reaction::Say(answer()) } else { Reaction::Close(Vec::new()) }
}

/// A REFUSE packet with the listener's version, 19.3.0.0.0.
fn oracle(told: &[u8]) -> Reaction {
    let words = b"(DESCRIPTION=(TMP=)(VSNNUM=318963712)(ERR=0)(ALIAS=LISTENER))";
    unless(told.get(4) == Some(&1) && told.ends_with(b"(COMMAND=ping))"), || {
        let length = u16::try_from(12 + words.len()).unwrap_or(0).to_be_bytes();
        let said = u16::try_from(words.len()).unwrap_or(0).to_be_bytes();
        [&length[..], &[0, 0, 4, 0, 0, 0, 1, 0], &said, words].concat()
    })
}

/// Version 15.0.2000, encryption off but there.
fn sqlserver(told: &[u8]) -> Reaction {
    unless(told.first() == Some(&0x12), || {
        let options = [0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xFF, 15, 0, 0x07, 0xD0, 0, 0, 0];
        [&[4, 1, 0, 26, 0, 0, 1, 0][..], &options].concat()
    })
}

/// OP_MSG with a document that answers the first key.
fn mongodb(told: &[u8]) -> Reaction {
    if told.starts_with(b"GET ") {
        let body = "It looks like you are trying to access MongoDB over HTTP on the native driver port.\r\n";
        let page = format!(
            "HTTP/1.0 200 OK\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        return Reaction::Close(page.into_bytes());
    }
    let (Some(request), Some(2013)) =
        (told.get(4..8), told.get(12).zip(told.get(13)).map(|(low, high)| u16::from_le_bytes([*low, *high])))
    else {
        return Reaction::Close(Vec::new());
    };
    let has = |word: &[u8]| told.windows(word.len()).any(|window| window == word);
    let elements: Vec<u8> = if has(b"buildInfo") {
        [&b"\x02version\0\x07\0\0\x006.0.14\0"[..], b"\x01ok\0\0\0\0\0\0\0\xF0\x3F"].concat()
    } else {
        b"\x08ismaster\0\x01\x10maxWireVersion\0\x11\0\0\0\x02setName\0\x04\0\0\0rs0\0".to_vec()
    };
    let document = [&(u32::try_from(elements.len() + 5).unwrap_or(0)).to_le_bytes()[..], &elements, &[0]].concat();
    let length = u32::try_from(16 + 5 + document.len()).unwrap_or(0).to_le_bytes();
    Reaction::Say([&length[..], &[7, 0, 0, 0], request, &2013_u32.to_le_bytes(), &[0; 5], &document].concat())
}

/// ApiVersions, version 0: three requests.
fn kafka(told: &[u8]) -> Reaction {
    let correlation = told.get(8..12).unwrap_or_default().to_vec();
    unless(told.get(4..8) == Some(&[0, 18, 0, 0]), || {
        let versions = [0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 9, 0, 1, 0, 0, 0, 13, 0, 18, 0, 0, 0, 3];
        let length = u32::try_from(correlation.len() + versions.len()).unwrap_or(0).to_be_bytes();
        [&length[..], &correlation, &versions].concat()
    })
}

/// Connection.Start of RabbitMQ.
fn rabbitmq(told: &[u8]) -> Reaction {
    if told != b"AMQP\0\0\x09\x01" {
        return if b"AMQP\0\0\x09\x01".starts_with(told) {
            Reaction::More
        } else {
            Reaction::Close(b"AMQP\0\0\x09\x01".to_vec())
        };
    }
    let long = |bytes: &[u8]| [&u32::try_from(bytes.len()).unwrap_or(0).to_be_bytes()[..], bytes].concat();
    let entry = |key: &str, value: &str| [&[key.len() as u8], key.as_bytes(), b"S", &long(value.as_bytes())].concat();
    let table = [entry("product", "RabbitMQ"), entry("version", "3.10.8"), entry("platform", "Erlang/OTP 25.2.3")].concat();
    let method = [&[0, 10, 0, 10, 0, 9][..], &long(&table), &long(b"PLAIN AMQPLAIN"), &long(b"en_US")].concat();
    Reaction::Say([&[1, 0, 0][..], &long(&method), &[0xCE]].concat())
}

/// The answer to a heartbeat: status OK, the same number.
fn dubbo(told: &[u8]) -> Reaction {
    unless(told.len() >= 17 && told.starts_with(&[0xDA, 0xBB, 0xE2]), || {
        [&[0xDA, 0xBB, 0x22, 20][..], &told[4..12], &[0, 0, 0, 1, b'N']].concat()
    })
}

/// Connection confirm: network-level authentication.
fn rdp(told: &[u8]) -> Reaction {
    unless(told.starts_with(&[3, 0]) && told.get(5) == Some(&0xE0), || {
        vec![3, 0, 0, 19, 14, 0xD0, 0, 0, 0x12, 0x34, 0, 2, 0x1F, 8, 0, 2, 0, 0, 0]
    })
}

fn vnc(told: &[u8], security: u8) -> Reaction {
    unless(told == b"RFB 003.008\n", || vec![1, security])
}

fn rmi(told: &[u8]) -> Reaction {
    unless(told == b"JRMI\0\x02\x4B", || b"\x4E\0\x09127.0.0.1\0\0\xC3\x50".to_vec())
}

fn socks(told: &[u8]) -> Reaction {
    unless(told.first() == Some(&5), || vec![5, 0])
}

fn ajp(told: &[u8]) -> Reaction {
    unless(told.starts_with(&[0x12, 0x34, 0, 1, 10]), || b"AB\0\x01\x09".to_vec())
}

/// Redis without a password; what it does not know it says in its way.
fn redis(told: &[u8]) -> Reaction {
    match told {
        b"PING\r\n" => Reaction::Say(b"+PONG\r\n".to_vec()),
        b"INFO server\r\n" => Reaction::Say(b"$48\r\n# Server\r\nredis_version:6.2.6\r\nos:Linux x86_64\r\n\r\n".to_vec()),
        _ if told.ends_with(b"\n") => Reaction::Say(b"-ERR unknown command `x`, with args beginning with: \r\n".to_vec()),
        _ => Reaction::More,
    }
}
