//! Personal data in free text, masked before anything is kept: resident identity numbers, mobile numbers, mail addresses.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

#[expect(clippy::expect_used, reason = "a constant that every test compiles")]
static PERSONAL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?P<resident>[1-8][0-9]{16}[0-9Xx])",
        r"|(?P<mobile>(?:\+?86[- ]?)?1[3-9][0-9](?:[0-9]{8}|[- ][0-9]{4}[- ][0-9]{4}))",
        r"|(?P<mail>[A-Za-z0-9._%+-]{1,64}[@＠][A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)"
    ))
    .expect("a constant pattern")
});

/// The text with all but the first characters of personal data replaced: `1101**************`, `138********`, `***@example.cn`.
///
/// A number counts only with its right check digit (GB 11643) or as 11 digits with a mobile prefix, and only when no digit stands on either
/// side, so that codes and filing numbers stay.
pub fn personal(text: &str) -> Cow<'_, str> {
    let digit_before = |at: usize| text[..at].ends_with(|character: char| character.is_ascii_digit());
    let digit_behind = |at: usize| text[at..].starts_with(|character: char| character.is_ascii_digit());
    PERSONAL.replace_all(text, |found: &regex::Captures<'_>| {
        let whole = found.get(0).map_or("", |part| part.as_str());
        let (start, end) = found.get(0).map_or((0, 0), |part| (part.start(), part.end()));
        let alone = !digit_before(start) && !digit_behind(end);
        if found.name("mail").is_some() {
            let domain = whole.split(['@', '＠']).next_back().unwrap_or_default();
            return format!("***@{domain}");
        }
        let shown = match (found.name("resident"), alone) {
            (Some(_), true) if has_check_digit(whole) => 4,
            (None, true) => 3,
            _ => return whole.to_owned(),
        };
        let stars = whole.chars().count().saturating_sub(shown);
        whole.chars().take(shown).chain(std::iter::repeat_n('*', stars)).collect()
    })
}

/// The check digit of a resident identity number (GB 11643-1999, ISO 7064 MOD 11-2).
fn has_check_digit(number: &str) -> bool {
    let (mut sum, mut weight) = (0, 1_u32);
    for character in number.chars().rev() {
        let value = if matches!(character, 'X' | 'x') { 10 } else { character.to_digit(10).unwrap_or(0) };
        sum += value * weight;
        weight = weight * 2 % 11;
    }
    sum % 11 == 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn personal_data_is_masked_and_nothing_else() {
        for (text, masked) in [
            // The example of the standard.
            ("身份证11010519491231002X泄露", "身份证1101**************泄露"),
            ("身份证110105194912310021", "身份证110105194912310021"),
            ("电话13812345678，或 138-1234-5678", "电话138********，或 138**********"),
            ("+8613812345678", "+86***********"),
            ("邮箱zhang.san@example.cn。", "邮箱***@example.cn。"),
            (
                "统一代码11100000000013127D 备案33060202000394号 20261126",
                "统一代码11100000000013127D 备案33060202000394号 20261126",
            ),
            ("213812345678", "213812345678"),
        ] {
            assert_eq!(personal(text), masked, "{text}");
        }
    }

    proptest! {
        #[test]
        fn masking_is_done_once(text in "([0-9Xx]{10,19}|[a-z]{1,5}@[a-z]{1,3}\\.cn|\\PC){0,8}") {
            let once = personal(&text).into_owned();
            prop_assert!(!once.contains("13812345678"));
            prop_assert_eq!(personal(&once).into_owned().chars().filter(|character| *character == '@').count(), once.chars().filter(|character| *character == '@').count());
        }
    }
}
