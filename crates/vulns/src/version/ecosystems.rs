//! The orders of other package systems, and of dates, each as its own specification has it.

use super::bytes::{Bytes, pieces};

/// Semantic versioning 2.0.0, read leniently: `v2.1`, `2`, `1.2.3.4` and `1.0.0rc1` are written too, which the specification does not allow.
///
/// The crate `semver` refuses those and compares what it reads anew each time; the tests hold this order against its own.
pub(super) fn semver(version: &str) -> Vec<u8> {
    const BEFORE: u8 = 1;
    const END: u8 = 2;
    const NUMBER: u8 = 3;
    // Within what comes before the release fewer identifiers stand before more, and numbers before words.
    const FEWER: u8 = 1;
    const NUMERIC: u8 = 2;
    const WORD: u8 = 3;
    let version = version.trim_start_matches(['v', 'V', '=', ' ']);
    let version = version.split('+').next().unwrap_or(version);
    let length = version.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(version.len());
    let (numbers, stage) = version.split_at(length);
    let mut bytes = Bytes::default();
    numbers.split('.').for_each(|number| bytes.number(NUMBER, number));
    // `2.x` names no version; as far as it goes it is 2.
    if stage.chars().all(|letter| matches!(letter, 'x' | 'X' | '*' | '.')) {
        return bytes.end(END);
    }
    bytes.mark(BEFORE);
    for identifier in stage.strip_prefix('-').unwrap_or(stage).split('.') {
        if !identifier.is_empty() && identifier.bytes().all(|byte| byte.is_ascii_digit()) {
            bytes.plain_number(NUMERIC, identifier);
        } else {
            bytes.word(WORD, identifier);
        }
    }
    bytes.end(FEWER)
}

/// PHP's `version_compare` on versions that Composer has filled up, so that 1.0 is 1.0.0 and 1.0-p1 is before 1.0.1. Behind a word a zero
/// counts, for Composer fills up nothing there.
pub(super) fn php(version: &str) -> Vec<u8> {
    const OTHER: u8 = 1;
    const END: u8 = 6;
    const PATCH: u8 = 7;
    const NUMBER: u8 = 8;
    let version = version.to_lowercase();
    let mut bytes = Bytes::default();
    let mut is_release = true;
    for piece in pieces(version.trim_start_matches(['v', ' '])) {
        match piece.text {
            number if piece.is_number && is_release => bytes.number(NUMBER, number),
            number if piece.is_number => bytes.plain_number(NUMBER, number),
            // It ends a version, whatever stands behind it.
            "stable" => break,
            "dev" => bytes.mark(2),
            "alpha" | "a" => bytes.mark(3),
            "beta" | "b" => bytes.mark(4),
            "rc" => bytes.mark(5),
            "pl" | "p" | "patch" => bytes.mark(PATCH),
            _ => bytes.mark(OTHER),
        }
        is_release &= piece.is_number;
    }
    bytes.end(END)
}

/// PEP 440. What it does not know is left out.
pub(super) fn python(version: &str) -> Vec<u8> {
    const END: u8 = 1;
    const NUMBER: u8 = 2;
    let version = version.to_lowercase();
    let (public, local) = version.split_once('+').unwrap_or((&version, ""));
    let (epoch, public) = public.split_once('!').unwrap_or(("0", public));
    let mut bytes = Bytes::default();
    bytes.plain_number(NUMBER, pieces(epoch).iter().find(|piece| piece.is_number).map_or("0", |piece| piece.text));
    let found = pieces(public.trim_start_matches(['v', ' ']));
    let release =
        found.iter().enumerate().take_while(|(place, piece)| piece.is_number && (*place == 0 || piece.before == Some('.')));
    let length = release.map(|(_, piece)| bytes.number(NUMBER, piece.text)).count();
    bytes.mark(END);

    let (mut stage, mut post, mut dev) = (None, None, None);
    let mut rest = found[length..].iter().peekable();
    while let Some(piece) = rest.next() {
        let mut number = || rest.next_if(|next| next.is_number).map_or("0", |next| next.text);
        match piece.text {
            "a" | "alpha" => stage = Some((1, number())),
            "b" | "beta" => stage = Some((2, number())),
            "rc" | "c" | "pre" | "preview" => stage = Some((3, number())),
            "post" | "rev" | "r" => post = Some(number()),
            "dev" => dev = Some(number()),
            // `1.0-1` is 1.0.post1.
            text if piece.is_number && piece.before == Some('-') && post.is_none() => post = Some(text),
            _ => {}
        }
    }
    match stage {
        Some((stage, number)) => bytes.plain_number(stage, number),
        None if post.is_none() && dev.is_some() => bytes.mark(0),
        None => bytes.mark(4),
    }
    match post {
        Some(number) => bytes.plain_number(1, number),
        None => bytes.mark(0),
    }
    match dev {
        Some(number) => bytes.plain_number(0, number),
        None => bytes.mark(1),
    }
    for piece in pieces(local) {
        if piece.is_number { bytes.plain_number(2, piece.text) } else { bytes.word(1, piece.text) }
    }
    bytes.end(0)
}

/// RubyGems: letters stand before numbers, and a dash begins what comes before the release.
pub(super) fn ruby(version: &str) -> Vec<u8> {
    const WORD: u8 = 1;
    const END: u8 = 2;
    const NUMBER: u8 = 3;
    let mut bytes = Bytes::default();
    for piece in pieces(version.trim_start_matches(['v', ' '])) {
        if piece.before == Some('-') {
            bytes.word(WORD, "pre");
        }
        if piece.is_number { bytes.number(NUMBER, piece.text) } else { bytes.word(WORD, piece.text) }
    }
    bytes.end(END)
}

/// Dates and times, with or without anything between: `2023-05`, `20230501`, `2023-05-01T10:00:00Z`.
pub(super) fn date(version: &str) -> Vec<u8> {
    const END: u8 = 1;
    const NUMBER: u8 = 2;
    let mut bytes = Bytes::default();
    for piece in pieces(version).iter().filter(|piece| piece.is_number) {
        match piece.text.len() {
            8 | 14 => {
                let (year, rest) = piece.text.split_at(4);
                bytes.plain_number(NUMBER, year);
                (0..rest.len()).step_by(2).for_each(|at| bytes.plain_number(NUMBER, &rest[at..at + 2]));
            }
            _ => bytes.plain_number(NUMBER, piece.text),
        }
    }
    bytes.end(END)
}
