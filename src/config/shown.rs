//! The resolved configuration for operators, without its secrets.

use serde_json::Value;
use serde_json::json;

use crate::authn::config::Carrier;
use crate::authn::config::ForwardAuthConfig;
use crate::authn::config::JwksSource;
use crate::authn::config::Method;
use crate::authn::config::ValueSource;
use crate::base::Limits;
use crate::base::Timeouts;
use crate::base::UpstreamId;
use crate::config::AccessLog;
use crate::config::Config;
use crate::config::EmailDomain;
use crate::config::LogFormat;
use crate::config::LogLevel;
use crate::config::people;
use crate::config::units::show_size;
use crate::config::units::show_time;
use crate::keys;
use crate::net::config::Listen;
use crate::net::config::Scheme;
use crate::net::config::Upstream;
use crate::vault;

impl Config {
    /// Everything as it is in force, in the words of the file. Files of secrets are named, never read;
    /// a password in a URL is not shown.
    pub fn shown(&self) -> Value {
        json!({
            "file": self.file,
            "listen": self.listen.iter().map(listen).collect::<Vec<_>>(),
            "admin": self.admin.as_ref()
                .map(|admin| json!({ "listen": listen(admin), "hosts": self.admin_hosts })),
            "upstreams": self.upstreams.iter().map(upstream).collect::<serde_json::Map<_, _>>(),
            "default_upstream": self.default_upstream.as_ref().map(UpstreamId::as_str),
            "rules": self.rules,
            "vault": vault(&self.vault),
            "keys": match &self.keys { keys::config::Config::File(file) => json!({ "file": file }) },
            "audit": {
                "path": self.audit.path,
                "origin": self.audit.origin,
                "segment_events": self.audit.segment_events,
            },
            "people": self.people.as_ref().map(people::shown),
            "identity": self.identity.methods.iter().map(method).collect::<Vec<_>>(),
            "email_domain": self.email_domain.as_str(),
            "email_domain_is_default": self.email_domain == EmailDomain::Example,
            "trusted_proxies": self.forwarding.trusted.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "header_case": self.header_case.as_str(),
            "log": { "format": log_format(self.log.format), "level": log_level(self.log.level) },
            "access_log": match &self.access_log {
                AccessLog::Off => json!("off"),
                AccessLog::Stdout => json!("stdout"),
                AccessLog::File(path) => json!({ "path": path }),
            },
            "limits": limits(&self.limits),
        })
    }
}

/// A listener in the words of the file.
pub(super) fn listen(listen: &Listen) -> Value {
    let tls = listen.tls.as_ref().map(|tls| json!({ "cert": tls.certificate, "key": tls.key }));
    json!({ "address": listen.address.to_string(), "tls": tls })
}

fn upstream(upstream: &Upstream) -> (String, Value) {
    let scheme = match upstream.scheme {
        Scheme::Http => "http",
        Scheme::Https => "https",
    };
    let pair = upstream.client_certificate.as_ref();
    let value = json!({
        "url": format!("{scheme}://{}:{}", upstream.host, upstream.port),
        "ca": upstream.ca,
        "client_certificate": pair.map(|(cert, key)| json!({ "cert": cert, "key": key })),
    });
    (upstream.id.to_string(), value)
}

fn vault(vault: &vault::config::Config) -> Value {
    match vault {
        vault::config::Config::Embedded { path } => json!({ "embedded": { "path": path } }),
        vault::config::Config::Redis(redis) => json!({ "redis": {
            "url": without_password(redis.url.expose()),
            "password_file": redis.password_file,
            "ca": redis.ca,
            "client_certificate": redis.client_certificate.as_ref()
                .map(|(cert, key)| json!({ "cert": cert, "key": key })),
        } }),
    }
}

/// A URL whose password, and whatever else may be one, is replaced.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return String::from("(hidden)") };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    match rest.rsplit_once('@') {
        None => format!("{scheme}://{rest}"),
        Some((user, host)) => {
            let user = user.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}:(hidden)@{host}")
        }
    }
}

