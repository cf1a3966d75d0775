//! Whether the last answer of a visit is the site's page, or something that stands in for it.
//!
//! Invariant: what stands in for a page is a failure to see, never a page without something. In doubt an answer is the site's page.

use std::sync::LazyLock;

use model::facts::page::HomePage;
use model::facts::web::{Hop, Visit};
use model::observation::{Failure, FailureClass};
use serde::Deserialize;

/// How much of a body is searched for the signs of block pages, in bytes. Such pages are short.
const SEARCHED: usize = 256 * 1024;
/// A page with no more text (in characters) and links than these is a stub.
const STUB_TEXT: usize = 1500;
const STUB_LINKS: usize = 10;
/// A page with more text (in characters) or links than these says more than that a request was refused.
const REFUSAL_TEXT: usize = 300;
const REFUSAL_LINKS: usize = 3;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Signs {
    sign: Vec<Sign>,
}

/// One sign of a product; `data/block_pages.toml` says what the fields mean.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sign {
    product: String,
    #[serde(default)]
    status: Vec<u16>,
    server: Option<String>,
    header: Option<String>,
    cookie: Option<String>,
    #[serde(default)]
    body: Vec<String>,
    #[serde(default)]
    text: Vec<String>,
}

#[expect(clippy::expect_used, reason = "the file is compiled in and every test reads it")]
static SIGNS: LazyLock<Vec<Sign>> = LazyLock::new(|| {
    toml::from_str::<Signs>(include_str!("../data/block_pages.toml")).expect("data/block_pages.toml is a list of signs").sign
});

/// Why the last answer is no page of the site; `None` when it is one. `html` is its decoded body.
pub fn failure(visit: &Visit, html: &str) -> Option<Failure> {
    if let Some(broken) = &visit.broken {
        return Some(broken.clone());
    }
    let Some(last) = visit.last() else { return Some(Failure::new(FailureClass::NotAPage, "no answer")) };
    if let Some(product) = block_page(last, html) {
        return Some(Failure::new(FailureClass::BlockPage, format!("{product}, HTTP {}", last.status)));
    }
    if let Some(class) = class_of_status(last.status) {
        return Some(Failure::new(class, format!("HTTP {}", last.status)));
    }
    let media_type = visit.body.as_ref().map_or("", |body| body.media_type.as_str());
    if !matches!(media_type, "" | "text/html" | "application/xhtml+xml") {
        let media_type: String = media_type.chars().filter(|character| !character.is_control()).take(100).collect();
        return Some(Failure::new(FailureClass::NotAPage, media_type));
    }
    html.trim().is_empty().then(|| Failure::new(FailureClass::NotAPage, "empty body"))
}

fn class_of_status(status: u16) -> Option<FailureClass> {
    match status {
        401 | 403 | 405 | 407 | 451 => Some(FailureClass::AccessDenied),
        429 => Some(FailureClass::RateLimited),
        500.. => Some(FailureClass::ServerError),
        200..=299 => None,
        _ => Some(FailureClass::NotAPage),
    }
}

/// The product whose block page or challenge this is.
fn block_page(hop: &Hop, html: &str) -> Option<&'static str> {
    let searched = crate::words::head(html, SEARCHED);
    let mut signs = SIGNS.iter().filter(|sign| sign.holds(hop, searched)).peekable();
    signs.peek()?;
    // Only now, and that is rare, is it worth reading the page.
    let page = crate::page::read(searched, &hop.url);
    signs.find(|sign| sign.holds_on(&page)).map(|sign| sign.product.as_str())
}

impl Sign {
    fn holds(&self, hop: &Hop, html: &str) -> bool {
        let server = |beginning: &String| hop.header("server").any(|value| value.to_ascii_lowercase().starts_with(beginning));
        (self.status.is_empty() || self.status.contains(&hop.status))
            && self.server.as_ref().is_none_or(server)
            && self.header.as_ref().is_none_or(|name| hop.header(name).next().is_some())
            && self.cookie.as_ref().is_none_or(|name| hop.cookies.iter().any(|cookie| cookie.name.starts_with(name)))
            && self.body.iter().chain(&self.text).all(|mark| html.contains(mark))
    }

