//! Working off marks: a name that is matched otherwise than before, a subject that consists of something else.
//!
//! Invariant: a mark goes in the transaction that holds the last of what followed from it; what came before is the same when it is done again.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use model::advisory::{Certainty, Closed, Closing, Component, Finding, FindingId, Product};
use model::subject::SubjectId;
use ports::advisories::{Hold, Holder, Mark, Moved, Settlement};
use ports::store::StoreError;
use vulns::matching::Compiled;
use vulns::range::{self, Holds};

use crate::Watch;
use crate::books::look_up;
use crate::world::World;

/// Marks worked off together. Names that hang together or concern one product share their reading.
const NAMES: usize = 1_000;
const SUBJECTS: usize = 200;
/// Holders and findings read at a time.
const PAGE: usize = 1_000;
/// Findings written at a time.
const WRITTEN: usize = 5_000;

/// What was worked off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Names of vulnerabilities.
    pub names: u64,
    /// Subjects.
    pub subjects: u64,
    /// Findings opened, for the first time or again.
    pub opened: u64,
    /// Findings that were open and are.
    pub confirmed: u64,
    /// Findings closed.
    pub closed: u64,
}

/// What is to be written, sent in pieces.
struct Draft<'w> {
    watch: &'w Watch,
    settlement: Settlement,
    moved: Moved,
}

impl Draft<'_> {
    /// Writes what has gathered, if it is much.
    async fn write_when_full(&mut self) -> Result<(), StoreError> {
        let Settlement { found, renamed, closed, .. } = &self.settlement;
        if found.len() + renamed.len() + closed.len() < WRITTEN { Ok(()) } else { self.write().await }
    }

    async fn write(&mut self) -> Result<(), StoreError> {
        if self.settlement != Settlement::default() {
            self.moved += self.watch.advisories.settle(std::mem::take(&mut self.settlement)).await?;
        }
        Ok(())
    }
}

/// Vulnerabilities that may have to be matched anew.
struct Cases<'w> {
    all: Vec<(&'w str, Vec<&'w Compiled>)>,
    /// What they call vulnerable, by product: the number of the case, and the versions.
    vulnerable: BTreeMap<&'w Product, Vec<(usize, range::Compiled)>>,
}

impl<'w> Cases<'w> {
    fn of(world: &'w World, chiefs: &'w [String]) -> Self {
        let mut cases = Self { all: Vec::new(), vulnerable: BTreeMap::new() };
        for chief in chiefs {
            for affected in world.members(chief).into_iter().flat_map(|statement| statement.vulnerable()) {
                let versions = range::Compiled::of(&affected.versions);
                cases.vulnerable.entry(&affected.product).or_default().push((cases.all.len(), versions));
            }
            cases.all.push((chief, world.matchers(chief)));
        }
        cases
    }

    fn products(&self) -> Vec<Product> {
        self.vulnerable.keys().map(|product| (*product).clone()).collect()
    }

    /// The cases in which a version is vulnerable or may be, conditions left aside.
    fn concerned(&self, hold: &Hold) -> impl Iterator<Item = usize> {
        let vulnerable = self.vulnerable.get(&hold.product).into_iter().flatten();
        vulnerable.filter(|(_, versions)| versions.holds(&hold.version) != Holds::No).map(|(case, _)| *case)
    }

    /// The findings on a subject.
    fn findings(&self, holder: &Holder, at: Timestamp) -> BTreeMap<FindingId, Finding> {
        let concerned: BTreeSet<usize> =
            holder.holds().iter().flat_map(|hold| self.concerned(hold).collect::<Vec<_>>()).collect();
        let mut findings = Findings::new(holder, at);
        for (chief, matchers) in concerned.into_iter().map(|case| &self.all[case]) {
            for reach in matchers.iter().flat_map(|compiled| compiled.reach(&holder.components)) {
                findings.add(chief, reach.component, reach.certainty);
            }
        }
        findings.surest
    }
}

