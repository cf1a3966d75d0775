//! What is in force of one entity, out of all that is said of it.
//!
//! Invariant: the result does not depend on the order of the claims. Attributes that only mean something together (a grant with its document
//! and its end, a state with its day) are never mixed from several sources; withdrawing a person's claim brings back what the others say.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;
use model::institution::DivisionCode;
use model::ledger::attribute::Attribute;
use model::ledger::claim::{Held, LifeState};
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::source::{SourceClass, SourceKind};
use model::ledger::truth::{Confidence, InForce, Other, Sole, Truth};
use model::uscc::Uscc;
use readers::names::host;

use crate::{identity, trust, values};

/// The most values that are listed as not in force. All claims stay in the store.
const MOST_OTHERS: usize = 32;

/// Attributes that are taken only from the claim that gives the first of them, or from a person who gives them alone.
const COMPANIONS: [(Attribute, &[Attribute]); 3] = [
    (Attribute::GrantLevel, &[Attribute::GrantDocument, Attribute::GrantUntil]),
    (Attribute::State, &[Attribute::StateSince, Attribute::Successor]),
    (Attribute::VerifiedSubject, &[Attribute::VerifiedOn]),
];

/// What is in force of an entity. `claims` are the live claims of the entity and its aliases; `bearing` those of the entities that
/// [`bearing`] names, and they are looked at only for the owner, when no claim of its own tells it. `None` when nobody says anything.
pub fn in_force(entity: &EntityId, aliases: &[EntityId], claims: &[Held], bearing: &[Held]) -> Option<Truth> {
    if claims.is_empty() {
        return None;
    }
    let mut attributes = values_in_force(claims);
    let application = entity.kind.application().is_some();
    let mut owner = None;
    if application {
        agree_on_owner(claims, &mut attributes);
        owner = owner_of(value_in(&attributes));
        if owner.is_none() {
            owner = borrow_owner(bearing, &mut attributes);
        }
    }
    let told = attributes.get(&Attribute::State).map(|held| (held.source.kind, held.value.as_str()));
    let state = if application { state_of_application(claims, told) } else { state_of_others(told) };
    let confidence = confidence(claims, bearing, &attributes, application);
    let division = division(value_in(&attributes), application);
    Some(Truth { entity: entity.clone(), aliases: aliases.to_vec(), attributes, state, owner, division, confidence })
}

/// What is in force of an entity of which this claim alone speaks, as [`in_force`] has it. `None` where that is more than the claim with
/// its owner's division: when something that it says does not count, or it tells of an application no owner, whom others may tell, or a
/// division of its own.
pub fn sole(claim: &Held) -> Option<Sole> {
    let (entity, says) = (&claim.claim.entity, &claim.claim.says);
    if says.keys().any(|attribute| trust::rank(*attribute, claim.source.kind).is_none()) {
        return None;
    }
    let value = |attribute| says.get(&attribute).map(String::as_str);
    let told = value(Attribute::State).map(|word| (claim.source.kind, word));
    let claims = std::slice::from_ref(claim);
    let application = entity.kind.application().is_some();
    if application && says.contains_key(&Attribute::Division) {
        return None;
    }
    let owner = if application { Some(owner_of(value)?) } else { None };
    Some(Sole {
        entity: entity.clone(),
        claim: claim.id,
        name: value(Attribute::Name).unwrap_or_default().to_owned(),
        state: if application { state_of_application(claims, told) } else { state_of_others(told) },
        owner,
        division: division(value, application),
        confidence: confidence(claims, &[], &BTreeMap::new(), application),
    })
}

/// Gives an application the division of its owner, where no source tells its own.
pub fn settle(application: &mut Truth, division: Option<&DivisionCode>) {
    if let Some(division) = division.filter(|_| !application.attributes.contains_key(&Attribute::Division)) {
        application.division = Some(division.clone());
    }
}

/// Gives an application whose own claims tell no owner the one that bears on it, as [`in_force`] would have.
pub fn lend_owner(application: &mut Truth, bearing: &[Held]) {
    if application.owner.is_none() {
        application.owner = borrow_owner(bearing, &mut application.attributes);
        application.division = division(value_in(&application.attributes), true);
    }
}

