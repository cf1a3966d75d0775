//! SPF as far as it can be evaluated without a sender, without doing any input or output itself.
//!
//! The caller loops: `while let Some(question) = evaluation.next() { … evaluation.answer(question, answer) }`, then takes [`Evaluation::finish`].
//! Invariant: the loop ends, after at most [`QUESTION_LIMIT`] questions, whatever the answers.

use std::collections::BTreeMap;

use model::facts::dns::Answer;
use model::facts::mail::{Spf, SpfProblem};
use model::observation::Failure;

use super::{Mechanism, SpfRecord, Term};

/// Terms with look-ups that a record may have (RFC 7208, 4.6.4).
const LOOKUP_LIMIT: u32 = 10;
/// Look-ups without an answer that a record may have (RFC 7208, 4.6.4).
const VOID_LIMIT: u32 = 2;
/// The most questions that are asked. More than [`LOOKUP_LIMIT`], so that a report can say by how much a record is over.
pub const QUESTION_LIMIT: usize = 32;
/// Records are not expanded any further when this many look-ups have been counted: names answered before cost no question but time.
const EXPANSION_LIMIT: u32 = 256;
/// The most problems that are kept.
const PROBLEM_LIMIT: usize = 50;

/// Asks for the text records (TXT) of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The name, A-label form.
    pub name: String,
}

/// An evaluation under way.
#[derive(Clone, Debug)]
pub struct Evaluation {
    spf: Spf,
    /// Records to be read, the next one last.
    open: Vec<Target>,
    /// What names were found to hold, for those that are included more than once.
    known: BTreeMap<String, Found>,
    asked: usize,
}

/// A name whose record is wanted.
#[derive(Clone, Debug)]
struct Target {
    name: String,
    /// The names on the way here.
    ancestors: Vec<String>,
    /// Whether the `all` of this record is that of the domain: true for the domain and along its redirects.
    decides: bool,
}

#[derive(Clone, Debug)]
enum Found {
    Record(SpfRecord),
    /// Nothing that could be evaluated; what there was to say has been said.
    Nothing,
}

impl Evaluation {
    /// An evaluation of `domain`, A-label form.
    pub fn new(domain: &str) -> Self {
        let name = domain.trim_end_matches('.').to_ascii_lowercase();
        let spf = Spf { records: Vec::new(), lookups: 0, void_lookups: 0, all: None, problems: Vec::new(), unanswered: None };
        Self { spf, open: vec![Target { name, ancestors: Vec::new(), decides: true }], known: BTreeMap::new(), asked: 0 }
    }

    /// The next question; `None` when everything is known.
    #[allow(clippy::should_implement_trait, reason = "an iterator could not be told the answers while it is looped over")]
    pub fn next(&mut self) -> Option<Question> {
        while let Some(target) = self.open.pop() {
            if let Some(found) = self.known.get(&target.name).cloned() {
                self.expand(&target, found);
            } else if self.asked < QUESTION_LIMIT {
                let question = Question { name: target.name.clone() };
                self.open.push(target);
                self.asked += 1;
                return Some(question);
            }
        }
        None
    }

    /// Takes the answer to a question of [`Evaluation::next`] in. An answer to anything else is ignored.
    pub fn answer(&mut self, question: Question, answer: Answer<String>) {
        let Some(target) = self.open.pop_if(|target| target.name == question.name) else { return };
        let found = match answer {
            Answer::Failed(failure) => {
                self.unanswered(failure);
                Found::Nothing
            }
            Answer::Records(texts) => self.select(&target, texts),
            Answer::Empty | Answer::NameNotFound => self.missing(&target, true),
        };
        self.known.insert(target.name.clone(), found.clone());
        self.expand(&target, found);
    }

    /// What was found out. Questions that were not answered make it incomplete, as [`Spf::unanswered`] says.
    pub fn finish(mut self) -> Spf {
        if self.spf.lookups > LOOKUP_LIMIT {
            self.problem(SpfProblem::TooManyLookups);
        }
        if self.spf.void_lookups > VOID_LIMIT {
            self.problem(SpfProblem::TooManyVoidLookups);
        }
        self.spf
    }

    /// Picks the record among a name's texts (4.5).
    fn select(&mut self, target: &Target, texts: Vec<String>) -> Found {
        let mut records: Vec<String> = texts.into_iter().filter(|text| super::is_record(text)).collect();
        let is_domain = target.ancestors.is_empty();
        let found = match records.as_slice() {
            [] => self.missing(target, false),
            [record] => {
                let record = super::parse(record);
                for term in &record.problems {
                    self.problem(SpfProblem::Syntax { domain: target.name.clone(), term: term.clone() });
                }
                Found::Record(record)
            }
            _ => {
                self.problem(SpfProblem::SeveralRecords(target.name.clone()));
                Found::Nothing
            }
        };
        if is_domain {
            records.truncate(PROBLEM_LIMIT);
            self.spf.records = records;
        }
        found
    }

