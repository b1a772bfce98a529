//! The ways in which servers read one request path.
//!
//! The path goes to the upstream as the client wrote it, so what counts is how the *upstream* reads
//! it, and we cannot know that: some decode `%2F` before they split, some cut `;params`, some take a
//! backslash for a slash. [`readings`] gives our own reading (RFC 3986, section 6.2.2: percent
//! decoding, dot segments; and repeated slashes merged) and the others that are plausible for what the path
//! contains. The index then refuses a path whose readings do not lead to the same route.

use std::borrow::Cow;

/// More kinds of oddity than this in one path, and nobody can say what it means.
const ODDITIES: usize = 5;

/// How a server may differ from our own reading. All false is our own.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "a set of independent switches")]
struct How {
    /// `%2F` splits segments (and so does what hides behind it).
    slash: bool,
    /// `\` splits segments.
    backslash: bool,
    /// The path ends at NUL, or at a decoded `?` or `#`.
    cut: bool,
    /// `;…` is taken off segments after decoding.
    params: bool,
    /// `;…` is taken off segments before decoding.
    raw_params: bool,
    /// Percent encoding is decoded twice.
    twice: bool,
    /// `.` and `..` are names like others.
    keep_dots: bool,
    /// Empty segments count.
    keep_empty: bool,
    /// Dots and white space at the end of a segment are dropped, as Windows does, white space and controls at
    /// both ends: frameworks trim segments, and `$` of a regular expression stands before a line feed.
    trim: bool,
    /// `//name/` in front is an authority: a relative reference to URL parsers (RFC 3986, section 4.2).
    authority: bool,
    /// Overlong UTF-8 and `%uXXXX` are decoded.
    exotic: bool,
}

/// Our reading of a path and the others that are plausible. Segments are joined by `/`; there is no
/// leading one, and none at the end: a trailing slash means nothing here.
#[derive(Debug)]
pub(super) struct Readings {
    /// The path as this gateway reads it.
    pub(super) own: Vec<u8>,
    /// The others; `None` when there are too many to say.
    pub(super) others: Option<Vec<Vec<u8>>>,
}

/// Extensions of programs that servers hand the rest of a path to (RFC 3875, section 4.1.5).
const SCRIPTS: [&str; 9] =
    [".php", ".php5", ".phtml", ".cgi", ".fcgi", ".pl", ".asp", ".aspx", ".jsp"];

/// Returns what stands behind the name of a program in a path: `/users/1` of `/index.php/users/1`. Many
/// applications take both for the same.
pub(super) fn behind_script(path: &str) -> Option<String> {
    memchr::memchr2(b'.', b'%', path.as_bytes())?;
    let mut plain = Cow::Borrowed(path);
    for (escape, sign) in [("%2f", "/"), ("%2F", "/"), ("%2e", "."), ("%2E", ".")] {
        if plain.contains(escape) {
            plain = Cow::Owned(plain.replace(escape, sign));
        }
    }
    let is_script = |segment: &str| {
        SCRIPTS.iter().any(|end| {
            let behind = segment.len().checked_sub(end.len()).and_then(|at| segment.get(at..));
            behind.is_some_and(|behind| behind.eq_ignore_ascii_case(end))
        })
    };
    let mut end = 0;
    for segment in plain.split('/') {
        end += segment.len();
        if segment.contains('.') && is_script(segment) {
            return plain.get(end..).filter(|rest| rest.len() > 1).map(str::to_owned);
        }
        end += 1;
    }
    None
}

/// Whether every server reads this path alike, save for letter case and file extensions.
pub(super) fn is_plain(path: &str) -> bool {
    let Some(inner) = path.strip_prefix('/') else { return false };
    let mut before = b'/';
    for &byte in inner.as_bytes() {
        let plain = match byte {
            b'/' => !matches!(before, b'/' | b'.'),
            b'.' => before != b'/',
            b'%' | b'\\' | b';' | b'?' | b'#' => false,
            _ => byte.is_ascii_graphic(),
        };
        if !plain {
            return false;
        }
        before = byte;
    }
    before != b'.'
}

