//! Every mistake: where, what, and what to do.

use cloakroom::base::Diagnostic;

use super::helpers::changed;
use super::helpers::parse;
use super::helpers::told;

fn mistakes(text: &str) -> Vec<String> {
    let found = parse(text).expect_err("the file should be refused");
    told(&found.into_iter().filter(Diagnostic::is_error).collect::<Vec<_>>())
}

fn warnings(text: &str) -> Vec<String> {
    parse(text).map(|(_, found)| told(&found)).map_err(|found| told(&found)).unwrap()
}

#[test]
fn all_mistakes_of_the_file_are_told_at_once() {
    let text = "listen: localhost:80\nadmin: { listn: 1 }\nupstreams:\n  shop: { url: ftp://x }\n  b b: http://127.0.0.1:1\nrules: r\nvault: { embeded: { path: v } }\nkeys: {}\naudit: { path: a, origin: a b }\nlimits: { body_bytes: 16MB, timeouts: { connect: 2 } }\nemail_domain: nodots\n";
    assert_eq!(
        mistakes(text),
        [
            "c.yaml:1:9: error: not an address to listen on: `localhost:80`\n    hint: write `127.0.0.1:80`",
            "c.yaml:2:10: error: unknown key: `listn`\n    hint: did you mean `listen`?",
            "c.yaml:4:16: error: not the URL of an upstream: `ftp://x`\n    hint: it starts with `http://` or `https://`",
            "c.yaml:5:3: error: not a name for an upstream: `b b`\n    hint: names are 1 to 64 letters, digits, `.`, `_` or `-`",
            "c.yaml:7:10: error: not one of the words that can stand here: `embeded`\n    hint: did you mean `embedded`?",
            "c.yaml:8:7: error: `file` is missing here",
            "c.yaml:9:27: error: not a name for checkpoints: `a b`\n    hint: such as `cloakroom/shop/node-1`: no spaces and no `+`, at most 128 characters",
            "c.yaml:10:23: error: not a size: `16MB`\n    hint: sizes are a whole number and B, KiB, MiB or GiB: `16MiB`",
            "c.yaml:10:50: error: not a length of time: `2`\n    hint: write a whole number and ms, s, m or h: `30s`",
            "c.yaml:11:15: error: not a domain name: `nodots`\n    hint: a domain of yours, such as `token.example.com`; names with other letters in their ASCII form",
        ]
    );
    assert_eq!(
        mistakes("listen: 127.0.0.1:1\n"),
        ["upstreams", "rules", "vault", "keys", "audit"]
            .map(|key| format!("c.yaml: error: `{key}` is missing"))
    );
}

