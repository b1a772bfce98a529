//! Mistakes in files that people write, told all at once.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

/// A file as it was read: its name for messages, and its text.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// As the operator would type it.
    pub name: Arc<str>,
    /// The whole text.
    pub text: Arc<str>,
}

/// Whether a [`Diagnostic`] stops the file from being used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The file is not used.
    Error,
    /// The file is used, and somebody should look.
    Warning,
}

/// One mistake: where, what, and what to do. Files hold rules, never data, so the text is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Whether it stops the file from being used.
    pub severity: Severity,
    /// The file's name.
    pub file: Arc<str>,
    /// Line, from 1; 0 when it concerns the whole file.
    pub line: u32,
    /// Column in characters, from 1; 0 when it concerns the whole line.
    pub column: u32,
    /// The offending text, short; empty when there is none.
    pub text: String,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// What to do about it; empty when the message says it.
    pub hint: String,
}

impl Diagnostic {
    /// Gives an error about a whole file; the `at`, `showing` and `hinting` calls place it.
    pub fn error(file: &str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            file: Arc::from(file),
            line: 0,
            column: 0,
            text: String::new(),
            message: message.into(),
            hint: String::new(),
        }
    }

    /// Gives a warning about a whole file.
    pub fn warning(file: &str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(file, message) }
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, line: u32, column: u32) -> Self {
        self.line = line;
        self.column = column;
        self
    }

    /// Shows the offending text.
    #[must_use]
    pub fn showing(mut self, text: impl Into<String>) -> Self {
        self.text = text.into();
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn hinting(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// Whether it stops the file from being used.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.file)?;
        if self.line > 0 {
            write!(formatter, ":{}", self.line)?;
        }
        if self.column > 0 {
            write!(formatter, ":{}", self.column)?;
        }
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(formatter, ": {severity}: {}", self.message)?;
        if !self.text.is_empty() {
            write!(formatter, ": `{}`", self.text)?;
        }
        if !self.hint.is_empty() {
            write!(formatter, "\n    hint: {}", self.hint)?;
        }
        Ok(())
    }
}
