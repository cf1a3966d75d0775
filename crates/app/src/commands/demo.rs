//! `mingcha demo`: the lab, a sweep of it with the map, and what was found beside what was planted.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::anyhow;
use engine::Scope;
use engine::plan::Plan;
use lab::truth::Expect;
use lab::world::World;
use model::text::Lang;
use model::verdict::Verdict;

use super::{lab as lab_command, sweep};
use crate::cli::{Demo, Format, Output};
use crate::config::Config;
use crate::exit::{Exit, OrExit, ended};
use crate::output::{Results, print};
use crate::planted::{self, Fact, word};
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
    let entries = sweep::ledger(&[lab.ledger_file()], None, &config, lang).await?;
    let engine = wire::engine(&config, true, Scope::Check { map: true }, &entries).await.or_failed()?;
    let results = sweep::run_to_end(&engine, &Plan::of_ledger(&entries), true, &Bar::new(lang), lang).await?;
    let output = |format, out| Output { format, out };
    results.write(&output(Format::Table, None), lang).await?;
    results.write(&output(Format::Json, Some(job.out.clone())), lang).await?;
    let written = results.write(&output(Format::Html, Some(job.out.join("report"))), lang).await?;
    let found = found(&results).await?;
    let verdicts = compare(&expected, &found.verdicts);
    let map = compare_maps(lab.map(), &found.maps);
    drop(engine);
    lab.stop().await;
    print(&verdicts.text(lang))?;
    print(&map.text_of_map(lang))?;
    if let Some(file) = written.file {
        let word = if lang == Lang::Zh { "报告" } else { "report" };
        print(&format!("{word}: {}\n", file.display()))?;
    }
    if verdicts.differences.is_empty() && map.differences.is_empty() {
        return Ok(Exit::Clean);
    }
    Err(Exit::Failed(match lang {
        Lang::Zh => anyhow!("检测结果与预设不一致"),
        Lang::En => anyhow!("the findings differ from what was planted"),
    }))
}

/// What the sweep brought.
#[derive(Default)]
struct Found {
    verdicts: Vec<Verdict>,
    maps: BTreeMap<String, BTreeSet<Fact>>,
}

async fn found(results: &Results) -> Result<Found, Exit> {
    let mut found = Found::default();
    for subject in &results.subjects {
        let Some(sealed) = results.store.of_run(results.run, subject).await.or_failed()? else { continue };
        found.maps.insert(subject.to_string(), planted::facts(&sealed.bundle.observations));
        found.verdicts.extend(sealed.verdicts);
    }
    Ok(found)
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

/// Compares both ways: every planted fact, and nothing else of the subjects that the lab's truth tells of.
fn compare_maps(planted: &BTreeMap<String, BTreeSet<Fact>>, found: &BTreeMap<String, BTreeSet<Fact>>) -> Comparison {
    let count = |facts: &BTreeSet<Fact>, subject| found.get(subject).map_or(0, |found| found.intersection(facts).count());
    Comparison {
        planted: planted.values().map(BTreeSet::len).sum(),
        found: planted.iter().map(|(subject, facts)| count(facts, subject)).sum(),
        differences: planted::differences(planted, found),
    }
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
        self.listed() + &summary
    }

    fn text_of_map(&self, lang: Lang) -> String {
        let Self { planted, found, differences } = self;
        let count = differences.len();
        self.listed()
            + &match lang {
                Lang::Zh => format!("测绘：预设事实 {planted}，测得 {found}，不符 {count}\n"),
                Lang::En => format!("map: planted {planted}, found {found}, unexpected {count}\n"),
            }
    }

    fn listed(&self) -> String {
        self.differences.iter().map(|difference| format!("{difference}\n")).collect()
    }
}
