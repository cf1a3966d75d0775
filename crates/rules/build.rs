//! Writes the catalogue's index and the table of acts. Adding a rule changes its own folder and nothing else.
#![allow(clippy::disallowed_methods, reason = "a build script reads and writes files; the pure line begins behind it")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

type Failure = Box<dyn std::error::Error>;

#[derive(serde::Deserialize)]
struct Act {
    zh: String,
    en: String,
    number: String,
    since: toml::value::Datetime,
    until: Option<toml::value::Datetime>,
}

fn main() -> Result<(), Failure> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    println!("cargo::rerun-if-changed=catalog");
    println!("cargo::rerun-if-changed=data/acts.toml");
    fs::write(out.join("catalog.rs"), catalog(&root.join("catalog"))?)?;
    fs::write(out.join("acts.rs"), acts(&fs::read_to_string(root.join("data/acts.toml"))?)?)?;
    Ok(())
}

/// A module per rule folder and the list of their `RULE`s, in the order of area and folder name.
fn catalog(root: &Path) -> Result<String, Failure> {
    let mut modules = String::new();
    let mut list = String::from("/// Every rule, ordered by area folder and id.\npub static CATALOG: &[&Rule] = &[\n");
    for area in folders(root)? {
        for rule in folders(&area)? {
            for part in ["rule.rs", "rule.md", "rule.zh.md", "cases"] {
                if !rule.join(part).exists() {
                    return Err(format!("{} lacks {part}; see docs/RULES.md", rule.display()).into());
                }
            }
            let name = rule.file_name().and_then(|name| name.to_str()).ok_or("a rule folder's name is not UTF-8")?;
            writeln!(modules, "#[path = {:?}]\npub mod {name};", rule.join("rule.rs"))?;
            writeln!(list, "    &{name}::RULE,")?;
        }
    }
    list.push_str("];\n");
    Ok(modules + &list)
}

fn folders(root: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found: Vec<PathBuf> = fs::read_dir(root)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    found.retain(|path| path.is_dir());
    found.sort();
    Ok(found)
}

fn acts(source: &str) -> Result<String, Failure> {
    let acts: BTreeMap<String, Act> = toml::from_str(source)?;
    let mut text = String::new();
    for (key, act) in acts {
        let since = day(&act.since)?;
        let until = act.until.as_ref().map(day).transpose()?.map_or("None".into(), |day| format!("Some({day})"));
        writeln!(
            text,
            "/// {en}\npub static {upper}: Act = Act {{ key: {key:?}, title: Label {{ zh: {zh:?}, en: {en:?} }}, number: {number:?}, since: {since}, until: {until} }};",
            upper = key.to_uppercase(),
            zh = act.zh,
            en = act.en,
            number = act.number,
        )?;
    }
    Ok(text)
}

fn day(at: &toml::value::Datetime) -> Result<String, Failure> {
    let date = at.date.ok_or("an act's date is a day")?;
    Ok(format!("jiff::civil::date({}, {}, {})", date.year, date.month, date.day))
}
