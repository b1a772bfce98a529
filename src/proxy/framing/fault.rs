//! What can be wrong with the framing of a request.

/// A fault of a request as bytes. Each is an entry of `docs/errors.md` by way of
/// [`crate::proxy::Rejection`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The first line is not `METHOD SP TARGET SP VERSION`; HTTP/0.9 is such a case.
    RequestLine,
    /// A version other than HTTP/1.0 and HTTP/1.1.
    Version,
    /// `CONNECT` or `TRACE`.
    Method,
    /// A target that is neither a path, nor a URL, nor `*` with `OPTIONS`.
    Target,
    /// A character that a target cannot have.
    TargetCharacter,
    /// A target longer than `limits.target_bytes`.
    TargetTooLong,
    /// A line that does not end in CR LF, or a CR elsewhere.
    LineEnding,
    /// A field line without a colon, or with something that is no token before it.
    FieldName,
    /// A control character in a field value.
    FieldValue,
    /// A line that continues the one before it: `obs-fold`.
    Folding,
    /// A name that some programs read as a framing or forwarding field: `Content_Length`.
    Lookalike,
    /// A head larger than `limits.header_bytes`.
    HeaderTooLarge,
    /// More fields than `limits.header_fields`.
    TooManyFields,
    /// The head did not come in time.
    HeaderTimeout,
    /// There is no `Host` field (RFC 9112, section 3.2).
    HostMissing,
    /// More than one `Host`.
    HostRepeated,
    /// A `Host` that is empty or not `name[:port]`.
    HostInvalid,
    /// A target that names another host than `Host`.
    HostMismatch,
    /// A `Content-Length` that is not a plain number.
    LengthInvalid,
    /// More than one `Content-Length`.
    LengthRepeated,
    /// Both `Content-Length` and `Transfer-Encoding`.
    BothFramings,
    /// A `Transfer-Encoding` other than exactly one `chunked`.
    CodingInvalid,
    /// A `Transfer-Encoding` in HTTP/1.0.
    CodingVersion,
    /// A chunk size that is not 1 to 16 hexadecimal digits, or an extension that is malformed.
    ChunkSize,
    /// A chunk that does not end where its size says.
    ChunkEnd,
    /// A trailer field that is malformed, or that may not be in a trailer section.
    Trailer,
}
