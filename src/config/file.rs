//! `cloakroom.yaml` as it is written; [`crate::config::resolve`] says what it means.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::people::file::PeopleEntry;
use crate::config::units::Count;
use crate::config::units::Size;
use crate::config::units::Time;
use crate::yaml::At;
use crate::yaml::OneOrMany;
use crate::yaml::Short;
use crate::yaml::Table;

// What must be there is optional for serde, so that one wrong part does not hide the mistakes in the
// others; `resolve` tells what is missing.
/// How cloakroom runs. Relative paths start at the folder of this file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "cloakroom configuration")]
pub struct ConfigFile {
    /// Where clients connect: an address such as `127.0.0.1:8080`, the long form with TLS, or a list of them. Port 0 takes a free port.
    #[schemars(required)]
    pub listen: Option<OneOrMany<Short<ListenEntry>>>,
    /// The listener for operators: health, metrics, resolved configuration. Without it there is none.
    pub admin: Option<AdminEntry>,
    /// The applications behind us, by name. The short form is the URL alone.
    #[schemars(required)]
    pub upstreams: Option<At<Table<Short<UpstreamEntry>>>>,
    /// Upstream of requests that no route matches, and of routes that name none. Default: the only upstream, when there is one.
    pub default_upstream: Option<At<String>>,
    /// Folder of the rule files (`*.yaml`), policies (`*.cedar`) and cases (`*.case`).
    #[schemars(required)]
    pub rules: Option<At<String>>,
    /// Where sealed originals are kept.
    #[schemars(required)]
    pub vault: Option<VaultEntry>,
    /// Where the keyring is.
    #[schemars(required)]
    pub keys: Option<KeysEntry>,
    /// Where the audit journal is.
    #[schemars(required)]
    pub audit: Option<AuditEntry>,
    /// What people, and those who look after their data, are served. Without it nothing.
    pub people: Option<PeopleEntry>,
    /// Methods of recognising callers, tried in this order. Default: none, so that nobody is recognised.
    #[serde(default)]
    pub identity: Vec<IdentityEntry>,
    /// Domain of e-mail shaped tokens; one that you own, with a null MX (RFC 7505). Default `token.example.com`.
    pub email_domain: Option<At<String>>,
    /// Proxies in front of us whose forwarding headers are believed, as address blocks such as `10.0.0.0/8`. Default: none.
    #[serde(default)]
    pub trusted_proxies: Vec<At<String>>,
    /// Names of header fields when a message goes on: `keep` (default), as they came, also where rules change the message; or `lower`, which costs less.
    #[serde(default)]
    pub header_case: HeaderCaseEntry,
    /// What the program says about itself, on standard error.
    #[serde(default)]
    pub log: LogEntry,
    /// One line per exchange: `stdout`, `off`, or `{ path: … }`. Default `off`.
    pub access_log: Option<Short<AccessLogEntry>>,
    /// Bounds of the data path.
    #[serde(default)]
    pub limits: LimitsEntry,
}

/// A listener and how it greets clients.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListenEntry {
    /// Address and port, such as `0.0.0.0:8443` or `[::]:8443`.
    pub address: At<String>,
    /// TLS; without it the listener speaks clear HTTP.
    pub tls: Option<PairEntry>,
}

/// A certificate and its key, both in PEM files.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PairEntry {
    /// File of the certificate chain, leaf first.
    pub cert: At<String>,
    /// File of the private key, readable by its owner alone.
    pub key: At<String>,
}

/// The listener for operators.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdminEntry {
    /// An address such as `127.0.0.1:8081`, or the long form with TLS.
    pub listen: Short<ListenEntry>,
    /// Names in `Host` by which operators reach it, such as that of a Kubernetes service. Addresses and `localhost` always count.
    #[serde(default)]
    pub hosts: Vec<At<String>>,
}

/// An application behind us.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpstreamEntry {
    /// `http://host:port` or `https://host:port`; no path.
    pub url: At<String>,
    /// File of the authorities to trust, PEM. Default: the operating system's.
    pub ca: Option<At<String>>,
    /// What we show to it.
    pub client_certificate: Option<PairEntry>,
}

/// Where sealed originals are kept: exactly one of these.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum VaultEntry {
    /// On local disk: one gateway, nothing else to run.
    Embedded(EmbeddedEntry),
    /// In Redis or Valkey 7.0 or newer: any number of gateways.
    Redis(Box<RedisEntry>),
}

/// The vault on local disk.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EmbeddedEntry {
    /// Folder of the database.
    pub path: At<String>,
}

/// The vault in Redis.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RedisEntry {
    /// `redis://host:port/db` or `rediss://…` for TLS; a user name may be in it. Keep the password in a file.
    pub url: At<String>,
    /// File that holds the password.
    pub password_file: Option<At<String>>,
    /// File of the authorities to trust, PEM. Default: the operating system's.
    pub ca: Option<At<String>>,
    /// What we show to it.
    pub client_certificate: Option<PairEntry>,
}

/// Where the keyring is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeysEntry {
    /// The file that `cloakroom keys init` made, readable by its owner alone.
    pub file: At<String>,
}

