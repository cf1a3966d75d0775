//! What an atlas is built from, and what of it could not be used.

use std::fmt;

use maxminddb::MaxMindDbError;

/// A database or list, as published.
#[derive(Clone, Debug)]
pub struct Source {
    /// What it is called in claims, such as its file's name.
    pub name: String,
    /// What it is asked for.
    pub kind: Kind,
    /// Its bytes, not compressed; the format is told from them.
    pub bytes: Vec<u8>,
}

/// What a source is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Countries: a MaxMind database (records of GeoIP2, or flat ones with `country_code`), or rows `first,last,code` or `range,code`.
    Country,
    /// Networks: a MaxMind database (records of GeoIP2, or flat ones with `asn`), or rows `first,last,number,organisation` or `range,…`.
    Asn,
    /// Providers: JSON of cdncheck, `{"cdn"|"waf"|"cloud": {provider: [range]}, "common": {provider: [suffix of aliases]}}`.
    Providers,
}

/// What of a source was left out.
#[derive(Debug)]
pub struct Skipped {
    /// The source.
    pub source: String,
    /// What of it.
    pub what: What,
}

/// What was left out.
#[derive(Debug)]
pub enum What {
    /// All of it.
    Whole(SourceError),
    /// Some rows; the others are used.
    Rows {
        /// How many.
        count: usize,
        /// Where the first one stands, as `line 7` or `cdn/Example/3`.
        first: String,
        /// What is wrong with that one.
        reason: String,
    },
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Whole(error) => write!(f, "{} {error}", self.source),
            What::Rows { count, first, reason } => {
                write!(f, "{}: {count} rows are left out, the first at {first}: {reason}", self.source)
            }
        }
    }
}

/// Why a source cannot be used. Reads as the end of a sentence that begins with the source's name.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// No bytes.
    #[error("is empty")]
    Empty,
    /// Begins or ends like a MaxMind database and is broken.
    #[error("is a MaxMind database that is damaged or cut off: {0}")]
    Damaged(#[source] MaxMindDbError),
    /// Bytes that are neither a database nor text.
    #[error("is neither a MaxMind database nor text; if it was one, it is cut off: the database's end is missing")]
    NotText,
    /// A database of something else.
    #[error("is a database of type {found:?}, whose records have no {wanted}")]
    WrongType {
        /// The type it states.
        found: String,
        /// What was looked for.
        wanted: &'static str,
    },
    /// No row is any good.
    #[error("has no usable row; {first}: {reason}")]
    NoRow {
        /// Where the first row stands.
        first: String,
        /// What is wrong with it.
        reason: String,
    },
    /// More rows than we are ready to hold.
    #[error("has more than {0} rows")]
    TooManyRows(usize),
    /// Not JSON, or of another shape.
    #[error("is no list of providers: {0}")]
    Json(#[source] serde_json::Error),
}

/// Counts rows that are left out and remembers the first.
#[derive(Default)]
pub(crate) struct BadRows {
    count: usize,
    first: Option<(String, String)>,
}

impl BadRows {
    pub(crate) fn add(&mut self, place: impl FnOnce() -> String, reason: impl Into<String>) {
        self.count += 1;
        self.first.get_or_insert_with(|| (place(), reason.into()));
    }

    /// What was left out, if anything was; an error when nothing is left.
    pub(crate) fn finish(self, usable: usize) -> Result<Option<What>, SourceError> {
        match self.first {
            Some((first, reason)) if usable == 0 => Err(SourceError::NoRow { first, reason }),
            None if usable == 0 => Err(SourceError::Empty),
            first => Ok(first.map(|(first, reason)| What::Rows { count: self.count, first, reason })),
        }
    }
}

/// Text out of a source as kept: without control characters, at most 120 characters.
pub(crate) fn clean(text: &str) -> String {
    text.trim().chars().filter(|character| !character.is_control()).take(120).collect()
}
