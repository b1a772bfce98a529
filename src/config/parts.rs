//! The settings of the parts: vault, keys, audit, limits.

use std::net::IpAddr;
use std::time::Duration;

use crate::audit;
use crate::base::Limits;
use crate::base::NewValuesPerMinute;
use crate::base::Sensitive;
use crate::base::Timeouts;
use crate::config::file::AuditEntry;
use crate::config::file::KeysEntry;
use crate::config::file::LimitsEntry;
use crate::config::file::RedisEntry;
use crate::config::file::TimeoutsEntry;
use crate::config::file::VaultEntry;
use crate::config::resolve::Resolver;
use crate::config::units::Count;
use crate::config::units::Size;
use crate::config::units::Time;
use crate::keys;
use crate::vault;
use crate::vault::config::RedisConfig;
use crate::yaml::At;

/// The largest bodies we hold; spans are 32 bits wide and the document parser copies.
const LARGEST_BODY: usize = 1 << 30;
const DEEPEST: usize = 1024;

pub(super) fn vault(resolver: &mut Resolver<'_>, entry: &VaultEntry) -> vault::config::Config {
    match entry {
        VaultEntry::Embedded(entry) => {
            vault::config::Config::Embedded { path: resolver.path(&entry.path) }
        }
        VaultEntry::Redis(entry) => vault::config::Config::Redis(redis(resolver, entry)),
    }
}

fn redis(resolver: &mut Resolver<'_>, entry: &RedisEntry) -> RedisConfig {
    // The URL may hold a password: it is never shown, whatever is wrong with it.
    let url = At { text: String::new(), ..entry.url.clone() };
    let parts: Option<http::Uri> = url.value.parse().ok();
    let authority = parts.as_ref().and_then(http::Uri::authority);
    let scheme = url.value.split_once("://").map(|(scheme, _)| scheme);
    let tls = scheme != Some("redis");
    if !matches!(scheme, Some("redis" | "rediss")) {
        let hint = "such as `redis://127.0.0.1:6379` or `rediss://redis.internal:6379`";
        resolver.error(&url, "not the URL of a Redis", hint);
    } else if let Err(problem) = vault::redis::check_url(&url.value) {
        let hint = "the form is `redis://[user[:password]@]host[:port][/database]`, or `rediss://`; a password with other signs than letters and digits is percent-encoded";
        resolver.error(&url, problem, hint);
    }
    let user = authority.and_then(|authority| authority.as_str().rsplit_once('@'));
    let password = user.is_some_and(|(user, _)| user.contains(':'));
    if password && entry.password_file.is_some() {
        resolver.error(&url, "the password is in the URL and in `password_file`", "keep the file");
    } else if password {
        let hint =
            "put it into a file that only its owner can read, and name it in `password_file`";
        resolver.warn(&url, "a password in this file", hint);
    }
    let local = authority.is_some_and(|authority| is_local(authority.host()));
    if !tls && !local && authority.is_some() {
        let hint = "use `rediss://`; sealed originals and references travel on this connection";
        resolver.warn(&url, "the connection to Redis is not encrypted", hint);
    }
    if !tls && (entry.ca.is_some() || entry.client_certificate.is_some()) {
        let hint = "write `rediss://`, or take the certificates out";
        resolver.error(&url, "certificates are for `rediss` URLs", hint);
    }
    RedisConfig {
        url: Sensitive::new(url.value),
        password_file: entry.password_file.as_ref().map(|file| resolver.path(file)),
        ca: entry.ca.as_ref().map(|file| resolver.path(file)),
        client_certificate: entry.client_certificate.as_ref().map(|pair| resolver.pair(pair)),
    }
}

