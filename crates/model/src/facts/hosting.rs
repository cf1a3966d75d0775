//! Facts about where and with whom a host's addresses are: country, network, cloud, CDN.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text::Label;

/// Where a host's addresses are, and whose they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hosting {
    /// The host.
    pub host: String,
    /// One entry an address, in the order of addresses.
    pub addresses: Vec<AddressHosting>,
    /// Providers that the host's own signs name (aliases, header fields, certificate), not an address.
    pub providers: Vec<ProviderSign>,
    /// The sources that were asked, with their editions. Empty: none is loaded, and nothing said says nothing.
    pub sources: Vec<String>,
}

/// Where one address is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AddressHosting {
    /// The address.
    pub ip: IpAddr,
    /// What each source says of the country: an ISO 3166-1 alpha-2 code, or a code that names none (`EU`, `AP`, `ZZ`, `A2` for satellites).
    /// A source that knows nothing is left out.
    pub countries: Vec<Claim>,
    /// Where that is, when the sources agree; codes that name no country have no say.
    pub region: Region,
    /// What each source says of the network's number.
    pub networks: Vec<NetworkClaim>,
    /// Providers by address ranges and network numbers.
    pub providers: Vec<ProviderSign>,
    /// Whether one address stands for many places or fronts for a site elsewhere, so that its country says little: an anycast range, or one
    /// of content delivery or protection.
    pub anycast: bool,
}

/// What one source says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Claim {
    /// The source.
    pub source: String,
    /// What it says.
    pub value: String,
}

/// What one source says of an address's network.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct NetworkClaim {
    /// The source.
    pub source: String,
    /// Autonomous system number.
    pub asn: u32,
    /// Whose it is.
    pub organisation: String,
}

/// Where an address is, in the sense of the Provisions: `境内` leaves Hong Kong, Macao and Taiwan out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Region {
    /// The mainland.
    Mainland,
    /// Hong Kong, Macao, Taiwan.
    HongKongMacaoTaiwan,
    /// Anywhere else.
    Abroad,
    /// The sources put it in different regions.
    Disputed,
    /// A private or otherwise special range (RFC 6890) of which no source says anything.
    Special,
    /// No source knows.
    #[default]
    Unknown,
}

impl Region {
    /// The region in words.
    pub fn label(self) -> Label {
        let (zh, en) = match self {
            Self::Mainland => ("境内", "mainland"),
            Self::HongKongMacaoTaiwan => ("港澳台", "Hong Kong, Macao, Taiwan"),
            Self::Abroad => ("境外", "abroad"),
            Self::Disputed => ("来源不一致", "sources disagree"),
            Self::Special => ("专用地址", "special-purpose address"),
            Self::Unknown => ("未知", "unknown"),
        };
        Label { zh, en }
    }
}

/// What a provider does for the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProviderRole {
    /// Content delivery.
    Cdn,
    /// Protection in front of the site.
    Waf,
    /// Hosting.
    Cloud,
    /// Carrier or data centre network.
    Network,
}

/// A provider, with what named it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct ProviderSign {
    /// Name.
    pub name: String,
    /// What it does.
    pub role: ProviderRole,
    /// What named it.
    pub by: ProviderBy,
    /// The range, network number, alias, field or name that did.
    pub matched: String,
    /// Whether what named it stands for the provider's places outside the mainland. `false` also when nothing is known of that.
    #[serde(default)]
    pub overseas: bool,
}

/// What named a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProviderBy {
    /// An address range.
    Range,
    /// A network number.
    Asn,
    /// An alias (CNAME).
    Alias,
    /// A certificate's names.
    Certificate,
    /// A header field or cookie.
    Header,
}