    /// A name without a record. A domain without one simply has no SPF; a name that a record points to must have one (5.2, 6.1).
    fn missing(&mut self, target: &Target, void: bool) -> Found {
        if !target.ancestors.is_empty() {
            self.spf.void_lookups += u32::from(void);
            self.problem(SpfProblem::MissingTarget(target.name.clone()));
        }
        Found::Nothing
    }

    /// Counts a record's look-ups and opens the records that it points to.
    fn expand(&mut self, target: &Target, found: Found) {
        let Found::Record(record) = found else { return };
        let mut onward = Vec::new();
        let mut all = None;
        for term in &record.terms {
            let Term::Mechanism(qualifier, mechanism) = term else { continue };
            match mechanism {
                Mechanism::All => {
                    all = Some(*qualifier);
                    break;
                }
                Mechanism::Include(name) => {
                    self.spf.lookups += 1;
                    onward.extend(self.target(target, name, false));
                }
                Mechanism::A(_) | Mechanism::Mx(_) | Mechanism::Ptr(_) | Mechanism::Exists(_) => self.spf.lookups += 1,
                Mechanism::Ip4(_) | Mechanism::Ip6(_) => {}
            }
        }
        if target.decides {
            self.spf.all = self.spf.all.or(all);
        }
        // Behind an `all` nothing is evaluated, and beside one a `redirect` is ignored (5.1, 6.1).
        let redirect = record.terms.iter().find_map(|term| match term {
            Term::Redirect(name) if all.is_none() => Some(name),
            _ => None,
        });
        if let Some(name) = redirect {
            self.spf.lookups += 1;
            onward.extend(self.target(target, name, target.decides));
        }
        if self.spf.lookups <= EXPANSION_LIMIT {
            self.open.extend(onward.into_iter().rev());
        }
    }

    /// The record that `name` points to from `from`; `None` when it need not or cannot be asked for.
    fn target(&mut self, from: &Target, name: &str, decides: bool) -> Option<Target> {
        // `%{d}` is the domain of the record (7.2). The other macros are about a sender, and there is none: such names are counted, not asked.
        let expanded = name.replace("%{d}", &from.name).replace("%{D}", &from.name);
        if expanded.contains('%') {
            return None;
        }
        let Some(host) = crate::names::host(&expanded) else {
            self.problem(SpfProblem::Syntax { domain: from.name.clone(), term: name.to_owned() });
            return None;
        };
        let mut ancestors = from.ancestors.clone();
        ancestors.push(from.name.clone());
        if ancestors.contains(&host.ascii) {
            self.problem(SpfProblem::Loop(host.ascii));
            return None;
        }
        Some(Target { name: host.ascii, ancestors, decides })
    }

    fn problem(&mut self, problem: SpfProblem) {
        if self.spf.problems.len() < PROBLEM_LIMIT && !self.spf.problems.contains(&problem) {
            self.spf.problems.push(problem);
        }
    }

    fn unanswered(&mut self, failure: Failure) {
        self.spf.unanswered.get_or_insert(failure);
    }
}

#[cfg(test)]
mod tests {
    use model::facts::mail::Qualifier;
    use model::observation::FailureClass;
    use proptest::prelude::*;

    use super::*;

    fn evaluate(zone: &[(&str, &str)]) -> Spf {
        let mut evaluation = Evaluation::new("x.gov.cn");
        while let Some(question) = evaluation.next() {
            let texts: Vec<String> =
                zone.iter().filter(|(name, _)| *name == question.name).map(|(_, text)| (*text).to_owned()).collect();
            let answer = match texts.first().map(String::as_str) {
                None => Answer::NameNotFound,
                Some("!") => Answer::Failed(Failure::new(FailureClass::ResolverTimeout, "")),
                Some(_) => Answer::Records(texts),
            };
            evaluation.answer(question, answer);
        }
        evaluation.finish()
    }

    #[test]
    fn a_plain_record() {
        let spf = evaluate(&[("x.gov.cn", "v=spf1 mx a:mail.x.gov.cn ip4:192.0.2.1 -all"), ("x.gov.cn", "other=1")]);
        assert_eq!(spf.records, ["v=spf1 mx a:mail.x.gov.cn ip4:192.0.2.1 -all"]);
        assert_eq!((spf.lookups, spf.void_lookups, spf.all), (2, 0, Some(Qualifier::Fail)));
        assert_eq!((spf.problems, spf.unanswered), (vec![], None));
    }

