//! Tests of `crypto` and `token` that look at files and memory.

// Marked, so that helpers of tests count as tests for the lints.
#[cfg(test)]
pub(crate) mod documents;
#[cfg(test)]
mod in_place;
#[cfg(test)]
mod wiping;
