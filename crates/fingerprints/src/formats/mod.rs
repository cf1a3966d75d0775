//! The published formats, each read into technologies, rules and patterns. Nothing here fails: what cannot be used is noted and left out.

mod ehole;
mod fingerprinthub;
mod recog;
mod wafw00f;
mod wappalyzer;

use crate::builder::Builder;
use crate::source::{Set, Source};

/// Reads one file.
pub(crate) fn read(builder: &mut Builder, source: &Source) {
    // A set that was given is counted, even when nothing of it can be used.
    builder.count(source.set);
    match source.set {
        Set::Wappalyzer => wappalyzer::read(builder, source),
        Set::Recog => recog::read(builder, source),
        Set::FingerprintHub => fingerprinthub::read(builder, source),
        Set::Ehole => ehole::read(builder, source),
        Set::Wafw00f => wafw00f::read(builder, source),
    }
}

/// Reads a JSON document or notes why not.
fn json<T: serde::de::DeserializeOwned>(builder: &mut Builder, source: &Source) -> Option<T> {
    let text = source.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&source.bytes);
    match serde_json::from_slice(text) {
        Ok(document) => Some(document),
        Err(error) => {
            builder.skip(source.set, &source.name, "", error.to_string());
            None
        }
    }
}
