//! A stored verdict as a case of its rule.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use model::bundle::Bundle;
use model::observation::{Observation, Outcome};
use model::rule::Rule;
use model::verdict::Verdict;
use ports::store::Store;
use rules::case::{Case, Expect, Look};
use store_sqlite::SqliteStore;

/// Writes `cases/<name>.json` of the verdict's rule, with the observations that the rule reads and no others.
pub fn run(id: &str, store: &Path, name: &str, note: String) -> anyhow::Result<()> {
    let (verdict, bundle) = tokio::runtime::Builder::new_multi_thread().build()?.block_on(fetch(id, store))?;
    let rule = rules::find(&verdict.rule).with_context(|| format!("there is no rule {} any more", verdict.rule))?;
    let case = case(rule, &verdict, bundle, note);
    let file = crate::root().join(folder(rule)?).join("cases").join(format!("{name}.json"));
    fs::write(&file, serde_json::to_string_pretty(&case)? + "\n").with_context(|| format!("cannot write {}", file.display()))?;
    eprintln!("wrote {}; strike out what names a real institution before you commit it", file.display());
    Ok(())
}

async fn fetch(id: &str, store: &Path) -> anyhow::Result<(Verdict, Bundle)> {
    let store = SqliteStore::open(store)?;
    let mut found = store.verdicts(id).await?;
    let verdict = match (found.pop(), found.is_empty()) {
        (Some(verdict), true) => verdict,
        (None, _) => bail!("no verdict's id starts with {id}"),
        _ => bail!("several verdicts' ids start with {id}; give more digits"),
    };
    let bundle = store.bundle(verdict.bundle).await?.context("the verdict's evidence is gone")?;
    Ok((verdict, bundle))
}

fn case(rule: &Rule, verdict: &Verdict, bundle: Bundle, note: String) -> Case {
    let at = bundle.at;
    let read = bundle.observations.into_iter().filter(|seen| rule.needs.contains(&seen.kind));
    let look = |seen: Observation| {
        let age_h = at.duration_since(seen.finished).as_hours();
        match seen.outcome {
            Outcome::Seen(payload) => Look { seen: Some(payload), kind: None, failed: None, age_h },
            Outcome::Failed(failure) => Look { seen: None, kind: Some(seen.kind), failed: Some(failure), age_h },
        }
    };
    Case {
        note,
        subject: bundle.subject,
        at,
        policy: bundle.policy,
        observations: read.map(look).collect(),
        expect: Expect { verdict: verdict.value, grade: verdict.grade, facts: BTreeMap::new() },
    }
}

/// The rule's folder, found by its id.
fn folder(rule: &Rule) -> anyhow::Result<std::path::PathBuf> {
    let catalog = Path::new("crates/rules/catalog");
    for area in fs::read_dir(crate::root().join(catalog))? {
        let folder = catalog.join(area?.file_name()).join(rule.id.to_lowercase());
        if crate::root().join(&folder).is_dir() {
            return Ok(folder);
        }
    }
    bail!("{} has no folder", rule.id)
}
