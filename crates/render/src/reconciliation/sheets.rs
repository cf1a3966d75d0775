//! The tables of the report, the same for terminal and page.

use jiff::Timestamp;
use model::institution::DivisionCode;
use model::ledger::attribute::Attribute;
use model::ledger::reconciliation::{
    Contradiction, DivisionLine, Glimpse, Reconciliation, SourceLine, Standing, Unregistered, Unseen,
};
use model::ledger::source::Source;
use model::ledger::truth::Other;
use model::text::Lang;

use crate::clean::shortened;
use crate::html::Words;
use crate::report::minute;

/// The longest value that is shown, in characters.
const LONGEST: usize = 80;
/// Sources and values that are named in one cell.
const NAMED: usize = 5;

/// A table.
pub(super) struct Sheet {
    pub(super) title: &'static str,
    pub(super) columns: Vec<Column>,
    /// The rows that are shown.
    pub(super) rows: Vec<Vec<String>>,
    /// How many there are in all.
    pub(super) total: u64,
}

/// A column; numbers stand to the right.
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) number: bool,
}

impl Sheet {
    /// The title with its number and the count of rows.
    pub(super) fn numbered(&self, number: &usize, w: &Words) -> String {
        const ZH: [&str; 5] = ["一", "二", "三", "四", "五"];
        let (title, total) = (self.title, self.total);
        match w.0 {
            Lang::Zh => format!("{}、{title}（{total}）", number.checked_sub(1).and_then(|at| ZH.get(at)).unwrap_or(&"")),
            Lang::En => format!("{number}. {title} ({total})"),
        }
    }

    /// Says how many rows are not shown; nothing when none.
    pub(super) fn rest(&self, w: impl std::borrow::Borrow<Words>) -> Option<String> {
        let rest = self.total.checked_sub(self.rows.len() as u64).filter(|rest| *rest > 0)?;
        Some(match w.borrow().0 {
            Lang::Zh => format!("其余 {rest} 条未列出，JSON 结果中列有更多。"),
            Lang::En => format!("{rest} more are not shown; the JSON output lists more of them."),
        })
    }
}

/// All tables with at most `most` rows each, in the order of the report.
pub(super) fn all(report: &Reconciliation, most: usize, w: Words) -> Vec<Sheet> {
    vec![
        divisions(report, most, w),
        unseen(report, most, w),
        unregistered(report, most, w),
        contradictions(report, most, w),
        sources(report, most, w),
    ]
}

/// The region in words.
pub(super) fn region(report: &Reconciliation, w: Words) -> String {
    match &report.region {
        None => w.t("全部地区", "all regions").to_owned(),
        Some(code) => place(Some(code), &report.region_name, w),
    }
}

/// What the report says in one sentence.
pub(super) fn lead(report: &Reconciliation, w: Words) -> String {
    let Reconciliation { numbers, seen, covered, troubled, .. } = report;
    let rate = report.coverage().map_or("–".to_owned(), |tenths| format!("{}.{}%", tenths / 10, tenths % 10));
    let unseen = numbers.registered.saturating_sub(numbers.seen);
    let (missing, contradictions, registered) = (report.unregistered.total, report.contradictions.total, numbers.registered);
    let sources = report.sources.len();
    match w.0 {
        Lang::Zh => format!(
            "观测到的应用和主机 {seen} 个，其中已登记 {covered} 个（覆盖率 {rate}），未登记 {missing} 个；登记在用的网站和邮件系统 {registered} 个，\
             其中 {unseen} 个未被观测到；来源之间有 {contradictions} 处不一致；{sources} 个来源中 {troubled} 个状况异常。"
        ),
        Lang::En => format!(
            "The registers cover {covered} of {seen} applications and hosts that were seen ({rate}). In no register: {missing}. Web sites and mail \
             systems that registers confirm: {registered}, seen nowhere: {unseen}. Values on which sources contradict each other: \
             {contradictions}. Sources that are stale, silent or held: {troubled} of {sources}."
        ),
    }
}

fn words(w: Words, names: &[(&'static str, &'static str)]) -> Vec<Column> {
    names.iter().map(|(zh, en)| Column { name: w.t(zh, en), number: false }).collect()
}

fn numbers(w: Words, names: &[(&'static str, &'static str)]) -> impl Iterator<Item = Column> {
    words(w, names).into_iter().map(|column| Column { number: true, ..column })
}

fn divisions(report: &Reconciliation, most: usize, w: Words) -> Sheet {
    let mut columns = words(w, &[("地区", "Region")]);
    columns.extend(numbers(
        w,
        &[("登记", "Registered"), ("观测到", "Seen"), ("未见", "Unseen"), ("待确认", "Candidates"), ("不一致", "Differ")],
    ));
    let row = |line: &DivisionLine| {
        let numbers = line.numbers;
        let unseen = numbers.registered.saturating_sub(numbers.seen);
        let counts = [numbers.registered, numbers.seen, unseen, numbers.candidates, numbers.contradictions];
        let name = match &line.division {
            None => w.t("未知地区", "no division").to_owned(),
            division => place(division.as_ref(), &line.name, w),
        };
        std::iter::once(name).chain(counts.map(|count| count.to_string())).collect()
    };
    let rows = report.divisions.iter().take(most).map(row).collect();
    Sheet { title: w.t("分地区情况", "By region"), columns, rows, total: report.divisions.len() as u64 }
}

