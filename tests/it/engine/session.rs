//! People behind a browser, with nothing but the session cookie of the application.

use std::fs;

use crate::harness::application::Application;
use crate::harness::caller::Caller;
use crate::harness::gateway::Gateway;
use crate::harness::gateway::Site;
use crate::harness::gateway::Store;
use crate::harness::gateway::until;
use crate::harness::users::User;

struct World {
    application: Application,
    site: Site,
    gateway: Gateway,
}

impl World {
    /// A gateway that asks the application who is logged in, and forgets it at once.
    fn new() -> Self {
        let application = Application::start();
        let site = Site::new(Store::Embedded, &application);
        let text = fs::read_to_string(site.path("cloakroom.yaml")).unwrap();
        let (before, rest) = text.split_once("  - jwt:").unwrap();
        let (_, after) = rest.split_once('\n').unwrap();
        let asked = format!(
            "  - forward_auth:\n      url: http://{}/whoami\n      cookies: [session]\n      \
             user: {{ json: /user/id }}\n      cache: 1ms\n",
            application.address
        );
        site.write("cloakroom.yaml", &[before, &asked, after].concat());
        site.run(&["check", "--files-only"]).succeeds();
        let gateway = site.serve();
        Self { application, site, gateway }
    }

    fn browser(&self, session: &str) -> Caller {
        self.gateway.anonymous().with("cookie", &format!("theme=dark; session={session}"))
    }

    fn posted(&self, user: &User) -> String {
        let answer = self.gateway.anonymous().post("/api/users", &user.body());
        assert_eq!(answer.status, 201);
        self.application.record(&user.id).unwrap()
    }
}

#[test]
fn a_session_of_the_application_reveals_what_is_its_owners() {
    let world = World::new();
    let (ada, bob) = (User::new(1), User::new(2));
    let (held_ada, held_bob) = (world.posted(&ada), world.posted(&bob));
    world.application.session("canary-session-of-ada", Some(&ada.id));
    world.application.session("canary-session-of-bob", Some(&bob.id));

    let mut browser = world.browser("canary-session-of-ada");
    assert_eq!(browser.get("/api/users/u00001").text(), ada.body());
    assert_eq!(browser.get("/api/users/u00002").text(), held_bob);
    let mut other = world.browser("canary-session-of-bob");
    assert_eq!(other.get("/api/users/u00002").text(), bob.body());
    assert_eq!(other.get("/api/users/u00001").text(), held_ada);
    let asked = String::from_utf8(world.application.received()).unwrap();
    assert!(asked.contains("theme=dark; session=canary-session-of-ada"), "the cookie goes on");

    // Who says to be Ada, who is logged in nowhere, and whom another site sends, is nobody.
    for mut caller in [
        world.gateway.anonymous().with("x-user", &ada.id),
        world.browser("nobodys").with("x-user", &ada.id),
        world.browser("canary-session-of-ada").with("sec-fetch-site", "cross-site"),
    ] {
        let answer = caller.get("/api/users/u00001");
        assert_eq!((answer.status, answer.text()), (200, held_ada.clone()));
    }

    world.application.session("canary-session-of-ada", None);
    until("the log-out counts", || {
        (browser.get("/api/users/u00001").text() == held_ada).then_some(())
    });
    // The application may keep what it is sent; nobody else.
    for (place, bytes) in world.site.everything(&world.gateway, &world.application) {
        let found = memchr::memmem::find(&bytes, b"canary-session").is_some();
        assert_eq!(found, place == "application", "{place}");
    }
}

#[test]
fn when_nobody_can_tell_who_is_logged_in_nothing_is_forwarded() {
    let world = World::new();
    let user = User::new(3);
    let held = world.posted(&user);
    world.application.session("s", Some(&user.id));
    world.application.sessions_are_broken(true);
    let mut browser = world.browser("s");
    let before = world.application.requests();
    let answer = browser.get("/api/users/u00003");
    assert_eq!((answer.status, answer.code()), (503, "identity-unavailable".to_owned()));
    assert_eq!(world.application.requests(), before + 1, "more than the question was sent");
    let failed = until("the failure is on record", || {
        world.site.journal().into_iter().find(|event| event["event"] == "auth.failure")
    });
    assert!(failed.to_string().contains("forward-auth-status"), "{failed}");
    assert_eq!(world.gateway.anonymous().get("/api/users/u00003").text(), held);

    world.application.sessions_are_broken(false);
    assert_eq!(world.browser("s").get("/api/users/u00003").text(), user.body());
}

#[test]
fn a_token_in_a_cookie_shows_and_submits_on_the_persons_own_wish_only() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let text = fs::read_to_string(site.path("cloakroom.yaml")).unwrap();
    let from = "jwks: jwks.json, from: { cookie: session_jwt },";
    site.write("cloakroom.yaml", &text.replace("jwks: jwks.json,", from));
    let support = site.key("helpdesk", &["support"]);
    let gateway = site.serve();
    let user = User::new(4);
    // By somebody who sees everything, so that its tokens were shown to nobody.
    assert_eq!(gateway.caller(&support).post("/api/users", &user.body()).status, 201);
    let held = application.record(&user.id).unwrap();
    let token = serde_json::from_str::<serde_json::Value>(&held).unwrap()["notes"].clone();
    let planted = format!(r#"{{"id":"planted","notes":{token}}}"#);

    let line = format!("session_jwt={}", site.provider.token("eve", &["support", "editors"]));
    let browser = |site| gateway.anonymous().with("cookie", &line).with("sec-fetch-site", site);
    let refused = browser("cross-site").post("/api/users", &planted);
    assert_eq!((refused.status, refused.code()), (422, "token-not-accepted".to_owned()));
    assert_eq!(browser("cross-site").get("/api/users/u00004").text(), held);
    let mut followed =
        browser("cross-site").with("sec-fetch-mode", "navigate").with("sec-fetch-dest", "document");
    assert_eq!(followed.get("/api/users/u00004").text(), user.body());
    assert_eq!(browser("same-origin").get("/api/users/u00004").text(), user.body());
    assert_eq!(browser("same-origin").post("/api/users", &planted).status, 201);
    let received = application.received();
    assert!(memchr::memmem::find(&received, line.as_bytes()).is_some(), "the cookie goes on");
}
