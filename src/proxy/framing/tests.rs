//! The scanner alone: every fault, and that the cutting of the bytes changes nothing.

use proptest::prelude::*;
use tokio::io::AsyncWriteExt;

use super::*;

/// Shows the bytes in pieces, as the guard does; gives what passed and what stopped it.
fn scan_in_pieces(bytes: &[u8], cuts: &[usize]) -> (Vec<u8>, Option<Stop>, u64) {
    let (mut all, mut from) = (Vec::new(), 0);
    for end in cuts.iter().copied().filter(|&end| end <= bytes.len()).chain([bytes.len()]) {
        all.push(&bytes[from.min(end)..end]);
        from = end.max(from);
    }
    pieces::scan(&all)
}

fn fault(bytes: &str) -> Option<Fault> {
    match scan_in_pieces(bytes.as_bytes(), &[]).1 {
        Some(Stop::Head(fault) | Stop::Body(fault)) => Some(fault),
        Some(Stop::Upgrade) | None => None,
    }
}

fn with(fields: &str) -> String {
    format!("POST /a HTTP/1.1\r\nHost: a.example\r\n{fields}\r\n")
}

#[test]
fn names_the_fault_of_a_head() {
    let method = format!("{} / HTTP/1.1\r\n", "A".repeat(64));
    let long = format!("GET /{} HTTP/1.1\r\n", "a".repeat(64));
    let endless = format!("GET /{}", "a".repeat(200));
    let large = with(&format!("A: {}\r\n", "a".repeat(512)));
    let many = with(&"A: b\r\n".repeat(8));
    for (bytes, expected) in [
        ("\r\n\r\nGET / HTTP/1.1\r\n", Fault::RequestLine),
        ("GET /\r\n", Fault::RequestLine),
        ("GET  / HTTP/1.1\r\n", Fault::RequestLine),
        ("GET / HTTP/1.1 \r\n", Fault::RequestLine),
        (" GET / HTTP/1.1\r\n", Fault::RequestLine),
        ("GET / http/1.1\r\n", Fault::RequestLine),
        ("GET / HTTP/1.10\r\n", Fault::RequestLine),
        ("G@T / HTTP/1.1\r\n", Fault::RequestLine),
        ("\u{16}\u{3}\u{1}", Fault::RequestLine),
        ("GET\t/ HTTP/1.1\r\n", Fault::RequestLine),
        ("GET / HTTP/2.0\r\n", Fault::Version),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Fault::Version),
        ("CONNECT a:443 HTTP/1.1\r\n", Fault::Method),
        ("TRACE / HTTP/1.1\r\n", Fault::Method),
        ("GET * HTTP/1.1\r\n", Fault::Target),
        ("GET a HTTP/1.1\r\n", Fault::Target),
        ("GET ftp://a/ HTTP/1.1\r\n", Fault::Target),
        ("GET http://u@a/ HTTP/1.1\r\n", Fault::Target),
        ("GET http:///a HTTP/1.1\r\n", Fault::Target),
        ("OPTIONS http://a HTTP/1.1\r\n", Fault::Target),
        ("GET /a#b HTTP/1.1\r\n", Fault::TargetCharacter),
        ("GET /a\\b HTTP/1.1\r\n", Fault::TargetCharacter),
        ("GET /\u{e4} HTTP/1.1\r\n", Fault::TargetCharacter),
        ("GET /?a=\" HTTP/1.1\r\n", Fault::TargetCharacter),
        ("GET /\0 HTTP/1.1\r\n", Fault::TargetCharacter),
        (method.as_str(), Fault::RequestLine),
        (long.as_str(), Fault::TargetTooLong),
        (endless.as_str(), Fault::TargetTooLong),
        ("GET / HTTP/1.1\nHost: a\n\n", Fault::LineEnding),
        ("GET / HTTP/1.1\r\nHost: a\n\r\n", Fault::LineEnding),
        ("GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", Fault::LineEnding),
        ("GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", Fault::LineEnding),
        (large.as_str(), Fault::HeaderTooLarge),
        (many.as_str(), Fault::TooManyFields),
        ("GET / HTTP/1.1\r\n\r\n", Fault::HostMissing),
        ("GET / HTTP/1.0\r\n\r\n", Fault::HostMissing),
        ("GET http://b.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n", Fault::HostMismatch),
        ("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", Fault::CodingVersion),
    ] {
        assert_eq!(fault(bytes), Some(expected), "{bytes:?}");
    }
}

