//! The places of a page at which a token can stand.

/// How an attribute value is quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quote {
    /// The value stands between `"` and `"`.
    Double,
    /// The value stands between `'` and `'`.
    Single,
    /// The value stands there without quotes.
    None,
}

/// What kind of URL a value becomes a part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// It is in the path or the fragment.
    Path,
    /// The query, which browsers and applications write in the character set of the page.
    Query,
    /// The address of `mailto:` (RFC 6068).
    Mailbox,
    /// The number of `tel:` or `sms:` (RFC 3966, RFC 5724).
    Phone,
}

/// Where a token stands, and so how its value must be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Context {
    /// Text, also of `title` and `textarea`. `first` says that it directly follows the start tag of
    /// an element whose first line feed is dropped (`textarea`, `pre`, `listing`).
    Text {
        /// Nothing stands between the start tag and the token.
        first: bool,
    },
    /// Plain text: the value is written as it is.
    Plain,
    /// The value of an attribute that is shown or posted, not acted upon.
    Attribute(Quote),
    /// A URL in an attribute, behind its scheme and host.
    Url(Part, Quote),
    /// Inside a string of a script or of JSON in a page.
    Script,
    /// No value can stand there: the token stays.
    Keep(Why),
}

/// Why a token stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Why {
    /// In a tag name, an attribute name, a comment, a doctype, or an end tag.
    Markup,
    /// In the text of `style`, `xmp`, `iframe`, `noembed`, `noframes` or `plaintext`.
    RawText,
    /// In a script or event handler whose strings are not to be revealed, or outside its strings.
    Script,
    /// In `noscript`: text or markup, as the browser is set.
    Noscript,
    /// In `template`: what becomes of it is up to a script.
    Template,
    /// In SVG or `MathML`, where other rules apply.
    Foreign,
    /// In an attribute that steers the page: `style`, `srcdoc`, `srcset`, `id`, `class`, `name`, …
    Attribute,
    /// In an attribute or a `textarea` that holds JSON, code or a URL of its own, or in a URL inside the
    /// query of another one.
    Nested,
    /// In the scheme or host of a URL, or in a URL of a scheme that is not known as harmless.
    Url,
    /// Behind markup that browsers could read in two ways.
    Ambiguous,
    /// The value holds characters that cannot be written here: see [`write`](super::write).
    Value,
}

impl Why {
    /// Gives the word that stands in logs and metrics.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Markup => "markup",
            Self::RawText => "raw_text",
            Self::Script => "script",
            Self::Noscript => "noscript",
            Self::Template => "template",
            Self::Foreign => "foreign",
            Self::Attribute => "attribute",
            Self::Nested => "nested",
            Self::Url => "url",
            Self::Ambiguous => "ambiguous",
            Self::Value => "value",
        }
    }
}
