//! End-of-life data of endoflife.date: its API's JSON, its release data, and its repository of Markdown pages as a tar archive.

use std::collections::BTreeMap;
use std::io::Read;

use model::ledger::attribute::Attribute;
use model::ledger::claim::Says;
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::source::SourceKind;
use model::text::{Label, Text};
use serde::Deserialize;
use serde::de::Deserializer;

use crate::source::documents::{self, Shape};
use crate::source::input::Input;
use crate::source::rows::{Rows, clean, put};
use crate::source::services::Loose;
use crate::source::times::day;
use crate::source::{Format, Sink, SourceError, Stopped};

/// End-of-life data.
pub static FORMAT: Format =
    Format { kind: SourceKind::EndOfLife, doc: Label { zh: include_str!("eol.zh.md"), en: include_str!("eol.md") }, read };

const EXPECTED: &str = "end-of-life data";
const SHAPE: Shape = Shape { expected: EXPECTED, lists: &[&["result"]] };
/// The largest page of an archive in bytes, and the most entries of one.
const LARGEST_PAGE: u64 = 4 << 20;
const MOST_PAGES: usize = 100_000;

/// What is said of a product.
#[derive(Default)]
struct Product {
    key: String,
    name: String,
    purls: Vec<String>,
    cpes: Vec<String>,
}

/// What is said of one of its cycles.
#[derive(Default)]
struct Cycle {
    name: String,
    released: String,
    ends: Ends,
    latest: String,
    link: String,
}

/// The end of support: a day, or whether it has ended; empty where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Ends(String);

impl<'de> Deserialize<'de> for Ends {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde_json::Value;
        Ok(Self(match Value::deserialize(deserializer)? {
            Value::Bool(true) => "yes".into(),
            Value::Bool(false) => "no".into(),
            Value::String(text) => text,
            _ => String::new(),
        }))
    }
}

/// A product of the API, version 1.
#[derive(Deserialize)]
struct ApiProduct {
    name: String,
    #[serde(default)]
    label: String,
    #[serde(default)]
    identifiers: Vec<Identifier>,
    #[serde(default)]
    releases: Vec<ApiRelease>,
}

