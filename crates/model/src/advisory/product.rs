//! Products: what advisories and components are matched by.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A product in one of the spellings that advisories use, without a version:
/// `cpe:a:apache:http_server` (part, vendor and product of a CPE 2.3 name, lower case, unescaped),
/// `pkg:npm/jquery`, `pkg:maven/org.apache.struts/struts2-core` (a package URL without version, qualifiers and subpath),
/// `name:致远a8` (the folded name of a product that no scheme names; CNVD speaks so).
///
/// One product may bear several; a component lists all that it is known by, and an advisory of any of them concerns it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Product(pub String);

impl Product {
    /// The product as written. Makers are in `vulns::product`, which fold spellings.
    pub fn new(written: impl Into<String>) -> Self {
        Self(written.into())
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The CPE part: `a`, `o` or `h`; `None` for other spellings.
    pub fn part(&self) -> Option<char> {
        self.0.strip_prefix("cpe:")?.chars().next()
    }

    /// The type of a package URL: `npm`, `maven`.
    pub fn package_type(&self) -> Option<&str> {
        self.0.strip_prefix("pkg:")?.split('/').next()
    }
}

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
