//! Where in a URL a place is, from the bytes of an attribute value before it.
//!
//! The states follow the basic URL parser [WHATWG URL, section 4.4] as far as it is certain: the
//! scheme and the host are recognised only when they are spelled plainly. A character reference,
//! tab or line feed in them makes the URL unknown, and an unknown URL keeps its tokens.

use crate::document::html::context::Part;
use crate::document::html::context::Why;
use crate::document::html::parameter::Parameter;

/// Longest scheme that is known.
const SCHEME: usize = 6;

/// What has been read of a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::document) enum Url {
    /// Nothing but white space.
    Start,
    /// What may be a scheme, or the first segment of a relative path.
    Scheme([u8; SCHEME], usize),
    /// `http:` and how many slashes after it.
    Slashes(u8),
    /// One leading slash: a path, or the host if a second one follows.
    Slash,
    /// The beginning of the host. Further slashes would be skipped by a browser.
    HostStart,
    /// The host and what belongs to it: how much of it was read, and whether it is that of the page
    /// so far.
    Host(u16, bool),
    /// Behind the host: the path.
    Path,
    /// Behind its question mark.
    Query(Parameter),
    /// The fragment, or the header fields of a mail: as a path is written.
    Fragment,
    /// The address of a `mailto:` URL.
    Mailbox,
    /// The number of a `tel:` or `sms:` URL.
    Phone,
    /// Not to be touched: unknown, or sent to another host than the page's.
    Unknown,
}

impl Url {
    const QUERY: Self = Self::Query(Parameter::START);

    /// Takes one byte of the value, in attribute spelling. `own` is the page's host with its port, in
    /// lower case: what a URL of another host carries leaves the application.
    pub(in crate::document) fn push(self, byte: u8, own: &[u8]) -> Self {
        let plain = byte > b' ' && byte < 0x7f && byte != b'&';
        match self {
            Self::Start if byte == b' ' => self,
            Self::Mailbox | Self::Phone if matches!(byte, b'?' | b'#') => Self::Fragment,
            Self::Path if byte == b'?' => Self::QUERY,
            Self::Path if byte == b'#' => Self::Fragment,
            Self::Query(read) if byte == b'#' && !read.may_refer() => Self::Fragment,
            Self::Query(read) => Self::Query(read.push(byte)),
            Self::Path | Self::Fragment | Self::Unknown | Self::Mailbox | Self::Phone => self,
            _ if !plain => Self::Unknown,
            Self::Start => match byte {
                b'/' => Self::Slash,
                b'\\' => Self::Unknown,
                b'?' => Self::QUERY,
                b'#' => Self::Fragment,
                byte if byte.is_ascii_alphabetic() => Self::scheme([0; SCHEME], 0, byte),
                _ => Self::Path,
            },
            Self::Scheme(name, length) => match byte {
                b':' => Self::after_scheme(name.get(..length).unwrap_or_default()),
                b'?' => Self::QUERY,
                b'#' => Self::Fragment,
                b'/' => Self::Path,
                b'+' | b'-' | b'.' => Self::scheme(name, length, byte),
                byte if byte.is_ascii_alphanumeric() => Self::scheme(name, length, byte),
                b'\\' => Self::Unknown,
                _ => Self::Path,
            },
            Self::Slash => match byte {
                b'/' => Self::HostStart,
                b'\\' => Self::Unknown,
                b'?' => Self::QUERY,
                b'#' => Self::Fragment,
                _ => Self::Path,
            },
            Self::Slashes(0) if byte == b'/' => Self::Slashes(1),
            Self::Slashes(1) if byte == b'/' => Self::HostStart,
            Self::Slashes(_) => Self::Unknown,
            Self::HostStart if matches!(byte, b'/' | b'\\' | b'?' | b'#') => Self::Unknown,
            Self::HostStart => Self::host(0, true, byte, own),
            Self::Host(length, same) => Self::host(length, same, byte, own),
        }
    }

