//! The program as people and scripts meet it: words in, text or JSON out, and an exit code.
//!
//! Exit codes: 0 fine, 1 findings, 2 usage, 3 could not run.

#[cfg(test)]
mod checking;
#[cfg(test)]
mod keyring;
#[cfg(test)]
mod journal;
#[cfg(test)]
mod serving;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod explain;
