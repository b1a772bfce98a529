//! Running case files: a whole gateway on loopback sockets, with a vault in memory and an
//! application that answers as the case says. What the cases prove is what clients will see.

mod case;
mod compare;
mod environment;
mod run;
pub(super) mod templates;

use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

use crate::base::Diagnostic;
use crate::base::SourceFile;
use crate::config::Config;
use crate::gateway::Error;

pub use case::Caller;
pub(super) use case::Case;
pub(super) use environment::Scratch;
pub(super) use environment::fixed_keyring;

/// The host of a request that names none.
pub(super) const HOST: &str = "shop.example.com";

/// The header that carries a caller's key while a case runs, or a message is explained.
pub(super) const KEY_HEADER: &str = "cloakroom-key";

/// A case that was run.
#[derive(Debug, Clone, Serialize)]
pub struct CaseReport {
    /// Name of the file it stands in.
    pub file: Arc<str>,
    /// Its first comment lines, which say what it shows.
    pub about: String,
    /// What did not go as written; none when the case holds.
    pub mistakes: Vec<Diagnostic>,
}

/// Runs the cases of the rules folder, or of these files alone, each on a gateway of its own.
pub fn run_cases(config: &Config, files: &[PathBuf]) -> Result<Vec<CaseReport>, Error> {
    let folder = crate::config::Folder::read(&config.rules).map_err(Error::Mistakes)?;
    let cases = if files.is_empty() { folder.cases.clone() } else { read(files)? };
    cases.iter().map(|file| run(config, file)).collect()
}

fn read(files: &[PathBuf]) -> Result<Vec<SourceFile>, Error> {
    let mut mistakes = Vec::new();
    let mut cases = Vec::new();
    for path in files {
        let name = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => cases.push(SourceFile { name: name.into(), text: text.into() }),
            Err(error) => mistakes.push(Diagnostic::error(&name, error.to_string())),
        }
    }
    if mistakes.is_empty() { Ok(cases) } else { Err(Error::Mistakes(mistakes)) }
}

/// The mistakes of a case file as such; none of a case that can be run. For the fuzz target `files`.
#[cfg(fuzzing)]
pub fn case_mistakes(file: &SourceFile) -> Vec<Diagnostic> {
    Case::parse(file).err().unwrap_or_default()
}

fn run(config: &Config, file: &SourceFile) -> Result<CaseReport, Error> {
    let (about, mistakes) = match Case::parse(file) {
        Ok(case) => (case.about.clone(), run::run(config, &case)?),
        Err(mistakes) => (String::new(), mistakes),
    };
    Ok(CaseReport { file: Arc::clone(&file.name), about, mistakes })
}
