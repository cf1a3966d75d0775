//! `mingcha templates`: which templates are taken, and what they match in stored answers.

use std::path::PathBuf;

use anyhow::anyhow;
use engine::stored::{self, StoredProof};
use ingest::paths::Paths;
use model::text::{Lang, Text};
use render::listing;
use serde_json::json;
use templates::Catalogue;

use super::ledger::json;
use crate::cli::Templates;
use crate::cli::ledger::ListFormat;
use crate::config::Config;
use crate::exit::{Exit, OrExit, ended};
use crate::output::{print, terminal_width};
use crate::wire;

/// Lists templates or matches them.
pub async fn run(job: Templates, config: &Config, lang: Lang) -> Exit {
    ended(match job {
        Templates::List { paths, format } => list(paths, format, config, lang),
        Templates::Match { paths, format } => matched(paths, format, config, lang).await,
    })
}

/// Those in the given files, else the configured ones.
fn catalogue(paths: Vec<PathBuf>, config: &Config, lang: Lang) -> Result<Catalogue, Exit> {
    let given = Paths::Several(paths);
    let paths = if given.all().is_empty() { &config.active.templates } else { &given };
    if paths.all().is_empty() {
        let nothing = Text::new(
            "没有可用的模板：在命令后给出文件或目录，或在配置 [active] 中设置 templates",
            "no templates: name files or folders, or set templates under [active] in the configuration",
        );
        return Err(Exit::Usage(anyhow!("{}", nothing.get(lang))));
    }
    ingest::templates::load(paths).or_usage()
}

fn list(paths: Vec<PathBuf>, format: ListFormat, config: &Config, lang: Lang) -> Result<Exit, Exit> {
    let catalogue = catalogue(paths, config, lang)?;
    let taken = Text::new("采用", "taken").get(lang).to_owned();
    let of_taken = catalogue.templates().iter().map(|template| {
        let told = [template.vulnerabilities().join(" "), template.name().to_owned()].join(" ");
        vec![template.id().to_owned(), taken.clone(), template.severity().to_owned(), told.trim().to_owned()]
    });
    let of_refused = catalogue.refused().iter().map(|refusal| {
        let why = refusal.why().get(lang).to_owned();
        vec![refusal.template.clone(), refusal.class.word().to_owned(), String::new(), why]
    });
    let rows = of_taken.chain(of_refused);
    let head = match lang {
        Lang::Zh => ["模板", "处理", "严重程度", "说明"],
        Lang::En => ["template", "treatment", "severity", "about"],
    };
    print(&match format {
        ListFormat::Json => {
            let object =
                |row: Vec<String>| json!({ "template": row[0], "treatment": row[1], "severity": row[2], "about": row[3] });
            json(&rows.map(object).collect::<Vec<_>>())?
        }
        ListFormat::Csv => listing::csv(&head, rows),
        ListFormat::Table => listing::table(&head, rows, terminal_width()),
    })?;
    let (taken, refused) = (catalogue.templates().len(), catalogue.refused().len());
    match lang {
        Lang::Zh => eprintln!("采用 {taken} 个，拒绝 {refused} 个"),
        Lang::En => eprintln!("{taken} taken, {refused} refused"),
    }
    Ok(Exit::Clean)
}

async fn matched(paths: Vec<PathBuf>, format: ListFormat, config: &Config, lang: Lang) -> Result<Exit, Exit> {
    let catalogue = catalogue(paths, config, lang)?;
    let (store, blobs) = (wire::store(config).or_failed()?, wire::blobs(config).or_failed()?);
    let found = stored::prove(&*store, &*blobs, &catalogue).await.or_failed()?;
    let head = match lang {
        Lang::Zh => ["对象", "模板", "严重程度", "漏洞", "证据", "应答日期"],
        Lang::En => ["subject", "template", "severity", "vulnerabilities", "evidence", "answered on"],
    };
    print(&match format {
        ListFormat::Json => json(&found.iter().map(document).collect::<Vec<_>>())?,
        ListFormat::Csv => listing::csv(&head, found.iter().map(row)),
        ListFormat::Table => listing::table(&head, found.iter().map(row), terminal_width()),
    })?;
    Ok(Exit::found(!found.is_empty()))
}

fn row(found: &StoredProof) -> Vec<String> {
    let proof = &found.proof;
    vec![
        found.subject.to_string(),
        proof.template.clone(),
        proof.severity.clone(),
        proof.vulnerabilities.join(" "),
        proof.request.clone(),
        model::view::day_in_china(found.at).to_string(),
    ]
}

fn document(found: &StoredProof) -> serde_json::Value {
    json!({ "subject": found.subject, "at": found.at, "proof": found.proof })
}
