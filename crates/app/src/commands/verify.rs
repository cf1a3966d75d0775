//! `mingcha verify`: whether a verdict still follows from the evidence it cites.

use anyhow::anyhow;
use engine::Scope;
use engine::verify::{Check, Mismatch, What};
use model::text::{Lang, Text};
use model::verdict::Verdict;

use crate::cli::Verify;
use crate::config::Config;
use crate::exit::{Exit, OrExit, ended};
use crate::output::print;
use crate::wire;

/// Verifies one verdict and prints each step.
pub async fn run(job: &Verify, config: Config, lang: Lang) -> Exit {
    ended(verify(job, config, lang).await)
}

async fn verify(job: &Verify, config: Config, lang: Lang) -> Result<Exit, Exit> {
    let engine = wire::engine(&config, false, Scope::Check { map: false }, &[]).await.or_failed()?;
    let found = engine.store.verdicts(&job.verdict.to_lowercase()).await.or_failed()?;
    let verdict = the_one(&found, &job.verdict, lang).or_usage()?;
    print(&format!("{} {}\n{}\n", verdict.rule, verdict.subject, verdict.reason.get(lang)))?;
    let checks = engine.verify(verdict).await.or_failed()?;
    for check in &checks {
        print(&line(check, lang))?;
    }
    let equal = checks.iter().all(|check| check.result.is_ok());
    let (zh, en) = if equal { ("复核一致", "equal") } else { ("复核不一致", "not equal") };
    print(&format!("{}\n", Text::new(zh, en).get(lang)))?;
    Ok(Exit::found(!equal))
}

fn the_one<'a>(found: &'a [Verdict], id: &str, lang: Lang) -> anyhow::Result<&'a Verdict> {
    match (found, lang) {
        ([verdict], _) => Ok(verdict),
        ([], Lang::Zh) => Err(anyhow!("没有编号以 {id} 开头的判定")),
        ([], Lang::En) => Err(anyhow!("no verdict's id starts with {id}")),
        (_, Lang::Zh) => Err(anyhow!("有多条判定的编号以 {id} 开头，请给出更多位")),
        (_, Lang::En) => Err(anyhow!("several verdicts' ids start with {id}; give more digits")),
    }
}

fn line(check: &Check, lang: Lang) -> String {
    let what = match &check.what {
        What::Bundle(digest) => Text::new(format!("证据封存 {digest}"), format!("bundle {digest}")),
        What::Raw(digest) => Text::new(format!("原始证据 {digest}"), format!("raw evidence {digest}")),
        What::Judgement(rule) => Text::new(format!("再次判定 {rule}"), format!("judged again by {rule}")),
    };
    let result = match &check.result {
        Ok(()) => Text::new("一致", "equal"),
        Err(Mismatch::Missing) => Text::new("缺失", "missing"),
        Err(Mismatch::Altered) => Text::new("存储后被改动", "altered since it was stored"),
        Err(Mismatch::ReadDifferently) => Text::new("当前解析程序读出的事实不同", "today's reader reads other facts in it"),
        Err(Mismatch::Revised(Some(revision))) => {
            Text::new(format!("规则已修订为第 {revision} 版"), format!("the rule has been revised to {revision} since"))
        }
        Err(Mismatch::Revised(None)) => Text::new("规则已取消", "the rule no longer exists"),
        Err(Mismatch::JudgedDifferently) => Text::new("判定结果不同", "another verdict"),
    };
    format!("  {}  {}\n", result.get(lang), what.get(lang))
}
