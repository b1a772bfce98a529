//! Paths: a route is found in one way only, and a token in a segment leaves the route what it is.
#![no_main]

use std::sync::LazyLock;

use cloakroom::base::Kind;
use cloakroom::base::SourceFile;
use cloakroom::base::UpstreamId;
use cloakroom::document::Splice;
use cloakroom::document::select_path;
use cloakroom::rules::RuleSet;
use cloakroom::rules::Surroundings;
use cloakroom_fuzz::fields;
use cloakroom_fuzz::fields::TOKEN;
use cloakroom_fuzz::fields::reading;
use libfuzzer_sys::fuzz_target;

const RULES: &str = "
routes:
  - { id: root, match: { path: / } }
  - { id: users, match: { path: '/users/{id}' } }
  - { id: me, match: { path: /users/me } }
  - { id: mail, match: { path: '/users/{id}/mail/{a}/**' } }
  - { id: admin, match: { path: /admin/** } }
  - { id: posts, match: { method: POST, path: '/{a}/{b}' } }
  - { id: host, match: { host: '*.a.example', path: '/{a}/**' } }
  - { id: odd, match: { path: '/a.b/cd/{email}' } }
";

static ROUTES: LazyLock<RuleSet> = LazyLock::new(|| {
    let upstream = UpstreamId::new("app").expect("a name");
    let around = Surroundings {
        upstreams: &[upstream.clone()],
        default_upstream: Some(&upstream),
        email_domain: "token.example.com",
        email_domain_is_own: true,
    };
    let file = SourceFile { name: "r.yaml".into(), text: RULES.into() };
    RuleSet::load(&[file], &around).unwrap_or_else(|found| panic!("{found:#?}")).0
});

fuzz_target!(|input: &[u8]| {
    let Some((mut dice, path)) = cloakroom_fuzz::read(input) else { return };
    let Ok(path) = std::str::from_utf8(path) else { return };
    let host = dice.pick(&["b.a.example", "x", "B.A.example.:80", "[::1]:8080", ""]);
    let method = dice.pick(&["GET", "POST", "HEAD", "post"]);
    let find =
        |path: &str| ROUTES.find(host, method, path).map(|route| route.map(|route| &route.id));
    let Ok(found) = find(path) else { return };

    // One letter in its other spelling leads to the same route, or to none at all.
    let letters: Vec<(usize, char)> =
        path.char_indices().filter(|(_, letter)| letter.is_ascii_alphanumeric()).collect();
    if let Some(&(at, letter)) = letters.get(dice.below(letters.len().max(1))) {
        let escaped = path.bytes().take(at).rev().take(2).any(|byte| byte == b'%');
        let written = format!("{}%{:02x}{}", &path[..at], u32::from(letter), &path[at + 1..]);
        if !escaped && let Ok(other) = find(&written) {
            assert_eq!(found, other, "{path:?} {written:?}");
        }
    }

    let Some(route) = ROUTES.find(host, method, path).expect("it was found") else { return };
    let Ok(named) = route.segments.named(path) else { return };
    for segment in &named {
        let text = segment.span.of(path.as_bytes());
        assert!(!text.is_empty() && !text.contains(&b'/'), "{path:?}");
    }
    let program = fields::program(&mut dice, false);
    let Ok(found_fields) = select_path(path.as_bytes(), &named, reading(&program)) else { return };
    let texts = fields::texts(path.as_bytes(), &found_fields);
    let mut splice = Splice::new(path.as_bytes(), 0);
    for field in &found_fields {
        splice.replace(field.span, |out| field.codec.encode(TOKEN, Kind::Text, out));
    }
    let out = String::from_utf8(splice.finish()).expect("UTF-8");
    assert_eq!(find(&out), Ok(found), "{path:?} {out:?}");
    let again = route.segments.named(&out).expect("the same segments");
    let names = |named: &[cloakroom::document::Named]| {
        named.iter().map(|each| each.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&again), names(&named), "{path:?} {out:?}");
    let read = select_path(out.as_bytes(), &again, reading(&program)).expect("the same fields");
    assert_eq!(read.len(), texts.len(), "{path:?} {out:?}");
});
