//! One institution or application, now or as of a day.

use anyhow::anyhow;
use intake::Intake;
use jiff::Timestamp;
use jiff::civil::Date;
use model::ledger::attribute::Attribute;
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::truth::Truth;
use model::text::{Lang, Text};
use render::listing;

use super::list::json;
use crate::cli::ledger::ListFormat;
use crate::exit::{Exit, OrExit};
use crate::output::{print, terminal_width};

/// Shows it.
pub async fn show(
    intake: &Intake,
    entity: &EntityId,
    as_of: Option<Date>,
    history: bool,
    format: ListFormat,
    lang: Lang,
) -> Result<Exit, Exit> {
    let at = as_of.map(end_of).transpose().or_usage()?;
    let Some(truth) = intake.truth(entity, at).await.or_failed()? else {
        let claims = intake.store().claims(std::slice::from_ref(entity), at).await.or_failed()?;
        let sightings = intake.store().sightings(entity).await.or_failed()?;
        if !claims.is_empty() || !sightings.is_empty() {
            print(&render::truth::asset(entity, &claims, &sightings, lang, terminal_width()))?;
            return Ok(Exit::Clean);
        }
        let problem = Text::new(format!("台账中没有 {entity}"), format!("the ledger does not know {entity}"));
        return Err(Exit::Usage(anyhow!("{}", problem.get(lang))));
    };
    let past = if history { intake.past(&truth).await.or_failed()? } else { Vec::new() };
    match format {
        ListFormat::Json => print(&json(&truth)?)?,
        ListFormat::Csv => print(&csv(&truth, lang))?,
        ListFormat::Table => {
            print(&render::truth::text(&truth, &past, lang, terminal_width()))?;
            print(&more(intake, &truth, lang).await?)?;
        }
    }
    Ok(Exit::Clean)
}

/// What follows from the truth: why it is of its type and level, who supervises it, what it runs.
async fn more(intake: &Intake, truth: &Truth, lang: Lang) -> Result<String, Exit> {
    let mut text = String::new();
    if truth.entity.kind != EntityKind::Institution {
        return Ok(text);
    }
    for reason in intake.classify(truth).await.or_failed()? {
        text.push_str(&format!("· {}\n", reason.get(lang)));
    }
    let above = intake.supervisors(truth).await.or_failed()?;
    if !above.is_empty() {
        let title = if lang == Lang::Zh { "上级" } else { "above it" };
        text.push_str(&format!("{title}：{}\n", above.join(" ← ")));
    }
    let runs = intake.store().applications_of(&truth.entity).await.or_failed()?;
    match lang {
        Lang::Zh => text.push_str(&format!("名下应用 {} 个\n", runs.len())),
        Lang::En => text.push_str(&format!("runs {} applications\n", runs.len())),
    }
    for application in runs {
        text.push_str(&format!("  {application}\n"));
    }
    Ok(text)
}

fn csv(truth: &Truth, lang: Lang) -> String {
    let head = ["attribute", "value", "source", "since", "in_force"];
    let row = |attribute: Attribute, value: &str, source, since: Timestamp, in_force: bool| {
        vec![attribute.word().into(), value.into(), render::truth::source(source, lang), since.to_string(), in_force.to_string()]
    };
    let rows = truth.attributes.iter().flat_map(|(attribute, held)| {
        let others = held.others.iter().map(|other| row(*attribute, &other.value, &other.source, other.since, false));
        std::iter::once(row(*attribute, &held.value, &held.source, held.since, true)).chain(others).collect::<Vec<_>>()
    });
    listing::csv(&head, rows)
}

/// The last moment of a day in China.
fn end_of(day: Date) -> Result<Timestamp, jiff::Error> {
    let china = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
    let next = day.tomorrow()?.to_zoned(china)?.timestamp();
    next.checked_sub(jiff::SignedDuration::from_millis(1))
}
