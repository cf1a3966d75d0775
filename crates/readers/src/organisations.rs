//! Names of institutions as pages state them.
//!
//! These are readings of free text: good enough to compare with a register, never evidence of an institution by themselves.

use std::sync::LazyLock;

use model::plain_name::plain;
use regex::Regex;

/// The most names that are kept of a page.
const NAME_LIMIT: usize = 20;
/// The lengths in characters that a name can have.
const LENGTHS: std::ops::RangeInclusive<usize> = 3..=40;

/// How institutions' names end.
const ENDINGS: [&str; 44] = [
    "政府",
    "委员会",
    "办公室",
    "办公厅",
    "办事处",
    "办",
    "厅",
    "局",
    "委",
    "署",
    "部",
    "院",
    "会",
    "处",
    "站",
    "所",
    "中心",
    "大学",
    "学院",
    "学校",
    "中学",
    "小学",
    "幼儿园",
    "医院",
    "卫生院",
    "法院",
    "检察院",
    "海关",
    "银行",
    "总队",
    "支队",
    "馆",
    "社",
    "台",
    "库",
    "集团",
    "公司",
    "联合会",
    "协会",
    "学会",
    "基金会",
    "组织部",
    "宣传部",
    "血站",
];

/// What titles add to a name.
const ADDITIONS: [&str; 14] = [
    "人民政府门户网站",
    "政府门户网站",
    "门户网站",
    "官方网站",
    "政府网站",
    "政务网站",
    "网站首页",
    "网站",
    "官网",
    "门户",
    "首页",
    "主页",
    "政务网",
    "欢迎您",
];

/// The institutions that the title, the names that the page gives itself, and the words after 主办单位 and the like state, in that order.
pub fn names(title: &str, site_names: &[String], text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for part in std::iter::once(title).chain(site_names.iter().map(String::as_str)).flat_map(title_parts) {
        keep(&mut names, part.to_owned());
    }
    for name in sponsors(text) {
        keep(&mut names, name);
    }
    names
}

fn keep(names: &mut Vec<String>, name: String) {
    if names.len() < NAME_LIMIT && !names.iter().any(|earlier| plain(earlier) == plain(&name)) {
        names.push(name);
    }
}

/// The parts of a title that end as institutions' names do, without what titles add.
fn title_parts(title: &str) -> Vec<&str> {
    let separators = ['-', '|', '_', '—', '–', '|', '｜', '－', '>', '»', '·', '、', ',', '，', ' ', '\u{3000}', '!', '！'];
    let parts = crate::words::head(title, 2048).split(separators).map(without_additions);
    parts.filter(|part| LENGTHS.contains(&part.chars().count()) && ENDINGS.iter().any(|ending| part.ends_with(ending))).collect()
}

fn without_additions(part: &str) -> &str {
    let mut name = part.trim().trim_start_matches("欢迎访问").trim_start_matches("欢迎光临");
    // The longest that fits goes first, except that 人民政府 belongs to the name itself.
    while let Some(shorter) = ADDITIONS.iter().find_map(|addition| name.strip_suffix(addition)) {
        let government = name.ends_with("人民政府门户网站");
        name = if government { name.trim_end_matches("门户网站") } else { shorter };
    }
    name
}

/// What stands behind 主办单位, 主办 and 版权所有, and before 版权所有.
fn sponsors(text: &str) -> Vec<String> {
    #[expect(clippy::unwrap_used, reason = "the pattern is a constant that every test compiles")]
    static AFTER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?:(?:主办单位|开办单位|主办方)[ \u{3000}]*[:：]?|主办[ \u{3000}]*[:：]|版权所有[ \u{3000}]*[:：©]?)[ \u{3000}©]*([\p{Han}（）()A-Za-z0-9·“”]{3,80})").unwrap()
    });
    let after = AFTER.captures_iter(text).filter_map(|found| found.get(1)).map(|name| cut(name.as_str()));
    let before = text.match_indices("版权所有").map(|(at, _)| name_before(text.get(..at).unwrap_or_default()));
    let named = |name: &&str| LENGTHS.contains(&name.chars().count()) && ENDINGS.iter().any(|ending| name.ends_with(ending));
    after.chain(before).filter(named).take(NAME_LIMIT).map(str::to_owned).collect()
}

/// The run of Chinese characters and brackets at the end of `text`.
fn name_before(text: &str) -> &str {
    let text = text.trim_end();
    let letters = text.char_indices().rev().take(*LENGTHS.end() + 1);
    let is_letter = |letter: &char| ('\u{3400}'..='\u{9FFF}').contains(letter) || "（）()·“”".contains(*letter);
    let start = letters.take_while(|(_, letter)| is_letter(letter)).last().map_or(text.len(), |(at, _)| at);
    text.get(start..).unwrap_or_default()
}

/// The name before the next label of the footer, where no blank keeps them apart.
fn cut(words: &str) -> &str {
    const LABELS: [&str; 21] = [
        "主办单位",
        "主办",
        "承办",
        "协办",
        "维护",
        "管理单位",
        "版权所有",
        "地址",
        "电话",
        "联系",
        "邮编",
        "邮箱",
        "传真",
        "技术支持",
        "备案",
        "网站标识",
        "政府网站标识",
        "ICP",
        "未经",
        "建议使用",
        "Copyright",
    ];
    let end = LABELS.iter().filter_map(|label| words.find(label)).filter(|at| *at > 0).min().unwrap_or(words.len());
    let name = words.get(..end).unwrap_or(words);
    // A province character before ICP or 公网安备 belongs to the filing number, which follows without a blank.
    match words.get(end..) {
        Some(rest) if rest.starts_with("ICP") => name.char_indices().next_back().map_or(name, |(last, _)| &name[..last]),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_in_titles() {
        let read = |title: &str| names(title, &[], "");
        assert_eq!(read("示例市人民政府门户网站"), ["示例市人民政府"]);
        assert_eq!(read("首页 - 示例省生态环境厅"), ["示例省生态环境厅"]);
        assert_eq!(read("欢迎访问示例市第一中学官方网站"), ["示例市第一中学"]);
        assert_eq!(read("登录"), Vec::<String>::new());
    }

    #[test]
    fn names_in_footers() {
        let read = |text: &str| names("", &[], text);
        assert_eq!(read("主办单位：示例市发展和改革委员会 承办：信息中心"), ["示例市发展和改革委员会"]);
        assert_eq!(read("主办：示例县人民政府办公室地址：人民路1号"), ["示例县人民政府办公室"]);
        assert_eq!(read("版权所有 © 示例市气象局 京ICP备04000001号"), ["示例市气象局"]);
        assert_eq!(read("版权所有：示例市气象局京ICP备04000001号"), ["示例市气象局"]);
        assert_eq!(read("示例市财政局 版权所有"), ["示例市财政局"]);
        assert_eq!(read("版权所有，侵权必究"), Vec::<String>::new());
    }

    #[test]
    fn a_name_is_told_once() {
        let metas = ["示例市财政局".to_owned(), "示例市财政局网站".to_owned()];
        assert_eq!(names("示例市财政局", &metas, "主办单位：示例市财政局"), ["示例市财政局"]);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(title in "\\PC{0,40}", parts in proptest::collection::vec("(主办单位|主办|版权所有|：| |©|局|示例市|ICP|地址|é)", 0..30)) {
            prop_assert!(names(&title, std::slice::from_ref(&title), &parts.concat()).len() <= NAME_LIMIT);
        }
    }
}
