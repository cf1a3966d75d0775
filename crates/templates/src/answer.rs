//! Answers, as the parts that matchers and extractors look at.

use std::collections::BTreeMap;

use model::facts::tls::{Certificate, TlsHandshake, Trust};

use crate::dsl::Value;
use crate::request::Record;

/// Greatest size of a body that is looked at, in bytes.
pub const MOST_BODY: usize = 1 << 20;
/// Most header fields, and the greatest size of one's value in bytes.
const HEADERS: usize = 256;
const HEADER: usize = 4096;

/// An answer, ready to be matched. Share it: the same answer is looked at by many templates.
#[derive(Clone, Debug)]
pub struct Answer {
    pub(crate) parts: BTreeMap<String, Value>,
}

/// An answer over HTTP, the last of its redirects.
#[derive(Clone, Copy, Debug)]
pub struct HttpAnswer<'a> {
    /// Status.
    pub status: u16,
    /// Header fields in order, names whatever their case.
    pub headers: &'a [(String, String)],
    /// Body after content decoding; what lies beyond [`MOST_BODY`] is not looked at.
    pub body: &'a [u8],
}

/// An answer to a DNS question.
#[derive(Clone, Copy, Debug)]
pub struct DnsAnswer<'a> {
    /// The name asked for, A-label form.
    pub name: &'a str,
    /// The type asked for.
    pub record: Record,
    /// Whether the name exists.
    pub exists: bool,
    /// The aliases on the way, in order.
    pub aliases: &'a [String],
    /// The records' contents in presentation form (RFC 1035, 5.1).
    pub records: &'a [String],
}

impl Answer {
    /// An answer over HTTP.
    pub fn http(answer: HttpAnswer<'_>) -> Self {
        let body = &answer.body[..answer.body.len().min(MOST_BODY)];
        let mut parts = BTreeMap::new();
        let mut head = format!("HTTP/1.1 {}\r\n", answer.status);
        for (name, value) in answer.headers.iter().take(HEADERS) {
            let value: String = value.chars().filter(|char| !char.is_control()).take(HEADER).collect();
            head.push_str(&format!("{}: {value}\r\n", as_written(name)));
            let key = name.to_ascii_lowercase().replace('-', "_");
            let text = match parts.get(&key) {
                Some(Value::Text(before)) => format!("{}; {value}", String::from_utf8_lossy(before)),
                _ => value,
            };
            parts.insert(key, Value::text(text));
        }
        for part in ["header", "headers", "all_headers"] {
            parts.insert(part.to_owned(), Value::text(&head));
        }
        let whole = Value::text([head.as_bytes(), b"\r\n", body].concat());
        for part in ["response", "raw", "all"] {
            parts.insert(part.to_owned(), whole.clone());
        }
        parts.insert("body".to_owned(), Value::text(body));
        parts.insert("status_code".to_owned(), Value::Number(f64::from(answer.status)));
        parts.insert("content_length".to_owned(), Value::Number(body.len() as f64));
        Self { parts }
    }

    /// An answer to a DNS question, in the form in which name servers' tools print it.
    pub fn dns(answer: DnsAnswer<'_>) -> Self {
        let code = if answer.exists { "NOERROR" } else { "NXDOMAIN" };
        let mut owner = answer.name;
        let mut lines = Vec::new();
        for alias in answer.aliases {
            lines.push(format!("{owner}.\t0\tIN\tCNAME\t{alias}."));
            owner = alias;
        }
        if answer.record != Record::Cname {
            lines.extend(answer.records.iter().map(|record| format!("{owner}.\t0\tIN\t{}\t{record}", answer.record.word())));
        }
        let lines = lines.join("\n");
        let raw = format!(";; opcode: QUERY, status: {code}\n;; ANSWER SECTION:\n{lines}\n");
        let texts = [
            ("answer", lines),
            ("raw", raw.clone()),
            ("response", raw.clone()),
            ("body", raw),
            ("rcode", code.to_owned()),
            ("cname", answer.aliases.last().cloned().unwrap_or_default()),
            ("host", answer.name.to_owned()),
        ];
        Self { parts: texts.into_iter().map(|(name, text)| (name.to_owned(), Value::text(text))).collect() }
    }

