//! The header lines of a part.

use crate::base::is_token;
use crate::document::Charset;
use crate::document::Format;
use crate::document::Reason;
use crate::document::Refusal;
use crate::document::format::MediaType;

/// Whether a part is a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum File {
    /// It has no file name.
    No,
    Yes,
    /// To some readers: the name is empty, or written as `filename*` only.
    Perhaps,
}

/// What a part says of its character set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Declared {
    Nothing,
    This(Charset),
    /// One that is not read in parts, or that nobody knows.
    Another,
}

/// What the header lines of a part say.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) name: String,
    pub(super) file: File,
    /// The part's own format, if it is a document.
    pub(super) format: Option<Format>,
    /// What it says that its text is in.
    pub(super) declared: Declared,
}

/// Reads the header lines of a part, without the empty line behind them, in the character set of the
/// form; the offset of a refusal counts from their start.
pub(super) fn read(lines: &[u8], charset: Charset) -> Result<Head, Refusal> {
    if let Some(at) = memchr::memmem::find(lines, b"\\\"") {
        // An escape to some readers. In some character sets its first byte is half of a letter.
        return Err(Refusal::new(Reason::InvalidPart, at));
    }
    if let Some(at) = memchr::memmem::find(lines, b"=?") {
        // An encoded word (RFC 2047, section 2), which some readers decode in parameters, too.
        return Err(Refusal::new(Reason::AmbiguousName, at));
    }
    let mut text = String::with_capacity(lines.len());
    charset.read(lines, &mut text)?;
    if let Some(at) = text.find('\0') {
        return Err(Refusal::new(Reason::ControlCharacter, at));
    }
    let mut at = 0;
    let (mut disposition, mut kind, mut seen) = (None, None, Vec::new());
    for line in text.split("\r\n") {
        let broken = Refusal::new(Reason::InvalidPart, at);
        let (name, value) = line.split_once(':').ok_or(broken)?;
        if !is_token(name) || line.contains(['\r', '\n']) {
            return Err(broken);
        }
        let name = name.to_ascii_lowercase();
        if seen.contains(&name) || seen.len() >= 16 {
            return Err(broken);
        }
        let value = value.trim_matches([' ', '\t']);
        match name.as_str() {
            "content-disposition" => disposition = Some(names(value, at)?),
            "content-type" => kind = Some(MediaType::parse(value).ok_or(broken)?),
            "content-transfer-encoding" => {
                let plain = ["7bit", "8bit", "binary"];
                if !plain.iter().any(|word| value.eq_ignore_ascii_case(word)) {
                    return Err(broken);
                }
            }
            _ => {}
        }
        seen.push(name);
        at += line.len() + 2;
    }
    let (name, file) = disposition.ok_or(Refusal::new(Reason::MissingName, 0))?;
    if charset.hides_syntax(&name) {
        return Err(Refusal::new(Reason::AmbiguousName, 0));
    }
    let label = kind.as_ref().and_then(MediaType::charset);
    let declared = match label.map(|label| Charset::settle(Some(label.as_bytes()), b"")) {
        None => Declared::Nothing,
        Some(Ok(charset)) if charset.extends_ascii() => Declared::This(charset),
        Some(Ok(_) | Err(_)) => Declared::Another,
    };
    Ok(Head { name, file, format: kind.and_then(|kind| kind.format()), declared })
}

/// Reads the value of a `Content-Disposition` (RFC 6266, as RFC 7578, section 4.2 narrows it).
fn names(value: &str, at: usize) -> Result<(String, File), Refusal> {
    let broken = Refusal::new(Reason::InvalidPart, at);
    let (kind, mut rest) =
        value.split_at_checked(value.find(';').unwrap_or(value.len())).ok_or(broken)?;
    if !kind.trim_matches([' ', '\t']).eq_ignore_ascii_case("form-data") {
        return Err(broken);
    }
    let (mut name, mut file, mut extended, mut seen) = (None, None, false, Vec::new());
    while let Some(after) = rest.strip_prefix(';') {
        let after = after.trim_start_matches([' ', '\t']);
        if after.is_empty() {
            break;
        }
        let (parameter, after) = after.split_once('=').ok_or(broken)?;
        let parameter = parameter.trim_matches([' ', '\t']).to_ascii_lowercase();
        let (text, after) = parameter_value(after.trim_start_matches([' ', '\t'])).ok_or(broken)?;
        if !is_token(&parameter) || seen.contains(&parameter) || seen.len() >= 16 {
            return Err(broken);
        }
        match parameter.as_str() {
            // Single quotes are quotes to PHP.
            "name" if text.contains('\\') || text.starts_with('\'') => {
                return Err(Refusal::new(Reason::AmbiguousName, at));
            }
            "name" => name = Some(text.to_owned()),
            "filename" => file = Some(text.is_empty()),
            "filename*" => extended = true,
            // No other one says anything about a field, and some readers find a name inside its value.
            _ => return Err(broken),
        }
        seen.push(parameter);
        rest = after.trim_start_matches([' ', '\t']);
    }
    if !rest.is_empty() && !rest.starts_with(';') {
        return Err(broken);
    }
    let file = match (file, extended) {
        (Some(false), _) => File::Yes,
        (Some(true), _) | (None, true) => File::Perhaps,
        (None, false) => File::No,
    };
    Ok((name.ok_or(Refusal::new(Reason::MissingName, at))?, file))
}

/// Reads a token, or a text in quotes: browsers escape nothing in it with a backslash, others do,
/// so one in front of a quotation mark is refused.
fn parameter_value(text: &str) -> Option<(&str, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([';', ' ', '\t']).unwrap_or(text.len());
        let (value, rest) = text.split_at_checked(end)?;
        return is_token(value).then_some((value, rest));
    };
    let (value, rest) = quoted.split_once('"')?;
    let odd = value.ends_with('\\')
        || value.contains(|letter: char| letter.is_control())
        || value.to_ascii_lowercase().contains("name=");
    (!odd).then_some((value, rest))
}
