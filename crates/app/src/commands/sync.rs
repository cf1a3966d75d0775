//! `mingcha source sync`: what the configured sources have new.

use std::time::Duration;

use anyhow::anyhow;
use feeds::Fetcher;
use feeds::delivery::{Marker, Outcome};
use feeds::source::Feed;
use intake::{Intake, Offer};
use jiff::SignedDuration;
use model::ledger::source::DeliveryState;
use model::text::{Lang, Text};
use watch::Watch;

use super::source::{deliver, settle};
use crate::config::Config;
use crate::exit::{Exit, OrExit};
use crate::wire;

/// The longest wait before the next look at what is due.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(1);

/// Fetches once, or until Ctrl-C.
pub async fn run(names: &[String], keeps_running: bool, config: &Config, lang: Lang) -> Result<Exit, Exit> {
    let feeds: Vec<&Feed> = config.sources.iter().filter(|feed| names.is_empty() || names.contains(&feed.name)).collect();
    if let Some(unknown) = names.iter().find(|name| config.sources.iter().all(|feed| feed.name != **name)) {
        let problem = Text::new(
            format!("配置中没有来源“{unknown}”，请检查 [[sources]] 的 name"),
            format!("the configuration has no source \"{unknown}\": see the names under [[sources]]"),
        );
        return Err(Exit::Usage(anyhow!("{}", problem.get(lang))));
    }
    if feeds.is_empty() {
        let problem = Text::new("配置中没有 [[sources]]", "the configuration has no [[sources]]");
        return Err(Exit::Usage(anyhow!("{}", problem.get(lang))));
    }
    let intake = wire::intake(config).or_failed()?;
    let fetcher = wire::fetcher(config).or_failed()?;
    let watch = wire::watch(config).or_failed()?;
    if !keeps_running {
        // Sources that are named are looked at now, the others when they are due.
        let exit = once(&intake, &watch, &fetcher, &feeds, names.is_empty(), lang).await?;
        super::advisory::work_off(&watch, lang).await?;
        return Ok(exit);
    }
    loop {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => return Ok(Exit::Clean),
            result = once(&intake, &watch, &fetcher, &feeds, true, lang) => drop(result?.print(lang)),
        }
        super::advisory::work_off(&watch, lang).await?;
        tokio::select! {
            _ = tokio::signal::ctrl_c() => return Ok(Exit::Clean),
            () = tokio::time::sleep(wait(&feeds)) => {}
        }
    }
}

/// Looks at each source once, or at those that are due. One source's failure is not the others'.
pub async fn once(
    intake: &Intake,
    watch: &Watch,
    fetcher: &Fetcher,
    feeds: &[&Feed],
    due: bool,
    lang: Lang,
) -> Result<Exit, Exit> {
    let mut exit = Exit::Clean;
    for feed in feeds {
        let source = intake.store().source(feed.kind, &feed.name).await.or_failed()?;
        let polled = intake.store().mark(&source).await.or_failed()?;
        if due && polled.as_ref().is_some_and(|(at, _)| wire::now().duration_since(*at) < feed.every) {
            continue;
        }
        let marker = polled.and_then(|(_, marker)| serde_json::from_str(&marker).ok().flatten());
        match look(intake, watch, fetcher, feed, marker, lang).await {
            Ok(Exit::Clean) => {}
            Ok(other) | Err(other) => {
                if !matches!(exit, Exit::Clean) {
                    // Only the last is returned; the earlier ones are said now.
                    exit.print(lang);
                }
                exit = other;
            }
        }
    }
    Ok(exit)
}

async fn look(
    intake: &Intake,
    watch: &Watch,
    fetcher: &Fetcher,
    feed: &Feed,
    mut marker: Option<Marker>,
    lang: Lang,
) -> Result<Exit, Exit> {
    let source = intake.store().source(feed.kind, &feed.name).await.or_failed()?;
    let mut exit = Exit::Clean;
    loop {
        let Outcome { new, faulty } = fetcher.fetch(feed, marker.as_ref()).await.or_failed()?;
        if let Some(fault) = faulty.into_iter().next() {
            exit = Exit::failed(fault);
        }
        if new.is_empty() {
            let kept = serde_json::to_string(&marker).or_failed()?;
            intake.store().put_mark(&source, wire::now(), &kept).await.or_failed()?;
            return Ok(exit);
        }
        for fetched in new {
            let (name, file) = (fetched.name.as_str(), fetched.file.path());
            let offer = Offer { kind: feed.kind, name: &feed.name, origin: name, file, at: wire::now(), about: None };
            let delivery = deliver(intake, watch, offer).await.or_failed()?;
            let state = delivery.state;
            let settled = settle(delivery, lang)?;
            // What was refused may be mended at the same place; what is held is in our hands.
            if state == DeliveryState::Refused {
                return Ok(settled);
            }
            let kept = serde_json::to_string(&Some(&fetched.marker)).or_failed()?;
            intake.store().put_mark(&source, wire::now(), &kept).await.or_failed()?;
            marker = Some(fetched.marker);
            if state == DeliveryState::Held {
                return Ok(settled);
            }
        }
    }
}

/// How long to wait before looking again at what is due.
pub fn wait(feeds: &[&Feed]) -> Duration {
    let shortest = feeds.iter().map(|feed| feed.every).min().unwrap_or(LONGEST_WAIT);
    shortest.min(LONGEST_WAIT).try_into().unwrap_or(Duration::from_secs(60))
}
