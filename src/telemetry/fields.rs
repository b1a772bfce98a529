//! Every name of a log field. Nobody spells one elsewhere.
//!
//! A macro of `tracing` takes a name as `{ fields::ROUTE } = %id`.

/// The exchange: [`RequestId`](crate::base::RequestId).
pub const REQUEST: &str = "request";
/// The id of the route that was taken.
pub const ROUTE: &str = "route";
/// The upstream's id.
pub const UPSTREAM: &str = "upstream";
/// The class of data.
pub const CLASS: &str = "class";
/// The HTTP method as it was sent.
pub const METHOD: &str = "method";
/// The HTTP status that was answered.
pub const STATUS: &str = "status";
/// Code of a refusal or an error: kebab case, a heading of `docs/errors.md`.
pub const CODE: &str = "code";
/// How a caller proved who it is: [`AuthMethod::as_str`](crate::base::AuthMethod::as_str).
pub const AUTH: &str = "auth";
/// How long, in microseconds.
pub const MICROSECONDS: &str = "us";
/// Bytes of a request's body.
pub const REQUEST_BYTES: &str = "request_bytes";
/// Bytes of a response's body.
pub const RESPONSE_BYTES: &str = "response_bytes";
/// The number of fields that were selected.
pub const FIELDS: &str = "fields";
/// Hash of the rules in use, hexadecimal.
pub const RULES: &str = "rules";
/// Hash of the policies in use, hexadecimal.
pub const POLICIES: &str = "policies";
/// The path of a file.
pub const FILE: &str = "file";
/// A line of a file, or of the program's source.
pub const LINE: &str = "line";
/// An address that we listen on or connect to; never a client's.
pub const ADDRESS: &str = "address";
/// What went wrong, without data.
pub const ERROR: &str = "error";
