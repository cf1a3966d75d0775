//! Hellos read and first flights written, as plainly as the peers need them.

use std::io::{Error, ErrorKind};

use tokio::io::{AsyncRead, AsyncReadExt};

/// What a client asks for.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) version: u16,
    pub(super) suites: Vec<u16>,
    /// Whether it offers TLS 1.3, whose hello says 1.2.
    pub(super) thirteen: bool,
}

impl Asked {
    /// Reads a hello of any version.
    pub(super) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> std::io::Result<Self> {
        let mut header = [0; 5];
        stream.read_exact(&mut header).await?;
        if header[0] & 0x80 != 0 {
            let mut rest = vec![0; usize::from(header[1]).saturating_sub(3)];
            stream.read_exact(&mut rest).await?;
            return Ok(Self { version: u16::from_be_bytes([header[3], header[4]]), suites: Vec::new(), thirteen: false });
        }
        let mut payload = vec![0; usize::from(u16::from_be_bytes([header[3], header[4]]))];
        stream.read_exact(&mut payload).await?;
        hello(&payload).ok_or_else(|| Error::from(ErrorKind::InvalidData))
    }
}

fn hello(payload: &[u8]) -> Option<Asked> {
    let number = |at: usize| Some(u16::from_be_bytes([*payload.get(at)?, *payload.get(at + 1)?]));
    // Type (1), length (3), version (2), random (32), session.
    let suites_at = 39 + usize::from(*payload.get(38)?);
    let length = usize::from(number(suites_at)?);
    let list = payload.get(suites_at + 2..suites_at + 2 + length)?;
    let suites = list.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
    // The extension "supported versions" with 1.3 alone.
    let thirteen = payload.windows(7).any(|bytes| bytes == [0, 43, 0, 3, 2, 3, 4]);
    Some(Asked { version: number(4)?, suites, thirteen })
}

pub(super) fn record(kind: u8, version: u16, payload: &[u8]) -> Vec<u8> {
    let mut records = Vec::new();
    // Longer payloads go on in further records.
    for piece in payload.chunks(1 << 14) {
        records.push(kind);
        records.extend(version.to_be_bytes());
        records.extend(u16::try_from(piece.len()).unwrap_or(u16::MAX).to_be_bytes());
        records.extend(piece);
    }
    records
}

pub(super) fn alert(description: u8) -> Vec<u8> {
    record(21, 0x0301, &[2, description])
}

/// ServerHello, Certificate and ServerHelloDone, each in a record of its own.
pub(super) fn flight(asked: &Asked, suite: u16, certificates: &[Vec<u8>]) -> Vec<u8> {
    let mut hello = asked.version.to_be_bytes().to_vec();
    hello.extend([0x5A; 32]);
    hello.push(0);
    hello.extend(suite.to_be_bytes());
    hello.push(0);
    let list: Vec<u8> = certificates.iter().flat_map(|der| counted(der)).collect();
    let messages = [(2, hello), (11, counted(&list)), (14, Vec::new())];
    let records = messages.iter().map(|(kind, body)| {
        let mut message = vec![*kind];
        message.extend(counted(body));
        record(22, asked.version, &message)
    });
    records.flatten().collect()
}

/// The hello of an SSLv2 server.
pub(super) fn old_flight(certificate: &[u8], kinds: &[[u8; 3]]) -> Vec<u8> {
    let number = |length: usize| u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
    let mut body = vec![4, 0, 1, 0, 2];
    body.extend(number(certificate.len()));
    body.extend(number(kinds.len() * 3));
    body.extend(number(16));
    body.extend(certificate);
    body.extend(kinds.concat());
    body.extend([7; 16]);
    let mut flight = number(body.len() | 0x8000).to_vec();
    flight.extend(body);
    flight
}

/// Bytes behind their length in three bytes.
fn counted(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes();
    [&length[1..], bytes].concat()
}
