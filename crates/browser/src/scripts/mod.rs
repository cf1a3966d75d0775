//! The scripts by which a page is looked at. They run in an isolated world and return plain values.

/// What every script begins with.
const COMMON: &str = include_str!("common.js");

/// A look that takes no argument.
#[derive(Clone, Copy)]
pub enum Look {
    /// Size, HTML and candidates for marks.
    Snapshot,
    /// Texts in the window.
    Texts,
    /// Links.
    Links,
}

impl Look {
    /// The script.
    pub fn script(self) -> String {
        let own = match self {
            Self::Snapshot => include_str!("snapshot.js"),
            Self::Texts => include_str!("texts.js"),
            Self::Links => include_str!("links.js"),
        };
        in_block(own.trim_end())
    }
}

/// The script that finds the link to `url` and brings it into the window.
pub fn locate(url: &str) -> String {
    // JSON is a subset of JavaScript (ECMA-262 since 2019), so a JSON string is a safe literal.
    in_block(&format!("({})({})", include_str!("locate.js").trim(), serde_json::Value::from(url)))
}

/// In a block, so that the next script in the same world may define the same names; the value of the last statement is the result.
fn in_block(script: &str) -> String {
    format!("{{\n{COMMON}\n{script}\n}}")
}
