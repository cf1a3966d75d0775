//! Filing numbers at the foot of a page: ICP (备案号), public security (公安联网备案号), government-site codes (政府网站标识码).
//!
//! What is printed is kept as printed; what is wrong with its form is told beside it. Whether a number exists is for registers to say.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use model::facts::page::{IcpNumber, IcpProblem, Link, PoliceNumber, PoliceProblem, SiteCode};
use regex::Regex;
use serde::Deserialize;

use crate::words::{digits, half_width};

/// The most numbers of a kind that are kept.
const NUMBER_LIMIT: usize = 50;
/// The hosts of the public-security filing system, old and new.
const POLICE_HOSTS: [&str; 4] = ["beian.gov.cn", "www.beian.gov.cn", "beian.mps.gov.cn", "www.beian.mps.gov.cn"];

#[derive(Deserialize)]
struct Provinces {
    digits: BTreeMap<char, String>,
}

#[expect(clippy::expect_used, reason = "the file is compiled in and every test reads it")]
static PROVINCES: LazyLock<BTreeMap<char, String>> = LazyLock::new(|| {
    toml::from_str::<Provinces>(include_str!("../data/provinces.toml")).expect("data/provinces.toml is a table of digits").digits
});

fn pattern(text: &str) -> Regex {
    #[expect(clippy::expect_used, reason = "the patterns are constants that every test compiles")]
    Regex::new(text).expect("a constant pattern")
}

/// The ICP filing numbers in a page's visible text, each with the address that its words link to.
///
/// Loose forms count (`沪ICP备：12004267`); the licence for business services (ICP证) is another thing and does not.
pub fn icp(text: &str, links: &[Link]) -> Vec<IcpNumber> {
    static PRINTED: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)[IＩ][CＣ][PＰ][)）]?[ \u{3000}]*备(?:案号?)?[ \u{3000}]*[:：]?[ \u{3000}]*([0-9０-９]{4,14})[ \u{3000}]*(?:号[ \u{3000}]*)?(?:[-－–—‐][ \u{3000}]*([0-9０-９]{1,4})([AXKaxkＡＸＫ])?)?",
        )
    });
    let mut numbers: Vec<IcpNumber> = Vec::new();
    for found in PRINTED.captures_iter(text).take(NUMBER_LIMIT) {
        let group = |index| found.get(index).map_or("", |part: regex::Match<'_>| part.as_str());
        let (printed, first) = with_character_before(text, found.get(0));
        let province = first.filter(|character| PROVINCES.contains_key(character));
        let body = digits(group(1));
        let problem = match (province, body.len()) {
            (None, _) => Some(IcpProblem::NotAProvince),
            (Some(_), 8 | 10) => None,
            (Some(_), _) => Some(IcpProblem::Digits),
        };
        let subject = province.filter(|_| problem.is_none()).map(|province| format!("{province}ICP备{body}号"));
        let site = digits(group(2));
        let kind = group(3).chars().map(half_width).collect::<String>().to_ascii_uppercase();
        let number =
            subject.as_ref().map(|subject| if site.is_empty() { subject.clone() } else { format!("{subject}-{site}{kind}") });
        let link = linking(links, &body).map(|link| link.url.clone());
        if !numbers.iter().any(|earlier| earlier.text == printed) {
            numbers.push(IcpNumber { text: printed, number, subject, link, problem });
        }
    }
    numbers
}

/// The public-security filing numbers in a page's visible text, compared with the codes in the links to the filing system.
pub fn police(text: &str, links: &[Link]) -> Vec<PoliceNumber> {
    static PRINTED: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"公[ \u{3000}]*网[ \u{3000}]*安[ \u{3000}]*备(?:案号?)?[ \u{3000}]*[:：]?[ \u{3000}]*([0-9０-９]{6,20})[ \u{3000}]*号?",
        )
    });
    let official: Vec<(&Link, String)> =
        links.iter().filter_map(|link| Some((link, police_code(link)?))).take(NUMBER_LIMIT).collect();
    let mut numbers: Vec<PoliceNumber> = Vec::new();
    for found in PRINTED.captures_iter(text).take(NUMBER_LIMIT) {
        let (printed, province) = with_character_before(text, found.get(0));
        let body = found.get(1).map(|part| digits(part.as_str())).unwrap_or_default();
        let around = official.iter().find(|(link, _)| digits(&link.text).contains(&body));
        let only = || official.first().filter(|_| official.len() == 1);
        let linked = around.or_else(only).map(|(_, code)| code.clone());
        let expected = province.and_then(|character| PROVINCES.get(&character));
        let problem = if body.len() != 14 {
            Some(PoliceProblem::Digits)
        } else if expected.is_none_or(|digits| !body.starts_with(digits.as_str())) {
            Some(PoliceProblem::Province)
        } else if linked.as_ref().is_some_and(|code| *code != body) {
            Some(PoliceProblem::LinkDiffers)
        } else {
            None
        };
        if !numbers.iter().any(|earlier| earlier.text == printed) {
            numbers.push(PoliceNumber { text: printed, digits: body, linked, problem });
        }
    }
    numbers
}

