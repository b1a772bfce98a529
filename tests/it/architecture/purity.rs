//! The lower layers decide and never wait: bytes and time in, values out.

use super::Finding;
use super::enforce;
use super::lines_found;
use super::source::Source;
use super::source::read;

/// The modules that touch nothing outside themselves.
const PURE: &[&str] =
    &["base", "document", "coding", "crypto", "token", "authz", "rules", "yaml", "pages"];

/// What would make a pure module wait, read or guess.
const IMPURE: &[(&str, &str)] = &[
    ("async fn", "waiting"),
    ("async move", "waiting"),
    ("async {", "waiting"),
    (".await", "waiting"),
    ("tokio::", "waiting"),
    ("hyper::", "the wire"),
    ("redis::", "a store"),
    ("redb::", "a store"),
    ("std::fs", "files"),
    ("std::io::stdin", "files"),
    ("std::process", "processes"),
    ("std::thread", "threads"),
    ("SystemTime", "a clock"),
    ("Instant::now", "a clock"),
    ("Timestamp::now", "a clock"),
    ("Zoned::now", "a clock"),
    ("TcpStream", "a socket"),
    ("TcpListener", "a socket"),
    ("UdpSocket", "a socket"),
    ("ToSocketAddrs", "name look-up"),
    ("std::env", "the environment"),
];

/// Where the world is let in on purpose: the clock behind the `Clock` trait.
const EXCEPT: &[(&str, &str)] =
    &[("src/base/clock.rs", "SystemTime"), ("src/base/clock.rs", "Timestamp::now")];

fn decides_without_waiting(source: &Source) -> Vec<Finding> {
    if !source.module().is_some_and(|module| PURE.contains(&module)) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (number, line) in source.product_lines() {
        for &(word, what) in IMPURE {
            let excepted = EXCEPT.contains(&(source.file.as_str(), word));
            if line.contains(word) && !excepted {
                let message = format!(
                    "`{word}` brings {what} into a pure module; take the value as a parameter"
                );
                findings.push(source.finding(number, message));
            }
        }
    }
    findings
}

#[test]
fn base_to_rules_never_wait_read_or_ask_the_time() {
    enforce(&read(&["src"]), decides_without_waiting);
}

#[test]
fn a_planted_wait_is_found() {
    let text = "use std::net::IpAddr;\nuse std::fs;\nasync fn f() {}\n";
    assert_eq!(lines_found("src/crypto/x.rs", text, decides_without_waiting), [2, 3]);
    assert!(lines_found("src/net/x.rs", text, decides_without_waiting).is_empty());
    let tested = "#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n";
    assert!(lines_found("src/crypto/x.rs", tested, decides_without_waiting).is_empty());
}
