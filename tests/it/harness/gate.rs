//! One core of the proxy in front of an upstream, as `gateway` would start it.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "test code: what goes wrong shall panic here"
)]

use std::cell::RefCell;
use std::collections::HashMap;
use std::future::Future;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use cloakroom::audit;
use cloakroom::audit::Journal;
use cloakroom::authn;
use cloakroom::authn::Authenticator;
use cloakroom::authn::Fetch;
use cloakroom::authn::FetchError;
use cloakroom::authz::PolicySet;
use cloakroom::authz::Vocabulary;
use cloakroom::base::Clock;
use cloakroom::base::Limits;
use cloakroom::base::Live;
use cloakroom::base::SourceFile;
use cloakroom::base::SystemClock;
use cloakroom::base::TenantId;
use cloakroom::base::UpstreamId;
use cloakroom::crypto::Keyring;
use cloakroom::engine::Engine;
use cloakroom::engine::EngineParts;
use cloakroom::engine::Generation;
use cloakroom::net::Admission;
use cloakroom::net::Budget;
use cloakroom::net::Drain;
use cloakroom::net::Listener;
use cloakroom::net::Stop;
use cloakroom::net::bind;
use cloakroom::net::config::Forwarding;
use cloakroom::net::config::HeaderCase;
use cloakroom::net::config::Scheme;
use cloakroom::net::config::Upstream as UpstreamConfig;
use cloakroom::proxy::AccessLog;
use cloakroom::proxy::BoundListener;
use cloakroom::proxy::Prepared;
use cloakroom::proxy::Proxy;
use cloakroom::proxy::Upstreams;
use cloakroom::rules::CompileContext;
use cloakroom::rules::RuleSet;
use cloakroom::telemetry::Metrics;
use cloakroom::telemetry::metrics::Gauge;
use cloakroom::token::Tokenizer;
use cloakroom::vault::NewValues;
use cloakroom::vault::memory::MemoryVault;
use rustls::ServerConfig;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio::task::LocalSet;

use crate::harness::tls::NOW;

pub(crate) struct Setup {
    pub(crate) limits: Limits,
    pub(crate) upstream: UpstreamConfig,
    pub(crate) forwarding: Forwarding,
    /// Lower, so that tests find names; `proxy::header_case` is about the other.
    pub(crate) header_case: HeaderCase,
    pub(crate) tls: Option<Arc<Live<Arc<ServerConfig>>>>,
    pub(crate) rules: Option<&'static str>,
    pub(crate) access: AccessLog,
}

impl Setup {
    pub(crate) fn to(upstream: SocketAddr) -> Self {
        Self {
            limits: Limits::default(),
            upstream: UpstreamConfig {
                id: UpstreamId::new("app").unwrap(),
                scheme: Scheme::Http,
                host: upstream.ip().to_string(),
                port: upstream.port(),
                ca: None,
                client_certificate: None,
            },
            forwarding: Forwarding::default(),
            header_case: HeaderCase::Lower,
            tls: None,
            rules: None,
            access: AccessLog::off(Arc::new(SystemClock)),
        }
    }

