//! The chunked coding: [RFC 9112, section 7.1].

use crate::base::is_tchar;
use crate::proxy::framing::Fault;
use crate::proxy::framing::line::field;

/// Reads the line before a chunk. Refused although some programs accept them, because others do
/// not: white space round the number, a sign, `0x`, more than 16 digits, a number of 2^62 or more.
/// Extensions must follow the grammar, without the white space that it tolerates; nobody gets to
/// see them, since they belong to the connection.
pub(super) fn chunk_size(line: &[u8]) -> Result<u64, Fault> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let (digits, extensions) = line.split_at(digits);
    if !(1..=16).contains(&digits.len()) || !extensions_are_valid(extensions) {
        return Err(Fault::ChunkSize);
    }
    let size = std::str::from_utf8(digits).ok().and_then(|d| u64::from_str_radix(d, 16).ok());
    size.filter(|&size| size < 1 << 62).ok_or(Fault::ChunkSize)
}

/// `*( ";" token [ "=" ( token / quoted-string ) ] )`
fn extensions_are_valid(mut rest: &[u8]) -> bool {
    while let Some((&first, after)) = rest.split_first() {
        let Some(after) = (first == b';').then_some(after).and_then(skip_token) else {
            return false;
        };
        rest = match after.split_first() {
            Some((b'=', value)) => match value.split_first() {
                Some((b'"', text)) => match skip_quoted(text) {
                    Some(after) => after,
                    None => return false,
                },
                _ => match skip_token(value) {
                    Some(after) => after,
                    None => return false,
                },
            },
            _ => after,
        };
    }
    true
}

fn skip_token(bytes: &[u8]) -> Option<&[u8]> {
    let length = bytes.iter().take_while(|&&byte| is_tchar(byte)).count();
    if length == 0 { None } else { bytes.get(length..) }
}

fn skip_quoted(mut text: &[u8]) -> Option<&[u8]> {
    loop {
        text = match text.split_first()? {
            (b'"', rest) => return Some(rest),
            (b'\\', rest) => match rest.split_first()? {
                (b'\t' | b' '..=b'~' | 0x80.., rest) => rest,
                _ => return None,
            },
            (b'\t' | b' '..=b'~' | 0x80.., rest) => rest,
            _ => return None,
        };
    }
}

/// Checks a trailer field. Fields that frame, route or authenticate a message have no place after its
/// body ([RFC 9110, section 6.5.1]): whoever merged them into the head would read another message.
pub(super) fn trailer(line: &[u8]) -> Result<(), Fault> {
    const NEVER: [&[u8]; 14] = [
        b"content-length",
        b"transfer-encoding",
        b"host",
        b"trailer",
        b"te",
        b"connection",
        b"upgrade",
        b"expect",
        b"authorization",
        b"cookie",
        b"content-type",
        b"content-encoding",
        b"content-range",
        b"forwarded",
    ];
    let (name, _value) = field(line).map_err(|_| Fault::Trailer)?;
    let plain: Vec<u8> =
        name.iter().map(|&b| if b == b'_' { b'-' } else { b.to_ascii_lowercase() }).collect();
    let never = NEVER.contains(&plain.as_slice())
        || plain.starts_with(b"x-forwarded-")
        || plain.starts_with(b"cloakroom-");
    if never { Err(Fault::Trailer) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_sizes_and_ignores_valid_extensions() {
        for (line, size) in [
            ("0", 0),
            ("5", 5),
            ("aF", 175),
            ("000000000000000a", 10),
            ("3fffffffffffffff", (1 << 62) - 1),
            ("5;a", 5),
            ("5;a=b;c=\"d;\\\"e\\\\\"", 5),
        ] {
            assert_eq!(chunk_size(line.as_bytes()), Ok(size), "{line}");
        }
    }

    #[test]
    fn refuses_every_other_spelling() {
        for line in [
            "",
            " 5",
            "5 ",
            "5\t",
            "+5",
            "-1",
            "0x5",
            "5g",
            "x",
            "5;",
            "5;;a",
            "5; a",
            "5 ;a",
            "5;a=",
            "5;a=\"b",
            "5;a=\"b\"c",
            "00000000000000005",
            "4000000000000000",
            "ffffffffffffffff",
            "5,a",
            "5;a\0",
            "5;a=\"\0\"",
            "5;\u{7f}",
        ] {
            assert_eq!(chunk_size(line.as_bytes()), Err(Fault::ChunkSize), "{line:?}");
        }
    }

    #[test]
    fn a_trailer_cannot_change_what_the_message_was() {
        for line in [
            "Content-Length: 3",
            "transfer_encoding: x",
            "Host: a",
            "X-Forwarded-For: a",
            "a b: c",
            " a: b",
            "nothing",
        ] {
            assert_eq!(trailer(line.as_bytes()), Err(Fault::Trailer), "{line}");
        }
        assert_eq!(trailer(b"Digest: x"), Ok(()));
    }
}
