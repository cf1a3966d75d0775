//! What a subject consists of, out of what was seen and declared; and what advisories, life-cycle data, threat lists and the supplier's
//! other subjects say of that.
//!
//! Invariant: nothing is sent to anyone. What was not looked at this time is not taken for gone: its components stay.

use std::collections::BTreeSet;

use jiff::Timestamp;
use ledger::extracts::{Lookup, Told, threats};
use model::advisory::{Channel, Component};
use model::facts::clients::Entrances;
use model::facts::components::{Components, SupplierReach, Vulnerabilities};
use model::facts::dns::HostDns;
use model::facts::hosting::Hosting;
use model::facts::page::HomePage;
use model::facts::register::Register;
use model::facts::rendered::RenderedPage;
use model::facts::scripts::Scripts;
use model::facts::services::Services;
use model::facts::technology::Technologies;
use model::facts::tls::TlsHandshake;
use model::facts::web::{PlainVisit, SecureVisit, Visit};
use model::facts::{Fact, Kind};
use model::ledger::claim::{Held, Sighting};
use model::ledger::entity::EntityId;
use model::observation::Source;
use model::subject::SubjectId;
use model::view::day_in_china;
use ports::ledger::LedgerStore;
use vulns::components::Observed;
use vulns::suppliers::{self, Signs};
use watch::Watch;

use super::Notebook;
use crate::lists::Lists;
use crate::plan::{Assignment, is_needed};
use crate::{Engine, EngineError};

const COMPONENTS: &str = "components/1";
const ADVISORIES: &str = "advisories/1";

impl Engine {
    /// Writes down the components and all that is known of them, and hands them to the watch.
    pub(super) async fn observe_components(
        &self,
        work: &Assignment,
        lookup: &Lookup,
        lists: &Lists,
        notebook: &mut Notebook<'_>,
    ) -> Result<(), EngineError> {
        let Some(ledger) = &self.ledger else { return Ok(()) };
        self.observe_threats(ledger.as_ref(), lists, notebook).await?;
        if !is_needed(work.subject.kind, Kind::Components) {
            return Ok(());
        }
        let declared = ledger.bill_of(&work.subject.to_string()).await?;
        let sightings = sightings(ledger.as_ref(), lookup).await?;
        let components = gather(&declared, &sightings, notebook);
        let at = seen_at(notebook).unwrap_or_else(|| notebook.begin());
        let found = components.found.clone();
        notebook.write_told(Source::Probe, COMPONENTS, Some(Told { fact: components, at }));
        if let Some((cycles, at)) = &lists.cycles {
            let fact = cycles.of(&found, Some(day_in_china(*at)));
            notebook.write_told(Source::Register, ADVISORIES, Some(Told { fact, at: *at }));
        }
        let Some(watch) = &self.watch else { return Ok(()) };
        if looked_at_page(notebook) {
            let kept = kept(watch, &work.subject, &found, notebook).await?;
            watch.advisories().put_components(&work.subject, at, &kept).await?;
        }
        let told = watch.vulnerabilities_of(&found, lists.feeds.clone()).await?;
        notebook.write_told(Source::Register, ADVISORIES, as_old_as_its_feeds(told));
        let reach = self.suppliers(watch, work, notebook).await?;
        notebook.write_told(Source::Register, ADVISORIES, Some(Told { fact: reach, at: notebook.begin() }));
        Ok(())
    }

    /// What threat lists say of the hosts whose scripts the page runs.
    async fn observe_threats(
        &self,
        ledger: &dyn LedgerStore,
        lists: &Lists,
        notebook: &mut Notebook<'_>,
    ) -> Result<(), EngineError> {
        if !lists.delivered.has(&threats::LISTS) {
            return Ok(());
        }
        let Some(scripts) = notebook.seen::<Scripts>() else { return Ok(()) };
        let others: Vec<_> = scripts.scripts.iter().filter(|script| script.third_party).collect();
        let hosts: BTreeSet<String> = others.iter().map(|script| script.host.clone()).filter(|host| !host.is_empty()).collect();
        let mut asked: BTreeSet<EntityId> = hosts.iter().flat_map(|host| threats::asked(host)).collect();
        asked.extend(others.iter().map(|script| threats::asked_address(&script.url)));
        let about = ledger.claims(&asked.into_iter().collect::<Vec<_>>(), None).await?;
        let hosts: Vec<String> = hosts.into_iter().collect();
        notebook.write_told(Source::Register, ADVISORIES, threats::of(&hosts, &about, &lists.delivered));
        Ok(())
    }

