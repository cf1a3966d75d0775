//! Keeping what is in force true to the claims: after each batch, the institutions and applications that it speaks of are settled anew.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use ledger::resolve::Canon;
use ledger::truth;
use model::institution::DivisionCode;
use model::ledger::attribute::Attribute;
use model::ledger::claim::{Claim, Held, Link};
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::source::Delivery;
use model::ledger::truth::Truth;
use ports::ledger::{Change, Placed, Region};

use crate::{Intake, IntakeError};

/// Owners remembered between batches; above that many, memory begins anew.
const MOST_OWNERS: usize = 50_000;
/// Entities settled at a time.
const PAGE: usize = 5_000;

/// What applications take from their owner.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Owner {
    division: Option<DivisionCode>,
    name: Option<String>,
}

impl Owner {
    fn of(truth: &Truth) -> Self {
        Self { division: truth.division.clone(), name: truth.get(Attribute::Name).map(Into::into) }
    }
}

/// Which names stand for which, both ways.
#[derive(Debug, Default)]
struct Names {
    canon: Canon,
    /// The aliases of each name that stands for others.
    aliases: BTreeMap<EntityId, Vec<EntityId>>,
}

impl Names {
    fn of(links: &[Link]) -> Self {
        let mut names = Self { canon: Canon::new(links), aliases: BTreeMap::new() };
        for (alias, entity) in names.canon.aliases() {
            names.aliases.entry(entity.clone()).or_default().push(alias.clone());
        }
        names
    }

    fn canonical(&self, entity: &EntityId) -> EntityId {
        self.canon.entity(entity).clone()
    }

    fn aliases(&self, entity: &EntityId) -> &[EntityId] {
        self.aliases.get(entity).map(Vec::as_slice).unwrap_or_default()
    }

    fn know(&self, entity: &EntityId) -> bool {
        self.canon.entity(entity) != entity || self.aliases.contains_key(entity)
    }
}

/// Settles the entities that one delivery or decision touches.
pub struct Settler<'a> {
    intake: &'a Intake,
    delivery: Delivery,
    names: Names,
    owners: BTreeMap<EntityId, Option<Owner>>,
    /// Whether there were applications before, which may have to follow their owners.
    followers: bool,
    touched_institutions: bool,
}

impl<'a> Settler<'a> {
    /// For what `delivery` brings.
    pub async fn new(intake: &'a Intake, delivery: &Delivery) -> Result<Self, IntakeError> {
        let followers = !intake.store.applications(&Region::All, 1).await?.is_empty();
        let mut settler = Self {
            intake,
            delivery: delivery.clone(),
            names: Names::default(),
            owners: BTreeMap::new(),
            followers,
            touched_institutions: false,
        };
        settler.learn_links().await?;
        Ok(settler)
    }

    /// Reads the links again, after they changed: now there may be applications that follow.
    pub async fn relearn_links(&mut self) -> Result<(), IntakeError> {
        self.followers = true;
        self.learn_links().await
    }

    async fn learn_links(&mut self) -> Result<(), IntakeError> {
        self.names = Names::of(&self.intake.store.all_links().await?);
        self.owners.clear();
        Ok(())
    }

    /// The name that stands for this one.
    pub fn canonical(&self, entity: &EntityId) -> EntityId {
        self.names.canonical(entity)
    }

    /// Looks anew which names mean one thing, as far as what was settled bears on it.
    pub async fn resolve(&mut self, at: Timestamp) -> Result<(), IntakeError> {
        let intake = self.intake;
        if self.touched_institutions { intake.resolve(self, at).await } else { intake.resolve_addresses(self, at).await }
    }

    /// Settles what these claims speak of, as far as they changed anything.
    pub async fn settle_claims(&mut self, claims: Vec<Claim>, placed: &[Placed]) -> Result<(), IntakeError> {
        let (mut ready, mut others) = (Vec::new(), BTreeSet::new());
        for (claim, placed) in claims.into_iter().zip(placed) {
            if placed.change == Change::Same {
                continue;
            }
            self.touched_institutions |= names_institutions(claim.entity.kind);
            if !is_settled(claim.entity.kind) {
                continue;
            }
            if placed.alone && !self.names.know(&claim.entity) {
                ready.push(self.held(claim, placed.id));
            } else {
                others.insert(claim.entity);
            }
        }
        let truths = ready.iter().filter_map(|held| truth::in_force(&held.claim.entity, &[], std::slice::from_ref(held), &[]));
        let truths = truths.collect();
        self.put(truths, Vec::new()).await?;
        self.settle(others).await
    }

    fn held(&self, claim: Claim, id: i64) -> Held {
        let Delivery { id: delivery, source, at, .. } = &self.delivery;
        Held { id, source: source.clone(), claim, delivery: *delivery, since: *at, until: None }
    }

    /// Settles these entities out of all that is said of them.
    pub async fn settle(&mut self, entities: BTreeSet<EntityId>) -> Result<(), IntakeError> {
        self.touched_institutions |= entities.iter().any(|entity| names_institutions(entity.kind));
        let settled: Vec<EntityId> = entities.into_iter().filter(|entity| is_settled(entity.kind)).collect();
        for page in settled.chunks(PAGE) {
            self.settle_page(page).await?;
        }
        Ok(())
    }

