//! The picture of an application as a page, and an index over many.

use askama::Template;
use model::facts::Kind;
use model::facts::discovery::Discovery;
use model::facts::hosting::Hosting;
use model::facts::services::Services;
use model::facts::technology::Technologies;
use model::text::Lang;

use super::subject::{self, Exhibit};
use super::{STYLE, Words, written};
use crate::evidence::Block;
use crate::evidence::picture::{Gallery, Source as PictureSource};
use crate::map::{Node, Tone, tree};
use crate::report::{Meta, SubjectReport, minute};

/// The kinds whose particulars a map shows below the tree.
const SHOWN: &[Kind] = &[
    Kind::HostDns,
    Kind::Hosting,
    Kind::Services,
    Kind::TlsHandshake,
    Kind::TlsSurvey,
    Kind::Technologies,
    Kind::Crawl,
    Kind::Discovery,
];

#[derive(Template)]
#[template(path = "map.html")]
pub(super) struct MapPage<'a> {
    w: Words,
    style: &'static str,
    meta: &'a Meta<'a>,
    generated: String,
    name: String,
    subject: String,
    time: String,
    tree: String,
    exhibits: Vec<Exhibit<'a>>,
}

impl<'a> MapPage<'a> {
    pub(super) fn new(report: &SubjectReport<'a>, lang: Lang, meta: &'a Meta<'a>) -> Self {
        let w = Words(lang);
        let gallery = Gallery::new(report.bundle, report.images);
        let observations = report.observations();
        let mut shown: Vec<_> = observations.iter().filter(|(_, seen)| SHOWN.contains(&seen.kind)).collect();
        shown.sort_by_key(|(id, seen)| (SHOWN.iter().position(|kind| *kind == seen.kind), seen.vantage.as_str(), **id));
        let numbered = shown.into_iter().enumerate();
        Self {
            w,
            style: STYLE,
            meta,
            generated: minute(meta.generated),
            name: report.name(),
            subject: report.bundle.subject.to_string(),
            time: minute(report.bundle.at),
            tree: picture(report, lang),
            exhibits: numbered.map(|(index, (id, seen))| subject::exhibit(index + 1, *id, seen, &gallery, w)).collect(),
        }
    }
}

/// The tree of a subject as nested lists.
pub(super) fn picture(report: &SubjectReport<'_>, lang: Lang) -> String {
    branch(&tree(&report.bundle.subject, &report.bundle.observations, lang))
}

#[derive(Template)]
#[template(path = "tree.html")]
struct Branch<'a> {
    node: &'a Node,
}

fn branch(node: &Node) -> String {
    written(&Branch { node })
}

/// A line of the index.
#[derive(Clone, Debug)]
pub struct MapRow {
    page: String,
    subject: String,
    name: String,
    region: String,
    services: usize,
    technologies: usize,
    candidates: usize,
}

impl MapRow {
    /// The line of a subject whose page is at `page`.
    pub fn new(report: &SubjectReport<'_>, page: String, lang: Lang) -> Self {
        let mut regions: Vec<&str> = report
            .newest::<Hosting>()
            .map(|hosting| hosting.addresses.iter().map(|place| place.region.label().get(lang)).collect())
            .unwrap_or_default();
        regions.sort_unstable();
        regions.dedup();
        let services = report.newest::<Services>();
        Self {
            page,
            subject: report.bundle.subject.key.clone(),
            name: report.name(),
            region: regions.join(" "),
            services: services.map_or(0, |services| services.addresses.iter().map(|address| address.open.len()).sum()),
            technologies: report.newest::<Technologies>().map_or(0, |found| found.found.len()),
            candidates: report.newest::<Discovery>().map_or(0, |found| found.candidates.len()),
        }
    }
}

#[derive(Template)]
#[template(path = "maps.html")]
pub(super) struct MapsPage<'a> {
    pub(super) w: Words,
    pub(super) style: &'static str,
    pub(super) meta: &'a Meta<'a>,
    pub(super) generated: String,
    pub(super) rows: &'a [MapRow],
}

/// As on the page of a subject.
fn is_tight(cell: &str) -> bool {
    subject::is_tight(cell)
}
