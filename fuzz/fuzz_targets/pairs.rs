//! Forms and queries: the laws of documents, and that both read alike.
#![no_main]

use cloakroom::document::Format;
use cloakroom::document::Options;
use cloakroom_fuzz::fields;
use cloakroom_fuzz::fields::Document;
use cloakroom_fuzz::shown;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((mut dice, source)) = cloakroom_fuzz::read(input) else { return };
    let filters = dice.flag();
    let program = fields::program(&mut dice, filters);
    let read = |format| Document { format, program: &program, options: Options::default() };
    let found = read(Format::Form).keeps_the_laws(source, !filters, &mut dice);
    let query = read(Format::Query).select(source).unwrap_or_default();
    let spans = |fields: &[cloakroom::document::Field]| {
        fields.iter().map(|field| (field.rule, field.span)).collect::<Vec<_>>()
    };
    assert_eq!(spans(&found), spans(&query), "{}", shown(source));

    // One ampersand more or less between pairs is nothing.
    let doubled = source.split(|&byte| byte == b'&').collect::<Vec<_>>().join(&b"&&"[..]);
    let again = read(Format::Form).select(&doubled).unwrap_or_default();
    assert_eq!(fields::texts(source, &found), fields::texts(&doubled, &again), "{}", shown(source));
});
