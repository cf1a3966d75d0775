//! From the cells of a row to an entry.

use std::collections::BTreeMap;

use model::institution::{Application, ApplicationKind, Institution};
use model::ledger::Entry;
use model::permission::{AccessLevel, Grant};
use model::text;
use model::text::Text;

use crate::source::table::{self, Bad};
use crate::source::values;

table::columns! {
    "a ledger", needs [Address];
    InstitutionName "institution_name" = "单位名称" | "机构名称" | "主办单位" | "主办单位名称" | "开办单位" | "开办单位名称" | "开办主体";
    ShortNames "short_names" = "规范简称" | "简称" | "单位简称";
    Uscc "uscc" = "统一社会信用代码" | "单位统一社会信用代码";
    InstitutionType "institution_type" = "机构类型" | "单位类型" | "单位性质";
    Level "level" = "行政层级" | "层级" | "级别";
    DivisionCode "division_code" = "行政区划代码" | "区划代码";
    ParentUscc "parent_uscc" = "上级单位统一社会信用代码";
    AdministrativeDuties "administrative_duties" = "承担行政职能" | "是否承担行政职能";
    ApplicationKind "application_kind" = "应用类型";
    ApplicationName "application_name" = "应用名称" | "网站名称";
    Address "address" = "地址" | "网址" | "域名" | "首页网址" | "首页地址" | "网站地址" | "网站网址" | "网站域名";
    SiteRole "site_role" = "网站角色";
    OwnerStatus "owner_status" = "状态" | "使用状态";
    GrantedLevel "granted_level" = "授权级别";
    GrantDocument "grant_document" = "授权文件" | "授权书编号";
    GrantUntil "grant_until" = "授权截止" | "授权到期日" | "授权截止日期";
}

/// The entry of a row in the file `name`, with remarks for people.
///
/// # Errors
/// The row, rejected for its first bad value.
pub fn entry(row: &table::Row<'_>, name: &str) -> Result<(Entry, Vec<Text>), Bad> {
    let row = Row(row);
    row.check_cells()?;
    let mut remarks = Vec::new();
    let application = row.application()?;
    let institution = row.institution(&mut remarks)?;
    let grant = row.grant(&mut remarks)?;
    let notes: BTreeMap<String, String> = row.0.notes().collect();
    Ok((Entry { institution, application, grant, notes, source: format!("{name}:{}", row.0.line) }, remarks))
}

/// A row of a ledger.
struct Row<'r, 'a>(&'r table::Row<'a>);

impl Row<'_, '_> {
    fn check_cells(&self) -> Result<(), Bad> {
        for column in 0..COLUMNS.all.len() {
            self.0.read(column, values::words)?;
        }
        Ok(())
    }

    fn application(&self) -> Result<Application, Bad> {
        let (kind, told) = self.0.read(C::ApplicationKind, values::application_kind)?.unwrap_or_default();
        let role = self.0.read(C::SiteRole, values::site_role)?.or(told);
        let status = self.0.read(C::OwnerStatus, values::owner_status)?.unwrap_or_default();
        let name = self.0.text(C::ApplicationName).to_owned();
        let Some(address) = self.0.get(C::Address).map(str::to_owned) else {
            return Err(self.0.reject(C::Address, Text::new("缺少地址", "the address is missing")).into());
        };
        let application = Application { kind, name, role, status, ..Application::default() };
        if !matches!(kind, ApplicationKind::WebSite | ApplicationKind::MailSystem) {
            return Ok(Application { address, ..application });
        }
        // A mail system may be given by an address of its own, such as postmaster@example.gov.cn.
        let host = if kind == ApplicationKind::MailSystem { address.rsplit('@').next().unwrap_or(&address) } else { &address };
        let read = values::address(host).map_err(|reason| self.0.reject(C::Address, reason))?;
        Ok(Application { address, host: Some(read.host), port: read.port, path: read.path, ..application })
    }

    fn institution(&self, remarks: &mut Vec<Text>) -> Result<Option<Institution>, Bad> {
        let uscc = self.0.read(C::Uscc, values::uscc)?;
        let written = self.0.read(C::InstitutionType, values::institution_type)?;
        let coded = uscc.as_ref().and_then(|code| code.institution_type());
        let division = self.0.read(C::DivisionCode, values::division)?;
        let level = self.0.read(C::Level, values::level)?;
        let institution = Institution {
            name: self.0.text(C::InstitutionName).to_owned(),
            short_names: values::list(self.0.text(C::ShortNames)).into_iter().map(Into::into).collect(),
            kind: written.or(coded),
            level: level.or_else(|| division.as_ref().map(|code| code.level())),
            parent: self.0.read(C::ParentUscc, values::uscc)?,
            administrative_duties: self.0.read(C::AdministrativeDuties, values::truth)?,
            state: None,
            successor: None,
            uscc,
            division,
        };
        if let (Some(written), Some(coded)) = (written, coded)
            && written != coded
        {
            let (written, coded) = (written.label(), coded.label());
            let (zh, en) = ((written.zh, coded.zh), (written.en, coded.en));
            remarks.push(Text::new(
                format!("机构类型栏为“{}”，统一社会信用代码表示“{}”，按机构类型栏采用", zh.0, zh.1),
                format!("the type column says {}, the unified social credit code {}; the column counts", en.0, en.1),
            ));
        }
        if !institution.key().is_empty() {
            return Ok(Some(institution));
        }
        if institution != Institution::default() {
            remarks.push(Text::new(
                "未填单位名称和统一社会信用代码，其余单位信息未采用",
                "neither name nor code of the institution is given; what else is said of it was left out",
            ));
        }
        Ok(None)
    }

    fn grant(&self, remarks: &mut Vec<Text>) -> Result<Option<Grant>, Bad> {
        let level = self.0.read(C::GrantedLevel, values::granted_level)?;
        let document = self.0.text(C::GrantDocument).to_owned();
        let until = self.0.read(C::GrantUntil, values::end_day)?.flatten();
        let Some(level) = level else {
            if !document.is_empty() || until.is_some() {
                remarks.push(Text::new("未填授权级别，按 L1 执行", "the granted level is missing; L1 holds"));
            }
            return Ok(None);
        };
        if level > AccessLevel::L1 && document.is_empty() {
            remarks.push(text!(
                zh: "授权级别 {level:?} 未填授权文件，按 L1 执行",
                en: "{level:?} is granted without a document; L1 holds",
            ));
        }
        Ok(Some(Grant { level, document, until }))
    }
}
