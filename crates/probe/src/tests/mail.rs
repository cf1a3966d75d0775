//! Mail records over a name server of our own.

use std::net::Ipv4Addr;

use model::facts::dns::Answer;
use model::facts::mail::{DmarcPolicy, Qualifier};

use super::probes;
use super::server::names;

#[tokio::test]
async fn spf_is_followed_and_dmarc_inherited() {
    let resolver = names(&[
        ("mail.example.cn", "v=spf1 include:spf.example.net -all"),
        ("mail.example.cn", "another text"),
        ("spf.example.net", "v=spf1 ip4:192.0.2.0/24 ~all"),
        ("_dmarc.example.cn", "v=DMARC1; p=reject; sp=quarantine"),
    ])
    .await;
    let (probes, permit) = probes(resolver, 1, vec![]);
    let domain = readers::names::host("mail.example.cn").expect("a name");
    let mail = probes.mail_dns(&permit, &domain).await;
    assert_eq!((mail.domain.as_str(), mail.mx), ("mail.example.cn", Answer::Empty));
    assert_eq!((mail.spf.lookups, mail.spf.all, mail.spf.unanswered), (1, Some(Qualifier::Fail), None));
    assert_eq!(mail.dmarc.asked, ["_dmarc.mail.example.cn", "_dmarc.example.cn"]);
    assert_eq!(mail.dmarc.found_at.as_deref(), Some("_dmarc.example.cn"));
    assert_eq!(mail.dmarc.records[0].subdomain_policy, Some(DmarcPolicy::Quarantine));
}

#[tokio::test]
async fn a_silent_resolver_leaves_mail_records_open() {
    let silent = tokio::net::UdpSocket::bind("127.0.0.1:0").await.expect("a port");
    let (probes, permit) = probes(silent.local_addr().expect("an address"), 1, vec![]);
    let mail = probes.mail_dns(&permit, &readers::names::host("example.cn").expect("a name")).await;
    assert!(mail.mx.failure().is_some() && mail.spf.unanswered.is_some() && mail.dmarc.unanswered.is_some());
    assert_eq!(mail.dmarc.asked.len(), 1);
}

#[tokio::test]
async fn an_address_literal_needs_no_question() {
    let silent = tokio::net::UdpSocket::bind("127.0.0.1:0").await.expect("a port");
    let (probes, permit) = probes(silent.local_addr().expect("an address"), 1, vec![]);
    let host = probes.host_dns(&permit, &readers::names::host("192.0.2.1").expect("a name")).await;
    assert_eq!(host.a, Answer::Records(vec![Ipv4Addr::new(192, 0, 2, 1)]));
}
