//! `mingcha source`: what the ledger is made of.

use std::path::Path;

use anyhow::{Context, anyhow};
use ingest::ledger::{self, Reading};
use model::ledger::Entry;
use model::text::Lang;

use crate::cli::{Source, SourceKind};
use crate::config::Config;
use crate::exit::{Exit, OrExit, ended};
use crate::output::print;
use crate::wire;

/// Rejected rows that are printed one by one; the number of the others is said.
const SHOWN: usize = 50;

/// Imports or lists.
pub async fn run(job: Source, config: &Config, lang: Lang) -> Exit {
    ended(match job {
        Source::List => list(config, lang).await,
        Source::Import { kind: SourceKind::Ledger, file } => import(&file, config, lang).await,
    })
}

async fn list(config: &Config, lang: Lang) -> Result<Exit, Exit> {
    let entries = wire::store(config).or_failed()?.entries().await.or_failed()?;
    for entry in &entries {
        let owner = entry.institution.as_ref().map_or("-", |institution| institution.name.as_str());
        print(&format!("{}\t{owner}\t{}\n", entry.application.address, entry.source))?;
    }
    match lang {
        Lang::Zh => eprintln!("台账共 {} 条", entries.len()),
        Lang::En => eprintln!("{} ledger rows", entries.len()),
    }
    Ok(Exit::Clean)
}

async fn import(file: &Path, config: &Config, lang: Lang) -> Result<Exit, Exit> {
    let entries = read(file, lang)?;
    let imported = wire::store(config).or_failed()?.import(&entries).await.or_failed()?;
    match lang {
        Lang::Zh => eprintln!("新增 {} 条，变更 {} 条，未变 {} 条", imported.added, imported.changed, imported.unchanged),
        Lang::En => eprintln!("{} added, {} changed, {} unchanged", imported.added, imported.changed, imported.unchanged),
    }
    Ok(Exit::Clean)
}

/// Reads a ledger file. Bad rows are printed with line and reason; the good ones are returned.
pub fn read(file: &Path, lang: Lang) -> Result<Vec<Entry>, Exit> {
    let name = file.display().to_string();
    let bytes = std::fs::read(file).with_context(|| format!("cannot read the ledger {name}")).or_usage()?;
    let Reading { entries, rejected, .. } = ledger::read(&name, &bytes).or_usage()?;
    for row in rejected.iter().take(SHOWN) {
        let column = row.column.as_deref().unwrap_or("-");
        eprintln!("{name}:{}: {column} “{}”: {}", row.line, row.value, row.reason.get(lang));
    }
    match (rejected.len(), lang) {
        (0, _) => {}
        (count, Lang::Zh) => eprintln!("{name}：{count} 行有误未采用，{} 行有效", entries.len()),
        (count, Lang::En) => eprintln!("{name}: {count} rows rejected, {} good rows", entries.len()),
    }
    if entries.is_empty() {
        let error = match lang {
            Lang::Zh => anyhow!("台账 {name} 中没有有效的行"),
            Lang::En => anyhow!("the ledger {name} holds no valid row"),
        };
        return Err(Exit::Usage(error));
    }
    Ok(entries)
}
