//! Where the journal is written.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

/// Longest host name ([RFC 1035, section 2.3.1], and what Linux allows).
const HOST_NAME: usize = 64;

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

/// The origin of a journal for which none is configured: the one it was begun with, so that a host
/// that gets another name keeps its journal; for a new one `cloakroom/default/<host name>`, so that
/// two hosts do not sign two journals in one name.
pub fn origin_of(folder: &Path) -> String {
    // A checkpoint's first line. Whether it is good, and signed by our key in that name, is found out
    // when the journal is opened.
    let newest = fs::read_to_string(folder.join("checkpoint")).unwrap_or_default();
    match newest.lines().next() {
        Some(begun) if is_origin(begun) => begun.to_owned(),
        Some(_) | None => format!("cloakroom/default/{}", host_name()),
    }
}

/// Whether this can name a checkpoint's signer (C2SP signed-note): no spaces and no `+`.
pub fn is_origin(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic() && b != b'+')
}

/// The host's name as Linux tells it, in letters that an origin may have; `main` when it has none.
fn host_name() -> String {
    let told = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
    let name: String = told.trim().chars().take(HOST_NAME).map(plain).collect();
    if name.is_empty() { String::from("main") } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_journal_is_named_after_its_host_and_an_old_one_keeps_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let new = origin_of(folder.path());
        assert!(is_origin(&new) && new.starts_with("cloakroom/default/"), "{new}");
        assert_eq!(new, format!("cloakroom/default/{}", host_name()));
        for (text, origin) in [
            ("cloakroom/default/main\n1\n", "cloakroom/default/main"),
            ("not an origin\n1\n", new.as_str()),
            ("", new.as_str()),
        ] {
            fs::write(folder.path().join("checkpoint"), text).unwrap();
            assert_eq!(origin_of(folder.path()), origin);
        }
    }
}
