//! Streams that the standards let one write by hand.

use cloakroom::coding::Coding;
use cloakroom::coding::Reason;

use crate::coding::decode;
use crate::coding::encode;

/// RFC 1951, section 3.2.4: one stored block, final, of "abc".
const STORED: [u8; 8] = [0x01, 3, 0, 0xfc, 0xff, b'a', b'b', b'c'];
/// RFC 1951, section 3.2.6: one block with fixed codes, final, empty.
const EMPTY: [u8; 2] = [0x03, 0x00];
/// CRC-32 of "abc", least significant byte first.
const ABC_CRC: [u8; 4] = 0x3524_41c2_u32.to_le_bytes();

fn member(flags: u8, optional: &[u8], data: &[u8], crc: [u8; 4], length: u32) -> Vec<u8> {
    let header = [0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 3];
    [&header[..], optional, data, &crc, &length.to_le_bytes()].concat()
}

fn abc(flags: u8, optional: &[u8]) -> Vec<u8> {
    member(flags, optional, &STORED, ABC_CRC, 3)
}

fn gzip(body: &[u8]) -> Result<Vec<u8>, Reason> {
    decode(&[Coding::Gzip], body)
}

fn deflate(body: &[u8]) -> Result<Vec<u8>, Reason> {
    decode(&[Coding::Deflate], body)
}

fn zstd(body: &[u8]) -> Result<Vec<u8>, Reason> {
    decode(&[Coding::Zstd], body)
}

fn brotli(body: &[u8]) -> Result<Vec<u8>, Reason> {
    decode(&[Coding::Brotli], body)
}

#[test]
fn a_gzip_member_is_read() {
    assert_eq!(gzip(&abc(0, &[])).unwrap(), b"abc");
    assert_eq!(gzip(&member(0, &[], &EMPTY, [0; 4], 0)).unwrap(), b"");
}

#[test]
fn all_optional_parts_of_a_gzip_header_are_passed_over() {
    assert_eq!(gzip(&abc(0x01, &[])).unwrap(), b"abc"); // FTEXT says nothing
    assert_eq!(gzip(&abc(0x04, &[4, 0, b'A', b'p', 0, 0])).unwrap(), b"abc");
    assert_eq!(gzip(&abc(0x04, &[0, 0])).unwrap(), b"abc");
    assert_eq!(gzip(&abc(0x08, b"name.txt\0")).unwrap(), b"abc");
    assert_eq!(gzip(&abc(0x10, b"a comment\0")).unwrap(), b"abc");
    assert_eq!(gzip(&abc(0x1c, b"\x01\x00Xn\0c\0")).unwrap(), b"abc");
}

#[test]
fn the_checksum_of_a_gzip_header_counts() {
    let header = [0x1f, 0x8b, 8, 0x0a, 0, 0, 0, 0, 0, 3, b'n', 0];
    let mut crc = flate2::Crc::new();
    crc.update(&header);
    let low = u16::try_from(crc.sum() & 0xffff).unwrap();
    let optional = |sum: u16| [&b"n\0"[..], &sum.to_le_bytes()].concat();
    assert_eq!(gzip(&abc(0x0a, &optional(low))).unwrap(), b"abc");
    assert_eq!(gzip(&abc(0x0a, &optional(low ^ 1))), Err(Reason::Corrupt));
}

#[test]
fn reserved_flags_and_other_methods_of_gzip_are_refused() {
    for flags in [0x20, 0x40, 0x80] {
        assert_eq!(gzip(&abc(flags, &[])), Err(Reason::Corrupt));
    }
    let mut other = abc(0, &[]);
    other[2] = 7;
    assert_eq!(gzip(&other), Err(Reason::Corrupt));
}

#[test]
fn checksum_and_length_of_a_gzip_member_count() {
    assert_eq!(gzip(&member(0, &[], &STORED, [0; 4], 3)), Err(Reason::Corrupt));
    assert_eq!(gzip(&member(0, &[], &STORED, ABC_CRC, 4)), Err(Reason::Corrupt));
}

#[test]
fn gzip_members_follow_each_other() {
    let empty = member(0, &[], &EMPTY, [0; 4], 0);
    let body = [abc(0, &[]), empty.clone(), abc(0x08, b"n\0"), empty].concat();
    assert_eq!(gzip(&body).unwrap(), b"abcabc");
}

