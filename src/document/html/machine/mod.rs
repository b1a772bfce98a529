//! The tokenizer: follows a page byte by byte and knows what each place is.
//!
//! Its states are those of HTML, section 13.2.5, and it keeps no text: a tag name,
//! an attribute name, the `type` of a script, each in bounded memory. It never fails.

mod opening;
mod place;

use memchr::memchr;

use crate::document::html::attribute;
use crate::document::html::comment::Comment;
use crate::document::html::context::Quote;
use crate::document::html::machine::opening::Opening;
use crate::document::html::name::Name;
use crate::document::html::raw;
use crate::document::html::raw::Move;
use crate::document::html::raw::Raw;
use crate::document::html::script::Language;
use crate::document::html::script::Strings;
use crate::document::html::tree::Content;
use crate::document::html::tree::Tree;
use crate::document::html::url::Url;

/// What is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Text between tags.
    Data,
    TagOpen,
    EndTagOpen,
    /// The name of a tag.
    TagName,
    /// Between attributes.
    BeforeAttributeName,
    /// The name of an attribute.
    AttributeName,
    /// Behind the name of an attribute.
    AfterAttributeName,
    BeforeAttributeValue,
    /// The value of an attribute.
    AttributeValue(Quote),
    /// Behind a quoted value.
    AfterAttributeValueQuoted,
    SelfClosingStartTag,
    /// `<!` and this many bytes of one of the words that may follow.
    MarkupDeclarationOpen(usize),
    /// Everything up to `>`: a doctype, or a comment that is none.
    BogusComment,
    Comment(Comment),
    /// A CDATA section and how many `]` were just read.
    CdataSection(u8),
    /// RCDATA, RAWTEXT, a script.
    RawText(Raw),
    /// Behind `plaintext`.
    Plaintext,
    /// Behind markup that can be read in two ways.
    Ambiguous,
}

/// The words behind `<!`.
const WORDS: [&[u8]; 3] = [b"--", b"doctype", b"[cdata["];

/// How much of a byte order mark of UTF-16 has been seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Start,
    /// The first byte of one.
    Half(u8),
    /// There is none, or it has been seen.
    None,
}

/// The tag being read.
#[derive(Debug)]
struct Tag {
    name: Name,
    end: bool,
    attribute: Name,
    /// Where in a URL the value is, if the attribute holds one.
    url: Option<Url>,
    /// How the value begins, or the text behind the tag.
    opening: Opening,
    /// The `type` of a script, and whether it is the attribute being read.
    kind: Option<Name>,
    kind_open: bool,
    legacy: bool,
}

impl Tag {
    const fn new(end: bool) -> Self {
        Self {
            name: Name::EMPTY,
            end,
            attribute: Name::EMPTY,
            url: None,
            opening: Opening::EMPTY,
            kind: None,
            kind_open: false,
            legacy: false,
        }
    }
}

#[derive(Debug)]
pub(in crate::document) struct Machine {
    state: State,
    tree: Tree,
    tag: Tag,
    content: Content,
    language: Language,
    strings: Strings,
    /// Letters behind `</` in raw text.
    seen: Name,
    /// The first byte of an element whose first line feed is dropped.
    fresh: bool,
    /// Whether strings of scripts are revealed.
    scripts: bool,
    /// The host of the page, with its port, in lower case.
    host: Box<[u8]>,
    mark: Mark,
    /// Bytes since the last tag, the beginning of the attribute value, or of the string of JSON.
    since: usize,
}

impl Machine {
    /// Starts at the beginning of a page.
    pub(in crate::document) fn new(scripts: bool, host: &[u8]) -> Self {
        Self {
            state: State::Data,
            tree: Tree::default(),
            tag: Tag::new(false),
            content: Content::Data,
            language: Language::Other,
            strings: Strings::Outside,
            seen: Name::EMPTY,
            fresh: false,
            scripts,
            host: host.to_ascii_lowercase().into(),
            mark: Mark::Start,
            since: 0,
        }
    }

