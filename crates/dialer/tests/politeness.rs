//! Politeness as the target sees it: a counting target beside what the dialer says that it did.
#![expect(clippy::expect_used, reason = "a test that cannot be set up fails")]

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use dialer::account::Entry;
use dialer::dialer::Dialer;
use dialer::permit::Permit;
use dialer::settings::{Settings, Vantage};
use dialer::survey::PortState;
use futures::future::join_all;
use hickory_proto::op::{Message, MessageType};
use hickory_proto::rr::rdata::A;
use hickory_proto::rr::{RData, Record, RecordType};
use jiff::Timestamp;
use lab::counting::{Arrival, Counting, What};
use model::observation::{Failure, FailureClass};
use model::permission::{AccessLevel, Grant};
use model::subject::SubjectId;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// The target's address, and its resolver's.
const TARGET: Ipv4Addr = Ipv4Addr::new(127, 22, 0, 1);
const RESOLVER: Ipv4Addr = Ipv4Addr::new(127, 22, 1, 1);
const RATE: u32 = 40;
const BURST: u32 = 5;

/// To a question the target's address; to anything else what came.
fn answer(datagram: &[u8]) -> Option<Vec<u8>> {
    let Ok(mut message) = Message::from_vec(datagram) else { return Some(datagram.to_vec()) };
    message.metadata.message_type = MessageType::Response;
    let query = message.queries.first()?.clone();
    if query.query_type == RecordType::A {
        message.answers = vec![Record::from_rdata(query.name, 300, RData::A(A(TARGET)))];
    }
    message.to_vec().ok()
}

fn target(ports: usize) -> Counting {
    Counting::open(&[TARGET, RESOLVER], ports, answer).expect("a target")
}

fn settings(target: &Counting) -> Settings {
    Settings {
        resolvers: vec![SocketAddr::from((RESOLVER, target.ports[0])).to_string()],
        allow_ranges: vec!["127.22.0.0/16".into()],
        port_map: [("80".to_owned(), target.ports[0])].into(),
        per_ip_rate: RATE,
        per_ip_burst: BURST,
        per_network_rate: 10_000,
        ..Settings::default()
    }
}

fn dialer(settings: Settings) -> Dialer {
    Dialer::new(settings, Arc::new(|| Timestamp::UNIX_EPOCH)).expect("settings")
}

fn granted(dialer: &Dialer, host: &str, granted: AccessLevel, needed: AccessLevel) -> Result<Permit, Failure> {
    let grant = Grant { level: granted, document: "授权书".into(), until: None };
    dialer.permit(&SubjectId::site(host), Some(&grant), needed, "test")
}

fn permit(dialer: &Dialer, host: &str) -> Permit {
    granted(dialer, host, AccessLevel::L2, AccessLevel::L2).expect("a permit")
}

/// Fetches a page of `host`.
async fn visit(dialer: &Dialer, host: &str) {
    let mut connection = dialer.connect(&permit(dialer, host), host, 80).await.expect("connected");
    connection.write_all(format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).await.expect("sent");
    let mut answer = [0; 27];
    connection.read_exact(&mut answer).await.expect("an answer");
}

fn sum(dialer: &Dialer, of: impl Fn(&Entry) -> u64) -> u64 {
    dialer.account().entries().iter().map(of).sum()
}

