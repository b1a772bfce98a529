//! Egress: the application calls out through the gateway, and what it reveals there is on record.

use std::net::TcpListener;

use serde_json::Value;

use crate::harness::application::Application;
use crate::harness::gateway::Gateway;
use crate::harness::gateway::Site;
use crate::harness::gateway::Store;
use crate::harness::gateway::until;
use crate::harness::redis::Kind;
use crate::harness::redis::Redis;

const CARD: &str = "4111111111111111";

const ROUTES: &str = r"
  - id: bank
    direction: egress
    match: { path: /bank/** }
    request: { body: { $.card: card } }
    response: { body: { $.card: card } }
";

/// Rules with a way out, and the token of a card that was stored by the way in.
fn world(site: &Site) -> (Gateway, String, String) {
    site.write("rules/rules.yaml", &format!("{}{ROUTES}", crate::harness::gateway::RULES));
    let shop = site.key("shop", &["support"]);
    let gateway = site.serve();
    let body = format!("{{\"id\":\"a\",\"card\":\"{CARD}\"}}");
    let kept = gateway.anonymous().post("/api/users", &body);
    assert_eq!(kept.status, 201);
    let kept: Value = serde_json::from_slice(&kept.body).unwrap();
    let token = kept["card"].as_str().unwrap().to_owned();
    assert!(token != CARD);
    (gateway, shop, token)
}

/// The outcomes in the journal with their intents, once there are so many.
fn outcomes(site: &Site, count: usize) -> Vec<(Value, Value)> {
    until("the outcome is on record", || {
        let journal = site.journal();
        let of = |name: &'static str| {
            journal.iter().filter(move |event| event["event"] == name).cloned()
        };
        let found: Vec<Value> = of("reveal.outcome").collect();
        (found.len() == count).then(|| {
            let intent = |outcome: &Value| {
                of("reveal.intent").find(|intent| intent["seq"] == outcome["intent"]).unwrap()
            };
            found.iter().map(|outcome| (intent(outcome), outcome.clone())).collect()
        })
    })
}

#[test]
fn what_a_third_party_was_told_is_on_record_with_how_it_ended() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let (gateway, shop, token) = world(&site);
    let told = format!("{{\"card\":\"{token}\"}}");
    let answer = gateway.caller(&shop).post("/bank/pay", &told);
    // The bank saw the number and gave it back; the application has its token again.
    assert_eq!((answer.status, answer.text()), (200, told));
    assert!(String::from_utf8_lossy(&application.received()).contains(CARD));

    let [(intent, outcome)] = outcomes(&site, 1).try_into().unwrap();
    assert_eq!((&intent["route"], &intent["items"][0]["mode"]), (&"bank".into(), &"reveal".into()));
    assert_eq!(outcome["request_id"], intent["request_id"]);
    assert_eq!((&outcome["outcome"], &outcome["status"]), (&"done".into(), &200.into()));
    assert_eq!(outcome["bytes"], format!("{{\"card\":\"{CARD}\"}}").len());
}

#[test]
fn a_third_party_that_does_not_answer_is_on_record_too() {
    // A bank that takes the request and hangs up.
    let bank = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = bank.local_addr().unwrap();
    std::thread::spawn(move || bank.incoming().for_each(drop));
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let text = std::fs::read_to_string(site.path("cloakroom.yaml")).unwrap();
    let app = format!("app: \"http://{}\"", application.address);
    let both = format!("{app}, bank: \"http://{address}\"");
    let text = text.replacen(&app, &both, 1) + "default_upstream: app\n";
    site.write("cloakroom.yaml", &text);
    let (gateway, shop, token) = world(&site);
    let routes = ROUTES.replace("direction: egress", "direction: egress\n    upstream: bank");
    site.write("rules/rules.yaml", &format!("{}{routes}", crate::harness::gateway::RULES));
    let told = format!("{{\"card\":\"{token}\"}}");
    until("the new rules are in use", || {
        (gateway.caller(&shop).post("/bank/pay", &told).status == 502).then_some(())
    });
    let journal = site.journal();
    let intents = journal.iter().filter(|event| event["event"] == "reveal.intent").count();
    let (_, last) = outcomes(&site, intents).pop().unwrap();
    assert_eq!((&last["outcome"], &last["status"]), (&"aborted".into(), &502.into()));
    assert_eq!(last["upstream"], "bank");
}

#[test]
fn an_answer_that_the_vault_does_not_take_is_called_dropped_and_not_busy() {
    let application = Application::start();
    let redis = Store::Redis(Redis::start(Kind::Plain));
    let site = Site::new(redis, &application).with("limits: { timeouts: { vault: 1s } }");
    let (gateway, shop, token) = world(&site);
    application.hold();
    let address = gateway.address;
    let asked = std::thread::spawn(move || {
        let mut shop = crate::harness::caller::Caller::anonymous(address).with_key(&shop);
        shop.post("/bank/pay", &format!("{{\"card\":\"{token}\"}}"))
    });
    application.wait_for_held(1);
    let mut site = site;
    match &mut site.store {
        Store::Redis(redis) => redis.kill(),
        Store::Embedded => panic!("no redis here"),
    }
    application.release();
    let answer = asked.join().unwrap();
    // The bank has acted: nobody is told to try again.
    assert_eq!((answer.status, answer.code()), (502, "answer-dropped".to_owned()));
    assert_eq!(answer.field("retry-after"), None);
}

#[test]
fn an_answer_that_is_too_long_to_be_protected_does_not_go_out() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application).with("limits: { body_bytes: 4KiB }");
    let (gateway, _, _) = world(&site);
    application.plant("long", &format!("{{\"card\":\"{}\"}}", "4".repeat(5000)));
    let routes = ROUTES
        .replace("/bank/**", "/api/users/long")
        .replace("    request: { body: { $.card: card } }\n", "");
    let users = crate::harness::gateway::RULES;
    site.write("rules/rules.yaml", &format!("{users}{routes}"));
    let refused = until("the new rules are in use", || {
        let answer = gateway.anonymous().get("/api/users/long");
        (answer.status != 200).then_some(answer)
    });
    assert_eq!((refused.status, refused.code()), (502, "response-too-large".to_owned()));
}