/// Whether a host of a URL is this machine.
pub(super) fn is_local(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

pub(super) fn keys(resolver: &mut Resolver<'_>, entry: &KeysEntry) -> keys::config::Config {
    keys::config::Config::File(resolver.path(&entry.file))
}

pub(super) fn audit(resolver: &mut Resolver<'_>, entry: &AuditEntry) -> audit::config::Config {
    let origin = entry.origin.as_ref();
    if let Some(origin) = origin {
        // The first line of a signed note (C2SP signed-note): no spaces, no `+`.
        if !audit::config::is_origin(&origin.value) {
            let hint =
                "such as `cloakroom/shop/node-1`: no spaces and no `+`, at most 128 characters";
            resolver.error(origin, "not a name for checkpoints", hint);
        }
    }
    let events = entry.segment_events.as_ref().map_or(100_000, |count| count.value.0);
    let path = resolver.path(&entry.path);
    audit::config::Config {
        origin: origin.map_or_else(|| audit::config::origin_of(&path), |o| o.value.clone()),
        path,
        segment_events: u64::try_from(events).unwrap_or(u64::MAX),
    }
}

pub(super) fn limits(resolver: &mut Resolver<'_>, entry: &LimitsEntry) -> Limits {
    let default = Limits::default();
    let count = |at: &Option<At<Count>>, default: usize| at.as_ref().map_or(default, |a| a.value.0);
    let size = |at: &Option<At<Size>>, default: usize| at.as_ref().map_or(default, |a| a.value.0);
    let body_bytes = size(&entry.body_bytes, default.body_bytes);
    let buffered_bytes = size(&entry.buffered_bytes, default.buffered_bytes);
    let share = (buffered_bytes / 4).max(body_bytes);
    let limits = Limits {
        connections: count(&entry.connections, default.connections),
        connections_per_client: count(
            &entry.connections_per_client,
            default.connections_per_client,
        ),
        header_fields: count(&entry.header_fields, default.header_fields),
        header_bytes: size(&entry.header_bytes, default.header_bytes),
        target_bytes: size(&entry.target_bytes, default.target_bytes),
        body_bytes,
        buffered_bytes,
        buffered_bytes_per_client: size(&entry.buffered_bytes_per_client, share),
        buffered_bytes_per_principal: size(&entry.buffered_bytes_per_principal, share),
        least_rate: size(&entry.least_rate, default.least_rate),
        request_expansion: entry
            .request_expansion
            .as_ref()
            .map_or(default.request_expansion, |at| u32::try_from(at.value.0).unwrap_or(u32::MAX)),
        depth: count(&entry.depth, default.depth),
        number_digits: count(&entry.number_digits, default.number_digits),
        nodes: count(&entry.nodes, default.nodes),
        fields: count(&entry.fields, default.fields),
        value_bytes: size(&entry.value_bytes, default.value_bytes),
        long_messages: count(&entry.long_messages, default.long_messages),
        long_messages_waiting: count(&entry.long_messages_waiting, default.long_messages_waiting),
        pool_idle_connections: count(&entry.pool_idle_connections, default.pool_idle_connections),
        new_values: new_values(entry, default.new_values),
        timeouts: timeouts(&entry.timeouts),
    };
    if let Some(body) = entry.body_bytes.as_ref().filter(|_| limits.body_bytes > LARGEST_BODY) {
        resolver.error(body, "larger than any body we can inspect", "write at most `1GiB`");
    }
    if let Some(depth) = entry.depth.as_ref().filter(|_| limits.depth > DEEPEST) {
        resolver.error(depth, "deeper than any document we can inspect", "write at most 1024");
    }
    if limits.buffered_bytes < limits.body_bytes {
        let at = entry.buffered_bytes.as_ref().or(entry.body_bytes.as_ref());
        if let Some(at) = at {
            let hint = "`buffered_bytes` is for all bodies together: at least `body_bytes`";
            resolver.error(at, "one body is larger than all of them may be", hint);
        }
    }
    for (share, bytes) in [
        (&entry.buffered_bytes_per_client, limits.buffered_bytes_per_client),
        (&entry.buffered_bytes_per_principal, limits.buffered_bytes_per_principal),
    ] {
        if let Some(at) = share.as_ref().filter(|_| bytes < limits.body_bytes) {
            let hint = "a share of `buffered_bytes` holds one body: at least `body_bytes`";
            resolver.error(at, "no body of the largest size fits", hint);
        }
    }
    limits
}

fn new_values(entry: &LimitsEntry, default: NewValuesPerMinute) -> NewValuesPerMinute {
    let count = |at: &Option<At<Count>>, default: Option<u64>| {
        at.as_ref().map_or(default, |at| u64::try_from(at.value.0).ok())
    };
    NewValuesPerMinute {
        anonymous: count(&entry.new_values_per_anonymous, default.anonymous),
        user: count(&entry.new_values_per_user, default.user),
        service: count(&entry.new_values_per_service, default.service),
    }
}

fn timeouts(entry: &TimeoutsEntry) -> Timeouts {
    let default = Timeouts::default();
    let time =
        |at: &Option<At<Time>>, default: Duration| at.as_ref().map_or(default, |a| a.value.0);
    Timeouts {
        handshake: time(&entry.handshake, default.handshake),
        header: time(&entry.header, default.header),
        body_idle: time(&entry.body_idle, default.body_idle),
        body: time(&entry.body, default.body),
        connect: time(&entry.connect, default.connect),
        response: time(&entry.response, default.response),
        response_idle: time(&entry.response_idle, default.response_idle),
        write_stall: time(&entry.write_stall, default.write_stall),
        keep_alive: time(&entry.keep_alive, default.keep_alive),
        pool_idle: time(&entry.pool_idle, default.pool_idle),
        long_message: time(&entry.long_message, default.long_message),
        vault: time(&entry.vault, default.vault),
        audit: time(&entry.audit, default.audit),
        drain: time(&entry.drain, default.drain),
    }
}
