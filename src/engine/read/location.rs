//! `Location`, the one URL that browsers follow by themselves: its tokens are revealed as in a link of a
//! page.

use http::HeaderMap;
use http::header;

use crate::document::html;
use crate::document::html::Scanner;
use crate::engine::leg::Leg;
use crate::engine::leg::Treatment;
use crate::engine::read::Part;
use crate::engine::read::Slot;
use crate::engine::read::page::Page;

/// A page that holds a link to the target.
const LINK: (&str, &str) = ("<a href=\"", "\">");

/// Reads the target of an answer on a leg that reveals texts.
pub(in crate::engine) fn part<'a>(leg: &Leg<'a>, headers: &HeaderMap) -> Option<Part<'a>> {
    let rules = leg.phase().text.as_ref().filter(|_| leg.treatment == Treatment::Reveal)?;
    let link = link(headers.get(header::LOCATION)?.as_bytes())?;
    // In a page of which only ASCII is certain.
    let language = html::Language::Html(html::Scripts::Keep);
    let urls = leg.route().options.charset();
    let options = html::Options { charset: html::Charset::Ascii, urls, language };
    let mut scanner = Scanner::new(options, leg.exchange.host);
    let recognise = |text: &str| leg.exchange.tokenizer.recognise(text);
    let batches = vec![scanner.feed(&link, recognise), scanner.finish(recognise)];
    Some(Part::page(Slot::Location, Page { batches, options, rules }))
}

/// The link; none of a target with characters that no URL has.
fn link(target: &[u8]) -> Option<Vec<u8>> {
    if target.iter().any(|byte| b"\"<>'".contains(byte)) {
        return None;
    }
    let (front, back) = LINK;
    let mut page = front.as_bytes().to_vec();
    for &byte in target {
        if byte == b'&' {
            page.extend_from_slice(b"&amp;");
        } else {
            page.push(byte);
        }
    }
    page.extend_from_slice(back.as_bytes());
    Some(page)
}

/// The target of a link. Values in it are percent-encoded, so every `&amp;` is an ampersand of the
/// target that was there before.
pub(super) fn target(page: &[u8]) -> Vec<u8> {
    beginning(page.get(..page.len().saturating_sub(LINK.1.len())).unwrap_or_default())
}

/// As much of the target as a beginning of the link holds.
pub(in crate::engine) fn beginning(page: &[u8]) -> Vec<u8> {
    let mut rest = page.get(LINK.0.len()..).unwrap_or_default();
    let mut out = Vec::with_capacity(rest.len());
    while let Some(at) = memchr::memmem::find(rest, b"&amp;") {
        let (before, behind) = rest.split_at_checked(at + 1).unwrap_or_default();
        out.extend_from_slice(before);
        rest = behind.get("amp;".len()..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_comes_back_as_it_was() {
        for text in ["", "/a?b=1&c=2", "/?&&amp;&amp;amp;x&", "https://a.example/%26?x=%3Cb%3E#&"] {
            assert_eq!(target(&link(text.as_bytes()).unwrap()), text.as_bytes());
        }
        for text in ["/\"", "/<", "/>", "/'"] {
            assert_eq!(link(text.as_bytes()), None);
        }
    }
}
