//! Targets for what web servers send: answers with their fields, charsets, pages.

use std::net::{IpAddr, Ipv4Addr};

use model::digest::Digest;
use model::facts::web::{Body, Header, Hop, Visit};
use readers::{access, clients, entrances, favicon, headers, names, page, robots, sitemap};

use crate::input::{assert_kept, head_and_text, text};

const URL: &str = "https://www.example.gov.cn/index.html";

/// The head of an HTTP answer, then its body: single fields, and whether the answer is the site's page.
pub fn answer(bytes: &[u8]) {
    let (visit, html) = visit(bytes);
    let _ = access::failure(&visit, &html);
}

/// A visit that ended with the answer.
fn visit(bytes: &[u8]) -> (Visit, String) {
    let (head, html) = head_and_text(bytes);
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).unwrap_or(200);
    let fields: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let field = |wanted: &'static str| fields.iter().filter(move |(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let cookies: Vec<_> = field("set-cookie").filter_map(headers::cookie).collect();
    cookies.iter().for_each(|cookie| assert_kept(&cookie.name, 256));
    let media_type = field("content-type").next().unwrap_or_default().to_owned();
    let charset = readers::charset::decode(html.as_bytes(), Some(&media_type)).charset;
    let hop = Hop {
        url: URL.into(),
        host: names::host("www.example.gov.cn").expect("a host name"),
        ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        version: "HTTP/1.1".into(),
        status,
        hsts: field("strict-transport-security").next().and_then(headers::hsts),
        headers: fields.iter().map(|(name, value)| Header { name: name.clone(), value: value.clone() }).collect(),
        cookies,
        redirect: None,
    };
    let body = Body {
        digest: Digest::of(html.as_bytes()),
        length: html.len() as u64,
        truncated: false,
        media_type,
        charset: charset.into(),
    };
    let visit = Visit { start: URL.into(), hops: vec![hop], broken: None, body: Some(body) };
    (visit, html)
}

/// A `Content-Type`, then the body, in whatever encoding.
pub fn charset(bytes: &[u8]) {
    let (declared, _) = head_and_text(bytes);
    for content_type in [None, Some(declared.as_str())] {
        let decoded = readers::charset::decode(bytes, content_type);
        assert!(decoded.text.len() <= 3 * bytes.len() + 3, "a byte becomes one character at most");
        assert!(!decoded.charset.is_empty());
    }
}

/// A page.
pub fn page(bytes: &[u8]) {
    let html = text(bytes);
    let home = page::read(&html, URL);
    assert!(home.text.len() <= 64 * 1024 && home.title.len() <= 1024);
    assert!(home.links.len() <= 2000 && home.forms.len() <= 100 && home.scripts.len() <= 500 && home.frames.len() <= 500);
    assert!(home.marks.len() <= 50 && home.icp.len() <= 50 && home.police.len() <= 50 && home.site_codes.len() <= 50);
    assert!(home.forms.iter().all(|form| form.fields.len() <= 200));
    assert!(home.links.iter().all(|link| link.text.len() <= 400));
    assert!(home.suppliers.len() <= 10 && home.pinned_scripts.len() <= 500);
    home.suppliers.iter().for_each(|name| assert_kept(name, 160));
    assert!(page::inline_scripts(&html).iter().map(String::len).sum::<usize>() <= 2 << 20);
    if let Some(address) = page::meta_refresh(&html, URL) {
        assert!(address.starts_with("http"), "{address}");
    }
    let _ = favicon::address(&html, URL);
    home.institutions.iter().for_each(|name| drop(model::plain_name::institution(name)));
}

/// A page, and the same bytes as a script of it: what asks for a given client.
pub fn clients(bytes: &[u8]) {
    let html = text(bytes);
    let demands = clients::demands(&html, &page::read(&html, URL), [("https://www.example.gov.cn/a.js", bytes)]);
    assert!(demands.len() <= 50);
    demands.iter().for_each(|demand| assert_kept(&demand.matched, 240));
    if let Some(sentence) = clients::turned_away(&html) {
        assert_kept(&sentence, 240);
    }
}

/// The head of an HTTP answer, then its body: the page behind an entrance, and the entrances to which it leads.
pub fn entrances(bytes: &[u8]) {
    let (visit, html) = visit(bytes);
    let found = entrances::page(&visit, &html, "登录");
    assert_kept(&found.title, 200);
    assert!(found.signs.len() <= 20 && found.ways.len() <= 12);
    found.signs.iter().for_each(|sign| assert_kept(sign, 200));
    let linked = entrances::among(&page::read(&html, URL), &[], 8).chosen;
    assert!(linked.len() <= 8 && linked.iter().all(|candidate| candidate.url.starts_with("http")));
    linked.iter().for_each(|candidate| assert_kept(&candidate.words, 200));
    if let Some(form) = entrances::login_form(&html, URL) {
        assert!(form.action.starts_with("http") && form.others.len() <= 100);
    }
}

/// A robots.txt.
pub fn robots(bytes: &[u8]) {
    let rules = robots::read(bytes);
    let _ = (rules.allows("/"), rules.allows("https://www.example.gov.cn/a/b.html?c=d"));
    assert!(rules.sitemaps.len() <= 100);
    rules.sitemaps.iter().for_each(|address| assert_kept(address, 2048));
}

/// A site map.
pub fn sitemap(bytes: &[u8]) {
    let map = sitemap::read(bytes, 50);
    assert!(map.pages.len() + map.maps.len() <= 50);
    map.pages.iter().chain(&map.maps).for_each(|address| assert_kept(address, 2048));
}
