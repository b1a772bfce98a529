//! A page that comes in chunks, and the tokens in it.

use std::fmt;

use crate::base::Span;
use crate::document;
use crate::document::Splice;
use crate::document::html::context::Context;
use crate::document::html::context::Part;
use crate::document::html::context::Quote;
use crate::document::html::context::Why;
use crate::document::html::escape;
use crate::document::html::escape::Charset;
use crate::document::html::escape::Escape;
use crate::document::html::machine::Machine;
use crate::document::html::script;
use crate::document::html::shadow::Shadow;
use crate::document::html::url::Url;
use crate::document::percent;
use crate::document::site;
use crate::document::site::Before;
use crate::document::site::Json;
use crate::document::site::Reader;
use crate::document::site::Site;
use crate::document::text;
use crate::document::text::At;
use crate::document::text::Found;

/// What a rule says about scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Scripts {
    /// Tokens in scripts, event handlers and nested JSON stay.
    #[default]
    Keep,
    /// Tokens that fill a string literal, and tokens in strings of JSON data blocks, are revealed.
    ///
    /// What the page's own code then does with the value is out of sight: code that writes such a
    /// string into the page as markup trusted the application to escape it for that.
    Json,
}

/// What must be known of a page beforehand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The character set that the `Content-Type` of the answer declares, to the client too.
    pub charset: Charset,
    /// What queries of the application are in, and so those in URLs of its pages.
    pub urls: document::Charset,
    /// What the bytes are.
    pub language: Language,
}

/// What the tokens that are looked for stand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// A page of HTML, and what becomes of its scripts.
    Html(Scripts),
    /// Text without any markup (`text/plain`). The answer must forbid guessing
    /// (`X-Content-Type-Options: nosniff`), or a browser may take it for HTML.
    Plain,
    /// One URL that browsers follow by themselves (`Location`).
    Url,
}

/// A token in a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlacedToken<T> {
    /// The bytes it covers, in the batch.
    pub span: Span,
    /// The languages that its place is in.
    pub site: Site,
    /// What the finder made of it.
    pub token: T,
}

/// Bytes of a page that are decided, with the tokens in them. Batches follow each other without
/// gaps: their bytes together are the page. Its `Debug` shows neither bytes nor tokens.
#[derive(Clone, PartialEq, Eq)]
pub struct Batch<T> {
    bytes: Vec<u8>,
    tokens: Vec<PlacedToken<T>>,
    options: Options,
}

impl<T> fmt::Debug for Batch<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Batch({} bytes, {} tokens)", self.bytes.len(), self.tokens.len())
    }
}

impl<T> Batch<T> {
    /// The bytes as they came.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The tokens in ascending order, those that must stay too.
    pub fn tokens(&self) -> &[PlacedToken<T>] {
        &self.tokens
    }

    /// Gives the bytes to send: with the value for each token for which there is one and that may
    /// stand there. `kept` learns which tokens stay in spite of a value, and why.
    pub fn reveal<'v>(
        self,
        mut value: impl FnMut(&PlacedToken<T>) -> Option<&'v str>,
        mut kept: impl FnMut(&PlacedToken<T>, Why),
    ) -> Vec<u8> {
        if self.tokens.is_empty() {
            return self.bytes;
        }
        let mut splice = Splice::new(&self.bytes, 0);
        let mut text = zeroize::Zeroizing::new(Vec::new());
        for token in &self.tokens {
            let Some(value) = value(token) else { continue };
            text.clear();
            match write(token.site, value, self.options, &mut text) {
                Ok(()) => {
                    let _placed = splice.replace(token.span, |out| out.extend_from_slice(&text));
                }
                Err(why) => kept(token, why),
            }
        }
        splice.finish()
    }
}

