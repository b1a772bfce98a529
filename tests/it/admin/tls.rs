//! The admin listener in TLS.

use std::net::TcpStream;

use crate::harness::application::Application;
use crate::harness::caller::Caller;
use crate::harness::gateway::Site;
use crate::harness::gateway::Store;
use crate::harness::gateway::until;
use crate::harness::tls;
use crate::harness::tls::Authority;

#[test]
fn operators_are_told_in_tls_only_and_by_the_newest_certificate() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let (old, new) = (Authority::new(), Authority::new());
    old.install(&site.path(""), "admin", "ops.example");
    let text = std::fs::read_to_string(site.path("cloakroom.yaml")).unwrap();
    let listen = "admin: { hosts: [ops.example], listen: { address: 127.0.0.1:0, tls: { cert: admin.crt, key: admin.key } } }";
    site.write("cloakroom.yaml", &text.replacen("admin: { listen: 127.0.0.1:0 }", listen, 1));
    let gateway = site.serve();

    // Those who connect and say nothing keep nobody waiting.
    let _silent: Vec<TcpStream> =
        (0..10).map(|_| TcpStream::connect(gateway.admin).unwrap()).collect();
    let (trusts_old, trusts_new) = (old.client(), new.client());
    let status = |trusts| tls::get(gateway.admin, "ops.example", "/livez", trusts);
    assert_eq!((status(&trusts_old), status(&trusts_new)), (Some(200), None));
    let in_clear = Caller::operator(gateway.admin).try_ask("GET", "/config", b"");
    assert!(in_clear.is_err(), "{in_clear:?}");
    // The listener for clients has none.
    assert_eq!(gateway.anonymous().get("/api/users").status, 200);

    new.install(&site.path(""), "admin", "ops.example");
    until("the new certificate", || status(&trusts_new));
    assert_eq!(status(&trusts_old), None);
}

#[test]
fn a_listener_without_its_certificate_does_not_start() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let text = std::fs::read_to_string(site.path("cloakroom.yaml")).unwrap();
    let listen =
        "admin: { listen: { address: 127.0.0.1:0, tls: { cert: none.crt, key: none.key } } }";
    site.write("cloakroom.yaml", &text.replacen("admin: { listen: 127.0.0.1:0 }", listen, 1));
    for command in ["check", "serve"] {
        let ran = site.run(&[command]);
        assert_eq!(ran.code, if command == "check" { 1 } else { 3 }, "{ran:?}");
        assert!(ran.err.contains("none.crt"), "{ran:?}");
    }
}