    /// The suppliers of the subject, which are remembered, with what else stands on them.
    async fn suppliers(&self, watch: &Watch, work: &Assignment, notebook: &Notebook<'_>) -> Result<SupplierReach, EngineError> {
        let register = Register::of(&work.ledger);
        let rendered = notebook.seen::<RenderedPage>().map(|rendered| &rendered.page);
        let pages: Vec<&HomePage> = notebook.seen::<HomePage>().into_iter().chain(rendered).collect();
        let alias = notebook.seen::<HostDns>().and_then(|dns| dns.aliases.last()).and_then(|name| readers::names::host(name));
        let signs = suppliers::of(&Signs {
            institution: register.and_then(|register| register.institution.as_ref()),
            pages: &pages,
            technologies: notebook.seen::<Technologies>(),
            handshake: notebook.seen::<TlsHandshake>(),
            host: register.and_then(|register| register.application.host.as_ref()),
            alias: alias.as_ref(),
            hosting: notebook.seen::<Hosting>(),
        });
        if looked_at_page(notebook) {
            watch.advisories().put_suppliers(&work.subject, &signs).await?;
        }
        Ok(watch.supplier_reach_of(&signs).await?)
    }
}

fn gather(declared: &[Held], sightings: &[Sighting], notebook: &Notebook<'_>) -> Components {
    let plain = notebook.seen::<PlainVisit>().map(|visit| &visit.0);
    let secure = notebook.seen::<SecureVisit>().map(|visit| &visit.0);
    let visits: Vec<&Visit> = plain.into_iter().chain(secure).collect();
    vulns::components::of(&Observed {
        technologies: notebook.seen::<Technologies>(),
        services: notebook.seen::<Services>(),
        scripts: notebook.seen::<Scripts>(),
        entrances: notebook.seen::<Entrances>(),
        visits: &visits,
        declared: &declared.iter().collect::<Vec<_>>(),
        sightings: &sightings.iter().collect::<Vec<_>>(),
    })
}

/// When the looks were made that told of components: the oldest.
fn seen_at(notebook: &Notebook<'_>) -> Option<Timestamp> {
    let kinds = [Kind::Technologies, Kind::Services, Kind::Scripts, Kind::PlainVisit, Kind::SecureVisit];
    notebook.observations.iter().filter(|seen| kinds.contains(&seen.kind)).map(|seen| seen.finished).min()
}

/// Whether this look reached the page: only then what is missing from it is gone.
fn looked_at_page(notebook: &Notebook<'_>) -> bool {
    notebook.seen::<HomePage>().is_some() && notebook.seen::<Technologies>().is_some()
}

/// The components found, and those known before at places that this look did not reach: services that were not surveyed to the end, scripts
/// that could not be fetched.
async fn kept(
    watch: &Watch,
    subject: &SubjectId,
    found: &[Component],
    notebook: &Notebook<'_>,
) -> Result<Vec<Component>, EngineError> {
    let known = watch.advisories().components_of(std::slice::from_ref(subject)).await?;
    let services = notebook.seen::<Services>();
    let surveyed = services.is_some_and(|services| services.addresses.iter().all(|address| address.unfinished.is_none()));
    let scripts = notebook.seen::<Scripts>();
    let is_unread = |place: &str| {
        scripts.is_none_or(|scripts| scripts.scripts.iter().any(|script| script.url == place && script.failure.is_some()))
    };
    let is_script = |component: &Component| matches!(component.channel, Channel::FileName | Channel::Content | Channel::Digest);
    let unreached = |component: &&Component| match component.channel {
        Channel::Sbom | Channel::Import => false,
        _ if !component.place.contains("://") => !surveyed,
        _ => is_script(component) && is_unread(&component.place),
    };
    let mut all: BTreeSet<Component> = found.iter().cloned().collect();
    all.extend(known.iter().flat_map(|holder| &holder.components).filter(unreached).cloned());
    Ok(all.into_iter().collect())
}

/// Advisories are as old as the last delivery of any feed; without a feed they are not loaded.
fn as_old_as_its_feeds(told: Vulnerabilities) -> Option<Told<Vulnerabilities>> {
    let newest = told.feeds.iter().filter_map(|feed| feed.as_of).max()?;
    let at = newest.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(8))).ok()?.timestamp();
    Some(Told { fact: told, at })
}

/// What other scanners saw of the subject's host and domain.
async fn sightings(ledger: &dyn LedgerStore, lookup: &Lookup) -> Result<Vec<Sighting>, EngineError> {
    let mut all = Vec::new();
    for asset in lookup.assets() {
        all.extend(ledger.sightings(&asset).await?.into_iter().map(|(_, sighting)| sighting));
    }
    Ok(all)
}
