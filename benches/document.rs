//! Selecting in JSON bodies: the scanner alone, then automata of 1, 10 and 100 rules, beside what
//! `serde_json` needs to parse the same body into a `Value` in the same run. Read the ratios.
//!
//! Then pages: finding tokens and writing values for their place, beside a plain copy of the same
//! bytes in the same run.
//!
//! The bodies are made here: records of people who do not exist, about 450 bytes each in JSON, and
//! about 290 in a page.

#![expect(clippy::expect_used, reason = "a benchmark that cannot start has to stop")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Duration;

use criterion::BenchmarkId;
use criterion::Criterion;
use criterion::Throughput;
use criterion::criterion_group;
use criterion::criterion_main;

use cloakroom::document;
use cloakroom::document::Bounds;
use cloakroom::document::CompiledRule;
use cloakroom::document::Format;
use cloakroom::document::KeyMatch;
use cloakroom::document::OnContainer;
use cloakroom::document::Program;
use cloakroom::document::Selector;
use cloakroom::document::Splice;
use cloakroom::document::html::Charset;
use cloakroom::document::html::Language;
use cloakroom::document::html::Options;
use cloakroom::document::html::Scanner;
use cloakroom::document::html::Scripts;

const SIZES: [(&str, usize); 3] = [("1KiB", 1 << 10), ("100KiB", 100 << 10), ("10MiB", 10 << 20)];

/// An array of records, at least this long.
fn body(bytes: usize) -> String {
    let mut out = String::from("[");
    for n in 0.. {
        let comma = if n == 0 { "" } else { "," };
        write!(
            out,
            "{comma}\n  {{\"id\": {n}, \"email\": \"person{n}@example.com\", \"name\": \"Person \\u00e9 {n}\", \
             \"active\": {}, \"balance\": {}.25, \"phones\": [\"+49 30 {n}\", \"+49 40 {n}\"], \
             \"address\": {{\"street\": \"Long Street {n}\", \"city\": \"Example City\", \"zip\": \"{n:05}\"}}, \
             \"tags\": [\"customer\", \"newsletter\", \"premium\"], \"note\": \"Met at the fair, wants to be called \
             back in spring; likes short answers and long walks, and has no further questions at this time.\", \
             \"created\": \"2024-05-17T08:30:00Z\", \"parent\": null}}",
            n % 2 == 0,
            n * 7,
        )
        .expect("writing to a string");
        if out.len() >= bytes {
            break;
        }
    }
    out + "\n]"
}

/// A number of rules: three that match, then others; every fifth of those is a descendant one.
fn program(rules: usize) -> Program {
    let matching = ["$[*].email", "$[*].phones[*]", "$..street"].map(str::to_owned);
    let others = (0..).map(|n| match n % 5 {
        0 => format!("$..field{n}"),
        _ => format!("$[*].group{}.field{n}", n % 7),
    });
    let sources = matching.into_iter().chain(others).take(rules);
    let wants = sources.map(|source| CompiledRule {
        selector: Selector::parse(&source).expect("a query"),
        on_container: OnContainer::Leaves,
    });
    Program::compile(wants.collect(), KeyMatch::Exact).expect("a program")
}

fn json(criterion: &mut Criterion) {
    let bounds = Bounds { fields: usize::MAX, nodes: usize::MAX, ..Bounds::default() };
    for (size, bytes) in SIZES {
        let body = body(bytes);
        let mut group = criterion.benchmark_group(format!("json/{size}"));
        group.throughput(Throughput::Bytes(u64::try_from(body.len()).expect("a length")));
        group.bench_function("serde_json_value", |bench| {
            bench.iter(|| {
                serde_json::from_str::<serde_json::Value>(black_box(&body)).expect("JSON")
            });
        });
        for rules in [0, 1, 10, 100] {
            let program = program(rules);
            group.bench_function(BenchmarkId::new("select", rules), |bench| {
                bench.iter(|| {
                    document::select(Format::Json, black_box(body.as_bytes()), &program, &bounds)
                });
            });
        }
        let program = program(100);
        group.bench_function("select_and_splice/100", |bench| {
            bench.iter(|| replaced(black_box(body.as_bytes()), &program, &bounds));
        });
        group.finish();
    }
}

/// Finds all fields and writes a token of the usual length into each.
fn replaced(body: &[u8], program: &Program, bounds: &Bounds) -> Vec<u8> {
    let fields = document::select(Format::Json, body, program, bounds).expect("fields");
    let mut splice = Splice::new(body, fields.len() * 16);
    for field in &fields {
        splice.replace(field.span, |out| {
            out.extend_from_slice(b"\"ck1em8jc6xxxxxxxxxxxxxxxxxxxx\"");
        });
    }
    splice.finish()
}

fn filters(criterion: &mut Criterion) {
    let body = body(100 << 10);
    let bounds = Bounds::default();
    let mut group = criterion.benchmark_group("filters/100KiB");
    group.throughput(Throughput::Bytes(u64::try_from(body.len()).expect("a length")));
    for (name, source) in [
        ("equal", "$[?@.active==true].email"),
        ("exists", "$..[?@.zip].street"),
        ("match", "$[?match(@.email,'person1.*')].email"),
    ] {
        let selector = Selector::parse(source).expect("a query");
        let want = CompiledRule { selector, on_container: OnContainer::Leaves };
        let program = Program::compile(vec![want], KeyMatch::Exact).expect("a program");
        group.bench_function(name, |bench| {
            bench.iter(|| {
                document::select(Format::Json, black_box(body.as_bytes()), &program, &bounds)
            });
        });
    }
    group.finish();
}

