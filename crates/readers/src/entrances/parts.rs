//! What a page says in attributes and to which addresses it leads, beside its visible text.

use lol_html::html_content::Element;
use lol_html::{HtmlRewriter, Settings, element};

/// The elements on which pages put words and addresses.
const ELEMENTS: &str = "a, button, div, form, frame, i, iframe, img, input, li, p, script, span";
/// Attributes that a reader sees, and attributes that lead on.
const WORDS: [&str; 4] = ["placeholder", "alt", "title", "aria-label"];
const ADDRESSES: [&str; 5] = ["href", "src", "action", "onclick", "data-url"];
/// The longest attribute that is read, and the most that is kept of either, in bytes.
const ATTRIBUTE: usize = 2048;
const ROOM: usize = 256 * 1024;

/// What the pass gathers.
#[derive(Default)]
pub(super) struct Parts {
    /// Words in attributes, a line each.
    pub(super) words: String,
    /// Addresses in attributes, a line each, and the page's own scripts.
    pub(super) addresses: String,
    /// Whether there is a field for a password.
    pub(super) has_password: bool,
}

impl Parts {
    /// Reads a page. Comments say nothing.
    pub(super) fn of(html: &str) -> Self {
        let mut parts = Self::default();
        {
            let settings = Settings::new().append_element_content_handler(element!(ELEMENTS, |element| {
                parts.take(element);
                Ok(())
            }));
            let mut rewriter = HtmlRewriter::new(settings.with_strict(false), |_: &[u8]| {});
            // An error ends the pass early; what was read until then stands.
            let _ = rewriter.write(html.as_bytes()).and_then(|()| rewriter.end());
        }
        for script in crate::page::inline_scripts(html) {
            push(&mut parts.addresses, &script);
        }
        parts
    }

    fn take(&mut self, element: &Element<'_, '_>) {
        let kind = element.get_attribute("type").unwrap_or_default().to_ascii_lowercase();
        let is_input = element.tag_name() == "input";
        self.has_password |= is_input && kind == "password";
        let read = |name: &&str| element.get_attribute(name).filter(|value| value.len() <= ATTRIBUTE);
        for value in WORDS.iter().filter_map(read) {
            push(&mut self.words, &value);
        }
        if is_input && matches!(kind.as_str(), "submit" | "button") {
            push(&mut self.words, &element.get_attribute("value").unwrap_or_default());
        }
        for value in ADDRESSES.iter().filter_map(read) {
            push(&mut self.addresses, &value);
        }
    }
}

fn push(text: &mut String, line: &str) {
    let room = ROOM.saturating_sub(text.len() + 1);
    let line = crate::words::head(line, room);
    if !line.is_empty() {
        text.push_str(line);
        text.push('\n');
    }
}
