//! The list of government-site codes (政府网站标识码): one row a site.

use ledger::identity;
use model::ledger::attribute::Attribute as A;
use model::ledger::claim::{LifeState, Says};
use model::ledger::source::SourceKind;
use model::text::{Label, Text};

use crate::source::claims;
use crate::source::input::Input;
use crate::source::table::{self, Bad, Row};
use crate::source::{Format, Sink, SourceError, values};

/// The format.
pub static FORMAT: Format = Format {
    kind: SourceKind::SiteCode,
    doc: Label { zh: include_str!("site_code.zh.md"), en: include_str!("site_code.md") },
    read,
};

table::columns! {
    "a list of government-site codes", needs [Number] [Owner Name];
    Number "site_code" = "网站标识码" | "政府网站标识码" | "标识码" | "number";
    Owner "owner" = "主办单位" | "主办单位名称" | "单位名称" | "开办单位";
    Uscc "uscc" = "统一社会信用代码" | "主办单位统一社会信用代码";
    Name "site_name" = "网站名称";
    Address "address" = "首页网址" | "网址" | "网站首页网址" | "域名" | "网站域名" | "url";
    Division "division_code" = "行政区划代码" | "区划代码";
    State "state" = "状态" | "网站状态" | "运行状态";
}

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    table::rows(input, &COLUMNS, sink, &mut take)
}

fn take(row: &Row<'_>, sink: &mut dyn Sink) -> Result<(), Bad> {
    let mut says = Says::new();
    let code = row.need(C::Number, values::site_code)?;
    claims::put(&mut says, A::Number, code.clone());
    claims::put_text(&mut says, A::Owner, row, C::Owner)?;
    claims::put_uscc(&mut says, A::OwnerUscc, row, C::Uscc)?;
    claims::put_text(&mut says, A::Name, row, C::Name)?;
    claims::put(&mut says, A::Address, row.read(C::Address, values::page)?);
    claims::put(&mut says, A::State, row.read(C::State, state)?.map(|state| state.word().into()));
    let site = row.read(C::Address, values::address)?;
    // A code that was read has digits: there is always a filing.
    let Some(filing) = identity::filing(&code) else { return Ok(()) };
    if let Some(site) = site {
        claims::send(sink, row, identity::site(&site), &filing.key, says.clone())?;
    }
    claims::put(&mut says, A::Division, row.read(C::Division, values::division)?.map(|code| code.to_string()));
    claims::put_notes(&mut says, row);
    Ok(claims::send(sink, row, filing, "", says)?)
}

/// Whether the site runs.
fn state(text: &str) -> Result<LifeState, Text> {
    Ok(match text.to_ascii_lowercase().as_str() {
        "confirmed" | "active" | "正常" | "在用" | "正常运行" | "运行" | "临时下线" | "暂停" => {
            LifeState::Confirmed
        }
        "retired" | "关停" | "已关停" | "停用" | "永久下线" | "注销" | "已注销" => LifeState::Retired,
        _ => return Err(Text::new("无法识别，可填：正常、关停", "not a known value; known are: confirmed, retired")),
    })
}
