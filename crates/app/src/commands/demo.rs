//! `mingcha demo`: the lab, a sweep of it, and what was found beside what was planted.

use std::collections::BTreeMap;

use anyhow::anyhow;
use engine::Scope;
use engine::plan::Plan;
use lab::truth::Expect;
use lab::world::World;
use model::text::Lang;
use model::verdict::Verdict;

use super::{lab as lab_command, source, sweep};
use crate::cli::{Demo, Format, Output};
use crate::config::Config;
use crate::exit::{Exit, OrExit, ended};
use crate::output::{Results, print};
use crate::progress::Bar;
use crate::wire;

/// Runs the demonstration.
pub async fn run(job: &Demo, lang: Lang) -> Exit {
    ended(demo(job, lang).await)
}

async fn demo(job: &Demo, lang: Lang) -> Result<Exit, Exit> {
    let world = World::builtin().or_failed()?;
    let expected = world.truth.expectations(&world).or_failed()?;
    let lab = lab_command::start(world, &job.out.join("lab")).await.or_failed()?;
    let config = Config::load(Some(&lab.config_file())).or_failed()?;
    let entries = source::read(&lab.ledger_file(), lang)?;
    let engine = wire::engine(&config, true, Scope::Check { map: true }, &entries).await.or_failed()?;
    let results = sweep::run_to_end(&engine, &Plan::of_ledger(&entries), true, &Bar::new(lang), lang).await?;
    let output = |format, out| Output { format, out };
    results.write(&output(Format::Table, None), lang).await?;
    results.write(&output(Format::Json, Some(job.out.clone())), lang).await?;
    let written = results.write(&output(Format::Html, Some(job.out.join("report"))), lang).await?;
    let comparison = compare(&expected, &verdicts(&results).await?);
    drop(engine);
    lab.stop().await;
    print(&comparison.text(lang))?;
    if let Some(file) = written.file {
        let word = if lang == Lang::Zh { "报告" } else { "report" };
        print(&format!("{word}: {}\n", file.display()))?;
    }
    if comparison.differences.is_empty() {
        return Ok(Exit::Clean);
    }
    Err(Exit::Failed(match lang {
        Lang::Zh => anyhow!("检测结果与预设不一致"),
        Lang::En => anyhow!("the findings differ from what was planted"),
    }))
}

async fn verdicts(results: &Results) -> Result<Vec<Verdict>, Exit> {
    let mut all = Vec::new();
    for subject in &results.subjects {
        let sealed = results.store.of_run(results.run, subject).await.or_failed()?;
        all.extend(sealed.into_iter().flat_map(|sealed| sealed.verdicts));
    }
    Ok(all)
}

/// What was found beside what was planted.
struct Comparison {
    planted: usize,
    found: usize,
    differences: Vec<String>,
}

/// Compares both ways: every planted violation, and nothing else.
fn compare(expected: &BTreeMap<(String, String), Expect>, verdicts: &[Verdict]) -> Comparison {
    let mut open: BTreeMap<_, _> = expected.iter().collect();
    let planted = expected.values().filter(|expect| expect.verdict == "violation").count();
    let (mut found, mut differences) = (0, Vec::new());
    for verdict in verdicts {
        let key = (verdict.subject.to_string(), verdict.rule.clone());
        let got = (word(&verdict.value), verdict.grade.as_ref().map_or_else(String::new, word));
        let wanted = open.remove(&key).map(|expect| (expect.verdict.clone(), expect.grade.clone()));
        if wanted.as_ref() == Some(&got) {
            found += usize::from(got.0 == "violation");
        } else {
            let wanted = wanted.unwrap_or_else(|| ("nothing".into(), String::new()));
            let reason = &verdict.reason.en;
            differences
                .push(format!("{} {}: expected {} {}, got {} {}: {reason}", key.0, key.1, wanted.0, wanted.1, got.0, got.1));
        }
    }
    differences.extend(open.keys().map(|(subject, rule)| format!("{subject} {rule}: not judged")));
    Comparison { planted, found, differences }
}

/// A value or grade as the contract writes it.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

impl Comparison {
    fn text(&self, lang: Lang) -> String {
        let Self { planted, found, differences } = self;
        let summary = match lang {
            Lang::Zh => format!(
                "预设问题 {planted}，检出 {found}，意外 {0}（planted {planted}, found {found}, unexpected {0}）\n",
                differences.len()
            ),
            Lang::En => format!("planted {planted}, found {found}, unexpected {}\n", differences.len()),
        };
        differences.iter().map(|difference| format!("{difference}\n")).collect::<String>() + &summary
    }
}
