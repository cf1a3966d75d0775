//! The order of Maven's versions, as the version order specification of its POM reference has it.

use super::bytes::{Bytes, Piece, pieces};

// Classes in their order: a qualifier before `-1` before `.1`; the end stands where the release does.
const BEFORE: u8 = 1;
const END: u8 = 2;
const SP: u8 = 3;
const OTHER: u8 = 4;
const DASHED: u8 = 5;
const DOTTED: u8 = 6;

/// Qualifiers before the release, in their order.
const STAGES: &[&str] = &["alpha", "beta", "milestone", "rc", "snapshot"];

/// The key of a version.
pub(super) fn encode(version: &str) -> Vec<u8> {
    let version = version.to_lowercase();
    let mut bytes = Bytes::default();
    let pieces = pieces(version.trim_start_matches(['v', '=', ' ']));
    for (place, piece) in pieces.iter().enumerate() {
        if piece.is_number {
            // A change from letters to digits parts like a dash, and zeros before a dash say nothing.
            if place == 0 || piece.before == Some('.') {
                bytes.number(DOTTED, piece.text);
            } else {
                bytes.drop_zeros();
                bytes.number(DASHED, piece.text);
            }
            continue;
        }
        qualifier(&mut bytes, piece, pieces.get(place + 1));
    }
    bytes.end(END)
}

fn qualifier(bytes: &mut Bytes, piece: &Piece<'_>, next: Option<&Piece<'_>>) {
    let before_number = next.is_some_and(|next| next.is_number && next.before.is_none());
    let word = match piece.text {
        "a" if before_number => "alpha",
        "b" if before_number => "beta",
        "m" if before_number => "milestone",
        "cr" => "rc",
        word => word,
    };
    match (word, STAGES.iter().position(|stage| *stage == word).map(u8::try_from)) {
        ("ga" | "final" | "release", _) => bytes.drop_zeros(),
        (_, Some(Ok(stage))) => {
            bytes.mark(BEFORE);
            bytes.mark(stage);
        }
        ("sp", _) => bytes.mark(SP),
        (word, _) => bytes.word(OTHER, word),
    }
}
