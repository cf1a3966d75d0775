//! What a person decides.

use intake::{Decision, Intake};
use model::ledger::attribute::Attribute;
use model::ledger::claim::Sameness;
use model::ledger::entity::EntityId;
use model::text::{Lang, Text};
use render::listing;

use crate::cli::ledger::By;
use crate::exit::{Exit, OrExit};
use crate::output::{print, terminal_width};
use crate::wire;

fn decision(by: &By) -> Decision<'_> {
    Decision { person: &by.by, because: &by.because, at: wire::now() }
}

fn done(text: Text, lang: Lang) -> Exit {
    eprintln!("{}", text.get(lang));
    Exit::Clean
}

/// Pins a value.
pub async fn pin(
    intake: &Intake,
    entity: &EntityId,
    attribute: Attribute,
    value: &str,
    by: &By,
    lang: Lang,
) -> Result<Exit, Exit> {
    intake.pin(entity, attribute, value, decision(by)).await.or_usage()?;
    let label = attribute.label();
    Ok(done(Text::new(format!("已确定 {entity} 的“{}”", label.zh), format!("pinned: {} of {entity}", label.en)), lang))
}

/// Takes a pinned value back.
pub async fn unpin(intake: &Intake, entity: &EntityId, attribute: Attribute, by: &By, lang: Lang) -> Result<Exit, Exit> {
    let was_pinned = intake.unpin(entity, attribute, decision(by)).await.or_failed()?;
    let label = attribute.label();
    Ok(done(
        match was_pinned {
            true => Text::new(format!("已撤销 {entity} 的“{}”", label.zh), format!("unpinned: {} of {entity}", label.en)),
            false => {
                Text::new(format!("{entity} 的“{}”未曾人工确定", label.zh), format!("{} of {entity} was not pinned", label.en))
            }
        },
        lang,
    ))
}

/// Lists what a person has to decide.
pub async fn pairs(intake: &Intake, lang: Lang) -> Result<Exit, Exit> {
    let mut links = intake.store().all_links().await.or_failed()?;
    links.retain(|link| link.sameness == Sameness::Doubtful);
    let head = match lang {
        Lang::Zh => ["名称", "疑似同一对象", "理由"],
        Lang::En => ["name", "perhaps the same", "why"],
    };
    let rows = links.iter().map(|link| {
        let reasons: Vec<&str> = link.reasons.iter().map(|reason| reason.get(lang)).collect();
        vec![link.alias.to_string(), link.entity.to_string(), reasons.join("; ")]
    });
    print(&listing::table(&head, rows, terminal_width()))?;
    let count = links.len();
    Ok(done(
        Text::new(
            format!("{count} 对待判断：mingcha ledger same|different 名称 名称 --by 确认人 --because 理由"),
            format!("{count} pairs to decide: mingcha ledger same|different NAME NAME --by PERSON --because REASON"),
        ),
        lang,
    ))
}

/// Two names mean one thing.
pub async fn same(intake: &Intake, alias: &EntityId, entity: &EntityId, by: &By, lang: Lang) -> Result<Exit, Exit> {
    intake.link(alias, entity, Sameness::Same, decision(by)).await.or_usage()?;
    Ok(done(Text::new(format!("{alias} 即 {entity}"), format!("{alias} is {entity}")), lang))
}

/// Two names mean two things.
pub async fn different(intake: &Intake, one: &EntityId, other: &EntityId, by: &By, lang: Lang) -> Result<Exit, Exit> {
    intake.link(one, other, Sameness::Different, decision(by)).await.or_usage()?;
    Ok(done(Text::new(format!("{one} 与 {other} 不是同一对象"), format!("{one} is not {other}")), lang))
}
