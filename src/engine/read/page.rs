//! A page or a text in which tokens stand anywhere, with the context of each.

use crate::document::html;
use crate::document::html::Batch;
use crate::document::html::PlacedToken;
use crate::rules::TextRules;
use crate::token::Class;
use crate::token::Token;

/// Bytes of a page that are decided, with the tokens in them.
#[derive(Debug)]
pub(crate) struct Page<'a> {
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
