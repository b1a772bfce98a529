//! What a document may be: I-JSON texts within bounds.

use serde_json::Value;

use crate::base::Sensitive;
use crate::subject::Unacceptable;

/// Bytes of a document, as JSON.
const BYTES: usize = 64 * 1024;
/// Levels of objects and arrays.
pub(super) const LEVELS: usize = 32;
/// Members and elements in all.
pub(super) const MEMBERS: usize = 1000;

/// Gives the text of a document. Refuses one that is too long, too deep, has too many members, or holds
/// U+0000. White space of how it came does not count.
pub(super) fn checked(document: &Value) -> Result<Sensitive<String>, Unacceptable> {
    let mut members = 0;
    walk(document, 1, &mut members)?;
    let text = Sensitive::new(document.to_string());
    if text.expose().len() > BYTES { Err(Unacceptable::TooLong) } else { Ok(text) }
}

fn walk(value: &Value, level: usize, members: &mut usize) -> Result<(), Unacceptable> {
    let has_nul = |text: &str| text.contains('\0');
    match value {
        Value::String(text) if has_nul(text) => return Err(Unacceptable::Nul),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return Ok(()),
        Value::Array(_) | Value::Object(_) if level > LEVELS => return Err(Unacceptable::TooDeep),
        Value::Array(values) => {
            *members += values.len();
            for value in values {
                walk(value, level + 1, members)?;
            }
        }
        Value::Object(map) => {
            *members += map.len();
            for (name, value) in map {
                if has_nul(name) {
                    return Err(Unacceptable::Nul);
                }
                walk(value, level + 1, members)?;
            }
        }
    }
    if *members > MEMBERS { Err(Unacceptable::TooMany) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(document: &Value) -> Result<(), Unacceptable> {
        checked(document).map(drop)
    }

    #[test]
    fn each_bound_refuses_one_more() {
        let deep = |levels: usize| (0..levels).fold(json!(1), |inner, _| json!([inner]));
        assert_eq!(check(&deep(32)), Ok(()));
        assert_eq!(check(&deep(33)), Err(Unacceptable::TooDeep));
        assert_eq!(check(&json!(vec![1; 1000])), Ok(()));
        assert_eq!(check(&json!(vec![1; 1001])), Err(Unacceptable::TooMany));
        let long = |bytes: usize| json!({ "a": "x".repeat(bytes - r#"{"a":""}"#.len()) });
        assert_eq!(check(&long(65_536)), Ok(()));
        assert_eq!(check(&long(65_537)), Err(Unacceptable::TooLong));
        assert_eq!(check(&json!({ "a": "x\0" })), Err(Unacceptable::Nul));
        assert_eq!(check(&json!({ "a\0": 1 })), Err(Unacceptable::Nul));
    }
}
