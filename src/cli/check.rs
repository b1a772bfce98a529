//! `cloakroom check`: everything that can be wrong before it runs.

use std::fs;
use std::net::TcpStream;
use std::net::ToSocketAddrs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use crate::audit;
use crate::authn::Authenticator;
use crate::base::Clock;
use crate::base::Diagnostic;
use crate::base::Severity;
use crate::base::SystemClock;
use crate::cli::Output;
use crate::cli::Verdict;
use crate::cli::counted;
use crate::config::AccessLog;
use crate::config::Config;
use crate::crypto::note::Signer;
use crate::gateway;
use crate::keys;
use crate::net::tls;
use crate::proxy::Prepared;
use crate::rules::Route;
use crate::telemetry::Metrics;
use crate::vault;
use crate::vault::Vault;

/// How long an upstream may take to accept a connection.
const REACH: Duration = Duration::from_secs(2);

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Reads files only; connects to nothing and runs no cases.
    #[arg(long)]
    files_only: bool,
}

pub(super) fn run(path: &Path, arguments: &Arguments, output: Output) -> Verdict {
    let found = look(path, arguments);
    let count = |severity| found.iter().filter(|each| each.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    output.diagnostics(&found);
    let text = match (errors, warnings) {
        (0, 0) => format!("{}: fine", path.display()),
        (errors, warnings) => {
            let errors = counted(errors, "error");
            format!("{}: {errors}, {}", path.display(), counted(warnings, "warning"))
        }
    };
    output.result(&text, &json!({ "errors": errors, "warnings": warnings, "found": found }));
    if errors == 0 { Verdict::Fine } else { Verdict::Findings }
}

/// Everything that is wrong, or worth a look.
fn look(path: &Path, arguments: &Arguments) -> Vec<Diagnostic> {
    let (config, mut found) = match Config::load(path) {
        Ok(loaded) => loaded,
        Err(mistakes) => return mistakes,
    };
    let name = path.display().to_string();
    let now = SystemClock.now();
    for files in config.certificates() {
        found.extend(both(tls::server_config(files, now)));
    }
    for upstream in &config.upstreams {
        found.extend(both(Prepared::new(upstream, now)));
    }
    match gateway::fetching(&config.identity, now) {
        Ok(fetch) => {
            let loaded = Authenticator::load(&config.identity, &fetch);
            found.extend(loaded.err().unwrap_or_default());
        }
        Err(gateway::Error::Mistakes(mistakes)) => found.extend(mistakes),
        Err(error) => found.push(Diagnostic::error(&name, error.to_string())),
    }
    found.extend(access_log(&config, &name));
    let keyring = keys::load(&config.keys);
    let keyring = keyring.map_err(|error| {
        found.push(Diagnostic::error(&name, format!("{:#}", anyhow::Error::from(error))));
    });
    let Ok(keyring) = keyring else { return found };
    match gateway::read_generation(&config, &keyring, &Metrics::new(), 1) {
        Ok((generation, more)) => {
            found.extend(more);
            found.extend(
                generation
                    .rules
                    .routes()
                    .iter()
                    .filter_map(|route| json_alone(&config.rules, route)),
            );
            if !arguments.files_only {
                found.extend(reach(&config, &name));
                found.extend(journal(&config, &keyring, &name));
                found.extend(agreement(&config, &keyring, &generation, &name));
                found.extend(cases(&config, &name));
            }
        }
        Err(more) => found.extend(more),
    }
    found
}

/// Whether the access log can be where the configuration says.
fn access_log(config: &Config, name: &str) -> Option<Diagnostic> {
    let AccessLog::File(path) = &config.access_log else { return None };
    let problem = match fs::metadata(path) {
        Ok(found) if found.is_dir() => String::from("it is a folder"),
        Ok(_) => return None,
        Err(_) if path.parent().is_some_and(Path::is_dir) => return None,
        Err(error) => error.to_string(),
    };
    let message = format!("cannot write the access log {}: {problem}", path.display());
    Some(
        Diagnostic::error(name, message)
            .hinting("`access_log` names a file in a folder that is there"),
    )
}

/// Tells that a route takes JSON because nothing says what else.
fn json_alone(folder: &Path, route: &Route) -> Option<Diagnostic> {
    let message = "this route takes JSON alone where values become tokens";
    let hint =
        "to take more, list it: `body_format: [json, form]`; `body_format: json` ends this note";
    let file = folder.join(&*route.at.file).display().to_string();
    let note = Diagnostic::note(&file, message).at(route.at.line, route.at.column);
    route.takes_json_by_default().then(|| note.showing(route.id.as_str()).hinting(hint))
}

fn both<T>(made: Result<(T, Vec<Diagnostic>), Vec<Diagnostic>>) -> Vec<Diagnostic> {
    match made {
        Ok((_, warnings)) => warnings,
        Err(mistakes) => mistakes,
    }
}

/// Whether every upstream accepts a connection.
fn reach(config: &Config, name: &str) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for upstream in &config.upstreams {
        let place = (upstream.host.trim_matches(['[', ']']), upstream.port);
        let reached = place.to_socket_addrs().is_ok_and(|mut addresses| {
            addresses.any(|address| TcpStream::connect_timeout(&address, REACH).is_ok())
        });
        if !reached {
            let message = format!("upstream `{}` does not accept connections", upstream.id);
            found.push(Diagnostic::warning(name, message).hinting("start it, or correct its url"));
        }
    }
    found
}

