//! `mingcha ledger`: who runs what, by whose word; what persons decide; what contradicts what.

mod decide;
mod list;
mod reconcile;
mod show;

pub use list::json;
use model::ledger::entity::EntityId;
use model::text::{Lang, Text};
use ports::ledger::Region;

use crate::cli::ledger::{Ledger, entity};
use crate::config::Config;
use crate::exit::{Exit, OrExit, ended};
use crate::wire;

/// Lists, shows, decides, reconciles.
pub async fn run(job: Ledger, config: &Config, lang: Lang) -> Exit {
    ended(work(job, config, lang).await)
}

async fn work(job: Ledger, config: &Config, lang: Lang) -> Result<Exit, Exit> {
    let intake = wire::intake(config).or_failed()?;
    match job {
        Ledger::List { region, kind, format } => list::list(&intake, &Region::of(region), kind, format, lang).await,
        Ledger::Tree { region } => list::tree(&intake, &Region::of(region), lang).await,
        Ledger::Show { entity, as_of, history, format } => {
            show::show(&intake, &named(&entity, lang)?, as_of, history, format, lang).await
        }
        Ledger::Pin { entity, attribute, value, by } => {
            decide::pin(&intake, &named(&entity, lang)?, attribute, &value, &by, lang).await
        }
        Ledger::Unpin { entity, attribute, by } => decide::unpin(&intake, &named(&entity, lang)?, attribute, &by, lang).await,
        Ledger::Pairs => decide::pairs(&intake, lang).await,
        Ledger::Same { alias, entity, by } => {
            decide::same(&intake, &named(&alias, lang)?, &named(&entity, lang)?, &by, lang).await
        }
        Ledger::Different { one, other, by } => {
            decide::different(&intake, &named(&one, lang)?, &named(&other, lang)?, &by, lang).await
        }
        Ledger::Reconcile { region, format, out } => {
            reconcile::reconcile(&intake, &Region::of(region), format, out.as_deref(), lang).await
        }
    }
}

/// The entity that a word names; a word that names none is wrong use.
pub fn named(word: &str, lang: Lang) -> Result<EntityId, Exit> {
    let problem = Text::new(
        format!("“{word}”不是统一社会信用代码、网址或对象标识（类别:名称）"),
        format!("\"{word}\" is no unified social credit code, address or entity (kind:key)"),
    );
    entity(word).ok_or_else(|| anyhow::anyhow!("{}", problem.get(lang))).or_usage()
}
