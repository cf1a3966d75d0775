//! What is said on a port before TLS begins (STARTTLS).
//!
//! Invariant: nothing is said but what asks for TLS, and no more than [`LINES`] lines of [`LINE`] bytes are read.

use std::time::Duration;

use model::observation::{Failure, FailureClass};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

/// Longest line that is read, in bytes.
const LINE: usize = 4096;
/// Most lines of one answer.
const LINES: usize = 64;

/// How TLS begins on a port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Opening {
    /// At once.
    #[default]
    Direct,
    /// SMTP (RFC 3207).
    Smtp,
    /// IMAP (RFC 9051, 6.2.1).
    Imap,
    /// POP3 (RFC 2595, 4).
    Pop3,
    /// FTP (RFC 4217, 4).
    Ftp,
    /// LDAP (RFC 4511, 4.14).
    Ldap,
    /// PostgreSQL (its protocol's SSLRequest).
    Postgres,
    /// MySQL and MariaDB (their protocol's SSLRequest).
    Mysql,
}

impl Opening {
    /// Brings `stream` to where TLS begins, within `limit`.
    pub(super) async fn pass(self, stream: &mut (impl AsyncRead + AsyncWrite + Unpin), limit: Duration) -> Result<(), Failure> {
        let passing = async {
            match self {
                Self::Direct => Some(()),
                Self::Smtp => smtp(stream).await,
                Self::Imap => {
                    heard(stream, |line| line.starts_with(b"* OK")).await?;
                    say(stream, b"a STARTTLS\r\n").await?;
                    heard(stream, |line| line.starts_with(b"a OK")).await
                }
                Self::Pop3 => {
                    heard(stream, |line| line.starts_with(b"+OK")).await?;
                    say(stream, b"STLS\r\n").await?;
                    heard(stream, |line| line.starts_with(b"+OK")).await
                }
                Self::Ftp => {
                    heard(stream, |line| line.starts_with(b"220 ")).await?;
                    say(stream, b"AUTH TLS\r\n").await?;
                    heard(stream, |line| line.starts_with(b"234 ")).await
                }
                Self::Ldap => ldap(stream).await,
                Self::Postgres => {
                    say(stream, &[0, 0, 0, 8, 4, 210, 22, 47]).await?;
                    (stream.read_u8().await.ok()? == b'S').then_some(())
                }
                Self::Mysql => mysql(stream).await,
            }
        };
        match timeout(limit, passing).await {
            Ok(Some(())) => Ok(()),
            Ok(None) => {
                Err(Failure::new(FailureClass::TlsFailed, format!("{self:?}: the server does not begin TLS when asked to")))
            }
            Err(_) => Err(Failure::new(FailureClass::ReadTimeout, format!("{self:?}: no answer that begins TLS"))),
        }
    }
}

