//! The configuration from outside: the file, the folder of rules, the documents.

// `cfg(test)` tells clippy that helpers outside of test functions are test code, too.
#[cfg(test)]
mod helpers;
#[cfg(test)]
mod diagnostics;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod folder;
#[cfg(test)]
mod meaning;
#[cfg(test)]
mod people;
