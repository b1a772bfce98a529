//! Where the journal is written.

use std::path::PathBuf;

/// Settings of the journal.
#[derive(Debug, Clone)]
pub struct Config {
    /// Folder of the segments, tiles and checkpoints.
    pub path: PathBuf,
    /// Name of this deployment and node in checkpoints, `cloakroom/<deployment>/<node>`.
    pub origin: String,
    /// Events per segment file. Default 100 000.
    pub segment_events: u64,
}
