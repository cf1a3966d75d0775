//! Worlds of any size for measurements.

use crate::truth::Truth;
use crate::world::behaviour::{Answer, Http};
use crate::world::{Institution, Site, World};

impl World {
    /// A world of `count` plain healthy https sites, `b00001.gov.cn` and so on, which share 250 addresses, and of what their pages link to.
    /// All have one owner and no role, and no truth is told about them: they are there to be counted.
    pub fn replicate(count: usize) -> Self {
        let sites =
            (1..=count).map(|number| Site { host: format!("b{number:05}.gov.cn"), shared_address: true, ..Site::default() });
        let files = Site { host: "dcs.conac.cn".into(), http: Http::Serve, answer: Answer::MarkFiles, ..Site::default() };
        let registry = Site { host: "bszs.conac.cn".into(), http: Http::Serve, answer: Answer::MarkRegistry, ..Site::default() };
        let filing = |host: &str| Site { host: host.into(), ..Site::default() };
        let owner = Institution {
            name: "霁川省人民政府".into(),
            uscc: "11620000990000017U".into(),
            kind: Some("party_government".into()),
            level: Some("province".into()),
            division: Some("620000".into()),
            sites: sites.collect(),
            ..Institution::default()
        };
        Self {
            suffixes: ["cn".to_owned(), "gov.cn".to_owned()].into(),
            institutions: [owner].into(),
            outside: [files, registry, filing("beian.miit.gov.cn"), filing("beian.mps.gov.cn")].into(),
            truth: Truth::default(),
            ..Self::default()
        }
    }
}
