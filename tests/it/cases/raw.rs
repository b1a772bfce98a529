//! Refusals whose bytes are not text, which a case file cannot hold.

use crate::harness::application::Application;
use crate::harness::caller::Caller;
use crate::harness::gateway::Site;
use crate::harness::gateway::Store;

fn refused(bodies: &[(&[u8], &str)]) {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let gateway = site.serve_here();
    for (body, reason) in bodies {
        let answer = Caller::anonymous(gateway.address).ask("POST", "/api/users", body);
        assert_eq!(
            (answer.status, answer.code()),
            (400, "document-refused".to_owned()),
            "{reason}"
        );
        assert!(answer.text().contains(&format!("\"reason\":\"{reason}\"")), "{}", answer.text());
    }
    assert_eq!(application.requests(), 0);
}

#[test]
fn bytes_that_are_not_utf_8_are_refused() {
    refused(&[
        (b"{\"email\":\"a\xffb\"}", "invalid_utf8"),
        (b"{\"ema\xc3il\":\"a\"}", "invalid_utf8"),
        (b"{\"email\":\"\xc0\xaf\"}", "invalid_utf8"),
        (b"{\"email\":\"\xed\xa0\x80\"}", "invalid_utf8"),
        (b"{\"email\":\"\xf4\x90\x80\x80\"}", "invalid_utf8"),
        (b"{\"email\":\"\xf0\x9f\xa6\"}", "invalid_utf8"),
        (b"{\"x\":\"\xe9\"}", "invalid_utf8"),
    ]);
}

#[test]
fn other_encodings_of_unicode_are_refused() {
    let text = "{\"email\":\"a@b.example\"}";
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let wide: Vec<u8> = text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
    refused(&[
        (&little, "unexpected_byte"),
        (&big, "unexpected_byte"),
        (&wide, "unexpected_byte"),
        (&[&b"\xff\xfe"[..], &little].concat(), "byte_order_mark"),
        (b"\xef\xbb\xbf{}", "byte_order_mark"),
    ]);
}

#[test]
fn raw_control_characters_are_refused() {
    let all: Vec<Vec<u8>> =
        (0..0x20).map(|byte| [b"{\"email\":\"a", &[byte][..], b"\"}"].concat()).collect();
    let bodies: Vec<(&[u8], &str)> =
        all.iter().map(|body| (body.as_slice(), "control_character")).collect();
    refused(&bodies);
}
