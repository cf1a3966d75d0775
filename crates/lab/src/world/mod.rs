//! The world as data: who exists, what they run, how it behaves. Read from TOML; nothing here opens a socket.

pub mod behaviour;
pub mod page;
pub mod registers;
mod replica;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::error::LabError;
use crate::mapped::MapTruth;
use crate::services::{self, Service};
use crate::streets::Block;
use crate::truth::Truth;
use crate::world::behaviour::{Answer, CertificateKind, Console, Headers, Http, Https};
use crate::world::page::Page;
use crate::world::registers::{Listed, Registers};

/// The files of the built-in world.
const BUILTIN: [(&str, &str); 12] = [
    ("base.toml", include_str!("../../world/base.toml")),
    ("domains.toml", include_str!("../../world/domains.toml")),
    ("marks.toml", include_str!("../../world/marks.toml")),
    ("connections.toml", include_str!("../../world/connections.toml")),
    ("links.toml", include_str!("../../world/links.toml")),
    ("names.toml", include_str!("../../world/names.toml")),
    ("mail.toml", include_str!("../../world/mail.toml")),
    ("mapping.toml", include_str!("../../world/mapping.toml")),
    ("registers.toml", include_str!("../../world/registers.toml")),
    ("services.toml", services::WORLD),
    ("supply.toml", include_str!("../../world/supply.toml")),
    ("weakness.toml", include_str!("../../world/weakness.toml")),
];

/// The truth about the built-in world.
const BUILTIN_TRUTH: &str = include_str!("../../world/truth.csv");
/// The truth about its map.
const BUILTIN_MAP: &str = include_str!("../../world/map.csv");

/// A whole world.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// Public suffixes that exist in it, A-label form: `cn`, `gov.cn`. Each is a zone below the root.
    pub suffixes: Vec<String>,
    /// Institutions with what they run; these make the ledger.
    pub institutions: Vec<Institution>,
    /// Sites that are in no ledger: targets of links, the registry of marks.
    pub outside: Vec<Site>,
    /// What is unusual about zones, and their further records.
    pub zones: Vec<Zone>,
    /// Services beside the web sites.
    pub services: Vec<Service>,
    /// What a right product says.
    pub truth: Truth,
    /// What a right product finds around the mapped sites.
    pub map: MapTruth,
}

/// One file of a world.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WorldFile {
    #[serde(default)]
    suffixes: Vec<String>,
    #[serde(default)]
    institution: Vec<Institution>,
    #[serde(default)]
    outside: Vec<Site>,
    #[serde(default)]
    zone: Vec<Zone>,
    #[serde(default)]
    service: Vec<Service>,
}

/// An institution and what it runs.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Institution {
    /// Full name.
    pub name: String,
    /// Unified social credit code with a right check character.
    pub uscc: String,
    /// `party_government`, `public_institution`, `mass_organisation`, `other`; `None` when the ledger leaves it empty.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// `central` to `township`; `None` when the ledger leaves it empty.
    pub level: Option<String>,
    /// Six or nine digits.
    pub division: Option<String>,
    /// The superior's unified social credit code.
    pub parent: Option<String>,
    /// Standard short names.
    #[serde(default)]
    pub short_names: Vec<String>,
    /// Whether a public institution has administrative duties.
    pub administrative_duties: Option<bool>,
    /// Its web sites.
    #[serde(default, rename = "site")]
    pub sites: Vec<Site>,
    /// Domains of its mail systems.
    #[serde(default)]
    pub mail: Vec<String>,
    /// Its apps, mini programs and public accounts.
    #[serde(default, rename = "listed")]
    pub listed: Vec<Listed>,
}

