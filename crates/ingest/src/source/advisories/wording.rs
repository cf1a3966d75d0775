//! Products with versions in the words of Chinese databases: maker, product and versions in one text, `WordPress WordPress <=5.0`,
//! `泛微 e-cology 9.0`, `Moodle Moodle 2.8.x(<2.8.4)`.
//!
//! Invariant: a text that is not understood as a whole tells of no versions, and never of all.

use model::advisory::{Affected, Bound, Ordering, Span, Versions};
use model::plain_name::{half_width, plain, without_brackets};
use vulns::naming;
use vulns::product::named;

use crate::source::advisories::ranges;

/// The longest text, in characters.
const LONGEST: usize = 300;
/// The most words of a maker's name.
const MOST_WORDS: usize = 4;
/// What stands where no version is known.
const NO_VERSION: [&str; 4] = ["0", "无", "null", "N/A"];

/// What a text tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wording {
    /// A product with versions.
    Affected(Affected),
    /// A product without versions.
    NoVersion,
    /// Something about versions that is not understood.
    NotUnderstood,
}

/// Reads a text; a blank at its end stands where the version would.
pub(super) fn read(text: &str) -> Wording {
    let text: String = text.chars().take(LONGEST + 1).map(half_width).collect();
    let is_bare = text.ends_with(' ');
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() > LONGEST {
        return Wording::NotUnderstood;
    }
    let has_sign = words.contains(['<', '>', '=', '≤', '≥']);
    if is_bare && !has_sign {
        return Wording::NoVersion;
    }
    let read = if has_sign { compared(&words) } else { alone(&words) };
    match read {
        Some((_, None)) => Wording::NoVersion,
        Some((product, Some(versions))) if !plain(product).is_empty() => Wording::Affected(affected(product, versions)),
        _ => Wording::NotUnderstood,
    }
}

/// A product and a single version or line.
fn alone(words: &str) -> Option<(&str, Option<Versions>)> {
    let (product, last) = words.rsplit_once(' ')?;
    if NO_VERSION.contains(&last) {
        return Some((product, None));
    }
    let mut versions = Versions { ordering: Ordering::Generic, ..Versions::default() };
    match line(last) {
        Some(span) => versions.spans.push(span),
        None => versions.listed.push(number(last)?),
    }
    // `Product version 1.0`, `Product v 1.0`
    let product = product.trim_end_matches(" v").trim_end_matches(" V").trim_end_matches(" version");
    Some((product, Some(versions)))
}

/// A product with comparisons, before which the version may stand in which they hold: `2.8.x(<2.8.4)`, `8.1,<8.1.13`, `4.0.x<4.0.10`.
fn compared(words: &str) -> Option<(&str, Option<Versions>)> {
    let (head, comparisons) = words.split_at(words.find(['<', '>', '=', '≤', '≥'])?);
    let bare = head.trim_end_matches(['(', ',', ';', ' ']);
    let is_within = bare.len() + 1 < head.len() || !head.ends_with(' ');
    let inner = if head.trim_end().ends_with('(') { comparisons.trim_end().strip_suffix(')')? } else { comparisons };
    let parts = inner.split([',', ';', '、', '|', '且']).map(str::trim).filter(|part| !part.is_empty());
    let mut versions = ranges::all_of(parts, Ordering::Generic)?;
    if !is_within {
        return Some((bare, Some(versions)));
    }
    let (product, last) = bare.rsplit_once(' ')?;
    let from = match line(last) {
        Some(span) => span.from,
        None => Bound::Including(number(last)?),
    };
    match &mut versions.spans[..] {
        [span] if span.from.is_open() => span.from = from,
        // The line says less than the comparisons do.
        [_] => {}
        _ => return None,
    }
    Some((product, Some(versions)))
}

/// `2.8.x` and `2.8.*`: from 2.8 and below 2.9.
fn line(word: &str) -> Option<Span> {
    let base = [".x", ".X", ".*"].iter().find_map(|ending| word.strip_suffix(ending))?;
    let base = number(base)?;
    let (before, last) = base.rsplit_once('.').map_or(("", base.as_str()), |(before, last)| (before, last));
    let next = last.parse::<u32>().ok()?.checked_add(1)?;
    let end = if before.is_empty() { next.to_string() } else { format!("{before}.{next}") };
    Some(Span { from: Bound::Including(base), to: Bound::Excluding(end) })
}

/// A word that is a version and no part of a name: it begins with a digit, or with `v` and a digit.
fn number(word: &str) -> Option<String> {
    let bare = word.strip_prefix(['v', 'V']).unwrap_or(word);
    bare.starts_with(|character: char| character.is_ascii_digit()).then(|| ranges::number(word))?
}

