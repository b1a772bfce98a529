//! The route decides how its messages are read.

use cloakroom::document::Dialect;
use cloakroom::document::Format;
use cloakroom::document::MediaType;
use cloakroom::document::Separator;
use cloakroom::rules::Presence;
use cloakroom::rules::Route;
use cloakroom::rules::Side;
use cloakroom::rules::Storage;
use cloakroom::rules::Unmatched;

use super::helpers::rules;

/// The route of a file with these lines.
fn route(lines: &str) -> std::sync::Arc<Route> {
    let text = format!(
        "classes: {{ email: {{}}, phone: {{}} }}\nroutes:\n  - id: a\n    match: {{ path: /a }}\n{lines}"
    );
    std::sync::Arc::clone(&rules(&text).routes()[0])
}

fn read(route: &Route, leg: Side, media: &str) -> Option<Format> {
    route.format(leg, &MediaType::parse(media).unwrap())
}

#[test]
fn a_leg_that_protects_takes_json_unless_the_route_says_more() {
    let rule = "    request: { body: { $.e: email } }\n    response: { body: { $.e: email } }\n";
    let form = "application/x-www-form-urlencoded";
    let silent = route(rule);
    assert_eq!(read(&silent, Side::Request, "application/json"), Some(Format::Json));
    for media in [form, "text/xml", "text/csv", "application/x-ndjson", "text/event-stream"] {
        assert_eq!(read(&silent, Side::Request, media), None, "{media}");
        assert!(read(&silent, Side::Response, media).is_some(), "{media}");
    }
    assert!(silent.takes_json_by_default());

    let egress = route(&format!("    direction: egress\n{rule}"));
    assert_eq!(read(&egress, Side::Response, form), None);
    assert_eq!(read(&egress, Side::Request, form), Some(Format::Form));
    assert!(egress.takes_json_by_default());

    let said = route(&format!("    body_format: [json, form]\n{rule}"));
    for leg in [Side::Request, Side::Response] {
        assert_eq!(read(&said, leg, form), Some(Format::Form));
        assert_eq!(read(&said, leg, "text/xml"), None);
    }
    assert!(!said.takes_json_by_default());
    assert!(!route("    request: { query: { $.e: email } }\n").takes_json_by_default());
    assert!(!route("    response: { body: { $.e: email } }\n").takes_json_by_default());
}

#[test]
fn the_dialect_of_csv_that_is_protected_comes_from_the_rules_alone() {
    let lines = "    body_format: csv\n    request: { body: { $..e: email } }\n    response: { body: { $..e: email } }\n";
    let commas = Dialect { separator: Some(Separator::Comma), ..Dialect::default() };
    let silent = route(lines);
    assert_eq!(read(&silent, Side::Request, "text/csv"), Some(Format::Csv(commas)));
    assert_eq!(read(&silent, Side::Request, "text/csv; header=present"), Some(Format::Csv(commas)));
    for media in ["text/csv; header=absent", "text/tab-separated-values"] {
        assert_eq!(read(&silent, Side::Request, media), None, "{media}");
    }
    assert_eq!(
        read(&silent, Side::Response, "text/csv; header=absent"),
        Some(Format::Csv(Dialect { header: false, ..Dialect::default() }))
    );

    let said = route(&format!("    csv: {{ separator: tab, header: false }}\n{lines}"));
    let tabs = Dialect { separator: Some(Separator::Tab), header: false, guarded: true };
    for media in ["text/csv", "text/csv; header=absent", "text/tab-separated-values"] {
        assert_eq!(read(&said, Side::Request, media), Some(Format::Csv(tabs)), "{media}");
    }
}

#[test]
fn a_rule_knows_its_place_and_whether_it_must_select_and_store() {
    let found = route(
        "    unmatched: refuse\n    request:\n      body:\n        $.p: { class: phone, required: true }\n        $.d: { decode: json, fields: { $.e: email } }\n      query: { $.e: { class: email, lookup: true } }\n    response: { body: { $.e: { class: email, required: false } } }\n",
    );
    assert_eq!(found.unmatched, Unmatched::Refuse);
    assert_eq!(found.at.to_string(), "r.yaml:3:9");
    let told: Vec<String> = found
        .request
        .rules()
        .iter()
        .map(|rule| format!("{} {} {:?} {:?}", rule.at, rule.selector, rule.presence, rule.storage))
        .collect();
    assert_eq!(
        told,
        [
            "r.yaml:9:9 $.d Optional Store",
            "r.yaml:9:40 $.e Optional Store",
            "r.yaml:8:9 $.p Required Store",
            "r.yaml:10:16 $.e Optional LookUp"
        ]
    );
    let numbers: Vec<usize> = found.request.rules().iter().map(|rule| rule.number).collect();
    assert_eq!(numbers, [0, 1, 2, 3]);
    let answer = found.response.rules();
    assert_eq!((answer[0].presence, answer[0].storage), (Presence::Optional, Storage::Store));
}
