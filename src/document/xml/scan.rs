//! Reading a document: strictly well-formed, one pass, one stack, no recursion.
//!
//! What an element is for the visitor depends on what comes later (child elements, namesakes), so the
//! elements are collected first, as spans, and emitted afterwards.

use std::collections::HashMap;
use std::collections::HashSet;

use crate::base::Span;
use crate::document::Reason;
use crate::document::Refusal;
use crate::document::visitor::Nth;
use crate::document::visitor::span;
use crate::document::xml::text;
use crate::document::xml::text::Piece;

/// Something that was read, in the order of the document.
#[derive(Debug, Clone, Copy)]
pub(super) enum Item {
    Element(Element),
    /// An attribute of the element before it: its local name and its value without quotes.
    Attribute {
        name: Span,
        value: Span,
    },
    /// Text between the child elements of an element; not only white space.
    Text(Span),
    /// The end of an element that has child elements.
    End(u32),
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Element {
    pub(super) name: Span,
    /// Which of its namesakes below the same parent it is.
    pub(super) nth: Nth,
    /// Number of attributes that follow.
    pub(super) attributes: u32,
    pub(super) content: Content,
    /// Where its tag starts.
    pub(super) start: u32,
}

/// What is in an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    None,
    /// Text, or nothing, between two tags.
    Text(Span),
    Elements,
}

/// What may be in a document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allowed {
    pub(super) depth: usize,
    /// Elements, attributes and texts between elements that may still come.
    pub(super) nodes: usize,
    pub(super) instructions: bool,
    /// Any encoding may be declared: the text was transcoded.
    pub(super) any_encoding: bool,
}

/// An element whose end is not read yet.
struct Open<'a> {
    /// Its index in the items.
    item: usize,
    /// Its name with the prefix.
    name: &'a str,
    /// Where its content starts.
    content: usize,
    /// Where the text since the last child element starts.
    text: usize,
    /// Whether that text is more than white space.
    solid: bool,
    /// Whether it has child elements.
    parent: bool,
    /// Child elements by local name: items, in order.
    names: HashMap<&'a str, Vec<usize>>,
}

/// Reads a document; offsets start at the first byte of `source`.
pub(super) fn read(source: &str, allowed: Allowed) -> Result<Vec<Item>, Refusal> {
    let mut reader = Reader { source, at: 0, items: Vec::new(), open: Vec::new(), allowed };
    reader.prolog()?;
    reader.tag()?;
    while !reader.open.is_empty() {
        reader.content()?;
        reader.tag()?;
    }
    reader.misc()?;
    match source.len() - reader.at {
        0 => Ok(reader.items),
        _ => Err(reader.refuse(Reason::TrailingData)),
    }
}

