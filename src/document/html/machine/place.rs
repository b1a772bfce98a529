//! What the place at which the tokenizer stands is, as a context.

use crate::document::html::attribute;
use crate::document::html::attribute::Role;
use crate::document::html::context::Context;
use crate::document::html::context::Quote;
use crate::document::html::context::Why;
use crate::document::html::machine::Machine;
use crate::document::html::machine::State;
use crate::document::html::raw::Raw;
use crate::document::html::script::Language;
use crate::document::html::script::Strings;
use crate::document::html::tree::Content;
use crate::document::html::url::Url;

impl Machine {
    /// What the place of the next byte is. It must be a letter or digit.
    pub(in crate::document) fn context(&self) -> Context {
        if self.state == State::Ambiguous {
            return Context::Keep(Why::Ambiguous);
        }
        if let Some(why) = self.tree.closed() {
            return Context::Keep(why);
        }
        match self.state {
            State::Data => Context::Text { first: self.fresh },
            State::RawText(raw) => self.raw_context(raw),
            State::BeforeAttributeValue => self.value_context(Quote::None),
            State::AttributeValue(quote) => self.value_context(quote),
            State::Plaintext => Context::Keep(Why::RawText),
            State::TagOpen
            | State::EndTagOpen
            | State::TagName
            | State::BeforeAttributeName
            | State::AttributeName
            | State::AfterAttributeName
            | State::AfterAttributeValueQuoted
            | State::SelfClosingStartTag
            | State::MarkupDeclarationOpen(_)
            | State::BogusComment
            | State::Comment(_)
            | State::CdataSection(_)
            | State::Ambiguous => Context::Keep(Why::Markup),
        }
    }

    fn raw_context(&self, raw: Raw) -> Context {
        if !raw.settled() {
            return Context::Keep(Why::Markup);
        }
        match (self.content, self.language) {
            (Content::Rcdata, _) => Context::Text { first: self.fresh },
            (Content::RawText(why), _) => Context::Keep(why),
            (Content::Script, Language::Json) if self.scripts => match self.strings {
                Strings::Inside => Context::Script,
                Strings::Outside | Strings::Escape => Context::Keep(Why::Script),
            },
            (Content::Script, Language::Code) if self.scripts => Context::Script,
            (Content::Script, Language::Json | Language::Code | Language::Other) => {
                Context::Keep(Why::Script)
            }
            (Content::Data | Content::Plain | Content::Lost, _) => Context::Keep(Why::Markup),
        }
    }

    fn value_context(&self, quote: Quote) -> Context {
        if self.tag.end {
            return Context::Keep(Why::Markup);
        }
        match attribute::role(&self.tag.name, &self.tag.attribute) {
            Role::Text => Context::Attribute(quote),
            Role::Url => match self.tag.url.map_or(Err(Why::Url), Url::part) {
                Ok(part) => Context::Url(part, quote),
                Err(why) => Context::Keep(why),
            },
            Role::Handler if self.scripts => Context::Script,
            Role::Handler => Context::Keep(Why::Script),
            Role::Keep(why) => Context::Keep(why),
        }
    }

    /// Returns how many bytes of the text, the attribute value or the string of JSON stand before the place.
    pub(in crate::document::html) fn since(&self) -> usize {
        // An unquoted value has not begun yet.
        if self.state == State::BeforeAttributeValue { 0 } else { self.since }
    }

    /// Whether the place is inside a JSON data block, where strings are followed exactly.
    pub(in crate::document::html) fn in_json(&self) -> bool {
        matches!(self.state, State::RawText(_)) && self.language == Language::Json
    }

    /// Whether the place is inside an attribute value, or a `textarea`, that begins like JSON or code, or
    /// inside an attribute value that begins like a URL: what is posted from there, or taken by a
    /// script, is read as such, and a value could end its string or its segment.
    pub(in crate::document::html) fn in_nested(&self) -> bool {
        let (value, opening) = (matches!(self.state, State::AttributeValue(_)), self.tag.opening);
        (opening.of_code() && (value || self.in_field())) || (opening.of_url() && value)
    }

    /// Whether the place is the text of a `textarea`.
    pub(in crate::document::html) fn in_field(&self) -> bool {
        matches!(self.state, State::RawText(_)) && self.tag.name.whole() == b"textarea"
    }

    /// Whether the attribute value before the place is not empty.
    pub(in crate::document::html) fn has_value(&self) -> bool {
        matches!(self.state, State::AttributeValue(_)) && !self.tag.opening.empty()
    }

    /// Whether the place is inside a tag.
    pub(in crate::document::html) fn in_tag(&self) -> bool {
        matches!(self.state, State::AttributeValue(_) | State::BeforeAttributeValue)
    }
}
