//! Notices to those who are affected: one an institution, for all its applications.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use model::advisory::{Certainty, Component, FindingId, Notice};
use model::ledger::entity::EntityId;
use model::rule::Severity;
use model::text;
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
        text: letter(to, lines, affected, due),
    })
}

/// The notice, line by line.
fn letter(to: &EntityId, lines: &[&Line], affected: &Affected, due: Date) -> Text {
    let mut parts = vec![opening(to, lines, affected)];
    let said = || affected.statements.iter().map(|said| &said.statement).filter(|said| said.standing.is_matched());
    if let Some(title) = said().map(|said| &said.title).find(|title| !title.is_empty()) {
        parts.push(text!(zh: "漏洞简介：{title}", en: "In short: {title}"));
    }
    parts.extend((1..).zip(lines.iter().take(MOST_LISTED)).map(|(number, line)| item(number, line)));
    if let Some(more) = lines.len().checked_sub(MOST_LISTED).filter(|more| *more > 0) {
        parts.push(text!(zh: "另有 {more} 项，见平台清单。", en: "And {more} more, listed on the platform."));
    }
    // The longest: the others mostly say "upgrade" alone.
    if let Some(remedy) = said().map(|said| &said.remedy).filter(|remedy| !remedy.is_empty()).max_by_key(|remedy| remedy.len()) {
        parts.push(text!(zh: "处置建议：{remedy}", en: "Remedy: {remedy}"));
    }
    parts.push(text!(
        zh: "请于 {due} 前完成整改并反馈结果；版本未知或可能已由发行版修复的，请先核实。依据：《互联网政务应用安全管理规定》第三条、第二十七条。",
        en: "Mend this by {due} and report; where the version is unknown or the distribution may have mended it, verify first. \
             Basis: articles 3 and 27 of the regulation on the security of Internet government applications.",
    ));
    let joined = |wording: fn(&Text) -> &str| parts.iter().map(wording).collect::<Vec<_>>().join("\n");
    Text::new(joined(|part| &part.zh), joined(|part| &part.en))
}

fn opening(to: &EntityId, lines: &[&Line], affected: &Affected) -> Text {
    let addressee = lines.iter().map(|line| line.institution_name.as_str()).find(|name| !name.is_empty()).unwrap_or(&to.key);
    let (zh_names, en_names) = (affected.names.join("、"), affected.names.join(", "));
    let gravity = affected.severity.label();
    let (zh_gravity, en_gravity) = (gravity.zh, gravity.en);
    let (zh_known, en_known) = if affected.exploited { ("，已知被利用", ", known to be exploited") } else { ("", "") };
    text!(
        zh: "{addressee}：\n经监测，你单位下列互联网政务应用使用的组件涉及漏洞 {zh_names}（{zh_gravity}{zh_known}）。",
        en: "{addressee}:\nComponents of the following applications of yours are concerned by {en_names} ({en_gravity}{en_known}).",
    )
}

fn item(number: usize, line: &Line) -> Text {
    let Line { subject, component, fixed_in, .. } = line;
    let Component { name, version, channel, place, .. } = component;
    let (zh_name, en_name) =
        if line.name.is_empty() { Default::default() } else { (format!("{}，", line.name), format!("{}, ", line.name)) };
    let (zh_version, en_version) =
        if version.number.is_empty() { ("版本未知", "version unknown") } else { (&*version.number, &*version.number) };
    let (by, sure, since) = (channel.label(), line.certainty.label(), day_of(line.since));
    let (zh_by, en_by, zh_sure, en_sure) = (by.zh, by.en, sure.zh, sure.en);
    let remedy = match fixed_in {
        Some(fixed) => text!(zh: "升级至 {fixed} 或更高版本", en: "upgrade to {fixed} or later"),
        None => text!(zh: "请按厂商公告处置", en: "act on the vendor's advisory"),
    };
    let Text { zh: zh_remedy, en: en_remedy } = remedy;
    text!(
        zh: "{number}. {zh_name}{subject}：{name} {zh_version}（{place}，依据{zh_by}，判断：{zh_sure}，发现于 {since}），{zh_remedy}。",
        en: "{number}. {en_name}{subject}: {name} {en_version} ({place}, by {en_by}, {en_sure}, since {since}); {en_remedy}.",
    )
}
