//! Characters that would act instead of being read: control characters and bidirectional overrides, made visible.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text on one line, with every acting character replaced by a sign that shows it was there.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    let folds = |char: char| char.is_whitespace() && !matches!(char, ' ' | '\u{3000}');
    if !text.chars().any(|char| folds(char) || acts(char)) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            char if folds(char) => shown.push(' '),
            char if acts(char) => {
                // Writing into a string cannot fail.
                let _ = write!(shown, "⟨U+{:04X}⟩", u32::from(char));
            }
            char => shown.push(char),
        }
    }
    Cow::Owned(shown)
}

/// At most `limit` characters of the text, with a sign that some are missing.
pub(crate) fn shortened(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into(),
    }
}

/// True of controls (C0, DEL, C1), of marks that turn or hide the reading direction, and of characters without any width.
pub(crate) fn acts(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acting_characters_are_shown_and_not_obeyed() {
        assert_eq!(visible("清河县 ok"), "清河县 ok");
        assert_eq!(visible("a\x1b[31mb\r\nc\u{9b}d"), "a⟨U+001B⟩[31mb  c⟨U+009B⟩d");
        assert_eq!(visible("gov\u{202e}nc.\u{200b}x\x7f"), "gov⟨U+202E⟩nc.⟨U+200B⟩x⟨U+007F⟩");
        assert!(!visible("\u{2066}\u{2028}\u{85}\t\0").chars().any(acts));
    }

    #[test]
    fn shortening_counts_characters() {
        assert_eq!(shortened("清河县", 3), "清河县");
        assert_eq!(shortened("清河县人民政府", 3), "清河县…");
    }
}
