//! `cloakroom explain`: what the rules do to one message, found out without anything outside: with
//! the files of rules and policies, a vault in memory, and keys that are thrown away.
//!
//! The route, the parts, the decisions and the refusals are those of the data path. Not for: playing
//! whole cases (`case_runner`), printing (`cli`).

mod message;
mod report;
mod tokens;

use std::io;
use std::path::Path;
use std::sync::Arc;

use http::HeaderMap;
use http::HeaderName;
use http::HeaderValue;
use http::Method;
use http::Request;
use http::Response;

use crate::audit::Journal;
use crate::authn;
use crate::authn::ApiKeyFile;
use crate::authn::Authenticator;
use crate::authn::Identity;
use crate::base::Clock;
use crate::base::RequestId;
use crate::base::SystemClock;
use crate::config::Config;
use crate::engine::BodyHandling;
use crate::engine::Engine;
use crate::engine::EngineParts;
use crate::engine::ExplainedExchange;
use crate::engine::Generation;
use crate::engine::RequestFacts;
use crate::engine::Side;
use crate::engine::Treatment;
use crate::gateway::Error;
use crate::gateway::case_runner::Caller;
use crate::gateway::case_runner::HOST;
use crate::gateway::case_runner::Scratch;
use crate::gateway::case_runner::fixed_keyring;
use crate::gateway::case_runner::templates;
use crate::gateway::generations;
use crate::net::BodyError;
use crate::net::Budget;
use crate::proxy;
use crate::proxy::Rejection;
use crate::rules::Route;
use crate::telemetry::Metrics;
use crate::token::Tokenizer;
use crate::vault::NewValues;
use crate::vault::memory::MemoryVault;
use message::Message;

pub use report::ExplainReport;
pub use report::LegReport;
pub use report::OtherRouteReport;
pub use report::ProblemReport;
pub use report::RouteReport;

/// The header that carries the caller's key here.
const KEY_HEADER: &str = "cloakroom-key";

/// How many other routes are listed.
const OTHER_ROUTES: usize = 20;

/// What somebody wants to have explained.
#[derive(Debug)]
pub struct Query {
    /// The request as a file has it.
    pub request: Vec<u8>,
    /// The application's answer to it.
    pub answer: Option<Vec<u8>>,
    /// Who is taken to call.
    pub caller: Caller,
    /// How many scalars are listed of each place.
    pub most: usize,
}

/// Explains a message by the rules and policies of a configuration.
pub fn explain(config: &Config, query: &Query) -> Result<ExplainReport, Error> {
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
    let authenticator =
        Authenticator::load(&config, &nothing_is_fetched()).map_err(Error::Mistakes)?;
    let identity = authenticator.identify(&Method::GET, &headers, now).await;
    identity.map_err(|refused| broken(format!("caller: {}", refused.code())))
}

/// Fetches nothing: an explanation asks nobody.
fn nothing_is_fetched() -> authn::Fetch {
    Arc::new(|_| Box::pin(async { Err(authn::FetchError::Unreachable) }))
}

/// Where one query is worked on.
struct Explainer<'a> {
    config: &'a Config,
    generation: &'a Arc<Generation>,
    engine: &'a Engine,
    identity: &'a Identity,
}

