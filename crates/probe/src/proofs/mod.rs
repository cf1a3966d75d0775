//! Harmless proofs (L3): a catalogue of templates, applied to one site.
//!
//! Invariant: nothing is sent but what the catalogue holds to be harmless, one request at a time and each once; a site that asks to slow
//! down, or answers no more, is left alone.

mod asker;

use std::collections::BTreeMap;
use std::sync::Arc;

use dialer::permit::Permit;
use model::facts::proofs::{Proof, Proofs};
use model::observation::{Failure, FailureClass};
use model::permission::AccessLevel;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use templates::{Belief, Catalogue, HttpRequest, Request, Run, Stopped, Target};

use self::asker::{Asker, Told};
use crate::probes::Probes;

/// Most bytes of answers that are kept for templates that ask the same later.
const KEPT: usize = 32 << 20;

/// The bounds of applying templates to one site.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ProofBounds {
    /// Most requests, redirects and handshakes included.
    pub requests: u32,
    /// Least pause between two requests, in seconds.
    pub pause_s: f64,
    /// Longest time, in seconds, pauses included.
    pub time_s: f64,
}

impl Default for ProofBounds {
    fn default() -> Self {
        Self { requests: 500, pause_s: 0.2, time_s: 900.0 }
    }
}

impl Probes {
    /// Applies a catalogue to the site at `target`, an http or https address. Needs a permit of L3. Requests that many templates share are
    /// sent once, those that most wait for first.
    pub async fn proofs(&self, permit: &Permit, target: &str, catalogue: &Catalogue, bounds: &ProofBounds) -> Proofs {
        let facts = Proofs {
            target: target.to_owned(),
            catalogue: catalogue.label().to_owned(),
            refused: catalogue.refused_by_class(),
            ..Proofs::default()
        };
        let stopped = |class, detail: String| Proofs { stopped: Some(Failure::new(class, detail)), ..facts.clone() };
        if permit.level() < AccessLevel::L3 {
            let detail = format!("{target}: templates need L3, the permit is for {:?}", permit.level());
            return stopped(FailureClass::NotPermitted, detail);
        }
        let Some(site) = Target::of(target) else {
            return stopped(FailureClass::ProtocolError, "not an http or https address".to_owned());
        };
        let facts = Proofs { target: site.root(), ..facts };
        let asker = Asker::new(self, permit, site.clone(), bounds);
        Applying { asker, facts, waiting: BTreeMap::new(), kept: BTreeMap::new(), room: KEPT }.run(&site, catalogue).await
    }
}

/// Templates on their way, by the request that they wait for.
struct Applying<'a> {
    asker: Asker<'a>,
    facts: Proofs,
    waiting: BTreeMap<Request, Vec<Run<'a>>>,
    kept: BTreeMap<Request, Arc<Told>>,
    /// Bytes that may still be kept.
    room: usize,
}

impl<'a> Applying<'a> {
    async fn run(mut self, site: &Target, catalogue: &'a Catalogue) -> Proofs {
        if !catalogue.is_empty() {
            match self.asker.baseline().await {
                Ok(()) => catalogue.templates().iter().for_each(|template| self.queue(template.run(site))),
                Err(failure) => self.facts.stopped = Some(failure),
            }
        }
        while let Some(request) = self.most_wanted() {
            let told = match self.asker.ask(&request).await {
                Ok(told) => told.map(Arc::new),
                Err(failure) => {
                    self.facts.stopped = Some(failure);
                    break;
                }
            };
            let same = told.as_ref().filter(|told| told.direct).and_then(|_| twin(&request));
            for request in std::iter::once(request).chain(same) {
                self.tell(&request, told.as_ref()).await;
            }
        }
        let unreached = catalogue.templates().len() as u32 - self.facts.ran - self.facts.failed.values().sum::<u32>();
        if unreached > 0 {
            self.facts.failed.insert(Stopped::NotReached.word().to_owned(), unreached);
        }
        // What was found before the end counts, also of templates that wait for more.
        let unfinished: Vec<Proof> =
            std::mem::take(&mut self.waiting).into_values().flatten().flat_map(|run| run.end().proofs).collect();
        unfinished.into_iter().for_each(|proof| self.hit(proof));
        self.facts.hits.sort_by(|one, other| (&one.template, &one.request).cmp(&(&other.template, &other.request)));
        self.facts
    }

    /// Gives an answer, or that there is none, to all templates that wait for it.
    async fn tell(&mut self, request: &Request, told: Option<&Arc<Told>>) {
        if let Some(told) = told.filter(|told| told.size <= self.room) {
            self.room -= told.size;
            self.kept.insert(request.clone(), Arc::clone(told));
        }
        for mut run in self.waiting.remove(request).unwrap_or_default() {
            match told {
                Some(told) => run.take(&told.answer, told.belief(request)),
                None => run.fail(),
            }
            self.queue(run);
            // Matching is work, and others wait for the thread.
            tokio::task::yield_now().await;
        }
    }

    /// The request that most templates wait for; of equals the first.
    fn most_wanted(&self) -> Option<Request> {
        let most = self.waiting.iter().max_by(|one, other| one.1.len().cmp(&other.1.len()).then_with(|| other.0.cmp(one.0)));
        most.map(|(request, _)| request.clone())
    }

    /// Lets a template wait for its next request, after those whose answers are known, or ends it.
    fn queue(&mut self, mut run: Run<'a>) {
        while let Some(request) = run.request() {
            match self.kept.get(&request) {
                Some(told) => run.take(&told.answer, told.belief(&request)),
                None => {
                    self.waiting.entry(request).or_default().push(run);
                    return;
                }
            }
        }
        let ended = run.end();
        match ended.stopped {
            None => self.facts.ran += 1,
            Some(stopped) => *self.facts.failed.entry(stopped.word().to_owned()).or_default() += 1,
        }
        ended.proofs.into_iter().for_each(|proof| self.hit(proof));
    }

    /// Keeps a proof, without the personal data that a page may have shown.
    fn hit(&mut self, mut proof: Proof) {
        for value in proof.extracted.values_mut().flatten() {
            *value = readers::personal::masked(value);
        }
        self.facts.hits.push(proof);
    }
}

/// The request that differs only in whether redirects are followed: where there is none, both have the same answer.
fn twin(request: &Request) -> Option<Request> {
    let Request::Http(request) = request else { return None };
    Some(Request::Http(HttpRequest { follows: !request.follows, ..request.clone() }))
}

/// How far an answer is believed beside the one to an address that cannot exist.
fn belief(status: u16, same_body: bool, nowhere: u16, home: bool) -> Belief {
    if !home && same_body && status == nowhere && (200..300).contains(&status) {
        Belief::Nothing
    } else if status == nowhere {
        Belief::NotStatus
    } else {
        Belief::Full
    }
}