    fn host(length: u16, same: bool, byte: u8, own: &[u8]) -> Self {
        match byte {
            b'/' if same && usize::from(length) == own.len() => Self::Path,
            b'?' if same && usize::from(length) == own.len() => Self::QUERY,
            b'#' if same && usize::from(length) == own.len() => Self::Fragment,
            b'/' | b'?' | b'#' | b'\\' => Self::Unknown,
            byte => {
                let here = own.get(usize::from(length));
                let same = same && here.is_some_and(|own| *own == byte.to_ascii_lowercase());
                Self::Host(length.saturating_add(1), same)
            }
        }
    }

    fn scheme(mut name: [u8; SCHEME], length: usize, byte: u8) -> Self {
        if let Some(slot) = name.get_mut(length) {
            *slot = byte.to_ascii_lowercase();
        }
        // One more than fits is as unknown as many more.
        Self::Scheme(name, length.saturating_add(1).min(SCHEME + 1))
    }

    fn after_scheme(scheme: &[u8]) -> Self {
        match scheme {
            b"http" | b"https" => Self::Slashes(0),
            b"mailto" => Self::Mailbox,
            b"tel" | b"sms" => Self::Phone,
            _ => Self::Unknown,
        }
    }

    /// Whether the rest of the value makes no difference.
    pub(super) fn settled(self) -> bool {
        matches!(self, Self::Fragment | Self::Unknown)
    }

    /// What a value written here becomes a part of, or why it must not be written.
    pub(in crate::document) fn part(self) -> Result<Part, Why> {
        match self {
            // A lone slash: what follows is percent-encoded, so no second slash can come of it.
            Self::Path | Self::Slash | Self::Fragment => Ok(Part::Path),
            Self::Query(read) if read.nested() => Err(Why::Nested),
            Self::Query(_) => Ok(Part::Query),
            Self::Mailbox => Ok(Part::Mailbox),
            Self::Phone => Ok(Part::Phone),
            Self::Start
            | Self::Scheme(..)
            | Self::Slashes(_)
            | Self::HostStart
            | Self::Host(..)
            | Self::Unknown => Err(Why::Url),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(before: &str) -> Option<Part> {
        before.bytes().fold(Url::Start, |url, byte| url.push(byte, b"a.example:8443")).part().ok()
    }

    #[test]
    fn a_value_may_stand_behind_scheme_and_host() {
        for before in [
            "/",
            "/users/",
            "#",
            "/#?q=",
            "?q=1#",
            "users/",
            "./",
            "https://a.example:8443/",
            "//A.Example:8443/b?c=#",
        ] {
            assert_eq!(part(before), Some(Part::Path), "{before}");
        }
        for before in [
            "?q=",
            "/?",
            "a?b=",
            "https://a.example:8443?q",
            "//A.Example:8443/b?c=",
            "/?a=?&amp;b=",
        ] {
            assert_eq!(part(before), Some(Part::Query), "{before}");
        }
        assert_eq!(part("  MailTo:"), Some(Part::Mailbox));
        assert_eq!(part("mailto:a@b?subject="), Some(Part::Path));
        assert_eq!(part("tel:"), Some(Part::Phone));
    }

    #[test]
    fn a_value_never_decides_scheme_or_host() {
        for before in [
            "",
            " ",
            "x",
            "java",
            "javascript:",
            "javascript:a/",
            "data:text/html,",
            "vbscript:",
            "https:",
            "https://",
            "https://a.",
            "//",
            "\\",
            "/\\",
            "http:/",
            "http:///",
            "blob:",
            "java\tscript:x/",
            "&#106;avascript:",
            "javascript&colon;",
            "/\t/",
            "/&#47;",
            "\u{1}/",
            "https:\\\\a/",
            "///a/",
            "ftp://a/",
            "mailtoo:",
            "htt&#112;s://a/",
            "https://a.example/",
            "https://a.example:84433/",
            "https://a.example:844/",
            "https://u@a.example:8443/",
            "//evil.example/?x=",
        ] {
            assert_eq!(part(before), None, "{before:?}");
        }
    }
}
