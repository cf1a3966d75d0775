//! Databases in MaxMind's format (MaxMind DB 2.0), with records of GeoIP2 and with the flat ones that others publish.
//!
//! Invariant: a database is checked from end to end before it is asked, so that what it does not say is not its damage.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

use maxminddb::{MaxMindDbError, Reader, WithinOptions};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::source::{Kind, SourceError, clean};
use crate::table::digits;

/// What every database of this format has near its end.
const MARK: &[u8] = b"\xab\xcd\xefMaxMind.com";
/// The mark stands within so many bytes of the end.
const MARK_WITHIN: usize = 128 * 1024;

/// A database.
pub(crate) struct Mmdb(Reader<Vec<u8>>);

/// What a record says of where; every layout's fields side by side.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Where {
    country_code: Option<String>,
    country: Country,
    registered_country: Country,
    traits: Traits,
}

/// A country's code: alone, or in a record of GeoIP2.
#[derive(Default)]
struct Country(Option<String>);

#[derive(Deserialize)]
struct CountryRecord {
    iso_code: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Traits {
    is_anycast: bool,
    is_satellite_provider: bool,
}

/// What a record says of the network.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Network {
    #[serde(alias = "asn")]
    autonomous_system_number: Option<Number>,
    #[serde(alias = "as_name", alias = "as_organization", alias = "organization", alias = "org")]
    autonomous_system_organization: Option<String>,
}

/// A network's number, as number or as text; `None` when the text holds none.
struct Number(Option<u32>);

impl Mmdb {
    /// True when the bytes are such a database, sound or not.
    pub(crate) fn is(bytes: &[u8]) -> bool {
        let end = &bytes[bytes.len().saturating_sub(MARK_WITHIN)..];
        end.windows(MARK.len()).any(|window| window == MARK)
    }

    /// Opens a database and checks it.
    pub(crate) fn open(bytes: Vec<u8>, kind: Kind) -> Result<Self, SourceError> {
        let database = Self(Reader::from_source(bytes).map_err(SourceError::Damaged)?);
        let wanted = match kind {
            Kind::Country => "country",
            Kind::Asn => "network number",
            Kind::Providers => "provider",
        };
        match database.check(kind).map_err(SourceError::Damaged)? {
            true => Ok(database),
            false => Err(SourceError::WrongType { found: clean(&database.0.metadata().database_type), wanted }),
        }
    }

    /// Walks the whole tree and decodes each record once; whether one of them says what is wanted. The crate's own `verify` also asks for
    /// a description, which sound databases lack.
    fn check(&self, kind: Kind) -> Result<bool, MaxMindDbError> {
        let most_networks = self.0.metadata().node_count as usize * 3;
        let (mut seen, mut says) = (BTreeSet::new(), false);
        for (count, found) in self.0.networks(WithinOptions::default().include_networks_without_data())?.enumerate() {
            if count > most_networks {
                return Err(MaxMindDbError::invalid_database("the search tree runs in circles"));
            }
            let found = found?;
            if found.offset().is_some_and(|offset| seen.insert(offset)) {
                says |= match kind {
                    Kind::Country => found.decode::<Where>()?.is_some_and(|record| record.found().code.is_some()),
                    Kind::Asn => found.decode::<Network>()?.is_some_and(|record| record.number().is_some()),
                    Kind::Providers => false,
                };
            }
        }
        Ok(says)
    }

    /// The day it was built.
    pub(crate) fn edition(&self) -> Option<String> {
        let seconds = i64::try_from(self.0.metadata().build_epoch).ok()?;
        let built = jiff::Timestamp::from_second(seconds).ok()?;
        Some(built.to_string().chars().take("2026-01-01".len()).collect())
    }

    /// What it says of where an address is.
    pub(crate) fn country(&self, ip: IpAddr) -> Option<Found> {
        let record: Where = self.0.lookup(ip).ok()?.decode().ok()??;
        Some(record.found())
    }

    /// What it says of an address's network: number and organisation.
    pub(crate) fn network(&self, ip: IpAddr) -> Option<(u32, String)> {
        let record: Network = self.0.lookup(ip).ok()?.decode().ok()??;
        Some((record.number()?, clean(&record.autonomous_system_organization.unwrap_or_default())))
    }
}

/// A country as found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Its code.
    pub code: Option<String>,
    /// Whether the address is announced in many places.
    pub anycast: bool,
}

impl Where {
    /// Where the address is used, else where it is registered. Of a satellite's address neither says where the user or server is:
    /// it gets the code `A2`, which MaxMind has for them.
    fn found(self) -> Found {
        let code = match self.traits.is_satellite_provider {
            true => Some("A2".to_owned()),
            false => self.country.0.or(self.country_code).or(self.registered_country.0),
        };
        let code = code.map(|code| clean(&code).to_ascii_uppercase()).filter(|code| code.len() == 2 && code.is_ascii());
        Found { code, anycast: self.traits.is_anycast }
    }
}

impl Network {
    fn number(&self) -> Option<u32> {
        self.autonomous_system_number.as_ref()?.0
    }
}

// By visitors of our own: an untagged enum would first take in whatever stands there, and damaged data nests so deep that the stack ends.

impl<'de> Deserialize<'de> for Country {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Country;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a country's code or record")
            }

            fn visit_str<E: de::Error>(self, code: &str) -> Result<Country, E> {
                Ok(Country(Some(code.into())))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Country, A::Error> {
                Ok(Country(CountryRecord::deserialize(MapAccessDeserializer::new(map))?.iso_code))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl Visitor<'_> for Either {
            type Value = Number;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a network's number")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Number, E> {
                Ok(Number(digits(text.trim()).parse().ok()))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Number, E> {
                Ok(Number(number.try_into().ok()))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(json: &str) -> Found {
        serde_json::from_str::<Where>(json).expect("a record").found()
    }

    #[test]
    fn every_layout_of_countries() {
        let code = |json| found(json).code.unwrap_or_default();
        assert_eq!(code(r#"{"country": {"iso_code": "CN", "names": {}}, "registered_country": {"iso_code": "US"}}"#), "CN");
        assert_eq!(code(r#"{"registered_country": {"iso_code": "US"}, "continent": {"code": "NA"}}"#), "US");
        assert_eq!(code(r#"{"country": {"geoname_id": 1}, "registered_country": {"iso_code": "US"}}"#), "US");
        assert_eq!(code(r#"{"country_code": "hk"}"#), "HK");
        assert_eq!(code(r#"{"country": "TW", "continent": "AS"}"#), "TW");
        assert_eq!(code(r#"{"country": {"iso_code": "CN"}, "traits": {"is_satellite_provider": true}}"#), "A2");
        assert_eq!(code(r#"{"country_code": "China"}"#), "");
        assert!(found(r#"{"country_code": "AU", "traits": {"is_anycast": true}}"#).anycast);
    }

    #[test]
    fn every_layout_of_networks() {
        for json in [
            r#"{"autonomous_system_number": 13335, "autonomous_system_organization": "Example"}"#,
            r#"{"asn": "AS13335", "as_name": "Example", "as_domain": "example.test"}"#,
            r#"{"asn": 13335, "organization": "Example"}"#,
        ] {
            let record: Network = serde_json::from_str(json).expect("a record");
            assert_eq!(record.number(), Some(13335), "{json}");
            assert_eq!(record.autonomous_system_organization.as_deref(), Some("Example"), "{json}");
        }
    }
}
