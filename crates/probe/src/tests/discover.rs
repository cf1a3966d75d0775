//! Discovery over a name server with wildcards and aliases.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use hickory_proto::op::{Message, MessageType, ResponseCode};
use hickory_proto::rr::rdata::{A, CNAME};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use model::facts::discovery::{Discovery, FoundBy};
use tokio::net::UdpSocket;

use super::{detectable, probes};
use crate::discover::Hints;

/// `mail` is an address, `www` an alias of it, `*.app` and all below it a wildcard with one address that is its own; nothing else is there.
async fn zone() -> SocketAddr {
    let udp = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
    let address = udp.local_addr().expect("an address");
    tokio::spawn(async move {
        let mut buffer = [0; 1500];
        while let Ok((size, from)) = udp.recv_from(&mut buffer).await {
            let mut message = Message::from_vec(&buffer[..size]).expect("a question");
            message.metadata.message_type = MessageType::Response;
            let owner = message.queries[0].name.clone();
            let name = owner.to_ascii().trim_end_matches('.').to_ascii_lowercase();
            let ip = match name.as_str() {
                "mail.example.cn" | "www.example.cn" => Some(1),
                "own.app.example.cn" => Some(7),
                other if other.ends_with(".app.example.cn") => Some(9),
                _ => None,
            };
            if ip.is_none() {
                message.metadata.response_code = ResponseCode::NXDomain;
            }
            if let Some(last) = ip.filter(|_| message.queries[0].query_type == RecordType::A) {
                let mut at = owner.clone();
                if name == "www.example.cn" {
                    let target = Name::from_ascii("mail.example.cn.").expect("a name");
                    message.answers.push(Record::from_rdata(owner, 60, RData::CNAME(CNAME(target.clone()))));
                    at = target;
                }
                message.answers.push(Record::from_rdata(at, 60, RData::A(A::new(192, 0, 2, last))));
            }
            udp.send_to(&message.to_vec().expect("bytes"), from).await.expect("sent");
        }
    });
    address
}

fn hosts(discovery: &Discovery) -> Vec<(&str, usize, bool)> {
    let told = discovery.candidates.iter();
    told.map(|candidate| (candidate.host.ascii.as_str(), candidate.addresses.len(), candidate.only_wildcard)).collect()
}

#[tokio::test]
async fn finds_are_told_from_wildcards_and_carry_their_sources() {
    let (probes, ordinary) = probes(zone().await, 1, vec![]);
    let domain = readers::names::host("example.cn").expect("a name");
    let mut hints = Hints::default();
    for name in
        ["*.App.example.cn", "x.app.example.cn", "own.app.example.cn", "gone.example.cn", "known.example.cn", "a.other.cn"]
    {
        hints.name(name, FoundBy::CtLog, "extract.json");
    }
    hints.name("X.app.example.cn.", FoundBy::PassiveDns, "pdns.json");
    hints.name("a.b.app.example.cn", FoundBy::Certificate, "www.example.cn");
    let known = BTreeSet::from(["known.example.cn".to_owned()]);
    let found = probes.discover(&ordinary, &domain, &known, &hints).await;
    let expected = [
        ("a.b.app.example.cn", 1, true),
        ("app.example.cn", 0, false),
        ("gone.example.cn", 0, false),
        ("own.app.example.cn", 1, false),
        ("x.app.example.cn", 1, true),
    ];
    assert_eq!(hosts(&found), expected);
    assert_eq!(
        found.candidates[4].sources.iter().map(|source| source.by).collect::<Vec<_>>(),
        [FoundBy::CtLog, FoundBy::PassiveDns]
    );
    assert_eq!((found.wildcards.len(), found.wildcards[0].zone.as_str()), (1, "app.example.cn"));
    let connections: u64 =
        probes.dialer.account().entries().iter().map(|entry| entry.totals.connections + entry.totals.failures).sum();
    assert_eq!(connections, 0, "a found name is never contacted");
    assert_eq!((found.words_asked, found.cut), (0, false), "the word list needs L2");
}

#[tokio::test]
async fn the_word_list_is_asked_with_a_grant() {
    let (probes, _) = probes(zone().await, 1, vec![]);
    let domain = readers::names::host("example.cn").expect("a name");
    let found = probes.discover(&detectable(&probes), &domain, &BTreeSet::new(), &Hints::default()).await;
    assert_eq!(hosts(&found), [("mail.example.cn", 1, false), ("www.example.cn", 1, false)]);
    assert!(found.words_asked > 100 && found.asked == [FoundBy::WordList] && found.wildcards.is_empty());
}