    async fn settle_page(&mut self, page: &[EntityId]) -> Result<(), IntakeError> {
        let entities: BTreeSet<EntityId> = page.iter().map(|entity| self.names.canonical(entity)).collect();
        let aliases = |entity| self.names.aliases(entity).iter();
        let asked: Vec<EntityId> =
            entities.iter().flat_map(|entity| std::iter::once(entity).chain(aliases(entity))).cloned().collect();
        let mut claims: BTreeMap<EntityId, Vec<Held>> = BTreeMap::new();
        for held in self.intake.store.claims(&asked, None).await? {
            claims.entry(self.names.canonical(&held.claim.entity)).or_default().push(held);
        }
        // What lost its last claim, and names that now stand behind another, are in force no more.
        let mut gone: Vec<EntityId> = entities.iter().flat_map(aliases).cloned().collect();
        let mut truths = Vec::new();
        for entity in &entities {
            let said = claims.get(entity).map(Vec::as_slice).unwrap_or_default();
            match truth::in_force(entity, self.names.aliases(entity), said, &[]) {
                Some(truth) => truths.push(truth),
                None => gone.push(entity.clone()),
            }
        }
        self.put(truths, gone).await
    }

    /// Writes down truths: institutions first, since applications take their division from them.
    async fn put(&mut self, truths: Vec<Truth>, gone: Vec<EntityId>) -> Result<(), IntakeError> {
        let (institutions, mut applications): (Vec<_>, Vec<_>) =
            truths.into_iter().partition(|truth| truth.entity.kind == EntityKind::Institution);
        let followers = self.followers_of(&institutions, &gone).await?;
        for truth in &institutions {
            self.owners.insert(truth.entity.clone(), Some(Owner::of(truth)));
        }
        self.find_owners(&mut applications).await?;
        let mut all = institutions;
        all.append(&mut applications);
        if !all.is_empty() || !gone.is_empty() {
            self.intake.store.put_truths(&all, &gone).await?;
        }
        if self.owners.len() > MOST_OWNERS {
            self.owners.clear();
        }
        // A follower is an application, and nothing follows one: this ends after one round.
        if followers.is_empty() { Ok(()) } else { Box::pin(self.settle(followers)).await }
    }

    /// The applications that have to follow institutions whose name or division is about to change.
    async fn followers_of(&self, institutions: &[Truth], gone: &[EntityId]) -> Result<BTreeSet<EntityId>, IntakeError> {
        let mut followers = BTreeSet::new();
        if !self.followers {
            return Ok(followers);
        }
        let asked: Vec<EntityId> = institutions.iter().map(|truth| truth.entity.clone()).collect();
        let before = self.intake.store.truths(&asked).await?;
        let before: BTreeMap<&EntityId, Owner> = before.iter().map(|truth| (&truth.entity, Owner::of(truth))).collect();
        let changed = institutions.iter().filter(|truth| before.get(&truth.entity) != Some(&Owner::of(truth)));
        let vanished = gone.iter().filter(|entity| entity.kind == EntityKind::Institution);
        for owner in changed.map(|truth| &truth.entity).chain(vanished) {
            followers.extend(self.intake.store.applications_of(owner).await?);
        }
        Ok(followers)
    }

    /// Gives applications their owner and its division; those that say no owner get it from what bears on them.
    async fn find_owners(&mut self, applications: &mut [Truth]) -> Result<(), IntakeError> {
        for application in applications.iter_mut().filter(|application| application.owner.is_none()) {
            let bearing = truth::bearing(&application.entity);
            if !bearing.is_empty() {
                let bearing = self.intake.store.claims(&bearing, None).await?;
                truth::lend_owner(application, &bearing);
            }
        }
        let mut wanted = BTreeSet::new();
        for application in applications.iter_mut() {
            application.owner = application.owner.take().map(|owner| self.names.canonical(&owner));
            wanted.extend(application.owner.iter().filter(|owner| !self.owners.contains_key(*owner)).cloned());
        }
        self.learn_owners(wanted.into_iter().collect()).await?;
        for application in applications {
            let owner = application.owner.as_ref().and_then(|owner| self.owners.get(owner)).and_then(Option::as_ref);
            truth::settle(application, owner.and_then(|owner| owner.division.as_ref()));
        }
        Ok(())
    }

    async fn learn_owners(&mut self, wanted: Vec<EntityId>) -> Result<(), IntakeError> {
        if wanted.is_empty() {
            return Ok(());
        }
        let found = self.intake.store.truths(&wanted).await?;
        self.owners.extend(wanted.into_iter().map(|owner| (owner, None)));
        self.owners.extend(found.iter().map(|truth| (truth.entity.clone(), Some(Owner::of(truth)))));
        Ok(())
    }
}

/// Which names mean one institution follows from claims of them and of filings.
fn names_institutions(kind: EntityKind) -> bool {
    matches!(kind, EntityKind::Institution | EntityKind::Filing)
}

/// Institutions and applications have truths; entries of registers and lists are looked up as they are.
fn is_settled(kind: EntityKind) -> bool {
    kind == EntityKind::Institution || kind.application().is_some()
}
