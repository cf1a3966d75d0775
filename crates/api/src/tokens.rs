//! Who may push what: bearer tokens (RFC 6750), of which the configuration holds digests alone.

use axum::http::{HeaderMap, header};
use model::ledger::source::SourceKind;
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq};

use crate::fault::Fault;
use crate::settings::Token;

/// The token of a request. All are compared, each in constant time, so that time tells nothing.
pub(crate) fn of<'a>(headers: &HeaderMap, tokens: &'a [Token]) -> Result<&'a Token, Fault> {
    let sent = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (scheme, sent) = sent.and_then(|value| value.split_once(' ')).ok_or_else(Fault::unauthorized)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Fault::unauthorized());
    }
    let digest = model::digest::Digest::from(<[u8; 32]>::from(Sha256::digest(sent.trim().as_bytes()))).to_string();
    let mut found = None;
    for token in tokens {
        let same: Choice = token.sha256.to_string().as_bytes().ct_eq(digest.as_bytes());
        if bool::from(same) {
            found = Some(token);
        }
    }
    found.ok_or_else(Fault::unauthorized)
}

impl Token {
    /// Whether it is good for a source.
    pub(crate) fn may(&self, kind: SourceKind, name: &str) -> bool {
        self.kinds.contains(&kind) && (self.sources.is_empty() || self.sources.iter().any(|source| source == name))
    }
}
