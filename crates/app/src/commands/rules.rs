//! `mingcha rules`: the catalogue, out of the binary itself.

use anyhow::anyhow;
use model::text::Lang;
use render::report::Catalogue;
use render::rule_page;

use crate::cli::{RuleFormat, Rules};
use crate::exit::{Exit, OrExit, ended};
use crate::output::{print, terminal_width};

/// Lists the rules or shows one.
pub fn run(job: Rules, lang: Lang) -> Exit {
    ended(match job {
        Rules::List { format } => list(format, lang),
        Rules::Show { id, format } => show(&id, format, lang),
    })
}

fn list(format: RuleFormat, lang: Lang) -> Result<Exit, Exit> {
    let text = match format {
        RuleFormat::Json => json(&rules::CATALOG.iter().map(|rule| rule_page::json(rule)).collect::<Vec<_>>())?,
        _ => rule_page::list(Catalogue(rules::CATALOG), lang, terminal_width()),
    };
    print(&text)?;
    Ok(Exit::Clean)
}

fn show(id: &str, format: RuleFormat, lang: Lang) -> Result<Exit, Exit> {
    let rule = rules::find(id).ok_or_else(|| match lang {
        Lang::Zh => anyhow!("没有编号为 {id} 的规则；mingcha rules list 列出全部规则"),
        Lang::En => anyhow!("there is no rule {id}; mingcha rules list shows all"),
    });
    let rule = rule.or_usage()?;
    let text = match format {
        RuleFormat::Json => json(&rule_page::json(rule))?,
        _ => rule_page::markdown(rule, lang),
    };
    print(&text)?;
    Ok(Exit::Clean)
}

fn json(value: &impl serde::Serialize) -> Result<String, Exit> {
    serde_json::to_string_pretty(value).map(|text| text + "\n").or_failed()
}
