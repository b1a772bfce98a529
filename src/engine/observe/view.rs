//! What others than the engine may see of a message under treatment: who explains one implements [`Observer`]
//! over this, and nobody else has a use for it.
//!
//! A view only looks: no step takes anything of it back. It shows rules, places and decisions, and no value, mask
//! or token.

use bytes::Bytes;
use http::Request;
use http::Response;

use crate::authz;
use crate::base::ClassCode;
use crate::base::DataClass;
use crate::base::Kind;
use crate::base::Span;
use crate::document;
use crate::document::Style;
use crate::document::html;
use crate::engine::Engine;
use crate::engine::Error;
use crate::engine::ExplainedExchange;
use crate::engine::decide::Decision;
use crate::engine::decide::Visibility;
use crate::engine::leg::Piece;
use crate::engine::leg::StreamPiece;
use crate::engine::leg::StreamReveal;
use crate::engine::leg::WholeAnswer;
use crate::engine::leg::WholeRequest;
use crate::engine::read::BodyHandling;
use crate::engine::read::Content;
use crate::engine::read::PartOutcome;
use crate::engine::read::Streaming;
use crate::engine::select::Position;
use crate::rules::Action;
use crate::rules::PlaceRules;
use crate::rules::Rule;
use crate::rules::Side;
use crate::token::Class;

pub(crate) use crate::engine::decide::ClassDecision;
pub(crate) use crate::engine::decide::Classes;
pub(crate) use crate::engine::decide::Submitted;
pub(crate) use crate::engine::decide::Why;
pub(crate) use crate::engine::leg::Leg;
pub(crate) use crate::engine::observe::Observer;
pub(crate) use crate::engine::read::Document;
pub(crate) use crate::engine::read::Page;
pub(crate) use crate::engine::read::Part;
pub(crate) use crate::engine::read::Unreadable;
pub(crate) use crate::engine::select::Role;

/// What was decided about an occurrence, without what takes its place.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Decided {
    Keep(Why),
    Refuse(Submitted),
    Mask,
    Redact,
    /// The token that the mask stands for takes its place.
    Unmask,
    Token,
    Reveal,
}

impl<'a> Part<'a> {
    /// Returns the name of its place, as people read it.
    pub(crate) fn name(&self) -> &'static str {
        self.slot.name()
    }

    /// Returns the document that it is, where rules select fields of it.
    pub(crate) fn as_document(&self) -> Option<&Document<'a>> {
        let Content::Document(document) = &self.content else { return None };
        Some(document)
    }

    /// Returns the page that it is, where tokens stand anywhere.
    pub(crate) fn as_page(&self) -> Option<&Page<'a>> {
        let Content::Page(page) = &self.content else { return None };
        Some(page)
    }

    /// Returns why nothing was found in it; none when something was, or could have been.
    pub(crate) fn unreadable(&self) -> Option<Unreadable> {
        match &self.outcome {
            _ if !self.selection.occurrences.is_empty() => None,
            PartOutcome::Kept(why) => Some(*why),
            PartOutcome::Refused(error) => Some(Unreadable::from(error)),
            PartOutcome::Treated => None,
        }
    }

    /// Yields what rules selected in it: the rule, the field, and what the rule is to it.
    pub(crate) fn selected(&self) -> impl Iterator<Item = (&'a Rule, document::Field, Role)> {
        self.selection.selected.iter().map(|each| (each.rule, each.field, each.role))
    }

    /// Yields the places of fields that a rule decides on: with the rule, the class, and what was decided;
    /// nothing before the decision.
    pub(crate) fn decided(
        &self,
    ) -> impl Iterator<Item = (Span, &'a Rule, &'a Class, Option<Decided>)> {
        self.selection.occurrences.iter().filter_map(|each| {
            let Position::Field(field) = each.position else { return None };
            let decided = each.decision.as_ref().map(|decision| match decision {
                Decision::Keep(why) => Decided::Keep(*why),
                Decision::Refuse(submitted) => Decided::Refuse(*submitted),
                Decision::Write(_) if each.action() == Action::Mask => Decided::Mask,
                Decision::Write(_) => Decided::Redact,
                Decision::Token(_) => Decided::Unmask,
                Decision::Store | Decision::Lookup(_) => Decided::Token,
                Decision::Reveal => Decided::Reveal,
            });
            Some((field.span, each.rule?, each.class, decided))
        })
    }
}

