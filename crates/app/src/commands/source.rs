//! `mingcha source`: what the ledger is made of, how it gets in, how fresh it is.

use std::path::Path;

use anyhow::{Context, anyhow};
use ingest::ledger::{self, Reading};
use ingest::source::{FORMATS, format};
use intake::{Intake, Offer};
use jiff::Timestamp;
use model::ledger::Entry;
use model::ledger::source::{Delivery, DeliveryState, Mode, Rejected, Source as Named, SourceClass, SourceKind};
use model::text::{Lang, Text};
use model::view::day_in_china;
use render::listing;
use watch::Watch;

use crate::cli::ledger::{Import, Source};
use crate::config::Config;
use crate::exit::{Exit, OrExit, ended};
use crate::output::{print, terminal_width};
use crate::wire;

/// Rejected rows that are printed one by one; the number of the others is said.
const SHOWN: usize = 50;

/// Imports, fetches, lists.
pub async fn run(job: Source, config: &Config, lang: Lang) -> Exit {
    ended(work(job, config, lang).await)
}

async fn work(job: Source, config: &Config, lang: Lang) -> Result<Exit, Exit> {
    match job {
        Source::List => list(config, lang).await,
        Source::Formats { kind } => formats(kind, lang),
        Source::Import(job) => import(&job, config, lang).await,
        Source::Sync { names, watch } => super::sync::run(&names, watch, config, lang).await,
        Source::Show { delivery } => show(delivery, config, lang).await,
        Source::Release { delivery } => {
            settle(wire::intake(config).or_failed()?.release(delivery, wire::now()).await.or_usage()?, lang)
        }
        Source::Discard { delivery } => settle(wire::intake(config).or_failed()?.discard(delivery).await.or_usage()?, lang),
    }
}

async fn list(config: &Config, lang: Lang) -> Result<Exit, Exit> {
    let intake = wire::intake(config).or_failed()?;
    let now = Timestamp::now();
    let mut rows = Vec::new();
    for source in intake.store().sources().await.or_failed()? {
        let deliveries = intake.store().deliveries(Some(source.id), 1).await.or_failed()?;
        rows.push(line(&source, deliveries.first(), now, lang));
    }
    let head = match lang {
        Lang::Zh => ["类别", "来源", "最近交付", "状态", "条目", "时效"],
        Lang::En => ["kind", "source", "last delivery", "state", "rows", "freshness"],
    };
    if rows.is_empty() {
        eprintln!(
            "{}",
            Text::new(
                "尚未导入数据：mingcha source import 类别 文件",
                "nothing is imported yet: mingcha source import KIND FILE"
            )
            .get(lang)
        );
        return Ok(Exit::Clean);
    }
    print(&listing::table(&head, rows, terminal_width()))?;
    Ok(Exit::Clean)
}

fn line(source: &Named, last: Option<&Delivery>, now: Timestamp, lang: Lang) -> Vec<String> {
    let kind = format!("{}（{}）", source.kind.label().get(lang), source.kind.word());
    let Some(last) = last else { return vec![kind, source.name.clone()] };
    let age = now.duration_since(last.at).as_hours() / 24;
    let expected = i64::from(source.kind.fresh_days());
    let fresh = match (expected, age > expected) {
        (0, _) => Text::same("-"),
        (_, true) => {
            Text::new(format!("已过期：{age} 天，应不超过 {expected} 天"), format!("stale: {age} days, {expected} at most"))
        }
        (_, false) => Text::new(format!("{age} 天"), format!("{age} days")),
    };
    vec![
        kind,
        source.name.clone(),
        format!("#{} {}", last.id, day_in_china(last.at)),
        state(last.state).get(lang).to_owned(),
        last.counts.rows.to_string(),
        fresh.get(lang).to_owned(),
    ]
}

