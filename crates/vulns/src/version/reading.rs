//! What a version means that a banner, a file name, a page or a bill of materials tells.
//!
//! Invariant: what is not told is not made up. Words that name no version give none; a line stays a line; a distribution's package is marked.

use model::advisory::{Channel, Reading, Told};
use model::plain_name::half_width;

use super::LONGEST;
use super::generic::is_stage;

/// Words for "no version known".
#[rustfmt::skip]
const NONE: &[&str] = &[
    "", "unknown", "latest", "*", "-", "?", "x", "n/a", "na", "none", "null", "any", "all", "unspecified", "undefined", "未知", "最新", "最新版",
];

/// What follows a number that is the least.
const OR_LATER: &[&str] =
    &["+", "及以上版本", "及以上", "以上版本", "以上", "及之后版本", "or later", "or newer", "and above", "and later"];

/// What follows a number that is a line.
const LINE: &[&str] = &["系列", "系列版本", "series", "branch"];

/// Marks of distributions in a package's version or in a banner's comment: their packages carry mends without changing the number.
#[rustfmt::skip]
const DISTRIBUTIONS: &[&str] = &[
    "ubuntu", "debian", "+deb", "~deb", "-deb", "~bpo", "dfsg", "raspbian",
    ".el5", ".el6", ".el7", ".el8", ".el9", ".el10", ".fc1", ".fc2", ".fc3", ".fc4", ".amzn", ".mga", "suse",
    ".oe1", ".oe2", ".ky10", ".an7", ".an8", ".an23", ".uel", ".uos",
    "(red hat", "(redhat", "(centos", "(rocky", "(almalinux", "(oracle linux", "(fedora", "(amazon", "(scientific linux",
    "(openeuler", "(anolis", "(kylin", "(gentoo", "(unitedlinux", "mandriva",
];

/// Where the author's version ends and what a distribution has added begins, besides the revision.
#[rustfmt::skip]
const PACKAGED: &[&str] = &[
    "-mariadb", "+deb", "~deb", "~bpo", "+dfsg", "~dfsg", ".dfsg", "-dfsg", "+ds", "+really", " debian", " ubuntu", " raspbian",
];

/// What a version means, as told by `channel`.
///
/// - Nothing, `unknown`, `latest`, `*`, a word without a digit: unknown.
/// - `>=3.1`, `3.1+`, `3.1 及以上`: at least. `^1.2` and `~1.2.3` are what a declaration allows, and so the lines 1 and 1.2.
/// - `2.x`, `5.4.*`, `8.0 系列`: a line.
/// - `2.4.57-2+deb12u1`, `1.20.1-10.el7`, `9.2p1 Debian-2+deb12u3`, `nginx/1.18.0 (Ubuntu)`: back-ported, the number as far as the
///   distribution has not written it; see [`upstream`].
/// - A lone number of at most three digits: a line when a page, a file name, a banner or another scanner says so, since `Drupal 7` and
///   `jquery-3.js` and `Apache/2` leave out the rest; exact when the file, the protocol, a digest or a bill of materials does. Two
///   numbers (`7.4`) stay exact, for many products have no more; where a product always has three, its entry in the data says so.
/// - Everything else: exact.
pub fn reading(raw: &str, channel: Channel) -> Reading {
    let raw: String = raw.chars().take(LONGEST).map(half_width).filter(|letter| !letter.is_control()).collect();
    let text = raw.trim();
    let small = text.to_lowercase();
    if NONE.contains(&small.as_str()) || !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return Reading::default();
    }
    let told = |number: &str, told| Reading { number: number.to_owned(), told };
    if let Some(reading) = bounded_below(text) {
        return reading;
    }
    if is_distribution(text) {
        return told(upstream(number(text)), Told::Backported);
    }
    let number = number(text);
    if let Some(line) = line(text, number) {
        return told(line, Told::Line);
    }
    let is_lone = number.len() <= 3 && number.bytes().all(|byte| byte.is_ascii_digit());
    let is_weak = matches!(channel, Channel::Import | Channel::FileName | Channel::Page | Channel::Banner);
    match number {
        "" => Reading::default(),
        number if is_lone && is_weak => told(number, Told::Line),
        number => told(number, Told::Exact),
    }
}

/// Whether a distribution has put its mark on a version or banner.
pub(crate) fn is_distribution(text: &str) -> bool {
    let small = text.to_lowercase();
    DISTRIBUTIONS.iter().any(|mark| small.contains(mark))
}

/// What is bounded on one side, or is a range of a declaration.
fn bounded_below(text: &str) -> Option<Reading> {
    let least = |text: &str| Reading { number: number(text).to_owned(), told: Told::AtLeast };
    let line = |text: &str, parts| match number(text) {
        "" => Reading::default(),
        number => Reading { number: first_parts(number, parts).to_owned(), told: Told::Line },
    };
    let rest = |prefixes: &[&str]| prefixes.iter().find_map(|prefix| text.strip_prefix(prefix));
    if rest(&["<", "≤", "!"]).is_some() {
        return Some(Reading::default());
    }
    if let Some(rest) = rest(&[">=", "≥", ">"]) {
        return Some(least(rest));
    }
    if let Some(rest) = rest(&["^"]) {
        return Some(line(rest, 1));
    }
    // Of Ruby's and Python's sign the last number may rise, of npm's the third.
    if let Some(rest) = rest(&["~>", "~="]) {
        return Some(line(rest, number(rest).matches('.').count().max(1)));
    }
    if let Some(rest) = rest(&["~"]) {
        return Some(line(rest, 2));
    }
    let small = text.to_lowercase();
    let later = OR_LATER.iter().find_map(|words| small.strip_suffix(words)).map(str::trim_end);
    later.filter(|rest| rest.ends_with(|last: char| last.is_ascii_digit())).map(least)
}

