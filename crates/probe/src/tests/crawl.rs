//! Crawls of small sites full of traps.

use std::io::Write;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use model::facts::crawl::{Crawl, CrawlBound};
use model::observation::FailureClass;

use super::server::{names, page, path, web};
use super::{detectable, probes};
use crate::crawl::{CrawlBounds, Crawled};

const HTML: &str = "Content-Type: text/html; charset=utf-8\r\n";

/// Crawls `http://www.example.cn/` on a server that answers so; with the paths asked for (as `host path`) and the number of connections.
async fn crawl(bounds: CrawlBounds, answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> (Crawled, Vec<String>, usize) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    let server = web(move |head| {
        let host = head.split("\r\nHost: ").nth(1).and_then(|rest| rest.split("\r\n").next()).unwrap_or_default();
        log.lock().expect("the log").push(format!("{host} {}", path(head)));
        answer(head)
    })
    .await;
    let (probes, _) = probes(names(&[]).await, server.port, vec![]);
    let crawled = probes.crawl(&detectable(&probes), "http://www.example.cn/", &bounds).await;
    let asked = asked.lock().expect("the log").clone();
    (crawled, asked, server.connections.load(Ordering::SeqCst))
}

fn missing() -> Vec<u8> {
    page("404 Not Found", HTML, b"<title>none</title>")
}

fn html(body: &str) -> Vec<u8> {
    page("200 OK", HTML, body.as_bytes())
}

fn paths(crawl: &Crawl) -> Vec<&str> {
    crawl.pages.iter().map(|page| page.url.trim_start_matches("http://www.example.cn")).collect()
}

#[tokio::test]
async fn a_site_is_walked_breadth_first_and_gathered() {
    let (crawled, asked, connections) = crawl(CrawlBounds::default(), |head| match path(head) {
        "/" => html(
            "<title>home</title><base href='/n/'><a href='a;jsessionid=9?x=1#p'>A</a><a href='b'>B</a><a href='/f/x.PDF'>file</a>\
             <a href='http://out.cn/'>out</a><a href='http://out.cn/#again'>out</a><a href='/off'>off</a><a href='/report'>r</a>\
             <script src='/s.js'></script><form action='/q' method=post><input type=password></form><link rel=icon href='/i.png'>",
        ),
        "/n/a?x=1" => html("<title>a</title><a href='c'>C</a><a href='/'>home</a><a href='http://out.cn/'>o</a>"),
        "/n/b" => page("200 OK", "Content-Type: text/html; charset=gbk\r\n", b"<title>\xd5\xfe\xce\xf1</title>"),
        "/n/c" => html("<title>c</title><a href='http://x\0.cn/'>bad</a><a href='/n/a?x=1&utm_source=z'>a</a>"),
        "/off" => page("302 Found", "Location: http://elsewhere.example.net/\r\n", b""),
        "/report" => page("200 OK", "Content-Type: application/pdf\r\n", b"%PDF"),
        "/i.png" => page("200 OK", "Content-Type: image/png\r\n", b"abc"),
        _ => missing(),
    })
    .await;
    let found = &crawled.crawl;
    assert_eq!(paths(found), ["/", "/n/a?x=1", "/n/b", "/off", "/report", "/n/c"]);
    assert_eq!(found.pages.iter().map(|page| page.depth).collect::<Vec<_>>(), [0, 1, 1, 1, 1, 2]);
    assert_eq!(found.pages[2].title, "政务");
    let attachments: Vec<&str> = found.attachments.iter().map(|place| place.url.as_str()).collect();
    assert_eq!(attachments, ["http://www.example.cn/f/x.PDF", "http://www.example.cn/report"]);
    assert_eq!(
        (found.external.len(), found.external[0].pages, found.external[0].page.as_str()),
        (1, 2, "http://www.example.cn/")
    );
    assert_eq!((found.forms.len(), found.scripts.len(), found.stopped), (1, 1, None));
    let icon = found.favicon.as_ref().expect("an icon");
    assert_eq!((icon.mmh3, icon.md5.as_str()), (-868_969_266, "900150983cd24fb0d6963f7d28e17f72"));
    assert_eq!(found.not_found.as_ref().map(|none| (none.status, none.soft)), Some((404, false)));
    assert!(asked.iter().all(|line| line.starts_with("www.example.cn ")), "nothing outside was asked: {asked:?}");
    assert!(!asked.iter().any(|line| line.contains("x.PDF") || line.contains("s.js")), "{asked:?}");
    assert!(connections <= 2, "the connection is used again: {connections}");
    assert!(crawled.bodies.len() >= 5);
}

#[tokio::test]
async fn robots_is_honoured_and_an_opt_out_ends_all() {
    let site = |rules: &'static str| {
        move |head: &str| match path(head) {
            "/robots.txt" => page("200 OK", "Content-Type: text/plain\r\n", rules.as_bytes()),
            "/" => html("<a href='/closed/x'>x</a><a href='/open'>y</a><a href='/slip'>z</a>"),
            "/slip" => page("302 Found", "Location: /closed/y\r\n", b""),
            "/open" | "/closed/x" | "/closed/y" => html("<title>page</title>"),
            _ => missing(),
        }
    };
    let rules = "User-agent: *\nDisallow: /closed/\n";
    let (crawled, asked, _) = crawl(CrawlBounds::default(), site(rules)).await;
    assert_eq!(paths(&crawled.crawl), ["/", "/open", "/slip"]);
    assert!(crawled.crawl.robots.restricts && crawled.crawl.robots.honoured);
    assert!(!asked.iter().any(|line| line.contains("/closed")), "{asked:?}");
    let free = CrawlBounds { honour_robots: false, ..CrawlBounds::default() };
    let (crawled, asked, _) = crawl(free.clone(), site(rules)).await;
    assert!(asked.iter().any(|line| line.ends_with("/closed/x")) && !crawled.crawl.robots.honoured);
    // The host's own statement holds whatever the settings.
    let (crawled, asked, _) = crawl(free, site("User-agent: Mingcha\nDisallow: /\n")).await;
    assert_eq!(asked, ["www.example.cn /robots.txt"]);
    assert!(crawled.crawl.robots.names_us && crawled.crawl.pages.is_empty());
    assert_eq!(crawled.crawl.stopped, Some(CrawlBound::Refused));
}