fn formats(kind: Option<SourceKind>, lang: Lang) -> Result<Exit, Exit> {
    let Some(kind) = kind else {
        let head = match lang {
            Lang::Zh => ["类别", "说明", "交付方式", "时效（天）"],
            Lang::En => ["kind", "what it is", "delivered as", "fresh for (days)"],
        };
        let mode = |kind: SourceKind| match kind.mode() {
            Mode::Whole => Text::new("全量", "a whole"),
            Mode::Each => Text::new("按应用全量", "a whole of each application"),
            Mode::Addition => Text::new("增量", "additions"),
        };
        let rows = FORMATS.iter().map(|format| {
            let kind = format.kind;
            vec![kind.word().into(), kind.label().get(lang).into(), mode(kind).get(lang).into(), kind.fresh_days().to_string()]
        });
        print(&listing::table(&head, rows, terminal_width()))?;
        return Ok(Exit::Clean);
    };
    let format = format(kind).ok_or_else(|| anyhow!("{} is not read from files", kind.word())).or_usage()?;
    print(format.doc.get(lang))?;
    Ok(Exit::Clean)
}

async fn import(job: &Import, config: &Config, lang: Lang) -> Result<Exit, Exit> {
    let intake = wire::intake(config).or_failed()?;
    let watch = wire::watch(config).or_failed()?;
    let about = job.of.as_ref().map(|word| super::ledger::named(word, lang)).transpose()?;
    let mut exit = Exit::Clean;
    for file in &job.files {
        let shown = file.display().to_string();
        let found = std::fs::metadata(file);
        if !found.as_ref().is_ok_and(std::fs::Metadata::is_file) {
            let why = found.err().map_or_else(|| Text::new("不是文件", "it is no file"), |error| Text::same(error.to_string()));
            let problem = Text::new(format!("无法读取 {shown}：{}", why.zh), format!("cannot read {shown}: {}", why.en));
            return Err(Exit::Usage(anyhow!("{}", problem.get(lang))));
        }
        let offer = Offer { kind: job.kind, name: &job.name, origin: &shown, file, at: wire::now(), about: about.as_ref() };
        let taken =
            if job.preview { intake.preview(offer).await.map_err(Into::into) } else { deliver(&intake, &watch, offer).await };
        if let failed @ Exit::Usage(_) = settle(taken.or_failed()?, lang)? {
            exit = failed;
        }
    }
    let moves = job.kind.class() == SourceClass::Advisory || job.kind == SourceKind::Sbom;
    if moves && !job.preview {
        super::advisory::work_off(&watch, lang).await?;
    }
    Ok(exit)
}

/// Takes a delivery; what a bill of materials declares is put before the watch.
pub async fn deliver(intake: &Intake, watch: &Watch, offer: Offer<'_>) -> anyhow::Result<Delivery> {
    let delivery = intake.deliver(offer).await?;
    if offer.kind == SourceKind::Sbom && delivery.state == DeliveryState::Applied {
        watch.declare(offer.at).await?;
    }
    Ok(delivery)
}

/// Says how a delivery ended. A delivery that is not taken is unreadable input.
pub fn settle(delivery: Delivery, lang: Lang) -> Result<Exit, Exit> {
    rejected(&delivery.origin, &delivery.rejected, delivery.counts.rejected, lang);
    eprintln!("{}", summary(&delivery).get(lang));
    let reason = delivery.reason.as_ref().map_or_else(String::new, |reason| reason.get(lang).to_owned());
    Ok(match delivery.state {
        DeliveryState::Held => {
            let hint = match lang {
                Lang::Zh => format!("采用：mingcha source release {0}；放弃：mingcha source discard {0}", delivery.id),
                Lang::En => format!("take it: mingcha source release {0}; or not: mingcha source discard {0}", delivery.id),
            };
            Exit::Usage(anyhow!("{}: {reason}\n{hint}", delivery.origin))
        }
        DeliveryState::Refused => Exit::Usage(anyhow!("{}: {reason}", delivery.origin)),
        _ => Exit::Clean,
    })
}

