//! Whether this gateway can do its work, as `/readyz` tells.

use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use serde::Serialize;
use serde_json::json;

use crate::admin::Ready;
use crate::base::Diagnostic;

/// One thing that must be well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Check {
    /// What was checked, as `/readyz` names it.
    pub name: &'static str,
    /// Whether the last check found it well.
    pub ok: bool,
    /// What was seen, without data.
    pub detail: String,
}

/// What the last checks found.
#[derive(Debug, Default)]
pub struct Readiness(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    checks: Vec<Check>,
    /// Files that were refused, with their mistakes; the old ones stay in use.
    refused: Vec<(&'static str, Vec<Diagnostic>)>,
    draining: bool,
}

impl Readiness {
    /// Replaces what was found about one thing. Gives whether its state is new.
    pub fn found(&self, name: &'static str, result: Result<String, String>) -> bool {
        let (ok, detail) = match result {
            Ok(detail) => (true, detail),
            Err(detail) => (false, detail),
        };
        let mut state = self.lock();
        let check = Check { name, ok, detail };
        if let Some(known) = state.checks.iter_mut().find(|known| known.name == name) {
            let changed = known.ok != ok;
            *known = check;
            return changed;
        }
        state.checks.push(check);
        true
    }

    /// Remembers how the last reload of some files went; no mistakes mean that they are in use.
    pub fn reloaded(&self, what: &'static str, mistakes: &[Diagnostic]) {
        let mut state = self.lock();
        state.refused.retain(|(known, _)| *known != what);
        if !mistakes.is_empty() {
            state.refused.push((what, mistakes.to_vec()));
        }
    }

    /// Says that the gateway is going: no new clients should come.
    pub fn drain(&self) {
        self.lock().draining = true;
    }

    /// Whether all is well, and everything that was found. Refused files do not make the gateway
    /// unready: it works on with the old ones.
    pub fn told(&self) -> Ready {
        let state = self.lock();
        let ready = !state.draining && state.checks.iter().all(|check| check.ok);
        let refused: serde_json::Map<_, _> =
            state.refused.iter().map(|(what, found)| ((*what).to_owned(), json!(found))).collect();
        let found = json!({
            "draining": state.draining,
            "checks": state.checks,
            "refused_files": refused,
        });
        Ready { ready, found }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
