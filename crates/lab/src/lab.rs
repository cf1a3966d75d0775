//! A running lab, and the files that point a product at it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::authority::Authority;
use crate::error::LabError;
use crate::mapped::Fact;
use crate::names::NameServer;
use crate::registers;
use crate::streets::Street;
use crate::tables::{SOURCES, TABLES};
use crate::truth::Expect;
use crate::web::doors::Doors;
use crate::world::{Granted, Institution, Site, World};

/// The ledger's columns.
const LEDGER: [&str; 16] = [
    "institution_name",
    "uscc",
    "institution_type",
    "level",
    "division_code",
    "parent_uscc",
    "application_kind",
    "application_name",
    "address",
    "site_role",
    "owner_status",
    "granted_level",
    "grant_document",
    "grant_until",
    "administrative_duties",
    "short_names",
];

/// A running lab. It stops when it is stopped, or with the process.
pub struct Lab {
    folder: PathBuf,
    addresses: BTreeMap<String, Ipv4Addr>,
    excluded: Vec<String>,
    expectations: BTreeMap<(String, String), Expect>,
    map: BTreeMap<String, BTreeSet<Fact>>,
    registers: Vec<(&'static str, PathBuf)>,
    _street: Street,
    names: NameServer,
    doors: Doors,
}

impl Lab {
    /// Starts the world and writes into the folder, which must exist: `ca.pem`, `root.key` (when the world's root is signed), `mingcha.toml`,
    /// `ledger.csv`, `truth.csv`, `map.csv`, the extracts of registers and advisories that [`Lab::registers`] names, and the lists,
    /// fingerprint sets, templates and default passwords that the configuration names. Certificates are valid, or
    /// not, around `at`; give the product the same time.
    pub async fn start(world: World, folder: &Path, at: Timestamp) -> Result<Self, LabError> {
        let folder = fs::canonicalize(folder).map_err(|source| LabError::Write { path: folder.into(), source })?;
        let expectations = world.truth.expectations(&world)?;
        let map = world.map.expectations(&world)?;
        let street = Street::claim()?;
        let addresses = street.addresses(&world)?;
        let authority = Authority::new(at)?;
        let doors = Doors::open(&world, &addresses, &authority).await?;
        let names = NameServer::start(&world, &addresses).await?;
        let excluded = world.sites().filter(|(_, site)| site.excluded).map(|(_, site)| site.host.clone()).collect();
        let extracts = registers::extracts(&world, at);
        let files = std::iter::once(("ledger", "ledger.csv")).chain(extracts.iter().map(|extract| (extract.kind, extract.file)));
        let files = files.chain(SOURCES.iter().map(|(kind, file, _)| (*kind, *file)));
        let registers = files.map(|(kind, file)| (kind, folder.join(file))).collect();
        let lab = Self { folder, addresses, excluded, expectations, map, registers, _street: street, names, doors };
        lab.write("ca.pem", &authority.root_pem())?;
        if !lab.names.anchor().is_empty() {
            lab.write("root.key", lab.names.anchor())?;
        }
        for (file, text) in TABLES.into_iter().chain(SOURCES.map(|(_, file, text)| (file, text))) {
            lab.write(file, text)?;
        }
        lab.write("mingcha.toml", &lab.config())?;
        lab.write("ledger.csv", &table(&LEDGER, ledger(&world)))?;
        for (file, text) in extracts.iter().map(|extract| (extract.file, &extract.text)) {
            lab.write(file, text)?;
        }
        lab.write("truth.csv", &table(&["subject", "rule", "verdict", "grade", "why"], lab.truth_rows()))?;
        lab.write("map.csv", &table(&["subject", "fact", "value"], lab.map_rows()))?;
        Ok(lab)
    }

    /// The name server, by UDP and TCP.
    pub fn resolver(&self) -> SocketAddr {
        self.names.address()
    }

    /// The port that stands for 80 on every address.
    pub fn http_port(&self) -> u16 {
        self.port(80)
    }

    /// The port that stands for 443 on every address.
    pub fn https_port(&self) -> u16 {
        self.port(443)
    }

    /// The port that stands for `meant` on every address; 0 when nothing does.
    pub fn port(&self, meant: u16) -> u16 {
        self.doors.ports.get(&meant).copied().unwrap_or_default()
    }

    /// How many connections a host's address has accepted so far, on all its ports.
    pub fn visitors(&self, host: &str) -> u64 {
        self.address(host).map_or(0, |address| self.doors.visitors(address))
    }

    /// The address of a host.
    pub fn address(&self, host: &str) -> Option<Ipv4Addr> {
        self.addresses.get(host).copied()
    }