    pub(in crate::document) fn run(&mut self, bytes: &[u8]) {
        if self.mark != Mark::None {
            self.look_for_mark(bytes);
        }
        let mut rest = bytes;
        while let Some((&byte, after)) = rest.split_first() {
            let skipped = self.skip(rest);
            if skipped > 0 {
                self.fresh = false;
                self.since = self.since.saturating_add(skipped);
                rest = rest.get(skipped..).unwrap_or_default();
                continue;
            }
            let content = matches!(self.state, State::Data | State::RawText(_));
            self.since = self.since.saturating_add(1);
            while !self.take(byte) {}
            // A tag that ends here makes the next byte the first; any byte of content is not it.
            self.fresh &= !content;
            rest = after;
        }
    }

    /// A byte order mark of UTF-16 wins over every declared character set [HTML, section 13.2.3.2],
    /// and then no byte is what it looks like.
    fn look_for_mark(&mut self, bytes: &[u8]) {
        for &byte in bytes.iter().take(2) {
            self.mark = match (self.mark, byte) {
                (Mark::Start, 0xfe | 0xff) => Mark::Half(byte),
                (Mark::Half(0xfe), 0xff) | (Mark::Half(0xff), 0xfe) => {
                    self.state = State::Ambiguous;
                    Mark::None
                }
                (Mark::Start | Mark::Half(_) | Mark::None, _) => Mark::None,
            };
        }
    }

    /// How many bytes change no state; those of a name are kept.
    fn skip(&mut self, rest: &[u8]) -> usize {
        let until = |stop: u8| memchr(stop, rest).unwrap_or(rest.len());
        let run = |inside: fn(u8) -> bool| {
            rest.iter().position(|&byte| !inside(byte)).unwrap_or(rest.len())
        };
        match self.state {
            State::TagName => {
                let length = run(|byte| !raw::ends_name(byte));
                self.tag.name.extend(rest.get(..length).unwrap_or_default());
                length
            }
            State::AttributeName => {
                let length = run(|byte| !raw::ends_name(byte) && byte != b'=');
                self.tag.attribute.extend(rest.get(..length).unwrap_or_default());
                length
            }
            State::Data => until(b'<'),
            State::RawText(Raw::Text)
                if self.tag.opening.settled() && self.language != Language::Json =>
            {
                until(b'<')
            }
            State::BogusComment => until(b'>'),
            State::Comment(Comment::Inside) => until(b'-'),
            State::CdataSection(0) => until(b']'),
            State::AttributeValue(quote) if self.tag.opening.settled() && !self.watches_value() => {
                match quote {
                    Quote::Double => until(b'"'),
                    Quote::Single => until(b'\''),
                    Quote::None => run(|byte| !raw::space(byte) && byte != b'>'),
                }
            }
            State::Plaintext | State::Ambiguous => rest.len(),
            State::TagOpen
            | State::EndTagOpen
            | State::BeforeAttributeName
            | State::AfterAttributeName
            | State::BeforeAttributeValue
            | State::AttributeValue(_)
            | State::AfterAttributeValueQuoted
            | State::SelfClosingStartTag
            | State::MarkupDeclarationOpen(_)
            | State::Comment(_)
            | State::CdataSection(_)
            | State::RawText(_) => 0,
        }
    }

    /// Whether every byte of the value counts.
    fn watches_value(&self) -> bool {
        self.tag.kind_open || self.tag.url.is_some_and(|url| !url.settled())
    }