impl Explainer<'_> {
    async fn explain(&self, query: &Query) -> Result<ExplainReport, Error> {
        let tenants: Vec<_> = self.generation.rules.routes().iter().map(|r| &r.tenant).collect();
        let first = tenants.first().and_then(|tenant| self.generation.tokenizer(tenant));
        let (mut read, mut by_form) = self.read("request", &query.request, first)?;
        let mut found = self.routed(&read)?;
        let tokenizer = found.as_ref().ok().and_then(|(_, route)| self.tokenizer(route.as_deref()));
        if tokenizer.is_some() {
            (read, by_form) = self.read("request", &query.request, tokenizer)?;
            found = self.routed(&read)?;
        }
        let mut report = self.report(query, &read, by_form)?;
        let (request, route) = match found {
            Ok(found) => found,
            Err(rejection) => {
                report.request.problem = Some(ProblemReport::of(rejection));
                return Ok(report);
            }
        };
        let exchange = route.as_ref().and_then(|route| self.exchange(route, &request));
        let Some(exchange) = exchange else {
            let upstream = self.config.default_upstream.as_ref().map(ToString::to_string);
            report.clean = upstream.is_some();
            report.request.problem = (!report.clean).then(|| ProblemReport::of(Rejection::NoRoute));
            report.default_upstream = upstream;
            return Ok(report);
        };
        report.route = Some(RouteReport::of(exchange.route()));
        report.request = self.request(&exchange, &request, &read, query.most).await;
        if let Some(answer) = &query.answer {
            let (answer, more) = self.read("answer", answer, tokenizer)?;
            report.tokens_by_form += more;
            report.answer = Some(self.answer(&exchange, &answer, query.most).await?);
        }
        let legs = [Some(&report.request), report.answer.as_ref()];
        report.clean = legs.into_iter().flatten().all(|leg| {
            leg.problem.is_none() && leg.explanation.as_ref().is_none_or(|e| e.leaks.is_empty())
        });
        Ok(report)
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

    /// The request and its route, or why it is refused before its rules are asked.
    #[expect(clippy::type_complexity, reason = "a failure of ours, or a refusal that is told")]
    fn routed(
        &self,
        read: &Message,
    ) -> Result<Result<(Request<()>, Option<Arc<Route>>), Rejection>, Error> {
        if let Err(rejection) = proxy::preview_head(&read.head(), &self.config.limits) {
            return Ok(Err(rejection));
        }
        let request = read.request(&self.strips())?;
        let host = host(&request);
        let found =
            self.generation.rules.route(&host, request.method().as_str(), request.uri().path());
        let Ok(route) = found else { return Ok(Err(Rejection::AmbiguousPath)) };
        let ruled = route.as_deref().filter(|route| route.has_rules());
        let seen = proxy::preview(&self.generation.rules, ruled, &request);
        Ok(seen.map(|()| (request, route)))
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

    fn tokenizer(&self, route: Option<&Route>) -> Option<&Tokenizer> {
        self.generation.tokenizer(&route?.tenant)
    }

    /// What is known before the rules are asked.
    fn report(
        &self,
        query: &Query,
        read: &Message,
        tokens_by_form: usize,
    ) -> Result<ExplainReport, Error> {
        let mut report = ExplainReport {
            clean: false,
            caller: query.caller.clone(),
            host_assumed: read.hostless.then_some(HOST),
            route: None,
            default_upstream: None,
            others: Vec::new(),
            others_unlisted: 0,
            readings: None,
            readings_lead_to: Vec::new(),
            tokens_by_form,
            request: LegReport { problem: None, explanation: None },
            answer: None,
        };
        if proxy::preview_head(&read.head(), &self.config.limits).is_err() {
            return Ok(report);
        }
        let request = read.request(&self.strips())?;
        let (host, rules) = (host(&request), &self.generation.rules);
        let (method, path) = (request.method().as_str(), request.uri().path());
        let other_routes = rules.other_routes(&host, method, path);
        report.others_unlisted = other_routes.len().saturating_sub(OTHER_ROUTES);
        report.others = other_routes.iter().take(OTHER_ROUTES).map(OtherRouteReport::of).collect();
        let readings = rules.readings(&host, method, path);
        report.readings = readings.count;
        let named = |route: Option<&Arc<Route>>| route.map(|route| route.id.to_string());
        report.readings_lead_to = readings.routes.into_iter().map(named).collect();
        Ok(report)
    }

    fn exchange(&self, route: &Arc<Route>, request: &Request<()>) -> Option<ExplainedExchange> {
        let host = request.headers().get(http::header::HOST);
        let facts = RequestFacts {
            source: std::net::Ipv4Addr::LOCALHOST.into(),
            host: host.map_or("", |value| value.to_str().unwrap_or("")),
            method: request.method(),
            request_id: RequestId::new(),
        };
        ExplainedExchange::new(self.generation, route, self.identity, facts)
    }

    async fn request(
        &self,
        exchange: &ExplainedExchange,
        request: &Request<()>,
        read: &Message,
        most: usize,
    ) -> LegReport {
        let (head, ()) = request.clone().into_parts();
        let mut explanation = self.engine.explain_request(exchange, &head, &read.body, most).await;
        let refused = explanation.refused.take().map(Rejection::from);
        let too_long = exchange.route().request.body.is_some()
            && read.body.len() > self.config.limits.body_bytes
            && !explanation.places.iter().any(|place| place.format == Some("multipart"));
        let too_long = too_long.then_some(Rejection::RequestBody(BodyError::TooLarge));
        let problem = too_long.or(refused).map(ProblemReport::of);
        LegReport { problem, explanation: Some(explanation) }
    }

    async fn answer(
        &self,
        exchange: &ExplainedExchange,
        read: &Message,
        most: usize,
    ) -> Result<LegReport, Error> {
        let response: Response<()> = read.response()?;
        let (head, ()) = response.into_parts();
        let mut explanation = self.engine.explain_response(exchange, &head, &read.body, most).await;
        let refused = explanation.refused.take().map(Rejection::of_response);
        let handling =
            Side::Response.body_handling(exchange.route(), &head.headers, Some(head.status));
        let too_long = matches!(handling, BodyHandling::Buffer)
            && read.body.len() > self.config.limits.body_bytes;
        let problem = match Side::Response.treatment(exchange.route().direction) {
            Treatment::Protect if too_long => Some(Rejection::ResponseBody(BodyError::TooLarge)),
            Treatment::Protect => refused,
            Treatment::Reveal => {
                let stays = too_long.then_some("too_large");
                explanation.unrevealed = stays.or(explanation.unrevealed);
                refused
            }
        };
        Ok(LegReport { problem: problem.map(ProblemReport::of), explanation: Some(explanation) })
    }
}

fn host(request: &Request<()>) -> String {
    let value = request.headers().get(http::header::HOST);
    value.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}
