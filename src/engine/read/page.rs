//! A page or a text in which tokens stand anywhere, with the context of each.

use crate::document::html;
use crate::document::html::Batch;
use crate::document::html::PlacedToken;
use crate::rules::TextRules;
use crate::token::Class;
use crate::token::Token;

/// Bytes of a page that are decided, with the tokens in them.
#[derive(Debug)]
pub(in crate::engine) struct Page<'a> {
    pub(in crate::engine) batches: Vec<Batch<Token>>,
    pub(in crate::engine) options: html::Options,
    pub(in crate::engine) rules: &'a TextRules,
}

impl<'a> Page<'a> {
    /// Gives all tokens in their order, and the classes of those that the rules reveal.
    pub(in crate::engine) fn tokens(
        &self,
    ) -> impl Iterator<Item = (&PlacedToken<Token>, Option<&'a Class>)> {
        let class_of = |token: &Token| {
            let class = self.rules.classes.iter().find(|class| class.code == token.code());
            class.map(AsRef::as_ref)
        };
        self.batches
            .iter()
            .flat_map(Batch::tokens)
            .map(move |found| (found, class_of(&found.token)))
    }

    /// Gives all tokens with the byte of the page at which each stands.
    pub(in crate::engine) fn placed(&self) -> Vec<Placed<'_, 'a>> {
        let mut tokens = self.tokens();
        let (mut placed, mut before) = (Vec::new(), 0_usize);
        for batch in &self.batches {
            for (found, class) in tokens.by_ref().take(batch.tokens().len()) {
                let at = usize::try_from(found.span.start()).unwrap_or(usize::MAX);
                placed.push(Placed { token: found, class, offset: before.saturating_add(at) });
            }
            before = before.saturating_add(batch.bytes().len());
        }
        placed
    }

    /// Gives the bytes with a value for each token that has one; `value` is asked for each token, in
    /// their order.
    pub(in crate::engine) fn revealed<'v>(
        self,
        mut value: impl FnMut() -> Option<&'v str>,
    ) -> Vec<u8> {
        let mut batches =
            self.batches.into_iter().map(|batch| batch.reveal(|_| value(), |_, _| {}));
        let mut page = batches.next().unwrap_or_default();
        for batch in batches {
            page.extend_from_slice(&batch);
        }
        page
    }
}

/// A token of a page.
pub(in crate::engine) struct Placed<'p, 'a> {
    pub(in crate::engine) token: &'p PlacedToken<Token>,
    /// Its class, when the rules reveal it.
    pub(in crate::engine) class: Option<&'a Class>,
    /// The byte where it starts, from 0, behind content codings.
    pub(in crate::engine) offset: usize,
}
