//! What the engine refuses to whoever asks for it without the proxy's care.

use std::net::Ipv4Addr;
use std::sync::Arc;

use cloakroom::authn::Identity;
use cloakroom::base::RequestId;
use cloakroom::base::UpstreamId;
use cloakroom::document::Format;
use cloakroom::engine::Error;
use cloakroom::engine::Exchange;
use cloakroom::engine::RequestFacts;
use cloakroom::engine::StreamReveal;
use cloakroom::engine::Streaming;
use cloakroom::net::Budget;
use cloakroom::rules::Lookup;
use cloakroom::telemetry::Metrics;
use http::HeaderMap;
use http::Method;

use crate::harness::gate;

const RULES: &str = r"
classes: { card: {} }
routes:
  - { id: in, match: { path: /in }, response: { body: { $.card: card } } }
  - { id: out, direction: egress, match: { path: /out }, response: { body: { $.card: card } } }
";

#[test]
fn an_answer_that_is_protected_is_never_streamed() {
    let upstream = UpstreamId::new("app").unwrap();
    let made = gate::generation(Some(RULES), &upstream, &gate::keyring(), &Metrics::new());
    let (generation, nobody) = (Arc::new(made), Identity::anonymous());
    let start = |path: &str| {
        let found = generation.rules.lookup("app.example", "GET", path);
        let Ok(Lookup::Ruled(ruled)) = found else { panic!("{path} has rules") };
        let facts = RequestFacts {
            source: Ipv4Addr::LOCALHOST.into(),
            host: "app.example",
            method: &Method::GET,
            request_id: RequestId::new(),
        };
        let exchange = Exchange::new(&generation, &ruled, &nobody, facts).unwrap();
        let (records, memory) = (Streaming::Records(Format::Ndjson), Budget::new(1024 * 1024));
        StreamReveal::start(&exchange, records, &HeaderMap::new(), 1024, &memory).map(drop)
    };
    assert!(start("/in").is_ok());
    assert!(matches!(start("/out"), Err(Error::NotCollected)));
}
