//! Every mistake: where, what, and what to do.

use super::helpers::file;
use super::helpers::load;
use super::helpers::mistakes;
use super::helpers::told;

/// A file with one class and one route, with lines put in.
fn with(route: &str) -> String {
    format!(
        "classes: {{ email: {{}}, name: {{}} }}\nroutes:\n  - id: users\n    match: {{ path: /users }}\n{route}"
    )
}

#[test]
fn all_mistakes_of_all_files_are_told_at_once() {
    let one = "clases: {}\nroutes:\n  - id: a\n    match: { path: users }\n    upstream: shp\n    request: { body: { $.x: emial, $..: email } }\n";
    let two = "classes:\n  email: { shape: emial }\n  custom: {}\nroutes:\n  - id: a\n    math: {}\n  - id: b\n    match: {}\n    request: { header: { $.x-mail: email } }\n";
    let found = load(&[file("one.yaml", one), file("two.yaml", two)]).unwrap_err();
    assert_eq!(
        told(&found),
        [
            "one.yaml:1:1: error: unknown key: `clases`\n    hint: did you mean `classes`?",
            "one.yaml:4:20: error: a path pattern starts with `/`: `users`",
            "one.yaml:5:15: error: the configuration has no upstream of this name: `shp`\n    hint: did you mean `shop`?",
            "one.yaml:6:29: error: no class of this name is defined: `emial`\n    hint: did you mean `email`?",
            "one.yaml:6:36: error: not a selector: not a query of RFC 9535: `$..`\n    hint: at character 4 of the selector",
            "two.yaml:2:19: error: not a `shape`: `emial`\n    hint: did you mean `email`?",
            "two.yaml:3:3: error: this class is not built in and has no code: `custom`\n    hint: add `code: xy`, two characters of 0123456789abcdefghjkmnpqrstvwxyz; it goes into every token and can never change",
            "two.yaml:6:5: error: unknown key: `math`\n    hint: did you mean `match`?",
            "two.yaml:9:26: error: not a selector: a name with `-` stands in brackets and quotes: `['a-b']`: `$.x-mail`\n    hint: at character 4 of the selector",
        ]
    );
}

#[test]
fn a_text_with_tokens_is_for_answers_and_stands_alone() {
    for (route, wanted) in [
        ("    request: { body: { $.x: { text: [name] } } }\n", "values become tokens here"),
        ("    response: { body: { $.x: { text: [] } } }\n", "there are no classes here"),
        ("    response: { body: { $.x: { text: [nme] } } }\n", "no class of this name is defined"),
        (
            "    response: { body: { $.x: { text: [name], class: name } } }\n",
            "a text in which tokens are looked for has no other keys",
        ),
    ] {
        let found = told(&load(&[file("rules.yaml", &with(route))]).unwrap_err());
        assert!(found.iter().any(|line| line.contains(wanted)), "{found:?}");
    }
    let route = "    response: { body: { $.x: { text: [name, email], on_container: reject } } }\n";
    assert!(load(&[file("rules.yaml", &with(route))]).is_ok());
}

#[test]
fn a_character_set_is_one_that_forms_can_be_in() {
    for label in ["made-up", "utf-7", "utf-16le", "utf-16", "iso-2022-jp", "hz-gb-2312", "''"] {
        let text =
            with(&format!("    charset: {label}\n    request: {{ body: {{ $.x: name }} }}\n"));
        let found = told(&load(&[file("rules.yaml", &text)]).unwrap_err());
        assert_eq!(found.len(), 1, "{label}");
        assert!(
            found[0].starts_with("rules.yaml:5:14: error: not a character set that is read here"),
            "{found:?}"
        );
    }
    let text = with("    request: { body: { $.x: name } }\n");
    let found = told(&load(&[file("rules.yaml", &format!("charset: utf-7\n{text}"))]).unwrap_err());
    assert!(found[0].starts_with("rules.yaml:1:10: error: "), "{found:?}");
    for label in ["windows-1252", "ISO-8859-1", "shift_jis", "utf-8"] {
        assert!(
            load(&[file("rules.yaml", &format!("charset: {label}\n{text}"))]).is_ok(),
            "{label}"
        );
    }
}

