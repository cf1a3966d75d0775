//! `mingcha report`: the last run again, out of what is stored.

use anyhow::anyhow;
use engine::Scope;
use model::text::Lang;
use ports::store::{Purpose, Store as _};

use crate::cli::Output;
use crate::config::Config;
use crate::exit::{Exit, OrExit, ended};
use crate::output::Results;
use crate::wire;

/// Writes the report of the last run.
pub async fn run(job: &Output, config: &Config, lang: Lang) -> Exit {
    ended(report(job, config, lang).await)
}

async fn report(job: &Output, config: &Config, lang: Lang) -> Result<Exit, Exit> {
    let store = wire::store(config).or_failed()?;
    let run = store.last_run(Purpose::Check).await.or_failed()?.ok_or_else(|| match lang {
        Lang::Zh => anyhow!("还没有检测记录：请先执行 mingcha check 或 mingcha sweep"),
        Lang::En => anyhow!("nothing is recorded yet: run mingcha check or mingcha sweep first"),
    });
    let run = run.or_usage()?;
    let results = Results {
        store,
        blobs: wire::blobs(config).or_failed()?,
        run: run.id,
        subjects: run.done.into_iter().collect(),
        notes: Vec::new(),
        vantage: config.net.vantage.clone(),
        scope: Scope::Check { map: false },
    };
    Ok(results.write(job, lang).await?.conclude(lang))
}
