//! Streams of records: cut anywhere, they give what the whole gives.
#![no_main]

use cloakroom::document::Dialect;
use cloakroom::document::Field;
use cloakroom::document::Format;
use cloakroom::document::Options;
use cloakroom::document::Program;
use cloakroom::document::Reason;
use cloakroom::document::Records;
use cloakroom::document::Refusal;
use cloakroom_fuzz::fields;
use cloakroom_fuzz::fields::Document;
use cloakroom_fuzz::fields::reading;
use cloakroom_fuzz::pieces;
use cloakroom_fuzz::shown;
use libfuzzer_sys::fuzz_target;

/// Rules that see the same in a row as in all rows: none counts from the end, or compares rows.
const RULES: [&str; 6] = ["$..email", "$[*].a", "$[1].*", "$[0][0]", "$.a", "$..*"];

fuzz_target!(|input: &[u8]| {
    let Some((mut dice, source)) = cloakroom_fuzz::read(input) else { return };
    let dialect = Dialect { separator: None, header: dice.flag(), guarded: true };
    let format =
        dice.pick(&[Format::Ndjson, Format::JsonSeq, Format::EventStream, Format::Csv(dialect)]);
    let rules = dice.some(&RULES, 3);
    let program = fields::compile(&rules, Default::default());
    // An event ends at a CR that comes alone, so its LF counts towards the limit or does not.
    let limit = if format == Format::EventStream { 1 << 20 } else { dice.pick(&[1 << 20, 16, 64]) };
    let cuts = dice.cuts(source.len());
    let whole = read(format, &[source], limit, &program);
    let apart = read(format, &pieces(source, &cuts), limit, &program);
    assert_eq!(whole, apart, "{format:?} {cuts:?} {}", shown(source));

    let document = Document { format, program: &program, options: Options::default() };
    let at_once = document.select(source);
    if whole.refused {
        return;
    }
    match at_once {
        Ok(found) => {
            let fields: Vec<_> = whole.records.into_iter().flat_map(Result::unwrap).collect();
            assert_eq!(fields, found, "{format:?} {}", shown(source));
        }
        Err(refusal) => {
            let some = whole.records.iter().any(Result::is_err);
            // A whole body has more fields than one record.
            assert!(
                some || refusal.reason == Reason::TooManyFields,
                "{format:?} {refusal} {}",
                shown(source)
            );
        }
    }
    document.keeps_the_laws(source, true, &mut dice);
});

/// What a stream gives.
#[derive(Debug, PartialEq)]
struct Read {
    bytes: Vec<u8>,
    records: Vec<Result<Vec<Field>, Refusal>>,
    /// A record was longer than the limit.
    refused: bool,
}

fn read(format: Format, pieces: &[&[u8]], limit: usize, program: &Program) -> Read {
    let mut records = Records::new(format, limit).expect("a format of records");
    let mut read = Read { bytes: Vec::new(), records: Vec::new(), refused: false };
    for (number, piece) in pieces.iter().enumerate() {
        records.feed(piece);
        if number + 1 == pieces.len() {
            records.end();
        }
        loop {
            match records.next_record() {
                Ok(Some(record)) => read.take(&record, &mut records, program),
                Ok(None) => break,
                Err(refusal) => {
                    assert_eq!(refusal.reason, Reason::TooLarge);
                    // The rest passes as it is; how much of it came so far is the cut's affair.
                    read.refused = true;
                    let held = records.into_rest();
                    assert!(held.len() > limit);
                    return read;
                }
            }
        }
    }
    assert!(records.into_rest().is_empty());
    let source = pieces.concat();
    assert_eq!(read.bytes, source);
    read
}

impl Read {
    fn take(&mut self, record: &[u8], records: &mut Records, program: &Program) {
        let at = u32::try_from(self.bytes.len()).expect("a short text");
        self.bytes.extend_from_slice(record);
        let moved = |field: Field| {
            let span = cloakroom::base::Span::new(field.span.start() + at, field.span.end() + at);
            Field { span: span.expect("a span"), ..field }
        };
        match records.select(record, reading(program)) {
            // A line break that comes late may be a record of its own, with nothing in it.
            Ok(fields) if fields.is_empty() => {}
            found => {
                self.records.push(found.map(|fields| fields.into_iter().map(moved).collect()));
            }
        }
    }
}
