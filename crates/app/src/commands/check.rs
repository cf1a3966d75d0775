//! `mingcha check`: one or more addresses now.

use std::path::Path;

use anyhow::{Context, anyhow};
use engine::Scope;
use engine::plan::Plan;
use model::institution::{Application, ApplicationKind, Institution};
use model::ledger::Entry;
use model::permission::Grant;
use model::text::Lang;
use ports::ledger::Region;
use readers::names;
use serde::Deserialize;

use super::sweep;
use crate::cli::Check;
use crate::config::Config;
use crate::exit::{Exit, OrExit, ended};
use crate::wire;

/// Checks the targets and writes the result.
pub async fn run(job: Check, config: Config, lang: Lang) -> Exit {
    ended(check(job, config, lang).await)
}

async fn check(job: Check, config: Config, lang: Lang) -> Result<Exit, Exit> {
    let institution = job.institution.as_deref().map(read_institution).transpose().or_usage()?;
    let targets: Vec<Entry> = job.targets.iter().map(|target| entry(target, lang)).collect::<Result<_, _>>()?;
    let ledger = wire::ledger(&config).await.or_failed()?.entries(&Region::All).await.or_failed()?;
    let mut entries = Vec::new();
    for target in targets {
        let known = match &institution {
            Some(declared) => Entry { institution: Some(declared.institution.clone()), grant: declared.grant.clone(), ..target },
            None => ledger.iter().find(|entry| entry.subject() == target.subject()).cloned().unwrap_or(target),
        };
        entries.extend(mail_of(&known));
        entries.push(known);
    }
    let known = [ledger.as_slice(), &entries].concat();
    let engine = wire::engine(&config, true, Scope::Check { map: job.map }, &known).await.or_failed()?;
    // A check is of this moment; an interrupted one is not taken up again.
    sweep::run_plan(&engine, &Plan::of_applications(&entries), true, &job.output, lang).await
}

/// A target as a row of a ledger of its own.
pub fn entry(target: &str, lang: Lang) -> Result<Entry, Exit> {
    let address = names::address(target).map_err(|error| match lang {
        Lang::Zh => anyhow!("“{target}”不是域名或网址（{error}）"),
        Lang::En => anyhow!("\"{target}\" is no host name or URL ({error})"),
    });
    let address = address.or_usage()?;
    let application = Application {
        kind: ApplicationKind::WebSite,
        address: target.to_owned(),
        host: Some(address.host),
        port: address.port,
        path: address.path,
        ..Application::default()
    };
    Ok(Entry { application, source: "command line".into(), ..Entry::default() })
}

/// The mail domain that belongs to a site: its registrable domain.
fn mail_of(site: &Entry) -> Option<Entry> {
    let domain = names::host(site.application.host.as_ref()?.registrable.as_deref()?)?;
    let application = Application {
        kind: ApplicationKind::MailSystem,
        address: domain.ascii.clone(),
        host: Some(domain),
        ..Application::default()
    };
    Some(Entry { application, ..site.clone() })
}

/// An institution file: who runs the targets, and what it permits.
#[derive(Deserialize)]
struct Declared {
    #[serde(flatten)]
    institution: Institution,
    grant: Option<Grant>,
}

fn read_institution(path: &Path) -> anyhow::Result<Declared> {
    let name = path.display();
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read the institution file {name}"))?;
    if path.extension().is_some_and(|ending| ending == "json") {
        serde_json::from_str(&text).with_context(|| format!("the institution file {name} is not valid"))
    } else {
        toml::from_str(&text).with_context(|| format!("the institution file {name} is not valid"))
    }
}
