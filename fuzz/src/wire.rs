//! Targets for what servers say below the web: TLS in the clear, certificates, the conversations of services.

use model::facts::services::{Protocol, Service};
use readers::certificate;
use readers::services::{self, Dialogue, Step, Talk};
use readers::tls::records::{Flight, RecordError, Said};
use readers::tls::{server, sslv2};

use crate::input::{assert_kept, pieces};

/// The most that a service keeps of a text: 512 bytes, each escaped in ten at most.
const TEXT: usize = 5120;
/// As many turns as the probe lets a conversation have.
const TURNS: usize = 6;

/// Certificates in DER form: each alone, and all as a chain whose last one is the root.
pub fn certificate(bytes: &[u8]) {
    let chain = pieces(bytes);
    for der in &chain {
        if let Ok(read) = certificate::read(der) {
            let kept = [&read.subject, &read.issuer, &read.key_algorithm, &read.signature_algorithm, &read.serial];
            kept.into_iter().chain(&read.names).chain(&read.organisation).for_each(|text| assert_kept(text, 4096));
            assert!(read.names.len() <= 1000);
        }
        let _ = certificate::covers(der, "www.example.gov.cn");
        let _ = certificate::covers(der, "192.0.2.7");
    }
    let (root, sent) = chain.split_last().expect("at least one piece");
    let _ = certificate::sm2::trust(sent, &[root]);
    let _ = certificate::sm2::trust(&chain, &[root]);
}

/// Bytes of a connection, read as records, as SSLv2, and as the bodies of messages.
pub fn tls(bytes: &[u8]) {
    let whole = flight(bytes, usize::MAX);
    if let Ok(said) = &whole {
        assert_eq!(flight(bytes, 7).as_ref(), Ok(said), "a flight reads the same however it is cut");
        said.iter().for_each(message);
    }
    let _ = sslv2::answer(bytes);
    [2, 11, 12, 22].into_iter().for_each(|kind| message(&Said::Message { kind, body: bytes.to_vec() }));
}

fn flight(bytes: &[u8], step: usize) -> Result<Vec<Said>, RecordError> {
    let (mut flight, mut said) = (Flight::default(), Vec::new());
    for piece in bytes.chunks(step) {
        flight.feed(piece)?;
        while let Some(next) = flight.next_said()? {
            said.push(next);
        }
    }
    Ok(said)
}

fn message(said: &Said) {
    let Said::Message { kind, body } = said else { return };
    match *kind {
        server::SERVER_HELLO => {
            let hello = server::server_hello(body).ok();
            hello.and_then(|hello| hello.alpn).iter().for_each(|name| assert_kept(name, 255));
        }
        server::CERTIFICATE => assert!(server::certificates(body).map_or(0, |chain| chain.len()) <= server::CHAIN_LIMIT),
        server::SERVER_KEY_EXCHANGE => {
            // Finite field, curve, neither.
            for suite in [0x009E, 0xC02F, 0x002F] {
                let _ = server::key_exchange(suite, body);
            }
        }
        _ => drop(server::is_stapled(body)),
    }
}

/// Everything a server says that speaks first.
pub fn greeted(bytes: &[u8]) {
    let heard = pieces(bytes);
    if let Some(dialogue) = services::greeted(heard[0]) {
        converse(dialogue, &[], &heard, 1);
    }
    check(&services::unknown(heard[0]));
    let _ = (services::clue(heard[0]), services::is_tls_alert(heard[0]));
}

/// The protocol asked for, by its name in any case, and the answers.
pub fn question(bytes: &[u8]) {
    let parts = pieces(bytes);
    let (first, answers) = parts.split_first().expect("at least one piece");
    // Any other name stands for some protocol too.
    let any = first.first().map_or(0, |byte| usize::from(*byte)) % Protocol::ALL.len();
    let named = Protocol::ALL.iter().find(|protocol| format!("{protocol:?}").as_bytes().eq_ignore_ascii_case(first));
    let protocol = named.copied().unwrap_or(Protocol::ALL[any]);
    if let Some((_, dialogue)) = services::question(protocol) {
        converse(dialogue, &[protocol], answers, 0);
    }
    if let (Some((_, read)), Some(answer)) = (services::datagram(protocol), answers.first()) {
        read(answer).iter().for_each(check);
    }
}

/// Holds a conversation as the probe does; `begun` answers were heard before anything was said. Each answer comes in two halves.
fn converse(dialogue: Dialogue, hints: &[Protocol], answers: &[&[u8]], begun: usize) {
    let mut heard: Vec<Vec<u8>> = answers[..begun].iter().map(|answer| answer.to_vec()).collect();
    let mut coming = answers[begun..].iter();
    let mut rest: &[u8] = &[];
    let mut ended = false;
    loop {
        match dialogue(&Talk { host: "www.example.cn", hints, heard: &heard, ended }) {
            Step::Known(found) => return check(&found),
            Step::Foreign => return,
            Step::Listen if ended => return,
            Step::Listen => {
                heard.last_mut().into_iter().for_each(|last| last.extend(rest));
                ended = true;
            }
            Step::Say(_) | Step::Anew(_) if heard.len() >= TURNS => return,
            Step::Say(_) | Step::Anew(_) => {
                let (first, second) = coming.next().map_or((&[][..], &[][..]), |answer| answer.split_at(answer.len() / 2));
                heard.push(first.to_vec());
                (rest, ended) = (second, false);
            }
        }
    }
}

fn check(found: &Service) {
    assert_kept(&found.greeting, TEXT);
    for (name, value) in &found.details {
        assert_kept(name, TEXT);
        assert_kept(value, TEXT);
    }
    for product in &found.products {
        assert_kept(&product.name, TEXT);
        assert_kept(&product.matched, TEXT);
        product.version.iter().for_each(|version| assert_kept(&version.number, TEXT));
    }
}
