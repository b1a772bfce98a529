//! The application, or a proxy, is asked who the caller is. It is a real server here.

use std::time::Duration;

use cloakroom::authn::config::ForwardAuthConfig;
use cloakroom::authn::config::ValueSource;
use cloakroom::base::AuthMethod;
use cloakroom::base::PrincipalKind;
use cloakroom::gateway::fetching;
use futures_util::FutureExt as _;

use super::*;
use crate::harness::gate::on_one_core;
use crate::harness::tls::Authority;
use crate::harness::upstream::Step;
use crate::harness::upstream::Upstream;
use crate::harness::upstream::ok;
use crate::harness::upstream::send;

/// Settings that ask this server about the cookie `session`.
fn on(upstream: &Upstream) -> ForwardAuthConfig {
    at(&format!("http://{}/whoami?v=1", upstream.address))
}

fn at(url: &str) -> ForwardAuthConfig {
    let user = ValueSource::Json("/user/email".to_owned());
    ForwardAuthConfig { cookies: vec!["session".to_owned()], ..ForwardAuthConfig::new(url, user) }
}

fn asking(config: ForwardAuthConfig) -> Authenticator {
    loaded(vec![Method::ForwardAuth(config)])
}

fn loaded(methods: Vec<Method>) -> Authenticator {
    let config = Config { methods };
    Authenticator::load(&config, &fetching(&config, NOW).unwrap()).unwrap()
}

fn named(user: &str) -> Step {
    ok(&json!({"user": {"email": user}}).to_string())
}

fn status(line: &str) -> Step {
    send(&format!("HTTP/1.1 {line}\r\nContent-Length: 0\r\n\r\n"))
}

/// Who somebody with these fields is at a time.
async fn who(authenticator: &Authenticator, fields: &[(&str, &str)], seconds: u64) -> String {
    match authenticator.identify(&http::Method::GET, &headers(fields), later(seconds)).await {
        Ok(identity) => identity.principal().id().to_owned(),
        Err(refused) => refused.to_string(),
    }
}

async fn with_session(authenticator: &Authenticator, session: &str, seconds: u64) -> String {
    who(authenticator, &[("cookie", &format!("session={session}"))], seconds).await
}