fn method(method: &Method) -> Value {
    match method {
        Method::ApiKeys { file, header } => {
            json!({ "api_keys": { "file": file, "header": header } })
        }
        Method::ForwardAuth(config) => json!({ "forward_auth": asked(config) }),
        Method::Jwt(jwt) => json!({ "jwt": {
            "issuer": jwt.issuer,
            "audience": jwt.audience,
            "jwks": match &jwt.jwks {
                JwksSource::File(file) => json!(file),
                JwksSource::Url(url) => json!(url),
            },
            "groups_claim": jwt.groups_claim,
            "purpose_claim": jwt.purpose_claim,
            "claims": jwt.claims,
            "algorithms": jwt.algorithms,
            "leeway": show_time(jwt.leeway),
            "from": match &jwt.from {
                Carrier::Bearer => json!("bearer"),
                Carrier::Header(name) => json!({ "header": name }),
                Carrier::Cookie(name) => json!({ "cookie": name }),
            },
        } }),
    }
}

fn asked(asked: &ForwardAuthConfig) -> Value {
    let pick = |pick: &ValueSource| match pick {
        ValueSource::Header(name) => json!({ "header": name }),
        ValueSource::Json(pointer) => json!({ "json": pointer }),
    };
    json!({
        "url": asked.url,
        "host": asked.host,
        "ca": asked.ca,
        "cookies": asked.cookies,
        "headers": asked.headers,
        "user": pick(&asked.user),
        "groups": asked.groups.as_ref().map(pick),
        "nobody": asked.nobody,
        "cache": show_time(asked.cache),
        "timeout": show_time(asked.timeout),
        "prefix": asked.prefix,
    })
}

fn log_format(format: LogFormat) -> &'static str {
    match format {
        LogFormat::Json => "json",
        LogFormat::Text => "text",
    }
}

fn log_level(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Error => "error",
        LogLevel::Warn => "warn",
        LogLevel::Info => "info",
        LogLevel::Debug => "debug",
    }
}

fn limits(limits: &Limits) -> Value {
    json!({
        "connections": limits.connections,
        "connections_per_client": limits.connections_per_client,
        "header_fields": limits.header_fields,
        "header_bytes": show_size(limits.header_bytes),
        "target_bytes": show_size(limits.target_bytes),
        "body_bytes": show_size(limits.body_bytes),
        "buffered_bytes": show_size(limits.buffered_bytes),
        "buffered_bytes_per_client": show_size(limits.buffered_bytes_per_client),
        "buffered_bytes_per_principal": show_size(limits.buffered_bytes_per_principal),
        "least_rate": show_size(limits.least_rate),
        "request_expansion": limits.request_expansion,
        "depth": limits.depth,
        "number_digits": limits.number_digits,
        "nodes": limits.nodes,
        "fields": limits.fields,
        "value_bytes": show_size(limits.value_bytes),
        "long_messages": limits.long_messages,
        "long_messages_waiting": limits.long_messages_waiting,
        "pool_idle_connections": limits.pool_idle_connections,
        "new_values_per_anonymous": limits.new_values.anonymous,
        "new_values_per_user": limits.new_values.user,
        "new_values_per_service": limits.new_values.service,
        "timeouts": timeouts(&limits.timeouts),
    })
}

fn timeouts(timeouts: &Timeouts) -> Value {
    json!({
        "handshake": show_time(timeouts.handshake),
        "header": show_time(timeouts.header),
        "body_idle": show_time(timeouts.body_idle),
        "body": show_time(timeouts.body),
        "connect": show_time(timeouts.connect),
        "response": show_time(timeouts.response),
        "response_idle": show_time(timeouts.response_idle),
        "write_stall": show_time(timeouts.write_stall),
        "keep_alive": show_time(timeouts.keep_alive),
        "pool_idle": show_time(timeouts.pool_idle),
        "long_message": show_time(timeouts.long_message),
        "vault": show_time(timeouts.vault),
        "audit": show_time(timeouts.audit),
        "drain": show_time(timeouts.drain),
    })
}
