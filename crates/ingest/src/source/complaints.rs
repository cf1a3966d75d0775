//! Reports from the public (投诉举报): one row a report.
//!
//! Invariant: who reported is never kept, and personal data in what was reported is masked before it leaves this module.

use model::digest::Digest;
use model::ledger::attribute::Attribute as A;
use model::ledger::claim::Says;
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::source::{Rejected, SourceKind};
use model::text::{Label, Text};
use readers::personal::masked;

use crate::source::claims;
use crate::source::input::Input;
use crate::source::table::{self, Bad, Row, clip};
use crate::source::{Format, Sink, SourceError, values};

/// The format.
pub static FORMAT: Format = Format {
    kind: SourceKind::Complaints,
    doc: Label { zh: include_str!("complaints.zh.md"), en: include_str!("complaints.md") },
    read,
};

table::columns! {
    "a table of reports from the public", needs [Description];
    Number "number" = "编号" | "举报编号" | "投诉编号" | "受理编号" | "工单号";
    Target "target" = "被举报对象" | "被举报网址" | "被投诉对象" | "网址" | "网站名称";
    Description "description" = "内容" | "举报内容" | "投诉内容" | "问题描述" | "描述";
    ReceivedOn "received_on" = "接收日期" | "举报时间" | "投诉时间" | "受理日期" | "提交时间";
}

/// The longest description, in characters; what is longer is cut.
const LONGEST: usize = 4_000;

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    let today = input.at.to_string();
    table::rows(input, &COLUMNS, sink, &mut |row, sink| match take(row, &today, sink) {
        // A bad cell may hold what nobody may keep.
        Err(Bad::Row(rejected)) => Err(Rejected { value: masked(&rejected.value), ..rejected }.into()),
        taken => taken,
    })
}

fn take(row: &Row<'_>, today: &str, sink: &mut dyn Sink) -> Result<(), Bad> {
    let mut says = Says::new();
    let description = row.need(C::Description, Ok)?;
    let description = clip(&masked(description), LONGEST);
    let target = row.get(C::Target).map(masked);
    let received = row.read(C::ReceivedOn, values::day)?.map_or_else(|| today.chars().take(10).collect(), |day| day.to_string());
    let number = match row.read(C::Number, number)? {
        Some(number) => number,
        // A report without a number is known again by what it says.
        None => {
            let text = format!("{received} {} {description}", target.as_deref().unwrap_or_default());
            Digest::of(text.as_bytes()).to_string().chars().take(16).collect()
        }
    };
    claims::put(&mut says, A::Description, description);
    claims::put(&mut says, A::Target, target);
    claims::put(&mut says, A::ReceivedOn, received);
    Ok(claims::send(sink, row, EntityId::new(EntityKind::Complaint, number), "", says)?)
}

fn number(text: &str) -> Result<String, Text> {
    let lawful = text.chars().count() <= 64 && masked(text) == text;
    if lawful { Ok(text.into()) } else { Err(Text::new("不是编号", "this is no number of a report")) }
}
