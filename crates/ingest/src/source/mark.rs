//! An extract of the register of official marks (网上标识): one row a mark.

use model::facts::page::MarkClass;
use model::ledger::attribute::Attribute as A;
use model::ledger::claim::Says;
use model::ledger::source::SourceKind;
use model::text::{Label, Text};

use crate::source::claims;
use crate::source::input::Input;
use crate::source::table::{self, Bad, Row};
use crate::source::{Format, Sink, SourceError, values};

/// The format.
pub static FORMAT: Format =
    Format { kind: SourceKind::Mark, doc: Label { zh: include_str!("mark.zh.md"), en: include_str!("mark.md") }, read };

table::columns! {
    "an extract of the mark register", needs [Number] [Owner];
    Number "number" = "标识编号" | "标识证书编号" | "网上标识编号" | "证书编号" | "mark_id";
    Owner "owner" = "单位名称" | "机构名称" | "主办单位" | "开办单位" | "institution_name";
    Uscc "uscc" = "统一社会信用代码" | "机构统一社会信用代码";
    Class "mark_class" = "标识类别" | "机构类型" | "标识类型" | "单位类型";
    Name "site_name" = "网站名称" | "应用名称" | "网上名称";
    Domain "domain" = "域名" | "域名名称" | "网站域名" | "网址";
    Issuer "issuer" = "发放单位" | "标识证书发放单位" | "颁发单位" | "核发单位";
    IssuedOn "issued_on" = "发放时间" | "标识证书发放时间" | "发放日期" | "颁发日期" | "核发日期";
    ValidUntil "valid_until" = "有效期至" | "有效期" | "到期日期";
    Validity "validity" = "状态" | "标识状态";
}

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    table::rows(input, &COLUMNS, sink, &mut take)
}

fn take(row: &Row<'_>, sink: &mut dyn Sink) -> Result<(), Bad> {
    let mut says = Says::new();
    let number = row.need(C::Number, values::mark)?;
    claims::put(&mut says, A::Owner, row.need(C::Owner, values::name)?.to_owned());
    claims::put_uscc(&mut says, A::OwnerUscc, row, C::Uscc)?;
    claims::put(&mut says, A::MarkClass, row.read(C::Class, class)?.map(|class| values::word(&class)));
    claims::put_text(&mut says, A::Name, row, C::Name)?;
    let domains = claims::domains(&mut says, row, C::Domain)?;
    claims::put_text(&mut says, A::Issuer, row, C::Issuer)?;
    claims::put_day(&mut says, A::IssuedOn, row, C::IssuedOn)?;
    claims::put_end(&mut says, A::ValidUntil, row, C::ValidUntil)?;
    claims::put(&mut says, A::Validity, row.read(C::Validity, values::validity)?.map(Into::into));
    claims::put_notes(&mut says, row);
    Ok(claims::send_filing(sink, row, &number, says, &domains)?)
}

/// The class of a mark: by its name, its colour, or the type of its holder.
fn class(text: &str) -> Result<MarkClass, Text> {
    Ok(match text.to_ascii_lowercase().as_str() {
        "party_government" | "党政机关" | "党政机关标识" | "机关" | "群团机关" | "红标" | "red" => {
            MarkClass::PartyGovernment
        }
        "public_institution" | "事业单位" | "事业单位标识" | "蓝标" | "blue" => MarkClass::PublicInstitution,
        _ => {
            return Err(Text::new(
                "无法识别，可填：党政机关、事业单位",
                "not a known value; known are: party_government, public_institution",
            ));
        }
    })
}
