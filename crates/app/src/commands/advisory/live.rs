//! `mingcha advisory watch`: what opens and closes while one looks.

use std::collections::BTreeMap;
use std::time::Duration;

use model::text::{Lang, Text};
use ports::ledger::Region;
use watch::Watch;

use crate::config::Config;
use crate::exit::{Exit, OrExit};
use crate::output::print;
use crate::wire;

/// Vulnerabilities that are watched: those with the most open findings.
const MOST: usize = 10_000;

/// Prints changes until Ctrl-C: what other processes import or look at, is worked off and told here.
pub async fn watch(every: u64, config: &Config, lang: Lang) -> Result<Exit, Exit> {
    let watch = wire::watch(config).or_failed()?;
    let mut known = open(&watch).await?;
    eprintln!(
        "{}",
        Text::new(
            format!("未整改的漏洞 {} 个；等待变化，按 Ctrl-C 结束", known.len()),
            format!("{} vulnerabilities with open findings; waiting for changes, Ctrl-C ends it", known.len()),
        )
        .get(lang)
    );
    loop {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => return Ok(Exit::Clean),
            () = tokio::time::sleep(Duration::from_secs(every)) => {}
        }
        watch.settle(wire::now()).await.or_failed()?;
        let now = open(&watch).await?;
        for name in known.keys().chain(now.keys()).collect::<std::collections::BTreeSet<_>>() {
            let (before, after) = (known.get(name).copied().unwrap_or(0), now.get(name).copied().unwrap_or(0));
            if before != after {
                print(&line(&watch, name, before, after, lang).await?)?;
            }
        }
        known = now;
    }
}

async fn open(watch: &Watch) -> Result<BTreeMap<String, u64>, Exit> {
    Ok(watch.advisories().open_vulnerabilities(MOST).await.or_failed()?.into_iter().collect())
}

/// `2026-11-26T08:00:00Z CVE-2021-44228 critical 0 → 12: 5 institutions, 12 applications`.
async fn line(watch: &Watch, name: &str, before: u64, after: u64, lang: Lang) -> Result<String, Exit> {
    let affected = watch.affected(name, &Region::All, 0).await.or_failed()?;
    let institutions: u64 = affected.divisions.iter().map(|line| line.institutions).sum();
    let applications: u64 = affected.divisions.iter().map(|line| line.applications).sum();
    let severity = affected.severity.label().get(lang);
    let reach = Text::new(
        format!("单位 {institutions}，应用 {applications}"),
        format!("{institutions} institutions, {applications} applications"),
    );
    let now = wire::now();
    Ok(format!("{now}\t{name}\t{severity}\t{before} → {after}\t{}\n", reach.get(lang)))
}