fn summary(delivery: &Delivery) -> Text {
    let counts = &delivery.counts;
    let state = state(delivery.state);
    let number = if delivery.id == 0 { Text::new("预览", "preview") } else { Text::same(format!("#{}", delivery.id)) };
    Text::new(
        format!(
            "{} {}：{} 行，新增 {}，变更 {}，未变 {}，撤下 {}，未采用 {}",
            number.zh, state.zh, counts.rows, counts.added, counts.changed, counts.unchanged, counts.withdrawn, counts.rejected
        ),
        format!(
            "{} {}: {} rows, {} added, {} changed, {} unchanged, {} withdrawn, {} rejected",
            number.en, state.en, counts.rows, counts.added, counts.changed, counts.unchanged, counts.withdrawn, counts.rejected
        ),
    )
}

fn state(state: DeliveryState) -> Text {
    match state {
        DeliveryState::Open => Text::new("未完成", "not complete"),
        DeliveryState::Applied => Text::new("已采用", "taken"),
        DeliveryState::Held => Text::new("待确认", "held"),
        DeliveryState::Refused => Text::new("已拒绝", "refused"),
        DeliveryState::Discarded => Text::new("已放弃", "discarded"),
    }
}

async fn show(id: i64, config: &Config, lang: Lang) -> Result<Exit, Exit> {
    let found = wire::intake(config).or_failed()?.store().delivery(id).await.or_failed()?;
    let delivery = found.ok_or_else(|| anyhow!("there is no delivery {id}")).or_usage()?;
    let (source, at) = (render::truth::source(&delivery.source, lang), delivery.at);
    print(&format!("#{id} {source}\n{} · {at} · {}\n{}\n", delivery.origin, delivery.digest, summary(&delivery).get(lang)))?;
    if let Some(reason) = &delivery.reason {
        print(&format!("{}\n", reason.get(lang)))?;
    }
    let head = match lang {
        Lang::Zh => ["行", "列", "值", "原因"],
        Lang::En => ["line", "column", "value", "reason"],
    };
    if !delivery.rejected.is_empty() {
        let rows = delivery.rejected.iter().map(|row| {
            vec![row.line.to_string(), row.column.clone().unwrap_or_default(), row.value.clone(), row.reason.get(lang).to_owned()]
        });
        print(&listing::table(&head, rows, terminal_width()))?;
    }
    Ok(Exit::Clean)
}

/// Prints the first bad rows of a file with line, column, value and reason.
fn rejected(name: &str, rows: &[Rejected], all: u64, lang: Lang) {
    for row in rows.iter().take(SHOWN) {
        let column = row.column.as_deref().unwrap_or("-");
        eprintln!("{name}:{}: {column} “{}”: {}", row.line, row.value, row.reason.get(lang));
    }
    let unseen = all.saturating_sub(rows.len().min(SHOWN) as u64);
    if unseen > 0 {
        match lang {
            Lang::Zh => eprintln!("{name}：另有 {unseen} 行未采用"),
            Lang::En => eprintln!("{name}: {unseen} more rows were rejected"),
        }
    }
}

/// Reads a ledger file. Bad rows are printed with line and reason; the good ones are returned.
pub fn read(file: &Path, lang: Lang) -> Result<Vec<Entry>, Exit> {
    let name = file.display().to_string();
    let bytes = std::fs::read(file).with_context(|| format!("cannot read the ledger {name}")).or_usage()?;
    let Reading { entries, rejected, .. } = ledger::read(&name, &bytes).or_usage()?;
    for row in rejected.iter().take(SHOWN) {
        let column = row.column.as_deref().unwrap_or("-");
        eprintln!("{name}:{}: {column} “{}”: {}", row.line, row.value, row.reason.get(lang));
    }
    match (rejected.len(), lang) {
        (0, _) => {}
        (count, Lang::Zh) => eprintln!("{name}：{count} 行有误未采用，{} 行有效", entries.len()),
        (count, Lang::En) => eprintln!("{name}: {count} rows rejected, {} good rows", entries.len()),
    }
    if entries.is_empty() {
        let error = match lang {
            Lang::Zh => anyhow!("台账 {name} 中没有有效的行"),
            Lang::En => anyhow!("the ledger {name} holds no valid row"),
        };
        return Err(Exit::Usage(error));
    }
    Ok(entries)
}
