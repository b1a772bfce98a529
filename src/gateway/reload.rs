//! Taking new files while running: rules, policies, keys of callers, certificates.
//!
//! Folders are watched, not files: a Kubernetes volume swaps a link, and a watch on a file goes dead
//! at the second swap. Any event is a hint only, and so is SIGHUP; what counts is whether the content is
//! new. A slow poll finds what no event told.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use notify::EventKind;
use notify::RecursiveMode;
use notify::Watcher;
use notify::event::AccessKind;
use notify::event::AccessMode;
use sha2::Digest;
use sha2::Sha256;
use tokio::signal::unix::Signal;
use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;
use tokio::sync::mpsc;

use crate::audit::Code;
use crate::audit::Event;
use crate::audit::Loaded;
use crate::authn::config::JwksSource;
use crate::authn::config::Method;
use crate::base::Diagnostic;
use crate::config::Config;
use crate::config::Folder;
use crate::gateway::Asking;
use crate::gateway::Error;
use crate::gateway::Shared;
use crate::gateway::agree;
use crate::gateway::generations;
use crate::net;
use crate::rules::Size;
use crate::telemetry::metrics::Reload;
use crate::vault::Vault;

/// After a hint, how long to wait for more of them: an editor, or a swap of links, makes several.
const SETTLE: Duration = Duration::from_millis(300);
/// Between two looks without a hint: some file systems tell nothing.
const POLL: Duration = Duration::from_secs(30);

/// Watches the files, and takes new ones, until the task is dropped.
pub(super) async fn watch(shared: &Shared, vault: &dyn Vault) {
    let (hints, mut hinted) = mpsc::channel(1);
    let _watcher = watcher(shared, hints);
    let mut hangup = signal(SignalKind::hangup()).ok();
    let mut seen = shared.seen;
    // What changed while the gateway started is taken at once.
    let mut look = Seen::now(&shared.config) != seen;
    loop {
        if !look {
            wait_for_hint(&mut hinted, hangup.as_mut()).await;
        }
        look = false;
        tokio::time::sleep(SETTLE).await;
        while hinted.try_recv().is_ok() {}
        let mut now = Seen::now(&shared.config);
        if now.rules != seen.rules && rules(shared, vault).await == Took::LaterPerhaps {
            now.rules = seen.rules;
        }
        if now.identities != seen.identities {
            identities(shared);
        }
        if now.certificates != seen.certificates {
            certificates(shared);
        }
        seen = now;
    }
}

/// Waits for a hint, for SIGHUP, or for the time to look without them.
async fn wait_for_hint(hinted: &mut mpsc::Receiver<()>, hangup: Option<&mut Signal>) {
    let hint = async {
        if hinted.recv().await.is_none() {
            // Nobody will ever give a hint.
            std::future::pending::<()>().await;
        }
    };
    let told = async {
        if let Some(hangup) = hangup
            && hangup.recv().await.is_some()
        {
            return;
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = hint => {}
        () = told => {}
        () = tokio::time::sleep(POLL) => {}
    }
}

/// What came of new rule files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Took {
    /// They are in use, or refused for good.
    Settled,
    /// The vault could not be asked about them: look again.
    LaterPerhaps,
}

/// Watches the folders of all files that may change. Without it, the poll still works.
fn watcher(shared: &Shared, hints: mpsc::Sender<()>) -> Option<notify::RecommendedWatcher> {
    let made = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if event.as_ref().map_or(true, |event| may_change(event.kind)) {
            // A full channel holds a hint already.
            let _held = hints.try_send(());
        }
    });
    let mut watcher = match made {
        Ok(watcher) => watcher,
        Err(error) => {
            tracing::warn!(%error, "files are not watched, only polled");
            return None;
        }
    };
    for folder in folders(shared) {
        if let Err(error) = watcher.watch(&folder, RecursiveMode::NonRecursive) {
            tracing::warn!(%error, folder = %folder.display(), "folder is not watched, only polled");
        }
    }
    Some(watcher)
}

