//! A template on its way: which request comes next, and what the answers prove.
//!
//! Invariant: a request is made only of what is known and harmless; what cannot be made is left out and told.

use std::collections::{BTreeMap, BTreeSet};

use model::facts::proofs::Proof;
use model::text::Label;

use crate::answer::Answer;
use crate::dsl::{Scope, Value};
use crate::harmless::may_stand_in_address;
use crate::matcher::Matcher;
use crate::request::Request;
use crate::target::Target;
use crate::template::{Block, Template};

/// Most names of matchers that a proof tells.
const NAMED: usize = 50;

/// Tags of templates that look for secrets: what they take out is shown by its beginning alone.
const SECRETS: [&str; 18] = [
    "backup",
    "config",
    "creds",
    "credential",
    "credentials",
    "debug",
    "disclosure",
    "exposure",
    "exposures",
    "files",
    "key",
    "keys",
    "leak",
    "logs",
    "password",
    "secret",
    "token",
    "tokens",
];

/// How far an answer is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Belief {
    /// Wholly.
    Full,
    /// Not by its status alone: the site answers with it whatever is asked for.
    NotStatus,
    /// Not at all: the site answers so whatever is asked for.
    Nothing,
}

/// Why a template did not run to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stopped {
    /// A request got no answer.
    NoAnswer,
    /// What a page gave for an address was missing or not harmless.
    Unresolved,
    /// Matching took more work than a template is given.
    Work,
    /// The site was left alone before it was this template's turn.
    NotReached,
}

impl Stopped {
    /// The machine word.
    pub fn word(self) -> &'static str {
        match self {
            Self::NoAnswer => "no-answer",
            Self::Unresolved => "unresolved",
            Self::Work => "work",
            Self::NotReached => "not-reached",
        }
    }

    /// The reason in words.
    pub fn label(self) -> Label {
        let (zh, en) = match self {
            Self::NoAnswer => ("请求没有得到应答", "a request got no answer"),
            Self::Unresolved => ("页面给出的值缺失或不宜用于地址", "what a page gave for an address was missing or not harmless"),
            Self::Work => ("匹配所需的计算量超过限制", "matching took more work than a template is given"),
            Self::NotReached => ("检测提前停止，未轮到该模板", "the site was left alone before its turn"),
        };
        Label { zh, en }
    }
}

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// What matched.
    pub proofs: Vec<Proof>,
    /// Why it did not run to its end, the first reason.
    pub stopped: Option<Stopped>,
}

/// A template that is being applied to a target.
pub struct Run<'t> {
    template: &'t Template,
    target: Target,
    known: BTreeMap<String, Value>,
    /// The names among those known that a page gave.
    taken: BTreeSet<String>,
    block: usize,
    plan: usize,
    matched: bool,
    proofs: Vec<Proof>,
    stopped: Option<Stopped>,
}

impl<'t> Run<'t> {
    pub(crate) fn new(template: &'t Template, target: &Target) -> Self {
        let mut known = target.variables();
        template.resolve(&mut known);
        Self {
            template,
            target: target.clone(),
            known,
            taken: BTreeSet::new(),
            block: 0,
            plan: 0,
            matched: false,
            proofs: Vec::new(),
            stopped: None,
        }
    }

