//! The columns of a ledger and the headers by which they go.

/// A column that the product knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    /// Full name of the institution.
    InstitutionName,
    /// Its standard short names.
    ShortNames,
    /// Its unified social credit code.
    Uscc,
    /// Its type.
    InstitutionType,
    /// Its administrative level.
    Level,
    /// Its administrative division.
    DivisionCode,
    /// The superior institution's unified social credit code.
    ParentUscc,
    /// Whether a public institution has administrative duties.
    AdministrativeDuties,
    /// Kind of the application.
    ApplicationKind,
    /// Its name.
    ApplicationName,
    /// Its address.
    Address,
    /// What a site is to its institution.
    SiteRole,
    /// Whether it is in use.
    OwnerStatus,
    /// What may be done to it.
    GrantedLevel,
    /// The document that says so.
    GrantDocument,
    /// The last day on which the grant holds.
    GrantUntil,
}

/// The headers for the one column that a ledger must have.
pub const ADDRESS_HEADERS: &str = "address, 地址, 网址, 域名 or 首页网址";

/// The column that a header names, whatever its case, blanks, required-marks (`*`) and explanations in brackets.
pub fn recognise(header: &str) -> Option<Column> {
    let plain: String = header
        .chars()
        .filter(|character| !matches!(character, '*' | '＊' | '\u{feff}') && !character.is_control())
        .map(|character| if matches!(character, ' ' | '-' | '\u{3000}') { '_' } else { character.to_ascii_lowercase() })
        .collect();
    let plain = plain.trim_matches('_');
    let named = |text: &str| named(text).or_else(|| named(&text.replace('_', "")));
    named(plain).or_else(|| plain.split(['(', '（']).next().and_then(|head| named(head.trim_matches('_'))))
}

fn named(header: &str) -> Option<Column> {
    use Column as C;
    Some(match header {
        "institution_name" | "单位名称" | "机构名称" | "主办单位" | "主办单位名称" | "开办单位" | "开办单位名称" | "开办主体" => {
            C::InstitutionName
        }
        "short_names" | "简称" | "规范简称" | "单位简称" => C::ShortNames,
        "uscc" | "统一社会信用代码" | "单位统一社会信用代码" => C::Uscc,
        "institution_type" | "机构类型" | "单位类型" | "单位性质" => C::InstitutionType,
        "level" | "层级" | "级别" | "行政层级" => C::Level,
        "division_code" | "行政区划代码" | "区划代码" => C::DivisionCode,
        "parent_uscc" | "上级单位统一社会信用代码" => C::ParentUscc,
        "administrative_duties" | "承担行政职能" | "是否承担行政职能" => C::AdministrativeDuties,
        "application_kind" | "应用类型" => C::ApplicationKind,
        "application_name" | "应用名称" | "网站名称" => C::ApplicationName,
        "address" | "地址" | "网址" | "域名" | "首页网址" | "首页地址" | "网站地址" | "网站网址" | "网站域名" => {
            C::Address
        }
        "site_role" | "网站角色" => C::SiteRole,
        "owner_status" | "状态" | "使用状态" => C::OwnerStatus,
        "granted_level" | "授权级别" => C::GrantedLevel,
        "grant_document" | "授权文件" | "授权书编号" => C::GrantDocument,
        "grant_until" | "授权截止" | "授权到期日" | "授权截止日期" => C::GrantUntil,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_known_in_both_languages_and_with_decoration() {
        for header in [
            "uscc",
            "USCC",
            " 统一社会信用代码 ",
            "*统一社会信用代码",
            "统一社会信用代码（18位）",
            "统一社会\n信用代码",
            "统一 社会信用代码",
        ] {
            assert_eq!(recognise(header), Some(Column::Uscc), "{header:?}");
        }
        assert_eq!(recognise("Address (URL, domain, package)"), Some(Column::Address));
        assert_eq!(recognise("Application Name"), Some(Column::ApplicationName));
        assert_eq!(recognise("开办主体"), Some(Column::InstitutionName));
        assert_eq!(recognise("网站域名"), Some(Column::Address));
        assert_eq!(recognise("application-kind"), Some(Column::ApplicationKind));
        for header in ["", "备注", "地址栏", "addresses", "（地址）", "_"] {
            assert_eq!(recognise(header), None, "{header:?}");
        }
    }
}