async fn smtp(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> Option<()> {
    heard(stream, |line| line.starts_with(b"220 ")).await?;
    say(stream, b"EHLO survey.invalid\r\n").await?;
    heard(stream, |line| line.starts_with(b"250 ")).await?;
    say(stream, b"STARTTLS\r\n").await?;
    heard(stream, |line| line.starts_with(b"220 ")).await
}

async fn ldap(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> Option<()> {
    let name = b"1.3.6.1.4.1.1466.20037";
    // LDAPMessage { messageID 1, extendedReq { requestName } }, all lengths below 128.
    let mut request = vec![0x30, 0x1D, 0x02, 0x01, 0x01, 0x77, 0x18, 0x80, 0x16];
    request.extend(name);
    say(stream, &request).await?;
    let (0x30, length) = (stream.read_u8().await.ok()?, stream.read_u8().await.ok()?) else { return None };
    let length = match length {
        0x84 => stream.read_u32().await.ok()?,
        0x82 => u32::from(stream.read_u16().await.ok()?),
        0x81 => u32::from(stream.read_u8().await.ok()?),
        short => u32::from(short),
    };
    let mut message = vec![0; usize::try_from(length).ok().filter(|length| *length <= LINE)?];
    stream.read_exact(&mut message).await.ok()?;
    // extendedResp (0x78) whose first part is the result code, an ENUMERATED of one byte: 0 is success.
    let at = message.iter().position(|byte| *byte == 0x78)?;
    message.get(at..)?.windows(3).find(|code| code.starts_with(&[0x0A, 1])).filter(|code| code[2] == 0).map(|_| ())
}

async fn mysql(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> Option<()> {
    const CLIENT_PROTOCOL_41_SSL_SECURE: u32 = 0x0000_0200 | 0x0000_0800 | 0x0000_8000;
    let header = stream.read_u32().await.ok()?.to_be_bytes();
    let length = usize::from(header[0]) | usize::from(header[1]) << 8 | usize::from(header[2]) << 16;
    let mut greeting = vec![0; Some(length).filter(|length| *length <= LINE)?];
    stream.read_exact(&mut greeting).await.ok()?;
    // Version 10, the server's version up to a NUL, thread (4), salt (8), filler (1), capabilities (2).
    let rest = greeting.strip_prefix(&[10])?;
    let end = rest.iter().position(|byte| *byte == 0)?;
    let capabilities = rest.get(end + 14..end + 16)?;
    (capabilities[1] & 0x08 != 0).then_some(())?;
    let mut request = vec![32, 0, 0, 1];
    request.extend(CLIENT_PROTOCOL_41_SSL_SECURE.to_le_bytes());
    request.extend([0, 0, 0, 1, 33]);
    request.extend([0; 23]);
    say(stream, &request).await
}

async fn say(stream: &mut (impl AsyncWrite + Unpin), words: &[u8]) -> Option<()> {
    stream.write_all(words).await.ok()
}

/// Reads lines until the last of an answer, which `is_wanted` must like. A line with a hyphen after three digits goes on.
async fn heard(stream: &mut (impl AsyncRead + Unpin), is_wanted: impl Fn(&[u8]) -> bool) -> Option<()> {
    for _ in 0..LINES {
        let mut line = Vec::new();
        // Byte by byte, so that nothing of what follows is swallowed.
        while line.last() != Some(&b'\n') {
            if line.len() == LINE {
                return None;
            }
            line.push(stream.read_u8().await.ok()?);
        }
        let goes_on = line.get(3) == Some(&b'-') || line.starts_with(b"* ") && !is_wanted(&line);
        if !goes_on {
            return is_wanted(&line).then_some(());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays a server's part: says `says[0]`, waits for `hears[0]`, says `says[1]` and so on. Returns how the opening went.
    async fn played(opening: Opening, says: &[&[u8]], hears: &[&[u8]]) -> Result<(), Failure> {
        let (mut client, mut server) = tokio::io::duplex(4096);
        let serving = async {
            for (turn, words) in says.iter().enumerate() {
                server.write_all(words).await.expect("said");
                if let Some(wanted) = hears.get(turn) {
                    let mut heard = vec![0; wanted.len()];
                    server.read_exact(&mut heard).await.expect("heard");
                    assert_eq!(&heard, wanted);
                }
            }
        };
        tokio::join!(opening.pass(&mut client, Duration::from_secs(5)), serving).0
    }

    #[tokio::test]
    async fn every_protocol_is_brought_to_tls() {
        let smtp: [&[u8]; 3] = [b"220-a\r\n220 b\r\n", b"250-b\r\n250 STARTTLS\r\n", b"220 go\r\n"];
        assert!(played(Opening::Smtp, &smtp, &[b"EHLO survey.invalid\r\n", b"STARTTLS\r\n"]).await.is_ok());
        assert!(played(Opening::Imap, &[b"* OK hi\r\n", b"* x\r\na OK go\r\n"], &[b"a STARTTLS\r\n"]).await.is_ok());
        assert!(played(Opening::Pop3, &[b"+OK hi\r\n", b"+OK go\r\n"], &[b"STLS\r\n"]).await.is_ok());
        assert!(played(Opening::Ftp, &[b"220 hi\r\n", b"234 go\r\n"], &[b"AUTH TLS\r\n"]).await.is_ok());
        assert!(played(Opening::Postgres, &[b"", b"S"], &[&[0, 0, 0, 8, 4, 210, 22, 47]]).await.is_ok());
        let ldap: &[u8] = &[0x30, 0x0C, 2, 1, 1, 0x78, 7, 0x0A, 1, 0, 4, 0, 4, 0];
        let request = [&[0x30, 0x1D, 2, 1, 1, 0x77, 0x18, 0x80, 0x16][..], b"1.3.6.1.4.1.1466.20037"].concat();
        assert!(played(Opening::Ldap, &[b"", ldap], &[&request]).await.is_ok());
        let greeting = [&[31, 0, 0, 0, 10][..], b"8.0.36\0", &[0; 13], &[0xFF, 0xFF], &[0; 8]].concat();
        assert!(played(Opening::Mysql, &[&greeting], &[&[32, 0, 0, 1, 0, 0x8A, 0, 0]]).await.is_ok());
    }

    #[tokio::test]
    async fn refusals_are_failures() {
        let refused = async |opening, says: &[&[u8]]| played(opening, says, &[]).await.expect_err("no TLS").class;
        assert_eq!(refused(Opening::Smtp, &[b"554 go away\r\n"]).await, FailureClass::TlsFailed);
        assert_eq!(refused(Opening::Postgres, &[b"N"]).await, FailureClass::TlsFailed);
        assert_eq!(refused(Opening::Pop3, &[&[b'x'; LINE]]).await, FailureClass::TlsFailed);
        assert_eq!(
            refused(Opening::Ldap, &[&[0x30, 0x0C, 2, 1, 1, 0x78, 7, 0x0A, 1, 2, 4, 0, 4, 0]]).await,
            FailureClass::TlsFailed
        );
        let plain = [&[31, 0, 0, 0, 10][..], b"8.0.36\0", &[0; 13], &[0xFF, 0xF7], &[0; 8]].concat();
        assert_eq!(refused(Opening::Mysql, &[&plain]).await, FailureClass::TlsFailed);
    }
}
