//! Compares what registers say with what is seen, page by page.
//!
//! Invariant: every total is exact, whatever the size; only the lists are cut. What was registered is fed before what was seen, since it tells
//! which domains are an institution's.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::Timestamp;
use model::institution::DivisionCode;
use model::ledger::attribute::Attribute;
use model::ledger::claim::LifeState;
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::reconciliation::{
    Belongs, Contradiction, DivisionLine, Glimpse, Listed, Numbers, Reconciliation, SourceLine, Standing, Unregistered, Unseen,
};
use model::ledger::source::{Delivery, DeliveryState, Source, SourceClass};
use model::ledger::truth::{InForce, Other, Truth};
use model::name::HostName;
use readers::names::host;

use crate::divisions::{self, Tree};
use crate::names;

/// How many of each list are kept.
pub const MOST: usize = 1_000;

/// Seconds of a day.
const DAY: i64 = 86_400;

/// True of attributes on which sources may differ without contradicting each other: addresses and lists that are written differently, what
/// changes by itself, and what is said of one of several filings, whose numbers and days differ by nature.
fn may_differ(attribute: Attribute) -> bool {
    use Attribute as A;
    let written = matches!(attribute, A::Address | A::Notes | A::ShortNames | A::FormerNames | A::Version | A::UpdatedOn);
    let filing =
        matches!(attribute, A::Number | A::Domains | A::IssuedOn | A::ValidUntil | A::Validity | A::Issuer | A::StateSince);
    written || filing
}

/// Takes what is in force and what was seen, and gives the report.
pub struct Reconciler<'a> {
    at: Timestamp,
    region: Option<DivisionCode>,
    tree: &'a Tree,
    /// Numbers by the division that they are of, before they are summed up.
    numbers: BTreeMap<Option<DivisionCode>, Numbers>,
    /// Hosts and registrable domains of registered applications, as hashes.
    hosts: BTreeSet<u64>,
    domains: BTreeSet<u64>,
    seen: u64,
    covered: u64,
    unseen: Listed<Unseen>,
    unregistered: Listed<Unregistered>,
    contradictions: Listed<Contradiction>,
    sources: BTreeMap<Source, SourceLine>,
}

impl<'a> Reconciler<'a> {
    /// An empty report for a time and a region, `None` for everything.
    pub fn new(at: Timestamp, region: Option<DivisionCode>, tree: &'a Tree) -> Self {
        Self {
            at,
            region,
            tree,
            numbers: BTreeMap::new(),
            hosts: BTreeSet::new(),
            domains: BTreeSet::new(),
            seen: 0,
            covered: 0,
            unseen: Listed::default(),
            unregistered: Listed::default(),
            contradictions: Listed::default(),
            sources: BTreeMap::new(),
        }
    }

    /// Takes a source with its newest delivery. Call it for all sources.
    pub fn source(&mut self, source: &Source, newest: Option<&Delivery>) {
        let age_days = newest.map(|delivery| (self.at.as_second() - delivery.at.as_second()) / DAY);
        let expected_days = source.kind.fresh_days();
        let late = age_days.is_some_and(|age| expected_days > 0 && age > i64::from(expected_days));
        let standing = match newest.map(|delivery| delivery.state) {
            // Persons and own discovery deliver nothing by themselves.
            None if expected_days == 0 => Standing::Fresh,
            None => Standing::Never,
            Some(DeliveryState::Held) => Standing::Held,
            Some(DeliveryState::Refused | DeliveryState::Discarded) => Standing::Refused,
            Some(DeliveryState::Open) => Standing::Unfinished,
            Some(DeliveryState::Applied) if late => Standing::Stale,
            Some(DeliveryState::Applied) => Standing::Fresh,
        };
        let (delivered, state) = (newest.map(|delivery| delivery.at), newest.map(|delivery| delivery.state));
        let line = self.line(source);
        *line = SourceLine { standing, delivered, state, age_days, expected_days, ..line.clone() };
    }

    fn line(&mut self, source: &Source) -> &mut SourceLine {
        self.sources.entry(source.clone()).or_insert_with(|| SourceLine {
            source: source.clone(),
            standing: Standing::Fresh,
            delivered: None,
            state: None,
            age_days: None,
            expected_days: source.kind.fresh_days(),
            tells: 0,
            saw: 0,
            saw_unregistered: 0,
        })
    }

