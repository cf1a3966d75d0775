//! What registers, lists and declarations say of a subject. Asked after the probes, so that the numbers on its pages are known.
//!
//! Invariant: nothing is sent to anyone. A register that never delivered leaves no observation, and what it says is as old as its delivery.

use ledger::extracts::standing::SightedBy;
use ledger::extracts::{Lookup, Told, attestation, filings, listings, lists as listed, registration, standing};
use model::facts::extracts::{IcpFilings, MarkRegister, PoliceFilings, SiteCodes};
use model::facts::hosting::{Hosting, ProviderRole};
use model::facts::page::HomePage;
use model::facts::register::Register;
use model::facts::rendered::RenderedPage;
use model::facts::standing::Standing;
use model::facts::{Fact, Kind};
use model::ledger::claim::Held;
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::source::SourceKind;
use model::ledger::truth::Truth;
use model::observation::Source;
use ports::ledger::LedgerStore;

use super::Notebook;
use crate::lists::{Lists, whole_list};
use crate::plan::{Assignment, is_needed};
use crate::{Engine, EngineError};

const REGISTERS: &str = "registers/1";

impl Engine {
    /// What the lookup found by; the rest of the looking up goes on from it.
    pub(super) async fn observe_registers(
        &self,
        work: &Assignment,
        lists: &Lists,
        notebook: &mut Notebook<'_>,
    ) -> Result<Lookup, EngineError> {
        let (kind, lookup, delivered) = (work.subject.kind, lookup(work, notebook), &lists.delivered);
        let Some(ledger) = &self.ledger else { return Ok(lookup) };
        let mut about = ledger.claims(&lookup.first(), None).await?;
        about.extend(ledger.claims(&lookup.then(&about), None).await?);
        if Lookup::is_hosted(kind) {
            let told = |of| filings::of(of, &lookup, &about, delivered);
            notebook.write_told(Source::Register, REGISTERS, told(SourceKind::Icp).map(|told| told.map(IcpFilings)));
            notebook.write_told(Source::Register, REGISTERS, told(SourceKind::Police).map(|told| told.map(PoliceFilings)));
            notebook.write_told(Source::Register, REGISTERS, told(SourceKind::Mark).map(|told| told.map(MarkRegister)));
            notebook.write_told(Source::Register, REGISTERS, told(SourceKind::SiteCode).map(|told| told.map(SiteCodes)));
            notebook.write_told(Source::Register, REGISTERS, registration::of(&lookup.domain, &about));
        }
        notebook.write_told(Source::Register, REGISTERS, listings::of(kind, &lookup, &about, delivered));
        if is_needed(kind, Kind::FiledPlatforms) && delivered.has(&[SourceKind::Platforms]) {
            let list = whole_list(ledger.as_ref(), EntityKind::Platform).await?;
            notebook.write_told(Source::Register, REGISTERS, listed::platforms(&list, delivered));
        }
        let providers = providers(notebook);
        if !providers.is_empty() && delivered.has(&[SourceKind::Clouds]) {
            let list = whole_list(ledger.as_ref(), EntityKind::Cloud).await?;
            notebook.write_told(Source::Register, REGISTERS, listed::clouds(&providers, &list, delivered));
        }
        notebook.write_told(Source::Declaration, REGISTERS, attestation::of(&lookup, &about));
        if is_needed(kind, Kind::Standing) {
            let fact = standing_of(ledger.as_ref(), &lookup, &about).await?;
            let at = notebook.begin();
            notebook.write_told(Source::Register, REGISTERS, Some(Told { fact, at }));
        }
        Ok(lookup)
    }
}

/// What the subject is looked up by: the ledger's entry, and the numbers on the pages that this run saw.
fn lookup(work: &Assignment, notebook: &Notebook<'_>) -> Lookup {
    let rendered = notebook.seen::<RenderedPage>();
    let pages: Vec<&HomePage> = notebook.seen::<HomePage>().into_iter().chain(rendered.map(|rendered| &rendered.page)).collect();
    let marks = rendered.into_iter().flat_map(|rendered| &rendered.marks).map(|seen| &seen.mark);
    Lookup::of(&work.subject, Register::of(&work.ledger), &pages, marks)
}

/// The clouds that the subject's addresses and names point to.
fn providers(notebook: &Notebook<'_>) -> Vec<String> {
    let Some(hosting) = notebook.seen::<Hosting>() else { return Vec::new() };
    let signs = hosting.addresses.iter().flat_map(|address| &address.providers).chain(&hosting.providers);
    let mut names: Vec<String> = signs.filter(|sign| sign.role == ProviderRole::Cloud).map(|sign| sign.name.clone()).collect();
    names.sort();
    names.dedup();
    names
}

async fn standing_of(ledger: &dyn LedgerStore, lookup: &Lookup, about: &[Held]) -> Result<Standing, EngineError> {
    let application = truth(ledger, lookup.subject.clone()).await?;
    let owner = truth(ledger, standing::owner(lookup, application.as_ref())).await?;
    let successor = truth(ledger, owner.as_ref().and_then(standing::successor)).await?;
    let seen = ledger.seen_of(&lookup.assets()).await?;
    let sightings: Vec<SightedBy> =
        seen.into_iter().map(|seen| SightedBy { source: seen.source, first: seen.first, last: seen.last }).collect();
    Ok(standing::of(lookup, about, application.as_ref(), owner.as_ref(), successor.as_ref(), &sightings))
}

async fn truth(ledger: &dyn LedgerStore, entity: Option<EntityId>) -> Result<Option<Truth>, EngineError> {
    let Some(entity) = entity else { return Ok(None) };
    Ok(ledger.truths(&[entity]).await?.into_iter().next())
}

#[cfg(test)]
mod tests;
