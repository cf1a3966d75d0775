//! Words by which a site says that a click leads away to somebody else's (Art. 15; Q&A 9 gives “网页正在跳转至非党政机关网站”).

/// True when the words tell the visitor that the site is being left. Cookie notices, "loading" and warnings of unsaved input are no
/// such words.
pub fn is_exit_prompt(words: &str) -> bool {
    let words: String = words.chars().filter(|letter| !letter.is_whitespace()).flat_map(char::to_lowercase).collect();
    let says = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
    let unsaved = says(&["未保存", "尚未保存", "unsaved"]);
    let leaves = says(&["离开", "leaving", "leavethis", "leaveour"]) && says(&OWN_SITE);
    let soon = says(&LEAVING) || (says(&["继续访问"]) && says(&["放弃"]));
    let jumps = says(&["跳转", "转到", "转至", "前往", "访问", "打开", "继续", "redirect", "proceedto", "continueto"])
        && says(&ELSEWHERE);
    !unsaved && (leaves || soon || jumps)
}

/// Words of leaving that need no site beside them.
const LEAVING: [&str; 10] = [
    "即将离开",
    "正在离开",
    "将要离开",
    "您将离开",
    "确定离开",
    "确定要离开",
    "确认离开",
    "是否离开",
    "youareleaving",
    "youareabouttoleave",
];

/// The site that is left.
const OWN_SITE: [&str; 8] = ["网站", "本站", "门户", "平台", "当前页", "网页", "site", "portal"];

/// Where the click leads.
const ELSEWHERE: [&str; 21] = [
    "非党政机关",
    "非政府",
    "非政务",
    "非本站",
    "非本网站",
    "外部链接",
    "外部网站",
    "第三方网站",
    "第三方链接",
    "第三方页面",
    "非本单位",
    "不属于政府网站",
    "不属于党政机关",
    "外部网页",
    "外部网址",
    "站外链接",
    "其他网站",
    "其它网站",
    "外链",
    "externalsite",
    "externallink",
];

#[cfg(test)]
mod tests {
    use super::is_exit_prompt;

    #[test]
    fn prompts_in_use_are_known() {
        for words in [
            "您访问的链接即将离开“清河县人民政府”门户网站，是否继续？",
            "网页正在跳转至非党政机关网站",
            "您正在离开 本网站",
            "确定离开本站吗？",
            "确定要离开吗？",
            "该链接为非本站链接，是否继续",
            "继续访问 放弃",
            "即将跳转到第三方页面，请确认",
            "您要访问的外部网址不由本单位提供",
            "您即将访问第三方网站，请注意保护个人信息",
            "You are leaving the portal of Qinghe County. Continue?",
        ] {
            assert!(is_exit_prompt(words), "{words}");
        }
    }

    #[test]
    fn other_words_are_none() {
        for words in [
            "",
            "加载中…",
            "本网站使用 Cookie 以改善您的体验",
            "您填写的内容尚未保存，确定离开本页面吗？",
            "请登录后继续访问",
            "友情链接",
            "县长离开会场后前往农村调研",
        ] {
            assert!(!is_exit_prompt(words), "{words}");
        }
    }
}
