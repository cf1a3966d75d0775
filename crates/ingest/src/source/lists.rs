//! Lists to compare with, each a table of names: filed app platforms, assessed clouds, licensed certification authorities, suppliers.

use ledger::identity;
use model::ledger::attribute::Attribute as A;
use model::ledger::claim::Says;
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::source::SourceKind;
use model::text::{Label, Text};

use crate::source::claims;
use crate::source::input::Input;
use crate::source::table::{self, Bad, Row};
use crate::source::{Format, Sink, SourceError, values};

/// The format of app distribution platforms that are filed (应用程序分发平台备案).
pub static PLATFORMS: Format = Format {
    kind: SourceKind::Platforms,
    doc: Label { zh: include_str!("platforms.zh.md"), en: include_str!("platforms.md") },
    read: |input, sink| read(EntityKind::Platform, input, sink),
};

/// The format of cloud platforms that passed the security assessment (云计算服务安全评估).
pub static CLOUDS: Format = Format {
    kind: SourceKind::Clouds,
    doc: Label { zh: include_str!("clouds.zh.md"), en: include_str!("clouds.md") },
    read: |input, sink| read(EntityKind::Cloud, input, sink),
};

/// The format of licensed e-government certification authorities (电子政务电子认证服务机构).
pub static AUTHORITIES: Format = Format {
    kind: SourceKind::Authorities,
    doc: Label { zh: include_str!("authorities.zh.md"), en: include_str!("authorities.md") },
    read: |input, sink| read(EntityKind::Authority, input, sink),
};

/// The format of suppliers and the names by which they go.
pub static SUPPLIERS: Format = Format {
    kind: SourceKind::Suppliers,
    doc: Label { zh: include_str!("suppliers.zh.md"), en: include_str!("suppliers.md") },
    read: |input, sink| read(EntityKind::Supplier, input, sink),
};

table::columns! {
    "a list of names", needs [Name];
    Name "name" = "名称" | "平台名称" | "云平台名称" | "云服务名称" | "机构名称" | "供应商名称" | "单位名称" | "企业名称";
    Operator "operator" = "运营单位" | "运营者" | "云服务商" | "服务商" | "运营企业" | "运营主体";
    Uscc "uscc" = "统一社会信用代码" | "运营单位统一社会信用代码";
    Aliases "aliases" = "别名" | "其他名称" | "曾用名" | "简称";
    Provider "provider" = "服务商标识" | "网段服务商" | "provider_names";
    Domains "domains" = "域名" | "网站域名" | "平台域名" | "网址";
    Number "number" = "编号" | "备案编号" | "许可证号" | "证书编号";
    IssuedOn "issued_on" = "通过日期" | "评估通过日期" | "通过时间" | "备案日期" | "发证日期" | "许可日期" | "assessed_on";
    ValidUntil "valid_until" = "有效期至" | "有效期" | "到期日期";
    Validity "validity" = "状态" | "有效状态";
}

fn read(kind: EntityKind, input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    table::rows(input, &COLUMNS, sink, &mut |row, sink| take(kind, row, sink))
}

fn take(kind: EntityKind, row: &Row<'_>, sink: &mut dyn Sink) -> Result<(), Bad> {
    let mut says = Says::new();
    let name = row.need(C::Name, values::name)?;
    claims::put(&mut says, A::Name, name.to_owned());
    claims::put_text(&mut says, A::Operator, row, C::Operator)?;
    claims::put_uscc(&mut says, A::Uscc, row, C::Uscc)?;
    claims::put_list(&mut says, A::Aliases, row, C::Aliases)?;
    claims::put_list(&mut says, A::Provider, row, C::Provider)?;
    let domains = claims::domains(&mut says, row, C::Domains)?;
    claims::put_text(&mut says, A::Number, row, C::Number)?;
    claims::put_day(&mut says, A::IssuedOn, row, C::IssuedOn)?;
    claims::put_end(&mut says, A::ValidUntil, row, C::ValidUntil)?;
    claims::put(&mut says, A::Validity, row.read(C::Validity, values::validity)?.map(Into::into));
    claims::put_notes(&mut says, row);
    // A platform is met by its download pages, hence by its domain; all others are met by name.
    let first = domains.into_iter().next().filter(|_| kind == EntityKind::Platform);
    let entity = first.map(|domain| EntityId::new(kind, domain.key)).or_else(|| identity::named(kind, name));
    let Some(entity) = entity else { return Err(row.reject(C::Name, Text::new("不是名称", "this is no name")).into()) };
    Ok(claims::send(sink, row, entity, "", says)?)
}
