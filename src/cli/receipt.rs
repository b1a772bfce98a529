//! `cloakroom receipt`: checks the receipt of an erasure, with nothing but the public key.

use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;

use anyhow::Context;
use data_encoding::HEXLOWER_PERMISSIVE;
use serde_json::json;

use crate::audit::BadReceipt;
use crate::audit::Counted;
use crate::audit::ErasureReceipt;
use crate::audit::Held;
use crate::base::Sensitive;
use crate::cli::Output;
use crate::cli::Verdict;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Checks signature and proof of a receipt, and says what it states. Reads no configuration.
    Verify {
        /// The file that the owner of the erased data was given.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The public key of the journal, which `keys show` prints.
        #[arg(long, value_name = "KEY")]
        key: String,
        /// The nonce that came with the receipt, in hexadecimal: checks whose receipt it is. The identifier, as it was given for the erasure, is read from standard input.
        #[arg(long, value_name = "HEX")]
        nonce: Option<String>,
    },
}

pub(super) fn run(command: &Command, output: Output) -> anyhow::Result<Verdict> {
    let Command::Verify { file, key, nonce } = command;
    let text = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let owner = nonce.as_deref().map(owner).transpose()?;
    let opened = match str::from_utf8(&text) {
        Ok(text) => ErasureReceipt::open(text, key),
        Err(_not_utf8) => Err(BadReceipt::Form),
    };
    match opened {
        Err(BadReceipt::Key) => {
            anyhow::bail!(
                "--key is no public key: `cloakroom keys show` prints it, name+hash+base64"
            )
        }
        Err(bad) => Ok(refused(file, &bad.to_string(), output)),
        Ok(receipt) => {
            if let Some((nonce, identifier)) = &owner
                && !receipt.is_of(nonce, identifier)
            {
                return Ok(refused(
                    file,
                    "nonce and identifier are not those of the receipt",
                    output,
                ));
            }
            let mut document = serde_json::to_value(&receipt)?;
            if let Some(members) = document.as_object_mut() {
                members.insert(String::from("owner_checked"), json!(owner.is_some()));
            }
            output.result(&told(&receipt, owner.is_some()), &document);
            Ok(Verdict::Fine)
        }
    }
}

/// Reads nonce and identifier; the latter not from the command line, where others could see it.
fn owner(nonce: &str) -> anyhow::Result<(Sensitive<[u8; 32]>, Sensitive<String>)> {
    let bytes = HEXLOWER_PERMISSIVE.decode(nonce.trim().as_bytes()).ok();
    let nonce = bytes.and_then(|bytes| bytes.try_into().ok());
    let nonce = nonce.context("--nonce is not 64 hexadecimal digits")?;
    let mut identifier = String::new();
    io::stdin().read_line(&mut identifier).context("no identifier on standard input")?;
    identifier.truncate(identifier.trim_end_matches(['\r', '\n']).len());
    Ok((Sensitive::new(nonce), Sensitive::new(identifier)))
}

fn refused(file: &Path, why: &str, output: Output) -> Verdict {
    let text = format!("the receipt in {} is not good: {why}", file.display());
    output.result(&text, &json!({ "path": file, "fault": why }));
    Verdict::Findings
}

/// What a good receipt says, for people.
fn told(receipt: &ErasureReceipt, is_owner_checked: bool) -> String {
    let counted = |counts: &[Counted]| match counts {
        [] => String::from("nothing"),
        counts => {
            let each = counts.iter().map(|one| format!("{} {}", one.number, one.what));
            each.collect::<Vec<_>>().join(", ")
        }
    };
    let text = format!(
        "the receipt is good: erasure {} at {}\nsigned by {}, on record as event {}\ndestroyed: {}\n\
         released: {}",
        receipt.id,
        receipt.time,
        receipt.log,
        receipt.event,
        counted(&receipt.destroyed),
        counted(&receipt.released),
    );
    let held = |held: &Held| {
        format!("\nkept: {} {} until {} by {}", held.number, held.what, held.until, held.law)
    };
    let kept: String = receipt.kept.iter().map(held).collect();
    let owner = if is_owner_checked { "\nit is about this identifier" } else { "" };
    format!("{text}{kept}\nbackups end: {}{owner}", receipt.backups_dead)
}
