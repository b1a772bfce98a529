//! A file as a tree of nodes that know where they stand.

use std::borrow::Cow;
use std::collections::HashSet;

use serde_saphyr::granit_parser::Event;
use serde_saphyr::granit_parser::Marker;
use serde_saphyr::granit_parser::Options;
use serde_saphyr::granit_parser::Parser;
use serde_saphyr::granit_parser::ScalarStyle;

use crate::base::Diagnostic;
use crate::base::SourceFile;

/// How deep a file may nest.
pub(super) const DEPTH: usize = 24;
/// How many nodes a file may have.
pub(super) const NODES: u32 = 100_000;
/// How much of an offending text a diagnostic shows.
const SHOWN: usize = 80;

/// One value of a file, or one key.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) id: u32,
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) body: Body,
}

/// What a [`Node`] is.
#[derive(Debug)]
pub(super) enum Body {
    /// Nothing: `key:`, `~` or `null`.
    Nothing,
    /// One value that is no list and no map.
    Scalar {
        text: String,
        /// Whether it stands in quotes: then it is no number, and no `true`.
        quoted: bool,
    },
    /// A list of nodes, in the order of the file.
    List(Vec<Node>),
    /// A map; keys in the order of the file, none twice.
    Map(Vec<(Node, Node)>),
}

impl Node {
    /// The node as diagnostics show it: scalars only, and not all of a long one.
    pub(super) fn shown(&self) -> String {
        match &self.body {
            Body::Scalar { text, .. } => shorten(&without_userinfo(text)),
            Body::Nothing | Body::List(_) | Body::Map(_) => String::new(),
        }
    }

    /// What it is, in words.
    pub(super) fn kind(&self) -> &'static str {
        match &self.body {
            Body::Nothing => "nothing",
            Body::Scalar { .. } => "a single value",
            Body::List(_) => "a list",
            Body::Map(_) => "a map",
        }
    }
}

/// Takes user name and password out of a URL: nothing that shows a file's text shows them.
fn without_userinfo(text: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = text.split_once("://") else { return Cow::Borrowed(text) };
    // A password may have any sign that its writer forgot to encode.
    match rest.rsplit_once('@') {
        None => Cow::Borrowed(text),
        Some((_, host)) => Cow::Owned(format!("{scheme}://(hidden)@{host}")),
    }
}

/// Cuts a text for display, and takes line breaks out of it.
pub(super) fn shorten(text: &str) -> String {
    let mut short: String =
        text.chars().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(SHOWN).is_some() {
        short.push('…');
    }
    short
}

/// Reads a file into a tree. Gives `None` and the mistake when it is not YAML, or more than we read.
pub(super) fn parse(file: &SourceFile, found: &mut Vec<Diagnostic>) -> Option<Node> {
    let mut builder = Builder { file, found, open: Vec::new(), root: None, next: 0 };
    let mut options = Options::default();
    options.block_nesting_limit = DEPTH;
    options.flow_nesting_limit = DEPTH;
    options.disallow_directives = true;
    for event in Parser::new_from_str_with_options(&file.text, options) {
        let taken = match event {
            Ok((event, span)) => builder.take(event, span.start),
            Err(error) => Err(Box::new(syntax(file, &error.info(), *error.marker()))),
        };
        if let Err(mistake) = taken {
            builder.found.push(*mistake);
            return None;
        }
    }
    let root = builder.root.take();
    Some(root.unwrap_or(Node { id: 0, line: 1, column: 1, body: Body::Map(Vec::new()) }))
}

fn syntax(file: &SourceFile, info: &str, marker: Marker) -> Diagnostic {
    let message = format!("not valid YAML: {}", info.trim_end_matches('.'));
    let mistake = Diagnostic::error(&file.name, message);
    if info.contains("tab") {
        // The scanner names the word before the tab; the line with the tab helps more.
        let from = file.text.lines().enumerate().skip(marker.line().saturating_sub(1));
        let indent = |line: &str| line.chars().take_while(|c| c.is_whitespace()).any(|c| c == '\t');
        if let Some((index, _)) = from.into_iter().find(|(_, line)| indent(line)) {
            let line = u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1);
            return mistake.at(line, 1).hinting("indent with spaces, not with tabs");
        }
    }
    let (line, column) = position(marker);
    mistake.at(line, column)
}

fn position(marker: Marker) -> (u32, u32) {
    let line = u32::try_from(marker.line()).unwrap_or(u32::MAX);
    let column = u32::try_from(marker.col()).unwrap_or(u32::MAX).saturating_add(1);
    (line, column)
}

