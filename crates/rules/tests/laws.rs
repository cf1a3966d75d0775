//! Laws that hold for all rules at once. A new rule adds no test code: its folder and its cases are found here.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test reads the catalogue from disk and fails loudly")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use model::bundle::Bundle;
use model::facts::Kind;
use model::observation::{Failure, FailureClass, Observation, Outcome, Source};
use model::policy::Policy;
use model::rule::Rule;
use model::subject::{SubjectId, SubjectKind};
use model::verdict::{Grade, Value, Verdict};
use rules::case::Case;
use rules::{CATALOG, judge_rule};

/// Headings that every rule page has, in order.
const HEADINGS: [&str; 4] = ["## What it checks", "## Why", "## How to mend", "## Limits"];
const HEADINGS_ZH: [&str; 4] = ["## 检测内容", "## 依据与理由", "## 整改方法", "## 局限与异议"];

fn folder(rule: &Rule) -> PathBuf {
    let catalog = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalog");
    let areas = fs::read_dir(catalog).unwrap().map(|entry| entry.unwrap().path());
    let folders: Vec<_> = areas.map(|area| area.join(rule.id.to_lowercase())).filter(|path| path.is_dir()).collect();
    assert_eq!(folders.len(), 1, "{} has exactly one folder, named by its id", rule.id);
    folders.into_iter().next().unwrap()
}

fn cases(rule: &Rule) -> Vec<(String, Case)> {
    let mut files: Vec<_> = fs::read_dir(folder(rule).join("cases")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |path: PathBuf| {
        let name = path.display().to_string();
        let case = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, case)
    };
    files.into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "json")).map(read).collect()
}

