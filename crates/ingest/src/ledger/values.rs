//! The values of columns, in the words of ledgers.
//!
//! Each function returns the value or, in both languages, why the text is none.

use jiff::civil::{Date, date};
use jiff::{Span, ToSpan};
use model::institution::{AdminLevel, ApplicationKind, DivisionCode, InstitutionType, OwnerStatus, SiteRole};
use model::permission::AccessLevel;
use model::text::Text;
use model::uscc::{Uscc, UsccError};
use readers::names::{self, Address, AddressError};

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

/// A division code; of the twelve digits of the statistical office's codes, which go on to the village, the first nine.
pub fn division(text: &str) -> Result<DivisionCode, Text> {
    let twelve = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    let code = if twelve { text.get(..9).unwrap_or(text) } else { text };
    code.parse().map_err(|error: model::institution::NotADivision| {
        Text::new("行政区划代码应为 6 位或 9 位数字，首位为 1 至 8", error.to_string())
    })
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

/// `2026-03-01`, `2026/3/1`, `2026.3.1`, `2026年3月1日`, `20260301`, each also with a time of day behind it, or Excel's count of days.
fn day(text: &str) -> Result<Date, Text> {
    let none = || Text::new("不是有效日期，应如 2026-03-01", "this is no date; write it like 2026-03-01");
    let day = text.split([' ', 'T']).next().unwrap_or(text);
    let parts: Vec<&str> = day.split(['-', '/', '.', '年', '月', '日']).filter(|part| !part.is_empty()).collect();
    let number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<i16>().ok()).flatten();
    let of = |year: &str, month: &str, day: &str| {
        let (month, day) = (i8::try_from(number(month)?).ok()?, i8::try_from(number(day)?).ok()?);
        Date::new(number(year).filter(|_| year.len() == 4)?, month, day).ok()
    };
    let found = match parts.as_slice() {
        [year, month, day] => of(year, month, day),
        [compact] if compact.len() == 8 && compact.is_ascii() => of(&compact[..4], &compact[4..6], &compact[6..]),
        [serial] if serial.len() == 5 => serial.parse().ok().and_then(of_serial),
        _ => None,
    };
    found.ok_or_else(none)
}

/// Excel's count of days, in which 1900 has a 29 February; from March 1900 on, day 0 is therefore 1899-12-30.
fn of_serial(days: u16) -> Option<Date> {
    let since: Span = i64::from(days).days();
    date(1899, 12, 30).checked_add(since).ok()
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
            "2026030",
            "+2026-3-1",
            "460820",
            "年月日月",
        ] {
            assert!(day(text).is_err(), "{text}");
        }
        assert_eq!(end_day("长期"), Ok(None));
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
        assert_eq!(division("510903102000").map(|code| code.to_string()), Ok("510903102".into()));
        for reason in [institution_type("公司").err(), level("").err(), truth("也许").err(), granted_level("L5").err()] {
            let reason = reason.expect("not a value");
            assert!(!reason.zh.is_empty() && !reason.en.is_empty());
        }
    }
}