    /// Starts it. `/nowhere` has no route.
    pub(crate) fn open(self) -> Gate {
        let socket = bind("127.0.0.1:0".parse().unwrap(), 1).unwrap().remove(0);
        let listener = Listener::new(socket).unwrap();
        let address = listener.address().unwrap();
        let (stop, stopping) = Stop::new();
        let prepared = Prepared::new(&self.upstream, NOW).unwrap().0;
        let folder = tempfile::tempdir().unwrap();
        let keyring = keyring();
        let metrics = Arc::new(Metrics::new());
        let buffered = metrics.bound("buffered_bytes", self.limits.buffered_bytes);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let audit = audit::config::Config {
            path: folder.path().join("audit"),
            origin: "cloakroom/test/gate".to_owned(),
            segment_events: 1000,
        };
        let seed = keyring.audit().signing_seed;
        let journal = Journal::open(&audit, &seed, Arc::clone(&clock)).unwrap();
        let vault = Arc::new(MemoryVault::default());
        let engine = Engine::new(EngineParts {
            vault,
            journal,
            metrics: Arc::clone(&metrics),
            clock: Arc::clone(&clock),
            limits: &self.limits,
            memory: Budget::of(&self.limits),
            seen: Arc::default(),
            new_values: NewValues::new(self.limits.new_values),
            pool: None,
            credentials: &[],
        });
        let proxy = Rc::new(Proxy {
            admission: Admission::new(self.limits.connections, self.limits.connections_per_client),
            budget: Budget::of(&self.limits).shown_in(buffered.clone()),
            upstreams: Upstreams::new(&[prepared], &self.limits, self.header_case),
            header_case: self.header_case,
            limits: self.limits,
            forwarding: self.forwarding,
            default_upstream: Some(self.upstream.id.clone()),
            live: Arc::new(Live::new(generation(
                self.rules,
                &self.upstream.id,
                &keyring,
                &metrics,
            ))),
            authenticator: Arc::new(
                Authenticator::load(&authn::config::Config::default(), &no_fetch()).unwrap(),
            ),
            engine,
            clock,
            metrics: Arc::clone(&metrics),
            access: self.access,
            drain: Drain::default(),
        });
        let listeners = vec![BoundListener { listener, tls: self.tls }];
        let worker = tokio::task::spawn_local(cloakroom::proxy::run(listeners, proxy, stopping));
        let worker = RefCell::new(Some(worker));
        Gate { address, metrics, buffered, stop, worker, _folder: folder }
    }
}

pub(crate) fn keyring() -> Keyring {
    Keyring::generate(&mut |bytes| bytes.fill(7))
}

/// No rules at all, or these; `/nowhere` goes to an upstream that does not exist.
pub(crate) fn generation(
    rules: Option<&str>,
    upstream: &UpstreamId,
    keyring: &Keyring,
    metrics: &Metrics,
) -> Generation {
    let nowhere = UpstreamId::new("nowhere").unwrap();
    let text = "routes: [{ id: nowhere, match: { path: /nowhere }, upstream: nowhere }]";
    let file = |name: &str, text: &str| SourceFile { name: name.into(), text: text.into() };
    let mut files = vec![file("nowhere.yaml", text)];
    files.extend(rules.map(|text| file("rules.yaml", text)));
    let around = CompileContext {
        upstreams: &[upstream.clone(), nowhere],
        default_upstream: Some(upstream),
        email_domain: "token.example.com",
        email_domain_is_own: false,
    };
    let rules = RuleSet::load(&files, &around).unwrap().0;
    let vocabulary = Vocabulary { classes: rules.class_groups(), routes: rules.route_ids() };
    let policies = PolicySet::load(&[], &vocabulary).unwrap().0;
    let tenant = TenantId::default_tenant();
    let tokenizer = Arc::new(Tokenizer::new(keyring, &tenant, "token.example.com"));
    Generation::new(1, rules, policies, HashMap::from([(tenant, tokenizer)]), metrics)
}

fn no_fetch() -> Fetch {
    Arc::new(|_url| Box::pin(async { Err(FetchError::Unreachable) }))
}

pub(crate) struct Gate {
    pub(crate) address: SocketAddr,
    pub(crate) metrics: Arc<Metrics>,
    buffered: Gauge,
    stop: Stop,
    worker: RefCell<Option<JoinHandle<usize>>>,
    _folder: TempDir,
}

impl Gate {
    pub(crate) fn stop(&self) {
        self.stop.now();
    }

    /// The bytes of bodies that are held now.
    pub(crate) fn buffered(&self) -> i64 {
        self.buffered.get()
    }

    /// Waits for its end; gives the connections that were cut.
    pub(crate) async fn ended(&self) -> usize {
        let worker = self.worker.borrow_mut().take().unwrap();
        worker.await.unwrap()
    }
}

/// Runs a test on one thread, as a core runs. No test may hang: what should have come has come
/// long before this ends.
pub(crate) fn on_one_core(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let local = LocalSet::new();
    local.block_on(&runtime, async {
        tokio::time::timeout(Duration::from_mins(1), test).await.expect("the test hangs");
    });
}
