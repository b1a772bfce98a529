//! What a field costs before storage: derive, recognise, find, seal, open.

#![expect(clippy::expect_used, reason = "a benchmark that cannot start may stop")]

use std::hint::black_box;

use cloakroom::base::Kind;
use cloakroom::base::TenantId;
use cloakroom::crypto::Keyring;
use cloakroom::token::Tokenizer;
use cloakroom::token::builtin;
use criterion::BenchmarkId;
use criterion::Criterion;
use criterion::Throughput;
use criterion::criterion_group;
use criterion::criterion_main;

/// An address, a mixed-case address, an international one, a telephone number, a line of text.
const VALUES: [(&str, &str, &str); 5] = [
    ("email", "lower", "alice.example@mail.example.com"),
    ("email", "mixed", "Alice.Example@Mail.Example.com"),
    ("email", "idn", "jürgen@bücher.example"),
    ("phone", "grouped", "+1 (415) 555-0100"),
    ("address", "line", "221B Baker Street, London NW1 6XE, United Kingdom"),
];

fn tokenizer() -> Tokenizer {
    let mut next = 0;
    let keyring = Keyring::generate(&mut |bytes| {
        next += 1;
        bytes.fill(next);
    });
    Tokenizer::new(&keyring, &TenantId::default_tenant(), "token.example.com")
}

fn fields(criterion: &mut Criterion) {
    let tokenizer = tokenizer();
    let mut group = criterion.benchmark_group("field");
    for (name, form, value) in VALUES {
        let class = builtin(name).expect("a built-in class");
        let id = |job| BenchmarkId::new(job, format!("{name}/{form}"));
        group.bench_function(id("derive"), |bencher| {
            bencher.iter(|| tokenizer.derive(&class, black_box(value), Kind::Text, 0));
        });
        let key = tokenizer.derive(&class, value, Kind::Text, 0).key;
        group.bench_function(id("seal"), |bencher| {
            bencher.iter(|| tokenizer.seal(class.code, &key, black_box(value), Kind::Text));
        });
        let record = tokenizer.seal(class.code, &key, value, Kind::Text);
        group.bench_function(id("open"), |bencher| {
            bencher.iter(|| tokenizer.open_record(class.code, &key, black_box(&record)));
        });
    }
    group.finish();
}

fn recognise(criterion: &mut Criterion) {
    let tokenizer = tokenizer();
    let class = builtin("email").expect("a built-in class");
    let token = tokenizer.derive(&class, "alice@example.com", Kind::Text, 0).token;
    let mut shaped = String::new();
    tokenizer.spell(&class, &token, &mut shaped);
    let forged = format!("{}0000", token.as_str().get(..25).unwrap_or_default());
    let mut group = criterion.benchmark_group("recognise");
    for (name, text) in [
        ("plain", token.as_str()),
        ("shaped", &shaped),
        ("forged", &forged),
        ("value", "alice.example@mail.example.com"),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| tokenizer.recognise(black_box(text)));
        });
    }
    group.bench_function("store key", |bencher| bencher.iter(|| tokenizer.key(black_box(&token))));
    group.finish();
}

fn find(criterion: &mut Criterion) {
    let tokenizer = tokenizer();
    let class = builtin("email").expect("a built-in class");
    let token = tokenizer.derive(&class, "alice@example.com", Kind::Text, 0).token;
    let prose = "The quick brown fox jumps over the lazy dog, back and back again. ".repeat(1000);
    let tokens = format!("<td>{}</td>", token.as_str()).repeat(1000);
    let hostile = "ck ".repeat(20_000);
    let mut group = criterion.benchmark_group("find");
    for (name, text) in [("prose", &prose), ("tokens", &tokens), ("hostile", &hostile)] {
        group.throughput(Throughput::Bytes(u64::try_from(text.len()).unwrap_or(u64::MAX)));
        group.bench_function(name, |bencher| {
            bencher.iter(|| tokenizer.find(black_box(text.as_bytes())));
        });
    }
    group.finish();
}

criterion_group!(benches, fields, recognise, find);
criterion_main!(benches);
