//! Host names, already cut at the public suffix by `readers::names`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A host name in both its forms. Made by `readers::names::host`, so the parts agree.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct HostName {
    /// A-label form, lower case, no final dot: `www.xn--fiqs8s.xn--zfr164b`.
    pub ascii: String,
    /// U-label form: `www.中国.政务`.
    pub unicode: String,
    /// Public suffix in A-label form (`gov.cn`, `cn`, `xn--zfr164b`); empty for an IP address.
    pub suffix: String,
    /// Registrable domain in A-label form; `None` for an IP address or a bare public suffix.
    pub registrable: Option<String>,
}

/// `.政务` in A-label form.
pub const ZHENGWU: &str = "xn--zfr164b";
/// `.公益` in A-label form.
pub const GONGYI: &str = "xn--55qw42g";
/// `.中国` in A-label form.
pub const ZHONGGUO: &str = "xn--fiqs8s";

impl HostName {
    /// True when the name is below `parent` (A-label form) on a label boundary.
    pub fn under(&self, parent: &str) -> bool {
        self.ascii.strip_suffix(parent).is_some_and(|head| head.ends_with('.'))
    }

    /// True below `.gov.cn` or `.政务`, the suffixes of 党政机关 (Art. 5 ¶1).
    pub fn is_government(&self) -> bool {
        self.under("gov.cn") || self.under(ZHENGWU)
    }

    /// True when the registrable domain has a label that is not ASCII: a "Chinese domain" (中文域名) in the sense of Art. 5.
    pub fn is_idn(&self) -> bool {
        self.registrable.as_deref().unwrap_or(&self.ascii).split('.').any(|label| label.starts_with("xn--"))
    }

    /// True when both names belong to one registrable domain.
    pub fn same_site(&self, other: &Self) -> bool {
        match (&self.registrable, &other.registrable) {
            (Some(own), Some(others)) => own == others,
            _ => self.ascii == other.ascii,
        }
    }
}
