//! Entrances followed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use model::facts::clients::{Audience, Way};
use model::facts::services::{AddressServices, Protocol, Service, Services};
use model::observation::FailureClass;

use super::server::{names, page, path, web};
use super::{detectable, probes};

const HOME: &str = "http://www.example.cn/";
const HTML: &str = "Content-Type: text/html; charset=utf-8\r\n";

#[tokio::test]
async fn linked_entrances_are_read() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let server = web(move |head| {
        counter.fetch_add(1, Ordering::SeqCst);
        match path(head) {
            "/sso" => page("302 Found", "Location: http://login.other.cn/connect\r\n", b""),
            "/connect" => page("200 OK", HTML, "<title>统一身份认证</title><p>个人登录</p><input type=password>".as_bytes()),
            "/admin/" => page("200 OK", HTML, "<title>网站后台管理</title><input type=password>".as_bytes()),
            "/manager/" => page("401 Unauthorized", "WWW-Authenticate: Basic realm=\"Tomcat Manager Application\"\r\n", b""),
            "/oa/" => page("403 Forbidden", HTML, b"no"),
            other => panic!("nobody linked {other}"),
        }
    })
    .await;
    let (probes, permit) = probes(names(&[]).await, server.port, vec![]);
    let html = "<a href=/sso>登录</a><a href=/admin/>x</a><a href=/manager/>y</a><a href=/oa/>OA系统</a><a href=/news>新闻</a>";
    let home = readers::page::read(html, HOME);
    let found = probes.entrances(&permit, &home, &[], None).await;
    let pages: Vec<_> = found.entrances.entrances.iter().map(|entrance| &entrance.page).collect();
    let public = pages[0].seen().expect("a page");
    assert_eq!((public.url.as_str(), public.audience), ("http://login.other.cn/connect", Audience::Public));
    assert_eq!(public.ways, [Way::Password, Way::GovernmentAccount]);
    assert_eq!(pages[1].seen().map(|page| page.audience), Some(Audience::Staff));
    let manager = pages[2].seen().expect("a page");
    assert_eq!((manager.status, manager.product.as_deref()), (401, Some("Apache Tomcat Manager")));
    assert_eq!(pages[3].failure().map(|failure| failure.class), Some(FailureClass::AccessDenied));
    assert_eq!((asked.load(Ordering::SeqCst), found.entrances.beyond, found.entrances.page.as_str()), (5, 0, HOME));
    assert_eq!(found.bodies.len(), 3);
}

#[tokio::test]
async fn ports_of_a_survey_need_their_level() {
    let server = web(|_| page("200 OK", HTML, b"<title>Nacos</title>")).await;
    let (probes, permit) = probes(names(&[]).await, server.port, vec![]);
    let service = Service { port: server.port, protocol: Some(Protocol::Http), ..Service::default() };
    let ip = "127.0.0.1".parse().expect("an address");
    let address = AddressServices { ip, open: vec![service], closed: 0, silent: 0, unfinished: None };
    let services = Services { host: "www.example.cn".into(), addresses: vec![address], ..Services::default() };
    let home = readers::page::read("<p>x", HOME);
    let found = probes.entrances(&permit, &home, &[], Some(&services)).await;
    assert_eq!(found.entrances.entrances, []);
    let found = probes.entrances(&detectable(&probes), &home, &[], Some(&services)).await;
    let entrance = &found.entrances.entrances[0];
    assert_eq!(
        (entrance.found_by.as_str(), entrance.url.clone()),
        ("service", format!("http://www.example.cn:{}/", server.port))
    );
    assert_eq!(entrance.page.seen().and_then(|page| page.product.as_deref()), Some("Nacos"));
}
