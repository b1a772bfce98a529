//! `cloakroom audit`: checks a journal, offline.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use anyhow::Context;
use serde_json::json;

use crate::audit;
use crate::cli::Output;
use crate::cli::Verdict;
use crate::cli::load_config;
use crate::crypto::note::Signer;
use crate::crypto::note::Verifier;
use crate::gateway;
use crate::keys;
use crate::vault;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Checks every line, tile and checkpoint; names the first that is wrong.
    Verify {
        /// Folder of the journal, when it is not the configured one.
        #[arg(long, value_name = "DIR")]
        path: Option<PathBuf>,
        /// The public key that `keys show` prints. Without it the configured keyring is read.
        #[arg(long, value_name = "KEY")]
        key: Option<String>,
        /// A checkpoint that was kept elsewhere and must be part of the journal; may be given again.
        #[arg(long = "trust", value_name = "FILE")]
        trusted: Vec<PathBuf>,
    },
    /// Accepts that the journal does not continue the one whose last checkpoint the vault keeps, so that the gateway reveals again. Stop the gateway first.
    Accept {
        /// Why, for the journal: `disk_lost_ticket_4711`. Other characters than letters, digits and `._:/@-` become `_`.
        #[arg(long, value_name = "TEXT", value_parser = reason)]
        reason: String,
    },
    /// Prints a proof that one event is in the journal.
    Prove {
        /// The event's number, `seq`.
        #[arg(long, value_name = "SEQ")]
        event: u64,
        /// Folder of the journal, when it is not the configured one.
        #[arg(long, value_name = "DIR")]
        path: Option<PathBuf>,
        /// The public key that `keys show` prints. Without it the configured keyring is read.
        #[arg(long, value_name = "KEY")]
        key: Option<String>,
    },
}

/// Refuses a reason that says nothing: it is what the journal will tell of the gap.
fn reason(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err(String::from("say why events are missing, such as `disk_lost_ticket_4711`")),
        why => Ok(why.to_owned()),
    }
}

pub(super) fn run(config: &Path, command: &Command, output: Output) -> anyhow::Result<Verdict> {
    match command {
        Command::Verify { path, key, trusted } => {
            let (path, key) = journal(config, path.as_deref(), key.as_deref(), output)?;
            verify(&path, &key, trusted, output)
        }
        Command::Accept { reason } => {
            let config = load_config(config, output)?;
            if let vault::config::Config::Embedded { path } = &config.vault {
                let text =
                    "there is no vault yet, and so nothing to accept; `cloakroom serve` makes one";
                let there = vault::embedded::exists(path);
                anyhow::ensure!(there, "{}: {text}", path.display());
            }
            let (text, accepted) = match gateway::accept(&config, reason)? {
                Some(broken) => (format!("accepted: {broken}"), true),
                None => (String::from("there is nothing to accept: the journal continues"), false),
            };
            output.result(&text, &json!({ "accepted": accepted }));
            Ok(Verdict::Fine)
        }
        Command::Prove { event, path, key } => {
            let (path, key) = journal(config, path.as_deref(), key.as_deref(), output)?;
            match audit::prove(&path, &key, *event) {
                Ok(proof) => {
                    let document = json!({ "line": proof.line, "proof": proof.text });
                    output.result(&format!("{}\n{}", proof.line, proof.text), &document);
                    Ok(Verdict::Fine)
                }
                Err(fault) => {
                    let text = format!("no proof of event {event} in {}: {fault}", path.display());
                    output.result(&text, &json!({ "path": path, "fault": fault.to_string() }));
                    Ok(Verdict::Findings)
                }
            }
        }
    }
}

/// Where the journal is, and the key that verifies it.
fn journal(
    config: &Path,
    path: Option<&Path>,
    key: Option<&str>,
    output: Output,
) -> anyhow::Result<(PathBuf, String)> {
    if let Some(key) = key {
        let form = "--key is no public key: `cloakroom keys show` prints it, name+hash+base64";
        Verifier::parse(key.trim()).context(form)?;
    }
    if let (Some(path), Some(key)) = (path, key) {
        return Ok((begun(path)?, key.to_owned()));
    }
    let config = load_config(config, output)?;
    let path = path.unwrap_or(&config.audit.path);
    if let Some(key) = key {
        return Ok((begun(path)?, key.to_owned()));
    }
    let keyring = keys::load(&config.keys)?;
    let signer = Signer::new(&config.audit.origin, &keyring.audit().signing_seed)?;
    Ok((begun(path)?, signer.verifier().to_string()))
}

/// Refuses a folder that is not there.
fn begun(path: &Path) -> anyhow::Result<PathBuf> {
    let there = path.is_dir();
    anyhow::ensure!(there, "{}: no journal; `cloakroom serve` begins one", path.display());
    Ok(path.to_owned())
}

fn verify(path: &Path, key: &str, trusted: &[PathBuf], output: Output) -> anyhow::Result<Verdict> {
    let read = |file: &PathBuf| {
        fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
    };
    let trusted = trusted.iter().map(read).collect::<anyhow::Result<Vec<String>>>()?;
    match audit::verify(path, key, &trusted) {
        Ok(verified) => {
            let text = format!(
                "the journal is whole: {} events, {} of them signed, {} checkpoints\nroot {}",
                verified.events, verified.signed, verified.checkpoints, verified.root
            );
            let warnings = verified.warnings.iter().map(|warning| format!("\nwarning: {warning}"));
            let text: String = std::iter::once(text).chain(warnings).collect();
            output.result(&text, &verified);
            Ok(Verdict::Fine)
        }
        Err(fault) => Ok(bad(path, &fault, output)),
    }
}

fn bad(path: &Path, fault: &audit::Fault, output: Output) -> Verdict {
    output.result(
        &format!("the journal in {} is not whole: {fault}", path.display()),
        &json!({ "path": path, "fault": fault.to_string() }),
    );
    Verdict::Findings
}
