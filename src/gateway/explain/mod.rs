//! `cloakroom explain`: what the rules do to one message, found out without anything outside: with
//! the files of rules and policies, a vault in memory, and keys that are thrown away.
//!
//! The route, the parts, the decisions and the refusals are those of the data path: the message takes the one
//! pipeline of the engine, and an `Observer` of ours writes down what it sees there, by the view that the engine
//! publishes (`engine::view`). What has no rules is seen the same way, on the same route with its rules inside
//! out. All of it stands here, in `gateway`, and in no layer of its own: it puts an engine together, and takes
//! callers, keys and templates of the `case_runner`. Not for: playing whole cases (`case_runner`), printing
//! (`cli`).
//!
//! # Invariants
//!
//! - No value and no token is in a report, and no name that may be one (`it::cli::explain::silent`): the view of
//!   the engine gives none.
//! - What it says becomes of a scalar is what becomes of it on the wire
//!   (`it::cli::explain::truth::says_what_the_gateway_does`).

mod message;
mod legs;
mod place;
mod text;
mod becomes;
mod names;
mod report;
mod lines;
mod tokens;

use std::io;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use http::HeaderName;
use http::HeaderValue;
use http::Method;
use http::Request;

use crate::audit::Journal;
use crate::authn;
use crate::authn::ApiKeyFile;
use crate::authn::Authenticator;
use crate::authn::Identity;
use crate::base::Clock;
use crate::base::RequestId;
use crate::base::SystemClock;
use crate::config::Config;
use crate::document::Style;
use crate::engine::Engine;
use crate::engine::EngineParts;
use crate::engine::ExplainedExchange;
use crate::engine::Generation;
use crate::engine::RequestFacts;
use crate::gateway::Error;
use crate::gateway::case_runner::Caller;
use crate::gateway::case_runner::HOST;
use crate::gateway::case_runner::KEY_HEADER;
use crate::gateway::case_runner::Scratch;
use crate::gateway::case_runner::fixed_keyring;
use crate::gateway::case_runner::templates;
use crate::gateway::generations;
use crate::net::Budget;
use crate::proxy;
use crate::proxy::Rejection;
use crate::rules::Route;
use crate::telemetry::Metrics;
use crate::token::Tokenizer;
use crate::vault::NewValues;
use crate::vault::memory::MemoryVault;
use legs::Legs;
use message::Message;
use report::OtherRouteReport;
use report::ProblemReport;
use report::RouteReport;

pub(crate) use report::ExplainReport;

/// How many other routes are listed.
const OTHER_ROUTES: usize = 20;

/// What somebody wants to have explained.
#[derive(Debug)]
pub(crate) struct Query {
    /// The request as a file has it.
    pub(crate) request: Vec<u8>,
    /// The application's answer to it.
    pub(crate) answer: Option<Vec<u8>>,
    /// Who is taken to call.
    pub(crate) caller: Caller,
    /// How many scalars are listed of each place.
    pub(crate) most: usize,
}

/// Explains a message by the rules and policies of a configuration.
pub(crate) fn explain(config: &Config, query: &Query) -> Result<ExplainReport, Error> {
    let scratch = Scratch::new().map_err(Error::Setup)?;
    let (keyring, metrics) = (fixed_keyring(), Arc::new(Metrics::new()));
    let read = generations::read(config, &keyring, &metrics, 1);
    let (generation, _warnings) = read.map_err(Error::Mistakes)?;
    let generation = Arc::new(generation);
    let mut audit = config.audit.clone();
    audit.path = scratch.path().join("audit");
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let journal = Journal::open(&audit, &keyring.audit().signing_seed, Arc::clone(&clock))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(Error::Thread)?;
    let vault = Arc::new(MemoryVault::default());
    let engine = Engine::new(EngineParts {
        vault,
        journal: journal.clone(),
        metrics,
        clock,
        limits: &config.limits,
        memory: Budget::of(&config.limits),
        seen: Arc::default(),
        new_values: NewValues::new(config.limits.new_values),
        pool: None,
        credentials: &[],
    });
    let report = runtime.block_on(async {
        let identity = recognised(&query.caller, scratch.path()).await?;
        let explainer =
            Explainer { config, generation: &generation, engine: &engine, identity: &identity };
        explainer.explain(query).await
    });
    journal.close();
    report
}

