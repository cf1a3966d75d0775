//! The repository of retire.js, read plainly: which vulnerabilities it says a version has.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use serde_json::Value;

/// The public names of the vulnerabilities that an entry says this version has.
pub fn names(entry: &Value, version: &str) -> BTreeSet<String> {
    let vulnerabilities = entry["vulnerabilities"].as_array().expect("an entry of the repository");
    let reached = vulnerabilities.iter().filter(|vulnerability| {
        let bound = |name: &str| vulnerability[name].as_str().map(|bound| compare(version, bound));
        let is_excluded = vulnerability["excludes"].as_array().is_some_and(|all| all.iter().any(|other| other == version));
        bound("below").is_none_or(Ordering::is_lt) && bound("atOrAbove").is_none_or(Ordering::is_ge) && !is_excluded
    });
    reached
        .flat_map(|vulnerability| {
            let identifiers = &vulnerability["identifiers"];
            let cves = identifiers["CVE"].as_array().map_or(&[][..], Vec::as_slice);
            // Of several CVEs it may be the other name of any.
            let other = Some(&identifiers["githubID"]).filter(|_| cves.len() < 2);
            cves.iter().chain(other).filter_map(Value::as_str).map(str::to_owned)
        })
        .collect()
}

/// Numbers between dots; what is behind a dash comes before the release.
fn compare(one: &str, other: &str) -> Ordering {
    let parts = |version: &str| {
        let (release, stage) = version.split_once('-').map_or((version, None), |(release, stage)| (release, Some(stage)));
        let mut numbers: Vec<u64> = release.split('.').map(|number| number.parse().unwrap_or(0)).collect();
        numbers.resize(4, 0);
        (numbers, stage.is_none(), stage.unwrap_or_default().to_owned())
    };
    parts(one).cmp(&parts(other))
}
