//! Visits over plain HTTP.

use std::io::Write;
use std::sync::atomic::Ordering;

use model::facts::web::Redirect;
use model::observation::{FailureClass, Outcome};
use tokio::net::TcpListener;

use super::probes;
use super::server::{names, page, path, web};
use crate::probes::Fetched;

/// Visits `http://www.example.cn{start}` on a server that answers so.
async fn visit(start: &str, answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Fetched {
    let (probes, permit) = probes(names(&[]).await, web(answer).await.port, vec![]);
    probes.visit(&permit, &format!("http://www.example.cn{start}")).await.expect("an answer")
}

fn broken(fetched: &Fetched) -> Option<FailureClass> {
    fetched.visit.broken.as_ref().map(|failure| failure.class)
}

#[tokio::test]
async fn redirects_are_followed_and_every_answer_is_recorded() {
    let server = web(|head| match path(head) {
        "/" => page("301 Moved", "Location: /a/?x=1#part\r\nServer: one\r\n", b"moved"),
        "/a/?x=1" => {
            page("302 Found", "Location: //user:word@www.example.cn/a/../b\r\nSet-Cookie: sid=secret; HttpOnly\r\n", b"")
        }
        "/b" => {
            assert!(head.contains("\r\nCookie: sid=secret\r\n") && head.contains("Host: www.example.cn\r\n"), "{head}");
            assert!(head.contains("Accept-Language: zh-CN") && head.contains("User-Agent: "), "{head}");
            page(
                "200 OK",
                "Content-Type: Text/HTML; charset=utf-8\r\nStrict-Transport-Security: max-age=60\r\n",
                b"<title>x</title>",
            )
        }
        other => panic!("{other}"),
    })
    .await;
    let (probes, permit) = probes(names(&[]).await, server.port, vec![]);
    let fetched = probes.visit(&permit, "http://www.example.cn/").await.expect("an answer");
    let hops = &fetched.visit.hops;
    let statuses: Vec<u16> = hops.iter().map(|hop| hop.status).collect();
    assert_eq!(statuses, [301, 302, 200]);
    assert_eq!(hops[0].redirect, Some(Redirect::Status("http://www.example.cn/a/?x=1#part".into())));
    assert_eq!((hops[0].ip.to_string().as_str(), hops[0].version.as_str()), ("127.0.0.1", "HTTP/1.1"));
    assert_eq!(hops[0].host.registrable.as_deref(), Some("example.cn"));
    assert_eq!(hops[0].header("server").collect::<Vec<_>>(), ["one"]);
    assert_eq!((hops[1].cookies.len(), hops[1].cookies[0].http_only), (1, true));
    assert_eq!(hops[1].header("set-cookie").count(), 0);
    // The log-in in the address is neither sent nor recorded.
    assert_eq!(hops[1].redirect, Some(Redirect::Status("http://www.example.cn/b".into())));
    assert_eq!(hops[1].header("location").collect::<Vec<_>>(), ["http://www.example.cn/b"]);
    assert_eq!(hops[2].hsts.map(|hsts| hsts.max_age_s), Some(60));
    assert_eq!(fetched.visit.end(), "http://www.example.cn/b");
    let body = fetched.visit.body.as_ref().expect("a body");
    assert_eq!((body.media_type.as_str(), body.length, body.truncated), ("text/html", 16, false));
    assert_eq!(fetched.html.as_deref(), Some("<title>x</title>"));
    assert_eq!(server.connections.load(Ordering::SeqCst), 1, "one connection serves the whole chain");
}

#[tokio::test]
async fn circles_and_endless_chains_end() {
    let circle = visit("/", |head| match path(head) {
        "/" => page("302 Found", "Location: /a\r\n", b""),
        _ => page("302 Found", "Location: /\r\n", b""),
    })
    .await;
    assert_eq!((broken(&circle), circle.visit.hops.len()), (Some(FailureClass::TooManyRedirects), 2));
    assert!(circle.visit.body.is_none());
    let endless = visit("/", |head| page("302 Found", &format!("Location: {}a\r\n", path(head)), b"")).await;
    assert_eq!((broken(&endless), endless.visit.hops.len()), (Some(FailureClass::TooManyRedirects), 11));
}

#[tokio::test]
async fn a_page_that_waits_for_its_cookie_is_reached() {
    let fetched = visit("/", |head| {
        if head.contains("Cookie: seen=1") {
            page("200 OK", "Content-Type: text/html\r\n", b"<p>in</p>")
        } else {
            page("302 Found", "Location: /\r\nSet-Cookie: seen=1; path=/\r\n", b"")
        }
    })
    .await;
    assert_eq!((broken(&fetched), fetched.html.as_deref()), (None, Some("<p>in</p>")));
}

#[tokio::test]
async fn a_refresh_in_the_markup_is_a_redirect() {
    let fetched = visit("/", |head| match path(head) {
        "/" => page("200 OK", "Content-Type: text/html\r\n", b"<meta http-equiv='refresh' content='0; url=/index/'>"),
        _ => page("200 OK", "Content-Type: text/html\r\n", b"<meta http-equiv=refresh content='3; url=/index/'>reloads itself"),
    })
    .await;
    assert_eq!(fetched.visit.hops[0].redirect, Some(Redirect::MetaRefresh("http://www.example.cn/index/".into())));
    assert_eq!((fetched.visit.hops.len(), broken(&fetched)), (2, None));
}

#[tokio::test]
async fn redirects_into_refused_ranges_and_other_schemes_break_the_chain() {
    for (location, class) in [
        ("http://169.254.169.254/latest/meta-data/", FailureClass::AddressRefused),
        ("http://[::1]/", FailureClass::AddressRefused),
        ("http://[::ffff:10.0.0.1]/", FailureClass::AddressRefused),
        ("http://0x0a000001/", FailureClass::AddressRefused),
        ("javascript:alert(1)", FailureClass::ProtocolError),
        ("file:///etc/passwd", FailureClass::ProtocolError),
        ("http://", FailureClass::ProtocolError),
        ("weixin://dl/business/?t=1", FailureClass::NotAPage),
        ("http://www.example.cn:25/", FailureClass::NotPermitted),
    ] {
        let fetched = visit("/", move |_| page("302 Found", &format!("Location: {location}\r\n"), b"")).await;
        assert_eq!((broken(&fetched), fetched.visit.hops.len()), (Some(class), 1), "{location}");
    }
}

#[tokio::test]
async fn an_address_is_followed_as_it_was_sent_or_not_at_all() {
    let long = visit("/", |head| match path(head) {
        "/" => page("302 Found", &format!("Location: /login?request={}end\r\n", "a".repeat(8000)), b""),
        other => page("200 OK", "Content-Type: text/html\r\n", if other.ends_with("aend") { b"whole" } else { b"cut" }),
    })
    .await;
    assert_eq!((broken(&long), long.html.as_deref()), (None, Some("whole")));
    let gbk = visit("/", |head| match path(head) {
        "/" => [&b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: /\xd5\xfe\xb8\xae/\r\n\r\n"[..]].concat(),
        other => page("200 OK", "Content-Type: text/html\r\n", other.as_bytes()),
    })
    .await;
    assert_eq!(gbk.html.as_deref(), Some("/%D5%FE%B8%AE/"));
    let longer = visit("/", |_| page("302 Found", &format!("Location: /login?request={}\r\n", "a".repeat(20_000)), b"")).await;
    assert_eq!((broken(&longer), longer.visit.hops.len()), (Some(FailureClass::TooLarge), 1));
}

#[tokio::test]
async fn bombs_and_endless_bodies_are_cut() {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(&vec![b'a'; 20_000_000]).expect("memory");
    let bomb = writer.finish().expect("memory");
    assert!(bomb.len() < 100_000);
    let fetched = visit("/", move |_| page("200 OK", "Content-Type: text/html\r\nContent-Encoding: gzip\r\n", &bomb)).await;
    let body = fetched.visit.body.expect("a body");
    assert_eq!((body.length, body.truncated), (100_000, true));
    let fetched = visit("/", |_| {
        let mut answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n".to_vec();
        answer.resize(5_000_000, b'a');
        answer
    })
    .await;
    let body = fetched.visit.body.expect("a body");
    assert_eq!((body.length, body.truncated, fetched.body.map(|body| body.len())), (100_000, true, Some(100_000)));
}

#[tokio::test]
async fn servers_that_stop_talking_time_out() {
    let stalled = visit("/", |_| b"HTTP/1.1 200 OK\r\nX-Then: hang\r\nContent-Length: 100\r\n\r\nhalf a page".to_vec()).await;
    assert_eq!((broken(&stalled), stalled.visit.hops[0].status), (Some(FailureClass::ReadTimeout), 200));
    let server = web(|_| b"HTTP/1.1 200 OK\r\nX-Then: hang\r\n".to_vec()).await;
    let (probes, permit) = probes(names(&[]).await, server.port, vec![]);
    let failure = probes.visit(&permit, "http://www.example.cn/").await.expect_err("no head");
    assert_eq!(failure.class, FailureClass::ReadTimeout);
    assert_eq!(failure.detail, "http://www.example.cn/: no complete answer within 0.5 s");
}

#[tokio::test]
async fn odd_servers_are_read_all_the_same() {
    let ancient = visit("/", |_| b"<html>before headers</html>".to_vec()).await;
    assert_eq!(
        (ancient.visit.hops[0].version.as_str(), ancient.html.as_deref()),
        ("HTTP/0.9", Some("<html>before headers</html>"))
    );
    let bare =
        visit("/", |_| b"HTTP/1.1 200 OK\nServer : x\nX-Folded: a\n b\nContent-Type: text/html\n\n<p>ok</p>".to_vec()).await;
    assert_eq!(bare.html.as_deref(), Some("<p>ok</p>"));
    assert_eq!(bare.visit.hops[0].header("server").collect::<Vec<_>>(), ["x"]);
    // GBK in the body and in a header field, and a body without a media type.
    let gbk = visit("/", |_| {
        let mut answer = b"HTTP/1.1 200 OK\r\nX-Name: \xd5\xfe\xb8\xae\r\n\r\n".to_vec();
        answer.extend_from_slice(b"<html><meta charset=gb2312><title>\xd5\xfe\xb8\xae</title></html>");
        answer
    })
    .await;
    assert!(gbk.html.expect("html").contains("<title>政府</title>"));
    assert_eq!(gbk.visit.body.expect("a body").charset, "GBK");
    let file = visit("/", |_| page("200 OK", "Content-Type: application/pdf\r\n", b"%PDF-1.7")).await;
    assert_eq!((file.html, file.visit.body.map(|body| body.media_type)), (None, Some("application/pdf".into())));
}

#[tokio::test]
async fn header_fields_are_bounded() {
    let fetched = visit("/", |_| page("200 OK", &format!("X-Long: {}\r\n", "a".repeat(20_000)), b"")).await;
    assert_eq!(fetched.visit.hops[0].header("x-long").next().map(str::len), Some(4096));
}

#[tokio::test]
async fn a_first_address_without_an_answer_is_a_failure() {
    let closed = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address").port();
    let (probes, permit) = probes(names(&[]).await, closed, vec![]);
    for (start, class) in [
        ("http://www.example.cn/", FailureClass::ConnectionRefused),
        ("http://10.0.0.1/", FailureClass::AddressRefused),
        ("ftp://www.example.cn/", FailureClass::ProtocolError),
        ("www.example.cn", FailureClass::ProtocolError),
    ] {
        assert_eq!(probes.visit(&permit, start).await.expect_err(start).class, class, "{start}");
    }
    let server = web(|_| Vec::new()).await;
    let (probes, permit) = super::probes(names(&[]).await, server.port, vec![]);
    let failure = probes.visit(&permit, "http://www.example.cn/").await.expect_err("closed without a word");
    assert_eq!(failure.class, FailureClass::ConnectionReset);
    let server = web(|_| b"HTTP/1.1 abc\r\nContent-Length: 0\r\n\r\n".to_vec()).await;
    let (probes, permit) = super::probes(names(&[]).await, server.port, vec![]);
    let failure = probes.visit(&permit, "http://www.example.cn/").await.expect_err("no HTTP");
    assert_eq!(failure.class, FailureClass::ProtocolError);
}

#[tokio::test]
async fn a_look_at_a_link_reads_no_body() {
    let server = web(|head| match path(head) {
        "/moved" => page("302 Found", "Location: /gone\r\n", b""),
        "/gone" => page("404 Not Found", "", b"gone"),
        "/circle" => page("302 Found", "Location: /circle\r\n", b""),
        "/program" => page("302 Found", "Location: weixin://dl/business/?t=1\r\n", b""),
        _ => b"HTTP/1.1 200 OK\r\nX-Then: hang\r\nContent-Length: 9\r\n\r\n".to_vec(),
    })
    .await;
    let (probes, permit) = probes(names(&[]).await, server.port, vec![]);
    assert_eq!(probes.link_look(&permit, "http://www.example.cn/").await, Outcome::Seen(200));
    assert_eq!(probes.link_look(&permit, "http://www.example.cn/moved").await, Outcome::Seen(404));
    assert_eq!(probes.link_look(&permit, "http://www.example.cn/program").await, Outcome::Seen(302));
    let circle = probes.link_look(&permit, "http://www.example.cn/circle").await;
    assert_eq!(circle.failure().map(|failure| failure.class), Some(FailureClass::TooManyRedirects));
}
