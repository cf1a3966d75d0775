//! TLS handshakes: every certificate is accepted and recorded; whether it deserves trust is worked out beside, dates left aside.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dialer::connection::Connection;
use dialer::settings::Settings;
use model::digest::Digest;
use model::facts::tls::{Certificate, TlsHandshake, Trust};
use model::observation::{Failure, FailureClass};
use readers::certificate;
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, ProtocolVersion, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage};

use crate::probes::ProbeError;

/// Longest chain that is kept.
const CHAIN: usize = 16;
/// Chains remembered; above that many, memory begins anew.
const KNOWN: usize = 4096;

/// A handshake with the certificates as sent.
#[derive(Clone, Debug)]
pub struct TlsCapture {
    /// The facts.
    pub handshake: TlsHandshake,
    /// The certificates in DER form, as sent, in the order of the facts.
    pub chain_der: Vec<Vec<u8>>,
}

/// What all handshakes share.
pub(crate) struct Tls {
    connector: TlsConnector,
    /// Offers no application protocol: for what is not the web.
    bare: TlsConnector,
    anchors: Vec<TrustAnchor<'static>>,
    /// The extra roots in DER form, for chains of national algorithms, which the library does not verify.
    extra_roots: Vec<CertificateDer<'static>>,
    /// Chains read before, by the digest of their bytes: shared platforms show one chain for many hosts, and what is read in it and
    /// whether it is trusted follow from its bytes alone.
    known: Mutex<BTreeMap<Digest, Arc<Chain>>>,
}

/// What the bytes of a chain tell.
pub(crate) struct Chain {
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) trust: Trust,
}

impl Tls {
    /// Reads the extra root certificates; the others are Mozilla's.
    pub(crate) fn new(settings: &Settings) -> Result<Self, ProbeError> {
        let provider = Arc::new(ring::default_provider());
        let verifier = Arc::new(AcceptAll { provider: Arc::clone(&provider) });
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(ProbeError::Tls)?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        // A resumed session shows no certificates.
        config.resumption = Resumption::disabled();
        let bare = TlsConnector::from(Arc::new(config.clone()));
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let mut anchors = webpki_roots::TLS_SERVER_ROOTS.to_vec();
        let mut extra_roots = Vec::new();
        for path in &settings.extra_root_certificates {
            let unreadable = |source| ProbeError::RootFile { path: path.clone(), source };
            for der in CertificateDer::pem_file_iter(path).map_err(unreadable)? {
                let der = der.map_err(unreadable)?;
                let anchor = webpki::anchor_from_trusted_cert(&der)
                    .map_err(|source| ProbeError::RootCertificate { path: path.clone(), source })?;
                anchors.push(anchor.to_owned());
                extra_roots.push(der);
            }
        }
        Ok(Self { connector: TlsConnector::from(Arc::new(config)), bare, anchors, extra_roots, known: Mutex::default() })
    }

    /// Shakes hands with `host`, which is sent as SNI unless it is an address.
    pub(crate) async fn shake(&self, connection: Connection, host: &str) -> Result<TlsStream<Connection>, Failure> {
        let Ok(name) = ServerName::try_from(host.to_owned()) else {
            return Err(Failure::new(FailureClass::ProtocolError, format!("{host}: not a name that TLS can carry")));
        };
        self.connector.connect(name, connection).await.map_err(|error| {
            let class = match error.kind() {
                io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => FailureClass::ConnectionReset,
                _ => FailureClass::TlsFailed,
            };
            Failure::new(class, format!("TLS with {host}: {error}"))
        })
    }

    /// Shakes hands without offering a protocol; the error is the library's own.
    pub(crate) async fn shake_bare(&self, connection: Connection, host: &str) -> io::Result<TlsStream<Connection>> {
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        self.bare.connect(name, connection).await
    }

    /// Records a handshake.
    pub(crate) fn capture(&self, stream: &TlsStream<Connection>, host: &str, port: u16) -> Result<TlsCapture, Failure> {
        let (connection, session) = stream.get_ref();
        let sent = session.peer_certificates().unwrap_or_default();
        let chain_der: Vec<Vec<u8>> = sent.iter().take(CHAIN).map(|der| der.to_vec()).collect();
        let chain = self.chain(sent, host)?;
        let cipher = session.negotiated_cipher_suite().map(|suite| format!("{:?}", suite.suite())).unwrap_or_default();
        let handshake = TlsHandshake {
            host: host.to_owned(),
            ip: connection.peer(),
            port,
            version: version_words(session.protocol_version()),
            // The library marks the suites of TLS 1.3 in its own way.
            cipher: cipher.replacen("TLS13_", "TLS_", 1),
            trust: chain.trust.clone(),
            covers_host: chain_der.first().is_some_and(|der| certificate::covers(der, host)),
            chain: chain.certificates.clone(),
        };
        Ok(TlsCapture { handshake, chain_der })
    }