#[test]
fn names_the_fault_of_a_field() {
    for (fields, expected) in [
        ("Host: a.example\r\n", Fault::HostRepeated),
        ("X : b\r\n", Fault::FieldName),
        ("X\t: b\r\n", Fault::FieldName),
        (": b\r\n", Fault::FieldName),
        ("X\r\n", Fault::FieldName),
        ("X\u{0}Y: b\r\n", Fault::FieldName),
        ("X: a\u{0}b\r\n", Fault::FieldValue),
        ("X: a\u{7f}\r\n", Fault::FieldValue),
        ("X: a\u{b}\r\n", Fault::FieldValue),
        ("X: a\r\n b\r\n", Fault::Folding),
        ("X: a\r\n\tb\r\n", Fault::Folding),
        ("Content_Length: 3\r\n", Fault::Lookalike),
        ("TRANSFER_ENCODING: chunked\r\n", Fault::Lookalike),
        ("X_Forwarded-For: 127.0.0.1\r\n", Fault::Lookalike),
        ("Transfer.Encoding: chunked\r\n", Fault::Lookalike),
        ("Content--Length: 3\r\n", Fault::Lookalike),
        ("Transfer-_Encoding: chunked\r\n", Fault::Lookalike),
        ("Host_: b\r\n", Fault::Lookalike),
        ("-Host: b\r\n", Fault::Lookalike),
        ("Content-Length: \r\n", Fault::LengthInvalid),
        ("Content-Length: +3\r\n", Fault::LengthInvalid),
        ("Content-Length: -0\r\n", Fault::LengthInvalid),
        ("Content-Length: 0x3\r\n", Fault::LengthInvalid),
        ("Content-Length: 3 3\r\n", Fault::LengthInvalid),
        ("Content-Length: 3,3\r\n", Fault::LengthInvalid),
        ("Content-Length: 03\r\n", Fault::LengthInvalid),
        ("Content-Length: 3.0\r\n", Fault::LengthInvalid),
        ("Content-Length: 9999999999999999999\r\n", Fault::LengthInvalid),
        ("Content-Length: 3\r\nContent-Length: 3\r\n", Fault::LengthRepeated),
        ("Content-Length: 3\r\ncontent-length: 4\r\n", Fault::LengthRepeated),
        ("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", Fault::BothFramings),
        ("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", Fault::BothFramings),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", Fault::CodingInvalid),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", Fault::CodingInvalid),
        ("Transfer-Encoding: gzip, chunked\r\n", Fault::CodingInvalid),
        ("Transfer-Encoding: chunked, chunked\r\n", Fault::CodingInvalid),
        ("Transfer-Encoding: identity\r\n", Fault::CodingInvalid),
        ("Transfer-Encoding: xchunked\r\n", Fault::CodingInvalid),
        ("Transfer-Encoding: \"chunked\"\r\n", Fault::CodingInvalid),
        ("Transfer-Encoding: chunked;q=1\r\n", Fault::CodingInvalid),
        ("Transfer-Encoding:\r\n", Fault::CodingInvalid),
        ("Transfer-Encoding: \u{b}chunked\r\n", Fault::FieldValue),
    ] {
        assert_eq!(fault(&with(fields)), Some(expected), "{fields:?}");
    }
}

