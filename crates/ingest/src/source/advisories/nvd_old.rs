//! NVD's records as they were before 2.0: JSON 1.1.

use std::borrow::Cow;

use serde::Deserialize;

use crate::source::advisories::nvd::{Configuration, Cve, Cvss, Described, Metric, Metrics, Node, Reference, Weakness};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Record<'a> {
    #[serde(borrow)]
    cve: Body<'a>,
    #[serde(borrow, default)]
    configurations: Configurations<'a>,
    #[serde(borrow, default)]
    impact: Impact<'a>,
    #[serde(borrow, default)]
    published_date: Cow<'a, str>,
    #[serde(borrow, default)]
    last_modified_date: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow, rename = "CVE_data_meta")]
    meta: Meta<'a>,
    #[serde(borrow, default, rename = "problemtype")]
    weaknesses: Weaknesses<'a>,
    #[serde(borrow, default)]
    references: References<'a>,
    #[serde(borrow, default)]
    description: Descriptions<'a>,
}

#[derive(Deserialize)]
struct Meta<'a> {
    #[serde(borrow, rename = "ID")]
    id: Cow<'a, str>,
}

#[derive(Default, Deserialize)]
struct Weaknesses<'a> {
    #[serde(borrow, default, rename = "problemtype_data")]
    list: Vec<Weakness<'a>>,
}

#[derive(Default, Deserialize)]
struct References<'a> {
    #[serde(borrow, default, rename = "reference_data")]
    list: Vec<Reference<'a>>,
}

#[derive(Default, Deserialize)]
struct Descriptions<'a> {
    #[serde(borrow, default, rename = "description_data")]
    list: Vec<Described<'a>>,
}

#[derive(Default, Deserialize)]
struct Configurations<'a> {
    #[serde(borrow, default)]
    nodes: Vec<Node<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Impact<'a> {
    #[serde(borrow, rename = "baseMetricV3")]
    v3: Option<V3<'a>>,
    #[serde(borrow, rename = "baseMetricV2")]
    v2: Option<V2<'a>>,
}

#[derive(Deserialize)]
struct V3<'a> {
    #[serde(borrow, rename = "cvssV3")]
    cvss: Cvss<'a>,
}

#[derive(Deserialize)]
struct V2<'a> {
    #[serde(borrow, rename = "cvssV2")]
    cvss: Cvss<'a>,
}

impl<'a> Record<'a> {
    /// The record in the words of 2.0.
    pub fn renewed(self) -> Cve<'a> {
        let by_nvd = |cvss_data| vec![Metric { source: "nvd@nist.gov".into(), cvss_data }];
        let Body { meta, weaknesses, references, description } = self.cve;
        Cve {
            id: meta.id,
            published: self.published_date,
            last_modified: self.last_modified_date,
            descriptions: description.list,
            metrics: Metrics {
                v31: self.impact.v3.map(|told| by_nvd(told.cvss)).unwrap_or_default(),
                v2: self.impact.v2.map(|told| by_nvd(told.cvss)).unwrap_or_default(),
                ..Metrics::default()
            },
            weaknesses: weaknesses.list,
            references: references.list,
            configurations: vec![Configuration { nodes: self.configurations.nodes, ..Configuration::default() }],
            ..Cve::default()
        }
    }
}