impl Watch {
    /// Works off all marks. Findings that open now are open since `at`.
    ///
    /// # Errors
    /// When the store fails; what was not worked off stays marked.
    pub async fn settle(&self, at: Timestamp) -> Result<Settled, StoreError> {
        let (mut settled, mut moved) = (Settled::default(), Moved::default());
        loop {
            let marks = self.advisories.pending_names(NAMES).await?;
            if marks.is_empty() {
                break;
            }
            settled.names += marks.len() as u64;
            moved += self.settle_names(marks, at).await?;
        }
        loop {
            let marks = self.advisories.pending_subjects(SUBJECTS).await?;
            if marks.is_empty() {
                break;
            }
            settled.subjects += marks.len() as u64;
            moved += self.settle_subjects(marks, at).await?;
        }
        let Moved { opened, confirmed, closed } = moved;
        Ok(Settled { opened, confirmed, closed, ..settled })
    }

    async fn settle_names(&self, marks: Vec<Mark<String>>, at: Timestamp) -> Result<Moved, StoreError> {
        let names: Vec<String> = marks.iter().map(|mark| mark.of.clone()).collect();
        let world = World::load(&*self.advisories, &names).await?;
        let touched: Vec<String> = world.touched_by(&names).into_iter().collect();
        let mut draft = Draft { watch: self, settlement: Settlement::default(), moved: Moved::default() };
        let reached = self.open_cases(&world, &touched, at, &mut draft).await?;
        self.close_others(&world, &self.advisories.with_open(&touched).await?, &reached, at, &mut draft).await?;
        draft.settlement.names = marks;
        draft.write().await?;
        Ok(draft.moved)
    }

    /// Goes through the holders of all versions that are concerned, each once; the findings that are there.
    async fn open_cases(
        &self,
        world: &World,
        touched: &[String],
        at: Timestamp,
        draft: &mut Draft<'_>,
    ) -> Result<BTreeSet<FindingId>, StoreError> {
        let cases = Cases::of(world, touched);
        let held = self.advisories.held(&cases.products()).await?;
        let (mut reached, mut seen) = (BTreeSet::new(), BTreeSet::new());
        for hold in held.iter().filter(|hold| cases.concerned(hold).next().is_some()) {
            let mut after = None;
            loop {
                let mut page = self.advisories.holders(hold, after.as_ref(), PAGE).await?;
                let Some(last) = page.last() else { break };
                after = Some(last.clone());
                page.retain(|subject| seen.insert(subject.clone()));
                for holder in self.advisories.components_of(&page).await? {
                    let findings = cases.findings(&holder, at);
                    reached.extend(findings.keys());
                    draft.settlement.found.extend(findings.into_values());
                }
                draft.write_when_full().await?;
            }
        }
        Ok(reached)
    }

    /// Ends the open findings of these names that are not there any more, or lets them go on under another name.
    async fn close_others(
        &self,
        world: &World,
        names: &[String],
        reached: &BTreeSet<FindingId>,
        at: Timestamp,
        draft: &mut Draft<'_>,
    ) -> Result<(), StoreError> {
        let mut after = None;
        while !names.is_empty() {
            let page = self.advisories.findings(names, true, after.as_ref(), PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.subject.clone());
            let lost: Vec<&Finding> = page.iter().filter(|finding| !reached.contains(&finding.id())).collect();
            let subjects: Vec<SubjectId> = lost.iter().map(|finding| finding.subject.clone()).collect();
            let holders = self.advisories.components_of(&subjects).await?;
            let holders: BTreeMap<&SubjectId, &Holder> = holders.iter().map(|holder| (&holder.subject, holder)).collect();
            let end = End { world, there: |id| reached.contains(&id), looked: false };
            for finding in lost {
                end.put(finding, holders.get(&finding.subject).copied(), at, &mut draft.settlement);
            }
            draft.write_when_full().await?;
        }
        Ok(())
    }

    async fn settle_subjects(&self, marks: Vec<Mark<SubjectId>>, at: Timestamp) -> Result<Moved, StoreError> {
        let mut draft = Draft { watch: self, settlement: Settlement::default(), moved: Moved::default() };
        let subjects: Vec<SubjectId> = marks.iter().map(|mark| mark.of.clone()).collect();
        for holder in self.advisories.components_of(&subjects).await? {
            self.settle_subject(&holder, at, &mut draft.settlement).await?;
            draft.write_when_full().await?;
        }
        draft.settlement.subjects = marks;
        draft.write().await?;
        Ok(draft.moved)
    }

