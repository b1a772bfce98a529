//! How a value is written at its place, and read from it: one table for all formats.

use zeroize::Zeroizing;

use crate::base::Kind;
use crate::base::Sensitive;
use crate::document::Charset;
use crate::document::Reason;
use crate::document::Refusal;
use crate::document::cookie;
use crate::document::csv;
use crate::document::header;
use crate::document::json;
use crate::document::nested::Layer;
use crate::document::percent;
use crate::document::xml;

/// The way of writing that a place demands.
///
/// For every codec and every text that it [holds](Codec::holds), reading what was written gives
/// the text back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Codec {
    /// A JSON string with its quotes (RFC 8259, section 7), or a number as it is spelled.
    Json,
    /// The value of a form field: percent-encoded in this character set, `+` is a space (WHATWG
    /// URL, section 5).
    Form(Charset),
    /// The value of a query parameter: read and written like a form's.
    Query(Charset),
    /// A segment of a path: percent-encoded, `+` is a plus (RFC 3986, section 3.3).
    Path,
    /// The value of a cookie, without quotes around it: percent-encoded, `+` is a plus.
    Cookie,
    /// The whole value of a header field line (RFC 9110, section 5.5), in UTF-8.
    Header,
    /// The body of a part of a multipart form, or a whole text: as it is, in this character set.
    Part(Charset),
    /// The content of an XML element: character data, references, CDATA sections, comments.
    XmlText,
    /// The value of an XML attribute, without its quotes.
    XmlAttribute,
    /// A cell of a CSV row with its quotes, if it has any (RFC 4180, section 2).
    Cell,
    /// A cell; a text that a spreadsheet would run as a formula is written behind an apostrophe.
    GuardedCell,
    /// A JSON literal inside a text that is itself written in some way.
    JsonIn(Layer),
}

impl Codec {
    /// Reads the bytes of a span. A JSON number is given as it is spelled.
    ///
    /// Refuses what is not written in this way; the offset counts from the start of `raw`.
    pub fn decode(self, raw: &[u8], kind: Kind) -> Result<Sensitive<String>, Refusal> {
        let mut text = Sensitive::new(String::with_capacity(raw.len()));
        let out = text.expose_mut();
        match self {
            Self::Json => literal(raw, kind, out)?,
            Self::Form(charset) | Self::Query(charset) => percent::decode(raw, charset, out)?,
            Self::Path | Self::Cookie => percent::decode_path(raw, out)?,
            Self::Header => header::decode(raw, out)?,
            Self::Part(charset) => charset.read(raw, out)?,
            Self::XmlText => xml::decode_content(raw, out)?,
            Self::XmlAttribute => xml::decode_attribute(raw, out)?,
            Self::Cell | Self::GuardedCell => csv::decode(raw, out)?,
            Self::JsonIn(layer) => {
                let mut json = Zeroizing::new(Vec::with_capacity(raw.len()));
                layer.read(raw, &mut |_, unit| json.extend_from_slice(unit))?;
                literal(&json, kind, out).map_err(|error| Refusal::new(error.reason, 0))?;
            }
        }
        Ok(text)
    }

    /// Writes a text so that the place stays what it is, also when it cannot hold the text.
    ///
    /// JSON text gets quotes and the escapes that RFC 8259 demands, no more. A number is written
    /// as it is spelled; a "number" that JSON would not read as one is written as text. Form, query
    /// and path: every byte outside the unreserved characters (RFC 3986, section 2.3) as `%XX`.
    /// What [`Codec::holds`] denies is written with other characters in the place of those that
    /// cannot stand there: never with a line break in a header or markup in XML.
    pub fn encode(self, text: &str, kind: Kind, out: &mut Vec<u8>) {
        match self {
            Self::Json => write_literal(text, kind, out),
            Self::Form(charset) | Self::Query(charset) => percent::encode_in(charset, text, out),
            Self::Path => percent::encode_segment(text, out),
            Self::Cookie => cookie::encode(text, out),
            Self::Header => header::encode(text, out),
            Self::Part(charset) => charset.write(text, out),
            Self::XmlText => xml::encode_content(text, out),
            Self::XmlAttribute => xml::encode_attribute(text, out),
            Self::Cell => csv::encode(text, out),
            Self::GuardedCell => csv::encode_guarded(text, out),
            Self::JsonIn(layer) => {
                let mut json = Zeroizing::new(Vec::with_capacity(text.len() + 2));
                write_literal(text, kind, &mut json);
                layer.write(&json, out);
            }
        }
    }

    /// Writes a text in the place of `raw`: as [`Codec::encode`], and a CSV cell with quotes keeps them.
    pub fn encode_over(self, raw: &[u8], text: &str, kind: Kind, out: &mut Vec<u8>) {
        let start = out.len();
        self.encode(text, kind, out);
        let written = out.get(start..).unwrap_or_default();
        let is_cell = matches!(self, Self::Cell | Self::GuardedCell);
        if is_cell && raw.starts_with(b"\"") && !written.starts_with(b"\"") {
            // What needs no quotes has none inside.
            out.insert(start, b'"');
            out.push(b'"');
        }
    }

    /// Whether a text can stand at such a place: reading it back would give the same text. JSON,
    /// cookies and forms in UTF-8 hold every text; a header no line break, XML no control
    /// characters, a form in another character set what that set can say.
    pub fn holds(self, text: &str) -> bool {
        match self {
            Self::Json | Self::Cookie => true,
            Self::Form(charset) | Self::Query(charset) | Self::Part(charset) => charset.says(text),
            Self::Path => !matches!(text, "" | "." | ".."),
            Self::Header => header::holds(text),
            Self::XmlText | Self::XmlAttribute => text.chars().all(xml::is_char),
            Self::Cell => csv::holds(text),
            Self::GuardedCell => csv::holds(text) && !csv::is_formula(text),
            Self::JsonIn(layer) => layer.holds(text),
        }
    }

