//! What the rules do to a message, told to people who write them: every rule, every scalar, and
//! which of them meet.
//!
//! The same parts, programs, decisions and searches are asked as on the data path; here they are
//! only written down. Not for: the route (`rules`), printing (`cli`).
//!
//! # Invariants
//!
//! - No value and no token is in an [`Explanation`], and no name that may be one
//!   (`it::cli::explain::silent`).
//! - What it says becomes of a scalar is what becomes of it on the wire
//!   (`it::cli::explain::says_what_the_gateway_does`).

mod names;
mod place;
mod text;
mod fate;

use bytes::Bytes;
use http::HeaderMap;
use http::Request;
use http::Response;
use http::request;
use http::response;
use serde::Serialize;

use crate::document::Program;
use crate::document::Style;
use crate::engine::BodyHandling;
use crate::engine::Engine;
use crate::engine::Exchange;
use crate::engine::Side;
use crate::engine::Streaming;
use crate::engine::Treatment;
use crate::engine::content;
use crate::engine::error::Error;
use crate::engine::error::Place;
use crate::engine::explain::place::Reader;
use crate::engine::head;
use crate::engine::message::refuse_leak;
use crate::engine::part::Part;
use crate::net::Body;
use crate::rules::FormatName;
use crate::rules::PlaceRules;
use crate::rules::Sentinel;

pub use fate::Becomes;
pub use fate::Seen;
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
    /// Place by place.
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
    /// Its class.
    pub class: String,
    /// Where it stands, too.
    pub place: &'static str,
    /// Whether the route refuses that.
    pub refused: bool,
}

/// One place of a message.
#[derive(Debug, Default, Serialize)]
pub struct PlaceReport {
    /// Its name.
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

/// Why a place cannot be read, and the byte where that was seen.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Unreadable {
    /// A word of `docs/errors.md`, or of `Cloakroom-Unrevealed`.
    pub reason: &'static str,
    /// The byte of the place, from 0; none when it concerns the whole.
    pub offset: Option<u32>,
}

impl Unreadable {
    fn of(error: &Error) -> Self {
        let Error::Document { refusal, .. } = error else {
            return Self { reason: error.code(), offset: None };
        };
        Self { reason: error.code(), offset: Some(refusal.offset) }
    }
}

/// The rules of a place that has none.
fn nothing() -> PlaceRules {
    PlaceRules { program: Program::nothing(), rules: Vec::new() }
}

impl Engine {
    /// Explains a request. It is treated for that as on the data path, but for being sent; `most`
    /// bounds the scalars that are listed of a place.
    pub async fn explain_request(
        &self,
        exchange: &Exchange<'_>,
        (head, body): (&request::Parts, &Bytes),
        most: usize,
    ) -> Explanation {
        let treating = Side::Request.treatment(exchange.route.direction);
        let treated = self.treat(exchange, whole(head, body), None).await;
        let nothing = nothing();
        let shows = |name: &str| names::is_shown(exchange.route, name);
        let reader = Reader::new(self, exchange, Side::Request, Style { shows: &shows, most });
        let mut headers = head.headers.clone();
        let mut parts = Vec::new();
        let mut urls = Vec::new();
        if treating == Treatment::Protect {
            // A failure is the refusal that treating it gives, too.
            let _failed = self.urls(exchange, &mut headers, &mut urls);
        }
        let of_head = head::of_request(exchange, &head.uri, &headers);
        parts.extend(of_head.unwrap_or_default());
        parts.extend(urls);
        let by = (exchange.route, Side::Request);
        parts.extend(head::without_rules(by, &nothing, Some(&head.uri), &headers));
        let mut places = vec![self.body_report(&reader, (&headers, body), &nothing)];
        places.extend(reader.places(&parts));
        let (refused, leaks) = match treated {
            Ok((_asked, leaks)) => {
                let enforced = exchange.route.sentinel == Sentinel::Enforce;
                let report = leaks.iter().map(|leak| Leak {
                    class: leak.class.name.to_string(),
                    place: leak.place.as_str(),
                    refused: enforced,
                });
                let first = leaks.first().map(|leak| (leak.class, leak.place));
                (refuse_leak(exchange.route, first).err(), report.collect())
            }
            Err(error) => (Some(error), Vec::new()),
        };
        let sight = reader.sight();
        Explanation { places, sight, leaks, refused, ..reader.empty() }
    }

