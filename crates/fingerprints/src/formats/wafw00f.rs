//! Signs of protection devices, recorded from wafw00f's plugins as JSON: patterns for header fields, cookies, content, status and reason.

use serde::Deserialize;

use super::json;
use crate::builder::{Builder, Draft, Rule};
use crate::input::Place;
use crate::matcher::Flags;
use crate::source::{Set, Source};

#[derive(Deserialize)]
struct File {
    wafs: Vec<Device>,
}

#[derive(Deserialize)]
struct Device {
    name: String,
    rules: Vec<Sign>,
}

#[derive(Deserialize)]
struct Sign {
    r#type: String,
    #[serde(default)]
    header: String,
    #[serde(default)]
    pattern: String,
    #[serde(default)]
    status: Option<u16>,
    #[serde(default)]
    reason: String,
    attack_response_only: bool,
    sufficient_alone: bool,
}

/// Signs that do not suffice alone do so in this number.
const TOGETHER: usize = 2;

/// Reads a file.
pub(super) fn read(builder: &mut Builder, source: &Source) {
    let Some(file) = json::<File>(builder, source) else { return };
    for device in file.wafs {
        let (name, vendor) = split(&device.name);
        let technology = builder.technology(name, true);
        builder.entries[technology as usize].vendor = vendor.map(str::to_owned);
        builder.count(Set::Wafw00f).entries += 1;
        let rule = |at_least: usize, blocked_only| {
            let at_least = at_least as u32;
            Rule { technology, set: Set::Wafw00f, confidence: 100, at_least, blocked_only }
        };
        let (mut together, mut blocked_only) = (Vec::new(), false);
        for sign in &device.rules {
            match draft(sign) {
                Ok(draft) if sign.sufficient_alone => builder.rule(rule(1, sign.attack_response_only), vec![draft]),
                Ok(draft) => {
                    together.push(draft);
                    blocked_only |= sign.attack_response_only;
                }
                Err(reason) => builder.skip(Set::Wafw00f, &source.name, name, reason),
            }
        }
        match together.len() {
            0 => {}
            1 => builder.skip(Set::Wafw00f, &source.name, name, "a sign that does not suffice stands alone"),
            _ => builder.rule(rule(TOGETHER, blocked_only), together),
        }
    }
}

/// `Name (Vendor)`.
fn split(name: &str) -> (&str, Option<&str>) {
    match name.strip_suffix(')').and_then(|name| name.rsplit_once(" (")) {
        Some((name, vendor)) => (name, Some(vendor).filter(|vendor| *vendor != "None")),
        None => (name, None),
    }
}

fn draft(sign: &Sign) -> Result<Draft, String> {
    let broken = |reason| format!("{reason}: {}", sign.pattern);
    match sign.r#type.as_str() {
        "header" => Draft::regex(Place::Header, &sign.header.to_lowercase(), &sign.pattern, Flags::FOLD).map_err(broken),
        "cookie" => Draft::regex(Place::CookiePair, "", &sign.pattern, Flags::FOLD).map_err(broken),
        "content" => Draft::regex(Place::Html, "", &sign.pattern, Flags::FOLD).map_err(broken),
        "reason" => Ok(Draft::word(Place::Reason, &sign.reason, false)),
        "status" => sign.status.map(|status| Draft::exact(Place::Status, &status.to_string())).ok_or("no status".to_owned()),
        kind => Err(format!("unknown sign {kind}")),
    }
}