/// Whether files may have changed. Reading them is an event, too: our own looks must not be hints.
fn may_change(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(access) => access == AccessKind::Close(AccessMode::Write),
        EventKind::Any
        | EventKind::Create(_)
        | EventKind::Modify(_)
        | EventKind::Remove(_)
        | EventKind::Other => true,
    }
}

fn folders(shared: &Shared) -> BTreeSet<PathBuf> {
    let parent = |path: &Path| match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        Some(_) | None => PathBuf::from("."),
    };
    let mut folders = BTreeSet::from([shared.config.rules.clone()]);
    folders.extend(shared.authenticator.files().into_iter().map(parent));
    for certificate in &shared.certificates {
        folders.extend([parent(&certificate.files.certificate), parent(&certificate.files.key)]);
    }
    folders
}

/// Hashes of files that may change, as they were read last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    rules: [u8; 32],
    identities: [u8; 32],
    certificates: [u8; 32],
}

impl Seen {
    /// Looks at the files. At the start this comes before they are read, so that no change between
    /// the two is missed.
    pub(super) fn now(config: &Config) -> Self {
        let mut rules = Sha256::new();
        if let Ok(folder) = Folder::read(&config.rules) {
            for file in folder.rules.iter().chain(&folder.policies) {
                add(&mut rules, file.name.as_bytes(), file.text.as_bytes());
            }
        }
        let mut identities = Sha256::new();
        for method in &config.identity.methods {
            match method {
                Method::ApiKeys { file, .. } => add_file(&mut identities, file),
                Method::Jwt(jwt) => match &jwt.jwks {
                    JwksSource::File(file) => add_file(&mut identities, file),
                    JwksSource::Url(_) => {}
                },
                Method::ForwardAuth(_) => {}
            }
        }
        let mut certificates = Sha256::new();
        for files in config.certificates() {
            add_file(&mut certificates, &files.certificate);
            add_file(&mut certificates, &files.key);
        }
        Self {
            rules: rules.finalize().into(),
            identities: identities.finalize().into(),
            certificates: certificates.finalize().into(),
        }
    }
}