    /// The template.
    pub fn template(&self) -> &'t Template {
        self.template
    }

    /// The request that comes next; `None` at the end. The same until [`Self::take`] or [`Self::fail`].
    pub fn request(&mut self) -> Option<Request> {
        loop {
            let block = self.template.blocks.get(self.block)?;
            let Some(plan) = block.plans.get(self.plan) else {
                self.leave_block();
                continue;
            };
            let fit = |name: &&str| {
                !self.taken.contains(*name) || self.known.get(*name).is_some_and(|value| may_stand_in_address(&value.bytes()))
            };
            let made = plan.names().iter().all(fit).then(|| plan.request(&self.target, &Scope::new(vec![&self.known])));
            match made {
                Some(Ok(Some(request))) => return Some(request),
                _ => {
                    self.stopped.get_or_insert(Stopped::Unresolved);
                    self.plan += 1;
                }
            }
        }
    }

    /// Takes the answer to [`Self::request`].
    pub fn take(&mut self, answer: &Answer, belief: Belief) {
        let Some(request) = self.request() else { return };
        let Some(block) = self.template.blocks.get(self.block) else { return };
        let cut = block.most_body.and_then(|most| answer.cut(most));
        let answer = cut.as_ref().unwrap_or(answer);
        if self.template.remembers {
            let number = self.plan + 1;
            self.known.extend(answer.parts.iter().map(|(name, value)| (format!("{name}_{number}"), value.clone())));
        }
        let shown = self.extract(block, answer);
        let scope = Scope::new(vec![&self.known, &answer.parts]);
        let found = found(block, &scope, belief, !shown.is_empty());
        if scope.is_spent() {
            self.stopped.get_or_insert(Stopped::Work);
        }
        self.plan += 1;
        let Some(matchers) = found else { return };
        self.matched = true;
        self.tell(&request, &matchers, shown);
        if self.template.ends_at_match {
            self.block = self.template.blocks.len();
        } else if block.ends_at_match {
            self.plan = block.plans.len();
        }
    }

    /// Goes on without an answer.
    pub fn fail(&mut self) {
        self.stopped.get_or_insert(Stopped::NoAnswer);
        self.plan += 1;
    }

    /// What came of it.
    pub fn end(self) -> Ended {
        Ended { proofs: self.proofs, stopped: self.stopped }
    }

    fn leave_block(&mut self) {
        let goes_on = self.matched || !self.template.chained;
        self.block = if goes_on { self.block + 1 } else { self.template.blocks.len() };
        (self.plan, self.matched) = (0, false);
    }

    /// Takes out of an answer what extractors ask for; gives what may be shown.
    fn extract(&mut self, block: &Block, answer: &Answer) -> BTreeMap<String, Vec<String>> {
        let (mut taken, mut shown) = (BTreeMap::new(), BTreeMap::new());
        for extractor in &block.extractors {
            let before = taken.clone();
            let scope = Scope::new(vec![&before, &self.known, &answer.parts]);
            extractor.take(&scope, &mut taken, &mut shown);
        }
        if !taken.is_empty() {
            self.taken.extend(taken.keys().cloned());
            self.known.extend(taken);
            self.template.resolve(&mut self.known);
        }
        shown
    }

    fn tell(&mut self, request: &Request, matchers: &[&Matcher], mut shown: BTreeMap<String, Vec<String>>) {
        if self.template.tags().iter().any(|tag| SECRETS.contains(&tag.as_str())) {
            shown.values_mut().flatten().for_each(hide);
        }
        let mut matched: Vec<String> = Vec::new();
        for matcher in matchers.iter().filter(|matcher| !matcher.internal) {
            if matched.len() < NAMED && !matched.iter().any(|known| known == matcher.name()) {
                matched.push(matcher.name().to_owned());
            }
        }
        // Matchers that are internal decide, and prove nothing by themselves.
        if matched.is_empty() && shown.is_empty() {
            return;
        }
        self.proofs.push(Proof {
            template: self.template.id().to_owned(),
            name: self.template.name().to_owned(),
            severity: self.template.severity().to_owned(),
            vulnerabilities: self.template.vulnerabilities().to_vec(),
            tags: self.template.tags().to_vec(),
            request: request.line(&self.target.host()),
            matched,
            extracted: shown,
        });
    }
}

/// Leaves the first two characters: enough to see that it is no placeholder, too little to use.
fn hide(value: &mut String) {
    let begin: String = value.chars().take(2).collect();
    *value = format!("{begin}…");
}

/// The matchers by which a block matched an answer.
fn found<'b>(block: &'b Block, scope: &Scope<'_>, belief: Belief, extracted: bool) -> Option<Vec<&'b Matcher>> {
    if belief == Belief::Nothing {
        return None;
    }
    if block.matchers.is_empty() {
        return extracted.then(Vec::new);
    }
    let mut found = Vec::new();
    for matcher in &block.matchers {
        if matcher.matches(scope) {
            found.push(matcher);
        } else if block.all {
            return None;
        }
    }
    let shows = |matcher: &&Matcher| !matcher.only_status() && !matcher.is_negative();
    let believed = belief == Belief::Full || found.iter().any(shows);
    (believed && !found.is_empty()).then_some(found)
}