    /// Looks at a byte; answers whether it is done with it, or changed its state first.
    fn take(&mut self, byte: u8) -> bool {
        match self.state {
            State::Data => self.goto(if byte == b'<' { State::TagOpen } else { State::Data }),
            State::TagOpen | State::EndTagOpen => self.open(byte),
            State::TagName => self.tag_name(byte),
            State::BeforeAttributeName | State::AttributeName | State::AfterAttributeName => {
                self.attribute(byte)
            }
            State::BeforeAttributeValue
            | State::AttributeValue(_)
            | State::AfterAttributeValueQuoted => self.value(byte),
            State::SelfClosingStartTag if byte == b'>' => self.close(true),
            State::SelfClosingStartTag => self.again(State::BeforeAttributeName),
            State::MarkupDeclarationOpen(seen) => self.declaration(seen, byte),
            State::BogusComment => {
                self.goto(if byte == b'>' { State::Data } else { State::BogusComment })
            }
            State::Comment(comment) => {
                self.goto(comment.push(byte).map_or(State::Data, State::Comment))
            }
            State::CdataSection(brackets) => self.goto(match (byte, brackets) {
                (b']', brackets) => State::CdataSection((brackets + 1).min(2)),
                (b'>', 2) => State::Data,
                _ => State::CdataSection(0),
            }),
            State::RawText(raw) => self.raw(raw, byte),
            State::Plaintext | State::Ambiguous => true,
        }
    }

    fn goto(&mut self, state: State) -> bool {
        self.state = state;
        true
    }

    fn again(&mut self, state: State) -> bool {
        self.state = state;
        false
    }

    /// Behind `<` or `</`.
    fn open(&mut self, byte: u8) -> bool {
        let end = self.state == State::EndTagOpen;
        match byte {
            byte if byte.is_ascii_alphabetic() => {
                self.tag = Tag::new(end);
                self.again(State::TagName)
            }
            b'>' if end => self.goto(State::Data),
            _ if end => self.again(State::BogusComment),
            b'/' => self.goto(State::EndTagOpen),
            b'!' => {
                self.seen = Name::EMPTY;
                self.goto(State::MarkupDeclarationOpen(0))
            }
            b'?' => self.again(State::BogusComment),
            _ => self.again(State::Data),
        }
    }

    fn tag_name(&mut self, byte: u8) -> bool {
        match byte {
            b'/' => self.goto(State::SelfClosingStartTag),
            b'>' => self.close(false),
            byte if raw::space(byte) => self.goto(State::BeforeAttributeName),
            byte => {
                self.tag.name.push(byte);
                true
            }
        }
    }

    fn attribute(&mut self, byte: u8) -> bool {
        match (self.state, byte) {
            (State::AttributeName, byte) if raw::ends_name(byte) => {
                // A `type` without a value is the empty one, and the first wins.
                if self.tag.attribute.whole() == b"type" {
                    self.tag.kind = self.tag.kind.or(Some(Name::EMPTY));
                }
                self.again(State::AfterAttributeName)
            }
            (_, b'/') => self.goto(State::SelfClosingStartTag),
            (_, b'>') => self.close(false),
            (_, byte) if raw::space(byte) => true,
            (State::AttributeName | State::AfterAttributeName, b'=') => self.begin_value(),
            (State::AttributeName, byte) => {
                self.tag.attribute.push(byte);
                true
            }
            // An equals sign in front belongs to the name.
            (_, byte) => {
                self.tag.attribute = Name::EMPTY;
                self.tag.attribute.push(byte);
                self.goto(State::AttributeName)
            }
        }
    }

    fn begin_value(&mut self) -> bool {
        let tag = &mut self.tag;
        tag.url = attribute::is_url(&tag.attribute).then_some(Url::Start);
        tag.opening = Opening::EMPTY;
        tag.kind_open = false;
        if tag.name.whole() == b"script" {
            tag.kind_open = tag.attribute.whole() == b"type" && tag.kind.is_none();
            tag.legacy |= tag.attribute.whole() == b"language";
        }
        if tag.kind_open {
            tag.kind = Some(Name::EMPTY);
        }
        self.goto(State::BeforeAttributeValue)
    }

