//! Multipart forms: the laws of documents, and that a stream of parts gives what the whole gives.
#![no_main]

use cloakroom::document::Boundary;
use cloakroom::document::Dialect;
use cloakroom::document::FileAs;
use cloakroom::document::FormPiece;
use cloakroom::document::Format;
use cloakroom::document::Options;
use cloakroom::document::Parts;
use cloakroom::document::Reason;
use cloakroom_fuzz::fields;
use cloakroom_fuzz::fields::Document;
use cloakroom_fuzz::pieces;
use cloakroom_fuzz::shown;
use libfuzzer_sys::fuzz_target;

/// Rules by name: the position of a part among its namesakes is not known to a part alone.
const NAMES: [&str; 5] = ["$.email", "$.a", "$.*", "$.user.email", "$..b"];

fuzz_target!(|input: &[u8]| {
    let Some((mut dice, text)) = cloakroom_fuzz::read(input) else { return };
    let boundary = Boundary::new(dice.pick(&["b", "xyz", "-", "----x"])).expect("a boundary");
    // Half of the inputs are lines of a text file, which are easier to change.
    let source = if dice.flag() { lines(text) } else { text.to_vec() };
    let files = [
        ("a".to_owned(), FileAs::Json),
        ("b".to_owned(), FileAs::Text),
        ("c".to_owned(), FileAs::Csv(Dialect::default())),
        ("d".to_owned(), FileAs::Xml),
    ];
    let files = if dice.flag() { files.to_vec() } else { Vec::new() };
    let options = Options { files, ..Options::default() };
    let format = Format::Multipart(boundary);

    let filters = dice.flag();
    let program = fields::program(&mut dice, filters);
    let document = Document { format, program: &program, options: options.clone() };
    // A value in `_charset_` would change what the other parts are.
    let blind = !filters && !text.windows(9).any(|name| name == b"_charset_");
    document.keeps_the_laws(&source, blind, &mut dice);

    let rules = dice.some(&NAMES, 3);
    let program = fields::compile(&rules, Default::default());
    let document = Document { format, program: &program, options };
    let cuts = dice.cuts(source.len());
    let whole = read(&document, boundary, &[&source]);
    let apart = read(&document, boundary, &pieces(&source, &cuts));
    assert_eq!(whole, apart, "{cuts:?} {}", shown(&source));
    match document.select(&source) {
        Ok(found) => {
            let streamed = whole.unwrap_or_else(|reason| panic!("{reason:?} {}", shown(&source)));
            assert_eq!(streamed.bytes, source, "{}", shown(&source));
            let texts = fields::texts(&source, &found);
            assert_eq!(streamed.texts, texts, "{}", shown(&source));
        }
        Err(refusal) => assert!(whole.is_err(), "{refusal} {}", shown(&source)),
    }
});

/// A text with the line ends of mail.
fn lines(text: &[u8]) -> Vec<u8> {
    let lines: Vec<_> = text.split(|&byte| byte == b'\n').collect();
    lines.join(&b"\r\n"[..])
}

/// What a stream gives: its bytes, and the selected texts.
#[derive(Debug, PartialEq, Default)]
struct Read {
    bytes: Vec<u8>,
    texts: Vec<String>,
}

/// Reads a form in pieces; every part that is held is a form of its own.
fn read(document: &Document<'_>, boundary: Boundary, pieces: &[&[u8]]) -> Result<Read, Reason> {
    let mut parts = Parts::new(boundary, document.options.clone(), 1 << 20);
    let mut read = Read::default();
    for (number, piece) in pieces.iter().enumerate() {
        parts.feed(piece);
        if number + 1 == pieces.len() {
            parts.end();
        }
        while let Some(piece) = parts.next_piece().map_err(|refusal| refusal.reason)? {
            let part = match &piece {
                FormPiece::Through(bytes) => {
                    read.bytes.extend_from_slice(bytes);
                    continue;
                }
                FormPiece::Part(part) => part,
            };
            read.bytes.extend_from_slice(part);
            let (form, before, behind) = parts.alone(part);
            assert_eq!(&form[before..form.len() - behind], part);
            let found = document.select(&form).map_err(|refusal| refusal.reason)?;
            read.texts.extend(fields::texts(&form, &found));
        }
    }
    Ok(read)
}
