//! What a check is made with beside the probes: sets that the operator loads.

use std::sync::Arc;

use probe::scripts::ScriptBounds;
use vulns::scripts::Detectors;

/// Sets and bounds; without a set, what it would tell is not observed.
#[derive(Clone, Default)]
pub struct Instruments {
    /// Detectors of script libraries.
    pub detectors: Option<Arc<Detectors>>,
    /// Bounds of fetching a page's scripts.
    pub scripts: ScriptBounds,
}
