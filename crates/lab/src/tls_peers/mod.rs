//! TLS peers that no library plays any more, or yet: TLCP, SSLv3, SSLv2, and some that misbehave. They answer a hello with a first flight and
//! agree on no key, which is all that a survey sees.
//!
//! Invariant: one answer for each connection; a peer holds it until the client leaves, and keeps nothing.

pub mod national;
mod wire;

use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair};
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use self::national::Authority;
use self::wire::{Asked, alert, flight, old_flight};
use crate::error::LabError;

/// Suites of TLCP that the peers know, in their own order.
const TLCP: [u16; 2] = [0xE053, 0xE013];
/// RSA suites with AES and RC4, in the peers' own order.
const OLD: [u16; 3] = [0x0035, 0x002F, 0x0005];

/// What a peer is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeerKind {
    /// TLCP, and an alert to everything else.
    TlcpOnly,
    /// TLCP and TLS 1.2 on one port, as most national sites have it.
    TlcpAndTls,
    /// SSL 3.0 alone, which closes on newer hellos without a word.
    Sslv3Only,
    /// SSL 2.0 alone.
    Sslv2Only,
    /// TLS 1.0 alone.
    Tls10Only,
    /// A fatal alert to everything.
    TlsAlertAlways,
    /// Takes the hello and says nothing.
    Tarpit,
    /// Sends bytes of no protocol.
    Garbage,
    /// Begins a TLS 1.2 flight and goes on with messages for ever.
    Endless,
    /// Announces a certificate of 16 MB and sends it.
    HugeCertificate,
    /// Closes on every hello.
    Closer,
}

/// A peer's certificates.
pub(crate) struct Shown {
    signing_and_encrypting: Vec<Vec<u8>>,
    usual: Vec<Vec<u8>>,
}

/// Plays a peer for `host` on `listener` until the task is dropped.
///
/// # Errors
/// When its certificates cannot be made.
pub async fn serve(listener: TcpListener, kind: PeerKind, host: &str) -> Result<(), LabError> {
    let shown = Arc::new(Shown::new(host)?);
    while let Ok((stream, _)) = listener.accept().await {
        let shown = Arc::clone(&shown);
        // A client may leave at any moment; that ends its task and nothing else.
        tokio::spawn(async move { answer(stream, kind, &shown).await.ok() });
    }
    Ok(())
}

impl Shown {
    /// New ones for `host`.
    pub(crate) fn new(host: &str) -> Result<Self, LabError> {
        let authority = Authority::new("Lab SM2 Root");
        let usual = KeyPair::generate().and_then(|key| CertificateParams::new(vec![host.to_owned()])?.self_signed(&key));
        let usual = usual.map_err(|source| LabError::Certificate { host: host.to_owned(), source })?;
        Ok(Self { signing_and_encrypting: authority.pair(host).to_vec(), usual: vec![usual.der().to_vec()] })
    }
}

/// Plays a peer on one connection until the client leaves.
pub(crate) async fn answer(mut stream: TcpStream, kind: PeerKind, shown: &Shown) -> std::io::Result<()> {
    let asked = Asked::read(&mut stream).await?;
    let answer = match kind {
        PeerKind::TlcpOnly | PeerKind::TlcpAndTls if asked.version == 0x0101 => {
            chosen(&asked, &TLCP, &shown.signing_and_encrypting)
        }
        PeerKind::TlcpAndTls if asked.version == 0x0303 && !asked.thirteen => chosen(&asked, &OLD, &shown.usual),
        PeerKind::Tls10Only if asked.version >= 0x0301 => chosen(&Asked { version: 0x0301, ..asked }, &OLD, &shown.usual),
        PeerKind::TlcpOnly | PeerKind::TlcpAndTls | PeerKind::Tls10Only => alert(70),
        PeerKind::Sslv3Only if asked.version == 0x0300 => chosen(&asked, &OLD, &shown.usual),
        PeerKind::Sslv2Only if asked.version == 0x0002 => old_flight(&shown.usual[0], &[[1, 0, 0x80], [7, 0, 0xC0]]),
        PeerKind::Sslv3Only | PeerKind::Sslv2Only | PeerKind::Closer => return Ok(()),
        PeerKind::TlsAlertAlways => alert(40),
        PeerKind::Tarpit => Vec::new(),
        PeerKind::Garbage => b"\x00\xFF\x13garbage\r\n".to_vec(),
        PeerKind::Endless | PeerKind::HugeCertificate if asked.version != 0x0303 || asked.thirteen => alert(70),
        PeerKind::Endless => return endless(stream, &asked, &shown.usual).await,
        PeerKind::HugeCertificate => flight(&asked, OLD[0], &[vec![0x30; 16 * 1024 * 1024 - 16]]),
    };
    stream.write_all(&answer).await?;
    // The client closes when it has seen enough.
    stream.read_to_end(&mut Vec::new()).await.map(|_| ())
}

/// A flight with the first of the peer's suites that the client offers.
fn chosen(asked: &Asked, own: &[u16], certificates: &[Vec<u8>]) -> Vec<u8> {
    match own.iter().find(|suite| asked.suites.contains(suite)) {
        Some(suite) => flight(asked, *suite, certificates),
        None => alert(40),
    }
}

async fn endless(mut stream: TcpStream, asked: &Asked, certificates: &[Vec<u8>]) -> std::io::Result<()> {
    let flight = flight(asked, OLD[0], certificates);
    // Without the message that ends it: a record with four bytes.
    stream.write_all(&flight[..flight.len() - 9]).await?;
    loop {
        stream.write_all(&wire::record(22, asked.version, &[4, 0, 0, 0])).await?;
    }
}