/// A list or map whose end has not come yet.
enum Open {
    List(Node, Vec<Node>),
    Map { node: Node, entries: Vec<(Node, Node)>, names: HashSet<String>, key: Option<Node> },
}

struct Builder<'a> {
    file: &'a SourceFile,
    found: &'a mut Vec<Diagnostic>,
    open: Vec<Open>,
    root: Option<Node>,
    next: u32,
}

impl Builder<'_> {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "events that carry no node, present and future"
    )]
    fn take(&mut self, event: Event<'_>, marker: Marker) -> Result<(), Box<Diagnostic>> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse(marker, anchor != 0, tag.is_some())?;
                let quoted = style != ScalarStyle::Plain;
                let nothing = !quoted && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                let body = if nothing {
                    Body::Nothing
                } else {
                    Body::Scalar { text: text.into_owned(), quoted }
                };
                let node = self.node(marker, body)?;
                self.close(node)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.refuse(marker, anchor != 0, tag.is_some())?;
                let node = self.node(marker, Body::Nothing)?;
                self.nest(Open::List(node, Vec::new()), marker)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.refuse(marker, anchor != 0, tag.is_some())?;
                let node = self.node(marker, Body::Nothing)?;
                let names = HashSet::new();
                self.nest(Open::Map { node, entries: Vec::new(), names, key: None }, marker)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(_) => self.refuse(marker, true, false),
            Event::DocumentStart(..) if self.root.is_some() => Err(Box::new(self.mistake(
                marker,
                "a file holds one document",
                "take the second `---` out",
            ))),
            _ => Ok(()),
        }
    }

    fn mistake(&self, marker: Marker, message: &str, hint: &str) -> Diagnostic {
        let (line, column) = position(marker);
        Diagnostic::error(&self.file.name, message).at(line, column).hinting(hint)
    }

    fn refuse(&self, marker: Marker, anchor: bool, tag: bool) -> Result<(), Box<Diagnostic>> {
        if anchor {
            let message = "anchors and aliases (`&`, `*`) are not used in these files";
            return Err(Box::new(self.mistake(marker, message, "write it out, or quote the text")));
        }
        if tag {
            let message = "tags (`!`) are not used in these files";
            return Err(Box::new(self.mistake(
                marker,
                message,
                "take the tag out, or quote the text",
            )));
        }
        Ok(())
    }

    fn node(&mut self, marker: Marker, body: Body) -> Result<Node, Box<Diagnostic>> {
        self.next += 1;
        if self.next > NODES {
            return Err(Box::new(self.mistake(
                marker,
                "the file is too large",
                "split it into several",
            )));
        }
        let (line, column) = position(marker);
        Ok(Node { id: self.next, line, column, body })
    }

    fn nest(&mut self, open: Open, marker: Marker) -> Result<(), Box<Diagnostic>> {
        self.open.push(open);
        if self.open.len() > DEPTH {
            return Err(Box::new(self.mistake(marker, "the file nests too deep", "")));
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), Box<Diagnostic>> {
        let node = match self.open.pop() {
            Some(Open::List(node, items)) => Node { body: Body::List(items), ..node },
            Some(Open::Map { node, entries, .. }) => Node { body: Body::Map(entries), ..node },
            None => return Ok(()),
        };
        self.close(node)
    }

    /// Puts a finished node where it belongs.
    fn close(&mut self, node: Node) -> Result<(), Box<Diagnostic>> {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::List(_, items)) => items.push(node),
            Some(Open::Map { entries, names, key, .. }) => match key.take() {
                None => {
                    if !matches!(node.body, Body::Scalar { .. }) {
                        let mistake = Diagnostic::error(&self.file.name, "a key is a single word")
                            .at(node.line, node.column)
                            .hinting("quote a selector that starts with a bracket");
                        return Err(Box::new(mistake));
                    }
                    *key = Some(node);
                }
                Some(name) => {
                    let Body::Scalar { text, .. } = &name.body else { return Ok(()) };
                    if names.insert(text.clone()) {
                        entries.push((name, node));
                    } else {
                        let mistake = Diagnostic::error(&self.file.name, "this key is there twice")
                            .at(name.line, name.column)
                            .showing(name.shown())
                            .hinting("keep one of the two; neither wins silently");
                        self.found.push(mistake);
                    }
                }
            },
        }
        Ok(())
    }
}
