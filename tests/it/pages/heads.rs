//! The head of a page, and how long one can become.

use cloakroom::pages::Language;
use cloakroom::pages::Path;
use cloakroom::pages::TooLong;
use cloakroom::pages::answer;
use cloakroom::pages::portal::SignIn;
use http::StatusCode;

use super::samples::Filler;
use super::samples::Signed;

const USUAL: Filler = Filler::usual(Language::German);

#[test]
fn a_page_is_kept_from_caches_frames_and_other_origins() {
    for sample in USUAL.all() {
        let fields = sample.response.headers();
        for (name, value) in [
            ("content-type", "text/html; charset=utf-8"),
            ("content-language", "de"),
            (
                "content-security-policy",
                "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
                 form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
            ),
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("strict-transport-security", "max-age=63072000"),
        ] {
            assert_eq!(fields[name], value, "{}", sample.name);
        }
    }
}

#[test]
fn a_page_that_is_too_long_is_an_error() {
    let mut frame = USUAL.frame(Path::SignIn, Signed::Out);
    frame.company = "x".repeat(9 * 1024 * 1024);
    let page = SignIn { frame, fault: None };
    assert!(matches!(answer(StatusCode::OK, &page), Err(TooLong)));
}
