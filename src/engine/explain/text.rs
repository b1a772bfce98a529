//! Tokens in a page or a plain text, with the contexts they stand in.

use bytes::Bytes;
use http::HeaderMap;
use serde::Serialize;

use crate::coding;
use crate::document::html;
use crate::document::html::Batch;
use crate::document::html::Context;
use crate::document::html::Scanner;
use crate::engine::Engine;
use crate::engine::content;
use crate::engine::error::Error;
use crate::engine::explain::Explanation;
use crate::engine::explain::fate::Becomes;
use crate::engine::explain::place::Reader;
use crate::engine::flow::class_of;
use crate::engine::location;
use crate::rules::TextRules;
use crate::token::Token;

/// What was read as a text, and the tokens in it.
#[derive(Debug, Default, Serialize)]
pub struct TextReport {
    /// `html`, `text`, or nothing when only `Location` was looked at.
    pub format: Option<&'static str>,
    /// The content codings that were taken off.
    pub codings: Vec<&'static str>,
    /// The classes that the rules look for.
    pub classes: Vec<String>,
    /// Its tokens, as far as they are listed.
    pub tokens: Vec<Found>,
    /// How many tokens are not listed.
    pub unlisted: usize,
}

/// A token in a text.
#[derive(Debug, Serialize)]
pub struct Found {
    /// Where the text stands: `body` or `location`.
    pub place: &'static str,
    /// The byte where it starts, from 0, behind content codings.
    pub offset: u64,
    /// Its class; none when no rule file defines it.
    pub class: Option<String>,
    /// What the place is to a browser: `text`, `plain`, `attribute`, `url`, `script`, or why the token
    /// must stay there.
    pub context: &'static str,
    /// Whether the context is one in which a token must stay.
    pub keeps: bool,
    /// What becomes of it.
    pub becomes: Becomes,
}

/// How a text is read.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Read(html::Options),
    Undeclared(html::Language),
}

impl Engine {
    /// Explains a body that is read as a text.
    pub(super) fn text_report(
        &self,
        reader: &Reader<'_, '_>,
        report: &mut Explanation,
        (headers, body): (&HeaderMap, &Bytes),
        kind: Kind,
    ) {
        let Some(rules) = &reader.exchange.route.response.text else { return };
        let mut text = named(rules);
        match self.scanned(reader, (headers, body), kind, &mut text) {
            Ok(batches) => add(reader, rules, (&mut text, "body"), &batches),
            Err(reason) => report.unrevealed = Some(reason),
        }
        report.text = Some(text);
    }

    fn scanned(
        &self,
        reader: &Reader<'_, '_>,
        (headers, body): (&HeaderMap, &Bytes),
        kind: Kind,
        text: &mut TextReport,
    ) -> Result<Vec<Batch<Token>>, &'static str> {
        let chain = content::codings(headers).map_err(|error| error.code())?;
        text.codings = chain.names().collect();
        let page = if chain.is_identity() {
            body.to_vec()
        } else {
            coding::decode(&chain, body, &self.budget)
                .map_err(|refusal| Error::ContentCoding(refusal).code())?
        };
        let options = match kind {
            Kind::Read(options) => options,
            Kind::Undeclared(language) => {
                let route = reader.exchange.route;
                let found = content::found_in(&page, true, route);
                let (_, charset) = found.ok_or("charset")?;
                html::Options { charset, urls: route.options.charset(), language }
            }
        };
        text.format = Some(match options.language {
            html::Language::Html(_) => "html",
            html::Language::Plain => "text",
        });
        let recognise = |text: &str| reader.exchange.tokenizer.recognise(text);
        let mut scanner = Scanner::new(options, reader.exchange.host);
        Ok(vec![scanner.feed(&page, recognise), scanner.finish(recognise)])
    }
}

/// Explains the target of a redirect.
pub(super) fn location(
    reader: &Reader<'_, '_>,
    report: &mut Explanation,
    rules: &TextRules,
    headers: &HeaderMap,
) {
    let recognise = |text: &str| reader.exchange.tokenizer.recognise(text);
    let read = (reader.exchange.host, location::options(reader.exchange.route));
    let Some(batches) = location::tokens(read, headers, recognise) else { return };
    let text = report.text.get_or_insert_with(|| named(rules));
    add(reader, rules, (text, "location"), &batches);
}

fn named(rules: &TextRules) -> TextReport {
    let classes = rules.classes.iter().map(|class| class.name.to_string()).collect();
    TextReport { classes, ..TextReport::default() }
}

fn add(
    reader: &Reader<'_, '_>,
    rules: &TextRules,
    (text, place): (&mut TextReport, &'static str),
    batches: &[Batch<Token>],
) {
    let page: Vec<u8> = batches.iter().flat_map(Batch::bytes).copied().collect();
    let mut before = 0_usize;
    for batch in batches {
        for hit in batch.hits() {
            if text.tokens.len() >= reader.most() {
                text.unlisted += 1;
                continue;
            }
            let at = usize::try_from(hit.span.start()).unwrap_or(usize::MAX);
            let at = before.saturating_add(at);
            let offset = match place {
                // The scanner was given a link.
                "location" => location::beginning(page.get(..at).unwrap_or_default()).len(),
                _ => at,
            };
            let (context, keeps) = word(hit.context);
            let becomes = match class_of(rules, &hit.token) {
                None => Becomes::NotSelected,
                Some(_) if keeps => Becomes::TokenStays,
                Some(class) => reader.fates.shown(class),
            };
            text.tokens.push(Found {
                place,
                offset: u64::try_from(offset).unwrap_or(u64::MAX),
                class: reader.class_name(&hit.token),
                context,
                keeps,
                becomes,
            });
        }
        before = before.saturating_add(batch.bytes().len());
    }
}

/// A context in one word, and whether it keeps its tokens.
fn word(context: Context) -> (&'static str, bool) {
    match context {
        Context::Text { .. } => ("text", false),
        Context::Plain => ("plain", false),
        Context::Attribute(_) => ("attribute", false),
        Context::Url(..) => ("url", false),
        Context::Script => ("script", false),
        Context::Keep(why) => (why.code(), true),
    }
}
