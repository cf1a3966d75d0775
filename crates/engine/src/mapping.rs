//! What a map needs beside the probes: databases, fingerprint sets, imported names, and bounds.

use std::collections::BTreeSet;
use std::sync::Arc;

use fingerprints::Catalogue;
use geo::Atlas;
use model::facts::discovery::FoundBy;
use probe::crawl::CrawlBounds;

/// What a map is made with.
#[derive(Clone)]
pub struct Mapping {
    /// Where addresses are and whose.
    pub atlas: Arc<Atlas>,
    /// What tells technologies and products.
    pub catalogue: Arc<Catalogue>,
    /// TCP ports that a survey tries (L2).
    pub ports: Vec<u16>,
    /// UDP ports that a survey asks (L2).
    pub udp_ports: Vec<u16>,
    /// Bounds of a crawl (L2).
    pub crawl: CrawlBounds,
    /// Names out of imported files: name, kind of source, file and line.
    pub names: Arc<Vec<(String, FoundBy, String)>>,
    /// Hosts that the ledger holds, A-label form: they are no finds.
    pub known: Arc<BTreeSet<String>>,
}
