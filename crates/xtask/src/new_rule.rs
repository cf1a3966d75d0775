//! The folder of a new rule.

use std::fs;

use anyhow::{Context, ensure};

const RULE: &str = include_str!("../templates/rule.rs.txt");
const PAGE: &str = include_str!("../templates/rule.md.txt");
const PAGE_ZH: &str = include_str!("../templates/rule.zh.md.txt");
const CASE: &str = include_str!("../templates/case.json.txt");

const AREAS: [(&str, &str); 10] = [
    ("domain", "Domain"),
    ("mark", "Mark"),
    ("counterfeit", "Counterfeit"),
    ("mail", "Mail"),
    ("data", "Data"),
    ("cloud", "Cloud"),
    ("supply", "SupplyChain"),
    ("weakness", "Weakness"),
    ("links", "Links"),
    ("institution", "Institution"),
];

/// Writes the folder. Its tests fail until the rule is written: that is where to begin.
pub fn run(area: &str, id: &str) -> anyhow::Result<()> {
    let variant = AREAS.iter().find(|(folder, _)| *folder == area).map(|(_, variant)| *variant);
    let variant = variant.with_context(|| format!("no area {area}; there are {}", AREAS.map(|(folder, _)| folder).join(", ")))?;
    let formed = id.len() >= 5 && id.chars().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit());
    ensure!(formed, "an id is capital letters and three digits, for example DOM012");
    ensure!(rules::find(id).is_none(), "{id} exists");
    let folder = crate::root().join("crates/rules/catalog").join(area).join(id.to_lowercase());
    fs::create_dir_all(folder.join("cases")).with_context(|| format!("cannot create {}", folder.display()))?;
    let files = [("rule.rs", RULE), ("rule.md", PAGE), ("rule.zh.md", PAGE_ZH), ("cases/violation.json", CASE)];
    for (name, template) in files {
        let file = folder.join(name);
        fs::write(&file, template.replace("{id}", id).replace("{area}", variant))
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    eprintln!("wrote {}; now `cargo test -p rules` says what is missing", folder.display());
    Ok(())
}
