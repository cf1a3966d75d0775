//! Who is affected: by one vulnerability, by all, and how that goes on.

use anyhow::anyhow;
use model::advisory::Certainty;
use model::ledger::source::SourceKind;
use model::text::{Lang, Text};
use ports::ledger::Region;
use render::listing;
use serde::Serialize;
use serde_json::json;
use watch::{Affected, Line, Watch};

use super::super::ledger::json;
use crate::cli::advisory::Match;
use crate::cli::ledger::ListFormat;
use crate::config::Config;
use crate::exit::{Exit, OrExit};
use crate::output::{print, terminal_width};
use crate::wire;

/// Vulnerabilities that a list names, and lines of the affected on a terminal.
const MOST_LISTED: usize = 200;
const MOST_LINES: usize = 200;

/// Prints who is affected by each name.
pub async fn matched(job: &Match, config: &Config, lang: Lang) -> Result<Exit, Exit> {
    let watch = wire::watch(config).or_failed()?;
    super::work_off(&watch, lang).await?;
    let (region, mut exit) = (Region::of(job.region.clone()), Exit::Clean);
    for name in &job.names {
        let most = if job.format == ListFormat::Table { MOST_LINES } else { usize::MAX };
        let affected = watch.affected(name, &region, most).await.or_failed()?;
        if affected.statements.is_empty() {
            let unknown =
                Text::new(format!("{name}：已导入的公告中没有此编号"), format!("{name}: no imported advisory bears this name"));
            exit = Exit::Usage(anyhow!("{}", unknown.get(lang)));
            continue;
        }
        print(&match job.format {
            ListFormat::Json => json(&document(&affected))?,
            ListFormat::Csv => listing::csv(&heads(lang), affected.lines.iter().map(|line| row(line, lang))),
            ListFormat::Table => table(&affected, lang),
        })?;
    }
    Ok(exit)
}

fn heads(lang: Lang) -> [&'static str; 7] {
    match lang {
        Lang::Zh => ["区划", "单位", "应用", "组件", "把握程度", "自", "修复版本"],
        Lang::En => ["division", "institution", "application", "component", "certainty", "since", "fixed in"],
    }
}

fn row(line: &Line, lang: Lang) -> Vec<String> {
    let institution = line.institution.as_ref().map(ToString::to_string).unwrap_or_default();
    vec![
        line.division.as_ref().map(ToString::to_string).unwrap_or_default(),
        if line.institution_name.is_empty() { institution } else { line.institution_name.clone() },
        line.subject.key.clone(),
        format!("{} {}", line.component.name, line.component.version.number),
        line.certainty.label().get(lang).to_owned(),
        model::view::day_in_china(line.since).to_string(),
        line.fixed_in.clone().unwrap_or_default(),
    ]
}

fn table(affected: &Affected, lang: Lang) -> String {
    let chief = affected.vulnerabilities.join(", ");
    let others: Vec<&str> =
        affected.names.iter().filter(|name| !affected.vulnerabilities.contains(name)).map(String::as_str).collect();
    let title = affected.statements.iter().map(|said| said.statement.title.as_str()).find(|title| !title.is_empty());
    let mut sources: Vec<SourceKind> = affected.statements.iter().map(|said| said.statement.source).collect();
    sources.sort_unstable();
    sources.dedup();
    let sources: Vec<&str> = sources.into_iter().map(|source| source.label().get(lang)).collect();
    let exploited = Text::new(" · 已知被利用", " · known to be exploited");
    let mut text = format!(
        "{chief} [{}{}] {}\n{}{}\n\n",
        affected.severity.label().get(lang),
        if affected.exploited { exploited.get(lang) } else { "" },
        title.unwrap_or_default(),
        others.iter().map(|name| format!("{name}\n")).collect::<String>(),
        sources.join(", "),
    );
    let width = terminal_width();
    text += &listing::table(&division_heads(lang), divisions(affected, lang), width);
    if !affected.lines.is_empty() {
        text += "\n";
        text += &listing::table(&heads(lang), affected.lines.iter().map(|line| row(line, lang)), width);
    }
    if affected.beyond > 0 {
        let more = affected.beyond;
        text +=
            Text::new(format!("另有 {more} 条，用 --format csv 查看全部\n"), format!("{more} more: --format csv lists all\n"))
                .get(lang);
    }
    text
}

fn division_heads(lang: Lang) -> [&'static str; 6] {
    match lang {
        Lang::Zh => ["区划", "单位", "应用", "确定或很可能", "可能", "待核实"],
        Lang::En => ["division", "institutions", "applications", "likely", "possible", "in doubt"],
    }
}

