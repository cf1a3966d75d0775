//! Masking personal data in free text: resident ids with a valid check digit, mobile numbers, mail addresses.
//!
//! Invariant: linear in the length of the text; what is masked is not kept anywhere.

use std::ops::Range;

/// A text without personal data. Full-width digits and letters become ordinary ones, so that they hide nothing.
pub fn masked(text: &str) -> String {
    let text: String = text.chars().map(narrow).collect();
    let mut spans = numbers(&text);
    spans.extend(mail_addresses(&text));
    spans.sort_by_key(|(span, _)| (span.start, span.end));
    let mut clean = String::with_capacity(text.len());
    let mut done = 0;
    for (span, words) in spans {
        if span.start >= done {
            clean.push_str(&text[done..span.start]);
            clean.push_str(words);
            done = span.end;
        }
    }
    clean.push_str(&text[done..]);
    clean
}

/// Full-width digits, letters and the signs of numbers and addresses as their ASCII twins. Chinese punctuation stays.
fn narrow(c: char) -> char {
    match c {
        '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' | '＠' | '．' | '－' | '＿' => {
            char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c)
        }
        '\u{3000}' => ' ',
        _ => c,
    }
}

/// Numbers of persons. They are written in groups, as `138 0000 1234` or `138-0000-1234`: every run of groups is tried.
fn numbers(text: &str) -> Vec<(Range<usize>, &'static str)> {
    let groups = groups(text);
    let mut found = Vec::new();
    let mut first = 0;
    while first < groups.len() {
        let hit = whole_number(text, &groups[first..]);
        let taken = hit.as_ref().map_or(1, |(count, _)| *count);
        if let Some((count, words)) = hit {
            found.push((groups[first].start..groups[first + count - 1].end, words));
        }
        first += taken;
    }
    found
}

/// Runs of digits, each with the `X` that may end a resident id.
fn groups(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut groups = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        while at < bytes.len() && bytes[at].is_ascii_digit() {
            at += 1;
        }
        if at == start {
            at += 1;
            continue;
        }
        if matches!(bytes.get(at), Some(b'x' | b'X')) {
            at += 1;
        }
        groups.push(start..at);
    }
    groups
}

/// The number of a person that these groups begin with, if they do: how many of them it takes, and what stands in its place.
fn whole_number(text: &str, groups: &[Range<usize>]) -> Option<(usize, &'static str)> {
    const LONGEST: usize = 18;
    let mut digits = String::new();
    let mut best = None;
    for (index, group) in groups.iter().enumerate() {
        let apart = if index == 0 { "" } else { &text[groups[index - 1].end..group.start] };
        if !matches!(apart, "" | " " | "-") || digits.len() + group.len() > LONGEST {
            break;
        }
        digits.push_str(&text[group.clone()]);
        if let Some(words) = person(&digits) {
            best = Some((index + 1, words));
        }
    }
    best
}

fn person(digits: &str) -> Option<&'static str> {
    let bytes = digits.as_bytes();
    let mobile =
        bytes.strip_prefix(b"0086").or_else(|| bytes.strip_prefix(b"86")).filter(|rest| rest.len() == 11).unwrap_or(bytes);
    match mobile {
        [b'1', b'3'..=b'9', rest @ ..] if rest.len() == 9 && rest.iter().all(u8::is_ascii_digit) => Some("【已隐去手机号】"),
        _ => is_resident_id(bytes).then_some("【已隐去身份证号】"),
    }
}

/// Whether 18 characters are a resident id: a check character after GB 11643 (ISO 7064, MOD 11-2), and a month and a day in them.
fn is_resident_id(id: &[u8]) -> bool {
    let Some((body, [check])) = id.split_at_checked(17) else { return false };
    if !body.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let number = |range: Range<usize>| body[range].iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0'));
    let sum = body.iter().fold(0, |sum, digit| (sum + u32::from(digit - b'0')) * 2 % 11);
    let expected = b"10X98765432"[(sum % 11) as usize];
    (1..=12).contains(&number(10..12)) && (1..=31).contains(&number(12..14)) && check.to_ascii_uppercase() == expected
}

/// Mail addresses.
fn mail_addresses(text: &str) -> Vec<(Range<usize>, &'static str)> {
    let bytes = text.as_bytes();
    let is_local = |byte: &u8| byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(byte);
    let is_host = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'.' || *byte == b'-' || !byte.is_ascii();
    let mut found = Vec::new();
    // Behind the address before, so that no byte is looked at twice.
    let mut done = 0;
    for (at, _) in text.match_indices('@') {
        let local = bytes[done..at].iter().rev().take_while(|byte| is_local(byte)).count();
        let host = bytes[at + 1..].iter().take(255).take_while(|byte| is_host(byte)).count();
        let mut end = at + 1 + host;
        while !text.is_char_boundary(end) {
            end += 1;
        }
        // Chinese words may follow without a space: the address ends with its last Latin letter where it has a dot before that.
        let latin = text[at + 1..end].find(|c: char| !c.is_ascii()).map_or(end, |cut| at + 1 + cut);
        let end = if text[at + 1..latin].contains('.') { latin } else { end };
        if local > 0 && text[at + 1..end].trim_end_matches('.').contains('.') {
            found.push((at - local..end, "【已隐去邮箱】"));
            done = end;
        } else {
            done = at + 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn persons_are_masked() {
        // 11010519491231002X is the example of GB 11643.
        for (text, expected) in [
            ("身份证11010519491231002X，请查", "身份证【已隐去身份证号】，请查"),
            ("11010519491231002x", "【已隐去身份证号】"),
            ("110105 19491231 002X", "【已隐去身份证号】"),
            ("电话13800001234或138-0000-1234", "电话【已隐去手机号】或【已隐去手机号】"),
            ("+86 138 0000 1234。", "+【已隐去手机号】。"),
            ("１３８００００１２３４", "【已隐去手机号】"),
            ("写给zhang.san@example.gov.cn即可", "写给【已隐去邮箱】即可"),
            ("zhang@例子.中国", "【已隐去邮箱】"),
            ("a@b.cn,c@d.cn", "【已隐去邮箱】,【已隐去邮箱】"),
            ("工单5 13800001234", "工单5 【已隐去手机号】"),
        ] {
            assert_eq!(masked(text), expected);
        }
    }

    #[test]
    fn what_is_no_person_stays() {
        for text in [
            "京ICP备05070218号",
            "110105194912310021",
            "统一社会信用代码 11100000000013338W",
            "订单138000012345678",
            "端口 8080 与 10.0.0.1",
            "@某某 你好",
            "电话 010-12345678",
        ] {
            assert_eq!(masked(text), text);
        }
    }

    proptest! {
        #[test]
        fn nothing_breaks_and_nothing_is_left(text in "\\PC{0,40}", before in "[^0-9]{0,5}") {
            let clean = masked(&text);
            prop_assert_eq!(masked(&clean), clean.clone(), "once is enough");
            let clean = masked(&format!("{before}13912345678 {text}"));
            prop_assert!(!clean.contains("13912345678"), "{}", clean);
        }

        #[test]
        fn digits_and_signs_do_no_harm(text in "[0-9xX @.\\-１中]{0,80}") {
            masked(&text);
        }
    }
}
