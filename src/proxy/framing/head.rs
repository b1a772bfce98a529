//! One request's head, line by line as its lines complete.

use crate::base::is_tchar;
use crate::net::FieldNames;
use crate::proxy::framing::Bounds;
use crate::proxy::framing::Fault;
use crate::proxy::framing::State;
use crate::proxy::framing::line::field;
use crate::proxy::framing::line::next_line;

/// Room in the first line for what is not the target: method, two spaces, version.
const REST_OF_LINE: usize = 64;

/// Names that, with other signs for `-`, some programs cannot tell from the real ones: environments of CGI
/// and WSGI write `HTTP_…` for both, and PHP has `_` for `.` as well.
const LOOKALIKES: [&[u8]; 17] = [
    b"content-length",
    b"transfer-encoding",
    b"host",
    b"connection",
    b"content-type",
    b"forwarded",
    b"x-forwarded-for",
    b"x-forwarded-proto",
    b"x-forwarded-host",
    b"x-real-ip",
    b"content-encoding",
    b"x-original-url",
    b"x-rewrite-url",
    b"x-http-method-override",
    b"x-http-method",
    b"x-http-verb",
    b"x-method-override",
];

/// Whether a name is one of the [`LOOKALIKES`] but for its signs: `Content_Length`, `Transfer.Encoding`,
/// `Content--Length`, `Host_`.
fn is_lookalike(name: &[u8]) -> bool {
    let mut before = b'-';
    let mut is_usual = |&byte: &u8| {
        let usual = byte.is_ascii_alphanumeric() || (byte == b'-' && before != b'-');
        before = byte;
        usual
    };
    if name.iter().all(&mut is_usual) && before != b'-' {
        return false;
    }
    let words = name.split(|byte| !byte.is_ascii_alphanumeric());
    let words: Vec<&[u8]> = words.filter(|word| !word.is_empty()).collect();
    let dashed = words.join(&b'-').to_ascii_lowercase();
    LOOKALIKES.contains(&dashed.as_slice()) || dashed.starts_with(b"cloakroom-")
}

/// What is known of a head so far.
#[derive(Debug, Default)]
pub(super) struct Head {
    /// Where the first line that is not read yet begins.
    line_start: usize,
    /// Up to here there is no line feed.
    searched: usize,
    blank_line: bool,
    first: Option<First>,
    fields: usize,
    host: Option<Vec<u8>>,
    length: Option<u64>,
    chunked: bool,
    upgrade: UpgradeFields,
}

/// Both fields that ask for another protocol must be there: [RFC 9110, section 7.8].
#[derive(Debug, Default)]
struct UpgradeFields {
    upgrade: bool,
    connection: bool,
}

#[derive(Debug)]
struct First {
    http11: bool,
    /// Of a target that is a URL.
    authority: Option<Vec<u8>>,
}

impl Head {
    /// Reads the lines that are complete, and notes their names. Gives the head's length when it is.
    pub(super) fn read(
        &mut self,
        bytes: &[u8],
        bounds: Bounds,
        names: &mut FieldNames,
    ) -> Result<Option<usize>, Fault> {
        loop {
            let rest = bytes.get(self.line_start..).unwrap_or_default();
            let searched = self.searched.saturating_sub(self.line_start);
            let (most, too_long) = self.longest_line(rest, bounds)?;
            let Some((line, length)) = next_line(rest, searched, most, too_long)? else {
                self.searched = bytes.len();
                return Ok(None);
            };
            self.line_start += length;
            if self.line(line, bounds, names)? {
                self.check_whole()?;
                names.end_section();
                return Ok(Some(self.line_start));
            }
        }
    }

    /// How long the next line may be, and what is wrong when it is longer. What can be no request is
    /// refused by its first byte, not when its sender has tired.
    fn longest_line(&self, line: &[u8], bounds: Bounds) -> Result<(usize, Fault), Fault> {
        if self.first.is_some() {
            let left = bounds.header_bytes.saturating_sub(self.line_start);
            return Ok((left, Fault::HeaderTooLarge));
        }
        match line.first() {
            Some(&first) if !is_tchar(first) && !matches!(first, b'\r' | b'\n') => {
                Err(Fault::RequestLine)
            }
            // A method that leaves no room for the version is none.
            Some(&first)
                if is_tchar(first)
                    && line.get(..REST_OF_LINE).is_some_and(|start| !start.contains(&b' ')) =>
            {
                Err(Fault::RequestLine)
            }
            _ => Ok((bounds.target_bytes + REST_OF_LINE, Fault::TargetTooLong)),
        }
    }

