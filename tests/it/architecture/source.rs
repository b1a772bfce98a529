//! Source files as the rules read them: code without comments and literals, line by line.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use super::Finding;

/// A source file.
pub(crate) struct Source {
    /// Path from the root of the package, with `/`.
    pub(crate) file: String,
    /// As written.
    pub(crate) text: String,
    /// The same lines with comments and the inside of literals blanked.
    pub(crate) code: String,
    /// Number of the first line of test code; past the end when there is none.
    pub(crate) tests_from: usize,
}

impl Source {
    /// Reads the text.
    pub(crate) fn new(file: &str, text: &str) -> Self {
        let code = blank(text);
        let is_test = file.ends_with("/tests.rs") || file.contains("/tests/");
        let tests_from = if is_test { 1 } else { tests_from(&code) };
        Self { file: file.to_owned(), text: text.to_owned(), code, tests_from }
    }

    /// The module of `src/` that the file belongs to; `None` for `lib.rs` and `main.rs`.
    pub(crate) fn module(&self) -> Option<&str> {
        let (module, _) = self.file.strip_prefix("src/")?.split_once('/')?;
        Some(module)
    }

    /// Code lines with their numbers, test code included.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    /// Code lines with their numbers, without test code.
    pub(crate) fn product_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let end = self.tests_from;
        self.lines().filter(move |&(number, _)| number < end)
    }

    /// A finding in this file.
    pub(crate) fn finding(&self, line: usize, message: impl Into<String>) -> Finding {
        Finding { file: self.file.clone(), line, message: message.into() }
    }
}

/// All Rust files below these folders of the package, sorted.
pub(crate) fn read(folders: &[&str]) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in folders {
        collect(&root.join(folder), &mut files);
    }
    files.sort();
    files
        .iter()
        .map(|path| {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            Source::new(&name, &fs::read_to_string(path).unwrap())
        })
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The line of `#[cfg(test)]` above `mod tests {`, which by our convention closes a file.
fn tests_from(code: &str) -> usize {
    let lines: Vec<&str> = code.lines().map(str::trim).collect();
    let opens_tests = |line: &&str| line.starts_with("mod ") && line.ends_with('{');
    lines
        .windows(2)
        .position(|pair| pair[0] == "#[cfg(test)]" && opens_tests(&pair[1]))
        .map_or(usize::MAX, |index| index + 1)
}

/// Blanks comments and the inside of literals, and keeps every line break.
fn blank(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = literal_or_comment(rest, out.chars().next_back());
        if length == 0 {
            out.push(first);
            rest = rest.split_at(first.len_utf8()).1;
        } else {
            let (gone, after) = rest.split_at(length);
            out.extend(gone.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
            rest = after;
        }
    }
    out
}

/// The length of the comment or literal that starts here; 0 when code goes on.
fn literal_or_comment(rest: &str, before: Option<char>) -> usize {
    let in_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return rest.find("*/").map_or(rest.len(), |end| end + 2);
    }
    if rest.starts_with('"') {
        return quoted(rest);
    }
    if !in_word && (rest.starts_with("r\"") || rest.starts_with("r#") || rest.starts_with("br")) {
        return raw(rest);
    }
    if rest.starts_with('\'') {
        return character(rest);
    }
    0
}

fn quoted(rest: &str) -> usize {
    let mut escaped = false;
    for (index, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return index + 1,
            _ => {}
        }
    }
    rest.len()
}

fn raw(rest: &str) -> usize {
    let Some(after_r) = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r')) else {
        return 0;
    };
    let opened = after_r.trim_start_matches('#');
    let hashes = after_r.len() - opened.len();
    let Some(body) = opened.strip_prefix('"') else { return 0 };
    let end = format!("\"{}", "#".repeat(hashes));
    let start = rest.len() - body.len();
    body.find(&end).map_or(rest.len(), |at| start + at + end.len())
}

/// A character literal; 0 for a lifetime.
fn character(rest: &str) -> usize {
    let mut inside = rest.char_indices().skip(1);
    let Some((_, first)) = inside.next() else { return 0 };
    if first == '\\' {
        inside.next();
        return inside.find(|&(_, c)| c == '\'').map_or(0, |(index, _)| index + 1);
    }
    match inside.next() {
        Some((index, '\'')) => index + 1,
        _ => 0,
    }
}

#[test]
fn comments_and_literals_are_blanked_and_lines_stay() {
    let text = "a // crate::x\n/* b\nc */ d \"e \\\" f\" 'g' '\\'' &'h str r#\"i \" j\"# k\n";
    let code = blank(text);
    assert_eq!(code.lines().count(), text.lines().count());
    let words: Vec<&str> = code.split_whitespace().collect();
    assert_eq!(words, ["a", "d", "&'h", "str", "k"]);
}

#[test]
fn test_code_starts_at_its_attribute() {
    let source = Source::new("src/base/x.rs", "fn a() {}\n\n#[cfg(test)]\nmod tests {\n}\n");
    assert_eq!(source.tests_from, 3);
    assert_eq!(source.product_lines().count(), 2);
}
