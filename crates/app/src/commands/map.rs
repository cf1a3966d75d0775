//! `mingcha map`: the picture of applications, without verdicts.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

use engine::plan::Plan;
use engine::run::Progress;
use engine::{Engine, Scope};
use ingest::source::Record;
use intake::Intake;
use jiff::Timestamp;
use model::facts::Fact;
use model::facts::discovery::{Candidate, Discovery, Found};
use model::ledger::Entry;
use model::ledger::attribute::Attribute;
use model::ledger::claim::{Claim, LifeState, Sighting};
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::source::SourceKind;
use model::subject::SubjectId;
use model::text::Lang;
use ports::ledger::Region;
use ports::store::Sealed;
use render::json;

use super::{check, sweep};
use crate::cli::{Format, Map};
use crate::config::Config;
use crate::exit::{Exit, OrExit, ended};
use crate::output::{self, Results};
use crate::progress::Bar;
use crate::wire;

/// Maps and writes the result.
pub async fn run(job: Map, config: Config, lang: Lang) -> Exit {
    ended(map(job, config, lang).await)
}

async fn map(job: Map, config: Config, lang: Lang) -> Result<Exit, Exit> {
    let intake = wire::intake(&config).or_failed()?;
    let known = intake.entries(&Region::All).await.or_failed()?;
    let entries = if job.targets.is_empty() {
        sweep::ledger(&job.ledger, job.region.as_ref(), &config, lang).await?
    } else {
        let named = |target: &String| {
            let target = check::entry(target, lang)?;
            Ok(known.iter().find(|entry| entry.subject() == target.subject()).cloned().unwrap_or(target))
        };
        job.targets.iter().map(named).collect::<Result<_, _>>()?
    };
    let respected: Vec<Entry> = known.iter().chain(&entries).cloned().collect();
    let engine = wire::engine(&config, false, Scope::Map, &respected).await.or_failed()?;
    let plan = Plan::of_sites(&entries);
    // Single targets are looked at now; a ledger's run is taken up where it was interrupted.
    let fresh = job.fresh || !job.targets.is_empty();
    let results = if job.output.format == Format::Jsonl {
        let lines = Lines::new(output::lines(job.output.out.as_deref()).or_failed()?, lang);
        let results = sweep::run_to_end(&engine, &plan, fresh, &lines, lang).await?;
        lines.end(&engine, &results).await?;
        results
    } else {
        let bar = Bar::new(lang);
        let results = sweep::run_to_end(&engine, &plan, fresh, &bar, lang).await?;
        bar.clear();
        results.write(&job.output, lang).await?.tell(lang);
        results
    };
    if job.keep_candidates {
        keep_candidates(&intake, &engine, &results, &respected, lang).await?;
    }
    Ok(Exit::Clean)
}

/// Writes each picture as a line as soon as it is recorded, so that a ledger's size does not matter.
struct Lines {
    bar: Bar,
    held: Mutex<Held>,
}

struct Held {
    out: Box<dyn Write + Send>,
    /// The first error of writing, if there was one.
    state: Result<(), json::WriteError>,
    written: BTreeSet<SubjectId>,
}

impl Held {
    fn write(&mut self, sealed: &Sealed) {
        if self.state.is_ok() {
            self.state = json::map_line(&mut self.out, &sealed.bundle, &sealed.written.bodies);
            self.written.insert(sealed.bundle.subject.clone());
        }
    }
}

impl Lines {
    fn new(out: Box<dyn Write + Send>, lang: Lang) -> Self {
        Self { bar: Bar::new(lang), held: Mutex::new(Held { out, state: Ok(()), written: BTreeSet::new() }) }
    }

    /// Writes what an earlier process recorded of the same run, and tells the first error of writing.
    async fn end(self, engine: &Engine, results: &Results) -> Result<(), Exit> {
        self.bar.clear();
        let mut held = self.held.into_inner().unwrap_or_else(PoisonError::into_inner);
        for subject in results.subjects.iter().filter(|subject| !held.written.contains(*subject)).cloned().collect::<Vec<_>>() {
            if let Some(sealed) = engine.store.of_run(results.run, &subject).await.or_failed()? {
                held.write(&sealed);
            }
        }
        held.state.or_failed()?;
        held.out.flush().or_failed()
    }
}

impl Progress for Lines {
    fn begun(&self, total: usize, done: usize) {
        self.bar.begun(total, done);
    }

    fn recorded(&self, sealed: &Sealed) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).write(sealed);
        self.bar.recorded(sealed);
    }
}

/// Puts the discovered names that the ledger does not hold into it, as candidates without an owner.
async fn keep_candidates(intake: &Intake, engine: &Engine, results: &Results, known: &[Entry], lang: Lang) -> Result<(), Exit> {
    let mut hosts: BTreeSet<String> =
        known.iter().filter_map(|entry| entry.application.host.as_ref()).map(|host| host.ascii.clone()).collect();
    let (mut records, mut kept, now) = (Vec::new(), 0, wire::now());
    for subject in &results.subjects {
        let Some(sealed) = engine.store.of_run(results.run, subject).await.or_failed()? else { continue };
        let seen = sealed.bundle.observations.iter().filter_map(|seen| seen.outcome.seen()).filter_map(Discovery::of);
        for candidate in seen.flat_map(|discovery| &discovery.candidates).filter(|candidate| !candidate.only_wildcard) {
            if !candidate.addresses.is_empty() && hosts.insert(candidate.host.ascii.clone()) {
                kept += 1;
                records.extend(self::records(candidate, now));
            }
        }
    }
    intake.note(SourceKind::Discovery, "map", now, records).await.or_failed()?;
    match lang {
        Lang::Zh => eprintln!("{kept} 个候选资产已写入台账，等待认领"),
        Lang::En => eprintln!("{kept} candidates are in the ledger now, to be claimed"),
    }
    Ok(())
}

/// A candidate as the ledger takes it: a site that nobody has confirmed, and what showed it.
fn records(candidate: &Candidate, at: Timestamp) -> Vec<Record> {
    let host = &candidate.host.ascii;
    let says = [(Attribute::Address, host.clone()), (Attribute::State, LifeState::Candidate.word().to_owned())];
    let site = EntityId::new(EntityKind::Site, host.clone());
    let sighting = |found: &Found| {
        Record::Sighting(Sighting {
            asset: EntityId::new(EntityKind::Host, host.clone()),
            what: format!("{} {}", found.by.label().en, found.place),
            first: at,
            last: at,
        })
    };
    let claim = Record::Claim(Claim { entity: site, part: String::new(), says: says.into(), line: 0 });
    std::iter::once(claim).chain(candidate.sources.iter().map(sighting)).collect()
}
