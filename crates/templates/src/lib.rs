//! Harmless proofs: a safe subset of the nuclei template format, read, refused or compiled, and matched against answers.
//!
//! Invariant: pure. What is not known to be harmless is refused, with the reason; nothing here sends anything.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod answer;
mod catalogue;
mod document;
mod dsl;
mod extractor;
mod harmless;
mod matcher;
mod pattern;
mod refusal;
mod request;
mod run;
mod target;
mod template;

pub use answer::{Answer, DnsAnswer, HttpAnswer, MOST_BODY};
pub use catalogue::{Catalogue, Source, StoredAnswer};
pub use refusal::{Class, Refusal};
pub use request::{HttpRequest, Method, Record, Request};
pub use run::{Belief, Ended, Run, Stopped};
pub use target::Target;
pub use template::Template;
