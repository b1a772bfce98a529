//! Codings by name, and the order they were applied in.

use std::fmt;

use crate::coding::Reason;
use crate::coding::Refusal;

/// How many codings a chain may have. Two happen by accident, more are made to cost.
pub const LAYERS: usize = 4;

/// A content coding of RFC 9110, section 8.4.1, or of the registry it opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Coding {
    /// The file format of RFC 1952, all members of it. `x-gzip` is the same.
    Gzip,
    /// The zlib format of RFC 1950. Bare RFC 1951 data is read too, never written.
    Deflate,
    /// `br`: Brotli, RFC 7932.
    Brotli,
    /// Zstandard, RFC 8878, with the window of RFC 9659.
    Zstd,
}

impl Coding {
    /// All codings that are read and written.
    pub const ALL: [Self; 4] = [Self::Gzip, Self::Deflate, Self::Brotli, Self::Zstd];

    /// Gives the name that stands in `Content-Encoding`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }

    /// Finds a coding by its name, in any letter case (RFC 9110, section 8.4.1).
    pub fn named(name: &[u8]) -> Option<Self> {
        if name.eq_ignore_ascii_case(b"x-gzip") {
            return Some(Self::Gzip);
        }
        Self::ALL.into_iter().find(|coding| name.eq_ignore_ascii_case(coding.name().as_bytes()))
    }
}

/// The codings of a body in the order they were applied; none for a body as it is.
///
/// It has at most [`LAYERS`] codings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chain(Vec<Coding>);

impl Chain {
    /// Gives a chain; none when it would be too long.
    pub fn new(codings: &[Coding]) -> Option<Self> {
        (codings.len() <= LAYERS).then(|| Self(codings.to_vec()))
    }

    /// Reads the values of all `Content-Encoding` lines of a message, in their order.
    ///
    /// They are one list (RFC 9110, section 5.3). Empty elements are passed over (section
    /// 5.6.1.2), and `identity`, which should not be there, changes nothing. Refuses names we do
    /// not know, parameters among them, and long chains.
    pub fn parse<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, Refusal> {
        let refuse = |reason| Refusal { reason, coding: None };
        let mut codings = Vec::new();
        for element in lines.into_iter().flat_map(|line| line.split(|byte| *byte == b',')) {
            let name = trim(element);
            if name.is_empty() || name.eq_ignore_ascii_case(b"identity") {
                continue;
            }
            codings.push(Coding::named(name).ok_or(refuse(Reason::UnknownCoding))?);
            if codings.len() > LAYERS {
                return Err(refuse(Reason::TooManyCodings));
            }
        }
        Ok(Self(codings))
    }

    /// The names of the codings, in the order they were applied.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.0.clone().into_iter().map(Coding::name)
    }

    /// Whether the body is as it is.
    pub fn is_identity(&self) -> bool {
        self.0.is_empty()
    }

    /// Gives the codings, first applied first.
    pub fn codings(&self) -> &[Coding] {
        &self.0
    }
}

/// The value for `Content-Encoding`; empty when the field should not be there.
impl fmt::Display for Chain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut between = "";
        for coding in &self.0 {
            write!(formatter, "{between}{}", coding.name())?;
            between = ", ";
        }
        Ok(())
    }
}

/// Takes optional white space off both ends: RFC 9110, section 5.6.3, no other blank.
fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(lines: &[&str]) -> Result<String, &'static str> {
        let chain = Chain::parse(lines.iter().map(|line| line.as_bytes()));
        chain.map(|chain| chain.to_string()).map_err(|refusal| refusal.reason.code())
    }

    #[test]
    fn reads_names_in_any_case_and_over_several_lines() {
        assert_eq!(parse(&[]), Ok(String::new()));
        assert_eq!(parse(&["GZip"]), Ok("gzip".to_owned()));
        assert_eq!(parse(&["x-gzip"]), Ok("gzip".to_owned()));
        assert_eq!(parse(&["deflate , BR", "zstd"]), Ok("deflate, br, zstd".to_owned()));
    }

    #[test]
    fn passes_over_empty_elements_and_identity() {
        assert_eq!(parse(&["", ",", " \t, gzip,,"]), Ok("gzip".to_owned()));
        assert_eq!(parse(&["identity", "Identity, br"]), Ok("br".to_owned()));
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for line in ["compress", "gzip;q=1", "gzip br", "\u{b}gzip", "*", "none", "aws-chunked"] {
            assert_eq!(parse(&[line]), Err("unknown_coding"), "{line}");
        }
    }

    #[test]
    fn refuses_long_chains() {
        assert_eq!(parse(&["gzip,br,zstd", "deflate"]), Ok("gzip, br, zstd, deflate".to_owned()));
        assert_eq!(parse(&["gzip,br,zstd,deflate", "gzip"]), Err("too_many_codings"));
        assert_eq!(Chain::new(&[Coding::Gzip; 5]), None);
    }
}
