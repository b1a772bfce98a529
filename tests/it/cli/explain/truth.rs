//! What it says becomes of a scalar is what becomes of it on the wire.

use serde_json::Value;

use crate::harness::canned::Canned;
use crate::harness::gateway::Site;
use crate::harness::gateway::Store;

use super::POLICIES;
use super::RULES;

/// The value at a normalized path.
fn at<'v>(document: &'v Value, path: &str) -> &'v Value {
    let steps = path.trim_start_matches('$').split(['[', ']']).filter(|step| !step.is_empty());
    steps.fold(document, |value, step| match step.strip_prefix('\'') {
        Some(name) => &value[name.trim_end_matches('\'')],
        None => &value[step.parse::<usize>().unwrap()],
    })
}

#[test]
fn says_what_the_gateway_does() {
    let application = Canned::start();
    let site = Site::before(Store::Embedded, application.address);
    site.write("rules/rules.yaml", RULES);
    site.write("rules/policies.cedar", POLICIES);
    let gateway = site.serve();
    for body in [
        r#"{"email":"ada@canary.example","child":[{"email":"kid@canary.example"},{"email":7}],"x":"y"}"#,
        r#"{"note":"n","name":"Ada","phone":{"home":"12","work":[34,null]},"user":{"mail":"a@b.example","email":""}}"#,
        r#"{"name":"A.","note":"[redacted]","gone":false,"email":["a@b.example",{"email":"c@d.example","k":"v"}]}"#,
    ] {
        let head =
            "POST /people/7 HTTP/1.1\r\nhost: shop.example\r\ncontent-type: application/json\r\n";
        let sent = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
        let answer = gateway.anonymous().exchange(sent.as_bytes()).unwrap();
        let file = site.path("r.http");
        std::fs::write(&file, &sent).unwrap();
        let ran = site.run(&["explain", "--json", file.to_str().unwrap()]);
        let report = ran.json();
        assert_eq!(answer.status < 300, ran.code == 0, "{} {report:#}", answer.text());
        if answer.status >= 300 {
            assert_eq!(answer.code(), report["request"]["problem"]["code"]);
            continue;
        }
        let before: Value = serde_json::from_str(body).unwrap();
        let after: Value = serde_json::from_slice(&application.last().body).unwrap();
        let places = report["request"]["places"].as_array().unwrap();
        let leaves =
            places.iter().find(|place| place["place"] == "body").unwrap()["leaves"].as_array();
        for leaf in leaves.unwrap() {
            let path = leaf["path"].as_str().unwrap();
            let (old, new) = (at(&before, path), at(&after, path));
            match leaf["becomes"].as_str().unwrap() {
                "token" => {
                    assert!(new != old && new.as_str().unwrap().starts_with("ck"), "{path} {new}");
                }
                "redacted" => assert_eq!(new, "[redacted]", "{path}"),
                "mask" => assert!(new != old && new != "[redacted]", "{path} {new}"),
                stays => assert_eq!(new, old, "{path} {stays}"),
            }
        }
    }
}
