//! A page or a text in which tokens stand anywhere, with the context of each.

use http::HeaderMap;
use http::header;

use crate::document::html;
use crate::document::html::Batch;
use crate::document::html::PlacedToken;
use crate::document::html::Scanner;
use crate::engine::leg::Leg;
use crate::engine::leg::Treatment;
use crate::rules::TextRules;
use crate::token::Class;
use crate::token::Token;

/// Bytes of a page that are decided, with the tokens in them.
#[derive(Debug)]
pub(crate) struct Page<'a> {
    pub(in crate::engine) batches: Vec<Batch<Token>>,
    pub(in crate::engine) options: html::Options,
    pub(in crate::engine) rules: &'a TextRules,
}

impl<'a> Page<'a> {
    /// Reads `Location`, the one URL that browsers follow by themselves, on a leg that reveals texts: its tokens
    /// are revealed as in a link of a page. None when it has characters which no URL has.
    pub(in crate::engine) fn of_location(leg: &Leg<'a>, headers: &HeaderMap) -> Option<Self> {
        let rules = leg.phase().text.as_ref().filter(|_| leg.treatment == Treatment::Reveal)?;
        let target = headers.get(header::LOCATION)?.as_bytes();
        if target.iter().any(|byte| b"\"<>'".contains(byte)) {
            return None;
        }
        // Of its character set only ASCII is certain.
        let (urls, language) = (leg.route().options.charset(), html::Language::Url);
        let options = html::Options { charset: html::Charset::Ascii, urls, language };
        let mut scanner = Scanner::new(options, &leg.exchange.host);
        let recognise = |text: &str| leg.exchange.tokenizer.recognise(text);
        let batches = vec![scanner.feed(target, recognise), scanner.finish(recognise)];
        Some(Page { batches, options, rules })
    }

    /// Gives all tokens in their order, and the classes of those that the rules reveal.
    pub(in crate::engine) fn tokens(
        &self,
    ) -> impl Iterator<Item = (&PlacedToken<Token>, Option<&'a Class>)> {
        let class_of = |token: &Token| {
            let class = self.rules.classes.iter().find(|class| class.code == token.code());
            class.map(AsRef::as_ref)
        };
        self.batches
            .iter()
            .flat_map(Batch::tokens)
            .map(move |found| (found, class_of(&found.token)))
    }
}
