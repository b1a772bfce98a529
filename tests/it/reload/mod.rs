//! New files while the gateway runs: taken when they are good, refused whole when they are not.
//!
//! What a test waits for is always something that clients or operators can see; no test sleeps.

#[cfg(test)]
mod certificates;
#[cfg(test)]
mod callers;
#[cfg(test)]
mod rules;
