//! A site whose gateway serves people.

use serde_json::Value;

use crate::harness::application::Application;
use crate::harness::caller::Caller;
use crate::harness::client::Answer;
use crate::harness::gateway::Gateway;
use crate::harness::gateway::RULES;
use crate::harness::gateway::Site;
use crate::harness::gateway::Store;
use crate::harness::redis::Kind;
use crate::harness::redis::Redis;

/// Where people connect: without notice, so that removals are due at once.
const PEOPLE: &str = r"
people:
  url: http://127.0.0.1:8443
  demo_key: true
  notice: 0s
  listen: [{ address: 127.0.0.1:0, serves: [portal, api, databunker] }]
";

/// What is kept about people.
const FIELDS: &str = r"
people:
  fields: { $.email: email, $.phone: phone, $.login: username, $.custom: customer-id }
  identifiers: [email, phone, username, customer-id]
";

/// What desks, officers and shops may do with it; the desk sees masks of e-mail addresses.
const POLICIES: &str = r#"
@id("officers") permit (principal in Group::"officers", action, resource);
@id("desk") permit (principal in Group::"desk", action == Action::"read", resource in Kind::"profile");
@id("desk-masks") permit (principal in Group::"desk", action == Action::"mask", resource in Class::"email");
"#;

pub(super) fn redis() -> Store {
    Store::Redis(Redis::start(Kind::Plain))
}

/// A site in front of an application, with people.
pub(super) fn site(store: Store, application: &Application) -> Site {
    let site = Site::new(store, application).with(PEOPLE);
    let classes = "\nclasses:\n  username: {}\n  customer-id: {}\n";
    site.write("rules/people.yaml", &format!("{classes}{FIELDS}"));
    site.write("rules/rules.yaml", RULES);
    let policies = std::fs::read_to_string(site.path("rules/policies.cedar")).unwrap();
    site.write("rules/policies.cedar", &format!("{policies}\n{POLICIES}"));
    site
}

/// A caller of Databunker's paths, with the key of its documentation.
pub(super) fn bunker(gateway: &Gateway) -> Caller {
    Caller::anonymous(gateway.people.unwrap()).with("x-bunker-token", "DEMO")
}

/// A caller of the API with a key.
pub(super) fn api(gateway: &Gateway, key: &str) -> Caller {
    Caller::anonymous(gateway.people.unwrap()).with("authorization", &format!("Bearer {key}"))
}

/// What was answered, as JSON.
#[track_caller]
pub(super) fn json(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_else(|error| panic!("{error}: {answer:?}"))
}

/// A word of what was answered.
#[track_caller]
pub(super) fn word(answer: &Answer, name: &str) -> String {
    let body = json(answer);
    body[name].as_str().unwrap_or_else(|| panic!("no {name} in {body}")).to_owned()
}
