//! `cloakroom test`: runs the cases of the rules folder.

use std::path::Path;
use std::path::PathBuf;

use serde_json::json;

use crate::cli::Output;
use crate::cli::Verdict;
use crate::cli::load_config;
use crate::cli::refused;
use crate::gateway;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Case files to run instead of those of the rules folder.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

pub(super) fn run(path: &Path, arguments: &Arguments, output: Output) -> anyhow::Result<Verdict> {
    let config = load_config(path, output)?;
    let done = match gateway::run_cases(&config, &arguments.files) {
        Ok(done) => done,
        Err(gateway::Error::Mistakes(mistakes)) => {
            // A case file that was named and cannot be read is no mistake of the configuration.
            let at = arguments.files.first().map_or(path, PathBuf::as_path);
            return Err(refused(at, &mistakes, output));
        }
        Err(error) => return Err(error.into()),
    };
    let failed = done.iter().filter(|each| !each.mistakes.is_empty()).count();
    for each in &done {
        let word = if each.mistakes.is_empty() { "ok  " } else { "FAIL" };
        output.remark(&format!("{word} {}  {}", each.file, each.about));
        output.diagnostics(&each.mistakes);
    }
    let passed = done.len() - failed;
    let text = if done.is_empty() {
        format!("no cases in {}: they are files that end in `.case`", config.rules.display())
    } else {
        format!("{passed} passed, {failed} failed")
    };
    output.result(&text, &json!({ "passed": passed, "failed": failed, "cases": done }));
    Ok(if failed == 0 { Verdict::Fine } else { Verdict::Findings })
}
