//! No value changes the structure of a page, as a whole tree builder (html5ever) sees it.

use cloakroom::document::html::Batch;
use cloakroom::document::html::Charset;
use cloakroom::document::html::Context;
use cloakroom::document::html::Escape;
use cloakroom::document::html::Options;
use cloakroom::document::html::Part;
use html5ever::tendril::TendrilSink;
use markup5ever_rcdom::Handle;
use markup5ever_rcdom::NodeData;
use markup5ever_rcdom::RcDom;

use crate::html::JSON;
use crate::html::KEEP;
use crate::html::MAIL;
use crate::html::TOKEN;
use crate::html::batches;
use crate::html::contexts;
use crate::html::corpus;
use crate::html::revealed;

/// The value that harms nobody.
pub(super) const HARMLESS: &str = "Harmless";

/// A page as a tree. Scripting is on.
pub(super) fn tree(page: &[u8]) -> RcDom {
    html5ever::parse_document(RcDom::default(), html5ever::ParseOpts::default())
        .from_utf8()
        .one(page)
}

/// A page as a list of what its tree holds.
pub(super) fn outline(page: &[u8]) -> Vec<String> {
    let dom = tree(page);
    let mut lines = Vec::new();
    walk(&dom.document, &mut lines);
    lines
}

fn walk(node: &Handle, lines: &mut Vec<String>) {
    match &node.data {
        NodeData::Element { name, attrs, template_contents, .. } => {
            lines.push(format!("<{} {}", name.ns, name.local));
            for attribute in attrs.borrow().iter() {
                lines.push(format!("={} {}", attribute.name.local, attribute.value));
            }
            if let Some(contents) = template_contents.borrow().as_ref() {
                walk(contents, lines);
            }
        }
        NodeData::Text { contents } => lines.push(format!("#{}", contents.borrow())),
        NodeData::Comment { contents } => lines.push(format!("!{contents}")),
        NodeData::Document | NodeData::Doctype { .. } | NodeData::ProcessingInstruction { .. } => {}
    }
    for child in node.children.borrow().iter() {
        walk(child, lines);
    }
    lines.push(">".to_owned());
}

/// The value as it is spelled in these contexts. A tree has no references any more: text and attributes
/// must hold exactly the value.
fn spellings(value: &str, contexts: &[Context]) -> Vec<String> {
    let spelled = |context: &Context| {
        let escape = match context {
            Context::Plain | Context::Keep(_) => return None,
            Context::Text { .. } | Context::Attribute(_) => return Some(value.to_owned()),
            Context::Url(Part::Path | Part::Query, _) => Escape::Url,
            Context::Url(Part::Mailbox, _) => Escape::Mailbox,
            Context::Url(Part::Phone, _) => Escape::Phone,
            Context::Script => Escape::Script,
        };
        let mut out = Vec::new();
        escape.write(value, Charset::Utf8, &mut out);
        String::from_utf8(out).ok()
    };
    let mut texts: Vec<String> = contexts.iter().filter_map(spelled).collect();
    // Where a place may be in another language, too, the token stays.
    texts.extend([TOKEN.to_owned(), MAIL.to_owned()]);
    texts.sort_unstable();
    texts.dedup();
    texts
}

/// Whether a line is the harmless one with one of the spellings in each of its places.
fn fits(calm: &str, wild: &str, texts: &[String]) -> bool {
    let Some((before, behind)) = calm.split_once(HARMLESS) else { return calm == wild };
    let Some(rest) = wild.strip_prefix(before) else { return false };
    texts.iter().filter_map(|text| rest.strip_prefix(text)).any(|rest| fits(behind, rest, texts))
}

/// What is wrong with the page when it holds the value, compared with its harmless outline.
pub(super) fn difference(
    page: &[u8],
    calm: &[String],
    value: &str,
    options: Options,
) -> Option<String> {
    difference_in(page, calm, (value, options), <[u8]>::to_vec)
}

/// The same for a page in another character set, with a way to read it as UTF-8.
pub(super) fn difference_in(
    page: &[u8],
    calm: &[String],
    (value, options): (&str, Options),
    read: impl Fn(&[u8]) -> Vec<u8>,
) -> Option<String> {
    let wild = outline(&read(&revealed(page, value, options)));
    let contexts: Vec<Context> = batches([page], options)
        .iter()
        .flat_map(Batch::tokens)
        .map(|token| token.site.context)
        .collect();
    let (page, texts) = (String::from_utf8_lossy(page), spellings(value, &contexts));
    if calm.len() != wild.len() {
        return Some(format!("{page}\n{value:?}\n{calm:#?}\n{wild:#?}"));
    }
    let differs = |(calm, wild): &(&String, &String)| *calm != *wild && !fits(calm, wild, &texts);
    let (calm, wild) = calm.iter().zip(&wild).find(differs)?;
    Some(format!("{page}\n{value:?}\n{calm}\n{wild}"))
}

#[test]
fn one_attribute_may_spell_a_value_in_two_ways() {
    let page = format!("<p title={TOKEN}'{TOKEN}'>");
    let calm = outline(&revealed(page.as_bytes(), HARMLESS, JSON));
    assert_eq!(difference(page.as_bytes(), &calm, "a\"b", JSON), None);
    let other = [calm, vec![">".to_owned()]].concat();
    assert!(difference(page.as_bytes(), &other, "a\"b", JSON).is_some());
}

#[test]
fn no_value_changes_the_structure() {
    let values = corpus::values();
    assert!(values.len() > 300, "{}", values.len());
    for place in corpus::PLACES {
        let page = format!("<!doctype html><body>{}", place.replace('§', TOKEN));
        let options = if contexts(&page, KEEP) == contexts(&page, JSON) {
            &[KEEP][..]
        } else {
            &[KEEP, JSON][..]
        };
        for options in options {
            let calm = outline(&revealed(page.as_bytes(), HARMLESS, *options));
            for value in &values {
                assert_eq!(difference(page.as_bytes(), &calm, value, *options), None);
            }
        }
    }
}
