//! Every problem that people's listeners tell, in the order of `docs/errors.md`.

use http::StatusCode;

use crate::net::Problem;
use crate::net::problem;

pub(super) const NO_PATH: Problem = problem(
    StatusCode::NOT_FOUND,
    "no-path",
    "No such path",
    "docs/people.md lists the paths; a listener serves what its configuration says.",
);
pub(super) const METHOD: Problem = problem(
    StatusCode::METHOD_NOT_ALLOWED,
    "method",
    "The path has other methods",
    "Allow lists them.",
);
pub(super) const CREDENTIAL: Problem = problem(
    StatusCode::UNAUTHORIZED,
    "people-credential",
    "The credential is not accepted",
    "Send a key made by `cloakroom keys api add`, or a token of a configured issuer.",
);
pub(super) const ANONYMOUS: Problem = problem(
    StatusCode::UNAUTHORIZED,
    "people-anonymous",
    "A credential is needed",
    "Send `Authorization: Bearer` with a key made by `cloakroom keys api add`.",
);
pub(super) const DENIED: Problem = problem(
    StatusCode::FORBIDDEN,
    "people-denied",
    "No policy allows this",
    "A policy must permit the action on the kind of holding.",
);
pub(super) const NO_PERSON: Problem = problem(
    StatusCode::NOT_FOUND,
    "no-person",
    "There is no such person",
    "Unknown and erased people are told alike.",
);
pub(super) const NO_DOCUMENT: Problem =
    problem(StatusCode::NOT_FOUND, "no-document", "There is no such document", "Put one first.");
pub(super) const AMBIGUOUS: Problem = problem(
    StatusCode::CONFLICT,
    "ambiguous-person",
    "Several people have this value",
    "Name the person by a token; lookup tells the tokens.",
);
pub(super) const TAKEN: Problem = problem(
    StatusCode::CONFLICT,
    "taken",
    "Another person has one of the identifiers",
    "An identifier names one person only.",
);
pub(super) const STATE: Problem = problem(
    StatusCode::CONFLICT,
    "state",
    "The state of the person forbids it",
    "A hold or the end of a removal stands against it.",
);
pub(super) const REVISION: Problem = problem(
    StatusCode::PRECONDITION_FAILED,
    "revision",
    "The person has another revision by now",
    "Read again and repeat the change.",
);
pub(super) const NO_REVISION: Problem = problem(
    StatusCode::PRECONDITION_REQUIRED,
    "no-revision",
    "If-Match is missing",
    "Send the ETag of what is changed.",
);
pub(super) const GONE: Problem = problem(
    StatusCode::GONE,
    "not-here",
    "This product does it in another way",
    "People sign in at the portal; configuration and metrics are on the admin listener.",
);
pub(super) const BODY_TOO_LARGE: Problem = problem(
    StatusCode::PAYLOAD_TOO_LARGE,
    "people-body-too-large",
    "The body is too large",
    "It may have 65536 bytes.",
);
pub(super) const BODY_SLOW: Problem = problem(
    StatusCode::REQUEST_TIMEOUT,
    "people-body-slow",
    "The body did not arrive in time",
    "The limit is limits.timeouts.body.",
);
pub(super) const BODY_BROKEN: Problem = problem(
    StatusCode::BAD_REQUEST,
    "people-body-broken",
    "The body's framing is broken",
    "Send it again.",
);
pub(super) const MEDIA_TYPE: Problem = problem(
    StatusCode::UNSUPPORTED_MEDIA_TYPE,
    "people-media-type",
    "The media type is not taken here",
    "Send application/json.",
);
pub(super) const NOT_JSON: Problem = problem(
    StatusCode::BAD_REQUEST,
    "people-not-json",
    "The body is not JSON",
    "It must be JSON in UTF-8, with no member twice.",
);
pub(super) const MEMBER: Problem = problem(
    StatusCode::UNPROCESSABLE_ENTITY,
    "people-member",
    "The body has a member that the route does not take, or lacks one",
    "docs/people.md lists the members.",
);
pub(super) const MODE: Problem = problem(
    StatusCode::BAD_REQUEST,
    "people-mode",
    "No such way to name a person",
    "The modes are token and the fields of `people.fields` whose class is an identifier.",
);
pub(super) const IDENTIFIER: Problem = problem(
    StatusCode::BAD_REQUEST,
    "people-identifier",
    "Not a token of a person",
    "It is a UUID that this product gave.",
);
pub(super) const TIME: Problem = problem(
    StatusCode::UNPROCESSABLE_ENTITY,
    "people-time",
    "The time is malformed or out of bounds",
    "Seconds from now, a Unix time, or a number with s, h, d or m; people.notice and people.longest bound it.",
);
pub(super) const UNACCEPTABLE: Problem = problem(
    StatusCode::UNPROCESSABLE_ENTITY,
    "people-unacceptable",
    "The document cannot be kept",
    "An object of at most 32 levels and 1000 members, without U+0000; fields with a class are texts or numbers; a profile has an identifier.",
);
pub(super) const LIMIT: Problem = problem(
    StatusCode::UNPROCESSABLE_ENTITY,
    "people-limit",
    "The person has too much of it",
    "docs/limits.md lists the bounds.",
);
pub(super) const BUSY: Problem = Problem {
    retry_after: Some(1),
    ..problem(
        StatusCode::SERVICE_UNAVAILABLE,
        "people-busy",
        "Too much waits to be stored",
        "Try again later.",
    )
};
pub(super) const JOURNAL: Problem = Problem {
    retry_after: Some(2),
    ..problem(
        StatusCode::SERVICE_UNAVAILABLE,
        "people-journal",
        "The journal does not take events",
        "Nothing was done. Try again later.",
    )
};
pub(super) const VAULT: Problem = Problem {
    retry_after: Some(2),
    ..problem(
        StatusCode::SERVICE_UNAVAILABLE,
        "people-vault",
        "The vault does not answer",
        "Read again before you repeat a change.",
    )
};