fn divisions<'a>(affected: &'a Affected, lang: Lang) -> impl Iterator<Item = Vec<String>> + 'a {
    let nowhere = Text::new("（区划未知）", "(no division)").get(lang).to_owned();
    affected.divisions.iter().map(move |line| {
        let count =
            |of: &[Certainty]| of.iter().filter_map(|certainty| line.by_certainty.get(certainty)).sum::<u64>().to_string();
        vec![
            line.division.as_ref().map_or_else(|| nowhere.clone(), ToString::to_string),
            line.institutions.to_string(),
            line.applications.to_string(),
            count(&[Certainty::Certain, Certainty::Likely]),
            count(&[Certainty::Possible]),
            count(&[Certainty::Backported, Certainty::VersionUnknown]),
        ]
    })
}

fn document(affected: &Affected) -> serde_json::Value {
    let lines = affected.lines.iter().map(|line| {
        json!({
            "finding": line.finding.to_string(),
            "division": line.division,
            "institution": line.institution.as_ref().map(ToString::to_string),
            "institution_name": line.institution_name,
            "subject": line.subject,
            "name": line.name,
            "vulnerability": line.vulnerability,
            "component": line.component,
            "certainty": line.certainty,
            "since": line.since,
            "confirmed": line.confirmed,
            "fixed_in": line.fixed_in,
        })
    });
    let divisions = affected.divisions.iter().map(|line| {
        json!({
            "division": line.division,
            "institutions": line.institutions,
            "applications": line.applications,
            "by_certainty": line.by_certainty,
        })
    });
    json!({
        "vulnerabilities": affected.vulnerabilities,
        "names": affected.names,
        "severity": affected.severity,
        "exploited": affected.exploited,
        "statements": affected.statements.iter().map(|said| &said.statement).collect::<Vec<_>>(),
        "divisions": divisions.collect::<Vec<_>>(),
        "affected": lines.collect::<Vec<_>>(),
    })
}

/// A vulnerability in the list.
#[derive(Serialize)]
struct Open {
    vulnerability: String,
    severity: model::rule::Severity,
    exploited: bool,
    title: String,
    institutions: u64,
    applications: u64,
}

/// Prints the vulnerabilities with open findings: exploited ones first, then the gravest, then those that most have.
pub async fn list(region: &Region, format: ListFormat, config: &Config, lang: Lang) -> Result<Exit, Exit> {
    let watch = wire::watch(config).or_failed()?;
    super::work_off(&watch, lang).await?;
    let mut open = Vec::new();
    for (name, _) in watch.advisories().open_vulnerabilities(MOST_LISTED).await.or_failed()? {
        let told = one(&watch, name, region).await?;
        open.extend((told.applications > 0).then_some(told));
    }
    open.sort_by_key(|one| std::cmp::Reverse((one.exploited, one.severity, one.applications)));
    let head = match lang {
        Lang::Zh => ["漏洞", "严重程度", "已知被利用", "单位", "应用", "名称"],
        Lang::En => ["vulnerability", "severity", "exploited", "institutions", "applications", "title"],
    };
    let row = |one: &Open| {
        vec![
            one.vulnerability.clone(),
            one.severity.label().get(lang).to_owned(),
            if one.exploited { Text::new("是", "yes").get(lang).to_owned() } else { String::new() },
            one.institutions.to_string(),
            one.applications.to_string(),
            one.title.clone(),
        ]
    };
    print(&match format {
        ListFormat::Json => json(&open)?,
        ListFormat::Csv => listing::csv(&head, open.iter().map(row)),
        ListFormat::Table => listing::table(&head, open.iter().map(row), terminal_width()),
    })?;
    Ok(Exit::Clean)
}

async fn one(watch: &Watch, vulnerability: String, region: &Region) -> Result<Open, Exit> {
    let affected = watch.affected(&vulnerability, region, 0).await.or_failed()?;
    let title = affected.statements.iter().map(|said| said.statement.title.clone()).find(|title| !title.is_empty());
    Ok(Open {
        vulnerability,
        severity: affected.severity,
        exploited: affected.exploited,
        title: title.unwrap_or_default(),
        institutions: affected.divisions.iter().map(|line| line.institutions).sum(),
        applications: affected.divisions.iter().map(|line| line.applications).sum(),
    })
}

/// Prints open and closed findings by day.
pub async fn curve(name: &str, format: ListFormat, config: &Config, lang: Lang) -> Result<Exit, Exit> {
    let points = wire::watch(config).or_failed()?.curve(name).await.or_failed()?;
    let head = match lang {
        Lang::Zh => ["日期", "未整改", "已整改"],
        Lang::En => ["day", "open", "closed"],
    };
    let rows = points.iter().map(|point| vec![point.day.to_string(), point.open.to_string(), point.closed.to_string()]);
    let points_of = || points.iter().map(|point| json!({ "day": point.day, "open": point.open, "closed": point.closed }));
    print(&match format {
        ListFormat::Json => json(&points_of().collect::<Vec<_>>())?,
        ListFormat::Csv => listing::csv(&head, rows),
        ListFormat::Table => listing::table(&head, rows, terminal_width()),
    })?;
    Ok(Exit::Clean)
}
