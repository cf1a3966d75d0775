//! What the rest of the product asks: one question, a host, a zone.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::join;
use hickory_proto::op::ResponseCode;
use hickory_proto::rr::rdata::opt::ClientSubnet;
use ipnet::IpNet;
use model::facts::dns::{Answer, Dnssec, HostDns, Mx, Soa, ZoneDns};
use model::observation::{Failure, FailureClass};
use tokio::sync::OnceCell;

use crate::account::Account;
use crate::dialer::Clock;
use crate::dns::cache::Cache;
use crate::dns::dnssec::Validator;
use crate::dns::engine::{Checking, Engine, Manner, subnet_of};
use crate::dns::message::{self, Question};
use crate::dns::{Data, NetworkReply, RecordType, Reply};
use crate::guard::Guard;
use crate::permit::Permit;
use crate::settings::{Settings, SettingsError};

/// How many times a chain of aliases that leaves the answer is asked after.
const QUESTIONS: usize = 8;
/// How many aliases are followed in all.
const ALIASES: usize = 16;
/// From how many questions on the map of those under way is first cleared of abandoned ones.
const FIRST_SWEEP: usize = 1024;

/// The resolver: asks the configured servers, never the zones' own. Equal questions under way are asked once.
#[derive(Clone)]
pub struct Resolver {
    shared: Arc<Inner>,
}

/// A question under way: its first asker asks, the others wait for the reply; when that one goes, the next asks.
type Flight = OnceCell<Arc<Reply>>;

/// The questions under way. Of those that all askers have left, none but the map holds the flight.
#[derive(Default)]
struct Flights {
    by_question: HashMap<Question, Arc<Flight>>,
    sweep_at: usize,
}

struct Inner {
    engine: Engine,
    validator: Validator,
    cache: Mutex<Cache>,
    flights: Mutex<Flights>,
    clock: Clock,
    guard: Arc<Guard>,
}

impl Resolver {
    pub(crate) fn new(
        settings: &Settings,
        clock: Clock,
        guard: Arc<Guard>,
        account: Arc<Account>,
    ) -> Result<Self, SettingsError> {
        let servers = settings.name_servers()?;
        let inner = Inner {
            validator: Validator::new(settings, &servers, Arc::clone(&account))?,
            engine: Engine::new(settings, servers, account),
            cache: Mutex::default(),
            flights: Mutex::default(),
            clock,
            guard,
        };
        Ok(Self { shared: Arc::new(inner) })
    }

    /// Asks one question about `name` (A-label form). Records come in the order of their text.
    pub async fn ask(&self, permit: &Permit, name: &str, record: RecordType) -> Reply {
        let question = Question::new(name, record);
        if let Err(failure) = self.shared.check(&question.name) {
            return Reply { aliases: Vec::new(), answer: Answer::Failed(failure) };
        }
        let known = self.shared.cache.lock().unwrap_or_else(PoisonError::into_inner).get(&question);
        match known {
            Some(reply) => Reply::clone(&reply),
            None => {
                let flight = self.shared.flight(&question);
                let reply = flight.get_or_init(|| self.shared.ask(permit, &question)).await;
                Reply::clone(reply)
            }
        }
    }

    /// Asks as if for a client in `subnet` (EDNS Client Subnet, RFC 7871). Neither taken from what is kept nor kept.
    pub async fn ask_for_subnet(&self, permit: &Permit, name: &str, record: RecordType, subnet: IpNet) -> NetworkReply {
        let question = Question::new(name, record);
        if let Err(failure) = self.shared.check(&question.name) {
            return NetworkReply { reply: Reply { aliases: Vec::new(), answer: Answer::Failed(failure) }, scope: None };
        }
        let manner = Manner { subnet: Some(subnet.trunc()), ..Manner::PLAIN };
        let found = self.shared.resolve(permit, &question, manner).await;
        NetworkReply { reply: found.reply, scope: found.scope }
    }

