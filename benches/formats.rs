//! What reading and rewriting costs in every format, coding and character set, beside a plain copy
//! of the same bytes in the same run.
//!
//!     cargo bench --bench formats                  # a table; times are minima over many rounds
//!     cargo bench --bench formats -- xml page      # some rows of it
//!     cargo bench --bench formats -- --once xml    # one execution, to be counted by callgrind
//!
//! Rounds of all rows are interleaved, so that a busy neighbour meets every row. Read the ratios.
//! How instructions are counted stands in `docs/performance.md`.

#![expect(clippy::expect_used, reason = "a benchmark that cannot start has to stop")]
#![expect(clippy::print_stdout, reason = "the table is the result")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Duration;
use std::time::Instant;

use cloakroom::coding;
use cloakroom::coding::Budget;
use cloakroom::coding::Chain;
use cloakroom::coding::Coding;
use cloakroom::document;
use cloakroom::document::Bounds;
use cloakroom::document::Charset;
use cloakroom::document::CompiledRule;
use cloakroom::document::FormPiece;
use cloakroom::document::Format;
use cloakroom::document::KeyMatch;
use cloakroom::document::OnContainer;
use cloakroom::document::Options;
use cloakroom::document::Parts;
use cloakroom::document::Program;
use cloakroom::document::ReadContext;
use cloakroom::document::Readings;
use cloakroom::document::Records;
use cloakroom::document::Selector;
use cloakroom::document::Splice;
use cloakroom::document::Unmappable;
use cloakroom::document::html;
use cloakroom::document::html::Language;
use cloakroom::document::html::Scanner;
use cloakroom::document::html::Scripts;

const TOKEN: &str = "ck1em8jc6thja36bdbfsqf67f7k8e";
const NOTE: &str = "Met at the fair, wants to be called back in spring; likes short answers.";
/// Bytes of a body.
const BYTES: usize = 256 << 10;
/// Bytes that come at once, where a format is read as a stream.
const PIECE: usize = 16 << 10;
const ROUNDS: usize = 200;

/// A row of the table.
struct Work {
    name: &'static str,
    /// How many bytes a copy of it would have.
    bytes: usize,
    run: Box<dyn Fn() -> Vec<u8>>,
}

/// Records until a body is long enough.
fn records(front: &str, back: &str, record: impl Fn(usize) -> String) -> Vec<u8> {
    let mut out = String::from(front);
    for n in 0.. {
        out.push_str(&record(n));
        if out.len() >= BYTES {
            break;
        }
    }
    (out + back).into_bytes()
}

fn json(n: usize) -> String {
    format!("{{\"id\":{n},\"email\":\"person{n}@example.com\",\"note\":\"{NOTE}\"}}")
}

fn boundary() -> document::Boundary {
    document::Boundary::new("b").expect("a boundary")
}

/// The formats that have fields, and a body of each.
fn bodies() -> Vec<(&'static str, Format, Vec<u8>)> {
    let xml = |n| {
        format!(
            "<person id=\"{n}\"><email>person{n}@example.com</email><note>{NOTE}</note></person>\n"
        )
    };
    let part = |n| {
        let head = "Content-Disposition: form-data; name=";
        format!(
            "--b\r\n{head}\"email\"\r\n\r\nperson{n}@example.com\r\n--b\r\n{head}\"note\"\r\n\r\n{NOTE}\r\n"
        )
    };
    let pair = |n| format!("email=person{n}%40example.com&note=wants+to+be+called+back+in+spring&");
    let json_array = |n| if n == 0 { json(n) } else { format!(",\n{}", json(n)) };
    vec![
        ("json", Format::Json, records("[", "]", json_array)),
        ("form", Format::Form, records("", "end=1", pair)),
        ("multipart", Format::Multipart(boundary()), records("", "--b--\r\n", part)),
        ("xml", Format::Xml, records("<people>", "</people>", xml)),
        (
            "csv",
            Format::Csv(document::Dialect::default()),
            records("id,email,note\n", "", |n| format!("{n},person{n}@example.com,\"{NOTE}\"\n")),
        ),
        ("ndjson", Format::Ndjson, records("", "", |n| json(n) + "\n")),
        ("json-seq", Format::JsonSeq, records("", "", |n| format!("\u{1e}{}\n", json(n)))),
        ("events", Format::EventStream, records("", "", |n| format!("data: {}\n\n", json(n)))),
    ]
}

fn email() -> Program {
    let selector = Selector::parse("$..email").expect("a selector");
    let want = CompiledRule { selector, on_container: OnContainer::Leaves };
    Program::compile(vec![want], KeyMatch::Exact).expect("a program")
}

fn bounds() -> Bounds {
    Bounds { fields: usize::MAX, nodes: usize::MAX, ..Bounds::default() }
}

