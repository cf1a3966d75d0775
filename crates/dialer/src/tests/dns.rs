//! The DNS engine against a name server of our own.

use std::net::IpAddr;

use hickory_proto::op::{Edns, ResponseCode};
use hickory_proto::rr::rdata::TXT;
use hickory_proto::rr::rdata::opt::{ClientSubnet, EdnsOption};
use hickory_proto::rr::{RData, Record, RecordType as Type};
use model::facts::dns::{Answer, Dnssec};
use model::observation::FailureClass;

use super::server::{NameServer, Over, a, asked_name, cname, name, reply, soa};
use super::{dialer, permit, settings};
use crate::dialer::Dialer;
use crate::dns::engine::subnet_of;
use crate::dns::{Data, RecordType, Reply};

fn addresses(ips: &[&str]) -> Answer<Data> {
    Answer::Records(ips.iter().map(|ip| Data::A(ip.parse().expect("an address"))).collect())
}

async fn ask(dialer: &Dialer, name: &str) -> Reply {
    dialer.dns().ask(&permit(dialer), name, RecordType::A).await
}

fn class(reply: &Reply) -> Option<FailureClass> {
    reply.answer.failure().map(|failure| failure.class)
}

#[tokio::test]
async fn the_outcomes_are_kept_apart() {
    let server = NameServer::start(|question, _| {
        let code = match asked_name(question).as_str() {
            "nx.cn" => ResponseCode::NXDomain,
            "servfail.cn" => ResponseCode::ServFail,
            "refused.cn" => ResponseCode::Refused,
            _ => ResponseCode::NoError,
        };
        let mut message = reply(question, code);
        match asked_name(question).as_str() {
            "host.cn" => {
                message.answers = vec![a("host.cn", "192.0.2.9"), a("HOST.cn", "192.0.2.10"), a("other.cn", "192.0.2.1")]
            }
            "silent.cn" => return vec![],
            _ => message.authorities = vec![soa("cn")],
        }
        vec![message]
    })
    .await;
    let dialer = dialer(settings(server.address));
    assert_eq!(ask(&dialer, "Host.CN.").await.answer, addresses(&["192.0.2.10", "192.0.2.9"]));
    assert_eq!(ask(&dialer, "nodata.cn").await.answer, Answer::Empty);
    assert_eq!(ask(&dialer, "nx.cn").await.answer, Answer::NameNotFound);
    let failed = ask(&dialer, "servfail.cn").await;
    assert_eq!(class(&failed), Some(FailureClass::ResolverFailed));
    let detail = &failed.answer.failure().expect("failed").detail;
    assert_eq!(*detail, format!("A of servfail.cn: {} answered SERVFAIL", server.address));
    assert_eq!(class(&ask(&dialer, "refused.cn").await), Some(FailureClass::ResolverFailed));
    assert_eq!(class(&ask(&dialer, "silent.cn").await), Some(FailureClass::ResolverTimeout));
    assert_eq!(class(&ask(&dialer, "a..b").await), Some(FailureClass::ProtocolError));
    assert_eq!(class(&ask(&dialer, &"x".repeat(300)).await), Some(FailureClass::ProtocolError));
}

#[tokio::test]
async fn another_server_stands_in_and_lost_questions_are_repeated() {
    let good = NameServer::with_host("host.cn", &["192.0.2.9"]).await;
    let bad = NameServer::start(|question, _| vec![reply(question, ResponseCode::ServFail)]).await;
    let silent = NameServer::start(|_, _| vec![]).await;
    for first in [bad.address, silent.address] {
        let mut settings = settings(first);
        settings.resolvers.push(good.address.to_string());
        assert_eq!(ask(&dialer(settings), "host.cn").await.answer, addresses(&["192.0.2.9"]));
    }
    let lost = std::sync::atomic::AtomicBool::new(true);
    let forgetful = NameServer::start(move |question, _| {
        if lost.swap(false, std::sync::atomic::Ordering::SeqCst) {
            return vec![];
        }
        let mut message = reply(question, ResponseCode::NoError);
        message.answers = vec![a("host.cn", "192.0.2.9")];
        vec![message]
    })
    .await;
    assert_eq!(ask(&dialer(settings(forgetful.address)), "host.cn").await.answer, addresses(&["192.0.2.9"]));
}

