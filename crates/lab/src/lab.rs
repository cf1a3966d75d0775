//! A running lab, and the files that point a product at it.

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::authority::Authority;
use crate::error::LabError;
use crate::names::NameServer;
use crate::truth::Expect;
use crate::web::doors::{self, Doors};
use crate::world::{Institution, Site, World};

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
    expectations: BTreeMap<(String, String), Expect>,
    names: NameServer,
    doors: Doors,
}

impl Lab {
    /// Starts the world and writes into the folder, which must exist: `ca.pem`, `root.key` (when the world's root is signed), `mingcha.toml`,
    /// `ledger.csv`, `truth.csv`. Certificates are valid, or not, around `at`; give the product the same time.
    pub async fn start(world: World, folder: &Path, at: Timestamp) -> Result<Self, LabError> {
        let folder = fs::canonicalize(folder).map_err(|source| LabError::Write { path: folder.into(), source })?;
        let expectations = world.truth.expectations(&world)?;
        let addresses = doors::addresses(&world);
        let authority = Authority::new(at)?;
        let doors = Doors::open(&world, &addresses, &authority).await?;
        let names = NameServer::start(&world, &addresses).await?;
        let lab = Self { folder, addresses, expectations, names, doors };
        lab.write("ca.pem", &authority.root_pem())?;
        if !lab.names.anchor().is_empty() {
            lab.write("root.key", lab.names.anchor())?;
        }
        lab.write("mingcha.toml", &lab.config())?;
        lab.write("ledger.csv", &table(&LEDGER, ledger(&world)))?;
        lab.write("truth.csv", &table(&["subject", "rule", "verdict", "grade", "why"], lab.truth_rows()))?;
        Ok(lab)
    }

    /// The name server, by UDP and TCP.
    pub fn resolver(&self) -> SocketAddr {
        self.names.address()
    }

    /// The port that stands for 80 on every address.
    pub fn http_port(&self) -> u16 {
        self.doors.http_port
    }

    /// The port that stands for 443 on every address.
    pub fn https_port(&self) -> u16 {
        self.doors.https_port
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

    /// What a right product says, by subject and rule: one expectation for each pair.
    pub fn truth(&self) -> &BTreeMap<(String, String), Expect> {
        &self.expectations
    }

    /// Stops all servers.
    pub async fn stop(self) {
        self.doors.close().await;
        self.names.stop().await;
    }

    fn write(&self, file: &str, text: &str) -> Result<(), LabError> {
        let path = self.folder.join(file);
        fs::write(&path, text).map_err(|source| LabError::Write { path, source })
    }

    fn config(&self) -> String {
        let path = |file: &str| toml::Value::String(self.folder.join(file).display().to_string());
        let url = |scheme: &str, file: &str| toml::Value::String(format!("{scheme}:{}", self.folder.join(file).display()));
        let anchor =
            if self.names.anchor().is_empty() { String::new() } else { format!("dnssec_anchor = {}\n", path("root.key")) };
        format!(
            "# Written by the lab: its ports change with every start.\n\n\
             [net]\nresolvers = [\"{}\"]\nallow_ranges = [\"127.0.0.0/8\"]\nextra_root_certificates = [{}]\n{anchor}\
             per_ip_rate = 1000\nper_ip_burst = 1000\nper_network_rate = 10000\nper_host_concurrency = 16\n\
             connect_timeout_s = 3\nread_timeout_s = 5\ndns_timeout_s = 2\n\n\
             [net.port_map]\n80 = {}\n443 = {}\n\n\
             [policy]\ndead_link_gap_s = 0\n\n[store]\nurl = {}\n\n[blobs]\nurl = {}\n",
            self.resolver(),
            path("ca.pem"),
            self.http_port(),
            self.https_port(),
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
}

fn ledger(world: &World) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for owner in &world.institutions {
        for site in &owner.sites {
            let name = site.name.clone().unwrap_or_else(|| owner.name.clone());
            let status = if site.retired { "retired" } else { "active" };
            rows.push(row(owner, ["web_site", &name, &address(site), &site.role, status]));
        }
        for domain in &owner.mail {
            rows.push(row(owner, ["mail_system", "电子邮件系统", domain, "", "active"]));
        }
    }
    rows
}

fn address(site: &Site) -> String {
    site.address.clone().unwrap_or_else(|| format!("https://{}{}/", site.host, site.path))
}

fn row(owner: &Institution, application: [&str; 5]) -> Vec<String> {
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
    row.extend(["", "", ""].map(str::to_owned)); // no permission beyond the usual one
    row.push(owner.administrative_duties.map(|duties| duties.to_string()).unwrap_or_default());
    row.push(owner.short_names.join(";"));
    row
}

/// A table as CSV. Writing into memory does not fail; if it did, the table would be empty and the lab's tests would say so.
fn table(head: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let _ = writer.write_record(head);
    for row in rows {
        let _ = writer.write_record(row);
    }
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}
