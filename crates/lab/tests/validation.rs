//! A validating resolver that knows the lab's root key finds secure, insecure and bogus zones where they are planted.

// The helper below is test code, but clippy counts only functions marked as tests.
#![allow(clippy::expect_used)]

use std::sync::Arc;

use hickory_proto::dnssec::{Proof, TrustAnchors};
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::{Resolver, TokioResolver};
use lab::lab::Lab;
use lab::world::World;

fn resolver(lab: &Lab, folder: &std::path::Path) -> TokioResolver {
    let mut connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()];
    for connection in &mut connections {
        connection.port = lab.resolver().port();
    }
    let server = NameServerConfig::new(lab.resolver().ip(), true, connections.into());
    let config = ResolverConfig::from_parts(None, Vec::new(), [server].into());
    let anchors = TrustAnchors::from_file(&folder.join("root.key")).expect("the root's key");
    let mut builder = Resolver::builder_with_config(config, TokioRuntimeProvider::default());
    builder.options_mut().validate = true;
    builder.with_trust_anchor(Arc::new(anchors)).build().expect("a resolver")
}

#[tokio::test]
async fn zones_validate_as_planted() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = "2026-06-01T00:00:00Z".parse().expect("a time");
    let lab = Lab::start(World::builtin().expect("a world"), folder.path(), at).await.expect("a running lab");
    let resolver = resolver(&lab, folder.path());
    for (host, proof) in [("www.zaoping.gov.cn.", Proof::Secure), ("www.jutan.gov.cn.", Proof::Insecure)] {
        let found = resolver.ipv4_lookup(host).await.expect("an address");
        assert!(found.answers().iter().all(|record| record.proof == proof), "{host} is not {proof}");
    }
    let bogus = resolver.ipv4_lookup("www.tongling.gov.cn.").await;
    assert!(bogus.is_err(), "the parent vouches for another key");
    lab.stop().await;
}
