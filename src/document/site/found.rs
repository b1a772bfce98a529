//! The tokens of a whole text, each with the place where it stands.

use crate::document::html::Context;
use crate::document::html::PlacedToken;
use crate::document::site::Reader;
use crate::document::site::Site;
use crate::document::site::header::in_header;
use crate::document::text;
use crate::document::text::Found;
use crate::document::visitor::span;

/// Finds the tokens of a text that is a value of its document, or of the header field of this name, each
/// with its domain, however the sign between them is spelled; `host` is that of the application. `recognise`
/// is asked about each text that looks like a token.
pub(crate) fn tokens_in<T>(
    text: &[u8],
    field: Option<&str>,
    host: &str,
    recognise: impl Fn(&str) -> Option<T>,
) -> Vec<PlacedToken<T>> {
    let mut reader = Reader::new(host);
    let (mut tokens, mut at) = (Vec::new(), 0);
    while let Found::Token(found) = text::next(text, at, true, &recognise) {
        let (start, end) = (found.start, found.end);
        let span = span(start, end);
        let site = match field {
            _ if (start, end) == (0, text.len()) => Site::of(Context::Plain),
            Some(name) => in_header(name, text, span, host),
            None => {
                reader.run(text.get(at..start).unwrap_or_default());
                let behind = text.get(end..).unwrap_or_default();
                let site = reader.site(text.get(..start).unwrap_or_default(), behind);
                reader.run(span.of(text));
                site
            }
        };
        tokens.push(PlacedToken { span, site: site.fitting(found.at), token: found.ours });
        at = end;
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    const LETTERS: &str = "ck1em8jc6thja36bdbfsqf67f7k8e";

    /// The text that the only token covers, and whether it stays.
    fn found(text: &str, field: Option<&str>) -> (String, bool) {
        let ours = |text: &str| {
            [LETTERS.to_owned(), format!("{LETTERS}@token.example.com")].contains(&text.to_owned())
        };
        let tokens =
            tokens_in(text.as_bytes(), field, "shop.example", |text| ours(text).then_some(()));
        let [hit] = tokens.as_slice() else { panic!("{text}: {} tokens", tokens.len()) };
        let covered = String::from_utf8(hit.span.of(text.as_bytes()).to_vec()).unwrap();
        (covered, matches!(hit.site.context, Context::Keep(_)))
    }

    #[test]
    fn the_domain_belongs_to_the_token_where_its_sign_is_spelled_for_the_place() {
        let domain = "token.example.com";
        for (before, sign, after, field, stays) in [
            ("/u?email=", "%40", "&x=1", None, false),
            ("{\"href\":\"/u?email=", "%40", "\"}", None, false),
            ("{\"mail\":\"", "\\u0040", "\"}", None, false),
            ("mail ", "%40", " now", None, true),
            ("", "%40", "", None, true),
            ("<b>", "&#64;", "</b>", None, true),
            ("mail ", "\\u0040", "", None, true),
            ("</u?email=", "%40", ">; rel=next", Some("link"), false),
            ("</u>; title=\"", "%40", "\"", Some("link"), true),
            (
                "attachment; filename*=UTF-8''a%20",
                "%40",
                "%20a.pdf",
                Some("content-disposition"),
                false,
            ),
            ("attachment; filename=\"", "%40", " a.pdf\"", Some("content-disposition"), true),
        ] {
            let token = format!("{LETTERS}{sign}{domain}");
            let text = format!("{before}{token}{after}");
            assert_eq!(found(&text, field), (token, stays), "{text}");
        }
        let (covered, stays) = found(&format!("mail {LETTERS}=40{domain}"), None);
        assert_eq!((covered.as_str(), stays), (LETTERS, true));
    }
}
