//! What the rules do to a message, told to people who write them: every rule, every scalar, and
//! which of them meet.
//!
//! An observer of the pipeline: the message takes the steps that it takes on the data path, here they
//! are only written down. Not for: the route (`rules`), printing (`cli`).
//!
//! # Invariants
//!
//! - No value and no token is in an [`Explanation`], and no name that may be one
//!   (`it::cli::explain::silent`).
//! - What it says becomes of a scalar is what becomes of it on the wire
//!   (`it::cli::explain::says_what_the_gateway_does`).

mod becomes;
mod names;
mod place;
mod text;

use bytes::Bytes;
use http::Response;
use http::request;
use http::response;
use serde::Serialize;

use crate::document::Program;
use crate::document::Style;
use crate::engine::Engine;
use crate::engine::ExplainedExchange;
use crate::engine::decide::Classes;
use crate::engine::error::Error;
use crate::engine::error::Place;
use crate::engine::leg::Leg;
use crate::engine::leg::Piece;
use crate::engine::leg::Side;
use crate::engine::leg::StreamPiece;
use crate::engine::leg::StreamReveal;
use crate::engine::leg::Treatment;
use crate::engine::leg::WholeAnswer;
use crate::engine::leg::WholeRequest;
use crate::engine::observe::Observer;
use crate::engine::read::BodyHandling;
use crate::engine::read::Content;
use crate::engine::read::Part;
use crate::engine::read::Slot;
use crate::engine::read::Streaming;
use crate::engine::read::Unreadable;
use crate::engine::read::body;
use crate::engine::read::head;
use crate::rules::PlaceRules;
use crate::rules::Sentinel;
use crate::token::Class;

pub use becomes::Becomes;
pub use becomes::Seen;
pub use place::Leaf;
pub use place::RuleReport;
pub use place::WhyNone;
pub use text::Found;
pub use text::TextReport;

/// What the rules do to one leg of an exchange.
#[derive(Debug, Serialize)]
pub struct Explanation {
    /// Whether values become tokens here, or tokens values.
    pub treating: &'static str,
    /// What was found in each place.
    pub places: Vec<PlaceReport>,
    /// Tokens in a page or a plain text, and in `Location`.
    pub text: Option<TextReport>,
    /// What the caller may see, class by class; nothing where values become tokens.
    pub sight: Vec<Seen>,
    /// Values that become tokens and stand in another place, too.
    pub leaks: Vec<Leak>,
    /// Why the tokens of the answer stay although rules would show them.
    pub unrevealed: Option<&'static str>,
    /// Why the message goes no further.
    #[serde(skip)]
    pub refused: Option<Error>,
}

/// A value that stands where no rule protects it.
#[derive(Debug, Serialize)]
pub struct Leak {
    /// The name of its class.
    pub class: String,
    /// Where it stands, too.
    pub place: &'static str,
    /// Whether the route refuses that.
    pub refused: bool,
}

/// One place of a message.
#[derive(Debug, Default, Serialize)]
pub struct PlaceReport {
    /// The name of the place.
    pub place: &'static str,
    /// Whether the route has rules for it.
    pub ruled: bool,
    /// Whether the message has it.
    pub present: bool,
    /// What a body was recognised as.
    pub format: Option<&'static str>,
    /// The content codings that were taken off it, in the order they were put on.
    pub codings: Vec<&'static str>,
    /// The character set it is in.
    pub charset: Option<&'static str>,
    /// Why it cannot be read.
    pub unreadable: Option<Unreadable>,
    /// Every rule for it.
    pub rules: Vec<RuleReport>,
    /// Its scalars, as far as they are listed.
    pub leaves: Vec<Leaf>,
    /// How many scalars are not listed.
    pub unlisted: usize,
    /// Parts of a multipart form that nobody looks into.
    pub files: usize,
}

/// Writes down what the pipeline does to one message.
struct Explainer<'e> {
    style: Style<'e>,
    explanation: Explanation,
    /// The places as they were before anything was decided.
    undecided: Vec<PlaceReport>,
}

impl Observer for Explainer<'_> {
    fn selected(&mut self, leg: &Leg<'_>, parts: &[Part<'_>]) {
        // What is refused for rules that did nothing is never decided on.
        let seen = place::ReadParts { leg, parts, classes: &Classes::new() };
        self.undecided = seen.places(self.style);
    }

    fn decided(&mut self, leg: &Leg<'_>, parts: &[Part<'_>], classes: &Classes) {
        self.undecided.clear();
        let seen = place::ReadParts { leg, parts, classes };
        let places = seen.places(self.style);
        self.explanation.places.extend(places);
        for part in parts.iter().rev() {
            if let Content::Page(page) = &part.content {
                let text = self.explanation.text.get_or_insert_with(|| text::named(page.rules));
                let seen = text::SeenPage { leg, slot: &part.slot, page, classes };
                seen.add(self.style.most, text);
            }
        }
    }

    fn kept(&mut self, _leg: &Leg<'_>, reason: &'static str) {
        self.explanation.unrevealed.get_or_insert(reason);
    }

    fn leaked(&mut self, leg: &Leg<'_>, class: &Class, place: Place) {
        self.explanation.leaks.push(Leak {
            class: class.name.to_string(),
            place: place.as_str(),
            refused: leg.route().sentinel == Sentinel::Enforce,
        });
    }
}

impl<'e> Explainer<'e> {
    fn new(leg: &Leg<'_>, style: Style<'e>) -> Self {
        let treating = match leg.treatment {
            Treatment::Protect => "protect",
            Treatment::Reveal => "reveal",
        };
        let explanation = Explanation {
            treating,
            places: Vec::new(),
            text: None,
            sight: becomes::sight(leg),
            leaks: Vec::new(),
            unrevealed: None,
            refused: None,
        };
        Self { style, explanation, undecided: Vec::new() }
    }

