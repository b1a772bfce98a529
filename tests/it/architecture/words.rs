//! Words that one module owns: side doors for tasks, environment, output and identity.

use super::Finding;
use super::enforce;
use super::lines_found;
use super::source::Source;
use super::source::read;

struct Reserved {
    word: &'static str,
    /// Files or folders that may say it.
    owners: &'static [&'static str],
    instead: &'static str,
}

const RESERVED: &[Reserved] = &[
    Reserved {
        word: "tokio::spawn",
        owners: &["src/gateway/"],
        instead: "use gateway::Tasks, so that drain can wait for it",
    },
    Reserved {
        word: "spawn_local",
        owners: &["src/gateway/", "src/net/"],
        instead: "use net::drain or gateway::Tasks, so that drain can wait for it",
    },
    Reserved {
        word: "env::var",
        owners: &["src/config/"],
        instead: "take the setting from Config; only config reads the environment",
    },
    Reserved {
        word: "println!",
        owners: &["src/cli/output.rs"],
        instead: "return the text to cli::output, or log it",
    },
    Reserved {
        // Also finds `eprint!`, as the entry above finds `eprintln!`.
        word: "print!",
        owners: &["src/cli/output.rs"],
        instead: "return the text to cli::output, or log it",
    },
    Reserved {
        word: "Principal::assertion",
        owners: &["src/authn/"],
        instead: "ask authn; nobody else states who is calling",
    },
    Reserved {
        word: "engine::untouched",
        owners: &["src/proxy/exchange.rs"],
        instead: "let the engine inspect the message",
    },
    Reserved {
        word: "tokenizer.open(",
        owners: &["src/engine/record/"],
        instead: "reveal through the engine: a permit, then a receipt",
    },
    Reserved {
        word: "client::conn",
        owners: &["src/proxy/upstream.rs", "src/proxy/pool.rs", "src/net/client.rs"],
        instead: "send a cleared request through proxy::upstream",
    },
    Reserved {
        word: "TcpStream::connect(",
        owners: &["src/proxy/upstream.rs", "src/net/", "src/gateway/case_runner/"],
        instead: "send a cleared request through proxy::upstream",
    },
    Reserved {
        word: "message::exchange(",
        owners: &["src/gateway/case_runner/", "src/demo/"],
        instead: "send a cleared request through proxy::upstream",
    },
    Reserved { word: "process::exit", owners: &[], instead: "return an exit code from cli::run" },
    Reserved {
        word: "SystemTime::now",
        owners: &["src/base/clock.rs"],
        instead: "take the time from base::Clock",
    },
    Reserved {
        word: "ArcSwap",
        owners: &["src/base/live.rs"],
        instead: "use base::Live: one snapshot per exchange",
    },
    Reserved { word: "RwLock", owners: &[], instead: "use base::Live for settings that change" },
];

fn words_stay_with_their_owner(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in source.product_lines() {
        for reserved in RESERVED {
            let owned = reserved.owners.iter().any(|owner| source.file.starts_with(owner));
            if line.contains(reserved.word) && !owned {
                let message = format!("`{}` is reserved: {}", reserved.word, reserved.instead);
                findings.push(source.finding(number, message));
            }
        }
    }
    findings
}

/// A test that does not run proves nothing.
fn nothing_is_ignored(source: &Source) -> Vec<Finding> {
    source
        .lines()
        .filter(|(_, line)| line.contains("#[ignore"))
        .map(|(number, _)| source.finding(number, "`#[ignore]`: make the test run, or remove it"))
        .collect()
}

#[test]
fn reserved_words_stay_with_their_owners() {
    enforce(&read(&["src"]), words_stay_with_their_owner);
}

#[test]
fn no_test_is_ignored() {
    enforce(&read(&["src", "tests"]), nothing_is_ignored);
}

#[test]
fn a_planted_side_door_is_found() {
    let text = "let a = std::env::var(x);\ntokio::spawn(f);\neprintln!();\n";
    assert_eq!(lines_found("src/proxy/x.rs", text, words_stay_with_their_owner), [1, 2, 3]);
    let around =
        "engine::untouched(&u, m);\nlet a = tokenizer.open(c, k, r);\nclient::conn::http1;\n";
    assert_eq!(lines_found("src/proxy/x.rs", around, words_stay_with_their_owner), [1, 2, 3]);
    let name = "let who = Principal::assertion(m);";
    assert_eq!(lines_found("src/proxy/x.rs", name, words_stay_with_their_owner), [1]);
    assert!(lines_found("src/authn/jwt.rs", name, words_stay_with_their_owner).is_empty());
    assert_eq!(lines_found("src/proxy/x.rs", "#[ignore]", nothing_is_ignored), [1]);
}
