//! One core of the proxy in front of an upstream, as `gateway` would start it.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "test code: what goes wrong shall panic here"
)]

use std::cell::RefCell;
use std::future::Future;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use cloakroom::base::Limits;
use cloakroom::base::Live;
use cloakroom::base::SystemClock;
use cloakroom::base::UpstreamId;
use cloakroom::net::Admission;
use cloakroom::net::Budget;
use cloakroom::net::Drain;
use cloakroom::net::Listener;
use cloakroom::net::Stop;
use cloakroom::net::bind;
use cloakroom::net::config::Forwarding;
use cloakroom::net::config::Scheme;
use cloakroom::net::config::Upstream as UpstreamConfig;
use cloakroom::proxy::AccessLog;
use cloakroom::proxy::Destination;
use cloakroom::proxy::Door;
use cloakroom::proxy::Prepared;
use cloakroom::proxy::Proxy;
use cloakroom::proxy::Rejection;
use cloakroom::proxy::Tunnels;
use cloakroom::proxy::Upstreams;
use rustls::ServerConfig;
use tokio::task::JoinHandle;
use tokio::task::LocalSet;

use crate::harness::tls::NOW;

pub(crate) struct Setup {
    pub(crate) limits: Limits,
    pub(crate) upstream: UpstreamConfig,
    pub(crate) forwarding: Forwarding,
    pub(crate) tls: Option<Arc<Live<Arc<ServerConfig>>>>,
    pub(crate) tunnels: Tunnels,
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
            tls: None,
            tunnels: Tunnels::Allowed,
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
        let destination = Destination {
            route: None,
            upstream: self.upstream.id.clone(),
            tunnels: self.tunnels,
            pattern: None,
        };
        let proxy = Rc::new(Proxy {
            admission: Admission::new(self.limits.connections, self.limits.connections_per_client),
            budget: Budget::new(self.limits.buffered_bytes),
            upstreams: Upstreams::new(&[prepared], &self.limits),
            limits: self.limits,
            forwarding: self.forwarding,
            lookup: Box::new(move |asked| match asked.path {
                "/nowhere" => Err(Rejection::NoRoute),
                _ => Ok(destination.clone()),
            }),
            access: self.access,
            drain: Drain::default(),
        });
        let doors = vec![Door { listener, tls: self.tls }];
        let worker = tokio::task::spawn_local(cloakroom::proxy::run(doors, proxy, stopping));
        Gate { address, stop, worker: RefCell::new(Some(worker)) }
    }
}

pub(crate) struct Gate {
    pub(crate) address: SocketAddr,
    stop: Stop,
    worker: RefCell<Option<JoinHandle<usize>>>,
}

impl Gate {
    pub(crate) fn stop(&self) {
        self.stop.now();
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
