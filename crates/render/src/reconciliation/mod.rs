//! The reconciliation report: where registers and what is seen fall apart, for a terminal, as a page and as JSON.
//!
//! Invariant: terminal and page show the same tables; only JSON has all that the report has.

mod sheets;

use askama::Template;
use comfy_table::CellAlignment;
use model::ledger::reconciliation::Reconciliation;
use model::text::Lang;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::sheets::Sheet;
use crate::clean::visible;
use crate::html::{STYLE, Words, written};
use crate::json::Tool;
use crate::report::{Meta, minute};
use crate::terminal::{RULED, table};

/// The name of the JSON's form: fields are added, never renamed or removed, without a new one.
pub const SCHEMA: &str = "mingcha-reconciliation/1";

/// Rows of a table on a page, and on a terminal.
const MOST: usize = 500;
const MOST_ON_TERMINAL: usize = 15;
/// Narrower terminals get lines of this width all the same.
const NARROWEST: usize = 40;

/// The report in JSON.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Document {
    /// Always `mingcha-reconciliation/1`.
    pub schema: String,
    /// What wrote it.
    pub tool: Tool,
    /// The report.
    pub reconciliation: Reconciliation,
}

/// The report as a JSON document, by version `version` of the product.
pub fn document(report: &Reconciliation, version: &str) -> Document {
    let tool = Tool { name: "mingcha".into(), version: version.into() };
    Document { schema: SCHEMA.into(), tool, reconciliation: report.clone() }
}

/// The JSON Schema of [`Document`].
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Document).to_value()
}

/// The report in words and tables, `width` columns wide.
pub fn terminal(report: &Reconciliation, lang: Lang, width: usize, colour: bool) -> String {
    let w = Words(lang);
    let width = width.max(NARROWEST);
    let title = format!("{}  {}  {}", w.t("台账核对", "Reconciliation"), sheets::region(report, w), minute(report.at));
    let mut text = heading(&title, width, colour);
    text.push_str(&paragraph(&sheets::lead(report, w), width));
    for sheet in sheets::all(report, MOST_ON_TERMINAL, w) {
        text.push('\n');
        text.push_str(&heading(&format!("{} ({})", sheet.title, sheet.total), width, colour));
        if !sheet.rows.is_empty() {
            text.push_str(&drawn(&sheet, width));
        }
        text.push_str(&sheet.rest(w).map(|rest| paragraph(&rest, width)).unwrap_or_default());
    }
    text
}

fn heading(words: &str, width: usize, colour: bool) -> String {
    let lines = paragraph(words, width);
    if colour { lines.lines().map(|line| format!("\x1b[1m{line}\x1b[0m\n")).collect() } else { lines }
}

/// Words cut to the width; the table's own wrapping knows how wide Chinese characters are.
fn paragraph(words: &str, width: usize) -> String {
    let mut table = table(width);
    table.load_style(comfy_table::presets::NOTHING).add_row([visible(words)]);
    if let Some(column) = table.column_mut(0) {
        column.set_padding((0, 0));
    }
    table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn drawn(sheet: &Sheet, width: usize) -> String {
    let mut table = table(width);
    table.load_style(RULED).set_header(sheet.columns.iter().map(|column| column.name));
    for row in &sheet.rows {
        table.add_row(row.iter().map(|cell| cell.lines().map(visible).collect::<Vec<_>>().join("\n")));
    }
    for (column, drawn) in sheet.columns.iter().zip(table.column_iter_mut()) {
        if column.number {
            drawn.set_cell_alignment(CellAlignment::Right);
        }
    }
    format!("{}\n", table.trim_fmt())
}

/// The report as a page that holds all it needs.
pub fn html(report: &Reconciliation, lang: Lang, meta: &Meta<'_>) -> String {
    let w = Words(lang);
    written(&Page {
        w,
        style: STYLE,
        meta,
        generated: minute(meta.generated),
        region: sheets::region(report, w),
        at: minute(report.at),
        lead: sheets::lead(report, w),
        sheets: sheets::all(report, MOST, w),
    })
}

#[derive(Template)]
#[template(path = "reconciliation.html")]
struct Page<'a> {
    w: Words,
    style: &'static str,
    meta: &'a Meta<'a>,
    generated: String,
    region: String,
    at: String,
    lead: String,
    sheets: Vec<Sheet>,
}

#[cfg(test)]
mod tests;