    /// Takes an institution or application with who saw it; what is outside the region is passed over.
    pub fn truth(&mut self, truth: &Truth, seen: &[Glimpse]) {
        let inside = match (&self.region, &truth.division) {
            (None, _) => true,
            (Some(region), Some(division)) => divisions::contains(region, division),
            (Some(_), None) => false,
        };
        if !inside {
            return;
        }
        self.contradict(truth);
        let (Some(_), Some(name)) = (truth.entity.kind.application(), host_of(&truth.entity)) else { return };
        match truth.state {
            LifeState::Confirmed => {
                self.register(&name);
                self.confirmed(truth, seen);
            }
            LifeState::Candidate => self.candidate(truth, seen),
            // Sites that are retired or someone else's are known all the same: whoever sees them has found nothing new.
            _ => {
                self.hosts.insert(hash(bare(&name.ascii)));
            }
        }
    }

    fn register(&mut self, name: &HostName) {
        self.hosts.insert(hash(bare(&name.ascii)));
        self.domains.extend(name.registrable.as_deref().map(hash));
    }

    fn confirmed(&mut self, truth: &Truth, seen: &[Glimpse]) {
        let sources: BTreeSet<&Source> = truth.attributes.values().flat_map(speakers).collect();
        for source in &sources {
            self.line(source).tells += 1;
        }
        for glimpse in seen {
            self.line(&glimpse.source).saw += 1;
        }
        let numbers = self.numbers.entry(truth.division.clone()).or_default();
        numbers.registered += 1;
        if !seen.is_empty() {
            numbers.seen += 1;
            self.seen += 1;
            self.covered += 1;
            return;
        }
        let registers = sources.into_iter().filter(|source| source.kind.class() == SourceClass::Register);
        let text = |attribute| truth.get(attribute).unwrap_or_default().to_owned();
        push(&mut self.unseen, || Unseen {
            entity: truth.entity.clone(),
            name: text(Attribute::Name),
            owner: text(Attribute::Owner),
            division: truth.division.clone(),
            registers: registers.cloned().collect(),
        });
    }

    fn candidate(&mut self, truth: &Truth, seen: &[Glimpse]) {
        self.numbers.entry(truth.division.clone()).or_default().candidates += 1;
        if let Some(name) = host_of(&truth.entity) {
            // Its host is in the list already.
            self.hosts.insert(hash(bare(&name.ascii)));
        }
        self.missing(&truth.entity, Belongs::Candidate, seen);
    }

    fn missing(&mut self, asset: &EntityId, because: Belongs, seen: &[Glimpse]) {
        self.seen += 1;
        for glimpse in seen {
            let line = self.line(&glimpse.source);
            line.saw += 1;
            line.saw_unregistered += 1;
        }
        push(&mut self.unregistered, || Unregistered { asset: asset.clone(), because, seen: seen.to_vec() });
    }

    /// Takes a host or domain that was seen, after all truths. It counts as missing in the registers when no registered application lives
    /// there although it is below a registered institution's domain or, for the whole country, below `.gov.cn` or `.政务`.
    pub fn unregistered(&mut self, asset: &EntityId, seen: &[Glimpse]) {
        if !matches!(asset.kind, EntityKind::Host | EntityKind::Domain) {
            return;
        }
        let Some(name) = host(&asset.key) else { return };
        let below = name.registrable.as_deref().is_some_and(|domain| self.domains.contains(&hash(domain)));
        let known = match asset.kind {
            EntityKind::Domain => below,
            _ => self.hosts.contains(&hash(bare(&name.ascii))),
        };
        // A name tells no region, so that in a region only domains that are registered there count.
        let government = self.region.is_none() && name.is_government() && name.registrable.is_some();
        match (known, below, government) {
            (true, ..) => {}
            (false, true, _) => self.missing(asset, Belongs::RegisteredDomain, seen),
            (false, false, true) => self.missing(asset, Belongs::GovernmentSuffix, seen),
            _ => {}
        }
    }

