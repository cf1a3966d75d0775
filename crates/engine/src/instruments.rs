//! What a check is made with beside the probes: sets that the operator loads, and bounds.

use std::sync::Arc;
use std::time::Duration;

use model::passwords::DefaultPasswords;
use probe::proofs::ProofBounds;
use probe::scripts::ScriptBounds;
use templates::Catalogue;
use vulns::scripts::Detectors;

/// Sets and bounds; without a set, what it would tell is not observed.
#[derive(Clone, Default)]
pub struct Instruments {
    /// Detectors of script libraries.
    pub detectors: Option<Arc<Detectors>>,
    /// Bounds of fetching a page's scripts.
    pub scripts: ScriptBounds,
    /// Harmless templates (L3).
    pub templates: Option<Arc<Catalogue>>,
    /// Bounds of applying them to one site.
    pub proofs: ProofBounds,
    /// Vendors' default passwords, from the operator (L4).
    pub passwords: Option<Arc<DefaultPasswords>>,
    /// Pause before each attempt to sign in but the first.
    pub password_pause: Duration,
}