    /// Whether the signatures over a name's records of a type hold, or over the proof that there are none. Asked anew, from the root down.
    pub async fn signed(&self, permit: &Permit, name: &str, record: RecordType) -> Dnssec {
        match self.shared.check(name) {
            Ok(()) => self.shared.validator.validate(permit, name, record.code()).await,
            Err(failure) => Dnssec::Indeterminate(failure),
        }
    }

    /// Addresses and aliases of a host.
    pub async fn host(&self, permit: &Permit, name: &str) -> HostDns {
        let (a, aaaa) = join!(self.ask(permit, name, RecordType::A), self.ask(permit, name, RecordType::Aaaa));
        let aliases = if a.aliases.len() < aaaa.aliases.len() { aaaa.aliases } else { a.aliases };
        HostDns {
            name: name.to_owned(),
            aliases,
            a: map(a.answer, |data| if let Data::A(ip) = data { Some(ip) } else { None }),
            aaaa: map(aaaa.answer, |data| if let Data::Aaaa(ip) = data { Some(ip) } else { None }),
        }
    }

    /// Records of a zone, and whether its signatures hold.
    pub async fn zone(&self, permit: &Permit, domain: &str) -> ZoneDns {
        let (ns, soa, mx, txt, caa, ds, dnskey) = join!(
            self.texts(permit, domain, RecordType::Ns),
            self.ask(permit, domain, RecordType::Soa),
            self.mx(permit, domain),
            self.txt(permit, domain),
            self.texts(permit, domain, RecordType::Caa),
            self.texts(permit, domain, RecordType::Ds),
            self.texts(permit, domain, RecordType::Dnskey),
        );
        let dnssec = match &ds {
            Answer::Empty => Dnssec::Insecure,
            Answer::Records(_) => self.validity(permit, domain).await,
            Answer::NameNotFound => {
                Dnssec::Indeterminate(Failure::new(FailureClass::NameNotFound, format!("DS of {domain}: no such name")))
            }
            Answer::Failed(failure) => Dnssec::Indeterminate(failure.clone()),
        };
        ZoneDns { zone: domain.to_owned(), ns, soa: map(soa.answer, soa_of), mx, txt, caa, ds, dnskey, dnssec }
    }

    /// Whether the signatures of a zone hold for which the parent has a DS record. A resolver that validates by itself keeps a broken zone
    /// back (SERVFAIL) and hands it out only when told not to check (RFC 6840, 5.9): that tells a broken zone from a failing server.
    async fn validity(&self, permit: &Permit, domain: &str) -> Dnssec {
        let found = self.shared.validator.validate(permit, domain, RecordType::Dnskey.code()).await;
        if !matches!(&found, Dnssec::Indeterminate(failure) if failure.class == FailureClass::ResolverFailed) {
            return found;
        }
        let keys = Question::new(domain, RecordType::Dnskey);
        let unchecked = self.shared.engine.ask(permit, &keys, Manner { checking: Checking::Disabled, ..Manner::PLAIN }).await;
        // Asked in this order, a failure that passes by itself leaves no broken zone behind.
        let checked = self.shared.engine.ask(permit, &keys, Manner::PLAIN).await;
        match (unchecked, checked) {
            (Ok(message), Err(kept_back))
                if message.metadata.response_code == ResponseCode::NoError && kept_back.class == FailureClass::ResolverFailed =>
            {
                let words =
                    format!("the resolver's own validation fails: it gives the keys only unchecked ({})", kept_back.detail);
                Dnssec::Bogus(words)
            }
            _ => found,
        }
    }

    /// Text records of a name, in the order of their text.
    pub async fn txt(&self, permit: &Permit, name: &str) -> Answer<String> {
        self.texts(permit, name, RecordType::Txt).await
    }

    /// Mail exchangers of a domain, most preferred first.
    pub async fn mx(&self, permit: &Permit, domain: &str) -> Answer<Mx> {
        let reply = self.ask(permit, domain, RecordType::Mx).await;
        map(reply.answer, |data| if let Data::Mx(mx) = data { Some(mx) } else { None })
    }

