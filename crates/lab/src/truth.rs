//! The ground truth: what a right product says of every subject and rule. Written by hand from the intent of the world.
//!
//! `truth.csv` has the columns `subject,rule,verdict,grade,why`. Rows are read from top to bottom and a later row overrides an earlier one.
//! A subject is either written out (`site:www.x.gov.cn`, `mail:x.gov.cn`, `institution:<code>`), or a profile: `@site`, `@mail`,
//! `@institution`, `@app`, `@mini` or `@account`, followed by conditions that all must hold (`@site type=other role=portal column=yes`). Conditions are on `type`, `level`,
//! `role` (`portal`, `part`, empty), `column` (`yes`, `no`). The rule column may name several rules, separated by blanks.
//! The rows for a bare `@site`, `@mail`, `@institution` name the rules that exist.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::LabError;
use crate::world::World;

const FILE: &str = "truth.csv";

/// The truth, not yet spread over the subjects.
#[derive(Clone, Debug, Default)]
pub struct Truth {
    rows: Vec<Row>,
}

/// What is expected of one subject and rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expect {
    /// `pass`, `violation`, `not_applicable`, `undetermined`.
    pub verdict: String,
    /// `violation`, `review` or `advice` when the verdict is a violation; empty otherwise.
    pub grade: String,
    /// Why, in words; empty where a profile speaks for itself.
    pub why: String,
}

/// A row of the file.
#[derive(Clone, Debug, Deserialize)]
struct Row {
    subject: String,
    rule: String,
    verdict: String,
    grade: String,
    why: String,
}

/// A subject of the world with what profiles ask about.
pub(crate) struct Subject {
    pub id: String,
    pub kind: &'static str,
    pub traits: BTreeMap<&'static str, String>,
}

impl Truth {
    /// Reads the file's text.
    pub fn read(text: &str) -> Result<Self, LabError> {
        let mut rows = Vec::new();
        for (index, row) in csv::Reader::from_reader(text.as_bytes()).deserialize::<Row>().enumerate() {
            let line = index as u64 + 2;
            let row = row.map_err(|error| LabError::Truth { file: FILE, line, reason: error.to_string() })?;
            check(&row).map_err(|reason| LabError::Truth { file: FILE, line, reason })?;
            rows.push(row);
        }
        Ok(Self { rows })
    }

    /// Exactly one expectation for every subject of the world and every rule of the subject's kind.
    pub fn expectations(&self, world: &World) -> Result<BTreeMap<(String, String), Expect>, LabError> {
        let subjects = subjects(world);
        let mut expected = BTreeMap::new();
        for (index, row) in self.rows.iter().enumerate() {
            let mut met = false;
            for subject in subjects.iter().filter(|subject| speaks_of(&row.subject, subject)) {
                met = true;
                for rule in row.rule.split_whitespace() {
                    let expect = Expect { verdict: row.verdict.clone(), grade: row.grade.clone(), why: row.why.clone() };
                    expected.insert((subject.id.clone(), rule.to_owned()), expect);
                }
            }
            if !met {
                let reason = format!("the world has no subject {}", row.subject);
                return Err(LabError::Truth { file: FILE, line: index as u64 + 2, reason });
            }
        }
        Ok(expected)
    }
}

fn check(row: &Row) -> Result<(), String> {
    let graded = matches!(row.grade.as_str(), "violation" | "review" | "advice");
    match row.verdict.as_str() {
        "violation" if graded => {}
        "pass" | "not_applicable" | "undetermined" if row.grade.is_empty() => {}
        _ => return Err(format!("verdict {} and grade {} do not go together", row.verdict, row.grade)),
    }
    if row.rule.trim().is_empty() { Err("no rule is named".into()) } else { Ok(()) }
}

/// Whether a row's subject column means this subject.
pub(crate) fn speaks_of(written: &str, subject: &Subject) -> bool {
    let Some(profile) = written.strip_prefix('@') else { return written == subject.id };
    let mut words = profile.split_whitespace();
    let holds = |condition: &str| {
        condition.split_once('=').is_some_and(|(key, value)| subject.traits.get(key).is_some_and(|known| known == value))
    };
    words.next() == Some(subject.kind) && words.all(holds)
}

fn subjects(world: &World) -> Vec<Subject> {
    let mut subjects = Vec::new();
    for institution in &world.institutions {
        let known = |text: &Option<String>| text.clone().unwrap_or_default();
        let owner = BTreeMap::from([("type", known(&institution.kind)), ("level", known(&institution.level))]);
        let subject = |kind: &'static str, key: &str, traits: BTreeMap<&'static str, String>| Subject {
            id: format!("{kind}:{key}"),
            kind,
            traits,
        };
        subjects.push(subject("institution", &institution.uscc, owner.clone()));
        subjects.extend(institution.listed.iter().map(|listed| subject(listed.kind.word(), &listed.id, owner.clone())));
        subjects.extend(institution.mail.iter().map(|domain| subject("mail", domain, owner.clone())));
        for site in &institution.sites {
            let mut traits = owner.clone();
            traits.insert("role", site.role.clone());
            traits.insert("column", if site.path.is_empty() { "no" } else { "yes" }.to_owned());
            subjects.push(subject("site", &site.place(), traits));
        }
    }
    subjects
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_rows_win_and_profiles_need_all_conditions() {
        let mut world = World::replicate(2);
        world.truth = Truth::read(
            "subject,rule,verdict,grade,why\n@site,A1 A2,pass,,all\n@site type=other,A1,not_applicable,,others\n\
             @site type=party_government role=,A2,undetermined,,no role\nsite:b00002.gov.cn,A2,violation,review,planted\n",
        )
        .expect("a truth");
        let error = world.truth.expectations(&world).expect_err("no other body lives here");
        assert!(error.to_string().contains("line 3"), "{error}");
        world.institutions[0].kind = Some("other".into());
        let error = world.truth.expectations(&world).expect_err("now no organ lives here");
        assert!(error.to_string().contains("line 4"), "{error}");
    }

    #[test]
    fn verdict_and_grade_must_go_together() {
        let read = |row: &str| Truth::read(&format!("subject,rule,verdict,grade,why\n{row}\n")).map(|_| ());
        assert!(read("@site,A1,violation,,x").is_err());
        assert!(read("@site,A1,pass,review,x").is_err());
        assert!(read("@site,A1,fine,,x").is_err());
        assert!(read("@site,,pass,,x").is_err());
        assert!(read("@site,A1,violation,advice,x").is_ok());
    }
}
