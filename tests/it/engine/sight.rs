//! Who sees what: originals, masks, tokens.

use serde_json::Value;

use crate::harness::application::Application;
use crate::harness::caller::Caller;
use crate::harness::gateway::Gateway;
use crate::harness::gateway::Site;
use crate::harness::gateway::Store;
use crate::harness::users::User;

struct World {
    application: Application,
    site: Site,
    gateway: Gateway,
    support: String,
}

impl World {
    fn new() -> Self {
        let application = Application::start();
        let site = Site::new(Store::Embedded, &application);
        let support = site.key("helpdesk", &["support"]);
        let gateway = site.serve();
        Self { application, site, gateway, support }
    }

    fn posted(&self, user: &User) -> String {
        let answer = self.gateway.anonymous().post("/api/users", &user.body());
        assert_eq!(answer.status, 201);
        self.application.record(&user.id).unwrap()
    }
}

#[test]
fn nobody_sees_anything_without_a_permit() {
    let world = World::new();
    let user = User::new(7);
    let held = world.posted(&user);
    let stranger = world.site.key("stranger", &["warehouse"]);
    world.gateway.until_ready_says("the new key is known", |_, _| {
        world.gateway.caller(&stranger).get("/api/users/u00007").status != 401
    });
    let person = world.site.provider.token("somebody-else", &[]);
    let target = format!("/api/users/{}", user.id);
    for mut caller in [
        world.gateway.anonymous(),
        world.gateway.anonymous().with("x-user", "helpdesk").with("x-groups", "support"),
        world.gateway.anonymous().with("cloakroom-purpose", "ticket"),
        world.gateway.caller(&stranger),
        world.gateway.person(&person),
    ] {
        let answer = caller.get(&target);
        assert_eq!((answer.status, answer.text()), (200, held.clone()));
    }
    let wrong = world.gateway.caller("ckk_aaaaaaaaaaaa_nokey").get(&target);
    assert_eq!((wrong.status, wrong.code()), (401, "credential-refused".to_owned()));
    // Whichever credential was wrong, the answer names every way there is (RFC 9110, section 11.6.1).
    let forged = world.gateway.person("a.b.c").get(&target);
    for answer in [wrong, forged] {
        let named = answer.head.lines().filter_map(|line| line.strip_prefix("www-authenticate: "));
        assert_eq!(
            named.collect::<Vec<_>>(),
            [
                "Cloakroom-Key realm=\"cloakroom\", header=\"cloakroom-key\"",
                "Bearer realm=\"cloakroom\"",
            ]
        );
    }
}

#[test]
fn whoever_may_see_masks_sees_masks() {
    let world = World::new();
    let clerk = world.site.provider.token("carl", &["clerks"]);
    let body = r#"{"id":"m1","name":"Ada Lovelace","email":"ada@example.com","phones":["+44 20 7946 0001"],"card":4111111111111111}"#;
    assert_eq!(world.gateway.anonymous().post("/api/users", body).status, 201);
    let shown = world.gateway.person(&clerk).get("/api/users/m1");
    let shown: Value = serde_json::from_slice(&shown.body).unwrap();
    assert_eq!(shown["name"], "A*** L***");
    assert_eq!(shown["email"], "a***@example.com");
    assert_eq!(shown["phones"][0], "***01");
    // A class that clerks have nothing to do with stays a token.
    assert_eq!(shown["card"].as_str().unwrap().len(), 29);
    let modes = |kind: &str| {
        let journal = world.site.journal();
        let event = journal.into_iter().rfind(|event| event["event"] == kind);
        event.unwrap_or_default()
    };
    let intent = modes("reveal.intent").to_string();
    assert!(intent.contains("\"mask\"") && intent.contains("clerks"), "{intent}");
}

#[test]
fn people_see_their_own_data_and_no_others() {
    let world = World::new();
    let (ada, bob) = (User::new(1), User::new(2));
    let (held_ada, held_bob) = (world.posted(&ada), world.posted(&bob));
    let token = world.site.provider.token(&ada.id, &[]);
    let mut person = world.gateway.person(&token);
    assert_eq!(person.get("/api/users/u00001").text(), ada.body());
    assert_eq!(person.get("/api/users/u00002").text(), held_bob);
    let listed = person.get("/api/users").text();
    assert_eq!(listed, format!("[{},\n{held_bob}]", ada.body()));
    // A program of the same name is not the person.
    let service = world.site.key(&ada.id, &[]);
    world.gateway.until_ready_says("the new key is known", |_, _| {
        world.gateway.caller(&service).get("/api/users/u00001").status != 401
    });
    assert_eq!(world.gateway.caller(&service).get("/api/users/u00001").text(), held_ada);
}

#[test]
fn a_value_that_two_people_share_belongs_to_both() {
    let world = World::new();
    let shared = r#""notes":"one household of canaries""#;
    for id in ["h1", "h2"] {
        let body = format!(r#"{{"id":"{id}",{shared}}}"#);
        assert_eq!(world.gateway.anonymous().post("/api/users", &body).status, 201);
    }
    for (id, sees) in [("h1", true), ("h2", true), ("h3", false)] {
        let token = world.site.provider.token(id, &[]);
        let shown = world.gateway.person(&token).get("/api/users/h1").text();
        assert_eq!(shown.contains(shared), sees, "{id}: {shown}");
    }
}

#[test]
fn every_reveal_is_on_record_and_names_no_value() {
    let world = World::new();
    let user = User::new(11);
    world.posted(&user);
    assert_eq!(world.gateway.caller(&world.support).get("/api/users/u00011").text(), user.body());
    let journal = world.site.journal();
    let intent = journal.iter().find(|event| event["event"] == "reveal.intent").unwrap();
    let text = intent.to_string();
    for expected in ["helpdesk", "users", "email", "phone", "name", "card"] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    let held: Value = serde_json::from_str(&world.application.record(&user.id).unwrap()).unwrap();
    for field in ["email", "name", "card", "notes"] {
        let token = held[field].as_str().unwrap();
        assert!(!text.contains(&token[..29]), "a token is on record: {text}");
    }
}

/// What callers see of customer 7 where everybody may see their own.
fn seen_of_customer_7(change: impl FnOnce(&Site), caller: impl FnOnce(&Site, &Gateway) -> Caller) {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let own = "permit (principal, action, resource) when { resource.subject_is_principal };";
    site.write("rules/policies.cedar", own);
    change(&site);
    let gateway = site.serve();
    let body = r#"{"id":"7","name":"Ada Lovelace"}"#;
    assert_eq!(gateway.anonymous().post("/api/users", body).status, 201);
    let seen = caller(&site, &gateway).get("/api/users/7");
    assert_eq!((seen.status, seen.text()), (200, application.record("7").unwrap()));
}

#[test]
fn a_service_owns_nobodys_data() {
    let key = std::cell::OnceCell::new();
    seen_of_customer_7(
        |site| key.set(site.key("7", &[])).unwrap(),
        |_, gateway| gateway.caller(key.get().unwrap()),
    );
}

#[test]
fn a_prefixed_user_is_not_the_customer_of_that_number() {
    seen_of_customer_7(
        |site| {
            let text = std::fs::read_to_string(site.path("cloakroom.yaml")).unwrap();
            let text = text.replace("audience: shop,", "audience: shop, prefix: \"partner:\",");
            site.write("cloakroom.yaml", &text);
        },
        |site, gateway| gateway.person(&site.provider.token("7", &[])),
    );
}
