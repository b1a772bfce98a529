//! The rule language from outside: what files mean, what is said about wrong ones.

// `cfg(test)` tells clippy that helpers outside of test functions are test code, too.
#[cfg(test)]
mod helpers;
#[cfg(test)]
mod diagnostics;
#[cfg(test)]
mod meaning;
#[cfg(test)]
mod people;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod warnings;
#[cfg(test)]
pub(crate) mod documents;
