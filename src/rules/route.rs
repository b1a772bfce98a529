//! A route, compiled: which requests it is for, and how their messages are read.
//!
//! The route decides how a message is read, not the message: formats, the dialect of CSV and character
//! sets come from the rules. What a message declares may only agree where values become tokens.

use std::sync::Arc;

use crate::base::RouteId;
use crate::base::SourcePlace;
use crate::base::TenantId;
use crate::base::UpstreamId;
use crate::document::Dialect;
use crate::document::Format;
use crate::document::MediaType;
use crate::document::Options;
use crate::document::Separator;
use crate::rules::file::Direction;
use crate::rules::file::FormatName;
use crate::rules::file::Sentinel;
use crate::rules::file::Sniff;
use crate::rules::file::Unmatched;
use crate::rules::rule::Phase;
use crate::rules::segments::Segments;
use crate::rules::side::Side;
use crate::rules::side::Treatment;

/// A route: which requests, where they go, and what happens to them on the way.
#[derive(Debug, Clone)]
pub struct Route {
    /// Its name in logs, metrics, events and policies.
    pub id: RouteId,
    /// The line of the rule file that names it.
    pub at: SourcePlace,
    /// Where its requests go: what the route names, or the default. Always there in a loaded [`RuleSet`](crate::rules::RuleSet).
    pub upstream: Option<UpstreamId>,
    /// Its path pattern as written; `/**` when it takes every path.
    pub pattern: Arc<str>,
    /// Which way its traffic goes.
    pub direction: Direction,
    /// Whose keys and tokens it uses.
    pub tenant: TenantId,
    /// The segments of its path pattern, to find those that have names.
    pub segments: Segments,
    /// What `body_format` lists; empty when the key is not there. Ask [`Route::accepts`].
    pub(super) body_formats: Vec<FormatName>,
    /// Whether bodies of other formats that begin like JSON are read as JSON.
    pub sniff: Sniff,
    /// How documents are read where their format leaves a choice.
    pub options: Options,
    /// How CSV is written, and read where the rules say it.
    pub csv: Dialect,
    /// Whether answers that forbid to change their content keep their tokens.
    pub honours_no_transform: bool,
    /// What happens when an original is found in a place that no rule protects.
    pub sentinel: Sentinel,
    /// What happens to a message in which no rule selected anything.
    pub unmatched: Unmatched,
    /// What happens to requests.
    pub request: Phase,
    /// What happens to responses.
    pub response: Phase,
}

impl Route {
    /// Returns whether any rule looks at its messages. A route without rules streams.
    pub fn has_rules(&self) -> bool {
        !self.request.is_empty() || !self.response.is_empty()
    }

    /// Returns what happens to the messages of a leg.
    pub fn phase(&self, leg: Side) -> &Phase {
        match leg {
            Side::Request => &self.request,
            Side::Response => &self.response,
        }
    }

    /// Returns whether bodies of a leg are read in this format: what `body_format` lists. A route that
    /// lists nothing reads JSON alone where values become tokens, and every format where tokens become
    /// values.
    pub fn accepts(&self, leg: Side, format: FormatName) -> bool {
        match leg.treatment(self.direction) {
            Treatment::Protect if self.body_formats.is_empty() => format == FormatName::Json,
            Treatment::Reveal if self.body_formats.is_empty() => true,
            Treatment::Protect | Treatment::Reveal => self.body_formats.contains(&format),
        }
    }

    /// Returns whether its values become tokens in bodies that are JSON only because nothing says
    /// otherwise.
    pub fn takes_json_by_default(&self) -> bool {
        let protects = |leg: &Side| leg.treatment(self.direction) == Treatment::Protect;
        let protecting = [Side::Request, Side::Response].into_iter().find(protects);
        let ruled = protecting.is_some_and(|leg| self.phase(leg).body.is_some());
        ruled && self.body_formats.is_empty()
    }

    /// Returns how a body of this media type is read; none when this leg does not accept it. Where
    /// values become tokens the dialect of CSV is that of the rules (by default commas and a header
    /// row), and a media type that declares another one, or has a parameter that is not known, is not
    /// accepted; where tokens become values the rules go before the media type, and both before the
    /// first row.
    pub fn format(&self, leg: Side, media: &MediaType) -> Option<Format> {
        let protects = leg.treatment(self.direction) == Treatment::Protect;
        let mut format = media.format().filter(|_| !protects || media.has_one_reading())?;
        if let Format::Csv(declared) = format {
            format = Format::Csv(self.dialect(leg, declared)?);
        }
        FormatName::of(format).filter(|name| self.accepts(leg, *name)).map(|_| format)
    }

    fn dialect(&self, leg: Side, declared: Dialect) -> Option<Dialect> {
        match leg.treatment(self.direction) {
            Treatment::Protect => {
                let separator = self.csv.separator.unwrap_or(Separator::Comma);
                let agrees = declared.separator.is_none_or(|other| other == separator)
                    && (declared.header || !self.csv.header);
                agrees.then_some(Dialect { separator: Some(separator), ..self.csv })
            }
            Treatment::Reveal => Some(Dialect {
                separator: self.csv.separator.or(declared.separator),
                header: self.csv.header && declared.header,
                guarded: self.csv.guarded,
            }),
        }
    }
}
