//! The only place that prints.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is the program's voice")]

use serde::Serialize;

use crate::base::Diagnostic;

/// Where a command says what came of it.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    json: bool,
}

impl Output {
    /// Gives an output for people, or for programs.
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether the reader is a program.
    pub fn is_json(self) -> bool {
        self.json
    }

    /// Says the result of a command: `text` to people, `value` to programs.
    pub fn result(self, text: &str, value: &impl Serialize) {
        if !self.json {
            println!("{text}");
            return;
        }
        match serde_json::to_string_pretty(value) {
            Ok(document) => println!("{document}"),
            Err(error) => eprintln!("error: result could not be written as JSON: {error}"),
        }
    }

    /// Says one line at once: text to people, one JSON object in a line to programs.
    pub fn line(self, text: &str, value: &serde_json::Value) {
        if self.json {
            println!("{value}");
        } else {
            println!("{text}");
        }
    }

    /// Says something to people that programs do not need.
    pub fn remark(self, text: &str) {
        if !self.json {
            println!("{text}");
        }
    }

    /// Lists diagnostics for people on standard error; programs get them in the result.
    pub fn diagnostics(self, diagnostics: &[Diagnostic]) {
        if !self.json {
            for diagnostic in diagnostics {
                eprintln!("{diagnostic}");
            }
        }
    }

    /// Says why the command could not do its work.
    pub fn could_not_run(self, error: &anyhow::Error) {
        if self.json {
            let document = serde_json::json!({ "error": format!("{error:#}") });
            println!("{document}");
        } else {
            eprintln!("error: {error:#}");
        }
    }
}
