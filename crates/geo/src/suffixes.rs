//! Suffixes of names, matched on label boundaries, the longest first; with wildcards for names that carry a number.

use std::collections::BTreeMap;

/// The longest name there is (RFC 1035, section 2.3.4).
const LONGEST_NAME: usize = 253;

/// Suffixes with an owner each.
#[derive(Default)]
pub(crate) struct Suffixes {
    exact: BTreeMap<String, u32>,
    patterns: Vec<(Vec<Label>, u32)>,
}

/// One label of a suffix with a wildcard.
enum Label {
    Exact(String),
    /// Digits between a beginning and an end.
    Digits(String, String),
    /// Anything, also nothing, between a beginning and an end.
    Any(String, String),
}

impl Suffixes {
    /// Adds a suffix; one that is there already, also by a wildcard, keeps its owner.
    pub(crate) fn add(&mut self, suffix: &str, owner: u32) {
        let suffix = normal(suffix);
        if suffix.contains(['#', '*']) {
            self.patterns.push((suffix.split('.').map(Label::read).collect(), owner));
        } else if self.at(&suffix).is_none() {
            self.exact.insert(suffix, owner);
        }
    }

    /// The owner of the longest suffix of `name`.
    pub(crate) fn get(&self, name: &str) -> Option<u32> {
        let name = normal(name);
        if name.len() > LONGEST_NAME {
            return None;
        }
        let boundaries = name.match_indices('.').map(|(dot, _)| dot + 1);
        std::iter::once(0).chain(boundaries).map(|beginning| &name[beginning..]).find_map(|suffix| self.at(suffix))
    }

    fn at(&self, suffix: &str) -> Option<u32> {
        let exact = self.exact.get(suffix).copied();
        exact.or_else(|| self.patterns.iter().find(|(labels, _)| matches(labels, suffix)).map(|(_, owner)| *owner))
    }
}

/// True for a suffix as lists have them: labels of letters, digits, hyphens.
pub(crate) fn is_suffix(text: &str) -> bool {
    let text = normal(text);
    let label =
        |label: &str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    text.len() <= LONGEST_NAME && text.contains('.') && text.split('.').all(label)
}

/// Lower case, without a final dot and without the label `*` of certificates at the front.
fn normal(name: &str) -> String {
    let name = name.strip_suffix('.').unwrap_or(name);
    name.strip_prefix("*.").unwrap_or(name).to_ascii_lowercase()
}

fn matches(labels: &[Label], suffix: &str) -> bool {
    suffix.split('.').count() == labels.len() && suffix.split('.').zip(labels).all(|(text, label)| label.matches(text))
}

impl Label {
    fn read(text: &str) -> Self {
        if let Some((beginning, end)) = text.split_once('#') {
            Self::Digits(beginning.into(), end.into())
        } else if let Some((beginning, end)) = text.split_once('*') {
            Self::Any(beginning.into(), end.into())
        } else {
            Self::Exact(text.into())
        }
    }

    fn matches(&self, text: &str) -> bool {
        let between = |beginning: &str, end: &str| text.strip_prefix(beginning)?.strip_suffix(end).map(str::to_owned);
        match self {
            Self::Exact(exact) => text == exact,
            Self::Any(beginning, end) => between(beginning, end).is_some(),
            Self::Digits(beginning, end) => between(beginning, end)
                .is_some_and(|middle| !middle.is_empty() && middle.bytes().all(|byte| byte.is_ascii_digit())),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn suffixes() -> Suffixes {
        let mut suffixes = Suffixes::default();
        for (owner, suffix) in
            ["example.com", "cdn.example.com", "hwc#.cn", "kunlun*.com", "EXAMPLE.com", "a.b#.x"].into_iter().enumerate()
        {
            suffixes.add(suffix, owner as u32);
        }
        suffixes
    }

    #[test]
    fn the_longest_suffix_on_a_label_boundary() {
        let suffixes = suffixes();
        assert_eq!(suffixes.get("www.Example.com."), Some(0), "the first owner stays");
        assert_eq!(suffixes.get("example.com"), Some(0));
        assert_eq!(suffixes.get("x.cdn.example.com"), Some(1));
        assert_eq!(suffixes.get("*.cdn.example.com"), Some(1));
        for name in ["badexample.com", "example.com.cn", "com", "", ".", "..", "xcdn.example.org"] {
            assert_eq!(suffixes.get(name), None, "{name}");
        }
    }

    #[test]
    fn wildcards_stay_within_their_label() {
        let suffixes = suffixes();
        assert_eq!(suffixes.get("www.example.gov.cn.hwc12.cn"), Some(2));
        assert_eq!(suffixes.get("w.kunlunaq.com"), Some(3));
        assert_eq!(suffixes.get("kunlun.com"), Some(3));
        assert_eq!(suffixes.get("q.a.b7.x"), Some(5));
        for name in ["hwc.cn", "hwc1x.cn", "xhwc1.cn", "kunlun.a.com", "mykunlun.com", "kunlunx.com.cn", "b7.x"] {
            assert_eq!(suffixes.get(name), None, "{name}");
        }
    }

    proptest! {
        #[test]
        fn no_name_panics(name in "[a-z.*#政]{0,40}", suffix in "[a-z.*#]{0,20}") {
            let mut suffixes = suffixes();
            suffixes.add(&suffix, 9);
            let _ = (suffixes.get(&name), is_suffix(&name));
        }
    }
}