    fn value(&mut self, byte: u8) -> bool {
        match (self.state, byte) {
            (State::BeforeAttributeValue, byte) if raw::space(byte) => true,
            (State::BeforeAttributeValue, b'"' | b'\'') => {
                self.since = 0;
                let quote = if byte == b'"' { Quote::Double } else { Quote::Single };
                self.goto(State::AttributeValue(quote))
            }
            (
                State::BeforeAttributeValue
                | State::AttributeValue(Quote::None)
                | State::AfterAttributeValueQuoted,
                b'>',
            ) => self.close(false),
            (State::BeforeAttributeValue, _) => {
                self.since = 1;
                self.again(State::AttributeValue(Quote::None))
            }
            (State::AfterAttributeValueQuoted, b'/') => self.goto(State::SelfClosingStartTag),
            (State::AfterAttributeValueQuoted, byte) if raw::space(byte) => {
                self.goto(State::BeforeAttributeName)
            }
            (State::AfterAttributeValueQuoted, _) => self.again(State::BeforeAttributeName),
            (State::AttributeValue(Quote::Double), b'"')
            | (State::AttributeValue(Quote::Single), b'\'') => {
                self.goto(State::AfterAttributeValueQuoted)
            }
            (State::AttributeValue(Quote::None), byte) if raw::space(byte) => {
                self.goto(State::BeforeAttributeName)
            }
            (_, byte) => {
                let tag = &mut self.tag;
                tag.url = tag.url.map(|url| url.push(byte, &self.host));
                tag.opening.push(byte);
                if let Some(kind) = tag.kind.as_mut().filter(|_| tag.kind_open) {
                    kind.push(byte);
                }
                true
            }
        }
    }

    fn close(&mut self, closed: bool) -> bool {
        let name = self.tag.name;
        self.state = State::Data;
        self.since = 0;
        self.content = if self.tag.end {
            self.tree.end(&name)
        } else {
            self.fresh = matches!(name.whole(), b"textarea" | b"pre" | b"listing");
            self.tree.start(&name, closed)
        };
        self.language = Language::Other;
        self.tag.opening = Opening::EMPTY;
        match self.content {
            Content::Data => {}
            Content::Script => {
                self.language = Language::of(self.tag.kind.as_ref(), self.tag.legacy);
                self.strings = Strings::Outside;
                self.state = State::RawText(Raw::Text);
            }
            Content::Rcdata | Content::RawText(_) => self.state = State::RawText(Raw::Text),
            Content::Plain => self.state = State::Plaintext,
            Content::Lost => self.state = State::Ambiguous,
        }
        true
    }

    /// Behind `<!`: a word decides, and what is none is a comment up to `>`.
    fn declaration(&mut self, seen: usize, byte: u8) -> bool {
        self.seen.push(byte);
        let begun = WORDS.iter().find(|word| word.starts_with(self.seen.whole()));
        let Some(word) = begun else { return self.again(State::BogusComment) };
        // The word of CDATA is spelled in capitals only.
        let capital = byte.is_ascii_uppercase() || !byte.is_ascii_alphabetic();
        if *word == b"[cdata[" && !(capital && self.tree.cdata()) {
            return self.again(State::BogusComment);
        }
        if seen + 1 < word.len() {
            return self.goto(State::MarkupDeclarationOpen(seen + 1));
        }
        self.goto(match *word {
            b"--" => State::Comment(Comment::Start),
            b"doctype" => State::BogusComment,
            _ => State::CdataSection(0),
        })
    }

    fn raw(&mut self, raw: Raw, byte: u8) -> bool {
        self.tag.opening.push(byte);
        match raw.push(byte, &self.tag.name, &mut self.seen) {
            Move::To(next) => {
                if self.language == Language::Json {
                    let next = self.strings.push(byte);
                    if next == Strings::Inside && self.strings == Strings::Outside {
                        self.since = 0;
                    }
                    self.strings = next;
                }
                self.goto(State::RawText(next))
            }
            Move::Again(next) => self.again(State::RawText(next)),
            Move::Leave => {
                let name = self.tag.name;
                self.tag = Tag::new(true);
                self.tag.name = name;
                self.again(State::TagName)
            }
        }
    }
}
