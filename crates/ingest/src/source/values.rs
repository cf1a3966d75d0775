//! The values of columns: from the words of registers and ledgers to one form for each value.
//!
//! Each function returns the value or, in both languages, why the text is none. No value is guessed.

use jiff::civil::{Date, date};
use jiff::{Span, ToSpan};
use model::facts::page::{IcpProblem, PoliceProblem};
use model::institution::{AdminLevel, ApplicationKind, DivisionCode, InstitutionType, OwnerStatus, SiteRole};
use model::ledger::claim::LifeState;
use model::name::HostName;
use model::permission::AccessLevel;
use model::plain_name::half_width;
use model::text;
use model::text::Text;
use model::uscc::{Uscc, UsccError};
use readers::filings;
use readers::names::{self, Address, AddressError};
use serde::Serialize;

/// A unified social credit code.
pub fn uscc(text: &str) -> Result<Uscc, Text> {
    text.parse().map_err(|error: UsccError| {
        let zh = match error {
            UsccError::Length => "统一社会信用代码应为 18 位",
            UsccError::Alphabet => "统一社会信用代码只含数字和大写字母（不含 I、O、S、V、Z）",
            UsccError::CheckDigit => "统一社会信用代码校验位错误",
        };
        Text::new(zh, error.to_string())
    })
}

/// A type of institution.
pub fn institution_type(text: &str) -> Result<InstitutionType, Text> {
    use InstitutionType as T;
    Ok(match text.to_ascii_lowercase().as_str() {
        "party_government" | "党政机关" | "机关" | "行政机关" | "政府机关" | "国家机关" => T::PartyGovernment,
        "public_institution" | "事业单位" => T::PublicInstitution,
        "mass_organisation" | "mass_organization" | "群团机关" => T::MassOrganisation,
        "other" | "其他" | "其他单位" | "企业" | "社会团体" => T::Other,
        _ => {
            return Err(unknown(
                "党政机关、事业单位、群团机关、其他",
                "party_government, public_institution, mass_organisation, other",
            ));
        }
    })
}

/// An administrative level.
pub fn level(text: &str) -> Result<AdminLevel, Text> {
    use AdminLevel as L;
    Ok(match text.to_ascii_lowercase().as_str() {
        "central" | "national" | "中央" | "中央级" | "国家级" => L::Central,
        "province" | "provincial" | "省级" => L::Province,
        "prefecture" | "市级" | "地市级" | "地级" => L::Prefecture,
        "county" | "县级" | "区县级" | "县区级" => L::County,
        "township" | "乡镇级" | "乡级" => L::Township,
        _ => return Err(unknown("中央、省级、地市级、县级、乡镇级", "central, province, prefecture, county, township")),
    })
}

/// A division code of 6, 9 or 12 digits; of the twelve digits of the statistical office's codes, which go on to the village, the first nine.
pub fn division(text: &str) -> Result<DivisionCode, Text> {
    let twelve = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    let code = if twelve { text.get(..9).unwrap_or(text) } else { text };
    let code: DivisionCode = code.parse().map_err(|error: model::institution::NotADivision| {
        Text::new("行政区划代码应为 6 位或 9 位数字，首位为 1 至 8", error.to_string())
    })?;
    if is_possible(code.as_str()) {
        return Ok(code);
    }
    Err(Text::new(
        "没有此行政区划：省级代码不存在，或有县无市",
        "there is no such division: no such province, or a county without a prefecture",
    ))
}

/// Whether the first two digits are a province (GB/T 2260; 66 is the statistical office's for the corps in Xinjiang) or the nation, and no
/// county stands where there is no prefecture.
fn is_possible(code: &str) -> bool {
    let (province, prefecture) = (code.get(..2).unwrap_or_default(), code.get(2..4).unwrap_or_default());
    let known = matches!(
        province.as_bytes(),
        [b'1' | b'4' | b'6', b'1'..=b'6']
            | [b'2', b'1'..=b'3']
            | [b'3', b'1'..=b'7']
            | [b'5', b'0'..=b'4']
            | [b'7', b'1']
            | [b'8', b'1' | b'2']
    );
    let nation = code.starts_with("100000");
    (nation || known && province != "16") && (prefecture != "00" || code.get(4..6) == Some("00"))
}