/// Whether every server that we know of reads this path alike, segment by segment as it is written.
pub(super) fn reads_alike(path: &str) -> bool {
    oddities(path.as_bytes()).is_empty()
}

/// Gives all readings of a path that is not plain.
pub(super) fn readings(path: &str) -> Readings {
    let raw = path.as_bytes();
    let own = read(raw, How::default());
    let present = oddities(raw);
    if present.len() > ODDITIES {
        return Readings { own, others: None };
    }
    let mut others = Vec::new();
    for choice in 1_u32..(1 << present.len()) {
        let mut how = How::default();
        for (index, set) in present.iter().enumerate() {
            if choice >> index & 1 == 1 {
                set(&mut how);
            }
        }
        let other = read(raw, how);
        if other != own && !others.contains(&other) {
            others.push(other);
        }
    }
    Readings { own, others: Some(others) }
}

/// Turns one switch of [`How`] on.
type Switch = fn(&mut How);

/// Which switches of [`How`] can matter for a path.
fn oddities(raw: &[u8]) -> Vec<Switch> {
    let once = decode(raw, How { slash: true, exotic: true, ..How::default() });
    let twice = decode(&once, How { slash: true, exotic: true, ..How::default() });
    let has = |wanted: &dyn Fn(&[u8]) -> bool| wanted(raw) || wanted(&once) || wanted(&twice);
    let segment = |wanted: fn(&[u8]) -> bool| {
        has(&|bytes| bytes.split(|b| matches!(b, b'/' | b'\\')).any(wanted))
    };
    let inner = |bytes: &[u8]| {
        let bytes = bytes.strip_prefix(b"/").unwrap_or(bytes);
        let mut segments = bytes.split(|b| matches!(b, b'/' | b'\\')).peekable();
        let mut found = false;
        while let Some(segment) = segments.next() {
            found |= segments.peek().is_some() && bare(segment).is_empty();
        }
        found
    };
    let semicolon = has(&|bytes| bytes.contains(&b';'));
    let checks: [(bool, Switch); 11] = [
        (has(&|b| encoded_slash(b)), |how| how.slash = true),
        (has(&|b| b.contains(&b'\\')), |how| how.backslash = true),
        (has(&|b| b.iter().any(|c| matches!(c, 0 | b'?' | b'#'))), |how| how.cut = true),
        (semicolon, |how| how.params = true),
        (semicolon && raw.contains(&b'%'), |how| how.raw_params = true),
        (once != twice, |how| how.twice = true),
        (segment(|s| matches!(bare(s), b"." | b"..")), |how| how.keep_dots = true),
        (has(&inner), |how| how.keep_empty = true),
        (segment(|s| trimmed(bare(s)) != bare(s)), |how| how.trim = true),
        (raw.starts_with(b"//"), |how| how.authority = true),
        (has(&|b| is_exotic(b)), |how| how.exotic = true),
    ];
    checks.into_iter().filter(|(present, _)| *present).map(|(_, set)| set).collect()
}

