use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::*;

/// Metrics in which everything has been counted once.
fn counted() -> Metrics {
    let metrics = Metrics::new();
    let route = metrics.route(&RouteId::new("users").unwrap());
    route.answered(200, Duration::from_millis(3));
    route.answered(999, Duration::ZERO);
    route.refused("request", "unmatched");
    let class = metrics.class(&DataClass::new("email").unwrap());
    class.tokenized.inc_by(5);
    metrics.unrevealed("too_large");
    metrics.trailers_dropped("request");
    let leg = metrics.leg(&RouteId::new("users").unwrap(), "request", &["u.yaml:3:5".into()]);
    leg.messages.inc_by(2);
    leg.unmatched.inc();
    leg.kept("partial");
    leg.rule(0).unwrap().hits.inc();
    leg.rule(0).unwrap().values.inc_by(7);
    assert!(leg.rule(1).is_none());
    metrics.refused("token-expired");
    metrics.vault_put.observe(Duration::from_micros(250));
    metrics.vault_failed("timeout");
    metrics.audit_events.inc();
    metrics.audit.observe(Duration::from_millis(1));
    metrics.audit_failed("disk-full");
    metrics.decided(true);
    metrics.decided(false);
    metrics.clients.open.inc();
    metrics.clients.opened.inc();
    metrics.reloaded(Reload::Rules, Duration::from_secs(1_795_378_530));
    metrics.reload_refused(Reload::Certificates);
    metrics.generation(&[1; 32], &[2; 32]);
    metrics.bound("buffered_bytes", 512).inc();
    metrics
}

#[test]
fn the_table_is_what_is_encoded() {
    let text = counted().encode().unwrap();
    let described: Vec<_> =
        text.lines().filter_map(|line| line.strip_prefix("# HELP ")?.split(' ').next()).collect();
    let names: Vec<_> = TABLE.iter().map(|row| row.name).collect();
    assert_eq!(described, names);

    let mut labels = BTreeMap::<&str, BTreeSet<&str>>::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let family = TABLE.iter().map(|row| row.name).filter(|name| line.starts_with(name));
        let family = family.max_by_key(|name| name.len()).unwrap();
        let inside = line.split_once('{').map_or("", |(_, rest)| rest.split('}').next().unwrap());
        let found = inside.split("\",").filter_map(|pair| Some(pair.split_once('=')?.0));
        labels.entry(family).or_default().extend(found.filter(|name| *name != "le"));
    }
    for row in TABLE {
        let wanted: BTreeSet<_> = row.labels.iter().copied().collect();
        assert_eq!(labels.get(row.name), Some(&wanted), "{}\n{text}", row.name);
    }
}

#[test]
fn counts_reach_their_samples() {
    let text = counted().encode().unwrap();
    for sample in [
        "cloakroom_requests_total{route=\"users\",status=\"2xx\"} 1",
        "cloakroom_requests_total{route=\"users\",status=\"other\"} 1",
        "cloakroom_fields_tokenized_total{class=\"email\"} 5",
        "cloakroom_unmatched_total{route=\"users\",leg=\"request\"} 1",
        "cloakroom_messages_refused_total{route=\"users\",leg=\"request\",reason=\"unmatched\"} 1",
        "cloakroom_messages_kept_total{route=\"users\",leg=\"request\",reason=\"partial\"} 1",
        "cloakroom_rule_values_total{route=\"users\",leg=\"request\",rule=\"u.yaml:3:5\"} 7",
        "cloakroom_refusals_total{reason=\"token-expired\"} 1",
        "cloakroom_policy_decisions_total{answer=\"remembered\"} 1",
        "cloakroom_connections_open{side=\"client\"} 1",
        "cloakroom_bound_used{bound=\"buffered_bytes\"} 1",
        "cloakroom_bound_limit{bound=\"buffered_bytes\"} 512",
        "cloakroom_reloads_total{what=\"certificates\",outcome=\"refused\"} 1",
        "cloakroom_vault_duration_seconds_count{operation=\"put\"} 1",
    ] {
        assert!(text.lines().any(|line| line == sample), "{sample}\n{text}");
    }
    assert!(text.ends_with("# EOF\n"));
}

#[test]
fn only_the_generation_in_use_is_told() {
    let metrics = counted();
    metrics.generation(&[3; 32], &[4; 32]);
    let text = metrics.encode().unwrap();
    let samples: Vec<_> =
        text.lines().filter(|line| line.starts_with("cloakroom_generation{")).collect();
    assert_eq!(samples.len(), 1);
    assert!(samples[0].contains(&"03".repeat(32)) && samples[0].contains(&"04".repeat(32)));
}

#[test]
fn names_say_what_they_are_and_end_in_their_unit() {
    for row in TABLE {
        assert!(row.name.starts_with("cloakroom_"), "{}", row.name);
        assert!(row.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{}", row.name);
        assert_eq!(row.name.contains("duration"), row.name.ends_with("duration_seconds"));
    }
}
