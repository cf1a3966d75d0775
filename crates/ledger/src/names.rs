//! Names of institutions as people write them, and when two of them mean one.
//!
//! All here works on the form in which institutions are filed, [`plain`].

pub use model::plain_name::{institution as plain, without_brackets};

/// A plain name without what titles of sites add to it: 清河县人民政府门户网站 → 清河县人民政府. For names that come from pages and filings
/// of sites; never for rosters.
pub fn without_site_words(plain: &str) -> &str {
    let mut name = plain;
    while let Some(shorter) = SITE_WORDS.iter().find_map(|word| name.strip_suffix(word)).filter(|shorter| !shorter.is_empty()) {
        name = shorter;
    }
    name
}

/// True of a title that is nothing but such a word.
pub(crate) fn is_site_word(plain: &str) -> bool {
    SITE_WORDS.contains(&plain)
}

const SITE_WORDS: [&str; 11] =
    ["门户网站", "政府网站", "官方网站", "政务网站", "网站首页", "网站", "官网", "门户", "首页", "主页", "政务网"];

/// True when both plain names are one name, site words aside.
pub fn same(one: &str, other: &str) -> bool {
    one == other || {
        let (one, other) = (plain(one), plain(other));
        one == other || without_site_words(&one) == without_site_words(&other)
    }
}

/// The place at the beginning of a plain name as far as the words alone tell it (河北省清河县), and the rest (教育局).
///
/// A part of a place is some characters, none of them of an organ's ending, with 省, 市, 县, 区, 旗, 州 or 盟 behind: 市场监督管理局 has none.
pub fn split_place(plain: &str) -> (&str, &str) {
    let mut cut = 0;
    while let Some(part) = place_part(&plain[cut..]) {
        cut += part;
    }
    plain.split_at(cut)
}

/// The longest part of a place in characters: 双江拉祜族佤族布朗族傣族自治县 has fifteen.
const LONGEST_PART: usize = 15;

fn place_part(text: &str) -> Option<usize> {
    for (count, (at, character)) in text.char_indices().take(LONGEST_PART).enumerate().skip(1) {
        let end = at + character.len_utf8();
        let next = text[end..].chars().next();
        match character {
            // 广州市, 贵州省, 红旗区: the character belongs to the place's own name.
            '州' | '旗' | '盟' if matches!(next, Some('省' | '市' | '县' | '区' | '旗' | '州' | '盟')) => {}
            // 沙市区, 津市市.
            '市' if count == 1 && matches!(next, Some('市' | '区')) && !text[end..].starts_with("市场") => {}
            '省' | '市' | '县' | '区' | '旗' | '州' | '盟' => return Some(end),
            '局' | '委' | '厅' | '院' | '办' | '署' => return None,
            _ => {}
        }
    }
    None
}

/// True when `short` may be a short name (规范简称) of `full`, both plain: 国家发展和改革委员会 and 国家发展改革委, 发改委.
///
/// The place is the same, or `short` leaves out the places above it; the endings are the same or one is the other's short form; the
/// characters between come in the same order, from the first on, and there are at least two of them. A sign, never a proof.
pub fn is_abbreviation(short: &str, full: &str) -> bool {
    let ((short_place, short_rest), (full_place, full_rest)) = (split_place(short), split_place(full));
    if short == full || !full_place.ends_with(short_place) || (short_place.is_empty() && !full_place.is_empty()) {
        return false;
    }
    let without_state = ["中华人民共和国", "国家"].iter().find_map(|state| full_rest.strip_prefix(state));
    is_short_rest(short_rest, full_rest) || without_state.is_some_and(|rest| is_short_rest(short_rest, rest))
}

fn is_short_rest(short: &str, full: &str) -> bool {
    let (Some((short_body, short_ending)), Some((full_body, full_ending))) = (split_ending(short), split_ending(full)) else {
        return false;
    };
    if short_ending != full_ending && short_form(full_ending) != Some(short_ending) {
        return false;
    }
    let mut rest = full_body.chars();
    let first = full_body.chars().next();
    short_body.chars().count() >= 2
        && short_body.chars().next() == first
        && short_body.chars().all(|wanted| rest.any(|character| character == wanted))
}