/// Writes a value for its place, through all languages that it stands in.
///
/// Refuses, and writes nothing, where the token must stay: in a context that keeps it; a value that
/// is not [`writable`](escape::writable), or that other languages in which the place may be spell
/// otherwise; an empty value in a URL or an unquoted attribute, which
/// would join what stands around it; a value of dots only in a URL, which would be a step in its
/// path; one in a plain text or a query that its character set does not have.
pub fn write(site: Site, value: &str, options: Options, out: &mut Vec<u8>) -> Result<(), Why> {
    if let Context::Keep(why) = site.context {
        return Err(why);
    }
    if !escape::writable(value) {
        return Err(Why::Value);
    }
    if !site.doubts.allow(value) {
        return Err(Why::Nested);
    }
    let Site { context, is_string, url, .. } = site;
    if url.is_none() && !is_string {
        return write_in(context, value, options, out);
    }
    let mut inner = zeroize::Zeroizing::new(Vec::with_capacity(value.len() * 3));
    match url {
        Some(part) => write_url(part, value, options, &mut inner)?,
        None => Escape::Json.write(value, options.charset, &mut inner),
    }
    // What is written in a URL has nothing that a string escapes.
    write_in(context, std::str::from_utf8(&inner).map_err(|_| Why::Value)?, options, out)
}

/// Writes a value in the outermost of its languages.
fn write_in(context: Context, value: &str, options: Options, out: &mut Vec<u8>) -> Result<(), Why> {
    let escape = match context {
        Context::Keep(why) => return Err(why),
        Context::Plain => return write_plain(value, options.charset, out),
        Context::Url(part, _) => return write_url(part, value, options, out),
        Context::Attribute(Quote::None) if value.is_empty() => return Err(Why::Value),
        Context::Text { .. } | Context::Attribute(Quote::Double | Quote::Single) => Escape::Html,
        Context::Attribute(Quote::None) => Escape::Unquoted,
        Context::Script => Escape::Script,
    };
    if context == (Context::Text { first: true }) && value.starts_with('\n') {
        // The first line feed behind `<textarea>` and `<pre>` is dropped [HTML, 13.1.2.5].
        out.push(b'\n');
    }
    escape.write(value, options.charset, out);
    Ok(())
}

/// Writes a value as a part of a URL.
fn write_url(part: Part, value: &str, options: Options, out: &mut Vec<u8>) -> Result<(), Why> {
    if value.bytes().all(|byte| byte == b'.') {
        return Err(Why::Value);
    }
    let escape = match part {
        Part::Query if !options.urls.says(value) => return Err(Why::Value),
        Part::Query => {
            // As the application reads it: in its character set.
            percent::encode_in(options.urls, value, out);
            return Ok(());
        }
        Part::Path => Escape::Url,
        Part::Mailbox => Escape::Mailbox,
        Part::Phone => Escape::Phone,
    };
    escape.write(value, options.charset, out);
    Ok(())
}

/// Plain text has no way to write a character that its character set may not have.
fn write_plain(value: &str, charset: Charset, out: &mut Vec<u8>) -> Result<(), Why> {
    let says = match charset {
        Charset::Utf8 => true,
        Charset::Ascii => value.is_ascii(),
        Charset::Legacy(charset) => charset.says(value),
    };
    if !says {
        return Err(Why::Value);
    }
    match charset {
        Charset::Utf8 | Charset::Ascii => out.extend_from_slice(value.as_bytes()),
        Charset::Legacy(charset) => charset.write(value, out),
    }
    Ok(())
}

/// Finds the tokens of one page or plain text.
///
/// It takes chunks of any size and gives back what is decided. Held back is only what may be the
/// beginning of a token, at most 320 bytes (2 KiB when its letters are references), or of a
/// character; everything else it remembers is of fixed size, save the
/// names of at most 64 nested elements of SVG. How a page is cut into chunks changes nothing.
/// Its `Debug` shows no byte of the page.
pub struct Scanner {
    options: Options,
    follower: Follower,
    host: Box<[u8]>,
    /// What is not given back yet, behind some bytes that are: the page, or its shadow.
    buffer: Vec<u8>,
    given: usize,
    /// In character sets of several bytes: the copy that is read, and the page itself.
    shadow: Option<(Shadow, Vec<u8>)>,
}