/// Asserts that no span of time saw more than the burst and what the rate gives for its length. A quarter of a second is the time by which
/// the target may have noticed an arrival late.
fn assert_within_budget(arrivals: &[Arrival]) {
    for (first, begin) in arrivals.iter().enumerate() {
        for (count, end) in arrivals[first..].iter().enumerate() {
            let span = end.at.duration_since(begin.at).as_secs_f64() + 0.25;
            let budget = f64::from(BURST) + f64::from(RATE) * span;
            assert!(count as f64 + 1.0 <= budget, "{} arrivals within {span} s", count + 1);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_names_on_one_address_stay_within_its_budget_and_the_account_is_true() {
    let target = target(12);
    let first = dialer(settings(&target));
    let second = first.seen_from(Vantage { name: "b".into(), ..Vantage::default() }).expect("a vantage");
    let started = Instant::now();
    let names: Vec<String> = (0..40).map(|number| format!("h{number}.example.cn")).collect();
    let visits = join_all(names.iter().enumerate().map(|(number, name)| visit([&first, &second][number % 2], name)));
    let surveyed = permit(&second, "surveyed.example.cn");
    let survey = second.survey(&surveyed, "surveyed.example.cn", IpAddr::V4(TARGET), &target.ports);
    let asked = permit(&first, "asked.example.cn");
    let limit = Duration::from_secs(5);
    let ask = || first.datagram(&asked, "asked.example.cn", IpAddr::V4(TARGET), 80, b"hello", limit);
    let (_, states, answers) = tokio::join!(visits, survey, join_all((0..8).map(|_| ask())));
    assert!(states.iter().all(|(_, state)| *state == PortState::Open), "{states:?}");
    assert!(answers.iter().all(|answer| answer.as_deref() == Ok(b"hello")));

    // Forty visits, twelve ports, eight datagrams.
    target.settle().expect("connected");
    let seen = target.at(TARGET);
    let requests = seen.iter().filter(|arrival| matches!(arrival.what, What::Request(_))).count();
    let sent: Vec<Arrival> = seen.into_iter().filter(|arrival| !matches!(arrival.what, What::Request(_))).collect();
    assert_eq!((sent.len(), requests), (60, 40));
    assert_within_budget(&sent);
    assert!(started.elapsed().as_secs_f64() >= f64::from(60 - BURST) / f64::from(RATE));

    assert_eq!(sum(&first, |entry| entry.totals.connections), target.connections(TARGET));
    assert_eq!(sum(&first, |entry| entry.totals.datagrams), target.datagrams(TARGET));
    assert_eq!(sum(&first, |entry| entry.totals.queries), target.datagrams(RESOLVER));
    assert_eq!((target.connections(TARGET), target.datagrams(TARGET), target.datagrams(RESOLVER)), (52, 8, 40));
    assert_eq!(first.account().overflow().connections, 0);
}

#[tokio::test]
async fn a_survey_of_many_ports_stays_within_the_budget() {
    let target = target(45);
    let dialer = dialer(settings(&target));
    let states = dialer.survey(&permit(&dialer, "www.example.cn"), "www.example.cn", IpAddr::V4(TARGET), &target.ports).await;
    assert_eq!(states.iter().filter(|(_, state)| *state == PortState::Open).count(), 45);
    target.settle().expect("connected");
    let seen = target.at(TARGET);
    assert_eq!(seen.len(), 45, "{seen:?}");
    assert_within_budget(&seen);
    assert_eq!(sum(&dialer, |entry| entry.totals.connections), 45);
}

#[tokio::test]
async fn what_is_excluded_or_not_granted_receives_nothing() {
    let target = target(2);
    let excluding = Settings { exclude: vec![TARGET.to_string(), "*.mil.cn".into()], ..settings(&target) };
    let dialer = dialer(excluding);
    let permit = permit(&dialer, "www.example.cn");
    let ip = IpAddr::V4(TARGET);
    for host in ["www.example.cn", "a.mil.cn", "127.22.0.1"] {
        let refused = dialer.connect(&permit, host, 80).await.err().map(|failure| failure.class);
        assert_eq!(refused, Some(FailureClass::NotPermitted), "{host}");
        let states = dialer.survey(&permit, host, ip, &target.ports).await;
        assert!(states.iter().all(|(_, state)| matches!(state, PortState::Failed(_))), "{states:?}");
        assert!(dialer.datagram(&permit, host, ip, 80, b"hello", Duration::from_secs(1)).await.is_err());
    }
    for (level, needed) in
        [(AccessLevel::L0, AccessLevel::L1), (AccessLevel::L0, AccessLevel::L0), (AccessLevel::L1, AccessLevel::L2)]
    {
        assert!(granted(&dialer, "www.example.cn", level, needed).is_err());
    }
    // A permit for visits opens no survey, whatever was granted.
    let visits = granted(&dialer, "www.example.cn", AccessLevel::L2, AccessLevel::L1).expect("a permit");
    let states = dialer.survey(&visits, "www.example.cn", ip, &target.ports).await;
    assert!(states.iter().all(|(_, state)| matches!(state, PortState::Failed(_))));
    target.settle().expect("connected");
    assert_eq!(target.at(TARGET).len(), 0);
    assert_eq!(sum(&dialer, |entry| entry.totals.connections + entry.totals.datagrams), 0);
    // Of excluded names not even the address is asked for.
    assert_eq!(sum(&dialer, |entry| entry.totals.queries), target.datagrams(RESOLVER));
    assert_eq!(target.datagrams(RESOLVER), 1);
}
