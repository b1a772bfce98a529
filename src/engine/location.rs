//! `Location`, the one URL that browsers follow by themselves: its tokens are revealed as in a link of a
//! page.

use http::HeaderMap;
use http::header;

use crate::document::html;
use crate::document::html::Batch;
use crate::document::html::Scanner;
use crate::engine::Engine;
use crate::engine::Exchange;
use crate::engine::Intent;
use crate::engine::assemble;
use crate::engine::error::Error;
use crate::engine::flow::candidate;
use crate::engine::flow::shown_in;
use crate::engine::flow::written;
use crate::engine::reveal;
use crate::rules::Route;
use crate::token::Token;

/// A page that holds a link to the target.
const LINK: (&str, &str) = ("<a href=\"", "\">");

/// How it is read on a route: in a page of which only ASCII is certain.
pub(super) fn options(route: &Route) -> html::Options {
    let language = html::Language::Html(html::Scripts::Keep);
    html::Options { charset: html::Charset::Ascii, urls: route.options.charset(), language }
}

/// Finds its tokens, with the places that they have in the link.
pub(super) fn tokens(
    (host, options): (&str, html::Options),
    headers: &HeaderMap,
    recognise: impl Fn(&str) -> Option<Token> + Copy,
) -> Option<Vec<Batch<Token>>> {
    let page = link(headers.get(header::LOCATION)?.as_bytes())?;
    let mut scanner = Scanner::new(options, host);
    Some(vec![scanner.feed(&page, recognise), scanner.finish(recognise)])
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
fn target(page: &[u8]) -> Vec<u8> {
    beginning(page.get(..page.len().saturating_sub(LINK.1.len())).unwrap_or_default())
}

/// As much of the target as a beginning of the link holds.
pub(super) fn beginning(page: &[u8]) -> Vec<u8> {
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

impl Engine {
    /// Reveals its tokens.
    pub(super) async fn location(
        &self,
        exchange: &Exchange<'_>,
        headers: &mut HeaderMap,
    ) -> Result<Option<Intent>, Error> {
        let Some(rules) = &exchange.route.response.text else { return Ok(None) };
        let recognise = |text: &str| candidate(exchange.tokenizer, rules, text);
        let options = options(exchange.route);
        let Some(batches) = tokens((exchange.host, options), headers, recognise) else {
            return Ok(None);
        };
        let shown = shown_in(exchange.tokenizer, rules, &batches, options);
        let Some(released) = reveal::show(self, exchange, &shown).await? else { return Ok(None) };
        let page = written(batches, &shown, Some(&released));
        assemble::put_location(headers, &target(&page))?;
        Ok(Some(Intent::new(self, exchange, released.receipt)))
    }
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