/// The number of a line that is told as one, without `.x`.
fn line<'a>(text: &str, number: &'a str) -> Option<&'a str> {
    let any = |letter: char| matches!(letter, 'x' | 'X' | '*');
    let cut = number.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(number.len());
    let (line, rest) = number.split_at(cut);
    if line.ends_with('.') && rest.starts_with(any) && rest.chars().all(|letter| any(letter) || letter == '.') {
        return Some(line.trim_end_matches('.'));
    }
    let small = text.to_lowercase();
    let is_line = rest.is_empty() && LINE.iter().any(|word| small.ends_with(word));
    is_line.then_some(line.trim_end_matches('.'))
}

/// The first so many numbers of a version.
fn first_parts(number: &str, parts: usize) -> &str {
    number.match_indices(|letter: char| !letter.is_ascii_digit()).nth(parts - 1).map_or(number, |(end, _)| &number[..end])
}

/// The version in a banner or a name, without what stands before and behind: `9.2p1` of `OpenSSH_9.2p1 Debian-2`, `1.18.0` of
/// `nginx/1.18.0 (Ubuntu)`. Words that belong to it stay: `8.0 SP2`.
fn number(text: &str) -> &str {
    let starts = |(at, letter): &(usize, char)| {
        let before = text[..*at].chars().next_back();
        letter.is_ascii_digit()
            && before.is_none_or(|before| !before.is_alphanumeric() || matches!(before, 'v' | 'V') || !before.is_ascii())
    };
    let mut digits = text.char_indices().filter(|(_, letter)| letter.is_ascii_digit());
    let Some((start, _)) = text.char_indices().find(starts).or_else(|| digits.next()) else { return "" };
    let text = mysql_compatible(&text[start..]);
    let mut end = 0;
    for word in text.split_inclusive(' ') {
        let written = word.trim_end();
        let belongs = end == 0
            || is_stage(written)
            || (written.bytes().all(|byte| byte.is_ascii_digit()) && text[..end].trim_end().ends_with(char::is_alphabetic));
        if !belongs || written.is_empty() {
            break;
        }
        end += word.len();
    }
    let number = text[..end].trim_end();
    let number = number.find(['(', ')', ',', ';', '/', '"', '\'', '<', '>', '|']).map_or(number, |end| &number[..end]);
    number.trim_end_matches(|letter: char| !letter.is_alphanumeric() && letter != '*')
}

/// MariaDB says `5.5.5-10.6.12-MariaDB` to clients that would refuse a server of version 10.
fn mysql_compatible(text: &str) -> &str {
    match text.strip_prefix("5.5.5-") {
        Some(rest) if text.contains("MariaDB") => rest,
        _ => text,
    }
}

/// The part of a package's version that its author wrote, without the epoch and what the distribution has added: `1.18.0` of
/// `1:1.18.0-6ubuntu14.4`, `2.4.57` of `2.4.57-2+deb12u1`, `1.20.1` of `1.20.1-10.el7`, `1.24.0` of Alpine's `1.24.0-r7`.
pub fn upstream(version: &str) -> &str {
    let version = match version.split_once(':') {
        Some((epoch, rest)) if is_revision(rest) && epoch.bytes().all(|byte| byte.is_ascii_digit()) => rest,
        _ => version,
    };
    let small = version.to_ascii_lowercase();
    let marks = PACKAGED.iter().filter_map(|mark| small.find(mark));
    // The revision begins at the last dash.
    let revision = version.rmatch_indices('-').map(|(dash, _)| dash).find(|dash| is_revision(&small[dash + 1..]));
    marks.chain(revision).min().map_or(version, |end| &version[..end])
}

/// Whether a version or a revision begins so: `2+deb12u1`, `10.el7`, Alpine's `r7`.
fn is_revision(text: &str) -> bool {
    text.strip_prefix('r').unwrap_or(text).starts_with(|letter: char| letter.is_ascii_digit())
}

/// The first version behind a line: `3` behind `2`, `5.5` behind `5.4`; `None` where the line has no number at its end.
pub fn line_end(line: &str) -> Option<String> {
    let start = line
        .rfind(|letter: char| !letter.is_ascii_digit())
        .map_or(0, |at| at + line[at..].chars().next().map_or(1, char::len_utf8));
    let (before, number) = line.split_at(start);
    if number.is_empty() {
        return None;
    }
    // A number of any length, plus one.
    let kept = number.trim_end_matches('9');
    let zeros = "0".repeat(number.len() - kept.len());
    let raised = match kept.bytes().last() {
        Some(digit) => format!("{}{}", &kept[..kept.len() - 1], char::from(digit + 1)),
        None => "1".into(),
    };
    Some(format!("{before}{raised}{zeros}"))
}