fn add(hash: &mut Sha256, name: &[u8], content: &[u8]) {
    for part in [name, content] {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
}

fn add_file(hash: &mut Sha256, path: &Path) {
    let content = fs::read(path).unwrap_or_default();
    add(hash, path.as_os_str().as_encoded_bytes(), &content);
}

/// Reads rules and policies; takes them whole, or leaves the old ones.
async fn rules(shared: &Shared, vault: &dyn Vault) -> Took {
    let number = shared.live.snapshot().number + 1;
    let read = generations::read(&shared.config, &shared.keyring, &shared.metrics, number);
    let (generation, warnings) = match read {
        Ok(read) => read,
        Err(mistakes) => {
            refused(shared, Loaded::Rules, Reload::Rules, &mistakes);
            return Took::Settled;
        }
    };
    let agreed = agree(vault, Asking::ToRemember, &shared.keyring, &generation.rules).await;
    if let Err(error) = agreed {
        let mistake = Diagnostic::error("rules", error.to_string());
        refused(shared, Loaded::Rules, Reload::Rules, &[mistake]);
        let vault_failed = matches!(error, Error::Vault(_));
        return if vault_failed { Took::LaterPerhaps } else { Took::Settled };
    }
    let (before, now) = (shared.live.snapshot().rules.size(), generation.rules.size());
    if before.rules > 0 && now.rules == 0 {
        let told = format!("no rule is left of {}: nothing would be protected", before.rules);
        let hint = "; whoever means that starts the gateway anew";
        let mistake = Diagnostic::error("rules", told + hint);
        refused(shared, Loaded::Rules, Reload::Rules, &[mistake]);
        return Took::Settled;
    }
    tell_change(before, now);
    for warning in &warnings {
        tracing::warn!("{warning}");
    }
    let (rules, policies) = (generation.rules.hash(), generation.policies.hash());
    shared.live.replace(generation);
    shared.metrics.generation(&rules, &policies);
    shared.readiness.found("rules", Ok(format!("generation {number}")));
    taken(shared, Loaded::Rules, Reload::Rules, rules);
    shared.journal.note(Event::loaded(Loaded::Policy, policies));
    Took::Settled
}

/// Says in counts what new rules change. Fewer than before is a warning: somebody may not have meant it.
fn tell_change(before: Size, now: Size) {
    if now.routes < before.routes || now.rules < before.rules {
        tracing::warn!(
            routes = now.routes,
            routes_before = before.routes,
            rules = now.rules,
            rules_before = before.rules,
            "fewer rules than before"
        );
    }
}

fn identities(shared: &Shared) {
    match shared.authenticator.reload() {
        Ok(()) => {
            let mut hash = Sha256::new();
            shared.authenticator.files().into_iter().for_each(|file| add_file(&mut hash, file));
            taken(shared, Loaded::ApiKeys, Reload::Identity, hash.finalize().into());
        }
        Err(mistakes) => refused(shared, Loaded::ApiKeys, Reload::Identity, &mistakes),
    }
}

/// Reads the certificates of all listeners; takes them all, or none.
fn certificates(shared: &Shared) {
    let (mut fresh, mut mistakes) = (Vec::new(), Vec::new());
    for certificate in &shared.certificates {
        match net::tls::server_config(&certificate.files, shared.clock.now()) {
            Ok((made, warnings)) => {
                for warning in &warnings {
                    tracing::warn!("{warning}");
                }
                fresh.push((certificate, made));
            }
            Err(more) => mistakes.extend(more),
        }
    }
    if !mistakes.is_empty() {
        return refused(shared, Loaded::Certificates, Reload::Certificates, &mistakes);
    }
    let mut hash = Sha256::new();
    for (certificate, made) in fresh {
        certificate.live.replace(made);
        add_file(&mut hash, &certificate.files.certificate);
    }
    taken(shared, Loaded::Certificates, Reload::Certificates, hash.finalize().into());
}

fn taken(shared: &Shared, what: Loaded, metric: Reload, hash: [u8; 32]) {
    shared.journal.note(Event::loaded(what, hash));
    shared.metrics.reloaded(metric, Duration::from_secs(shared.clock.now().seconds()));
    shared.readiness.reloaded(noun(what), &[]);
    tracing::info!(what = noun(what), "new files are in use");
}

/// Says everywhere that new files were refused; the old ones stay.
fn refused(shared: &Shared, what: Loaded, metric: Reload, mistakes: &[Diagnostic]) {
    for mistake in mistakes {
        tracing::error!("{mistake}");
    }
    let errors = mistakes.iter().filter(|mistake| mistake.is_error()).count();
    let errors = u64::try_from(errors).unwrap_or(u64::MAX);
    shared.journal.note(Event::load_refused(what, errors, Code("mistakes")));
    shared.metrics.reload_refused(metric);
    shared.readiness.reloaded(noun(what), mistakes);
    tracing::error!(what = noun(what), errors, "new files are refused, the old ones stay");
}

fn noun(what: Loaded) -> &'static str {
    match what {
        Loaded::Config => "configuration",
        Loaded::Rules => "rules",
        Loaded::Policy => "policies",
        Loaded::ApiKeys => "identities",
        Loaded::Jwks => "key sets",
        Loaded::Certificates => "certificates",
    }
}

#[cfg(test)]
mod tests {
    use notify::event::CreateKind;
    use notify::event::ModifyKind;
    use notify::event::RemoveKind;

    use super::*;

    #[test]
    fn looking_at_files_is_no_reason_to_look_again() {
        for access in [
            AccessKind::Any,
            AccessKind::Read,
            AccessKind::Open(AccessMode::Any),
            AccessKind::Close(AccessMode::Read),
        ] {
            assert!(!may_change(EventKind::Access(access)), "{access:?}");
        }
        for kind in [
            EventKind::Any,
            EventKind::Other,
            EventKind::Access(AccessKind::Close(AccessMode::Write)),
            EventKind::Create(CreateKind::Any),
            EventKind::Modify(ModifyKind::Any),
            EventKind::Remove(RemoveKind::Any),
        ] {
            assert!(may_change(kind), "{kind:?}");
        }
    }
}
