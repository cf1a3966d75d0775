//! One request and its answer: HTTP/1 or HTTP/2 over a connection of the dialer, lenient where browsers are.

use std::time::Duration;

use dialer::connection::Connection;
use dialer::dialer::Dialer;
use dialer::permit::Permit;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::{http1, http2};
use hyper::header;
use hyper::{Method, Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use model::observation::{Failure, FailureClass};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout_at};
use url::{Host, Position, Url};

use crate::tls::{Tls, TlsCapture};

/// Most header fields that are taken.
pub(crate) const HEADERS: usize = 256;

/// Where a request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) secure: bool,
    /// A-label form or IP literal without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Origin {
    /// The origin of an http or https address.
    pub(crate) fn of(url: &Url) -> Option<Self> {
        let secure = match url.scheme() {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        let host = match url.host()? {
            Host::Domain(name) => name.trim_end_matches('.').to_owned(),
            Host::Ipv4(ip) => ip.to_string(),
            Host::Ipv6(ip) => ip.to_string(),
        };
        Some(Self { secure, host, port: url.port_or_known_default()? })
    }
}

/// An open connection that speaks HTTP.
pub(crate) struct Session {
    pub(crate) origin: Origin,
    pub(crate) ip: std::net::IpAddr,
    sender: Sender,
    _driver: Driver,
}

enum Sender {
    Http1(http1::SendRequest<Full<Bytes>>),
    Http2(http2::SendRequest<Full<Bytes>>),
}

/// The task that moves a connection's bytes; it ends with the session.
struct Driver(AbortHandle);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// With what a request signs in.
pub(crate) enum Credentials {
    /// The `Authorization` field.
    Field(String),
    /// A filled-in form, which is posted.
    Form(Bytes),
}

/// The fields of a visitor's request, whoever he says he is.
fn visitors_fields<'a>(user_agent: &'a str, cookies: &'a str) -> Vec<(&'static str, &'a str)> {
    let mut fields = vec![
        ("user-agent", user_agent),
        ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
        ("accept-language", "zh-CN,zh;q=0.9,en;q=0.5"),
        ("accept-encoding", "gzip, deflate, br"),
    ];
    if !cookies.is_empty() {
        fields.push(("cookie", cookies));
    }
    fields
}

/// An answer's head, with its body still to be read.
pub(crate) type Answer = Response<Incoming>;

impl Session {
    /// Connects, shakes hands where the origin asks for it (`capture` then takes the first handshake), and starts HTTP.
    pub(crate) async fn open(
        dialer: &Dialer,
        tls: &Tls,
        permit: &Permit,
        origin: &Origin,
        capture: &mut Option<TlsCapture>,
    ) -> Result<Self, Failure> {
        let connection = dialer.connect(permit, &origin.host, origin.port).await?;
        let ip = connection.peer();
        let deadline = Deadline::after(dialer.settings().read_timeout());
        let about = format!("https://{}", origin.host);
        let (sender, driver) = if origin.secure {
            let stream = deadline.meet(&about, "handshake", tls.shake(connection, &origin.host)).await??;
            if capture.is_none() {
                *capture = Some(tls.capture(&stream, &origin.host, origin.port)?);
            }
            if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                deadline.meet(&about, "start of HTTP/2", second_version(stream)).await??
            } else {
                first_version(stream).await?
            }
        } else {
            first_version::<Connection>(connection).await?
        };
        Ok(Self { origin: origin.clone(), ip, sender, _driver: driver })
    }

    /// Asks for `url` as a visitor does. The deadline ends with the head of the answer.
    pub(crate) async fn get(
        &mut self,
        url: &Url,
        user_agent: &str,
        cookies: &str,
        deadline: Deadline,
    ) -> Result<Answer, Failure> {
        self.ask(Method::GET, url, &visitors_fields(user_agent, cookies), deadline).await
    }

    /// Signs in at `url`, else as [`Self::get`].
    pub(crate) async fn sign_in(
        &mut self,
        url: &Url,
        user_agent: &str,
        cookies: &str,
        credentials: &Credentials,
        deadline: Deadline,
    ) -> Result<Answer, Failure> {
        let mut fields = visitors_fields(user_agent, cookies);
        let (method, body) = match credentials {
            Credentials::Field(value) => {
                fields.push(("authorization", value));
                (Method::GET, Bytes::new())
            }
            Credentials::Form(form) => {
                fields.push(("content-type", "application/x-www-form-urlencoded"));
                (Method::POST, form.clone())
            }
        };
        self.send(method, url, &fields, body, deadline).await
    }

    /// Asks for `url` with these fields and no others but the host. The deadline ends with the head of the answer.
    pub(crate) async fn ask(
        &mut self,
        method: Method,
        url: &Url,
        fields: &[(&str, &str)],
        deadline: Deadline,
    ) -> Result<Answer, Failure> {
        self.send(method, url, fields, Bytes::new(), deadline).await
    }

    async fn send(
        &mut self,
        method: Method,
        url: &Url,
        fields: &[(&str, &str)],
        body: Bytes,
        deadline: Deadline,
    ) -> Result<Answer, Failure> {
        let target = match &self.sender {
            Sender::Http1(_) => &url[Position::BeforePath..Position::AfterQuery],
            Sender::Http2(_) => &url[Position::BeforeScheme..Position::AfterQuery],
        };
        let mut request = fields
            .iter()
            .fold(Request::builder().method(method).uri(target), |request, (name, value)| request.header(*name, *value));
        if matches!(self.sender, Sender::Http1(_)) {
            request = request.header(header::HOST, &url[Position::BeforeHost..Position::AfterPort]);
        }
        let request = request
            .body(Full::new(body))
            .map_err(|error| Failure::new(FailureClass::ProtocolError, format!("{url}: cannot be asked for: {error}")))?;
        let answer = async {
            match &mut self.sender {
                Sender::Http1(sender) => {
                    sender.ready().await?;
                    sender.send_request(request).await
                }
                Sender::Http2(sender) => {
                    sender.ready().await?;
                    sender.send_request(request).await
                }
            }
        };
        deadline.meet(url.as_str(), "answer", answer).await?.map_err(|error| failure(url.as_str(), &error))
    }
}