fn worst_cases(criterion: &mut Criterion) {
    let program = program(100);
    let bounds = Bounds { fields: usize::MAX, nodes: usize::MAX, ..Bounds::default() };
    let mebibyte = |unit: &str| format!("[{}0]", unit.repeat((1 << 20) / unit.len()));
    let keys = (0..100_000).fold(String::new(), |mut all, n| {
        write!(all, "\"{n:x}\":0,").expect("writing to a string");
        all
    });
    let mut group = criterion.benchmark_group("worst/1MiB");
    for (name, body) in [
        ("numbers", mebibyte("1,")),
        ("nested", mebibyte(&format!("{}1{},", "[".repeat(100), "]".repeat(100)))),
        ("objects", mebibyte("{\"\":0},")),
        ("escaped", mebibyte("{\"\\u0065mail\":\"\\n\\n\\n\\n\"},")),
        ("keys", format!("{{{keys}\"\":0}}")),
    ] {
        group.throughput(Throughput::Bytes(u64::try_from(body.len()).expect("a length")));
        group.bench_function(name, |bench| {
            bench.iter(|| {
                document::select(Format::Json, black_box(body.as_bytes()), &program, &bounds)
            });
        });
    }
    group.finish();
}

fn compiling(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("compile");
    for rules in [1, 100, 1000] {
        group.bench_function(BenchmarkId::from_parameter(rules), |bench| {
            bench.iter(|| program(black_box(rules)));
        });
    }
    group.finish();
}

/// A page with a table of people, at least this long. Each has two tokens, or two words as long.
fn table(bytes: usize, person: &str) -> String {
    let mut out = String::from("<!doctype html><title>People</title><script>let a='b<c';</script>");
    for n in 0.. {
        write!(
            out,
            "\n<tr class=\"row\"><td><a href=\"/people/{n}?tab=main\">{person}</a></td>\
             <td><input type='text' name=email value='{person}'></td><!-- row {n} -->\
             <td>Met at the fair, wants to be called back in spring; likes short answers &amp; long \
             walks, and asked for the book.</td></tr>"
        )
        .expect("writing to a string");
        if out.len() >= bytes {
            break;
        }
    }
    out
}

/// Bytes that come at once.
const CHUNK: usize = 16 << 10;

/// The page with a value in the place of each token.
fn revealed(page: &[u8], language: Language) -> Vec<u8> {
    let recognise = |text: &str| (text.len() == 29).then_some(());
    let mut scanner = Scanner::new(
        Options { charset: Charset::Utf8, urls: document::Charset::UTF8, language },
        "a.example",
    );
    let mut out = Vec::with_capacity(page.len());
    for chunk in page.chunks(CHUNK) {
        let batch = scanner.feed(chunk, recognise);
        out.extend(batch.reveal(|_| Some("Zo\u{eb} O'Hara <zoe@example.com>"), |_, _| {}));
    }
    let batch = scanner.finish(recognise);
    out.extend(batch.reveal(|_| Some("Zo\u{eb} O'Hara <zoe@example.com>"), |_, _| {}));
    out
}

/// The page as `lol_html` copies it when it looks at every element.
fn elements(page: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(page.len());
    let settings = lol_html::Settings::new()
        .append_element_content_handler(lol_html::element!("*", |_| Ok(())));
    let mut rewriter =
        lol_html::HtmlRewriter::new(settings, |bytes: &[u8]| out.extend_from_slice(bytes));
    for chunk in page.chunks(CHUNK) {
        rewriter.write(chunk).expect("a page");
    }
    rewriter.end().expect("a page");
    out
}

fn page(criterion: &mut Criterion) {
    let html = Language::Html(Scripts::Keep);
    for (size, bytes) in SIZES {
        let calm = table(bytes, "xx1em8jc6thja36bdbfsqf67f7x8e");
        let full = table(bytes, "ck1em8jc6thja36bdbfsqf67f7k8e");
        let mut group = criterion.benchmark_group(format!("page/{size}"));
        group.throughput(Throughput::Bytes(u64::try_from(full.len()).expect("a length")));
        group.bench_function("copy", |bench| {
            bench.iter(|| black_box(full.as_bytes()).to_vec());
        });
        // What finding the elements alone costs a parser that others wrote.
        group.bench_function("lol_html_elements", |bench| {
            bench.iter(|| elements(black_box(calm.as_bytes())));
        });
        for (name, body, language) in [
            ("html_without_tokens", &calm, html),
            ("html", &full, html),
            ("plain_without_tokens", &calm, Language::Plain),
            ("plain", &full, Language::Plain),
        ] {
            group.bench_function(name, |bench| {
                bench.iter(|| revealed(black_box(body.as_bytes()), language));
            });
        }
        group.finish();
    }
}

fn short() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .sample_size(20)
}

criterion_group! {
    name = all;
    config = short();
    targets = json, filters, worst_cases, compiling, page
}
criterion_main!(all);
