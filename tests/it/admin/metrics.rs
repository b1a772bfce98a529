//! `/metrics`: the table, and that it counts what happens.

use std::collections::BTreeSet;

use cloakroom::telemetry::metrics::TABLE;

use crate::harness::application::Application;
use crate::harness::gateway::Gateway;
use crate::harness::gateway::Site;
use crate::harness::gateway::Store;
use crate::harness::gateway::until;

fn page(gateway: &Gateway) -> String {
    gateway.page("/metrics").text()
}

/// The value of the sample with this name and these labels.
fn sample(page: &str, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
    let line = page.lines().find(|line| {
        let this = line.split(['{', ' ']).next() == Some(name);
        this && labels.iter().all(|(key, value)| line.contains(&format!("{key}=\"{value}\"")))
    })?;
    line.rsplit(' ').next().unwrap().parse().ok()
}

#[test]
fn the_page_is_the_table() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let gateway = site.serve();
    assert_eq!(gateway.anonymous().get("/api/users").status, 200);
    let answer = gateway.page("/metrics");
    let kind = answer.field("content-type").unwrap();
    assert!(kind.starts_with("application/openmetrics-text; version=1.0.0"), "{kind}");
    let text = answer.text();
    assert!(text.ends_with("# EOF\n"));
    let told: BTreeSet<&str> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    let table: BTreeSet<&str> = TABLE.iter().map(|metric| metric.name).collect();
    // A family whose labels have not occurred yet is not told.
    let unknown: Vec<_> = told.difference(&table).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    for name in
        ["cloakroom_requests", "cloakroom_connections_open", "cloakroom_panics", "cloakroom_build"]
    {
        assert!(told.contains(name), "{name}: {told:?}");
    }
}

/// A metric's name, its labels, its value.
type Sample<'a> = (&'a str, &'a [(&'a str, &'a str)], f64);

#[test]
fn counts_what_happens() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let support = site.key("helpdesk", &["support"]);
    let clerk = site.key("clerk", &["clerks"]);
    let gateway = site.serve();
    let body = r#"{"id":"m","name":"Ada","phones":["+49 1","+49 2"],"card":4111111111111111}"#;
    assert_eq!(gateway.anonymous().post("/api/users", body).status, 201);
    assert_eq!(gateway.caller(&support).get("/api/users/m").text(), body);
    assert_eq!(gateway.caller(&clerk).get("/api/users/m").status, 200);
    assert_eq!(gateway.anonymous().post("/api/users", "{").status, 400);
    assert_eq!(gateway.caller("ckk_x").get("/api/users").status, 401);
    application.plant("bad", "{");
    assert_eq!(gateway.caller(&support).get("/api/users/bad").text(), "{");

    let class = |name| [("class", name)];
    let expected: &[Sample<'_>] = &[
        ("cloakroom_fields_tokenized_total", &class("phone"), 2.0),
        ("cloakroom_fields_tokenized_total", &class("name"), 1.0),
        ("cloakroom_fields_revealed_total", &class("phone"), 2.0),
        ("cloakroom_fields_revealed_total", &class("card"), 1.0),
        ("cloakroom_fields_masked_total", &class("phone"), 2.0),
        ("cloakroom_fields_withheld_total", &class("card"), 2.0),
        ("cloakroom_refusals_total", &[("reason", "document-refused")], 1.0),
        ("cloakroom_refusals_total", &[("reason", "credential-refused")], 1.0),
        ("cloakroom_unrevealed_total", &[("reason", "unexpected_end")], 1.0),
        ("cloakroom_requests_total", &[("route", "users"), ("status", "2xx")], 4.0),
        ("cloakroom_requests_total", &[("route", "users"), ("status", "4xx")], 2.0),
        ("cloakroom_request_duration_seconds_count", &[("route", "users")], 6.0),
        ("cloakroom_vault_duration_seconds_count", &[("operation", "put")], 1.0),
        ("cloakroom_vault_duration_seconds_count", &[("operation", "fetch")], 2.0),
        ("cloakroom_audit_duration_seconds_count", &[], 2.0),
        ("cloakroom_panics_total", &[], 0.0),
        ("cloakroom_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1.0),
    ];
    for (name, labels, value) in expected {
        // Requests are counted when their answer has ended, which the client may see before.
        until(&format!("{name} {labels:?} {value}\n{}", page(&gateway)), || {
            (sample(&page(&gateway), name, labels) == Some(*value)).then_some(())
        });
    }
    let page = page(&gateway);
    let opened =
        sample(&page, "cloakroom_connections_total", &[("side", "client"), ("outcome", "opened")]);
    assert!(opened.unwrap() >= 6.0, "{page}");
    let decisions: f64 = page
        .lines()
        .filter(|line| line.starts_with("cloakroom_policy_decisions_total"))
        .map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap())
        .sum();
    assert!(decisions > 0.0, "{page}");
    until("what the journal holds is counted", || {
        let counted = sample(&self::page(&gateway), "cloakroom_audit_events_total", &[]);
        (counted == Some(f64::from(u32::try_from(site.journal().len()).unwrap()))).then_some(())
    });
    assert!(
        page.lines().any(|line| line.starts_with("cloakroom_generation{") && line.ends_with(" 1"))
    );
}
