//! The scripts by which a document is looked at. They run in an isolated world and return plain values.

use serde_json::json;

use crate::frames::Place;

/// What every script begins with.
const COMMON: &str = include_str!("common.js");

/// A look at a document.
#[derive(Clone, Copy)]
pub enum Look<'a> {
    /// HTML and candidates for marks.
    Snapshot,
    /// Texts in the window.
    Texts,
    /// Links.
    Links,
    /// The link with this address, which is brought into the window.
    Link(&'a str),
}

impl Look<'_> {
    /// The script for a document at `place`.
    pub fn script(self, place: &Place) -> String {
        let (function, argument) = match self {
            Self::Snapshot => (include_str!("snapshot.js"), ""),
            Self::Texts => (include_str!("texts.js"), ""),
            Self::Links => (include_str!("links.js"), ""),
            Self::Link(url) => (include_str!("locate.js"), url),
        };
        // JSON is a subset of JavaScript (ECMA-262, 2019), so a JSON value is a safe literal.
        in_block(&format!("{}({}, {})", function.trim_end(), json!(place), json!(argument)))
    }
}

/// The script that measures the window.
pub fn window() -> String {
    in_block(include_str!("window.js"))
}

/// The function that is called on a frame's element.
pub fn frame_corner() -> String {
    format!("function () {{\n{COMMON}\n{}\n}}", include_str!("corner.js"))
}

/// In a block, so that the next script in the same world may define the same names; the value of the last statement is the result.
fn in_block(script: &str) -> String {
    format!("{{\n{COMMON}\n{script}\n}}")
}
