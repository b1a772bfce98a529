//! Certificates of the listeners.

use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;

use rustls::ClientConfig;

use crate::harness::application::Application;
use crate::harness::gateway::Site;
use crate::harness::gateway::Store;
use crate::harness::gateway::until;
use crate::harness::tls;
use crate::harness::tls::Authority;

/// Whether a client that trusts this authority gets an answer.
fn answers(address: SocketAddr, trusts: &Arc<ClientConfig>) -> bool {
    tls::get(address, "shop.example", "/api/users", trusts) == Some(200)
}

/// Puts certificate and key where the configuration names them.
fn install(site: &Site, authority: &Authority, name: &str) {
    authority.install(&site.path(""), name, "shop.example");
}

#[test]
fn a_new_certificate_is_taken_and_a_bad_one_refused() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let (old, new) = (Authority::new(), Authority::new());
    install(&site, &old, "tls");
    let text = fs::read_to_string(site.path("cloakroom.yaml")).unwrap();
    let listen = "listen: { address: 127.0.0.1:0, tls: { cert: tls.crt, key: tls.key } }";
    site.write("cloakroom.yaml", &text.replacen("listen: 127.0.0.1:0", listen, 1));
    let gateway = site.serve();
    let (trusts_old, trusts_new) = (old.client(), new.client());
    assert!(answers(gateway.address, &trusts_old) && !answers(gateway.address, &trusts_new));

    install(&site, &new, "tls");
    until("the new certificate", || answers(gateway.address, &trusts_new).then_some(()));
    assert!(!answers(gateway.address, &trusts_old));

    fs::write(site.path("tls.crt"), "no certificate").unwrap();
    gateway.until_ready_says("the certificate is refused", |_, found| {
        found["refused_files"]["certificates"].to_string().contains("tls.crt")
    });
    assert!(answers(gateway.address, &trusts_new));
    install(&site, &old, "tls");
    until("the old certificate", || answers(gateway.address, &trusts_old).then_some(()));
    gateway.until_ready_says("nothing is refused", |_, found| {
        found["refused_files"].as_object().unwrap().is_empty()
    });
}

#[test]
fn certificates_of_all_listeners_are_taken_or_none() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let (old, new) = (Authority::new(), Authority::new());
    install(&site, &old, "tls");
    install(&site, &old, "other");
    let text = fs::read_to_string(site.path("cloakroom.yaml")).unwrap();
    let listen = "listen:\n  - { address: 127.0.0.1:0, tls: { cert: tls.crt, key: tls.key } }\n  \
                  - { address: 127.0.0.2:0, tls: { cert: other.crt, key: other.key } }";
    site.write("cloakroom.yaml", &text.replacen("listen: 127.0.0.1:0", listen, 1));
    let gateway = site.serve();
    let trusts_old = old.client();
    let refusals = || {
        let page = gateway.page("/metrics").text();
        let mut lines = page.lines().filter(|line| {
            line.starts_with("cloakroom_reloads_total")
                && line.contains("certificates")
                && line.contains("refused")
        });
        lines.next().map_or(0, |line| line.rsplit(' ').next().unwrap().parse().unwrap())
    };
    fs::write(site.path("other.crt"), "no certificate").unwrap();
    let first: u64 = until("a refusal", || Some(refusals()).filter(|count| *count > 0));
    install(&site, &new, "tls");
    until("another refusal", || (refusals() > first).then_some(()));
    gateway.until_ready_says("the bad file is named", |_, found| {
        found["refused_files"]["certificates"].to_string().contains("other.crt")
    });
    assert!(answers(gateway.address, &trusts_old));
    install(&site, &old, "other");
    until("both are taken", || answers(gateway.address, &new.client()).then_some(()));
}
