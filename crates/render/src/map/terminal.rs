//! The picture on a terminal.
//!
//! Invariant: no line is wider than the terminal, and no escape sequence is written but our own colours, those only when asked for.

use comfy_table::{ContentArrangement, Table, presets};

use super::{Node, Tone};

/// Narrower terminals get lines of this width all the same.
const NARROWEST: usize = 40;
/// The least room for a node's words, however deep it stands.
const ROOM: usize = 20;

/// The tree drawn with lines, wrapped to `width` columns.
pub fn draw(root: &Node, width: usize, colour: bool) -> String {
    let mut drawing = Drawing { text: String::new(), width: width.max(NARROWEST), colour };
    drawing.node(root, "", "");
    drawing.text
}

struct Drawing {
    text: String,
    width: usize,
    colour: bool,
}

impl Drawing {
    /// `first` stands before the node's first line, `rest` before its others and before its children.
    fn node(&mut self, node: &Node, first: &str, rest: &str) {
        let room = self.width.saturating_sub(first.chars().count()).max(ROOM);
        for (index, line) in wrapped(&node.text, room).iter().enumerate() {
            self.text.push_str(if index == 0 { first } else { rest });
            self.line(line, node.tone);
        }
        for (index, child) in node.children.iter().enumerate() {
            let last = index + 1 == node.children.len();
            let (branch, below) = if last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            self.node(child, &format!("{rest}{branch}"), &format!("{rest}{below}"));
        }
    }

    fn line(&mut self, line: &str, tone: Tone) {
        let code = match tone {
            Tone::Plain => None,
            Tone::Marked => Some("1;33"),
            Tone::Soft => Some("2"),
        };
        match code.filter(|_| self.colour) {
            Some(code) => self.text.push_str(&format!("\x1b[{code}m{line}\x1b[0m\n")),
            None => self.text.push_str(&format!("{line}\n")),
        }
    }
}

/// Words cut to `room` columns. The table's own wrapping knows how wide Chinese characters are.
fn wrapped(words: &str, room: usize) -> Vec<String> {
    let mut table = Table::new();
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(u16::try_from(room).unwrap_or(u16::MAX));
    table.load_style(presets::NOTHING).add_row([words]);
    if let Some(column) = table.column_mut(0) {
        column.set_padding((0, 0));
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect()
}
