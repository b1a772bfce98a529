//! Cookies (RFC 6265bis): pairs of a `Cookie` line, and the one pair of a `Set-Cookie` line.
//!
//! A name is a member. As in forms, every occurrence of a name counts, and a name is emitted in every
//! way that is common: as it is, percent-decoded, and with its brackets taken apart, because PHP
//! makes lists of `user[email]` here too. The value is percent-encoded text; quotes around it are
//! not part of it and stay. A `Set-Cookie` line has one pair; its attributes are not looked at.
//!
//! RFC 6265bis splits at every semicolon; older readers (RFC 2109, section 4.1) keep a quoted one.
//! So a selected value with a quotation mark inside, or with one side of its quotes missing, is
//! refused, as is a backslash, with which those readers escape. To protect, a pair behind a comma or a
//! blank is refused when its name is selected: some readers end a value there. A cookie without `=` is
//! the value of a cookie without a name (RFC 6265bis, section 5.6).

use crate::document::Codec;
use crate::document::ReadContext;
use crate::document::Reason;
use crate::document::Refusal;
use crate::document::codec;
use crate::document::flat;
use crate::document::flat::Emitter;
use crate::document::percent;
use crate::document::visitor;
use crate::document::visitor::Leaf;
use crate::document::visitor::Scalar;
use crate::document::visitor::Visitor;

/// Which header field a line is the value of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    Cookie,
    /// `Set-Cookie`: a pair and attributes.
    SetCookie,
}

/// Reads a line and emits its events.
pub(super) fn scan<S: Visitor>(
    source: &[u8],
    line: Line,
    context: ReadContext<'_>,
    visitor: &mut S,
) -> Result<(), Refusal> {
    flat::fits(source)?;
    if let Some(at) = source.iter().position(|byte| matches!(byte, b'\0' | b'\r' | b'\n')) {
        return Err(Refusal::new(Reason::ControlCharacter, at));
    }
    let mut emitter = Emitter::new(context, visitor);
    emitter.open(0)?;
    let mut start = 0;
    for raw in source.split(|&byte| byte == b';') {
        if !raw.trim_ascii().is_empty() {
            pair(raw, start, context.program.reads_values(), &mut emitter)?;
        }
        if line == Line::SetCookie {
            break;
        }
        start += raw.len() + 1;
    }
    emitter.close(source.len());
    Ok(())
}

/// Emits one pair that starts at an offset of the line.
fn pair<S: Visitor>(
    raw: &[u8],
    start: usize,
    all: bool,
    emitter: &mut Emitter<'_, S>,
) -> Result<(), Refusal> {
    let equals = raw.iter().position(|&byte| byte == b'=');
    let name = trim(raw.get(..equals.unwrap_or(0)).unwrap_or_default());
    let behind = equals.map_or(0, |at| at + 1);
    let padded = raw.get(behind..).unwrap_or_default();
    let value = trim(padded);
    let front = padded.iter().take_while(|byte| is_blank(**byte)).count();
    let mut at = start + behind + front.min(padded.len() - value.len());
    let inner = unquoted(value);
    at += usize::from(inner.len() < value.len());
    let name = codec::utf8(name).map_err(|error| Refusal::new(error.reason, start))?;
    let span = visitor::span(at, at + inner.len());
    let leaf = Leaf { span, codec: Codec::Cookie, scalar: Scalar::Text };
    if let Some(at) = other_pair(raw, emitter, start)? {
        return Err(Refusal::new(Reason::AmbiguousSeparator, start + at));
    }
    let mut read = all | emitter.emit(name, start, &mut |visitor| visitor.leaf(leaf))?;
    let mut decoded = String::new();
    if name.contains('%')
        && percent::decode_path(name.as_bytes(), &mut decoded).is_ok()
        && decoded != name
    {
        read |= emitter.emit(&decoded, start, &mut |visitor| visitor.leaf(leaf))?;
    }
    if read { check(inner, at) } else { Ok(()) }
}

/// Where a selected pair starts inside of a pair, to readers that also take a comma, a blank or a
/// quotation mark for a separator, or pass over an equals sign without a name.
fn other_pair<S: Visitor>(
    raw: &[u8],
    emitter: &Emitter<'_, S>,
    start: usize,
) -> Result<Option<usize>, Refusal> {
    let front = raw.iter().take_while(|byte| is_blank(**byte)).count();
    let raw = raw.get(front..).unwrap_or_default();
    let letter = raw.iter().position(u8::is_ascii_alphanumeric).unwrap_or(raw.len());
    for end in memchr::memchr_iter(b'=', raw) {
        let name = trim(raw.get(..end).unwrap_or_default());
        let Some(sign) = name.iter().rposition(|byte| b"=, \t\"".contains(byte)) else { continue };
        let (before, name) = name.split_at_checked(sign + 1).unwrap_or_default();
        // What follows an equals sign is a value, if that has a name; signs alone are none to some.
        let valued = before.ends_with(b"=") && letter <= sign;
        let is_named = !valued && !name.is_empty();
        if is_named && emitter.is_doubtful(&String::from_utf8_lossy(name), start)? {
            return Ok(Some(front + sign + 1));
        }
    }
    Ok(None)
}

/// Refuses a value that readers could understand differently.
fn check(value: &[u8], at: usize) -> Result<(), Refusal> {
    if let Some(inside) = value.iter().position(|byte| matches!(byte, b'"' | b'\\')) {
        return Err(Refusal::new(Reason::AmbiguousQuote, at + inside));
    }
    if let Some(inside) = value.iter().position(u8::is_ascii_control) {
        return Err(Refusal::new(Reason::ControlCharacter, at + inside));
    }
    let mut text = zeroize::Zeroizing::new(String::new());
    percent::decode_path(value, &mut text).map_err(|error| Refusal::new(error.reason, at))
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Takes spaces and tabs off both ends.
fn trim(bytes: &[u8]) -> &[u8] {
    let front = bytes.iter().take_while(|byte| is_blank(**byte)).count();
    let rest = bytes.get(front..).unwrap_or_default();
    let back = rest.iter().rev().take_while(|byte| is_blank(**byte)).count();
    rest.get(..rest.len() - back).unwrap_or_default()
}

/// Takes one pair of quotes off.
fn unquoted(value: &[u8]) -> &[u8] {
    let inner = value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
    inner.unwrap_or(value)
}

/// Writes a value: what is no cookie octet (RFC 6265, section 4.1.1) as `%XX`, and so `%` itself,
/// `+`, which some readers take for a space, and `=`, which would give a cookie without a name one.
pub(super) fn encode(text: &str, out: &mut Vec<u8>) {
    let stays = |byte: u8| byte.is_ascii_graphic() && !b"\",;\\%+=".contains(&byte);
    percent::encode_where(text, stays, out);
}