#[test]
fn behind_the_last_gzip_member_there_is_nothing() {
    for tail in [&b"\0"[..], b"\0\0\0\0", b"x", b"\x1f\x8c", b"{\"email\":1}"] {
        assert_eq!(gzip(&[abc(0, &[]), tail.to_vec()].concat()), Err(Reason::TrailingData));
    }
    for tail in [&b"\x1f"[..], b"\x1f\x8b", b"\x1f\x8b\x08\x00"] {
        assert_eq!(gzip(&[abc(0, &[]), tail.to_vec()].concat()), Err(Reason::Truncated));
    }
}

/// RFC 1950, section 2.2: 0x78 is method 8 with a window of 32 KiB; Adler-32 of "abc" is 0x024d0127.
#[test]
fn a_zlib_stream_is_read() {
    let stream = |head: [u8; 2], sum: [u8; 4]| [&head[..], &STORED, &sum].concat();
    let adler = 0x024d_0127_u32.to_be_bytes();
    for head in [[0x78, 0x01], [0x78, 0x5e], [0x78, 0x9c], [0x78, 0xda], [0x08, 0x1d]] {
        assert_eq!(deflate(&stream(head, adler)).unwrap(), b"abc");
    }
    assert_eq!(deflate(&stream([0x78, 0x9c], [0; 4])), Err(Reason::Corrupt));
    assert_eq!(deflate(&stream([0x78, 0x9d], adler)), Err(Reason::Corrupt)); // not × 31
    assert_eq!(deflate(&stream([0x88, 0x1c], adler)), Err(Reason::Corrupt)); // window 64 KiB
    assert_eq!(deflate(&stream([0x78, 0xbb], adler)), Err(Reason::Dictionary));
    let twice = [stream([0x78, 1], adler), stream([0x78, 1], adler)].concat();
    assert_eq!(deflate(&twice), Err(Reason::TrailingData));
}

#[test]
fn bare_deflate_data_is_read_and_zlib_written() {
    assert_eq!(deflate(&STORED).unwrap(), b"abc");
    assert_eq!(deflate(&EMPTY).unwrap(), b"");
    assert_eq!(deflate(&[&STORED[..], b"x"].concat()), Err(Reason::TrailingData));
    assert_eq!(deflate(&[&EMPTY[..], b"x"].concat()), Err(Reason::TrailingData));
    assert_eq!(encode(&[Coding::Deflate], b"abc")[0], 0x78);
}

/// A bare stored block with filling bits that make its first two bytes those of zlib.
#[test]
fn what_could_be_zlib_is_never_read_as_bare() {
    // 0x78: not final, stored, filling 01111; then LEN 0x009c, its complement, 156 bytes, the end.
    let block = [&[0x78, 0x9c, 0x00, 0x63, 0xff][..], &[b'a'; 156], &EMPTY].concat();
    assert_eq!(deflate(&block), Err(Reason::Corrupt));
}

/// RFC 1951, section 3.2.5: a match may not reach back before the start of the stream.
#[test]
fn a_back_reference_before_the_start_is_refused() {
    // Fixed codes, least significant bit first: 1, 01, length 3 (0000001), distance 1 (00000).
    let data = [0x03, 0x02, 0x00, 0x00];
    assert_eq!(deflate(&data), Err(Reason::Corrupt));
    // Also when a member before it left bytes in the window.
    let body = [abc(0, &[]), member(0, &[], &data, [0; 4], 3)].concat();
    assert_eq!(gzip(&body), Err(Reason::Corrupt));
}

/// RFC 7932, section 9.1 and 9.2: WBITS 16 is one bit 0; ISLAST 1, ISLASTEMPTY 1.
#[test]
fn an_empty_brotli_stream_is_read() {
    assert_eq!(brotli(&[0x06]).unwrap(), b"");
    assert_eq!(brotli(&[0x06, 0x00]), Err(Reason::TrailingData));
    assert_eq!(brotli(&[0x06, 0x06]), Err(Reason::TrailingData));
}

/// RFC 7932, section 9.2: MNIBBLES 4, MLEN - 1 = 2, ISUNCOMPRESSED, the bytes, an empty last block.
#[test]
fn an_uncompressed_brotli_block_is_read() {
    // Bits from the lowest: WBITS 0; ISLAST 0; MNIBBLES 00; MLEN-1 0100 0000 0000 0000; 1; filling.
    let body = [0x20, 0x00, 0x10, b'a', b'b', b'c', 0x03];
    assert_eq!(brotli(&body).unwrap(), b"abc");
    // The last byte's filling bits must be zero.
    assert_eq!(brotli(&[0x20, 0x00, 0x10, b'a', b'b', b'c', 0x83]), Err(Reason::Corrupt));
}

