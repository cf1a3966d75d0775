//! `mingcha rejudge`: stored evidence under today's rules and settings.

use engine::Scope;
use engine::rejudge::{Change, Moment};
use model::text::Lang;
use model::verdict::{Grade, Value};

use crate::cli::Rejudge;
use crate::config::Config;
use crate::exit::{Exit, OrExit, ended};
use crate::output::print;
use crate::wire;

/// Judges everything again and prints what changed.
pub async fn run(job: &Rejudge, config: Config, lang: Lang) -> Exit {
    ended(rejudge(job, config, lang).await)
}

async fn rejudge(job: &Rejudge, config: Config, lang: Lang) -> Result<Exit, Exit> {
    let engine = wire::engine(&config, false, Scope::Check { map: false }, &[]).await.or_failed()?;
    let moment = if job.as_sealed { Moment::Sealed } else { Moment::Now };
    let changes = engine.rejudge(moment).await.or_failed()?;
    for change in &changes {
        print(&line(change, lang))?;
    }
    match lang {
        Lang::Zh => eprintln!("重新判定完成，{} 条判定发生变化", changes.len()),
        Lang::En => eprintln!("judged again; {} verdicts changed", changes.len()),
    }
    Ok(Exit::Clean)
}

fn line(change: &Change, lang: Lang) -> String {
    let words = |(value, grade): (Value, Option<Grade>)| grade.map_or(value.label().get(lang), |grade| grade.label().get(lang));
    let before = change.before.map_or("-", words);
    format!("{}\t{}\t{before} → {}\n", change.subject, change.rule, words(change.after))
}