/// A body with a token in the place of each hit.
fn tokenized(format: Format, body: &[u8], program: &Program) -> Vec<u8> {
    let fields = document::select(format, body, program, &bounds()).expect("well-formed");
    let mut splice = Splice::new(body, body.len() / 4);
    for field in fields {
        splice.replace(field.span, |out| field.codec.encode(TOKEN, field.kind, out));
    }
    splice.finish()
}

/// The same for a stream of records.
fn streamed(format: Format, body: &[u8], program: &Program) -> Vec<u8> {
    let mut stream = Records::new(format, 1 << 20).expect("a format of records");
    let mut out = Vec::with_capacity(body.len() * 2);
    let (bounds, options) = (bounds(), Options::default());
    let context =
        ReadContext { program, bounds: &bounds, options: &options, readings: Readings::Standard };
    for piece in body.chunks(PIECE) {
        stream.feed(piece);
        while let Some(record) = stream.next_record().expect("short records") {
            let fields = stream.select(&record, context).expect("well-formed");
            let mut splice = Splice::new(&record, 64);
            for field in fields {
                splice.replace(field.span, |out| field.codec.encode(TOKEN, field.kind, out));
            }
            out.extend(splice.finish());
        }
    }
    out
}

/// A form with a file that passes, part by part.
fn uploaded(body: &[u8], program: &Program) -> Vec<u8> {
    let mut parts = Parts::new(boundary(), Options::default(), 1 << 20);
    let mut out = Vec::with_capacity(body.len());
    for piece in body.chunks(PIECE) {
        parts.feed(piece);
        while let Some(piece) = parts.next_piece(program).expect("well-formed") {
            match piece {
                FormPiece::Through(bytes) | FormPiece::Part(bytes) => out.extend(bytes),
            }
        }
    }
    out
}

/// A page with a table of people; each has two tokens, or two words as long.
fn table(person: &str) -> Vec<u8> {
    records("<!doctype html><title>People</title><script>let a='b<c';</script>", "", |n| {
        let mut out = String::new();
        write!(
            out,
            "\n<tr class=\"row\"><td><a href=\"/people/{n}?tab=main\">{person}</a></td>\
             <td><input type='text' name=email value='{person}'></td><!-- row {n} --><td>{NOTE}</td></tr>"
        )
        .expect("writing to a string");
        out
    })
}

/// A page or plain text with a value in the place of each token.
fn revealed(page: &[u8], language: Language) -> Vec<u8> {
    let recognise = |text: &str| (text.len() == TOKEN.len()).then_some(());
    let options = html::Options { charset: html::Charset::Utf8, urls: Charset::UTF8, language };
    let mut scanner = Scanner::new(options, "a.example");
    let mut out = Vec::with_capacity(page.len() * 2);
    let value = "Zo\u{eb} O'Hara <zoe@example.com>";
    for piece in page.chunks(PIECE) {
        out.extend(scanner.feed(piece, recognise).reveal(|_| Some(value), |_, _| {}));
    }
    out.extend(scanner.finish(recognise).reveal(|_| Some(value), |_, _| {}));
    out
}

/// A body in another character set: read, its fields found, and tokens written.
fn transcoded(charset: Charset, body: &[u8], program: &Program) -> Vec<u8> {
    let read = charset.decode(body).expect("its own bytes");
    let text = read.text().as_bytes();
    let fields = document::select(Format::Json, text, program, &bounds()).expect("well-formed");
    let mut rewrite = read.rewrite(body.len() / 4);
    for field in fields {
        let write = |out: &mut Vec<u8>| field.codec.encode(TOKEN, field.kind, out);
        rewrite.replace(field.span, Unmappable::Refuse, write).expect("ASCII");
    }
    rewrite.finish()
}

fn work(name: &'static str, bytes: usize, run: impl Fn() -> Vec<u8> + 'static) -> Work {
    Work { name, bytes, run: Box::new(run) }
}

fn all() -> Vec<Work> {
    let mut all = Vec::new();
    for (name, format, body) in bodies() {
        let stream = match name {
            "ndjson" => Some("ndjson-stream"),
            "csv" => Some("csv-stream"),
            "events" => Some("events-stream"),
            _ => None,
        };
        if let Some(name) = stream {
            let (body, program) = (body.clone(), email());
            all.push(work(name, body.len(), move || streamed(format, &body, &program)));
        }
        let program = email();
        all.push(work(name, body.len(), move || tokenized(format, &body, &program)));
    }
    let head = "Content-Disposition: form-data; name=\"f\"; filename=\"x\"";
    let file = [format!("--b\r\n{head}\r\n\r\n").as_bytes(), &noise(), b"\r\n--b--\r\n"].concat();
    let program = email();
    all.push(work("multipart-file", file.len(), move || uploaded(&file, &program)));
    let page = Language::Html(Scripts::Keep);
    for (name, person, language) in [
        ("page", TOKEN, page),
        ("page-without-tokens", "xx1em8jc6thja36bdbfsqf67f7x8e", page),
        ("text", TOKEN, Language::Plain),
        ("text-without-tokens", "xx1em8jc6thja36bdbfsqf67f7x8e", Language::Plain),
    ] {
        let body = table(person);
        all.push(work(name, body.len(), move || revealed(&body, language)));
    }
    codings(&mut all);
    charsets(&mut all);
    all
}