/// Adds to the owner in force those whom the registers of host and domain name instead, so that the contradiction shows. Of a domain's
/// entries only those count that are of this site itself: a department's site stands on its government's domain.
pub fn contest_owner(application: &mut Truth, bearing: &[Held]) {
    let host = application.entity.key.split(['/', ':']).next().unwrap_or_default();
    let main = host.strip_prefix("www.").unwrap_or(host).to_owned();
    let own = |held: &&Held| held.claim.entity.kind != EntityKind::Domain || held.claim.entity.key == main;
    let code = application.get(Attribute::OwnerUscc).map(str::to_owned);
    let Some(owner) = application.attributes.get_mut(&Attribute::Owner) else { return };
    for held in bearing.iter().filter(own).filter(|held| held.source.kind.class() == SourceClass::Register) {
        let told = |attribute| held.claim.says.get(&attribute);
        let Some(name) = told(Attribute::Owner).or_else(|| told(Attribute::Registrant).filter(|name| names_someone(name))) else {
            continue;
        };
        let same = values::same(Attribute::Owner, name, &owner.value)
            || told(Attribute::OwnerUscc)
                .zip(code.as_ref())
                .is_some_and(|(told, code)| values::same(Attribute::OwnerUscc, told, code));
        let known = owner.others.iter().any(|other| other.source == held.source && other.value == *name);
        if !same && !known && owner.others.len() < MOST_OTHERS {
            owner.others.push(Other { value: name.clone(), source: held.source.clone(), since: held.since });
        }
    }
}

/// The entities whose claims bear on whose an application is: the host and domain that it lives on, and for a site on an unusual port the
/// site without it. None for other entities.
pub fn bearing(entity: &EntityId) -> Vec<EntityId> {
    if !matches!(entity.kind, EntityKind::Site | EntityKind::Mail) {
        return Vec::new();
    }
    let (authority, path) = entity.key.split_once('/').map_or((entity.key.as_str(), ""), |(authority, path)| (authority, path));
    // An IPv6 address has colons but no port that we could mistake: it is written without brackets only where no port follows.
    let name = match authority.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') && port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => authority,
    };
    let Some(read) = host(name) else { return Vec::new() };
    let without_port = (entity.kind == EntityKind::Site && name != authority && path.is_empty())
        .then(|| EntityId::new(EntityKind::Site, read.ascii.as_str()));
    without_port.into_iter().chain([identity::host(&read)]).chain(identity::domain(&read)).collect()
}

/// A value that someone holds, with what decides between values: the smallest is in force. No two are equal, because a store holds one
/// claim per entity, source and part.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Voice<'a> {
    rank: u8,
    since: Reverse<Timestamp>,
    kind: SourceKind,
    name: &'a str,
    value: &'a str,
    part: &'a str,
    entity: &'a EntityId,
}

impl<'a> Voice<'a> {
    fn new(held: &'a Held, attribute: Attribute, value: &'a str) -> Option<Self> {
        let source = &held.source;
        let rank = trust::rank(attribute, source.kind)?;
        let (part, entity) = (held.claim.part.as_str(), &held.claim.entity);
        Some(Self { rank, since: Reverse(held.since), kind: source.kind, name: &source.name, value, part, entity })
    }
}