#[tokio::test]
async fn forged_answers_are_passed_over() {
    let server = NameServer::start(|question, _| {
        let mut right = reply(question, ResponseCode::NoError);
        right.answers = vec![a("host.cn", "192.0.2.9")];
        let mut wrong_id = right.clone();
        wrong_id.metadata.id ^= 1;
        wrong_id.answers = vec![a("host.cn", "192.0.2.66")];
        let mut wrong_question = right.clone();
        wrong_question.queries[0].name = name("evil.cn");
        wrong_question.answers = vec![a("host.cn", "192.0.2.66")];
        let mut no_reply = right.clone();
        no_reply.metadata.message_type = hickory_proto::op::MessageType::Query;
        no_reply.answers = vec![a("host.cn", "192.0.2.66")];
        vec![wrong_id, wrong_question, no_reply, right]
    })
    .await;
    assert_eq!(ask(&dialer(settings(server.address)), "host.cn").await.answer, addresses(&["192.0.2.9"]));
}

#[tokio::test]
async fn a_cut_answer_is_asked_again_over_tcp() {
    let server = NameServer::start(|question, over| {
        let mut message = reply(question, ResponseCode::NoError);
        message.metadata.truncation = over == Over::Udp;
        let long = Record::from_rdata(name("host.cn"), 300, RData::TXT(TXT::new(vec!["v=spf1".into(), " -all".into()])));
        if over == Over::Tcp {
            message.answers = vec![long];
        }
        vec![message]
    })
    .await;
    let dialer = dialer(settings(server.address));
    assert_eq!(dialer.dns().txt(&permit(&dialer), "host.cn").await, Answer::Records(vec!["v=spf1 -all".into()]));
}

#[tokio::test]
async fn a_server_without_edns_is_asked_without() {
    let server = NameServer::start(|question, _| {
        let mut message = reply(question, ResponseCode::NoError);
        if message.edns.take().is_some() {
            message.metadata.response_code = ResponseCode::FormErr;
        } else {
            message.answers = vec![a("host.cn", "192.0.2.9")];
        }
        vec![message]
    })
    .await;
    assert_eq!(ask(&dialer(settings(server.address)), "host.cn").await.answer, addresses(&["192.0.2.9"]));
}

#[tokio::test]
async fn aliases_are_followed_inside_and_outside_the_answer() {
    let server = NameServer::start(|question, _| {
        let mut message = reply(question, ResponseCode::NoError);
        match asked_name(question).as_str() {
            "www.cn" => message.answers = vec![cname("cdn.cn", "edge.net"), cname("www.cn", "cdn.cn")],
            "edge.net" => message.answers = vec![cname("edge.net", "pop.net"), a("pop.net", "192.0.2.9")],
            "dead.cn" => {
                message.answers = vec![cname("dead.cn", "gone.cn")];
                message.metadata.response_code = ResponseCode::NXDomain;
            }
            "circle.cn" => message.answers = vec![cname("circle.cn", "back.cn")],
            "back.cn" => message.answers = vec![cname("back.cn", "circle.cn")],
            "inner.cn" => message.answers = vec![cname("inner.cn", "x.cn"), cname("x.cn", "inner.cn")],
            _ => {}
        }
        vec![message]
    })
    .await;
    let dialer = dialer(settings(server.address));
    let reply = ask(&dialer, "www.cn").await;
    assert_eq!(reply.aliases, ["cdn.cn", "edge.net", "pop.net"]);
    assert_eq!(reply.answer, addresses(&["192.0.2.9"]));
    let dead = ask(&dialer, "dead.cn").await;
    assert_eq!((dead.aliases.as_slice(), dead.answer), (["gone.cn".to_owned()].as_slice(), Answer::NameNotFound));
    for circle in ["circle.cn", "inner.cn"] {
        assert_eq!(class(&ask(&dialer, circle).await), Some(FailureClass::ResolverFailed), "{circle}");
    }
}

#[tokio::test]
async fn equal_questions_are_asked_once_and_answers_are_kept() {
    let server = NameServer::with_host("host.cn", &["192.0.2.9"]).await;
    let dialer = dialer(settings(server.address));
    let replies = futures::future::join_all((0..50).map(|_| ask(&dialer, "host.cn"))).await;
    assert!(replies.iter().all(|reply| reply.answer == addresses(&["192.0.2.9"])));
    ask(&dialer, "host.cn").await;
    assert_eq!(server.count(), 1);
    ask(&dialer, "none.cn").await;
    ask(&dialer, "none.cn").await;
    assert_eq!(server.count(), 2);
    let entries = dialer.account().entries();
    assert_eq!((entries.len(), entries[0].totals.queries), (1, 2));
    assert_eq!(entries[0].destination, server.address.to_string());
    assert!(entries[0].totals.bytes_out > 0 && entries[0].totals.bytes_in > 0);
}

