use proptest::prelude::*;

use super::*;
use crate::rules::pattern;

/// Builds an index of `host method path` lines; a route's number is its line.
fn index(lines: &[&str]) -> Index {
    let mut index = Index::default();
    for (number, line) in lines.iter().enumerate() {
        let words: Vec<&str> = line.split(' ').collect();
        let method = (words[1] != "any").then_some(words[1]);
        let host = pattern::host(words[0]).unwrap();
        index.insert(&host, &pattern::path(words[2]).unwrap(), method, number).unwrap();
    }
    index
}

const SHOP: [&str; 9] = [
    "* any /api/users/**",
    "* GET /api/users/{id}",
    "* any /api/users/me",
    "shop.example.com any /api/users/{id}",
    "*.example.com any /**",
    "*.shop.example.com any /deep/**",
    "* any /caf%C3%A9",
    "* any /files/{name}",
    "* any /files/Report.pdf",
];

#[test]
fn the_most_specific_route_wins_whatever_the_order() {
    let table = [
        ("a.b", "GET", "/api/users", Some(0)),
        ("a.b", "GET", "/api/users/", Some(0)),
        ("a.b", "GET", "/api/users/7", Some(1)),
        ("a.b", "HEAD", "/api/users/7/", Some(1)),
        ("a.b", "POST", "/api/users/7", Some(0)),
        ("a.b", "POST", "/api/users/me", Some(2)),
        ("a.b", "GET", "/api/users/7/orders", Some(0)),
        ("shop.example.com:443", "GET", "/api/users/me", Some(3)),
        ("SHOP.example.com.", "GET", "/api/users/7/orders", Some(4)),
        ("x.shop.example.com", "GET", "/deep/er", Some(5)),
        ("x.y.example.com", "GET", "/deep/er", Some(4)),
        ("example.com", "GET", "/deep/er", None),
        ("[::1]:80", "GET", "/api/users/7", Some(1)),
        ("a.b", "GET", "/café", Some(6)),
        ("a.b", "GET", "/caf%c3%a9", Some(6)),
        ("a.b", "GET", "/", None),
    ];
    let index = index(&SHOP);
    for (host, method, path, wanted) in table {
        assert_eq!(index.find(host, method, path), Ok(wanted), "{method} {host} {path}");
    }
}

#[test]
fn refuses_a_path_that_another_server_would_read_as_another_route() {
    let index = index(&[
        "* any /api/users/**",
        "* any /api/public/{name}",
        "* POST /login",
        "* any /admin/audit",
    ]);
    for path in [
        "/api/%2e%2e/api/users",
        "/x/../api/users",
        "/x/%2e%2e/api/users/1",
        "/x/..%2fapi/users",
        "/x/..;/api/users",
        "/x/.%2e;a=b/api/users",
        "/x/..%5capi/users",
        "/x\\..\\api\\users",
        "/api%2fusers",
        "/api%5Cusers",
        "/api%252fusers",
        "/ap%2569/users",
        "/api/users%00.png",
        "/API/users",
        "/api/USERS/1",
        "/admin/audit.json",
        "/admin/audit.",
        "/admin./audit",
        "/admin/audit%20",
        "/admin/audit%0a",
        "/admin/audit%0D%0A",
        "/admin/audit%09.",
        "/admin/audit%c2%a0",
        "/admin/audit%7f",
        "/%20admin/audit",
        "/admin%1f/%0baudit",
        "//x.example/admin/audit",
        "//a:b@c.d:80/admin/audit",
        "/admin/audit;v=1",
        "/admin;v=1/audit",
        "/admin/audit%3Bv=1",
        "/admin/audit%3Fx",
        "/admin/audit%23x",
        "/admin//audit",
        "//admin/audit",
        "/./admin/audit",
        "/admin/%61udit/../audit",
        "/admin%c0%afaudit",
        "/admin%u002faudit",
        "/api/public/..%2f..%2fadmin%2faudit",
        "/api/public/a/../../../admin/audit",
        "/api/public/x%2f..%2f..%2fusers",
        "/%2e%2e%2f%5c;%00%252f%20/admin/audit",
    ] {
        assert_eq!(index.find("h", "GET", path), Err(Ambiguous), "{path}");
    }
    assert_eq!(index.find("h", "post", "/login"), Err(Ambiguous));
    assert_eq!(index.find("h", "GET", "/login"), Ok(None));
}

#[test]
fn lets_odd_paths_pass_that_lead_to_one_route_either_way() {
    let index = index(&["* any /api/users/**", "* any /files/{name}", "* any /files/Report.pdf"]);
    for (path, wanted) in [
        ("/api/users/a%20b", Some(0)),
        ("/api/users/a%0ab%0a", Some(0)),
        ("//cdn.example/logo.png", None),
        ("/api/users/%E2%82%AC", Some(0)),
        ("/api/users/a%2Fb", Some(0)),
        ("/api/users/x;y=1", Some(0)),
        ("/api/users//7", Some(0)),
        ("/api/users/./7", Some(0)),
        ("/api/users/100%", Some(0)),
        ("/api/users/%zz", Some(0)),
        ("/api/users/7.json", Some(0)),
        ("/%61pi/users/7", Some(0)),
        ("/files/a.b.c", Some(1)),
        ("/files/Report.pdf", Some(2)),
        ("/legacy/100%/x;y/../z", None),
        ("/static/Logo.PNG", None),
        ("*", None),
    ] {
        assert_eq!(index.find("h", "GET", path), Ok(wanted), "{path}");
    }
}

