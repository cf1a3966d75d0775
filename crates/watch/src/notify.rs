//! Notices to those who are affected: one an institution, for all its applications.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use model::advisory::{Certainty, FindingId, Notice};
use model::ledger::entity::EntityId;
use model::rule::Severity;
use model::text::Text;
use ports::advisories::day_of;
use ports::ledger::Region;
use ports::store::StoreError;

use crate::Watch;
use crate::affected::{Affected, Line};

/// Applications listed in one notice; the others are counted.
const MOST_LISTED: usize = 50;

/// How notices are to be written.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// Who has them written.
    pub by: &'a str,
    /// When.
    pub at: Timestamp,
    /// Findings that are less sure are left out.
    pub least: Certainty,
    /// Findings of which a notice was written since they opened are told again.
    pub again: bool,
    /// How long mending may take.
    pub deadlines: Deadlines,
}

/// Days for mending, counted from the notice. The law sets none: these are the centre's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// Of what is known to be exploited, and of what is critical.
    pub critical: u16,
    /// Of high gravity.
    pub high: u16,
    /// Of medium gravity.
    pub medium: u16,
    /// Of the rest.
    pub low: u16,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self { critical: 3, high: 7, medium: 30, low: 90 }
    }
}

impl Deadlines {
    /// The last day for mending.
    pub fn due(self, severity: Severity, exploited: bool, at: Timestamp) -> Date {
        let days = match severity {
            _ if exploited => self.critical,
            Severity::Critical => self.critical,
            Severity::High => self.high,
            Severity::Medium => self.medium,
            Severity::Low | Severity::Info => self.low,
        };
        day_of(at).saturating_add(i64::from(days).days())
    }
}

/// What came of an order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notified {
    /// The notices, in the order of institutions.
    pub notices: Vec<Notice>,
    /// Findings of which their institutions know already.
    pub known: u64,
    /// Findings whose institution the ledger does not tell.
    pub ownerless: u64,
    /// Findings that are not sure enough.
    pub unsure: u64,
}

impl Watch {
    /// Writes a notice of a vulnerability to each institution of a region that runs something affected, and keeps them. Nobody is told
    /// of one finding twice, unless that is ordered or the finding has ended and opened again.
    ///
    /// # Errors
    /// When the store fails; then none is kept.
    pub async fn notify(&self, name: &str, region: &Region, order: Order<'_>) -> Result<Notified, StoreError> {
        let affected = self.affected(name, region, usize::MAX).await?;
        let mut told: BTreeMap<FindingId, Timestamp> = BTreeMap::new();
        for notice in self.advisories.notices(&affected.names).await? {
            told.extend(notice.findings.iter().map(|finding| (*finding, notice.at)));
        }
        let mut notified = Notified::default();
        let mut of_each: BTreeMap<&EntityId, Vec<&Line>> = BTreeMap::new();
        for line in &affected.lines {
            // A finding that went on under another name of its vulnerability was told under the former one.
            let ids = affected.names.iter().map(|name| FindingId::of(&line.subject, &line.component, name));
            let known = ids.filter_map(|id| told.get(&id)).any(|at| *at >= line.since);
            match &line.institution {
                _ if line.certainty < order.least => notified.unsure += 1,
                None => notified.ownerless += 1,
                Some(_) if known && !order.again => notified.known += 1,
                Some(institution) => of_each.entry(institution).or_default().push(line),
            }
        }
        notified.notices = of_each.into_iter().filter_map(|(to, lines)| notice(to, &lines, &affected, order)).collect();
        if !notified.notices.is_empty() {
            self.advisories.put_notices(&notified.notices).await?;
        }
        Ok(notified)
    }
}

fn notice(to: &EntityId, lines: &[&Line], affected: &Affected, order: Order<'_>) -> Option<Notice> {
    let first = lines.first()?;
    let findings: BTreeSet<FindingId> = lines.iter().map(|line| line.finding).collect();
    let due = order.deadlines.due(affected.severity, affected.exploited, order.at);
    Some(Notice {
        vulnerability: first.vulnerability.clone(),
        institution: to.clone(),
        institution_name: first.institution_name.clone(),
        division: first.division.clone(),
        findings: findings.into_iter().collect(),
        severity: affected.severity,
        due,
        at: order.at,
        by: order.by.to_owned(),
        text: Text::new(chinese(to, lines, affected, due), english(to, lines, affected, due)),
    })
}

