//! Characters, names and references of XML 1.0 (fifth edition): reading and writing text.

use crate::document::Reason;
use crate::document::Refusal;
use crate::document::codec;

/// A character that may stand in a document (section 2.2).
pub(in crate::document) fn is_char(letter: char) -> bool {
    matches!(letter,
        '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// A character that a name may start with (section 2.3), without the colon.
pub(super) fn starts_name(letter: char) -> bool {
    matches!(letter,
        'A'..='Z' | '_' | 'a'..='z' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}'
        | '\u{f8}'..='\u{2ff}' | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}'
        | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}' | '\u{2c00}'..='\u{2fef}'
        | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}'
        | '\u{10000}'..='\u{effff}')
}

/// A character that a name may go on with (section 2.3), without the colon.
pub(super) fn goes_on_name(letter: char) -> bool {
    starts_name(letter)
        || matches!(letter,
            '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

/// One piece of content, as a reader gives it to an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Characters as they stand; line breaks are still those of the document.
    Raw(&'a str),
    /// The character that a reference stands for.
    Letter(char),
    /// A comment: no text.
    Comment,
    /// A processing instruction: no text.
    Instruction,
}

/// Reads the piece of element content at `at`, and gives the offset behind it. Content ends where a
/// tag starts: there it gives none, as at the end of the source.
pub(super) fn piece(source: &str, at: usize) -> Result<Option<(Piece<'_>, usize)>, Refusal> {
    let rest = source.get(at..).unwrap_or_default();
    if rest.starts_with('&') {
        let (letter, length) = reference(rest).map_err(|error| moved(error, at))?;
        return Ok(Some((Piece::Letter(letter), at + length)));
    }
    if let Some(inside) = rest.strip_prefix("<![CDATA[") {
        let text = until(inside, "]]>", source.len())?;
        check(text, at + 9)?;
        return Ok(Some((Piece::Raw(text), at + 9 + text.len() + 3)));
    }
    if let Some(inside) = rest.strip_prefix("<!--") {
        let text = until(inside, "--", source.len())?;
        check(text, at + 4)?;
        let end = at + 4 + text.len() + 2;
        return match source.as_bytes().get(end) {
            Some(b'>') => Ok(Some((Piece::Comment, end + 1))),
            Some(_) => Err(Refusal::new(Reason::UnexpectedByte, end - 2)),
            None => Err(Refusal::new(Reason::UnexpectedEnd, source.len())),
        };
    }
    if let Some(inside) = rest.strip_prefix("<?") {
        let text = until(inside, "?>", source.len())?;
        check(text, at + 2)?;
        let name = text.split([' ', '\t', '\r', '\n']).next().unwrap_or_default();
        if !is_name(name) || name.eq_ignore_ascii_case("xml") {
            return Err(Refusal::new(Reason::UnexpectedByte, at));
        }
        return Ok(Some((Piece::Instruction, at + 2 + text.len() + 2)));
    }
    let text = rest.get(..memchr::memchr2(b'<', b'&', rest.as_bytes()).unwrap_or(rest.len()));
    let text = text.unwrap_or_default();
    if text.is_empty() {
        return Ok(None);
    }
    check(text, at)?;
    match text.find("]]>") {
        Some(inside) => Err(Refusal::new(Reason::UnexpectedByte, at + inside)),
        None => Ok(Some((Piece::Raw(text), at + text.len()))),
    }
}

/// What stands in front of a mark.
fn until<'a>(text: &'a str, mark: &str, end: usize) -> Result<&'a str, Refusal> {
    let cut = Refusal::new(Reason::UnexpectedEnd, end);
    text.split_once(mark).map(|(text, _)| text).ok_or(cut)
}

/// A whole name without a colon.
pub(super) fn is_name(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(starts_name) && letters.all(goes_on_name)
}

/// Refuses characters that XML does not allow.
pub(super) fn check(text: &str, at: usize) -> Result<(), Refusal> {
    let plain = |byte: &u8| matches!(byte, 0x20..=0x7e | b'\n' | b'\t' | b'\r');
    if text.as_bytes().iter().all(plain) {
        return Ok(());
    }
    match text.find(|letter| !is_char(letter)) {
        Some(inside) => Err(Refusal::new(Reason::InvalidCharacter, at + inside)),
        None => Ok(()),
    }
}

