//! Asks one request after the other of one target, and knows when to stop.

use std::time::Duration;

use dialer::dns::{Data, RecordType};
use dialer::permit::Permit;
use hyper::Method;
use hyper::header;
use model::facts::dns::Answer as DnsOutcome;
use model::observation::{Failure, FailureClass};
use templates::{Answer, Belief, DnsAnswer, HttpAnswer, HttpRequest, MOST_BODY, Record, Request, Target};
use tokio::io::AsyncReadExt as _;
use tokio::time::{Instant, sleep_until, timeout_at};
use url::Url;

use super::{ProofBounds, belief};
use crate::body::{self, Bounded};
use crate::exchange::{self, Deadline, Origin, Session};
use crate::probes::Probes;

/// Most redirects that are followed for one request.
const REDIRECTS: usize = 3;
/// How many requests in a row may go without an answer.
const FAILURES: u32 = 5;
/// How many in a row may be answered by an error of the server's own: it may be we who cause it.
const ERRORS: u32 = 10;
/// Most bytes of a greeting.
const GREETING: usize = 4096;
/// Longest wait for one.
const PATIENCE: Duration = Duration::from_secs(5);
/// A path that no site has.
const NOWHERE: &str = "/mingcha-asks-for-what-cannot-be-here-5f2d8c";

/// An answer with how far it is believed.
pub(super) struct Told {
    pub(super) answer: Answer,
    /// Without redirects and with them.
    beliefs: [Belief; 2],
    /// Whether it came without a redirect and is none.
    pub(super) direct: bool,
    /// About how many bytes it takes.
    pub(super) size: usize,
}

impl Told {
    /// How far it is believed as the answer to a request.
    pub(super) fn belief(&self, request: &Request) -> Belief {
        self.beliefs[usize::from(matches!(request, Request::Http(request) if request.follows))]
    }
}

/// An answer over HTTP as it came.
struct Page {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    /// Whether redirects led to it.
    redirected: bool,
}

/// Asks one target.
pub(super) struct Asker<'a> {
    probes: &'a Probes,
    permit: &'a Permit,
    target: Target,
    session: Option<Session>,
    left: u32,
    pause: Duration,
    free_at: Option<Instant>,
    end: Instant,
    failures: u32,
    errors: u32,
    /// What the site says of an address that cannot exist, at once and after its redirects.
    nowhere: Option<(Page, Page)>,
}

impl<'a> Asker<'a> {
    pub(super) fn new(probes: &'a Probes, permit: &'a Permit, target: Target, bounds: &ProofBounds) -> Self {
        let seconds = |seconds: f64| Duration::try_from_secs_f64(seconds).unwrap_or_default();
        Self {
            probes,
            permit,
            target,
            session: None,
            left: bounds.requests,
            pause: seconds(bounds.pause_s),
            free_at: None,
            end: Instant::now() + seconds(bounds.time_s),
            failures: 0,
            errors: 0,
            nowhere: None,
        }
    }

    /// Asks for an address that cannot exist.
    ///
    /// # Errors
    /// When the site is to be left alone: it does not answer, or asks to slow down.
    pub(super) async fn baseline(&mut self) -> Result<(), Failure> {
        let url = format!("{}{NOWHERE}", self.target.root());
        let plain = HttpRequest { url, method: templates::Method::Get, follows: false, headers: Vec::new() };
        let first = self.pages(&plain).await??;
        let last = if (300..400).contains(&first.status) {
            // A site whose redirects lead nowhere has no other page to compare with.
            self.pages(&HttpRequest { follows: true, ..plain }).await?.ok()
        } else {
            None
        };
        let last = last.unwrap_or_else(|| Page { headers: Vec::new(), body: first.body.clone(), ..first });
        self.nowhere = Some((first, last));
        Ok(())
    }

    /// The answer to a request; `None` when there was none.
    ///
    /// # Errors
    /// When the site is to be left alone, or the bounds are reached.
    pub(super) async fn ask(&mut self, request: &Request) -> Result<Option<Told>, Failure> {
        let answer = match request {
            Request::Http(request) => return Ok(self.pages(request).await?.ok().map(|page| self.told(request, &page))),
            Request::Dns { name, record } => {
                self.turn().await?;
                self.dns(name, *record).await
            }
            Request::Tls { port } => {
                self.turn().await?;
                self.handshake(*port).await
            }
            Request::Banner { port } => {
                self.turn().await?;
                self.greeting(*port).await
            }
        };
        Ok(answer.ok().map(|answer| Told { answer, beliefs: [Belief::Full; 2], direct: false, size: GREETING }))
    }