    async fn settle_subject(&self, holder: &Holder, at: Timestamp, settlement: &mut Settlement) -> Result<(), StoreError> {
        let books = self.books(&holder.components).await?;
        let mut findings = Findings::new(holder, at);
        for found in look_up(&books, &holder.components) {
            for chief in found.chiefs {
                findings.add(chief, found.hit.component, found.hit.certainty);
            }
        }
        let known = self.advisories.findings_on(&holder.subject).await?;
        let is_lost = |finding: &&Finding| finding.closed.is_none() && !findings.surest.contains_key(&finding.id());
        let lost: Vec<&Finding> = known.iter().filter(is_lost).collect();
        if !lost.is_empty() {
            let names: BTreeSet<String> = lost.iter().map(|finding| finding.vulnerability.clone()).collect();
            let world = World::load(&*self.advisories, &Vec::from_iter(names)).await?;
            let end = End { world: &world, there: |id| findings.surest.contains_key(&id), looked: true };
            lost.into_iter().for_each(|finding| end.put(finding, Some(holder), at, settlement));
        }
        settlement.found.extend(findings.surest.into_values());
        Ok(())
    }
}

/// The findings on a subject. Components of one name at one place are one finding: the surest tells it, of equals the least.
struct Findings<'h> {
    holder: &'h Holder,
    at: Timestamp,
    surest: BTreeMap<FindingId, Finding>,
}

impl<'h> Findings<'h> {
    fn new(holder: &'h Holder, at: Timestamp) -> Self {
        Self { holder, at, surest: BTreeMap::new() }
    }

    fn add(&mut self, chief: &str, component: usize, certainty: Certainty) {
        let Some(component) = self.holder.components.get(component) else { return };
        let id = FindingId::of(&self.holder.subject, component, chief);
        if let Some(held) = self.surest.get(&id)
            && (held.certainty > certainty || held.certainty == certainty && held.component <= *component)
        {
            return;
        }
        let finding = Finding {
            subject: self.holder.subject.clone(),
            vulnerability: chief.to_owned(),
            component: component.clone(),
            certainty,
            opened: self.at,
            confirmed: self.holder.seen,
            closed: None,
        };
        self.surest.insert(id, finding);
    }
}

/// How a finding ends that is not there any more.
struct End<'w, F> {
    world: &'w World,
    /// Whether a finding is there.
    there: F,
    /// A look at the subject is what changed it, not a statement.
    looked: bool,
}

impl<F: Fn(FindingId) -> bool> End<'_, F> {
    fn put(&self, finding: &Finding, holder: Option<&Holder>, at: Timestamp, settlement: &mut Settlement) {
        let chiefs = self.world.groups().meant_by(&finding.vulnerability);
        let other = |chief: &String| *chief != finding.vulnerability;
        let ids =
            chiefs.iter().filter(|chief| other(chief)).map(|chief| FindingId::of(&finding.subject, &finding.component, chief));
        match ids.into_iter().find(|id| (self.there)(*id)) {
            Some(now) => settlement.renamed.push((finding.id(), now)),
            None => settlement.closed.push((finding.id(), Closed { at, why: self.why(finding, holder) })),
        }
    }

    fn why(&self, finding: &Finding, holder: Option<&Holder>) -> Closing {
        let held = holder.map(|holder| holder.components.as_slice()).unwrap_or_default();
        let was = &finding.component;
        let same = |now: &&Component| now.name == was.name && now.version == was.version && now.products == was.products;
        if held.iter().any(|now| same(&now) && now.place == was.place) {
            return match (self.world.stands(&finding.vulnerability), self.looked) {
                (false, _) => Closing::Withdrawn,
                (true, true) => Closing::Surroundings,
                (true, false) => Closing::Corrected,
            };
        }
        let of_name = || held.iter().filter(|now| now.name == was.name);
        let here = of_name().find(|now| now.place == was.place).or_else(|| of_name().find(|now| now.version != was.version));
        match here {
            Some(now) if !now.version.number.is_empty() => Closing::Upgraded { to: now.version.number.clone() },
            _ => Closing::Removed,
        }
    }
}
