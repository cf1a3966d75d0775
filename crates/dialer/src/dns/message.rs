//! Reading one answer message: the aliases in it, the records at their end, how long they hold.

use std::sync::Arc;
use std::time::Duration;

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{Name, RData, Record, RecordType as Type};
use model::facts::dns::{Answer, Mx, Soa};
use model::observation::{Failure, FailureClass};

use crate::dns::{Data, RecordType};

/// Longest that an answer is kept, whatever its records say.
const LONGEST: Duration = Duration::from_secs(3600);
/// Longest that "there is none" is kept.
const LONGEST_NEGATIVE: Duration = Duration::from_secs(300);
/// Most records of one answer that are kept.
const RECORDS: usize = 256;

/// A question: a name in lower case without final dot, and a type. Clones share the name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Question {
    pub(crate) name: Arc<str>,
    pub(crate) record: RecordType,
}

impl Question {
    /// A question about a name as somebody wrote it.
    pub(crate) fn new(name: &str, record: RecordType) -> Self {
        Self { name: name.trim_end_matches('.').to_ascii_lowercase().into(), record }
    }
}

/// What one message says to a question.
#[derive(Debug)]
pub(crate) struct Part {
    /// The aliases followed within the message.
    pub(crate) aliases: Vec<String>,
    /// The answer; `None` when the message ends with an alias and says nothing about its target.
    pub(crate) answer: Option<Answer<Data>>,
    /// How long it holds.
    pub(crate) lifetime: Duration,
}

/// Reads a message whose response code is NOERROR or NXDOMAIN.
pub(crate) fn read(message: &Message, question: &Question) -> Part {
    let mut lifetime = LONGEST;
    let mut aliases = Vec::new();
    let mut name = question.name.to_string();
    let wanted = question.record.code();
    // Each round uses up one alias record, so there are no more rounds than records.
    for _ in 0..message.answers.len() {
        let Some((target, ttl)) = alias(&message.answers, &name) else { break };
        lifetime = lifetime.min(ttl);
        name.clone_from(&target);
        aliases.push(target);
    }
    let found = |record: &&Record| record.record_type() == wanted && text(&record.name) == name;
    let records: Vec<&Record> = message.answers.iter().filter(found).take(RECORDS).collect();
    if !records.is_empty() {
        lifetime = records.iter().map(|record| seconds(record.ttl)).fold(lifetime, Duration::min);
        let mut data: Vec<Data> = records.iter().filter_map(|record| data_of(&record.data)).collect();
        data.sort_by_cached_key(sort_key);
        data.dedup();
        let answer = if data.is_empty() {
            let detail = format!("{} of {}: records that cannot be read", wanted, question.name);
            Answer::Failed(Failure::new(FailureClass::ResolverFailed, detail))
        } else {
            Answer::Records(data)
        };
        return Part { aliases, answer: Some(answer), lifetime };
    }
    let authority = message.authorities.iter().find_map(|record| match &record.data {
        RData::SOA(soa) if lies_in(&name, &text(&record.name)) => Some(seconds(record.ttl.min(soa.minimum))),
        _ => None,
    });
    let lifetime = lifetime.min(authority.unwrap_or(Duration::from_secs(60))).min(LONGEST_NEGATIVE);
    let answer = match message.metadata.response_code {
        ResponseCode::NXDomain => Some(Answer::NameNotFound),
        _ if aliases.is_empty() || authority.is_some() => Some(Answer::Empty),
        _ => None,
    };
    Part { aliases, answer, lifetime }
}

impl RecordType {
    /// The codec's type.
    pub(crate) fn code(self) -> Type {
        match self {
            Self::A => Type::A,
            Self::Aaaa => Type::AAAA,
            Self::Ns => Type::NS,
            Self::Soa => Type::SOA,
            Self::Mx => Type::MX,
            Self::Txt => Type::TXT,
            Self::Caa => Type::CAA,
            Self::Ds => Type::DS,
            Self::Dnskey => Type::DNSKEY,
        }
    }
}

fn alias(answers: &[Record], name: &str) -> Option<(String, Duration)> {
    answers.iter().find_map(|record| match &record.data {
        RData::CNAME(target) if text(&record.name) == name => Some((text(target), seconds(record.ttl))),
        _ => None,
    })
}

fn data_of(data: &RData) -> Option<Data> {
    Some(match data {
        RData::A(ip) => Data::A(ip.0),
        RData::AAAA(ip) => Data::Aaaa(ip.0),
        RData::SOA(soa) => Data::Soa(Soa { mname: text(&soa.mname), rname: text(&soa.rname), serial: soa.serial }),
        RData::MX(mx) => Data::Mx(Mx { preference: mx.preference, host: text(&mx.exchange) }),
        RData::NS(name) => Data::Text(text(name)),
        RData::TXT(strings) => Data::Text(String::from_utf8_lossy(&strings.txt_data.concat()).into_owned()),
        RData::CAA(caa) => Data::Text(caa.to_string()),
        RData::DNSSEC(record) => Data::Text(record.to_string()),
        _ => return None,
    })
}

fn sort_key(data: &Data) -> (u16, String) {
    match data {
        Data::A(ip) => (0, ip.to_string()),
        Data::Aaaa(ip) => (0, ip.to_string()),
        Data::Soa(soa) => (0, soa.mname.clone()),
        Data::Mx(mx) => (mx.preference, mx.host.clone()),
        Data::Text(text) => (0, text.clone()),
    }
}

/// A name as the product writes it: lower case, without final dot; the root is empty.
fn text(name: &Name) -> String {
    let mut text = name.to_ascii();
    text.make_ascii_lowercase();
    if text.ends_with('.') {
        text.pop();
    }
    text
}

/// Whether a name is a zone's or lies below it. Another zone has no say in whether it exists.
fn lies_in(name: &str, zone: &str) -> bool {
    zone.is_empty() || name.strip_suffix(zone).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn seconds(ttl: u32) -> Duration {
    Duration::from_secs(ttl.into())
}
