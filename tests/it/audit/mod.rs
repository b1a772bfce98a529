//! The journal: what is acknowledged stays, what is changed is found.

#[cfg(test)]
mod support;

mod journal;
mod content;
mod tamper;
mod crash;
mod format;
