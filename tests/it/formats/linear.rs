//! No input costs more than its size, in time and in stack.

use std::time::Duration;

use cloakroom::document;
use cloakroom::document::Boundary;
use cloakroom::document::Bounds;
use cloakroom::document::Dialect;
use cloakroom::document::Format;
use cloakroom::document::Reason;
use cloakroom::document::Records;

use crate::formats::program;
use crate::harness::cpu;

const RULES: [&str; 4] = ["$..email", "$.a.a[0]", "$..a[1].b", "$..['@x']"];

#[test]
fn deep_elements_need_no_stack() {
    let run = || {
        const DEEP: usize = 100_000;
        let bounds = Bounds {
            depth: usize::MAX,
            fields: usize::MAX,
            nodes: usize::MAX,
            ..Bounds::default()
        };
        let source = format!("{}x{}", "<a>".repeat(DEEP), "</a>".repeat(DEEP));
        for (selectors, found) in [(&RULES[..], 1), (&["$..email[-1]"], 0), (&["$..a[-1]"], 1)] {
            let run = |bounds: &Bounds| {
                document::select(Format::Xml, source.as_bytes(), &program(selectors), bounds)
            };
            assert_eq!(run(&bounds).unwrap().len(), found);
            assert_eq!(run(&Bounds::default()).unwrap_err().reason, Reason::TooDeep);
        }
        let name = format!("a{}", "[a]".repeat(DEEP));
        let part =
            format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\nv\r\n--x--");
        let format = Format::Multipart(Boundary::new("x").unwrap());
        let run = document::select(format, part.as_bytes(), &program(&RULES), &Bounds::default());
        assert_eq!(run.unwrap_err().reason, Reason::TooDeep);
        let cookie = format!("{name}=v");
        let run = document::select(Format::Cookie, cookie.as_bytes(), &program(&RULES), &bounds);
        assert!(run.is_ok());
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap().join().unwrap();
}

/// The time of the processor that one run takes, the best of three.
fn time(format: Format, source: &str) -> Duration {
    let program = program(&RULES);
    let bounds = Bounds { fields: usize::MAX, nodes: usize::MAX, ..Bounds::default() };
    let once = || {
        cpu::time(|| {
            let found = document::select(format, source.as_bytes(), &program, &bounds);
            drop(std::hint::black_box(found));
        })
    };
    (0..3).map(|_| once()).min().unwrap()
}

/// Documents of one kind, as large as wanted, each meant to make some reader slow.
fn hostile(kind: usize, size: usize) -> (Format, String) {
    let multipart = Format::Multipart(Boundary::new("x").unwrap());
    let csv = Format::Csv(Dialect::default());
    let head = "--x\r\nContent-Disposition: form-data; name=\"";
    let many = |text: &str| text.repeat(size / text.len());
    match kind {
        0 => (Format::Xml, format!("<a>{}</a>", many("<a/>"))),
        1 => (Format::Xml, format!("<a {}/>", numbered(size / 12, |n| format!("x{n}='{n}' ")))),
        2 => (Format::Xml, format!("<a>{}</a>", many("&amp;"))),
        3 => (Format::Xml, format!("<a>{}</a>", many("<!-- - -->x"))),
        4 => (Format::Xml, format!("<a>{}</a>", many("]] >"))),
        5 => (Format::Xml, format!("<a>{}", many("<![CDATA[]]>&"))),
        6 => {
            (Format::Xml, format!("<a>{}</a>", numbered(size / 16, |n| format!("<b{n}>x</b{n}>"))))
        }
        7 => (
            multipart,
            format!("{}--x--", numbered(size / 50, |n| format!("{head}{n}[]\"\r\n\r\nv\r\n"))),
        ),
        8 => (multipart, format!("{head}a\"\r\n\r\n{}\r\n--x--", many("\r\n--y"))),
        9 => (multipart, format!("{head}{}\"\r\n\r\nv\r\n--x--", many("%41"))),
        10 => (csv, format!("{}\n{}", numbered(4000, |n| format!("c{n},")), many("1\n"))),
        11 => (csv, format!("a\n{}", many("\"\"\n"))),
        12 => (csv, format!("a\n\"{}", many("\"\""))),
        13 => (Format::Cookie, many("a=b;")),
        14 => (Format::Cookie, numbered(size / 10, |n| format!("a{n}[]=b;"))),
        15 => (Format::Ndjson, many("{}\n")),
        16 => (Format::EventStream, many("data: 1\n\n")),
        17 => (Format::EventStream, format!("data: [\n{}data: 1]\n\n", many("data: 1,\n"))),
        18 => (Format::Form, format!("a{}", many("=]"))),
        19 => (Format::Form, format!("a{}", many("="))),
        20 => (Format::Query, format!("a{}", many("=%5D"))),
        21 => (Format::Cookie, many("=")),
        22 => (Format::Cookie, format!("{}{}", many(" "), many("="))),
        _ => (Format::JsonSeq, many("\u{1e}1\n")),
    }
}

fn numbered(count: usize, text: impl Fn(usize) -> String) -> String {
    (0..count).map(text).collect()
}

#[test]
fn eight_times_the_size_is_about_eight_times_the_work() {
    for kind in 0..24 {
        let (format, small) = hostile(kind, 1 << 16);
        let (_, large) = hostile(kind, 1 << 19);
        let floor = Duration::from_millis(4);
        let (small, large) = (time(format, &small).max(floor), time(format, &large));
        // Quadratic would be 64 times. The machine may be busy, so there is room.
        assert!(large < small * 30, "kind {kind}: {small:?}, then {large:?}");
    }
}

#[test]
fn a_long_record_in_small_pieces_is_looked_at_once() {
    for (format, text) in [
        (Format::Ndjson, "x"),
        (Format::EventStream, "data: x"),
        (Format::EventStream, "data: x\r\n"),
        (Format::JsonSeq, "x"),
        (Format::Csv(Dialect::default()), "\"x\ny\","),
    ] {
        let run = |size: usize| {
            let mut records = Records::new(format, usize::MAX).unwrap();
            let time = cpu::time(|| {
                for _ in 0..size {
                    records.feed(text.as_bytes());
                    assert_eq!(records.next_record(), Ok(None));
                }
            });
            time.max(Duration::from_millis(2))
        };
        let (small, large) = (run(20_000), run(160_000));
        assert!(large < small * 30, "{format:?}: {small:?}, then {large:?}");
    }
}