    fn told(&self, request: &HttpRequest, page: &Page) -> Told {
        let home = Url::parse(&request.url).is_ok_and(|url| matches!(url.path(), "/" | "") && url.query().is_none());
        let believed = |nowhere: &Page| belief(page.status, page.body == nowhere.body, nowhere.status, home);
        let beliefs = self.nowhere.as_ref().map_or([Belief::Full; 2], |(first, last)| [believed(first), believed(last)]);
        let direct = !page.redirected && !(300..400).contains(&page.status);
        let answer = Answer::http(HttpAnswer { status: page.status, headers: &page.headers, body: &page.body });
        // The body is kept twice, alone and with its head.
        Told { answer, beliefs, direct, size: 2 * page.body.len() + GREETING }
    }

    /// Waits for the turn of the next request.
    async fn turn(&mut self) -> Result<(), Failure> {
        let bound = |what: &str| Failure::new(FailureClass::TooLarge, format!("{}: {what}", self.target.root()));
        self.left = self.left.checked_sub(1).ok_or_else(|| bound("the bound on requests is reached"))?;
        if let Some(free_at) = self.free_at {
            sleep_until(free_at.min(self.end)).await;
        }
        if Instant::now() >= self.end {
            return Err(bound("the time is spent"));
        }
        self.free_at = Some(Instant::now() + self.pause);
        Ok(())
    }

    /// The page at the end of a request's redirects. The outer error ends everything, the inner one this request.
    async fn pages(&mut self, request: &HttpRequest) -> Result<Result<Page, Failure>, Failure> {
        let invalid = || Failure::new(FailureClass::ProtocolError, format!("{}: not an address", request.url));
        let mut url = Url::parse(&request.url).map_err(|_| invalid())?;
        for hop in 0..=REDIRECTS {
            self.turn().await?;
            let page = match self.page(&url, request).await {
                Ok(page) => page,
                Err(failure) => {
                    self.session = None;
                    self.failures += 1;
                    return if self.failures < FAILURES { Ok(Err(failure)) } else { Err(failure) };
                }
            };
            self.failures = 0;
            slower(&url, &page)?;
            self.errors = if page.status < 500 { 0 } else { self.errors + 1 };
            if self.errors == ERRORS {
                let detail = format!("{url}: status {}, {ERRORS} errors in a row", page.status);
                return Err(Failure::new(FailureClass::ServerError, detail));
            }
            let follows = request.follows && hop < REDIRECTS && (300..400).contains(&page.status);
            match self.next(&url, &page).filter(|_| follows) {
                Some(next) => url = next,
                None => return Ok(Ok(Page { redirected: hop > 0, ..page })),
            }
        }
        Ok(Err(invalid()))
    }

    /// Where a redirect leads, if it stays on the host.
    fn next(&self, url: &Url, page: &Page) -> Option<Url> {
        let location = page.headers.iter().find(|(name, _)| name == "location").map(|(_, value)| value)?;
        let mut next = url.join(location).ok()?;
        next.set_fragment(None);
        let own = next.host() == url.host() && next.username().is_empty() && next.password().is_none();
        let port = next.port_or_known_default()?;
        let usual = port == self.target.port() || next.port().is_none();
        (own && usual && Origin::of(&next).is_some()).then_some(next)
    }

