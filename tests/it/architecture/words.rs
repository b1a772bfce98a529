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
        word: "::assertion",
        owners: &["src/authn/"],
        instead: "ask authn; nobody else states who is calling",
    },
    Reserved {
        word: "::untouched",
        owners: &["src/engine/mod.rs", "src/engine/leg/", "src/proxy/passthrough.rs"],
        instead: "let the engine inspect the message",
    },
    Reserved {
        word: "untouched(",
        owners: &["src/engine/leg/request.rs", "src/proxy/passthrough.rs"],
        instead: "let the engine inspect the message",
    },
    Reserved {
        word: "engine::view",
        owners: &["src/engine/", "src/gateway/explain/"],
        instead: "leave looking at messages under treatment to explain",
    },
    Reserved {
        word: "open_record",
        owners: &["src/token/tokenizer.rs", "src/engine/record/", "src/subject/export.rs"],
        instead: "reveal through the engine: a permit, then a receipt",
    },
    Reserved {
        // What the tokenizer opens it with.
        word: "Sealed::parse",
        owners: &["src/crypto/", "src/token/tokenizer.rs"],
        instead: "reveal through the engine: a permit, then a receipt",
    },
    Reserved {
        word: "client::conn",
        owners: &["src/proxy/upstream.rs", "src/proxy/pool.rs", "src/net/client.rs"],
        instead: "send a cleared request through proxy::upstream",
    },
    Reserved {
        // With a deadline (`connect_timeout`), too.
        word: "TcpStream::connect",
        owners: &[
            "src/proxy/upstream.rs",
            "src/net/",
            "src/gateway/case_runner/",
            "src/cli/check.rs",
        ],
        instead: "send a cleared request through proxy::upstream",
    },
    Reserved {
        word: "serve_connection",
        owners: &["src/proxy/connection.rs", "src/net/server.rs"],
        instead: "answer through proxy::connection, which takes cleared answers only",
    },
    Reserved {
        word: "TcpSocket",
        owners: &[],
        instead: "send a cleared request through proxy::upstream",
    },
    Reserved {
        word: "UnixStream",
        owners: &[],
        instead: "send a cleared request through proxy::upstream",
    },
    Reserved {
        word: "UdpSocket",
        owners: &[],
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

/// Names that reserved words begin with: under another name they would not be found.
const NOT_RENAMED: &[&str] = &["Principal", "Sealed", "TcpStream", "Tokenizer", "UnixStream"];

fn names_are_kept(source: &Source) -> Vec<Finding> {
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut findings = Vec::new();
    for (number, line) in source.product_lines() {
        for name in NOT_RENAMED {
            let renames = line.match_indices(name).any(|(at, _)| {
                let (before, rest) = line.split_at(at);
                let rest = &rest[name.len()..];
                let alias = line.trim_start().trim_start_matches("pub ").starts_with("type ");
                let is_all = !rest.starts_with(in_word) && !before.ends_with(in_word);
                let aliased = alias && before.trim_end().ends_with(['=', ':']);
                is_all && (rest.trim_start().starts_with("as ") || aliased)
            });
            if renames {
                let message = format!("`{name}` has a reserved word: keep its name");
                findings.push(source.finding(number, message));
            }
        }
    }
    findings
}

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
fn what_has_a_reserved_word_keeps_its_name() {
    enforce(&read(&["src"]), names_are_kept);
}

#[test]
fn no_test_is_ignored() {
    enforce(&read(&["src", "tests"]), nothing_is_ignored);
}

#[test]
fn a_planted_side_door_is_found() {
    let text = "let a = std::env::var(x);\ntokio::spawn(f);\neprintln!();\n";
    assert_eq!(lines_found("src/proxy/x.rs", text, words_stay_with_their_owner), [1, 2, 3]);
    let around = "use crate::engine::untouched as pass;\nlet a = t.open_record(c, k, r);\n\
                  client::conn::http1;\ne::untouched;\nTcpStream::connect_timeout(&a, b);\n\
                  builder.serve_connection(io, service);\nSealed::parse(bytes);\n\
                  use crate::engine::view::Part;\n";
    let found = lines_found("src/proxy/x.rs", around, words_stay_with_their_owner);
    assert_eq!(found, [1, 2, 3, 4, 5, 6, 7, 8]);
    let renamed = "use crate::token::Tokenizer as T;\nuse crate::token::Tokenizer;\n\
                   pub type Socket = TcpStream;\ntype Other = Box<TcpStream>;\n";
    assert_eq!(lines_found("src/proxy/x.rs", renamed, names_are_kept), [1, 3]);
    let name = "let who = Principal::assertion(m);";
    assert_eq!(lines_found("src/proxy/x.rs", name, words_stay_with_their_owner), [1]);
    assert!(lines_found("src/authn/jwt.rs", name, words_stay_with_their_owner).is_empty());
    assert_eq!(lines_found("src/proxy/x.rs", "#[ignore]", nothing_is_ignored), [1]);
}
