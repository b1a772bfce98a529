//! What is legal and deserves a look.

use super::helpers::file;
use super::helpers::load;
use super::helpers::told;

fn warnings(routes: &str) -> Vec<String> {
    let text = format!("classes: {{ email: {{}}, phone: {{}} }}\nroutes:\n{routes}");
    match load(&[file("r.yaml", &text)]) {
        Ok((_, found)) => told(&found),
        Err(found) => panic!("{:#?}", told(&found)),
    }
}

#[test]
fn a_sound_file_has_no_warnings() {
    let sound = "  - id: a\n    match: { path: /a/** }\n    subject: $.id\n    request: { body: { $.e: email, $.p: phone }, query: { $.e: email } }\n    response: { body: { $..e: email } }\n";
    assert_eq!(warnings(sound), Vec::<String>::new());
}

#[test]
fn tells_what_is_legal_and_suspicious() {
    for (route, wanted) in [
        (
            "  - { id: a, match: {}, response: { body: { $.e: email } } }\n",
            "r.yaml:3:11: warning: `email` is revealed here, but no rule ever tokenizes it: `a`\n    hint: is a rule for requests missing?",
        ),
        (
            "  - { id: a, match: { method: GET }, request: { body: { $.e: email } } }\n",
            "r.yaml:3:11: warning: this route has rules for request bodies, but its methods have none: `a`\n    hint: are `POST`, `PUT` or `PATCH` missing?",
        ),
        (
            "  - { id: a, match: {}, request: { body: { $.p: phone }, query: { $.e: email } } }\n",
            "r.yaml:3:11: warning: `email` is tokenized in the query of requests, not in the body: `a`\n    hint: a value that comes in the other place goes through in clear",
        ),
        (
            "  - { id: a, match: {}, subject: $.id }\n",
            "r.yaml:3:11: warning: this route has a subject, but no rules: `a`\n    hint: there is nothing to bind to it",
        ),
        (
            "  - { id: a, match: { host: h.example }, request: { body: { $.e: email } } }\n",
            "r.yaml:3:11: warning: other host names reach the same upstream without these rules: `a`\n    hint: the route is for some hosts, but its upstream is the default of all; take `host` out, or give it an upstream that is not the default",
        ),
        (
            "  - { id: a, match: { method: [POST, PUT] }, request: { body: { $.e: email } } }\n",
            "r.yaml:3:11: warning: bodies of PATCH pass this path without rules: `a`\n    hint: add the methods if the application takes them, or take `method` out",
        ),
    ] {
        assert_eq!(warnings(route), [wanted], "{route}");
    }
}

#[test]
fn tells_slips_of_the_pen() {
    for (route, wanted) in [
        (
            "  - { id: a, match: { method: POST }, request: { query: { $.e: { class: email, lookup: true } }, body: { $.p: phone, $.e: { class: email, lookup: true } } } }\n",
            "`lookup` in a place that stores: what the application keeps of it can never be read again: `$.e`\n    hint: give searches a route of their own, or take the key out",
        ),
        (
            "  - { id: a, match: {}, request: { body: { $.e: { class: email, lookup: true } } } }\n",
            "`lookup` in a place that stores: what the application keeps of it can never be read again: `$.e`\n    hint: give searches a route of their own, or take the key out",
        ),
        (
            "  - { id: a, match: {}, request: { body: { $.e: email } }, response: { body: { $.e: { class: email, required: true } } } }\n",
            "`required` refuses nothing where tokens become values: `true`\n    hint: take the key out; what no rule selected is counted all the same",
        ),
        (
            "  - { id: a, match: {}, request: { body: { $.e: email, \"$['@e']\": email } } }\n",
            "this selects an attribute of XML, and the route does not read XML here: `$['@e']`\n    hint: add `xml` to `body_format`",
        ),
        (
            "  - { id: a, match: {}, files: { f: csv }, request: { body: { $.e: email } } }\n",
            "files come in multipart forms, and the route does not read them: `f`\n    hint: add `multipart` to `body_format`",
        ),
        (
            "  - { id: a, match: {}, body_format: json, csv: { header: false }, request: { body: { $.e: email } } }\n",
            "`csv` says how CSV is read, and the route reads none: `a`\n    hint: add `csv` to `body_format`, or take `csv` out",
        ),
    ] {
        let found = warnings(route);
        let told =
            |each: &String| each.split_once("warning: ").is_some_and(|(_, told)| told == wanted);
        assert!(found.iter().any(told), "{route}{found:#?}");
    }
    let sound = "  - { id: a, match: { method: [POST, QUERY] }, body_format: [form, xml, multipart], files: { f: csv }, csv: { header: false }, request: { query: { $.e: { class: email, lookup: true } }, body: { $.e: email, '$.e[*]': email, \"$['@e']\": email } } }\n";
    let found = warnings(sound);
    assert!(found.iter().all(|each| each.contains("bodies of PUT, PATCH pass")), "{found:#?}");
}

#[test]
fn tells_which_selectors_need_the_whole_document() {
    let found = warnings(
        "  - id: a\n    match: {}\n    request:\n      body:\n        \"$.a[?@.b == 'c'].d\": email\n",
    );
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("r.yaml:7:9: warning: "), "{found:?}");
    assert!(found[0].contains("`$.a[?@.b == 'c'].d`"), "{found:?}");
}

#[test]
fn tells_once_per_place_how_many_selectors_need_the_whole_document() {
    let selectors: String =
        ["b", "c", "d"].map(|name| format!("\"$.a[?@.n == '{name}'].v\": email, ")).concat();
    for (names, told) in [
        (
            "$.x: email, ",
            "; so do 2 more selectors of this place: `$.a[?@.n == 'b'].v`\n    hint: such a document takes several times its length in memory",
        ),
        ("\"$.x[-1]\": email, ", "; so do 3 more selectors of this place"),
    ] {
        let found = warnings(&format!(
            "  - id: a\n    match: {{}}\n    request: {{ body: {{ {selectors}{names} }} }}\n    response: {{ body: {{ \"$.a[?@.n == 'b'].v\": email }} }}\n"
        ));
        assert_eq!(found.len(), 2, "{found:#?}");
        assert!(found[0].starts_with("r.yaml:5:24: warning: "), "{found:#?}");
        assert!(found[0].contains(told), "{found:#?}");
        assert!(
            found[1].starts_with("r.yaml:6:25: warning: ") && !found[1].contains("more"),
            "{found:#?}"
        );
    }
}

#[test]
fn tells_of_classes_with_few_values_and_of_the_example_domain() {
    let text = "classes: { dob: {}, email: {} }\n";
    let around = cloakroom::rules::CompileContext {
        upstreams: &[],
        default_upstream: None,
        email_domain: "token.example.com",
        email_domain_is_own: false,
    };
    let (_, found) = cloakroom::rules::RuleSet::load(&[file("r.yaml", text)], &around).unwrap();
    let found = told(&found);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("r.yaml:1:12: warning: this class has few different values"));
    assert!(
        found[1].starts_with(
            "r.yaml:1:21: warning: e-mail tokens of this class are at an example domain"
        )
    );
}