/// A web site and how it behaves. What is not said is healthy.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// Host, A-label form.
    pub host: String,
    /// Path below the host, empty unless the site is a column on someone else's.
    #[serde(default)]
    pub path: String,
    /// Address as the ledger writes it, when that is not the A-label form with https.
    pub address: Option<String>,
    /// True when the name does not exist.
    #[serde(default)]
    pub unresolved: bool,
    /// Name in the ledger and in the page's title; the institution's name unless said.
    pub name: Option<String>,
    /// `portal` or `part`; empty when the ledger does not tell.
    #[serde(default)]
    pub role: String,
    /// True when the ledger says that it is no longer used.
    #[serde(default)]
    pub retired: bool,
    /// True when the ledger holds it for a candidate that nobody has confirmed.
    #[serde(default)]
    pub candidate: bool,
    /// What registers, lists and the institution's answers say of it.
    #[serde(default)]
    pub registers: Registers,
    /// What is wrong with it, in words; the truth has rows for it.
    pub plants: Option<String>,
    /// The host whose fault this twin shows mended.
    pub mends: Option<String>,
    /// Where its address is.
    #[serde(default)]
    pub block: Block,
    /// What the ledger permits; the usual when it does not say.
    pub grant: Option<Granted>,
    /// True when the product is told never to go there.
    #[serde(default)]
    pub excluded: bool,
    /// True when the map's truth says all that is to be found around it.
    #[serde(default)]
    pub mapped: bool,
    /// Port 80.
    #[serde(default)]
    pub http: Http,
    /// Port 443.
    #[serde(default)]
    pub https: Https,
    /// The certificate on port 443.
    #[serde(default)]
    pub certificate: CertificateKind,
    /// Further names in the certificate.
    #[serde(default)]
    pub also: Vec<String>,
    /// Whether HTTP/2 is offered.
    #[serde(default)]
    pub http2: bool,
    /// What is answered to a request for its path.
    #[serde(default)]
    pub answer: Answer,
    /// Header fields.
    #[serde(default)]
    pub headers: Headers,
    /// Further header fields, by name and value.
    #[serde(default)]
    pub fields: Vec<(String, String)>,
    /// Files beside the page, by path.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// A console that asks for a password.
    pub console: Option<Console>,
    /// The page.
    #[serde(default)]
    pub page: Page,
    /// True when the site shares its address with many others.
    #[serde(skip)]
    pub shared_address: bool,
}

/// A permission as the ledger writes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Granted {
    /// `L0` to `L4`.
    pub level: String,
    /// The document that grants it.
    #[serde(default)]
    pub document: String,
    /// The last day, as `2026-12-31`; empty without an end.
    #[serde(default)]
    pub until: String,
}

/// What is unusual about a zone.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    /// The zone, A-label form.
    pub name: String,
    /// How its server behaves.
    #[serde(default)]
    pub server: ZoneServer,
    /// Signatures.
    #[serde(default)]
    pub dnssec: ZoneSigning,
    /// Records beside those of its sites. A zone with an MX or TXT record here gets none of the usual ones for a zone without mail.
    #[serde(default)]
    pub records: Vec<ZoneRecord>,
}

/// How the server of a zone behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ZoneServer {
    /// It answers.
    #[default]
    Answers,
    /// It answers SERVFAIL to everything.
    Servfail,
    /// It never answers.
    Silent,
}

/// Signatures of a zone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ZoneSigning {
    /// None, and the parent proves that there are none.
    #[default]
    Unsigned,
    /// Signed, and the parent vouches for the key.
    Signed,
    /// Signed, but the parent vouches for another key.
    Bogus,
}

/// A record.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ZoneRecord {
    /// Name below the zone; `@` for the zone itself, `*` for a wildcard.
    pub name: String,
    /// `A`, `CNAME`, `MX`, `NS`, `TXT`, `CAA`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The data: `127.0.0.9`, a full name, `10 mail.x.gov.cn`, text, `issue ca.example`.
    pub value: String,
}

impl World {
    /// The world that comes with this crate.
    pub fn builtin() -> Result<Self, LabError> {
        let mut world = Self::default();
        for (file, text) in BUILTIN {
            world.add(file, text)?;
        }
        world.truth = Truth::read(BUILTIN_TRUTH)?;
        let services = services::truth().map_err(|error| LabError::World(format!("services.csv: {error}")))?;
        world.map = MapTruth::read(BUILTIN_MAP, services)?;
        world.check()?;
        Ok(world)
    }

