//! The command line of sources and ledger.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;
use ledger::identity;
use model::institution::DivisionCode;
use model::ledger::attribute::Attribute;
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::source::SourceKind;

/// `source`.
#[derive(Debug, Subcommand)]
pub enum Source {
    /// List the sources: what they delivered last, how fresh that is, what is held.
    List,
    /// List the kinds of source, or show the written format of one.
    Formats {
        /// Kind of source, for example icp.
        #[arg(value_parser = kind)]
        kind: Option<SourceKind>,
    },
    /// Import files. What a kind delivers whole replaces what its source said before; the same again changes nothing.
    Import(Import),
    /// Fetch what the configured sources have new.
    Sync {
        /// Names of sources; without them all that are due.
        names: Vec<String>,
        /// Keep running and fetch each source when it is due.
        #[arg(long)]
        watch: bool,
    },
    /// Show a delivery: what it changed, and its bad rows with line and reason.
    Show {
        /// Number of the delivery.
        delivery: i64,
    },
    /// Take a held delivery after all.
    Release {
        /// Number of the delivery.
        delivery: i64,
    },
    /// Decide that a held delivery is not taken.
    Discard {
        /// Number of the delivery.
        delivery: i64,
    },
}

/// `source import`.
#[derive(Args, Debug)]
pub struct Import {
    /// Kind of source: see source formats.
    #[arg(value_parser = kind)]
    pub kind: SourceKind,
    /// Files.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Who delivers; sources of one kind are told apart by it.
    #[arg(long, default_value = "default")]
    pub name: String,
    /// What the files speak of, for bills of materials: an address or entity.
    #[arg(long, value_name = "APPLICATION")]
    pub of: Option<String>,
    /// Say what would change, and change nothing.
    #[arg(long)]
    pub preview: bool,
}

/// `ledger`.
#[derive(Debug, Subcommand)]
pub enum Ledger {
    /// List institutions or applications with their owners.
    List {
        /// Division code; the list holds it and all below.
        #[arg(long, value_name = "CODE")]
        region: Option<DivisionCode>,
        /// Kind: institution, site, mail, app, mini or account; without it all applications.
        #[arg(long, value_parser = entity_kind)]
        kind: Option<EntityKind>,
        /// Form of the list.
        #[arg(long, value_enum, default_value = "table")]
        format: ListFormat,
    },
    /// Show all that is known of an institution or application, and who says it.
    Show {
        /// Code, address or entity, for example www.example.gov.cn or institution:11340000002986022P.
        entity: String,
        /// As it was on this day.
        #[arg(long, value_name = "DAY")]
        as_of: Option<Date>,
        /// What was said before, too.
        #[arg(long)]
        history: bool,
        /// Form.
        #[arg(long, value_enum, default_value = "table")]
        format: ListFormat,
    },
    /// Set a value, whatever the sources say.
    Pin {
        /// Institution or application.
        entity: String,
        /// Attribute, for example type or state.
        #[arg(value_parser = attribute)]
        attribute: Attribute,
        /// Value.
        value: String,
        /// Who and why.
        #[command(flatten)]
        by: By,
    },
    /// Take a pinned value back; what the sources say is in force again.
    Unpin {
        /// Institution or application.
        entity: String,
        /// Attribute.
        #[arg(value_parser = attribute)]
        attribute: Attribute,
        /// Who and why.
        #[command(flatten)]
        by: By,
    },
    /// List pairs of names for perhaps one thing, which a person has to decide.
    Pairs,
    /// Decide that two names mean one thing; the second stands for both.
    Same {
        /// The name that is replaced.
        alias: String,
        /// The name that stands for both.
        entity: String,
        /// Who and why.
        #[command(flatten)]
        by: By,
    },
    /// Decide that two names mean two things.
    Different {
        /// One.
        one: String,
        /// The other.
        other: String,
        /// Who and why.
        #[command(flatten)]
        by: By,
    },
    /// Numbers by division, each with all below it.
    Tree {
        /// Division code; without it the whole country.
        region: Option<DivisionCode>,
    },
    /// Compare registers with what was seen: the reconciliation report.
    Reconcile {
        /// Division code.
        #[arg(long, value_name = "CODE")]
        region: Option<DivisionCode>,
        /// Form of the report.
        #[arg(long, value_enum, default_value = "table")]
        format: ReportFormat,
        /// File for the report; without it standard output.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

/// Who decides, and why.
#[derive(Args, Debug)]
pub struct By {
    /// Who decides.
    #[arg(long, value_name = "PERSON")]
    pub by: String,
    /// Why: a reason, or the number of a document.
    #[arg(long, value_name = "REASON")]
    pub because: String,
}

/// Forms of lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// For the terminal.
    Table,
    /// One JSON document.
    Json,
    /// Comma-separated values.
    Csv,
}

/// Forms of the reconciliation report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// For the terminal.
    Table,
    /// One JSON document.
    Json,
    /// A self-contained page for people.
    Html,
}

/// A kind of source by its word.
///
/// # Errors
/// When there is none; the message lists them.
pub fn kind(text: &str) -> Result<SourceKind, String> {
    let known = || SourceKind::ALL.iter().map(|kind| kind.word()).collect::<Vec<_>>().join(", ");
    SourceKind::ALL.iter().copied().find(|kind| kind.word() == text).ok_or_else(|| format!("known are {}", known()))
}

fn entity_kind(text: &str) -> Result<EntityKind, String> {
    let listed = |kind: &&EntityKind| **kind == EntityKind::Institution || kind.application().is_some();
    let known = || EntityKind::ALL.iter().filter(listed).map(|kind| kind.prefix()).collect::<Vec<_>>().join(", ");
    let mut all = EntityKind::ALL.iter().filter(listed);
    all.find(|kind| kind.prefix() == text).copied().ok_or_else(|| format!("known are {}", known()))
}

fn attribute(text: &str) -> Result<Attribute, String> {
    let known = || Attribute::ALL.iter().map(|attribute| attribute.word()).collect::<Vec<_>>().join(", ");
    let mut all = Attribute::ALL.iter().copied();
    all.find(|attribute| attribute.word() == text).ok_or_else(|| format!("known are {}", known()))
}

/// The entity that a word on the command line names: an entity as written, a unified social credit code, or an address.
pub fn entity(word: &str) -> Option<EntityId> {
    if let Ok(entity) = word.parse() {
        return Some(entity);
    }
    match word.parse() {
        Ok(code) => identity::institution(Some(&code), ""),
        Err(_) => readers::names::address(word).ok().map(|address| identity::site(&address)),
    }
}
