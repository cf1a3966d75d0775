//! An extract of the ICP filing system (ICP 备案): one row a filed site, app or mini program.

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
    Format { kind: SourceKind::Icp, doc: Label { zh: include_str!("icp.zh.md"), en: include_str!("icp.md") }, read };

table::columns! {
    "an extract of ICP filings", needs [Owner] [Number];
    Owner "owner" = "主办单位名称" | "主办单位" | "主办者名称" | "备案主体" | "单位名称" | "unit_name";
    Nature "owner_nature" = "主办单位性质" | "单位性质" | "主办者性质" | "nature";
    Number "number" = "备案号" | "网站备案号" | "备案/许可证号" | "网站备案/许可证号" | "ICP备案号" | "icp_number" | "服务备案号";
    Name "site_name" = "网站名称" | "服务名称" | "应用名称" | "APP名称" | "小程序名称";
    Domain "domain" = "域名" | "网站域名" | "网站首页网址" | "首页网址" | "domains";
    IssuedOn "issued_on" = "审核通过日期" | "审核时间" | "审核日期" | "备案日期" | "通过日期";
    Uscc "uscc" = "统一社会信用代码";
    Document "document_number" = "证件号码" | "主办单位证件号码" | "主办者证件号码";
    Validity "validity" = "状态" | "备案状态";
}

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    table::rows(input, &COLUMNS, sink, &mut take)
}

fn take(row: &Row<'_>, sink: &mut dyn Sink) -> Result<(), Bad> {
    let mut says = Says::new();
    claims::put(&mut says, A::Owner, row.need(C::Owner, values::name)?.to_owned());
    let number = row.need(C::Number, values::icp)?.number;
    claims::put(&mut says, A::OwnerNature, row.get(C::Nature).map(nature));
    claims::put_owner_code(&mut says, row, C::Uscc, C::Document)?;
    claims::put_text(&mut says, A::Name, row, C::Name)?;
    let domains = claims::domains(&mut says, row, C::Domain)?;
    claims::put_day(&mut says, A::IssuedOn, row, C::IssuedOn)?;
    claims::put(&mut says, A::Validity, row.read(C::Validity, values::validity)?.map(Into::into));
    claims::put_notes(&mut says, row);
    Ok(claims::send_filing(sink, row, &number, says, &domains)?)
}

/// Our own word for the nature of an owner where there is one, else the register's.
fn nature(text: &str) -> String {
    values::institution_type(text).map_or_else(|_| text.into(), |kind| values::word(&kind))
}