#[test]
fn what_parts_refuse_is_told_at_once() {
    let text = changed("listen", "listen: localhost:80");
    let text = text
        .replace("http://127.0.0.1:9000", "ftp://x")
        .replace("audience: shop", "audience: \"\"");
    assert_eq!(
        mistakes(&text),
        [
            "c.yaml:2:9: error: not an address to listen on: `localhost:80`\n    hint: write `127.0.0.1:80`",
            "c.yaml:5:16: error: not the URL of an upstream: `ftp://x`\n    hint: it starts with `http://` or `https://`",
            "c.yaml:12:52: error: this must not be empty\n    hint: tokens without it would pass",
        ]
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn each_setting_says_what_is_wrong_with_it() {
    for (key, line, wanted) in [
        (
            "listen",
            "listen: \":8080\"",
            "c.yaml:2:9: error: not an address to listen on: `:8080`\n    hint: for all addresses of this machine, write `0.0.0.0:8080`",
        ),
        (
            "listen",
            "listen: []",
            "c.yaml: error: `listen` has no address\n    hint: such as `listen: 127.0.0.1:8080`",
        ),
        (
            "listen",
            "listen: [127.0.0.1:1, 127.0.0.1:1]",
            "c.yaml:2:23: error: this address is there twice: `127.0.0.1:1`\n    hint: keep one of the two",
        ),
        (
            "listen",
            "listen: { address: 127.0.0.1:1, tls: { cert: c } }",
            "c.yaml:2:38: error: `key` is missing here",
        ),
        (
            "admin",
            "admin: { listen: 127.0.0.1:8080 }",
            "c.yaml:3:18: error: `admin` and `listen` have the same address: `127.0.0.1:8080`\n    hint: give operators a port of their own",
        ),
        (
            "upstreams",
            "upstreams: {}",
            "c.yaml:4:12: error: there is no upstream\n    hint: name at least one application",
        ),
        (
            "upstreams",
            "upstreams: { a: http://h/path }",
            "c.yaml:4:17: error: not the URL of an upstream: `http://h/path`\n    hint: the URL ends after the port: paths go through as they come",
        ),
        (
            "upstreams",
            "upstreams: { a: { url: http://h, ca: x } }",
            "c.yaml:4:24: error: certificates are for `https` upstreams: `http://h`\n    hint: write `https`, or take the certificates out",
        ),
        (
            "upstreams",
            "upstreams: { a: http://127.0.0.1:8080 }",
            "c.yaml:4:14: error: this upstream is our own listener: `a`\n    hint: requests would go in circles",
        ),
        (
            "default_upstream",
            "default_upstream: shp",
            "c.yaml:13:19: error: no upstream has this name: `shp`\n    hint: did you mean `shop`?",
        ),
        (
            "vault",
            "vault: { redis: { url: \"http://:geheim@x\" } }",
            "c.yaml:7:24: error: not the URL of a Redis\n    hint: such as `redis://127.0.0.1:6379` or `rediss://redis.internal:6379`",
        ),
        (
            "vault",
            "vault: { redis: { url: \"rediss://u:geheim@x\", password_file: f } }",
            "c.yaml:7:24: error: the password is in the URL and in `password_file`\n    hint: keep the file",
        ),
        (
            "vault",
            "vault: { embedded: { path: a }, redis: { url: b } }",
            "c.yaml:7:8: error: expected exactly one of embedded, redis, found a map",
        ),
        (
            "vault",
            "vault: { embedded: { path: data/audit } }",
            "c.yaml:9:16: error: vault and journal share a folder: `data/audit`\n    hint: give each its own",
        ),
        (
            "audit",
            "audit: { path: a, origin: a b }",
            "c.yaml:9:27: error: not a name for checkpoints: `a b`\n    hint: such as `cloakroom/shop/node-1`: no spaces and no `+`, at most 128 characters",
        ),
        (
            "identity",
            "identity: [ { api_keys: { file: f, header: Cookie } } ]",
            "c.yaml:10:44: error: this header has another use: `Cookie`\n    hint: the header is taken off before forwarding; use one of its own",
        ),
        (
            "identity",
            "identity: [ { jwt: { issuer: i, audience: a, jwks: f, algorithms: [HS256] } } ]",
            "c.yaml:10:68: error: not a signature algorithm that is accepted: `HS256`\n    hint: only signatures that a public key checks are accepted, such as `RS256`",
        ),
        (
            "identity",
            "identity: [ { jwt: { issuer: i, audience: a, jwks: \"http://id.example/k\" } } ]",
            "c.yaml:10:52: error: keys cannot be fetched from here: `http://id.example/k`\n    hint: use `https`; whoever can change these keys can be anybody",
        ),
        (
            "identity",
            "identity: [ { jwt: { issuer: i, audience: a, jwks: f, from: { header: Cookie } } } ]",
            "c.yaml:10:71: error: this header has another use: `Cookie`\n    hint: without `from`, tokens are read from `Authorization: Bearer`; a cookie is `from: { cookie: NAME }`",
        ),
        (
            "identity",
            "identity: [ { jwt: { issuer: i, audience: a, jwks: f, from: { cookie: a b } } } ]",
            "c.yaml:10:71: error: not the name of a cookie: `a b`\n    hint: such as `session`; letter case counts",
        ),
        (
            "identity",
            "identity: [ { forward_auth: { url: \"http://shop.example/w\", cookies: [s], user: { json: /id } } } ]",
            "c.yaml:10:36: error: callers cannot be asked about there: `http://shop.example/w`\n    hint: use `https`, or `http` on this machine; whoever can change the answer can be anybody",
        ),
        (
            "identity",
            "identity: [ { forward_auth: { url: \"https://me:secret@shop.example/w\", cookies: [s], user: { json: /id } } } ]",
            "c.yaml:10:36: error: a URL with a password\n    hint: only what `cookies` and `headers` name is sent",
        ),
        (
            "identity",
            "identity: [ { forward_auth: { url: \"http://127.0.0.1:9000/w\", user: { json: /id } } } ]",
            "c.yaml:10:36: error: there is no cookie and no header to ask with: `http://127.0.0.1:9000/w`\n    hint: name the session cookie in `cookies`; nothing else is sent on",
        ),
        (
            "identity",
            "identity: [ { forward_auth: { url: \"http://127.0.0.1:9000/w\", cookies: [a b], user: { json: /id } } } ]",
            "c.yaml:10:73: error: not the name of a cookie: `a b`\n    hint: such as `session`; letter case counts",
        ),
        (
            "identity",
            "identity: [ { forward_auth: { url: \"http://127.0.0.1:9000/w\", headers: [Cookie], user: { json: /id } } } ]",
            "c.yaml:10:73: error: this header has another use: `Cookie`\n    hint: cookies have a list of their own, `cookies`",
        ),
        (
            "identity",
            "identity: [ { forward_auth: { url: \"http://127.0.0.1:9000/w\", cookies: [s], user: { json: user.id } } } ]",
            "c.yaml:10:91: error: not a JSON Pointer: `user.id`\n    hint: such as `/user/email` (RFC 6901)",
        ),
        (
            "identity",
            "identity: [ { forward_auth: { url: \"http://127.0.0.1:9000/w\", cookies: [s], nobody: [200], user: { json: /id } } } ]",
            "c.yaml:10:86: error: this status does not say that nobody is logged in: `200`\n    hint: a redirect or an error of the caller: 300 to 499, but not 408, 425, 429",
        ),
        (
            "identity",
            "identity: [ { forward_auth: { url: \"http://127.0.0.1:9000/w\", cookies: [s], cache: 2m, user: { json: /id } } } ]",
            "c.yaml:10:84: error: this is too long: `2m`\n    hint: `1m` at most: so long somebody stays known who has logged out",
        ),
        (
            "identity",
            "identity: [ { forward_auth: { url: \"http://127.0.0.1:9000/w\", cookies: [s], timeout: 31s, user: { json: /id } } } ]",
            "c.yaml:10:86: error: this is too long: `31s`\n    hint: `30s` at most: so long requests wait",
        ),
        (
            "identity",
            "identity: [ { forward_auth: { url: \"http://127.0.0.1:8080/w\", cookies: [s], user: { json: /id } } } ]",
            "c.yaml:10:36: error: this is our own listener: `http://127.0.0.1:8080/w`\n    hint: ask the application; questions would go in circles",
        ),
        (
            "email_domain",
            "email_domain: nodots",
            "c.yaml:13:15: error: not a domain name: `nodots`\n    hint: a domain of yours, such as `token.example.com`; names with other letters in their ASCII form",
        ),
        (
            "trusted_proxies",
            "trusted_proxies: [10.0.0.0/33]",
            "c.yaml:13:19: error: not an address block: `10.0.0.0/33`\n    hint: such as `10.0.0.0/8`",
        ),
        (
            "access_log",
            "access_log: stderr",
            "c.yaml:13:13: error: not a place for the access log: `stderr`\n    hint: write `stdout`, `off`, or `{ path: … }`",
        ),
        (
            "log",
            "log: { level: inf }",
            "c.yaml:13:15: error: not one of the words that can stand here: `inf`\n    hint: did you mean `info`?",
        ),
        (
            "limits",
            "limits: { body_bytes: 2GiB, buffered_bytes: 4GiB }",
            "c.yaml:13:23: error: larger than any body we can inspect: `2GiB`\n    hint: write at most `1GiB`",
        ),
        (
            "limits",
            "limits: { buffered_bytes: 1MiB }",
            "c.yaml:13:27: error: one body is larger than all of them may be: `1MiB`\n    hint: `buffered_bytes` is for all bodies together: at least `body_bytes`",
        ),
        (
            "limits",
            "limits: { depth: 0 }",
            "c.yaml:13:18: error: a limit of zero would let nothing through: `0`\n    hint: write at least 1",
        ),
        (
            "limits",
            "limits: { timeouts: { drain: 48h } }",
            "c.yaml:13:30: error: a deadline of more than a day: `48h`\n    hint: write at most 24h",
        ),
    ] {
        assert_eq!(mistakes(&changed(key, line)), [wanted], "{line}");
    }
}

#[test]
fn a_file_that_cannot_be_read_says_so() {
    let path = std::path::Path::new("/nonexistent/cloakroom.yaml");
    let found = told(&cloakroom::config::Config::load(path).unwrap_err());
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("/nonexistent/cloakroom.yaml: error: cannot read this file: "));
}

#[test]
fn warns_of_what_an_operator_should_look_at() {
    let base = changed("email_domain", "email_domain: token.shop.example");
    assert_eq!(warnings(&base), Vec::<String>::new());
    for (from, to, wanted) in [
        (
            "127.0.0.1:8081",
            "0.0.0.0:8081",
            "c.yaml:3:19: warning: `admin` can be reached from other machines",
        ),
        (
            "embedded: { path: data/vault }",
            "redis: { url: redis://r.example }",
            "c.yaml:7:24: warning: the connection to Redis is not encrypted",
        ),
        (
            "embedded: { path: data/vault }",
            "redis: { url: \"redis://u:geheim@127.0.0.1\" }",
            "c.yaml:7:24: warning: a password in this file",
        ),
        ("token.shop.example", "token.invalid", "c.yaml:13:15: warning: this domain is reserved"),
    ] {
        let text = base.replace(from, to);
        let found = warnings(&text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with(wanted), "{found:?}");
        assert!(!found[0].contains("geheim"));
    }
    let found = warnings(&changed("identity", "identity: []"));
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("c.yaml: warning: nobody can be recognised"), "{found:?}");
    assert!(found[1].starts_with("c.yaml: warning: `email_domain` is not set"), "{found:?}");
}

