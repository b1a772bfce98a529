//! Both legs of an exchange, taken through the engine under the eyes of an observer: every rule, every scalar,
//! and which of them meet.

use bytes::Bytes;
use http::HeaderMap;
use http::HeaderValue;
use http::Request;
use http::Response;
use http::StatusCode;
use http::header;
use serde::Serialize;

use crate::base::Limits;
use crate::coding::Chain;
use crate::document::Program;
use crate::document::Style;
use crate::engine::BodyHandling;
use crate::engine::Engine;
use crate::engine::Error;
use crate::engine::ExplainedExchange;
use crate::engine::Generation;
use crate::engine::Place;
use crate::engine::Streaming;
use crate::engine::view::Classes;
use crate::engine::view::Leg;
use crate::engine::view::Observer;
use crate::engine::view::Part;
use crate::gateway::explain::becomes::Seen;
use crate::gateway::explain::becomes::sight;
use crate::gateway::explain::place;
use crate::gateway::explain::place::PlaceReport;
use crate::gateway::explain::place::ReadParts;
use crate::gateway::explain::report::LegReport;
use crate::gateway::explain::report::ProblemReport;
use crate::gateway::explain::text::TextReport;
use crate::net::BodyError;
use crate::proxy::Rejection;
use crate::rules::PlaceRules;
use crate::rules::Route;
use crate::rules::Sentinel;
use crate::rules::Side;
use crate::rules::Treatment;
use crate::token::Class;

/// What the rules do to one leg of an exchange.
#[derive(Debug, Default, Serialize)]
pub(super) struct Explanation {
    /// Whether values become tokens here, or tokens values: `protect` or `reveal`.
    pub(super) treating: &'static str,
    pub(super) places: Vec<PlaceReport>,
    /// Tokens in a page or a plain text, and in `Location`.
    pub(super) text: Option<TextReport>,
    /// What the caller may see, class by class; nothing where values become tokens.
    pub(super) sight: Vec<Seen>,
    pub(super) leaks: Vec<Leak>,
    /// Why the tokens of the answer stay although rules would show them.
    pub(super) unrevealed: Option<&'static str>,
}

/// A value that becomes a token and stands where no rule protects it, too.
#[derive(Debug, Serialize)]
pub(super) struct Leak {
    pub(super) class: String,
    pub(super) place: &'static str,
    /// Whether the route refuses that.
    pub(super) refused: bool,
}

/// Returns the route with rules that select nothing for the places that have none, and no other rules: a message
/// that is treated by it shows what passes.
pub(super) fn passing(route: &Route) -> Route {
    let mut route = route.clone();
    for phase in [&mut route.request, &mut route.response] {
        let (body, query, path) = (&mut phase.body, &mut phase.query, &mut phase.path);
        for place in [body, query, path, &mut phase.header, &mut phase.cookie] {
            let nothing = PlaceRules { program: Program::nothing(), rules: Vec::new() };
            *place = place.is_none().then_some(nothing);
        }
        phase.text = None;
    }
    route
}

/// An exchange that is explained, and the same on its [`passing`] route.
pub(super) struct Legs<'x> {
    pub(super) limits: &'x Limits,
    pub(super) generation: &'x Generation,
    pub(super) engine: &'x Engine,
    pub(super) exchange: &'x ExplainedExchange,
    pub(super) passing: &'x ExplainedExchange,
    pub(super) style: Style<'x>,
}

impl<'x> Legs<'x> {
    /// Explains the request.
    pub(super) async fn request(&self, request: &Request<()>, body: &Bytes) -> LegReport {
        let message = || request.clone().map(|()| body.clone());
        let mut seen = self.observer(self.exchange, Side::Request);
        let done = self.engine.explain_request(self.exchange, message(), &mut seen).await;
        let mut passing = self.observer(self.passing, Side::Request);
        let _passes = self.engine.explain_request(self.passing, message(), &mut passing).await;
        let explanation = seen.finish(done.as_ref().err(), passing, request.headers());
        let too_long = self.exchange.route().request.body.is_some()
            && body.len() > self.limits.body_bytes
            && !explanation.places.iter().any(|place| place.format == Some("multipart"));
        let too_long = too_long.then_some(Rejection::RequestBody(BodyError::TooLarge));
        let problem = too_long.or(done.err().map(Rejection::from)).map(ProblemReport::of);
        LegReport { problem, explanation: Some(explanation) }
    }

