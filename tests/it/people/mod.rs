//! What is kept about persons: the bytes of it, and who may open it.

// Marked, so that helpers of tests count as tests for the lints.
#[cfg(test)]
mod known_answers;
#[cfg(test)]
mod seal;
