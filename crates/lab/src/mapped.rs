//! The ground truth of the map: what a right product finds around the sites that the world marks as mapped. Written by hand.
//!
//! `map.csv` has the columns `subject,fact,value,why`. A subject is written out (`site:www.x.gov.cn`) or a profile with conditions on `role`
//! and `web` (`usual` where both web ports are the site's own and healthy): `@site role=part`. What is true of services stands in `services.csv`
//! and holds for the mapped sites too.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::error::LabError;
use crate::services::Expected;
use crate::truth::{Subject, speaks_of};
use crate::world::World;
use crate::world::behaviour::{Http, Https};

const FILE: &str = "map.csv";

/// A fact by its kind and its value in words: `region`, `mainland`.
pub type Fact = (String, String);

/// The truth, not yet spread over the subjects.
#[derive(Clone, Debug, Default)]
pub struct MapTruth {
    rows: Vec<Row>,
    services: Vec<Expected>,
}

/// A row of the file.
#[derive(Clone, Debug, Deserialize)]
struct Row {
    subject: String,
    fact: String,
    value: String,
    /// For the reader of the file.
    #[serde(rename = "why")]
    _why: String,
}

impl MapTruth {
    /// Reads the file's text; `services` is what is true of the services.
    ///
    /// # Errors
    /// When a row cannot be understood.
    pub fn read(text: &str, services: Vec<Expected>) -> Result<Self, LabError> {
        let mut rows = Vec::new();
        for (index, row) in csv::Reader::from_reader(text.as_bytes()).deserialize::<Row>().enumerate() {
            rows.push(row.map_err(|error| wrong(index, error.to_string()))?);
        }
        Ok(Self { rows, services })
    }

    /// All that is to be found, for each subject that the world marks as mapped, and nothing else of it.
    ///
    /// # Errors
    /// When a row speaks of no such subject.
    pub fn expectations(&self, world: &World) -> Result<BTreeMap<String, BTreeSet<Fact>>, LabError> {
        let subjects = subjects(world);
        let mut expected: BTreeMap<String, BTreeSet<Fact>> =
            subjects.iter().map(|subject| (subject.id.clone(), BTreeSet::new())).collect();
        let mut add = |id: &str, fact: &str, value: &str| {
            expected.get_mut(id).is_some_and(|facts| facts.insert((fact.to_owned(), value.to_owned())))
        };
        for (index, row) in self.rows.iter().enumerate() {
            let mut meant = subjects.iter().filter(|subject| speaks_of(&row.subject, subject)).peekable();
            if meant.peek().is_none() {
                return Err(wrong(index, format!("no subject {} is mapped", row.subject)));
            }
            for subject in meant {
                if !add(&subject.id, &row.fact, &row.value) {
                    return Err(wrong(index, format!("{} {} is said of {} twice", row.fact, row.value, subject.id)));
                }
            }
        }
        for service in &self.services {
            add(&format!("site:{}", service.host), "service", &words(service));
        }
        Ok(expected)
    }
}

fn wrong(index: usize, reason: String) -> LabError {
    LabError::Truth { file: FILE, line: index as u64 + 2, reason }
}

/// A service as the map's truth writes it: `6379/tcp redis Redis 7.0.15 not_required`, leaving out what nobody can tell.
fn words(service: &Expected) -> String {
    let protocol = if service.protocol.is_empty() { "unrecognised" } else { &service.protocol };
    let port = format!("{}/tcp", service.port);
    let parts = [&port, protocol, &service.product, &service.version, &service.login];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

fn subjects(world: &World) -> Vec<Subject> {
    let moved: BTreeSet<&str> =
        world.services.iter().filter(|service| matches!(service.port, 80 | 443)).map(|service| service.host.as_str()).collect();
    let subject = |site: &crate::world::Site| {
        let usual = site.http == Http::Upgrade && site.https == Https::Serve && !moved.contains(site.host.as_str());
        let traits = [("role", site.role.clone()), ("web", if usual { "usual" } else { "other" }.to_owned())];
        Subject { id: format!("site:{}", site.place()), kind: "site", traits: traits.into() }
    };
    world.sites().map(|(_, site)| site).filter(|site| site.mapped).map(subject).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_speak_of_mapped_subjects_and_say_nothing_twice() {
        let mut world = World::replicate(2);
        world.institutions[0].sites[0].mapped = true;
        let read = |rows: &str| MapTruth::read(&format!("subject,fact,value,why\n{rows}"), Vec::new()).expect("a truth");
        let expected = read("@site web=usual,region,mainland,\nsite:b00001.gov.cn,page,/,home\n").expectations(&world);
        let expected = expected.expect("expectations");
        assert_eq!(expected.len(), 1, "unmapped subjects are left alone");
        assert_eq!(expected["site:b00001.gov.cn"].len(), 2);
        for (rows, word) in [
            ("site:b00002.gov.cn,region,mainland,", "line 2: no subject"),
            ("@site,region,abroad,\n@site role=,region,abroad,", "line 3"),
        ] {
            let error = read(rows).expectations(&world).expect_err("a contradiction").to_string();
            assert!(error.contains(word), "{error}");
        }
    }
}