/// Reads a path in one way.
fn read(raw: &[u8], how: How) -> Vec<u8> {
    let raw = match raw.strip_prefix(b"//").filter(|_| how.authority) {
        Some(named) => {
            let path = named.iter().position(|&byte| byte == b'/');
            path.and_then(|path| named.get(path..)).unwrap_or_default()
        }
        None => raw,
    };
    let stripped;
    let raw = if how.raw_params {
        stripped = raw.split(|&b| b == b'/').map(bare).collect::<Vec<_>>().join(&b'/');
        &stripped
    } else {
        raw
    };
    let mut decoded = decode(raw, how);
    if how.twice {
        decoded = decode(&decoded, how);
    }
    if how.cut {
        let end = decoded.iter().position(|b| matches!(b, 0 | b'?' | b'#'));
        decoded.truncate(end.unwrap_or(decoded.len()));
    }
    let inner = decoded.strip_prefix(b"/").unwrap_or(&decoded);
    let mut segments: Vec<&[u8]> = Vec::new();
    for segment in inner.split(|&b| b == b'/' || (how.backslash && b == b'\\')) {
        let segment = if how.params { bare(segment) } else { segment };
        match segment {
            b"." if !how.keep_dots => {}
            b".." if !how.keep_dots => {
                segments.pop();
            }
            b"" if !how.keep_empty => {}
            _ if how.trim => segments.push(trimmed(segment)),
            _ => segments.push(segment),
        }
    }
    while segments.last().is_some_and(|last| last.is_empty()) {
        segments.pop();
    }
    segments.join(&b'/')
}

/// A segment without its `;params`.
fn bare(segment: &[u8]) -> &[u8] {
    segment.split(|&b| b == b';').next().unwrap_or_default()
}

/// A segment without white space and controls at its ends, and without dots at its end, unless nothing else is
/// there.
fn trimmed(segment: &[u8]) -> &[u8] {
    let mut kept = segment;
    loop {
        kept = match kept {
            // The last two in UTF-8: the next line and the no-break space.
            [0..=b' ' | 0x7f, rest @ ..]
            | [rest @ .., 0..=b' ' | b'.' | 0x7f]
            | [0xc2, 0x85 | 0xa0, rest @ ..]
            | [rest @ .., 0xc2, 0x85 | 0xa0] => rest,
            [] => return segment,
            _ => return kept,
        };
    }
}

fn hex(pair: &[u8]) -> Option<u8> {
    pair.iter().try_fold(0_u8, |value, &digit| {
        let digit = char::from(digit).to_digit(16)?;
        Some(value.wrapping_shl(4) | u8::try_from(digit).ok()?)
    })
}

/// Decodes percent encoding once. An encoded slash stays encoded unless the reading says otherwise.
fn decode(raw: &[u8], how: How) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first != b'%' {
            out.push(first);
            continue;
        }
        let wide = after.get(1..5).filter(|_| how.exotic && matches!(after, [b'u' | b'U', ..]));
        if let Some([high_a, high_b, low_a, low_b]) = wide
            && hex(&[*high_a, *high_b]) == Some(0)
            && let Some(byte) = hex(&[*low_a, *low_b])
        {
            out.push(byte);
            rest = after.get(5..).unwrap_or_default();
        } else if let Some(byte) = after.get(..2).and_then(hex) {
            if byte == b'/' && !how.slash {
                out.extend_from_slice(b"%2F");
            } else {
                out.push(byte);
            }
            rest = after.get(2..).unwrap_or_default();
        } else {
            out.push(first);
        }
    }
    if how.exotic { shorten(&out) } else { out }
}

/// Turns overlong two-byte forms of ASCII into ASCII, as careless decoders do.
fn shorten(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    loop {
        match rest {
            [lead @ (0xc0 | 0xc1), next @ 0x80..=0xbf, after @ ..] => {
                out.push((lead & 1) << 6 | (next & 0x3f));
                rest = after;
            }
            [byte, after @ ..] => {
                out.push(*byte);
                rest = after;
            }
            [] => return out,
        }
    }
}

fn encoded_slash(bytes: &[u8]) -> bool {
    bytes.windows(3).any(|w| matches!(w, [b'%', b'2', b'f' | b'F'])) || is_exotic(bytes)
}

fn is_exotic(bytes: &[u8]) -> bool {
    let overlong = decode(bytes, How { slash: true, ..How::default() });
    overlong.iter().any(|b| matches!(b, 0xc0 | 0xc1))
        || bytes.windows(2).any(|w| matches!(w, [b'%', b'u' | b'U']))
}