struct Reader<'a> {
    source: &'a str,
    at: usize,
    items: Vec<Item>,
    open: Vec<Open<'a>>,
    allowed: Allowed,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn refuse(&self, reason: Reason) -> Refusal {
        Refusal::new(reason, self.at)
    }

    /// Refuses what stands here.
    fn unexpected(&self) -> Refusal {
        let end = self.at >= self.source.len();
        self.refuse(if end { Reason::UnexpectedEnd } else { Reason::UnexpectedByte })
    }

    fn take(&mut self, text: &str) -> bool {
        let there = self.rest().starts_with(text);
        self.at += if there { text.len() } else { 0 };
        there
    }

    fn expect(&mut self, text: &str) -> Result<(), Refusal> {
        if self.take(text) { Ok(()) } else { Err(self.unexpected()) }
    }

    /// Passes white space (section 2.3); answers whether there was any.
    fn blank(&mut self) -> bool {
        let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        let length = self.rest().bytes().take_while(blank).count();
        self.at += length;
        length > 0
    }

    /// Reads what may stand before the root element (section 2.8).
    fn prolog(&mut self) -> Result<(), Refusal> {
        self.take("\u{feff}");
        if self.rest().strip_prefix("<?xml").is_some_and(|rest| rest.starts_with(BLANK)) {
            self.at += 5;
            self.declaration()?;
        }
        self.misc()
    }

    fn declaration(&mut self) -> Result<(), Refusal> {
        let mut last = 0;
        loop {
            let gap = self.blank();
            if self.take("?>") {
                return if last > 0 { Ok(()) } else { Err(self.unexpected()) };
            }
            let start = self.at;
            let (name, value) = self.pair()?;
            let place = match name {
                "version" => 1,
                "encoding" => 2,
                "standalone" => 3,
                _ => 0,
            };
            let misplaced = place <= last || (last == 0 && place != 1) || !gap;
            let text = value.of(self.source.as_bytes());
            let right = match place {
                1 => text == b"1.0",
                2 => self.allowed.any_encoding || text.eq_ignore_ascii_case(b"utf-8"),
                _ => matches!(text, b"yes" | b"no"),
            };
            if misplaced || !right {
                let charset = place == 2 && !misplaced;
                let reason =
                    if charset { Reason::UnsupportedCharset } else { Reason::UnexpectedByte };
                return Err(Refusal::new(reason, start));
            }
            last = place;
        }
    }

    /// Reads comments, white space and, where allowed, instructions outside the root element.
    fn misc(&mut self) -> Result<(), Refusal> {
        loop {
            self.blank();
            let rest = self.rest();
            if rest.starts_with("<!DOCTYPE") {
                return Err(self.refuse(Reason::Doctype));
            }
            if !rest.starts_with("<!--") && !rest.starts_with("<?") {
                return Ok(());
            }
            self.piece()?;
        }
    }

    /// Reads one piece of content; none where a tag starts.
    fn piece(&mut self) -> Result<Option<Piece<'a>>, Refusal> {
        let Some((piece, behind)) = text::piece(self.source, self.at)? else { return Ok(None) };
        if piece == Piece::Instruction && !self.allowed.instructions {
            return Err(self.refuse(Reason::ProcessingInstruction));
        }
        self.at = behind;
        Ok(Some(piece))
    }

    /// Reads the content up to the next tag.
    fn content(&mut self) -> Result<(), Refusal> {
        while let Some(piece) = self.piece()? {
            let solid = match piece {
                Piece::Raw(text) => !text.bytes().all(|byte| b" \t\r\n".contains(&byte)),
                Piece::Letter(letter) => !BLANK.contains(&letter),
                Piece::Comment | Piece::Instruction => false,
            };
            if let Some(open) = self.open.last_mut() {
                open.solid |= solid;
            }
        }
        Ok(())
    }

    /// Reads a start tag or an end tag.
    fn tag(&mut self) -> Result<(), Refusal> {
        let start = self.at;
        self.expect("<")?;
        if self.take("/") {
            return self.end(start);
        }
        if self.rest().starts_with('!') {
            // A declaration in content, or CDATA outside the root element.
            return Err(Refusal::new(Reason::UnexpectedByte, start));
        }
        let (name, local) = self.name()?;
        if self.open.len() >= self.allowed.depth {
            return Err(Refusal::new(Reason::TooDeep, start));
        }
        self.flush(start)?;
        let item = self.items.len();
        let position = self.enter(local, item);
        self.push(
            start,
            Item::Element(Element {
                name: local,
                nth: Nth { position, count: 1 },
                attributes: 0,
                content: Content::None,
                start: u32::try_from(start).unwrap_or(u32::MAX),
            }),
        )?;
        self.attributes(item)?;
        let empty = self.take("/");
        self.expect(">")?;
        if empty {
            self.behind();
        } else {
            self.open.push(Open {
                item,
                name,
                content: self.at,
                text: self.at,
                solid: false,
                parent: false,
                names: HashMap::new(),
            });
        }
        Ok(())
    }

    /// Makes the open element the parent of an item; answers the item's position among its
    /// namesakes.
    fn enter(&mut self, local: Span, item: usize) -> u32 {
        let name = std::str::from_utf8(local.of(self.source.as_bytes())).unwrap_or_default();
        let Some(open) = self.open.last_mut() else { return 0 };
        open.parent = true;
        let namesakes = open.names.entry(name).or_default();
        namesakes.push(item);
        u32::try_from(namesakes.len() - 1).unwrap_or(u32::MAX)
    }

    /// Stands behind a child element: the text of its parent goes on here.
    fn behind(&mut self) {
        if let Some(open) = self.open.last_mut() {
            open.text = self.at;
        }
    }

    /// Reports the text that ends here, if the open element has any.
    fn flush(&mut self, end: usize) -> Result<(), Refusal> {
        let Some(open) = self.open.last_mut() else { return Ok(()) };
        let (start, solid) = (open.text, std::mem::take(&mut open.solid));
        if solid { self.push(start, Item::Text(span(start, end))) } else { Ok(()) }
    }

    /// Adds a node that starts here; refuses one too many before there is memory for it.
    fn push(&mut self, start: usize, item: Item) -> Result<(), Refusal> {
        let Some(left) = self.allowed.nodes.checked_sub(1) else {
            return Err(Refusal::new(Reason::TooManyNodes, start));
        };
        self.allowed.nodes = left;
        self.items.push(item);
        Ok(())
    }

    /// Reads the attributes of an element, up to the end of its tag.
    fn attributes(&mut self, item: usize) -> Result<(), Refusal> {
        let mut seen = HashSet::new();
        loop {
            let gap = self.blank();
            if self.rest().starts_with(['/', '>']) {
                return Ok(());
            }
            let start = self.at;
            if !gap {
                return Err(self.unexpected());
            }
            let (name, value) = self.pair()?;
            if !seen.insert(name) {
                return Err(Refusal::new(Reason::DuplicateAttribute, start));
            }
            let inner = value.of(self.source.as_bytes());
            text::decode_attribute(inner, &mut zeroize::Zeroizing::new(String::new()))
                .map_err(|error| text::moved(error, offset(value.start())))?;
            if name == "xmlns" || name.starts_with("xmlns:") {
                continue;
            }
            let local = name.rsplit(':').next().unwrap_or(name).len();
            let end = start + name.len();
            self.push(start, Item::Attribute { name: span(end - local, end), value })?;
            if let Some(Item::Element(element)) = self.items.get_mut(item) {
                element.attributes += 1;
            }
        }
    }

    /// Reads a name with at most one colon (Namespaces in XML 1.0, section 4): the whole, and where
    /// its local part is.
    fn name(&mut self) -> Result<(&'a str, Span), Refusal> {
        let start = self.at;
        let part = |rest: &'a str| {
            let end = rest.find(|letter| !text::goes_on_name(letter)).unwrap_or(rest.len());
            rest.get(..end).filter(|part| part.starts_with(text::starts_name))
        };
        let first = part(self.rest()).ok_or(self.unexpected())?;
        self.at += first.len();
        let mut local = span(start, self.at);
        if self.take(":") {
            let second = part(self.rest()).ok_or(self.unexpected())?;
            local = span(self.at, self.at + second.len());
            self.at += second.len();
        }
        Ok((self.source.get(start..self.at).unwrap_or_default(), local))
    }

    /// Reads a name, an equals sign, and a value in quotes; gives the value without them.
    fn pair(&mut self) -> Result<(&'a str, Span), Refusal> {
        let (name, _) = self.name()?;
        self.blank();
        self.expect("=")?;
        self.blank();
        let Some(quote @ ('"' | '\'')) = self.rest().chars().next() else {
            return Err(self.unexpected());
        };
        self.at += 1;
        let start = self.at;
        let Some(length) = self.rest().find(quote) else {
            return Err(Refusal::new(Reason::UnexpectedEnd, self.source.len()));
        };
        self.at += length + 1;
        Ok((name, span(start, start + length)))
    }

    /// Reads an end tag behind its `</`.
    fn end(&mut self, start: usize) -> Result<(), Refusal> {
        let mismatched = Refusal::new(Reason::MismatchedTag, start);
        let (name, _) = self.name()?;
        self.blank();
        self.expect(">")?;
        if self.open.last().is_none_or(|open| open.name != name) {
            return Err(mismatched);
        }
        if self.open.last().is_some_and(|open| open.parent) {
            self.flush(start)?;
        }
        let open = self.open.pop().ok_or(mismatched)?;
        let content = if open.parent {
            self.items.push(Item::End(u32::try_from(self.at).unwrap_or(u32::MAX)));
            Content::Elements
        } else {
            Content::Text(span(open.content, start))
        };
        if let Some(Item::Element(element)) = self.items.get_mut(open.item) {
            element.content = content;
        }
        self.behind();
        for namesakes in open.names.values() {
            let all = u32::try_from(namesakes.len()).unwrap_or(u32::MAX);
            for &item in namesakes {
                if let Some(Item::Element(element)) = self.items.get_mut(item) {
                    element.nth.count = all;
                }
            }
        }
        Ok(())
    }
}

/// White space of section 2.3.
const BLANK: [char; 4] = [' ', '\t', '\r', '\n'];

fn offset(at: u32) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}
