//! Finding the names that mean one institution or site, after claims about institutions changed.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use jiff::Timestamp;
use ledger::divisions::Tree;
use ledger::identity;
use ledger::resolve::{self, Index, Profile};
use model::ledger::attribute::Attribute;
use model::ledger::claim::{Link, Sameness};
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::source::SourceKind;
use model::uscc::Uscc;

use crate::addresses::Neighbours;
use crate::settle::Settler;
use crate::{Intake, IntakeError};

/// How the names of sites begin that may be those of others with it left out.
const WWW: &str = "www.";
/// Claims or truths read at a time.
const PAGE: usize = 20_000;

impl Intake {
    /// Links the names that mean one thing, and settles what the links change. Links of the program that its reasons no longer carry end;
    /// those of persons stay.
    pub(crate) async fn resolve(&self, settler: &mut Settler<'_>, at: Timestamp) -> Result<(), IntakeError> {
        let tree = self.divisions().await?;
        let links = self.institutions(&tree, at).await?;
        self.relink(EntityKind::Institution, links, None, settler, at).await?;
        // Whose a site is decides whether it is one with another, so sites come after institutions.
        let links = self.sites(settler, at).await?;
        self.relink(EntityKind::Site, links, None, settler, at).await
    }

    async fn institutions(&self, tree: &Tree, at: Timestamp) -> Result<Vec<Link>, IntakeError> {
        let mut index = Index::new(tree);
        let mut after: Option<EntityId> = None;
        loop {
            let page = self.store.page_of_claims(EntityKind::Institution, after.as_ref(), PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.claim.entity.clone());
            for said in page.chunk_by(|one, other| one.claim.entity == other.claim.entity) {
                if let Some(profile) = Profile::of_claims(&said[0].claim.entity, said) {
                    index.add(&profile);
                }
            }
        }
        self.filed(&mut index).await?;
        Ok(index.links(&self.links_of(EntityKind::Institution).await?, at))
    }

    /// Tells the index whom the filing system names under which number.
    async fn filed(&self, index: &mut Index<'_>) -> Result<(), IntakeError> {
        let mut after: Option<EntityId> = None;
        loop {
            let page = self.store.page_of_claims(EntityKind::Filing, after.as_ref(), PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.claim.entity.clone());
            for held in page.iter().filter(|held| held.source.kind == SourceKind::Icp) {
                let told = |attribute| held.claim.says.get(&attribute).map_or("", String::as_str);
                let code: Option<Uscc> = told(Attribute::OwnerUscc).parse().ok();
                if let Some(owner) = identity::institution(code.as_ref(), told(Attribute::Owner)) {
                    index.filed(&owner, &held.claim.entity.key);
                }
            }
        }
    }

    async fn sites(&self, settler: &Settler<'_>, at: Timestamp) -> Result<Vec<Link>, IntakeError> {
        let held = self.links_of(EntityKind::Site).await?;
        let Neighbours { mut sites, tenants } = self.neighbours(&held).await?;
        sites.extend(self.twins().await?);
        // Aliases are behind their site already; without them the links would be made and ended in turn.
        sites.extend(held.iter().flat_map(|link| [link.alias.clone(), link.entity.clone()]));
        let profiles = self.site_profiles(&sites, settler).await?;
        Ok(resolve::sites::sites(&profiles, &tenants, &held, at))
    }

    /// Sites of which there is one with and one without `www`. Only hashes of those with it are held, eight bytes each.
    async fn twins(&self) -> Result<BTreeSet<EntityId>, IntakeError> {
        // Names come in order: those with `www.` stand together.
        let (mut hashes, mut after): (Vec<u64>, Option<EntityId>) = (Vec::new(), Some(EntityId::new(EntityKind::Site, WWW)));
        loop {
            let page = self.store.names(EntityKind::Site, after.as_ref(), PAGE).await?;
            hashes.extend(page.iter().map_while(|site| site.key.strip_prefix(WWW)).map(hash));
            after = page.last().filter(|last| last.key.starts_with(WWW)).cloned();
            if after.is_none() {
                break;
            }
        }
        if hashes.is_empty() {
            return Ok(BTreeSet::new());
        }
        hashes.sort_unstable();
        let (mut twins, mut after): (BTreeSet<EntityId>, Option<EntityId>) = (BTreeSet::new(), None);
        loop {
            let page = self.store.names(EntityKind::Site, after.as_ref(), PAGE).await?;
            let Some(last) = page.last() else { return Ok(twins) };
            after = Some(last.clone());
            for site in page.into_iter().filter(|site| hashes.binary_search(&hash(&site.key)).is_ok()) {
                twins.insert(EntityId::new(EntityKind::Site, format!("{WWW}{}", site.key)));
                twins.insert(site);
            }
        }
    }

    pub(crate) async fn links_of(&self, kind: EntityKind) -> Result<Vec<Link>, IntakeError> {
        let links = self.store.all_links().await?;
        Ok(links.into_iter().filter(|link| link.alias.kind == kind).collect())
    }

    /// Writes down the links that follow now in place of those that followed before; within `scope`, all names of which were looked at.
    pub(crate) async fn relink(
        &self,
        kind: EntityKind,
        links: Vec<Link>,
        scope: Option<&BTreeSet<EntityId>>,
        settler: &mut Settler<'_>,
        at: Timestamp,
    ) -> Result<(), IntakeError> {
        let inside = |link: &Link| scope.is_none_or(|scope| scope.contains(&link.alias) && scope.contains(&link.entity));
        let before = self.links_of(kind).await?.into_iter().filter(inside);
        let before: BTreeMap<_, _> = before.map(|link| (pair(&link), link)).collect();
        let found: BTreeMap<_, _> = links.into_iter().map(|link| (pair(&link), link)).collect();
        let ended = before.iter().filter(|(names, link)| link.person.is_none() && !found.contains_key(*names));
        let ended = ended.filter(|(_, link)| link.sameness != Sameness::Different);
        let ended = ended.map(|(_, link)| Link { sameness: Sameness::Different, reasons: Vec::new(), at, ..link.clone() });
        let is_new = |link: &Link| {
            let old = before.get(&pair(link));
            old.is_none_or(|old| old.person.is_none() && (old.sameness, &old.reasons) != (link.sameness, &link.reasons))
        };
        let changed: Vec<Link> = found.values().filter(|link| is_new(link)).cloned().chain(ended).collect();
        if changed.is_empty() {
            return Ok(());
        }
        self.store.put_links(&changed).await?;
        settler.relearn_links().await?;
        settler.settle_links(&changed).await
    }
}

/// A text in 64 bits; one process alone compares them.
fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

fn pair(link: &Link) -> (EntityId, EntityId) {
    (link.alias.clone(), link.entity.clone())
}