#[test]
fn a_host_is_a_name_or_an_address_with_a_port_or_without() {
    let host = |host: &str| fault(&format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"));
    for valid in
        ["a", "a.example", "a.example.", "A-b_c.1:8080", "127.0.0.1", "[::1]", "[2001:db8::1]:443"]
    {
        assert_eq!(host(valid), None, "{valid}");
    }
    for invalid in [
        "", ".", "a..b", ".a", "u@a", "a/b", "a?b", "a#b", "a b", "a,b", "a:b", "a:", "a:80:80",
        "a:65536", "a:+80", "[::1", "::1", "[::1]x", "[a]", "a%00", "http://a", "\u{e4}",
    ] {
        assert_eq!(host(invalid), Some(Fault::HostInvalid), "{invalid}");
    }
}

#[test]
fn names_the_fault_of_a_body() {
    for (body, expected) in [
        ("x\r\n", Fault::ChunkSize),
        ("3 \r\nabc\r\n", Fault::ChunkSize),
        ("0x3\r\nabc\r\n", Fault::ChunkSize),
        ("-3\r\nabc\r\n", Fault::ChunkSize),
        ("3;\r\nabc\r\n", Fault::ChunkSize),
        ("ffffffffffffffff\r\n", Fault::ChunkSize),
        ("3\nabc\r\n", Fault::LineEnding),
        ("3;a\nb\r\nabc\r\n", Fault::LineEnding),
        ("3\r\nabcd\r\n", Fault::ChunkEnd),
        ("3\r\nabcX\r\n0\r\n\r\n", Fault::ChunkEnd),
        ("3\r\nabc\n0\r\n\r\n", Fault::LineEnding),
        ("3\r\nabc\r\n\r\n", Fault::ChunkSize),
        ("0\r\nContent-Length: 3\r\n\r\n", Fault::Trailer),
        ("0\r\nX : 3\r\n\r\n", Fault::Trailer),
        ("0\r\nGET /admin HTTP/1.1\r\n\r\n", Fault::Trailer),
        ("0\r\nX: 3\n\r\n", Fault::LineEnding),
    ] {
        assert_eq!(
            fault(&format!("{}{body}", with("Transfer-Encoding: chunked\r\n"))),
            Some(expected),
            "{body:?}"
        );
    }
    let endless = format!("{}3;{}", with("Transfer-Encoding: chunked\r\n"), "a".repeat(1100));
    assert_eq!(fault(&endless), Some(Fault::ChunkSize));
}

#[test]
fn an_upgrade_holds_what_follows() {
    let asks = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    let bytes = format!("{asks}early");
    let (passed, stop, _) = scan_in_pieces(bytes.as_bytes(), &[]);
    assert_eq!((passed.as_slice(), stop), (asks.as_bytes(), Some(Stop::Upgrade)));
    assert_eq!(scan_in_pieces(asks.replace("1.1", "1.0").as_bytes(), &[]).1, None);
    assert_eq!(scan_in_pieces(asks.replace("Connection: Upgrade\r\n", "").as_bytes(), &[]).1, None);
}

/// Found by fuzzing: such a line passed when it came at once, and was refused when it came in pieces.
#[test]
fn a_line_that_is_too_long_is_refused_however_it_is_cut() {
    let (method, target) = ("M".repeat(70), "a".repeat(60));
    let chunk = with("Transfer-Encoding: chunked\r\n");
    for (bytes, expected) in [
        (format!("{method} /{target} HTTP/1.1\r\nHost: a\r\n\r\n"), Stop::Head(Fault::RequestLine)),
        (
            format!("M /{target}{target} HTTP/1.1\r\nHost: a\r\n\r\n"),
            Stop::Head(Fault::TargetTooLong),
        ),
        (format!("\u{bc}{}\n", "a".repeat(200)), Stop::Head(Fault::RequestLine)),
        (with(&format!("A: {}\n", "a".repeat(600))), Stop::Head(Fault::HeaderTooLarge)),
        (format!("{chunk}1\r\na{}\n", "b".repeat(2000)), Stop::Body(Fault::ChunkEnd)),
        (format!("{chunk}0\r\nA: {}\n", "b".repeat(600)), Stop::Body(Fault::Trailer)),
        (format!("{chunk}1;a={}\n", "b".repeat(2000)), Stop::Body(Fault::ChunkSize)),
    ] {
        let cuts: Vec<usize> = (1..bytes.len()).collect();
        for cuts in [&cuts[..], &[]] {
            let (_, stop, _) = scan_in_pieces(bytes.as_bytes(), cuts);
            assert_eq!(stop, Some(expected), "{} cuts of {bytes:?}", cuts.len());
        }
    }
}

const VALID: &[&str] = &[
    "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET http://a.example/b?c HTTP/1.1\r\nHost: A.example\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nhost:a\r\nX-Y:  z\t\r\n\r\n",
    "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe\nlo",
    "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n5;x=\"y\"\r\nhe\r\no\r\n1\r\n!\r\n0\r\nDigest: x\r\n\r\n",
    "GET / HTTP/1.0\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
    "M-SEARCH /a HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nX: \u{e4}\r\n\r\n",
];

const BROKEN: &[&str] = &[
    "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nX\r\n",
    "GET / HTTP/1.1\nHost: a\n\n",
];

proptest! {
    #[test]
    fn valid_messages_pass_whole_however_they_are_cut(
        which in prop::collection::vec(0..VALID.len(), 1..6),
        mut cuts in prop::collection::vec(0..600_usize, 0..20),
    ) {
        cuts.sort_unstable();
        let bytes: String = which.iter().map(|&index| VALID[index]).collect();
        let (passed, stop, heads) = scan_in_pieces(bytes.as_bytes(), &cuts);
        prop_assert_eq!(stop, None);
        prop_assert_eq!(passed, bytes.as_bytes());
        prop_assert_eq!(heads, u64::try_from(which.len()).unwrap());
    }

    #[test]
    fn nothing_passes_after_a_fault_however_it_is_cut(
        before in prop::collection::vec(0..VALID.len(), 0..3),
        broken in 0..BROKEN.len(),
        mut cuts in prop::collection::vec(0..600_usize, 0..20),
    ) {
        cuts.sort_unstable();
        let mut bytes: String = before.iter().map(|&index| VALID[index]).collect();
        bytes.push_str(BROKEN[broken]);
        let whole = scan_in_pieces(bytes.as_bytes(), &[]);
        prop_assert!(whole.1.is_some());
        prop_assert_eq!(scan_in_pieces(bytes.as_bytes(), &cuts), whole);
    }

    #[test]
    fn no_bytes_make_it_pass_more_than_it_was_shown(bytes in prop::collection::vec(any::<u8>(), 0..300), cut in 0..300_usize) {
        let (passed, _, _) = scan_in_pieces(&bytes, &[cut]);
        prop_assert!(bytes.starts_with(&passed));
    }
}

/// How many requests hyper reads from bytes that the scanner has let pass.
fn requests_that_hyper_reads(bytes: &[u8]) -> u64 {
    let seen = std::cell::Cell::new(0);
    let service = hyper::service::service_fn(|_request| {
        seen.set(seen.get() + 1);
        std::future::ready(Ok::<_, std::convert::Infallible>(http::Response::new(String::new())))
    });
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let (mut client, server) = tokio::io::duplex(64 * 1024);
        client.write_all(bytes).await.unwrap();
        client.shutdown().await.unwrap();
        let io = hyper_util::rt::TokioIo::new(server);
        // How it ends is of no interest: a body may be missing.
        let _ended = hyper::server::conn::http1::Builder::new()
            .half_close(true)
            .serve_connection(io, service)
            .await
            .is_ok();
    });
    seen.get()
}