    /// Reads a world from one TOML file, or from all `*.toml` of a folder in the order of their names. A `truth.csv` and a
    /// `map.csv` beside them are read too.
    pub fn load(path: &Path) -> Result<Self, LabError> {
        let read = |path: &Path| fs::read_to_string(path).map_err(|source| LabError::Read { path: path.into(), source });
        let mut world = Self::default();
        let (files, folder) = if path.is_dir() {
            (toml_files(path)?, path)
        } else {
            ([path.to_path_buf()].into(), path.parent().unwrap_or(Path::new(".")))
        };
        for file in &files {
            world.add(&file.display().to_string(), &read(file)?)?;
        }
        let truth = folder.join("truth.csv");
        if truth.exists() {
            world.truth = Truth::read(&read(&truth)?)?;
        }
        let map = folder.join("map.csv");
        if map.exists() {
            world.map = MapTruth::read(&read(&map)?, Vec::new())?;
        }
        world.check()?;
        Ok(world)
    }

    /// All sites, with the institution when the ledger knows one.
    pub fn sites(&self) -> impl Iterator<Item = (Option<&Institution>, &Site)> {
        let owned = self.institutions.iter().flat_map(|owner| owner.sites.iter().map(move |site| (Some(owner), site)));
        owned.chain(self.outside.iter().map(|site| (None, site)))
    }

    /// The registrable domain of a host: one label more than the longest suffix it ends in. `None` outside all suffixes.
    pub fn registrable(&self, host: &str) -> Option<String> {
        let below = |suffix: &&String| host.strip_suffix(suffix.as_str()).and_then(|head| head.strip_suffix('.'));
        let suffix = self.suffixes.iter().filter(|suffix| below(suffix).is_some()).max_by_key(|suffix| suffix.len())?;
        let label = below(&suffix)?.rsplit('.').next()?;
        Some(format!("{label}.{suffix}"))
    }

    fn add(&mut self, file: &str, text: &str) -> Result<(), LabError> {
        let parsed: WorldFile =
            toml::from_str(text).map_err(|source| LabError::Parse { file: file.into(), source: Box::new(source) })?;
        self.suffixes.extend(parsed.suffixes);
        self.institutions.extend(parsed.institution);
        self.outside.extend(parsed.outside);
        self.zones.extend(parsed.zone);
        self.services.extend(parsed.service);
        Ok(())
    }

    /// Finds what would make a lab that plants nothing or cannot be reached.
    fn check(&self) -> Result<(), LabError> {
        let wrong = |what: String| Err(LabError::World(what));
        let mut places = BTreeSet::new();
        let mut codes = BTreeMap::new();
        for institution in &self.institutions {
            if let Some(other) = codes.insert(&institution.uscc, &institution.name) {
                return wrong(format!("{} and {other} have the same code {}", institution.name, institution.uscc));
            }
        }
        for (_, site) in self.sites() {
            if self.registrable(&site.host).is_none() {
                return wrong(format!("{} is below no suffix; add the suffix to `suffixes`", site.host));
            }
            if !places.insert((&site.host, &site.path)) {
                return wrong(format!("{}{} stands there twice", site.host, site.path));
            }
        }
        for service in &self.services {
            if services::peer(&service.peer).is_none() {
                return wrong(format!("no peer is called {}", service.peer));
            }
            if !self.sites().any(|(_, site)| site.host == service.host) {
                return wrong(format!("{} has a service and is no site", service.host));
            }
        }
        for parent in self.institutions.iter().filter_map(|institution| institution.parent.as_ref()) {
            if !codes.contains_key(parent) {
                return wrong(format!("no institution has the code {parent} that another names as its superior"));
            }
        }
        Ok(())
    }
}

impl Institution {
    /// The institution's name with its kind's colour of mark: `red` for organs, `blue` for public institutions.
    pub fn mark_class(&self) -> &'static str {
        if self.kind.as_deref() == Some("public_institution") { "blue" } else { "red" }
    }
}

impl Site {
    /// Host and path, as the ledger's subjects are written.
    pub fn place(&self) -> String {
        format!("{}{}", self.host, self.path)
    }
}

fn toml_files(folder: &Path) -> Result<Vec<std::path::PathBuf>, LabError> {
    let failed = |source| LabError::Read { path: folder.into(), source };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
