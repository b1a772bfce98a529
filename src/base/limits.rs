//! Every bound of the data path, in one place.

use std::time::Duration;

/// How large and how many. Sizes in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Connections at once, over all listeners, as far as descriptors carry them. Default 10 000.
    pub connections: usize,
    /// Connections at once from one address; trusted proxies are not counted. Default 1000.
    pub connections_per_client: usize,
    /// Header fields of a message. Default 100.
    pub header_fields: usize,
    /// Header section of a message. Default 32 KiB.
    pub header_bytes: usize,
    /// Request target. Default 8 KiB.
    pub target_bytes: usize,
    /// Body that must be inspected, after decoding. Default 16 MiB.
    pub body_bytes: usize,
    /// All bodies that are held in memory at once, with what content codings expand to, and what waits
    /// of streams (64 KiB of each are free). Default 512 MiB.
    pub buffered_bytes: usize,
    /// What of `buffered_bytes` the bodies of one client's address may take. Default a quarter, 128 MiB.
    pub buffered_bytes_per_client: usize,
    /// What of `buffered_bytes` the bodies of one principal may take. Default a quarter, 128 MiB.
    pub buffered_bytes_per_principal: usize,
    /// Bytes a second that a client sends of a body, or takes of an answer, while it is waited for:
    /// `timeouts.body_idle` or `timeouts.write_stall` long less, and its connection ends. Default 240.
    pub least_rate: usize,
    /// How many bytes a byte of a coded request may give, beyond the first mebibyte. Default 50; of answers
    /// it is 200.
    pub request_expansion: u32,
    /// Nesting of a document. Default 128.
    pub depth: usize,
    /// Digits of a number in a document. Default 1000.
    pub number_digits: usize,
    /// Values, containers and attributes of one document, in each common reading of their names. Default
    /// 524 288.
    pub nodes: usize,
    /// Fields that rules select in one message. Default 131 072.
    pub fields: usize,
    /// One selected value, decoded. Default 64 KiB.
    pub value_bytes: usize,
    /// Messages of 32 KiB and more under treatment at once; half of them of one caller. Default 16.
    pub long_messages: usize,
    /// Such messages that wait for their turn; a quarter of them of one caller. Default 256.
    pub long_messages_waiting: usize,
    /// Idle connections kept per upstream and core. Default 64.
    pub pool_idle_connections: usize,
    /// Values that callers may bring which the vault does not know yet.
    pub new_values: NewValuesPerMinute,
    /// How long each step may take.
    pub timeouts: Timeouts,
}

/// Values of one class that one caller may have stored in a minute; no bound where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewValuesPerMinute {
    /// Callers of one address of whom no credential tells anything. Default 1000.
    pub anonymous: Option<u64>,
    /// A user. Default 10 000.
    pub user: Option<u64>,
    /// A service. Default none: imports are services' work.
    pub service: Option<u64>,
}

impl Default for NewValuesPerMinute {
    fn default() -> Self {
        Self { anonymous: Some(1000), user: Some(10_000), service: None }
    }
}

/// How long. Every wait of the data path has one of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeouts {
    /// TLS handshake on either side. Default 10 s.
    pub handshake: Duration,
    /// From the first byte of a request to the end of its header section. Default 15 s.
    pub header: Duration,
    /// Waiting for a request body that comes more slowly than `least_rate`. Default 30 s.
    pub body_idle: Duration,
    /// Whole request body that must be inspected. Default 60 s.
    pub body: Duration,
    /// Connection to an upstream, TLS included. Default 2 s.
    pub connect: Duration,
    /// From the request's last byte to the response's header section. Default 30 s.
    pub response: Duration,
    /// Between two pieces of a response body. Default 30 s.
    pub response_idle: Duration,
    /// Waiting for a client that reads more slowly than `least_rate`. Default 30 s.
    pub write_stall: Duration,
    /// A client connection between two requests. Default 60 s.
    pub keep_alive: Duration,
    /// An idle upstream connection. Default 15 s: shorter than common servers keep theirs.
    pub pool_idle: Duration,
    /// Waiting for the turn of a message of 32 KiB or more. Default 10 s.
    pub long_message: Duration,
    /// One vault round trip. Default 2 s.
    pub vault: Duration,
    /// One durable audit record. Default 2 s.
    pub audit: Duration,
    /// Open exchanges at shutdown. Default 25 s.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            connections_per_client: 1000,
            header_fields: 100,
            header_bytes: 32 * 1024,
            target_bytes: 8 * 1024,
            body_bytes: 16 * 1024 * 1024,
            buffered_bytes: 512 * 1024 * 1024,
            buffered_bytes_per_client: 128 * 1024 * 1024,
            buffered_bytes_per_principal: 128 * 1024 * 1024,
            least_rate: 240,
            request_expansion: 50,
            depth: 128,
            number_digits: 1000,
            nodes: 524_288,
            fields: 131_072,
            value_bytes: 64 * 1024,
            long_messages: 16,
            long_messages_waiting: 256,
            pool_idle_connections: 64,
            new_values: NewValuesPerMinute::default(),
            timeouts: Timeouts::default(),
        }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(10),
            header: Duration::from_secs(15),
            body_idle: Duration::from_secs(30),
            body: Duration::from_mins(1),
            connect: Duration::from_secs(2),
            response: Duration::from_secs(30),
            response_idle: Duration::from_secs(30),
            write_stall: Duration::from_secs(30),
            keep_alive: Duration::from_mins(1),
            pool_idle: Duration::from_secs(15),
            long_message: Duration::from_secs(10),
            vault: Duration::from_secs(2),
            audit: Duration::from_secs(2),
            drain: Duration::from_secs(25),
        }
    }
}
