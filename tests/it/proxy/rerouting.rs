//! Fields by which applications take another route than the request line says.

use crate::harness::client::ask;
use crate::harness::gate::Setup;
use crate::harness::gate::on_one_core;
use crate::harness::upstream::Upstream;
use crate::harness::upstream::ok;

const RULES: &str = "classes: { email: {} }\nroutes:\n  - id: users\n    match: { path: /users/**, method: PUT }\n    request: { query: { $.email: email } }\n";

async fn asked(line: &str, fields: &str) -> (u16, String, usize) {
    asked_under(RULES, line, fields).await
}

async fn asked_under(rules: &'static str, line: &str, fields: &str) -> (u16, String, usize) {
    let upstream = Upstream::always(ok("fine")).await;
    let mut setup = Setup::to(upstream.address);
    setup.rules = Some(rules);
    let gate = setup.open();
    let answer = ask(gate.address, format!("{line} HTTP/1.1\r\nHost: a\r\n{fields}\r\n")).await;
    let told = if answer.status == 200 { answer.text() } else { answer.code() };
    (answer.status, told, upstream.requests())
}

const NAMES: [&str; 6] = [
    "X-Original-URL",
    "x-rewrite-url",
    "X-HTTP-Method-Override",
    "X-HTTP-Method",
    "X-Method-Override",
    "X-HTTP-Verb",
];

#[test]
fn on_routes_with_rules_they_may_only_say_the_same() {
    on_one_core(async {
        for name in NAMES {
            for value in ["/other", "GET", "/users/2", "", "\u{e4}"] {
                let told = asked("PUT /users/1?a=b", &format!("{name}: {value}\r\n")).await;
                assert_eq!(told, (400, "rerouting-field".to_owned(), 0), "{name}: {value}");
            }
        }
        for field in [
            "X-Original-URL: /users/1?a=b",
            "X-Rewrite-URL: /users/1",
            "X-HTTP-Method-Override: put",
            "X-Method-Override: PUT",
        ] {
            let told = asked("PUT /users/1?a=b", &format!("{field}\r\n")).await;
            assert_eq!(told, (200, "fine".to_owned(), 1), "{field}");
        }
        let told = asked("POST /users/1", "X-HTTP-Method-Override: PUT\r\n").await;
        assert_eq!(told.1, "rerouting-field", "POST has no rules, PUT has");
        let twice = "X-Original-URL: /users/1\r\nX-Original-URL: /open\r\n";
        assert_eq!(asked("PUT /users/1", twice).await.1, "rerouting-field");
    });
}

#[test]
fn a_post_may_ask_for_another_method_of_the_same_route() {
    const ALL: &str = "classes: { email: {} }\nroutes:\n  - id: users\n    match: { path: /users/** }\n    request: { query: { $.email: email } }\n  - id: gone\n    match: { path: /users/gone, method: DELETE }\n    request: { query: { $.email: email } }\n";
    on_one_core(async {
        for (line, value, code) in [
            ("POST /users/1", "PATCH", 200),
            ("POST /users/1", "put", 200),
            ("POST /users/gone", "PUT", 200),
            ("POST /users/gone", "DELETE", 400),
            ("POST /users/1", "GET", 400),
            ("POST /users/1", "PURGE", 400),
            ("GET /users/1", "PUT", 400),
            ("PUT /users/1", "PATCH", 400),
        ] {
            let field = format!("X-HTTP-Method-Override: {value}\r\n");
            assert_eq!(asked_under(ALL, line, &field).await.0, code, "{line} {value}");
        }
    });
}

#[test]
fn elsewhere_they_must_not_lead_to_a_route_with_rules() {
    on_one_core(async {
        for (line, field) in [
            ("PUT /open", "X-Original-URL: /users/1"),
            ("PUT /open", "X-Original-URL: http://a/users/1?x"),
            ("PUT /open", "X-Rewrite-URL: /%75sers/1"),
            ("PUT /open", "X-Rewrite-URL: users/1"),
            ("POST /users/1", "X-HTTP-Method-Override: PUT"),
            ("POST /users/1", "X-HTTP-Method:  put"),
            ("POST /open", "X-Original-URL: /users/1\r\nX-Method-Override: PUT"),
            ("PUT /open/users/1", "SCRIPT_NAME: /open"),
            ("PUT /open", "X-Middleware-Rewrite: /open"),
        ] {
            let told = asked(line, &format!("{field}\r\n")).await;
            assert_eq!(told, (400, "rerouting-field".to_owned(), 0), "{line} {field}");
        }
        for (line, field) in [
            ("PUT /open", "X-Original-URL: /elsewhere?x"),
            ("POST /open", "X-HTTP-Method-Override: DELETE"),
            ("POST /open", "X-Original-URL: /users/1"),
        ] {
            let told = asked(line, &format!("{field}\r\n")).await;
            assert_eq!(told, (200, "fine".to_owned(), 1), "{line} {field}");
        }
    });
}

#[test]
fn their_lookalikes_are_refused_everywhere() {
    on_one_core(async {
        for name in NAMES {
            let field = format!("{}: /open\r\n", name.replacen('-', "_", 1));
            assert_eq!(asked("PUT /open", &field).await.1, "field-lookalike", "{name}");
        }
    });
}

#[test]
fn a_path_behind_the_name_of_a_program_must_not_lead_to_a_route_with_rules() {
    on_one_core(async {
        for path in [
            "/index.php/users/1",
            "/INDEX.PHP/users/1",
            "/index.php%2Fusers/1",
            "/public/app_dev.php/users/1",
            "/cgi-bin/a.cgi/users/1",
        ] {
            let told = asked(&format!("PUT {path}"), "").await;
            assert_eq!(told, (400, "path-ambiguous".to_owned(), 0), "{path}");
        }
        for path in ["/index.php", "/index.php/", "/index.php/open", "/v1.2/users/1", "/a.js"] {
            assert_eq!(asked(&format!("PUT {path}"), "").await.0, 200, "{path}");
        }
    });
}
