//! Whether this gateway can do its work, as `/readyz` tells.

use std::sync::Mutex;
use std::sync::PoisonError;

use serde::Serialize;

/// One thing that must be well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What.
    pub name: &'static str,
    /// Whether it is.
    pub ok: bool,
    /// What was seen, without data.
    pub detail: String,
}

/// What the last checks found.
#[derive(Debug, Default)]
pub struct Readiness {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    checks: Vec<Check>,
    draining: bool,
}

impl Readiness {
    /// Replaces what was found about one thing. Gives whether its `ok` is new.
    pub fn found(&self, name: &'static str, result: Result<String, String>) -> bool {
        let (ok, detail) = match result {
            Ok(detail) => (true, detail),
            Err(detail) => (false, detail),
        };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let check = Check { name, ok, detail };
        match state.checks.iter_mut().find(|known| known.name == name) {
            Some(known) => {
                let changed = known.ok != ok;
                *known = check;
                changed
            }
            None => {
                state.checks.push(check);
                true
            }
        }
    }

    /// Says that the gateway is going: no new clients should come.
    pub fn drain(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).draining = true;
    }

    /// Whether all is well, and everything that was found.
    pub fn told(&self) -> (bool, Vec<Check>) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut checks = state.checks.clone();
        if state.draining {
            checks.push(Check { name: "running", ok: false, detail: String::from("draining") });
        }
        (checks.iter().all(|check| check.ok), checks)
    }
}
