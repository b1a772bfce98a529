//! Whether a text is JSON up to a place, and whether the place is in a string of it.

use crate::document::site::Before;

/// Deepest nesting that is followed.
const DEPTH: u32 = 64;

/// How far one or several JSON texts have been read ([RFC 8259]), each on lines of its own.
#[derive(Debug, Clone, Copy)]
pub(in crate::document) struct Json {
    state: State,
    /// For each open container, the innermost in the last bit, whether it is an object.
    objects: u64,
    depth: u32,
    /// Bytes since the last string began.
    since: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Value,
    /// The same, or the end of the array.
    FirstValue,
    Name,
    /// The same, or the end of the object.
    FirstName,
    Colon,
    Behind,
    /// A number, or `true` and its like.
    Word,
    /// In a string; whether it is a name.
    String {
        name: bool,
    },
    /// Behind a backslash in it.
    Escape {
        name: bool,
    },
    /// Behind `\u` and some digits: how many are missing.
    Digits {
        name: bool,
        missing: u8,
    },
    Broken,
}

impl Json {
    /// Starts at the beginning of a text.
    pub(in crate::document) const fn new() -> Self {
        Self { state: State::Start, objects: 0, depth: 0, since: 0 }
    }

    pub(in crate::document) fn run(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if self.state == State::Broken {
                return;
            }
            self.since = self.since.saturating_add(1);
            self.state = self.next(byte);
        }
    }

    /// Returns the text of the string that the next byte is in, as it is spelled; none outside of one.
    pub(in crate::document) fn string<'b>(&self, before: &'b [u8]) -> Option<Before<'b>> {
        matches!(self.state, State::String { .. }).then(|| Before::new(before, self.since))
    }

    fn next(&mut self, byte: u8) -> State {
        let blank = matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        match (self.state, byte) {
            (State::String { name: true }, b'"') => State::Colon,
            (State::String { name: false }, b'"') => State::Behind,
            (State::String { name }, b'\\') => State::Escape { name },
            (State::String { .. }, 0..0x20) => State::Broken,
            (State::String { .. }, _) => self.state,
            (State::Escape { name }, b'u') => State::Digits { name, missing: 4 },
            (State::Escape { name }, byte) if b"\"\\/bfnrt".contains(&byte) => {
                State::String { name }
            }
            (State::Digits { name, missing: 1 }, byte) if byte.is_ascii_hexdigit() => {
                State::String { name }
            }
            (State::Digits { name, missing }, byte) if byte.is_ascii_hexdigit() => {
                State::Digits { name, missing: missing - 1 }
            }
            (State::Word, byte) if byte.is_ascii_alphanumeric() || b"+-.".contains(&byte) => {
                State::Word
            }
            (State::Word, _) => {
                self.state = State::Behind;
                self.next(byte)
            }
            (State::Behind, b'\n') if self.depth == 0 => State::Start,
            // A byte order mark, too.
            (State::Start, 0xef | 0xbb | 0xbf) => State::Start,
            (State::Escape { .. } | State::Digits { .. } | State::Broken, _) => State::Broken,
            (_, _) if blank => self.state,
            (State::Start | State::Value | State::FirstValue, b'{') => {
                self.open(true, State::FirstName)
            }
            (State::Start | State::Value | State::FirstValue, b'[') => {
                self.open(false, State::FirstValue)
            }
            (State::Value | State::FirstValue, b'"') => self.string_begins(false),
            (State::Name | State::FirstName, b'"') => self.string_begins(true),
            (State::Value | State::FirstValue, b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => {
                State::Word
            }
            (State::Colon, b':') => State::Value,
            (State::Behind, b',') if self.depth > 0 => {
                if self.objects & 1 == 1 {
                    State::Name
                } else {
                    State::Value
                }
            }
            (State::Behind | State::FirstName, b'}') => self.close(1),
            (State::Behind | State::FirstValue, b']') => self.close(0),
            _ => State::Broken,
        }
    }

    fn string_begins(&mut self, name: bool) -> State {
        self.since = 0;
        State::String { name }
    }

    fn open(&mut self, object: bool, inside: State) -> State {
        if self.depth == DEPTH {
            return State::Broken;
        }
        self.depth += 1;
        self.objects = self.objects << 1 | u64::from(object);
        inside
    }

    /// Closes the innermost container, if it is of this kind.
    fn close(&mut self, kind: u64) -> State {
        if self.depth == 0 || self.objects & 1 != kind {
            return State::Broken;
        }
        self.depth -= 1;
        self.objects >>= 1;
        State::Behind
    }
}

/// Reads the escapes of the text of a string; characters outside ASCII become bytes that are none.
pub(in crate::document) fn read_escapes(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        let (b'\\', Some((&letter, behind))) = (byte, behind.split_first()) else {
            out.push(byte);
            continue;
        };
        rest = behind;
        out.push(match letter {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'b' | b'f' => b' ',
            b'u' => {
                let (digits, behind) = behind.split_at_checked(4).unwrap_or((b"", b""));
                rest = behind;
                let text = std::str::from_utf8(digits).unwrap_or_default();
                u8::from_str_radix(text, 16).ok().filter(u8::is_ascii).unwrap_or(0x80)
            }
            letter => letter,
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_string(text: &str) -> bool {
        let mut json = Json::new();
        json.run(text.as_bytes());
        json.string(text.as_bytes()).is_some()
    }

    #[test]
    fn knows_the_strings_of_json() {
        for text in [
            "{\"a\":\"x",
            "\u{feff} [1, true, {}, [], \"",
            "{\"a\":{\"b\":[1]},\"",
            "{\"a\\u00e9\\\"\":\"",
            "{}\n{\"a\":\"",
            "[-1.5e3,\"",
        ] {
            assert!(in_string(text), "{text}");
        }
        for text in [
            "\"x",
            "{\"a\":\"x\\",
            "{\"a\":\"x\"",
            "[INFO] \"",
            "[2026] \"",
            "{{ \"",
            "{} \"",
            "{\"a\" \"",
            "[\"a\"}, \"",
            "{'a': \"",
            "{\"a\": [1,],\"\n",
        ] {
            assert!(!in_string(text), "{text}");
        }
        assert!(!in_string(&("[".repeat(65) + "\"")) && in_string(&("[".repeat(64) + "\"")));
    }

    #[test]
    fn reads_escapes() {
        assert_eq!(read_escapes(b"a\\/\\u0026\\u00e9\\\"\\n\\u0"), b"a/&\x80\"\n\x80");
    }
}
