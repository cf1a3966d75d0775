//! Results out of the store into the form that was asked for, one subject at a time, so that a sweep's size does not matter.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use engine::Scope;
use model::digest::Digest;
use model::facts::Payload;
use model::subject::{SubjectId, SubjectKind};
use model::text::{Lang, Text};
use ports::blobs::Blobs;
use ports::store::{Sealed, Store};
use render::json::{self, SubjectJson};
use render::report::{Catalogue, Meta, SubjectReport};
use render::summary::{Counts, SweepSummary};
use render::{html, map, sarif, terminal};

use crate::cli::{Format, Output};
use crate::exit::{Exit, OrExit};

/// The version of the product.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Up to this many subjects are printed one by one on the terminal; more are summed up.
const SHOWN_ONE_BY_ONE: usize = 8;
const CATALOGUE: Catalogue<'static> = Catalogue(rules::CATALOG);

/// What a run recorded, ready to be written.
pub struct Results {
    /// Where verdicts are.
    pub store: Arc<dyn Store>,
    /// Where pictures are.
    pub blobs: Arc<dyn Blobs>,
    /// The run.
    pub run: i64,
    /// Its subjects, in the order of the plan.
    pub subjects: Vec<SubjectId>,
    /// What a reader must know about it.
    pub notes: Vec<Text>,
    /// From where was looked.
    pub vantage: String,
    /// What was looked at.
    pub scope: Scope,
}

/// What was written.
pub struct Written {
    /// Counts over all subjects.
    pub counts: Counts,
    /// The file to open first, if files were written.
    pub file: Option<PathBuf>,
}

impl Written {
    /// Says where the report is, and ends the command as the findings ask.
    pub fn conclude(&self, lang: Lang) -> Exit {
        self.tell(lang);
        Exit::found(self.counts.exit_status() == 1)
    }

    /// Says where the report is.
    pub fn tell(&self, lang: Lang) {
        if let Some(file) = &self.file {
            match lang {
                Lang::Zh => eprintln!("报告：{}", file.display()),
                Lang::En => eprintln!("report: {}", file.display()),
            }
        }
    }
}

impl Results {
    /// Writes everything in the form and to the place that `output` names.
    pub async fn write(&self, output: &Output, lang: Lang) -> Result<Written, Exit> {
        let meta = Meta {
            generated: jiff::Timestamp::now(),
            version: VERSION,
            vantage: self.vantage.clone(),
            notes: self.notes.clone(),
            map: self.scope.maps(),
        };
        if let Some(folder) = &output.out {
            fs::create_dir_all(folder).with_context(|| format!("cannot create the folder {}", folder.display())).or_failed()?;
        }
        match output.format {
            Format::Table => self.table(output.out.as_deref(), lang, &meta).await,
            Format::Json => self.json(output.out.as_deref(), &meta).await,
            Format::Jsonl => self.jsonl(output.out.as_deref(), &meta).await,
            Format::Sarif => self.sarif(output.out.as_deref(), lang, &meta).await,
            Format::Html => self.html(output.out.as_deref().unwrap_or(Path::new("mingcha-report")), lang, &meta).await,
        }
    }

    async fn sealed(&self, subject: &SubjectId) -> Result<Option<Sealed>, Exit> {
        self.store.of_run(self.run, subject).await.or_failed()
    }

    /// Whether the terminal shows the picture of a subject: of every one that was mapped alone, else of sites when they are few.
    fn draws(&self, subject: &SubjectId) -> bool {
        let few = self.subjects.len() <= SHOWN_ONE_BY_ONE && subject.kind == SubjectKind::Site;
        self.scope == Scope::Map || (self.scope.maps() && few)
    }

