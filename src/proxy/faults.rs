//! What the sender of a malformed request is told: the part of [`crate::proxy::Rejection`] about
//! framing.

use http::StatusCode;

use crate::net::Problem;
use crate::proxy::framing::Fault;
use crate::proxy::rejection::BAD_REQUEST;
use crate::proxy::rejection::problem;

/// A fault in the bytes of a request. What is wrong is said, what was sent is not repeated.
#[expect(clippy::too_many_lines, reason = "a table: one entry for each fault")]
pub(super) fn framing(fault: Fault) -> Problem {
    let large = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
    let (status, code, title, detail) = match fault {
        Fault::RequestLine => (
            BAD_REQUEST,
            "request-line",
            "The request line is malformed",
            "It must be method, target and HTTP/1.1 with one space between them.",
        ),
        Fault::Version => (
            StatusCode::HTTP_VERSION_NOT_SUPPORTED,
            "http-version",
            "HTTP version not supported",
            "Use HTTP/1.1.",
        ),
        Fault::Method => (
            StatusCode::METHOD_NOT_ALLOWED,
            "method-not-allowed",
            "CONNECT and TRACE are not served",
            "Use another method.",
        ),
        Fault::Target => (
            BAD_REQUEST,
            "target",
            "The request target is malformed",
            "It must be a path, an http URL, or * with OPTIONS.",
        ),
        Fault::TargetCharacter => (
            BAD_REQUEST,
            "target-character",
            "The request target holds a character that it cannot have",
            "Percent-encode it.",
        ),
        Fault::TargetTooLong => (
            StatusCode::URI_TOO_LONG,
            "target-too-long",
            "The request target is too long",
            "The limit is limits.target_bytes.",
        ),
        Fault::LineEnding => (
            BAD_REQUEST,
            "line-ending",
            "A line does not end in CR LF",
            "End every line of the head with CR LF, and use CR nowhere else.",
        ),
        Fault::FieldName => (
            BAD_REQUEST,
            "field-name",
            "A header field's name is malformed",
            "A name is a token with the colon directly behind it.",
        ),
        Fault::FieldValue => {
            (BAD_REQUEST, "field-value", "A header field holds a control character", "Take it out.")
        }
        Fault::Folding => (
            BAD_REQUEST,
            "field-folding",
            "A header field is folded",
            "Write each field on one line.",
        ),
        Fault::Lookalike => (
            BAD_REQUEST,
            "field-lookalike",
            "A header field's name can be mistaken for another",
            "Write it with dashes or leave it out.",
        ),
        Fault::HeaderTooLarge => (
            large,
            "header-too-large",
            "The header section is too large",
            "The limit is limits.header_bytes.",
        ),
        Fault::TooManyFields => (
            large,
            "too-many-fields",
            "The header section has too many fields",
            "The limit is limits.header_fields.",
        ),
        Fault::HeaderTimeout => (
            StatusCode::REQUEST_TIMEOUT,
            "header-timeout",
            "The header section did not arrive in time",
            "Send it without pauses.",
        ),
        Fault::HostMissing => {
            (BAD_REQUEST, "host-missing", "The request has no Host", "Send exactly one Host field.")
        }
        Fault::HostRepeated => (
            BAD_REQUEST,
            "host-repeated",
            "The request has several Host fields",
            "Send exactly one.",
        ),
        Fault::HostInvalid => (
            BAD_REQUEST,
            "host-invalid",
            "The Host is malformed",
            "It must be a name or an address, with a port or without.",
        ),
        Fault::HostMismatch => (
            BAD_REQUEST,
            "host-mismatch",
            "Request target and Host name different hosts",
            "Make them equal.",
        ),
        Fault::LengthInvalid => (
            BAD_REQUEST,
            "length-invalid",
            "Content-Length is not a plain number",
            "Send decimal digits without a leading zero.",
        ),
        Fault::LengthRepeated => (
            BAD_REQUEST,
            "length-repeated",
            "The request has several Content-Length fields",
            "Send exactly one.",
        ),
        Fault::BothFramings => (
            BAD_REQUEST,
            "both-framings",
            "The request has Content-Length and Transfer-Encoding",
            "Send one of them.",
        ),
        Fault::CodingInvalid => (
            BAD_REQUEST,
            "coding-invalid",
            "Transfer-Encoding is not exactly one chunked",
            "Send one field with the value chunked.",
        ),
        Fault::CodingVersion => (
            BAD_REQUEST,
            "coding-version",
            "HTTP/1.0 has no Transfer-Encoding",
            "Use HTTP/1.1, or Content-Length.",
        ),
        Fault::ChunkSize => (
            BAD_REQUEST,
            "chunk-size",
            "A chunk's size or extension is malformed",
            "See RFC 9112, section 7.1.",
        ),
        Fault::ChunkEnd => (
            BAD_REQUEST,
            "chunk-end",
            "A chunk does not end where its size says",
            "See RFC 9112, section 7.1.",
        ),
        Fault::Trailer => (
            BAD_REQUEST,
            "trailer",
            "A trailer field is malformed or not allowed",
            "See RFC 9110, section 6.5.1.",
        ),
    };
    let allow = (fault == Fault::Method).then_some("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    Problem { allow, ..problem(status, code, title, detail) }
}