#[derive(Deserialize)]
struct Identifier {
    id: String,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ApiRelease {
    name: Loose,
    #[serde(default)]
    release_date: Option<String>,
    #[serde(default)]
    is_eol: Option<bool>,
    #[serde(default)]
    eol_from: Option<String>,
    #[serde(default)]
    latest: Option<ApiVersion>,
}

#[derive(Deserialize)]
struct ApiVersion {
    name: Loose,
    #[serde(default)]
    link: Option<String>,
}

/// Front matter of a page of the repository, and a cycle of the API's version 0, which is the same.
#[derive(Deserialize)]
struct Page {
    title: String,
    permalink: String,
    #[serde(default)]
    identifiers: Vec<BTreeMap<String, Loose>>,
    releases: Vec<PageRelease>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageRelease {
    #[serde(alias = "cycle", alias = "name")]
    release_cycle: Loose,
    #[serde(default)]
    release_date: Loose,
    #[serde(default)]
    eol: Ends,
    #[serde(default)]
    latest: Loose,
    #[serde(default)]
    link: Loose,
}

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    match input.start().trim_ascii_start().first() {
        None => Ok(()),
        Some(b'{' | b'[') => json(input, sink),
        Some(b'-') => {
            let page = input.whole(LARGEST_PAGE)?;
            let mut rows = Rows::new(sink, input.at);
            rows.line = 1;
            Ok(read_page(&mut rows, input.name, &page)?)
        }
        Some(_) => archive(input, sink),
    }
}

/// A tar archive with a page for each product: the repository as it is downloaded.
fn archive(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    let (name, at) = (input.name, input.at);
    let unlike = |problem: Text| SourceError::Unlike { name: name.into(), expected: EXPECTED, problem };
    let failed = |source: std::io::Error| SourceError::Io { name: name.into(), source };
    let mut rows = Rows::new(sink, at);
    let mut archive = tar::Archive::new(input.stream());
    let mut met = false;
    for (number, entry) in archive.entries().map_err(failed)?.enumerate() {
        if number >= MOST_PAGES {
            return Err(SourceError::TooLarge { name: name.into(), what: "the number of its files", limit: MOST_PAGES as u64 });
        }
        let entry = entry.map_err(|error| {
            if met {
                failed(error)
            } else {
                unlike(Text::new("既不是 JSON，也不是 tar 归档或单个页面", "it is neither JSON nor a tar archive nor a page"))
            }
        })?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let is_page = path.rsplit('/').nth(1) == Some("products") && path.ends_with(".md");
        met = true;
        if !is_page || !entry.header().entry_type().is_file() {
            continue;
        }
        let mut page = Vec::new();
        entry.take(LARGEST_PAGE).read_to_end(&mut page).map_err(failed)?;
        rows.line += 1;
        read_page(&mut rows, &path, &page)?;
    }
    if rows.line == 0 {
        Err(unlike(Text::new("归档中没有 products/*.md 页面", "the archive has no pages products/*.md")))
    } else {
        Ok(())
    }
}

/// A page: the YAML between the first two lines `---`.
fn read_page(rows: &mut Rows<'_>, name: &str, page: &[u8]) -> Result<(), Stopped> {
    let text = String::from_utf8_lossy(page);
    let matter = text.trim_start().strip_prefix("---\n").and_then(|rest| rest.split_once("\n---")).map(|(matter, _)| matter);
    let read = match matter {
        Some(matter) => serde_saphyr::from_str::<Page>(matter).map_err(|error| error.to_string()),
        None => Err("no front matter between two lines ---".to_owned()),
    };
    let page = match read {
        Ok(page) => page,
        Err(error) => {
            rows.count();
            let error = clean(&error, 300);
            return rows.reject(
                None,
                name,
                Text::new(format!("页面无法识别：{error}"), format!("the page cannot be read: {error}")),
            );
        }
    };
    let of_kind =
        |kind: &str| page.identifiers.iter().filter_map(|identifier| identifier.get(kind)).map(|id| id.0.clone()).collect();
    let product = Product {
        key: page.permalink.trim_start_matches('/').to_owned(),
        name: page.title,
        purls: of_kind("purl"),
        cpes: of_kind("cpe"),
    };
    page.releases.into_iter().try_for_each(|release| hand_on(rows, &product, release.into()))
}

/// A record: a product of the API's version 1, a cycle of its version 0, or a product's release data; of the last two the product is the
/// file's name.
#[derive(Deserialize)]
#[serde(untagged)]
enum Told {
    Product(ApiProduct),
    Answer { result: ApiProduct },
    Data { releases: BTreeMap<String, PageRelease> },
    Cycle(PageRelease),
}

fn json(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    let file = input.name.rsplit(['/', '\\']).next().unwrap_or(input.name);
    let file = Product { key: file.split('.').next().unwrap_or(file).to_owned(), ..Product::default() };
    documents::typed(input, &SHAPE, sink, |rows, told: Told| match told {
        Told::Product(product) | Told::Answer { result: product } => {
            let of_kind = |kind: &str| product.identifiers.iter().filter(|id| id.kind == kind).map(|id| id.id.clone()).collect();
            let about = Product { purls: of_kind("purl"), cpes: of_kind("cpe"), key: product.name, name: product.label };
            product.releases.into_iter().try_for_each(|release| hand_on(rows, &about, release.into()))
        }
        Told::Cycle(cycle) => hand_on(rows, &file, cycle.into()),
        Told::Data { releases } => releases.into_values().try_for_each(|release| hand_on(rows, &file, release.into())),
    })
}

impl From<ApiRelease> for Cycle {
    fn from(release: ApiRelease) -> Self {
        let ended = release.is_eol.map(|ended| if ended { "yes" } else { "no" }.to_owned());
        let latest = release.latest;
        Self {
            name: release.name.0,
            released: release.release_date.unwrap_or_default(),
            ends: Ends(release.eol_from.or(ended).unwrap_or_default()),
            link: latest.as_ref().and_then(|latest| latest.link.clone()).unwrap_or_default(),
            latest: latest.map(|latest| latest.name.0).unwrap_or_default(),
        }
    }
}

impl From<PageRelease> for Cycle {
    fn from(release: PageRelease) -> Self {
        Self {
            name: release.release_cycle.0,
            released: release.release_date.0,
            ends: release.eol,
            latest: release.latest.0,
            link: release.link.0,
        }
    }
}

fn hand_on(rows: &mut Rows<'_>, product: &Product, cycle: Cycle) -> Result<(), Stopped> {
    rows.count();
    let (key, name) = (clean(&product.key, 100), clean(&cycle.name, 100));
    if key.is_empty() || name.is_empty() {
        return rows.reject(
            Some("cycle"),
            &cycle.name,
            Text::new("没有产品或版本周期名称", "the product or the cycle has no name"),
        );
    }
    let mut says = Says::new();
    put(&mut says, Attribute::Name, &product.name);
    put(&mut says, Attribute::Version, &name);
    put(&mut says, Attribute::Latest, &cycle.latest);
    put(&mut says, Attribute::Purl, &product.purls.join(";"));
    put(&mut says, Attribute::Cpe, &product.cpes.join(";"));
    if cycle.link.starts_with("http") {
        put(&mut says, Attribute::Reference, &cycle.link);
    }
    for (attribute, text) in [(Attribute::SupportEnds, &cycle.ends.0), (Attribute::IssuedOn, &cycle.released)] {
        match (text.as_str(), day(text)) {
            ("yes" | "no", _) => put(&mut says, attribute, text),
            ("", _) => {}
            (_, Some(day)) => put(&mut says, attribute, &day.to_string()),
            (_, None) => rows.reject(Some(attribute.word()), text, Text::new("日期无法识别", "the date cannot be read"))?,
        }
    }
    rows.claim(EntityId::new(EntityKind::Cycle, format!("{key}/{name}")), "", says)
}