    /// A TLS handshake; `expired`: whether the server's certificate has expired by the asker's clock.
    pub fn tls(handshake: &TlsHandshake, expired: bool) -> Self {
        let mut parts: BTreeMap<String, Value> = BTreeMap::new();
        let mut set = |name: &str, value: Value| parts.insert(name.to_owned(), value);
        set("host", Value::text(&handshake.host));
        set("ip", Value::text(handshake.ip.to_string()));
        set("port", Value::text(handshake.port.to_string()));
        set("tls_version", Value::text(handshake.version.to_ascii_lowercase().replace(['v', '.'], "")));
        set("cipher", Value::text(&handshake.cipher));
        let mut lists: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        if let Some(leaf) = handshake.chain.first() {
            let Certificate { subject, issuer, names, serial, .. } = leaf;
            set("subject_dn", Value::text(subject));
            set("issuer_dn", Value::text(issuer));
            set("serial", Value::text(serial));
            set("not_before", Value::text(leaf.not_before.to_string()));
            set("not_after", Value::text(leaf.not_after.to_string()));
            for (name, of) in [("subject_cn", subject), ("issuer_cn", issuer)] {
                set(name, Value::text(attribute(of, "CN").unwrap_or_default()));
            }
            set("expired", Value::Truth(expired));
            set("self_signed", Value::Truth(handshake.trust == Trust::SelfSigned));
            set("untrusted", Value::Truth(handshake.trust != Trust::Trusted));
            set("mismatched", Value::Truth(!handshake.covers_host));
            set("wildcard_certificate", Value::Truth(names.iter().any(|name| name.starts_with("*."))));
            set("subject_an", Value::text(names.join(",")));
            lists.insert("subject_an", names.clone());
            lists.insert("subject_org", attribute(subject, "O").into_iter().collect());
            lists.insert("issuer_org", attribute(issuer, "O").into_iter().collect());
        }
        let mut document: BTreeMap<&str, serde_json::Value> = BTreeMap::new();
        for (name, value) in &parts {
            let value = match value {
                Value::Text(text) => String::from_utf8_lossy(text).into(),
                Value::Number(number) => (*number).into(),
                Value::Truth(truth) => (*truth).into(),
            };
            document.insert(name, value);
        }
        document.extend(lists.into_iter().map(|(name, list)| (name, list.into())));
        // A map of texts and lists is always writable as JSON.
        let whole = Value::text(serde_json::to_vec(&document).unwrap_or_default());
        for part in ["response", "raw", "all"] {
            parts.insert(part.to_owned(), whole.clone());
        }
        Self { parts }
    }

    /// What a TCP service says of itself before it is asked.
    pub fn banner(banner: &[u8]) -> Self {
        let whole = Value::text(&banner[..banner.len().min(MOST_BODY)]);
        let parts = ["data", "body", "raw", "response", "all"];
        Self { parts: parts.into_iter().map(|part| (part.to_owned(), whole.clone())).collect() }
    }

    /// The same answer with no more than `most` bytes of its body, if it is longer.
    pub(crate) fn cut(&self, most: usize) -> Option<Self> {
        let body = self.parts.get("body")?.bytes();
        let short = body.get(..most)?;
        let mut cut = self.clone();
        cut.parts.insert("body".to_owned(), Value::text(short));
        let head = self.parts.get("header").map(|head| head.bytes()).unwrap_or_default();
        let whole = Value::text([&head, &b"\r\n"[..], short].concat());
        for part in ["response", "raw", "all"] {
            cut.parts.insert(part.to_owned(), whole.clone());
        }
        Some(cut)
    }
}

/// A field's name in the case in which templates expect it: `Content-Type`.
fn as_written(name: &str) -> String {
    let mut begins = true;
    name.chars()
        .filter(|char| !char.is_control())
        .map(|char| {
            let written = if begins { char.to_ascii_uppercase() } else { char.to_ascii_lowercase() };
            begins = char == '-';
            written
        })
        .collect()
}

/// The first attribute of this type in a name of RFC 4514 form.
fn attribute(name: &str, kind: &str) -> Option<String> {
    let mut escaped = false;
    let parts = name.split(|char| {
        let parts = char == ',' && !escaped;
        escaped = char == '\\' && !escaped;
        parts
    });
    let mut found = parts.filter_map(|part| part.trim().split_once('=')).filter(|(known, _)| known.eq_ignore_ascii_case(kind));
    found.next().map(|(_, value)| value.replace('\\', ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(answer: &Answer, name: &str) -> String {
        answer.parts.get(name).map(|value| String::from_utf8_lossy(&value.bytes()).into_owned()).unwrap_or_default()
    }

    #[test]
    fn parts_of_an_answer_over_http() {
        let headers = [("x-powered-by".to_owned(), "PHP/7\r\nX: y".to_owned()), ("server".to_owned(), "nginx".to_owned())];
        let answer = Answer::http(HttpAnswer { status: 404, headers: &headers, body: b"<p>" });
        assert_eq!(part(&answer, "header"), "HTTP/1.1 404\r\nX-Powered-By: PHP/7X: y\r\nServer: nginx\r\n");
        assert_eq!(part(&answer, "x_powered_by"), "PHP/7X: y");
        assert!(part(&answer, "response").ends_with("Server: nginx\r\n\r\n<p>"));
        assert_eq!(part(&answer, "status_code"), "404");
        assert_eq!(part(&answer.cut(1).expect("shorter"), "body"), "<");
        assert!(answer.cut(4).is_none());
    }

    #[test]
    fn an_answer_of_dns_reads_as_tools_print_it() {
        let aliases = ["x.cdn.example".to_owned()];
        let records = ["192.0.2.1".to_owned()];
        let answer = DnsAnswer { name: "www.example.cn", record: Record::A, exists: true, aliases: &aliases, records: &records };
        assert_eq!(
            part(&Answer::dns(answer), "answer"),
            "www.example.cn.\t0\tIN\tCNAME\tx.cdn.example.\nx.cdn.example.\t0\tIN\tA\t192.0.2.1"
        );
        assert!(part(&Answer::dns(DnsAnswer { exists: false, records: &[], ..answer }), "raw").contains("NXDOMAIN"));
    }

    #[test]
    fn attributes_of_names() {
        assert_eq!(attribute("CN=*.example.cn,O=Example\\, Inc.,C=CN", "O").as_deref(), Some("Example, Inc."));
        assert_eq!(attribute("O=x", "CN"), None);
    }
}
