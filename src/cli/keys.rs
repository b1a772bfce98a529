//! `cloakroom keys`: the keyring, and the keys of callers.

use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use anyhow::anyhow;
use serde_json::json;

use crate::authn::ApiKeyFile;
use crate::authn::FileError;
use crate::authn::config::Method;
use crate::base::Clock;
use crate::base::SystemClock;
use crate::cli::Output;
use crate::cli::Verdict;
use crate::cli::load_config;
use crate::config::Config;
use crate::crypto::note::Signer;
use crate::keys;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Makes the keyring that the configuration names, and prints its fingerprint; never overwrites one.
    Init,
    /// Prints the fingerprint of the keyring, and the public key that verifies the audit journal.
    Show,
    /// Makes, lists and removes the keys with which programs call.
    #[command(subcommand)]
    Api(ApiCommand),
}

#[derive(Debug, clap::Subcommand)]
pub(super) enum ApiCommand {
    /// Makes a key and prints it, once: only its hash is kept.
    Add {
        /// Who will use it: the caller's name in policies and in the journal.
        name: String,
        /// A group that policies name; may be given again.
        #[arg(long = "group", value_name = "GROUP")]
        groups: Vec<String>,
        /// How long it is accepted: `90d`, `12h`, `1y`; a year has 365 days. Default: for ever.
        #[arg(long, value_name = "TIME", value_parser = time)]
        expires: Option<Duration>,
        /// The file, when it is not the configured one.
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Lists names, groups and times; no keys.
    List {
        /// The file, when it is not the configured one.
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Takes a key out; a running gateway refuses it as soon as it has seen the change, after 30 s at most.
    Remove {
        /// Name of the caller whose key is taken out.
        name: String,
        /// The file, when it is not the configured one.
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
}

/// Reads a length of time: `90d`, `12h`, `2y`. A month counts 30 days, a year 365.
fn time(text: &str) -> Result<Duration, String> {
    let span: jiff::Span = text.parse().map_err(|_| "write a time such as 90d, 12h or 1y")?;
    let days = i64::from(span.get_years()) * 365
        + i64::from(span.get_months()) * 30
        + i64::from(span.get_weeks()) * 7
        + i64::from(span.get_days());
    let seconds = days * 86_400
        + i64::from(span.get_hours()) * 3600
        + span.get_minutes() * 60
        + span.get_seconds();
    match u64::try_from(seconds) {
        Ok(seconds) if seconds > 0 => Ok(Duration::from_secs(seconds)),
        Ok(_) | Err(_) => Err(String::from("a time in the future is needed")),
    }
}

pub(super) fn run(config: &Path, command: &Command, output: Output) -> anyhow::Result<Verdict> {
    match command {
        Command::Init => {
            let config = load_config(config, output)?;
            let keys::config::Config::File(path) = config.keys.clone();
            let fingerprint = keys::init(&path)?;
            let text = format!("made {}\nfingerprint {fingerprint}", path.display());
            output.result(&text, &json!({ "path": path, "fingerprint": fingerprint }));
        }
        Command::Show => {
            let config = load_config(config, output)?;
            let keyring = keys::load(&config.keys)?;
            let signer = Signer::new(&config.audit.origin, &keyring.audit().signing_seed)?;
            let (fingerprint, public) = (keyring.fingerprint(), signer.verifier().to_string());
            let text = format!("fingerprint {fingerprint}\naudit key   {public}");
            output.result(&text, &json!({ "fingerprint": fingerprint, "audit_key": public }));
        }
        Command::Api(command) => api(config, command, output)?,
    }
    Ok(Verdict::Fine)
}

fn api(config: &Path, command: &ApiCommand, output: Output) -> anyhow::Result<()> {
    match command {
        ApiCommand::Add { name, groups, expires, file } => {
            let file = key_file(config, file.as_deref(), output)?;
            let added = file
                .add(name, groups, *expires, SystemClock.now())
                .map_err(|error| told(&file, error))?;
            let document = json!({ "name": name, "id": added.id, "key": added.text.expose() });
            output.result(added.text.expose(), &document);
        }
        ApiCommand::List { file } => {
            let file = key_file(config, file.as_deref(), output)?;
            let listed = file.list().map_err(|error| told(&file, error))?;
            let lines = listed.iter().map(|key| {
                let expires = key.expires.as_deref().unwrap_or("never");
                format!("{}  groups {}  expires {expires}", key.name, key.groups.join(","))
            });
            let none = format!("no keys in {}", file.path().display());
            let text = lines.collect::<Vec<_>>().join("\n");
            output.result(if listed.is_empty() { &none } else { &text }, &listed);
        }
        ApiCommand::Remove { name, file } => {
            let file = key_file(config, file.as_deref(), output)?;
            file.remove(name).map_err(|error| told(&file, error))?;
            output.result(&format!("removed {name}"), &json!({ "removed": name }));
        }
    }
    Ok(())
}

fn key_file(config: &Path, file: Option<&Path>, output: Output) -> anyhow::Result<ApiKeyFile> {
    if let Some(file) = file {
        return Ok(ApiKeyFile::at(file));
    }
    let config = load_config(config, output)?;
    let hint = "it has no `identity: - api_keys`; add it, or name a file by --file";
    configured(&config).with_context(|| format!("{}: {hint}", config.file.display()))
}

fn configured(config: &Config) -> Option<ApiKeyFile> {
    config.identity.methods.iter().find_map(|method| match method {
        Method::ApiKeys { file, .. } => Some(ApiKeyFile::at(file.as_path())),
        Method::Jwt(_) | Method::ForwardAuth(_) => None,
    })
}

fn told(file: &ApiKeyFile, error: FileError) -> anyhow::Error {
    let path = file.path().display();
    match error {
        FileError::Content(mistakes) => {
            let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
            anyhow!("the file of keys has mistakes:\n{}", lines.join("\n"))
        }
        error @ (FileError::Io { .. } | FileError::Busy { .. }) => anyhow!(error),
        error @ (FileError::NameTaken
        | FileError::NameUnknown
        | FileError::Name
        | FileError::Group
        | FileError::Expiry
        | FileError::Random) => anyhow!("{path}: {error}"),
    }
}
