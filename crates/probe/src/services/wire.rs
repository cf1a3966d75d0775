//! One connection of the survey, plain or inside TLS: what is said and heard on it, bounded.

use std::io;
use std::time::Duration;

use rustls::AlertDescription;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout;

/// Most bytes that are kept of one answer.
pub(super) const TURN: usize = 32 * 1024;
/// Most reads for one answer, so that one that drips is not read to its end.
const READS: usize = 64;

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// A connection.
pub(super) struct Wire {
    stream: Box<dyn Stream>,
    reads: usize,
    /// Whether the server has closed it.
    pub(super) closed: bool,
    /// Whether the server wants a certificate of ours, which TLS 1.3 says only after the handshake.
    pub(super) wants_certificate: bool,
}

impl Wire {
    pub(super) fn new(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Self {
        Self { stream: Box::new(stream), reads: 0, closed: false, wants_certificate: false }
    }

    /// Says something, within `limit`. A server that has closed meanwhile is noticed when it is listened to.
    pub(super) async fn say(&mut self, bytes: &[u8], limit: Duration) {
        self.reads = 0;
        let saying = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        if let Ok(Err(error)) = timeout(limit, saying).await {
            self.note(&error);
        }
    }

    /// Hears more of an answer, within `limit`; false if there is no more.
    pub(super) async fn hear(&mut self, heard: &mut Vec<u8>, limit: Duration) -> bool {
        let room = TURN.saturating_sub(heard.len());
        if room == 0 || self.reads == READS {
            return false;
        }
        self.reads += 1;
        let mut buffer = [0; 4096];
        match timeout(limit, self.stream.read(&mut buffer)).await {
            Ok(Ok(0)) => self.closed = true,
            Ok(Ok(count)) => {
                heard.extend_from_slice(&buffer[..count.min(room)]);
                return true;
            }
            Ok(Err(error)) => {
                self.closed = true;
                self.note(&error);
            }
            Err(_) => {}
        }
        false
    }

    fn note(&mut self, error: &io::Error) {
        let wanted =
            [AlertDescription::CertificateRequired, AlertDescription::BadCertificate, AlertDescription::HandshakeFailure];
        if matches!(tls_error(error), Some(rustls::Error::AlertReceived(alert)) if wanted.contains(alert)) {
            self.wants_certificate = true;
        }
    }
}

/// Whether a handshake failed with a server that does speak TLS: it sent an alert, or nothing that we accept.
pub(super) fn speaks_tls(error: &io::Error) -> bool {
    matches!(tls_error(error), Some(rustls::Error::AlertReceived(_) | rustls::Error::PeerIncompatible(_)))
}

fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}
