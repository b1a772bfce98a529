//! Pages for the scanner, and what a whole tree builder (html5ever) makes of them.

use std::collections::BTreeSet;

use cloakroom::document::html::Batch;
use cloakroom::document::html::Charset;
use cloakroom::document::html::Context;
use cloakroom::document::html::Escape;
use cloakroom::document::html::Options;
use cloakroom::document::html::Part;
use cloakroom::document::html::Scanner;
use cloakroom::document::html::Why;
use html5ever::ns;
use html5ever::tendril::TendrilSink;
use markup5ever_rcdom::Handle;
use markup5ever_rcdom::NodeData;
use markup5ever_rcdom::RcDom;

use crate::fields::TOKEN;

/// A token as an address.
pub const MAIL: &str = "ck1em8jc6thja36bdbfsqf67f7k8e@token.example.com";

/// A value that harms nobody.
pub const HARMLESS: &str = "Harmless";

/// Pieces of pages that change how the rest is read; a byte chooses one.
const PIECES: [&str; 96] = [
    " ",
    "a",
    "\n",
    "<",
    ">",
    "/",
    "\"",
    "'",
    "=",
    "&",
    "-",
    "`",
    "<!--",
    "-->",
    "--!>",
    "<![CDATA[",
    "]]>",
    "<!doctype html>",
    "<?x",
    "</",
    "<p>",
    "</p>",
    "<p title=\"",
    "\">",
    "<p title='",
    "'>",
    "<p title=",
    "<input value=\"",
    "<a href=\"/",
    "<a href='mailto:",
    "<a href=https://a.example/",
    "<a href=\"//b/",
    "<img srcset=\"/",
    "<p onclick=\"f('",
    "')\">",
    "<p style=\"",
    "<p data-x='{\"a\":\"",
    "\"}'>",
    "<title>",
    "</title>",
    "<textarea>",
    "</textarea>",
    "<pre>",
    "</pre>",
    "<script>",
    "</script>",
    "<script type=application/json>",
    "<!--<script>",
    "{\"a\":\"",
    "\"}",
    "var a='",
    "';",
    "//",
    "<style>",
    "</style>",
    "<xmp>",
    "</xmp>",
    "<iframe>",
    "</iframe>",
    "<noscript>",
    "</noscript>",
    "<noembed>",
    "</noembed>",
    "<noframes>",
    "</noframes>",
    "<template>",
    "</template>",
    "<select>",
    "</select>",
    "<option>",
    "<svg>",
    "</svg>",
    "<svg/>",
    "<path/>",
    "<desc>",
    "</desc>",
    "<foreignObject>",
    "<math>",
    "</math>",
    "<mi>",
    "</mi>",
    "<annotation-xml encoding=text/html>",
    "<font color=x>",
    "<table>",
    "<td>",
    "</table>",
    "<caption>",
    "<col>",
    "<frameset>",
    "<frame>",
    "<head>",
    "</body>",
    "<plaintext>",
    "<button>",
    "<form>",
    "<image ",
];

/// A page whose every byte is a piece or a token.
pub fn soup(steps: &[u8]) -> Vec<u8> {
    let piece = |step: &u8| match PIECES.get(usize::from(*step)) {
        Some(piece) => piece.as_bytes(),
        None if step % 4 == 0 => MAIL.as_bytes(),
        None => TOKEN.as_bytes(),
    };
    steps.iter().flat_map(piece).copied().collect()
}

/// A text with a token in the place of every byte 1, and an address for every 2.
pub fn with_tokens(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for byte in text {
        match byte {
            1 => out.extend_from_slice(TOKEN.as_bytes()),
            2 => out.extend_from_slice(MAIL.as_bytes()),
            byte => out.push(*byte),
        }
    }
    out
}

/// Knows the token in both forms and any letter case.
pub fn recognise(text: &str) -> Option<()> {
    let text = text.to_ascii_lowercase();
    (text == TOKEN || text == MAIL).then_some(())
}

/// The batches of a page that comes in these pieces.
pub fn batches(pieces: &[&[u8]], options: Options) -> Vec<Batch<()>> {
    let mut scanner = Scanner::new(options, "a.example");
    let (mut came, mut left) = (0, 0);
    let mut all = Vec::new();
    for piece in pieces {
        let batch = scanner.feed(piece, recognise);
        came += piece.len();
        left += batch.bytes().len();
        assert!(came - left <= 320, "{} bytes held back", came - left);
        all.push(batch);
    }
    all.push(scanner.finish(recognise));
    all
}

/// What came of a page.
#[derive(Debug, PartialEq, Eq)]
pub struct Revealed {
    pub bytes: Vec<u8>,
    pub contexts: Vec<Context>,
    pub kept: Vec<Why>,
}

/// The page with a value wherever one may stand; `value` is asked by number.
pub fn revealed<'v>(batches: Vec<Batch<()>>, value: impl Fn(usize) -> Option<&'v str>) -> Revealed {
    let contexts = batches.iter().flat_map(Batch::tokens).map(|token| token.site.context).collect();
    let (mut bytes, mut kept, mut number) = (Vec::new(), Vec::new(), 0);
    for batch in batches {
        let mut next = |_: &_| {
            number += 1;
            value(number - 1)
        };
        bytes.extend(batch.reveal(&mut next, |_, why| kept.push(why)));
    }
    Revealed { bytes, contexts, kept }
}

