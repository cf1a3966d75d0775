//! `mingcha sweep`: a whole ledger once.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::anyhow;
use engine::plan::Plan;
use engine::run::{Ending, Progress};
use engine::{Engine, Scope};
use model::institution::DivisionCode;
use model::ledger::Entry;
use model::text::Lang;
use ports::ledger::Region;
use tokio::sync::watch;

use super::source;
use crate::cli::{Output, Sweep};
use crate::config::Config;
use crate::exit::{Exit, OrExit, ended};
use crate::output::Results;
use crate::progress::Bar;
use crate::wire;

/// Sweeps and writes the result.
pub async fn run(job: Sweep, config: Config, lang: Lang) -> Exit {
    ended(sweep(job, config, lang).await)
}

async fn sweep(job: Sweep, config: Config, lang: Lang) -> Result<Exit, Exit> {
    let entries = ledger(&job.ledger, job.region.as_ref(), &config, lang).await?;
    let engine = wire::engine(&config, true, Scope::Check { map: job.map }, &entries).await.or_failed()?;
    run_plan(&engine, &Plan::of_ledger(&entries), job.fresh, &job.output, lang).await
}

/// The rows of these files; without files, the imported ledger or a region of it. No row at all is wrong use.
pub async fn ledger(files: &[PathBuf], region: Option<&DivisionCode>, config: &Config, lang: Lang) -> Result<Vec<Entry>, Exit> {
    let ledger = wire::ledger(config).await.or_failed()?;
    let mut entries: Vec<Entry> = Vec::new();
    for file in files {
        entries.extend(source::read(file, lang)?);
    }
    if files.is_empty() {
        let region = Region::of(region.cloned());
        entries = ledger.entries(&region).await.or_failed()?;
    }
    if entries.is_empty() {
        return Err(Exit::Usage(match lang {
            Lang::Zh => anyhow!("台账为空：用 --ledger 指定台账文件，或先用 mingcha source import ledger 导入"),
            Lang::En => anyhow!("the ledger is empty: name files with --ledger, or import one with mingcha source import ledger"),
        }));
    }
    Ok(entries)
}

/// Runs a plan to its end or to Ctrl-C, then writes the result.
pub async fn run_plan(engine: &Arc<Engine>, plan: &Plan, fresh: bool, output: &Output, lang: Lang) -> Result<Exit, Exit> {
    let bar = Bar::new(lang);
    let results = run_to_end(engine, plan, fresh, &bar, lang).await?;
    bar.clear();
    Ok(results.write(output, lang).await?.conclude(lang))
}

/// Runs a plan; Ctrl-C ends it with what is recorded kept.
pub async fn run_to_end(
    engine: &Arc<Engine>,
    plan: &Plan,
    fresh: bool,
    progress: &dyn Progress,
    lang: Lang,
) -> Result<Results, Exit> {
    check_resolver(engine, plan, lang).await?;
    let (stop, stopped) = watch::channel(false);
    let listener = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stop.send_replace(true);
        }
        // Kept open, so that the run's end of the channel stays valid.
        stop.closed().await;
    });
    let outcome = engine.run(plan, fresh, progress, stopped).await;
    listener.abort();
    let (run, ending) = outcome.or_failed()?;
    if let Ending::Stopped { done, total } = ending {
        return Err(Exit::Failed(match lang {
            Lang::Zh => anyhow!("已中断：{total} 个对象中 {done} 个已保存；重新执行同一命令即从断点继续"),
            Lang::En => anyhow!("interrupted: {done} of {total} subjects are recorded; the same command goes on from there"),
        }));
    }
    Ok(Results {
        store: engine.store.clone(),
        blobs: engine.blobs.clone(),
        run: run.id,
        subjects: plan.assignments.iter().map(|work| work.subject.clone()).collect(),
        notes: wire::notes(engine),
        vantage: engine.dialer.settings().vantage.clone(),
        scope: engine.scope,
    })
}

/// A dead resolver would make every verdict undetermined; that is said at once instead.
async fn check_resolver(engine: &Engine, plan: &Plan, lang: Lang) -> Result<(), Exit> {
    let Some(failure) = engine.resolver_is_dead(plan).await else { return Ok(()) };
    Err(Exit::Failed(match lang {
        Lang::Zh => {
            anyhow!("解析服务器没有应答（{}）：请检查网络，或在配置 [net] resolvers 中指定可用的解析服务器", failure.detail)
        }
        Lang::En => {
            anyhow!("no resolver answers ({}): check the network, or name working ones under [net] resolvers", failure.detail)
        }
    }))
}