/// Every coding on and off a body of JSON.
fn codings(all: &mut Vec<Work>) {
    let names = [
        ("gzip-off", "gzip-on"),
        ("deflate-off", "deflate-on"),
        ("br-off", "br-on"),
        ("zstd-off", "zstd-on"),
    ];
    for (coding, (off, on)) in Coding::ALL.into_iter().zip(names) {
        let chain = Chain::new(&[coding]).expect("a chain of one");
        let plain = records("[", "]", |n| if n == 0 { json(n) } else { format!(",\n{}", json(n)) });
        let coded = coding::encode(&chain, &plain).expect("memory");
        let (bytes, budget, same) = (plain.len(), Budget::new(1 << 30), chain.clone());
        all.push(work(off, bytes, move || coding::decode(&same, &coded, &budget).expect("ours")));
        all.push(work(on, bytes, move || coding::encode(&chain, &plain).expect("memory")));
    }
}

/// JSON in other character sets than UTF-8, with a letter outside ASCII in every record.
fn charsets(all: &mut Vec<Work>) {
    let body = |letter: &str| {
        let record = |n| json(n).replace("Met", letter);
        String::from_utf8(records("[", "]", |n| {
            if n == 0 { record(n) } else { format!(",\n{}", record(n)) }
        }))
    };
    for (name, label, letter, raw) in [
        ("windows-1252", "windows-1252", "\u{e9}", &b"\xe9"[..]),
        ("shift_jis", "shift_jis", "\u{8868}", b"\x95\x5c"),
        ("utf-16", "utf-16le", "\u{e9}", b""),
    ] {
        let text = body(letter).expect("UTF-8");
        let bytes: Vec<u8> = if raw.is_empty() {
            text.encode_utf16().flat_map(u16::to_le_bytes).collect()
        } else {
            text.split(letter).map(str::as_bytes).collect::<Vec<_>>().join(raw)
        };
        let charset = Charset::settle(Some(label.as_bytes()), &bytes).expect("a label");
        let program = email();
        all.push(work(name, bytes.len(), move || transcoded(charset, &bytes, &program)));
    }
}

/// Bytes that look like a picture.
fn noise() -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    (0..BYTES / 8).flat_map(|_| next()).collect()
}

/// What callgrind counts (`--toggle-collect`): kept whole, and by its name.
#[inline(never)]
fn measured(work: &Work) -> Vec<u8> {
    (work.run)()
}

fn time(run: impl FnOnce() -> Vec<u8>) -> Duration {
    let start = Instant::now();
    black_box(run());
    start.elapsed()
}

fn main() {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let once = arguments.iter().any(|word| word == "--once");
    let chosen = |work: &Work| {
        let mut names = arguments.iter().filter(|word| !word.starts_with("--")).peekable();
        names.peek().is_none() || names.any(|name| name == work.name)
    };
    let works: Vec<Work> = all().into_iter().filter(chosen).collect();
    if once {
        for work in &works {
            println!("{}: {} bytes in, {} out", work.name, work.bytes, measured(work).len());
        }
        return;
    }

    let mut best = vec![(Duration::MAX, Duration::MAX); works.len()];
    for _ in 0..ROUNDS {
        for (work, (own, copy)) in works.iter().zip(&mut best) {
            let plain = vec![b'x'; work.bytes];
            *own = time(|| measured(work)).min(*own);
            *copy = time(|| black_box(&plain).clone()).min(*copy);
        }
    }
    println!("| work | bytes | µs | copy µs | x copy | MB/s |\n|---|---|---|---|---|---|");
    for (work, (own, copy)) in works.iter().zip(best) {
        let micros = |time: Duration| time.as_secs_f64() * 1e6;
        let bytes = f64::from(u32::try_from(work.bytes).expect("a short body"));
        println!(
            "| {} | {} | {:.0} | {:.1} | {:.0} | {:.0} |",
            work.name,
            work.bytes,
            micros(own),
            micros(copy),
            own.as_secs_f64() / copy.as_secs_f64(),
            bytes / micros(own)
        );
    }
}
