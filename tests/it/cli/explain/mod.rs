//! `explain`: what it says of messages, and that it says nothing of their values.

mod silent;
mod truth;

use serde_json::Value;

use crate::harness::gateway::Ran;
use crate::harness::gateway::Site;
use crate::harness::gateway::Store;

const RULES: &str = r#"
classes:
  email: { shape: email, mask: email, in: contact }
  name: { mask: initial, in: contact }
  phone: { mask: last2 }
routes:
  - id: people
    match: { path: "/people/{id}/**", method: [GET, POST] }
    body_format: [json, form, multipart, xml, csv, ndjson, html, text]
    subject: { path: $.id }
    request:
      body: { $.email: email, $..email: email, $.phone: phone, $.gone: name, $.note: { class: name, action: redact }, $.user.mail: email,
              $.blob: { decode: json, fields: { $.mail: email } }, $.name: { class: name, action: mask } }
      query: { $.email: email }
      cookie: { $.who: name }
    response:
      body: { $..email: email, $..phone: phone, $..name: name }
      text: [email, name]
  - id: strict
    match: { path: /strict }
    sentinel: enforce
    request: { body: { $.email: email } }
  - id: required
    match: { path: /required }
    request: { body: { $.email: { class: email, required: true }, $.name: name } }
  - id: unmatched
    match: { path: /unmatched }
    unmatched: refuse
    request: { body: { $.email: email, $.name: name } }
  - id: out
    match: { path: /out }
    direction: egress
    request: { body: { $.email: email } }
    response: { body: { $.name: name } }
  - id: elsewhere
    match: { host: other.example, path: "/people/{id}" }
    request: { body: { $.email: email } }
  - id: plain
    match: { path: /plain/** }
"#;

const POLICIES: &str = r#"
@id("desk") permit (principal in Group::"support", action == Action::"reveal", resource in Class::"contact")
  when { context.purpose == "ticket" };
@id("clerks") permit (principal in Group::"clerks", action == Action::"mask", resource in Class::"contact");
@id("editors") permit (principal in Group::"editors", action == Action::"submit", resource);
"#;

const DESK: &str = "service desk groups=support purpose=ticket";

pub(super) struct Explainer(pub(super) Site);

impl Explainer {
    pub(super) fn new() -> Self {
        // Nothing listens there, and the keyring is gone: nobody is asked.
        let site = Site::before(Store::Embedded, ([127, 0, 0, 1], 1).into());
        std::fs::remove_file(site.path("keyring.json")).unwrap();
        site.write("rules/rules.yaml", RULES);
        site.write("rules/policies.cedar", POLICIES);
        Self(site)
    }

    pub(super) fn file(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.0.path(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn ran(&self, request: &str, more: &[&str]) -> Ran {
        let file = self.file("request.http", request.as_bytes());
        self.0.run(&[&["explain", file.as_str()], more].concat())
    }

    /// The exit code and the document for a request.
    fn request(&self, request: &str) -> (i32, Value) {
        let ran = self.ran(request, &["--json"]);
        assert_eq!(ran.err, "", "{ran:?}");
        (ran.code, ran.json())
    }

    /// The exit code and the document for an answer to `GET /people/1`.
    fn answer(&self, answer: &str, caller: &str) -> (i32, Value) {
        let file = self.file("answer.http", answer.as_bytes());
        let words = ["--json", "--answer", file.as_str(), "--as", caller];
        let ran = self.ran("GET /people/1 HTTP/1.1\n\n", &words);
        assert_eq!(ran.err, "", "{ran:?}");
        (ran.code, ran.json())
    }
}

/// A place of a leg.
fn place<'v>(leg: &'v Value, name: &str) -> &'v Value {
    let places = leg["places"].as_array().unwrap();
    places.iter().find(|place| place["place"] == name).unwrap_or_else(|| panic!("{name}: {leg:#}"))
}

/// What becomes of every scalar of a place, by its path.
fn leaves(leg: &Value, name: &str) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let leaves = place(leg, name)["leaves"].as_array().unwrap();
    leaves.iter().map(|leaf| (text(&leaf["path"]), text(&leaf["becomes"]))).collect()
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(path, becomes)| ((*path).to_owned(), (*becomes).to_owned())).collect()
}

/// Selector, how many it selects, on how many it decides, and why it does nothing.
fn rules(leg: &Value, name: &str) -> Vec<(String, u64, u64, Option<String>)> {
    let rules = place(leg, name)["rules"].as_array().unwrap();
    let rule = |rule: &Value| {
        let number = |key: &str| rule[key].as_u64().unwrap();
        let selector = rule["selector"].as_str().unwrap().to_owned();
        (selector, number("selects"), number("decides"), rule["why"].as_str().map(str::to_owned))
    };
    rules.iter().map(rule).collect()
}

fn post(target: &str, media_type: &str, body: &str) -> String {
    format!("POST {target} HTTP/1.1\nhost: shop.example\ncontent-type: {media_type}\n\n{body}\n")
}

const JSON: &str = r#"{"email":"ada@canary.example","child":{"email":"kid@canary.example"},"phone":null,"note":"call back","name":"Ada",
"blob":"{\"mail\":\"bob@canary.example\",\"n\":1}","city":"London","ok":true}"#;

#[test]
fn json_scalars_and_rules_are_told() {
    let explainer = Explainer::new();
    let (code, report) = explainer.request(&post("/people/7", "application/json", JSON));
    assert_eq!((code, &report["clean"]), (0, &true.into()), "{report:#}");
    let leg = &report["request"];
    assert_eq!(
        leaves(leg, "body"),
        owned(&[
            ("$['email']", "token"),
            ("$['child']['email']", "token"),
            ("$['phone']", "blank"),
            ("$['note']", "redacted"),
            ("$['name']", "mask"),
            ("$['blob']", "decoded"),
            ("$['blob'] > $['mail']", "token"),
            ("$['blob'] > $['n']", "not_selected"),
            ("$['city']", "not_selected"),
            ("$['ok']", "not_selected"),
        ])
    );
    let found = rules(leg, "body");
    for (selector, selects, decides, why) in [
        ("$.email", 1, 1, None),
        ("$..email", 2, 1, None),
        ("$.phone", 0, 0, Some("blank")),
        ("$.gone", 0, 0, Some("finds_nothing")),
        ("$.blob > $.mail", 1, 1, None),
    ] {
        let wanted = (selector.to_owned(), selects, decides, why.map(str::to_owned));
        assert!(found.contains(&wanted), "{wanted:?} {found:?}");
    }
    assert_eq!(rules(leg, "query"), [("$.email".into(), 0, 0, Some("place_absent".into()))]);
    assert_eq!(leaves(leg, "path"), owned(&[("$['id']", "subject")]));
    let body = place(leg, "body");
    assert_eq!((&body["format"], &body["charset"]), (&"json".into(), &"UTF-8".into()));
    let first = &body["leaves"][0];
    assert_eq!((&first["kind"], &first["characters"]), (&"text".into(), &18.into()));
    assert_eq!((&first["class"], &first["rule"]), (&"email".into(), &"$.email".into()));
}

#[test]
fn forms_queries_cookies_and_places_without_rules_are_told() {
    let explainer = Explainer::new();
    let request = "POST /people/7?email=a%40canary.example&page=2 HTTP/1.1\ncookie: who=Ada; sid=9\nx-note: hello\n\
                   content-type: application/x-www-form-urlencoded\n\nuser[mail]=b%40canary.example&x=\n";
    let (code, report) = explainer.request(request);
    assert_eq!((code, &report["host_assumed"]), (0, &"shop.example.com".into()), "{report:#}");
    let leg = &report["request"];
    let form = owned(&[("$['user[mail]']", "token"), ("$['x']", "not_selected")]);
    assert_eq!(leaves(leg, "body"), form);
    assert_eq!(place(leg, "body")["leaves"][0]["also"][0], "$['user']['mail']");
    let query = owned(&[("$['email']", "token"), ("$['page']", "not_selected")]);
    assert_eq!(leaves(leg, "query"), query);
    let cookies = owned(&[("$['who']", "token"), ("$['sid']", "not_selected")]);
    assert_eq!(leaves(leg, "cookie"), cookies);
    assert_eq!(leaves(leg, "header"), owned(&[("$['x-note']", "no_rules")]));
    assert_eq!(place(leg, "header")["ruled"], false);
}

#[test]
fn xml_coded_and_long_documents_are_told() {
    let explainer = Explainer::new();
    let xml = "<p><email kind='w'>a@canary.example</email><email/></p>";
    let (code, report) = explainer.request(&post("/people/7", "text/xml; charset=iso-8859-1", xml));
    assert_eq!(code, 0, "{report:#}");
    assert_eq!(
        leaves(&report["request"], "body"),
        owned(&[
            ("$['p']['email'][0]", "token"),
            ("$['p']['email'][0]['@kind']", "not_selected"),
            ("$['p']['email'][1]", "blank"),
        ])
    );
    assert_eq!(place(&report["request"], "body")["charset"], "windows-1252");

    let head =
        b"POST /people/7 HTTP/1.1\ncontent-type: application/json\ncontent-encoding: gzip\n\n";
    let chain = cloakroom::coding::Chain::new(&[cloakroom::coding::Coding::Gzip]).unwrap();
    let coded = cloakroom::coding::encode(&chain, b"{\"email\":\"a@canary.example\"}").unwrap();
    let file = explainer.file("coded.http", &[head.as_slice(), &coded].concat());
    let ran = explainer.0.run(&["explain", "--json", &file]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(place(&ran.json()["request"], "body")["codings"][0], "gzip");

    let many = format!("[{}{{\"email\":\"a@canary.example\"}}]", "1,".repeat(500));
    let ran =
        explainer.ran(&post("/people/7", "application/json", &many), &["--most", "7", "--json"]);
    let report = ran.json();
    let body = place(&report["request"], "body");
    assert_eq!((body["leaves"].as_array().unwrap().len(), &body["unlisted"]), (7, &494.into()));
    assert_eq!(rules(&report["request"], "body")[0].3.as_deref(), Some("finds_nothing"));
    let ran = explainer.ran(&post("/people/7", "application/json", &many), &["--most", "7"]);
    assert!(ran.out.contains("and 494 more, not listed (--most)"), "{}", ran.out);
}

#[test]
fn a_refusal_is_told_with_code_place_reason_and_byte() {
    let explainer = Explainer::new();
    let json = "application/json";
    let twice = post("/people/7", json, r#"{"email":"ada@canary.example","email":"x"}"#);
    for (request, code, place, reason, offset) in [
        (twice, "document-refused", "body", "duplicate_key", 31),
        (post("/people/7", "image/png", "x"), "media-type-unsupported", "", "", 0),
        (post("/people/7", json, "{\"email\":1"), "document-refused", "body", "unexpected_end", 10),
        (
            post("/people/7", json, r#"{"email":"ck1em8jc6k2qfgh4m9xtb5c7vnwr0@token.shop.test"}"#),
            "token-not-accepted",
            "",
            "",
            0,
        ),
        (
            post("/people/7", json, r#"{"name":"x","email":"a***@b.example"}"#),
            "mask-not-accepted",
            "",
            "",
            0,
        ),
        ("GET /people/../people/7%2f..%2fx HTTP/1.1\n\n".to_owned(), "path-ambiguous", "", "", 0),
        ("GET /people/7 HTTP/1.1\nhost: a\nhost: b\n\n".to_owned(), "host-repeated", "", "", 0),
        ("GET /nowhere HTTP/1.1\nexpect: tea\n\n".to_owned(), "unknown-expectation", "", "", 0),
    ] {
        let (exit, report) = explainer.request(&request);
        let problem = &report["request"]["problem"];
        assert_eq!((exit, &problem["code"]), (1, &code.into()), "{report:#}");
        if !place.is_empty() {
            assert_eq!(problem["place"], place);
            assert_eq!((&problem["reason"], &problem["offset"]), (&reason.into(), &offset.into()));
        }
        let plain = explainer.ran(&request, &[]);
        assert_eq!(plain.code, 1);
        assert!(plain.out.starts_with(&format!("request: refused, {code}")), "{}", plain.out);
    }
}

#[test]
fn rules_for_a_body_that_cannot_be_read_say_so() {
    let explainer = Explainer::new();
    let (_, report) = explainer.request(&post("/people/7", "text/vcard", "FN:Ada"));
    let (_, absent) = explainer.request("GET /people/7 HTTP/1.1\nhost: shop.example\n\n");
    let whys = |report: &Value| -> Vec<Option<String>> {
        rules(&report["request"], "body").into_iter().map(|(.., why)| why).collect()
    };
    assert!(!whys(&report).is_empty());
    assert!(whys(&report).iter().all(|why| why.as_deref() == Some("unreadable")), "{report:#}");
    assert!(whys(&absent).iter().all(|why| why.as_deref() == Some("place_absent")), "{absent:#}");
}

#[test]
fn a_token_passes_from_whom_a_policy_lets_submit_it() {
    let explainer = Explainer::new();
    let body = r#"{"email":"ck1em8jc6k2qfgh4m9xtb5c7vnwr0"}"#;
    let request = post("/people/7", "application/json", body);
    let ran = explainer.ran(&request, &["--json", "--as", "service ed groups=editors"]);
    let report = ran.json();
    assert_eq!((ran.code, &report["tokens_by_form"]), (0, &1.into()), "{report:#}");
    assert_eq!(leaves(&report["request"], "body"), owned(&[("$['email']", "same_token")]));
    assert_eq!(place(&report["request"], "body")["leaves"][0]["token"], "email");
}

#[test]
fn routes_that_lose_say_why() {
    let explainer = Explainer::new();
    let (_, report) = explainer.request("PUT /people/7 HTTP/1.1\nhost: other.example:8443\n\n");
    assert_eq!(report["route"]["id"], "elsewhere");
    let why = |report: &Value, id: &str| {
        let others = report["others"].as_array().unwrap();
        others.iter().find(|other| other["id"] == id).unwrap()["misfits"].clone()
    };
    assert_eq!(why(&report, "people"), serde_json::json!(["method"]));
    let (_, report) = explainer.request("GET /people/7 HTTP/1.1\nhost: other.example\n\n");
    assert_eq!(
        (&report["route"]["id"], why(&report, "people")),
        (&"elsewhere".into(), serde_json::json!([]))
    );
    let (_, report) = explainer.request("GET /people/7 HTTP/1.1\nhost: shop.example\n\n");
    assert_eq!(why(&report, "elsewhere"), serde_json::json!(["host"]));
    assert_eq!(why(&report, "strict"), serde_json::json!(["path"]));
    let (code, report) = explainer.request("GET /nowhere HTTP/1.1\n\n");
    assert_eq!(
        (code, &report["route"], &report["default_upstream"]),
        (0, &Value::Null, &"app".into())
    );
    let ran = explainer.ran("GET /people/7 HTTP/1.1\nhost: other.example\n\n", &[]);
    assert!(ran.out.contains("not people"), "{}", ran.out);
    assert!(ran.out.contains("less specific"), "{}", ran.out);
    let (_, report) = explainer.request("GET /people/%2e%2e/people/7 HTTP/1.1\n\n");
    assert!(report["readings"].as_u64().unwrap() > 1, "{report:#}");
}

#[test]
fn a_request_that_goes_nowhere_is_told() {
    let explainer = Explainer::new();
    let config = std::fs::read_to_string(explainer.0.path("cloakroom.yaml")).unwrap();
    let two = config.replace("upstreams: { ", "upstreams: { spare: \"http://127.0.0.1:2\", ");
    explainer.0.write("two.yaml", &two);
    let rules = "routes:\n  - id: a\n    match: { path: /a }\n    upstream: app\n";
    explainer.0.write("rules/rules.yaml", rules);
    explainer.0.write("rules/policies.cedar", "");
    let request = explainer.file("r.http", b"GET /nowhere HTTP/1.1\n\n");
    let ran = explainer.0.run_on("two.yaml", &["explain", "--json", &request]);
    assert_eq!((ran.code, &ran.json()["request"]["problem"]["code"]), (1, &"no-route".into()));
}

#[test]
fn leaks_are_told_with_class_and_place() {
    let explainer = Explainer::new();
    let body = r#"{"email":"ada@canary.example","text":"mail ada@canary.example"}"#;
    let (code, report) = explainer.request(&post("/people/7", "application/json", body));
    let leak = serde_json::json!([{ "class": "email", "place": "body", "refused": false }]);
    assert_eq!((code, &report["clean"], &report["request"]["leaks"]), (1, &false.into(), &leak));
    assert_eq!(report["request"]["problem"], Value::Null);
    let (code, report) = explainer.request(&post("/strict", "application/json", body));
    assert_eq!((code, &report["request"]["problem"]["code"]), (1, &"leak-detected".into()));
    assert_eq!(report["request"]["leaks"][0]["refused"], true);
    let plain = explainer.ran(&post("/people/7", "application/json", body), &[]);
    assert!(plain.out.contains("leak: a value of email stands in the body, too"), "{}", plain.out);
}

#[test]
fn an_answer_is_told_for_its_caller() {
    let explainer = Explainer::new();
    let answer = "HTTP/1.1 200 OK\ncontent-type: application/json\n\n\
                  {\"email\":\"{{token:email:ada@canary.example}}\",\"name\":\"clear\",\"phone\":\"{{token:phone:+49151770}}\",\
                  \"note\":\"{{token:name:Ada}}\",\"x\":{\"email\":\"{{token:name:Ada}}\"}}\n";
    for (caller, email) in
        [(DESK, "value"), ("service c groups=clerks", "mask_shown"), ("anonymous", "token_stays")]
    {
        let (code, report) = explainer.answer(answer, caller);
        assert_eq!(code, 0, "{report:#}");
        assert_eq!(
            leaves(&report["answer"], "body"),
            owned(&[
                ("$['email']", email),
                ("$['name']", "no_token"),
                ("$['phone']", "token_stays"),
                ("$['note']", "not_selected"),
                ("$['x']['email']", "other_class"),
            ])
        );
        assert_eq!(place(&report["answer"], "body")["leaves"][3]["token"], "name");
    }
    let (_, report) = explainer.answer(answer, DESK);
    let email = serde_json::json!({ "class": "email", "sees": "reveal", "policies": ["desk"], "because": null });
    assert!(report["answer"]["sight"].as_array().unwrap().contains(&email), "{report:#}");
    let (_, report) = explainer.answer(answer, "anonymous");
    let none = serde_json::json!({ "class": "phone", "sees": "token", "policies": [], "because": "not-permitted" });
    assert!(report["answer"]["sight"].as_array().unwrap().contains(&none), "{report:#}");
}

#[test]
fn tokens_of_a_page_are_told_with_their_contexts() {
    let explainer = Explainer::new();
    let page = "HTTP/1.1 200 OK\ncontent-type: text/html\nlocation: /people/{{token:email:a@canary.example}}\n\n\
                <meta charset=utf-8><p>{{token:email:a@canary.example}}</p><input value=\"{{token:name:Ada}}\">\
                <script>x = '{{token:name:Ada}}'</script><!-- {{token:name:Ada}} --><b>{{token:phone:123456}}</b>\n";
    let (code, report) = explainer.answer(page, DESK);
    assert_eq!(code, 0, "{report:#}");
    let tokens = report["answer"]["text"]["tokens"].as_array().unwrap();
    let token = |token: &Value| {
        ["place", "class", "context", "becomes"].map(|key| token[key].as_str().unwrap().to_owned())
    };
    let found: Vec<_> = tokens.iter().map(token).collect();
    assert_eq!(
        found,
        [
            ["body", "email", "text", "value"],
            ["body", "name", "attribute", "value"],
            ["body", "name", "script", "token_stays"],
            ["body", "name", "markup", "token_stays"],
            ["body", "phone", "text", "not_selected"],
            ["location", "email", "url", "value"],
        ]
    );
    assert_eq!(report["answer"]["text"]["tokens"][0]["offset"], 23);
    let (code, report) =
        explainer.answer("HTTP/1.1 200 OK\ncontent-type: text/html\n\n<p>x\n", DESK);
    assert_eq!((code, &report["answer"]["unrevealed"]), (0, &"charset".into()));
}

#[test]
fn on_egress_the_legs_swap_their_work() {
    let explainer = Explainer::new();
    let request =
        post("/out", "application/json", r#"{"email":"{{token:email:a@canary.example}}"}"#);
    let request = explainer.file("egress.http", request.as_bytes());
    let good = "HTTP/1.1 200 OK\ncontent-type: application/json\n\n{\"name\":\"Ada\"}\n";
    let good = explainer.file("good.http", good.as_bytes());
    let bad =
        explainer.file("bad.http", b"HTTP/1.1 200 OK\ncontent-type: application/pdf\n\nAda\n");
    let explain = |answer: &str| {
        let ran =
            explainer.0.run(&["explain", "--json", &request, "--answer", answer, "--as", DESK]);
        (ran.code, ran.json())
    };
    let (code, report) = explain(&good);
    assert_eq!(code, 0, "{report:#}");
    assert_eq!(leaves(&report["request"], "body"), owned(&[("$['email']", "value")]));
    assert_eq!(leaves(&report["answer"], "body"), owned(&[("$['name']", "token")]));
    let (code, report) = explain(&bad);
    let problem = &report["answer"]["problem"];
    assert_eq!((code, &problem["code"]), (1, &"response-uninspectable".into()));
    assert_eq!(problem["reason"], "media_type");
}

#[test]
fn exit_codes_tell_usage_from_files_that_are_not_there() {
    let explainer = Explainer::new();
    let request = explainer.file("r.http", b"GET /plain/x HTTP/1.1\n\n");
    assert_eq!(explainer.0.run(&["explain", &request]).code, 0);
    assert_eq!(explainer.0.run(&["explain"]).code, 2);
    assert_eq!(explainer.0.run(&["explain", &request, "--as", "root"]).code, 2);
    assert_eq!(explainer.0.run(&["explain", "-", "--answer", "-"]).code, 2);
    let gone = explainer.0.run(&["explain", "/nowhere/r.http"]);
    assert_eq!(gone.code, 3);
    assert!(gone.err.contains("/nowhere/r.http"), "{gone:?}");
    let broken = explainer.file("b.http", b"GET / HTTP/1.1\nno field\n\n");
    let ran = explainer.0.run(&["explain", &broken]);
    assert_eq!((ran.code, ran.err.trim()), (3, "error: request, line 2: no `name: value`"));
    explainer.0.write("rules/rules.yaml", "routes: 7");
    assert_eq!(explainer.0.run(&["explain", &request]).code, 3);
}

#[test]
fn says_which_rule_refused_a_message_that_it_found_nothing_in() {
    let explainer = Explainer::new();
    let post = |path: &str, body: &str| {
        format!("POST {path} HTTP/1.1\nhost: a.example\ncontent-type: application/json\n\n{body}")
    };
    let whys = |leg: &Value| -> Vec<String> {
        let rules = place(leg, "body")["rules"].as_array().unwrap();
        rules.iter().map(|rule| rule["why"].as_str().unwrap_or("met").to_owned()).collect()
    };
    let (code, found) =
        explainer.request(&post("/required", r#"{"name":"Ada","mail":"a@b.example"}"#));
    assert_eq!((code, &found["request"]["problem"]["code"]), (1, &Value::from("required-field")));
    assert_eq!(whys(&found["request"]), ["required", "met"]);
    let expected = owned(&[("$['name']", "refused"), ("$['mail']", "not_selected")]);
    assert_eq!(leaves(&found["request"], "body"), expected);

    let unmatched = post("/unmatched", r#"{"mail":"a@b.example"}"#);
    let (code, found) = explainer.request(&unmatched);
    assert_eq!((code, &found["request"]["problem"]["code"]), (1, &Value::from("unmatched")));
    assert_eq!(whys(&found["request"]), ["unmatched", "unmatched"]);
    let text = explainer.ran(&unmatched, &[]).out;
    assert!(text.contains("so the message is refused, unmatched"), "{text}");
    assert!(!text.contains("not in this message"), "{text}");

    let (code, found) = explainer.request(&post("/required", r#"{"email":"a@b.example"}"#));
    assert_eq!(
        (code, whys(&found["request"])),
        (0, vec!["met".to_owned(), "finds_nothing".to_owned()])
    );
}
