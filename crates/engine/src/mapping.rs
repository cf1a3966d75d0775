//! What a map needs beside the probes: databases, fingerprint sets, and bounds.

use std::sync::Arc;

use fingerprints::Catalogue;
use geo::Atlas;

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
}
