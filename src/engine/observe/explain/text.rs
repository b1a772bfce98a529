//! Tokens in a page or a plain text, with the contexts they stand in.

use serde::Serialize;

use crate::document::Site;
use crate::document::html;
use crate::document::html::Context;
use crate::engine::decide::Classes;
use crate::engine::leg::Leg;
use crate::engine::observe::explain::becomes::Becomes;
use crate::engine::observe::explain::place::class_name;
use crate::engine::read::Page;
use crate::engine::read::Slot;
use crate::rules::TextRules;

/// What was read as a text, and the tokens in it.
#[derive(Debug, Default, Serialize)]
pub struct TextReport {
    /// `html`, `text`, or nothing when only `Location` was looked at.
    pub format: Option<&'static str>,
    /// The content codings that were taken off.
    pub codings: Vec<&'static str>,
    /// The classes that the rules look for.
    pub classes: Vec<String>,
    /// Its tokens, as far as they are listed.
    pub tokens: Vec<Found>,
    /// How many tokens are not listed.
    pub unlisted: usize,
}

/// A token in a text.
#[derive(Debug, Serialize)]
pub struct Found {
    /// Where the text stands: `body` or `location`.
    pub place: &'static str,
    /// The byte where it starts, from 0, behind content codings.
    pub offset: u64,
    /// Its class; none when no rule file defines it.
    pub class: Option<String>,
    /// What the place is to a browser: `text`, `plain`, `json`, `attribute`, `url`, `script`, or why the token
    /// must stay there.
    pub context: &'static str,
    /// Whether the context is one in which a token must stay.
    pub keeps: bool,
    /// What becomes of it.
    pub becomes: Becomes,
}

/// Begins a report of what these rules look for.
pub(super) fn named(rules: &TextRules) -> TextReport {
    let classes = rules.classes.iter().map(|class| class.name.to_string()).collect();
    TextReport { classes, ..TextReport::default() }
}

/// A page that was read, and what is decided about its tokens.
pub(super) struct SeenPage<'s, 'l, 'a> {
    pub(super) leg: &'s Leg<'l>,
    pub(super) slot: &'s Slot,
    pub(super) page: &'s Page<'a>,
    pub(super) classes: &'s Classes,
}

impl SeenPage<'_, '_, '_> {
    /// Adds its tokens to a report, up to so many in all.
    pub(super) fn add(&self, most: usize, text: &mut TextReport) {
        let is_location = *self.slot == Slot::Location;
        if !is_location {
            text.format = Some(match self.page.options.language {
                html::Language::Html(_) => "html",
                html::Language::Plain | html::Language::Url => "text",
            });
        }
        for placed in self.page.placed() {
            if text.tokens.len() >= most {
                text.unlisted += 1;
                continue;
            }
            let (context, keeps) = word(placed.token.site);
            text.tokens.push(Found {
                place: self.slot.name(),
                offset: u64::try_from(placed.offset).unwrap_or(u64::MAX),
                class: class_name(self.leg, &placed.token.token),
                context,
                keeps,
                becomes: match placed.class {
                    None => Becomes::NotSelected,
                    Some(_) if keeps => Becomes::TokenStays,
                    Some(class) => Becomes::shown(class, self.classes),
                },
            });
        }
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
