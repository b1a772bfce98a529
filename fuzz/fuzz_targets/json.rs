//! JSON: the laws of documents, and `serde_json` as the second opinion.
#![no_main]

use cloakroom::document::Format;
use cloakroom::document::Options;
use cloakroom::document::Reason;
use cloakroom::document::nested;
use cloakroom::document::select_in;
use cloakroom_fuzz::fields;
use cloakroom_fuzz::fields::Document;
use cloakroom_fuzz::fields::reading;
use cloakroom_fuzz::shown;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|input: &[u8]| {
    let Some((mut dice, source)) = cloakroom_fuzz::read(input) else { return };
    let filters = dice.flag();
    let program = fields::program(&mut dice, filters);
    let document =
        Document { format: Format::Json, program: &program, options: Options::default() };
    let found = document.keeps_the_laws(source, !filters, &mut dice);
    second_opinion(&document, source);

    for field in found {
        // The text of a string may be a document again: its fields lie inside of it.
        let Ok(inner) = nested(source, &field, reading(&program)) else { continue };
        for each in inner {
            assert!(field.span.start() <= each.span.start() && each.span.end() <= field.span.end());
            assert!(
                each.codec.decode(each.span.of(source), each.kind).is_ok(),
                "{}",
                shown(source)
            );
        }
    }
    if let Some(part) = Format::detect_prefix(source) {
        let _read = select_in(Format::Json, source, part, reading(&program));
    }
});

/// What one accepts, the other reads; save for what is ours alone to refuse or to pass.
fn second_opinion(document: &Document<'_>, source: &[u8]) {
    let theirs = serde_json::from_slice::<Value>(source);
    match (document.select(source), theirs) {
        (Ok(_), Err(error)) => {
            // `serde_json` refuses 1e400 and half of a surrogate pair, and nests 127 deep at most.
            let words = error.to_string();
            let known = words.contains("out of range") || words.contains("recursion limit");
            assert!(known, "{words} {}", shown(source));
        }
        (Err(refusal), Ok(_)) => assert!(
            matches!(
                refusal.reason,
                Reason::DuplicateKey
                    | Reason::NulInKey
                    | Reason::TooDeep
                    | Reason::NumberTooLong
                    | Reason::TooCostly
            ),
            "{refusal} {}",
            shown(source)
        ),
        (Ok(_), Ok(_)) | (Err(_), Err(_)) => {}
    }
}