#[tokio::test]
async fn many_questions_at_once_are_all_answered() {
    let server = NameServer::start(|question, _| {
        let mut message = reply(question, ResponseCode::NoError);
        message.answers = vec![a(&asked_name(question), "192.0.2.9")];
        vec![message]
    })
    .await;
    let mut settings = settings(server.address);
    settings.dns_timeout_s = 20.0;
    let dialer = dialer(settings);
    let names: Vec<String> = (0..3000).map(|number| format!("h{number}.example.cn")).collect();
    let replies = futures::future::join_all(names.iter().map(|name| ask(&dialer, name))).await;
    assert!(replies.iter().all(|reply| reply.answer == addresses(&["192.0.2.9"])));
}

#[tokio::test]
async fn excluded_names_are_not_asked_for_even_as_aliases() {
    let server = NameServer::start(|question, _| {
        let mut message = reply(question, ResponseCode::NoError);
        message.answers = vec![cname("www.cn", "secret.mil.cn")];
        vec![message]
    })
    .await;
    let mut settings = settings(server.address);
    settings.exclude = vec!["*.mil.cn".into()];
    let dialer = dialer(settings);
    assert_eq!(class(&ask(&dialer, "a.mil.cn").await), Some(FailureClass::NotPermitted));
    assert_eq!(server.count(), 0);
    assert_eq!(class(&ask(&dialer, "www.cn").await), Some(FailureClass::NotPermitted));
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn a_zone_without_ds_is_insecure_and_a_failed_ds_leaves_it_open() {
    let server = NameServer::start(|question, _| {
        let failed = asked_name(question) == "odd.cn" && question.queries[0].query_type == Type::DS;
        let mut message = reply(question, if failed { ResponseCode::ServFail } else { ResponseCode::NoError });
        if question.queries[0].query_type == Type::SOA {
            message.answers = vec![soa(&asked_name(question))];
        }
        vec![message]
    })
    .await;
    let dialer = dialer(settings(server.address));
    let plain = dialer.dns().zone(&permit(&dialer), "plain.cn").await;
    assert_eq!(plain.dnssec, Dnssec::Insecure);
    assert_eq!(plain.soa.records()[0].serial, 7);
    assert_eq!(plain.ns, Answer::Empty);
    let odd = dialer.dns().zone(&permit(&dialer), "odd.cn").await;
    assert!(matches!(odd.dnssec, Dnssec::Indeterminate(failure) if failure.class == FailureClass::ResolverFailed));
}

#[tokio::test]
async fn a_question_that_waits_for_its_turn_is_not_taken_for_unanswered() {
    let server = NameServer::start(|question, _| {
        let mut message = reply(question, ResponseCode::NoError);
        message.answers = vec![a("live.cn", "192.0.2.9")];
        if asked_name(question) == "live.cn" { vec![message] } else { vec![] }
    })
    .await;
    let dialer = dialer(settings(server.address));
    let names: Vec<String> = (0..600).map(|number| format!("dead{number}.cn")).chain(["live.cn".to_owned()]).collect();
    let replies = futures::future::join_all(names.iter().map(|name| ask(&dialer, name))).await;
    assert_eq!(replies.last().map(|reply| reply.answer.clone()), Some(addresses(&["192.0.2.9"])));
    assert_eq!(class(&replies[0]), Some(FailureClass::ResolverTimeout));
    // What a silent server was sent stands on the account too.
    assert_eq!(dialer.account().entries()[0].totals.queries, 600 * 2 + 1);
}

#[tokio::test]
async fn records_without_content_are_not_taken_for_none() {
    let server = NameServer::start(|question, _| {
        let mut message = reply(question, ResponseCode::NoError);
        message.answers = vec![Record::update0(name("host.cn"), 300, Type::A)];
        vec![message]
    })
    .await;
    assert_eq!(class(&ask(&dialer(settings(server.address)), "host.cn").await), Some(FailureClass::ResolverFailed));
}

/// A server that sends the question back in small letters, by the ways that `over` names, and answers with `udp` or `tcp`.
async fn in_small_letters(over: &'static [Over], udp: &'static str, tcp: &'static str) -> NameServer {
    NameServer::start(move |question, way| {
        let mut message = reply(question, ResponseCode::NoError);
        if over.contains(&way) {
            message.queries[0].name = name(&asked_name(question));
        }
        message.answers = vec![a(&asked_name(question), if way == Over::Udp { udp } else { tcp })];
        vec![message]
    })
    .await
}

#[tokio::test]
async fn an_answer_in_other_letters_is_not_believed() {
    let server = in_small_letters(&[Over::Udp], "198.51.100.6", "192.0.2.9").await;
    let dialer = dialer(settings(server.address));
    for host in ["www.a-name-with-many-letters.cn", "www.another-name-with-many-letters.cn"] {
        assert_eq!(ask(&dialer, host).await.answer, addresses(&["192.0.2.9"]));
    }
    assert_eq!(dialer.account().entries()[0].totals.queries, 4);
}

#[tokio::test]
async fn a_server_that_keeps_no_case_is_found_out_and_then_believed() {
    let server = in_small_letters(&[Over::Udp, Over::Tcp], "192.0.2.9", "192.0.2.9").await;
    let dialer = dialer(settings(server.address));
    for host in ["www.a-name-with-many-letters.cn", "www.another-name-with-many-letters.cn"] {
        assert_eq!(ask(&dialer, host).await.answer, addresses(&["192.0.2.9"]));
    }
    // A datagram, a stream, and from then on datagrams alone.
    assert_eq!(dialer.account().entries()[0].totals.queries, 3);
}

#[tokio::test]
async fn records_that_were_not_asked_for_are_ignored() {
    let server = NameServer::start(|question, _| {
        let mut message = reply(question, ResponseCode::NoError);
        if asked_name(question) == "www.cn" {
            message.answers = vec![a("bank.cn", "198.51.100.6"), a("www.cn", "192.0.2.9"), cname("bank.cn", "www.cn")];
            message.additionals = vec![a("bank.cn", "198.51.100.6")];
        } else {
            message.metadata.response_code = ResponseCode::NXDomain;
            message.authorities = vec![soa("elsewhere.cn")];
        }
        vec![message]
    })
    .await;
    let dialer = dialer(settings(server.address));
    let reply = ask(&dialer, "www.cn").await;
    assert_eq!((reply.aliases.len(), reply.answer), (0, addresses(&["192.0.2.9"])));
    // Nothing of the other name was kept.
    assert_eq!(ask(&dialer, "bank.cn").await.answer, Answer::NameNotFound);
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn a_question_for_a_subnet_says_so_and_brings_the_scope() {
    let server = NameServer::start(|question, _| {
        let mut message = reply(question, ResponseCode::NoError);
        let asked = subnet_of(question).map(|subnet| (subnet.addr().to_string(), subnet.source_prefix()));
        let (ip, scope) = match asked {
            None => ("192.0.2.1", None),
            Some((network, 24)) if network == "198.51.100.0" => ("192.0.2.2", Some((IpAddr::from([198, 51, 100, 0]), 16))),
            // An answer for another network than the one asked about.
            Some(_) => ("192.0.2.3", Some((IpAddr::from([203, 0, 113, 0]), 24))),
        };
        message.answers = vec![a(&asked_name(question), ip)];
        message.edns = scope.map(|(network, length)| {
            let mut edns = Edns::new();
            edns.options_mut().insert(EdnsOption::Subnet(ClientSubnet::new(network, 24, length)));
            edns
        });
        vec![message]
    })
    .await;
    let dialer = dialer(settings(server.address));
    let permit = permit(&dialer);
    let ask_for = async |subnet: &str| {
        let subnet = subnet.parse().expect("a network");
        dialer.dns().ask_for_subnet(&permit, "cdn.cn", RecordType::A, subnet).await
    };
    assert_eq!(ask(&dialer, "cdn.cn").await.answer, addresses(&["192.0.2.1"]));
    let near = ask_for("198.51.100.77/24").await;
    assert_eq!((near.reply.answer, near.scope), (addresses(&["192.0.2.2"]), Some(16)));
    assert_eq!(class(&ask_for("192.0.2.0/24").await.reply), Some(FailureClass::ResolverTimeout));
    assert_eq!(ask(&dialer, "cdn.cn").await.answer, addresses(&["192.0.2.1"]));
}
