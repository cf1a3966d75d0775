//! Peers that speak HTTP or its like: the interfaces of stores and platforms as their manuals show them.

use super::{Peer, Reaction, silent};

pub(super) const PEERS: &[Peer] = &[
    Peer { name: "elasticsearch", greeting: silent, answer: |told| web(told, elasticsearch) },
    Peer { name: "elasticsearch-closed", greeting: silent, answer: |told| web(told, elasticsearch_closed) },
    Peer { name: "clickhouse", greeting: silent, answer: |told| web(told, clickhouse) },
    Peer { name: "clickhouse-native", greeting: silent, answer: clickhouse_native },
    Peer { name: "hadoop", greeting: silent, answer: |told| web(told, hadoop) },
    Peer { name: "docker", greeting: silent, answer: |told| web(told, docker) },
    Peer { name: "kubernetes", greeting: silent, answer: |told| web(told, kubernetes) },
    Peer { name: "nacos", greeting: silent, answer: |told| web(told, nacos) },
    Peer { name: "consul", greeting: silent, answer: |told| web(told, consul) },
    Peer { name: "kibana", greeting: silent, answer: |told| web(told, kibana) },
    Peer { name: "nginx", greeting: silent, answer: |told| web(told, nginx) },
    Peer { name: "camera", greeting: silent, answer: rtsp },
];

/// A status line, fields, a body.
type Page = (&'static str, &'static str, &'static str);

const JSON: &str = "Content-Type: application/json; charset=UTF-8\r\n";

fn web(told: &[u8], page: fn(&str) -> Page) -> Reaction {
    let text = String::from_utf8_lossy(told);
    let Some(head) = text.strip_prefix("GET ") else {
        return if told.len() < 4 && b"GET ".starts_with(told) {
            Reaction::More
        } else {
            Reaction::Close(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec())
        };
    };
    if !told.ends_with(b"\r\n\r\n") {
        return Reaction::More;
    }
    let (status, fields, body) = page(head.split(' ').next().unwrap_or_default());
    let length = body.len();
    Reaction::Close(
        format!("HTTP/1.1 {status}\r\n{fields}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}").into_bytes(),
    )
}

fn elasticsearch(_: &str) -> Page {
    let body = r#"{"name":"n1","cluster_name":"archive","cluster_uuid":"x","version":{"number":"7.10.2","lucene_version":"8.7.0"},
        "tagline":"You Know, for Search"}"#;
    ("200 OK", JSON, body)
}

fn elasticsearch_closed(_: &str) -> Page {
    let fields = "WWW-Authenticate: Basic realm=\"security\" charset=\"UTF-8\"\r\nContent-Type: application/json\r\n";
    ("401 Unauthorized", fields, r#"{"error":{"type":"security_exception"},"status":401}"#)
}

fn clickhouse(path: &str) -> Page {
    let fields = "Content-Type: text/html; charset=UTF-8\r\nX-ClickHouse-Summary: {\"read_rows\":\"0\"}\r\n";
    if path == "/" || path == "/ping" { ("200 OK", fields, "Ok.\n") } else { ("404 Not Found", fields, "There is no handle\n") }
}

/// The port of the native protocol, asked over HTTP.
fn clickhouse_native(told: &[u8]) -> Reaction {
    let words =
        "HTTP/1.0 400 Bad Request\r\n\r\nPort 9000 is for clickhouse-client program\r\nYou must use port 8123 for HTTP.\r\n";
    if told.starts_with(b"GET ") { Reaction::Close(words.into()) } else { Reaction::Close(Vec::new()) }
}

fn hadoop(path: &str) -> Page {
    match path {
        "/ws/v1/cluster/info" => ("200 OK", JSON, r#"{"clusterInfo":{"id":1,"state":"STARTED","hadoopVersion":"3.3.4"}}"#),
        _ => ("302 Found", "Location: /cluster\r\n", ""),
    }
}

fn docker(path: &str) -> Page {
    let fields = "Content-Type: application/json\r\nServer: Docker/24.0.7 (linux)\r\nApi-Version: 1.43\r\n";
    match path {
        "/version" => ("200 OK", fields, r#"{"Version":"24.0.7","ApiVersion":"1.43","Os":"linux"}"#),
        _ => ("404 Not Found", fields, r#"{"message":"page not found"}"#),
    }
}

/// A cluster that lets nobody in, the version apart.
fn kubernetes(path: &str) -> Page {
    match path {
        "/version" => ("200 OK", JSON, r#"{"major":"1","minor":"27","gitVersion":"v1.27.3","gitCommit":"25b4e43"}"#),
        _ => ("403 Forbidden", JSON, r#"{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","code":403}"#),
    }
}

fn nacos(path: &str) -> Page {
    match path {
        "/nacos/v1/console/server/state" => {
            ("200 OK", JSON, r#"{"version":"2.2.3","standalone_mode":"standalone","auth_enabled":"false"}"#)
        }
        _ => ("404 Not Found", "Content-Type: text/html\r\n", "<h1>HTTP Status 404</h1>"),
    }
}

fn consul(path: &str) -> Page {
    match path {
        "/v1/status/leader" => {
            ("200 OK", "Content-Type: application/json\r\nX-Consul-Default-Acl-Policy: allow\r\n", "\"10.0.0.1:8300\"")
        }
        _ => ("301 Moved Permanently", "Location: /ui/\r\n", "<a href=\"/ui/\">Moved Permanently</a>.\n\n"),
    }
}

fn kibana(path: &str) -> Page {
    match path {
        "/api/status" => {
            let body = r#"{"name":"k","version":{"number":"7.17.9"},"status":{"overall":{"state":"green"}}}"#;
            ("200 OK", "kbn-name: k\r\nContent-Type: application/json\r\n", body)
        }
        _ => ("302 Found", "Location: /app/home\r\nkbn-name: k\r\n", ""),
    }
}

fn nginx(_: &str) -> Page {
    ("200 OK", "Server: nginx/1.18.0\r\nContent-Type: text/html\r\n", "<html><title>x</title></html>")
}

fn rtsp(told: &[u8]) -> Reaction {
    if told.starts_with(b"OPTIONS ") && told.ends_with(b"\r\n\r\n") {
        Reaction::Say(
            b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nServer: Rtsp Server/3.0\r\nPublic: OPTIONS, DESCRIBE, SETUP, PLAY\r\n\r\n".to_vec(),
        )
    } else {
        Reaction::Close(b"RTSP/1.0 400 Bad Request\r\n\r\n".to_vec())
    }
}
