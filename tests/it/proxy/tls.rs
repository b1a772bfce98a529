//! TLS on both sides.

use std::sync::Arc;

use cloakroom::base::Live;
use cloakroom::net::Fetch;
use cloakroom::net::FetchError;
use cloakroom::net::config::Scheme;
use cloakroom::net::tls::server_config;

use crate::harness::client::Client;
use crate::harness::client::ask;
use crate::harness::gate::Setup;
use crate::harness::gate::on_one_core;
use crate::harness::tls::Authority;
use crate::harness::tls::NOW;
use crate::harness::upstream::Upstream;
use crate::harness::upstream::ok;

const GET: &str = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";

#[test]
fn the_listener_speaks_tls_and_says_so_upstream() {
    on_one_core(async {
        let authority = Authority::new();
        let upstream = Upstream::always(ok("fine")).await;
        let mut setup = Setup::to(upstream.address);
        setup.tls = Some(Arc::new(Live::new(authority.server(&["a.example"]))));
        let gate = setup.open();
        let mut client = Client::tls(gate.address, "a.example", authority.client()).await.unwrap();
        client.send(GET).await;
        assert_eq!(client.answer().await.unwrap().text(), "fine");
        assert!(upstream.seen().contains("x-forwarded-proto: https\r\n"));

        client.send("GET / HTTP/1.1\r\nHost: b.example\r\n\r\n").await;
        let answer = client.answer().await.unwrap();
        assert_eq!((answer.status, answer.code().as_str()), (421, "misdirected-request"));
        assert_eq!(upstream.requests(), 1);
    });
}

#[test]
fn a_new_certificate_is_shown_from_then_on_and_a_bad_one_never() {
    on_one_core(async {
        let (old, new) = (Authority::new(), Authority::new());
        let upstream = Upstream::always(ok("fine")).await;
        let live = Arc::new(Live::new(old.server(&["a.example"])));
        let mut setup = Setup::to(upstream.address);
        setup.tls = Some(Arc::clone(&live));
        let gate = setup.open();
        assert!(Client::tls(gate.address, "a.example", old.client()).await.is_ok());

        live.replace(new.server(&["a.example"]));
        assert!(Client::tls(gate.address, "a.example", old.client()).await.is_err());
        assert!(Client::tls(gate.address, "a.example", new.client()).await.is_ok());

        let mut mixed = new.issue("mixed", &["a.example"], 2040);
        mixed.key = old.issue("other", &["a.example"], 2040).key;
        assert!(server_config(&mixed, NOW).is_err());
    });
}

#[test]
fn files_are_judged_before_they_are_used() {
    let authority = Authority::new();
    let message = |files| server_config(&files, NOW).unwrap_err().remove(0).message;
    let good = authority.issue("good", &["a"], 2040);
    assert!(server_config(&good, NOW).unwrap().1.is_empty());

    let mut swapped = good.clone();
    swapped.certificate.clone_from(&good.key);
    assert_eq!(message(swapped), "no certificate in this file");
    let mut swapped = good.clone();
    swapped.key.clone_from(&good.certificate);
    assert_eq!(message(swapped), "no private key in this file");
    let mut gone = good.clone();
    gone.key.set_extension("gone");
    assert_eq!(message(gone), "cannot read: No such file or directory (os error 2)");

    let warnings = |files| server_config(&files, NOW).unwrap().1;
    let expired = warnings(authority.issue("expired", &["a"], 2025));
    assert_eq!(expired[0].message, "the certificate has expired");
    let open: std::fs::Permissions = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(&good.key, open).unwrap();
    assert_eq!(warnings(good)[0].message, "the private key can be read by others");
}

#[test]
fn an_upstream_is_believed_by_its_own_authority_only() {
    on_one_core(async {
        let (right, wrong) = (Authority::new(), Authority::new());
        let server = Some(right.server(&["127.0.0.1"]));
        let upstream = Upstream::start(vec![vec![ok("fine")]], server).await;
        let setup = |ca| {
            let mut setup = Setup::to(upstream.address);
            setup.upstream.scheme = Scheme::Https;
            setup.upstream.ca = ca;
            setup.open()
        };
        let trusted = setup(Some(right.file()));
        assert_eq!(ask(trusted.address, GET).await.text(), "fine");
        for ca in [Some(wrong.file()), None] {
            let answer = ask(setup(ca).address, GET).await;
            assert_eq!((answer.status, answer.code().as_str()), (502, "upstream-untrusted"));
        }
    });
}

#[test]
fn the_small_client_fetches_what_it_may_within_its_bounds() {
    on_one_core(async {
        let authority = Authority::new();
        let server = Some(authority.server(&["localhost"]));
        let secure = Upstream::start(vec![vec![ok("keys")]], server).await;
        let plain = Upstream::always(ok("keys")).await;
        let fetch =
            |limit| Fetch::new(authority.client(), limit, std::time::Duration::from_secs(30));
        let get = async |limit, url: String| fetch(limit).get(&url.parse().unwrap()).await;

        let (secure, plain) = (secure.address.port(), plain.address.port());
        assert_eq!(get(4, format!("https://localhost:{secure}/jwks?x")).await.unwrap(), "keys");
        assert_eq!(get(4, format!("http://127.0.0.1:{plain}/")).await.unwrap(), "keys");
        assert_eq!(get(3, format!("http://127.0.0.1:{plain}/")).await, Err(FetchError::TooLarge));
        let elsewhere = format!("http://192.0.2.1:{plain}/");
        assert_eq!(get(4, elsewhere).await, Err(FetchError::Address));
        let other_name = format!("https://127.0.0.1:{secure}/");
        assert_eq!(get(4, other_name).await, Err(FetchError::Connect));
    });
}
