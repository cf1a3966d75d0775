//! Configuration, wiring, commands. The only crate that names adapters, and the only one with `anyhow`.

mod cli;
mod commands;
pub mod config;
mod exit;
pub mod generated;
mod output;
pub mod planted;
mod progress;
mod wire;

use std::process::ExitCode;

use model::text::Lang;

use crate::cli::{Cli, Job};
use crate::exit::Exit;

/// Runs the program: parses, works, prints what went wrong, and returns the exit status of the outside contract.
pub fn main() -> ExitCode {
    let cli = match cli::parse(std::env::args_os().collect()) {
        Ok(cli) => cli,
        Err((error, lang)) => return cli::explain(&error, lang).into(),
    };
    start_logging(cli.verbose);
    let lang = Lang::from(cli.lang);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Exit::failed(error).print(lang),
    };
    runtime.block_on(work(cli, lang)).print(lang)
}

async fn work(cli: Cli, lang: Lang) -> Exit {
    // A second installation is no error: the first one holds.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = match config::Config::load(cli.config.as_deref()) {
        Ok(config) => config,
        Err(error) => return Exit::Usage(error),
    };
    match cli.command {
        Job::Check(job) => commands::check::run(job, config, lang).await,
        Job::Sweep(job) => commands::sweep::run(job, config, lang).await,
        Job::Map(job) => commands::map::run(job, config, lang).await,
        Job::Source(job) => commands::source::run(job, &config, lang).await,
        Job::Ledger(job) => commands::ledger::run(job, &config, lang).await,
        Job::Advisory(job) => commands::advisory::run(job, &config, lang).await,
        Job::Templates(job) => commands::templates::run(job, &config, lang).await,
        Job::Serve => commands::serve::run(&config, lang).await,
        Job::Rules(job) => commands::rules::run(job, lang),
        Job::Rejudge(job) => commands::rejudge::run(&job, config, lang).await,
        Job::Verify(job) => commands::verify::run(&job, config, lang).await,
        Job::Report(job) => commands::report::run(&job, &config, lang).await,
        Job::Lab(job) => commands::lab::run(job, lang).await,
        Job::Demo(job) => commands::demo::run(&job, lang).await,
        Job::Config => commands::config::run(&config),
    }
}

fn start_logging(verbose: u8) {
    let level = match verbose {
        0 => "warn,hickory_server=error",
        1 => "info",
        _ => "debug",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_env("MINGCHA_LOG").unwrap_or_else(|_| level.into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).without_time().init();
}
