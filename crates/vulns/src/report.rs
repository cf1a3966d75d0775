//! From statements that reach components to what is reported of a subject: one match for each component and vulnerability.
//!
//! Invariant: every source that says so is named, and what is left out is less urgent than what is there, and counted.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use model::advisory::statement::{Exploited, Likelihood};
use model::advisory::{Certainty, Component, Score, Statement};
use model::facts::components::{Feed, Match, Vulnerabilities};
use model::ledger::source::SourceKind;
use model::rule::Severity;

use crate::matching::{self, Compiled, Hit, Key};
use crate::merge::Groups;
use crate::urgency::{self, Urgency};

/// The most matches listed.
pub const MOST_MATCHES: usize = 200;

/// Whose title is taken first; then come the others.
const TITLES: [SourceKind; 4] = [SourceKind::CveList, SourceKind::Nvd, SourceKind::Ghsa, SourceKind::Osv];

/// Whose remedy is taken first: the maker's, then those written for this country; then come the others.
const REMEDIES: [SourceKind; 4] = [SourceKind::Csaf, SourceKind::Cnvd, SourceKind::Cnnvd, SourceKind::Ghsa];

/// What is known of one vulnerability, from all who speak of it.
struct Known<'a> {
    statements: Vec<&'a Statement>,
    severity: Severity,
    exploited: Option<Exploited>,
    likelihood: Option<Likelihood>,
}

/// A component that a vulnerability reaches.
struct Reached<'a> {
    vulnerability: &'a str,
    component: usize,
    hits: Vec<&'a Hit>,
    certainty: Certainty,
    urgency: u8,
}

/// What the advisories say of a subject's components. `hits` are what the index gave for these components; `statements` hold those of
/// the hits and all others that speak of the same vulnerabilities, which tell of exploitation, likelihood and scores.
pub fn vulnerabilities(components: &[Component], hits: &[Hit], statements: &[Statement], feeds: Vec<Feed>) -> Vulnerabilities {
    let groups = Groups::of(statements);
    let said: BTreeMap<Key, &Statement> = statements.iter().map(|statement| (Key::of(statement), statement)).collect();
    let mut found: BTreeMap<(String, usize), Vec<&Hit>> = BTreeMap::new();
    for hit in hits.iter().filter(|hit| said.contains_key(&hit.statement) && hit.component < components.len()) {
        for chief in groups.chiefs(&hit.statement) {
            found.entry((chief, hit.component)).or_default().push(hit);
        }
    }
    let chiefs: BTreeSet<&str> = found.keys().map(|(chief, _)| chief.as_str()).collect();
    let known: BTreeMap<&str, Known<'_>> =
        chiefs.into_iter().map(|chief| (chief, Known::of(&groups.members(chief), &said))).collect();
    let mut reached: Vec<Reached<'_>> = found
        .iter()
        .map(|((chief, component), hits)| Reached::of(chief, *component, hits, &known[chief.as_str()], components))
        .collect();
    reached
        .sort_by_key(|reached| (Reverse(reached.urgency), Reverse(reached.certainty), reached.vulnerability, reached.component));
    let beyond = reached.len().saturating_sub(MOST_MATCHES);
    let listed = reached.iter().take(MOST_MATCHES);
    Vulnerabilities {
        feeds,
        looked_up: count(components.iter().filter(|component| !component.products.is_empty()).count()),
        matches: listed.map(|reached| reached.told(&known[reached.vulnerability], &groups, &said, components)).collect(),
        beyond: count(beyond),
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl<'a> Known<'a> {
    fn of(members: &[Key], said: &BTreeMap<Key, &'a Statement>) -> Self {
        // A word that was taken back says nothing of gravity either.
        let statements: Vec<&Statement> =
            members.iter().filter_map(|key| said.get(key).copied()).filter(|statement| statement.standing.is_matched()).collect();
        let exploited = statements.iter().filter_map(|statement| statement.exploited.clone());
        let likely = statements.iter().filter_map(|statement| statement.likelihood);
        Self {
            severity: urgency::severity(statements.iter().copied()),
            exploited: exploited.reduce(together),
            likelihood: likely.max_by_key(|likelihood| (likelihood.day, likelihood.probability_ppm)),
            statements,
        }
    }

    /// The first text that is not empty, in the order of `preferred` and then of kinds.
    fn first(&self, preferred: &[SourceKind], text: impl Fn(&'a Statement) -> &'a str) -> String {
        let place = |kind| preferred.iter().position(|other| *other == kind).unwrap_or(preferred.len());
        let telling = self.statements.iter().filter(|statement| !text(statement).is_empty());
        telling
            .min_by_key(|statement| (place(statement.source), statement.source))
            .map(|it| text(it).to_owned())
            .unwrap_or_default()
    }

    /// What each source gives, with the source's name where the scorer is not named.
    fn scores(&self) -> Vec<Score> {
        let mut scores: Vec<Score> = Vec::new();
        for statement in &self.statements {
            for score in &statement.scores {
                let by = if score.by.is_empty() { statement.source.word().to_owned() } else { score.by.clone() };
                let score = Score { by, ..score.clone() };
                if !scores.contains(&score) {
                    scores.push(score);
                }
            }
        }
        scores
    }
}

/// What two lists of exploited vulnerabilities say of one: the earlier days.
fn together(one: Exploited, other: Exploited) -> Exploited {
    let earlier = |one: Option<_>, other: Option<_>| one.into_iter().chain(other).min();
    Exploited {
        since: earlier(one.since, other.since),
        due: earlier(one.due, other.due),
        ransomware: one.ransomware || other.ransomware,
    }
}

impl<'a> Reached<'a> {
    fn of(vulnerability: &'a str, component: usize, hits: &[&'a Hit], known: &Known<'_>, components: &[Component]) -> Self {
        let certainty = hits.iter().map(|hit| hit.certainty).max().unwrap_or_default();
        let Known { severity, exploited, likelihood, .. } = known;
        let channel = components[component].channel;
        let urgency = Urgency::of(*severity, exploited.as_ref(), likelihood.as_ref(), channel, certainty).total();
        Self { vulnerability, component, hits: hits.to_vec(), certainty, urgency }
    }

    fn told(&self, known: &Known<'_>, groups: &Groups, said: &BTreeMap<Key, &Statement>, components: &[Component]) -> Match {
        let component = &components[self.component];
        let compiled: Vec<Compiled> = self.hits.iter().map(|hit| Compiled::of(said[&hit.statement])).collect();
        let sources: BTreeSet<SourceKind> = self.hits.iter().map(|hit| hit.statement.source).collect();
        Match {
            vulnerability: self.vulnerability.to_owned(),
            names: groups.names(self.vulnerability).split_off(1),
            title: known.first(&TITLES, |statement| &statement.title),
            component: component.clone(),
            certainty: self.certainty,
            severity: known.severity,
            scores: known.scores(),
            sources: sources.into_iter().collect(),
            exploited: known.exploited.clone(),
            likelihood: known.likelihood,
            urgency: self.urgency,
            fixed_in: matching::fixed_in(&compiled.iter().collect::<Vec<_>>(), component),
            remedy: known.first(&REMEDIES, |statement| &statement.remedy),
        }
    }
}

#[cfg(test)]
mod tests;