fn values_in_force(claims: &[Held]) -> BTreeMap<Attribute, InForce> {
    if let [only] = claims {
        let counted = only.claim.says.iter().filter(|(attribute, _)| trust::rank(**attribute, only.source.kind).is_some());
        return counted.map(|(attribute, value)| (*attribute, held(only, value))).collect();
    }
    let mut said: BTreeMap<Attribute, Vec<(Voice<'_>, &Held)>> = BTreeMap::new();
    for claim in claims {
        for (attribute, value) in &claim.claim.says {
            if let Some(voice) = Voice::new(claim, *attribute, value) {
                said.entry(*attribute).or_default().push((voice, claim));
            }
        }
    }
    for (leader, companions) in COMPANIONS {
        keep_together(&mut said, leader, companions);
    }
    said.into_iter().filter_map(|(attribute, voices)| Some((attribute, decide(attribute, voices)?))).collect()
}

/// Drops what others than the leader's source say of its companions; a person may give a companion alone.
fn keep_together(said: &mut BTreeMap<Attribute, Vec<(Voice<'_>, &Held)>>, leader: Attribute, companions: &[Attribute]) {
    let Some((_, leading)) = said.get(&leader).and_then(|voices| voices.iter().min_by_key(|(voice, _)| *voice)).copied() else {
        return;
    };
    for companion in companions {
        if let Some(voices) = said.get_mut(companion) {
            voices.retain(|(_, held)| {
                let alone = held.source.kind == SourceKind::Person && !held.claim.says.contains_key(&leader);
                alone || std::ptr::eq(*held, leading)
            });
        }
    }
}

fn decide(attribute: Attribute, mut voices: Vec<(Voice<'_>, &Held)>) -> Option<InForce> {
    voices.sort_unstable_by_key(|(voice, _)| *voice);
    let (best, claim) = voices.first().copied()?;
    let mut in_force = held(claim, best.value);
    for (voice, claim) in &voices[1..] {
        if in_force.others.len() == MOST_OTHERS {
            break;
        }
        let known = in_force.others.iter().any(|other| other.source == claim.source && other.value == voice.value);
        if !known && !values::same(attribute, best.value, voice.value) {
            in_force.others.push(Other { value: voice.value.into(), source: claim.source.clone(), since: claim.since });
        }
    }
    Some(in_force)
}

fn held(claim: &Held, value: &str) -> InForce {
    InForce { value: value.into(), source: claim.source.clone(), since: claim.since, others: Vec::new() }
}

/// Sees to it that name and code of the owner are of one institution: when some claim pairs one of them with another partner, and none pairs
/// them with each other, the less trusted of both is taken out.
fn agree_on_owner(claims: &[Held], attributes: &mut BTreeMap<Attribute, InForce>) {
    let (Some(name), Some(code)) = (attributes.get(&Attribute::Owner), attributes.get(&Attribute::OwnerUscc)) else { return };
    if claims.len() == 1 || (name.source == code.source && name.since == code.since) {
        return;
    }
    let pairs = claims.iter().filter_map(|held| {
        let says = &held.claim.says;
        let pair = (says.get(&Attribute::Owner)?, says.get(&Attribute::OwnerUscc)?);
        Some((values::same(Attribute::Owner, pair.0, &name.value), values::same(Attribute::OwnerUscc, pair.1, &code.value)))
    });
    let (mut together, mut apart) = (false, false);
    for (same_name, same_code) in pairs {
        together |= same_name && same_code;
        apart |= same_name != same_code;
    }
    if apart && !together {
        let order = |attribute, held: &InForce| (trust::rank(attribute, held.source.kind), Reverse(held.since));
        let name_first = order(Attribute::Owner, name) <= order(Attribute::OwnerUscc, code);
        attributes.remove(if name_first { &Attribute::OwnerUscc } else { &Attribute::Owner });
    }
}

/// Looks up values in force.
fn value_in<'v>(attributes: &'v BTreeMap<Attribute, InForce>) -> impl Fn(Attribute) -> Option<&'v str> {
    move |attribute| attributes.get(&attribute).map(|held| held.value.as_str())
}

/// The owner that its own attributes tell. Apps and accounts are their verified subject's, else their developer's.
fn owner_of<'v>(value: impl Fn(Attribute) -> Option<&'v str>) -> Option<EntityId> {
    let uscc: Option<Uscc> = value(Attribute::OwnerUscc).and_then(|code| code.parse().ok());
    let told = [Attribute::Owner, Attribute::VerifiedSubject, Attribute::Developer].map(|at| value(at).unwrap_or_default());
    let name = told.into_iter().find(|name| !name.is_empty()).unwrap_or_default();
    identity::institution(uscc.as_ref(), name)
}

