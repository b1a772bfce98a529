//! What holds for every format and every codec.

use proptest::prelude::*;

use cloakroom::base::Kind;
use cloakroom::document;
use cloakroom::document::Boundary;
use cloakroom::document::Bounds;
use cloakroom::document::Charset;
use cloakroom::document::Codec;
use cloakroom::document::Dialect;
use cloakroom::document::Format;
use cloakroom::document::Layer;
use cloakroom::document::ReadContext;
use cloakroom::document::Readings;
use cloakroom::document::Records;

use crate::formats::decoded;
use crate::formats::program;
use crate::formats::reading;
use crate::formats::replaced;

/// The table of codecs.
const CODECS: [Codec; 18] = [
    Codec::Json,
    Codec::Form(Charset::UTF8),
    Codec::Query(Charset::UTF8),
    Codec::Path,
    Codec::Cookie,
    Codec::Header,
    Codec::Part(Charset::UTF8),
    Codec::XmlText,
    Codec::XmlAttribute,
    Codec::Cell,
    Codec::GuardedCell,
    Codec::JsonIn(Layer::Json),
    Codec::JsonIn(Layer::Form),
    Codec::JsonIn(Layer::Path),
    Codec::JsonIn(Layer::Part),
    Codec::JsonIn(Layer::XmlText),
    Codec::JsonIn(Layer::XmlAttribute),
    Codec::JsonIn(Layer::Cell),
];

/// Those of forms in other character sets than UTF-8.
fn legacy() -> impl Iterator<Item = Codec> {
    let labels = ["windows-1252", "koi8-r", "shift_jis", "gb18030", "big5", "euc-jp", "euc-kr"];
    let charsets = labels.map(|label| Charset::settle(Some(label.as_bytes()), b"").unwrap());
    charsets
        .into_iter()
        .flat_map(|charset| [Codec::Form(charset), Codec::Query(charset), Codec::Part(charset)])
}

/// Texts full of what some format gives a meaning.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z\\\\éßДΩ€あソ中가~¥]{0,9}",
        "[a-z<>&'\"\\\\;,=+%\\-#@\\[\\]{}() \t\r\n|:./\u{0}\u{1}\u{7f}\u{85}\u{e9}\u{2028}\u{feff}\u{fffe}\u{1f600}]{0,20}",
    ]
}

/// A document with one selected place for each format, and the text that stands there.
fn place(number: usize, codec_text: &str) -> (Format, String, &'static str) {
    let boundary = Boundary::new("xyz").unwrap();
    let written = |codec: Codec| {
        let mut out = Vec::new();
        codec.encode(codec_text, Kind::Text, &mut out);
        String::from_utf8(out).unwrap()
    };
    let bare = Dialect { guarded: false, ..Dialect::default() };
    match number {
        0 => (Format::Json, format!("{{\"a\": {} }}", written(Codec::Json)), "$.a"),
        1 => (Format::Form, format!("x=1&a={}&y=2", written(Codec::Form(Charset::UTF8))), "$.a"),
        2 => (Format::Cookie, format!("x=1; a={}; y=2", written(Codec::Cookie)), "$.a"),
        3 => (Format::SetCookie, format!("a={}; Path=/", written(Codec::Cookie)), "$.a"),
        4 => {
            let head = "Content-Disposition: form-data; name=\"a\"";
            let source = format!(
                "--xyz\r\n{head}\r\n\r\n{}\r\n--xyz--",
                written(Codec::Part(Charset::UTF8))
            );
            (Format::Multipart(boundary), source, "$.a")
        }
        5 => (Format::Xml, format!("<r><a>{}</a>x</r>", written(Codec::XmlText)), "$.r.a"),
        6 => (Format::Xml, format!("<r a='{}'/>", written(Codec::XmlAttribute)), "$.r['@a']"),
        7 => (Format::Csv(bare), format!("x,a,y\r\n1,{},2\r\n", written(Codec::Cell)), "$[0].a"),
        8 => (Format::Ndjson, format!("1\n{{\"a\":{}}}\n", written(Codec::Json)), "$.a"),
        9 => (Format::JsonSeq, format!("\u{1e}{{\"a\":{}}}\n", written(Codec::Json)), "$.a"),
        _ => (Format::EventStream, format!("data: {{\"a\":{}}}\n\n", written(Codec::Json)), "$.a"),
    }
}

