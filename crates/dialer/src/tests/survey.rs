//! Surveys of ports, and datagrams.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jiff::ToSpan;
use model::observation::{Failure, FailureClass};
use model::permission::{AccessLevel, Grant};
use model::subject::SubjectId;
use tokio::net::{TcpListener, TcpSocket, TcpStream, UdpSocket};
use tokio::time::timeout;

use super::{noon, settings};
use crate::account::{Contact, Surveyed, Totals};
use crate::dialer::Dialer;
use crate::permit::Permit;
use crate::settings::Settings;
use crate::survey::PortState;

const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const SECOND: Duration = Duration::from_secs(1);

fn quiet() -> Settings {
    settings("127.0.0.1:9".parse().expect("an address"))
}

fn permit_for(dialer: &Dialer, level: AccessLevel) -> Permit {
    let grant = Grant { level: AccessLevel::L2, document: "授权书".into(), until: None };
    dialer.permit(&SubjectId::site("www.example.cn"), Some(&grant), level, "survey").expect("a permit")
}

async fn survey(dialer: &Dialer, ports: &[u16]) -> Vec<(u16, PortState)> {
    dialer.survey(&permit_for(dialer, AccessLevel::L2), "www.example.cn", HOME, ports).await
}

fn totals(dialer: &Dialer) -> Totals {
    let entries = dialer.account().entries();
    entries.into_iter().find(|entry| entry.destination == "www.example.cn").map(|entry| entry.totals).unwrap_or_default()
}

async fn open_port() -> (TcpListener, u16) {
    let listener = TcpListener::bind((HOME, 0)).await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    (listener, port)
}

async fn closed_port() -> u16 {
    open_port().await.1
}

/// A listener whose queue is full, with those who fill it: further attempts get no answer.
async fn silent_port() -> (TcpListener, Vec<TcpStream>, u16) {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(SocketAddr::new(HOME, 0)).expect("a port");
    let listener = socket.listen(1).expect("listening");
    let address = listener.local_addr().expect("an address");
    let mut held = Vec::new();
    while let Ok(connected) = timeout(SECOND / 5, TcpStream::connect(address)).await {
        held.push(connected.expect("connected"));
    }
    (listener, held, address.port())
}

/// The contacts of a dialer from now on.
fn contacts(dialer: &Dialer) -> tokio::sync::mpsc::UnboundedReceiver<Contact> {
    let (sender, contacts) = tokio::sync::mpsc::unbounded_channel();
    dialer.account().set_sink(Arc::new(move |contact| sender.send(contact.clone()).expect("the test goes on")));
    contacts
}

fn class(state: &PortState) -> Option<FailureClass> {
    if let PortState::Failed(failure) = state { Some(failure.class) } else { None }
}

#[tokio::test]
async fn open_closed_and_silent_ports_are_told_apart_and_stand_on_the_account() {
    let (_listener, open) = open_port().await;
    let closed = closed_port().await;
    let (_full, _held, silent) = silent_port().await;
    let dialer = super::dialer(Settings { port_map: [("80".to_owned(), open)].into(), ..quiet() });
    let mut lines = contacts(&dialer);
    let mut states = survey(&dialer, &[silent, 80, closed, 80]).await;
    assert_eq!(states.remove(0), (80, PortState::Open));
    states.sort_by_key(|(port, _)| *port == silent);
    assert_eq!(states, [(closed, PortState::Closed), (silent, PortState::Silent)]);
    assert_eq!(
        totals(&dialer),
        Totals { connections: 1, failures: 3, duration_ms: totals(&dialer).duration_ms, ..Totals::default() }
    );
    let line = lines.try_recv().expect("a line");
    let mut ports = vec![80, closed, silent];
    ports.sort_unstable();
    assert_eq!(line.survey, Some(Surveyed { ports, open: 1, closed: 1, silent: 2, failed: 0 }));
    assert_eq!((line.ip, line.port, line.level, line.failure), (Some(HOME), 0, AccessLevel::L2, None));
    assert!(lines.try_recv().is_err());
}

#[tokio::test]
async fn what_may_not_be_surveyed_is_not_tried() {
    let (listener, port) = open_port().await;
    let refused = async |settings: Settings, level| {
        let dialer = super::dialer(settings);
        let states = dialer.survey(&permit_for(&dialer, level), "www.example.cn", HOME, &[port]).await;
        assert_eq!(totals(&dialer), Totals { failures: 1, ..Totals::default() });
        class(&states[0].1).expect("a failure")
    };
    let excluding = |text: &str| Settings { exclude: vec![text.to_owned()], ..quiet() };
    assert_eq!(refused(quiet(), AccessLevel::L1).await, FailureClass::NotPermitted);
    assert_eq!(refused(excluding("127.0.0.1"), AccessLevel::L2).await, FailureClass::NotPermitted);
    assert_eq!(refused(Settings { allow_ranges: vec![], ..quiet() }, AccessLevel::L2).await, FailureClass::AddressRefused);
    let proxy = Some("http://127.0.0.1:3128".to_owned());
    assert_eq!(refused(Settings { proxy, ..quiet() }, AccessLevel::L2).await, FailureClass::OwnNetwork);
    assert!(timeout(SECOND / 20, listener.accept()).await.is_err());
}

