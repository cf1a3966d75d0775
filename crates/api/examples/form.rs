//! Serves the form for reports on loopback, to look at it: what is sent is printed and forgotten.
#![allow(clippy::print_stdout, reason = "printing is its purpose")]

use std::sync::Arc;

use api::intake::{Intake, IntakeError, Offered};
use api::server::Api;
use api::settings::Settings;
use async_trait::async_trait;
use model::ledger::source::{Counts, Delivery, DeliveryState, Source};

struct Printed;

#[async_trait]
impl Intake for Printed {
    async fn deliver(&self, offered: Offered) -> Result<Delivery, IntakeError> {
        let line = std::fs::read_to_string(offered.file.path()).map_err(|error| IntakeError(error.to_string()))?;
        print!("{line}");
        Ok(Delivery {
            id: 1,
            source: Source { id: 1, kind: offered.kind, name: offered.name },
            origin: offered.origin,
            digest: offered.digest,
            at: offered.at,
            state: DeliveryState::Applied,
            reason: None,
            counts: Counts { rows: 1, added: 1, ..Counts::default() },
            rejected: Vec::new(),
        })
    }

    async fn delivery(&self, _: i64) -> Result<Option<Delivery>, IntakeError> {
        Ok(None)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let api = Api::new(Settings { https: false, ..Settings::default() }, Arc::new(Printed));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}/complaints", listener.local_addr()?);
    api.serve(listener, async { drop(tokio::signal::ctrl_c().await) }).await
}
