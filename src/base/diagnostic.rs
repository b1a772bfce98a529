//! Mistakes in files that people write, told all at once.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

/// A file as it was read: its name for messages, and its text.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// As the operator would type it.
    pub name: Arc<str>,
    /// The whole text of the file.
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
    /// The file is used as it is meant, and what it means may surprise.
    Note,
}

/// A place of a file that people write, as metrics and reports name it: `users.yaml:14:7`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourcePlace {
    /// The file's name without its folder.
    pub file: Arc<str>,
    /// The line, counted from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl SourcePlace {
    /// Returns a place of this file; takes the folder off its name.
    pub fn new(file: &str, line: u32, column: u32) -> Self {
        let base = file.rsplit(['/', '\\']).next().unwrap_or_default();
        Self { file: Arc::from(base), line, column }
    }
}

impl fmt::Display for SourcePlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// One mistake: where, what, and what to do. Files hold rules, never data, so the text is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Whether it stops the file from being used.
    pub severity: Severity,
    /// The name of the file.
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

    /// Gives a note about a whole file.
    pub fn note(file: &str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Note, ..Self::error(file, message) }
    }

    /// Adds the line and the column.
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

    /// Adds what somebody can do about it.
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
            Severity::Note => "note",
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