/// Where the audit journal is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditEntry {
    /// Folder of the journal.
    pub path: At<String>,
    /// Name of this deployment and node in signed checkpoints. Default: the journal's own, for a new one `cloakroom/default/<host name>`.
    pub origin: Option<At<String>>,
    /// Events per file of the journal. Default 100000.
    pub segment_events: Option<At<Count>>,
}

/// A method of recognising callers: exactly one of these per entry.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum IdentityEntry {
    /// Keys made by `cloakroom keys api add`, stored as hashes.
    ApiKeys(ApiKeysEntry),
    /// Tokens that an identity provider signs.
    Jwt(Box<JwtEntry>),
    /// Asking the application, or a proxy for single sign-on, who the caller is.
    ForwardAuth(Box<ForwardAuthEntry>),
}

/// Callers who hold a key of ours.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiKeysEntry {
    /// The file with the hashes.
    pub file: At<String>,
    /// Header that carries the key; it is taken off before forwarding. Default `cloakroom-key`.
    pub header: Option<At<String>>,
}

/// Callers who bring a JSON Web Token (RFC 7519).
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JwtEntry {
    /// What the `iss` claim must be.
    pub issuer: At<String>,
    /// What the `aud` claim must hold.
    pub audience: At<String>,
    /// The provider's keys (RFC 7517): a file, an `https` URL, or an `http` URL of this machine.
    pub jwks: At<String>,
    /// Claim that lists the caller's groups.
    pub groups_claim: Option<At<String>>,
    /// Claim that names the purpose of the request.
    pub purpose_claim: Option<At<String>>,
    /// Other claims that policies may read.
    #[serde(default)]
    pub claims: Vec<At<String>>,
    /// Signature algorithms that are accepted. Default `[RS256, ES256, EdDSA]`.
    pub algorithms: Option<Vec<At<String>>>,
    /// Clock difference that is forgiven. Default `30s`.
    pub leeway: Option<At<Time>>,
    /// Put before the names of this issuer's users and groups, such as `partner:`; two issuers need different ones. Default none.
    pub prefix: Option<At<String>>,
    /// What a token that is no JWT, or another issuer's, means: `refuse` (default), or `ignore`, the application's own affair.
    #[serde(default)]
    pub foreign: ForeignToken,
    /// Where the token stands: `{ header: NAME }` or `{ cookie: NAME }`. Default `Authorization: Bearer`.
    pub from: Option<FromEntry>,
    /// Deadline of one fetch of the keys from a URL. Default `5s`.
    pub fetch_timeout: Option<At<Time>>,
}

/// Where a token stands: exactly one of these.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FromEntry {
    /// Header field whose whole value is the token. Browsers and proxies may add it to requests of other sites, which therefore reveal nothing.
    Header(At<String>),
    /// Cookie whose value is the token. Requests of other sites reveal nothing by it.
    Cookie(At<String>),
}

/// Callers about whom the application is asked.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ForwardAuthEntry {
    /// Whom to ask with a GET: an `https` URL, or an `http` URL of this machine.
    pub url: At<String>,
    /// `Host` of the question. Default: that of the URL.
    pub host: Option<At<String>>,
    /// File of the authorities to trust, PEM. Default: the operating system's.
    pub ca: Option<At<String>>,
    /// Cookies of the caller that are sent on. Without any of them, and of the headers, nobody is asked.
    #[serde(default)]
    pub cookies: Vec<At<String>>,
    /// Headers of the caller that are sent on.
    #[serde(default)]
    pub headers: Vec<At<String>>,
    /// Where the answer names the user: `{ header: NAME }` or `{ json: POINTER }`.
    pub user: PickEntry,
    /// Where the answer names the groups: a header with commas, or a text or list of texts in JSON. Default: no groups.
    pub groups: Option<PickEntry>,
    /// Statuses of the answer that mean "not logged in". Default `[401, 403]`.
    pub nobody: Option<Vec<At<Count>>>,
    /// How long an answer is remembered, at most `1m`: so long a log-out may take. Default `10s`.
    pub cache: Option<At<Time>>,
    /// Deadline of a question, at most `30s`. Default `2s`.
    pub timeout: Option<At<Time>>,
    /// Put before the names of users and groups; every source of users needs its own. Default none.
    pub prefix: Option<At<String>>,
}

/// Where in an answer something stands: exactly one of these.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PickEntry {
    /// Header field of the answer.
    Header(At<String>),
    /// JSON Pointer (RFC 6901) into the answer's body, such as `/user/email`.
    Json(At<String>),
}

/// How names of header fields are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum HeaderCaseEntry {
    /// They go on as they came.
    #[default]
    Keep,
    /// They go on in lower case.
    Lower,
}

/// What a token means that is none of this issuer's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ForeignToken {
    /// A wrong credential.
    #[default]
    Refuse,
    /// Nothing to us: the caller is anonymous.
    Ignore,
}

/// What the program says about itself.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogEntry {
    /// `json` (default) or `text`.
    #[serde(default)]
    pub format: LogFormat,
    /// `error`, `warn`, `info` (default) or `debug`.
    #[serde(default)]
    pub level: LogLevel,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    #[default]
    Json,
    /// Lines that people read.
    Text,
}

