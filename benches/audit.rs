//! The journal: hashing a line, and durable events per second with 1, 16 and 128 waiting for them.

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
use cloakroom::crypto::merkle::leaf_hash;
use criterion::BenchmarkId;
use criterion::Criterion;
use criterion::Throughput;
use criterion::criterion_group;
use criterion::criterion_main;
use futures_util::future::join_all;

fn event(class: &DataClass) -> Event {
    let exchange = Exchange {
        request_id: RequestId::new(),
        principal: Principal::anonymous(),
        source: IpAddr::V4(Ipv4Addr::LOCALHOST),
        method: Verb::of("GET"),
        route: RouteId::new("orders"),
        tenant: Some(TenantId::default_tenant()),
        upstream: None,
        purpose: None,
        alias: None,
    };
    let references = vec![Reference([1; 16]), Reference([2; 16])];
    Event::reveal_intent(&exchange, vec![Item::new(class.clone(), Mode::Reveal, 2, references)])
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

criterion_group!(benches, leaf, append);
criterion_main!(benches);