    /// Whether the page is one that a product puts in place of the site's: its size for signs in the source, its words for signs in the text.
    fn holds_on(&self, page: &HomePage) -> bool {
        let within = |text: usize, links: usize| page.links.len() <= links && page.text.chars().nth(text).is_none();
        match (self.text.is_empty(), self.status.is_empty()) {
            (true, false) => true,
            (true, true) => within(STUB_TEXT, STUB_LINKS),
            (false, _) => within(REFUSAL_TEXT, REFUSAL_LINKS) && self.text.iter().all(|mark| page.text.contains(mark)),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::digest::Digest;
    use model::facts::web::{Body, Header};
    use proptest::prelude::*;

    use super::*;

    fn visit(status: u16, media_type: &str, headers: &[(&str, &str)], cookies: &[&str]) -> Visit {
        let url = "http://www.example.gov.cn/".to_owned();
        let hop = Hop {
            url: url.clone(),
            host: crate::names::host("www.example.gov.cn").expect("a name"),
            ip: "192.0.2.7".parse().expect("an address"),
            version: "HTTP/1.1".into(),
            status,
            headers: headers.iter().map(|(name, value)| Header { name: (*name).into(), value: (*value).into() }).collect(),
            cookies: cookies.iter().filter_map(|cookie| crate::headers::cookie(cookie)).collect(),
            hsts: None,
            redirect: None,
        };
        let body =
            Body { digest: Digest::of(b""), length: 0, truncated: false, media_type: media_type.into(), charset: "UTF-8".into() };
        Visit { start: url, hops: vec![hop], broken: None, body: Some(body) }
    }

    fn class(status: u16, html: &str) -> Option<FailureClass> {
        failure(&visit(status, "text/html", &[], &[]), html).map(|failure| failure.class)
    }

    const PAGE: &str = "<title>示例市人民政府</title><p>欢迎</p>";

    #[test]
    fn answers_that_are_pages() {
        assert_eq!(class(200, PAGE), None);
        assert_eq!(failure(&visit(200, "", &[], &[]), PAGE), None);
        assert_eq!(failure(&visit(200, "application/xhtml+xml", &[("server", "yunjiasu-nginx")], &["__jsluid_h=1"]), PAGE), None);
    }

    #[test]
    fn statuses() {
        for status in [401, 403, 405, 407, 451] {
            assert_eq!(class(status, PAGE), Some(FailureClass::AccessDenied), "{status}");
        }
        assert_eq!(class(429, PAGE), Some(FailureClass::RateLimited));
        assert_eq!(class(503, PAGE), Some(FailureClass::ServerError));
        for status in [304, 404, 410, 418] {
            assert_eq!(class(status, PAGE), Some(FailureClass::NotAPage), "{status}");
        }
    }

    #[test]
    fn files_and_nothing_are_no_pages() {
        assert_eq!(class(200, " \n"), Some(FailureClass::NotAPage));
        let file = failure(&visit(200, "application/pdf", &[], &[]), "%PDF");
        assert_eq!(file, Some(Failure::new(FailureClass::NotAPage, "application/pdf")));
    }

    #[test]
    fn a_broken_chain_is_its_own_failure() {
        let mut broken = visit(302, "text/html", &[], &[]);
        broken.broken = Some(Failure::new(FailureClass::TooManyRedirects, "11"));
        assert_eq!(failure(&broken, ""), broken.broken);
    }

    #[test]
    fn block_pages_and_challenges() {
        let blocked = |visit: &Visit, html: &str| {
            let failure = failure(visit, html).expect("a failure");
            assert_eq!(failure.class, FailureClass::BlockPage);
            failure.detail
        };
        let plain = |status| visit(status, "text/html", &[], &[]);
        assert_eq!(blocked(&plain(405), "<img src='//errors.aliyun.com/error.png'>"), "阿里云 WAF, HTTP 405");
        assert_eq!(blocked(&plain(200), "<html><title>WAF拦截页面</title>"), "腾讯云 WAF, HTTP 200");
        assert_eq!(blocked(&plain(200), "<h1>请求疑似攻击，已被防火墙拦截</h1>"), "未具名的防护设备, HTTP 200");
        assert_eq!(blocked(&plain(412), "<script>$_ts={}</script>"), "瑞数动态防护, HTTP 412");
        assert_eq!(blocked(&visit(521, "text/html", &[], &["__jsluid_s=1; path=/"]), "<script></script>"), "加速乐, HTTP 521");
        assert_eq!(blocked(&visit(403, "text/html", &[("cf-mitigated", "challenge")], &[]), PAGE), "Cloudflare, HTTP 403");
        assert_eq!(blocked(&visit(418, "text/html", &[("server", "CloudWAF")], &[]), PAGE), "华为云 WAF, HTTP 418");
    }

    #[test]
    fn a_page_that_mentions_a_product_is_a_page() {
        let article =
            format!("<p>{}</p> errors.aliyun.com 404.safedog.cn D盾_拦截提示", "本市网站防护设备采购公告。".repeat(200));
        assert_eq!(class(200, &article), None);
        let list = format!("{} aqb_cc/error/", "<a href=/x>某</a>".repeat(20));
        assert_eq!(class(200, &list), None);
    }

    /// Answers as the products give them: status, header fields, cookies, HTML.
    #[test]
    fn every_product_by_an_answer_of_its_own() {
        type Case = (&'static str, u16, &'static [(&'static str, &'static str)], &'static [&'static str], &'static str);
        let cases: &[Case] = &[
            ("阿里云 WAF", 405, &[], &[], "<p>很抱歉，由于您访问的URL有可能对网站造成安全威胁，您的访问被阻断。</p>"),
            ("阿里云 WAF", 405, &[], &[], "<img src='//g.alicdn.com/sd-base/static/1.0.5/image/405.png'>"),
            ("阿里云 WAF", 200, &[], &[], "<script>var arg1='A';document.cookie='acw_sc__v2='+x</script>"),
            ("腾讯云 WAF", 403, &[], &[], "<p>您的请求被腾讯云Web应用防火墙阻断</p>"),
            ("腾讯云 WAF", 200, &[], &[], "<script>window.location.href='https://waf.tencent.com/501page.html'</script>"),
            ("华为云 WAF", 418, &[("server", "CloudWAF")], &["HWWAFSESID=1"], ""),
            ("华为云 WAF", 403, &[], &[], "<link href='https://res.hwclouds.com/a.css'>"),
            ("百度云加速", 403, &[("server", "yunjiasu-nginx")], &[], ""),
            ("百度 OpenRASP", 302, &[], &[], "<script>location.href='https://rasp.baidu.com/blocked/?id=1'</script>"),
            ("加速乐", 521, &[], &["__jsluid_s=1"], "<script>document.cookie=1</script>"),
            ("加速乐", 503, &[], &[], "<script src='//static.jiasule.com/static/js/http_error.js'></script>"),
            ("创宇盾", 403, &[], &[], "<a href='https://www.365cyd.com'>help</a>"),
            ("创宇盾", 200, &[], &[], "<p>当前访问疑似黑客攻击，已被创宇盾拦截。</p>"),
            ("安恒玄武盾", 403, &[], &[], "<div class=\"dbwaf-row\"></div>"),
            ("安恒玄武盾", 200, &[], &[], "<a href='//admin.dbappwaf.cn/index.php/Admin/ClientMisinform/'>误报</a>"),
            ("奇安信网站卫士", 493, &[("wzws-ray", "1")], &[], ""),
            ("奇安信网站卫士", 493, &[], &[], "<title>493</title>"),
            ("奇安信安域", 200, &[], &[], "<p>Sorry! your access has been intercepted by AnYu</p>"),
            ("360 磐云", 403, &[("x-panyun-request-id", "1")], &[], ""),
            ("绿盟 WAF", 403, &[("server", "NSFocus")], &[], ""),
            ("长亭雷池", 403, &[], &[], "<!-- event_id: 0123456789abcdef0123456789abcdef -->"),
            ("长亭雷池", 468, &[], &["sl-session=1"], "<script src=a.js></script>"),
            ("安全狗", 200, &[], &[], "<img src='http://404.safedog.cn/images/safedogsite/head.png'>"),
            ("云锁", 403, &[], &["yunsuo_session_verify=1"], ""),
            ("安全宝", 405, &[("x-powered-by-anquanbao", "MISS")], &[], ""),
            ("云盾 YUNDUN", 403, &[], &[], "<p>Blocked by YUNDUN Cloud WAF</p>"),
            ("UCloud WAF", 403, &[("server", "uewaf/1.0")], &[], ""),
            ("蓝盾 WAF", 403, &[], &[], "<p>Bluedon Web Application Firewall</p>"),
            ("铱迅 WAF", 403, &[], &["yx_ci_session=1"], ""),
            ("盛邦 WAF", 403, &[("server", "WebRay-WAF")], &[], ""),
            ("Safe3 WAF", 403, &[("server", "Safe3 Web Firewall")], &[], ""),
            ("西部数码 WAF", 403, &[("server", "wts/1.2")], &[], ""),
            ("瑞数动态防护", 412, &[], &["abcdefS=1"], "<script>$_ts=window['$_ts'];if(!$_ts)$_ts={}</script>"),
            ("瑞数动态防护", 202, &[], &[], "<script>$_ts={}</script>"),
            ("Akamai", 403, &[("server", "AkamaiGHost")], &[], ""),
            ("F5 BIG-IP ASM", 200, &[], &[], "The requested URL was rejected. Please consult with your administrator."),
            ("Imperva", 403, &[], &[], "<p>Request unsuccessful. Incapsula incident ID: 1-2</p>"),
        ];
        for (product, status, headers, cookies, html) in cases {
            let found = failure(&visit(*status, "text/html", headers, cookies), html);
            assert_eq!(found, Some(Failure::new(FailureClass::BlockPage, format!("{product}, HTTP {status}"))), "{html}");
        }
    }

    #[test]
    fn a_page_that_passes_through_a_product_is_a_page() {
        let headers = [
            ("server", "CloudWAF"),
            ("wzws-ray", "1"),
            ("x-panyun-request-id", "1"),
            ("cf-ray", "1"),
            ("x-powered-by-anquanbao", "1"),
        ];
        let cookies = [
            "acw_tc=1",
            "HWWAFSESID=1",
            "__jsluid_s=1",
            "__jsl_clearance_s=1",
            "sl-session=1",
            "yunsuo_session=1",
            "yx_ci_session=1",
        ];
        let small = "<title>示例市人民政府</title><p>欢迎</p><a href=https://www.365cyd.com>网站防护</a><script src=//res.hwclouds.com/a.js></script>";
        assert_eq!(failure(&visit(200, "text/html", &headers, &cookies), small), None);
    }

    #[test]
    fn a_page_that_quotes_a_block_page_is_a_page() {
        let quotation =
            "页面显示“您的请求被拦截”“已被创宇盾拦截”，并称由腾讯云Web应用防火墙、防火墙拦截，访问被拒绝，事件编号如下。";
        let short = format!(
            "<title>关于防火墙拦截的说明</title><p>{}</p><p>{quotation}</p>",
            "本市网站近日启用新的防护措施，请知悉。".repeat(16)
        );
        assert_eq!(class(200, &short), None);
        let among_links = format!("<p>{quotation}</p>{}", "<a href=/x>栏目</a>".repeat(4));
        assert_eq!(class(200, &among_links), None);
        let in_a_script = "<title>示例市人民政府</title><p>欢迎</p><script>var t='您的请求被拦截';var u='防火墙拦截'</script>";
        assert_eq!(class(200, in_a_script), None);
    }

    #[test]
    fn every_sign_can_fail_to_hold() {
        let hop = visit(200, "text/html", &[], &[]).hops.remove(0);
        for sign in SIGNS.iter() {
            assert!(!sign.holds(&hop, PAGE), "{} holds on any page", sign.product);
            assert!(!sign.status.is_empty() || !sign.body.is_empty() || !sign.text.is_empty(), "{} has no ground", sign.product);
        }
    }

    proptest! {
        #[test]
        fn any_answer_is_judged_without_panic(status in 100_u16..1000, html in "\\PC{0,60}", server in "\\PC{0,20}") {
            let _ = failure(&visit(status, "text/html", &[("server", &server)], &[]), &html);
        }
    }
}
