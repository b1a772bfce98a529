//! Streams of records: whole or in pieces, they give the same fields and the same bytes.

use cloakroom::document;
use cloakroom::document::Dialect;
use cloakroom::document::Format;
use cloakroom::document::ReadContext;
use cloakroom::document::Readings;
use cloakroom::document::Reason;
use cloakroom::document::Records;

use crate::formats::program;
use crate::formats::reading;
use crate::formats::reason;
use crate::formats::refusal;
use crate::formats::replaced;
use crate::formats::rewritten;
use crate::formats::texts;

const EVENTS: &str = "\u{feff}: hello\n\ndata: {\"email\":\"a@b\"}\n\nevent: x\r\nid: 7\r\ndata:{\"a\":1,\r\n\
    data:  \"email\"\r\ndata: :\"c@d\"}\r\n\r\nretry: 5\n\ndata: {\"email\":\"e@f\"}\r\rdata: {\"email\":\"open\"}";

#[test]
fn every_line_of_ndjson_is_a_document() {
    let source = "{\"email\":\"a@b\"}\n\n {\"x\":[1],\"email\":\"c@d\"} \r\n{\"email\":5}";
    assert_eq!(texts(Format::Ndjson, source, &["$.email"]), ["a@b", "c@d", "5"]);
    assert_eq!(texts(Format::Ndjson, source, &["$[?@==1]"]), Vec::<String>::new());
    assert_eq!(texts(Format::Ndjson, source, &["$.x[-1]"]), ["1"]);
    let broken = "{\"email\":1}\n{\"email\":1,}\n";
    assert_eq!(refusal(Format::Ndjson, broken, &[]), Some((Reason::UnexpectedByte, 23)));
    assert_eq!(reason(Format::Ndjson, "{\"a\":1} {\"b\":1}\n", &[]), Some(Reason::TrailingData));
    assert_eq!(reason(Format::Ndjson, "{\"a\":\n1}\n", &[]), Some(Reason::UnexpectedEnd));
}

#[test]
fn json_sequences_need_their_separators() {
    let source = "\u{1e}{\"email\":\"a@b\"}\n\u{1e}\u{1e}{\n\"email\":\"c@d\"}\n";
    assert_eq!(texts(Format::JsonSeq, source, &["$.email"]), ["a@b", "c@d"]);
    assert_eq!(reason(Format::JsonSeq, "{\"a\":1}\n", &[]), Some(Reason::UnexpectedByte));
    assert_eq!(reason(Format::JsonSeq, "\u{1e}{\"a\":1}", &[]), Some(Reason::UnexpectedEnd));
    assert_eq!(
        reason(Format::JsonSeq, "\u{1e}12\n\u{1e}{\"a\":", &[]),
        Some(Reason::UnexpectedEnd)
    );
}

#[test]
fn the_data_of_an_event_is_a_document_over_its_lines() {
    assert_eq!(texts(Format::EventStream, EVENTS, &["$.email"]), ["a@b", "c@d", "e@f", "open"]);
    let expected = EVENTS
        .replace("a@b", "x\\r\\ndata: y")
        .replace("c@d", "x\\r\\ndata: y")
        .replace("e@f", "x\\r\\ndata: y")
        .replace("\"open\"", "\"x\\r\\ndata: y\"");
    assert_eq!(rewritten(Format::EventStream, EVENTS, &["$.email"], "x\r\ndata: y"), expected);
    assert_eq!(reason(Format::EventStream, "data: [DONE]\n\n", &[]), Some(Reason::UnexpectedByte));
    let broken = "data: {\ndata: \"a\":x}\n\n";
    assert_eq!(refusal(Format::EventStream, broken, &[]), Some((Reason::UnexpectedByte, 18)));
}