#[test]
fn what_is_not_supported_yet_is_refused_and_never_ignored() {
    for (route, wanted) in [
        (
            "    request: { body: { $.x: { class: name, action: drop } } }\n",
            "r.yaml:5:52: error: this action is not supported yet in this version: `drop`\n    hint: there is: tokenize, mask, redact, reveal",
        ),
        (
            "    response: { query: { $.x: name } }\n",
            "r.yaml:5:24: error: a response has no query\n    hint: move these rules to `request`",
        ),
    ] {
        assert_eq!(mistakes(&with(route)), [wanted], "{route}");
    }
}

#[test]
fn places_and_keys_that_cannot_be_are_refused() {
    for (route, wanted) in [
        (
            "    request: { path: { $.id: name } }\n",
            "r.yaml:5:22: error: the path pattern of this route names no segment\n    hint: write `{name}` for the segment in `match: { path: … }`",
        ),
        (
            "    request: { text: [email] }\n",
            "r.yaml:5:22: error: `text` is for responses\n    hint: in requests, say with selectors which fields are meant",
        ),
        (
            "    response: { text: [] }\n",
            "r.yaml:5:23: error: there are no classes here\n    hint: write some, or take the key out",
        ),
        (
            "    request: { header: { $.host: name } }\n",
            "r.yaml:5:26: error: the field `host` cannot be changed: `$.host`\n    hint: cookies have a place of their own: `cookie`",
        ),
        (
            "    request: { header: { $.x_user: name } }\n",
            "r.yaml:5:26: error: no header field has this name: every sign in it counts as `-`: `$.x_user`\n    hint: write `$['x-user']`",
        ),
        (
            "    request: { header: { \"$['x.user']\": name } }\n",
            "r.yaml:5:26: error: no header field has this name: every sign in it counts as `-`: `$['x.user']`\n    hint: write `$['x-user']`",
        ),
        (
            "    signature: x-signature\n    request: { query: { $.x: name } }\n",
            "r.yaml:6:23: error: these rules would change what the sender has signed\n    hint: give signed requests a route without request rules, or let the sender call an address that is not behind the gateway",
        ),
        (
            "    request: { body: { $.x: { class: name, decode: json, fields: { $.y: name } } } }\n",
            "r.yaml:5:38: error: a text that is decoded has no class of its own: `name`\n    hint: say it of the fields of the document, in `fields`",
        ),
        (
            "    request: { body: { $.x: { decode: json } } }\n",
            "r.yaml:5:24: error: nothing says what to look for in this text: `$.x`\n    hint: add `fields:`",
        ),
        (
            "    request: { body: { $.x: { action: redact } } }\n",
            "r.yaml:5:24: error: this rule names no class: `$.x`\n    hint: add `class:`",
        ),
        (
            "    response: { body: { $.x: { class: name, lookup: true } } }\n",
            "r.yaml:5:53: error: only values in requests that become tokens are looked up: `true`\n    hint: `lookup` is for search fields; take the key out",
        ),
        (
            "    request: { body: { $.x: { class: name, action: mask, lookup: true } } }\n",
            "r.yaml:5:66: error: only values in requests that become tokens are looked up: `true`\n    hint: `lookup` is for search fields; take the key out",
        ),
        (
            "    unmatched: refus\n",
            "r.yaml:5:16: error: not one of the words that can stand here: `refus`\n    hint: did you mean `refuse`?",
        ),
        (
            "    body_format: jsn\n",
            "r.yaml:5:18: error: not one of the words that can stand here: `jsn`\n    hint: did you mean `json`?",
        ),
    ] {
        assert_eq!(mistakes(&with(route)), [wanted], "{route}");
    }
}

