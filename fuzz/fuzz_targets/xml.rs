//! XML: the laws of documents, and `quick-xml` as the second opinion.
#![no_main]

use cloakroom::document::Format;
use cloakroom::document::KeyMatch;
use cloakroom::document::Options;
use cloakroom_fuzz::fields;
use cloakroom_fuzz::fields::Document;
use cloakroom_fuzz::shown;
use libfuzzer_sys::fuzz_target;
use quick_xml::Reader;
use quick_xml::events::Event;

fuzz_target!(|input: &[u8]| {
    let Some((mut dice, source)) = cloakroom_fuzz::read(input) else { return };
    let filters = dice.flag();
    let options =
        Options { instructions: dice.flag(), transcoded: dice.flag(), ..Options::default() };
    let program = fields::program(&mut dice, filters);
    let document = Document { format: Format::Xml, program: &program, options: options.clone() };
    document.keeps_the_laws(source, !filters, &mut dice);

    let all = fields::compile(&["$"], KeyMatch::Exact);
    let document = Document { format: Format::Xml, program: &all, options };
    if let Ok(found) = document.select(source) {
        second_opinion(source, &fields::texts(source, &found));
    }
});

/// What is accepted is well formed, and the texts of all elements are the same.
fn second_opinion(source: &[u8], ours: &[String]) {
    let mut reader = Reader::from_str(std::str::from_utf8(source).expect("UTF-8"));
    reader.config_mut().check_comments = true;
    let mut theirs = Vec::new();
    // The texts of the open elements, as far as they go; none for one that has child elements.
    let mut open: Vec<Option<String>> = Vec::new();
    loop {
        let event = reader.read_event().unwrap_or_else(|error| panic!("{error} {}", shown(source)));
        let piece = match event {
            Event::Eof => break,
            Event::Start(_) => {
                if let Some(parent) = open.last_mut() {
                    *parent = None;
                }
                open.push(Some(String::new()));
                continue;
            }
            Event::Empty(_) => {
                if let Some(parent) = open.last_mut() {
                    *parent = None;
                }
                continue;
            }
            Event::End(_) => {
                theirs.extend(open.pop().flatten());
                continue;
            }
            Event::Text(text) => text.xml10_content().into_owned(),
            Event::CData(text) => text.xml10_content().into_owned(),
            Event::GeneralRef(name) => match name.resolve_char_ref().expect("a reference") {
                Some(letter) => letter.to_string(),
                None => match &*name {
                    "amp" => "&",
                    "lt" => "<",
                    "gt" => ">",
                    "quot" => "\"",
                    "apos" => "'",
                    other => panic!("{other} {}", shown(source)),
                }
                .to_owned(),
            },
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => continue,
            Event::DocType(_) => panic!("a document type {}", shown(source)),
        };
        if let Some(Some(text)) = open.last_mut() {
            text.push_str(&piece);
        }
    }
    assert!(open.is_empty(), "{}", shown(source));
    // Text beside child elements is ours alone to tell.
    let mut rest = ours.iter();
    for text in &theirs {
        assert!(rest.any(|ours| ours == text), "{text:?} {ours:?} {theirs:?} {}", shown(source));
    }
}
