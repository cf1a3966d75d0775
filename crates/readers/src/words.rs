//! Small operations on text that several readers share.

pub use model::plain_name::half_width;

/// The ASCII digits of `text`, full-width ones included.
pub(crate) fn digits(text: &str) -> String {
    text.chars().map(half_width).filter(char::is_ascii_digit).collect()
}

/// `text` with every run of white space as one blank, and none at the ends.
pub(crate) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(word);
    }
    folded
}

/// The beginning of `text`, at most `limit` bytes, cut between characters.
pub(crate) fn head(text: &str, limit: usize) -> &str {
    &text[..text.floor_char_boundary(limit)]
}

/// The end of `text`, at most `limit` bytes, cut between characters.
pub(crate) fn tail(text: &str, limit: usize) -> &str {
    &text[text.ceil_char_boundary(text.len().saturating_sub(limit))..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_fall_between_characters() {
        assert_eq!(head("政务公益", 7), "政务");
        assert_eq!(tail("政务公益", 7), "公益");
        assert_eq!((head("ab", 9), tail("ab", 9)), ("ab", "ab"));
    }

    #[test]
    fn folding_and_digits() {
        assert_eq!(fold(" a\u{3000}\n b "), "a b");
        assert_eq!(digits("１2号3"), "123");
    }
}
