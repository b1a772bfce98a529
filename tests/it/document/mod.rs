//! Documents: selecting, refusing, and replacing without disturbing.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions,
    reason = "a test fails by panicking"
)]

mod rfc9535;
mod rfc8259;
mod wrong_answers;
mod hostile;
mod pairs;
mod programs;
mod laws;
mod differential;
mod linear;
mod spelling;

use cloakroom::base::Span;
use cloakroom::document;
use cloakroom::document::Bounds;
use cloakroom::document::CompiledRule;
use cloakroom::document::Field;
use cloakroom::document::Format;
use cloakroom::document::KeyMatch;
use cloakroom::document::OnContainer;
use cloakroom::document::Options;
use cloakroom::document::Program;
use cloakroom::document::ReadContext;
use cloakroom::document::Readings;
use cloakroom::document::Reason;
use cloakroom::document::Refusal;
use cloakroom::document::Selector;

/// The source text of all nodes a selector gives.
fn found<'a>(selector: &str, json: &'a str) -> Vec<&'a str> {
    let selector = Selector::parse(selector).unwrap_or_else(|error| panic!("{selector}: {error}"));
    let spans = document::query(&selector, json.as_bytes()).unwrap();
    spans.into_iter().map(|span| std::str::from_utf8(span.of(json.as_bytes())).unwrap()).collect()
}

/// A program that takes the scalars below containers.
fn program(selectors: &[&str]) -> Program {
    compile(selectors, OnContainer::Leaves, KeyMatch::Exact)
}

fn compile(selectors: &[&str], on_container: OnContainer, key_match: KeyMatch) -> Program {
    let want =
        |source: &&str| CompiledRule { selector: Selector::parse(source).unwrap(), on_container };
    Program::compile(selectors.iter().map(want).collect(), key_match).unwrap()
}

/// Runs a program under the default bounds.
fn select(format: Format, source: &str, program: &Program) -> Result<Vec<Field>, Refusal> {
    document::select(format, source.as_bytes(), program, &Bounds::default())
}

/// What the standard selects in a JSON document, and nothing else.
fn strictly(json: &[u8], program: &Program) -> Result<Vec<Field>, Refusal> {
    let (bounds, options) = (Bounds::default(), Options::default());
    let readings = Readings::Standard;
    let context = ReadContext { program, bounds: &bounds, options: &options, readings };
    document::select_with(Format::Json, json, context)
}

/// The rule and the source text of every field.
fn fields<'a>(format: Format, source: &'a str, program: &Program) -> Vec<(u16, &'a str)> {
    let fields =
        select(format, source, program).unwrap_or_else(|error| panic!("{source}: {error}"));
    let text = |span: Span| std::str::from_utf8(span.of(source.as_bytes())).unwrap();
    fields.iter().map(|field| (field.rule, text(field.span))).collect()
}

/// Why a source is refused.
fn reason(format: Format, source: &[u8], program: &Program) -> Option<Reason> {
    document::select(format, source, program, &Bounds::default()).err().map(|error| error.reason)
}
