//! What each host answers to each path, made before the first request.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::body::Bytes;
use hyper::header::{HeaderName, HeaderValue, USER_AGENT};
use hyper::{HeaderMap, Request, Response, StatusCode};
use tokio::time::interval;

use crate::web::body::LabBody;
use crate::web::console::{Console, Says};
use crate::web::registry::Certificate;
use crate::web::{html, picture};
use crate::world::behaviour::{Answer, Headers, Http, Https};
use crate::world::page::Mark;
use crate::world::{Site, World};

/// How many bytes follow a huge page.
const HUGE: usize = 10_000_000;
/// How many bytes the comment of a gzip bomb unpacks to.
const BOMB: usize = 50_000_000;
/// What a site shows first that lets only Internet Explorer in.
const SENT_AWAY: &str = "<main><p>本网站仅支持 IE 浏览器，请使用 IE 浏览器访问。</p>";
/// The depth of a nested page.
const DEPTH: usize = 20_000;

/// All hosts.
pub(super) struct Answers {
    hosts: BTreeMap<String, Host>,
}

/// Why a connection breaks without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection breaks on purpose")]
pub(super) struct Broken;

struct Host {
    http: Http,
    https: Https,
    headers: Headers,
    /// Further header fields of the site's own.
    fields: Vec<(HeaderName, HeaderValue)>,
    paths: BTreeMap<String, Reply>,
    console: Option<Console>,
    /// The page for visitors that are not Internet Explorer, where the site tells them apart.
    turned_away: Option<Reply>,
}

/// One prepared answer.
#[derive(Clone)]
struct Reply {
    status: u16,
    media_type: &'static str,
    /// One further header field.
    extra: Option<(&'static str, String)>,
    content: Content,
}

#[derive(Clone)]
enum Content {
    Whole(Bytes),
    Endless(Bytes),
    Drip,
    Break,
}

impl Answers {
    /// Makes all pages of the world.
    pub fn new(world: &World) -> Self {
        let mut hosts: BTreeMap<String, Host> = BTreeMap::new();
        let numbered = || world.sites().enumerate();
        let certificates: Vec<Certificate> =
            numbered().map(|(number, (owner, site))| Certificate::new(number, owner, site)).collect();
        for ((number, (owner, site)), own) in numbered().zip(&certificates) {
            let host = hosts.entry(site.host.clone()).or_insert_with(|| Host {
                http: site.http.clone(),
                https: site.https,
                headers: site.headers,
                fields: fields(site),
                paths: BTreeMap::new(),
                console: site.console.as_ref().map(Console::new),
                turned_away: None,
            });
            let document = html::document(number, owner, site, own, certificates.first().unwrap_or(own));
            let title = site.name.as_deref().or(owner.map(|owner| owner.name.as_str())).unwrap_or(&site.host);
            add_parts(&mut host.paths, title, &document);
            host.paths.extend(site.files.iter().map(|(path, text)| (path.clone(), file(media_type(path), text.clone()))));
            match site.answer {
                Answer::MarkFiles => add_mark_files(&mut host.paths, &certificates),
                Answer::MarkRegistry => add_mark_pages(&mut host.paths, &certificates),
                _ => {}
            }
            if site.answer == Answer::InternetExplorer {
                host.turned_away = Some(main_reply(site, document.html.replace("<main>", SENT_AWAY)));
            }
            let path = if site.path.is_empty() { "/" } else { &site.path };
            host.paths.insert(path.to_owned(), main_reply(site, document.html));
        }
        Self { hosts }
    }

    /// Answers a request. `secure` tells the door it came through.
    pub fn answer<B>(&self, request: &Request<B>, secure: bool) -> Result<Response<LabBody>, Broken> {
        let named = request.uri().authority().map(|authority| authority.as_str());
        let header = || request.headers().get(hyper::header::HOST).and_then(|value| value.to_str().ok());
        let name = named.or_else(header).unwrap_or_default().to_ascii_lowercase();
        let name = name.split(':').next().unwrap_or_default();
        let Some(host) = self.hosts.get(name) else {
            return page(404, "无此网站", "此地址没有网站。").response(Headers::Bare);
        };
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        if !secure && let Some(reply) = plain_reply(&host.http, name, target) {
            return reply.response(Headers::Bare);
        }
        match host.https {
            // Without HSTS: a browser that knew it would never follow back to plain http.
            Https::Downgrade if secure => return redirect(302, format!("http://{name}{target}")).response(Headers::NoHsts),
            Https::Missing if secure => return page(404, "页面不存在", "此处没有网站。").response(Headers::NoHsts),
            _ => {}
        }
        let path = request.uri().path();
        let trimmed = if path.len() > 1 { path.trim_end_matches('/') } else { path };
        if let Some(console) = host.console.as_ref().filter(|console| console.path == trimmed) {
            return console_reply(console, console.answer(request.headers())).response(host.headers);
        }
        if let Some(reply) = host.turned_away.as_ref().filter(|_| path == "/" && !is_internet_explorer(request.headers())) {
            return reply.clone().response(host.headers);
        }
        // The registry's verification pages differ by their query only.
        let found = host.paths.get(target).or_else(|| host.paths.get(trimmed));
        let article = || path.starts_with("/article/").then(|| page(200, "文章", "正文。"));
        let missing = || page(404, "页面不存在", "您访问的页面不存在。");
        let mut response = found.cloned().or_else(article).unwrap_or_else(missing).response(host.headers)?;
        for (name, value) in &host.fields {
            response.headers_mut().append(name, value.clone());
        }
        Ok(response)
    }