/// A head that hyper refuses would get an empty 400 that is in no log.
#[test]
fn hyper_takes_every_head_that_passes() {
    for head in [
        "GET /a/b?c=d&e HTTP/1.1\r\nHost: a.example:80\r\nX-Y: z\r\n\r\n",
        "PUT http://a.example/b?c HTTP/1.0\r\nhost: a.example\r\nContent-Length: 0\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: [::1]\r\n\r\n",
    ] {
        for place in 0..head.len() {
            for byte in 0..=255 {
                let mut bytes = head.as_bytes().to_vec();
                bytes[place] = byte;
                let (passed, _, heads) = scan_in_pieces(&bytes, &[]);
                if heads > 0 {
                    let read = requests_that_hyper_reads(&passed);
                    assert!(read > 0, "{:?}", String::from_utf8_lossy(&bytes));
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn hyper_takes_every_target_that_passes(
        target in prop::collection::vec(0x21..0x7f_u8, 0..20),
        start in prop::sample::select(vec!["/", "http://a/", "http://a", "http://[::1]:8080", "HTTPS://a?", "/?"]),
    ) {
        let host = if start.contains("[::1]") { "[::1]:8080" } else { "a" };
        let target = format!("{start}{}", String::from_utf8(target).unwrap());
        let bytes = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        let (passed, _, heads) = scan_in_pieces(bytes.as_bytes(), &[]);
        if heads > 0 {
            prop_assert_eq!(requests_that_hyper_reads(&passed), 1);
        }
    }
}