    async fn texts(&self, permit: &Permit, name: &str, record: RecordType) -> Answer<String> {
        let reply = self.ask(permit, name, record).await;
        map(reply.answer, |data| if let Data::Text(text) = data { Some(text) } else { None })
    }
}

/// What came of a question.
struct Found {
    reply: Reply,
    /// How long it may be kept, if at all.
    lifetime: Option<Duration>,
    /// For which prefix it holds, as the last answer says.
    scope: Option<u8>,
}

impl Inner {
    /// Refuses to ask for excluded names, and outside the hours.
    fn check(&self, name: &str) -> Result<(), Failure> {
        self.guard.check_host(name)?;
        self.guard.check_time((self.clock)())
    }

    /// The question's flight, joined if it is under way.
    fn flight(&self, question: &Question) -> Arc<Flight> {
        let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = flights.by_question.get(question) {
            return Arc::clone(flight);
        }
        if flights.by_question.len() >= flights.sweep_at {
            flights.by_question.retain(|_, flight| Arc::strong_count(flight) > 1);
            flights.sweep_at = FIRST_SWEEP.max(flights.by_question.len() * 2);
        }
        let flight = Arc::<Flight>::default();
        flights.by_question.insert(question.clone(), Arc::clone(&flight));
        flight
    }

    /// Asks, keeps the reply as long as it holds, and ends the flight.
    async fn ask(&self, permit: &Permit, question: &Question) -> Arc<Reply> {
        let found = self.resolve(permit, question, Manner::PLAIN).await;
        let reply = Arc::new(found.reply);
        if let Some(lifetime) = found.lifetime {
            self.cache.lock().unwrap_or_else(PoisonError::into_inner).put(question.clone(), Arc::clone(&reply), lifetime);
        }
        self.flights.lock().unwrap_or_else(PoisonError::into_inner).by_question.remove(question);
        reply
    }

    /// Asks, and asks on where a chain of aliases leaves the answer.
    async fn resolve(&self, permit: &Permit, question: &Question, manner: Manner) -> Found {
        let mut aliases = Vec::new();
        let mut current = question.clone();
        let failed = |aliases, failure| {
            let reply = Reply { aliases, answer: Answer::Failed(failure) };
            Found { reply, lifetime: None, scope: None }
        };
        for _ in 0..QUESTIONS {
            let message = match self.engine.ask(permit, &current, manner).await {
                Ok(message) => message,
                Err(failure) => return failed(aliases, failure),
            };
            let part = message::read(&message, &current);
            aliases.extend(part.aliases);
            if aliases.len() > ALIASES {
                break;
            }
            if let Some(answer) = part.answer {
                let scope = subnet_of(&message).map(ClientSubnet::scope_prefix);
                return Found { reply: Reply { aliases, answer }, lifetime: Some(part.lifetime), scope };
            }
            let Some(last) = aliases.last() else { break };
            current.name = last.as_str().into();
            if let Err(failure) = self.guard.check_host(&current.name) {
                return failed(aliases, failure);
            }
        }
        aliases.truncate(ALIASES);
        let detail = format!("{}: its aliases go in a circle or on for too long", question.name);
        failed(aliases, Failure::new(FailureClass::ResolverFailed, detail))
    }
}

fn map<T>(answer: Answer<Data>, pick: impl Fn(Data) -> Option<T>) -> Answer<T> {
    match answer {
        Answer::Records(records) => Answer::Records(records.into_iter().filter_map(pick).collect()),
        Answer::Empty => Answer::Empty,
        Answer::NameNotFound => Answer::NameNotFound,
        Answer::Failed(failure) => Answer::Failed(failure),
    }
}

fn soa_of(data: Data) -> Option<Soa> {
    if let Data::Soa(soa) = data { Some(soa) } else { None }
}
