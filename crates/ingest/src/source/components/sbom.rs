//! Bills of materials: CycloneDX (JSON, XML) and SPDX 2 (JSON).
//!
//! The structures are our own: the crate of CycloneDX reads no version 1.6 and refuses a whole document for one licence that it does not know,
//! and the product needs five fields of hundreds.

use model::ledger::attribute::Attribute;
use model::ledger::claim::Says;
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::source::SourceKind;
use model::text::{Label, Text};

use crate::source::components::{cyclonedx, spdx};
use crate::source::input::Input;
use crate::source::rows::{Rows, clean, put};
use crate::source::{Format, Sink, SourceError, Stopped};

/// Bills of materials.
pub static FORMAT: Format =
    Format { kind: SourceKind::Sbom, doc: Label { zh: include_str!("sbom.zh.md"), en: include_str!("sbom.md") }, read };

pub(super) const EXPECTED: &str = "a bill of materials of CycloneDX or SPDX";
/// The largest bill, in bytes; that of a whole operating system has about 50 MB.
const LARGEST: u64 = 128 << 20;
/// The most components, and how deep components lie within components.
pub(super) const MOST: usize = 200_000;
pub(super) const DEEPEST: usize = 50;

/// A component, as both standards have it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Component {
    pub name: String,
    pub version: String,
    pub supplier: String,
    pub purl: String,
    pub cpe: String,
    /// `SHA-256` and its like with digits.
    pub hash: Option<(String, String)>,
    pub licence: String,
}

/// A bill.
#[derive(Debug, Default)]
pub(super) struct Bill {
    /// What the bill is of.
    pub subject: Component,
    /// What it consists of.
    pub components: Vec<Component>,
}

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    let about = input.about.clone();
    let (name, at) = (input.name, input.at);
    let bill = match input.start().trim_ascii_start().first() {
        Some(b'<') => cyclonedx::xml(input)?,
        _ => json(name, &input.whole(LARGEST)?)?,
    };
    let application = about.map_or_else(|| subject(&bill.subject, name), |about| about.to_string());
    let mut rows = Rows::new(sink, at);
    for component in &bill.components {
        rows.line += 1;
        rows.count();
        hand_on(&mut rows, &application, component)?;
    }
    Ok(())
}

fn json(name: &str, bytes: &[u8]) -> Result<Bill, SourceError> {
    #[derive(serde::Deserialize)]
    struct Kind {
        #[serde(default, rename = "bomFormat")]
        cyclonedx: Option<String>,
        #[serde(default, rename = "spdxVersion")]
        spdx: Option<String>,
    }
    let unlike = |problem: Text| SourceError::Unlike { name: name.into(), expected: EXPECTED, problem };
    let broken = |error: serde_json::Error| match error.is_eof() {
        true => SourceError::Io { name: name.into(), source: error.into() },
        false => unlike(Text::same(error.to_string())),
    };
    let kind: Kind = serde_json::from_slice(bytes).map_err(broken)?;
    let bill = match (kind.cyclonedx.as_deref(), kind.spdx.as_deref()) {
        (Some("CycloneDX"), _) => cyclonedx::json(bytes).map_err(broken)?,
        (_, Some(version)) if version.starts_with("SPDX-2.") => spdx::json(bytes).map_err(broken)?,
        _ => {
            return Err(unlike(Text::new(
                "缺少 \"bomFormat\": \"CycloneDX\" 或 \"spdxVersion\": \"SPDX-2.…\"",
                "it has neither \"bomFormat\": \"CycloneDX\" nor \"spdxVersion\": \"SPDX-2.…\"",
            )));
        }
    };
    if bill.components.len() > MOST {
        return Err(SourceError::TooLarge { name: name.into(), what: "the number of components", limit: MOST as u64 });
    }
    Ok(bill)
}

/// The application that the bill is of, where the delivery does not tell: the name that the bill gives it, else the name of the file.
fn subject(subject: &Component, file: &str) -> String {
    let named = identity(subject);
    if !named.is_empty() {
        return named;
    }
    let file = file.rsplit(['/', '\\']).next().unwrap_or(file);
    clean(file.split('.').next().unwrap_or(file), 200)
}

/// What tells a component from others: its purl, else its name and version.
fn identity(component: &Component) -> String {
    let (purl, name, version) = (clean(&component.purl, 1000), clean(&component.name, 300), clean(&component.version, 100));
    match () {
        () if purl.starts_with("pkg:") => purl,
        () if name.is_empty() || version.is_empty() => name,
        () => format!("{name}@{version}"),
    }
}

fn hand_on(rows: &mut Rows<'_>, application: &str, component: &Component) -> Result<(), Stopped> {
    let identity = identity(component);
    if identity.is_empty() {
        return rows.reject(Some("name"), "", Text::new("组件没有名称", "the component has no name"));
    }
    let mut says = Says::new();
    for (attribute, value) in [
        (Attribute::Name, &component.name),
        (Attribute::Version, &component.version),
        (Attribute::Developer, &component.supplier),
        (Attribute::Purl, &component.purl),
        (Attribute::Cpe, &component.cpe),
        (Attribute::Licence, &component.licence),
    ] {
        put(&mut says, attribute, value);
    }
    if let Some((algorithm, digits)) = &component.hash {
        let algorithm = algorithm.to_ascii_lowercase().replace('-', "");
        put(&mut says, Attribute::Hash, &format!("{algorithm}:{}", digits.to_ascii_lowercase()));
    }
    rows.claim(EntityId::new(EntityKind::Component, format!("{application}#{identity}")), "", says)
}

/// The stronger of two hashes.
pub(super) fn stronger(known: Option<(String, String)>, algorithm: &str, digits: &str) -> Option<(String, String)> {
    let strength = |name: &str| {
        ["MD5", "SHA1", "SHA256", "SHA384", "SHA512"]
            .iter()
            .position(|known| name.to_ascii_uppercase().replace('-', "") == *known)
    };
    let is_hex = !digits.is_empty() && digits.len() <= 128 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    match (strength(algorithm), &known) {
        (Some(new), Some((old, _))) if is_hex && strength(old) < Some(new) => Some((algorithm.into(), digits.into())),
        (Some(_), None) if is_hex => Some((algorithm.into(), digits.into())),
        _ => known,
    }
}