/// The caller, recognised as on the data path: by a key that is made for it.
async fn recognised(caller: &Caller, scratch: &Path) -> Result<Identity, Error> {
    let broken = |reason: String| Error::Setup(io::Error::other(reason));
    let file = scratch.join("api-keys.yaml");
    std::fs::write(&file, "[]\n").map_err(Error::Setup)?;
    let mut headers = HeaderMap::new();
    if let Some(name) = &caller.name {
        let keys = ApiKeyFile::at(&file);
        let added = keys.add(name, &caller.groups, None, SystemClock.now());
        let added = added.map_err(|error| broken(format!("caller: {error}")))?;
        let value = HeaderValue::from_str(added.text.expose());
        headers.insert(KEY_HEADER, value.map_err(|error| broken(error.to_string()))?);
    }
    if let Some(purpose) = &caller.purpose {
        let value = HeaderValue::from_str(purpose);
        let value = value.map_err(|_| broken(String::from("caller: not a purpose")))?;
        headers.insert(authn::PURPOSE_HEADER, value);
    }
    let methods = vec![authn::config::Method::ApiKeys { file, header: String::from(KEY_HEADER) }];
    let config = authn::config::Config { methods };
    let now = SystemClock.now();
    // An explanation asks nobody.
    let fetch: authn::Fetch = Arc::new(|_| Box::pin(async { Err(authn::FetchError::Unreachable) }));
    let authenticator = Authenticator::load(&config, &fetch).map_err(Error::Mistakes)?;
    let identity = authenticator.identify(&Method::GET, &headers, now).await;
    identity.map_err(|refused| broken(format!("caller: {}", refused.code())))
}

/// Where one query is worked on.
struct Explainer<'a> {
    config: &'a Config,
    generation: &'a Arc<Generation>,
    engine: &'a Engine,
    identity: &'a Identity,
}

/// A request that comes as far as the rules.
struct Routed {
    request: Request<()>,
    body: Bytes,
    route: Option<Arc<Route>>,
}