/// A kind of application, and the role of a site where the word tells it.
pub fn application_kind(text: &str) -> Result<(ApplicationKind, Option<SiteRole>), Text> {
    use ApplicationKind as K;
    Ok(match text.to_ascii_lowercase().as_str() {
        "web_site" | "website" | "网站" => (K::WebSite, None),
        "门户网站" => (K::WebSite, Some(SiteRole::Portal)),
        "mobile_app" | "app" | "移动应用" | "移动应用程序" => (K::MobileApp, None),
        "mini_program" | "小程序" => (K::MiniProgram, None),
        "public_account" | "公众号" | "公众账号" => (K::PublicAccount, None),
        "mail_system" | "电子邮件系统" | "互联网电子邮件系统" | "邮件系统" => (K::MailSystem, None),
        _ => {
            return Err(unknown(
                "网站、移动应用、小程序、公众账号、电子邮件系统",
                "web_site, mobile_app, mini_program, public_account, mail_system",
            ));
        }
    })
}

/// The role of a site.
pub fn site_role(text: &str) -> Result<SiteRole, Text> {
    Ok(match text.to_ascii_lowercase().as_str() {
        "portal" | "门户" | "门户网站" => SiteRole::Portal,
        "part" | "栏目" | "频道" | "专题" | "业务系统" => SiteRole::Part,
        _ => return Err(unknown("门户网站、栏目、频道、专题、业务系统", "portal, part")),
    })
}

/// Whether an application is in use.
pub fn owner_status(text: &str) -> Result<OwnerStatus, Text> {
    Ok(match text.to_ascii_lowercase().as_str() {
        "active" | "在用" => OwnerStatus::Active,
        "retired" | "停用" | "关停" | "已停用" | "已关停" => OwnerStatus::Retired,
        "candidate" | "待确认" => OwnerStatus::Candidate,
        "third_party" | "第三方" => OwnerStatus::ThirdParty,
        _ => return Err(unknown("在用、停用、关停、待确认、第三方", "active, retired, candidate, third_party")),
    })
}

/// A granted level.
pub fn granted_level(text: &str) -> Result<AccessLevel, Text> {
    Ok(match text.to_ascii_uppercase().as_str() {
        "L0" | "0" => AccessLevel::L0,
        "L1" | "1" => AccessLevel::L1,
        "L2" | "2" => AccessLevel::L2,
        "L3" | "3" => AccessLevel::L3,
        "L4" | "4" => AccessLevel::L4,
        _ => return Err(unknown("L0、L1、L2、L3、L4", "L0, L1, L2, L3, L4")),
    })
}

/// Yes or no.
pub fn truth(text: &str) -> Result<bool, Text> {
    Ok(match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" | "是" => true,
        "false" | "no" | "0" | "否" => false,
        _ => return Err(unknown("是、否", "true, false")),
    })
}

/// A day, or `None` for a grant without an end.
pub fn end_day(text: &str) -> Result<Option<Date>, Text> {
    if matches!(text, "长期" | "长期有效") { Ok(None) } else { day(text).map(Some) }
}

/// The address of a web site or mail system. Of a mail address, the part after the at sign.
pub fn address(text: &str) -> Result<Address, Text> {
    names::address(text).map_err(|error| {
        let zh = match error {
            AddressError::Empty => "地址为空",
            AddressError::TooLong => "地址过长",
            AddressError::Scheme(_) => "地址的协议不是 http 或 https",
            _ => "地址不是有效的域名或网址",
        };
        Text::new(zh, error.to_string())
    })
}