#[tokio::test]
async fn a_survey_ends_with_the_hours() {
    let (_listener, open) = open_port().await;
    // The clock is asked for the permit, the contact, the check and before each attempt; with the seventh answer the hours are over.
    let asked = AtomicUsize::new(0);
    let clock = move || noon() + if asked.fetch_add(1, Ordering::SeqCst) < 6 { 0.hours() } else { 12.hours() };
    let settings = Settings { windows: vec!["09:00-18:00".into()], per_ip_rate: 1000, per_ip_burst: 1, ..quiet() };
    let dialer = Dialer::new(settings, Arc::new(clock)).expect("settings");
    let states = survey(&dialer, &[open, 1, 2, 3, 4, 5, 6, 7]).await;
    let late = states.iter().filter(|(_, state)| class(state) == Some(FailureClass::NotPermitted)).count();
    assert_eq!((states.len(), late), (8, 5));
    assert_eq!(totals(&dialer).connections + totals(&dialer).failures, 3);
}

#[tokio::test]
async fn an_abandoned_survey_still_reaches_the_account() {
    let (_full, _held, silent) = silent_port().await;
    let dialer = super::dialer(quiet());
    let mut lines = contacts(&dialer);
    assert!(timeout(SECOND / 20, survey(&dialer, &[silent])).await.is_err());
    let line = lines.recv().await.expect("a line");
    assert_eq!(line.survey, Some(Surveyed { ports: vec![silent], silent: 1, ..Surveyed::default() }));
}

#[tokio::test]
async fn a_datagram_brings_the_peers_answer() {
    let server = UdpSocket::bind((HOME, 0)).await.expect("a port");
    let port = server.local_addr().expect("an address").port();
    let serving = tokio::spawn(async move {
        let stranger = UdpSocket::bind((HOME, 0)).await.expect("a port");
        let mut buffer = [0; 16];
        let (size, from) = server.recv_from(&mut buffer).await.expect("a question");
        stranger.send_to(b"forged", from).await.expect("sent");
        server.send_to(&vec![buffer[0]; 60_000], from).await.expect("sent");
        size
    });
    let dialer = super::dialer(Settings { port_map: [("161".to_owned(), port)].into(), ..quiet() });
    let permit = permit_for(&dialer, AccessLevel::L2);
    let answer = dialer.datagram(&permit, "www.example.cn", HOME, 161, b"hello", SECOND).await.expect("an answer");
    assert_eq!((answer.len(), answer[0], serving.await.expect("served")), (60_000, b'h', 5));
    let totals = totals(&dialer);
    assert_eq!((totals.datagrams, totals.bytes_out, totals.bytes_in), (1, 5, 60_000));
    assert_eq!((totals.connections, totals.failures), (0, 0));
}

#[tokio::test]
async fn datagrams_fail_by_class() {
    let silent = UdpSocket::bind((HOME, 0)).await.expect("a port");
    let port = silent.local_addr().expect("an address").port();
    let closed = {
        let socket = UdpSocket::bind((HOME, 0)).await.expect("a port");
        socket.local_addr().expect("an address").port()
    };
    let send = async |dialer: &Dialer, level, port| -> Failure {
        let permit = permit_for(dialer, level);
        dialer.datagram(&permit, "www.example.cn", HOME, port, b"hello", SECOND / 5).await.expect_err("a failure")
    };
    let dialer = super::dialer(quiet());
    let refused = send(&dialer, AccessLevel::L2, closed).await;
    assert_eq!((refused.class, refused.detail), (FailureClass::ConnectionRefused, format!("udp 127.0.0.1:{closed}: refused")));
    let unheard = send(&dialer, AccessLevel::L2, port).await;
    assert_eq!(
        (unheard.class, unheard.detail),
        (FailureClass::ReadTimeout, format!("udp 127.0.0.1:{port}: no answer within 0.2 s"))
    );
    // One to the closed port, two to the silent one; the last attempt is refused before anything is sent.
    assert_eq!(send(&dialer, AccessLevel::L1, 161).await.class, FailureClass::NotPermitted);
    assert_eq!((totals(&dialer).datagrams, totals(&dialer).failures, totals(&dialer).bytes_out), (3, 3, 15));
    let mut buffer = [0; 16];
    for _ in 0..2 {
        assert_eq!(silent.try_recv(&mut buffer).expect("a datagram"), 5);
    }
    assert!(silent.try_recv(&mut buffer).is_err());
    let excluding = super::dialer(Settings { exclude: vec!["127.0.0.0/8".into()], ..quiet() });
    assert_eq!(send(&excluding, AccessLevel::L2, port).await.class, FailureClass::NotPermitted);
    assert!(silent.try_recv(&mut buffer).is_err());
}
