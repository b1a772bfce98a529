//! How a profile or a document changes.

use std::fmt;

use json_patch::Patch;
use serde_json::Value;

use crate::base::Sensitive;
use crate::subject::Unacceptable;
use crate::subject::limits;

/// A change of a JSON document. `Debug` shows nothing of it.
pub enum Change {
    /// A whole new document.
    Replace(Value),
    /// Members that are merged into the old one; `null` removes one ([RFC 7396]).
    Merge(Value),
    /// Operations in their order, all or none of them ([RFC 6902]).
    Patch(Patch),
}

/// A change, and of what.
#[derive(Debug)]
pub struct Edit {
    /// What changes, and how.
    pub change: Change,
    /// The revision that it was made for; none changes whatever is there.
    pub expected: Option<u64>,
}

impl fmt::Debug for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Replace(_) => "Replace(…)",
            Self::Merge(_) => "Merge(…)",
            Self::Patch(_) => "Patch(…)",
        })
    }
}

impl Change {
    /// Reads a change as Databunker takes it: an object is merged, an array is a patch.
    pub fn of(body: Value) -> Result<Self, Unacceptable> {
        match body {
            Value::Object(_) => Ok(Self::Merge(body)),
            Value::Array(_) => {
                serde_json::from_value(body).map(Self::Patch).map_err(|_| Unacceptable::Patch)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                Err(Unacceptable::NotAnObject)
            }
        }
    }

    /// Returns the document after the change, within the bounds of documents.
    pub(super) fn apply(&self, old: &Sensitive<String>) -> Result<Sensitive<String>, Unacceptable> {
        let old = serde_json::from_str(old.expose()).map_err(|_| Unacceptable::Unreadable)?;
        let mut new: Value = old;
        match self {
            Self::Replace(document) => new = document.clone(),
            Self::Merge(members) => json_patch::merge(&mut new, members),
            Self::Patch(patch) => {
                // Each operation at most doubles what was within the bounds; a failed one undoes nothing, as
                // the whole is thrown away.
                for operation in &patch.0 {
                    json_patch::patch_unsafe(&mut new, std::slice::from_ref(operation))
                        .map_err(|_| Unacceptable::Patch)?;
                    limits::checked(&new)?;
                }
            }
        }
        limits::checked(&new)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn applied(change: Value, old: &Value) -> Result<Value, Unacceptable> {
        let new = Change::of(change)?.apply(&Sensitive::new(old.to_string()))?;
        serde_json::from_str(new.expose()).map_err(|_| Unacceptable::Unreadable)
    }

    /// Doubling a document again and again ends at its bound, and undoing a move is not tried.
    #[test]
    fn a_patch_neither_grows_without_bound_nor_panics() {
        let copies = (0..60).map(|n| json!({ "op": "copy", "from": "", "path": format!("/a{n}") }));
        let grown = applied(Value::Array(copies.collect()), &json!({ "x": "y".repeat(100) }));
        assert!(matches!(
            grown,
            Err(Unacceptable::TooMany | Unacceptable::TooLong | Unacceptable::TooDeep)
        ));
        let moved = json!([
            { "op": "move", "from": "/a/b", "path": "/a" },
            { "op": "test", "path": "/z", "value": 1 },
        ]);
        assert_eq!(applied(moved, &json!({ "a": { "b": 1 } })), Err(Unacceptable::Patch));
    }

    #[test]
    fn an_object_is_merged_and_an_array_is_a_patch() {
        let old = json!({ "name": "a", "phone": "1" });
        let merged = applied(json!({ "phone": null, "email": "b" }), &old);
        assert_eq!(merged, Ok(json!({ "name": "a", "email": "b" })));
        let patch = json!([{ "op": "replace", "path": "/name", "value": "c" }]);
        assert_eq!(applied(patch, &old), Ok(json!({ "name": "c", "phone": "1" })));
    }

    #[test]
    fn what_is_no_change_is_refused_and_a_patch_is_whole_or_nothing() {
        let old = json!({ "name": "a" });
        let patch = json!([
            { "op": "replace", "path": "/name", "value": "c" },
            { "op": "test", "path": "/name", "value": "a" },
        ]);
        assert_eq!(applied(patch, &old), Err(Unacceptable::Patch));
        assert_eq!(applied(json!([{ "op": "steal" }]), &old), Err(Unacceptable::Patch));
        assert_eq!(applied(json!("text"), &old), Err(Unacceptable::NotAnObject));
    }
}
