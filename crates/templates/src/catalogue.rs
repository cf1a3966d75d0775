//! Many templates: what was taken, what was refused and why, and matching over stored answers.

use std::collections::BTreeMap;

use model::digest::{Digest, Digester};
use model::facts::proofs::Proof;

use crate::answer::{Answer, HttpAnswer};
use crate::refusal::{Class, Refusal, plain};
use crate::request::{Method, Request};
use crate::run::Belief;
use crate::target::Target;
use crate::template::Template;

/// A file that may hold a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file's name, below its folder.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// Templates, in the order of their ids.
#[derive(Debug, Default)]
pub struct Catalogue {
    templates: Vec<Template>,
    refused: Vec<Refusal>,
    label: String,
}

/// An answer that was kept.
#[derive(Clone, Copy, Debug)]
pub struct StoredAnswer<'a> {
    /// The address that was asked for.
    pub url: &'a str,
    /// Whether redirects on the same host led to the answer: then only templates that follow them are asked.
    pub redirected: bool,
    /// Status of the last answer.
    pub status: u16,
    /// Its header fields.
    pub headers: &'a [(String, String)],
    /// Its body, after content decoding.
    pub body: &'a [u8],
}

impl Catalogue {
    /// Reads templates; the order of files does not matter.
    pub fn read(mut sources: Vec<Source>) -> Self {
        sources.sort_by(|one, other| one.name.cmp(&other.name));
        let mut digester = Digester::default();
        let mut templates: BTreeMap<String, Template> = BTreeMap::new();
        let mut refused = Vec::new();
        for Source { name, bytes } in &sources {
            digester.update(&(name.len() as u64).to_be_bytes());
            digester.update(name.as_bytes());
            digester.update(&(bytes.len() as u64).to_be_bytes());
            digester.update(bytes);
            let refuse = |class: Class, detail: &str| Refusal { template: plain(name, 200), ..class.refusal(detail) };
            let read = std::str::from_utf8(bytes).map_err(|error| refuse(Class::Unreadable, &error.to_string()));
            match read.and_then(|yaml| Template::read(yaml, name)) {
                Ok(template) if templates.contains_key(template.id()) => refused.push(refuse(Class::Duplicate, template.id())),
                Ok(template) => drop(templates.insert(template.id().to_owned(), template)),
                Err(refusal) => refused.push(refusal),
            }
        }
        refused.sort();
        let digest: Digest = digester.finish();
        let label = format!("{} templates {}", templates.len(), &digest.to_string()[..16]);
        Self { templates: templates.into_values().collect(), refused, label }
    }

    /// Those that are taken.
    pub fn templates(&self) -> &[Template] {
        &self.templates
    }

    /// Those that are refused, by id.
    pub fn refused(&self) -> &[Refusal] {
        &self.refused
    }

    /// How many are refused, by the machine word of the class.
    pub fn refused_by_class(&self) -> BTreeMap<String, u32> {
        let mut counts = BTreeMap::new();
        for refusal in &self.refused {
            *counts.entry(refusal.class.word().to_owned()).or_default() += 1;
        }
        counts
    }

    /// Count and digest, to be kept with what it proved.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Whether none is taken.
    pub fn is_empty(&self) -> bool {
        self.templates.is_empty()
    }

    /// What a stored answer proves, by those templates that would have asked for just this: a plain GET of this address. Sends nothing.
    pub fn offline(&self, stored: &StoredAnswer<'_>) -> Vec<Proof> {
        let Some(target) = Target::of(stored.url).and_then(|target| Target::of(&target.root())) else { return Vec::new() };
        let Some(asked) = url::Url::parse(stored.url).ok() else { return Vec::new() };
        let answer = Answer::http(HttpAnswer { status: stored.status, headers: stored.headers, body: stored.body });
        let mut proofs = Vec::new();
        // Where one answer needs another beside it, it proves nothing alone.
        for template in self.templates.iter().filter(|template| !template.remembers && template.blocks.len() == 1) {
            let mut run = template.run(&target);
            while let Some(request) = run.request() {
                match request {
                    Request::Http(request)
                        if request.method == Method::Get
                            && request.headers.is_empty()
                            && (request.follows || !stored.redirected)
                            && request.url == asked.as_str() =>
                    {
                        run.take(&answer, Belief::Full);
                    }
                    _ => run.fail(),
                }
            }
            proofs.extend(run.end().proofs);
        }
        proofs
    }
}
