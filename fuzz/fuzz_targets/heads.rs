//! Values of header fields: media types, codings, forwarding fields, referers.
#![no_main]

use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::sync::LazyLock;

use cloakroom::base::SourceFile;
use cloakroom::base::UpstreamId;
use cloakroom::coding::Chain;
use cloakroom::document::Format;
use cloakroom::document::MediaType;
use cloakroom::engine::guard_referer;
use cloakroom::net::Peer;
use cloakroom::net::client_address;
use cloakroom::net::config::Forwarding;
use cloakroom::net::passes_through_us;
use cloakroom::rules::RuleSet;
use cloakroom::rules::Surroundings;
use cloakroom_fuzz::shown;
use http::HeaderMap;
use http::HeaderValue;
use http::header;
use libfuzzer_sys::fuzz_target;

static RULES: LazyLock<RuleSet> = LazyLock::new(|| {
    let text = "
classes: { email: {} }
routes:
  - { id: all, match: { path: /** } }
  - { id: users, match: { path: '/users/{mail}' }, request: { path: { $.mail: email } } }
";
    let upstream = UpstreamId::new("app").expect("a name");
    let around = Surroundings {
        upstreams: &[upstream.clone()],
        default_upstream: Some(&upstream),
        email_domain: "token.example.com",
        email_domain_is_own: true,
    };
    let file = SourceFile { name: "r.yaml".into(), text: text.into() };
    RuleSet::load(&[file], &around).unwrap_or_else(|found| panic!("{found:#?}")).0
});

fuzz_target!(|input: &[u8]| {
    let Some((_, bytes)) = cloakroom_fuzz::read(input) else { return };
    let lines: Vec<&[u8]> = bytes.split(|&byte| byte == b'\n').collect();
    if let Ok(chain) = Chain::parse(lines.iter().copied()) {
        let text = chain.to_string();
        assert_eq!(Chain::parse([text.as_bytes()]), Ok(chain));
    }
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Some(media) = MediaType::parse(text)
    {
        if let Some(format) = Format::from_media_type(text) {
            assert_eq!(media.format(), Some(format), "{text:?}");
        }
        // One more parameter that nobody knows changes nothing, but the list may be full.
        if let Some(more) = MediaType::parse(&format!("{text};zz-unknown=\"a;b\""))
            && !text.contains("zz-unknown")
        {
            assert_eq!(more.format(), media.format(), "{text:?}");
            assert_eq!(more.charset(), media.charset(), "{text:?}");
        }
    }
    forwarding(&lines);
    referer(bytes);
});

/// An address is one of those that were named, or the peer's; a stranger's fields count nothing.
fn forwarding(lines: &[&[u8]]) {
    let mut headers = HeaderMap::new();
    for line in lines {
        let Ok(value) = HeaderValue::from_bytes(line) else { return };
        headers.append("x-forwarded-for", value.clone());
        headers.append(header::VIA, value);
    }
    let forwarding = Forwarding { trusted: vec!["10.0.0.0/8".parse().expect("a network")] };
    let seen = |address: [u8; 4]| {
        let address = IpAddr::V4(Ipv4Addr::from(address));
        let peer = Peer::new(address, false, &forwarding);
        (address, client_address(&peer, &headers, &forwarding))
    };
    let (stranger, client) = seen([203, 0, 113, 5]);
    assert_eq!(client, stranger);
    let (proxy, client) = seen([10, 0, 0, 1]);
    let named = lines.iter().flat_map(|line| line.split(|&byte| byte == b','));
    let mut named = named.filter_map(|hop| std::str::from_utf8(hop).ok()?.trim().parse().ok());
    assert!(client == proxy || named.any(|address: IpAddr| address == client), "{client}");
    let _times = passes_through_us(&headers);
}

/// A referer that names a place with rules is taken off, however it is written.
fn referer(bytes: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(bytes) else { return };
    let mut headers = HeaderMap::new();
    headers.insert(header::HOST, HeaderValue::from_static("a.example"));
    headers.insert(header::REFERER, value);
    guard_referer(&RULES, &mut headers);
    if let Some(left) = headers.get(header::REFERER) {
        let lower = left.as_bytes().to_ascii_lowercase();
        let own = [&b"/users/"[..], b"https://a.example/users/", b"http://a.example:80/users/"];
        let mail = |start: &&[u8]| {
            lower.strip_prefix(*start).is_some_and(|rest| {
                !rest.is_empty()
                    && rest.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'@')
            })
        };
        assert!(!own.iter().any(mail), "{}", shown(bytes));
    }
}
