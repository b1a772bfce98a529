//! Tokens in plain text.

use cloakroom::document::html::Charset;
use cloakroom::document::html::Context;
use cloakroom::document::html::Options;
use cloakroom::document::html::Why;

use crate::html::MAIL;
use crate::html::PLAIN;
use crate::html::TOKEN;
use crate::html::contexts;
use crate::html::revealed;

#[test]
fn what_may_be_markup_in_plain_text_takes_only_what_reads_alike() {
    for page in ["§ x", "<p title=§>", "<script>'§'", "<!--§", "<select><xmp>§", "a&§", "<svg>§"]
    {
        let page = page.replace('§', TOKEN);
        assert_eq!(contexts(&page, PLAIN), [Context::Plain], "{page}");
        let out = revealed(page.as_bytes(), "a@x.example", PLAIN);
        assert_eq!(String::from_utf8(out).unwrap(), page.replace(TOKEN, "a@x.example"));
        for value in ["<b>", "a\nb", "&lt;"] {
            assert_eq!(revealed(page.as_bytes(), value, PLAIN), page.as_bytes(), "{page}");
        }
    }
    assert_eq!(revealed(format!("To: {MAIL}.").as_bytes(), "a@b", PLAIN), b"To: a@b.");
    assert_eq!(revealed(TOKEN.as_bytes(), "O'Hara & Co", PLAIN), b"O'Hara & Co");
}

#[test]
fn an_escaped_address_in_plain_text_keeps_its_token() {
    for sign in ["%40", "&#64;", "\\u0040"] {
        let page = MAIL.replace('@', sign);
        assert_eq!(contexts(&page, PLAIN), [Context::Keep(Why::Ambiguous)], "{page}");
    }
}

#[test]
fn plain_text_takes_only_characters_that_it_has() {
    let ascii = Options { charset: Charset::Ascii, ..PLAIN };
    let page = TOKEN.as_bytes();
    assert_eq!(revealed(page, "é", PLAIN), "é".as_bytes());
    assert_eq!(revealed(page, "e", ascii), b"e");
    let latin = cloakroom::document::Charset::settle(Some(b"iso-8859-1"), b"").unwrap();
    let latin = Options { charset: Charset::Legacy(latin), ..PLAIN };
    assert_eq!(revealed(page, "é€", latin), b"\xe9\x80");
    for (value, options) in [("é", ascii), ("中", latin), ("a\0", PLAIN), ("\u{202e}x", PLAIN)] {
        assert_eq!(revealed(page, value, options), page, "{value:?}");
    }
}
