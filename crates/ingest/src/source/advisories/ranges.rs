//! Ranges of versions as people write them: `>= 1.0.3, < 3.5.0`, `=2.1`, `≤5.0`.
//!
//! Invariant: what is not understood as a whole is no range.

use model::advisory::{Bound, Ordering, Span, Versions};

use crate::source::advisories::version;

/// How a version is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Below,
    To,
    Above,
    From,
    Is,
    IsNot,
}

/// Signs as written, longer ones first.
const SIGNS: [(&str, Sign); 14] = [
    ("<=", Sign::To),
    ("=<", Sign::To),
    ("≤", Sign::To),
    (">=", Sign::From),
    ("=>", Sign::From),
    ("≥", Sign::From),
    ("!=", Sign::IsNot),
    ("==", Sign::Is),
    ("<", Sign::Below),
    ("＜", Sign::Below),
    (">", Sign::Above),
    ("＞", Sign::Above),
    ("=", Sign::Is),
    ("＝", Sign::Is),
];

/// A version that all the comparisons hold of, as in `>= 1.0.3, < 3.5.0`. `None` when one of them is none, or two say the same end.
pub(super) fn all_of<'a>(comparisons: impl IntoIterator<Item = &'a str>, ordering: Ordering) -> Option<Versions> {
    let mut span = Span::default();
    let mut versions = Versions { ordering, ..Versions::default() };
    for text in comparisons {
        let (sign, number) = comparison(text)?;
        match sign {
            Sign::Is => versions.listed.push(number),
            Sign::IsNot => versions.except.push(number),
            Sign::Below | Sign::To if span.to.is_open() => span.to = end(sign, number),
            Sign::Above | Sign::From if span.from.is_open() => span.from = end(sign, number),
            _ => return None,
        }
    }
    match (span == Span::default(), versions.listed.len()) {
        (false, 0) => versions.spans.push(span),
        (true, 1) if versions.except.is_empty() => {}
        _ => return None,
    }
    Some(versions)
}

/// A version that one of the stretches holds of, in which a list of comparisons falls when read from low to high, as in
/// `<1.2|>=2.0|<2.5|3.1`. `None` when one of them is none, or they are not in order.
pub(super) fn stretches<'a>(comparisons: impl IntoIterator<Item = &'a str>, ordering: Ordering) -> Option<Versions> {
    let mut versions = Versions { ordering, ..Versions::default() };
    let (mut from, mut closed) = (None, false);
    for text in comparisons {
        // A version alone is itself.
        let (sign, number) = comparison(text).or_else(|| number(text).map(|number| (Sign::Is, number)))?;
        match (sign, from.take()) {
            (Sign::Is, open) => {
                versions.listed.push(number);
                from = open;
            }
            (Sign::IsNot, open) => {
                versions.except.push(number);
                from = open;
            }
            (Sign::Above | Sign::From, None) => from = Some(end(sign, number)),
            (Sign::Below | Sign::To, Some(from)) => versions.spans.push(Span { from, to: end(sign, number) }),
            (Sign::Below | Sign::To, None) if !closed => {
                versions.spans.push(Span { from: Bound::Open, to: end(sign, number) });
            }
            _ => return None,
        }
        closed = true;
    }
    versions.spans.extend(from.map(|from| Span { from, to: Bound::Open }));
    (!versions.spans.is_empty() || !versions.listed.is_empty()).then_some(versions)
}

fn end(sign: Sign, number: String) -> Bound {
    if matches!(sign, Sign::To | Sign::From) { Bound::Including(number) } else { Bound::Excluding(number) }
}

fn comparison(text: &str) -> Option<(Sign, String)> {
    let text = text.trim();
    let (sign, rest) = SIGNS.iter().find_map(|(written, sign)| Some((*sign, text.strip_prefix(written)?)))?;
    Some((sign, number(rest)?))
}

/// A version: it has a digit, and neither blanks nor signs; brackets as Cisco writes them (`8.4(7.28)`) are closed. A `v` before it is taken
/// off.
pub(super) fn number(text: &str) -> Option<String> {
    let text = version(text);
    let bare = text.strip_prefix(['v', 'V']).unwrap_or(&text).trim_start_matches(['.', ' ']);
    let is_version = bare.contains(|c: char| c.is_ascii_digit())
        && bare.chars().all(|c| c.is_ascii_alphanumeric() || "._-+~:()".contains(c))
        && bare.matches('(').count() == bare.matches(')').count()
        && bare.starts_with(|c: char| c.is_ascii_alphanumeric());
    is_version.then(|| bare.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(versions: Option<Versions>) -> String {
        let Some(versions) = versions else { return "none".into() };
        let end = |bound: &Bound| match bound {
            Bound::Open => "*".to_owned(),
            Bound::Including(version) => format!("={version}"),
            Bound::Excluding(version) => version.clone(),
        };
        let spans = versions.spans.iter().map(|span| format!("{}..{}", end(&span.from), end(&span.to)));
        let listed = versions.listed.iter().cloned().chain(versions.except.iter().map(|version| format!("!{version}")));
        spans.chain(listed).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn all_comparisons_hold() {
        let of = |text: &str| spans(all_of(text.split(','), Ordering::Generic));
        for (text, read) in [
            (">= 1.0.3, < 3.5.0", "=1.0.3..3.5.0"),
            ("< 3.5.0, >= 1.0.3", "=1.0.3..3.5.0"),
            ("<= v2.0", "*..=2.0"),
            ("＞1.0", "1.0..*"),
            ("= 1.2.3-rc.1+x", "1.2.3-rc.1+x"),
            ("> 1, != 2", "1..* !2"),
            ("< 1, < 2", "none"),
            ("= 1, = 2", "none"),
            ("= 1, > 2", "none"),
            ("1.0", "none"),
            ("< ", "none"),
            ("< 1 2", "none"),
            ("< all", "none"),
            ("", "none"),
        ] {
            assert_eq!(of(text), read, "{text}");
        }
    }

    #[test]
    fn stretches_are_read_from_low_to_high() {
        let of = |text: &str| spans(stretches(text.split('|'), Ordering::Generic));
        for (text, read) in [
            ("<1.2|>=2.0|<2.5|3.1", "*..1.2 =2.0..2.5 3.1"),
            (">=1.0|!=1.5|<=2.0", "=1.0..=2.0 !1.5"),
            (">1", "1..*"),
            ("1.0|1.1", "1.0 1.1"),
            ("<1|<2", "none"),
            (">1|>2", "none"),
            ("*", "none"),
            ("", "none"),
        ] {
            assert_eq!(of(text), read, "{text}");
        }
    }
}
