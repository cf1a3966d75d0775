//! The order of versions as products write them, which is also that of CPE names: `1.0.2` before `1.0.2k` before `1.0.3`.
//!
//! A version is runs of numbers and words; what stands between them does not count, nor do zeros at the end. At the same place words of what
//! comes before a release (`rc`) stand before the end, then come updates (`p1`, `SP2`), then other letters (`1.0.2k`), then further numbers.

use super::bytes::{Bytes, Piece, pieces};

// Classes in their order. CEILING is never a version's.
const BEFORE: u8 = 1;
const END: u8 = 2;
const UPDATE: u8 = 3;
const CEILING: u8 = 4;
const WORD: u8 = 5;
const NUMBER: u8 = 6;

/// What the key is of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The version.
    Version,
    /// The place behind the version's updates; a version that is an update has none.
    Updates,
}

/// Words of what comes before the release, in their order.
const STAGES: &[&[&str]] = &[
    &["dev", "nightly", "canary", "开发版"],
    &["alpha", "内测版"],
    &["beta", "测试版", "公测版"],
    &["milestone"],
    &["preview", "pre", "prerelease", "预览版"],
    &["rc", "cr", "候选版"],
    &["snapshot"],
];

/// Words of what comes after it, those that mean the same together.
const UPDATES: &[&[&str]] = &[
    &["p", "pl", "patch", "补丁"],
    &["u", "update", "upd"],
    &["sp", "servicepack"],
    &["cu"],
    &["hotfix", "hf", "fix", "fp"],
    &["sr"],
    &["build", "bld"],
    &["r", "rev", "revision"],
    &["post"],
    &["v"],
];

/// Words that say nothing of the order: the release itself, its edition, how it was built.
const SILENT: &[&str] = &[
    "final",
    "ga",
    "release",
    "stable",
    "lts",
    "log",
    "debug",
    "version",
    "ver",
    "community",
    "enterprise",
    "ce",
    "ee",
    "版",
    "版本",
    "正式版",
    "稳定版",
    "企业版",
    "社区版",
    "标准版",
    "专业版",
    "旗舰版",
];

/// What a word says.
enum Says {
    Nothing,
    Before(u8),
    Update(&'static str),
    Other,
}

fn says(word: &str, piece: &Piece<'_>, next: Option<&Piece<'_>>) -> Says {
    let before_number = next.is_some_and(|next| next.is_number && next.before.is_none());
    // A lone letter: `1.0a1` is an alpha and `1.0.2a` a letter of the release; `10.1.0-M5` is a milestone and `15.5(3)M2` of Cisco is not.
    let word = match word {
        "a" if before_number => "alpha",
        "b" if before_number => "beta",
        "m" if before_number && matches!(piece.before, Some('.' | '-' | '_')) => "milestone",
        word => word,
    };
    if SILENT.contains(&word) {
        return Says::Nothing;
    }
    if let Some(stage) = STAGES.iter().position(|stage| stage.contains(&word)) {
        return u8::try_from(stage).map_or(Says::Other, Says::Before);
    }
    match UPDATES.iter().find(|update| update.contains(&word)).and_then(|update| update.first()) {
        Some(update) => Says::Update(update),
        None => Says::Other,
    }
}

/// The key of a version.
pub(super) fn encode(version: &str, end: End) -> Vec<u8> {
    let version = version.to_lowercase();
    let mut bytes = Bytes::default();
    let mut is_update = false;
    let pieces = pieces(without_letter(&version));
    for (place, piece) in pieces.iter().enumerate() {
        if piece.is_number {
            bytes.number(NUMBER, piece.text);
            continue;
        }
        match says(piece.text, piece, pieces.get(place + 1)) {
            Says::Nothing => {}
            Says::Before(stage) => {
                bytes.mark(BEFORE);
                bytes.mark(stage);
            }
            Says::Update(word) => {
                bytes.word(UPDATE, word);
                is_update = true;
            }
            Says::Other => bytes.word(WORD, piece.text),
        }
    }
    bytes.end(if end == End::Updates && !is_update { CEILING } else { END })
}

/// Without the `v` before the number.
fn without_letter(version: &str) -> &str {
    let rest = version.trim_start_matches("version").trim_start_matches(['v', '.', ' ']);
    if rest.starts_with(|letter: char| letter.is_ascii_digit()) { rest } else { version }
}

/// Whether a word, or a word with a number behind it, tells of an update or of what comes before a release: `SP2`, `beta`, `Update`.
pub(super) fn is_stage(text: &str) -> bool {
    let text = text.to_lowercase();
    let found = pieces(&text);
    found.len() <= 2
        && found.first().is_some_and(|piece| {
            !piece.is_number && matches!(says(piece.text, piece, found.get(1)), Says::Before(_) | Says::Update(_))
        })
        && found.get(1).is_none_or(|piece| piece.is_number)
}