/// How much is logged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Only what has failed.
    Error,
    /// And what somebody should look at.
    Warn,
    /// And what happened.
    #[default]
    Info,
    /// Also how things happened.
    Debug,
}

/// The access log in a file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessLogEntry {
    /// The file, which grows; `/dev/stdout` works too.
    pub path: At<String>,
}

/// Bounds of the data path. Sizes take `B`, `KiB`, `MiB`, `GiB`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitsEntry {
    /// Connections at once, over all listeners, as far as the limit of open files carries them and as many to upstreams. Default 10000.
    pub connections: Option<At<Count>>,
    /// Connections at once from one address; trusted proxies are not counted. Default 1000.
    pub connections_per_client: Option<At<Count>>,
    /// Header fields of a message. Default 100.
    pub header_fields: Option<At<Count>>,
    /// Header section of a message. Default 32KiB.
    pub header_bytes: Option<At<Size>>,
    /// Request target. Default 8KiB.
    pub target_bytes: Option<At<Size>>,
    /// Body that must be inspected, after decoding. Default 16MiB, at most 1GiB.
    pub body_bytes: Option<At<Size>>,
    /// All bodies that are held in memory at once, with what content codings expand to, and what waits of streams (64KiB of each are free). Default 512MiB.
    pub buffered_bytes: Option<At<Size>>,
    /// What of `buffered_bytes` the bodies of one client's address may take. Default a quarter, but at least `body_bytes`.
    pub buffered_bytes_per_client: Option<At<Size>>,
    /// What of `buffered_bytes` the bodies of one principal may take. Default a quarter, but at least `body_bytes`.
    pub buffered_bytes_per_principal: Option<At<Size>>,
    /// Bytes a second that a client sends of a body, or takes of an answer, while it is waited for. Slower for `body_idle` or `write_stall`, and its connection ends. Default 240B.
    pub least_rate: Option<At<Size>>,
    /// How many bytes a byte of a coded request may give, beyond the first mebibyte. Default 50; of answers it is 200.
    pub request_expansion: Option<At<Count>>,
    /// Nesting of a document. Default 128, at most 1024.
    pub depth: Option<At<Count>>,
    /// Digits of a number in a document. Default 1000.
    pub number_digits: Option<At<Count>>,
    /// Values, containers and attributes of one document, in each common reading of their names. Default 524288.
    pub nodes: Option<At<Count>>,
    /// Fields that rules select in one message. Default 131072.
    pub fields: Option<At<Count>>,
    /// One selected value, decoded. Default 64KiB.
    pub value_bytes: Option<At<Size>>,
    /// Messages of 32KiB and more, decoded, under treatment at once; half of them of one caller. Default 16.
    pub long_messages: Option<At<Count>>,
    /// Such messages that wait for their turn; a quarter of them of one caller. Default 256.
    pub long_messages_waiting: Option<At<Count>>,
    /// Idle connections kept per upstream and core. Default 64.
    pub pool_idle_connections: Option<At<Count>>,
    /// Values of one class, new to the vault, that the callers of one address without a credential may send in a minute. Default 1000.
    pub new_values_per_anonymous: Option<At<Count>>,
    /// The same for one user. Default 10000.
    pub new_values_per_user: Option<At<Count>>,
    /// The same for one service. Default: no limit.
    pub new_values_per_service: Option<At<Count>>,
    /// How long each step may take.
    #[serde(default)]
    pub timeouts: TimeoutsEntry,
}

/// Deadlines. They take `ms`, `s`, `m`, `h`; at most a day.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeoutsEntry {
    /// TLS handshake on either side. Default 10s.
    pub handshake: Option<At<Time>>,
    /// From the first byte of a request to the end of its header section. Default 15s.
    pub header: Option<At<Time>>,
    /// Waiting for a request body that comes more slowly than `least_rate`. Default 30s.
    pub body_idle: Option<At<Time>>,
    /// Whole request body that must be inspected. Default 60s.
    pub body: Option<At<Time>>,
    /// Connection to an upstream, TLS included. Default 2s.
    pub connect: Option<At<Time>>,
    /// From the request's last byte to the response's header section. Default 30s.
    pub response: Option<At<Time>>,
    /// Between two pieces of a response body. Default 30s.
    pub response_idle: Option<At<Time>>,
    /// Waiting for a client that reads more slowly than `least_rate`. Default 30s.
    pub write_stall: Option<At<Time>>,
    /// A client connection between two requests. Default 60s.
    pub keep_alive: Option<At<Time>>,
    /// An idle upstream connection. Default 15s.
    pub pool_idle: Option<At<Time>>,
    /// Waiting for the turn of a message of 32KiB or more. Default 10s.
    pub long_message: Option<At<Time>>,
    /// One vault round trip. Default 2s.
    pub vault: Option<At<Time>>,
    /// One durable audit record. Default 2s.
    pub audit: Option<At<Time>>,
    /// Open exchanges at shutdown. Default 25s.
    pub drain: Option<At<Time>>,
}
