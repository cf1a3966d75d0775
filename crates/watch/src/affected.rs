//! Who is affected by a vulnerability: institutions and applications by division, how surely, since when, and how it went on.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use model::advisory::{Certainty, Component, Finding, FindingId};
use model::institution::DivisionCode;
use model::ledger::attribute::Attribute;
use model::ledger::claim::{LifeState, Sameness};
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::truth::Truth;
use model::rule::Severity;
use model::subject::SubjectId;
use ports::advisories::Stated;
use ports::ledger::Region;
use ports::store::StoreError;
use vulns::matching;

use crate::Watch;
use crate::world::World;

/// Findings read at a time.
const PAGE: usize = 1_000;
/// Statements told of one name.
const STATEMENTS: usize = 1_000;

/// Who is affected by what a name means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Affected {
    /// The chief names of the vulnerabilities that it means: one, unless a bulletin speaks of several. The name itself when nobody bears it.
    pub vulnerabilities: Vec<String>,
    /// All their names, chief ones first.
    pub names: Vec<String>,
    /// What is said of them. Empty when nothing is.
    pub statements: Vec<Stated>,
    /// The gravest of them.
    pub severity: Severity,
    /// One of them is known to be exploited.
    pub exploited: bool,
    /// Numbers by division, those without one first.
    pub divisions: Vec<DivisionLine>,
    /// Applications with their components, by division, institution and application; at most as many as asked for.
    pub lines: Vec<Line>,
    /// How many more there are.
    pub beyond: u64,
    /// Findings on applications that are no longer used, which are counted nowhere else.
    pub retired: u64,
}

/// Numbers of a division.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DivisionLine {
    /// The division; `None` for what has none.
    pub division: Option<DivisionCode>,
    /// Institutions with an affected application. What has no owner is not among them.
    pub institutions: u64,
    /// Affected applications, and institutions that are affected themselves.
    pub applications: u64,
    /// The same by how sure the surest of their findings is.
    pub by_certainty: BTreeMap<Certainty, u64>,
}

/// A component of an application that is affected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The finding.
    pub finding: FindingId,
    /// Division of the institution.
    pub division: Option<DivisionCode>,
    /// Who runs the application; `None` when the ledger does not tell.
    pub institution: Option<EntityId>,
    /// Its name; empty when unknown.
    pub institution_name: String,
    /// The application.
    pub subject: SubjectId,
    /// Its name; empty when unknown.
    pub name: String,
    /// The vulnerability's chief name.
    pub vulnerability: String,
    /// The component, with version, channel, place and evidence.
    pub component: Component,
    /// How sure.
    pub certainty: Certainty,
    /// Since when the finding is open.
    pub since: Timestamp,
    /// When it was last found so.
    pub confirmed: Timestamp,
    /// The lowest version named that is not affected any more.
    pub fixed_in: Option<String>,
}

/// A point of the curve of rectification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// The day, China Standard Time.
    pub day: Date,
    /// Findings open at its end.
    pub open: u64,
    /// Findings closed until its end. One that opens again was closed nevertheless.
    pub closed: u64,
}

/// Whose a subject is.
#[derive(Clone, Debug, Default)]
struct Owner {
    division: Option<DivisionCode>,
    institution: Option<EntityId>,
    institution_name: String,
    name: String,
    state: Option<LifeState>,
}