/// Splits a plain name before its ending.
pub(crate) fn split_ending(name: &str) -> Option<(&str, &'static str)> {
    ENDINGS.iter().find_map(|(ending, _)| Some((name.strip_suffix(ending)?, *ending)))
}

/// The short form of an ending, if it has one; itself where it is the short form.
pub(crate) fn short_form(ending: &str) -> Option<&'static str> {
    ENDINGS.iter().find(|(known, _)| *known == ending).map(|(_, short)| *short)
}

/// Endings of organs with their short forms, the longer first.
const ENDINGS: [(&str, &str); 19] = [
    ("委员会", "委"),
    ("办公室", "办"),
    ("办公厅", "办"),
    ("办事处", "办"),
    ("检察院", "检"),
    ("中心", "中心"),
    ("学院", "学院"),
    ("大学", "大学"),
    ("医院", "医院"),
    ("法院", "法院"),
    ("委", "委"),
    ("办", "办"),
    ("局", "局"),
    ("厅", "厅"),
    ("部", "部"),
    ("署", "署"),
    ("院", "院"),
    ("所", "所"),
    ("队", "队"),
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_that_differ_stay_apart() {
        for (one, other) in [
            ("清河县人民政府", "清河县人民政府办公室"),
            ("河北省人民政府办公厅", "河北省人民政府办公室"),
            ("清河县教育局", "清河区教育局"),
            ("清河县教育局", "清河县教育局（体育局）"),
            ("共青团清河县委员会", "中共清河县委员会"),
        ] {
            assert_ne!(plain(one), plain(other));
            assert!(!same(one, other), "{one} {other}");
        }
        assert!(same("清河县人民政府门户网站", "清河县 人民政府"));
    }

    #[test]
    fn site_words_go_only_when_asked() {
        assert_eq!(without_site_words("清河县人民政府门户网站首页"), "清河县人民政府");
        assert_eq!(without_site_words("网站"), "网站");
    }

    #[test]
    fn places_are_told_by_their_words() {
        for (name, place) in [
            ("河北省清河县教育局", "河北省清河县"),
            ("清河县市场监督管理局", "清河县"),
            ("市场监督管理局", ""),
            ("广州市天河区民政局", "广州市天河区"),
            ("广西壮族自治区教育厅", "广西壮族自治区"),
            ("国家发展和改革委员会", ""),
            ("教育局城区分局", ""),
        ] {
            assert_eq!(split_place(name).0, place, "{name}");
        }
    }

    #[test]
    fn abbreviations_are_signs() {
        for (short, full) in [
            ("国家发展改革委", "国家发展和改革委员会"),
            ("发改委", "国家发展和改革委员会"),
            ("清河县人社局", "清河县人力资源和社会保障局"),
            ("清河县人社局", "河北省清河县人力资源和社会保障局"),
            ("清河县市场监管局", "清河县市场监督管理局"),
            ("工信部", "中华人民共和国工业和信息化部"),
            ("清河县政府办", "清河县政府办公室"),
        ] {
            assert!(is_abbreviation(short, full), "{short} {full}");
        }
        for (short, full) in [
            ("发改委", "清河县发展和改革委员会"),
            ("清河县局", "清河县农业农村局"),
            ("清河县人民政府", "清河县人民政府办公室"),
            ("清河县人民政府办公室", "清河县人民政府办公厅"),
            ("清河县人社局", "南宫县人力资源和社会保障局"),
            ("清河县社人局", "清河县人力资源和社会保障局"),
            ("清河县教育局", "清河县教育局"),
            ("", ""),
        ] {
            assert!(!is_abbreviation(short, full), "{short} {full}");
        }
    }

    proptest! {
        #[test]
        fn places_are_parts_of_names(name in "((中国共产党|中共|县委员会|员会|县委|\\(|\\)|（本级）|（|）|[ -~]|\\PC){0,20})") {
            let once = plain(&name);
            let (place, rest) = split_place(&once);
            prop_assert_eq!(format!("{place}{rest}"), once.clone());
            let _ = is_abbreviation(&once, &name);
        }
    }
}
