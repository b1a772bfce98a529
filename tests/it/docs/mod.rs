//! The documents say what the program does: codes, attacks, links, commands, examples.
//!
//! # Conventions that these tests read
//!
//! - In `src/proxy/problems.rs` every string literal that
//!   is one kebab-case word, outside comments and attributes, is the code of a problem.
//! - In `src/document/refusal.rs` every `=> "snake_case"` is a reason for refusing a document.
//! - In `docs/errors.md` a heading that is one kebab-case word is a code; reasons stand in backticks.
//! - In `docs/attacks.md` the last cell of a table row names tests (`a::b::name`) or files
//!   (`path/name.case`), in backticks.
//! - In a `mod.rs` under `//! # Invariants`, `a::b::c` in lower case names a test, a module of tests or
//!   a law of a contract, and `tests/….rs` a file.

#[cfg(test)]
mod markdown;
#[cfg(test)]
mod errors;
#[cfg(test)]
mod attacks;
#[cfg(test)]
mod invariants;
#[cfg(test)]
mod links;
#[cfg(test)]
mod commands;
#[cfg(test)]
mod examples;
