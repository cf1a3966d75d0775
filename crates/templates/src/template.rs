//! A template: read, refused or compiled.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use crate::document::{self, Document, Http};
use crate::dsl::{Scope, Text, Value};
use crate::extractor::Extractor;
use crate::harmless;
use crate::matcher::{self, Matcher, all_of, unread};
use crate::refusal::{Class, Reason, Refusal, plain};
use crate::request::{self, Plan};
use crate::run::Run;
use crate::target::Target;

/// A template that is harmless as far as it can be told, compiled.
#[derive(Debug)]
pub struct Template {
    id: String,
    name: String,
    severity: String,
    vulnerabilities: Vec<String>,
    tags: Vec<String>,
    pub(crate) blocks: Vec<Block>,
    variables: Vec<(String, Text)>,
    /// Whether a block is asked only if the one before it matched.
    pub(crate) chained: bool,
    /// Whether the first match ends it.
    pub(crate) ends_at_match: bool,
    /// Whether a name tells of an earlier answer: `body_1`.
    pub(crate) remembers: bool,
}

/// Requests with what is asked of their answers.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) plans: Vec<Plan>,
    pub(crate) matchers: Vec<Matcher>,
    /// Whether all matchers must match, not any.
    pub(crate) all: bool,
    pub(crate) extractors: Vec<Extractor>,
    /// Whether the first match ends the block.
    pub(crate) ends_at_match: bool,
    /// Of the body, no more bytes than these.
    pub(crate) most_body: Option<usize>,
}

impl Template {
    /// Reads a template; `name` is the file's.
    ///
    /// # Errors
    /// A [`Refusal`] with its class.
    pub fn read(yaml: &str, name: &str) -> Result<Self, Refusal> {
        let of = |template: &str, reason: Reason| Refusal {
            template: plain(template, 200),
            class: reason.class,
            detail: reason.detail,
        };
        let document = document::read(yaml).map_err(|reason| of(name, reason))?;
        let id = document.id.clone();
        let shown = if id.trim().is_empty() { name } else { &id };
        Self::compile(yaml, document).map_err(|reason| of(shown, reason))
    }

    /// Id, without control characters.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Severity as stated: `info`, `low`, `medium`, `high`, `critical`, or empty.
    pub fn severity(&self) -> &str {
        &self.severity
    }

    /// Vulnerabilities that it proves: `CVE-…`.
    pub fn vulnerabilities(&self) -> &[String] {
        &self.vulnerabilities
    }

    /// Tags, in lower case.
    pub fn tags(&self) -> &[String] {
        &self.tags
    }

