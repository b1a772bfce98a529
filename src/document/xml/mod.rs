//! XML 1.0, SOAP 1.1 and 1.2 among it: elements and attributes as members.
//!
//! How a document becomes a tree for selectors:
//!
//! - The document is an object with one member, the root element: `$.Envelope.Body.user.email`.
//! - An element is a member of its parent by its local name; the prefix is the sender's choice, so
//!   it does not count. Namesakes below one parent are, at the same time, elements of a list:
//!   `$.users.user.name` selects all of them, `$.users.user[0].name` the first,
//!   `$.users.user[?@.role=='x'].name` some, and `[0]` and `[*]` also fit where there is only one.
//! - An element without child elements is a text, whatever comments, CDATA sections and references
//!   it is made of: the whole content between its tags is replaced. `<email/>` is `null`: there is
//!   no place for a text, and none in it.
//! - An element with child elements is a container. Text between them is its member `#text`.
//! - An attribute is a member of its element by `@` and its local name: `$..['@mail']`. A rule must
//!   name it, or select it with a wildcard: selecting the element selects texts only, so that
//!   `xsi:type` and links stay what they are. Beside its attributes a text is also `#text`.
//!   To protect, it is also a member by its local name alone, as readers take it that make no
//!   difference: `<user email="…">` under `$.user.email`. Declarations of namespaces are no members.
//!
//! Strict: well-formed with namespaces (names, nesting, one root, every attribute once), UTF-8 in
//! fact and by declaration. A document type is always refused, an instruction unless
//! [`Options::instructions`](crate::document::Options) lets it through. Prefixes are not resolved.

mod text;
mod scan;

pub(super) use text::{decode_attribute, decode_content, units};
pub(super) use text::{encode_attribute, encode_content, is_char};

use crate::base::Span;
use crate::document::Codec;
use crate::document::KeyMatch;
use crate::document::ReadContext;
use crate::document::Readings;
use crate::document::Reason;
use crate::document::Refusal;
use crate::document::codec;
use crate::document::flat;
use crate::document::names::Name;
use crate::document::names::Naming;
use crate::document::names::Seed;
use crate::document::visitor;
use crate::document::visitor::Leaf;
use crate::document::visitor::Scalar;
use crate::document::visitor::Shape;
use crate::document::visitor::Visitor;

use scan::Allowed;
use scan::Content;
use scan::Element;
use scan::Item;

/// Reads a document and emits its events.
pub(super) fn scan<S: Visitor>(
    source: &[u8],
    ReadContext { program, bounds, options, readings }: ReadContext<'_>,
    visitor: &mut S,
) -> Result<(), Refusal> {
    flat::fits(source)?;
    if source.is_empty() {
        return Err(Refusal::new(Reason::Empty, 0));
    }
    if source.starts_with(b"\xfe\xff") || source.starts_with(b"\xff\xfe") {
        return Err(Refusal::new(Reason::ByteOrderMark, 0));
    }
    let text = codec::utf8(source)?;
    let allowed = Allowed {
        depth: bounds.depth,
        nodes: bounds.nodes,
        instructions: options.instructions,
        any_encoding: options.transcoded,
    };
    let items = scan::read(text, allowed)?;
    let Naming { key_match, seed } = program.naming();
    let mut emitter = Emitter {
        source,
        items: &items,
        visitor,
        key_match,
        seed,
        readings,
        names: [const { String::new() }; 2],
    };
    emitter.document()
}

struct Emitter<'a, S> {
    source: &'a [u8],
    items: &'a [Item],
    visitor: &'a mut S,
    key_match: KeyMatch,
    seed: Seed,
    readings: Readings,
    /// A name as it is emitted, and folded.
    names: [String; 2],
}

impl<S: Visitor> Emitter<'_, S> {
    fn document(&mut self) -> Result<(), Refusal> {
        self.visitor.enter(Shape::Object, 0)?;
        let mut at = 0;
        while let Some(item) = self.items.get(at) {
            at += 1;
            match item {
                Item::Element(element) => {
                    let many = usize::try_from(element.attributes).unwrap_or(usize::MAX);
                    let attributes =
                        self.items.get(at..at.saturating_add(many)).unwrap_or_default();
                    self.element(element, attributes)?;
                    at += attributes.len();
                }
                Item::Text(span) => {
                    self.text(*span)?;
                }
                Item::End(end) => self.visitor.up(*end),
                Item::Attribute { .. } => {}
            }
        }
        self.visitor.up(u32::try_from(self.source.len()).unwrap_or(u32::MAX));
        Ok(())
    }

    /// Emits an element, but for its child elements.
    fn element(&mut self, element: &Element, attributes: &[Item]) -> Result<(), Refusal> {
        self.name(element);
        match element.content {
            Content::Elements => {
                self.visitor.enter(Shape::Object, element.start)?;
                return self.attributes(attributes);
            }
            Content::None => {
                let at = usize::try_from(element.start).unwrap_or(usize::MAX);
                let span = visitor::span(at, at);
                let leaf = Leaf { span, codec: Codec::XmlText, scalar: Scalar::Null };
                self.visitor.leaf(leaf)?;
            }
            Content::Text(span) => {
                self.visitor.leaf(Leaf { span, codec: Codec::XmlText, scalar: Scalar::Text })?;
            }
        }
        if attributes.is_empty() {
            return Ok(());
        }
        self.name(element);
        self.visitor.enter(Shape::Attributes, element.start)?;
        self.attributes(attributes)?;
        if let Content::Text(span) = element.content {
            self.text(span)?;
        }
        self.visitor.up(element.start);
        Ok(())
    }

    fn name(&mut self, element: &Element) {
        let name = String::from_utf8_lossy(element.name.of(self.source));
        let [_, folded] = &mut self.names;
        let name = self.seed.name(self.key_match.normal(&name, folded));
        self.visitor.element(name, element.nth);
    }

    fn text(&mut self, span: Span) -> Result<(), Refusal> {
        let name: Name<'_> = self.seed.name("#text");
        self.visitor.key(name);
        self.visitor.leaf(Leaf { span, codec: Codec::XmlText, scalar: Scalar::Text })
    }

    fn attributes(&mut self, attributes: &[Item]) -> Result<(), Refusal> {
        for item in attributes {
            let Item::Attribute { name, value } = item else { continue };
            let [whole, folded] = &mut self.names;
            whole.clear();
            whole.push('@');
            whole.push_str(&String::from_utf8_lossy(name.of(self.source)));
            self.visitor.key(self.seed.name(self.key_match.normal(whole, folded)));
            let scalar = Scalar::Attribute;
            let leaf = Leaf { span: *value, codec: Codec::XmlAttribute, scalar };
            self.visitor.leaf(leaf)?;
            if self.readings == Readings::All {
                // Some readers make members of attributes and of child elements alike.
                let name = whole.get(1..).unwrap_or_default();
                self.visitor.key(self.seed.name(self.key_match.normal(name, folded)));
                self.visitor.leaf(leaf)?;
            }
        }
        Ok(())
    }
}