    /// Reads a chain, or finds it among those read before.
    pub(crate) fn chain(&self, sent: &[CertificateDer<'_>], host: &str) -> Result<Arc<Chain>, Failure> {
        let digest = Digest::of(&sent.iter().flat_map(|der| der.iter().copied()).collect::<Vec<u8>>());
        // Nothing that can panic runs under the lock, so a poisoned one still guards whole content.
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(chain) = known().get(&digest) {
            return Ok(Arc::clone(chain));
        }
        let mut certificates = Vec::with_capacity(sent.len().min(CHAIN));
        for (index, der) in sent.iter().take(CHAIN).enumerate() {
            let read = certificate::read(der).map_err(|error| {
                let detail = format!("TLS with {host}: certificate {} of the chain cannot be read: {error}", index + 1);
                Failure::new(FailureClass::TlsFailed, detail)
            })?;
            certificates.push(read);
        }
        let trust = self.trust(sent, &certificates);
        let chain = Arc::new(Chain { certificates, trust });
        let mut known = known();
        if known.len() >= KNOWN {
            known.clear();
        }
        known.insert(digest, Arc::clone(&chain));
        Ok(chain)
    }

    /// Whether the chain ends in a trusted root at some moment at which the server's certificate is valid.
    fn trust(&self, sent: &[CertificateDer<'_>], chain: &[Certificate]) -> Trust {
        let (Some((der, intermediates)), Some(leaf)) = (sent.split_first(), chain.first()) else {
            return Trust::Invalid("no certificate was sent".into());
        };
        if leaf.key_algorithm == "SM2" {
            return certificate::sm2::trust(sent, &self.extra_roots);
        }
        let error = match EndEntityCert::try_from(der) {
            Ok(parsed) => {
                // When it was issued its issuers were valid; a cross-certificate may have been issued later.
                let latest = chain.iter().map(|certificate| certificate.not_before).max();
                let moments = [Some(leaf.not_before), latest, Some(leaf.not_after)];
                let mut error = webpki::Error::UnknownIssuer;
                for moment in moments.into_iter().flatten() {
                    match self.verify(&parsed, intermediates, moment.as_second()) {
                        Ok(()) => return Trust::Trusted,
                        Err(why) => error = why,
                    }
                    if !matches!(error, webpki::Error::CertExpired { .. } | webpki::Error::CertNotValidYet { .. }) {
                        break;
                    }
                }
                error
            }
            Err(error) => error,
        };
        if leaf.subject == leaf.issuer {
            Trust::SelfSigned
        } else if error == webpki::Error::UnknownIssuer {
            Trust::UnknownIssuer
        } else {
            Trust::Invalid(error.to_string())
        }
    }

    fn verify(&self, leaf: &EndEntityCert<'_>, intermediates: &[CertificateDer<'_>], second: i64) -> Result<(), webpki::Error> {
        let time = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(second).unwrap_or(0)));
        let usage = KeyUsage::server_auth();
        leaf.verify_for_usage(ALL_VERIFICATION_ALGS, &self.anchors, intermediates, time, usage, None, None).map(|_| ())
    }
}

fn version_words(version: Option<ProtocolVersion>) -> String {
    match version {
        Some(ProtocolVersion::TLSv1_3) => "TLSv1.3".into(),
        Some(ProtocolVersion::TLSv1_2) => "TLSv1.2".into(),
        other => format!("{other:?}"),
    }
}

/// Accepts every certificate. The handshake's own signature is still checked, so that a server shows only certificates whose key it has;
/// where that check cannot be made, because the certificate is of a kind that the library does not read, it is left out.
#[derive(Debug)]
struct AcceptAll {
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for AcceptAll {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        unless_unreadable(verify_tls12_signature(message, cert, signature, algorithms))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        unless_unreadable(verify_tls13_signature(message, cert, signature, algorithms))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn unless_unreadable(checked: Result<HandshakeSignatureValid, rustls::Error>) -> Result<HandshakeSignatureValid, rustls::Error> {
    match checked {
        Err(rustls::Error::InvalidCertificate(why)) if why != CertificateError::BadSignature => {
            Ok(HandshakeSignatureValid::assertion())
        }
        other => other,
    }
}
