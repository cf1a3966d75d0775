//! Visible text as it runs across elements: words that only inline markup keeps apart stay together, all others get a blank between.

use std::ops::Range;

/// Elements inside of which a line of text goes on (WHATWG HTML, phrasing content that draws no box of its own).
const INLINE: [&str; 29] = [
    "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "dfn", "em", "font", "i", "ins", "kbd", "label", "mark", "q",
    "s", "samp", "small", "span", "strong", "sub", "sup", "time", "tt", "u", "var",
];

/// Folded text that grows piece by piece.
#[derive(Debug, Default)]
pub(super) struct Flow {
    text: String,
    /// Where the last piece ended in the source.
    end: usize,
}

impl Flow {
    /// Takes the next piece in, which stood at `place` of `html`, its character references decoded. Returns what was added, without blanks around.
    pub(super) fn push(&mut self, html: &str, place: Range<usize>, piece: &str) {
        let gap = html.get(self.end..place.start).unwrap_or_default();
        let breaks = breaks_line(gap) || piece.starts_with(char::is_whitespace);
        self.end = self.end.max(place.end);
        if breaks {
            self.blank();
        }
        for word in piece.split_whitespace() {
            self.text.push_str(word);
            self.text.push(' ');
        }
        if !piece.ends_with(char::is_whitespace) && self.text.ends_with(' ') && !piece.is_empty() {
            self.text.pop();
        }
    }

    /// The text so far.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    fn blank(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with(' ') {
            self.text.push(' ');
        }
    }
}

/// True when the markup between two pieces of text holds anything but inline elements.
fn breaks_line(gap: &str) -> bool {
    gap.match_indices('<').any(|(at, _)| {
        let tag = gap.get(at + 1..).unwrap_or_default();
        let tag = tag.strip_prefix('/').unwrap_or(tag);
        let end = tag.find(|character: char| !character.is_ascii_alphanumeric()).unwrap_or(tag.len());
        let name = tag.get(..end).unwrap_or_default();
        name.starts_with(|first: char| first.is_ascii_alphabetic())
            && !INLINE.iter().any(|inline| name.eq_ignore_ascii_case(inline))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(pieces: &[&str]) -> String {
        let html = pieces.concat();
        let (mut flow, mut at) = (Flow::default(), 0);
        for piece in pieces {
            let place = at..at + piece.len();
            at += piece.len();
            if !piece.starts_with('<') {
                flow.push(&html, place, piece);
            }
        }
        flow.as_str().to_owned()
    }

    #[test]
    fn inline_markup_keeps_words_together() {
        assert_eq!(run(&["京ICP备", "<span class='n'>", "04000001", "</span>", "号"]), "京ICP备04000001号");
        assert_eq!(run(&["a ", "<b>", " b", "</b>", "c"]), "a bc");
    }

    #[test]
    fn other_markup_keeps_them_apart() {
        assert_eq!(run(&["甲", "</td><td>", "乙", "<br>", "丙", "<img src=x>", "丁"]), "甲 乙 丙 丁");
        assert_eq!(run(&["甲", "<DIV>", "\n 乙\n\t", "</DIV>", "丙"]), "甲 乙 丙");
    }
}
