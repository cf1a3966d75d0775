//! Writes the catalogue's index and the tables of `data/`. Adding a rule changes its own folder and nothing else.
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

/// A host in `data/poisoned_script_hosts.toml`.
#[derive(serde::Deserialize)]
struct Poisoned {
    domain: String,
    proven: bool,
    zh: String,
    en: String,
    since: toml::value::Datetime,
}

/// `data/high_risk_services.toml`.
#[derive(serde::Deserialize)]
struct HighRisk {
    protocol: Vec<RiskyProtocol>,
    port: Vec<RiskyPort>,
}

#[derive(serde::Deserialize)]
struct RiskyProtocol {
    protocol: String,
    grade: String,
}

#[derive(serde::Deserialize)]
struct RiskyPort {
    port: u16,
    name: String,
}

fn main() -> Result<(), Failure> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    println!("cargo::rerun-if-changed=catalog");
    println!("cargo::rerun-if-changed=data");
    fs::write(out.join("catalog.rs"), catalog(&root.join("catalog"))?)?;
    let data = |name: &str| fs::read_to_string(root.join("data").join(name));
    fs::write(out.join("acts.rs"), acts(&data("acts.toml")?)?)?;
    fs::write(out.join("poisoned.rs"), poisoned(&data("poisoned_script_hosts.toml")?)?)?;
    fs::write(out.join("high_risk.rs"), high_risk(&data("high_risk_services.toml")?)?)?;
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

fn poisoned(source: &str) -> Result<String, Failure> {
    let tables: BTreeMap<String, Vec<Poisoned>> = toml::from_str(source)?;
    let mut text = String::from("/// The hosts, as listed.\npub static POISONED: &[Poisoned] = &[\n");
    for Poisoned { domain, proven, zh, en, since } in tables.get("host").ok_or("no table of hosts")? {
        let since = day(since)?;
        writeln!(
            text,
            "    Poisoned {{ domain: {domain:?}, proven: {proven}, what: Label {{ zh: {zh:?}, en: {en:?} }}, since: {since} }},"
        )?;
    }
    Ok(text + "];\n")
}

fn high_risk(source: &str) -> Result<String, Failure> {
    let tables: HighRisk = toml::from_str(source)?;
    let variant = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>()).ok_or("an empty word")
    };
    let mut text = String::from("/// By protocol.\npub static BY_PROTOCOL: &[(Protocol, Grade)] = &[\n");
    for RiskyProtocol { protocol, grade } in &tables.protocol {
        writeln!(text, "    (Protocol::{}, Grade::{}),", variant(protocol)?, variant(grade)?)?;
    }
    text.push_str("];\n/// By number of the TCP port.\npub static BY_PORT: &[(u16, &str)] = &[\n");
    for RiskyPort { port, name } in &tables.port {
        writeln!(text, "    ({port}, {name:?}),")?;
    }
    Ok(text + "];\n")
}

fn day(at: &toml::value::Datetime) -> Result<String, Failure> {
    let date = at.date.ok_or("an act's date is a day")?;
    Ok(format!("jiff::civil::date({}, {}, {})", date.year, date.month, date.day))
}