impl Explainer<'_> {
    async fn explain(&self, query: &Query) -> Result<ExplainReport, Error> {
        let tokenizer = |route: &Arc<Route>| self.generation.tokenizer(&route.tenant);
        let first = self.generation.rules.routes().first().and_then(tokenizer);
        let (mut report, mut routed) = self.begin(query, first)?;
        let route = routed.as_ref().and_then(|routed| routed.route.clone());
        let own = route.as_ref().and_then(tokenizer);
        if own.is_some() {
            (report, routed) = self.begin(query, own)?;
        }
        let Some(Routed { request, body, route }) = routed else { return Ok(report) };
        let passing = route.as_ref().map(|route| Arc::new(legs::passing(route)));
        let exchange = |route| self.exchange(route, &request);
        let exchanges = route.as_ref().and_then(exchange).zip(passing.as_ref().and_then(exchange));
        let Some((exchange, passing)) = exchanges else {
            let upstream = self.config.default_upstream.as_ref().map(ToString::to_string);
            report.clean = upstream.is_some();
            report.request.problem = (!report.clean).then(|| ProblemReport::of(Rejection::NoRoute));
            report.default_upstream = upstream;
            return Ok(report);
        };
        let route = exchange.route();
        let shows = |name: &str| names::is_shown(route, name);
        let style = Style { shows: &shows, most: query.most };
        let Explainer { config: Config { limits, .. }, generation, engine, .. } = self;
        let legs =
            Legs { limits, generation, engine, exchange: &exchange, passing: &passing, style };
        report.route = Some(RouteReport::of(route));
        report.request = legs.request(&request, &body).await;
        if let Some(answer) = &query.answer {
            let (answer, more) = self.read("answer", answer, own)?;
            report.tokens_by_form += more;
            report.answer = Some(legs.answer(&answer.response()?, &answer.body).await);
        }
        report.clean =
            [Some(&report.request), report.answer.as_ref()].into_iter().flatten().all(|leg| {
                leg.problem.is_none() && leg.explanation.as_ref().is_none_or(|e| e.leaks.is_empty())
            });
        Ok(report)
    }

    /// Reads the request with tokens of one tenant, and says what is known before the rules are asked: with what
    /// they are asked about, or why it is refused before.
    fn begin(
        &self,
        query: &Query,
        tokenizer: Option<&Tokenizer>,
    ) -> Result<(ExplainReport, Option<Routed>), Error> {
        let (read, tokens_by_form) = self.read("request", &query.request, tokenizer)?;
        let (caller, host_assumed) = (query.caller.clone(), read.hostless.then_some(HOST));
        let mut report =
            ExplainReport { caller, host_assumed, tokens_by_form, ..ExplainReport::default() };
        if let Err(rejection) = proxy::preview_head(&read.head(), &self.config.limits) {
            report.request.problem = Some(ProblemReport::of(rejection));
            return Ok((report, None));
        }
        let request = read.request(&self.strips())?;
        let (host, rules) = (host(&request), &self.generation.rules);
        let (method, path) = (request.method().as_str(), request.uri().path());
        let other_routes = rules.other_routes(host, method, path);
        report.others_unlisted = other_routes.len().saturating_sub(OTHER_ROUTES);
        report.others = other_routes.iter().take(OTHER_ROUTES).map(OtherRouteReport::of).collect();
        let readings = rules.readings(host, method, path);
        report.readings = readings.count;
        let named = |route: Option<&Arc<Route>>| route.map(|route| route.id.to_string());
        report.readings_lead_to = readings.routes.into_iter().map(named).collect();
        let found = rules.route(host, method, path).map_err(|_| Rejection::AmbiguousPath);
        let found = found.and_then(|route| {
            let inspects = route.as_deref().filter(|route| route.has_rules());
            proxy::preview(rules, inspects, &request).map(|()| route)
        });
        Ok(match found {
            Ok(route) => (report, Some(Routed { request, body: read.body, route })),
            Err(rejection) => {
                report.request.problem = Some(ProblemReport::of(rejection));
                (report, None)
            }
        })
    }

    /// A message with its tokens made ours.
    fn read(
        &self,
        what: &'static str,
        bytes: &[u8],
        tokenizer: Option<&Tokenizer>,
    ) -> Result<(Message, usize), Error> {
        let mut bytes = bytes.to_vec();
        let Some(tokenizer) = tokenizer else { return Ok((Message::parse(what, &bytes)?, 0)) };
        if let Ok(text) = std::str::from_utf8(&bytes)
            && text.contains("{{")
        {
            let token = |template: &str| {
                let made = templates::parts(template)
                    .and_then(|parts| templates::made(self.generation, tokenizer, parts));
                // Applications have braces of their own.
                Some(made.map_or_else(|| format!("{{{{{template}}}}}"), |(text, _)| text))
            };
            if let Ok(filled) = templates::filled(text, token) {
                bytes = filled.into_bytes();
            }
        }
        let classes = self.generation.rules.classes();
        let adopted = tokens::adopt(tokenizer, classes, &mut bytes);
        Ok((Message::parse(what, &bytes)?, adopted))
    }

    /// The fields that tell who calls: `--as` tells that here.
    fn strips(&self) -> Vec<HeaderName> {
        let mut strips = vec![HeaderName::from_static(authn::PURPOSE_HEADER)];
        for method in &self.config.identity.methods {
            if let authn::config::Method::ApiKeys { header, .. } = method {
                strips.extend(HeaderName::try_from(header));
            }
        }
        strips
    }

    fn exchange<'x>(
        &'x self,
        route: &'x Arc<Route>,
        request: &'x Request<()>,
    ) -> Option<ExplainedExchange> {
        let facts = RequestFacts {
            source: std::net::Ipv4Addr::LOCALHOST.into(),
            host: host(request),
            method: request.method(),
            request_id: RequestId::new(),
        };
        ExplainedExchange::new(self.generation, route, self.identity, facts)
    }
}

fn host(request: &Request<()>) -> &str {
    let value = request.headers().get(http::header::HOST);
    value.and_then(|value| value.to_str().ok()).unwrap_or_default()
}