/// A day: `2026-03-01`, `2026/3/1`, `2026.3.1`, `2026年3月1日`, `20260301`, each also with a time of day behind it (RFC 3339 too: the day
/// as written, whatever the offset), or Excel's count of days.
pub fn day(text: &str) -> Result<Date, Text> {
    let none = || Text::new("不是有效日期，应如 2026-03-01", "this is no date; write it like 2026-03-01");
    let joined: String;
    let text = if text.contains('年') && text.contains(' ') {
        joined = text.replacen(" 年 ", "年", 1).replacen(" 月 ", "月", 1).replacen(" 日", "日", 1);
        &joined
    } else {
        text
    };
    let day = text.split([' ', 'T', 't']).next().unwrap_or(text);
    let mut parts = [""; 4];
    let mut count = 0;
    for part in day.split(['-', '/', '.', '年', '月', '日']).filter(|part| !part.is_empty()).take(parts.len()) {
        parts[count] = part;
        count += 1;
    }
    let found = match &parts[..count] {
        [day, month, year] if year.len() == 4 && day.len() <= 2 && month.len() <= 2 => return Err(ambiguous()),
        [year, month, day] => of_parts(year, month, day),
        [compact] if matches!(compact.len(), 8 | 14) && compact.is_ascii() => {
            of_parts(&compact[..4], &compact[4..6], &compact[6..8])
        }
        // Behind the point stands the time of day.
        [serial] | [serial, _] if serial.len() == 5 => serial.parse().ok().and_then(of_serial),
        _ => None,
    };
    found.ok_or_else(none)
}

fn of_parts(year: &str, month: &str, day: &str) -> Option<Date> {
    let number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<i16>().ok()).flatten();
    let (month, day) = (i8::try_from(number(month)?).ok()?, i8::try_from(number(day)?).ok()?);
    Date::new(number(year).filter(|_| year.len() == 4)?, month, day).ok()
}

fn ambiguous() -> Text {
    Text::new(
        "无法分辨日与月，请按年-月-日填写，如 2026-03-01",
        "which number is the day and which the month cannot be told; write year, month, day like 2026-03-01",
    )
}

/// Excel's count of days, in which 1900 has a 29 February; from March 1900 on, day 0 is therefore 1899-12-30.
fn of_serial(days: u16) -> Option<Date> {
    let since: Span = i64::from(days).days();
    date(1899, 12, 30).checked_add(since).ok()
}

/// A number of the ICP filing system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Icp {
    /// The number in normal form: `京ICP备04000001号`, of a site `京ICP备04000001号-2`, of an app, mini program or quick app `…-3A`, `…-4X`, `…-5K`.
    pub number: String,
    /// Its first part, which tells the filer: `京ICP备04000001号`.
    pub subject: String,
}

/// An ICP filing number, in any of the forms in which it is written.
pub fn icp(text: &str) -> Result<Icp, Text> {
    let mut found = filings::icp(text, &[]);
    let read = found.pop().filter(|_| found.is_empty());
    match read.map(|read| (read.number, read.subject, read.problem)) {
        Some((Some(number), Some(subject), None)) => Ok(Icp { number, subject }),
        Some((.., Some(IcpProblem::NotAProvince))) => Err(Text::new(
            "备案号应以省级简称开头，如 京ICP备04000001号-1",
            "an ICP number begins with a province, like 京ICP备04000001号-1",
        )),
        Some((.., Some(IcpProblem::Digits))) => Err(Text::new(
            "备案号应为 8 位或 10 位数字，如 京ICP备04000001号-1",
            "an ICP number has 8 or 10 digits, like 京ICP备04000001号-1",
        )),
        _ => Err(Text::new(
            "不是 ICP 备案号，应如 京ICP备04000001号-1",
            "this is no ICP filing number; write it like 京ICP备04000001号-1",
        )),
    }
}

/// The 14 digits of a public-security filing number, with or without the words around them; with them, the province must fit.
pub fn police(text: &str) -> Result<String, Text> {
    let digits: String = text.chars().map(half_width).filter(|character| !character.is_whitespace()).collect();
    let digits = digits.trim_end_matches('号');
    if digits.len() == 14 && digits.bytes().all(|byte| byte.is_ascii_digit()) && matches!(digits.as_bytes()[0], b'1'..=b'8') {
        return Ok(digits.into());
    }
    let mut found = filings::police(text, &[]);
    match found.pop().filter(|_| found.is_empty()).map(|read| (read.digits, read.problem)) {
        Some((digits, None)) => Ok(digits),
        Some((_, Some(PoliceProblem::Province))) => {
            Err(Text::new("公安备案号的省份与数字不符", "the province does not fit the digits of the number"))
        }
        _ => Err(Text::new("公安备案号应为 14 位数字", "a public-security filing number has 14 digits")),
    }
}

