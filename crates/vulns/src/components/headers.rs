//! Components out of header fields: `Server`, `X-Powered-By`, `X-AspNet-Version`, `X-Generator`.

use model::advisory::{Channel, Reading, Told};
use model::facts::web::{Hop, Visit};

use super::identity::{Found, Sign};
use crate::naming::known;
use crate::version::{is_distribution, reading};

/// The most products of one field.
const MOST: usize = 20;

/// How sure a server is of itself; a proxy in front may speak for it.
const SURE: u8 = 90;

/// What the answers of a visit say, those of the host that was visited; where it leads elsewhere, others answer.
pub(super) fn of_visit(visit: &Visit, found: &mut Vec<Found>) {
    let Some(first) = visit.hops.first() else { return };
    visit.hops.iter().filter(|hop| hop.host == first.host).for_each(|hop| of_answer(hop, found));
}

fn of_answer(hop: &Hop, found: &mut Vec<Found>) {
    for name in ["server", "x-powered-by"] {
        for value in hop.header(name) {
            let is_packaged = is_distribution(value);
            for (product, version) in products(value) {
                let mut version = reading(version, Channel::Banner);
                if is_packaged && version.told == Told::Exact {
                    version.told = Told::Backported;
                }
                push(hop, &product, version, value, found);
            }
        }
    }
    for value in hop.header("x-aspnet-version") {
        // The version of the runtime, which all of 4.x share.
        let number = value.trim().split('.').next().filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
        let version = match number.unwrap_or_default() {
            "" => Reading::default(),
            number => Reading { number: number.chars().take(9).collect(), told: Told::Line },
        };
        push(hop, "ASP.NET", version, value, found);
    }
    for value in hop.header("x-generator") {
        let (product, version) = worded(value);
        push(hop, product, reading(version, Channel::Banner), value, found);
    }
}

fn push(hop: &Hop, product: &str, version: Reading, evidence: &str, found: &mut Vec<Found>) {
    let sign = Sign {
        names: vec![product],
        version,
        channel: Channel::Banner,
        confidence: SURE,
        place: &hop.url,
        evidence,
        ..Sign::default()
    };
    // A name alone that nobody knows (`cloud`, `web1`) is no component.
    if sign.is_known() || sign.version.told != Told::Unknown {
        found.extend(sign.found());
    }
}

/// The products of a field with their versions (RFC 9110, 10.2.4): `name`, `name/version`, comments in brackets; lists with commas too.
/// Names of several words are put together where the table of products knows them: `WebSphere Application Server/6.1`.
fn products(value: &str) -> Vec<(String, &str)> {
    let mut depth = 0_usize;
    let outside = |letter: char| {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            letter => return depth == 0 && (letter.is_whitespace() || letter == ','),
        }
        false
    };
    let mut found: Vec<(String, &str)> = Vec::new();
    for token in value.split(outside).filter(|token| !token.is_empty() && !token.starts_with('(')).take(MOST) {
        // Jetty once wrote its version in brackets.
        let (name, version) = token.split_once(['/', '(']).unwrap_or((token, ""));
        let bare = found.iter().rev().take_while(|(_, version)| version.is_empty()).count();
        let joined = (found.len() - bare..found.len()).find_map(|start| {
            let words: Vec<&str> = found[start..].iter().map(|(name, _)| name.as_str()).chain([name]).collect();
            let words = words.join(" ");
            known().of_name(&words).is_some().then_some((start, words))
        });
        let name = match joined {
            Some((start, words)) => {
                found.truncate(start);
                words
            }
            None => name.to_owned(),
        };
        found.push((name, version));
    }
    found
}

/// The name and version of a value in words: `Drupal 7 (https://www.drupal.org)`, `WordPress 6.4.2`.
pub(super) fn worded(value: &str) -> (&str, &str) {
    let starts_number = |word: &str| word.trim_start_matches(['v', 'V']).starts_with(|letter: char| letter.is_ascii_digit());
    let mut place = 0;
    for word in value.split_inclusive([' ', '/']) {
        if place > 0 && starts_number(word) {
            break;
        }
        if word.starts_with('(') {
            return (value[..place].trim(), "");
        }
        place += word.len();
    }
    (value[..place].trim().trim_end_matches('/'), &value[place..])
}