#[test]
fn no_message_shows_the_password_of_a_url() {
    let secrets = ["s3cret", "p@ss/word"];
    for secret in secrets {
        for (key, line) in [
            (
                "upstreams",
                format!("upstreams: {{ shop: \"http://user:{secret}@127.0.0.1:9000\" }}"),
            ),
            ("upstreams", format!("upstreams: {{ shop: \"user:{secret}@127.0.0.1:9000\" }}")),
            (
                "upstreams",
                format!("upstreams: {{ shop: \"http://{}:{secret}@x\" }}", "u".repeat(90)),
            ),
            ("default_upstream", format!("default_upstream: \"http://user:{secret}@x\"")),
            ("listen", format!("listen: \"http://user:{secret}@x\"")),
            ("vault", format!("vault: {{ redis: {{ url: \"redis://user:{secret}@x:port\" }} }}")),
            ("vault", format!("vault: {{ redis: {{ url: \"http://user:{secret}@x\" }} }}")),
        ] {
            let found = parse(&changed(key, &line)).expect_err(&line);
            assert!(!format!("{found:?}").contains("s3cret"), "{found:?}");
            assert!(!format!("{found:?}").contains("ss/word"), "{found:?}");
        }
    }
}

#[test]
fn the_url_of_a_redis_is_read_before_anybody_is_served() {
    let message = "c.yaml:7:24: error: the URL of Redis cannot be read";
    for url in ["redis://", "redis://x:port", "redis://x:70000", "redis://x/database"] {
        let line = format!("vault: {{ redis: {{ url: \"{url}\" }} }}");
        let found = mistakes(&changed("vault", &line));
        assert!(found[0].starts_with(message) && found.len() == 1, "{url}: {found:?}");
    }
    let line = "vault: { redis: { url: \"rediss://x:6379/#insecure\" } }";
    let found = mistakes(&changed("vault", line));
    assert!(found[0].contains("something else than TCP or TLS with certificates"), "{found:?}");
}
