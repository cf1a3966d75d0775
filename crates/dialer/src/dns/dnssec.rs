//! Whether a signed zone's signatures hold, by the codec's validating resolver: asked only where the parent has a DS record.

use std::net::SocketAddr;
use std::sync::Arc;

use hickory_net::runtime::TokioRuntimeProvider;
use hickory_net::{DnsError, NetError};
use hickory_proto::dnssec::{Proof, TrustAnchors};
use hickory_proto::rr::{Name, RecordType};
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts};
use model::facts::dns::Dnssec;
use model::observation::{Failure, FailureClass};
use tokio::sync::OnceCell;

use crate::account::Account;
use crate::permit::Permit;
use crate::settings::{Settings, SettingsError};

/// Validates from the root's keys down.
pub(crate) struct Validator {
    anchors: Arc<TrustAnchors>,
    options: ResolverOpts,
    config: ResolverConfig,
    server: SocketAddr,
    resolver: OnceCell<TokioResolver>,
    account: Arc<Account>,
}

impl Validator {
    /// Reads the anchors; IANA's, which the codec has built in, unless `dnssec_anchor` names a file.
    pub(crate) fn new(settings: &Settings, servers: &[SocketAddr], account: Arc<Account>) -> Result<Self, SettingsError> {
        let anchors = match &settings.dnssec_anchor {
            None => TrustAnchors::default(),
            Some(path) => TrustAnchors::from_file(path).map_err(|error| SettingsError::File {
                key: "dnssec_anchor",
                path: path.clone(),
                source: std::io::Error::other(error),
            })?,
        };
        let mut options = ResolverOpts::default();
        options.validate = true;
        options.timeout = settings.dns_timeout();
        options.attempts = 1;
        options.use_hosts_file = ResolveHosts::Never;
        // The default of 32 turns further questions away instead of letting them wait.
        options.max_active_requests = 1024;
        let server = |address: &SocketAddr| {
            let connection = |mut connection: ConnectionConfig| {
                connection.port = address.port();
                let source = settings.source_address.filter(|source| source.is_ipv4() == address.is_ipv4());
                connection.bind_addr = source.map(|source| SocketAddr::new(source, 0));
                connection
            };
            let connections = vec![connection(ConnectionConfig::udp()), connection(ConnectionConfig::tcp())];
            NameServerConfig::new(address.ip(), true, connections)
        };
        let config = ResolverConfig::from_name_servers(servers.iter().map(server).collect());
        let server = *servers.first().ok_or(SettingsError::NoResolver)?;
        Ok(Self { anchors: Arc::new(anchors), options, config, server, resolver: OnceCell::new(), account })
    }

    /// Validates the records of a type that a name has, or that it has none.
    pub(crate) async fn validate(&self, permit: &Permit, name: &str, record: RecordType) -> Dnssec {
        // The chain's questions are not counted one by one; the account shows that there was one validation.
        self.account.question(permit, self.server, 0, 0);
        let failed = |class, detail: String| Dnssec::Indeterminate(Failure::new(class, format!("{record} of {name}: {detail}")));
        let resolver = match self.resolver.get_or_try_init(|| async { self.build() }).await {
            Ok(resolver) => resolver,
            Err(error) => return failed(FailureClass::ToolFailed, error.to_string()),
        };
        let Ok(mut owner) = Name::from_ascii(name) else {
            return failed(FailureClass::ProtocolError, "not a domain name".into());
        };
        owner.set_fqdn(true);
        let proofs = match resolver.lookup(owner, record).await {
            Ok(lookup) => lookup.answers().iter().map(|record| record.proof).collect(),
            Err(NetError::Dns(DnsError::Nsec { proof, .. })) => vec![proof],
            Err(NetError::Dns(DnsError::DnssecBogus)) => vec![Proof::Bogus],
            Err(NetError::Timeout) => return failed(FailureClass::ResolverTimeout, "no answer in time".into()),
            // A resolver that validates by itself says SERVFAIL to a broken zone; but a failing server says so too. The caller asks on.
            Err(error) => return failed(FailureClass::ResolverFailed, error.to_string()),
        };
        match proofs.into_iter().min_by_key(|proof| rank(*proof)) {
            Some(Proof::Secure) => Dnssec::Secure,
            Some(Proof::Insecure) => Dnssec::Insecure,
            Some(Proof::Bogus) => {
                let words = match record {
                    RecordType::DNSKEY => {
                        "the zone's keys do not fit the DS records at the parent or are not signed by them".into()
                    }
                    record => {
                        format!("the signatures over {record} of {name} do not hold, or there are none where there must be")
                    }
                };
                Dnssec::Bogus(words)
            }
            _ => failed(FailureClass::ResolverFailed, "no chain of trust could be built".into()),
        }
    }

    fn build(&self) -> Result<TokioResolver, NetError> {
        TokioResolver::builder_with_config(self.config.clone(), TokioRuntimeProvider::default())
            .with_options(self.options.clone())
            .with_trust_anchor(Arc::clone(&self.anchors))
            .build()
    }
}

/// The worst first: one record that fails decides.
fn rank(proof: Proof) -> u8 {
    match proof {
        Proof::Bogus => 0,
        Proof::Indeterminate => 1,
        Proof::Insecure => 2,
        Proof::Secure => 3,
    }
}
