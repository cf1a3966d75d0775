//! Divisions: their names, the numbers of each with all below it, who supervises whom, and of what type and level an institution is.

use std::collections::BTreeMap;

use ledger::classify::{Signs, institution_type, level};
use ledger::divisions::{Tree, ancestors, sums, supervisors};
use ledger::{entries, truth, values};
use model::institution::{DivisionCode, InstitutionType};
use model::ledger::attribute::Attribute;
use model::ledger::claim::Held;
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::source::SourceKind;
use model::ledger::truth::Truth;
use model::text::Text;
use ports::ledger::Region;
use serde::de::DeserializeOwned;

use crate::{Intake, IntakeError};

/// Claims read at a time.
const PAGE: usize = 20_000;
/// Superior institutions followed at most.
const DEEPEST: usize = 8;

/// The numbers of a division with all below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DivisionLine {
    /// The division; `None` for what has none.
    pub division: Option<DivisionCode>,
    /// Its name; empty when names of divisions are not loaded.
    pub name: String,
    /// How deep it stands below the first.
    pub depth: usize,
    /// How many of each kind are there.
    pub entities: BTreeMap<EntityKind, u64>,
}

impl Intake {
    /// The names of divisions, as far as a source tells them.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn divisions(&self) -> Result<Tree, IntakeError> {
        let (mut tree, mut after): (Tree, Option<EntityId>) = (Tree::default(), None);
        loop {
            let page = self.store.page_of_claims(EntityKind::Division, after.as_ref(), PAGE).await?;
            let Some(last) = page.last() else { return Ok(tree) };
            after = Some(last.claim.entity.clone());
            for held in page {
                if let (Ok(code), Some(name)) = (held.claim.entity.key.parse(), held.claim.says.get(&Attribute::Name)) {
                    tree.add(code, name);
                }
            }
        }
    }

    /// The numbers of a region's divisions, each with all below it, in the order of codes; what has no division comes first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn tree(&self, region: &Region) -> Result<Vec<DivisionLine>, IntakeError> {
        let tree = self.divisions().await?;
        let mut numbers: BTreeMap<EntityKind, BTreeMap<DivisionCode, u64>> = BTreeMap::new();
        let mut found: BTreeMap<Option<DivisionCode>, BTreeMap<EntityKind, u64>> = BTreeMap::new();
        for count in self.store.count(region).await? {
            match count.division {
                None => drop(found.insert(None, count.entities)),
                Some(division) => {
                    for (kind, number) in count.entities {
                        numbers.entry(kind).or_default().insert(division.clone(), number);
                    }
                }
            }
        }
        for (kind, numbers) in &numbers {
            for (division, sum) in sums(numbers).into_iter().filter(|(division, _)| region.holds(Some(division))) {
                found.entry(Some(division)).or_default().insert(*kind, sum);
            }
        }
        let depth =
            |code: &DivisionCode| ancestors(code).iter().filter(|above| found.contains_key(&Some((*above).clone()))).count();
        let line = |(division, entities): (&Option<DivisionCode>, &BTreeMap<EntityKind, u64>)| DivisionLine {
            name: division.as_ref().and_then(|code| tree.name(code)).unwrap_or_default().to_owned(),
            depth: division.as_ref().map_or(0, depth),
            division: division.clone(),
            entities: entities.clone(),
        };
        Ok(found.iter().map(line).collect())
    }

    /// Who supervises an institution, in words: the institutions above it, nearest first, then its division and those above.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn supervisors(&self, institution: &Truth) -> Result<Vec<String>, IntakeError> {
        let mut above: BTreeMap<EntityId, (EntityId, String)> = BTreeMap::new();
        let mut next = Some(institution.clone());
        while let Some(truth) = next.take().filter(|_| above.len() < DEEPEST) {
            let Some(code) = truth.get(Attribute::ParentUscc) else { break };
            let superior = self.truth(&EntityId::new(EntityKind::Institution, code), None).await?;
            let name = superior.as_ref().and_then(|superior| superior.get(Attribute::Name)).unwrap_or(code).to_owned();
            let id = superior
                .as_ref()
                .map_or_else(|| EntityId::new(EntityKind::Institution, code), |superior| superior.entity.clone());
            if above.insert(truth.entity.clone(), (id, name)).is_some() {
                break;
            }
            next = superior;
        }
        let tree = self.divisions().await?;
        let chain =
            supervisors(&institution.entity, institution.division.as_ref(), |below| above.get(below).map(|(id, _)| id.clone()));
        let names: BTreeMap<&EntityId, &str> = above.values().map(|(id, name)| (id, name.as_str())).collect();
        let institutions =
            chain.institutions.iter().map(|id| names.get(id).map_or_else(|| id.to_string(), |name| (*name).to_owned()));
        let division = |code: &DivisionCode| format!("{code} {}", tree.name(code).unwrap_or_default()).trim_end().to_owned();
        Ok(institutions.chain(chain.divisions.iter().map(division)).collect())
    }

    /// Why an institution is of its type and level: what each step of the decision says, the deciding one first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn classify(&self, institution: &Truth) -> Result<Vec<Text>, IntakeError> {
        let runs = self.store.applications_of(&institution.entity).await?;
        let mut bearing: Vec<EntityId> = runs.iter().flat_map(truth::bearing).collect();
        bearing.extend(runs);
        bearing.sort();
        bearing.dedup();
        let claims = self.store.claims(&bearing, None).await?;
        let known = entries::institution_of(institution);
        let said = |kind, attribute| {
            claims.iter().filter(move |held| held.source.kind == kind).find_map(move |held| held.claim.says.get(&attribute))
        };
        let domains: Vec<&str> =
            bearing.iter().filter(|entity| entity.kind == EntityKind::Domain).map(|entity| entity.key.as_str()).collect();
        let signs = Signs {
            person: (
                told(institution, Attribute::Type, SourceKind::Person),
                told(institution, Attribute::Level, SourceKind::Person),
            ),
            roster: (
                told(institution, Attribute::Type, SourceKind::Roster),
                told(institution, Attribute::Level, SourceKind::Roster),
            ),
            uscc: known.uscc.as_ref(),
            mark: said(SourceKind::Mark, Attribute::MarkClass).map(String::as_str),
            nature: said(SourceKind::Icp, Attribute::OwnerNature).map(|nature| in_words(nature)),
            site_code: claims.iter().find(|held| held.source.kind == SourceKind::SiteCode).map(number),
            name: &known.name,
            division: known.division.as_ref(),
            domains: &domains,
        };
        let tree = self.divisions().await?;
        Ok([institution_type(&signs).reasons, level(&signs, &tree).reasons].concat())
    }
}

/// What a kind of source tells of an institution, in force or not.
fn told<T: DeserializeOwned>(truth: &Truth, attribute: Attribute, kind: SourceKind) -> Option<T> {
    let held = truth.attributes.get(&attribute)?;
    let others = held.others.iter().map(|other| (&other.source, other.value.as_str()));
    let value = std::iter::once((&held.source, held.value.as_str())).chain(others).find(|(source, _)| source.kind == kind)?.1;
    values::of_word(value)
}

/// A nature in the filing system's words, where it was read as a type of ours.
fn in_words(nature: &str) -> &str {
    values::of_word(nature).map_or(nature, |kind: InstitutionType| kind.label().zh)
}

/// The number of an entry of a register.
fn number(held: &Held) -> &str {
    held.claim.says.get(&Attribute::Number).map_or(held.claim.part.as_str(), String::as_str)
}
