//! The outside contract in JSON: one document for `check` and `sweep`, or one subject a line.
//!
//! Other programs rely on it: fields are added, never renamed or removed, without a new [`SCHEMA`].

use std::collections::BTreeMap;
use std::io;

use jiff::Timestamp;
use model::bundle::Bundle;
use model::digest::Digest;
use model::institution::{Application, Institution};
use model::observation::Observation;
use model::rule::Area;
use model::subject::SubjectId;
use model::text::Text;
use model::verdict::Verdict;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::report::{Catalogue, Meta, SubjectReport};
use crate::summary::{Counts, SweepSummary};

/// The name of this form of the contract.
pub const SCHEMA: &str = "mingcha/1";

/// The whole output of `check` or `sweep`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Document {
    /// Always `mingcha/1`.
    pub schema: String,
    /// What wrote it.
    pub tool: Tool,
    /// When it was written.
    pub generated_at: Timestamp,
    /// From where was looked.
    pub vantage: String,
    /// What a reader must know about this run.
    pub notes: Vec<Text>,
    /// The subjects, in the order of the input.
    pub subjects: Vec<SubjectJson>,
    /// Counts over all subjects.
    pub summary: SummaryJson,
}

/// What wrote a document.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Tool {
    /// Always `mingcha`.
    pub name: String,
    /// Version.
    pub version: String,
}

/// One subject and what the rules say of it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SubjectJson {
    /// The subject.
    pub subject: SubjectId,
    /// The institution that runs it; `null` when the ledger does not tell.
    pub institution: Option<Institution>,
    /// The application as the ledger describes it; `null` for an institution.
    pub application: Option<Application>,
    /// Reference time of the judgement.
    pub at: Timestamp,
    /// The sealed evidence.
    pub bundle: Option<Digest>,
    /// The verdicts, in the order of the catalogue; none in a map.
    pub verdicts: Vec<VerdictJson>,
    /// The facts of the application's map, when it was asked for: observations of every vantage point, failures too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub map: Option<Vec<Observation>>,
}

/// A verdict with the words of its rule.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct VerdictJson {
    /// The verdict.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// Short name of what the rule flags.
    pub title: Text,
    /// The rule's area; `null` when the catalogue does not know the rule.
    pub area: Option<Area>,
}

/// Counts over all subjects.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SummaryJson {
    /// Number of subjects.
    pub subjects: u64,
    /// Verdicts by value, violations by grade.
    #[serde(flatten)]
    pub counts: Counts,
}

/// Writing failed.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The output took no more bytes.
    #[error("could not write the JSON report to the output")]
    Output(#[source] io::Error),
    /// A value has no JSON form, which none of ours lacks.
    #[error("could not turn the report into JSON")]
    Form(#[source] serde_json::Error),
}

/// Writes a [`Document`] subject by subject, so that its length does not matter.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    subjects: u64,
}

impl SubjectJson {
    /// The JSON form of a report; with `map`, with the observations that its picture is drawn from.
    pub fn new(report: &SubjectReport<'_>, catalogue: Catalogue<'_>, map: bool) -> Self {
        let verdicts = report.verdicts.iter().map(|verdict| VerdictJson {
            verdict: verdict.clone(),
            title: catalogue.title(&verdict.rule),
            area: catalogue.area(&verdict.rule),
        });
        Self {
            subject: report.bundle.subject.clone(),
            institution: report.institution().cloned(),
            application: report.application().cloned(),
            at: report.bundle.at,
            bundle: report.digest(),
            verdicts: verdicts.collect(),
            map: map.then(|| report.bundle.observations.clone()),
        }
    }
}

impl<W: io::Write> Writer<W> {
    /// Writes the head of the document.
    ///
    /// # Errors
    /// When the output takes no more bytes.
    pub fn begin(mut out: W, meta: &Meta<'_>) -> Result<Self, WriteError> {
        let tool = Tool { name: "mingcha".into(), version: meta.version.into() };
        write!(out, "{{\"schema\":\"{SCHEMA}\",\"tool\":").map_err(WriteError::Output)?;
        value(&mut out, &tool)?;
        out.write_all(b",\"generated_at\":").map_err(WriteError::Output)?;
        value(&mut out, &meta.generated)?;
        out.write_all(b",\"vantage\":").map_err(WriteError::Output)?;
        value(&mut out, &meta.vantage)?;
        out.write_all(b",\"notes\":").map_err(WriteError::Output)?;
        value(&mut out, &meta.notes)?;
        out.write_all(b",\"subjects\":[").map_err(WriteError::Output)?;
        Ok(Self { out, subjects: 0 })
    }

    /// Writes one subject.
    ///
    /// # Errors
    /// As [`Writer::begin`].
    pub fn subject(&mut self, subject: &SubjectJson) -> Result<(), WriteError> {
        let separator: &[u8] = if self.subjects == 0 { b"\n" } else { b",\n" };
        self.out.write_all(separator).map_err(WriteError::Output)?;
        self.subjects += 1;
        value(&mut self.out, subject)
    }

