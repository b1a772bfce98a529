//! How a value is written at its place, and read from it.

use crate::base::Kind;
use crate::base::Sensitive;
use crate::document::Reason;
use crate::document::Refusal;
use crate::document::json;
use crate::document::percent;

/// The way of writing that a place demands.
///
/// For every codec and text, reading what was written gives the text back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Codec {
    /// A JSON string with its quotes (RFC 8259, section 7), or a number as it is spelled.
    Json,
    /// The value of a form field: percent-encoded, `+` is a space (WHATWG URL, section 5).
    Form,
    /// The value of a query parameter: read and written like a form's.
    Query,
}

impl Codec {
    /// Reads the bytes of a span. A JSON number is given as it is spelled.
    ///
    /// Refuses what is not written in this way; the offset counts from the start of `raw`.
    pub fn decode(self, raw: &[u8], kind: Kind) -> Result<Sensitive<String>, Refusal> {
        let mut text = Sensitive::new(String::with_capacity(raw.len()));
        match (self, kind) {
            (Self::Json, Kind::Text) => json::decode(raw, text.expose_mut())?,
            (Self::Json, Kind::Number) => text.expose_mut().push_str(json::number(raw)?),
            (Self::Form | Self::Query, Kind::Text | Kind::Number) => {
                percent::decode(raw, text.expose_mut())?;
            }
        }
        Ok(text)
    }

    /// Writes a text so that the place stays what it is.
    ///
    /// JSON text gets quotes and the escapes that RFC 8259 demands, no more. A number is written
    /// as it is spelled; a "number" that JSON would not read as one is written as text. Form and
    /// query: every byte outside the unreserved characters (RFC 3986, section 2.3) as `%XX`.
    pub fn encode(self, text: &str, kind: Kind, out: &mut Vec<u8>) {
        match self {
            Self::Json if kind == Kind::Number && json::number(text.as_bytes()).is_ok() => {
                out.extend_from_slice(text.as_bytes());
            }
            Self::Json => json::encode(text, out),
            Self::Form | Self::Query => percent::encode(text, out),
        }
    }

    /// The number of bytes a text at this place has when decoded; none when it is not written in
    /// this way.
    pub(crate) fn decoded_len(self, raw: &[u8], kind: Kind) -> Result<usize, Refusal> {
        match self {
            Self::Json if kind == Kind::Text => Ok(self.decode(raw, kind)?.expose().len()),
            Self::Json => Ok(raw.len()),
            Self::Form | Self::Query => percent::decoded_len(raw),
        }
    }
}

/// Gives text for bytes, or the place of the first one that is not UTF-8.
pub(crate) fn utf8(bytes: &[u8]) -> Result<&str, Refusal> {
    std::str::from_utf8(bytes)
        .map_err(|error| Refusal::new(Reason::InvalidUtf8, error.valid_up_to()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(codec: Codec, text: &str, kind: Kind) -> String {
        let mut out = Vec::new();
        codec.encode(text, kind, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn json_text_gets_only_the_escapes_it_needs() {
        assert_eq!(
            written(Codec::Json, "a\"\\/\n\u{1}\u{7f}\u{2028}<", Kind::Text),
            "\"a\\\"\\\\/\\n\\u0001\u{7f}\u{2028}<\""
        );
    }

    #[test]
    fn a_number_that_is_none_becomes_text() {
        assert_eq!(written(Codec::Json, "1.50e3", Kind::Number), "1.50e3");
        for text in ["", "01", "1 ", "NaN", "1,\"x\":2"] {
            assert_eq!(
                written(Codec::Json, text, Kind::Number),
                written(Codec::Json, text, Kind::Text)
            );
        }
    }

    #[test]
    fn form_text_is_percent_encoded_outside_the_unreserved() {
        assert_eq!(
            written(Codec::Form, "a b+c&d=\u{e9}-._~;", Kind::Text),
            "a%20b%2Bc%26d%3D%C3%A9-._~%3B"
        );
    }

    #[test]
    fn decoding_refuses_what_is_not_written_so() {
        for raw in ["", "\"", "a", "\"a", "\"a\"b\"", "\"a\" ", "\"\\x\"", "\"\\ud800\""] {
            assert!(Codec::Json.decode(raw.as_bytes(), Kind::Text).is_err(), "{raw}");
        }
        assert!(Codec::Form.decode(b"%4", Kind::Text).is_err());
        assert!(Codec::Query.decode(b"%ff", Kind::Text).is_err());
    }
}