    async fn table(&self, folder: Option<&Path>, lang: Lang, meta: &Meta<'_>) -> Result<Written, Exit> {
        let colour = folder.is_none() && coloured();
        let (width, none) = (terminal_width(), BTreeMap::new());
        let (mut summary, mut text) = (SweepSummary::default(), String::new());
        for subject in &self.subjects {
            let Some(sealed) = self.sealed(subject).await? else { continue };
            summary.add(&sealed.bundle, &sealed.verdicts, None);
            if self.scope != Scope::Map && self.subjects.len() <= SHOWN_ONE_BY_ONE {
                let report = SubjectReport { bundle: &sealed.bundle, verdicts: &sealed.verdicts, images: &none };
                text.push_str(&terminal::subject(&report, CATALOGUE, lang, width, colour));
                text.push('\n');
            }
            if self.draws(subject) {
                let tree = map::tree(subject, &sealed.bundle.observations, lang);
                text.push_str(&map::draw(&tree, width, colour));
                text.push('\n');
            }
        }
        if self.scope != Scope::Map {
            if self.subjects.len() > SHOWN_ONE_BY_ONE {
                text = terminal::sweep(&summary, CATALOGUE, lang, width, colour);
            }
            text.push_str(&terminal::closing(&summary.counts(), meta, lang, width));
        }
        let mut file = target(folder, "report.txt").or_failed()?;
        file.write(text.as_bytes())?;
        Ok(Written { counts: summary.counts(), file: file.path })
    }

    async fn json(&self, folder: Option<&Path>, meta: &Meta<'_>) -> Result<Written, Exit> {
        let mut file = target(folder, "report.json").or_failed()?;
        let mut summary = SweepSummary::default();
        let mut writer = json::Writer::begin(&mut file.out, meta).or_failed()?;
        for subject in &self.subjects {
            let Some(sealed) = self.sealed(subject).await? else { continue };
            summary.add(&sealed.bundle, &sealed.verdicts, None);
            writer.subject(&to_json(&sealed, meta.map)).or_failed()?;
        }
        writer.end(&summary).or_failed()?;
        Ok(Written { counts: summary.counts(), file: file.path })
    }

    async fn jsonl(&self, folder: Option<&Path>, meta: &Meta<'_>) -> Result<Written, Exit> {
        let mut file = target(folder, "report.jsonl").or_failed()?;
        let mut summary = SweepSummary::default();
        for subject in &self.subjects {
            let Some(sealed) = self.sealed(subject).await? else { continue };
            summary.add(&sealed.bundle, &sealed.verdicts, None);
            json::line(&mut file.out, &to_json(&sealed, meta.map)).or_failed()?;
        }
        file.out.flush().or_failed()?;
        Ok(Written { counts: summary.counts(), file: file.path })
    }

    async fn sarif(&self, folder: Option<&Path>, lang: Lang, meta: &Meta<'_>) -> Result<Written, Exit> {
        let (mut summary, mut all, none) = (SweepSummary::default(), Vec::new(), BTreeMap::new());
        for subject in &self.subjects {
            let Some(mut sealed) = self.sealed(subject).await? else { continue };
            summary.add(&sealed.bundle, &sealed.verdicts, None);
            // SARIF shows verdicts without the raw evidence, which would fill the memory.
            sealed.bundle.observations.clear();
            all.push(sealed);
        }
        let reports =
            all.iter().map(|sealed| SubjectReport { bundle: &sealed.bundle, verdicts: &sealed.verdicts, images: &none });
        let mut file = target(folder, "report.sarif").or_failed()?;
        file.write(sarif::document(reports, CATALOGUE, lang, meta).as_bytes())?;
        Ok(Written { counts: summary.counts(), file: file.path })
    }

    /// A page a subject, and above several of them an index.
    async fn html(&self, folder: &Path, lang: Lang, meta: &Meta<'_>) -> Result<Written, Exit> {
        let pages = folder.join("subjects");
        fs::create_dir_all(&pages).with_context(|| format!("cannot create the folder {}", pages.display())).or_failed()?;
        let (mut summary, mut rows) = (SweepSummary::default(), Vec::new());
        let mut only = None;
        for subject in &self.subjects {
            let Some(sealed) = self.sealed(subject).await? else { continue };
            let name = page_name(subject);
            summary.add(&sealed.bundle, &sealed.verdicts, Some(format!("subjects/{name}")));
            let images = self.images(&sealed).await?;
            let report = SubjectReport { bundle: &sealed.bundle, verdicts: &sealed.verdicts, images: &images };
            let page = if self.scope == Scope::Map {
                rows.push(html::MapRow::new(&report, format!("subjects/{name}"), lang));
                html::map(&report, lang, meta)
            } else {
                html::subject(&report, CATALOGUE, lang, meta)
            };
            let path = pages.join(name);
            write_file(&path, page.as_bytes())?;
            only = Some(path);
        }
        if summary.len() == 1 {
            return Ok(Written { counts: summary.counts(), file: only });
        }
        let index = folder.join("index.html");
        let page =
            if self.scope == Scope::Map { html::maps(&rows, lang, meta) } else { html::sweep(&summary, CATALOGUE, lang, meta) };
        write_file(&index, page.as_bytes())?;
        Ok(Written { counts: summary.counts(), file: Some(index) })
    }