/// The longest remedy that any source tells, and the title.
fn words(affected: &Affected) -> (&str, &str) {
    let said = || affected.statements.iter().map(|said| &said.statement).filter(|said| said.standing.is_matched());
    let remedy = said().map(|said| said.remedy.as_str()).max_by_key(|remedy| remedy.len()).unwrap_or_default();
    let title = said().map(|said| said.title.as_str()).find(|title| !title.is_empty()).unwrap_or_default();
    (title, remedy)
}

/// The best name of an institution.
fn addressee<'a>(to: &'a EntityId, lines: &[&'a Line]) -> &'a str {
    lines.iter().map(|line| line.institution_name.as_str()).find(|name| !name.is_empty()).unwrap_or(&to.key)
}

fn chinese(to: &EntityId, lines: &[&Line], affected: &Affected, due: Date) -> String {
    let (title, remedy) = words(affected);
    let (names, gravity) = (affected.names.join("、"), affected.severity.label().zh);
    let exploited = if affected.exploited { "，已知被利用" } else { "" };
    let mut text = format!(
        "{}：\n经监测，你单位下列互联网政务应用使用的组件涉及漏洞 {names}（{gravity}{exploited}）。\n",
        addressee(to, lines)
    );
    if !title.is_empty() {
        let _ = writeln!(text, "漏洞简介：{title}");
    }
    for (number, line) in (1..).zip(lines.iter().take(MOST_LISTED)) {
        let name = if line.name.is_empty() { String::new() } else { format!("{}，", line.name) };
        let version = if line.component.version.number.is_empty() { "版本未知" } else { &line.component.version.number };
        let Line { subject, component, certainty, since, fixed_in, .. } = line;
        let (by, sure, since) = (component.channel.label().zh, certainty.label().zh, day_of(*since));
        let _ = write!(
            text,
            "{number}. {name}{subject}：{} {version}（{}，依据{by}，判断：{sure}，发现于 {since}）",
            component.name, component.place
        );
        let _ = match fixed_in {
            Some(fixed) => writeln!(text, "，升级至 {fixed} 或更高版本。"),
            None => writeln!(text, "，请按厂商公告处置。"),
        };
    }
    if lines.len() > MOST_LISTED {
        let _ = writeln!(text, "另有 {} 项，见平台清单。", lines.len() - MOST_LISTED);
    }
    if !remedy.is_empty() {
        let _ = writeln!(text, "处置建议：{remedy}");
    }
    let _ = write!(
        text,
        "请于 {due} 前完成整改并反馈结果；版本未知或可能已由发行版修复的，请先核实。依据：《互联网政务应用安全管理规定》第三条、第二十七条。"
    );
    text
}

fn english(to: &EntityId, lines: &[&Line], affected: &Affected, due: Date) -> String {
    let (title, remedy) = words(affected);
    let (names, gravity) = (affected.names.join(", "), affected.severity.label().en);
    let exploited = if affected.exploited { ", known to be exploited" } else { "" };
    let mut text = format!(
        "{}:\nComponents of the following applications of yours are concerned by {names} ({gravity}{exploited}).\n",
        addressee(to, lines)
    );
    if !title.is_empty() {
        let _ = writeln!(text, "In short: {title}");
    }
    for (number, line) in (1..).zip(lines.iter().take(MOST_LISTED)) {
        let name = if line.name.is_empty() { String::new() } else { format!("{}, ", line.name) };
        let version = if line.component.version.number.is_empty() { "version unknown" } else { &line.component.version.number };
        let Line { subject, component, certainty, since, fixed_in, .. } = line;
        let (by, sure, since) = (component.channel.label().en, certainty.label().en, day_of(*since));
        let _ = write!(
            text,
            "{number}. {name}{subject}: {} {version} ({}, by {by}, {sure}, since {since})",
            component.name, component.place
        );
        let _ = match fixed_in {
            Some(fixed) => writeln!(text, "; upgrade to {fixed} or later."),
            None => writeln!(text, "; act on the vendor's advisory."),
        };
    }
    if lines.len() > MOST_LISTED {
        let _ = writeln!(text, "And {} more, listed on the platform.", lines.len() - MOST_LISTED);
    }
    if !remedy.is_empty() {
        let _ = writeln!(text, "Remedy: {remedy}");
    }
    let _ = write!(
        text,
        "Mend this by {due} and report; where the version is unknown or the distribution may have mended it, verify first. Basis: articles 3 and 27."
    );
    text
}
