//! Who built or maintains a site, as the foot of its page says: 技术支持, 承建单位, 运维单位, Powered by.
//!
//! A name is kept as written, be it the institution's own department: who is a supplier is for the rules to tell.

use std::sync::LazyLock;

use model::plain_name::plain;
use regex::Regex;

use crate::words::{half_width, tail};

/// How much of the end of the visible text is the foot, in bytes.
const FOOT: usize = 6 * 1024;
/// The most names that are kept.
const LIMIT: usize = 10;
/// The lengths in characters that a name can have.
const LENGTHS: std::ops::RangeInclusive<usize> = 2..=40;
/// The most words of a name in Latin letters.
const LATIN_WORDS: usize = 4;

/// What stands before a name. Without a colon only the words that are no part of other phrases count.
#[expect(clippy::expect_used, reason = "the pattern is constant and every test compiles it")]
static LABEL: LazyLock<Regex> = LazyLock::new(|| {
    let labels = "技术支持单位|技术支持与维护|技术支持及维护|技术支持|技术维护|技术服务单位|技术服务|承建单位|承建|运维单位|运维支持|运行维护单位|运行维护|\
        运营维护|维护单位|设计制作|网站设计|网站制作|设计维护|制作维护|制作单位|开发单位|开发维护|网站建设|系统开发";
    Regex::new(&format!(r"(?i)(?:{labels})\s{{0,3}}[:：]\s{{0,3}}|(?:技术支持|承建单位|运维单位|开发单位)\s{{1,3}}|\b(?:powered|designed|developed)\s+by\b\s*[:：]?\s*"))
        .expect("a pattern")
});

/// What may follow a name without a blank, and is none of it.
#[expect(clippy::expect_used, reason = "the pattern is constant and every test compiles it")]
static END: LazyLock<Regex> = LazyLock::new(|| {
    let words = "联系电话|咨询电话|服务电话|服务热线|客服热线|技术热线|热线|电话|联系方式|联系人|传真|邮箱|地址|网址|邮编|版权所有|主办|承办|协办|备案|建议使用|\
        copyright|https?:|www\\.|tel\\b|e-?mail|qq";
    Regex::new(&format!(r"(?i)(?:{words})|[\p{{Han}}]ICP[备证]|公网安备|[|｜/;；,，。©<>【\[\n:：]|(?:400|800|0\d{{2,3}})?[-－ ]?\d{{7,}}|(?:400|800|0\d{{2,3}})-\d{{3,}}"))
        .expect("a pattern")
});

/// The suppliers that the foot of a page names, in the order met.
pub(super) fn in_foot(text: &str) -> Vec<String> {
    let foot: String = tail(text, FOOT).chars().map(half_width).collect();
    let mut names: Vec<String> = Vec::new();
    let mut from = 0;
    while let Some(label) = LABEL.find_at(&foot, from) {
        from = label.end();
        let rest = foot.get(from..).unwrap_or_default();
        let until = END.find(rest).map_or(rest.len(), |end| end.start());
        let until = LABEL.find(rest).map_or(until, |next| next.start().min(until));
        let with_colon = label.as_str().trim_end().ends_with(':') || label.as_str().is_ascii();
        for name in rest.get(..until).unwrap_or_default().split('、') {
            let name = one(name);
            let known = names.iter().any(|earlier| plain(earlier) == plain(&name));
            // Without a colon a sentence about support looks alike: only the name of a company or centre is one.
            let told = with_colon || ["公司", "中心", "集团"].iter().any(|ending| name.ends_with(ending));
            if names.len() < LIMIT && LENGTHS.contains(&name.chars().count()) && told && !known {
                names.push(name);
            }
        }
    }
    names
}

/// The name at the beginning of `text`: one word in Chinese, some words in Latin letters up to a number.
fn one(text: &str) -> String {
    let is_latin = |word: &&str| word.chars().all(|character| character.is_ascii() && !character.is_control());
    let text = text.trim_start_matches(|character: char| !character.is_alphanumeric() && character != '(');
    let mut words = text.split_whitespace();
    let first = words.next().unwrap_or_default();
    let first_only = !is_latin(&first);
    let is_version =
        |word: &&str| word.trim_start_matches(['v', 'V', 'x', 'X']).starts_with(|first: char| first.is_ascii_digit());
    let more = words.take_while(|word| !first_only && is_latin(word) && !is_version(word)).take(LATIN_WORDS - 1);
    let name = std::iter::once(first).chain(more).collect::<Vec<_>>().join(" ");
    let name: String = name.chars().filter(|character| !character.is_control()).collect();
    name.trim_end_matches(|character: char| !character.is_alphanumeric() && !matches!(character, ')' | '!')).to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn suppliers_as_feet_name_them() {
        let cases: &[(&str, &[&str])] = &[
            ("主办：示例市人民政府 技术支持：示例（北京）科技有限公司 电话：010-12345678", &["示例(北京)科技有限公司"]),
            ("技术支持:示例软件股份有限公司0371-66666666 京ICP备04000001号", &["示例软件股份有限公司"]),
            ("承建单位：甲公司、乙集团有限公司 运维单位： 丙科技有限公司", &["甲公司", "乙集团有限公司", "丙科技有限公司"]),
            ("技术支持：信息中心", &["信息中心"]),
            ("技术支持 示例网络科技有限公司 | 网站地图", &["示例网络科技有限公司"]),
            ("设计制作：示例传媒http://www.example.com", &["示例传媒"]),
            ("Powered by Discuz! X3.4 © 2001", &["Discuz!"]),
            ("Powered By: Example Soft", &["Example Soft"]),
            ("开发单位：示例科技有限公司京ICP备04000001号", &["示例科技有限公司"]),
            ("技术支持：示例公司 运维单位：示例公司", &["示例公司"]),
        ];
        for (foot, names) in cases {
            assert_eq!(in_foot(foot), *names, "{foot}");
        }
    }

    #[test]
    fn what_names_no_supplier() {
        for foot in [
            "版权所有：示例市人民政府",
            "技术支持：0371-12345678",
            "技术支持电话：0371-12345678",
            "为企业提供技术支持 服务",
            "主办单位：示例市人民政府办公室 承办单位：示例市大数据局",
        ] {
            assert_eq!(in_foot(foot), [""; 0], "{foot}");
        }
        let long_ago = format!("技术支持：甲公司{}", "正文。".repeat(4000));
        assert_eq!(in_foot(&long_ago), [""; 0]);
        let many: String = (0..50).map(|number| format!("技术支持：第{number}号公司 ")).collect();
        assert_eq!(in_foot(&many).len(), LIMIT);
    }

    proptest! {
        #[test]
        fn any_foot_is_read(text in "(技术支持|：|powered by|公司|[ -~]|、|\\PC){0,40}") {
            for name in in_foot(&text) {
                prop_assert!(LENGTHS.contains(&name.chars().count()) && !name.chars().any(char::is_control));
            }
        }
    }
}
