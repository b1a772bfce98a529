//! From the text of a file to the type that says what may stand in it.

use std::collections::HashSet;

use serde::de::DeserializeOwned;

use crate::base::Diagnostic;
use crate::base::SourceFile;
use crate::yaml::de::De;
use crate::yaml::node::parse;

/// After this many mistakes the rest of a file is not told.
const MISTAKES: usize = 100;

/// Reads a file. Gives what could be understood, and every mistake in it; without a mistake the
/// value is complete. `None` when the file as a whole is unusable.
pub fn read<T: DeserializeOwned>(file: &SourceFile) -> (Option<T>, Vec<Diagnostic>) {
    let mut found = Vec::new();
    let Some(root) = parse(file, &mut found) else { return (None, found) };
    let mut pruned = HashSet::new();
    let value = loop {
        let mistake = match T::deserialize(De { node: &root, pruned: &pruned }) {
            Ok(value) => break Some(value),
            Err(fault) => fault.into_mistake(),
        };
        let out = mistake.prune.unwrap_or(root.id);
        if !mistake.consequence {
            found.push(
                Diagnostic::error(&file.name, mistake.message)
                    .at(mistake.line, mistake.column)
                    .showing(mistake.text)
                    .hinting(mistake.hint),
            );
        }
        if found.len() >= MISTAKES {
            found.push(Diagnostic::error(&file.name, "more mistakes follow that are not shown"));
            break None;
        }
        if out == root.id || !pruned.insert(out) {
            break None;
        }
    };
    found.sort_by_key(|mistake| (mistake.line == 0, mistake.line, mistake.column));
    (value, found)
}
