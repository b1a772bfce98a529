//! What is found out about a message, for people and programs.

use serde::Serialize;

use crate::gateway::case_runner::Caller;
use crate::gateway::explain::legs::Explanation;
use crate::net::Problem;
use crate::proxy::Rejection;
use crate::rules::Direction;
use crate::rules::MatchPart;
use crate::rules::OtherRoute;
use crate::rules::Route;

/// What was found out. No value and no token is in it.
#[derive(Debug, Default, Serialize)]
pub(crate) struct ExplainReport {
    /// Whether request and answer pass, and no value stands where no rule protects it.
    pub(crate) clean: bool,
    pub(super) caller: Caller,
    /// The host of cases, which is taken where the request names none.
    pub(super) host_assumed: Option<&'static str>,
    pub(super) route: Option<RouteReport>,
    /// Where the request goes, as it is, when no route takes it.
    pub(super) default_upstream: Option<String>,
    /// Other routes, and why they do not.
    pub(super) others: Vec<OtherRouteReport>,
    /// How many of them are not listed.
    pub(super) others_unlisted: usize,
    /// In how many ways the path can be read; none when there are too many to say.
    pub(super) readings: Option<usize>,
    /// The routes that these lead to; none stands for no route.
    pub(super) readings_lead_to: Vec<Option<String>>,
    /// How many texts were taken for tokens by their form: the keyring was not asked.
    pub(super) tokens_by_form: usize,
    pub(super) request: LegReport,
    /// What becomes of the answer, where the query has one.
    pub(super) answer: Option<LegReport>,
}

/// The route that a request takes.
#[derive(Debug, Serialize)]
pub(super) struct RouteReport {
    pub(super) id: String,
    /// The path pattern of its `match`, as written.
    pub(super) pattern: String,
    /// `ingress` or `egress`.
    pub(super) direction: &'static str,
    /// Whose keys and tokens it uses.
    pub(super) tenant: String,
    pub(super) upstream: Option<String>,
    pub(super) has_rules: bool,
}

/// A route that a request does not take.
#[derive(Debug, Serialize)]
pub(super) struct OtherRouteReport {
    pub(super) id: String,
    /// The path pattern of its `match`, as written.
    pub(super) pattern: String,
    /// What of its `match:` does not fit: `host`, `path`, `method`; nothing when it is less specific.
    pub(super) misfits: Vec<&'static str>,
}

/// One leg of the exchange.
#[derive(Debug, Default, Serialize)]
pub(super) struct LegReport {
    /// What the sender would be told; none when the message passes.
    pub(super) problem: Option<ProblemReport>,
    /// What the rules do; none where no rules were asked.
    #[serde(flatten)]
    pub(super) explanation: Option<Explanation>,
}

/// A refusal, as the gateway answers it.
#[derive(Debug, Serialize)]
pub(super) struct ProblemReport {
    /// A heading of `docs/errors.md`.
    pub(super) code: &'static str,
    pub(super) status: u16,
    /// The problem in a few words, as in `title`.
    pub(super) title: &'static str,
    pub(super) place: Option<&'static str>,
    pub(super) reason: Option<&'static str>,
    /// The byte of the place, from 0.
    pub(super) offset: Option<u32>,
}

impl ProblemReport {
    pub(super) fn of(rejection: Rejection) -> Self {
        let Problem { code, status, title, place, .. } = rejection.problem();
        let mut reason = place.map(|at| at.reason);
        if let Rejection::ResponseUninspectable(report) = rejection {
            reason = Some(report);
        }
        let status = status.as_u16();
        let (place, offset) = (place.map(|at| at.place), place.map(|at| at.offset));
        Self { code, status, title, place, reason, offset }
    }
}

impl RouteReport {
    pub(super) fn of(route: &Route) -> Self {
        Self {
            id: route.id.to_string(),
            pattern: route.pattern.to_string(),
            direction: match route.direction {
                Direction::Ingress => "ingress",
                Direction::Egress => "egress",
            },
            tenant: route.tenant.to_string(),
            upstream: route.upstream.as_ref().map(ToString::to_string),
            has_rules: route.has_rules(),
        }
    }
}

impl OtherRouteReport {
    pub(super) fn of(other: &OtherRoute<'_>) -> Self {
        let word = |part: &MatchPart| match part {
            MatchPart::Host => "host",
            MatchPart::Path => "path",
            MatchPart::Method => "method",
        };
        Self {
            id: other.route.id.to_string(),
            pattern: other.route.pattern.to_string(),
            misfits: other.misfits.iter().map(word).collect(),
        }
    }
}