    /// Explains the response.
    pub(super) async fn answer(&self, response: &Response<()>, body: &Bytes) -> LegReport {
        let (engine, route) = (self.engine, self.exchange.route());
        let (headers, status) = (response.headers(), response.status());
        let handling = Side::Response.body_handling(route, headers, Some(status));
        let message = || response.clone().map(|()| body.clone());
        let mut seen = self.observer(self.exchange, Side::Response);
        let done = engine.explain_response(self.exchange, message(), handling, &mut seen).await;
        seen.say_how_it_was_read(handling);
        let mut passing = self.observer(self.passing, Side::Response);
        let mut whole = message();
        // What passes of a part of a body is shown, too.
        *whole.status_mut() = StatusCode::OK;
        let buffer = BodyHandling::Buffer;
        let _passes = engine.explain_response(self.passing, whole, buffer, &mut passing).await;
        let mut explanation = seen.finish(done.as_ref().err(), passing, headers);
        let refused = done.err().map(Rejection::of_response);
        let too_long =
            matches!(handling, BodyHandling::Buffer) && body.len() > self.limits.body_bytes;
        let problem = match Side::Response.treatment(route.direction) {
            Treatment::Protect if too_long => Some(Rejection::ResponseBody(BodyError::TooLarge)),
            Treatment::Protect => refused,
            Treatment::Reveal => {
                let stays = too_long.then_some("too_large");
                explanation.unrevealed = stays.or(explanation.unrevealed);
                refused
            }
        };
        LegReport { problem: problem.map(ProblemReport::of), explanation: Some(explanation) }
    }

    fn observer(&self, exchange: &'x ExplainedExchange, side: Side) -> LegObserver<'x> {
        let route = exchange.route();
        let treating = match side.treatment(route.direction) {
            Treatment::Protect => "protect",
            Treatment::Reveal => "reveal",
        };
        let sight = sight(self.engine, exchange, route.phase(side));
        let explanation = Explanation { treating, sight, ..Explanation::default() };
        LegObserver { generation: self.generation, route, side, style: self.style, explanation }
    }
}

/// Writes down what the pipeline does to one message.
struct LegObserver<'e> {
    generation: &'e Generation,
    route: &'e Route,
    side: Side,
    style: Style<'e>,
    explanation: Explanation,
}

impl Observer for LegObserver<'_> {
    fn selected(&mut self, leg: &Leg<'_>, parts: &[Part<'_>]) {
        // What is refused for rules that did nothing is never decided on.
        self.decided(leg, parts, &Classes::new());
    }

    fn decided(&mut self, leg: &Leg<'_>, parts: &[Part<'_>], classes: &Classes) {
        let (generation, phase) = (self.generation, self.route.phase(self.side));
        let read = ReadParts { generation, phase, leg, parts, classes };
        self.explanation.places = read.places(self.style);
        self.explanation.text = read.text(self.style.most);
    }

    fn kept(&mut self, _leg: &Leg<'_>, reason: &'static str) {
        self.explanation.unrevealed.get_or_insert(reason);
    }

    fn leaked(&mut self, _leg: &Leg<'_>, class: &Class, place: Place) {
        let refused = self.route.sentinel == Sentinel::Enforce;
        let (class, place) = (class.name.to_string(), place.as_str());
        self.explanation.leaks.push(Leak { class, place, refused });
    }
}

impl LegObserver<'_> {
    /// Says of a body that is read as a text that the rules for documents have nothing to do, and of records
    /// that one of them cannot be read.
    fn say_how_it_was_read(&mut self, handling: BodyHandling) {
        let places = &mut self.explanation.places;
        match handling {
            BodyHandling::Passthrough | BodyHandling::Buffer | BodyHandling::KeepTokens(_) => {}
            BodyHandling::Stream(Streaming::Records(_)) => {
                let offset = |place: &PlaceReport| place.unreadable.and_then(|why| why.offset);
                if places.iter().any(|place| offset(place).is_some()) {
                    // The tokens of the other records do not stay.
                    self.explanation.unrevealed = Some("record");
                }
            }
            BodyHandling::Stream(_) => {
                places.retain(|place| !place.is_body());
                places.extend(self.route.response.body.as_ref().map(place::read_as_text));
            }
        }
    }

    /// Adds what `passing` saw, and the places that rules wait for in vain. The body comes first.
    fn finish(self, refused: Option<&Error>, passing: Self, headers: &HeaderMap) -> Explanation {
        let mut explanation = self.explanation;
        let places = &mut explanation.places;
        if let Some(refused) = refused {
            place::tell_refused(places, refused);
        }
        let passes =
            |place: &PlaceReport| !place.ruled && (place.is_body() || !place.leaves.is_empty());
        places.extend(passing.explanation.places.into_iter().filter(passes));
        place::add_absent(self.route.phase(self.side), places);
        places.sort_by_key(|place| !place.is_body());
        if let Some(body) = places.first_mut().filter(|place| place.present) {
            let lines = headers.get_all(header::CONTENT_ENCODING).iter().map(HeaderValue::as_bytes);
            body.codings = Chain::parse(lines).unwrap_or_default().names().collect();
        }
        explanation
    }
}
