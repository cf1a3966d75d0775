//! Plain lists for a terminal and for spreadsheets.
//!
//! Invariant: no line is wider than the terminal, no escape sequence comes through, and no cell is a formula to a spreadsheet.

use comfy_table::{ContentArrangement, Table};

use crate::clean::visible;
use crate::terminal::RULED;

/// Narrower terminals get lines of this width all the same.
const NARROWEST: usize = 40;

/// Rows below a head, wrapped to `width` columns.
pub fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>, width: usize) -> String {
    let mut table = Table::new();
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(width.max(NARROWEST)).unwrap_or(u16::MAX));
    table.load_style(RULED).set_header(head.to_vec());
    for row in rows {
        table.add_row(row.iter().map(|cell| visible(cell).into_owned()));
    }
    format!("{}\n", table.trim_fmt())
}

/// Rows below a head as comma-separated values (RFC 4180) that spreadsheets take for text: a cell that would begin a formula gets an
/// apostrophe before it.
pub fn csv(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut text = line(head.iter().copied());
    for row in rows {
        text.push_str(&line(row.iter().map(String::as_str)));
    }
    text
}

fn line<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    let cells: Vec<String> = cells.map(cell).collect();
    cells.join(",") + "\r\n"
}

fn cell(text: &str) -> String {
    let text = visible(text);
    let is_formula = text.starts_with(['=', '+', '-', '@']);
    let text = if is_formula { format!("'{text}") } else { text.into_owned() };
    if text.contains(['"', ',']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_keep_their_place() {
        let rows =
            || vec![vec!["某县\u{1b}[2J".to_owned(), "=cmd()".to_owned()], vec!["甲,乙".to_owned(), "说\"是\"".to_owned()]];
        let csv = csv(&["名称", "值"], rows());
        assert_eq!(csv, "名称,值\r\n某县⟨U+001B⟩[2J,'=cmd()\r\n\"甲,乙\",\"说\"\"是\"\"\"\r\n");
        let table = table(&["名称", "值"], rows(), 40);
        assert!(!table.contains('\u{1b}'), "{table}");
        assert!(table.lines().all(|line| crate::sample::columns(line) <= 40), "{table}");
    }
}