#[test]
fn a_line_of_an_event_that_is_no_field_is_refused_to_protect() {
    for (source, at) in [
        ("{\"email\":\"v\"}", 0),
        ("{\"email\":\"v\"}\n\n", 0),
        ("data: 1\n\n[\"v\"]\n\n", 9),
        ("id: 1\r\nemail=v\r\n\r\n", 7),
        ("data: 1\nemail: v\n\n", 8),
    ] {
        let found = refusal(Format::EventStream, source, &["$.email"]);
        assert_eq!(found, Some((Reason::UnexpectedByte, at)), "{source:?}");
        let program = program(&["$.email"]);
        let context = ReadContext { readings: Readings::Standard, ..reading(&program) };
        assert!(document::select_with(Format::EventStream, source.as_bytes(), context).is_ok());
    }
    let source = "\u{feff}: x\n:\nevent\nevent: y\nid\nretry: 1\n \t\ndata\n\n";
    assert_eq!(reason(Format::EventStream, &source.replace("data", "data: 1"), &["$.email"]), None);
}

/// Runs a stream in pieces of one size; refused records stay as they are.
fn streamed(format: Format, source: &str, size: usize, selectors: &[&str]) -> String {
    let program = program(selectors);
    let mut records = Records::new(format, 1000).unwrap();
    let mut out = String::new();
    let mut take = |records: &mut Records| {
        while let Some(record) = records.next_record().unwrap() {
            let fields = records.select(&record, reading(&program)).unwrap_or_default();
            out.push_str(&replaced(std::str::from_utf8(&record).unwrap(), &fields, "T"));
        }
    };
    for piece in source.as_bytes().chunks(size) {
        records.feed(piece);
        take(&mut records);
    }
    records.end();
    take(&mut records);
    assert!(records.into_rest().is_empty());
    out
}

#[test]
fn pieces_of_any_size_give_what_the_whole_gives() {
    let csv = "id,email,\"n\n\"\r\n1,a@b,\"x\ny\"\r\n\r\n2,\"c@d\",\"\"\"\"\n3,e@f";
    let ndjson = "{\"email\":\"a@b\"}\n\n{\"email\":\"c@d\"}\r\n{\"email\":\"e@f\"}";
    let sequence = "\u{1e}{\"email\":\"a@b\"}\n\u{1e}\u{1e}{\"email\":\"c@d\"}\n";
    for (format, source, selectors) in [
        (Format::Csv(Dialect::default()), csv, &["$[*].email"][..]),
        (Format::Csv(Dialect::default()), csv, &["$[1].email", "$[2].id"]),
        (Format::Ndjson, ndjson, &["$.email"]),
        (Format::JsonSeq, sequence, &["$.email"]),
        (Format::EventStream, EVENTS, &["$.email"]),
    ] {
        let whole = rewritten(format, source, selectors, "T");
        assert_ne!(whole, source);
        for size in 1..=source.len() {
            assert_eq!(streamed(format, source, size, selectors), whole, "{format:?} by {size}");
        }
    }
}

#[test]
fn a_refused_record_harms_no_other() {
    let source = "{\"email\":\"a\"}\nnot json\n{\"email\":\"b\"}\n";
    let expected = "{\"email\":\"T\"}\nnot json\n{\"email\":\"T\"}\n";
    assert_eq!(streamed(Format::Ndjson, source, 7, &["$.email"]), expected);
}

#[test]
fn rows_below_a_refused_header_are_refused_too() {
    let source = "id,em\"ail\n1,a@b\n2,c@d\n";
    assert_eq!(streamed(Format::Csv(Dialect::default()), source, 100, &["$[*].*"]), source);
}

#[test]
fn a_record_over_the_limit_is_refused_and_nothing_is_lost() {
    for format in
        [Format::Ndjson, Format::JsonSeq, Format::EventStream, Format::Csv(Dialect::default())]
    {
        let mut records = Records::new(format, 10).unwrap();
        records.feed(b"\x1e1\n\n\x1e1234567890123");
        let first = records.next_record().unwrap().unwrap();
        assert!(first.starts_with(b"\x1e1\n"));
        let mut taken = first;
        let error = loop {
            match records.next_record() {
                Ok(Some(record)) => taken.extend_from_slice(&record),
                Ok(None) => panic!("{format:?}: the record is too long"),
                Err(error) => break error,
            }
        };
        assert_eq!(error.reason, Reason::TooLarge);
        taken.extend_from_slice(&records.into_rest());
        assert_eq!(taken, b"\x1e1\n\n\x1e1234567890123");
    }
    assert!(Records::new(Format::Json, 10).is_none());
}