fn unseen(report: &Reconciliation, most: usize, w: Words) -> Sheet {
    let columns =
        words(w, &[("应用", "Application"), ("开办单位", "Institution"), ("地区", "Region"), ("登记来源", "Registers")]);
    let row = |line: &Unseen| {
        let registers = several(line.registers.iter().map(|source| named(source, w)), "\n");
        vec![called(&line.entity.key, &line.name), cut(&line.owner), place(line.division.as_ref(), "", w), registers]
    };
    let rows = report.unseen.first.iter().take(most).map(row).collect();
    Sheet { title: w.t("已登记但未被观测到", "In a register, nowhere seen"), columns, rows, total: report.unseen.total }
}

fn unregistered(report: &Reconciliation, most: usize, w: Words) -> Sheet {
    let columns = words(w, &[("资产", "Asset"), ("应登记的理由", "Why it belongs"), ("观测来源与时间", "Seen by")]);
    let row = |line: &Unregistered| {
        let seen = several(line.seen.iter().map(|glimpse| seen_by(glimpse, w)), "\n");
        vec![cut(&line.asset.key), line.because.label().get(w.0).to_owned(), seen]
    };
    let rows = report.unregistered.first.iter().take(most).map(row).collect();
    Sheet { title: w.t("观测到但未登记", "Seen, in no register"), columns, rows, total: report.unregistered.total }
}

fn contradictions(report: &Reconciliation, most: usize, w: Words) -> Sheet {
    let columns = words(w, &[("对象", "Entity"), ("内容", "What"), ("现行取值", "In force"), ("不同说法", "Said otherwise")]);
    let row = |line: &Contradiction| {
        let others = several(line.others.iter().map(|other| said(line.attribute, other, w)), "\n");
        let attribute = line.attribute.label().get(w.0).to_owned();
        vec![called(&line.entity.key, &line.name), attribute, said(line.attribute, &line.in_force, w), others]
    };
    let rows = report.contradictions.first.iter().take(most).map(row).collect();
    Sheet {
        title: w.t("来源之间不一致", "Sources contradict each other"), columns, rows, total: report.contradictions.total
    }
}

/// Sources that cannot be relied on first.
fn sources(report: &Reconciliation, most: usize, w: Words) -> Sheet {
    let mut columns = words(w, &[("来源", "Source"), ("状况", "Standing"), ("最近送达", "Delivered")]);
    columns.extend(numbers(
        w,
        &[("期限（天）", "Due (days)"), ("所述应用", "Tells"), ("观测到", "Saw"), ("未登记", "Unregistered")],
    ));
    let row = |line: &SourceLine| {
        let due = if line.expected_days == 0 { "–".to_owned() } else { line.expected_days.to_string() };
        let delivered = line.delivered.map(day).unwrap_or_default();
        let standing = line.standing.label().get(w.0).to_owned();
        let counts = [line.tells, line.saw, line.saw_unregistered].map(|count| count.to_string());
        [named(&line.source, w), standing, delivered, due].into_iter().chain(counts).collect()
    };
    let (fresh, troubled): (Vec<&SourceLine>, Vec<&SourceLine>) =
        report.sources.iter().partition(|line| line.standing == Standing::Fresh);
    let rows = troubled.into_iter().chain(fresh).take(most).map(row).collect();
    Sheet { title: w.t("来源状况", "Sources"), columns, rows, total: report.sources.len() as u64 }
}

fn cut(text: &str) -> String {
    shortened(text, LONGEST)
}

/// A thing with its name above its key.
fn called(key: &str, name: &str) -> String {
    if name.is_empty() { cut(key) } else { format!("{}\n{}", cut(name), cut(key)) }
}

fn place(code: Option<&DivisionCode>, name: &str, w: Words) -> String {
    match code {
        None => w.t("未知", "unknown").to_owned(),
        Some(code) if name.is_empty() => code.to_string(),
        Some(code) => format!("{} {code}", cut(name)),
    }
}

/// Who it is: what kind of source, and its name.
fn named(source: &Source, w: Words) -> String {
    let kind = source.kind.label().get(w.0);
    if source.name.is_empty() { kind.to_owned() } else { format!("{kind} {}", cut(&source.name)) }
}

fn seen_by(glimpse: &Glimpse, w: Words) -> String {
    let (first, last) = (day(glimpse.first), day(glimpse.last));
    let when = if first == last { first } else { format!("{first} – {last}") };
    format!("{} {when}", named(&glimpse.source, w))
}

/// Who says what since when.
fn said(attribute: Attribute, other: &Other, w: Words) -> String {
    let value = if other.value.is_empty() && attribute == Attribute::VerifiedSubject {
        w.t("未认证", "not verified").to_owned()
    } else {
        cut(&other.value)
    };
    format!("{value}\n{} {}", named(&other.source, w), day(other.since))
}

fn several(items: impl ExactSizeIterator<Item = String>, between: &str) -> String {
    let rest = items.len().saturating_sub(NAMED);
    let more = (rest > 0).then(|| format!("… +{rest}"));
    items.take(NAMED).chain(more).collect::<Vec<_>>().join(between)
}

fn day(at: Timestamp) -> String {
    minute(at).chars().take("2026-01-01".len()).collect()
}
