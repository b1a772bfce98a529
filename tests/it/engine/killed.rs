//! Killed in the middle of a load: what the application has can be resolved, the journal is whole,
//! and the next start needs no hand.

use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;

use serde_json::Value;

use crate::harness::application::Application;
use crate::harness::caller::Caller;
use crate::harness::gateway::Site;
use crate::harness::gateway::Store;
use crate::harness::gateway::until;
use crate::harness::redis::Kind;
use crate::harness::redis::Redis;
use crate::harness::users::User;

/// Callers that post at the same time.
const CALLERS: usize = 6;

/// Posts new users as fast as they are taken, until told to stop; failures are what is tested.
fn post_until(over: &AtomicBool, next: &AtomicUsize, taken: &AtomicUsize, site: &Load<'_>) {
    while !over.load(Ordering::SeqCst) {
        let user = User::new(next.fetch_add(1, Ordering::SeqCst));
        let mut caller = Caller::anonymous(site.address).with_key(site.support);
        let posted = caller.try_ask("POST", "/api/users", user.body().as_bytes());
        if posted.is_ok_and(|answer| answer.status == 201) {
            taken.fetch_add(1, Ordering::SeqCst);
        }
    }
}

struct Load<'a> {
    address: std::net::SocketAddr,
    support: &'a str,
}

/// Runs the load around an accident that happens when some posts went through.
fn under_load(load: &Load<'_>, next: &AtomicUsize, accident: impl FnOnce(&AtomicUsize)) {
    let (over, taken) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(|| post_until(&over, next, &taken, load));
        }
        until("a load", || (taken.load(Ordering::SeqCst) > 40).then_some(()));
        accident(&taken);
        over.store(true, Ordering::SeqCst);
    });
}

/// Every record that the application holds can be read in clear, whether its post was answered or not.
fn all_can_be_resolved(application: &Application, address: std::net::SocketAddr, support: &str) {
    let mut desk = Caller::anonymous(address).with_key(support);
    let records = application.records();
    assert!(records.len() > 40);
    for record in records {
        let id = serde_json::from_str::<Value>(&record).unwrap()["id"].clone();
        let id = id.as_str().unwrap();
        let user = User::new(id[1..].parse().unwrap());
        let shown = desk.get(&format!("/api/users/{id}"));
        assert_eq!((shown.status, shown.text()), (200, user.body()));
    }
}

fn survives_the_death_of_the_gateway(store: Store) {
    let application = Application::start();
    let site = Site::new(store, &application);
    let support = site.key("helpdesk", &["support"]);
    let next = AtomicUsize::new(0);
    for _ in 0..3 {
        let mut gateway = site.serve();
        let load = Load { address: gateway.address, support: &support };
        under_load(&load, &next, |_| gateway.kill());
        site.run(&["audit", "verify"]).succeeds();
    }
    let gateway = site.serve();
    all_can_be_resolved(&application, gateway.address, &support);
    site.run(&["audit", "verify"]).succeeds();
}

#[test]
fn a_killed_gateway_leaves_no_token_without_its_original() {
    survives_the_death_of_the_gateway(Store::Embedded);
}

#[test]
fn a_killed_gateway_on_redis_leaves_no_token_without_its_original() {
    survives_the_death_of_the_gateway(Store::Redis(Redis::start(Kind::Plain)));
}

#[test]
fn a_killed_redis_leaves_no_token_without_its_original() {
    let application = Application::start();
    let mut site = Site::new(Store::Redis(Redis::start(Kind::Plain)), &application);
    let support = site.key("helpdesk", &["support"]);
    let gateway = site.serve();
    let next = AtomicUsize::new(0);
    for _ in 0..3 {
        let load = Load { address: gateway.address, support: &support };
        let Store::Redis(redis) = &mut site.store else { panic!("redis") };
        under_load(&load, &next, |taken| {
            redis.kill();
            redis.start_again();
            let before = taken.load(Ordering::SeqCst);
            until("the load goes on", || {
                (taken.load(Ordering::SeqCst) > before + 20).then_some(())
            });
        });
    }
    all_can_be_resolved(&application, gateway.address, &support);
    site.run(&["audit", "verify"]).succeeds();
}