/// The government-site codes: printed in the text, and carried by the "找错" link or script.
///
/// `traces` are pieces of markup that can carry one: addresses, click handlers, the script's `sitecode` written as `sitecode="…"`.
pub fn site_codes(text: &str, links: &[Link], traces: &[String]) -> Vec<SiteCode> {
    static PRINTED: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"网站标识码?[ \u{3000}]*[:：]?[ \u{3000}]*((?:[Bb][Mm])?[0-9０-９]{6,14})"));
    static CARRIED: LazyLock<Regex> =
        LazyLock::new(|| pattern(r#"(?i)(?:site_?code=["']?|\bLink\(\s*['"]|siteidcode=)((?:bm)?[0-9]{6,14})"#));
    let mut codes: Vec<SiteCode> = Vec::new();
    let mut keep = |code: &str, from_link: bool| {
        let code: String = code.chars().map(half_width).collect();
        let known = codes.iter().any(|earlier| earlier.code == code && earlier.from_link == from_link);
        if !known && codes.len() < NUMBER_LIMIT {
            codes.push(SiteCode { well_formed: is_site_code(&code), code, from_link });
        }
    };
    for found in PRINTED.captures_iter(text).filter_map(|found| found.get(1)).take(NUMBER_LIMIT) {
        keep(found.as_str(), false);
    }
    let addresses = links.iter().map(|link| link.url.as_str());
    for found in
        addresses.chain(traces.iter().map(String::as_str)).filter_map(|place| CARRIED.captures(place)?.get(1)).take(NUMBER_LIMIT)
    {
        keep(found.as_str(), true);
    }
    codes
}

/// Ten digits of which the first is not zero, or `bm` and eight digits.
fn is_site_code(code: &str) -> bool {
    let number = code.strip_prefix("bm").unwrap_or(code);
    let length = if number.len() == code.len() { 10 } else { 8 };
    let placed = length == 8 || !number.starts_with('0');
    placed && number.len() == length && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// What was found together with the Chinese character in front of it, blanks and brackets between them allowed; and that character.
fn with_character_before(text: &str, found: Option<regex::Match<'_>>) -> (String, Option<char>) {
    let Some(found) = found else { return (String::new(), None) };
    let before = text.get(..found.start()).unwrap_or_default().trim_end_matches([' ', '\u{3000}', '(', '（', ')', '）']);
    let first = before.chars().next_back().filter(|character| ('\u{3400}'..='\u{9FFF}').contains(character));
    let start = before.len() - first.map_or(0, char::len_utf8);
    let from = if first.is_some() { start } else { found.start() };
    (text.get(from..found.end()).unwrap_or_default().trim().to_owned(), first)
}

/// The link whose words hold these digits.
fn linking<'a>(links: &'a [Link], body: &str) -> Option<&'a Link> {
    links.iter().find(|link| {
        digits(&link.text).contains(body) && link.text.to_ascii_uppercase().chars().map(half_width).any(|c| c == 'I' || c == '备')
    })
}