#[test]
fn rules_that_contradict_themselves_are_refused() {
    for (route, wanted) in [
        (
            "    request: { body: { $.x: email, \"$['x']\": name } }\n",
            "r.yaml:5:36: error: two rules have the same selector: `$['x']`\n    hint: `$.x` in line 5 selects the same",
        ),
        (
            "    request: { body: { $.x: { class: name, action: reveal } } }\n",
            "r.yaml:5:52: error: values become tokens here: `reveal`\n    hint: there is: tokenize, mask, redact",
        ),
        (
            "    response: { body: { $.x: { class: name, action: mask } } }\n",
            "r.yaml:5:53: error: tokens become values here: `mask`\n    hint: take the key out; policies decide who sees a mask",
        ),
        (
            "    request: { body: { $.x: { class: email, max_length: 40 } } }\n",
            "r.yaml:5:57: error: a token of `email` has 48 characters: `40`\n    hint: widen the field in the application, or leave the field out of the rules",
        ),
        (
            "    request: { body: { $.x: { class: name, pattern: \"[A-Z]+\" } } }\n",
            "r.yaml:5:53: error: a token of `name` does not fit this pattern: `[A-Z]+`\n    hint: such as `ck1nm0123456789abcdefghjkmnpq`",
        ),
        (
            "    request: { body: { $.x: { class: name, pattern: \"(\" } } }\n",
            "r.yaml:5:53: error: not a regular expression: `(`\n    hint: in the syntax of the crate `regex`",
        ),
        (
            "    request: { body: { $.x: { class: name, action: redact, max_length: 9 } } }\n",
            "r.yaml:5:72: error: only tokens are checked for length and pattern: `9`\n    hint: take the key out",
        ),
        (
            "    request: { body: {} }\n",
            "r.yaml:5:22: error: there are no rules here\n    hint: write some, or take the key out",
        ),
        (
            "    request: { body: { email: email } }\n",
            "r.yaml:5:24: error: not a selector: not a query of RFC 9535: `email`\n    hint: selectors are JSONPath (RFC 9535) and start with `$`",
        ),
        (
            "    request: { body: { $.x: email, $.x: name } }\n",
            "r.yaml:5:36: error: this key is there twice: `$.x`\n    hint: keep one of the two; neither wins silently",
        ),
        (
            "    body_format: []\n",
            "r.yaml:3:9: error: `body_format` of this route is empty: `users`\n    hint: no body would pass",
        ),
        (
            "    tenant: a b\n",
            "r.yaml:5:13: error: not a name for a tenant: `a b`\n    hint: 1 to 64 letters, digits, `.`, `_` or `-`",
        ),
        (
            "    direction: outgress\n",
            "r.yaml:5:16: error: not one of the words that can stand here: `outgress`\n    hint: known here: ingress, egress",
        ),
    ] {
        assert_eq!(mistakes(&with(route)), [wanted], "{route}");
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn classes_say_what_is_wrong_with_them() {
    for (class, wanted) in [
        (
            "email: { code: ph }",
            "r.yaml:2:18: error: the code of a built-in class cannot be changed: `ph`\n    hint: `email` is `em`; take the key out",
        ),
        (
            "own: { code: em }",
            "r.yaml:2:16: error: this code belongs to another class: `em`\n    hint: it is the code of `email`; choose another two characters",
        ),
        (
            "own: { code: pn }",
            "r.yaml:2:16: error: this code belongs to another class: `pn`\n    hint: it is the code of `tokens of persons`; choose another two characters",
        ),
        (
            "own: { code: il }",
            "r.yaml:2:16: error: not a code: `il`\n    hint: two characters of 0123456789abcdefghjkmnpqrstvwxyz",
        ),
        (
            "emial: {}",
            "r.yaml:2:3: error: this class is not built in and has no code: `emial`\n    hint: did you mean the built-in class `email`? A class of your own needs `code:`",
        ),
        (
            "E-Mail: {}",
            "r.yaml:2:3: error: not a name for a class: `E-Mail`\n    hint: 1 to 32 characters of a-z, 0-9 and `-`, first a letter",
        ),
        (
            "phone: { shape: phone }",
            "r.yaml:2:19: error: this `shape` is not supported yet in this version: `phone`\n    hint: there is: plain, email",
        ),
        (
            "card: { determinism: random }",
            "r.yaml:2:24: error: this `determinism` is not supported yet in this version: `random`\n    hint: there is: tenant",
        ),
        (
            "name: { match: fuzzy }",
            "r.yaml:2:18: error: not a `match`: `fuzzy`\n    hint: there is: exact, canonical",
        ),
        (
            "name: { mask: last0 }",
            "r.yaml:2:17: error: not a mask: `last0`\n    hint: did you mean `last2`?",
        ),
        (
            "own: { code: zz, like: e-mail }",
            "r.yaml:2:26: error: no built-in class has this name: `e-mail`\n    hint: did you mean `email`?",
        ),
        (
            "name: { retain: forever }",
            "r.yaml:2:19: error: not a time to keep data: `forever`\n    hint: such as `90d`, `6m` or `2y`",
        ),
        (
            "name: { purpose: Customer care }",
            "r.yaml:2:20: error: not a name for a purpose: `Customer care`\n    hint: 1 to 64 characters of a-z, 0-9, `.`, `_` and `-`",
        ),
        (
            "name: { basis: because }",
            "r.yaml:2:18: error: not one of the words that can stand here: `because`\n    hint: known here: consent, contract, legal-obligation, vital-interests, public-task, legitimate-interests",
        ),
        (
            "name: { in: name }",
            "r.yaml:2:15: error: a class has the name of this group: `name`\n    hint: policies could not tell them apart",
        ),
        (
            "name: { in: A }",
            "r.yaml:2:15: error: not a name for a group: `A`\n    hint: 1 to 32 characters of a-z, 0-9 and `-`, first a letter",
        ),
        ("name:", "r.yaml:2:7: error: expected a map, but nothing is written here"),
    ] {
        assert_eq!(mistakes(&format!("classes:\n  {class}\n")), [wanted], "{class}");
    }
    let twice = "classes: { one: { code: zz }, two: { code: zz } }\n";
    assert_eq!(
        mistakes(twice),
        [
            "r.yaml:1:44: error: this code belongs to another class: `zz`\n    hint: it is the code of `one`; choose another two characters"
        ]
    );
}

#[test]
fn names_and_routes_that_clash_over_files_are_refused() {
    let one = "classes: { email: {} }\nroutes:\n  - { id: a, match: { path: \"/u/{id}\", method: [GET, POST] } }\n";
    let two = "classes: { email: {} }\nroutes:\n  - { id: a, match: { path: /v } }\n  - { id: b, match: { path: /u/*, method: POST } }\n";
    let found = load(&[file("two.yaml", two), file("one.yaml", one)]).unwrap_err();
    assert_eq!(
        told(&found),
        [
            "two.yaml:1:12: error: this class is defined twice: `email`\n    hint: it is also defined in one.yaml:1; keep one of the two",
            "two.yaml:3:11: error: two routes have this name: `a`\n    hint: the other one is in one.yaml:3; names go into the audit log",
            "two.yaml:4:21: error: two routes tie: `b`\n    hint: `a` in one.yaml:3 is for the same requests; make one more specific, or make them one",
        ]
    );
}

#[test]
fn a_match_says_what_is_wrong_with_it() {
    for (wanted, message) in [
        (
            "{ host: \"a b\" }",
            "r.yaml:3:20: error: not a host name: `a b`\n    hint: such as `shop.example.com` or `*.example.com`",
        ),
        (
            "{ host: \"a:80\" }",
            "r.yaml:3:20: error: a host pattern has no port: `a:80`\n    hint: write the name alone",
        ),
        (
            "{ method: get }",
            "r.yaml:3:22: error: methods are written in upper case: `get`\n    hint: such as `GET` or `POST`",
        ),
        (
            "{ method: [] }",
            "r.yaml:3:12: error: an empty list matches nothing\n    hint: take the key out to match everything",
        ),
        (
            "{ path: /a/**/b }",
            "r.yaml:3:20: error: `**` can only be the last segment: `/a/**/b`\n    hint: use `*` or `{name}` in between",
        ),
        (
            "{ path: /a/b*/c }",
            "r.yaml:3:20: error: a wildcard is a whole segment: `/a/b*/c`\n    hint: write `*`, `{name}` or `**` between slashes",
        ),
        (
            "{ path: /a%2Fb }",
            "r.yaml:3:20: error: servers would read this segment in different ways: `/a%2Fb`\n    hint: write it plainly",
        ),
        (
            "{ path: }",
            "r.yaml:3:18: error: nothing is written here\n    hint: write a value, or take the key out",
        ),
    ] {
        let text = format!("routes:\n  - id: a\n    match: {wanted}\n");
        assert_eq!(mistakes(&text), [message], "{wanted}");
    }
}

#[test]
fn a_text_is_no_true_and_no_number() {
    let route = "    request: { body: { $.x: { class: email, required: \"true\" } } }\n";
    assert_eq!(
        mistakes(&with(route)),
        [
            "r.yaml:5:55: error: expected `true` or `false`, found a text: `true`\n    hint: take the quotes out"
        ]
    );
}