#[test]
fn the_large_window_of_brotli_is_refused() {
    assert_eq!(brotli(&[0x11, 0x1e, 0x03]), Err(Reason::WindowTooLarge));
    assert_eq!(brotli(&[0x91, 0x03]), Err(Reason::WindowTooLarge));
}

/// RFC 8878, sections 3.1.1.1 and 3.1.1.2: single segment, one byte of content size, one raw block.
const FRAME: [u8; 12] = [0x28, 0xb5, 0x2f, 0xfd, 0x20, 3, 0x19, 0, 0, b'a', b'b', b'c'];

#[test]
fn a_zstd_frame_is_read() {
    assert_eq!(zstd(&FRAME).unwrap(), b"abc");
    let run = [0x28, 0xb5, 0x2f, 0xfd, 0x20, 3, 0x1b, 0, 0, b'z']; // an RLE block
    assert_eq!(zstd(&run).unwrap(), b"zzz");
    let mut wrong = FRAME;
    wrong[5] = 4; // announces four bytes
    assert_eq!(zstd(&wrong), Err(Reason::Corrupt));
    let mut reserved = FRAME;
    reserved[4] |= 0x08;
    assert_eq!(zstd(&reserved), Err(Reason::Corrupt));
}

#[test]
fn zstd_frames_follow_each_other_skippable_ones_between() {
    let skip = |low: u8, length: u32| {
        [
            &[0x50 | low, 0x2a, 0x4d, 0x18][..],
            &length.to_le_bytes(),
            &vec![7; usize::try_from(length).unwrap()],
        ]
        .concat()
    };
    let body = [&skip(0, 0)[..], &FRAME, &skip(15, 300), &FRAME, &skip(3, 1)].concat();
    assert_eq!(zstd(&body).unwrap(), b"abcabc");
    assert_eq!(zstd(&body[..body.len() - 1]), Err(Reason::Truncated));
    assert_eq!(zstd(&skip(0, 5)).unwrap(), b"");
}

#[test]
fn behind_the_last_zstd_frame_there_is_nothing() {
    for tail in [&b"\0"[..], b"x", b"\x28\xb5\x2f\xfe", b"\x5f\x2a\x4e"] {
        assert_eq!(zstd(&[&FRAME[..], tail].concat()), Err(Reason::TrailingData));
    }
    assert_eq!(zstd(b"abc"), Err(Reason::Corrupt));
    // The format of zstd 0.7, which today's library can read when it is built so.
    assert_eq!(zstd(b"\x27\xb5\x2f\xfd\x20\x03"), Err(Reason::Corrupt));
}

/// RFC 8878, section 3.1.1.1.3; RFC 9659, section 3.
#[test]
fn dictionaries_and_wide_windows_of_zstd_are_refused() {
    let with = |descriptor: u8, rest: &[u8]| {
        [&FRAME[..4], &[descriptor], rest, &[0x19, 0, 0], b"abc"].concat()
    };
    assert_eq!(zstd(&with(0x21, &[9, 3])), Err(Reason::Dictionary));
    assert_eq!(zstd(&with(0x22, &[0, 9, 3])), Err(Reason::Dictionary));
    assert_eq!(zstd(&with(0x23, &[0, 0, 0, 9, 3])), Err(Reason::Dictionary));
    assert_eq!(zstd(&with(0x21, &[0, 3])).unwrap(), b"abc"); // zero is no dictionary
    assert_eq!(zstd(&with(0x00, &[13 << 3])).unwrap(), b"abc"); // 8 MiB
    assert_eq!(zstd(&with(0x00, &[(13 << 3) + 1])), Err(Reason::WindowTooLarge)); // 9 MiB
    assert_eq!(zstd(&with(0x00, &[0xff])), Err(Reason::WindowTooLarge));
    // A single segment is its own window; the content is announced with 4 and with 8 bytes.
    let size = 8 * 1024 * 1024 + 1_u32;
    assert_eq!(zstd(&with(0xa0, &size.to_le_bytes())), Err(Reason::WindowTooLarge));
    assert_eq!(zstd(&with(0xe0, &[0xff; 8])), Err(Reason::WindowTooLarge));
    // Not a single segment, but a wide window for little content: the header alone decides.
    assert_eq!(zstd(&with(0x40, &[0x78, 0, 0])), Err(Reason::WindowTooLarge));
}

#[test]
fn an_empty_body_is_no_stream() {
    for coding in Coding::ALL {
        assert_eq!(decode(&[coding], b""), Err(Reason::Truncated), "{coding:?}");
    }
    assert_eq!(decode(&[], b"").unwrap(), b"");
}