/// Reads the reference a text starts with: the character, and the length of the reference.
///
/// Refuses all entities but the five that section 4.6 predefines, and references to characters
/// that may not stand in a document.
pub(super) fn reference(text: &str) -> Result<(char, usize), Refusal> {
    let unknown = Refusal::new(Reason::UnknownEntity, 0);
    // The longest is `&#x10ffff;`, but zeroes may stand in front.
    let end = text.bytes().take(64).position(|byte| byte == b';').ok_or(unknown)?;
    let name = text.get(1..end).ok_or(unknown)?;
    let letter = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        other => {
            let digits = other.strip_prefix('#').ok_or(unknown)?;
            let (digits, radix) =
                digits.strip_prefix('x').map_or((digits, 10), |digits| (digits, 16));
            if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
                return Err(Refusal::new(Reason::UnexpectedByte, 0));
            }
            let code = u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
            code.filter(|letter| is_char(*letter))
                .ok_or(Refusal::new(Reason::InvalidCharacter, 0))?
        }
    };
    Ok((letter, end + 1))
}

/// Adds text with the line breaks of section 2.11: each of CR LF and CR is one LF.
fn push(text: &str, out: &mut String) {
    if !text.contains('\r') {
        out.push_str(text);
        return;
    }
    let mut before = '\0';
    for letter in text.chars() {
        match letter {
            '\n' if before == '\r' => {}
            '\r' => out.push('\n'),
            other => out.push(other),
        }
        before = letter;
    }
}

/// Reads the content of an element that has no child elements.
pub(in crate::document) fn decode_content(raw: &[u8], out: &mut String) -> Result<(), Refusal> {
    let text = codec::utf8(raw)?;
    let mut at = 0;
    while let Some((piece, behind)) = piece(text, at)? {
        match piece {
            Piece::Raw(text) => push(text, out),
            Piece::Letter(letter) => out.push(letter),
            Piece::Comment | Piece::Instruction => {}
        }
        at = behind;
    }
    if at < text.len() { Err(Refusal::new(Reason::UnexpectedByte, at)) } else { Ok(()) }
}

/// Reads the value of an attribute: line breaks and tabs are spaces (section 3.3.3).
pub(in crate::document) fn decode_attribute(raw: &[u8], out: &mut String) -> Result<(), Refusal> {
    let text = codec::utf8(raw)?;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with('&') {
            let (letter, length) = reference(rest).map_err(|error| moved(error, at))?;
            out.push(letter);
            at += length;
            continue;
        }
        let plain = rest.get(..rest.find(['&', '<']).unwrap_or(rest.len())).unwrap_or_default();
        if plain.is_empty() {
            return Err(Refusal::new(Reason::UnexpectedByte, at));
        }
        check(plain, at)?;
        let start = out.len();
        push(plain, out);
        if out.get(start..).is_some_and(|added| added.contains(['\n', '\t'])) {
            let added = out.split_off(start).replace(['\n', '\t'], " ");
            out.push_str(&added);
        }
        at += plain.len();
    }
    Ok(())
}

/// Reads text with references, and gives what every piece of it stands for, with the offset of the
/// piece. For JSON, to which line breaks and tabs are all white space, they stay as they are.
pub(in crate::document) fn units(
    text: &str,
    take: &mut dyn FnMut(usize, &[u8]),
) -> Result<(), Refusal> {
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with('&') {
            let (letter, length) = reference(rest).map_err(|error| moved(error, at))?;
            take(at, letter.encode_utf8(&mut [0; 4]).as_bytes());
            at += length;
        } else if let Some(letter) = rest.chars().next().filter(|letter| *letter != '<') {
            take(at, letter.encode_utf8(&mut [0; 4]).as_bytes());
            at += letter.len_utf8();
        } else {
            return Err(Refusal::new(Reason::UnexpectedByte, at));
        }
    }
    Ok(())
}

/// Writes the content of an element: markup as references, and CR too, which would be read as LF.
pub(in crate::document) fn encode_content(text: &str, out: &mut Vec<u8>) {
    write(text, false, out);
}

/// Writes the value of an attribute for either kind of quotes.
pub(in crate::document) fn encode_attribute(text: &str, out: &mut Vec<u8>) {
    write(text, true, out);
}

fn write(text: &str, attribute: bool, out: &mut Vec<u8>) {
    for letter in text.chars() {
        let written = match letter {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            '\r' => "&#13;",
            '"' if attribute => "&quot;",
            '\'' if attribute => "&apos;",
            '\t' if attribute => "&#9;",
            '\n' if attribute => "&#10;",
            letter => {
                let letter = if is_char(letter) { letter } else { char::REPLACEMENT_CHARACTER };
                out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                continue;
            }
        };
        out.extend_from_slice(written.as_bytes());
    }
}

/// Makes an offset in a part one in the whole.
pub(super) fn moved(error: Refusal, start: usize) -> Refusal {
    let inside = usize::try_from(error.offset).unwrap_or(usize::MAX);
    Refusal::new(error.reason, start.saturating_add(inside))
}
