//! The scripts of a page.

use std::sync::atomic::Ordering;

use model::facts::page::HomePage;
use model::observation::FailureClass;

use super::probes;
use super::server::{names, page, path, web};
use crate::scripts::{FetchedScripts, ScriptBounds};

const PAGE: &str = "http://www.example.cn/";

fn home(scripts: &[&str]) -> HomePage {
    let scripts: Vec<String> = scripts.iter().map(|script| (*script).to_owned()).collect();
    HomePage { url: PAGE.into(), scripts, ..HomePage::default() }
}

async fn fetch(
    home: &HomePage,
    bounds: &ScriptBounds,
    answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static,
) -> FetchedScripts {
    let (probes, permit) = probes(names(&[]).await, web(answer).await.port, vec![]);
    probes.scripts(&permit, PAGE, home, bounds).await
}

fn classes(fetched: &FetchedScripts) -> Vec<Option<FailureClass>> {
    fetched.scripts.scripts.iter().map(|script| script.failure.as_ref().map(|failure| failure.class)).collect()
}

#[tokio::test]
async fn scripts_are_fetched_over_one_connection_a_host() {
    let server = web(|head| match path(head) {
        "/moved.js" => page("302 Found", "Location: /b.js\r\n", b""),
        at => page("200 OK", "Content-Type: text/javascript\r\n", format!("var at = '{at}'").as_bytes()),
    })
    .await;
    let (probes, permit) = probes(names(&[]).await, server.port, vec![]);
    let addresses = [
        "http://www.example.cn/a.js?v=1",
        "http://cdn.other.cn/lib.js",
        "http://www.example.cn/moved.js",
        "http://static.example.cn/c.js",
        "http://www.example.cn/a.js?v=1",
    ];
    let home = HomePage { pinned_scripts: vec![addresses[1].into()], ..home(&addresses) };
    let fetched = probes.scripts(&permit, PAGE, &home, &ScriptBounds::default()).await;
    let scripts = &fetched.scripts.scripts;
    let urls: Vec<&str> = scripts.iter().map(|script| script.url.as_str()).collect();
    assert_eq!(urls, addresses[..4], "in the order met, each once");
    let told: Vec<(bool, bool)> = scripts.iter().map(|script| (script.third_party, script.pinned)).collect();
    assert_eq!(told, [(false, false), (true, true), (false, false), (false, false)]);
    assert_eq!(fetched.bodies.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [0, 1, 2, 3]);
    assert_eq!(fetched.bodies[2].1, b"var at = '/b.js'");
    assert_eq!(scripts[2].body, Some(model::digest::Digest::of(b"var at = '/b.js'")));
    assert_eq!((scripts[2].length, fetched.scripts.beyond), (16, 0));
    assert_eq!(server.connections.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn what_was_not_read_says_why() {
    let home = home(&[
        "http://gone.nowhere.cn/a.js",
        "http://www.example.cn/404.js",
        "http://www.example.cn/soft.js",
        "http://www.example.cn/large.js",
        "http://www.example.cn/circle.js",
        "http://192.0.2.1:22/x.js",
        "http://www.example.cn/html.js",
    ]);
    let bounds = ScriptBounds { bytes: 1000, ..ScriptBounds::default() };
    let fetched = fetch(&home, &bounds, |head| match path(head) {
        "/404.js" => page("404 Not Found", "", b"none"),
        "/soft.js" => page("200 OK", "Content-Type: text/html\r\n", b"<!doctype html><title>x</title>"),
        "/large.js" => page("200 OK", "", &[b'a'; 1001]),
        "/html.js" => page("200 OK", "Content-Type: text/html\r\n", b"var a"),
        at => page("302 Found", &format!("Location: {at}x\r\n"), b""),
    })
    .await;
    use FailureClass as F;
    let expected = [F::NameNotFound, F::NotAPage, F::NotAPage, F::TooLarge, F::TooManyRedirects, F::NotPermitted];
    assert_eq!(classes(&fetched), expected.map(Some).into_iter().chain([None]).collect::<Vec<_>>());
    assert_eq!(fetched.bodies, [(6, b"var a".to_vec())]);
}

#[tokio::test]
async fn bounds_hold() {
    let addresses: Vec<String> = (0..30).map(|number| format!("http://www.example.cn/{number}.js")).collect();
    let home = HomePage { scripts: addresses, ..home(&[]) };
    let few = ScriptBounds { scripts: 3, ..ScriptBounds::default() };
    let small = ScriptBounds { total_bytes: 450, ..ScriptBounds::default() };
    for (bounds, read) in [(few, 3), (small, 5)] {
        let fetched = fetch(&home, &bounds, |_| page("200 OK", "", &[b'a'; 100])).await;
        assert_eq!((fetched.scripts.scripts.len(), fetched.scripts.beyond), (read, 30 - read as u32));
    }
    let no_time = ScriptBounds { time_s: 0.0, ..ScriptBounds::default() };
    let fetched = fetch(&home, &no_time, |_| page("200 OK", "", b"a")).await;
    assert_eq!((fetched.scripts.scripts.len(), fetched.scripts.beyond), (0, 30));
}
