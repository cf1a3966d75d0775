//! SPDX 2.2 and 2.3, JSON, as far as packages go.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::source::components::sbom::{Bill, Component, stronger};
use crate::source::documents::nullable;
use crate::source::services::Loose;

#[derive(Deserialize)]
struct Document {
    #[serde(default, rename = "documentDescribes")]
    describes: Vec<String>,
    #[serde(default)]
    packages: Vec<Package>,
    #[serde(default)]
    relationships: Vec<Relationship>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Relationship {
    spdx_element_id: String,
    related_spdx_element: String,
    relationship_type: String,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Package {
    #[serde(rename = "SPDXID")]
    id: String,
    name: Loose,
    version_info: Loose,
    supplier: Loose,
    license_concluded: Loose,
    license_declared: Loose,
    #[serde(deserialize_with = "nullable")]
    external_refs: Vec<Reference>,
    #[serde(deserialize_with = "nullable")]
    checksums: Vec<Checksum>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reference {
    reference_type: String,
    reference_locator: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Checksum {
    algorithm: String,
    checksum_value: String,
}

/// Reads a bill. What the document describes, where that is one package, is the application and no component of itself.
pub(super) fn json(bytes: &[u8]) -> Result<Bill, serde_json::Error> {
    let document: Document = serde_json::from_slice(bytes)?;
    let mut described: BTreeSet<&str> = document.describes.iter().map(String::as_str).collect();
    for relationship in &document.relationships {
        if relationship.relationship_type == "DESCRIBES" && relationship.spdx_element_id == "SPDXRef-DOCUMENT" {
            described.insert(&relationship.related_spdx_element);
        }
    }
    let subject = if described.len() == 1 { described.first().copied() } else { None };
    let mut bill = Bill::default();
    for package in &document.packages {
        match subject {
            Some(id) if id == package.id => bill.subject = component(package),
            _ => bill.components.push(component(package)),
        }
    }
    Ok(bill)
}

fn component(package: &Package) -> Component {
    let reference = |kind: &str| {
        let found = package.external_refs.iter().find(|reference| reference.reference_type.ends_with(kind));
        found.map_or_else(String::new, |reference| reference.reference_locator.clone())
    };
    let is_said = |text: &&String| !matches!(text.as_str(), "" | "NOASSERTION" | "NONE");
    let licence = [&package.license_concluded.0, &package.license_declared.0].into_iter().find(is_said).cloned();
    let supplier = package.supplier.0.split_once(": ").map_or(package.supplier.0.as_str(), |(_, name)| name);
    Component {
        name: package.name.0.clone(),
        version: package.version_info.0.clone(),
        supplier: if supplier == "NOASSERTION" { String::new() } else { supplier.to_owned() },
        purl: reference("purl"),
        cpe: reference("cpe23Type"),
        hash: package.checksums.iter().fold(None, |known, sum| stronger(known, &sum.algorithm, &sum.checksum_value)),
        licence: licence.unwrap_or_default(),
    }
}