    /// Begins to apply it to a target.
    pub fn run(&self, target: &Target) -> Run<'_> {
        Run::new(self, target)
    }

    fn compile(yaml: &str, document: Document) -> Result<Self, Reason> {
        let id = plain(document.id.trim(), 200);
        if id.is_empty() {
            return Err(Class::Unreadable.because("no id"));
        }
        let tags: Vec<String> = document.info.tags.0.iter().take(50).map(|tag| plain(&tag.to_lowercase(), 100)).collect();
        harmless::declared(&id, &tags)?;
        calls_out(yaml)?;
        only_known_protocols(&document)?;
        let (chained, ends_at_match) = (is_chain(&document)?, document.stop_at_first_match);
        let variables: Vec<(String, Text)> = document
            .variables
            .iter()
            .map(|(name, value)| Ok((name.clone(), Text::strict(value).map_err(unread)?)))
            .collect::<Result<_, Reason>>()?;
        let info = document.info;
        let severity = info.severity.unwrap_or_default().to_lowercase();
        let vulnerabilities = info.classification.unwrap_or_default().cve.0;
        let blocks = blocks(document.dns, document.ssl, document.tcp, document.http)?;
        let names = blocks.iter().flat_map(|block| {
            block.matchers.iter().flat_map(Matcher::names).chain(block.extractors.iter().flat_map(Extractor::names))
        });
        let remembers = names.into_iter().any(is_numbered);
        let template = Self {
            name: plain(&info.name, 200),
            severity: plain(&severity, 20),
            vulnerabilities: vulnerabilities.iter().take(20).map(|cve| plain(&cve.to_uppercase(), 40)).collect(),
            id,
            tags,
            blocks,
            variables,
            chained,
            ends_at_match,
            remembers,
        };
        template.rehearse()?;
        Ok(template)
    }

    /// Makes every request for a target of our own making: what is refused then is refused for good.
    fn rehearse(&self) -> Result<(), Reason> {
        let plans = self.blocks.iter().map(|block| block.plans.len()).sum::<usize>();
        if plans > request::MOST {
            return Err(Class::Loop.because(format!("{plans} requests")));
        }
        for address in ["https://www.example.gov.cn/", "http://www.example.gov.cn:8080/oa/"] {
            // Both are addresses with a host.
            let Some(target) = Target::of(address) else { continue };
            let mut known = target.variables();
            // What will have been taken out of an answer is plain text, or the request is not made.
            known.extend(self.taken_names().into_iter().map(|name| (name.to_owned(), Value::text("x"))));
            self.resolve(&mut known);
            let scope = Scope::new(vec![&known]);
            for plan in self.blocks.iter().flat_map(|block| &block.plans) {
                if plan.request(&target, &scope)?.is_none() {
                    return Err(Class::Expression.because(format!("a request needs {}", plan.names().join(", "))));
                }
            }
        }
        Ok(())
    }

    /// The names that extractors give.
    pub(crate) fn taken_names(&self) -> BTreeSet<&str> {
        self.blocks.iter().flat_map(|block| &block.extractors).filter_map(Extractor::name).collect()
    }

    /// Adds the template's own variables to what is known, as far as they can be told. They may name each other.
    pub(crate) fn resolve(&self, known: &mut BTreeMap<String, Value>) {
        const ROUNDS: usize = 4;
        self.chance(known);
        for _ in 0..ROUNDS {
            for (name, text) in &self.variables {
                let filled = text.fill(&Scope::new(vec![known])).ok().filter(|filled| filled.len() <= 4096);
                if let Some(filled) = filled {
                    known.insert(name.clone(), Value::text(filled));
                }
            }
            if self.variables.iter().all(|(name, _)| known.contains_key(name)) {
                break;
            }
        }
    }

    /// What other engines draw by chance is here the same each time: an improbable word made of the id.
    fn chance(&self, known: &mut BTreeMap<String, Value>) {
        let uses = |name: &str| name == "randstr" || name.strip_prefix("randstr_").is_some_and(|number| number.len() == 1);
        let plans = self.blocks.iter().flat_map(|block| &block.plans).flat_map(Plan::names);
        let matchers = self.blocks.iter().flat_map(|block| &block.matchers).flat_map(Matcher::names);
        let variables = self.variables.iter().flat_map(|(_, text)| text.names());
        for name in plans.chain(matchers).chain(variables).filter(|name| uses(name)) {
            let digest = Sha256::digest(format!("{} {name}", self.id));
            let word: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
            known.insert(name.to_owned(), Value::text(format!("m{word}")));
        }
    }
}

/// Refuses what would make the target call somewhere else, wherever the template says so.
fn calls_out(yaml: &str) -> Result<(), Reason> {
    const SIGNS: [&str; 4] = ["interactsh", "oast.", "burpcollaborator", "dnslog.cn"];
    let yaml = yaml.to_ascii_lowercase();
    match SIGNS.iter().find(|sign| yaml.contains(**sign)) {
        Some(sign) => Err(Class::OutOfBand.because(sign)),
        None => Ok(()),
    }
}

fn only_known_protocols(document: &Document) -> Result<(), Reason> {
    let Document { code, javascript, headless, file, websocket, whois, workflows, .. } = document;
    let others = [
        ("code", code),
        ("javascript", javascript),
        ("headless", headless),
        ("file", file),
        ("websocket", websocket),
        ("whois", whois),
        ("workflows", workflows),
    ];
    if let Some((name, _)) = others.iter().find(|(_, there)| there.is_some()) {
        return Err(Class::Protocol.because(name));
    }
    if document.self_contained {
        return Err(Class::SelfContained.because("self-contained"));
    }
    Ok(())
}

/// Whether the flow is the plain chain `http(1) && http(2) && …` over all blocks; any other is a program.
fn is_chain(document: &Document) -> Result<bool, Reason> {
    let Some(flow) = &document.flow else { return Ok(false) };
    let chain: Vec<String> = (1..=document.http.len()).map(|number| format!("http({number})")).collect();
    let written: Vec<String> = flow.split("&&").map(|part| part.split_whitespace().collect()).collect();
    let others = document.dns.len() + document.ssl.len() + document.tcp.len();
    if written == chain && others == 0 { Ok(true) } else { Err(Class::Flow.because(flow)) }
}