    /// The answer of a site that speaks in raw bytes, if it is one: status line, header lines and page.
    pub fn raw(site: &Site, page: &str) -> Option<Bytes> {
        let length = page.len();
        let head = match site.answer {
            Answer::OldProtocol => {
                "HTTP/1.0 200 OK\r\nServer: Lab/0.9\r\nContent-Type: text/html; charset=utf-8\r\n\r\n".to_owned()
            }
            Answer::BareLineFeeds => {
                format!(
                    "HTTP/1.1 200 OK\nServer : Lab\nContent-Type: text/html; charset=utf-8\nContent-Length: {length}\nConnection: close\n\n"
                )
            }
            _ => return None,
        };
        Some(Bytes::from(head + page))
    }

    /// The whole page of a host at `/`, for [`Answers::raw`].
    pub fn home(&self, host: &str) -> Option<String> {
        match &self.hosts.get(host)?.paths.get("/")?.content {
            Content::Whole(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
            _ => None,
        }
    }
}

impl Reply {
    fn response(self, headers: Headers) -> Result<Response<LabBody>, Broken> {
        let body = match self.content {
            Content::Whole(bytes) => LabBody::Whole(Some(bytes)),
            Content::Endless(bytes) => LabBody::Endless(bytes),
            Content::Drip => LabBody::Drip(interval(Duration::from_secs(1))),
            Content::Break => return Err(Broken),
        };
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let extra = self.extra.iter().map(|(name, value)| (*name, value.as_str()));
        for (name, value) in [("content-type", self.media_type)].into_iter().chain(extra).chain(guards(headers).iter().copied()) {
            if let Ok(value) = HeaderValue::from_str(value) {
                response.headers_mut().append(HeaderName::from_static(name), value);
            }
        }
        Ok(response)
    }
}

/// The site's own header fields. What is no header field is left out.
fn fields(site: &Site) -> Vec<(HeaderName, HeaderValue)> {
    let field = |(name, value): &(String, String)| Some((name.parse().ok()?, value.parse().ok()?));
    site.fields.iter().filter_map(field).collect()
}

/// The media type of a file by its ending.
fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("txt") => "text/plain; charset=utf-8",
        Some("xml") => "application/xml",
        Some("js") => "text/javascript; charset=utf-8",
        Some("pdf") => "application/pdf",
        _ => HTML,
    }
}

/// Header fields by the site's care.
fn guards(headers: Headers) -> &'static [(&'static str, &'static str)] {
    const HSTS: (&str, &str) = ("strict-transport-security", "max-age=31536000");
    const TYPES: (&str, &str) = ("x-content-type-options", "nosniff");
    const FRAMES: (&str, &str) = ("x-frame-options", "SAMEORIGIN");
    const POLICY: (&str, &str) =
        ("content-security-policy", "default-src 'self' 'unsafe-inline' *.conac.cn; frame-ancestors 'self'");
    const COOKIE: (&str, &str) = ("set-cookie", "visit=1; Path=/; Secure; HttpOnly; SameSite=Lax");
    const LOOSE: (&str, &str) = ("set-cookie", "JSESSIONID=0123456789; Path=/");
    match headers {
        Headers::Strict => &[HSTS, TYPES, FRAMES, POLICY, COOKIE],
        Headers::NoHsts => &[TYPES, FRAMES, POLICY, COOKIE],
        Headers::Bare => &[HSTS],
        Headers::LooseCookie => &[HSTS, TYPES, FRAMES, POLICY, LOOSE],
    }
}

/// What port 80 says instead of the site, if anything.
fn plain_reply(http: &Http, host: &str, target: &str) -> Option<Reply> {
    match http {
        Http::Upgrade => Some(redirect(301, format!("https://{host}{target}"))),
        Http::Redirect(address) => Some(redirect(302, address.clone())),
        Http::MetaRefresh => {
            let html = format!(
                "<!DOCTYPE html><html><head><meta http-equiv=\"refresh\" content=\"0; url=https://{host}{target}\"></head></html>"
            );
            Some(Reply { status: 200, media_type: "text/html; charset=utf-8", extra: None, content: Content::Whole(html.into()) })
        }
        Http::Serve | Http::Refuse | Http::Tarpit => None,
    }
}

fn console_reply(console: &Console, says: Says) -> Reply {
    match says {
        Says::Ask => Reply {
            extra: Some(("www-authenticate", console.challenge.clone())),
            ..page(401, "管理控制台", "请输入账号和密码。")
        },
        Says::Welcome => page(200, "管理控制台", "欢迎使用管理控制台。"),
        Says::TooMany => page(429, "管理控制台", "尝试次数过多，请稍后再试。"),
    }
}