/// A page as a tree. Scripting is on.
fn tree(page: &[u8]) -> RcDom {
    let options = html5ever::ParseOpts::default();
    html5ever::parse_document(RcDom::default(), options).from_utf8().one(page)
}

/// A page as a list of what its tree holds.
pub fn outline(page: &[u8]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut open = vec![(tree(page).document, false)];
    // With a list of our own: pages nest deeper than a stack.
    while let Some((node, ended)) = open.pop() {
        if ended {
            lines.push(">".to_owned());
            continue;
        }
        open.push((node.clone(), true));
        let children: Vec<_> = node.children.borrow().iter().cloned().collect();
        open.extend(children.into_iter().rev().map(|child| (child, false)));
        match &node.data {
            NodeData::Element { name, attrs, template_contents, .. } => {
                lines.push(format!("<{} {}", name.ns, name.local));
                for attribute in attrs.borrow().iter() {
                    lines.push(format!("={} {}", attribute.name.local, attribute.value));
                }
                open.extend(template_contents.borrow().iter().map(|inner| (inner.clone(), false)));
            }
            NodeData::Text { contents } => lines.push(format!("#{}", contents.borrow())),
            NodeData::Comment { contents } => lines.push(format!("!{contents}")),
            NodeData::Document
            | NodeData::Doctype { .. }
            | NodeData::ProcessingInstruction { .. } => {}
        }
    }
    lines
}

/// What is wrong with a page that holds a value, beside its harmless outline: nothing but the value
/// in its own spelling may differ.
pub fn difference(calm: &[String], wild: &Revealed, value: &str) -> Option<String> {
    let outline = outline(&wild.bytes);
    if calm.len() != outline.len() {
        return Some(format!("{value:?}\n{calm:#?}\n{outline:#?}"));
    }
    let spellings = spellings(value, &wild.contexts);
    let differs =
        |(calm, wild): &(&String, &String)| *calm != *wild && !is_spelled(calm, wild, &spellings);
    let (calm, wild) = calm.iter().zip(&outline).find(differs)?;
    Some(format!("{value:?}\n{calm}\n{wild}"))
}

/// How these contexts spell a value, as a tree shows it.
fn spellings(value: &str, contexts: &[Context]) -> BTreeSet<String> {
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
    // Where a place may be in another language, too, the token stays.
    let kept = [TOKEN, MAIL].map(str::to_owned);
    contexts.iter().filter_map(spelled).chain(kept).collect()
}

/// Whether a line is the harmless one with a spelling in every place of the value. An attribute that
/// holds a script in a text has places of two kinds.
fn is_spelled(calm: &str, wild: &str, spellings: &BTreeSet<String>) -> bool {
    let mut parts = calm.split(HARMLESS);
    let first = parts.next().unwrap_or_default();
    let mut ends: BTreeSet<usize> =
        wild.starts_with(first).then_some(first.len()).into_iter().collect();
    for part in parts {
        let behind = |at: usize| {
            let fits = move |text: &&String| {
                wild[at..].strip_prefix(text.as_str()).is_some_and(|rest| rest.starts_with(part))
            };
            spellings.iter().filter(fits).map(move |text| at + text.len() + part.len())
        };
        ends = ends.into_iter().flat_map(behind).collect();
    }
    ends.contains(&wild.len())
}

/// Where a mark is in a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Text,
    Script,
    Attribute,
    Other,
}

/// Elements whose text is raw or not shown.
const RAW: [&str; 7] = ["style", "xmp", "iframe", "noembed", "noframes", "noscript", "plaintext"];

/// The first value that stands where its context does not say; values are `Mark0z`, `Mark1z`, ….
pub fn misplaced(page: &Revealed) -> Option<String> {
    let mut found = Vec::new();
    marks(&tree(&page.bytes).document, &mut found);
    let fits = |(number, place): &&(String, Place)| {
        let context = number.parse::<usize>().ok().and_then(|number| page.contexts.get(number));
        context.is_some_and(|context| match context {
            Context::Keep(_) => false,
            Context::Plain | Context::Text { .. } => *place == Place::Text,
            Context::Attribute(_) | Context::Url(..) => *place == Place::Attribute,
            Context::Script => matches!(place, Place::Attribute | Place::Script),
        })
    };
    let (number, place) = found.iter().find(|mark| !fits(mark))?;
    Some(format!("{number} {place:?} {:?}", page.contexts))
}

/// All marks of a tree and where they are.
fn marks(document: &Handle, found: &mut Vec<(String, Place)>) {
    let mut open = vec![(document.clone(), Place::Text)];
    while let Some((node, parent)) = open.pop() {
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
                let contents = template_contents.borrow();
                open.extend(contents.iter().map(|inner| (inner.clone(), Place::Other)));
            }
            NodeData::Text { contents } => collect(&contents.borrow(), parent, found),
            NodeData::Comment { contents } => collect(contents, Place::Other, found),
            NodeData::Document
            | NodeData::Doctype { .. }
            | NodeData::ProcessingInstruction { .. } => {}
        }
        open.extend(node.children.borrow().iter().map(|child| (child.clone(), inside)));
    }
}

/// The numbers of the marks in a text.
fn collect(text: &str, place: Place, found: &mut Vec<(String, Place)>) {
    let folded = text.to_ascii_lowercase();
    let numbers = folded.split("mark").skip(1).filter_map(|rest| rest.split_once('z'));
    let numbers = numbers.filter(|(number, _)| number.bytes().all(|byte| byte.is_ascii_digit()));
    found.extend(numbers.map(|(number, _)| (number.to_owned(), place)));
}
