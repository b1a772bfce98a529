//! The proxy from outside: raw bytes in, raw bytes out.

mod framing;
mod trailers;
mod transparent;
mod limits;
mod memory;
mod timeouts;
mod retry;
mod upgrades;
mod header_case;
mod rerouting;
mod interim;
mod drain;
mod tls;
mod forwarding;
mod response;
