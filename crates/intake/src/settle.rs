//! Keeping what is in force true to the claims: after each batch, the institutions and applications that it speaks of are settled anew.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use ledger::resolve::Canon;
use ledger::truth;
use model::institution::DivisionCode;
use model::ledger::attribute::Attribute;
use model::ledger::claim::{Claim, Held, Link, Sameness};
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::source::Delivery;
use model::ledger::truth::{Sole, Truth};
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

    fn of_sole(sole: &Sole) -> Self {
        Self { division: sole.division.clone(), name: Some(sole.name.clone()).filter(|name| !name.is_empty()) }
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

    /// Puts the name that stands for an entity in its place.
    fn replace(&self, entity: &mut EntityId) {
        let standing = self.canon.entity(entity);
        if standing != entity {
            *entity = standing.clone();
        }
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
    /// Whether there may be applications that have to follow an institution when it is settled: any from before, or one of this delivery
    /// that came before its owner did.
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

    /// Settles what these claims speak of, as far as they changed anything: institutions first, since applications take their division
    /// from them.
    pub async fn settle_claims(&mut self, claims: Vec<Claim>, placed: &[Placed]) -> Result<(), IntakeError> {
        let mut soles = Vec::with_capacity(claims.len());
        let (mut truths, mut others) = (Vec::new(), BTreeSet::new());
        for (claim, placed) in claims.into_iter().zip(placed) {
            if placed.change == Change::Same {
                continue;
            }
            self.touched_institutions |= names_institutions(claim.entity.kind);
            if !is_settled(claim.entity.kind) {
                continue;
            }
            if !placed.alone || self.names.know(&claim.entity) {
                others.insert(claim.entity);
                continue;
            }
            let held = self.held(claim, placed.id);
            match truth::sole(&held) {
                Some(sole) => soles.push(sole),
                None => truths.extend(truth::in_force(&held.claim.entity, &[], std::slice::from_ref(&held), &[])),
            }
        }
        let (applications, institutions) = others.into_iter().partition(|entity| entity.kind.application().is_some());
        self.settle(institutions).await?;
        let (applications_alone, institutions) = truths.into_iter().partition(|truth| truth.entity.kind.application().is_some());
        self.put(institutions, Vec::new()).await?;
        self.put_soles(soles).await?;
        self.put(applications_alone, Vec::new()).await?;
        self.settle(applications).await
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

    /// Settles what links that changed join or split: the names themselves, and where a link ended the applications of the institution that
    /// stood for both, of which some may be the other's.
    pub async fn settle_links(&mut self, links: &[Link]) -> Result<(), IntakeError> {
        let mut touched = BTreeSet::new();
        for link in links {
            if link.entity.kind == EntityKind::Institution && link.sameness != Sameness::Same {
                let stood = self.names.canonical(&link.entity);
                touched.extend(self.intake.store.applications_of(&stood).await?);
            }
            touched.extend([link.alias.clone(), link.entity.clone()]);
        }
        self.settle(touched).await
    }

    async fn settle_page(&mut self, page: &[EntityId]) -> Result<(), IntakeError> {
        // They may be known already, and so may what follows them.
        self.followers |= page.iter().any(|entity| entity.kind == EntityKind::Institution);
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
        let changing = institutions.iter().map(|truth| (truth.entity.clone(), Owner::of(truth))).collect();
        let followers = self.change_owners(changing, &gone).await?;
        self.find_owners(&mut applications).await?;
        let mut all = institutions;
        all.append(&mut applications);
        if !all.is_empty() || !gone.is_empty() {
            self.intake.store.put_truths(&all, &gone).await?;
        }
        self.follow(followers).await
    }

    /// The same for what one claim alone tells.
    async fn put_soles(&mut self, mut soles: Vec<Sole>) -> Result<(), IntakeError> {
        let institutions = soles.iter().filter(|sole| sole.entity.kind == EntityKind::Institution);
        let changing = institutions.map(|sole| (sole.entity.clone(), Owner::of_sole(sole))).collect();
        let followers = self.change_owners(changing, &[]).await?;
        self.know_owners(soles.iter_mut().map(|sole| &mut sole.owner)).await?;
        for sole in &mut soles {
            if let Some(division) = self.division_of(sole.owner.as_ref()) {
                sole.division = Some(division.clone());
            }
        }
        if !soles.is_empty() {
            self.intake.store.put_soles(&soles).await?;
        }
        self.follow(followers).await
    }

    /// Settles what follows institutions, after they are written down.
    async fn follow(&mut self, followers: BTreeSet<EntityId>) -> Result<(), IntakeError> {
        if self.owners.len() > MOST_OWNERS {
            self.owners.clear();
        }
        // A follower is an application, and nothing follows one: this ends after one round.
        if followers.is_empty() { Ok(()) } else { Box::pin(self.settle(followers)).await }
    }

    /// Takes notice of institutions that are about to be written down. The applications that have to follow, because name or division
    /// change.
    async fn change_owners(
        &mut self,
        institutions: Vec<(EntityId, Owner)>,
        gone: &[EntityId],
    ) -> Result<BTreeSet<EntityId>, IntakeError> {
        let mut followers = BTreeSet::new();
        if self.followers {
            let asked: Vec<EntityId> = institutions.iter().map(|(entity, _)| entity.clone()).collect();
            let before = self.intake.store.truths(&asked).await?;
            let before: BTreeMap<&EntityId, Owner> = before.iter().map(|truth| (&truth.entity, Owner::of(truth))).collect();
            let changed = institutions.iter().filter(|(entity, owner)| before.get(entity) != Some(owner));
            let vanished = gone.iter().filter(|entity| entity.kind == EntityKind::Institution);
            for owner in changed.map(|(entity, _)| entity).chain(vanished) {
                followers.extend(self.intake.store.applications_of(owner).await?);
            }
        }
        self.owners.extend(institutions.into_iter().map(|(entity, owner)| (entity, Some(owner))));
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
        self.know_owners(applications.iter_mut().map(|application| &mut application.owner)).await?;
        for application in applications {
            truth::settle(application, self.division_of(application.owner.as_ref()));
        }
        Ok(())
    }

    /// Sees to it that owners go by the names that stand for them, and that what applications take from them is known.
    async fn know_owners(&mut self, owners: impl Iterator<Item = &mut Option<EntityId>>) -> Result<(), IntakeError> {
        let mut wanted = BTreeSet::new();
        for owner in owners.flatten() {
            self.names.replace(owner);
            if !self.owners.contains_key(owner) && !wanted.contains(owner) {
                wanted.insert(owner.clone());
            }
        }
        self.learn_owners(wanted.into_iter().collect()).await
    }

    fn division_of(&self, owner: Option<&EntityId>) -> Option<&DivisionCode> {
        self.owners.get(owner?)?.as_ref()?.division.as_ref()
    }

    async fn learn_owners(&mut self, wanted: Vec<EntityId>) -> Result<(), IntakeError> {
        if wanted.is_empty() {
            return Ok(());
        }
        let found = self.intake.store.truths(&wanted).await?;
        self.followers |= found.len() < wanted.len();
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
pub fn is_settled(kind: EntityKind) -> bool {
    kind == EntityKind::Institution || kind.application().is_some()
}

#[cfg(test)]
mod tests;
