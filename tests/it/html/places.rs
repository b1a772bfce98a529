//! A place is what a whole tree builder (html5ever, and Chromium's in `browser.rs`) takes it for,
//! whatever stands before it.

use cloakroom::document::html::Batch;
use cloakroom::document::html::Context;
use cloakroom::document::html::Options;
use html5ever::ns;
use markup5ever_rcdom::Handle;
use markup5ever_rcdom::NodeData;
use proptest::prelude::*;

use crate::html::JSON;
use crate::html::KEEP;
use crate::html::batches;
use crate::html::soup;
use crate::html::structure;

/// Where a mark is in a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In the text of an element of HTML that is shown.
    Text,
    /// In the text of a `script`.
    Script,
    /// In an attribute value.
    Attribute,
    /// Anywhere else: comments, names, raw text, foreign or hidden content.
    Other,
}

/// Elements whose text is raw or not shown.
const RAW: [&str; 7] = ["style", "xmp", "iframe", "noembed", "noframes", "noscript", "plaintext"];

/// All marks of a tree and where they are.
fn marks(node: &Handle, parent: Place, found: &mut Vec<(String, Place)>) {
    let mut inside = parent;
    match &node.data {
        NodeData::Element { name, attrs, template_contents, .. } => {
            for attribute in attrs.borrow().iter() {
                collect(&attribute.value, Place::Attribute, found);
                collect(&attribute.name.local, Place::Other, found);
            }
            collect(&name.local, Place::Other, found);
            inside = match &*name.local {
                _ if name.ns != ns!(html) => Place::Other,
                "script" => Place::Script,
                raw if RAW.contains(&raw) => Place::Other,
                _ => Place::Text,
            };
            if let Some(contents) = template_contents.borrow().as_ref() {
                marks(contents, Place::Other, found);
            }
        }
        NodeData::Text { contents } => collect(&contents.borrow(), parent, found),
        NodeData::Comment { contents } => collect(contents, Place::Other, found),
        NodeData::Document | NodeData::Doctype { .. } | NodeData::ProcessingInstruction { .. } => {}
    }
    for child in node.children.borrow().iter() {
        marks(child, inside, found);
    }
}

/// The marks `Mark0z`, `Mark1z`, … in a text.
fn collect(text: &str, place: Place, found: &mut Vec<(String, Place)>) {
    let folded = text.to_ascii_lowercase();
    let numbers = folded.split("mark").skip(1).filter_map(|rest| rest.split_once('z'));
    found.extend(numbers.map(|(number, _)| (number.to_owned(), place)));
}

/// A page with a mark for each token that may be revealed, and the contexts of all tokens.
pub(super) fn marked(page: &[u8], options: Options) -> (Vec<u8>, Vec<Context>) {
    let batches = batches([page], options);
    let contexts: Vec<_> =
        batches.iter().flat_map(Batch::tokens).map(|token| token.site.context).collect();
    let names: Vec<_> = (0..contexts.len()).map(|number| format!("Mark{number}z")).collect();
    let mut next = names.iter();
    let out = batches
        .into_iter()
        .flat_map(|batch| batch.reveal(|_| next.next().map(String::as_str), |_, _| {}))
        .collect();
    (out, contexts)
}

/// Whether the mark of this number may be in this place.
pub(super) fn fits(contexts: &[Context], number: &str, place: Place) -> bool {
    let context = number.parse::<usize>().ok().and_then(|number| contexts.get(number));
    context.is_some_and(|context| match context {
        // What is kept has no mark.
        Context::Keep(_) => false,
        // A page that is JSON is read as text.
        Context::Plain | Context::Text { .. } => place == Place::Text,
        Context::Attribute(_) | Context::Url(..) => place == Place::Attribute,
        Context::Script => matches!(place, Place::Attribute | Place::Script),
    })
}

/// What is wrong with the contexts of a page.
fn wrong(page: &[u8], options: Options) -> Option<String> {
    let (out, contexts) = marked(page, options);
    let mut found = Vec::new();
    marks(&structure::tree(&out).document, Place::Text, &mut found);
    let (number, place) = found.iter().find(|(number, place)| !fits(&contexts, number, *place))?;
    Some(format!("{}\n{number} {place:?} {contexts:?}", String::from_utf8_lossy(&out)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20000))]

    #[test]
    fn every_value_stands_where_its_context_says(
        page in prop_oneof![1 => soup::soup(), 3 => soup::switches()],
    ) {
        for options in [KEEP, JSON] {
            prop_assert_eq!(wrong(&page, options), None);
        }
    }
}
