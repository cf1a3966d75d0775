//! An extract of public-security filings (公安联网备案): one row a filed site or app.

use model::ledger::attribute::Attribute as A;
use model::ledger::claim::Says;
use model::ledger::source::SourceKind;
use model::text::Label;

use crate::source::claims;
use crate::source::input::Input;
use crate::source::table::{self, Bad, Row};
use crate::source::{Format, Sink, SourceError, values};

/// The format.
pub static FORMAT: Format =
    Format { kind: SourceKind::Police, doc: Label { zh: include_str!("police.zh.md"), en: include_str!("police.md") }, read };

table::columns! {
    "an extract of public-security filings", needs [Number] [Owner];
    Number "number" = "公安备案号" | "公安机关备案号" | "联网备案号" | "备案编号" | "备案号" | "公网安备号";
    Owner "owner" = "开办主体" | "开办单位" | "开办单位名称" | "主办单位名称" | "开办者名称" | "主办单位" | "单位名称" | "开办者" | "网站开办者";
    Uscc "uscc" = "统一社会信用代码";
    Document "document_number" = "证件号码";
    Name "site_name" = "网站名称" | "网站(应用)名称" | "应用名称" | "开办名称";
    Domain "domain" = "域名" | "网站主域名" | "网站域名" | "网址" | "首页网址";
    Issuer "issuer" = "受理机关" | "备案机关" | "公安机关" | "管辖公安机关" | "备案地公安机关";
    IssuedOn "issued_on" = "备案日期" | "备案时间" | "联网备案时间" | "审核通过日期";
    Validity "validity" = "状态" | "备案状态";
}

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    table::rows(input, &COLUMNS, sink, &mut take)
}

fn take(row: &Row<'_>, sink: &mut dyn Sink) -> Result<(), Bad> {
    let mut says = Says::new();
    let number = row.need(C::Number, values::police)?;
    claims::put(&mut says, A::Owner, row.need(C::Owner, values::name)?.to_owned());
    claims::put_owner_code(&mut says, row, C::Uscc, C::Document)?;
    claims::put_text(&mut says, A::Name, row, C::Name)?;
    let domains = claims::domains(&mut says, row, C::Domain)?;
    claims::put_text(&mut says, A::Issuer, row, C::Issuer)?;
    claims::put_day(&mut says, A::IssuedOn, row, C::IssuedOn)?;
    claims::put(&mut says, A::Validity, row.read(C::Validity, values::validity)?.map(Into::into));
    claims::put_notes(&mut says, row);
    Ok(claims::send_filing(sink, row, &number, says, &domains)?)
}
