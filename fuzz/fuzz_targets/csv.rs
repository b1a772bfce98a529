//! CSV: the laws of documents, and the crate `csv` as the second opinion.
#![no_main]

use cloakroom::document::Dialect;
use cloakroom::document::Format;
use cloakroom::document::KeyMatch;
use cloakroom::document::Options;
use cloakroom::document::Separator;
use cloakroom_fuzz::fields;
use cloakroom_fuzz::fields::Document;
use cloakroom_fuzz::shown;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((mut dice, source)) = cloakroom_fuzz::read(input) else { return };
    let filters = dice.flag();
    let separators =
        [None, Some(Separator::Comma), Some(Separator::Semicolon), Some(Separator::Tab)];
    let dialect =
        Dialect { separator: dice.pick(&separators), header: dice.flag(), guarded: dice.flag() };
    let program = fields::program(&mut dice, filters);
    let format = Format::Csv(dialect);
    let document = Document { format, program: &program, options: Options::default() };
    document.keeps_the_laws(source, !filters, &mut dice);

    let Some(separator) = dialect.separator else { return };
    let cells = fields::compile(&["$[*][*]"], KeyMatch::Exact);
    let format = Format::Csv(Dialect { header: false, ..dialect });
    let document = Document { format, program: &cells, options: Options::default() };
    if let Ok(found) = document.select(source) {
        let ours = fields::texts(source, &found);
        assert_eq!(ours, second_opinion(source, separator), "{}", shown(source));
    }
});

/// The cells of all rows.
fn second_opinion(source: &[u8], separator: Separator) -> Vec<String> {
    let byte = match separator {
        Separator::Comma => b',',
        Separator::Semicolon => b';',
        Separator::Tab => b'\t',
    };
    let mut builder = csv::ReaderBuilder::new();
    let mut reader = builder.has_headers(false).flexible(true).delimiter(byte).from_reader(source);
    let rows = reader.records().map(|row| row.expect("a row"));
    rows.flat_map(|row| row.iter().map(str::to_owned).collect::<Vec<_>>()).collect()
}