/// Whether a gateway would go on from the journal that is there.
fn journal(config: &Config, keyring: &crate::crypto::Keyring, name: &str) -> Option<Diagnostic> {
    let error = audit::opens(&config.audit, &keyring.audit().signing_seed).err()?;
    Some(Diagnostic::error(name, format!("{:#}", anyhow::Error::from(error))))
}

/// Whether the vault can be used, and agrees with keyring and rules. What the vault does not know yet
/// it does not learn here: only a gateway that serves may bind it to a keyring. An embedded vault that
/// is not there yet is not made, and one that a gateway has open cannot be looked at: that is said as
/// a warning.
fn agreement(
    config: &Config,
    keyring: &crate::crypto::Keyring,
    generation: &crate::engine::Generation,
    name: &str,
) -> Vec<Diagnostic> {
    if let vault::config::Config::Embedded { path } = &config.vault
        && !vault::embedded::exists(path)
    {
        return Vec::new();
    }
    let is_redis = matches!(config.vault, vault::config::Config::Redis(_));
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return vec![Diagnostic::error(name, error.to_string())],
    };
    let asked = runtime.block_on(async {
        let vaults = gateway::Vaults::open(&config.vault, &config.limits.timeouts)?;
        let vault: Arc<dyn Vault> = vaults.for_core()?;
        let health = vault.check().await?;
        let asking = gateway::Asking::ToKnow;
        gateway::agree(vault.as_ref(), asking, keyring, &generation.rules).await?;
        let signer = Signer::new(&config.audit.origin, &keyring.audit().signing_seed);
        let key = signer.map_or_else(|_| String::new(), |signer| signer.verifier().to_string());
        let broken = gateway::broken_anchor(vault.as_ref(), config, &key).await?;
        Ok::<_, gateway::Error>((health, broken))
    });
    match asked {
        Ok((health, broken)) => {
            let warnings = health.warnings.into_iter();
            warnings
                .map(|warning| Diagnostic::warning(name, format!("vault: {warning}")))
                .chain(broken.map(|text| Diagnostic::error(name, text)))
                .collect()
        }
        Err(error @ (gateway::Error::ForeignVault { .. } | gateway::Error::ClassCode { .. })) => {
            vec![Diagnostic::error(name, error.to_string())]
        }
        // An embedded vault says so, too, when a gateway has it open.
        Err(error @ gateway::Error::Vault(vault::Error::Misconfigured { .. })) if is_redis => {
            vec![Diagnostic::error(name, error.to_string())]
        }
        Err(error) => vec![Diagnostic::warning(name, error.to_string())],
    }
}

/// Whether the folder's cases hold.
fn cases(config: &Config, name: &str) -> Vec<Diagnostic> {
    match gateway::run_cases(config, &[]) {
        Ok(done) => {
            let failed = done.into_iter().flat_map(|each| each.mistakes);
            failed.collect()
        }
        Err(error) => vec![Diagnostic::error(name, error.to_string())],
    }
}