    /// One request over the connection at hand, or over a new one.
    async fn page(&mut self, url: &Url, request: &HttpRequest) -> Result<Page, Failure> {
        let settings = self.probes.dialer.settings();
        let origin =
            Origin::of(url).ok_or_else(|| Failure::new(FailureClass::ProtocolError, format!("{url}: not an address")))?;
        let mut fields = vec![("user-agent", settings.user_agent.as_str()), ("accept-encoding", "gzip, deflate, br")];
        if !request.headers.iter().any(|(name, _)| name == "accept") {
            fields.push(("accept", "*/*"));
        }
        fields.extend(request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let method = match request.method {
            templates::Method::Get => Method::GET,
            templates::Method::Head => Method::HEAD,
        };
        let mut deadline = Deadline::after(settings.read_timeout());
        let mut answered = None;
        if let Some(mut session) = self.session.take().filter(|session| session.origin == origin) {
            match session.ask(method.clone(), url, &fields, deadline).await {
                Ok(answer) => answered = Some((session, answer)),
                // Servers close a connection after an answer whenever they like.
                Err(failure) if failure.class == FailureClass::ConnectionReset => {}
                Err(failure) => return Err(failure),
            }
        }
        let (session, answer) = match answered {
            Some(answered) => answered,
            None => {
                let mut session = Session::open(&self.probes.dialer, &self.probes.tls, self.permit, &origin, &mut None).await?;
                deadline = Deadline::after(settings.read_timeout());
                let answer = session.ask(method, url, &fields, deadline).await?;
                (session, answer)
            }
        };
        let (head, body) = answer.into_parts();
        let raw = deadline.meet(url.as_str(), "body", body::read(body, MOST_BODY)).await?;
        let raw = raw.map_err(|error| exchange::failure(url.as_str(), &error))?;
        if !raw.truncated {
            self.session = Some(session);
        }
        let text = |value: &header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers: Vec<(String, String)> =
            head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
        let coding = head.headers.get(header::CONTENT_ENCODING).map(text).unwrap_or_default();
        let Bounded { bytes, .. } = body::decode(raw, &coding, MOST_BODY);
        Ok(Page { status: head.status.as_u16(), headers, body: bytes, redirected: false })
    }

    async fn dns(&self, name: &str, record: Record) -> Result<Answer, Failure> {
        // Aliases come with every answer.
        let kind = match record {
            Record::A | Record::Cname => RecordType::A,
            Record::Aaaa => RecordType::Aaaa,
            Record::Txt => RecordType::Txt,
            Record::Mx => RecordType::Mx,
            Record::Ns => RecordType::Ns,
            Record::Soa => RecordType::Soa,
            Record::Caa => RecordType::Caa,
        };
        let reply = self.probes.dialer.dns().ask(self.permit, name, kind).await;
        let (exists, records) = match &reply.answer {
            DnsOutcome::Records(records) => (true, records.iter().map(|data| presented(data, record)).collect()),
            DnsOutcome::Empty => (true, Vec::new()),
            DnsOutcome::NameNotFound => (false, Vec::new()),
            DnsOutcome::Failed(failure) => return Err(failure.clone()),
        };
        Ok(Answer::dns(DnsAnswer { name, record, exists, aliases: &reply.aliases, records: &records }))
    }

    async fn handshake(&self, port: u16) -> Result<Answer, Failure> {
        let (dialer, host) = (&self.probes.dialer, self.target.host());
        let connection = dialer.connect(self.permit, &host, port).await?;
        let deadline = Deadline::after(dialer.settings().read_timeout());
        let stream = deadline.meet(&host, "handshake", self.probes.tls.shake(connection, &host)).await??;
        let capture = self.probes.tls.capture(&stream, &host, port)?;
        let expired = capture.handshake.chain.first().is_some_and(|leaf| leaf.not_after < dialer.now());
        Ok(Answer::tls(&capture.handshake, expired))
    }

    /// Listens to what a service says unasked.
    async fn greeting(&self, port: u16) -> Result<Answer, Failure> {
        let (dialer, host) = (&self.probes.dialer, self.target.host());
        let mut connection = dialer.connect(self.permit, &host, port).await?;
        let end = Instant::now() + PATIENCE.min(dialer.settings().read_timeout());
        let mut heard = Vec::new();
        let mut buffer = [0; GREETING];
        while heard.len() < GREETING {
            match timeout_at(end, connection.read(&mut buffer)).await {
                Ok(Ok(count)) if count > 0 => heard.extend_from_slice(&buffer[..count.min(GREETING - heard.len())]),
                _ => break,
            }
            // A greeting ends with its line.
            if heard.ends_with(b"\n") {
                break;
            }
        }
        if heard.is_empty() {
            return Err(Failure::new(FailureClass::ReadTimeout, format!("{host}:{port}: says nothing unasked")));
        }
        Ok(Answer::banner(&heard))
    }
}

/// Ends everything when the site asks to slow down (RFC 6585, 4; RFC 9110, 15.6.4 and 10.2.3).
fn slower(url: &Url, page: &Page) -> Result<(), Failure> {
    let wait = page.headers.iter().find(|(name, _)| name == "retry-after").map(|(_, value)| value);
    if page.status != 429 && !(page.status == 503 && wait.is_some()) {
        return Ok(());
    }
    let wait: String = wait.map_or("-", String::as_str).chars().filter(|char| !char.is_control()).take(40).collect();
    Err(Failure::new(FailureClass::RateLimited, format!("{url}: status {}, Retry-After {wait}", page.status)))
}

/// A record's content as zones write it.
fn presented(data: &Data, record: Record) -> String {
    match data {
        Data::A(ip) => ip.to_string(),
        Data::Aaaa(ip) => ip.to_string(),
        Data::Soa(soa) => format!("{}. {}. {}", soa.mname, soa.rname, soa.serial),
        Data::Mx(mx) => format!("{} {}.", mx.preference, mx.host),
        Data::Text(text) if record == Record::Txt => format!("\"{text}\""),
        Data::Text(text) if record == Record::Ns => format!("{text}."),
        Data::Text(text) => text.clone(),
    }
}
