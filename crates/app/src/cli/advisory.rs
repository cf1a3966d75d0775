//! The command line of advisories.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use model::institution::DivisionCode;
use model::ledger::source::SourceKind;

use super::ledger::{ListFormat, kind};

/// `advisory`.
#[derive(Debug, Subcommand)]
pub enum Advisory {
    /// Import advisories; the kind is told by the content. What follows for the findings is worked out at once.
    Import(Import),
    /// Who is affected: by division, institution and application, how sure, since when.
    Match(Match),
    /// List the vulnerabilities with open findings, most urgent first.
    List {
        /// Division code; the list holds it and all below.
        #[arg(long, value_name = "CODE")]
        region: Option<DivisionCode>,
        /// Form of the list.
        #[arg(long, value_enum, default_value = "table")]
        format: ListFormat,
    },
    /// Keep running and print findings as they open and close.
    Watch {
        /// Seconds between looks.
        #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=3600))]
        every: u64,
    },
    /// Write notices to the affected institutions and record them; who has one of a finding gets none again.
    Notify(Notify),
    /// The curve of rectification: open and closed findings by day.
    Curve {
        /// Name of the vulnerability, for example CVE-2021-44228.
        name: String,
        /// Form of the list.
        #[arg(long, value_enum, default_value = "table")]
        format: ListFormat,
    },
}

/// `advisory import`.
#[derive(Args, Debug)]
pub struct Import {
    /// Files: NVD, CVE list, OSV, GitHub, retire.js, CNVD, CNNVD, CSAF, KEV, EPSS; gzip as well.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Kind of source, where the content does not tell: see source formats.
    #[arg(long, value_parser = kind)]
    pub kind: Option<SourceKind>,
    /// Who delivers; sources of one kind are told apart by it.
    #[arg(long, default_value = "default")]
    pub name: String,
}

/// `advisory match`.
#[derive(Args, Debug)]
pub struct Match {
    /// Names of vulnerabilities, for example CVE-2021-44228 or CNVD-2021-95914.
    #[arg(required = true, value_name = "NAME")]
    pub names: Vec<String>,
    /// Division code; the list holds it and all below.
    #[arg(long, value_name = "CODE")]
    pub region: Option<DivisionCode>,
    /// Form of the list.
    #[arg(long, value_enum, default_value = "table")]
    pub format: ListFormat,
}

/// `advisory notify`.
#[derive(Args, Debug)]
pub struct Notify {
    /// Name of the vulnerability.
    pub name: String,
    /// Division code; the notices go to it and all below.
    #[arg(long, value_name = "CODE")]
    pub region: Option<DivisionCode>,
    /// Who sends them.
    #[arg(long, value_name = "PERSON")]
    pub by: String,
    /// Folder for the notices, a file an institution; without it they go to standard output.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}