/// Bytes that formats give a meaning, in any order.
fn odd() -> impl Strategy<Value = String> {
    prop_oneof![
        "[<>/a!?\\-\\[\\]CDAT&;#x=' \"\u{e9}]{0,40}",
        "(<a>|</a>|<b c='|'>|<b/>|&amp;|x|<!--|-->|<!\\[CDATA\\[|\\]\\]>| |\u{fffd}){0,14}",
        "[\",;\t\r\na b]{0,40}",
        "(--xyz|\r\n|--|Content-Disposition: form-data; name=|\"a\"|: |; |filename=|x){0,20}",
        "(data: |data|:|\r|\n|\\{|\\}|\"a\"|1|\u{1e}){0,20}",
        "[a=;\" %2\\[\\],\\\\]{0,40}",
    ]
}

const RULES: [&str; 6] = ["$..a", "$.*", "$[0]", "$..['@c']", "$[?@.a]", "$..[-1]"];

fn formats() -> [Format; 11] {
    [
        Format::Json,
        Format::Form,
        Format::Query,
        Format::Cookie,
        Format::SetCookie,
        Format::Multipart(Boundary::new("xyz").unwrap()),
        Format::Xml,
        Format::Csv(Dialect::default()),
        Format::Ndjson,
        Format::JsonSeq,
        Format::EventStream,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn codecs_undo_themselves(text in text()) {
        for codec in CODECS.into_iter().chain(legacy()).filter(|codec| codec.holds(&text)) {
            let mut out = Vec::new();
            codec.encode(&text, Kind::Text, &mut out);
            let read = codec.decode(&out, Kind::Text);
            prop_assert!(read.is_ok_and(|read| *read.expose() == text), "{:?} {:?}", codec, text);
        }
    }

    #[test]
    fn a_text_stays_inside_its_place_whatever_it_is(text in text()) {
        for number in 0..11 {
            let (format, source, selector) = place(number, &text);
            let program = program(&[selector]);
            // What is revealed is written for the dialect of the route, which has no escapes.
            let csv = matches!(format, Format::Csv(_));
            let readings = if csv { Readings::Standard } else { Readings::All };
            let context = ReadContext { readings, ..reading(&program) };
            let select = |source: &str| document::select_with(format, source.as_bytes(), context);
            if let Format::Multipart(boundary) = format && boundary.occurs_in(&text) {
                continue;
            }
            let fields = select(&source).unwrap_or_else(|error| panic!("{format:?} {source:?} {error}"));
            prop_assert_eq!(fields.len(), 1, "{:?} {:?}", format, source);
            if fields[0].codec.holds(&text) {
                prop_assert_eq!(&decoded(&source, &fields)[0], &text);
            }
            let (_, expected, _) = place(number, "T");
            let token = replaced(&source, &fields, "T");
            prop_assert_eq!(token, expected);
        }
    }

    #[test]
    fn nothing_makes_it_panic(odd in odd(), bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let program = program(&RULES);
        for format in formats() {
            for source in [odd.as_bytes(), &bytes] {
                match document::select(format, source, &program, &Bounds::default()) {
                    Err(error) => prop_assert!(error.offset as usize <= source.len()),
                    Ok(fields) => {
                        let mut spans: Vec<_> = fields.iter().map(|field| field.span).collect();
                        spans.dedup();
                        for pair in spans.windows(2) {
                            prop_assert!(pair[0].end() <= pair[1].start(), "{:?} {:?}", format, odd);
                        }
                        for field in fields {
                            prop_assert!(field.codec.decode(field.span.of(source), field.kind).is_ok());
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn pieces_of_a_stream_join_to_the_stream(odd in odd(), size in 1_usize..9) {
        for format in formats() {
            let Some(mut records) = Records::new(format, 1 << 20) else { continue };
            let mut out = Vec::new();
            for piece in odd.as_bytes().chunks(size) {
                records.feed(piece);
                while let Some(record) = records.next_record().unwrap() {
                    out.extend_from_slice(&record);
                }
            }
            records.end();
            while let Some(record) = records.next_record().unwrap() {
                out.extend_from_slice(&record);
            }
            prop_assert_eq!(&out[..], odd.as_bytes());
        }
    }
}