#[test]
fn it_asks_with_the_configured_credentials_and_nothing_else() {
    on_one_core(async {
        let upstream = Upstream::always(ok(r#"{"id":7,"roles":["a","b"]}"#)).await;
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let asked = asking(ForwardAuthConfig {
            host: Some("shop.example".to_owned()),
            cookies: names(&["session", "sid2", "absent"]),
            headers: names(&["authorization", "x-tenant"]),
            user: ValueSource::Json("/id".to_owned()),
            groups: Some(ValueSource::Json("/roles".to_owned())),
            prefix: "app:".to_owned(),
            ..on(&upstream)
        });
        let fields = headers(&[
            ("host", "evil.example"),
            ("cookie", "other=1; sid2=b=\"c\""),
            ("cookie", "session=a; Session=x"),
            ("authorization", "Basic c2FtOnNlY3JldA=="),
            ("x-user", "eve"),
            ("x-forwarded-user", "eve"),
        ]);
        let identity = asked.identify(&http::Method::POST, &fields, NOW).await.unwrap();
        let principal = identity.principal();
        assert_eq!((principal.kind(), principal.id()), (PrincipalKind::User, "app:7"));
        assert_eq!(principal.groups(), [Arc::from("app:a"), Arc::from("app:b")]);
        assert_eq!((principal.method(), identity.purpose()), (AuthMethod::ForwardAuth, None));

        let seen = upstream.seen();
        let (line, sent) = seen.trim_end().split_once("\r\n").unwrap();
        assert_eq!(line, "GET /whoami?v=1 HTTP/1.1");
        let mut sent: Vec<_> = sent.lines().collect();
        sent.sort_unstable();
        let expected = [
            "accept: application/json",
            "authorization: Basic c2FtOnNlY3JldA==",
            "cookie: session=a; sid2=b=\"c\"",
            "host: shop.example",
        ];
        assert_eq!(sent, expected);
    });
}

#[test]
fn without_a_credential_nobody_is_asked() {
    on_one_core(async {
        let upstream = Upstream::always(named("sam")).await;
        let asked = asking(on(&upstream));
        for fields in [
            &[][..],
            &[("cookie", "other=1; Session=x")],
            &[("cookie", "session=")],
            &[("session", "x"), ("authorization", "Bearer x")],
        ] {
            assert_eq!(who(&asked, fields, 0).await, "anonymous", "{fields:?}");
        }
        let twice = [("cookie", "session=a; session=b")];
        assert_eq!(who(&asked, &twice, 0).await, "credential-repeated");
        assert_eq!(upstream.requests(), 0);
    });
}

#[test]
fn every_session_has_its_own_answer_for_its_time() {
    on_one_core(async {
        let scripts = ["ada", "bob", "ada again"].map(|user| vec![named(user)]);
        let upstream = Upstream::scripted(scripts.into()).await;
        let asked = asking(on(&upstream));
        assert_eq!(with_session(&asked, "a", 100).await, "ada");
        assert_eq!(with_session(&asked, "b", 101).await, "bob");
        assert_eq!(with_session(&asked, "a", 109).await, "ada");
        assert_eq!(with_session(&asked, "b", 110).await, "bob");
        assert_eq!(upstream.requests(), 2);
        assert_eq!(with_session(&asked, "a", 110).await, "ada again");
        // A clock that is set back does not make the time longer.
        assert_eq!(with_session(&asked, "b", 100).await, "ada again");
        assert_eq!(upstream.requests(), 4);
    });
}

#[test]
fn a_log_out_counts_after_that_time_and_a_log_in_at_once() {
    on_one_core(async {
        let out = status("401 Unauthorized");
        let scripts = vec![vec![named("sam")], vec![out.clone()], vec![out], vec![named("sam")]];
        let upstream = Upstream::scripted(scripts).await;
        let asked = asking(on(&upstream));
        assert_eq!(with_session(&asked, "s", 0).await, "sam");
        assert_eq!(with_session(&asked, "s", 9).await, "sam");
        assert_eq!(with_session(&asked, "s", 10).await, "anonymous");
        assert_eq!(with_session(&asked, "s", 10).await, "anonymous");
        assert_eq!(with_session(&asked, "s", 10).await, "sam");
    });
}

#[test]
fn all_who_ask_the_same_meanwhile_share_one_question() {
    on_one_core(async {
        for (answer, expected) in [
            (named("sam"), "sam"),
            (status("403 Forbidden"), "anonymous"),
            (status("500 Oops"), "forward-auth-status"),
        ] {
            let scripts = vec![vec![Step::WaitForGo, answer], vec![named("somebody else")]];
            let upstream = Upstream::scripted(scripts).await;
            let asked = asking(on(&upstream));
            let all = futures_util::future::join_all((0..20).map(|_| with_session(&asked, "s", 0)));
            let go = async {
                upstream.wait_for("session=s").await;
                upstream.go();
            };
            let (answers, ()) = futures_util::future::join(all, go).await;
            assert!(answers.iter().all(|answer| answer == expected), "{answers:?}");
            assert_eq!(upstream.requests(), 1);
        }
    });
}

#[test]
fn a_client_that_goes_away_takes_nobodys_answer_along() {
    on_one_core(async {
        let upstream = Upstream::scripted(vec![vec![Step::Stall], vec![named("sam")]]).await;
        let asked = asking(on(&upstream));
        let mut first = Box::pin(with_session(&asked, "s", 0));
        tokio::select! {
            told = &mut first => panic!("{told}"),
            () = upstream.wait_for("session=s") => {}
        }
        let mut second = Box::pin(with_session(&asked, "s", 0));
        assert_eq!((&mut second).now_or_never(), None, "it waits for the first");
        drop(first);
        assert_eq!(second.await, "sam");
    });
}

#[test]
fn an_outage_is_a_refusal_and_never_anonymity() {
    on_one_core(async {
        let broken = "HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{}";
        for (steps, expected) in [
            (vec![Step::Close], "forward-auth-unreachable"),
            (vec![Step::Reset], "forward-auth-unreachable"),
            (vec![send("nonsense\r\n\r\n")], "forward-auth-unreachable"),
            (vec![send(broken), Step::Close], "forward-auth-unreachable"),
            (vec![Step::Stall], "forward-auth-unreachable"),
            (vec![send(broken), Step::Stall], "forward-auth-unreachable"),
            (vec![status("500 Oops")], "forward-auth-status"),
            (vec![status("503 Later")], "forward-auth-status"),
            (vec![status("302 Found")], "forward-auth-status"),
            (vec![status("404 Not Found")], "forward-auth-status"),
            (vec![status("429 Slower")], "forward-auth-status"),
            (vec![status("204 No Content")], "forward-auth-answer"),
        ] {
            let upstream = Upstream::scripted(vec![steps.clone(), vec![named("sam")]]).await;
            let stalls = matches!(steps.last(), Some(Step::Stall));
            let timeout = if stalls { Duration::from_millis(20) } else { Duration::from_secs(30) };
            let asked = asking(ForwardAuthConfig { timeout, ..on(&upstream) });
            let fields = headers(&[("cookie", "session=s")]);
            let refused = asked.identify(&http::Method::GET, &fields, NOW).await.unwrap_err();
            assert_eq!(refused.to_string(), expected, "{steps:?}");
            assert!(refused.is_temporary());
        }
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let gone = asking(at(&format!("http://{}/", listener.local_addr().unwrap())));
        drop(listener);
        assert_eq!(with_session(&gone, "s", 0).await, "forward-auth-unreachable");
    });
}

#[test]
fn a_refusal_is_not_remembered() {
    on_one_core(async {
        let upstream = Upstream::scripted(vec![vec![Step::Close], vec![named("sam")]]).await;
        let asked = asking(on(&upstream));
        assert_eq!(with_session(&asked, "s", 0).await, "forward-auth-unreachable");
        assert_eq!(with_session(&asked, "s", 0).await, "sam");
    });
}

#[test]
fn statuses_that_mean_nobody_are_configured() {
    on_one_core(async {
        for line in ["302 Found", "404 Not Found"] {
            let upstream = Upstream::always(status(line)).await;
            let asked = asking(ForwardAuthConfig { nobody: vec![302, 404], ..on(&upstream) });
            assert_eq!(with_session(&asked, "s", 0).await, "anonymous");
        }
        let upstream = Upstream::always(status("401 Unauthorized")).await;
        let asked = asking(ForwardAuthConfig { nobody: vec![302, 404], ..on(&upstream) });
        assert_eq!(with_session(&asked, "s", 0).await, "forward-auth-status");
    });
}

#[test]
fn a_hostile_answer_makes_nobody() {
    on_one_core(async {
        let long = format!(r#"{{"user":{{"email":"{}"}}}}"#, "x".repeat(300));
        let huge = format!(r#"{{"user":{{"email":"sam"}},"x":"{}"}}"#, "x".repeat(70_000));
        let groups = json!({"user": {"email": "sam"}, "groups": vec!["g"; 257]}).to_string();
        for body in [
            "",
            "<html>",
            "{}",
            r#"{"user":{}}"#,
            r#"{"user":{"email":""}}"#,
            r#"{"user":{"email":"a\u0000b"}}"#,
            r#"{"user":{"email":"a\nb"}}"#,
            r#"{"user":{"email":["sam"]}}"#,
            r#"{"user":{"email":true}}"#,
            r#"{"user":{"email":1.5}}"#,
            r#"{"user":{"email":"sam","email":"eve"}}"#,
            r#"{"user":{"email":"sam"},"user":{"email":"eve"}}"#,
            r#"{"user":{"email":"sam"}} {"#,
            r#"{"user":{"email":"sam"},"groups":[["admin"]]}"#,
            r#"{"user":{"email":"sam"},"groups":{"admin":true}}"#,
            r#"{"user":{"email":"sam"},"groups":["a\tb"]}"#,
            r#"{"user":{"email":"sam"},"groups":false}"#,
            &long,
            &huge,
            &groups,
        ] {
            let upstream = Upstream::always(ok(body)).await;
            let groups = Some(ValueSource::Json("/groups".to_owned()));
            let asked = asking(ForwardAuthConfig { groups, ..on(&upstream) });
            let told = with_session(&asked, "s", 0).await;
            assert_eq!(told, "forward-auth-answer", "{}", &body[..body.len().min(80)]);
        }
        let upstream = Upstream::always(ok(r#"{"user":{"email":null}}"#)).await;
        assert_eq!(with_session(&asking(on(&upstream)), "s", 0).await, "anonymous");
    });
}

/// What an answer with these lines makes of a caller who sends the same names, with other values.
async fn by_header(lines: &str) -> (String, Vec<Arc<str>>) {
    let answer = format!("HTTP/1.1 200 OK\r\n{lines}Content-Length: 0\r\n\r\n");
    let upstream = Upstream::always(send(&answer)).await;
    let asked = asking(ForwardAuthConfig {
        user: ValueSource::Header("x-user".to_owned()),
        groups: Some(ValueSource::Header("x-groups".to_owned())),
        ..on(&upstream)
    });
    let spoofed = [("x-user", "eve"), ("x-groups", "admin"), ("cookie", "session=s")];
    let identity = asked.identify(&http::Method::GET, &headers(&spoofed), NOW).await;
    assert!(!upstream.seen().contains("eve"), "{}", upstream.seen());
    let told = identity.map(|identity| identity.principal().clone());
    told.map_or_else(
        |refused| (refused.to_string(), Vec::new()),
        |principal| (principal.id().to_owned(), principal.groups().to_vec()),
    )
}

#[test]
fn headers_of_the_answer_count_and_those_of_the_client_do_not() {
    on_one_core(async {
        let groups = |names: &[&str]| names.iter().map(|&name| Arc::from(name)).collect::<Vec<_>>();
        for (lines, user, expected) in [
            ("X-User: sam\r\n", "sam", &[][..]),
            ("X-User: sam\r\nX-Groups: b, a,,c \r\n", "sam", &["a", "b", "c"]),
            ("X-User: Zoë Müller\r\nX-Groups:\r\n", "Zoë Müller", &[]),
            ("", "forward-auth-answer", &[]),
            ("X-Groups: admin\r\n", "forward-auth-answer", &[]),
            ("X-User:\r\n", "forward-auth-answer", &[]),
            ("X-User: sam\r\nX-User: sam\r\n", "forward-auth-answer", &[]),
            ("X-User: sam\r\nX-Groups: a\r\nX-Groups: b\r\n", "forward-auth-answer", &[]),
            ("X-User: a\tb\r\n", "forward-auth-answer", &[]),
            ("X-User: a\u{85}b\r\n", "forward-auth-answer", &[]),
        ] {
            assert_eq!(by_header(lines).await, (user.to_owned(), groups(expected)), "{lines}");
        }
        let long = by_header(&format!("X-User: {}\r\n", "x".repeat(300))).await;
        assert_eq!(long.0, "forward-auth-answer");
    });
}

#[test]
fn requests_of_another_site_are_not_asked_about() {
    on_one_core(async {
        let upstream = Upstream::always(named("sam")).await;
        let headers = vec!["authorization".to_owned()];
        let asked = asking(ForwardAuthConfig { headers, ..on(&upstream) });
        let cross = ("sec-fetch-site", "cross-site");
        for credential in [
            &[("cookie", "session=s")][..],
            &[("cookie", "session=s; session=t")],
            &[("cookie", "session=s"), ("authorization", "Bearer x")],
            // A browser keeps these, and sends them as it does cookies.
            &[("authorization", "Basic c2FtOnNlY3JldA==")],
        ] {
            let fields = [credential, &[cross]].concat();
            assert_eq!(who(&asked, &fields, 0).await, "anonymous", "{fields:?}");
        }
        assert_eq!(upstream.requests(), 0);
        let bearer = [cross, ("authorization", "Bearer x")];
        assert_eq!(who(&asked, &bearer, 0).await, "sam");
    });
}

#[test]
fn the_next_way_is_tried_when_nobody_is_logged_in() {
    on_one_core(async {
        let upstream = Upstream::always(status("401 Unauthorized")).await;
        let world = World::new(Signer::ed());
        let asked = ForwardAuthConfig { prefix: "app:".to_owned(), ..on(&upstream) };
        let asked = loaded(vec![Method::ForwardAuth(asked), Method::Jwt(world.config())]);
        let bearer = format!("Bearer {}", world.token(&claims()));
        let fields = [("cookie", "session=s"), ("authorization", bearer.as_str())];
        assert_eq!(who(&asked, &fields, 0).await, "sam");
        assert_eq!(asked.challenges(), ["Bearer realm=\"cloakroom\""]);
        assert_eq!(asked.strips(), ["cloakroom-purpose"]);
    });
}

#[test]
fn who_answers_must_be_certified_by_a_trusted_authority() {
    on_one_core(async {
        let (right, wrong) = (Authority::new(), Authority::new());
        let server = Some(right.server(&["localhost"]));
        let upstream = Upstream::start(vec![vec![named("sam")]], server).await;
        let url = format!("https://localhost:{}/whoami", upstream.address.port());
        for (ca, expected) in [
            (Some(right.file()), "sam"),
            (Some(wrong.file()), "forward-auth-unreachable"),
            (None, "forward-auth-unreachable"),
        ] {
            let timeout = Duration::from_secs(30);
            let asked = asking(ForwardAuthConfig { ca, timeout, ..at(&url) });
            assert_eq!(with_session(&asked, "s", 0).await, expected);
        }
        assert_eq!(upstream.requests(), 1);
        let ca = Some(PathBuf::from("/nowhere/ca.pem"));
        let methods = vec![Method::ForwardAuth(ForwardAuthConfig { ca, ..at(&url) })];
        assert!(fetching(&Config { methods }, NOW).is_err());
    });
}

#[test]
fn what_could_be_tampered_with_or_mixed_up_does_not_load() {
    let world = World::new(Signer::ed());
    let file = world.path("keys.yaml");
    api_key(&file, "helpdesk", "support");
    let loads = |config: ForwardAuthConfig| {
        let methods =
            vec![api_keys(&file), Method::Jwt(world.config()), Method::ForwardAuth(config)];
        Authenticator::load(&Config { methods }, &no_fetch()).is_ok()
    };
    let good = || ForwardAuthConfig { prefix: "app:".to_owned(), ..at("http://[::1]:9000/whoami") };
    assert!(loads(good()));
    for url in [
        "http://shop.example/whoami",
        "http://127.0.0.1.evil.example/",
        "https://user:secret@shop.example/",
        "ftp://127.0.0.1/",
        "/whoami",
    ] {
        assert!(!loads(ForwardAuthConfig { url: url.to_owned(), ..good() }), "{url}");
    }
    for header in ["cookie", "host", "Cloakroom-Key", "cloakroom-purpose", "a b"] {
        assert!(
            !loads(ForwardAuthConfig { headers: vec![header.to_owned()], ..good() }),
            "{header}"
        );
    }
    assert!(!loads(ForwardAuthConfig { cookies: Vec::new(), ..good() }));
    assert!(!loads(ForwardAuthConfig { cookies: vec!["a b".to_owned()], ..good() }));
    assert!(!loads(ForwardAuthConfig { host: Some("a\nb".to_owned()), ..good() }));
    // The same names as the users of the identity provider.
    assert!(!loads(ForwardAuthConfig { prefix: String::new(), ..good() }));
}