    /// Takes one line; gives whether it was the last.
    fn line(&mut self, line: &[u8], bounds: Bounds, names: &mut FieldNames) -> Result<bool, Fault> {
        if self.first.is_none() {
            // [RFC 9112, section 2.2]: one empty line before a request is forgiven.
            if line.is_empty() && !self.blank_line {
                self.blank_line = true;
                return Ok(false);
            }
            self.first = Some(request_line(line, bounds)?);
            return Ok(false);
        }
        if line.is_empty() {
            return Ok(true);
        }
        self.fields += 1;
        if self.fields > bounds.header_fields {
            return Err(Fault::TooManyFields);
        }
        let (name, value) = field(line)?;
        names.note(name);
        self.take_note(name, value)?;
        Ok(false)
    }

    fn take_note(&mut self, name: &[u8], value: &[u8]) -> Result<(), Fault> {
        if is(name, b"host") {
            if self.host.is_some() {
                return Err(Fault::HostRepeated);
            }
            if !host_is_valid(value) {
                return Err(Fault::HostInvalid);
            }
            // It is compared with the authority of a target that is a URL.
            let has_authority = self.first.as_ref().is_some_and(|first| first.authority.is_some());
            self.host = Some(if has_authority { value.to_vec() } else { Vec::new() });
        } else if is(name, b"content-length") {
            if self.length.is_some() {
                return Err(Fault::LengthRepeated);
            }
            self.length = Some(length(value).ok_or(Fault::LengthInvalid)?);
        } else if is(name, b"transfer-encoding") {
            if self.chunked || !is(value, b"chunked") {
                return Err(Fault::CodingInvalid);
            }
            self.chunked = true;
        } else if is(name, b"upgrade") {
            self.upgrade.upgrade = true;
        } else if is(name, b"connection") {
            let mut options = value.split(|&byte| byte == b',');
            self.upgrade.connection |= options.any(|option| is(option.trim_ascii(), b"upgrade"));
        } else if is_lookalike(name) {
            return Err(Fault::Lookalike);
        }
        Ok(())
    }

    fn check_whole(&self) -> Result<(), Fault> {
        let first = self.first.as_ref().ok_or(Fault::RequestLine)?;
        if self.chunked && self.length.is_some() {
            return Err(Fault::BothFramings);
        }
        if self.chunked && !first.http11 {
            return Err(Fault::CodingVersion);
        }
        let host = self.host.as_ref().ok_or(Fault::HostMissing)?;
        match &first.authority {
            Some(authority) if !authority.eq_ignore_ascii_case(host) => Err(Fault::HostMismatch),
            _ => Ok(()),
        }
    }

    /// What follows the head; none when that is another head. An upgrade together with a body stays HTTP:
    /// the server may ignore the field ([RFC 9110, section 7.8]).
    pub(super) fn body(&self) -> Option<State> {
        let http11 = self.first.as_ref().is_some_and(|first| first.http11);
        match self.length {
            _ if self.chunked => Some(State::ChunkSize),
            Some(length) if length > 0 => Some(State::Length(length)),
            _ if self.upgrade.upgrade && self.upgrade.connection && http11 => Some(State::Held),
            _ => None,
        }
    }
}

fn is(text: &[u8], lower: &[u8]) -> bool {
    text.len() == lower.len() && text.eq_ignore_ascii_case(lower)
}

fn request_line(line: &[u8], bounds: Bounds) -> Result<First, Fault> {
    let mut words = line.split(|&byte| byte == b' ');
    let (Some(method), Some(target), Some(version), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(Fault::RequestLine);
    };
    if method.is_empty() || target.is_empty() || !method.iter().copied().all(is_tchar) {
        return Err(Fault::RequestLine);
    }
    let http11 = match version {
        b"HTTP/1.1" => true,
        b"HTTP/1.0" => false,
        [b'H', b'T', b'T', b'P', b'/', major, b'.', minor]
            if major.is_ascii_digit() && minor.is_ascii_digit() =>
        {
            return Err(Fault::Version);
        }
        _ => return Err(Fault::RequestLine),
    };
    if matches!(method, b"CONNECT" | b"TRACE") {
        return Err(Fault::Method);
    }
    if target.len() > bounds.target_bytes {
        return Err(Fault::TargetTooLong);
    }
    Ok(First { http11, authority: authority(method, target)? })
}

