//! Everything that is not cargo: scaffolds and generated files.

mod capture;
mod docs;
mod new_rule;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Tasks of the developers.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Tasks {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Write the folder of a new rule, with a case that fails until the rule is written.
    NewRule {
        /// Area folder: domain, mark, counterfeit, mail, data, cloud, supply, weakness, links, institution.
        area: String,
        /// Id, for example DOM012.
        id: String,
    },
    /// Turn a stored verdict into a case of its rule.
    CaptureCase {
        /// Verdict id, or its first digits.
        verdict: String,
        /// The store it is in.
        #[arg(long)]
        store: PathBuf,
        /// File name of the case, without ending.
        #[arg(long)]
        name: String,
        /// What the case shows, in a sentence.
        #[arg(long)]
        note: String,
    },
    /// Write the generated files: configuration reference, rule pages, JSON schema.
    Docs,
}

fn main() -> anyhow::Result<()> {
    match Tasks::parse().task {
        Task::NewRule { area, id } => new_rule::run(&area, &id),
        Task::CaptureCase { verdict, store, name, note } => capture::run(&verdict, &store, &name, note),
        Task::Docs => docs::run(),
    }
}

/// The workspace's root.
fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}