#[tokio::test]
async fn bounds_end_the_walk() {
    let endless = |head: &str| match path(head) {
        "/robots.txt" | "/sitemap.xml" => missing(),
        other => {
            let links: String = (0..10_000).map(|number| format!("<a href='{other}p{number}/'>x</a>")).collect();
            html(&links)
        }
    };
    let bounds = CrawlBounds { pages: 7, ..CrawlBounds::default() };
    let (crawled, ..) = crawl(bounds, endless).await;
    assert_eq!((crawled.crawl.pages.len(), crawled.crawl.stopped), (7, Some(CrawlBound::Pages)));
    let bounds = CrawlBounds { bytes: 150_000, ..CrawlBounds::default() };
    let (crawled, ..) = crawl(bounds, endless).await;
    assert_eq!((crawled.crawl.pages.len(), crawled.crawl.stopped), (2, Some(CrawlBound::Bytes)));
    let bounds = CrawlBounds { time_s: 0.2, ..CrawlBounds::default() };
    let (crawled, ..) = crawl(bounds, |_| b"HTTP/1.1 200 OK\r\nX-Then: hang\r\nContent-Length: 10\r\n\r\nslow".to_vec()).await;
    assert_eq!(crawled.crawl.stopped, Some(CrawlBound::Time));
}

#[tokio::test]
async fn a_host_that_refuses_is_left_alone() {
    let (crawled, asked, _) = crawl(CrawlBounds::default(), |head| match path(head) {
        "/" => html("<a href='/a'>a</a><a href='/b'>b</a><a href='/c'>c</a>"),
        "/a" => page("429 Too Many Requests", HTML, b"slow down"),
        _ => missing(),
    })
    .await;
    assert_eq!((paths(&crawled.crawl), crawled.crawl.stopped), (vec!["/", "/a"], Some(CrawlBound::Refused)));
    assert!(!asked.iter().any(|line| line.ends_with("/b")));
    let (crawled, asked, _) = crawl(CrawlBounds::default(), |_| page("503 Unavailable", HTML, b"")).await;
    assert_eq!((asked.len(), crawled.crawl.stopped), (1, Some(CrawlBound::Refused)));
}

#[tokio::test]
async fn soft_404_shells_and_endless_redirects_are_told() {
    let (crawled, ..) = crawl(CrawlBounds::default(), |head| match path(head) {
        "/robots.txt" | "/favicon.ico" | "/sitemap.xml" => missing(),
        "/" => html("<title>home</title>welcome <a href='/gone'>gone</a><a href='/r0'>r</a>"),
        "/real" => html("<title>real</title>words"),
        redirect if redirect.starts_with("/r") => page("302 Found", &format!("Location: {redirect}0\r\n"), b""),
        other => html(&format!("<title>sorry</title>no page at {other} <a href='/real'>try</a>")),
    })
    .await;
    let soft: Vec<(&str, bool)> =
        paths(&crawled.crawl).into_iter().zip(crawled.crawl.pages.iter().map(|page| page.soft_not_found)).collect();
    assert_eq!(soft, [("/", false), ("/gone", true), ("/r0", false), ("/real", false)]);
    assert_eq!(crawled.crawl.pages[2].failure.as_ref().map(|failure| failure.class), Some(FailureClass::TooManyRedirects));
    assert!(crawled.crawl.not_found.as_ref().is_some_and(|none| none.soft));
    let shell = |head: &str| match path(head) {
        "/robots.txt" => missing(),
        _ => html("<title>app</title><div id=app></div><script src='/app.js'></script>"),
    };
    let (crawled, ..) = crawl(CrawlBounds::default(), shell).await;
    assert!(crawled.crawl.script_built && !crawled.crawl.pages[0].soft_not_found);
}

#[tokio::test]
async fn packed_site_maps_are_read_and_bombs_cut() {
    let (crawled, ..) = crawl(CrawlBounds::default(), |head| match path(head) {
        "/robots.txt" => {
            page("200 OK", "Content-Type: text/plain\r\n", b"Sitemap: http://www.example.cn/m.xml.gz\nSitemap: /bomb.gz\n")
        }
        "/m.xml.gz" => packed(
            b"<urlset><url><loc>http://www.example.cn/listed</loc></url><url><loc>http://b.example.cn/</loc></url></urlset>",
        ),
        "/bomb.gz" => packed(&vec![b' '; 20_000_000]),
        "/" | "/listed" => html("<title>page</title>words"),
        _ => missing(),
    })
    .await;
    assert_eq!(paths(&crawled.crawl), ["/", "/listed"]);
    assert_eq!(crawled.crawl.sitemap_hosts, ["b.example.cn"]);
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(bytes).expect("memory");
    page("200 OK", "Content-Type: application/gzip\r\n", &writer.finish().expect("memory"))
}
