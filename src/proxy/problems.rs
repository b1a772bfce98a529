//! Every problem that a sender is told: code, status, title, detail, in the order of `docs/errors.md`.
//!
//! The codes are the headings of that page, and no others (`it::docs::errors`). Nothing here comes from a
//! request. Which rejection is which problem says [`crate::proxy::Rejection::problem`].

use http::StatusCode;

use crate::net::Problem;
use crate::net::problem;

const fn bad_request(code: &'static str, title: &'static str, detail: &'static str) -> Problem {
    problem(StatusCode::BAD_REQUEST, code, title, detail)
}

pub(super) const REQUEST_LINE: Problem = bad_request(
    "request-line",
    "The request line is malformed",
    "It must be method, target and HTTP/1.1 with one space between them.",
);
pub(super) const HTTP_VERSION: Problem = problem(
    StatusCode::HTTP_VERSION_NOT_SUPPORTED,
    "http-version",
    "HTTP version not supported",
    "Use HTTP/1.1.",
);
pub(super) const METHOD_NOT_ALLOWED: Problem = Problem {
    allow: Some("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),
    ..problem(
        StatusCode::METHOD_NOT_ALLOWED,
        "method-not-allowed",
        "CONNECT and TRACE are not served",
        "Use another method.",
    )
};
pub(super) const TARGET: Problem = bad_request(
    "target",
    "The request target is malformed",
    "It must be a path, an http URL, or * with OPTIONS.",
);
pub(super) const TARGET_CHARACTER: Problem = bad_request(
    "target-character",
    "The request target holds a character that it cannot have",
    "Percent-encode it.",
);
pub(super) const TARGET_TOO_LONG: Problem = problem(
    StatusCode::URI_TOO_LONG,
    "target-too-long",
    "The request target is too long",
    "The limit is limits.target_bytes.",
);
pub(super) const LINE_ENDING: Problem = bad_request(
    "line-ending",
    "A line does not end in CR LF",
    "End every line of the head with CR LF, and use CR nowhere else.",
);
pub(super) const FIELD_NAME: Problem = bad_request(
    "field-name",
    "A header field's name is malformed",
    "A name is a token with the colon directly behind it.",
);
pub(super) const FIELD_VALUE: Problem =
    bad_request("field-value", "A header field holds a control character", "Take it out.");
pub(super) const FIELD_FOLDING: Problem =
    bad_request("field-folding", "A header field is folded", "Write each field on one line.");
pub(super) const FIELD_LOOKALIKE: Problem = bad_request(
    "field-lookalike",
    "A header field's name can be mistaken for another",
    "Write it with dashes or leave it out.",
);
pub(super) const HEADER_TOO_LARGE: Problem = problem(
    StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
    "header-too-large",
    "The header section is too large",
    "The limit is limits.header_bytes.",
);
pub(super) const TOO_MANY_FIELDS: Problem = problem(
    StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
    "too-many-fields",
    "The header section has too many fields",
    "The limit is limits.header_fields.",
);
pub(super) const HEADER_TIMEOUT: Problem = problem(
    StatusCode::REQUEST_TIMEOUT,
    "header-timeout",
    "The header section did not arrive in time",
    "Send it without pauses.",
);
pub(super) const HOST_MISSING: Problem =
    bad_request("host-missing", "The request has no Host", "Send exactly one Host field.");
pub(super) const HOST_REPEATED: Problem =
    bad_request("host-repeated", "The request has several Host fields", "Send exactly one.");
pub(super) const HOST_INVALID: Problem = bad_request(
    "host-invalid",
    "The Host is malformed",
    "It must be a name or an address, with a port or without.",
);
pub(super) const HOST_MISMATCH: Problem = bad_request(
    "host-mismatch",
    "Request target and Host name different hosts",
    "Make them equal.",
);
pub(super) const LENGTH_INVALID: Problem = bad_request(
    "length-invalid",
    "Content-Length is not a plain number",
    "Send decimal digits without a leading zero.",
);
pub(super) const LENGTH_REPEATED: Problem = bad_request(
    "length-repeated",
    "The request has several Content-Length fields",
    "Send exactly one.",
);
pub(super) const BOTH_FRAMINGS: Problem = bad_request(
    "both-framings",
    "The request has Content-Length and Transfer-Encoding",
    "Send one of them.",
);
pub(super) const CODING_INVALID: Problem = bad_request(
    "coding-invalid",
    "Transfer-Encoding is not exactly one chunked",
    "Send one field with the value chunked.",
);
pub(super) const CODING_VERSION: Problem = bad_request(
    "coding-version",
    "HTTP/1.0 has no Transfer-Encoding",
    "Use HTTP/1.1, or Content-Length.",
);
pub(super) const CHUNK_SIZE: Problem = bad_request(
    "chunk-size",
    "A chunk's size or extension is malformed",
    "See RFC 9112, section 7.1.",
);
pub(super) const CHUNK_END: Problem = bad_request(
    "chunk-end",
    "A chunk does not end where its size says",
    "See RFC 9112, section 7.1.",
);
pub(super) const TRAILER: Problem = bad_request(
    "trailer",
    "A trailer field is malformed or not allowed",
    "See RFC 9110, section 6.5.1.",
);
pub(super) const BODY_MALFORMED: Problem = bad_request(
    "body-malformed",
    "The body's framing is broken",
    "Chunk sizes, chunk ends and trailers must follow RFC 9112, section 7.1.",
);
pub(super) const BODY_INCOMPLETE: Problem = bad_request(
    "body-incomplete",
    "The body ended too early",
    "Send as many bytes as Content-Length says, or the last chunk.",
);
pub(super) const BODY_TIMEOUT: Problem = problem(
    StatusCode::REQUEST_TIMEOUT,
    "body-timeout",
    "The body did not arrive in time",
    "Send the body without long pauses, and not more slowly than limits.least_rate.",
);
pub(super) const BODY_TOO_LARGE: Problem = problem(
    StatusCode::PAYLOAD_TOO_LARGE,
    "body-too-large",
    "The body is too large to inspect",
    "The limit is limits.body_bytes.",
);
pub(super) const BUSY: Problem = Problem {
    retry_after: Some(1),
    ..problem(
        StatusCode::SERVICE_UNAVAILABLE,
        "busy",
        "The gateway holds too many bodies",
        "Try again; the limit is limits.buffered_bytes.",
    )
};
pub(super) const TOO_MANY_BODIES: Problem = Problem {
    retry_after: Some(1),
    ..problem(
        StatusCode::TOO_MANY_REQUESTS,
        "too-many-bodies",
        "The gateway holds too many bodies of this caller",
        "Send fewer at once; limits.buffered_bytes_per_client and _per_principal bound them.",
    )
};
pub(super) const UNKNOWN_EXPECTATION: Problem = problem(
    StatusCode::EXPECTATION_FAILED,
    "unknown-expectation",
    "Unknown expectation",
    "Send no Expect field, or one with the value 100-continue.",
);
pub(super) const NO_ROUTE: Problem = problem(
    StatusCode::NOT_FOUND,
    "no-route",
    "No route takes this request",
    "Check host, method and path against the routes in the rule files.",
);
pub(super) const REROUTING_FIELD: Problem = bad_request(
    "rerouting-field",
    "A header field asks for another path or method",
    "Send the path and the method that are meant, without X-Original-URL and the like.",
);
pub(super) const PATH_AMBIGUOUS: Problem = bad_request(
    "path-ambiguous",
    "The path can be read in two ways",
    "Send the path without dot segments, doubled slashes and encoded delimiters.",
);
pub(super) const MISDIRECTED_REQUEST: Problem = problem(
    StatusCode::MISDIRECTED_REQUEST,
    "misdirected-request",
    "Host and TLS server name differ",
    "Open a connection of its own for each host.",
);
pub(super) const LOOP_DETECTED: Problem = problem(
    StatusCode::LOOP_DETECTED,
    "loop-detected",
    "The request came through this gateway before",
    "The upstream of the route leads back to the gateway; correct its address.",
);
pub(super) const UPGRADE_NOT_ALLOWED: Problem = problem(
    StatusCode::FORBIDDEN,
    "upgrade-not-allowed",
    "This route does not change protocol",
    "The route has rules, and what goes through a tunnel cannot be inspected.",
);
pub(super) const CREDENTIAL_MALFORMED: Problem = bad_request(
    "credential-malformed",
    "The credential cannot be read",
    "Send one credential, once, in the form that the gateway's operator has given.",
);
pub(super) const CREDENTIAL_REFUSED: Problem = problem(
    StatusCode::UNAUTHORIZED,
    "credential-refused",
    "The credential is not accepted",
    "Get a new one, or send none to be nobody.",
);
pub(super) const IDENTITY_UNAVAILABLE: Problem = Problem {
    retry_after: Some(2),
    ..problem(
        StatusCode::SERVICE_UNAVAILABLE,
        "identity-unavailable",
        "Credentials cannot be checked at present",
        "Whoever knows the callers is out of reach, or gives no clear answer. Try again.",
    )
};
pub(super) const DOCUMENT_REFUSED: Problem = bad_request(
    "document-refused",
    "The document is not well-formed, or can be read in two ways",
    "The reason names the rule, the offset the byte.",
);
pub(super) const DOCUMENT_TOO_LARGE: Problem = problem(
    StatusCode::PAYLOAD_TOO_LARGE,
    "document-too-large",
    "The document is more than the gateway inspects",
    "Send less at once; the limits are in the gateway's configuration.",
);
pub(super) const MEDIA_TYPE_UNSUPPORTED: Problem = problem(
    StatusCode::UNSUPPORTED_MEDIA_TYPE,
    "media-type-unsupported",
    "This route does not take bodies of this type",
    "Send a body of a type that the route's rules can inspect, and say which.",
);
pub(super) const CONTENT_CODING_UNSUPPORTED: Problem = problem(
    StatusCode::UNSUPPORTED_MEDIA_TYPE,
    "content-coding-unsupported",
    "The content coding is not one that the gateway decodes",
    "Send the body as it is, or in gzip, deflate, br or zstd.",
);
pub(super) const CONTENT_CODING_REFUSED: Problem = bad_request(
    "content-coding-refused",
    "The body is not what its content coding says",
    "The reason names what is wrong with it.",
);
pub(super) const CHARSET_UNSUPPORTED: Problem = problem(
    StatusCode::UNSUPPORTED_MEDIA_TYPE,
    "charset-unsupported",
    "The character set is not one that the gateway reads",
    "Send UTF-8.",
);
pub(super) const MASK_NOT_ACCEPTED: Problem = problem(
    StatusCode::CONFLICT,
    "mask-not-accepted",
    "A mask stands where a value is expected",
    "Leave the field as it was last shown to you, or send the whole value.",
);
pub(super) const LEAK_DETECTED: Problem = problem(
    StatusCode::UNPROCESSABLE_ENTITY,
    "leak-detected",
    "A protected value stands in a place that is not protected, too",
    "Operator: add a rule for that place, or take `sentinel: enforce` out of the route.",
);
pub(super) const UNMATCHED: Problem = problem(
    StatusCode::UNPROCESSABLE_ENTITY,
    "unmatched",
    "Nothing in the message is what the rules of its route know",
    "Operator: add rules for what it holds, or take `unmatched: refuse` out of the route.",
);
pub(super) const REQUIRED_FIELD: Problem = problem(
    StatusCode::UNPROCESSABLE_ENTITY,
    "required-field",
    "A field that the rules require is not there",
    "Send the field, in the place that is named, under the name that the application knows.",
);
pub(super) const TOKEN_NOT_ACCEPTED: Problem = problem(
    StatusCode::UNPROCESSABLE_ENTITY,
    "token-not-accepted",
    "A token stands where a value is expected",
    "Send the value itself; tokens are accepted from callers whom a policy lets submit them.",
);
pub(super) const NEW_VALUES: Problem = Problem {
    // The same for every request: a time that depended on it would tell how many of its values are known.
    retry_after: Some(60),
    ..problem(
        StatusCode::TOO_MANY_REQUESTS,
        "new-values",
        "Too many new values at once",
        "Nothing was passed on. Send fewer in a minute, or have a service import them.",
    )
};
pub(super) const VAULT_BUSY: Problem = Problem {
    retry_after: Some(1),
    ..problem(
        StatusCode::SERVICE_UNAVAILABLE,
        "vault-busy",
        "Too many values wait to be stored",
        "Nothing was passed on. Try again, with fewer values at once.",
    )
};
pub(super) const VAULT_UNAVAILABLE: Problem = Problem {
    retry_after: Some(2),
    ..problem(
        StatusCode::SERVICE_UNAVAILABLE,
        "vault-unavailable",
        "The vault does not answer",
        "Nothing was passed on. Try again; if it lasts, see /readyz of the gateway.",
    )
};
pub(super) const AUDIT_UNAVAILABLE: Problem = Problem {
    retry_after: Some(2),
    ..problem(
        StatusCode::SERVICE_UNAVAILABLE,
        "audit-unavailable",
        "The audit journal takes no events",
        "Nothing is revealed that is not on record. Try again; see /readyz of the gateway.",
    )
};
pub(super) const RECORD_DAMAGED: Problem = problem(
    StatusCode::INTERNAL_SERVER_ERROR,
    "record-damaged",
    "A stored record is not what it should be",
    "The vault's content or the keyring was changed; see the gateway's log.",
);
pub(super) const INTERNAL: Problem = problem(
    StatusCode::INTERNAL_SERVER_ERROR,
    "internal",
    "The gateway made a mistake",
    "Nothing was passed on; report it with the request id.",
);
pub(super) const UPSTREAM_UNREACHABLE: Problem = Problem {
    retry_after: Some(1),
    ..problem(
        StatusCode::BAD_GATEWAY,
        "upstream-unreachable",
        "No connection to the application",
        "Try again; if it lasts, check that the upstream runs and its address is right.",
    )
};
pub(super) const UPSTREAM_UNTRUSTED: Problem = problem(
    StatusCode::BAD_GATEWAY,
    "upstream-untrusted",
    "The application's certificate is not trusted",
    "Check the upstream's certificate, its name, and the authorities it is checked against.",
);
pub(super) const UPSTREAM_BROKEN: Problem = problem(
    StatusCode::BAD_GATEWAY,
    "upstream-broken",
    "The application ended the connection",
    "Whether it has acted on the request is not known.",
);
pub(super) const UPSTREAM_MALFORMED: Problem = problem(
    StatusCode::BAD_GATEWAY,
    "upstream-malformed",
    "The application's answer is malformed",
    "The answer breaks HTTP/1.1; see the gateway's log.",
);
pub(super) const UPSTREAM_TIMEOUT: Problem = problem(
    StatusCode::GATEWAY_TIMEOUT,
    "upstream-timeout",
    "The application did not answer in time",
    "Whether it has acted on the request is not known.",
);
pub(super) const RESPONSE_UNINSPECTABLE: Problem = problem(
    StatusCode::BAD_GATEWAY,
    "response-uninspectable",
    "The application's answer cannot be inspected",
    "It may hold personal data that the rules of this route must replace.",
);
pub(super) const RESPONSE_TOO_LARGE: Problem = problem(
    StatusCode::BAD_GATEWAY,
    "response-too-large",
    "The application's answer is too large to inspect",
    "The limit is limits.body_bytes; ask for less at once.",
);
pub(super) const ANSWER_DROPPED: Problem = problem(
    StatusCode::BAD_GATEWAY,
    "answer-dropped",
    "The application's answer could not be protected",
    "The application has answered, so it may have acted: look before you try again.",
);
