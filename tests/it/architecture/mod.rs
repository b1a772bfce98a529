//! The rules of the code that the compiler does not know: layers, purity, reserved words, shape.
//!
//! The rules are read from the sources as text, so that a message can name file and line and say
//! what to do. What they cannot see (a macro that hides an import) is left to review.
//!
//! # Invariants
//!
//! - Every rule is itself tested with a planted fault: a rule that finds nothing any more fails.

#[cfg(test)]
mod source;
#[cfg(test)]
mod layers;
#[cfg(test)]
mod purity;
#[cfg(test)]
mod words;
#[cfg(test)]
mod shape;
#[cfg(test)]
mod ratchet;
#[cfg(test)]
mod way;

use std::fmt;

use self::source::Source;

/// A broken rule: where, what, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Finding {
    file: String,
    line: usize,
    message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}", self.file, self.line, self.message)
    }
}

/// Applies a rule to files; panics with all findings, one a line.
fn enforce(sources: &[Source], rule: fn(&Source) -> Vec<Finding>) {
    assert!(!sources.is_empty(), "no sources found: the rule looked at nothing");
    let findings: Vec<String> =
        sources.iter().flat_map(rule).map(|finding| finding.to_string()).collect();
    assert!(findings.is_empty(), "rules of the code broken:\n{}", findings.join("\n"));
}

/// Applies a rule to one file made for the test, and gives the lines that it complains about.
fn lines_found(file: &str, text: &str, rule: fn(&Source) -> Vec<Finding>) -> Vec<usize> {
    rule(&Source::new(file, text)).into_iter().map(|finding| finding.line).collect()
}
