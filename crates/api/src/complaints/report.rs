//! A report from the public: what it may hold, and the line that is kept of it.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use model::text::{Label, Text};
use readers::personal::masked;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::fault::Fault;

macro_rules! subjects {
    ($($(#[$doc:meta])* $name:ident, $word:literal, $zh:literal, $en:literal;)*) => {
        /// What a report is about.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        pub(crate) enum Subject { $($(#[$doc])* #[serde(rename = $word)] $name,)* }

        impl Subject {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its word in requests and lines.
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// Its words for people.
            pub fn label(self) -> Label {
                match self { $(Self::$name => Label { zh: $zh, en: $en },)* }
            }
        }
    };
}

subjects! {
    /// A look-alike of an official site, app or account.
    Counterfeit, "counterfeit", "疑似仿冒政府网站、应用或公众账号", "Looks like a fake official site, app or account";
    /// A weakness.
    Weakness, "weakness", "存在安全漏洞或隐患", "Has a security weakness";
    /// Defaced, or with unlawful content or links.
    Tampered, "tampered", "页面被篡改或含不良信息、外链", "Is defaced, or holds or links to harmful content";
    /// Personal data is published.
    PersonalData, "personal_data", "泄露个人信息", "Exposes personal data";
    /// Not reachable, or not kept up to date.
    Unavailable, "unavailable", "无法访问或长期不更新", "Cannot be reached or is out of date";
    /// Something else.
    #[default]
    Other, "other", "其他问题", "Something else";
}

/// A report as it is sent.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Report {
    /// Address or name of the application: URL, name of an app or account; 1 to 500 characters.
    pub target: String,
    /// The institution, as far as known; at most 200 characters.
    #[serde(default)]
    pub institution: String,
    /// What it is about.
    #[serde(default)]
    pub subject: Subject,
    /// What was seen; 5 to 2000 characters.
    pub description: String,
    /// How to reach the reporter. It is not kept.
    #[serde(default)]
    #[expect(dead_code, reason = "accepted from systems that send it, and dropped")]
    pub contact: String,
}

/// What is kept: the line that the importer of `complaints` reads.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    number: String,
    received_on: String,
    target: String,
    description: String,
}

impl Report {
    /// The line to keep, without control characters and personal data.
    pub fn line(&self, number: &str, at: Timestamp) -> Result<Line, Fault> {
        let target = field(
            &self.target,
            1,
            500,
            Text::new("请填写 1 至 500 字的网址或应用名称", "give an address or name of 1 to 500 characters"),
        )?;
        let institution = field(
            &self.institution,
            0,
            200,
            Text::new("单位名称不超过 200 字", "the institution's name has at most 200 characters"),
        )?;
        let wanted = Text::new("请用 5 至 2000 字说明情况", "say in 5 to 2000 characters what you saw");
        let description = field(&self.description, 5, 2000, wanted)?;
        // The importer keeps one text: what the form asks for apart goes in front of it.
        let about = if institution.is_empty() { String::new() } else { format!("（{institution}）") };
        let description = format!("{}{about}：{description}", self.subject.label().zh);
        let received_on = at.to_zoned(china()).date().to_string();
        Ok(Line { number: number.into(), received_on, target, description })
    }
}

/// A receipt number: the day and 40 random bits, without letters that are easily mistaken.
pub(crate) fn receipt(at: Timestamp) -> Result<String, Fault> {
    const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(|_| Fault::failed())?;
    let random: String = random.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
    Ok(format!("TS{}-{random}", at.to_zoned(china()).strftime("%Y%m%d")))
}

/// China standard time.
fn china() -> TimeZone {
    TimeZone::fixed(Offset::constant(8))
}

fn field(text: &str, least: usize, most: usize, wanted: Text) -> Result<String, Fault> {
    let clean: String = text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if !(least..=most).contains(&clean.chars().count()) {
        return Err(Fault::invalid(wanted));
    }
    Ok(masked(&clean))
}