    /// Explains a response, likewise.
    pub async fn explain_response(
        &self,
        exchange: &Exchange<'_>,
        (head, body): (&response::Parts, &Bytes),
        most: usize,
    ) -> Explanation {
        let route = exchange.route;
        let nothing = nothing();
        let shows = |name: &str| names::is_shown(route, name);
        let reader = Reader::new(self, exchange, Side::Response, Style { shows: &shows, most });
        let mut parts = head::of_response(route, &head.headers);
        parts.extend(head::without_rules((route, Side::Response), &nothing, None, &head.headers));
        let handling = Side::Response.body_handling(route, &head.headers, Some(head.status));
        let mut report = Explanation { sight: reader.sight(), ..reader.empty() };
        let in_text = matches!(
            handling,
            BodyHandling::Stream(
                Streaming::Text(_) | Streaming::Known(..) | Streaming::Undeclared(_)
            )
        );
        if in_text {
            report.places.extend(route.response.body.as_ref().map(|rules| reader.unread(rules)));
        } else {
            report.places.push(self.body_report(&reader, (&head.headers, body), &nothing));
        }
        report.places.extend(reader.places(&parts));
        match handling {
            BodyHandling::KeepTokens(reason) => report.unrevealed = Some(reason),
            BodyHandling::Stream(Streaming::Text(options) | Streaming::Known(options, _)) => {
                self.text_report(
                    &reader,
                    &mut report,
                    (&head.headers, body),
                    text::Kind::Read(options),
                );
            }
            BodyHandling::Stream(Streaming::Undeclared(language)) => {
                let kind = text::Kind::Undeclared(language);
                self.text_report(&reader, &mut report, (&head.headers, body), kind);
            }
            BodyHandling::Passthrough
            | BodyHandling::Buffer
            | BodyHandling::Stream(Streaming::Records(_)) => {}
        }
        if let Some(rules) = &route.response.text {
            text::location(&reader, &mut report, rules, &head.headers);
        }
        if reader.treatment() == Treatment::Protect {
            let message = Response::from_parts(head.clone(), held(body));
            report.refused = self.response(exchange, message).await.err();
        } else if report.unrevealed.is_none() {
            report.unrevealed = unrevealed(handling, &report.places);
        }
        report
    }

    /// The body of a message, read by the rules or, without any, as far as it can be.
    fn body_report(
        &self,
        reader: &Reader<'_, '_>,
        (headers, body): (&HeaderMap, &Bytes),
        nothing: &PlaceRules,
    ) -> PlaceReport {
        let (leg, route) = (reader.leg, reader.exchange.route);
        let own = leg.phase(route).body.as_ref();
        let named = Place::Body.as_str();
        if body.is_empty() {
            return reader.place(named, own, &[]);
        }
        let rules = own.unwrap_or(nothing);
        let budgets = (&self.budget, &self.memory);
        let read = content::open(leg, route, rules, (headers, body), budgets);
        let (part, opened) = match read {
            Ok(read) => read,
            Err(error) => {
                let mut report = reader.place(named, own, &[]);
                for rule in &mut report.rules {
                    rule.why = Some(WhyNone::Unreadable);
                }
                return PlaceReport {
                    present: true,
                    unreadable: Some(Unreadable::of(&error)),
                    ..report
                };
            }
        };
        let format = part.format().and_then(FormatName::of).map(FormatName::as_str);
        let charset = part.read_in().name();
        let codings = opened.chain.names().collect();
        let report = reader.place(named, own, &[&part]);
        PlaceReport { format, charset: Some(charset), codings, ..report }
    }
}

/// Why tokens stay that rules would show: some place cannot be read.
fn unrevealed(handling: BodyHandling, places: &[PlaceReport]) -> Option<&'static str> {
    let why = places.iter().filter(|place| place.ruled).find_map(|place| place.unreadable)?;
    let by_record = matches!(handling, BodyHandling::Stream(Streaming::Records(_)));
    // The tokens of the other records do not stay.
    Some(if by_record && why.offset.is_some() { "record" } else { why.reason })
}

fn whole(head: &request::Parts, body: &Bytes) -> Request<Body> {
    Request::from_parts(head.clone(), held(body))
}

fn held(body: &Bytes) -> Body {
    if body.is_empty() { Body::Empty } else { Body::Full(body.clone()) }
}

/// Parts that are one place to a reader.
fn same_place(one: &Part<'_>, other: &Part<'_>) -> bool {
    std::ptr::eq(one.rules, other.rules) && place::name(&one.slot) == place::name(&other.slot)
}