impl Watch {
    /// Who in a region is affected by the vulnerability of this name, by all findings that are open; with at most `most` lines.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn affected(&self, name: &str, region: &Region, most: usize) -> Result<Affected, StoreError> {
        let (world, chiefs, names) = self.meaning(name).await?;
        let said = self.advisories.statements_named(&names, STATEMENTS).await?;
        let grades: Vec<_> = chiefs.iter().map(|chief| world.grade(chief)).collect();
        let mut affected = Affected {
            statements: said,
            severity: grades.iter().map(|grade| grade.severity).max().unwrap_or(Severity::Info),
            exploited: grades.iter().any(|grade| grade.exploited),
            vulnerabilities: chiefs,
            names,
            divisions: Vec::new(),
            lines: Vec::new(),
            beyond: 0,
            retired: 0,
        };
        let mut numbers: BTreeMap<Option<DivisionCode>, Numbers> = BTreeMap::new();
        let mut after = None;
        loop {
            let page = self.advisories.findings(&affected.vulnerabilities, true, after.as_ref(), PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.subject.clone());
            let owners = self.owners(page.iter().map(|finding| &finding.subject)).await?;
            for finding in page {
                let owner = owners.get(&finding.subject).cloned().unwrap_or_default();
                if !region.holds(owner.division.as_ref()) {
                    continue;
                }
                if owner.state == Some(LifeState::Retired) {
                    affected.retired += 1;
                } else {
                    numbers.entry(owner.division.clone()).or_default().add(&finding, &owner);
                    affected.lines.push(line(finding, owner));
                }
            }
        }
        affected.divisions = numbers.into_iter().map(|(division, numbers)| numbers.told(division)).collect();
        let key =
            |line: &Line| (line.division.clone(), line.institution.as_ref().map(ToString::to_string), line.subject.to_string());
        affected.lines.sort_by_cached_key(|line| (key(line), line.vulnerability.clone(), line.component.clone()));
        affected.beyond = affected.lines.len().saturating_sub(most) as u64;
        affected.lines.truncate(most);
        for line in &mut affected.lines {
            line.fixed_in = matching::fixed_in(&world.matchers(&line.vulnerability), &line.component);
        }
        Ok(affected)
    }

    /// How the findings of a vulnerability were opened and closed, by day, from the first on; days on which nothing changed are left out.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn curve(&self, name: &str) -> Result<Vec<Point>, StoreError> {
        let (_, _, names) = self.meaning(name).await?;
        let (mut open, mut closed) = (0_i64, 0_i64);
        let turns = self.advisories.turns(&names).await?.into_iter();
        let point = |turn: ports::advisories::Turn| {
            (open, closed) = (open + turn.opened - turn.closed, closed + turn.closed);
            Point { day: turn.day, open: open.max(0).unsigned_abs(), closed: closed.max(0).unsigned_abs() }
        };
        Ok(turns.map(point).collect())
    }

    /// What a name means: the statements around it, the chief names, and all names of those.
    pub(crate) async fn meaning(&self, name: &str) -> Result<(World, Vec<String>, Vec<String>), StoreError> {
        let world = World::load(&*self.advisories, &[name.to_owned()]).await?;
        let chiefs = world.groups().meant_by(name);
        let mut names = chiefs.clone();
        for other in chiefs.iter().flat_map(|chief| world.groups().names(chief)).chain([name.to_owned()]) {
            if !names.contains(&other) {
                names.push(other);
            }
        }
        Ok((world, chiefs, names))
    }

    /// Whose these subjects are, as far as the ledger has them under this or another name.
    async fn owners(&self, subjects: impl Iterator<Item = &SubjectId>) -> Result<BTreeMap<SubjectId, Owner>, StoreError> {
        // Subjects are written as the entities of the same things.
        let entities: BTreeMap<EntityId, &SubjectId> =
            subjects.filter_map(|subject| Some((subject.to_string().parse().ok()?, subject))).collect();
        let mut truths = self.truths(entities.keys().cloned().collect()).await?;
        let unknown: Vec<EntityId> = entities.keys().filter(|entity| !truths.contains_key(*entity)).cloned().collect();
        let links = if unknown.is_empty() { Vec::new() } else { self.ledger.links(&unknown).await? };
        let same = links.into_iter().filter(|link| link.sameness == Sameness::Same && !truths.contains_key(&link.alias));
        let canonical: BTreeMap<EntityId, EntityId> = same.map(|link| (link.alias, link.entity)).collect();
        truths.extend(self.truths(canonical.values().cloned().collect()).await?);
        let of = |entity: &EntityId| truths.get(canonical.get(entity).unwrap_or(entity)).cloned();
        let found: Vec<(&SubjectId, Truth)> =
            entities.iter().filter_map(|(entity, subject)| Some((*subject, of(entity)?))).collect();
        let institutions = self.truths(found.iter().filter_map(|(_, truth)| truth.owner.clone()).collect()).await?;
        let owner = |(subject, truth): (&SubjectId, Truth)| (subject.clone(), owner_of(truth, &institutions));
        Ok(found.into_iter().map(owner).collect())
    }

    async fn truths(&self, of: BTreeSet<EntityId>) -> Result<BTreeMap<EntityId, Truth>, StoreError> {
        let truths = self.ledger.truths(&Vec::from_iter(of)).await?;
        Ok(truths.into_iter().map(|truth| (truth.entity.clone(), truth)).collect())
    }
}

fn owner_of(truth: Truth, institutions: &BTreeMap<EntityId, Truth>) -> Owner {
    let (name, state) = (truth.get(Attribute::Name).unwrap_or_default().to_owned(), Some(truth.state));
    if truth.entity.kind == EntityKind::Institution {
        let institution_name = name.clone();
        return Owner { division: truth.division, institution: Some(truth.entity), institution_name, name, state };
    }
    let institution = truth.owner.as_ref().and_then(|owner| institutions.get(owner));
    let institution_name = institution.and_then(|institution| institution.get(Attribute::Name)).unwrap_or_default().to_owned();
    Owner { division: truth.division, institution: truth.owner, institution_name, name, state }
}

fn line(finding: Finding, owner: Owner) -> Line {
    Line {
        finding: finding.id(),
        division: owner.division,
        institution: owner.institution,
        institution_name: owner.institution_name,
        subject: finding.subject,
        name: owner.name,
        vulnerability: finding.vulnerability,
        component: finding.component,
        certainty: finding.certainty,
        since: finding.opened,
        confirmed: finding.confirmed,
        fixed_in: None,
    }
}

/// Who of a division is affected, each once.
#[derive(Default)]
struct Numbers {
    institutions: BTreeSet<EntityId>,
    surest: BTreeMap<SubjectId, Certainty>,
}

impl Numbers {
    fn add(&mut self, finding: &Finding, owner: &Owner) {
        self.institutions.extend(owner.institution.clone());
        let surest = self.surest.entry(finding.subject.clone()).or_insert(finding.certainty);
        *surest = (*surest).max(finding.certainty);
    }

    fn told(self, division: Option<DivisionCode>) -> DivisionLine {
        let mut by_certainty: BTreeMap<Certainty, u64> = BTreeMap::new();
        for certainty in self.surest.values() {
            *by_certainty.entry(*certainty).or_default() += 1;
        }
        let (institutions, applications) = (self.institutions.len() as u64, self.surest.len() as u64);
        DivisionLine { division, institutions, applications, by_certainty }
    }
}