    fn contradict(&mut self, truth: &Truth) {
        for (attribute, held) in &truth.attributes {
            // A person has decided; that others still say otherwise is known. And a source that says several things does not contradict others.
            let decided = held.source.kind.class() == SourceClass::Person;
            let alias = |other: &&Other| *attribute == Attribute::Name && is_alias(truth, &other.value);
            let mut others = held.others.iter().filter(|other| other.source != held.source && !alias(other)).peekable();
            if decided || may_differ(*attribute) || others.peek().is_none() {
                continue;
            }
            self.numbers.entry(truth.division.clone()).or_default().contradictions += 1;
            push(&mut self.contradictions, || Contradiction {
                entity: truth.entity.clone(),
                name: truth.get(Attribute::Name).unwrap_or_default().to_owned(),
                attribute: *attribute,
                in_force: Other { value: held.value.clone(), source: held.source.clone(), since: held.since },
                others: others.cloned().collect(),
            });
        }
    }

    /// The report.
    pub fn finish(self) -> Reconciliation {
        let mut whole = Numbers::default();
        self.numbers.values().for_each(|numbers| whole.add(numbers));
        let sources: Vec<SourceLine> = self.sources.into_values().collect();
        Reconciliation {
            at: self.at,
            region_name: self.region.as_ref().map(|region| self.tree.full_name(region)).unwrap_or_default(),
            divisions: divided(self.region.as_ref(), self.numbers, self.tree),
            region: self.region,
            numbers: whole,
            seen: self.seen,
            covered: self.covered,
            unseen: self.unseen,
            unregistered: self.unregistered,
            contradictions: self.contradictions,
            troubled: sources.iter().filter(|line| line.standing != Standing::Fresh).count() as u64,
            sources,
        }
    }
}

/// Who says the value in force, and who says otherwise.
fn speakers(held: &InForce) -> impl Iterator<Item = &Source> {
    std::iter::once(&held.source).chain(held.others.iter().map(|other| &other.source))
}

fn push<T>(list: &mut Listed<T>, item: impl FnOnce() -> T) {
    list.total += 1;
    if list.first.len() < MOST {
        list.first.push(item());
    }
}

/// Numbers of the divisions right below a region with all below them; the region's own first, what has no division last.
fn divided(region: Option<&DivisionCode>, numbers: BTreeMap<Option<DivisionCode>, Numbers>, tree: &Tree) -> Vec<DivisionLine> {
    let nation = || "100000".parse().ok();
    let region = region.cloned().or_else(nation);
    let mut own = Numbers::default();
    let mut nowhere = Numbers::default();
    let mut below: BTreeMap<DivisionCode, Numbers> = BTreeMap::new();
    for (code, numbers) in numbers {
        let Some(code) = code else {
            nowhere.add(&numbers);
            continue;
        };
        let line = std::iter::once(code.clone()).chain(divisions::ancestors(&code));
        let child = line.take_while(|code| Some(code) != region.as_ref()).last();
        match child {
            Some(child) => below.entry(child).or_default().add(&numbers),
            None => own.add(&numbers),
        }
    }
    let name = |code: &DivisionCode| tree.name(code).unwrap_or_default().to_owned();
    let line = |code: DivisionCode, numbers| DivisionLine { name: name(&code), division: Some(code), numbers };
    let first = region.filter(|_| own != Numbers::default()).map(|region| line(region, own));
    let last = (nowhere != Numbers::default()).then(|| DivisionLine { division: None, name: String::new(), numbers: nowhere });
    first.into_iter().chain(below.into_iter().map(|(code, numbers)| line(code, numbers))).chain(last).collect()
}

/// The host of a site or mail system.
fn host_of(entity: &EntityId) -> Option<HostName> {
    if !matches!(entity.kind, EntityKind::Site | EntityKind::Mail) {
        return None;
    }
    let authority = entity.key.split('/').next().unwrap_or_default();
    host(authority).or_else(|| host(authority.rsplit_once(':')?.0))
}

/// A host with and without `www` is one.
fn bare(host: &str) -> &str {
    host.strip_prefix("www.").unwrap_or(host)
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// Whether a name is one under which the institution is known to be filed: another spelling, no contradiction.
fn is_alias(truth: &Truth, name: &str) -> bool {
    let plain = names::plain(name);
    truth.aliases.iter().any(|alias| alias.key.strip_prefix('~').is_some_and(|key| key == plain))
}

#[cfg(test)]
mod tests;
