//! What stands around the JSON of some responses: guards against reading it from another site, and
//! JSONP.
//!
//! Only what is known, and only on responses: a request with it is refused as the broken JSON it
//! is. The rest of the body is found by its last bytes, so the JSON inside must still be read.

use crate::base::Span;
use crate::document::visitor;

/// Guards that servers put in front, so that a page of another site cannot run the JSON.
const GUARDS: [&[u8]; 9] = [
    b")]}',\n",
    b")]}'\n",
    b")]}'\r\n",
    b")]}',",
    b")]}'",
    b"for(;;);",
    b"for (;;);",
    b"while(1);",
    b"{}&&",
];

/// Finds the JSON behind a known guard, or inside the call of a JSONP response; none when neither
/// is there. Both are `application/json` or `application/javascript` on the wire.
pub(super) fn detect(source: &[u8]) -> Option<Span> {
    for guard in GUARDS {
        if source.starts_with(guard) {
            return Some(visitor::span(guard.len(), source.len()));
        }
    }
    call(source)
}

/// Finds the argument of `callback(…)`, with `/**/` and the check of Express in front or not, and
/// with or without a semicolon behind.
fn call(source: &[u8]) -> Option<Span> {
    let mut rest = source.trim_ascii_start();
    rest = rest.strip_prefix(b"/**/").unwrap_or(rest).trim_ascii_start();
    let name = name(rest)?;
    let mut behind = rest.get(name.len()..)?;
    if name == b"typeof" {
        // `typeof callback === 'function' && callback(…);`
        let checked = behind.trim_ascii_start();
        let callback = self::name(checked)?;
        let test = checked.get(callback.len()..)?.strip_prefix(b" === 'function' && ")?;
        behind = test.strip_prefix(callback)?;
    }
    let inside = behind.strip_prefix(b"(")?;
    let end = inside.trim_ascii_end();
    let end = end.strip_suffix(b";").unwrap_or(end).trim_ascii_end();
    let json = end.strip_suffix(b")")?;
    let start = source.len() - inside.len();
    Some(visitor::span(start, start + json.len()))
}

/// The name of a function: words joined by dots, as JSONP libraries make them.
fn name(text: &[u8]) -> Option<&[u8]> {
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || b"_$.".contains(byte);
    let length = text.iter().take_while(|byte| word(byte)).count();
    let name = text.get(..length)?;
    let starts = name.first().is_some_and(|byte| !byte.is_ascii_digit() && *byte != b'.');
    (starts && length <= 128).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inside(source: &str) -> Option<&str> {
        let span = detect(source.as_bytes())?;
        std::str::from_utf8(span.of(source.as_bytes())).ok()
    }

    #[test]
    fn knows_guards() {
        for guard in GUARDS {
            let source = format!("{}{{\"a\":1}}", std::str::from_utf8(guard).unwrap());
            assert_eq!(inside(&source), Some("{\"a\":1}"), "{source:?}");
        }
    }

    #[test]
    fn knows_calls() {
        for source in [
            "cb([1])",
            "cb([1]);",
            "/**/ jQuery.cb_1([1]);\n",
            "/**/ typeof cb === 'function' && cb([1]);",
        ] {
            assert_eq!(inside(source), Some("[1]"), "{source}");
        }
    }

    #[test]
    fn knows_nothing_else() {
        for source in [
            "",
            "{\"a\":1}",
            "[1]",
            "alert",
            "cb([1]",
            "cb [1]",
            "1cb([1])",
            "\"a\"",
            "/**/ typeof a === 'function' && b([1]);",
            "true",
            "12",
        ] {
            assert_eq!(inside(source), None, "{source}");
        }
    }
}
