//! A template as it is written: YAML, in the shape of the format.
//!
//! Every key that is known is here, the refused ones too; a key that is not is refused, since it might do anything.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::refusal::{Class, Reason};

/// Greatest size of a template, in bytes.
pub(crate) const LARGEST: usize = 4 << 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Document {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) info: Info,
    #[serde(default, alias = "requests")]
    pub(crate) http: Vec<Http>,
    #[serde(default)]
    pub(crate) dns: Vec<Dns>,
    #[serde(default)]
    pub(crate) ssl: Vec<Ssl>,
    #[serde(default, alias = "network")]
    pub(crate) tcp: Vec<Tcp>,
    #[serde(default)]
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) flow: Option<String>,
    #[serde(default)]
    pub(crate) self_contained: bool,
    #[serde(default)]
    pub(crate) stop_at_first_match: bool,
    pub(crate) code: Option<IgnoredAny>,
    pub(crate) javascript: Option<IgnoredAny>,
    pub(crate) headless: Option<IgnoredAny>,
    pub(crate) file: Option<IgnoredAny>,
    pub(crate) websocket: Option<IgnoredAny>,
    pub(crate) whois: Option<IgnoredAny>,
    pub(crate) workflows: Option<IgnoredAny>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Info {
    pub(crate) name: String,
    pub(crate) severity: Option<String>,
    pub(crate) tags: Listed,
    pub(crate) classification: Option<Classification>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Classification {
    #[serde(rename = "cve-id")]
    pub(crate) cve: Listed,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Http {
    pub(crate) id: Option<IgnoredAny>,
    pub(crate) name: Option<IgnoredAny>,
    pub(crate) method: Option<String>,
    pub(crate) path: Vec<String>,
    pub(crate) raw: Vec<String>,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Option<String>,
    pub(crate) payloads: BTreeMap<String, IgnoredAny>,
    pub(crate) attack: Option<IgnoredAny>,
    pub(crate) r#unsafe: bool,
    pub(crate) race: Option<IgnoredAny>,
    #[serde(rename = "race_count", alias = "race-count")]
    pub(crate) race_count: Option<IgnoredAny>,
    pub(crate) threads: Option<IgnoredAny>,
    pub(crate) pipeline: Option<IgnoredAny>,
    pub(crate) pipeline_concurrent_connections: Option<IgnoredAny>,
    pub(crate) pipeline_requests_per_connection: Option<IgnoredAny>,
    pub(crate) fuzzing: Option<IgnoredAny>,
    pub(crate) digest_username: Option<IgnoredAny>,
    pub(crate) digest_password: Option<IgnoredAny>,
    pub(crate) global_matchers: bool,
    pub(crate) redirects: bool,
    pub(crate) host_redirects: bool,
    pub(crate) max_redirects: Option<u8>,
    pub(crate) max_size: Option<usize>,
    // What follows says how the other engine goes about its work; ours does it its own way.
    pub(crate) cookie_reuse: Option<IgnoredAny>,
    pub(crate) disable_cookie: Option<IgnoredAny>,
    pub(crate) disable_path_automerge: Option<IgnoredAny>,
    pub(crate) iterate_all: Option<IgnoredAny>,
    pub(crate) read_all: Option<IgnoredAny>,
    pub(crate) req_condition: Option<IgnoredAny>,
    pub(crate) skip_variables_check: Option<IgnoredAny>,
    pub(crate) stop_at_first_match: bool,
    pub(crate) matchers_condition: Option<String>,
    pub(crate) matchers: Vec<Matcher>,
    pub(crate) extractors: Vec<Extractor>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Dns {
    pub(crate) id: Option<IgnoredAny>,
    pub(crate) name: String,
    pub(crate) r#type: String,
    pub(crate) class: Option<String>,
    pub(crate) recursion: Option<bool>,
    pub(crate) retries: Option<IgnoredAny>,
    pub(crate) trace: Option<IgnoredAny>,
    pub(crate) resolvers: Option<IgnoredAny>,
    pub(crate) matchers_condition: Option<String>,
    pub(crate) matchers: Vec<Matcher>,
    pub(crate) extractors: Vec<Extractor>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Ssl {
    pub(crate) id: Option<IgnoredAny>,
    pub(crate) address: String,
    pub(crate) min_version: Option<IgnoredAny>,
    pub(crate) max_version: Option<IgnoredAny>,
    pub(crate) cipher_suites: Option<IgnoredAny>,
    pub(crate) scan_mode: Option<IgnoredAny>,
    pub(crate) tls_version_enum: Option<IgnoredAny>,
    pub(crate) tls_cipher_enum: Option<IgnoredAny>,
    #[serde(rename = "matchers-condition")]
    pub(crate) matchers_condition: Option<String>,
    pub(crate) matchers: Vec<Matcher>,
    pub(crate) extractors: Vec<Extractor>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Tcp {
    pub(crate) id: Option<IgnoredAny>,
    pub(crate) host: Listed,
    pub(crate) port: Option<String>,
    pub(crate) exclude_ports: Option<IgnoredAny>,
    pub(crate) inputs: Vec<Input>,
    pub(crate) read_size: Option<IgnoredAny>,
    pub(crate) read_all: Option<IgnoredAny>,
    pub(crate) stop_at_first_match: bool,
    pub(crate) payloads: BTreeMap<String, IgnoredAny>,
    pub(crate) attack: Option<IgnoredAny>,
    pub(crate) threads: Option<IgnoredAny>,
    pub(crate) matchers_condition: Option<String>,
    pub(crate) matchers: Vec<Matcher>,
    pub(crate) extractors: Vec<Extractor>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Input {
    pub(crate) data: String,
    pub(crate) r#type: Option<String>,
    pub(crate) read: Option<IgnoredAny>,
    pub(crate) name: Option<IgnoredAny>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Matcher {
    pub(crate) r#type: String,
    pub(crate) name: Option<String>,
    pub(crate) part: Option<String>,
    pub(crate) condition: Option<String>,
    pub(crate) negative: bool,
    pub(crate) internal: bool,
    pub(crate) case_insensitive: bool,
    pub(crate) encoding: Option<String>,
    pub(crate) words: Vec<String>,
    pub(crate) regex: Vec<String>,
    pub(crate) binary: Vec<String>,
    pub(crate) status: Vec<String>,
    pub(crate) size: Vec<String>,
    pub(crate) dsl: Vec<String>,
    pub(crate) xpath: Option<IgnoredAny>,
    pub(crate) match_all: Option<IgnoredAny>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Extractor {
    pub(crate) r#type: String,
    pub(crate) name: Option<String>,
    pub(crate) part: Option<String>,
    pub(crate) internal: bool,
    pub(crate) case_insensitive: bool,
    pub(crate) group: Option<usize>,
    pub(crate) regex: Vec<String>,
    pub(crate) kval: Vec<String>,
    pub(crate) json: Vec<String>,
    pub(crate) dsl: Vec<String>,
    pub(crate) xpath: Option<IgnoredAny>,
    pub(crate) attribute: Option<IgnoredAny>,
}

/// Reads a template.
///
/// # Errors
/// [`Class::Unreadable`] for what is no template or beyond the bounds, [`Class::Unsupported`] for a key that is not known.
pub(crate) fn read(yaml: &str) -> Result<Document, Reason> {
    if yaml.len() > LARGEST {
        return Err(Class::Unreadable.because("larger than 4 MiB"));
    }
    let budget = serde_saphyr::budget! {
        max_depth: 32,
        max_events: 600_000,
        max_nodes: 300_000,
        max_aliases: 64,
        max_anchors: 64,
        max_documents: 1,
        max_total_scalar_bytes: 2 * LARGEST,
    };
    let options = serde_saphyr::options! { budget: budget, with_snippet: false };
    serde_saphyr::from_str_with_options(yaml, options).map_err(|error| {
        let words = error.to_string();
        let words = words.lines().next().unwrap_or_default();
        if words.contains("unknown field") { Class::Unsupported.because(words) } else { Class::Unreadable.because(words) }
    })
}

/// One or many: a list, or a text with commas.
#[derive(Default)]
pub(crate) struct Listed(pub(crate) Vec<String>);

impl<'de> Deserialize<'de> for Listed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListedVisitor)
    }
}

struct ListedVisitor;

impl<'de> Visitor<'de> for ListedVisitor {
    type Value = Listed;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text or a list of texts")
    }

    fn visit_str<E>(self, text: &str) -> Result<Listed, E> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        Ok(Listed(parts.map(str::to_owned).collect()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Listed, E> {
        Ok(Listed(vec![number.to_string()]))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Listed, E> {
        Ok(Listed(vec![number.to_string()]))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Listed, E> {
        Ok(Listed(vec![number.to_string()]))
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Listed, E> {
        Ok(Listed(vec![truth.to_string()]))
    }

    fn visit_unit<E>(self) -> Result<Listed, E> {
        Ok(Listed::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Listed, A::Error> {
        let mut parts = Vec::new();
        while let Some(part) = list.next_element::<String>()? {
            parts.push(part);
        }
        Ok(Listed(parts))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Listed, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Listed::default())
    }
}
