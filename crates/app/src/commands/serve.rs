//! `mingcha serve`: takes what sources push and the public reports, and fetches the configured sources when they are due.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use api::intake::{Intake as Takes, IntakeError, Offered};
use api::server::Api;
use async_trait::async_trait;
use intake::{Intake, Offer};
use model::ledger::source::Delivery;
use model::text::Lang;
use tokio::net::TcpListener;
use watch::Watch;

use super::{advisory, source, sync};
use crate::config::Config;
use crate::exit::{Exit, OrExit, ended};
use crate::wire;

/// Between looks for what deliveries have changed.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

/// Serves until Ctrl-C.
pub async fn run(config: &Config, lang: Lang) -> Exit {
    ended(serve(config, lang).await)
}

async fn serve(config: &Config, lang: Lang) -> Result<Exit, Exit> {
    config.api.check().or_usage()?;
    let intake = Arc::new(wire::ledger(config).await.or_failed()?);
    let watch = Arc::new(wire::watch(config).or_failed()?);
    let at = config.api.listen;
    let listener = TcpListener::bind(at).await.with_context(|| format!("cannot listen on {at}: see api.listen")).or_failed()?;
    let place = listener.local_addr().or_failed()?;
    match lang {
        Lang::Zh => eprintln!("数据报送 http://{place}/api/v1/，投诉举报 http://{place}/complaints；按 Ctrl-C 结束"),
        Lang::En => eprintln!("deliveries http://{place}/api/v1/, reports http://{place}/complaints; Ctrl-C ends it"),
    }
    let api = Api::new(config.api.clone(), Arc::new(Ledger(Arc::clone(&intake), Arc::clone(&watch))));
    // What is under way when the signal comes is completed by the API; a fetch that is cut off is done again at the next start.
    let stopped = async { drop(tokio::signal::ctrl_c().await) };
    let serving = api.serve(listener, stopped);
    tokio::select! {
        ended = serving => ended.or_failed()?,
        fetched = fetch(&intake, &watch, config, lang) => return Err(fetched),
        failed = work_off(&watch, lang) => return Err(failed),
    }
    Ok(Exit::Clean)
}

/// Works off what deliveries change, as they come; returns only what stops it.
async fn work_off(watch: &Watch, lang: Lang) -> Exit {
    loop {
        if let Err(exit) = advisory::work_off(watch, lang).await {
            return exit;
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}

/// Fetches for ever; returns only what stops it.
async fn fetch(intake: &Intake, watch: &Watch, config: &Config, lang: Lang) -> Exit {
    if config.sources.is_empty() {
        return std::future::pending().await;
    }
    let fetcher = match wire::fetcher(config).or_failed() {
        Ok(fetcher) => fetcher,
        Err(exit) => return exit,
    };
    let feeds: Vec<_> = config.sources.iter().collect();
    loop {
        match sync::once(intake, watch, &fetcher, &feeds, true, lang).await {
            Ok(exit) => drop(exit.print(lang)),
            Err(exit) => return exit,
        }
        tokio::time::sleep(sync::wait(&feeds)).await;
    }
}

/// The ledger as the API knows it.
struct Ledger(Arc<Intake>, Arc<Watch>);

#[async_trait]
impl Takes for Ledger {
    async fn deliver(&self, offered: Offered) -> Result<Delivery, IntakeError> {
        let Offered { kind, name, origin, file, at, .. } = &offered;
        let offer = Offer { kind: *kind, name, origin, file: file.path(), at: *at, about: None };
        source::deliver(&self.0, &self.1, offer).await.map_err(|error| told(error.as_ref()))
    }

    async fn delivery(&self, id: i64) -> Result<Option<Delivery>, IntakeError> {
        self.0.store().delivery(id).await.map_err(|error| told(&error))
    }
}

/// An error with its causes in one line.
fn told(error: &dyn std::error::Error) -> IntakeError {
    let causes = std::iter::successors(Some(error), |error| error.source());
    IntakeError(causes.map(ToString::to_string).collect::<Vec<_>>().join(": "))
}