/// The id of an official mark: 32 hexadecimal digits (in capitals), `CA` and 21 digits, or the number of a certificate in letters, digits
/// and hyphens.
pub fn mark(text: &str) -> Result<String, Text> {
    let id: String =
        text.chars().map(half_width).filter(|character| !character.is_whitespace()).collect::<String>().to_ascii_uppercase();
    let lawful = id
        .chars()
        .all(|character| character.is_ascii_alphanumeric() || matches!(character, '-' | '(' | ')' | '号' | '第' | '字'));
    if lawful && (4..=64).contains(&id.len()) && id.bytes().any(|byte| byte.is_ascii_digit()) {
        return Ok(id);
    }
    Err(Text::new("标识编号应由字母和数字组成", "the id of a mark is made of letters and digits"))
}

/// A government-site code: ten digits, of which six are a division, or `bm` and eight.
pub fn site_code(text: &str) -> Result<String, Text> {
    let code: String = text.chars().map(half_width).collect::<String>().to_ascii_lowercase();
    let digits = |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    let right = match code.strip_prefix("bm") {
        Some(number) => digits(number, 8),
        None => digits(&code, 10) && matches!(code.as_bytes()[0], b'1'..=b'8'),
    };
    let reason =
        || Text::new("政府网站标识码应为 10 位数字，或 bm 加 8 位数字", "a government-site code is ten digits, or bm and eight");
    if right { Ok(code) } else { Err(reason()) }
}

/// A host name, of which an address or a wildcard (`*.`) may be written.
pub fn host(text: &str) -> Result<HostName, Text> {
    let plain = text.strip_prefix("*.").unwrap_or(text);
    names::host(plain).map_or_else(|| address(plain).map(|address| address.host), Ok)
}

/// The registrable domain (A-label form) of a name or address.
pub fn domain(text: &str) -> Result<String, Text> {
    host(text)?.registrable.ok_or_else(|| Text::new("不是可注册的域名", "this is no registrable domain"))
}

/// The address of a page or site, as written. Log-in data in an address is refused.
pub fn page(text: &str) -> Result<String, Text> {
    address(text)?;
    let authority = text.split_once("://").map_or(text, |(_, rest)| rest).split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(Text::new("地址中含有登录信息", "the address holds log-in data"));
    }
    Ok(text.into())
}

/// The package name or bundle identifier of an app: names with points between, such as `cn.gov.example.app`.
pub fn package(text: &str) -> Result<String, Text> {
    let lawful =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    let right = text.len() <= 255
        && text.contains('.')
        && text.split('.').all(lawful)
        && text.starts_with(|first: char| first.is_ascii_alphabetic());
    let reason =
        || Text::new("不是应用包名，应如 cn.gov.example.app", "this is no package name; write it like cn.gov.example.app");
    if right { Ok(text.into()) } else { Err(reason()) }
}

/// A SHA-256 digest in hexadecimal, with or without colons; in lower case.
pub fn sha256(text: &str) -> Result<String, Text> {
    let digits: String = text.chars().filter(|character| *character != ':').collect::<String>().to_ascii_lowercase();
    let right = digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if right {
        Ok(digits)
    } else {
        Err(Text::new("应为 64 位十六进制 SHA-256", "this is no SHA-256 digest of 64 hexadecimal digits"))
    }
}

/// The life of an institution.
pub fn institution_state(text: &str) -> Result<LifeState, Text> {
    Ok(match text.to_ascii_lowercase().as_str() {
        "active" | "存续" | "正常" | "在册" | "有效" | "运行" => LifeState::Active,
        "merged" | "合并" | "已合并" | "并入" => LifeState::Merged,
        "abolished" | "撤销" | "已撤销" | "注销" | "已注销" | "撤并" => LifeState::Abolished,
        _ => return Err(unknown("存续、合并、撤销", "active, merged, abolished")),
    })
}

/// Whether a filing, mark or assessment holds: `valid`, `suspended`, `revoked` or `expired`.
pub fn validity(text: &str) -> Result<&'static str, Text> {
    Ok(match text.to_ascii_lowercase().as_str() {
        "valid" | "有效" | "正常" | "存续" | "通过" | "已通过" => "valid",
        "suspended" | "暂停" | "中止" | "已暂停" => "suspended",
        "revoked" | "撤销" | "注销" | "吊销" | "已注销" | "已撤销" | "终止" => "revoked",
        "expired" | "过期" | "到期" | "已过期" | "失效" => "expired",
        _ => return Err(unknown("有效、暂停、撤销、过期", "valid, suspended, revoked, expired")),
    })
}