#[test]
fn two_routes_that_would_tie_do_not_both_go_in() {
    let mut index = Index::default();
    let any = Host::Any;
    let path = |text| pattern::path(text).unwrap();
    assert_eq!(index.insert(&any, &path("/a/{x}"), Some("GET"), 0), Ok(()));
    assert_eq!(index.insert(&any, &path("/a/*"), None, 1), Ok(()));
    assert_eq!(index.insert(&any, &path("/a/{y}/"), Some("GET"), 2), Err(0));
    assert_eq!(index.insert(&any, &path("/a/{y}"), None, 3), Err(1));
    assert_eq!(index.insert(&any, &path("/a/**"), Some("GET"), 4), Ok(()));
}

#[test]
fn patterns_say_what_is_wrong_with_them() {
    for text in [
        "a", "/a/**/b", "/a*", "/{a}x", "/{a}/{a}", "/{}", "//a", "/a/../b", "/a?b", "/%2f",
        "/a;b", "/a%00", "/a ",
    ] {
        assert!(pattern::path(text).is_err(), "{text}");
    }
    for text in ["", "a..b", "a:80", "*.", "a b", "ex*.com", "http://a"] {
        assert!(pattern::host(text).is_err(), "{text}");
    }
    assert!(pattern::method("get").is_err());
}

/// The slow matcher: every route that matches, then the best by comparing ranks.
fn naive(lines: &[String], method: &str, path: &str) -> Option<usize> {
    let segments: Vec<&str> = path.split('/').filter(|s| !s.is_empty()).collect();
    let mut best: Option<(Vec<u8>, usize)> = None;
    for (number, line) in lines.iter().enumerate() {
        let Some((wanted, pattern)) = line.split_once(' ') else { continue };
        let mut rank = Vec::new();
        let mut fits = wanted == "any" || wanted == method;
        let parts: Vec<&str> = pattern.split('/').filter(|s| !s.is_empty()).collect();
        let mut position = 0;
        let mut rest = false;
        for part in &parts {
            if *part == "**" {
                rest = true;
                rank.push(0);
                break;
            }
            let Some(segment) = segments.get(position) else {
                fits = false;
                break;
            };
            position += 1;
            if *part == "*" {
                rank.push(1);
            } else {
                fits &= part == segment;
                rank.push(2);
            }
        }
        fits &= rest || position == segments.len();
        if !rest {
            rank.push(3);
        }
        rank.push(u8::from(wanted != "any"));
        if fits && best.as_ref().is_none_or(|(other, _)| rank > *other) {
            best = Some((rank, number));
        }
    }
    best.map(|(_, number)| number)
}

fn a_pattern() -> impl Strategy<Value = String> {
    let part = prop_oneof![Just("a"), Just("b"), Just("c"), Just("*")];
    let rest = prop_oneof![Just(""), Just("/**")];
    let method = prop_oneof![Just("any"), Just("GET"), Just("POST")];
    (method, proptest::collection::vec(part, 0..4), rest).prop_map(|(method, parts, rest)| {
        let path = parts.iter().fold(String::new(), |path, part| path + "/" + part) + rest;
        format!("{method} {}", if path.is_empty() { "/" } else { &path })
    })
}

proptest! {
    #[test]
    fn agrees_with_a_naive_matcher_in_any_order(
        lines in proptest::collection::hash_set(a_pattern(), 0..12),
        path in "(/[abcd]){0,4}/?",
        method in prop_oneof![Just("GET"), Just("POST"), Just("PUT")],
        turn in 0_usize..12,
    ) {
        let lines: Vec<String> = lines.into_iter().collect();
        let path = if path.is_empty() { String::from("/") } else { path };
        let wanted = naive(&lines, method, &path);
        let mut order: Vec<usize> = (0..lines.len()).collect();
        order.rotate_left(turn % lines.len().max(1));
        let mut index = Index::default();
        for number in order {
            let (listed, text) = lines[number].split_once(' ').unwrap();
            let listed = (listed != "any").then_some(listed);
            index.insert(&Host::Any, &pattern::path(text).unwrap(), listed, number).unwrap();
        }
        prop_assert_eq!(index.find("h", method, &path), Ok(wanted));
    }

    #[test]
    fn no_path_however_odd_panics(path in "[/.%\\\\;?#a%2fF5cC0u ]{0,40}") {
        let index = index(&["* any /a/**", "* GET /a/{b}/c"]);
        let _outcome = index.find("h", "GET", &path);
    }
}
