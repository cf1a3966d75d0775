//! Several ways out that are as polite as one.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use model::observation::FailureClass;
use tokio::net::TcpListener;
use tokio::time::timeout;

use super::server::NameServer;
use super::{permit, settings};
use crate::settings::Vantage;
use crate::settings::{Settings, SettingsError};

#[tokio::test]
async fn another_vantage_looks_from_elsewhere_and_asks_other_resolvers() {
    let names = NameServer::with_host("www.example.cn", &["127.0.0.1"]).await;
    let others = NameServer::with_host("www.example.cn", &["127.0.0.2"]).await;
    let listener = TcpListener::bind("0.0.0.0:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let first = super::dialer(settings(names.address));
    let source = IpAddr::from(Ipv4Addr::new(127, 0, 0, 77));
    let vantage = Vantage {
        name: "telecom".into(),
        source_address: Some(source),
        resolvers: vec![others.address.to_string()],
        ..Vantage::default()
    };
    let second = first.seen_from(vantage).expect("a vantage");
    assert_eq!((first.settings().vantage.as_str(), second.settings().vantage.as_str()), ("local", "telecom"));
    let permit = permit(&first);
    let connection = second.connect(&permit, "www.example.cn", port).await.expect("connected");
    assert_eq!(connection.peer(), IpAddr::from([127, 0, 0, 2]));
    assert_eq!(listener.accept().await.expect("a client").1.ip(), source);
    assert_eq!(names.count(), 0);
    drop(connection);
    // One account for both.
    let entries = first.account().entries();
    assert!(entries.iter().any(|entry| entry.destination == "www.example.cn" && entry.totals.connections == 1));
}

#[tokio::test]
async fn two_vantages_share_places_and_exclusions() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let names = NameServer::with_host("www.example.cn", &["127.0.0.1"]).await;
    let narrow = Settings { per_host_concurrency: 1, exclude: vec!["*.mil.cn".into()], ..settings(names.address) };
    let first = super::dialer(narrow);
    let second = first.seen_from(Vantage { name: "b".into(), ..Vantage::default() }).expect("a vantage");
    let permit = permit(&first);
    let held = first.connect(&permit, "127.0.0.1", port).await.expect("connected");
    let waiting = timeout(Duration::from_millis(50), second.connect(&permit, "127.0.0.1", port));
    assert!(waiting.await.is_err());
    drop(held);
    assert!(second.connect(&permit, "127.0.0.1", port).await.is_ok());
    let excluded = second.connect(&permit, "a.mil.cn", 80).await.err().expect("excluded");
    assert_eq!(excluded.class, FailureClass::NotPermitted);
    let bad = first.seen_from(Vantage { proxy: Some("socks5://127.0.0.1".into()), ..Vantage::default() });
    assert!(matches!(bad, Err(SettingsError::Value { key: "proxy", .. })));
}
