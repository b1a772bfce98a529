//! Pages: contexts of tokens, and values that cannot leave them.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod contexts;
pub(crate) mod corpus;
mod structure;
mod soup;
mod places;
mod laws;
mod plain;
mod sites;
mod escapes;
mod several_bytes;
mod second_opinion;
mod browser;

use cloakroom::document;
use cloakroom::document::html::Batch;
use cloakroom::document::html::Charset;
use cloakroom::document::html::Context;
use cloakroom::document::html::Language;
use cloakroom::document::html::Options;
use cloakroom::document::html::Scanner;
use cloakroom::document::html::Scripts;

/// A token by its look.
const TOKEN: &str = "ck1em8jc6thja36bdbfsqf67f7k8e";
/// The same as an address.
const MAIL: &str = "ck1em8jc6thja36bdbfsqf67f7k8e@token.example.com";

const UTF8: document::Charset = document::Charset::UTF8;
const KEEP: Options =
    Options { charset: Charset::Utf8, urls: UTF8, language: Language::Html(Scripts::Keep) };
const JSON: Options =
    Options { charset: Charset::Utf8, urls: UTF8, language: Language::Html(Scripts::Json) };

/// Pages in a character set of several bytes.
fn several_bytes(label: &str) -> Options {
    let charset = document::Charset::settle(Some(label.as_bytes()), b"").unwrap();
    Options { charset: Charset::of(charset).unwrap(), ..JSON }
}

const PLAIN: Options = Options { charset: Charset::Utf8, urls: UTF8, language: Language::Plain };

/// Knows the token in both forms and any letter case.
fn recognise(text: &str) -> Option<()> {
    let text = text.to_ascii_lowercase();
    (text == TOKEN || text == MAIL).then_some(())
}

/// The batches of a page that comes in these chunks.
fn batches<'a>(chunks: impl IntoIterator<Item = &'a [u8]>, options: Options) -> Vec<Batch<()>> {
    let mut scanner = Scanner::new(options, "a.example");
    let mut all: Vec<_> = chunks.into_iter().map(|chunk| scanner.feed(chunk, recognise)).collect();
    all.push(scanner.finish(recognise));
    all
}

/// The page with the value wherever it may stand.
fn revealed(page: &[u8], value: &str, options: Options) -> Vec<u8> {
    let batches = batches([page], options);
    batches.into_iter().flat_map(|batch| batch.reveal(|_| Some(value), |_, _| {})).collect()
}

/// The same as text.
fn shown(page: &str, value: &str) -> String {
    String::from_utf8(revealed(page.as_bytes(), value, KEEP)).unwrap()
}

/// The contexts of all tokens.
fn contexts(page: &str, options: Options) -> Vec<Context> {
    let batches = batches([page.as_bytes()], options);
    batches.iter().flat_map(Batch::tokens).map(|token| token.site.context).collect()
}
