//! `mingcha advisory`: what is vulnerable, who is affected, who was told, how it is mended.

mod affected;
mod live;
mod notify;
mod take;

use model::text::Lang;
use ports::ledger::Region;

pub use take::work_off;

use crate::cli::advisory::Advisory;
use crate::config::Config;
use crate::exit::{Exit, ended};

/// Imports, asks, watches, notifies.
pub async fn run(job: Advisory, config: &Config, lang: Lang) -> Exit {
    ended(work(job, config, lang).await)
}

async fn work(job: Advisory, config: &Config, lang: Lang) -> Result<Exit, Exit> {
    match job {
        Advisory::Import(job) => take::import(&job, config, lang).await,
        Advisory::Match(job) => affected::matched(&job, config, lang).await,
        Advisory::List { region, format } => affected::list(&Region::of(region), format, config, lang).await,
        Advisory::Watch { every } => live::watch(every, config, lang).await,
        Advisory::Notify(job) => notify::notify(job, config, lang).await,
        Advisory::Curve { name, format } => affected::curve(&name, format, config, lang).await,
    }
}
