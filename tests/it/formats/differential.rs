//! Second opinions on CSV and XML: what is accepted here, others read in the same way.

use cloakroom::document;
use cloakroom::document::Bounds;
use cloakroom::document::Dialect;
use cloakroom::document::Format;
use cloakroom::document::Separator;
use proptest::prelude::*;
use quick_xml::Reader;
use quick_xml::events::Event;

use crate::formats::decoded;
use crate::formats::program;

/// The texts of all fields that a selector gives; none when the document is refused.
fn ours(format: Format, source: &str, selector: &str) -> Option<Vec<String>> {
    let program = program(&[selector]);
    let fields = document::select(format, source.as_bytes(), &program, &Bounds::default()).ok()?;
    Some(decoded(source, &fields))
}

/// The cells of all rows, as the crate `csv` reads them.
fn cells(source: &str) -> Vec<String> {
    let mut builder = ::csv::ReaderBuilder::new();
    let reader = builder.has_headers(false).flexible(true).delimiter(b';');
    let mut reader = reader.from_reader(source.as_bytes());
    let rows = reader.records().map(Result::unwrap);
    rows.flat_map(|row| row.iter().map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// The texts of elements without child elements, as `quick-xml` reads them, which must find nothing
/// wrong with the document.
fn texts(source: &str) -> Vec<String> {
    let mut reader = Reader::from_str(source);
    let (mut all, mut open): (Vec<String>, Vec<Option<String>>) = (Vec::new(), Vec::new());
    loop {
        let piece = match reader.read_event().unwrap() {
            Event::Eof => break,
            Event::Start(_) => {
                open.last_mut().map(Option::take);
                open.push(Some(String::new()));
                continue;
            }
            Event::Empty(_) => {
                open.last_mut().map(Option::take);
                continue;
            }
            Event::End(_) => {
                all.extend(open.pop().flatten());
                continue;
            }
            Event::Text(text) => text.xml10_content().into_owned(),
            Event::CData(text) => text.xml10_content().into_owned(),
            Event::GeneralRef(name) => match name.resolve_char_ref().unwrap() {
                Some(letter) => letter.to_string(),
                None => quick_xml::escape::resolve_predefined_entity(&name).unwrap().to_owned(),
            },
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => continue,
        };
        if let Some(Some(text)) = open.last_mut() {
            text.push_str(&piece);
        }
    }
    assert!(open.is_empty());
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn cells_are_those_of_another_reader(source in "[a;\"\r\n ,\u{e9}]{0,40}") {
        let dialect = Dialect { separator: Some(Separator::Semicolon), header: false, guarded: false };
        if let Some(found) = ours(Format::Csv(dialect), &source, "$[*][*]") {
            prop_assert_eq!(found, cells(&source), "{:?}", source);
        }
    }

    #[test]
    fn rows_that_another_writer_made_are_read(rows in prop::collection::vec(prop::collection::vec("[a;\"\n,= \u{e9}]{0,6}", 2..3), 1..6)) {
        let mut writer = ::csv::WriterBuilder::new().delimiter(b';').from_writer(Vec::new());
        writer.write_record(["left", "right"]).unwrap();
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let source = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        let dialect = Dialect { separator: Some(Separator::Semicolon), header: true, guarded: false };
        let right: Vec<String> = rows.into_iter().map(|row| row[1].clone()).collect();
        prop_assert_eq!(ours(Format::Csv(dialect), &source, "$[*].right"), Some(right));
    }

    #[test]
    fn texts_are_those_of_another_reader(
        inside in "(<a>|</a>|<b c='&lt;x'>|</b>|<b/>|&amp;|&#233;|x|\u{e9}|<!-- -->|<!\\[CDATA\\[&<\\]\\]>| |\n){0,14}",
    ) {
        let source = format!("<r>{inside}</r>");
        let Some(found) = ours(Format::Xml, &source, "$") else { return Ok(()) };
        // Text beside child elements is told here alone.
        let mut rest = found.iter();
        for text in texts(&source).iter().filter(|text| !text.is_empty()) {
            prop_assert!(rest.any(|ours| ours == text), "{:?} {:?} {:?}", source, text, found);
        }
    }
}
