//! Interfaces over HTTP that stores and platforms have: told by the answers' own fields. Only public addresses that name a version or a
//! state are asked for, and nothing but these is kept.

use model::facts::services::{Login, Protocol, Service};
use model::facts::technology::VersionSource;
use serde_json::Value;

use super::binary::find;
use super::http::{Answer, is_json};
use super::text::Telling;

/// One interface: where it is asked, and how its answer is read.
#[derive(Clone, Copy)]
pub(super) struct Api {
    pub(super) path: &'static str,
    pub(super) read: fn(&Service, &Answer<'_>) -> Option<Service>,
}

const VERSION: Api = Api { path: "/version", read: version };
const HADOOP: Api = Api { path: "/ws/v1/cluster/info", read: hadoop };
const NACOS: Api = Api { path: "/nacos/v1/console/server/state", read: nacos };
const CONSUL: Api = Api { path: "/v1/status/leader", read: consul };
const KIBANA: Api = Api { path: "/api/status", read: kibana };

/// What is worth asking for after the answer to `/`.
pub(super) fn suggested(hints: &[Protocol], answer: &Answer<'_>) -> Vec<Api> {
    let mut asked = Vec::new();
    let hinted = hints.iter().filter_map(|hint| match hint {
        Protocol::Etcd | Protocol::Docker | Protocol::Kubernetes => Some(VERSION),
        Protocol::Hadoop => Some(HADOOP),
        Protocol::Nacos => Some(NACOS),
        Protocol::Consul => Some(CONSUL),
        Protocol::Kibana => Some(KIBANA),
        _ => None,
    });
    asked.extend(hinted);
    let location = answer.field("location").unwrap_or_default();
    if location.contains("/ui/") && answer.body.starts_with(b"<a href=\"/ui/\">") {
        asked.push(CONSUL);
    }
    if location.ends_with("/nacos/") || location.ends_with("/nacos") {
        asked.push(NACOS);
    }
    // The bare answers of servers that have no pages.
    let bare = matches!(answer.status, 401 | 403 | 404) && answer.body.len() < 1024;
    if bare && (is_json(answer) || answer.body.starts_with(b"404 page not found")) {
        asked.push(VERSION);
    }
    if find(answer.body, b"/cluster").is_some() && location.ends_with("/cluster") {
        asked.push(HADOOP);
    }
    asked.dedup_by_key(|api| api.path);
    asked
}

/// What the answer to `/` tells by itself.
pub(super) fn at_root(found: &Service, answer: &Answer<'_>) -> Option<Service> {
    elasticsearch(found, answer)
        .or_else(|| clickhouse(found, answer))
        .or_else(|| kubernetes_root(found, answer))
        .or_else(|| kibana_head(found, answer))
}

fn api(found: &Service, protocol: Protocol, login: Login) -> Service {
    Service { protocol: Some(protocol), login, products: Vec::new(), ..found.clone() }
}

fn json(answer: &Answer<'_>) -> Option<Value> {
    serde_json::from_slice(answer.body).ok().or_else(|| serde_json::from_slice(unchunked(answer)?).ok())
}

/// The content of a body of one chunk (RFC 9112, 7.1): such answers are short.
fn unchunked<'a>(answer: &Answer<'a>) -> Option<&'a [u8]> {
    let size = super::text::first_line(answer.body)?;
    let length = usize::from_str_radix(std::str::from_utf8(size).ok()?.trim(), 16).ok()?;
    let begin = answer.body.iter().position(|byte| *byte == b'\n')? + 1;
    answer.body.get(begin..begin.checked_add(length)?)
}

fn told(version: &Value) -> Option<(&str, VersionSource)> {
    version.as_str().filter(|version| !version.is_empty()).map(|version| (version, VersionSource::Protocol))
}

fn matched(version: &Value) -> &[u8] {
    version.as_str().unwrap_or_default().as_bytes()
}

fn elasticsearch(found: &Service, answer: &Answer<'_>) -> Option<Service> {
    let realm = answer.field("www-authenticate").unwrap_or_default();
    if answer.status == 401 && (realm.contains("realm=\"security\"") || realm.contains("OpenSearch")) {
        return Some(api(found, Protocol::Elasticsearch, Login::Required).product(
            Some("Elastic"),
            "Elasticsearch",
            None,
            realm.as_bytes(),
        ));
    }
    let body = json(answer)?;
    let (version, opensearch) = (&body["version"], body["version"]["distribution"] == "opensearch");
    if body["cluster_name"].as_str().is_none()
        || version["number"].as_str().is_none()
        || version["lucene_version"].as_str().is_none()
    {
        return None;
    }
    let (vendor, name) = if opensearch { ("OpenSearch", "OpenSearch") } else { ("Elastic", "Elasticsearch") };
    let number = &version["number"];
    let found =
        api(found, Protocol::Elasticsearch, Login::NotRequired).product(Some(vendor), name, told(number), matched(number));
    Some(found.detail("cluster", body["cluster_name"].as_str().unwrap_or_default()))
}

/// `Ok.` with ClickHouse's own header fields; or what its other port answers to HTTP.
fn clickhouse(found: &Service, answer: &Answer<'_>) -> Option<Service> {
    let own = answer.fields.iter().any(|(name, _)| name.starts_with("x-clickhouse-"));
    if !own && find(answer.body, b"is for clickhouse-client program").is_none() {
        return None;
    }
    Some(api(found, Protocol::Clickhouse, Login::Unknown).product(Some("ClickHouse"), "ClickHouse", None, answer.body))
}

