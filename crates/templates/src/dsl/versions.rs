//! Versions within bounds: `compare_versions(version, ">= 1.2", "< 2.0")`.

use std::cmp::Ordering;

/// Most parts of a version that are compared.
const PARTS: usize = 16;

/// Whether a version keeps to bounds parted by commas: `>= 1.2, < 2.0`. What is no version keeps to none.
pub(super) fn within(version: &[u8], bounds: &[u8]) -> bool {
    let (Ok(version), Ok(bounds)) = (std::str::from_utf8(version), std::str::from_utf8(bounds)) else { return false };
    let Some(version) = Version::read(version) else { return false };
    bounds.split(',').all(|bound| version.keeps(bound.trim()) == Some(true))
}

/// Numbers, then whether something less than a release follows, as `-rc1`.
#[derive(Debug, PartialEq, Eq)]
struct Version<'a> {
    numbers: Vec<u64>,
    before: Option<&'a str>,
}

impl<'a> Version<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let text = text.split('+').next().unwrap_or_default();
        let end = text.find(|next: char| !(next.is_ascii_digit() || next == '.')).unwrap_or(text.len());
        let (numbers, rest) = text.split_at(end);
        let numbers: Option<Vec<u64>> =
            numbers.trim_end_matches('.').split('.').take(PARTS).map(|part| part.parse().ok()).collect();
        let before = rest.trim_start_matches(['-', '.']);
        Some(Self { numbers: numbers?, before: (!before.is_empty()).then_some(before) })
    }

    /// Whether it keeps to one bound; `None` if the bound is none.
    fn keeps(&self, bound: &str) -> Option<bool> {
        let digits = bound.find(|next: char| next.is_ascii_digit() || next == 'v').unwrap_or(bound.len());
        let (sign, other) = bound.split_at(digits);
        let other = Version::read(other)?;
        let order = self.cmp(&other);
        Some(match sign.trim() {
            "" | "=" | "==" => order == Ordering::Equal,
            "!=" => order != Ordering::Equal,
            "<" => order == Ordering::Less,
            "<=" => order != Ordering::Greater,
            ">" => order == Ordering::Greater,
            ">=" => order != Ordering::Less,
            // At least this, and below the next of the part before the last: `~> 1.2.3` is at least 1.2.3 and below 1.3.
            "~>" => {
                let fixed = other.numbers.len().saturating_sub(1).max(1);
                order != Ordering::Less && (0..fixed).all(|index| self.number(index) == other.number(index))
            }
            _ => return None,
        })
    }

    fn number(&self, index: usize) -> u64 {
        self.numbers.get(index).copied().unwrap_or(0)
    }

    fn cmp(&self, other: &Self) -> Ordering {
        let parts = self.numbers.len().max(other.numbers.len());
        let numbers = (0..parts).map(|index| self.number(index).cmp(&other.number(index)));
        let numbers = numbers.fold(Ordering::Equal, Ordering::then);
        numbers.then_with(|| match (self.before, other.before) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(one), Some(other)) => one.cmp(other),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::within;

    #[test]
    fn bounds() {
        for (version, bound) in [
            ("1.2.3", "< 1.10"),
            ("1.2.3", ">= 1.2, < 2"),
            ("1.2", "= 1.2.0"),
            ("v2.0-rc1", "< 2.0"),
            ("1.2.9", "~> 1.2.3"),
            ("5.4", "!= 5.5"),
            ("1.0", "<=1.0"),
        ] {
            assert!(within(version.as_bytes(), bound.as_bytes()), "{version} {bound}");
        }
        for (version, bound) in
            [("1.10", "< 1.9"), ("2", ">= 1.2, < 2"), ("x", "< 9"), ("1.3", "~> 1.2.3"), ("1", "< "), ("1", "? 2")]
        {
            assert!(!within(version.as_bytes(), bound.as_bytes()), "{version} {bound}");
        }
    }
}
