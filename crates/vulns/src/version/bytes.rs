//! Versions as bytes whose order is that of the versions.
//!
//! Invariant: a piece is a class (one byte) and what the class holds, which ends by itself; so two keys first differ in a class, in a number
//! or in a word, and never in where a piece ends.

/// A key under way. Zeros at the end of a run of numbers say nothing in most orders (1.0 is 1.0.0), so they wait until a number follows.
#[derive(Default)]
pub(super) struct Bytes {
    written: Vec<u8>,
    zeros: Vec<u8>,
}

impl Bytes {
    /// A number of any length, in decimal digits.
    pub fn number(&mut self, class: u8, digits: &str) {
        if digits.bytes().all(|digit| digit == b'0') {
            self.zeros.push(class);
            return;
        }
        for class in std::mem::take(&mut self.zeros) {
            self.written.extend([class, 0]);
        }
        self.plain_number(class, digits);
    }

    /// A number whose being zero counts.
    pub fn plain_number(&mut self, class: u8, digits: &str) {
        let digits = digits.trim_start_matches('0');
        // A version has at most 200 characters, so that the length fits; more digits come first all the same.
        self.written.extend([class, u8::try_from(digits.len()).unwrap_or(u8::MAX)]);
        self.written.extend(digits.bytes());
    }

    /// Zeros that wait say nothing.
    pub fn drop_zeros(&mut self) {
        self.zeros.clear();
    }

    /// A class that holds nothing.
    pub fn mark(&mut self, class: u8) {
        self.drop_zeros();
        self.written.push(class);
    }

    /// A word; words stand in the order of their letters.
    pub fn word(&mut self, class: u8, word: &str) {
        self.mark(class);
        self.written.extend(word.bytes());
        self.written.push(0);
    }

    /// The key.
    pub fn end(mut self, class: u8) -> Vec<u8> {
        self.mark(class);
        self.written
    }
}

/// A run of digits or of letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    /// The digits or letters.
    pub text: &'a str,
    /// What stands directly before it; `None` where it follows a run of the other kind, or nothing.
    pub before: Option<char>,
    /// Whether it is digits.
    pub is_number: bool,
}

/// The runs of ASCII digits and of letters of a text.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found: Vec<Piece<'_>> = Vec::new();
    let (mut rest, mut before) = (text, None);
    while let Some(letter) = rest.chars().next() {
        let is_number = letter.is_ascii_digit();
        let is_same = |next: char| if is_number { next.is_ascii_digit() } else { next.is_alphabetic() };
        let length = rest.find(|next: char| !is_same(next)).unwrap_or(rest.len());
        if length == 0 {
            before = Some(letter);
            rest = &rest[letter.len_utf8()..];
            continue;
        }
        let (piece, after) = rest.split_at(length);
        found.push(Piece { text: piece, before: before.take(), is_number });
        rest = after;
    }
    found
}
