//! The staffing office's roster of institutions: one row an institution, one claim of it.

use ledger::identity;
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
    Format { kind: SourceKind::Roster, doc: Label { zh: include_str!("roster.zh.md"), en: include_str!("roster.md") }, read };

table::columns! {
    "an institution roster", needs [Name];
    Name "institution_name" = "单位名称" | "机构名称" | "单位全称" | "机构全称" | "name";
    ShortNames "short_names" = "规范简称" | "简称" | "单位简称" | "机构简称";
    FormerNames "former_names" = "曾用名" | "原名称" | "原名" | "曾用名称";
    Uscc "uscc" = "统一社会信用代码" | "单位统一社会信用代码" | "信用代码";
    Type "institution_type" = "机构类型" | "单位类型" | "单位性质" | "机构性质" | "机构类别";
    Level "level" = "行政层级" | "层级" | "级别" | "机构层级";
    Division "division_code" = "行政区划代码" | "区划代码" | "所属区划代码";
    ParentUscc "parent_uscc" = "上级单位统一社会信用代码" | "主管单位统一社会信用代码" | "举办单位统一社会信用代码";
    ParentName "parent_name" = "上级单位" | "主管单位" | "举办单位" | "上级单位名称" | "主管部门";
    Duties "administrative_duties" = "承担行政职能" | "是否承担行政职能";
    State "state" = "状态" | "机构状态" | "存续状态";
    StateSince "state_since" = "状态日期" | "变更日期" | "撤并日期" | "状态起始日";
    Successor "successor" = "承继单位" | "职责承接单位" | "并入单位" | "承接单位";
}

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    table::rows(input, &COLUMNS, sink, &mut take)
}

fn take(row: &Row<'_>, sink: &mut dyn Sink) -> Result<(), Bad> {
    let mut says = Says::new();
    let name = row.need(C::Name, values::name)?;
    claims::put(&mut says, A::Name, name.to_owned());
    claims::put_list(&mut says, A::ShortNames, row, C::ShortNames)?;
    claims::put_list(&mut says, A::FormerNames, row, C::FormerNames)?;
    let uscc = claims::put_uscc(&mut says, A::Uscc, row, C::Uscc)?;
    claims::put(&mut says, A::Type, row.read(C::Type, values::institution_type)?.map(|kind| values::word(&kind)));
    claims::put(&mut says, A::Level, row.read(C::Level, values::level)?.map(|level| values::word(&level)));
    claims::put(&mut says, A::Division, row.read(C::Division, values::division)?.map(|code| code.to_string()));
    claims::put_uscc(&mut says, A::ParentUscc, row, C::ParentUscc)?;
    claims::put_text(&mut says, A::ParentName, row, C::ParentName)?;
    claims::put_truth(&mut says, A::AdministrativeDuties, row, C::Duties)?;
    claims::put(&mut says, A::State, row.read(C::State, values::institution_state)?.map(|state| state.word().into()));
    claims::put_day(&mut says, A::StateSince, row, C::StateSince)?;
    claims::put_text(&mut says, A::Successor, row, C::Successor)?;
    if uscc
        .as_ref()
        .is_some_and(|code| [A::ParentUscc, A::Successor].iter().any(|at| says.get(at).is_some_and(|to| to == code.as_str())))
    {
        let column = if says.get(&A::ParentUscc) == says.get(&A::Uscc) { C::ParentUscc } else { C::Successor };
        return Err(row
            .reject(
                column,
                Text::new("单位不能是自身的上级或承继单位", "an institution is neither its own superior nor its own successor"),
            )
            .into());
    }
    claims::put_notes(&mut says, row);
    let Some(institution) = identity::institution(uscc.as_ref(), name) else {
        return Err(row.reject(C::Name, Text::new("不是单位名称", "this is no name of an institution")).into());
    };
    Ok(claims::send(sink, row, institution, "", says)?)
}
