//! Selectors: which places of a document a rule means.
//!
//! A selector is a query of RFC 9535. `jsonpath-rust` parses it; `lex` and `compile` refuse what
//! that parser wrongly accepts, and bound what it would need too long for. Queries without filters
//! and without positions from the end run together as one [`automaton`](self) while the document is
//! read; the others run over a tape of spans. Not for: what happens to the selected values.
//!
//! # Invariants
//!
//! - A [`Selector`] is well typed (RFC 9535, section 2.4.3): `wrongly_accepted_by_the_parser`.
//! - Automaton and evaluator give the same fields: `automaton_and_evaluator_agree`.
//! - Patterns of a [`Program`] are literals, compiled when it is made; a document never brings one:
//!   `a_rule_may_not_take_its_pattern_from_the_document`.

mod lex;
mod compile;
mod plan;
mod regexp;
mod automaton;
mod construct;
mod words;
mod loose;
mod follow;
mod tape;
mod evaluate;
mod filter;
mod decimal;
mod program;

pub(super) use follow::kind;
pub(super) use loose::{Numbers, Reach};
pub use program::{CompiledRule, Note, OnContainer, Program};
pub(super) use program::{Source, locate, select};
pub(super) use words::{is_column, is_path, is_spelling};

use std::fmt;
use std::str::FromStr;

use jsonpath_rust::parser::errors::JsonPathError;
use jsonpath_rust::parser::parse_json_path;

use plan::Plan;

/// A query of RFC 9535: parsed, type-checked, compiled.
///
/// Accepts what the RFC accepts, within bounds of our own: 1024 bytes, function calls and filters
/// nested at most four deep. A pattern of `match` or `search` that is no I-Regexp (RFC 9485) never
/// matches here, as the RFC says; [`Program::compile`] refuses it.
#[derive(Clone)]
pub struct Selector {
    source: Box<str>,
    plan: Plan,
    /// Queries from `$` inside filters; each is asked once per document.
    roots: usize,
}

impl Selector {
    /// Reads a query of RFC 9535. Fails with the place of the first mistake.
    pub fn parse(source: &str) -> Result<Self, SelectorError> {
        let lexed = lex::lex(source)?;
        let tree = parse_json_path(&lexed.text).map_err(|error| describe(source, &error))?;
        let (plan, roots) = compile::compile(&tree, lexed.numbers)
            .map_err(|reason| SelectorError::at(0, reason))?;
        Ok(Self { source: Box::from(source), plan, roots })
    }

    /// The text it was read from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether it can run while a document is read, whatever its size.
    pub fn streams(&self) -> bool {
        self.plan.streams()
    }
}

impl FromStr for Selector {
    type Err = SelectorError;

    fn from_str(source: &str) -> Result<Self, SelectorError> {
        Self::parse(source)
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.source)
    }
}

impl fmt::Debug for Selector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Selector({})", self.source)
    }
}

impl PartialEq for Selector {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Selector {}

/// Why a selector, or a set of them, is not accepted. Rules hold no data, so the text may be shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SelectorError {
    message: String,
    column: u32,
    rule: Option<u16>,
}

impl SelectorError {
    /// What is wrong: lower case, no full stop.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Column inside the selector, in characters from 1; 0 when it concerns the whole.
    pub fn column(&self) -> u32 {
        self.column
    }

    /// Index of the rule it concerns, from [`Program::compile`].
    pub fn rule(&self) -> Option<u16> {
        self.rule
    }

    fn at(column: u32, message: impl Into<String>) -> Self {
        Self { message: message.into(), column, rule: None }
    }

    /// An error at a byte of the text.
    fn in_text(source: &str, byte: usize, message: impl Into<String>) -> Self {
        let before = source.get(..byte).unwrap_or(source).chars().count();
        Self::at(u32::try_from(before + 1).unwrap_or(0), message)
    }

    fn of(mut self, rule: u16) -> Self {
        self.rule = Some(rule);
        self
    }
}

/// Turns the parser's complaint into ours.
fn describe(source: &str, error: &JsonPathError) -> SelectorError {
    let JsonPathError::PestError(inner) = error else {
        return SelectorError::at(0, "not a query of RFC 9535");
    };
    // The type of this place belongs to a crate that is not ours to name; its digits do.
    let place = format!("{:?}", inner.line_col);
    let mut numbers = place.split(|letter: char| !letter.is_ascii_digit());
    let mut next = || numbers.find_map(|digits| digits.parse::<u32>().ok());
    let column = match (next(), next()) {
        (Some(1), Some(column)) if !source.contains('\n') => column,
        _ => 0,
    };
    SelectorError::at(column, "not a query of RFC 9535")
}
