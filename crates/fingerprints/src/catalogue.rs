//! All loaded sets as one: pages, banners and icons in, technologies and products out.

use std::collections::BTreeMap;

use model::facts::services::Product;
use model::facts::technology::{Technologies, Technology};

use crate::banner::{Database, Recognised};
use crate::builder::Builder;
use crate::engine::Engine;
use crate::formats;
use crate::input::{Favicon, PageInput};
use crate::resolve::Directory;
use crate::source::{Count, Set, Skipped, Source};

/// The compiled sets. Share it; building costs a good part of a second for all of them.
pub struct Catalogue {
    engine: Engine,
    directory: Directory,
    databases: BTreeMap<String, Database>,
    counts: BTreeMap<Set, Count>,
    skipped: Vec<Skipped>,
    editions: Vec<String>,
}

impl Catalogue {
    /// Reads and compiles files. What cannot be used is left out and told by [`Catalogue::skipped`]; the order of files does not matter.
    pub fn build(mut sources: Vec<Source>) -> Catalogue {
        sources.sort_by(|one, other| (one.set, &one.name).cmp(&(other.set, &other.name)));
        let mut builder = Builder::default();
        for source in &sources {
            formats::read(&mut builder, source);
        }
        let engine = Engine::new(&mut builder);
        let directory = directory(&mut builder);
        let Builder { mut databases, counts, mut skipped, .. } = builder;
        databases.values_mut().for_each(Database::finish);
        skipped.sort();
        let editions = counts.iter().map(|(set, count)| format!("{} {}", set.name(), count.entries)).collect();
        Catalogue { engine, directory, databases, counts, skipped, editions }
    }

    /// Whether nothing is loaded.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// What could not be used, in the order of files.
    pub fn skipped(&self) -> &[Skipped] {
        &self.skipped
    }

    /// How much of each set is in use.
    pub fn counts(&self) -> &BTreeMap<Set, Count> {
        &self.counts
    }

    /// Memory of the literal automata, in bytes; regular expressions come on top as they are first needed.
    pub fn memory(&self) -> usize {
        self.engine.memory() + self.databases.values().map(Database::memory).sum::<usize>()
    }

    /// What stands behind a page, protection devices included.
    pub fn page(&self, page: &PageInput<'_>) -> Technologies {
        let mut technologies =
            Technologies { url: page.url.to_owned(), catalogues: self.editions.clone(), ..Technologies::default() };
        for (protection, technology) in self.directory.resolve(&self.engine, &self.engine.look(page), page.blocked) {
            if protection { technologies.protection.push(technology) } else { technologies.found.push(technology) }
        }
        technologies
    }

    /// The protection devices alone; `blocked` says whether the answer is a refusal or a block page.
    pub fn protection(&self, page: &PageInput<'_>, blocked: bool) -> Vec<Technology> {
        self.page(&PageInput { blocked, ..*page }).protection
    }

    /// What an icon alone tells.
    pub fn favicon(&self, icon: &Favicon) -> Vec<Technology> {
        self.page(&PageInput { favicons: std::slice::from_ref(icon), ..PageInput::default() }).found
    }

    /// The products that a text names: `key` is what Recog's database says that it matches (`ssh.banner`, `http_header.server`,
    /// `snmp.sys_description`), or the name of its file without ending where it says nothing (`telnet_banners`).
    pub fn banner(&self, key: &str, text: impl AsRef<[u8]>) -> Vec<Product> {
        self.recognise(key, text).map(|recognised| recognised.products(key)).unwrap_or_default()
    }

    /// All that Recog's first matching fingerprint says of a text.
    pub fn recognise(&self, key: &str, text: impl AsRef<[u8]>) -> Option<Recognised> {
        self.databases.get(key)?.recognise(text.as_ref())
    }
}

/// Resolves the names by which technologies speak of each other.
fn directory(builder: &mut Builder) -> Directory {
    // A technology may be implied that no pattern tells.
    let implied: Vec<String> =
        builder.entries.iter().flat_map(|entry| entry.implies.iter().map(|implied| implied.name.clone())).collect();
    for name in implied {
        builder.technology(&name, false);
    }
    let ids = |names: &[String]| names.iter().filter_map(|name| builder.named(name)).collect::<Vec<u32>>();
    let requires = builder.entries.iter().map(|entry| ids(&entry.requires)).collect();
    let excludes = builder.entries.iter().map(|entry| ids(&entry.excludes)).collect();
    let implies = builder
        .entries
        .iter()
        .map(|entry| {
            let known = |one: &crate::builder::Implied| Some((builder.named(&one.name)?, one.confidence, one.version.clone()));
            entry.implies.iter().filter_map(known).collect()
        })
        .collect();
    let (entries, categories) = (std::mem::take(&mut builder.entries), std::mem::take(&mut builder.categories));
    Directory { entries, categories, implies, requires, excludes }
}
