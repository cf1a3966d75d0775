//! Lists of institutions and applications, and numbers by division.

use intake::Intake;
use model::ledger::attribute::Attribute;
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::truth::{ApplicationLine, Truth};
use model::text::Lang;
use ports::ledger::Region;
use render::listing;
use serde::Serialize;

use crate::cli::ledger::ListFormat;
use crate::exit::{Exit, OrExit};
use crate::output::{print, terminal_width};

/// Truths read at a time.
const PAGE: usize = 5_000;

/// Prints institutions, or applications with their owners.
pub async fn list(
    intake: &Intake,
    region: &Region,
    kind: Option<EntityKind>,
    format: ListFormat,
    lang: Lang,
) -> Result<Exit, Exit> {
    match kind {
        Some(EntityKind::Institution) => institutions(intake, region, format, lang).await,
        _ => applications(intake, region, kind, format, lang).await,
    }
}

async fn applications(
    intake: &Intake,
    region: &Region,
    kind: Option<EntityKind>,
    format: ListFormat,
    lang: Lang,
) -> Result<Exit, Exit> {
    let mut lines = intake.store().applications(region, usize::MAX).await.or_failed()?;
    lines.retain(|line| kind.is_none_or(|kind| line.entity.kind == kind));
    let head = match lang {
        Lang::Zh => ["区划", "应用", "名称", "状态", "开办单位"],
        Lang::En => ["division", "application", "name", "state", "institution"],
    };
    let row = |line: &ApplicationLine| {
        let division = line.division.as_ref().map(ToString::to_string).unwrap_or_default();
        let owner =
            line.owner.as_ref().map(|owner| if line.owner_name.is_empty() { owner.to_string() } else { line.owner_name.clone() });
        vec![division, line.entity.to_string(), line.name.clone(), line.state.label().get(lang).into(), owner.unwrap_or_default()]
    };
    print_all(&lines, &head, row, format)?;
    match lang {
        Lang::Zh => eprintln!("共 {} 个应用", lines.len()),
        Lang::En => eprintln!("{} applications", lines.len()),
    }
    Ok(Exit::Clean)
}

async fn institutions(intake: &Intake, region: &Region, format: ListFormat, lang: Lang) -> Result<Exit, Exit> {
    let (mut truths, mut after): (Vec<Truth>, Option<EntityId>) = (Vec::new(), None);
    loop {
        let page = intake.store().page_of_truths(EntityKind::Institution, region, after.as_ref(), PAGE).await.or_failed()?;
        let Some(last) = page.last() else { break };
        after = Some(last.entity.clone());
        truths.extend(page);
    }
    let head = match lang {
        Lang::Zh => ["区划", "单位", "统一社会信用代码", "类型", "层级", "状态"],
        Lang::En => ["division", "institution", "code", "type", "level", "state"],
    };
    let row = |truth: &Truth| {
        let value =
            |attribute| truth.get(attribute).map(|value| render::truth::words(attribute, value, lang)).unwrap_or_default();
        let name = truth.get(Attribute::Name).unwrap_or(&truth.entity.key).to_owned();
        let division = truth.division.as_ref().map(ToString::to_string).unwrap_or_default();
        let state = truth.state.label().get(lang).to_owned();
        vec![division, name, value(Attribute::Uscc), value(Attribute::Type), value(Attribute::Level), state]
    };
    print_all(&truths, &head, row, format)?;
    match lang {
        Lang::Zh => eprintln!("共 {} 家单位", truths.len()),
        Lang::En => eprintln!("{} institutions", truths.len()),
    }
    Ok(Exit::Clean)
}

fn print_all<T: Serialize>(all: &[T], head: &[&str], row: impl Fn(&T) -> Vec<String>, format: ListFormat) -> Result<(), Exit> {
    print(&match format {
        ListFormat::Json => json(all)?,
        ListFormat::Csv => listing::csv(head, all.iter().map(row)),
        ListFormat::Table => listing::table(head, all.iter().map(row), terminal_width()),
    })
}

/// Prints numbers by division, each with all below it.
pub async fn tree(intake: &Intake, region: &Region, lang: Lang) -> Result<Exit, Exit> {
    let lines = intake.tree(region).await.or_failed()?;
    let kinds = [
        EntityKind::Institution,
        EntityKind::Site,
        EntityKind::Mail,
        EntityKind::App,
        EntityKind::MiniProgram,
        EntityKind::Account,
    ];
    let mut head = vec![if lang == Lang::Zh { "区划" } else { "division" }];
    head.extend(kinds.iter().map(|kind| kind.label().get(lang)));
    let unknown = if lang == Lang::Zh { "（区划未知）" } else { "(no division)" };
    let rows = lines.iter().map(|line| {
        let place = match &line.division {
            Some(code) => format!("{}{code} {}", "· ".repeat(line.depth), line.name),
            None => unknown.to_owned(),
        };
        let numbers = kinds.iter().map(|kind| line.entities.get(kind).copied().unwrap_or_default().to_string());
        std::iter::once(place).chain(numbers).collect()
    });
    print(&listing::table(&head, rows, terminal_width()))?;
    Ok(Exit::Clean)
}

/// A value as a JSON document with a final line feed.
pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<String, Exit> {
    serde_json::to_string_pretty(value).map(|text| text + "\n").or_failed()
}
