//! The survey against the lab's peers and traps: everything that is true of them is found, and nothing else is claimed.

use std::net::IpAddr;
use std::sync::Arc;

use dialer::dialer::Dialer;
use dialer::permit::Permit;
use dialer::settings::Settings;
use lab::services::{Running, truth, world};
use model::facts::services::{Login, Protocol, Service, Services};
use model::observation::FailureClass;
use model::permission::{AccessLevel, Grant};
use model::subject::SubjectId;

use super::server::{Party, config};
use crate::probes::Probes;

fn surveyor(ports: impl IntoIterator<Item = (u16, u16)>, level: AccessLevel) -> (Probes, Permit) {
    let settings = Settings {
        resolvers: vec!["127.0.0.1:9".into()],
        allow_ranges: vec!["127.0.0.0/8".into()],
        port_map: ports.into_iter().map(|(from, to)| (from.to_string(), to)).collect(),
        per_ip_rate: 10_000,
        per_ip_burst: 1000,
        per_network_rate: 10_000,
        per_host_concurrency: 32,
        connect_timeout_s: 2.0,
        read_timeout_s: 0.5,
        ..Settings::default()
    };
    let dialer = Dialer::new(settings, Arc::new(|| "2026-07-22T02:00:00Z".parse().expect("a time"))).expect("settings");
    let grant = Grant { level: AccessLevel::L2, document: "授权书 1 号".into(), until: None };
    let permit = dialer.permit(&SubjectId::site("www.example.cn"), Some(&grant), level, "services").expect("a permit");
    (Probes::new(dialer).expect("probes"), permit)
}

fn words<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_value(value).expect("a value").as_str().unwrap_or_default().to_owned()
}

fn found(services: &Services) -> impl Iterator<Item = &Service> {
    services.addresses.iter().flat_map(|address| &address.open)
}

#[tokio::test]
async fn the_labs_services_are_told_right() {
    let services = world().expect("the world");
    let running = Running::open(&services).await.expect("services");
    let (probes, permit) = surveyor(running.ports.clone(), AccessLevel::L2);
    let truth = truth().expect("the truth");
    let looks = running.addresses.iter().map(|(host, address)| {
        let ports: Vec<u16> = truth.iter().filter(|row| row.host == *host).map(|row| row.port).collect();
        let (probes, permit, ip) = (&probes, &permit, IpAddr::from(*address));
        async move { (host.clone(), probes.services(permit, host, &[ip], &ports, &[]).await) }
    });
    let surveys = futures::future::join_all(looks).await;
    let mut wrong = Vec::new();
    for row in &truth {
        let survey = surveys.iter().find(|(host, _)| *host == row.host).map(|(_, survey)| survey).expect("a survey");
        let Some(service) = found(survey).find(|service| service.port == row.port) else {
            wrong.push(format!("{}:{} is not found open: {survey:?}", row.host, row.port));
            continue;
        };
        let product = service.products.first();
        let got = (
            service.protocol.as_ref().map(words).unwrap_or_default(),
            product.map(|product| product.name.clone()).unwrap_or_default(),
            product.and_then(|product| product.version.as_ref()).map(|version| version.number.clone()).unwrap_or_default(),
            words(&service.login),
        );
        let expected = (row.protocol.clone(), row.product.clone(), row.version.clone(), row.login.clone());
        if got != expected {
            wrong.push(format!("{}:{}: expected {expected:?}, got {service:?}", row.host, row.port));
        }
        assert!(service.protocol.is_some() || service.failure.is_some(), "{service:?}");
        assert!(service.greeting.len() < 6000 && !service.greeting.chars().any(char::is_control), "{service:?}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let chinese = surveys.iter().flat_map(|(_, survey)| found(survey)).find(|service| service.port == 25).expect("the banner");
    assert_eq!(chinese.greeting, "欢迎使用政务服务系统\\u{1b}[2J\\r\\n");
    // Whatever a trap does, it is asked no more often than the bound says.
    let contacts = probes.dialer.account().entries().len();
    assert!(contacts <= 17 * truth.len(), "{contacts}");
}

#[tokio::test]
async fn services_inside_tls_are_told_as_outside() {
    let party = Party::root("mail.example.cn", &["mail.example.cn"], false);
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config(&party, &[], &[])));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let mut stream = acceptor.accept(stream).await.ok()?;
                stream.write_all(b"* OK ready\r\n").await.ok()?;
                let mut question = *b"a1 CAPABILITY\r\n";
                stream.read_exact(&mut question).await.ok()?;
                stream.write_all(b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\na1 OK done\r\n").await.ok()
            });
        }
    });
    let (probes, permit) = surveyor([(993, port)], AccessLevel::L2);
    let survey = probes.services(&permit, "mail.example.cn", &[[127, 0, 0, 1].into()], &[993, port], &[]).await;
    assert_eq!(found(&survey).count(), 2, "{survey:?}");
    for service in found(&survey) {
        assert_eq!(
            (service.protocol, service.inside_tls, service.login),
            (Some(Protocol::Imap), true, Login::Required),
            "{service:?}"
        );
    }
}

#[tokio::test]
async fn without_a_grant_nothing_is_sent() {
    let (probes, permit) = surveyor([], AccessLevel::L1);
    let survey = probes.services(&permit, "www.example.cn", &[[127, 0, 0, 1].into()], &[80], &[53]).await;
    let unfinished = survey.addresses[0].unfinished.as_ref().expect("a failure");
    assert_eq!(unfinished.class, FailureClass::NotPermitted);
    assert!(probes.dialer.account().entries().is_empty());
}