/// Checks the four forms of [RFC 9112, section 3.2]; gives the authority of a URL.
fn authority(method: &[u8], target: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
    let query = memchr::memchr(b'?', target).and_then(|at| target.get(at..)).unwrap_or_default();
    if !target.iter().all(|&byte| may_be_in_target(byte)) || query.contains(&b'"') {
        return Err(Fault::TargetCharacter);
    }
    if target.starts_with(b"/") {
        return Ok(None);
    }
    if target == b"*" {
        return if method == b"OPTIONS" { Ok(None) } else { Err(Fault::Target) };
    }
    let after_scheme =
        strip_scheme(target, b"http://").or_else(|| strip_scheme(target, b"https://"));
    let after_scheme = after_scheme.ok_or(Fault::Target)?;
    let end = after_scheme.iter().position(|byte| matches!(byte, b'/' | b'?'));
    let authority = after_scheme.get(..end.unwrap_or(after_scheme.len())).unwrap_or_default();
    // Such a target must become `*` on its way ([RFC 9112, section 3.2.4]); nobody sends it, and the
    // types behind this scanner cannot tell it from one with the path `/`.
    let no_path = method == b"OPTIONS" && end.is_none();
    if host_is_valid(authority) && !no_path {
        Ok(Some(authority.to_vec()))
    } else {
        Err(Fault::Target)
    }
}

fn strip_scheme<'a>(target: &'a [u8], scheme: &[u8]) -> Option<&'a [u8]> {
    let (start, rest) = target.split_at_checked(scheme.len())?;
    start.eq_ignore_ascii_case(scheme).then_some(rest)
}

/// Printable ASCII, less what ends a target for some (`#`), is read as `/` by others (`\`), or is
/// taken by none of our parsers. (A query cannot have `"` either.)
fn may_be_in_target(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'#' | b'<' | b'>' | b'\\' | b'`')
}

/// At most 18 digits, no sign, no leading zero that somebody could read as octal.
fn length(value: &[u8]) -> Option<u64> {
    let plain = (1..=18).contains(&value.len())
        && value.iter().all(u8::is_ascii_digit)
        && (value.len() == 1 || value.first() != Some(&b'0'));
    if !plain {
        return None;
    }
    std::str::from_utf8(value).ok()?.parse().ok()
}

/// Whether this is a host name, an IPv4 address, or an IPv6 address in brackets, with a port or not.
fn host_is_valid(value: &[u8]) -> bool {
    let (host_valid, port) = if let Some(bracketed) = value.strip_prefix(b"[") {
        let Some(end) = bracketed.iter().position(|&byte| byte == b']') else { return false };
        let (address, rest) = bracketed.split_at(end);
        let address = std::str::from_utf8(address).ok();
        let valid = address.is_some_and(|a| a.parse::<std::net::Ipv6Addr>().is_ok());
        (valid, rest.get(1..).unwrap_or_default())
    } else {
        let end = value.iter().position(|&byte| byte == b':').unwrap_or(value.len());
        let (name, rest) = value.split_at(end);
        (name_is_valid(name), rest)
    };
    host_valid && port_is_valid(port)
}

fn name_is_valid(name: &[u8]) -> bool {
    let name = name.strip_suffix(b".").unwrap_or(name);
    (1..=253).contains(&name.len())
        && name.split(|&byte| byte == b'.').all(|label| {
            let plain = |&byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            !label.is_empty() && label.iter().all(plain)
        })
}

fn port_is_valid(port: &[u8]) -> bool {
    match port.split_first() {
        None => true,
        Some((b':', digits)) => {
            let digits = std::str::from_utf8(digits).unwrap_or_default();
            digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.parse::<u16>().is_ok()
        }
        Some(_) => false,
    }
}
