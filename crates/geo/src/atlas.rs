//! All sources as one: built once, asked for every address.

use std::collections::BTreeSet;
use std::net::IpAddr;

use model::digest::Digest;
use model::facts::dns::HostDns;
use model::facts::hosting::{AddressHosting, Claim, Hosting, NetworkClaim};

use crate::mmdb::{Found, Mmdb};
use crate::providers::{Gathered, Providers};
use crate::signs::Signs;
use crate::source::{Kind, Skipped, Source, SourceError, What};
use crate::table::{Countries, Networks};
use crate::{published, region};

/// What the loaded sources know. Providers by network number, alias and header field are known without any source.
pub struct Atlas {
    sources: Vec<String>,
    countries: Vec<(String, CountrySource)>,
    networks: Vec<(String, NetworkSource)>,
    providers: Providers,
}

enum CountrySource {
    Database(Mmdb),
    Table(Countries),
}

enum NetworkSource {
    Database(Mmdb),
    Table(Networks),
}

impl Default for Atlas {
    fn default() -> Self {
        Self::build(Vec::new()).0
    }
}

impl Atlas {
    /// Builds an atlas, and tells what was left out: a source that cannot be used, and bad rows of one that can.
    pub fn build(sources: Vec<Source>) -> (Self, Vec<Skipped>) {
        let mut builder = Builder {
            sources: Vec::new(),
            countries: Vec::new(),
            networks: Vec::new(),
            providers: Gathered::ours(),
            skipped: Vec::new(),
        };
        sources.into_iter().for_each(|source| builder.add(source));
        let Builder { sources, countries, networks, providers, skipped } = builder;
        (Self { sources, countries, networks, providers: providers.build() }, skipped)
    }

    /// The sources, each with its edition: the day a database was built, else the beginning of the file's SHA-256.
    pub fn sources(&self) -> &[String] {
        &self.sources
    }

    /// Where one address is and whose. An IPv4 address written as IPv6 (`::ffff:192.0.2.1`, RFC 4291) is looked up as IPv4.
    pub fn address(&self, ip: IpAddr) -> AddressHosting {
        let asked = ip.to_canonical();
        let found: Vec<_> = self.countries.iter().filter_map(|(source, asking)| Some((source, asking.get(asked)?))).collect();
        let claim = |(source, found): &(&String, Found)| Some(Claim { source: (*source).clone(), value: found.code.clone()? });
        let countries: Vec<Claim> = found.iter().filter_map(claim).collect();
        let networks: Vec<NetworkClaim> = self.networks.iter().filter_map(|(source, asking)| asking.get(asked, source)).collect();
        let providers = self.providers.of_address(asked, networks.iter().map(|claim| claim.asn));
        AddressHosting {
            ip,
            region: region::of(asked, &countries),
            countries,
            networks,
            anycast: providers.fronts || found.iter().any(|(_, found)| found.anycast),
            providers: providers.signs.into_iter().collect(),
        }
    }

    /// Where a host's addresses are and whose, and who stands in front of it by its aliases and by what it shows itself.
    pub fn hosting(&self, dns: &HostDns, signs: &Signs<'_>) -> Hosting {
        let v4 = dns.a.records().iter().copied().map(IpAddr::V4);
        let addresses: BTreeSet<IpAddr> = v4.chain(dns.aaaa.records().iter().copied().map(IpAddr::V6)).collect();
        let aliases = dns.aliases.iter().filter_map(|alias| self.providers.of_alias(alias));
        let certificate = signs.certificate_names.iter().filter_map(|name| self.providers.of_certificate_name(name));
        let providers: BTreeSet<_> = aliases.chain(certificate).chain(signs.providers()).collect();
        Hosting {
            host: dns.name.clone(),
            addresses: addresses.into_iter().map(|ip| self.address(ip)).collect(),
            providers: providers.into_iter().collect(),
            sources: self.sources.clone(),
        }
    }
}

impl CountrySource {
    fn get(&self, ip: IpAddr) -> Option<Found> {
        match self {
            Self::Database(database) => database.country(ip),
            Self::Table(table) => table.get(ip).map(|code| Found { code: Some(code), anycast: false }),
        }
    }
}

impl NetworkSource {
    fn get(&self, ip: IpAddr, source: &str) -> Option<NetworkClaim> {
        let (asn, organisation) = match self {
            Self::Database(database) => database.network(ip),
            Self::Table(table) => table.get(ip),
        }?;
        Some(NetworkClaim { source: source.into(), asn, organisation })
    }
}

struct Builder {
    sources: Vec<String>,
    countries: Vec<(String, CountrySource)>,
    networks: Vec<(String, NetworkSource)>,
    providers: Gathered,
    skipped: Vec<Skipped>,
}

impl Builder {
    fn add(&mut self, source: Source) {
        let name = source.name.clone();
        let digest = Digest::of(&source.bytes).to_string();
        match self.read(source) {
            Ok((edition, skipped)) => {
                let edition = edition.unwrap_or_else(|| format!("sha256 {}", &digest[..12]));
                self.sources.push(format!("{name} ({edition})"));
                self.skipped.extend(skipped.map(|what| Skipped { source: name, what }));
            }
            Err(error) => self.skipped.push(Skipped { source: name, what: What::Whole(error) }),
        }
    }

    /// Reads a source; the edition if it states one, and what was left out.
    fn read(&mut self, Source { name, kind, bytes }: Source) -> Result<(Option<String>, Option<What>), SourceError> {
        if bytes.is_empty() {
            return Err(SourceError::Empty);
        }
        if Mmdb::is(&bytes) {
            let database = Mmdb::open(bytes, kind)?;
            let edition = database.edition();
            match kind {
                Kind::Asn => self.networks.push((name, NetworkSource::Database(database))),
                Kind::Country | Kind::Providers => self.countries.push((name, CountrySource::Database(database))),
            }
            return Ok((edition, None));
        }
        let skipped = match kind {
            Kind::Country => {
                let (table, skipped) = Countries::read(&bytes)?;
                self.countries.push((name, CountrySource::Table(table)));
                skipped
            }
            Kind::Asn => {
                let (table, skipped) = Networks::read(&bytes)?;
                self.networks.push((name, NetworkSource::Table(table)));
                skipped
            }
            Kind::Providers => published::read(&bytes, &mut self.providers)?,
        };
        Ok((None, skipped))
    }
}