/// What knows the places of a page or a text.
enum Follower {
    /// A page, which may be JSON in spite of its media type.
    Page(Box<Machine>, Json),
    Text(Box<Reader>),
    Url(Url),
}

impl fmt::Debug for Scanner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Scanner").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Scanner {
    /// Starts at the beginning of a page of this host (with its port, if it is not the usual one):
    /// tokens in URLs of other hosts stay, because their values would leave the application. With an
    /// empty host all absolute URLs are those of others.
    pub fn new(options: Options, host: &str) -> Self {
        let own = host.to_ascii_lowercase().into_bytes();
        let follower = match options.language {
            Language::Html(scripts) => {
                let machine = Machine::new(scripts == Scripts::Json, &own);
                Follower::Page(Box::new(machine), Json::new())
            }
            Language::Plain => Follower::Text(Box::new(Reader::new(host))),
            Language::Url => Follower::Url(Url::Start),
        };
        let shadow = options.charset.of_several_bytes();
        let shadow = shadow.map(|charset| (Shadow::new(charset), Vec::new()));
        Self { options, follower, host: own.into(), buffer: Vec::new(), given: 0, shadow }
    }

    /// Takes the next bytes. `recognise` is asked about each text that looks like a token (29
    /// characters, or 29 characters, `@` and a domain) whether it is one of ours.
    pub fn feed<T>(&mut self, chunk: &[u8], recognise: impl Fn(&str) -> Option<T>) -> Batch<T> {
        self.advance(chunk, false, &recognise)
    }

    /// Ends the page and gives what was held back.
    pub fn finish<T>(mut self, recognise: impl Fn(&str) -> Option<T>) -> Batch<T> {
        self.advance(b"", true, &recognise)
    }

    fn advance<T>(
        &mut self,
        chunk: &[u8],
        whole: bool,
        recognise: &impl Fn(&str) -> Option<T>,
    ) -> Batch<T> {
        match &mut self.shadow {
            None => self.buffer.extend_from_slice(chunk),
            Some((shadow, page)) => shadow.take(chunk, whole, page, &mut self.buffer),
        }
        let (start, mut at) = (self.given, self.given);
        let mut tokens = Vec::new();
        let decided = loop {
            match text::next(&self.buffer, at, whole, recognise) {
                Found::Nothing => break self.buffer.len(),
                Found::Undecided(place) => break place,
                Found::Token(found) => {
                    self.read(at, found.start);
                    let site = self.site(found.start, found.end, found.at);
                    self.read(found.start, found.end);
                    at = found.end;
                    if let Some(span) = span(found.start - start, found.end - start) {
                        tokens.push(PlacedToken { span, site, token: found.ours });
                    }
                }
            }
        };
        self.read(at, decided);
        let page = self.shadow.as_ref().map_or(&self.buffer, |(_, page)| page);
        let bytes = page.get(start..decided).unwrap_or_default().to_vec();
        self.given = decided.min(site::WINDOW);
        let done = decided - self.given;
        self.buffer.drain(..done);
        if let Some((_, page)) = &mut self.shadow {
            page.drain(..done);
        }
        Batch { bytes, tokens, options: self.options }
    }

    /// Lets the follower read a part of the buffer.
    fn read(&mut self, from: usize, to: usize) {
        let bytes = self.buffer.get(from..to).unwrap_or_default();
        match &mut self.follower {
            Follower::Page(machine, json) => {
                machine.run(bytes);
                json.run(bytes);
            }
            Follower::Text(reader) => reader.run(bytes),
            Follower::Url(url) => {
                *url = bytes.iter().fold(*url, |url, byte| url.push(*byte, &self.host));
            }
        }
    }

    /// In what a token stands: what the follower says of the place, and what the neighbours say.
    fn site(&self, start: usize, end: usize, at: At) -> Site {
        let before = self.buffer.get(..start).unwrap_or_default();
        let after = self.buffer.get(end..).unwrap_or_default();
        let site = match &self.follower {
            Follower::Page(machine, json) => {
                let inside = site::string(json, before, after, &self.host);
                return match (inside, machine.context()) {
                    (Some(site), Context::Text { .. }) => site.fitting(at),
                    (Some(_), _) => Site::keep(Why::Nested),
                    (None, _) => self.page_site(machine, Place { before, after, at }),
                };
            }
            Follower::Text(reader) => reader.site(before, after),
            Follower::Url(url) => match url.part() {
                Ok(part) => site::in_url(Before::new(before, before.len()), part),
                Err(why) => Site::keep(why),
            },
        };
        site.fitting(at)
    }

    fn page_site(&self, machine: &Machine, place: Place<'_>) -> Site {
        let context = self.context(machine, place);
        let before = Before::new(place.before, machine.since());
        let plain = Site::of(context);
        match context {
            Context::Text { .. } | Context::Attribute(_) => {
                Site { doubts: site::in_page(before), ..plain }
            }
            Context::Script if machine.in_json() => {
                let read = site::read_escapes(before.bytes());
                let since = if before.is_whole() { read.len() } else { usize::MAX };
                match site::in_string(Before::new(&read, since), &self.host) {
                    Ok((url, doubts)) => Site { url, doubts, ..plain },
                    Err(why) => Site::keep(why),
                }
            }
            Context::Url(..) => Site { doubts: site::in_piece(before), ..plain },
            Context::Script | Context::Keep(_) | Context::Plain => plain,
        }
    }

    /// The context of a token in a page.
    fn context(&self, machine: &Machine, place: Place<'_>) -> Context {
        let Place { before, after, at } = place;
        let context = machine.context();
        let tag = machine.in_tag();
        let fits = match at {
            At::Plain => true,
            At::Percent => matches!(context, Context::Url(..)),
            At::Reference => context != Context::Script || tag,
            At::Escape => context == Context::Script,
            At::Twice | At::Other => false,
        };
        // Behind a half escape the first letters of a value would be read as its other half.
        let halved = before.ends_with(b"&") || before.ends_with(b"&#");
        match context {
            Context::Keep(_) | Context::Plain => context,
            _ if !fits => Context::Keep(Why::Ambiguous),
            Context::Script if machine.in_json() => context,
            Context::Script if script::quoted(before, after, tag) => context,
            Context::Script => Context::Keep(Why::Script),
            _ if halved => Context::Keep(Why::Ambiguous),
            Context::Attribute(_) if nested(machine, before) => self.nested_context(before, after),
            Context::Text { .. } if machine.in_field() && machine.in_nested() => {
                self.nested_context(before, after)
            }
            Context::Url(..) if before.ends_with(b"%") => Context::Keep(Why::Ambiguous),
            Context::Url(..) | Context::Text { .. } | Context::Attribute(_) => context,
        }
    }

    fn nested_context(&self, before: &[u8], after: &[u8]) -> Context {
        if self.options.language == Language::Html(Scripts::Json)
            && script::quoted(before, after, true)
        {
            return Context::Script;
        }
        Context::Keep(Why::Nested)
    }
}

/// What stands around a token, and how its `@` is spelled.
#[derive(Clone, Copy)]
struct Place<'b> {
    before: &'b [u8],
    after: &'b [u8],
    at: At,
}

/// Whether an attribute value holds a language of its own around the token.
fn nested(machine: &Machine, before: &[u8]) -> bool {
    machine.has_value() && (machine.in_nested() || script::follows_quote(before))
}

fn span(start: usize, end: usize) -> Option<Span> {
    Span::new(u32::try_from(start).ok()?, u32::try_from(end).ok()?)
}