async fn first_version<S>(stream: S) -> Result<(Sender, Driver), Failure>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = http1::Builder::new()
        .http09_responses(true)
        .allow_spaces_after_header_name_in_responses(true)
        .allow_obsolete_multiline_headers_in_responses(true)
        .ignore_invalid_headers_in_responses(true)
        .max_headers(HEADERS)
        .title_case_headers(true)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| failure("HTTP/1.1", &error))?;
    // Its outcome reaches the sender as well.
    let task = tokio::spawn(async move { drop(connection.await) });
    Ok((Sender::Http1(sender), Driver(task.abort_handle())))
}

async fn second_version<S>(stream: S) -> Result<(Sender, Driver), Failure>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = http2::Builder::new(TokioExecutor::new())
        .max_header_list_size(256 * 1024)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| failure("HTTP/2", &error))?;
    let task = tokio::spawn(async move { drop(connection.await) });
    Ok((Sender::Http2(sender), Driver(task.abort_handle())))
}

/// A moment by which something must have come.
#[derive(Clone, Copy)]
pub(crate) struct Deadline {
    at: Instant,
    limit: Duration,
}

impl Deadline {
    pub(crate) fn after(limit: Duration) -> Self {
        Self { at: Instant::now() + limit, limit }
    }

    /// What `work` gives, if in time.
    pub(crate) async fn meet<T>(self, about: &str, what: &str, work: impl Future<Output = T>) -> Result<T, Failure> {
        timeout_at(self.at, work).await.map_err(|_| {
            let detail = format!("{about}: no complete {what} within {} s", self.limit.as_secs_f64());
            Failure::new(FailureClass::ReadTimeout, detail)
        })
    }
}

/// The failure behind an error of the HTTP library.
pub(crate) fn failure(about: &str, error: &hyper::Error) -> Failure {
    let broken = |error: &std::io::Error| {
        use std::io::ErrorKind as K;
        matches!(error.kind(), K::ConnectionReset | K::ConnectionAborted | K::BrokenPipe | K::UnexpectedEof | K::NotConnected)
    };
    let mut words = error.to_string();
    let mut reset = error.is_incomplete_message() || error.is_closed() || error.is_canceled();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        reset |= cause.downcast_ref::<std::io::Error>().is_some_and(broken);
        words = format!("{words}: {cause}");
        source = cause.source();
    }
    let class = match () {
        () if reset => FailureClass::ConnectionReset,
        () if error.is_parse_too_large() => FailureClass::TooLarge,
        () => FailureClass::ProtocolError,
    };
    Failure::new(class, format!("{about}: {words}"))
}
