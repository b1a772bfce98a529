//! The journal: what is acknowledged stays, what is changed is found.

// `cfg(test)` tells clippy that helpers outside of test functions are test code too.
#[cfg(test)]
mod support;
#[cfg(test)]
mod journal;
#[cfg(test)]
mod tamper;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod content;
#[cfg(test)]
mod format;
#[cfg(test)]
mod people;
#[cfg(test)]
mod looks;
#[cfg(test)]
mod receipt;
