//! A small Internet on the loopback interface: a name server that gives every name one address, and a web server for all names.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use browser::Browser;
use browser::settings::Settings;
use dialer::dialer::Dialer;
use dialer::permit::Permit;
use hickory_proto::op::{Message, MessageType};
use hickory_proto::rr::rdata::A;
use hickory_proto::rr::{RData, Record, RecordType};
use model::permission::AccessLevel;
use model::subject::SubjectId;
use rustls_pki_types::PrivatePkcs8KeyDer;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

/// Where every name lives.
const ADDRESS: [u8; 4] = [127, 0, 0, 7];

/// The little Internet with a browser in it.
pub struct World {
    pub browser: Browser,
    pub permit: Permit,
    asked: Arc<Mutex<Vec<String>>>,
}

impl World {
    /// Serves `pages`, by `host/path`, over http and https.
    pub async fn new(settings: Settings, pages: &[(&str, &str)]) -> Self {
        let pages = pages.iter().map(|(at, body)| ((*at).to_owned(), (*body).to_owned())).collect::<BTreeMap<_, _>>();
        let (pages, asked) = (Arc::new(pages), Arc::new(Mutex::new(Vec::new())));
        let plain = serve(None, pages.clone(), asked.clone()).await;
        let secure = serve(Some(acceptor()), pages, asked.clone()).await;
        let net = dialer::settings::Settings {
            resolvers: vec![answer_all().await.to_string()],
            allow_ranges: vec!["127.0.0.7/32".into()],
            port_map: BTreeMap::from([("80".into(), plain.port()), ("443".into(), secure.port()), ("81".into(), 1)]),
            per_ip_rate: 10_000,
            per_ip_burst: 10_000,
            per_network_rate: 10_000,
            per_host_concurrency: 100,
            user_agent: "Mozilla/5.0 (compatible; Mingcha test)".into(),
            ..Default::default()
        };
        let dialer = Dialer::new(net, Arc::new(|| "2026-03-01T00:00:00Z".parse().unwrap())).unwrap();
        let subject = SubjectId::site("www.example.gov.cn");
        let permit = dialer.permit(&subject, None, AccessLevel::L1, "browser").unwrap();
        let browser = Browser::launch(settings, dialer).await.unwrap_or_else(|error| panic!("{error}"));
        Self { browser, permit, asked }
    }

    /// The requests that reached the web server, as `host/path`.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// Answers every question for an address with [`ADDRESS`] and every other with nothing.
async fn answer_all() -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut buffer = [0; 2048];
        while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
            let mut message = Message::from_vec(&buffer[..length]).unwrap();
            message.metadata.message_type = MessageType::Response;
            let query = message.queries[0].clone();
            if query.query_type() == RecordType::A {
                message.answers.push(Record::from_rdata(
                    query.name().clone(),
                    60,
                    RData::A(A::from(std::net::Ipv4Addr::from(ADDRESS))),
                ));
            }
            socket.send_to(&message.to_vec().unwrap(), from).await.unwrap();
        }
    });
    address
}

fn acceptor() -> TlsAcceptor {
    let made = rcgen::generate_simple_self_signed(["wrong.example.com".to_owned()]).unwrap();
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let config =
        ServerConfig::builder().with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key.into()).unwrap();
    TlsAcceptor::from(Arc::new(config))
}

async fn serve(tls: Option<TlsAcceptor>, pages: Arc<BTreeMap<String, String>>, asked: Arc<Mutex<Vec<String>>>) -> SocketAddr {
    let listener = TcpListener::bind((std::net::Ipv4Addr::from(ADDRESS), 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (tls, pages, asked) = (tls.clone(), pages.clone(), asked.clone());
            tokio::spawn(async move {
                match tls {
                    None => answer(stream, &pages, &asked).await,
                    Some(tls) => match tls.accept(stream).await {
                        Ok(stream) => answer(stream, &pages, &asked).await,
                        Err(_) => None,
                    },
                }
            });
        }
    });
    address
}

/// Answers requests on one connection. A body that begins with `=> ` is the target of a redirect, `503` an answer without a body.
async fn answer<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    pages: &BTreeMap<String, String>,
    asked: &Mutex<Vec<String>>,
) -> Option<()> {
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.ok()?);
        }
        let head = String::from_utf8(head).ok()?;
        let path = head.split(' ').nth(1)?;
        let host = head.lines().find_map(|line| line.strip_prefix("Host: "))?;
        let name = format!("{host}{}", path.split('?').next()?);
        asked.lock().unwrap().push(name.clone());
        let reply = match pages.get(&name) {
            Some(body) if body == "503" => "HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\n\r\n".to_owned(),
            Some(body) => match body.strip_prefix("=> ") {
                Some(target) => format!("HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n"),
                None => {
                    let kind = if name.ends_with(".svg") { "image/svg+xml" } else { "text/html; charset=utf-8" };
                    format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
                }
            },
            None => "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone".to_owned(),
        };
        stream.write_all(reply.as_bytes()).await.ok()?;
    }
}