#[test]
fn every_case_gets_its_verdict_in_any_order_of_observations() {
    let mut wrong = Vec::new();
    for rule in CATALOG {
        for (name, case) in cases(rule) {
            let bundle = case.bundle().unwrap_or_else(|error| panic!("{name}: {error}"));
            let verdict = judge_rule(rule, &bundle).unwrap();
            wrong.extend(case.difference(&verdict).map(|difference| format!("{name}: {difference}")));
            let mut reversed = bundle.clone();
            reversed.observations.reverse();
            let again =
                judge_rule(rule, &Bundle::seal(reversed.subject, reversed.at, reversed.policy, reversed.observations).unwrap());
            assert_eq!(verdict, again.unwrap(), "{name}: the order of observations matters");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_has_a_case_for_pass_violation_and_undetermined() {
    for rule in CATALOG {
        let shown: BTreeSet<_> = cases(rule).iter().map(|(_, case)| case.expect.verdict).collect();
        for value in [Value::Pass, Value::Violation, Value::Undetermined] {
            assert!(shown.contains(&value), "{} has no case for {value:?}", rule.id);
        }
    }
}

#[test]
fn without_evidence_nothing_is_decided() {
    for rule in CATALOG {
        let subject = SubjectId { kind: rule.scope[0], key: "www.example.gov.cn".into() };
        let at = "2026-11-01T00:00:00Z".parse().unwrap();
        let empty = Bundle::seal(subject.clone(), at, Policy::default(), Vec::new()).unwrap();
        assert_eq!(judge_rule(rule, &empty).unwrap().value, Value::Undetermined, "{} decides without evidence", rule.id);
        let failed = |kind: &Kind| Observation {
            subject: subject.clone(),
            kind: *kind,
            source: Source::Probe,
            instrument: "law/1".into(),
            vantage: "law".into(),
            started: at,
            finished: at,
            outcome: Outcome::Failed(Failure::new(FailureClass::ConnectTimeout, "")),
        };
        let failures = rule.needs.iter().map(failed).collect();
        let bundle = Bundle::seal(subject.clone(), at, Policy::default(), failures).unwrap();
        assert_eq!(judge_rule(rule, &bundle).unwrap().value, Value::Undetermined, "{} decides on time-outs", rule.id);
    }
}

#[test]
fn stale_evidence_does_not_decide() {
    for rule in CATALOG {
        for (name, mut case) in cases(rule) {
            if case.expect.verdict == Value::Undetermined {
                continue;
            }
            for look in &mut case.observations {
                look.age_h += i64::from(rule.max_age_days + 1) * 24;
            }
            let verdict = judge_rule(rule, &case.bundle().unwrap()).unwrap();
            assert_eq!(verdict.value, Value::Undetermined, "{name} decides on stale evidence");
        }
    }
}

#[test]
fn before_the_provisions_nothing_is_a_violation_of_them() {
    for rule in CATALOG.iter().filter(|rule| rule.basis.iter().all(|basis| basis.act.key == "provisions")) {
        for (_, mut case) in cases(rule) {
            case.at = "2024-06-29T00:00:00Z".parse().unwrap();
            assert_eq!(judge_rule(rule, &case.bundle().unwrap()).unwrap().value, Value::NotApplicable, "{}", rule.id);
        }
    }
}

#[test]
fn metadata_is_complete() {
    let mut ids = BTreeSet::new();
    for rule in CATALOG {
        assert!(ids.insert(rule.id), "{} stands twice", rule.id);
        assert!(
            !rule.basis.is_empty() && !rule.needs.is_empty() && !rule.scope.is_empty(),
            "{} lacks a basis, needs or scope",
            rule.id
        );
        assert!(rule.revision >= 1 && rule.max_age_days >= 1, "{} lacks a revision or an age", rule.id);
        let expected_scope = rule.needs.contains(&Kind::Estate);
        assert_eq!(
            expected_scope,
            rule.scope.contains(&SubjectKind::Institution),
            "{}: Estate is the institution's entry",
            rule.id
        );
        for (page, headings) in [(rule.doc.en, HEADINGS), (rule.doc.zh, HEADINGS_ZH)] {
            let mut rest = page;
            for heading in headings {
                rest = rest.split_once(heading).unwrap_or_else(|| panic!("{}: {heading} is missing or out of order", rule.id)).1;
            }
            assert!(page.starts_with(&format!("# {} ", rule.id)), "{}: the page starts with id and title", rule.id);
        }
        let lines = fs::read_to_string(folder(rule).join("rule.rs")).unwrap().lines().count();
        assert!((20..=150).contains(&lines), "{}: rule.rs has {lines} lines, a rule has 20 to 150", rule.id);
    }
}

#[test]
fn grades_stay_within_the_declared_one() {
    for rule in CATALOG {
        for (name, case) in cases(rule) {
            let grade = judge_rule(rule, &case.bundle().unwrap()).unwrap().grade;
            assert!(grade.unwrap_or(Grade::Advice) <= rule.grade, "{name}: graver than {:?}", rule.grade);
        }
    }
}

/// Looks from another vantage point never stand in for those from home: a page that only visitors abroad get judges nothing at home.
#[test]
fn looks_from_elsewhere_decide_nothing() {
    for rule in CATALOG {
        for (name, case) in cases(rule) {
            let home = case.bundle().unwrap();
            let of_ledger = |seen: &&Observation| matches!(seen.kind, Kind::Register | Kind::Estate);
            // Without the ledger's word nobody knows which vantage point is home.
            if !home.observations.iter().any(|seen| of_ledger(&seen)) {
                continue;
            }
            let expected = judge_rule(rule, &home).unwrap();
            let elsewhere = home.observations.iter().filter(|seen| !of_ledger(seen));
            let elsewhere = elsewhere.map(|seen| Observation {
                vantage: "elsewhere".into(),
                outcome: Outcome::Failed(Failure::new(FailureClass::AccessDenied, "HTTP 403")),
                finished: home.at,
                ..seen.clone()
            });
            let all = home.observations.iter().cloned().chain(elsewhere).collect();
            let both = Bundle::seal(home.subject.clone(), home.at, home.policy.clone(), all).unwrap();
            let got = judge_rule(rule, &both).unwrap();
            let told = |verdict: &Verdict| (verdict.value, verdict.grade, verdict.reason.clone());
            assert_eq!(told(&got), told(&expected), "{name}");
        }
    }
}