/// The owner that the claims on host and domain tell, with its name and code put among the attributes: the subject of a filing, the owner
/// of a mark or code, and last who holds the domain.
fn borrow_owner(bearing: &[Held], attributes: &mut BTreeMap<Attribute, InForce>) -> Option<EntityId> {
    let best = |attribute: Attribute, fits: fn(&str) -> bool| {
        let voices = bearing.iter().filter_map(|held| {
            let value = held.claim.says.get(&attribute).filter(|value| fits(value))?;
            Some((Voice::new(held, attribute, value)?, held))
        });
        decide(attribute, voices.collect())
    };
    let owner = best(Attribute::Owner, |name| !name.is_empty());
    let code = best(Attribute::OwnerUscc, |code| code.parse::<Uscc>().is_ok());
    let registrant = if owner.is_none() && code.is_none() { best(Attribute::Registrant, names_someone) } else { None };
    let mut borrowed: BTreeMap<Attribute, InForce> = BTreeMap::new();
    borrowed.extend(owner.or(registrant).map(|name| (Attribute::Owner, name)));
    borrowed.extend(code.map(|code| (Attribute::OwnerUscc, code)));
    agree_on_owner(bearing, &mut borrowed);
    let found = owner_of(value_in(&borrowed));
    attributes.extend(borrowed);
    found
}

/// True of a registrant that is a Chinese name and not a registry's word for one that is hidden (REDACTED FOR PRIVACY).
fn names_someone(registrant: &str) -> bool {
    registrant.chars().filter(|character| matches!(character, '\u{3400}'..='\u{9fff}')).count() >= 2
}

/// A person decides; else a register that says that it is retired or someone else's; else it is confirmed when a register speaks of it
/// without calling it a candidate. `told` is the state in force and who tells it.
fn state_of_application(claims: &[Held], told: Option<(SourceKind, &str)>) -> LifeState {
    let state = |held: &Held| held.claim.says.get(&Attribute::State).and_then(|word| LifeState::of_word(word));
    if let Some((SourceKind::Person, decided)) = told {
        return LifeState::of_word(decided).unwrap_or(LifeState::Candidate);
    }
    let registers = claims.iter().filter(|held| held.source.kind.class() == SourceClass::Register);
    let ended = registers.clone().filter_map(|held| {
        let state = state(held).filter(|state| matches!(state, LifeState::Retired | LifeState::ThirdParty))?;
        Some((Voice::new(held, Attribute::State, state.word())?, state))
    });
    if let Some((_, state)) = ended.min() {
        return state;
    }
    let confirmed = registers.into_iter().any(|held| state(held) != Some(LifeState::Candidate));
    if confirmed { LifeState::Confirmed } else { LifeState::Candidate }
}

/// Institutions and the rest exist until someone says otherwise.
fn state_of_others(told: Option<(SourceKind, &str)>) -> LifeState {
    told.and_then(|(_, word)| LifeState::of_word(word)).unwrap_or(LifeState::Active)
}

fn confidence(claims: &[Held], bearing: &[Held], attributes: &BTreeMap<Attribute, InForce>, application: bool) -> Confidence {
    if claims.iter().any(|held| held.source.kind == SourceKind::Person) {
        return Confidence::High;
    }
    let whose: &[Attribute] =
        if application { &[Attribute::Owner, Attribute::OwnerUscc] } else { &[Attribute::Name, Attribute::Uscc] };
    let contradicted = whose.iter().filter_map(|attribute| attributes.get(attribute)).any(|held| {
        held.others.iter().any(|other| other.source.kind.class() == SourceClass::Register && other.source != held.source)
    });
    if contradicted {
        return Confidence::Low;
    }
    let tells_owner =
        |held: &&Held| held.claim.says.contains_key(&Attribute::Owner) || held.claim.says.contains_key(&Attribute::OwnerUscc);
    let lending: &[Held] = if application { bearing } else { &[] };
    let mut registers = claims.iter().chain(lending.iter().filter(tells_owner)).map(|held| &held.source);
    let mut registers = registers.by_ref().filter(|source| source.kind.class() == SourceClass::Register);
    match registers.next() {
        None => Confidence::Low,
        Some(first) if registers.any(|source| source != first) => Confidence::High,
        Some(_) => Confidence::Medium,
    }
}

/// The division that is told, else the one in the code of the institution or of the owner.
fn division<'v>(value: impl Fn(Attribute) -> Option<&'v str>, application: bool) -> Option<DivisionCode> {
    let coded = || {
        let code: Uscc = value(if application { Attribute::OwnerUscc } else { Attribute::Uscc })?.parse().ok()?;
        code.division().parse().ok()
    };
    value(Attribute::Division).and_then(|code| code.parse().ok()).or_else(coded)
}

#[cfg(test)]
mod tests;