    /// The pictures that the evidence names.
    async fn images(&self, sealed: &Sealed) -> Result<BTreeMap<Digest, Vec<u8>>, Exit> {
        let mut images = BTreeMap::new();
        for payload in sealed.bundle.observations.iter().filter_map(|seen| seen.outcome.seen()) {
            let digests: Vec<Digest> = match payload {
                Payload::RenderedPage(page) => page.screenshot.iter().map(|picture| picture.digest).collect(),
                Payload::ClickTest(test) => test.clicks.iter().filter_map(|click| click.screenshot).collect(),
                _ => continue,
            };
            for digest in digests {
                if let Some(bytes) = self.blobs.get(digest).await.or_failed()? {
                    images.insert(digest, bytes);
                }
            }
        }
        Ok(images)
    }
}

fn to_json(sealed: &Sealed, map: bool) -> SubjectJson {
    let images = BTreeMap::new();
    SubjectJson::new(&SubjectReport { bundle: &sealed.bundle, verdicts: &sealed.verdicts, images: &images }, CATALOGUE, map)
}

/// A file name that any system takes, different for different subjects.
fn page_name(subject: &SubjectId) -> String {
    let id = subject.to_string();
    let plain = |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '-');
    let slug: String = id.chars().map(|character| if plain(character) { character } else { '_' }).take(100).collect();
    // Only the colon after the kind is replaced in most names; others need a tail to stay different.
    if slug.len() == id.len() && slug.matches('_').count() == 1 {
        return format!("{slug}.html");
    }
    let tail = Digest::of(id.as_bytes()).to_string();
    format!("{slug}-{}.html", tail.get(..8).unwrap_or_default())
}

/// Where lines of JSON go: `report.jsonl` in the folder, or standard output.
pub fn lines(folder: Option<&Path>) -> anyhow::Result<Box<dyn Write + Send>> {
    if let Some(folder) = folder {
        fs::create_dir_all(folder).with_context(|| format!("cannot create the folder {}", folder.display()))?;
    }
    Ok(target(folder, "report.jsonl")?.out)
}

/// A file in the output folder, or standard output.
struct Target {
    out: Box<dyn Write + Send>,
    path: Option<PathBuf>,
}

impl Target {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Exit> {
        self.out.write_all(bytes).and_then(|()| self.out.flush()).context("cannot write the result").or_failed()
    }
}

fn target(folder: Option<&Path>, name: &str) -> anyhow::Result<Target> {
    let Some(folder) = folder else { return Ok(Target { out: Box::new(BufWriter::new(io::stdout())), path: None }) };
    let path = folder.join(name);
    let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(Target { out: Box::new(BufWriter::new(file)), path: Some(path) })
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Exit> {
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display())).or_failed()
}

/// Prints to standard output. A reader that has gone away is no error of ours, but the end of the work.
pub fn print(text: &str) -> Result<(), Exit> {
    io::stdout().write_all(text.as_bytes()).context("cannot write to standard output").or_failed()
}

/// Whether standard output wants colours.
pub fn coloured() -> bool {
    io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

/// Columns of the terminal; 80 when there is none.
pub fn terminal_width() -> usize {
    console::Term::stdout().size_checked().map_or(80, |(_, columns)| usize::from(columns))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_names_are_safe_and_different() {
        assert_eq!(page_name(&SubjectId::site("www.x.gov.cn")), "site_www.x.gov.cn.html");
        let one = page_name(&SubjectId::site("www.x.gov.cn/a"));
        let other = page_name(&SubjectId::site("www.x.gov.cn_a"));
        assert!(one != other && !one.contains('/'), "{one} {other}");
        assert!(page_name(&SubjectId::institution("../../清河县")).starts_with("institution_.._.._"));
    }
}