    /// What the bytes of a text at this place are in.
    pub(crate) fn charset(self) -> Charset {
        match self {
            Self::Form(charset) | Self::Query(charset) | Self::Part(charset) => charset,
            Self::Json
            | Self::Path
            | Self::Cookie
            | Self::Header
            | Self::XmlText
            | Self::XmlAttribute
            | Self::Cell
            | Self::GuardedCell
            | Self::JsonIn(_) => Charset::UTF8,
        }
    }

    /// The number of bytes a text at this place has when decoded; none when it is not written in
    /// this way.
    pub(crate) fn decoded_len(self, raw: &[u8], kind: Kind) -> Result<usize, Refusal> {
        match self {
            Self::Json if kind == Kind::Number => Ok(raw.len()),
            Self::Part(charset) if charset == Charset::UTF8 => Ok(raw.len()),
            Self::Header => Ok(raw.len()),
            Self::Form(charset) | Self::Query(charset) if charset == Charset::UTF8 => {
                percent::decoded_len(raw)
            }
            Self::Json
            | Self::Form(_)
            | Self::Query(_)
            | Self::Part(_)
            | Self::Path
            | Self::Cookie
            | Self::XmlText
            | Self::XmlAttribute
            | Self::Cell
            | Self::GuardedCell
            | Self::JsonIn(_) => Ok(self.decode(raw, kind)?.expose().len()),
        }
    }
}

/// Reads a JSON string, or a number as it is spelled.
fn literal(raw: &[u8], kind: Kind, out: &mut String) -> Result<(), Refusal> {
    match kind {
        Kind::Text => json::decode(raw, out),
        Kind::Number => {
            out.push_str(json::number(raw)?);
            Ok(())
        }
    }
}

fn write_literal(text: &str, kind: Kind, out: &mut Vec<u8>) {
    if kind == Kind::Number && json::number(text.as_bytes()).is_ok() {
        out.extend_from_slice(text.as_bytes());
    } else {
        json::encode(text, out);
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
            written(Codec::Form(Charset::UTF8), "a b+c&d=\u{e9}-._~;", Kind::Text),
            "a%20b%2Bc%26d%3D%C3%A9-._~%3B"
        );
    }

    #[test]
    fn every_place_writes_what_it_cannot_keep_raw_in_its_own_way() {
        let text = "a, \"b\"; <c> & 'd'/+%";
        for (codec, expected) in [
            (Codec::Path, "a%2C%20%22b%22%3B%20%3Cc%3E%20%26%20%27d%27%2F%2B%25"),
            (Codec::Cookie, "a%2C%20%22b%22%3B%20<c>%20&%20'd'/%2B%25"),
            (Codec::Header, "a, \"b\"; <c> & 'd'/+%"),
            (Codec::Part(Charset::UTF8), "a, \"b\"; <c> & 'd'/+%"),
            (Codec::XmlText, "a, \"b\"; &lt;c&gt; &amp; 'd'/+%"),
            (Codec::XmlAttribute, "a, &quot;b&quot;; &lt;c&gt; &amp; &apos;d&apos;/+%"),
            (Codec::Cell, "\"a, \"\"b\"\"; <c> & 'd'/+%\""),
        ] {
            assert_eq!(written(codec, text, Kind::Text), expected, "{codec:?}");
        }
    }

    #[test]
    fn what_a_place_cannot_hold_does_not_break_out_of_it() {
        assert!(!Codec::Header.holds("a\r\nx: y"));
        assert_eq!(written(Codec::Header, "a\r\nx: y", Kind::Text), "a??x: y");
        assert!(!Codec::XmlText.holds("\u{0}\u{fffe}"));
        assert_eq!(written(Codec::XmlText, "\u{0}\u{fffe}", Kind::Text), "\u{fffd}\u{fffd}");
        assert!(!Codec::Path.holds(".."));
        assert_eq!(written(Codec::Path, "..", Kind::Text), "%2E%2E");
        assert!(!Codec::Cell.holds("a\0"));
        assert!(!Codec::GuardedCell.holds("=1+1"));
        assert_eq!(written(Codec::GuardedCell, "=1+1", Kind::Text), "'=1+1");
    }

    #[test]
    fn decoding_refuses_what_is_not_written_so() {
        for raw in ["", "\"", "a", "\"a", "\"a\"b\"", "\"a\" ", "\"\\x\"", "\"\\ud800\""] {
            assert!(Codec::Json.decode(raw.as_bytes(), Kind::Text).is_err(), "{raw}");
        }
        assert!(Codec::Form(Charset::UTF8).decode(b"%4", Kind::Text).is_err());
        assert!(Codec::Query(Charset::UTF8).decode(b"%ff", Kind::Text).is_err());
        for (codec, raw) in [
            (Codec::Path, "%zz"),
            (Codec::Cookie, "%"),
            (Codec::Header, "a\nb"),
            (Codec::XmlText, "a<b"),
            (Codec::XmlText, "a&nbsp;"),
            (Codec::XmlText, "]]>"),
            (Codec::XmlText, "<![CDATA[a"),
            (Codec::XmlAttribute, "a<"),
            (Codec::XmlAttribute, "&#0;"),
            (Codec::Cell, "a\"b"),
            (Codec::Cell, "\"a"),
            (Codec::Cell, "\"a\"b"),
        ] {
            assert!(codec.decode(raw.as_bytes(), Kind::Text).is_err(), "{codec:?} {raw}");
        }
        assert!(Codec::Part(Charset::UTF8).decode(b"\xff", Kind::Text).is_err());
    }
}