fn is_internet_explorer(fields: &HeaderMap) -> bool {
    let name = fields.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    name.contains("MSIE ") || name.contains("Trident/")
}

fn main_reply(site: &Site, html: String) -> Reply {
    let whole = |html: String| encode(site.page.charset.as_deref(), html);
    match &site.answer {
        Answer::Page
        | Answer::InternetExplorer
        | Answer::MarkFiles
        | Answer::MarkRegistry
        | Answer::OldProtocol
        | Answer::BareLineFeeds => whole(html),
        Answer::Status(status) => page(*status, "暂时无法访问", "服务器没有给出所请求的页面。"),
        Answer::Block(status) => page(
            *status,
            "访问被拦截",
            "您的请求疑似攻击行为，已被网站防火墙拦截。事件编号：20240701000001。如有疑问请联系管理员。",
        ),
        Answer::Redirect(address) => redirect(302, address.clone()),
        Answer::Empty => whole(String::new()),
        Answer::Huge => whole(html + "<!--" + &" ".repeat(HUGE) + "-->"),
        Answer::Endless => Reply {
            status: 200,
            media_type: HTML,
            extra: None,
            content: Content::Endless(Bytes::from("<p>无尽</p>\n".repeat(1000))),
        },
        Answer::Drip => Reply { status: 200, media_type: HTML, extra: None, content: Content::Drip },
        Answer::GzipBomb => Reply {
            status: 200,
            media_type: HTML,
            extra: Some(("content-encoding", "gzip".into())),
            content: Content::Whole(gzip_bomb(&html).into()),
        },
        Answer::Nested => whole(html.replace("</body>", &("<div>".repeat(DEPTH) + "</body>"))),
    }
}

const HTML: &str = "text/html; charset=utf-8";

fn encode(charset: Option<&str>, html: String) -> Reply {
    // The header keeps silent about the charset when the page has another: many sites of that age do, and only the meta element tells.
    let (media_type, bytes) = match charset {
        Some("gbk") => ("text/html", encoding_rs::GBK.encode(&html).0.into_owned()),
        Some("gb18030") => ("text/html", encoding_rs::GB18030.encode(&html).0.into_owned()),
        _ => (HTML, html.into_bytes()),
    };
    Reply { status: 200, media_type, extra: None, content: Content::Whole(bytes.into()) }
}

fn page(status: u16, title: &str, text: &str) -> Reply {
    Reply { status, media_type: HTML, extra: None, content: Content::Whole(html::note(title, text).into()) }
}

fn redirect(status: u16, address: String) -> Reply {
    Reply { status, media_type: HTML, extra: Some(("location", address)), content: Content::Whole(Bytes::new()) }
}

fn file(media_type: &'static str, bytes: impl Into<Bytes>) -> Reply {
    Reply { status: 200, media_type, extra: None, content: Content::Whole(bytes.into()) }
}

/// The files beside a page.
fn add_parts(paths: &mut BTreeMap<String, Reply>, title: &str, document: &html::Document) {
    if let Some(script) = &document.footer_script {
        paths.insert("/footer.js".into(), file("text/javascript; charset=utf-8", script.clone()));
    }
    if let Some(frame) = &document.footer_frame {
        paths.insert("/footer.html".into(), file(HTML, frame.clone()));
    }
    if document.html.contains("/leave?to=") {
        paths.insert("/leave".into(), file(HTML, html::interstitial(title)));
    }
    for class in ["red", "blue"] {
        let address = format!("/mark/{class}.png");
        let used = |text: &String| text.contains(&address);
        let parts = [Some(&document.html), document.footer_script.as_ref(), document.footer_frame.as_ref()];
        if parts.into_iter().flatten().any(used) {
            paths.insert(address, file("image/png", picture::mark(class)));
        }
    }
}

fn add_mark_files(paths: &mut BTreeMap<String, Reply>, certificates: &[Certificate]) {
    for name in ["red", "blue", "red_error", "blue_error"] {
        paths.insert(format!("/image/{name}.png"), file("image/png", picture::mark(name)));
    }
    for certificate in certificates {
        let mut reply = file("text/javascript; charset=utf-8", certificate.loader());
        if certificate.mark == Mark::BrokenLoader {
            reply.content = Content::Break;
        }
        paths.insert(certificate.loader_path(), reply);
    }
}

fn add_mark_pages(paths: &mut BTreeMap<String, Reply>, certificates: &[Certificate]) {
    for certificate in certificates {
        paths.insert(format!("/sitename?method=show&id={}", certificate.id), file(HTML, certificate.page()));
    }
    paths.insert("/sitename".into(), page(200, "标识证书", "未查询到对应的标识证书。"));
}

/// The page, and a comment that unpacks to fifty million blanks. Writing into memory does not fail; if it did, the bomb would be smaller.
fn gzip_bomb(html: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let blanks = [b' '; 50_000];
    let parts =
        [html.as_bytes(), b"<!--"].into_iter().chain(std::iter::repeat_n(&blanks[..], BOMB / blanks.len())).chain([&b"-->"[..]]);
    for part in parts {
        let _ = encoder.write_all(part);
    }
    encoder.finish().unwrap_or_default()
}