/// Whether a name tells of an answer by its number: `status_code_2`.
fn is_numbered(name: &str) -> bool {
    let digits = name.len() - name.trim_end_matches(|last: char| last.is_ascii_digit()).len();
    digits > 0 && name[..name.len() - digits].ends_with('_')
}

/// All blocks, in the order in which they are asked: names before connections, greetings before pages.
fn blocks(
    dns: Vec<document::Dns>,
    ssl: Vec<document::Ssl>,
    tcp: Vec<document::Tcp>,
    http: Vec<Http>,
) -> Result<Vec<Block>, Reason> {
    let mut blocks = Vec::new();
    for from in dns {
        let plans = vec![Plan::dns(&from)?];
        blocks.push(block(plans, "raw", from.matchers_condition, from.matchers, from.extractors)?);
    }
    for from in ssl {
        let plans = vec![Plan::ssl(&from)?];
        blocks.push(block(plans, "response", from.matchers_condition, from.matchers, from.extractors)?);
    }
    for from in tcp {
        let plans = Plan::tcp(&from)?;
        let ends_at_match = from.stop_at_first_match;
        let block = block(plans, "data", from.matchers_condition, from.matchers, from.extractors)?;
        blocks.push(Block { ends_at_match, ..block });
    }
    for from in http {
        refused_features(&from)?;
        let plans = Plan::http(&from)?;
        let tried = plans.iter().flat_map(Plan::names).find(|name| from.payloads.contains_key(*name));
        if let Some(name) = tried {
            return Err(Class::Payloads.because(name));
        }
        let (ends_at_match, most_body) = (from.stop_at_first_match, from.max_size);
        let block = block(plans, "body", from.matchers_condition, from.matchers, from.extractors)?;
        blocks.push(Block { ends_at_match, most_body, ..block });
    }
    if blocks.is_empty() {
        return Err(Class::Unsupported.because("no http, dns, ssl or tcp"));
    }
    Ok(blocks)
}

fn block(
    plans: Vec<Plan>,
    part: &str,
    condition: Option<String>,
    matchers: Vec<document::Matcher>,
    extractors: Vec<document::Extractor>,
) -> Result<Block, Reason> {
    if matchers.len() + extractors.len() > matcher::MOST {
        return Err(Class::Unreadable.because(format!("more than {} matchers", matcher::MOST)));
    }
    let matchers: Vec<Matcher> = matchers.into_iter().map(|from| Matcher::read(from, part)).collect::<Result<_, _>>()?;
    let extractors: Vec<Option<Extractor>> =
        extractors.into_iter().map(|from| Extractor::read(from, part)).collect::<Result<_, _>>()?;
    let extractors: Vec<Extractor> = extractors.into_iter().flatten().collect();
    if plans.is_empty() || matchers.is_empty() && extractors.is_empty() {
        return Err(Class::Unsupported.because("nothing is asked, or nothing looked for"));
    }
    Ok(Block { plans, matchers, all: all_of(condition.as_deref())?, extractors, ends_at_match: false, most_body: None })
}

fn refused_features(from: &Http) -> Result<(), Reason> {
    let refused = [
        (Class::Raw, "unsafe", from.r#unsafe),
        (Class::Loop, "race", from.race.is_some() || from.race_count.is_some()),
        (Class::Loop, "threads", from.threads.is_some()),
        (Class::Loop, "pipeline", from.pipeline.is_some()),
        (
            Class::Loop,
            "pipeline",
            from.pipeline_concurrent_connections.is_some() || from.pipeline_requests_per_connection.is_some(),
        ),
        (Class::Fuzzing, "fuzzing", from.fuzzing.is_some()),
        (Class::Credentials, "digest-username", from.digest_username.is_some() || from.digest_password.is_some()),
        (Class::Unsupported, "global-matchers", from.global_matchers),
        (Class::Payloads, "attack", from.attack.is_some()),
    ];
    match refused.iter().find(|(_, _, there)| *there) {
        Some((class, what, _)) => Err(class.because(what)),
        None => Ok(()),
    }
}
