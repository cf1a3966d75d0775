//! Made-up content for the suites: entries, bundles and verdicts of invented sites.

use std::collections::BTreeMap;

use jiff::Timestamp;
use model::bundle::Bundle;
use model::digest::Digest;
use model::facts::Kind;
use model::observation::{Failure, FailureClass, Observation, Outcome, Source};
use model::policy::Policy;
use model::rule::Severity;
use model::subject::SubjectId;
use model::text::Text;
use model::verdict::{Value, Verdict};

use crate::store::Sealed;

/// The moment `millisecond` after the start of 2026-03-01 in UTC.
pub fn moment(millisecond: i64) -> Timestamp {
    const START: i64 = 1_772_323_200_000;
    Timestamp::from_millisecond(START + millisecond).expect("a moment of the year 2026")
}

/// The site `name.example.gov.cn`.
pub fn site(name: &str) -> SubjectId {
    SubjectId::site(format!("{name}.example.gov.cn"))
}

/// A subject's record at `at` with `verdicts` verdicts; `detail` sets it apart from other records at that moment.
pub fn sealed(subject: &SubjectId, at: Timestamp, detail: &str, verdicts: usize) -> Sealed {
    let looks = [(Kind::HostDns, FailureClass::NameNotFound), (Kind::PlainVisit, FailureClass::ConnectTimeout)];
    let observations = looks.map(|(kind, class)| Observation {
        subject: subject.clone(),
        kind,
        source: Source::Probe,
        instrument: "sample/1".into(),
        vantage: "home".into(),
        started: at,
        finished: at,
        outcome: Outcome::Failed(Failure::new(class, detail)),
    });
    let sealed = Bundle::seal_written(subject.clone(), at, Policy::default(), observations.into());
    let (bundle, written) = sealed.expect("it has a JSON form");
    let digest = bundle.digest().expect("it has a JSON form");
    // Against the order of their ids, to see that a store keeps the order it was given.
    let mut verdicts: Vec<_> = (0..verdicts).map(|number| verdict(subject, at, digest, number)).collect();
    verdicts.sort_by_key(|verdict| std::cmp::Reverse(verdict.id));
    Sealed { bundle, written, verdicts }
}

fn verdict(subject: &SubjectId, at: Timestamp, bundle: Digest, number: usize) -> Verdict {
    let rule = format!("SMP{number:03}");
    Verdict {
        id: Verdict::name(bundle, &rule, 1),
        bundle,
        rule,
        revision: 1,
        subject: subject.clone(),
        value: Value::Pass,
        grade: None,
        severity: Severity::Low,
        reason: Text::new("样例", "sample"),
        cause: None,
        facts: BTreeMap::new(),
        evidence: Vec::new(),
        observed_at: at,
        basis: Vec::new(),
    }
}
