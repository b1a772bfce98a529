//! The one table of names.

/// One metric as it is told to the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// The name of the family. The samples of a counter end in `_total`, those of an info in `_info`.
    pub name: &'static str,
    /// The names of its labels.
    pub labels: &'static [&'static str],
    /// What it counts, as `# HELP` says it.
    pub help: &'static str,
}

const fn metric(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric { name, labels, help }
}

/// Every metric, in the order in which they are encoded.
pub const TABLE: [Metric; 33] = [
    metric("cloakroom_requests", &["route", "status"], "Requests answered, by class of status"),
    metric("cloakroom_request_duration_seconds", &["route"], "First byte in to last byte out"),
    metric("cloakroom_fields_tokenized", &["class"], "Values replaced by tokens"),
    metric("cloakroom_records_created", &["class"], "Values that were new to the vault"),
    metric("cloakroom_fields_revealed", &["class"], "Tokens replaced by originals"),
    metric("cloakroom_fields_masked", &["class"], "Tokens replaced by masks"),
    metric("cloakroom_fields_withheld", &["class"], "Tokens left as they are for want of a permit"),
    metric("cloakroom_records_missing", &["class"], "Tokens of ours without a record in the vault"),
    metric("cloakroom_leaks", &["class"], "Protected values that stood in other places, too"),
    metric("cloakroom_refusals", &["reason"], "Requests and responses refused"),
    metric(
        "cloakroom_unrevealed",
        &["reason"],
        "Responses passed on with their tokens as they are",
    ),
    metric("cloakroom_trailers_dropped", &["leg"], "Messages whose trailer fields did not go on"),
    metric("cloakroom_messages", &["route", "leg"], "Messages of legs that have rules"),
    metric(
        "cloakroom_unmatched",
        &["route", "leg"],
        "Messages of legs with rules in which no rule selected anything",
    ),
    metric(
        "cloakroom_messages_refused",
        &["route", "leg", "reason"],
        "Messages refused, by route, leg and problem",
    ),
    metric(
        "cloakroom_messages_kept",
        &["route", "leg", "reason"],
        "Messages passed on with their tokens, by route and leg",
    ),
    metric(
        "cloakroom_rule_hits",
        &["route", "leg", "rule"],
        "Messages in which a rule selected something",
    ),
    metric("cloakroom_rule_values", &["route", "leg", "rule"], "Values that a rule selected"),
    metric("cloakroom_vault_duration_seconds", &["operation"], "Vault round trips"),
    metric("cloakroom_vault_errors", &["reason"], "Vault round trips that failed"),
    metric("cloakroom_audit_events", &[], "Audit events that are durable"),
    metric("cloakroom_audit_duration_seconds", &[], "Waits until an audit event was durable"),
    metric("cloakroom_audit_errors", &["reason"], "Audit events that could not be written"),
    metric("cloakroom_policy_decisions", &["answer"], "Decisions, remembered or made afresh"),
    metric("cloakroom_connections_open", &["side"], "Connections open now"),
    metric("cloakroom_connections", &["side", "outcome"], "Connections opened or refused"),
    metric(
        "cloakroom_reloads",
        &["what", "outcome"],
        "Files read again, and whether they were taken",
    ),
    metric(
        "cloakroom_reload_timestamp_seconds",
        &["what"],
        "When files were last taken, since 1970",
    ),
    metric("cloakroom_generation", &["rules", "policies"], "Hashes of what is in use: 1, others 0"),
    metric("cloakroom_bound_used", &["bound"], "What counts against a bound now"),
    metric("cloakroom_bound_limit", &["bound"], "The limit of that bound"),
    metric("cloakroom_panics", &[], "Panics; each ended one connection"),
    metric("cloakroom_build", &["version"], "This program"),
];