/// The longest value of a cell that is kept as it stands, in bytes. Longer ones are damage: an open quote swallows the rows that follow it.
const LONGEST: usize = 2_000;

/// What a workbook shows where a formula has no result (ECMA-376, 18.17.2).
const FORMULA_ERRORS: [&str; 8] = ["#N/A", "#VALUE!", "#REF!", "#DIV/0!", "#NUM!", "#NAME?", "#NULL!", "#GETTING_DATA"];

/// Words that are kept as they stand: names, numbers of documents.
pub fn words(text: &str) -> Result<&str, Text> {
    if text.len() > LONGEST {
        return Err(Text::new("内容过长，可能缺少引号", "the value is too long; a quote may be missing"));
    }
    if let Some(error) = FORMULA_ERRORS.iter().find(|error| text == **error) {
        return Err(text!(
            zh: "是表格公式的错误值 {error}，请在表格中更正后重新导出",
            en: "{error} is the error of a formula: correct it in the workbook and export it again",
        ));
    }
    if text.starts_with('=') {
        return Err(Text::new(
            "是公式而不是文字，请在表格中“选择性粘贴为数值”后重新导出",
            "this is a formula, not a text: paste it as a value in the workbook and export it again",
        ));
    }
    if text.contains(char::REPLACEMENT_CHARACTER) {
        return Err(Text::new("含有无法解码的字符", "some bytes are no characters of the file's encoding"));
    }
    Ok(text)
}

/// A name, which is not one of the marks for nothing.
pub fn name(text: &str) -> Result<&str, Text> {
    if is_nothing(text) { Err(Text::new("此栏必填", "this column must be filled")) } else { words(text) }
}

/// What people write where there is nothing.
pub fn is_nothing(text: &str) -> bool {
    matches!(text, "无" | "暂无" | "-" | "--" | "—" | "——" | "/" | "\\" | "N/A" | "n/a" | "NULL" | "null")
}

/// Several names in one cell, with semicolons, commas, Chinese list marks or upright lines between; each once.
pub fn list(text: &str) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for name in text.split([';', '；', '、', '，', ',', '|']).map(str::trim).filter(|name| !name.is_empty()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The machine name of a value of the model, as in JSON.
pub fn word<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(Into::into)).unwrap_or_default()
}

