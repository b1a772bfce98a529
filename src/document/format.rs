//! Which format a body is in, told by its media type.

use crate::base::Span;
use crate::base::is_token;
use crate::document::Boundary;
use crate::document::Dialect;
use crate::document::Separator;
use crate::document::prefix;

/// How a place of a message is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// JSON (RFC 8259), in UTF-8.
    Json,
    /// `application/x-www-form-urlencoded` (WHATWG URL, section 5), in UTF-8.
    Form,
    /// The query of a request target: the same pairs as a form, behind the `?`.
    Query,
    /// `multipart/form-data` (RFC 7578).
    Multipart(Boundary),
    /// XML 1.0, in UTF-8.
    Xml,
    /// CSV (RFC 4180) and its usual dialects, in UTF-8.
    Csv(Dialect),
    /// The value of a `Cookie` line (RFC 6265bis).
    Cookie,
    /// The value of a `Set-Cookie` line.
    SetCookie,
    /// JSON texts, one a line. Each is a document of its own for selectors.
    Ndjson,
    /// JSON texts between record separators (RFC 7464); likewise.
    JsonSeq,
    /// Server-sent events (WHATWG HTML, section 9.2) whose data is JSON; likewise.
    EventStream,
}

impl Format {
    /// Reads the value of a `Content-Type` field (RFC 9110, section 8.3.1).
    ///
    /// Refuses by `None`: a type that is none of ours, a broken parameter, a parameter given
    /// twice, a `charset` that is not UTF-8, and a multipart form without a boundary.
    /// `application/json`, `text/json` and every type with the suffix `+json` (RFC 6839, section
    /// 3.1) are JSON; `application/xml`, `text/xml` and `+xml` (RFC 7303) are XML, but not XHTML,
    /// which is a page.
    pub fn from_media_type(value: &str) -> Option<Self> {
        let media_type = MediaType::parse(value)?;
        if media_type.is_utf8() { media_type.format() } else { None }
    }

    /// Finds the JSON of a response behind a known guard (`)]}'`) or inside a JSONP call; none when
    /// the body has neither. [`select_in`](crate::document::select_in) reads it at its place.
    pub fn detect_prefix(source: &[u8]) -> Option<Span> {
        prefix::detect(source)
    }
}

/// A media type with its parameters (RFC 9110, section 8.3.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaType {
    /// Lower case, without parameters.
    essence: String,
    parameters: Vec<(String, String)>,
}

impl MediaType {
    /// Reads a media type; refuses a broken parameter and one given twice.
    pub fn parse(value: &str) -> Option<Self> {
        let (essence, rest) = value.split_once(';').unwrap_or((value, ""));
        let essence = essence.trim_matches(BLANK);
        let (kind, name) = essence.split_once('/')?;
        if !is_token(kind) || !is_token(name) {
            return None;
        }
        Some(Self { essence: essence.to_ascii_lowercase(), parameters: parameters(rest)? })
    }

    /// The character set it declares.
    pub fn charset(&self) -> Option<&str> {
        self.parameter("charset")
    }

    /// Whether it is a page of HTML. XHTML is none: browsers read it by the rules of XML.
    pub fn is_html(&self) -> bool {
        self.essence == "text/html"
    }

    /// Whether it is a plain text.
    pub fn is_plain_text(&self) -> bool {
        self.essence == "text/plain"
    }

    /// Whether it is a script (RFC 9239), the form in which JSONP comes.
    pub fn is_script(&self) -> bool {
        let old = ["application/javascript", "application/x-javascript"];
        self.essence == "text/javascript" || old.contains(&self.essence.as_str())
    }