impl<'a> Document<'a> {
    /// Returns the rules that look at it.
    pub(crate) fn rules(&self) -> &'a PlaceRules {
        self.rules
    }

    /// Lists its scalars, whether rules select them or not.
    pub(crate) fn scalars(&self, leg: &Leg<'_>, style: Style<'_>) -> document::Outline {
        self.outline(&leg.engine.bounds, style)
    }

    /// Lists the scalars of a document that is one of its texts, and has rules of its own.
    pub(crate) fn scalars_of_text(
        &self,
        leg: &Leg<'_>,
        text: document::OuterText<'_>,
        rules: &PlaceRules,
        style: Style<'_>,
    ) -> document::Outline {
        let (program, readings) = (&rules.program, leg.treatment.readings());
        let (bounds, options) = (&leg.engine.bounds, self.options);
        let context = document::ReadContext { program, bounds, options, readings };
        document::outline_nested(&self.source, text, context, style)
    }

    /// Returns how many characters one of its scalars has, and the class code of the first token in it; none
    /// of what cannot be read so.
    pub(crate) fn measure(
        &self,
        leg: &Leg<'_>,
        item: &document::Item,
        kind: Kind,
    ) -> Option<(usize, Option<ClassCode>)> {
        let text = item.codec.decode(item.span.of(&self.source), kind).ok()?;
        let tokens = leg.exchange.tokenizer.find(text.expose().as_bytes());
        Some((text.expose().chars().count(), tokens.first().map(|(_, token)| token.code())))
    }
}

impl<'a> Page<'a> {
    /// Returns whether it is a page, and no plain text or URL.
    pub(crate) fn is_html(&self) -> bool {
        matches!(self.options.language, html::Language::Html(_))
    }

    /// Yields its tokens in their order: the byte at which one starts behind content codings, its context, the
    /// code of its class, and the class when rules reveal it.
    pub(crate) fn sites(
        &self,
    ) -> impl Iterator<Item = (u64, document::Site, ClassCode, Option<&'a Class>)> {
        let mut before = 0_u64;
        let starts = self.batches.iter().flat_map(move |batch| {
            let start = before;
            let bytes = u64::try_from(batch.bytes().len()).unwrap_or(u64::MAX);
            before = before.saturating_add(bytes);
            batch.tokens().iter().map(move |found| start.saturating_add(found.span.start().into()))
        });
        let tokens = starts.zip(self.tokens());
        tokens.map(|(at, (found, class))| (at, found.site, found.token.code(), class))
    }
}

impl ClassDecision {
    /// Returns what lets the caller see values of the class, or their masks, that are not their own.
    pub(crate) fn permit(&self) -> Option<&authz::Permit> {
        match self.visibility(false) {
            Visibility::Reveal(permit) | Visibility::Mask(permit) => Some(permit),
            Visibility::Nothing => None,
        }
    }
}

impl ExplainedExchange {
    /// Asks the policies what lets the caller see values of a class, or their masks, that are not their own, or
    /// why they see neither.
    pub(crate) fn sees(
        &self,
        engine: &Engine,
        class: &DataClass,
    ) -> Result<authz::Permit, authz::Denied> {
        let ask = |action| self.0.authorize(engine, action, class, false);
        ask(authz::Action::Reveal).or_else(|denied| ask(authz::Action::Mask).map_err(|_| denied))
    }
}

impl Engine {
    /// Treats a request as on the data path, but for being sent. Fails as it would be refused.
    pub(crate) async fn explain_request(
        &self,
        exchange: &ExplainedExchange,
        request: Request<Bytes>,
        observer: &mut dyn Observer,
    ) -> Result<(), Error> {
        let leg = Leg::new(self, &exchange.0, Side::Request);
        let (head, body) = request.into_parts();
        leg.run(WholeRequest::new(head, Some(body), None), observer).await.map(drop)
    }

    /// Treats a response likewise, its body in one piece.
    pub(crate) async fn explain_response(
        &self,
        exchange: &ExplainedExchange,
        response: Response<Bytes>,
        handling: BodyHandling,
        observer: &mut dyn Observer,
    ) -> Result<(), Error> {
        let leg = Leg::new(self, &exchange.0, Side::Response);
        let kept = match handling {
            BodyHandling::KeepTokens(reason) => Some(reason),
            BodyHandling::Passthrough
            | BodyHandling::Buffer
            | BodyHandling::Stream(Streaming::Records(_)) => None,
            BodyHandling::Stream(streaming) => {
                let headers = response.headers();
                match StreamReveal::start(leg.exchange, streaming, headers, 0, &self.memory) {
                    Ok(mut stream) => {
                        let (head, bytes) = response.into_parts();
                        let piece = Piece { bytes, last: true };
                        let source = StreamPiece::new(&mut stream, Some(head), piece);
                        return leg.run(source, observer).await.map(drop);
                    }
                    Err(error) => Some(error.code()),
                }
            }
        };
        let (head, body) = response.into_parts();
        leg.run(WholeAnswer::new(head, Some(body), kept), observer).await.map(drop)
    }
}