    /// Adds the places that the pipeline does not look at: those without rules, and those that rules
    /// wait for in vain. The body comes first.
    fn finish<'a>(
        mut self,
        leg: &Leg<'a>,
        nothing: &'a PlaceRules,
        rest: &Rest<'_>,
    ) -> Explanation {
        if let Some(refused) = &self.explanation.refused {
            place::tell_refused(&mut self.undecided, refused);
            self.explanation.places.append(&mut self.undecided);
        }
        let headers = rest.headers;
        let mut parts = head::without_rules(leg.route(), leg.side, nothing, rest.uri, headers);
        if leg.phase().body.is_none() && !rest.body.is_empty() {
            parts.push(match body::open(leg, nothing, headers, rest.body) {
                Ok((document, _)) => Part::document(Slot::Body, document),
                Err(error) => Part::unread(Slot::Body, leg.outcome_of(error)),
            });
        }
        let _nobody = crate::engine::select::select(leg, &mut parts);
        let seen = place::ReadParts { leg, parts: &parts, classes: &Classes::new() };
        let places = &mut self.explanation.places;
        places.extend(
            seen.places(self.style)
                .into_iter()
                .filter(|place| place.place == Place::Body.as_str() || !place.leaves.is_empty()),
        );
        place::add_absent(leg, places);
        places.sort_by_key(|place| place.place != Place::Body.as_str());
        if let Some(body) = places.first_mut().filter(|place| place.present) {
            let codings = body::codings(headers).unwrap_or_default();
            body.codings = codings.names().collect();
        }
        self.explanation
    }
}

/// What is known of a message beside the parts that rules look at.
struct Rest<'m> {
    uri: Option<&'m http::Uri>,
    headers: &'m http::HeaderMap,
    body: &'m Bytes,
}

impl Engine {
    /// Explains a request. It is treated for that as on the data path, but for being sent; `most`
    /// bounds the scalars that are listed of a place.
    pub async fn explain_request(
        &self,
        exchange: &ExplainedExchange,
        head: &request::Parts,
        body: &Bytes,
        most: usize,
    ) -> Explanation {
        let leg = Leg::new(self, &exchange.0, Side::Request);
        let nothing = PlaceRules { program: Program::nothing(), rules: Vec::new() };
        let shows = |name: &str| names::is_shown(exchange.route(), name);
        let mut explainer = Explainer::new(&leg, Style { shows: &shows, most });
        let source = WholeRequest::new(head.clone(), Some(body.clone()), None);
        let done = leg.run(source, &mut explainer).await;
        explainer.explanation.refused = done.err();
        let rest = Rest { uri: Some(&head.uri), headers: &head.headers, body };
        explainer.finish(&leg, &nothing, &rest)
    }

    /// Explains a response, likewise.
    pub async fn explain_response(
        &self,
        exchange: &ExplainedExchange,
        head: &response::Parts,
        body: &Bytes,
        most: usize,
    ) -> Explanation {
        let leg = Leg::new(self, &exchange.0, Side::Response);
        let nothing = PlaceRules { program: Program::nothing(), rules: Vec::new() };
        let shows = |name: &str| names::is_shown(exchange.route(), name);
        let mut explainer = Explainer::new(&leg, Style { shows: &shows, most });
        let handling = leg.side.body_handling(leg.route(), &head.headers, Some(head.status));
        let response = Response::from_parts(head.clone(), body.clone());
        let done = self.explained(&leg, handling, response, &mut explainer).await;
        explainer.explanation.refused = done.err();
        let is_text = matches!(
            handling,
            BodyHandling::Stream(
                Streaming::Text(_) | Streaming::Known(..) | Streaming::Undeclared(_)
            )
        );
        let places = &mut explainer.explanation.places;
        if is_text {
            places.retain(|place| place.place != Place::Body.as_str());
            places.extend(leg.phase().body.as_ref().map(place::read_as_text));
        }
        let is_records = matches!(handling, BodyHandling::Stream(Streaming::Records(_)));
        let body_offset = |place: &PlaceReport| place.unreadable.and_then(|why| why.offset);
        if is_records && places.iter().any(|place| body_offset(place).is_some()) {
            // The tokens of the other records do not stay.
            explainer.explanation.unrevealed = Some("record");
        }
        let rest = Rest { uri: None, headers: &head.headers, body };
        explainer.finish(&leg, &nothing, &rest)
    }

    async fn explained(
        &self,
        leg: &Leg<'_>,
        handling: BodyHandling,
        response: Response<Bytes>,
        explainer: &mut Explainer<'_>,
    ) -> Result<(), Error> {
        let kept = match handling {
            BodyHandling::KeepTokens(reason) => Some(reason),
            BodyHandling::Passthrough
            | BodyHandling::Buffer
            | BodyHandling::Stream(Streaming::Records(_)) => None,
            BodyHandling::Stream(
                streaming @ (Streaming::Text(_) | Streaming::Known(..) | Streaming::Undeclared(_)),
            ) => {
                let headers = response.headers();
                match StreamReveal::start(leg.exchange, streaming, headers, 0, &self.memory) {
                    Ok(mut stream) => {
                        let (head, bytes) = response.into_parts();
                        let piece = Piece { bytes, last: true };
                        let source = StreamPiece::new(&mut stream, Some(head), piece);
                        return leg.run(source, explainer).await.map(drop);
                    }
                    Err(error) => Some(error.code()),
                }
            }
        };
        let (head, body) = response.into_parts();
        leg.run(WholeAnswer::new(head, Some(body), kept), explainer).await.map(drop)
    }
}
