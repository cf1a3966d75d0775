//! Servers for tests: names, raw answers, TLS.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hickory_proto::op::{Message, MessageType, ResponseCode};
use hickory_proto::rr::rdata::{A, TXT};
use hickory_proto::rr::{RData, Record, RecordType};
use rcgen::{BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};
use tokio_rustls::TlsAcceptor;

/// Starts a name server: every name is at 127.0.0.1 but those at `nowhere.cn`, which there are not, and the text records are those given.
pub(super) async fn names(texts: &'static [(&'static str, &'static str)]) -> SocketAddr {
    let udp = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
    let address = udp.local_addr().expect("an address");
    tokio::spawn(async move {
        let mut buffer = [0; 1500];
        while let Ok((size, from)) = udp.recv_from(&mut buffer).await {
            let mut message = Message::from_vec(&buffer[..size]).expect("a question");
            message.metadata.message_type = MessageType::Response;
            let owner = message.queries[0].name.clone();
            let name = owner.to_ascii();
            if name.to_ascii_lowercase().trim_end_matches('.').ends_with("nowhere.cn") {
                message.metadata.response_code = ResponseCode::NXDomain;
                udp.send_to(&message.to_vec().expect("bytes"), from).await.expect("sent");
                continue;
            }
            let data: Vec<RData> = match message.queries[0].query_type {
                RecordType::A => vec![RData::A(A::new(127, 0, 0, 1))],
                RecordType::TXT => {
                    let own = texts.iter().filter(|(at, _)| at.eq_ignore_ascii_case(name.trim_end_matches('.')));
                    own.map(|(_, text)| RData::TXT(TXT::new(vec![(*text).to_owned()]))).collect()
                }
                _ => vec![],
            };
            message.answers = data.into_iter().map(|data| Record::from_rdata(owner.clone(), 60, data)).collect();
            udp.send_to(&message.to_vec().expect("bytes"), from).await.expect("sent");
        }
    });
    address
}

/// A running web server.
pub(super) struct WebServer {
    pub(super) port: u16,
    pub(super) connections: Arc<AtomicUsize>,
}

/// Starts a server that answers each request head with the bytes of `answer`; it closes after an answer with `Connection: close` or
/// without a length.
pub(super) async fn web(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> WebServer {
    serve(None, answer).await
}

/// The same behind TLS.
pub(super) async fn secure(config: ServerConfig, answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> WebServer {
    serve(Some(TlsAcceptor::from(Arc::new(config))), answer).await
}

async fn serve(tls: Option<TlsAcceptor>, answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> WebServer {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let connections = Arc::new(AtomicUsize::new(0));
    let (counter, answer) = (Arc::clone(&connections), Arc::new(answer));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::SeqCst);
            let (tls, answer) = (tls.clone(), Arc::clone(&answer));
            tokio::spawn(async move {
                match tls {
                    None => converse(stream, &*answer).await,
                    // A client may break the handshake off.
                    Some(tls) => {
                        if let Ok(stream) = tls.accept(stream).await {
                            converse(stream, &*answer).await;
                        }
                    }
                }
            });
        }
    });
    WebServer { port, connections }
}

async fn converse(mut stream: impl AsyncRead + AsyncWrite + Unpin, answer: &(impl Fn(&str) -> Vec<u8> + ?Sized)) {
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let Ok(byte) = stream.read_u8().await else { return };
            head.push(byte);
        }
        let bytes = answer(&String::from_utf8_lossy(&head));
        let text = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
        // The client may have heard enough.
        if stream.write_all(&bytes).await.is_err() || stream.flush().await.is_err() {
            return;
        }
        if text.contains("x-then: hang") {
            std::future::pending::<()>().await;
        }
        if !text.contains("content-length") {
            let _ = stream.shutdown().await;
            return;
        }
    }
}

/// The path that a request head asks for.
pub(super) fn path(head: &str) -> &str {
    head.split(' ').nth(1).unwrap_or_default()
}

/// An answer with a length.
pub(super) fn page(status: &str, fields: &str, body: &[u8]) -> Vec<u8> {
    let mut answer = format!("HTTP/1.1 {status}\r\n{fields}Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    answer.extend_from_slice(body);
    answer
}

/// A certificate with its key.
pub(super) struct Party {
    pub(super) certificate: Certificate,
    pub(super) key: KeyPair,
    params: CertificateParams,
}

impl Party {
    fn params(name: &str, hosts: &[&str], authority: bool) -> CertificateParams {
        let mut params = CertificateParams::new(hosts.iter().map(ToString::to_string).collect::<Vec<_>>()).expect("names");
        params.distinguished_name.remove(DnType::CommonName);
        params.distinguished_name.push(DnType::CommonName, name);
        if authority {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        params
    }

    /// One that signs itself.
    pub(super) fn root(name: &str, hosts: &[&str], authority: bool) -> Self {
        let (params, key) = (Self::params(name, hosts, authority), KeyPair::generate().expect("a key"));
        Self { certificate: params.self_signed(&key).expect("a certificate"), key, params }
    }

    /// One that `self` signs.
    pub(super) fn issue(&self, name: &str, hosts: &[&str], authority: bool, years: (i32, i32)) -> Self {
        let (mut params, key) = (Self::params(name, hosts, authority), KeyPair::generate().expect("a key"));
        params.not_before = rcgen::date_time_ymd(years.0, 1, 1);
        params.not_after = rcgen::date_time_ymd(years.1, 1, 1);
        let issuer = Issuer::from_params(&self.params, &self.key);
        Self { certificate: params.signed_by(&key, &issuer).expect("a certificate"), key, params }
    }
}

/// A server that shows `leaf` and then `others`.
pub(super) fn config(leaf: &Party, others: &[&Party], protocols: &[&str]) -> ServerConfig {
    let chain: Vec<CertificateDer<'static>> =
        std::iter::once(leaf).chain(others.iter().copied()).map(|party| party.certificate.der().clone()).collect();
    let key = PrivateKeyDer::try_from(leaf.key.serialize_der()).expect("a key");
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("a certificate");
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    config
}
