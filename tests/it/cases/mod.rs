//! The `*.case` files: exchanges written by people, played on a whole gateway.
//!
//! Those of `tests/cases` are the engine's behaviour at the wire, refusals among it; those of
//! `rules` prove the rule sets that we ship.

#[cfg(test)]
mod golden;
#[cfg(test)]
mod raw;
