//! What rule files come to mean.

use cloakroom::base::Sensitive;
use cloakroom::document::Bounds;
use cloakroom::document::Format;
use cloakroom::document::select;
use cloakroom::rules::Action;
use cloakroom::rules::Ambiguous;
use cloakroom::rules::Basis;
use cloakroom::rules::Direction;
use cloakroom::rules::FormatName;
use cloakroom::rules::Job;
use cloakroom::rules::PlaceRules;
use cloakroom::rules::Retention;
use cloakroom::rules::Side;

use super::helpers::file;
use super::helpers::load;
use super::helpers::rules;

const SHOP: &str = r#"
classes:
  email: { shape: email, match: canonical, mask: email, in: [contact, marketing], retain: 2y, purpose: customer-care, basis: contract }
  phone: { mask: last2, in: contact }
  name: {}
  card: { mask: last4, determinism: tenant }
  member: { code: mb, like: name }
routes:
  - id: users
    match: { host: shop.example.com, method: [GET, POST, PUT, PATCH], path: /api/users/** }
    upstream: shop
    subject: $.id
    request:
      body: { $.email: email, "$.phones[*]": phone, $.name: name, "$..*": { class: member, action: redact } }
      query: { $.email: email }
    response:
      body: { $..email: email, "$..phones[*]": phone, $..name: name }
  - id: to-the-bank
    direction: egress
    upstream: bank
    tenant: payments
    match: { host: bank.internal }
    body_format: json
    subject: { query: $.customer }
    request: { body: { $.card.number: { class: card, on_container: reject } } }
    response: { body: { $.card.number: { class: card, max_length: 32, pattern: "[0-9a-z]{29}" } } }
"#;

fn jobs(place: &PlaceRules) -> Vec<String> {
    let job = |job: &Job| match job {
        Job::Json(_) => String::from("json"),
        Job::Text(classes) => format!("text {}", classes.len()),
        Job::Subject => String::from("subject"),
        Job::Field { class, action } => format!("{} {action:?}", class.name),
    };
    place.rules.iter().map(|rule| format!("{} {}", rule.selector, job(&rule.job))).collect()
}

#[test]
fn a_route_knows_what_to_do_in_both_directions() {
    let set = rules(SHOP);
    let users = set.route("shop.example.com", "POST", "/api/users").unwrap().unwrap();
    assert_eq!(users.id.as_str(), "users");
    assert_eq!(users.direction, Direction::Ingress);
    assert_eq!(users.tenant.as_str(), "default");
    assert_eq!(
        jobs(users.request.body.as_ref().unwrap()),
        [
            "$.phones[*] phone Tokenize",
            "$.email email Tokenize",
            "$.id subject",
            "$.name name Tokenize",
            "$..* member Redact"
        ]
    );
    assert_eq!(jobs(users.request.query.as_ref().unwrap()), ["$.email email Tokenize"]);
    assert_eq!(
        jobs(users.response.body.as_ref().unwrap()),
        [
            "$.id subject",
            "$..phones[*] phone Reveal",
            "$..email email Reveal",
            "$..name name Reveal"
        ]
    );
    let bank = set.route("bank.internal", "POST", "/pay").unwrap().unwrap();
    assert_eq!(bank.upstream.as_ref().unwrap().as_str(), "bank");
    assert_eq!(bank.tenant.as_str(), "payments");
    assert!(bank.accepts(Side::Request, FormatName::Json));
    assert!(!bank.accepts(Side::Request, FormatName::Form));
    assert_eq!(jobs(bank.request.body.as_ref().unwrap()), ["$.card.number card Reveal"]);
    assert_eq!(jobs(bank.request.query.as_ref().unwrap()), ["$.customer subject"]);
    assert_eq!(jobs(bank.response.body.as_ref().unwrap()), ["$.card.number card Tokenize"]);
    assert!(bank.has_rules());
    assert!(set.route("other.example.com", "GET", "/api/users").unwrap().is_none());
    assert_eq!(set.route("shop.example.com", "GET", "/api%2fusers").unwrap_err(), Ambiguous);
}

#[test]
fn classes_have_the_built_in_defaults_and_what_is_written() {
    let set = rules(SHOP);
    let find = |name: &str| set.classes().iter().find(|d| d.class.name.as_str() == name).unwrap();
    assert_eq!(find("email").groups, ["contact", "marketing"]);
    assert_eq!(find("email").retain, Some(Retention::Years(2)));
    assert_eq!(find("email").basis, Some(Basis::Contract));
    assert_eq!(find("email").purpose.as_ref().unwrap().as_str(), "customer-care");
    assert_eq!(find("member").class.code.to_string(), "mb");
    assert_eq!(find("member").class.form, find("name").class.form);
    let names: Vec<String> = set.class_groups().iter().map(|(name, _)| name.to_string()).collect();
    assert_eq!(names, ["card", "email", "member", "name", "phone"]);
    let ids: Vec<String> = set.route_ids().iter().map(ToString::to_string).collect();
    assert_eq!(ids, ["to-the-bank", "users"]);
}

#[test]
fn the_number_of_a_field_is_the_number_of_its_rule() {
    let set = rules(SHOP);
    let users = set.route("shop.example.com", "PUT", "/api/users/7").unwrap().unwrap();
    let place = users.request.body.as_ref().unwrap();
    let body = br#"{"id":"u7","email":"a@b.example","note":"x"}"#;
    let bounds = Bounds::from(&cloakroom::base::Limits::default());
    let fields = select(Format::Json, body, &place.program, &bounds).unwrap();
    let mut hits: Vec<String> = Vec::new();
    for field in fields {
        let rule = &place.rules[usize::from(field.rule)];
        let value: Sensitive<String> = field.codec.decode(field.span.of(body), field.kind).unwrap();
        let what = match &rule.job {
            Job::Json(_) => String::from("json"),
            Job::Text(_) => String::from("text"),
            Job::Subject => String::from("subject"),
            Job::Field { action, .. } => format!("{action:?}"),
        };
        hits.push(format!("{} {what}", value.expose()));
    }
    assert_eq!(
        hits,
        ["u7 subject", "u7 Redact", "a@b.example Tokenize", "a@b.example Redact", "x Redact"]
    );
    assert_eq!(Action::Tokenize, Action::Tokenize);
}

#[test]
fn order_means_nothing() {
    let classes = "classes: { email: {}, name: {} }\n";
    let first = "routes:\n  - { id: one, match: { path: /a/** }, request: { body: { $.x: email, $..x: name } } }\n  - { id: two, match: { path: \"/a/{b}\" } }\n";
    let second = "routes:\n  - { id: two, match: { path: \"/a/{b}\" } }\n  - { id: one, match: { path: /a/** }, request: { body: { $..x: name, $.x: email } } }\n";
    let (one, _) = load(&[file("c.yaml", classes), file("r.yaml", first)]).unwrap();
    let (other, _) = load(&[file("r.yaml", second), file("c.yaml", classes)]).unwrap();
    for path in ["/a", "/a/b", "/a/b/c", "/b"] {
        let id = |set: &cloakroom::rules::RuleSet| {
            set.route("h", "GET", path).unwrap().map(|route| route.id.to_string())
        };
        assert_eq!(id(&one), id(&other));
    }
    let list = |set: &cloakroom::rules::RuleSet| {
        jobs(set.route("h", "GET", "/a").unwrap().unwrap().request.body.as_ref().unwrap())
    };
    assert_eq!(list(&one), list(&other));
    let (again, _) = load(&[file("x/r.yaml", first), file("x/c.yaml", classes)]).unwrap();
    assert_eq!(one.hash(), again.hash());
    assert_ne!(one.hash(), other.hash());
}

#[test]
fn names_of_files_take_part_in_the_hash() {
    let text = "classes: { email: {} }\n";
    let hash = |name: &str| load(&[file(name, text)]).unwrap().0.hash();
    assert_ne!(hash("a.yaml"), hash("b.yaml"));
    let empty = load(&[]).unwrap().0.hash();
    assert_ne!(hash("a.yaml"), empty);
}
