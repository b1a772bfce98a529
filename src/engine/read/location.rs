//! `Location`, the one URL that browsers follow by themselves: its tokens are revealed as in a link of a
//! page.

use http::HeaderMap;
use http::header;

use crate::document::html;
use crate::document::html::Scanner;
use crate::engine::leg::Leg;
use crate::engine::leg::Treatment;
use crate::engine::read::Content;
use crate::engine::read::Part;
use crate::engine::read::Slot;
use crate::engine::read::page::Page;

/// Reads the target of an answer on a leg that reveals texts; none that has characters which no URL has.
pub(in crate::engine) fn part<'a>(leg: &Leg<'a>, headers: &HeaderMap) -> Option<Part<'a>> {
    let rules = leg.phase().text.as_ref().filter(|_| leg.treatment == Treatment::Reveal)?;
    let target = headers.get(header::LOCATION)?.as_bytes();
    if target.iter().any(|byte| b"\"<>'".contains(byte)) {
        return None;
    }
    // Of its character set only ASCII is certain.
    let (urls, language) = (leg.route().options.charset(), html::Language::Url);
    let options = html::Options { charset: html::Charset::Ascii, urls, language };
    let mut scanner = Scanner::new(options, leg.exchange.host);
    let recognise = |text: &str| leg.exchange.tokenizer.recognise(text);
    let batches = vec![scanner.feed(target, recognise), scanner.finish(recognise)];
    Some(Part::new(Slot::Location, Content::Page(Page { batches, options, rules })))
}
