//! TLS: one configuration for all sites, which picks the certificate by the name asked for (SNI, RFC 6066).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::authority::Authority;
use crate::error::LabError;
use crate::world::World;

/// The two configurations.
pub(super) struct Configs {
    /// HTTP/1.1 only.
    pub http1: Arc<ServerConfig>,
    /// HTTP/2 offered first.
    pub http2: Arc<ServerConfig>,
}

/// Issues all certificates of the world.
pub(super) fn configs(world: &World, authority: &Authority) -> Result<Configs, LabError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let certificates = Arc::new(certificates(world, authority, &provider)?);
    let config = |protocols: &[&str]| {
        let builder = ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions();
        let mut config = builder.map_err(LabError::Tls)?.with_no_client_auth().with_cert_resolver(certificates.clone());
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        // Nobody comes back: tickets would only cost time.
        config.send_tls13_tickets = 0;
        Ok(Arc::new(config))
    };
    Ok(Configs { http1: config(&["http/1.1"])?, http2: config(&["h2", "http/1.1"])? })
}

fn certificates(world: &World, authority: &Authority, provider: &CryptoProvider) -> Result<Certificates, LabError> {
    let mut wanted = BTreeSet::new();
    for (_, site) in world.sites() {
        let shared = site.host.split_once('.').filter(|_| site.shared_address).map(|(_, parent)| format!("*.{parent}"));
        wanted.insert((shared.unwrap_or_else(|| site.host.clone()), &site.also, site.certificate));
    }
    let mut by_name = BTreeMap::new();
    for (name, others, kind) in wanted {
        let issued = authority.issue(&name, others, kind)?;
        let key = provider.key_provider.load_private_key(issued.key.into()).map_err(LabError::Tls)?;
        by_name.insert(name, Arc::new(CertifiedKey::new(issued.chain, key)));
    }
    Ok(Certificates { by_name })
}

/// Certificates by host, or by `*.parent`.
#[derive(Debug)]
struct Certificates {
    by_name: BTreeMap<String, Arc<CertifiedKey>>,
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let name = hello.server_name()?;
        let exact = self.by_name.get(name);
        let wildcard = || self.by_name.get(&format!("*.{}", name.split_once('.')?.1));
        exact.or_else(wildcard).cloned()
    }
}
