//! Making a dictionary: how many values that nobody has stored yet a caller may bring.

use crate::harness::application::Application;
use crate::harness::client::Answer;
use crate::harness::gateway::Gateway;
use crate::harness::gateway::Site;
use crate::harness::gateway::Store;
use crate::harness::redis::Kind;
use crate::harness::redis::Redis;
use crate::harness::users::User;

fn post(gateway: &Gateway, user: usize) -> Answer {
    gateway.anonymous().post("/api/users", &User::new(user).body())
}

fn a_minute_s_worth(store: Store) {
    let application = Application::start();
    // So many that ten values do not come back while the test runs on a busy machine.
    let site = Site::new(store, &application).with("limits: { new_values_per_anonymous: 10 }");
    let service = site.key("importer", &[]);
    let gateway = site.serve();

    let (stored, refused) = (0..)
        .find_map(|number| {
            let answer = post(&gateway, number);
            if answer.status == 201 { None } else { Some((number, answer)) }
        })
        .unwrap();
    assert!((5..30).contains(&stored), "{stored}");
    assert_eq!((refused.status, refused.code()), (429, String::from("new-values")));
    // However many of its values are new: the time to wait tells nothing of who is known.
    let fresh = (0..12).map(|number| format!("+44 20 7946 1{number:03}"));
    let phones = serde_json::to_string(&fresh.collect::<Vec<_>>()).unwrap();
    let many = format!("{{\"id\":\"u77777\",\"phones\":{phones}}}");
    let many = gateway.anonymous().post("/api/users", &many);
    assert_eq!(many.code(), "new-values");
    for answer in [&refused, &many] {
        assert_eq!(answer.field("retry-after"), Some("60"));
    }
    assert!(application.record(&User::new(stored).id).is_none(), "it was forwarded");

    // What is known already is no news, however much of it there is.
    for _ in 0..3 {
        assert!((0..stored).all(|number| post(&gateway, number).status == 201));
    }
    // An import is a service's work, and what it stored the stranger may send.
    for number in stored..stored + 30 {
        let answer = gateway.caller(&service).post("/api/users", &User::new(number).body());
        assert_eq!(answer.status, 201);
    }
    assert_eq!(post(&gateway, stored + 29).status, 201);
    let metrics = gateway.page("/metrics").text();
    assert!(metrics.contains("cloakroom_refusals_total{reason=\"new-values\"} 2\n"), "{metrics}");
    let refused = "cloakroom_messages_refused_total{route=\"users\",leg=\"request\",reason=\"new-values\"} 2\n";
    assert!(metrics.contains(refused), "{metrics}");
    let created = format!("cloakroom_records_created_total{{class=\"email\"}} {}\n", stored + 30);
    assert!(metrics.contains(&created), "{metrics}");
}

#[test]
fn a_stranger_has_a_minute_s_worth_of_new_values() {
    a_minute_s_worth(Store::Embedded);
}

#[test]
fn a_stranger_has_a_minute_s_worth_of_new_values_on_redis() {
    a_minute_s_worth(Store::Redis(Redis::start(Kind::Plain)));
}