    /// Writes the counts and closes the document; gives the output back.
    ///
    /// # Errors
    /// As [`Writer::begin`].
    pub fn end(mut self, summary: &SweepSummary) -> Result<W, WriteError> {
        let summary = SummaryJson { subjects: self.subjects, counts: summary.counts() };
        self.out.write_all(b"\n],\"summary\":").map_err(WriteError::Output)?;
        value(&mut self.out, &summary)?;
        self.out.write_all(b"}\n").map_err(WriteError::Output)?;
        self.out.flush().map_err(WriteError::Output)?;
        Ok(self.out)
    }
}

/// Writes one subject as one line (`jsonl`).
///
/// # Errors
/// When the output takes no more bytes.
pub fn line<W: io::Write>(out: &mut W, subject: &SubjectJson) -> Result<(), WriteError> {
    value(out, subject)?;
    out.write_all(b"\n").map_err(WriteError::Output)
}

/// Writes one subject's map as one line: a [`SubjectJson`] whose observations are `bodies`, their JSON as it was sealed and need not be made
/// again.
///
/// # Errors
/// When the output takes no more bytes.
pub fn map_line<W: io::Write>(out: &mut W, bundle: &Bundle, bodies: &[String]) -> Result<(), WriteError> {
    let images = BTreeMap::new();
    let head = SubjectJson::new(&SubjectReport { bundle, verdicts: &[], images: &images }, Catalogue(&[]), false);
    let head = SubjectJson { bundle: None, ..head };
    let mut line = serde_json::to_vec(&head).map_err(WriteError::Form)?;
    // The head's closing brace moves behind the observations.
    line.pop();
    line.extend_from_slice(b",\"map\":[");
    line.extend_from_slice(bodies.join(",").as_bytes());
    line.extend_from_slice(b"]}\n");
    out.write_all(&line).map_err(WriteError::Output)
}

/// The JSON Schema of a [`Document`].
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Document).to_value()
}

fn value<W: io::Write, T: Serialize>(out: &mut W, value: &T) -> Result<(), WriteError> {
    serde_json::to_writer(out, value).map_err(|error| match error.io_error_kind() {
        Some(kind) => WriteError::Output(kind.into()),
        None => WriteError::Form(error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn the_stream_is_one_document_and_each_line_is_a_subject() {
        let world = sample::world();
        let report = world.report();
        let subject = SubjectJson::new(&report, world.catalogue(), false);
        let mut summary = SweepSummary::default();
        let mut writer = Writer::begin(Vec::new(), &sample::meta()).unwrap();
        for _ in 0..2 {
            writer.subject(&subject).unwrap();
            summary.add(report.bundle, report.verdicts, None);
        }
        let text = String::from_utf8(writer.end(&summary).unwrap()).unwrap();
        let document: Document = serde_json::from_str(&text).unwrap();
        assert_eq!((document.schema.as_str(), document.subjects.len(), document.summary.subjects), (SCHEMA, 2, 2));
        assert_eq!(document.summary.counts.violation, 2 * Counts::of(report.verdicts).violation);

        let mut lines = Vec::new();
        line(&mut lines, &subject).unwrap();
        assert_eq!(lines.iter().filter(|byte| **byte == b'\n').count(), 1);
        let again: SubjectJson = serde_json::from_slice(&lines).unwrap();
        assert_eq!(again.verdicts.len(), report.verdicts.len());
    }

    #[test]
    fn a_verdict_has_the_fields_of_the_contract() {
        let world = sample::world();
        let subject = serde_json::to_value(SubjectJson::new(&world.report(), world.catalogue(), false)).unwrap();
        let verdict = subject["verdicts"][0].as_object().unwrap();
        let fields = [
            "rule",
            "subject",
            "verdict",
            "grade",
            "severity",
            "reason",
            "facts",
            "evidence",
            "observed_at",
            "basis",
            "id",
            "cause",
            "title",
            "area",
        ];
        for field in fields {
            assert!(verdict.contains_key(field), "{field} is missing");
        }
        assert!(verdict["reason"]["zh"].is_string() && verdict["title"]["en"].is_string());
        assert!(subject["institution"]["name"].is_string() && subject["application"]["address"].is_string());
    }

    #[test]
    fn an_empty_document_is_well_formed() {
        let writer = Writer::begin(Vec::new(), &sample::meta()).unwrap();
        let bytes = writer.end(&SweepSummary::default()).unwrap();
        let document: Document = serde_json::from_slice(&bytes).unwrap();
        assert!(document.subjects.is_empty());
    }

    #[test]
    fn the_schema_names_every_field_of_the_document() {
        let schema = schema();
        for field in ["schema", "tool", "generated_at", "subjects", "summary"] {
            assert!(schema["properties"][field].is_object(), "{field} is missing");
        }
        let verdict = &schema["$defs"]["VerdictJson"]["properties"];
        for field in ["verdict", "reason", "title", "area", "evidence"] {
            assert!(verdict[field].is_object(), "{field} is missing");
        }
    }
}
