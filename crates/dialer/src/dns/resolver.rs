//! What the rest of the product asks: one question, a host, a zone.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures::FutureExt;
use futures::future::{BoxFuture, Shared, WeakShared};
use futures::join;
use hickory_proto::op::ResponseCode;
use model::facts::dns::{Answer, Dnssec, HostDns, Mx, Soa, ZoneDns};
use model::observation::{Failure, FailureClass};

use crate::account::Account;
use crate::dialer::Clock;
use crate::dns::cache::Cache;
use crate::dns::dnssec::Validator;
use crate::dns::engine::{Checking, Engine};
use crate::dns::message::{self, Question};
use crate::dns::{Data, RecordType, Reply};
use crate::guard::Guard;
use crate::permit::Permit;
use crate::settings::{Settings, SettingsError};

/// How many times a chain of aliases that leaves the answer is asked after.
const QUESTIONS: usize = 8;
/// How many aliases are followed in all.
const ALIASES: usize = 16;
/// From how many questions on the map of those under way is cleared of abandoned ones.
const FLIGHTS: usize = 1024;

/// The resolver: asks the configured servers, never the zones' own. Equal questions under way are asked once.
#[derive(Clone)]
pub struct Resolver {
    shared: Arc<Inner>,
}

type Flight = BoxFuture<'static, Arc<Reply>>;

struct Inner {
    engine: Engine,
    validator: Validator,
    cache: Mutex<Cache>,
    flights: Mutex<HashMap<Question, WeakShared<Flight>>>,
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
        let question = Question { name: name.trim_end_matches('.').to_ascii_lowercase(), record };
        let guard = &self.shared.guard;
        if let Err(failure) = guard.check_host(&question.name).and_then(|()| guard.check_time((self.shared.clock)())) {
            return Reply { aliases: Vec::new(), answer: Answer::Failed(failure) };
        }
        let known = self.shared.cache.lock().unwrap_or_else(PoisonError::into_inner).get(&question);
        match known {
            Some(reply) => Reply::clone(&reply),
            None => Reply::clone(&*self.flight(permit, question).await),
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
        let found = self.shared.validator.validate(permit, domain).await;
        if !matches!(&found, Dnssec::Indeterminate(failure) if failure.class == FailureClass::ResolverFailed) {
            return found;
        }
        let keys = Question { name: domain.trim_end_matches('.').to_ascii_lowercase(), record: RecordType::Dnskey };
        let unchecked = self.shared.engine.ask(permit, &keys, Checking::Disabled).await;
        // Asked in this order, a failure that passes by itself leaves no broken zone behind.
        let checked = self.shared.engine.ask(permit, &keys, Checking::Enabled).await;
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

    /// The question's flight, joined if it is under way. It goes on as long as one asker waits for it.
    fn flight(&self, permit: &Permit, question: Question) -> Shared<Flight> {
        let mut flights = self.shared.flights.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = flights.get(&question).and_then(WeakShared::upgrade) {
            return flight;
        }
        if flights.len() >= FLIGHTS {
            flights.retain(|_, flight| flight.upgrade().is_some());
        }
        let (inner, permit, asked) = (Arc::clone(&self.shared), permit.clone(), question.clone());
        let flight = async move {
            let (reply, lifetime) = inner.resolve(&permit, &asked).await;
            let reply = Arc::new(reply);
            if let Some(lifetime) = lifetime {
                inner.cache.lock().unwrap_or_else(PoisonError::into_inner).put(asked.clone(), Arc::clone(&reply), lifetime);
            }
            inner.flights.lock().unwrap_or_else(PoisonError::into_inner).remove(&asked);
            reply
        };
        let flight = flight.boxed().shared();
        if let Some(weak) = flight.downgrade() {
            flights.insert(question, weak);
        }
        flight
    }
}

impl Inner {
    /// Asks, and asks on where a chain of aliases leaves the answer. Also tells how long the reply may be kept, if at all.
    async fn resolve(&self, permit: &Permit, question: &Question) -> (Reply, Option<std::time::Duration>) {
        let mut aliases = Vec::new();
        let mut current = question.clone();
        for _ in 0..QUESTIONS {
            let message = match self.engine.ask(permit, &current, Checking::Enabled).await {
                Ok(message) => message,
                Err(failure) => return (Reply { aliases, answer: Answer::Failed(failure) }, None),
            };
            let part = message::read(&message, &current);
            aliases.extend(part.aliases);
            if aliases.len() > ALIASES {
                break;
            }
            if let Some(answer) = part.answer {
                return (Reply { aliases, answer }, Some(part.lifetime));
            }
            let Some(last) = aliases.last() else { break };
            current.name.clone_from(last);
            if let Err(failure) = self.guard.check_host(&current.name) {
                return (Reply { aliases, answer: Answer::Failed(failure) }, None);
            }
        }
        aliases.truncate(ALIASES);
        let detail = format!("{}: its aliases go in a circle or on for too long", question.name);
        (Reply { aliases, answer: Answer::Failed(Failure::new(FailureClass::ResolverFailed, detail)) }, None)
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
