//! What no rule changes.

/// Header fields that say how the message is to be read, where it goes, or who sends it. No rule may
/// change them; a selector that selects every field passes them over.
pub(crate) const FIXED_FIELDS: [&str; 26] = [
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-range",
    "content-type",
    "cookie",
    "date",
    "destination",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "range",
    "referer",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "www-authenticate",
    "x-forwarded-for",
    "x-forwarded-host",
];