    /// The root certificate, PEM.
    pub fn ca_file(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// The product's configuration.
    pub fn config_file(&self) -> PathBuf {
        self.folder.join("mingcha.toml")
    }

    /// The ledger.
    pub fn ledger_file(&self) -> PathBuf {
        self.folder.join("ledger.csv")
    }

    /// The ledger, extracts of registers, lists, declarations and advisories, in the order in which to import them: kind of source as on the command line, and file.
    pub fn registers(&self) -> &[(&'static str, PathBuf)] {
        &self.registers
    }

    /// What a right product says, by subject and rule: one expectation for each pair.
    pub fn truth(&self) -> &BTreeMap<(String, String), Expect> {
        &self.expectations
    }

    /// What a right product finds around the mapped sites, by subject: all of it.
    pub fn map(&self) -> &BTreeMap<String, BTreeSet<Fact>> {
        &self.map
    }

    /// Stops all servers.
    pub async fn stop(self) {
        self.doors.close().await;
        self.names.stop().await;
    }

    fn write(&self, file: &str, text: &str) -> Result<(), LabError> {
        let path = self.folder.join(file);
        let made = path.parent().map_or(Ok(()), fs::create_dir_all);
        made.and_then(|()| fs::write(&path, text)).map_err(|source| LabError::Write { path, source })
    }

    fn config(&self) -> String {
        let path = |file: &str| toml::Value::String(self.folder.join(file).display().to_string());
        let url = |scheme: &str, file: &str| toml::Value::String(format!("{scheme}:{}", self.folder.join(file).display()));
        let anchor =
            if self.names.anchor().is_empty() { String::new() } else { format!("dnssec_anchor = {}\n", path("root.key")) };
        let ports: String = self.doors.ports.iter().map(|(meant, real)| format!("{meant} = {real}\n")).collect();
        let meant: Vec<u16> = self.doors.ports.keys().copied().collect();
        let excluded = toml::Value::from(self.excluded.clone());
        let mut lists: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (kind, file) in &self.registers {
            lists.entry(kind).or_default().push(file.display().to_string());
        }
        let lists: String = lists.into_iter().map(|(kind, files)| format!("{kind} = {}\n", toml::Value::from(files))).collect();
        format!(
            "# Written by the lab: its ports change with every start.\n\n\
             [net]\nresolvers = [\"{}\"]\nallow_ranges = [\"127.0.0.0/8\"]\nextra_root_certificates = [{}]\n{anchor}\
             per_ip_rate = 1000\nper_ip_burst = 1000\nper_network_rate = 10000\nper_host_concurrency = 16\n\
             connect_timeout_s = 3\nread_timeout_s = 10\ndns_timeout_s = 2\n\n\
             exclude = {excluded}\n\n[net.port_map]\n{ports}\n\
             [geo]\ncountry_db = [{}, {}]\nasn_db = {}\nproviders = {}\n\n\
             [fingerprints]\nwappalyzer = {}\nrecog = {}\nwafw00f = {}\n\n\
             # Nothing but the lab's own ports is asked: what else listens on this machine is none of its business.\n\
             [map]\nports = {meant:?}\nudp_ports = []\n\n\
             [active]\ntemplates = {}\ndefault_passwords = {}\npassword_pause_s = 1\n\n\
             [policy]\ndead_link_gap_s = 0\n\n[lists]\n{lists}\n[store]\nurl = {}\n\n[blobs]\nurl = {}\n",
            self.resolver(),
            path("ca.pem"),
            path("country.csv"),
            path("country-second.csv"),
            path("asn.csv"),
            path("providers.json"),
            path("fingerprints/wappalyzer"),
            path("fingerprints/recog"),
            path("fingerprints/wafw00f-rules.json"),
            path("templates"),
            path("default-passwords.csv"),
            url("sqlite", "mingcha.db"),
            url("sqlite", "blobs.db"),
        )
    }

    fn truth_rows(&self) -> Vec<Vec<String>> {
        let row = |((subject, rule), expect): (&(String, String), &Expect)| {
            [subject, rule, &expect.verdict, &expect.grade, &expect.why].map(String::clone).to_vec()
        };
        self.expectations.iter().map(row).collect()
    }

    fn map_rows(&self) -> Vec<Vec<String>> {
        let rows = |(subject, facts): (&String, &BTreeSet<Fact>)| {
            let row = |(fact, value): &Fact| [subject, fact, value].map(String::clone).to_vec();
            facts.iter().map(row).collect::<Vec<_>>()
        };
        self.map.iter().flat_map(rows).collect()
    }
}

fn ledger(world: &World) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for owner in &world.institutions {
        for site in &owner.sites {
            let name = site.name.clone().unwrap_or_else(|| owner.name.clone());
            let status = match (site.retired, site.candidate) {
                (true, _) => "retired",
                (false, true) => "candidate",
                (false, false) => "active",
            };
            rows.push(row(owner, ["web_site", &name, &address(site), &site.role, status], site.grant.as_ref()));
        }
        for domain in &owner.mail {
            rows.push(row(owner, ["mail_system", "电子邮件系统", domain, "", "active"], None));
        }
        for listed in &owner.listed {
            rows.push(row(owner, [listed.kind.application(), &listed.name, &listed.id, "", "active"], None));
        }
    }
    rows
}

fn address(site: &Site) -> String {
    site.address.clone().unwrap_or_else(|| format!("https://{}{}/", site.host, site.path))
}

fn row(owner: &Institution, application: [&str; 5], grant: Option<&Granted>) -> Vec<String> {
    let known = |text: &Option<String>| text.clone().unwrap_or_default();
    let mut row = Vec::from([
        owner.name.clone(),
        owner.uscc.clone(),
        known(&owner.kind),
        known(&owner.level),
        known(&owner.division),
        known(&owner.parent),
    ]);
    row.extend(application.map(str::to_owned));
    // Empty: no permission beyond the usual one.
    let grant = grant.map(|grant| [&grant.level, &grant.document, &grant.until].map(String::clone));
    row.extend(grant.unwrap_or_default());
    row.push(owner.administrative_duties.map(|duties| duties.to_string()).unwrap_or_default());
    row.push(owner.short_names.join(";"));
    row
}

/// A table as CSV. Writing into memory does not fail; if it did, the table would be empty and the lab's tests would say so.
pub(crate) fn table(head: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let _ = writer.write_record(head);
    for row in rows {
        let _ = writer.write_record(row);
    }
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}