/// A list of paths lets in.
fn kubernetes_root(found: &Service, answer: &Answer<'_>) -> Option<Service> {
    kubernetes(found, answer).filter(|found| found.login == Login::NotRequired)
}

/// A Status object refuses; a list of paths lets in.
fn kubernetes(found: &Service, answer: &Answer<'_>) -> Option<Service> {
    let body = json(answer)?;
    let status = body["kind"] == "Status" && body["apiVersion"] == "v1" && matches!(answer.status, 401 | 403);
    let paths = body["paths"].as_array().is_some_and(|paths| paths.iter().any(|path| path == "/apis"));
    let login = match (status, paths) {
        (true, _) => Login::Required,
        (_, true) => Login::NotRequired,
        _ => return None,
    };
    Some(api(found, Protocol::Kubernetes, login).product(Some("Kubernetes"), "Kubernetes", None, b""))
}

/// `/version` of etcd, Docker and Kubernetes.
fn version(found: &Service, answer: &Answer<'_>) -> Option<Service> {
    let body = json(answer)?;
    if let Some(version) = told(&body["etcdserver"]) {
        let found = api(found, Protocol::Etcd, Login::Unknown).product(None, "etcd", Some(version), matched(&body["etcdserver"]));
        return Some(found.detail("cluster_version", body["etcdcluster"].as_str().unwrap_or_default()));
    }
    if let (Some(version), Some(level)) = (told(&body["Version"]), body["ApiVersion"].as_str()) {
        let found = api(found, Protocol::Docker, Login::NotRequired).product(Some("Docker"), "Docker Engine", Some(version), &[]);
        return Some(found.detail("api_version", level));
    }
    if let (Some((version, by)), Some(_)) = (told(&body["gitVersion"]), body["gitCommit"].as_str()) {
        let version = (version.trim_start_matches('v'), by);
        // Anybody may read the version; the root said whether the rest is closed.
        let closed = found.details.get("status").is_some_and(|status| matches!(status.as_str(), "401" | "403"));
        let login = if closed { Login::Required } else { Login::Unknown };
        return Some(api(found, Protocol::Kubernetes, login).product(None, "Kubernetes", Some(version), &[]));
    }
    kubernetes(found, answer)
}

fn hadoop(found: &Service, answer: &Answer<'_>) -> Option<Service> {
    if answer.status == 401 && answer.field("www-authenticate").is_some_and(|way| way.contains("Negotiate")) {
        return Some(api(found, Protocol::Hadoop, Login::Required));
    }
    let body = json(answer)?;
    let info = &body["clusterInfo"];
    let version = &info["hadoopVersion"];
    let number = told(version)?;
    let found =
        api(found, Protocol::Hadoop, Login::NotRequired).product(Some("Apache"), "Hadoop", Some(number), matched(version));
    Some(found.detail("state", info["state"].as_str().unwrap_or_default()))
}

/// The state has said since 2.2 whether log-in is on.
fn nacos(found: &Service, answer: &Answer<'_>) -> Option<Service> {
    let body = json(answer)?;
    let version = &body["version"];
    let number = told(version)?;
    body["standalone_mode"].as_str()?;
    let login = match body["auth_enabled"].as_str() {
        Some("true") => Login::Required,
        Some("false") => Login::NotRequired,
        _ => Login::Unknown,
    };
    Some(api(found, Protocol::Nacos, login).product(Some("Alibaba"), "Nacos", Some(number), matched(version)))
}

/// The leader's address, which the agent tells everybody, and a header field with what its rules say of everybody.
fn consul(found: &Service, answer: &Answer<'_>) -> Option<Service> {
    let own = answer.fields.iter().any(|(name, _)| name.starts_with("x-consul-"));
    let leader = json(answer).is_some_and(|body| body.as_str().is_some_and(|leader| leader.contains(':')));
    if !(own || leader && answer.status == 200) {
        return None;
    }
    let login = match answer.field("x-consul-default-acl-policy") {
        Some("allow") => Login::NotRequired,
        Some("deny") => Login::Required,
        _ => Login::Unknown,
    };
    Some(api(found, Protocol::Consul, login).product(Some("HashiCorp"), "Consul", None, &[]))
}

/// Kibana says its name in a header field of every answer.
fn kibana_head(found: &Service, answer: &Answer<'_>) -> Option<Service> {
    let version = answer.field("kbn-version").map(|version| (version, VersionSource::Protocol));
    if version.is_none() && answer.field("kbn-name").is_none() {
        return None;
    }
    let login = match answer.field("location") {
        Some(location) if location.starts_with("/login") => Login::Required,
        Some(location) if location.starts_with("/app/") || location.starts_with("/spaces/") => Login::NotRequired,
        _ => Login::Unknown,
    };
    // Newer ones tell their version under /api/status alone.
    version.map(|version| {
        api(found, Protocol::Kibana, login).product(Some("Elastic"), "Kibana", Some(version), version.0.as_bytes())
    })
}

fn kibana(found: &Service, answer: &Answer<'_>) -> Option<Service> {
    if matches!(answer.status, 401 | 302) && answer.field("kbn-name").is_some() {
        return Some(api(found, Protocol::Kibana, Login::Required).product(Some("Elastic"), "Kibana", None, &[]));
    }
    let body = json(answer)?;
    let version = &body["version"]["number"];
    let number = told(version)?;
    body["status"]["overall"].as_object()?;
    Some(api(found, Protocol::Kibana, Login::NotRequired).product(Some("Elastic"), "Kibana", Some(number), matched(version)))
}
