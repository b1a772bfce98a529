//! The journal: hashing a line, durable events per second with 1, 16 and 128 waiting for them, and finding
//! 1,000 looks among a million events.

use std::hint::black_box;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::sync::Arc;

use cloakroom::audit::Event;
use cloakroom::audit::Exchange;
use cloakroom::audit::Item;
use cloakroom::audit::Journal;
use cloakroom::audit::Mode;
use cloakroom::audit::Reference;
use cloakroom::audit::Verb;
use cloakroom::audit::config::Config;
use cloakroom::base::DataClass;
use cloakroom::base::Principal;
use cloakroom::base::RequestId;
use cloakroom::base::RouteId;
use cloakroom::base::Sensitive;
use cloakroom::base::SystemClock;
use cloakroom::base::TenantId;
use cloakroom::base::Timestamp;
use cloakroom::crypto::merkle::leaf_hash;
use criterion::BenchmarkId;
use criterion::Criterion;
use criterion::Throughput;
use criterion::criterion_group;
use criterion::criterion_main;
use futures_util::future::join_all;

fn exchange() -> Exchange {
    Exchange {
        request_id: RequestId::new(),
        principal: Principal::anonymous(),
        source: IpAddr::V4(Ipv4Addr::LOCALHOST),
        method: Verb::of("GET"),
        route: RouteId::new("orders"),
        tenant: Some(TenantId::default_tenant()),
        upstream: None,
        purpose: None,
        alias: None,
    }
}

fn event(class: &DataClass) -> Event {
    let references = vec![Reference([1; 16]), Reference([2; 16])];
    Event::reveal_intent(&exchange(), vec![Item::new(class.clone(), Mode::Reveal, 2, references)])
}

fn leaf(criterion: &mut Criterion) {
    let line = [b'x'; 420];
    let mut group = criterion.benchmark_group("audit");
    group.throughput(Throughput::Elements(1));
    group.bench_function("leaf of 420 bytes", |bencher| {
        bencher.iter(|| leaf_hash(black_box(&line)));
    });
    group.finish();
}

/// Durable appends into a folder beside the build's output: the system's folder for temporary files may
/// be memory.
fn append(criterion: &mut Criterion) {
    let Ok(folder) = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")) else { return };
    let Some(class) = DataClass::new("email") else { return };
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().build() else { return };
    let path = folder.path().to_owned();
    let config = Config { path, origin: "cloakroom/bench/one".to_owned(), segment_events: 100_000 };
    let seed = Sensitive::new([7; 32]);
    let Ok(journal) = Journal::open(&config, &seed, Arc::new(SystemClock)) else { return };
    let mut group = criterion.benchmark_group("audit append");
    for waiters in [1_u64, 16, 128] {
        group.throughput(Throughput::Elements(waiters));
        group.bench_function(BenchmarkId::from_parameter(waiters), |bencher| {
            bencher.iter(|| {
                let waiting = (0..waiters).map(|_| journal.append(event(&class)));
                runtime.block_on(join_all(waiting))
            });
        });
    }
    group.finish();
    journal.close();
}

/// Events of the journal in which looks are searched for.
const EVENTS: u64 = 1_000_000;

/// Every so many events one is about the person who is asked for.
const EVERY: u64 = EVENTS / 1_000;

/// A journal of a million reveals, of which 1,000 name the reference that is asked for, as each of them names two others.
fn looks(criterion: &mut Criterion) {
    let Ok(folder) = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")) else { return };
    let Some(class) = DataClass::new("email") else { return };
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().build() else { return };
    let path = folder.path().to_owned();
    let config = Config { path, origin: "cloakroom/bench/one".to_owned(), segment_events: 100_000 };
    let seed = Sensitive::new([7; 32]);
    let Ok(journal) = Journal::open(&config, &seed, Arc::new(SystemClock)) else { return };
    for first in (0..EVENTS).step_by(4_000) {
        let waiting = (first..first + 4_000).map(|number| journal.append(numbered(&class, number)));
        drop(runtime.block_on(join_all(waiting)));
    }
    journal.close();
    let always = Timestamp(0)..Timestamp(u64::MAX / 4);
    let mut group = criterion.benchmark_group("audit looks");
    group.sample_size(10);
    group.bench_function("first, which makes the index of 1,000,000 events", |bencher| {
        bencher.iter(|| {
            drop(std::fs::remove_dir_all(folder.path().join("index")));
            let Ok(journal) = Journal::open(&config, &seed, Arc::new(SystemClock)) else {
                return 0;
            };
            journal.looks(&[reference(0)], always.clone()).count()
        });
    });
    let Ok(journal) = Journal::open(&config, &seed, Arc::new(SystemClock)) else { return };
    assert_eq!(journal.looks(&[reference(0)], always.clone()).flatten().count(), 1_000);
    group.bench_function("1,000 of 1,000,000, one reference", |bencher| {
        bencher.iter(|| journal.looks(&[reference(0)], always.clone()).count());
    });
    let references: Vec<Reference> = (0..100).map(reference).collect();
    group.bench_function("1,000 of 1,000,000, a hundred references", |bencher| {
        bencher.iter(|| journal.looks(&references, always.clone()).count());
    });
    group.finish();
    journal.close();
}

/// References that are spread as those of tokens are; 0 to 99 are the person's.
fn reference(number: u64) -> Reference {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(leaf_hash(&number.to_be_bytes()).get(..16).unwrap_or(&[0; 16]));
    Reference(bytes)
}

fn numbered(class: &DataClass, number: u64) -> Event {
    let own = if number.is_multiple_of(EVERY) { 0 } else { 1_000 + number };
    let references = vec![reference(own), reference(2_000_000 + number)];
    Event::reveal_intent(&exchange(), vec![Item::new(class.clone(), Mode::Reveal, 2, references)])
}

criterion_group!(benches, leaf, append, looks);
criterion_main!(benches);
