//! Formats beside JSON: every hit found, every other byte kept, every trap refused.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::as_conversions,
    clippy::too_many_lines,
    reason = "a test fails by panicking, and tables are long"
)]

mod names;
mod readings;
mod scalars;
mod cookie;
mod header;
mod multipart;
mod xml;
mod soap;
mod csv;
mod records;
mod nested;
mod laws;
mod differential;
mod linear;

use std::sync::LazyLock;

use cloakroom::base::Kind;
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
use cloakroom::document::Splice;

/// A program that takes the scalars below containers.
fn program(selectors: &[&str]) -> Program {
    compile(selectors, OnContainer::Leaves, KeyMatch::Exact)
}

fn compile(selectors: &[&str], on_container: OnContainer, key_match: KeyMatch) -> Program {
    let want =
        |source: &&str| CompiledRule { selector: Selector::parse(source).unwrap(), on_container };
    Program::compile(selectors.iter().map(want).collect(), key_match).unwrap()
}

/// Reads with the usual bounds and options, to protect.
fn reading(program: &Program) -> ReadContext<'_> {
    static BOUNDS: LazyLock<Bounds> = LazyLock::new(Bounds::default);
    static OPTIONS: LazyLock<Options> = LazyLock::new(Options::default);
    ReadContext { program, bounds: &BOUNDS, options: &OPTIONS, readings: Readings::All }
}

fn select(format: Format, source: &str, selectors: &[&str]) -> Result<Vec<Field>, Refusal> {
    document::select(format, source.as_bytes(), &program(selectors), &Bounds::default())
}

/// The decoded text of every field; a field that two rules select is there twice.
fn texts(format: Format, source: &str, selectors: &[&str]) -> Vec<String> {
    texts_with(format, source, selectors, &Options::default())
}

fn texts_with(format: Format, source: &str, selectors: &[&str], options: &Options) -> Vec<String> {
    let program = program(selectors);
    let context = ReadContext { options, ..reading(&program) };
    let fields = document::select_with(format, source.as_bytes(), context)
        .unwrap_or_else(|error| panic!("{source}: {error}"));
    decoded(source, &fields)
}

fn decoded(source: &str, fields: &[Field]) -> Vec<String> {
    let text = |field: &Field| {
        let raw = field.span.of(source.as_bytes());
        field.codec.decode(raw, field.kind).unwrap().expose().clone()
    };
    fields.iter().map(text).collect()
}

/// Why a source is refused, and where.
fn refusal(format: Format, source: &str, selectors: &[&str]) -> Option<(Reason, u32)> {
    select(format, source, selectors).err().map(|error| (error.reason, error.offset))
}

fn reason(format: Format, source: &str, selectors: &[&str]) -> Option<Reason> {
    refusal(format, source, selectors).map(|(reason, _)| reason)
}

/// Puts a text in the place of every field.
fn replaced(source: &str, fields: &[Field], text: &str) -> String {
    let mut splice = Splice::new(source.as_bytes(), 0);
    for field in fields {
        splice.replace(field.span, |out| field.codec.encode(text, Kind::Text, out));
    }
    String::from_utf8(splice.finish()).unwrap()
}

/// The same, for the fields that selectors find.
fn rewritten(format: Format, source: &str, selectors: &[&str], text: &str) -> String {
    replaced(source, &select(format, source, selectors).unwrap(), text)
}