fn affected(product: &str, versions: Versions) -> Affected {
    let product = without_brackets(product);
    let words: Vec<&str> = product.split_whitespace().collect();
    Affected { product: named(&name(&words)), versions, vulnerable: true, target: String::new() }
}

/// The product's name. The maker stands before it; it is left out where the product's own name repeats it, and where the table of products
/// knows the product as that maker's.
fn name(words: &[&str]) -> String {
    let whole = words.join(" ");
    if naming::known().of_name(&whole).is_some() {
        return whole;
    }
    for count in 1..=MOST_WORDS.min(words.len().saturating_sub(1)) {
        let (maker, rest) = words.split_at(count);
        let (maker, product) = (plain(&maker.concat()), rest.join(" "));
        if !maker.is_empty() && plain(&product).starts_with(&maker) {
            return product;
        }
        let is_makers = |spelling: &str| spelling.split(':').nth(2).is_some_and(|vendor| plain(vendor) == maker);
        let known = naming::known().of_name(&product);
        if known.is_some_and(|known| known.products.iter().any(|spelling| is_makers(spelling.as_str()))) {
            return product;
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> String {
        let leaf = match read(text) {
            Wording::Affected(leaf) => leaf,
            other => return format!("{other:?}"),
        };
        let end = |bound: &Bound| match bound {
            Bound::Open => String::new(),
            Bound::Including(version) => format!("={version}"),
            Bound::Excluding(version) => version.clone(),
        };
        assert!(!leaf.versions.all, "{text}");
        let spans = leaf.versions.spans.iter().map(|span| format!("{}..{}", end(&span.from), end(&span.to)));
        let versions: Vec<_> = spans.chain(leaf.versions.listed.iter().cloned()).collect();
        format!("{} {}", leaf.product, versions.join(" "))
    }

    #[test]
    fn products_with_versions() {
        for (text, read) in [
            ("WordPress WordPress <=5.0", "name:wordpress ..=5.0"),
            ("泛微 e-cology 9.0", "name:泛微ecology 9.0"),
            ("Adobe acrobat classic >=20.001.30005，<=20.005.30334", "name:adobeacrobatclassic =20.001.30005..=20.005.30334"),
            ("Moodle Moodle  2.8.x(<2.8.4)", "name:moodle =2.8..2.8.4"),
            ("Catalyst IT Mahara 1.9 (<1.9.5)", "name:catalystitmahara =1.9..1.9.5"),
            ("GitLab GitLab（社区版和企业版） 11.7.*，<11.7.6", "name:gitlab =11.7..11.7.6"),
            ("phpMyAdmin phpMyAdmin 4.0.x<4.0.10.17 ", "name:phpmyadmin =4.0..4.0.10.17"),
            ("Adobe Flash Player(on Windows/OS X) 19.x(<19.0.0.185)", "name:adobeflashplayer =19..19.0.0.185"),
            ("Ansible Engine 2.8.*", "name:ansibleengine =2.8..2.9"),
            ("合肥明靖信息科技有限公司 JTopCMS V3.0.1", "name:合肥明靖信息科技有限公司jtopcms 3.0.1"),
            ("Typo3 Typo3  7.6.0\r\n", "name:typo3 7.6.0"),
            ("NexusPHP nexusphp v 1.5", "name:nexusphp 1.5"),
            (
                "Cisco Adaptive Security Appliance (ASA) Software 8.4(<8.4(7.28))",
                "name:ciscoadaptivesecurityappliancesoftware =8.4..8.4(7.28)",
            ),
            ("IBM API Connect >=5.0.0.0||<5.0.7.1", "name:ibmapiconnect =5.0.0.0..5.0.7.1"),
        ] {
            assert_eq!(shown(text), read, "{text}");
        }
    }

    #[test]
    fn what_is_not_understood_tells_of_no_versions() {
        for text in ["Microsoft Windows 8 ", "Android Android 无", "Google Pixel 0", "Adobe Flash Player null"] {
            assert_eq!(read(text), Wording::NoVersion, "{text}");
        }
        for text in [
            "GitLab GitLab > >= 10.6.0",
            "Microsoft Windows 7 SP1",
            "Lenovo Lenovo ThinkPad T470p",
            "EMC RSA Authentication Manager <=8.2 SP1 P4",
            "Adobe Flash Player 14.x -(17.x < 16.0.0.296)",
            "Intel SGX SDK <1.9.6 (Windows)",
            "Django Django master branch",
            "<=5.0",
            "5.0",
            "",
        ] {
            assert_eq!(read(text), Wording::NotUnderstood, "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(text in "(WordPress| |<=?|>=|[0-9.]{0,6}|[(),，x*]|无|\\PC){0,20}") {
            if let Wording::Affected(leaf) = read(&text) {
                prop_assert!(!leaf.versions.all && (!leaf.versions.spans.is_empty() || !leaf.versions.listed.is_empty()));
            }
        }
    }
}
