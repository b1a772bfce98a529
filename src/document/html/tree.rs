//! What tree construction tells the tokenizer, without a tree.
//!
//! A start tag changes how the following text is read only where the tree builder takes it. It is
//! ignored in a few insertion modes [HTML, section 13.2.6.4], and other rules hold in foreign
//! content [section 13.2.6.5]. Instead of following all modes, this keeps the few facts that are
//! certain, and where they are not enough it says so: from there on everything is ambiguous.
//! Scripting is taken to be enabled: with it disabled nothing can be executed either.

use crate::document::html::context::Why;
use crate::document::html::name::Name;

/// How the bytes behind a tag are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Data,
    /// Text with character references up to the end tag.
    Rcdata,
    /// Text up to the end tag, of an element that shows none of it, or may not.
    RawText(Why),
    /// A script up to the end tag.
    Script,
    /// Text up to the end of the page.
    Plain,
    Lost,
}

/// Deepest nesting of foreign elements that is followed.
const DEPTH: usize = 64;

/// Elements whose text is no markup, but which the `select` of older standards ignores.
const RAW: [&[u8]; 9] = [
    b"iframe",
    b"noembed",
    b"noframes",
    b"noscript",
    b"plaintext",
    b"style",
    b"textarea",
    b"title",
    b"xmp",
];

/// Start tags that end foreign content [HTML, section 13.2.6.5].
const BREAKOUT: [&[u8]; 44] = [
    b"b",
    b"big",
    b"blockquote",
    b"body",
    b"br",
    b"center",
    b"code",
    b"dd",
    b"div",
    b"dl",
    b"dt",
    b"em",
    b"embed",
    b"h1",
    b"h2",
    b"h3",
    b"h4",
    b"h5",
    b"h6",
    b"head",
    b"hr",
    b"i",
    b"img",
    b"li",
    b"listing",
    b"menu",
    b"meta",
    b"nobr",
    b"ol",
    b"p",
    b"pre",
    b"ruby",
    b"s",
    b"small",
    b"span",
    b"strong",
    b"strike",
    b"sub",
    b"sup",
    b"table",
    b"tt",
    b"u",
    b"ul",
    b"var",
];

/// The facts about the open elements that matter.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// Open elements of SVG or `MathML`, the root first.
    foreign: Vec<Name>,
    /// Open `template` elements.
    templates: u32,
    /// Behind a `select` start tag without an end tag.
    select: bool,
}

impl Tree {
    pub(super) fn start(&mut self, name: &Name, closed: bool) -> Content {
        if !self.foreign.is_empty() {
            if self.integration() {
                // HTML inside SVG or `MathML`.
                return Content::Lost;
            }
            if !BREAKOUT.contains(&name.whole()) {
                return self.open_foreign(name, closed);
            }
            self.foreign.clear();
        }
        self.start_html(name, closed)
    }

    fn start_html(&mut self, name: &Name, closed: bool) -> Content {
        let tag = name.whole();
        let unsure = match tag {
            b"frameset" => true,
            b"template" | b"svg" | b"math" => self.select,
            // The modes of table parts in a template ignore what cannot stand there.
            b"col" | b"frame" => self.templates > 0,
            tag => self.select && RAW.contains(&tag),
        };
        if unsure {
            return Content::Lost;
        }
        match tag {
            b"svg" | b"math" => return self.open_foreign(name, closed),
            b"template" => self.templates = self.templates.saturating_add(1),
            b"select" => self.select = true,
            _ => {}
        }
        match tag {
            b"title" | b"textarea" => Content::Rcdata,
            b"noscript" => Content::RawText(Why::Noscript),
            b"style" | b"xmp" | b"iframe" | b"noembed" | b"noframes" => {
                Content::RawText(Why::RawText)
            }
            b"script" => Content::Script,
            b"plaintext" => Content::Plain,
            _ => Content::Data,
        }
    }

    fn open_foreign(&mut self, name: &Name, closed: bool) -> Content {
        // `font` ends foreign content or not by its attributes.
        if name.long() || name.whole() == b"font" || self.foreign.len() >= DEPTH {
            return Content::Lost;
        }
        if !closed {
            self.foreign.push(*name);
        }
        Content::Data
    }

    /// Whether the innermost open element is one whose content is HTML again.
    fn integration(&self) -> bool {
        let (Some(root), Some(last)) = (self.foreign.first(), self.foreign.last()) else {
            return false;
        };
        match root.whole() {
            b"svg" => matches!(last.whole(), b"foreignobject" | b"desc" | b"title"),
            _ => {
                matches!(last.whole(), b"mi" | b"mo" | b"mn" | b"ms" | b"mtext" | b"annotation-xml")
            }
        }
    }

    pub(super) fn end(&mut self, name: &Name) -> Content {
        if !self.foreign.is_empty() {
            // One that closes no foreign element may close an HTML element around them.
            let Some(place) = self.foreign.iter().rposition(|open| open == name) else {
                return Content::Lost;
            };
            self.foreign.truncate(place);
            return Content::Data;
        }
        match name.whole() {
            b"template" => self.templates = self.templates.saturating_sub(1),
            b"select" if self.templates == 0 => self.select = false,
            _ => {}
        }
        Content::Data
    }

    /// Whether `<![CDATA[` begins a section of text here.
    pub(super) fn cdata(&self) -> bool {
        !self.foreign.is_empty()
    }

    /// Why nothing is revealed here, whatever the exact place.
    pub(super) fn closed(&self) -> Option<Why> {
        if !self.foreign.is_empty() {
            return Some(Why::Foreign);
        }
        (self.templates > 0).then_some(Why::Template)
    }
}
