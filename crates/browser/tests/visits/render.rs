//! What is recorded of a page: its marks with their boxes, its requests, its HTML, its picture.

use crate::world::World;
use browser::settings::Settings;
use browser::{Rendered, Wants};
use model::digest::Digest;
use model::facts::rendered::SeenMark;
use model::observation::FailureClass;
use tokio::net::TcpListener;

const RED: &str =
    r##"<svg xmlns="http://www.w3.org/2000/svg" width="60" height="70"><rect width="60" height="70" fill="red"/></svg>"##;

fn badge(address: &str) -> String {
    format!("<a href='https://bszs.conac.cn/sitename?method=show&id=00112233445566778899AABBCCDDEEFF'><img src='{address}'></a>")
}

async fn rendered(world: &World, url: &str) -> Rendered {
    world.browser.visit(&world.permit, url, Wants::default()).await.unwrap().rendered
}

fn mark_with<'a>(rendered: &'a Rendered, picture: &str) -> &'a SeenMark {
    let has = |seen: &&SeenMark| seen.mark.picture.as_deref().is_some_and(|address| address.ends_with(picture));
    rendered.page.marks.iter().find(has).unwrap_or_else(|| panic!("no mark {picture} in {:?}", rendered.page.marks))
}

#[tokio::test(flavor = "multi_thread")]
async fn marks_are_seen_where_and_as_a_visitor_sees_them() {
    // The page's own scripts lie about boxes, and an element takes the name of a property of the document.
    let home = format!(
        "<!doctype html><meta charset=utf-8><title>示例</title><img name=documentElement><form name=body></form>
         <script>Element.prototype.getBoundingClientRect = () => ({{left:0,top:0,right:1,bottom:1}});</script>
         <div style='height:1500px'>上</div>
         <div style='display:none'>{hidden}</div><div style='opacity:0'>{clear}</div>
         <div style='width:0;height:0;overflow:hidden'>{clipped}</div>
         {broken}
         <iframe src='http://foot.example.gov.cn/foot.html' style='position:absolute;left:300px;top:1000px;border:5px solid;width:400px;height:200px'></iframe>
         <iframe src='http://www.example.com/other.html' style='width:100px;height:50px'></iframe>
         <div id=foot style='text-align:center'></div>
         <script>addEventListener('scroll', () => document.getElementById('foot').innerHTML = {script:?}, {{once: true}})</script>",
        hidden = badge("/hidden/red.svg"),
        clear = badge("/clear/red.svg"),
        clipped = badge("/clipped/red.svg"),
        broken = badge("/missing/red.svg"),
        script = badge("/red.svg"),
    );
    let foot = format!(
        "<body style='margin:0;background:repeating-conic-gradient(#000 0 1%,#fff 0 2%)'>
         <p style='margin:0;height:20px'>框架文字</p>{}",
        badge("/red.svg")
    );
    let mut pages = vec![
        ("www.example.gov.cn/", home.as_str()),
        ("www.example.com/other.html", "<p>foreign words</p>"),
        ("foot.example.gov.cn/foot.html", foot.as_str()),
    ];
    let pictures =
        ["www.example.gov.cn/hidden/red.svg", "www.example.gov.cn/clear/red.svg", "www.example.gov.cn/clipped/red.svg"];
    pages.extend(pictures.map(|at| (at, RED)));
    pages.extend([("www.example.gov.cn/red.svg", RED), ("foot.example.gov.cn/red.svg", RED)]);
    let world = World::new(Settings::default(), &pages).await;
    let rendered = rendered(&world, "http://www.example.gov.cn/").await;

    let built = mark_with(&rendered, "www.example.gov.cn/red.svg");
    assert!(built.visible && built.frame.is_none(), "{built:?}");
    assert_eq!((built.rect.width, built.rect.height), (60, 70));
    assert!((built.rect.x + 30 - rendered.page.width / 2).abs() < 20 && built.rect.y > 1500, "{built:?}");
    let framed = mark_with(&rendered, "foot.example.gov.cn/red.svg");
    assert_eq!(framed.frame.as_deref(), Some("http://foot.example.gov.cn/foot.html"));
    assert!(framed.visible);
    assert_eq!((framed.rect.x, framed.rect.y), (305, 1025));
    for unseen in ["/hidden/red.svg", "/clear/red.svg", "/clipped/red.svg", "/missing/red.svg"] {
        assert!(!mark_with(&rendered, unseen).visible, "{unseen}");
    }

    assert!(rendered.dom.contains("框架文字") && rendered.dom.contains("<!-- frame http://foot.example.gov.cn/foot.html -->"));
    assert!(!rendered.dom.contains("foreign words"));
    assert_eq!(rendered.page.page.html, Some(Digest::of(rendered.dom.as_bytes())));
    assert_eq!((rendered.page.viewport_width, rendered.page.viewport_height), (1366, 768));
    let status = |url: &str| rendered.page.requests.iter().find(|request| request.url == url).and_then(|request| request.status);
    assert_eq!(status("http://www.example.gov.cn/"), Some(200));
    assert_eq!(status("http://www.example.gov.cn/missing/red.svg"), Some(404));
    let picture = rendered.screenshot.unwrap();
    let screenshot = rendered.page.screenshot.unwrap();
    assert_eq!(screenshot.digest, Digest::of(&picture));
    assert_eq!((screenshot.width, screenshot.height), (rendered.page.width, rendered.page.height));
    assert!(picture.starts_with(&[0xff, 0xd8]));
    // The frame's fine pattern takes room in a JPEG: without it, as when the browser leaves out frames that are out of sight, it is small.
    assert!(picture.len() > 40_000, "{}", picture.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_browser_reaches_only_what_the_dialer_lets_it() {
    let inside = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = inside.local_addr().unwrap().port();
    let home = format!(
        "<!doctype html><img src='http://169.254.169.254/latest/meta-data'><img src='http://127.0.0.1:{port}/a'>
         <img src='https://[::1]:{port}/b'><script>fetch('http://localhost:{port}/c'); new WebSocket('ws://127.0.0.1:{port}/d')</script>
         <img src='https://img.example.gov.cn/x.svg'>"
    );
    let world = World::new(Settings::default(), &[("www.example.gov.cn/", &home), ("img.example.gov.cn/x.svg", RED)]).await;
    let rendered = rendered(&world, "http://www.example.gov.cn/").await;
    let request = |part: &str| rendered.page.requests.iter().find(|request| request.url.contains(part)).unwrap();
    for refused in ["169.254.169.254", "/a", "/b"] {
        let failure = request(refused).failure.clone().unwrap_or_default();
        assert!(failure.starts_with("address_refused: "), "{refused}: {failure}");
    }
    assert_eq!(request("x.svg").status, Some(200));
    // Nothing has knocked at the door inside.
    assert!(futures_now(inside.accept()).is_none());

    // A page that stands there itself is refused with the dialer's class.
    let refused = world.browser.visit(&world.permit, &format!("http://127.0.0.1:{port}/"), Wants::default()).await.unwrap_err();
    assert_eq!(refused.class, FailureClass::AddressRefused);
    let closed = world.browser.visit(&world.permit, "http://www.example.gov.cn:81/", Wants::default()).await.unwrap_err();
    assert_eq!(closed.class, FailureClass::ConnectionRefused);
    let file = world.browser.visit(&world.permit, "file:///etc/passwd", Wants::default()).await.unwrap_err();
    assert_eq!(file.class, FailureClass::NotAPage);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_has_a_limit_of_bytes_and_time() {
    let large = "x".repeat(300_000);
    let home = "<!doctype html><p>start</p><iframe src=/large></iframe><script>alert(1); for (;;);</script>";
    let settings = Settings { bytes_per_page: 100_000, page_timeout_s: 8, ..Settings::default() };
    let pages = [
        ("www.example.gov.cn/", "<!doctype html><p>start</p><iframe src=/large></iframe>"),
        ("www.example.gov.cn/large", &large),
        ("www.example.gov.cn/endless", home),
    ];
    let world = World::new(settings, &pages).await;
    let rendered = rendered(&world, "http://www.example.gov.cn/").await;
    let cut = rendered.page.requests.iter().find(|request| request.url.ends_with("/large")).unwrap();
    assert!(cut.failure.is_some() && rendered.dom.contains("start"), "{cut:?}");
    let endless = world.browser.visit(&world.permit, "http://www.example.gov.cn/endless", Wants::default()).await.unwrap_err();
    assert!(matches!(endless.class, FailureClass::ReadTimeout | FailureClass::ToolFailed), "{endless:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_with_a_page_is_a_page_and_one_without_is_a_failure() {
    let world = World::new(Settings::default(), &[("www.example.gov.cn/down", "503")]).await;
    let missing = rendered(&world, "https://www.example.gov.cn/missing").await;
    assert_eq!(missing.page.requests[0].status, Some(404));
    assert!(missing.dom.contains("none"));
    let down = world.browser.visit(&world.permit, "http://www.example.gov.cn/down", Wants::default()).await.unwrap_err();
    assert_eq!(down.class, FailureClass::ServerError, "{}", down.detail);
}

/// The value of a future that is ready now.
fn futures_now<F: Future>(future: F) -> Option<F::Output> {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(value) => Some(value),
        std::task::Poll::Pending => None,
    }
}