    #[test]
    fn look_ups_are_counted_through_includes_and_redirects() {
        let spf = evaluate(&[
            ("x.gov.cn", "v=spf1 include:a.cn redirect=b.cn"),
            ("a.cn", "v=spf1 a mx -all"),
            ("b.cn", "v=spf1 exists:%{i}.b.cn include:a.cn ~all"),
        ]);
        assert_eq!((spf.lookups, spf.all), (2 + 2 + 2 + 2, Some(Qualifier::SoftFail)));
        assert_eq!(spf.problems, vec![]);
    }

    #[test]
    fn an_included_all_is_not_the_domains() {
        assert_eq!(evaluate(&[("x.gov.cn", "v=spf1 include:a.cn"), ("a.cn", "v=spf1 -all")]).all, None);
        let spf = evaluate(&[("x.gov.cn", "v=spf1 ?all a include:a.cn redirect=b.cn")]);
        assert_eq!((spf.all, spf.lookups, spf.problems), (Some(Qualifier::Neutral), 0, vec![]));
    }

    #[test]
    fn limits() {
        let eleven = format!("v=spf1{} -all", " a".repeat(11));
        assert_eq!(evaluate(&[("x.gov.cn", &eleven)]).problems, [SpfProblem::TooManyLookups]);
        let ten = format!("v=spf1{} -all", " a".repeat(10));
        assert_eq!(evaluate(&[("x.gov.cn", &ten)]).problems, vec![]);
        let spf = evaluate(&[("x.gov.cn", "v=spf1 include:a.cn include:b.cn include:c.cn -all")]);
        assert_eq!(spf.void_lookups, 3);
        assert_eq!(spf.problems.len(), 4);
        assert!(spf.problems.contains(&SpfProblem::TooManyVoidLookups));
        assert!(spf.problems.contains(&SpfProblem::MissingTarget("b.cn".into())));
    }

    #[test]
    fn broken_records() {
        let spf = evaluate(&[("x.gov.cn", "v=spf1 -all"), ("x.gov.cn", "v=spf1 ~all")]);
        assert_eq!((spf.problems, spf.all), (vec![SpfProblem::SeveralRecords("x.gov.cn".into())], None));
        assert_eq!(spf.records.len(), 2);
        let spf = evaluate(&[("x.gov.cn", "v=spf1 include:a.cn -all"), ("a.cn", "v=spf1 include:X.gov.cn. -all")]);
        assert_eq!(spf.problems, [SpfProblem::Loop("x.gov.cn".into())]);
        let spf = evaluate(&[("x.gov.cn", "v=spf1 -all.")]);
        assert_eq!(spf.problems, [SpfProblem::Syntax { domain: "x.gov.cn".into(), term: "-all.".into() }]);
        let spf = evaluate(&[("x.gov.cn", "v=spf1 include:a.cn -all"), ("a.cn", "text without a record")]);
        assert_eq!((spf.void_lookups, spf.problems), (0, vec![SpfProblem::MissingTarget("a.cn".into())]));
    }

    #[test]
    fn no_record_is_no_problem_and_no_answer_is_told() {
        let spf = evaluate(&[]);
        assert_eq!((spf.records.len(), spf.problems, spf.unanswered), (0, vec![], None));
        let spf = evaluate(&[("x.gov.cn", "v=spf1 include:a.cn -all"), ("a.cn", "!")]);
        assert_eq!(spf.unanswered.map(|failure| failure.class), Some(FailureClass::ResolverTimeout));
        assert_eq!(spf.problems, vec![]);
    }

    #[test]
    fn the_record_domain_macro_is_expanded() {
        let spf =
            evaluate(&[("x.gov.cn", "v=spf1 include:_spf.%{d} include:%{i}.a.cn -all"), ("_spf.x.gov.cn", "v=spf1 a -all")]);
        assert_eq!((spf.lookups, spf.problems), (3, vec![]));
    }

    proptest! {
        #[test]
        fn it_always_ends(records in proptest::collection::vec("v=spf1( (include:|redirect=|a:)[a-e]\\.cn){0,12}", 5)) {
            let mut evaluation = Evaluation::new("a.cn");
            let mut asked = 0;
            while let Some(question) = evaluation.next() {
                asked += 1;
                let record = question.name.bytes().next().map_or(0, |first| usize::from(first - b'a'));
                evaluation.answer(question, Answer::Records(vec![records[record % 5].clone()]));
            }
            prop_assert!(asked <= QUESTION_LIMIT);
            prop_assert!(evaluation.finish().problems.len() <= PROBLEM_LIMIT + 2);
        }
    }
}
