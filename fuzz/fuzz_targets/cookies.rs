//! Cookies and header fields: the laws of documents, and that a field stays in its line.
#![no_main]

use cloakroom::document::Format;
use cloakroom::document::Headers;
use cloakroom::document::Options;
use cloakroom_fuzz::fields;
use cloakroom_fuzz::fields::Document;
use cloakroom_fuzz::fields::reading;
use cloakroom_fuzz::shown;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((mut dice, source)) = cloakroom_fuzz::read(input) else { return };
    let filters = dice.flag();
    let program = fields::program(&mut dice, filters);
    let read = |format| Document { format, program: &program, options: Options::default() };
    let cookies = read(Format::Cookie).keeps_the_laws(source, !filters, &mut dice);
    let set = read(Format::SetCookie).keeps_the_laws(source, !filters, &mut dice);
    if !filters && read(Format::Cookie).select(source).is_ok() {
        // The pair of a `Set-Cookie` line is the first pair of a `Cookie` line.
        let first = source.split(|&byte| byte == b';').next().unwrap_or_default();
        if !first.trim_ascii().is_empty() {
            let end = u32::try_from(first.len()).expect("a short text");
            let here = |field: &&cloakroom::document::Field| field.span.end() <= end;
            assert_eq!(
                set.iter().collect::<Vec<_>>(),
                cookies.iter().filter(here).collect::<Vec<_>>()
            );
        }
    }
    headers(source, &program);
});

/// Every line of the text is a field line.
fn headers(source: &[u8], program: &cloakroom::document::Program) {
    let mut headers = Headers::default();
    let mut values = Vec::new();
    for line in source.split(|&byte| byte == b'\n') {
        let (name, value) = line.split_at(line.iter().position(|&byte| byte == b':').unwrap_or(0));
        let Ok(name) = std::str::from_utf8(name) else { continue };
        headers.push(name, value);
        values.push(value);
    }
    let (Ok(lines), Ok(found)) =
        (headers.select(reading(program)), headers.fields(reading(program)))
    else {
        return;
    };
    assert_eq!(lines.len(), found.len(), "{}", shown(source));
    for (line, field) in lines.iter().zip(found) {
        let inside = line.field.span.of(values[line.line]);
        assert_eq!(inside, field.span.of(headers.source()), "{}", shown(source));
        assert_eq!(line.field.span.len(), inside.len(), "{}", shown(source));
        assert!(field.codec.decode(inside, field.kind).is_ok(), "{}", shown(source));
    }
}