fn unknown(zh: &str, en: &str) -> Text {
    Text::new(format!("无法识别，可填：{zh}"), format!("not a known value; known are: {en}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_in_all_forms_are_one_day() {
        for text in [
            "2026-03-01",
            "2026/3/1",
            "2026.03.01",
            "2026年3月1日",
            "20260301",
            "46082",
            "2026-03-01 00:00:00",
            "2026-03-01T08:00",
            "2026-03-01T23:59:59.5+08:00",
            "20260301120000",
            "2026/03/01 8:00",
            "2026 年 3 月 1 日",
            "46082.75",
        ] {
            assert_eq!(day(text), Ok(date(2026, 3, 1)), "{text}");
        }
        for text in [
            "",
            "-",
            "2026-02-30",
            "26-3-1",
            "2026-03",
            "03/01/2026",
            "明年",
            "二〇二六年三月一日",
            "03/04/2024",
            "1-2-3-4",
            "2026030",
            "+2026-3-1",
            "460820",
            "年月日月",
        ] {
            assert!(day(text).is_err(), "{text}");
        }
        assert_eq!(end_day("长期"), Ok(None));
        assert!(day("03/04/2024").is_err_and(|reason| reason.en.contains("year, month, day")));
    }

    #[test]
    fn numbers_of_registers_have_one_form() {
        let icp = |text: &str| icp(text).map(|icp| (icp.number, icp.subject));
        let good = |number: &str, subject: &str| Ok((number.to_owned(), subject.to_owned()));
        assert_eq!(icp("京icp备04000001号－2"), good("京ICP备04000001号-2", "京ICP备04000001号"));
        assert_eq!(icp("蜀ICP备2021012345号-3x"), good("蜀ICP备2021012345号-3X", "蜀ICP备2021012345号"));
        for text in ["", "04000001", "京ICP证030173号", "萌ICP备20230001号", "京ICP备1号", "京ICP备04000001号 沪ICP备04000002号"]
        {
            assert!(icp(text).is_err(), "{text}");
        }
        assert_eq!(police("浙公网安备 33060202000394号"), Ok("33060202000394".into()));
        assert_eq!(police("３３０６０２０２０００３９４"), Ok("33060202000394".into()));
        for text in ["", "京公网安备33060202000394号", "3306020200039", "93060202000394"] {
            assert!(police(text).is_err(), "{text}");
        }
        assert_eq!(mark("07bbe32157290f90e053022819ac8a23"), Ok("07BBE32157290F90E053022819AC8A23".into()));
        assert_eq!(mark("CA051070000414687680001"), Ok("CA051070000414687680001".into()));
        assert!(mark("无").is_err() && mark("<b>1</b>").is_err());
        assert_eq!(site_code("BM36000002"), Ok("bm36000002".into()));
        assert_eq!(site_code("4100000001"), Ok("4100000001".into()));
        for text in ["310000000044", "0100000001", "bm3600000", "9100000001", "四100000001"] {
            assert!(site_code(text).is_err(), "{text}");
        }
    }

    #[test]
    fn names_of_assets_have_one_form() {
        assert_eq!(domain("https://WWW.Example.gov.cn/a"), Ok("example.gov.cn".into()));
        assert_eq!(domain("*.例子.政务"), Ok("xn--fsqu00a.xn--zfr164b".into()));
        assert!(domain("gov.cn").is_err() && domain("192.0.2.1").is_err() && domain("a b").is_err());
        assert_eq!(page("https://app.example.cn/d?id=1"), Ok("https://app.example.cn/d?id=1".into()));
        assert!(page("https://user:pw@example.cn/").is_err() && page("ftp://example.cn").is_err());
        assert_eq!(package("cn.gov.example.app"), Ok("cn.gov.example.app".into()));
        for text in ["", "app", "cn..app", "cn.gov.应用", "1cn.app", "cn gov.app"] {
            assert!(package(text).is_err(), "{text}");
        }
        assert_eq!(sha256(&"AB:".repeat(32)), Ok("ab".repeat(32)));
        assert!(sha256("abc").is_err());
        assert_eq!(list("甲局、乙局；甲局 , |"), ["甲局", "乙局"]);
        assert_eq!(word(&InstitutionType::PublicInstitution), "public_institution");
    }

    #[test]
    fn words_of_ledgers_are_known() {
        assert_eq!(institution_type("群团机关"), Ok(InstitutionType::MassOrganisation));
        assert_eq!(institution_type("行政机关"), Ok(InstitutionType::PartyGovernment));
        assert_eq!(institution_type("企业"), Ok(InstitutionType::Other));
        assert_eq!(level("国家级"), Ok(AdminLevel::Central));
        assert_eq!(level("区县级"), Ok(AdminLevel::County));
        assert_eq!(application_kind("APP"), Ok((ApplicationKind::MobileApp, None)));
        assert_eq!(application_kind("门户网站"), Ok((ApplicationKind::WebSite, Some(SiteRole::Portal))));
        assert_eq!(owner_status("关停"), Ok(OwnerStatus::Retired));
        assert_eq!(granted_level("l3"), Ok(AccessLevel::L3));
        assert_eq!(truth("否"), Ok(false));
        for code in ["100000", "429004", "659001", "110000", "150902", "820000", "460400105000"] {
            assert!(division(code).is_ok(), "{code}");
        }
        for code in ["160000", "100001", "900000", "470000", "830000", "510003", "51", "5109031020"] {
            assert!(division(code).is_err(), "{code}");
        }
        assert_eq!(institution_state("撤销"), Ok(LifeState::Abolished));
        assert_eq!((validity("注销"), validity("暂停")), (Ok("revoked"), Ok("suspended")));
        assert_eq!(division("510903102000").map(|code| code.to_string()), Ok("510903102".into()));
        for reason in [institution_type("公司").err(), level("").err(), truth("也许").err(), granted_level("L5").err()] {
            let reason = reason.expect("not a value");
            assert!(!reason.zh.is_empty() && !reason.en.is_empty());
        }
    }
}
