//! The reconciliation report.

use std::path::Path;

use anyhow::Context;
use intake::Intake;
use model::text::Lang;
use ports::ledger::Region;
use render::reconciliation;
use render::report::Meta;

use super::list::json;
use crate::cli::ledger::ReportFormat;
use crate::exit::{Exit, OrExit};
use crate::output::{self, VERSION, print, terminal_width};
use crate::wire;

/// Compares registers with what was seen and writes the report.
pub async fn reconcile(
    intake: &Intake,
    region: &Region,
    format: ReportFormat,
    out: Option<&Path>,
    lang: Lang,
) -> Result<Exit, Exit> {
    let report = intake.reconcile(region, wire::now()).await.or_failed()?;
    let text = match format {
        ReportFormat::Table => reconciliation::terminal(&report, lang, terminal_width(), out.is_none() && output::coloured()),
        ReportFormat::Json => json(&reconciliation::document(&report, VERSION))?,
        ReportFormat::Html => {
            let meta = Meta { generated: wire::now(), version: VERSION, vantage: String::new(), notes: Vec::new(), map: false };
            reconciliation::html(&report, lang, &meta)
        }
    };
    match out {
        None => print(&text)?,
        Some(file) => {
            std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display())).or_failed()?;
            match lang {
                Lang::Zh => eprintln!("报告：{}", file.display()),
                Lang::En => eprintln!("report: {}", file.display()),
            }
        }
    }
    Ok(Exit::Clean)
}