/// The code in a link to the filing system: `recordcode=` of the old one, `code=` behind the `#` of the new one.
fn police_code(link: &Link) -> Option<String> {
    static CODE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)[?&](?:record)?code=([0-9]{1,20})"));
    let host = link.host.as_ref()?;
    if !POLICE_HOSTS.contains(&host.ascii.as_str()) {
        return None;
    }
    Some(CODE.captures(&link.url)?.get(1)?.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn link(url: &str, text: &str) -> Link {
        let host = url.split('/').nth(2).and_then(crate::names::host);
        Link { url: url.into(), host, text: text.into() }
    }

    #[test]
    fn icp_numbers_in_all_their_forms() {
        let read = |text: &str| {
            icp(text, &[]).pop().map(|read| (read.number.unwrap_or_default(), read.subject.unwrap_or_default(), read.problem))
        };
        let good = |number: &str, subject: &str| Some((number.to_owned(), subject.to_owned(), None));
        assert_eq!(read("备案序号：京ICP备04000001号-2 电话"), good("京ICP备04000001号-2", "京ICP备04000001号"));
        assert_eq!(read("沪ICP备：12004267"), good("沪ICP备12004267号", "沪ICP备12004267号"));
        assert_eq!(read("蜀icp备 2021012345 号 － 3x"), good("蜀ICP备2021012345号-3X", "蜀ICP备2021012345号"));
        assert_eq!(read("粤ＩＣＰ备２０００１９２７号—１"), good("粤ICP备20001927号-1", "粤ICP备20001927号"));
        assert_eq!(read("京ICP备案04000001号"), good("京ICP备04000001号", "京ICP备04000001号"));
        assert_eq!(read("京ICP备案号：04000001"), good("京ICP备04000001号", "京ICP备04000001号"));
        assert_eq!(read("备案号：（京）ICP备04000001号"), good("京ICP备04000001号", "京ICP备04000001号"));
        assert_eq!(read("京(ICP)备04000001号"), good("京ICP备04000001号", "京ICP备04000001号"));
    }

    #[test]
    fn wrong_icp_numbers_say_what_is_wrong() {
        let problem = |text: &str| icp(text, &[]).pop().map(|read| (read.problem, read.number));
        assert_eq!(problem("萌ICP备20230001号"), Some((Some(IcpProblem::NotAProvince), None)));
        assert_eq!(problem("ICP备04000001号"), Some((Some(IcpProblem::NotAProvince), None)));
        assert_eq!(problem("京ICP备0400001号"), Some((Some(IcpProblem::Digits), None)));
        assert_eq!(problem("京ICP证030173号"), None);
        assert_eq!(problem("ICP备案管理系统"), None);
    }

    #[test]
    fn icp_links_are_kept_whatever_they_are() {
        let links = [link("http://www.miibeian.gov.cn/", "京ICP备04000001号"), link("http://x.cn/04000001", "其他")];
        let read = icp("京ICP备04000001号 京ICP备04000001号 京ICP备04000002号", &links);
        assert_eq!(read.len(), 2, "a number printed twice is one");
        assert_eq!(read[0].link.as_deref(), Some("http://www.miibeian.gov.cn/"));
        assert_eq!(read[1].link, None);
    }

    #[test]
    fn police_numbers() {
        let read = |text: &str, links: &[Link]| police(text, links).pop().map(|read| (read.digits, read.linked, read.problem));
        let number = "33060202000394";
        assert_eq!(read("浙公网安备 33060202000394号", &[]), Some((number.into(), None, None)));
        assert_eq!(read("浙公网安备3306020200039号", &[]).and_then(|read| read.2), Some(PoliceProblem::Digits));
        assert_eq!(read("京公网安备33060202000394号", &[]).and_then(|read| read.2), Some(PoliceProblem::Province));
        let old =
            link("http://www.beian.gov.cn/portal/registerSystemInfo?recordcode=33060202000394", "浙公网安备 33060202000394号");
        assert_eq!(read("浙公网安备 33060202000394号", &[old]), Some((number.into(), Some(number.into()), None)));
        let new = link("https://beian.mps.gov.cn/#/query/webSearch?code=33060202000395", "");
        assert_eq!(
            read("浙公网安备 33060202000394号", &[new]),
            Some((number.into(), Some("33060202000395".into()), Some(PoliceProblem::LinkDiffers)))
        );
        let foreign = link("http://beian.gov.cn.evil.com/?recordcode=33060202000395", "");
        assert_eq!(read("浙公网安备 33060202000394号", &[foreign]), Some((number.into(), None, None)));
    }

    #[test]
    fn site_codes_printed_and_carried() {
        let links = [link("https://zfwzgl.www.gov.cn/exposure/jiucuo.html?site_code=bm36000002&url=x", "")];
        let traces = [r#"sitecode="3208310001""#.to_owned(), "Link('4100000001')".to_owned()];
        let read: Vec<_> = site_codes("政府网站标识码：bm36000005 网站标识码 310000000044", &links, &traces)
            .into_iter()
            .map(|code| (code.code, code.well_formed, code.from_link))
            .collect();
        let expected = [
            ("bm36000005", true, false),
            ("310000000044", false, false),
            ("bm36000002", true, true),
            ("3208310001", true, true),
            ("4100000001", true, true),
        ];
        assert_eq!(read, expected.map(|(code, good, link)| (code.to_owned(), good, link)));
    }

    #[test]
    fn every_province_has_two_digits() {
        assert_eq!(PROVINCES.len(), 36);
        assert!(PROVINCES.values().all(|digits| digits.len() == 2));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(parts in proptest::collection::vec("(京|萌|ICP|ＩＣＰ|备|号|-|[0-9]{1,15}|公网安备|网站标识码|：| |é|bm)", 0..40)) {
            let text = parts.concat();
            let links = [link("http://www.beian.gov.cn/?recordcode=1", &text)];
            prop_assert!(icp(&text, &links).len() <= NUMBER_LIMIT);
            prop_assert!(police(&text, &links).len() <= NUMBER_LIMIT);
            prop_assert!(site_codes(&text, &links, std::slice::from_ref(&text)).len() <= NUMBER_LIMIT);
        }
    }
}