    /// Whether the text is UTF-8, as far as it says.
    pub(super) fn is_utf8(&self) -> bool {
        let utf8 =
            |name: &str| name.eq_ignore_ascii_case("utf-8") || name.eq_ignore_ascii_case("utf8");
        self.parameter("charset").is_none_or(utf8)
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether all readers find the same parameters in it: each is one that a reader of this type knows,
    /// and `boundary=` is in no value, where PHP and Rack would find it, nor a comma, at which
    /// they end.
    pub fn has_one_reading(&self) -> bool {
        let known: &[&str] = match self.essence.as_str() {
            "multipart/form-data" => &["boundary", "charset"],
            "text/csv" | "application/csv" => &["charset", "header"],
            "application/x-www-form-urlencoded" | "text/tab-separated-values" => &["charset"],
            // None of these says how to parse.
            _ => &[
                "charset",
                // Versions: many APIs, FHIR.
                "version",
                "v",
                "api-version",
                "fhirversion",
                // What the members mean: JSON-LD, JSON:API, SOAP 1.2, Atom.
                "profile",
                "ext",
                "action",
                "type",
                // How much of it there is, and how numbers are spelled: OData 3 and 4.
                "odata",
                "odata.metadata",
                "odata.streaming",
                "metadata",
                "streaming",
                "ieee754compatible",
                "exponentialdecimals",
                // White space.
                "indent",
            ],
        };
        let plain =
            |value: &str| !value.contains(',') && !value.to_ascii_lowercase().contains("boundary=");
        let multipart = self.essence == "multipart/form-data";
        self.parameters
            .iter()
            .all(|(name, value)| known.contains(&name.as_str()) && (!multipart || plain(value)))
    }

    /// The format it names, in whatever character set.
    pub fn format(&self) -> Option<Format> {
        let dialect = Dialect {
            header: self
                .parameter("header")
                .is_none_or(|value| !value.eq_ignore_ascii_case("absent")),
            ..Dialect::default()
        };
        match self.essence.as_str() {
            "application/json" | "text/json" => Some(Format::Json),
            "application/x-www-form-urlencoded" => Some(Format::Form),
            "multipart/form-data" => {
                Boundary::new(self.parameter("boundary")?).map(Format::Multipart)
            }
            "application/xml" | "text/xml" => Some(Format::Xml),
            "text/csv" | "application/csv" => Some(Format::Csv(dialect)),
            "text/tab-separated-values" => {
                Some(Format::Csv(Dialect { separator: Some(Separator::Tab), ..dialect }))
            }
            "application/x-ndjson"
            | "application/ndjson"
            | "application/jsonl"
            | "application/x-jsonlines"
            | "application/jsonlines" => Some(Format::Ndjson),
            "application/json-seq" => Some(Format::JsonSeq),
            "text/event-stream" => Some(Format::EventStream),
            "application/xhtml+xml" => None,
            other => {
                let (_, name) = other.split_once('/')?;
                match name.rsplit_once('+')? {
                    ("", _) => None,
                    (_, "json") => Some(Format::Json),
                    (_, "json-seq") => Some(Format::JsonSeq),
                    (_, "xml") => Some(Format::Xml),
                    _ => None,
                }
            }
        }
    }
}

/// Optional white space of RFC 9110, section 5.6.3.
const BLANK: [char; 2] = [' ', '\t'];

/// Reads parameters; none when they are broken or repeated.
fn parameters(mut rest: &str) -> Option<Vec<(String, String)>> {
    let mut seen: Vec<(String, String)> = Vec::new();
    loop {
        rest = rest.trim_start_matches(BLANK);
        if rest.is_empty() {
            return Some(seen);
        }
        if let Some(after) = rest.strip_prefix(';') {
            rest = after;
            continue;
        }
        let (name, after) = rest.split_once('=')?;
        let name = is_token(name).then(|| name.to_ascii_lowercase())?;
        let (value, after) = parameter_value(after)?;
        if seen.len() >= 32 || seen.iter().any(|(other, _)| *other == name) {
            return None;
        }
        seen.push((name, value));
        rest = after.trim_start_matches(BLANK);
        if !rest.is_empty() && !rest.starts_with(';') {
            return None;
        }
    }
}

/// Reads a token or a quoted string (RFC 9110, section 5.6.4), and gives what follows it. Refuses a
/// backslash before anything but a quotation mark and a backslash: some readers keep it.
fn parameter_value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([';', ' ', '\t']).unwrap_or(text.len());
        let (value, rest) = text.split_at_checked(end)?;
        return is_token(value).then(|| (value.to_owned(), rest));
    };
    let mut value = String::new();
    let mut letters = quoted.chars();
    loop {
        match letters.next()? {
            '"' => return Some((value, letters.as_str())),
            '\\' => value.push(letters.next().filter(|letter| ['"', '\\'].contains(letter))?),
            letter if letter.is_control() && letter != '\t' => return None,
            letter => value.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_that_some_reader_takes_for_another_are_two_readings() {
        let one = |value: &str| MediaType::parse(value).is_none_or(|media| media.has_one_reading());
        for value in [
            "multipart/form-data; boundary=x; boundary*=utf-8''y",
            "multipart/form-data; xboundary=y; boundary=x",
            "multipart/form-data; boundary=\"a,b\"",
            "multipart/form-data; boundary=\"x boundary=y\"",
            "application/x-www-form-urlencoded; a=b",
        ] {
            assert!(!one(value), "{value}");
        }
        for value in [
            "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW",
            "multipart/form-data; boundary=\"----=_Part_1\"; charset=utf-8",
            "application/json; charset=utf-8; version=2",
            "text/csv; header=present",
        ] {
            assert!(one(value), "{value}");
        }
    }

    #[test]
    fn escapes_that_some_readers_keep_are_broken() {
        assert_eq!(MediaType::parse("multipart/form-data; boundary=\"\\x\""), None);
        assert_eq!(MediaType::parse("application/json; charset=\"utf\\-8\""), None);
        let media = MediaType::parse("application/json; profile=\"a\\\"b\\\\\"");
        assert_eq!(
            media.and_then(|media| media.parameter("profile").map(str::to_owned)),
            Some("a\"b\\".to_owned())
        );
    }

    #[test]
    fn knows_json_by_name_and_suffix() {
        for value in [
            "application/json",
            "Application/JSON; charset=utf-8",
            "application/json;charset=\"UTF-8\"",
            "application/problem+json",
            "application/vnd.api+json ; profile=\"a;b\"; x=1",
            "text/json",
            "application/json;",
        ] {
            assert_eq!(Format::from_media_type(value), Some(Format::Json), "{value}");
        }
    }

    #[test]
    fn knows_forms() {
        let value = "application/x-www-form-urlencoded; charset=UTF-8";
        assert_eq!(Format::from_media_type(value), Some(Format::Form));
    }

    #[test]
    fn knows_the_others() {
        let multipart = Format::from_media_type("multipart/form-data; boundary=\"a b\"");
        assert_eq!(multipart, Boundary::new("a b").map(Format::Multipart));
        let headless = Dialect { header: false, ..Dialect::default() };
        let tabs = Dialect { separator: Some(Separator::Tab), ..Dialect::default() };
        for (value, format) in [
            ("text/xml; charset=utf-8", Format::Xml),
            ("application/soap+xml; action=\"urn:x\"", Format::Xml),
            ("text/csv", Format::Csv(Dialect::default())),
            ("text/csv; header=absent", Format::Csv(headless)),
            ("text/tab-separated-values", Format::Csv(tabs)),
            ("application/x-ndjson", Format::Ndjson),
            ("application/geo+json-seq", Format::JsonSeq),
            ("text/event-stream;charset=utf-8", Format::EventStream),
        ] {
            assert_eq!(Format::from_media_type(value), Some(format), "{value}");
        }
        for value in ["multipart/form-data", "multipart/mixed; boundary=a", "application/xhtml+xml"]
        {
            assert_eq!(Format::from_media_type(value), None, "{value}");
        }
    }

    #[test]
    fn refuses_what_two_readers_could_read_differently() {
        for value in [
            "",
            "json",
            "text/plain",
            "application/",
            "application/+json",
            "application/json, text/plain",
            "application/json; charset=utf-16",
            "application/json; charset=iso-8859-1",
            "application/json; charset=utf-8; charset=utf-16",
            "application/json; charset",
            "application/json; charset=\"utf-8",
            "application/json charset=utf-8",
            "application/jsonx",
            "application /json",
        ] {
            assert_eq!(Format::from_media_type(value), None, "{value}");
        }
    }
}
