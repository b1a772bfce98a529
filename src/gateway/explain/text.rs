//! Tokens in a page or a plain text, with the contexts they stand in.

use serde::Serialize;

use crate::document::Site;
use crate::document::html::Context;
use crate::gateway::explain::becomes::Becomes;
use crate::gateway::explain::place::ReadParts;

/// What was read as a text, and the tokens in it.
#[derive(Debug, Default, Serialize)]
pub(super) struct TextReport {
    /// `html`, `text`, or nothing when only `Location` was looked at.
    pub(super) format: Option<&'static str>,
    /// The content codings that were taken off.
    pub(super) codings: Vec<&'static str>,
    /// The classes that the rules look for.
    pub(super) classes: Vec<String>,
    /// Its tokens, as far as they are listed.
    pub(super) tokens: Vec<FoundToken>,
    /// How many tokens are not listed.
    pub(super) unlisted: usize,
}

/// A token in a text.
#[derive(Debug, Serialize)]
pub(super) struct FoundToken {
    /// Where the text stands: `body` or `location`.
    pub(super) place: &'static str,
    /// The byte where it starts, from 0, behind content codings.
    pub(super) offset: u64,
    /// Its class; none when no rule file defines it.
    pub(super) class: Option<String>,
    /// What the place is to a browser: `text`, `plain`, `json`, `attribute`, `url`, `script`, or why the token
    /// must stay there.
    pub(super) context: &'static str,
    /// Whether the context is one in which a token must stay.
    pub(super) keeps: bool,
    pub(super) becomes: Becomes,
}

impl ReadParts<'_> {
    /// Reports the tokens of pages and texts, up to so many in all; none when nothing was read as one.
    pub(super) fn text(&self, most: usize) -> Option<TextReport> {
        let classes = &self.phase.text.as_ref()?.classes;
        let mut report = None;
        for part in self.parts.iter().rev() {
            let (place, Some(page)) = (part.name(), part.as_page()) else { continue };
            let text = report.get_or_insert_with(|| TextReport {
                classes: classes.iter().map(|class| class.name.to_string()).collect(),
                ..TextReport::default()
            });
            if place != "location" {
                text.format = Some(if page.is_html() { "html" } else { "text" });
            }
            for (offset, site, code, class) in page.sites() {
                if text.tokens.len() >= most {
                    text.unlisted += 1;
                    continue;
                }
                let (context, keeps) = word(site);
                text.tokens.push(FoundToken {
                    place,
                    offset,
                    class: self.class_name(code),
                    context,
                    keeps,
                    becomes: match class {
                        None => Becomes::NotSelected,
                        Some(_) if keeps => Becomes::TokenStays,
                        Some(class) => Becomes::shown(class, self.classes),
                    },
                });
            }
        }
        report
    }
}

/// A context in one word, and whether it keeps its tokens.
fn word(site: Site) -> (&'static str, bool) {
    match site.context {
        Context::Plain if site.url.is_some() => ("url", false),
        Context::Plain if site.is_string => ("json", false),
        Context::Text { .. } => ("text", false),
        Context::Plain => ("plain", false),
        Context::Attribute(_) => ("attribute", false),
        Context::Url(..) => ("url", false),
        Context::Script => ("script", false),
        Context::Keep(why) => (why.code(), true),
    }
}
