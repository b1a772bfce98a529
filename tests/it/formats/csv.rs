//! CSV: names from the header, dialects, and cells that readers take apart differently.

use cloakroom::base::Kind;
use cloakroom::document;
use cloakroom::document::Bounds;
use cloakroom::document::Codec;
use cloakroom::document::Dialect;
use cloakroom::document::Format;
use cloakroom::document::ReadContext;
use cloakroom::document::Readings;
use cloakroom::document::Reason;
use cloakroom::document::Separator;

use crate::formats::program;
use crate::formats::reading;
use crate::formats::reason;
use crate::formats::refusal;
use crate::formats::rewritten;
use crate::formats::texts;

const CSV: Format = Format::Csv(Dialect { separator: None, header: true, guarded: true });
const ALL: [&str; 1] = ["$[*].email"];

#[test]
fn the_header_gives_names_and_rows_have_positions() {
    let source = "id,name,email\r\n1,\"Ann, \"\"A\"\"\",a@b\r\n2,\"B\r\nob\",\"c@d\"\r\n";
    assert_eq!(texts(CSV, source, &ALL), ["a@b", "c@d"]);
    assert_eq!(texts(CSV, source, &["$[1].name"]), ["B\r\nob"]);
    assert_eq!(texts(CSV, source, &["$[?@.id=='1'].name"]), ["Ann, \"A\""]);
    assert_eq!(texts(CSV, source, &["$[-1].email"]), ["c@d"]);
    assert_eq!(texts(CSV, source, &["$..email"]), ["a@b", "c@d"]);
    assert_eq!(
        rewritten(CSV, source, &ALL, "T"),
        source.replace("a@b", "T").replace("\"c@d\"", "T")
    );
}

#[test]
fn the_separator_is_found_in_the_header() {
    for separator in [",", ";", "\t"] {
        let source =
            format!("\u{feff}id{separator}\"e,;mail\"\n1{separator}a@b\n\n2{separator}c@d");
        assert_eq!(texts(CSV, &source, &["$[*]['e,;mail']"]), ["a@b", "c@d"]);
    }
    assert_eq!(texts(CSV, "email\na@b\n", &ALL), ["a@b"]);
    assert_eq!(refusal(CSV, "a,b;email\n1,2;3\n", &ALL), Some((Reason::AmbiguousSeparator, 3)));
    let given =
        Format::Csv(Dialect { separator: Some(Separator::Semicolon), ..Dialect::default() });
    assert_eq!(texts(given, "a,b;email\n1,2;3\n", &ALL), ["3"]);
}

#[test]
fn empty_lines_before_the_header_are_none() {
    for front in ["\n", "\r\n\n", "\u{feff}\r\n"] {
        assert_eq!(texts(CSV, &format!("{front}id,email\n1,a@b\n"), &ALL), ["a@b"]);
    }
}

/// `fgetcsv` and `OpenCSV` take the backslash for an escape.
#[test]
fn a_backslash_before_a_quotation_mark_is_refused_to_protect() {
    for source in [
        "id,note,email\n\"1\\\",\"2\",a@b\n",
        "id,note,email\n1,\"a\\\"\"\",a@b\n",
        "id,\"note\\\",email\n1,2,a@b\n",
    ] {
        assert_eq!(reason(CSV, source, &ALL), Some(Reason::AmbiguousQuote), "{source}");
        let program = program(&ALL);
        let context = ReadContext { readings: Readings::Standard, ..reading(&program) };
        assert_eq!(document::select_with(CSV, source.as_bytes(), context).unwrap().len(), 1);
    }
    assert_eq!(texts(CSV, "id,email\n\"C:\\x\",a\\b\n", &ALL), ["a\\b"]);
}

#[test]
fn rows_without_a_header_are_lists() {
    let format = Format::Csv(Dialect { header: false, ..Dialect::default() });
    assert_eq!(texts(format, "1,a\n2,b\n", &["$[*][1]"]), ["a", "b"]);
    assert_eq!(texts(format, "1,a\n2,b,c,d\n", &["$[1][-1]"]), ["d"]);
}

/// Found by fuzzing: written bare at the very start, it was the mark of the document and not read back.
#[test]
fn a_value_that_starts_with_a_byte_order_mark_stays_one() {
    let format = Format::Csv(Dialect { header: false, ..Dialect::default() });
    let written = rewritten(format, "a,b\n", &["$[0][0]"], "\u{feff}x");
    assert_eq!(texts(format, &written, &["$[0][0]"]), ["\u{feff}x"]);
}

#[test]
fn a_name_that_occurs_twice_is_refused_where_selected() {
    let source = "email,id,email\na,1,b\n";
    assert_eq!(reason(CSV, source, &ALL), Some(Reason::DuplicateKey));
    assert_eq!(texts(CSV, source, &["$[*].id"]), ["1"]);
}

#[test]
fn short_rows_pass_and_long_ones_do_not() {
    assert_eq!(texts(CSV, "id,email,x\n1\n2,b\n3,c,\n", &ALL), ["b", "c"]);
    assert_eq!(refusal(CSV, "id,email\n1,b,\n", &ALL), Some((Reason::RaggedRow, 13)));
}

#[test]
fn quotes_and_line_ends_that_readers_differ_on_are_refused() {
    use Reason::*;
    for (source, expected, at) in [
        ("email\na\"b\n", AmbiguousQuote, 7),
        ("email\n\"a\"b\n", AmbiguousQuote, 9),
        ("email\n \"a\"\n", AmbiguousQuote, 7),
        ("email\n\"a\\\"b\"\n", AmbiguousQuote, 10),
        ("email\n\"a\n", UnexpectedEnd, 9),
        ("email\na\rb\n", UnexpectedByte, 7),
        ("email\na\0b\n", ControlCharacter, 7),
        ("em\0ail\na\n", ControlCharacter, 2),
    ] {
        assert_eq!(refusal(CSV, source, &["$[*].email"]), Some((expected, at)), "{source:?}");
    }
    assert_eq!(reason(CSV, "", &ALL), None, "no rows at all");
    assert_eq!(reason(CSV, "email", &ALL), None);
}

#[test]
fn formulas_are_guarded_unless_the_dialect_says_no() {
    let write = |codec: Codec, text: &str| {
        let mut out = Vec::new();
        codec.encode(text, Kind::Text, &mut out);
        String::from_utf8(out).unwrap()
    };
    for text in ["=1+1", "+49", "-1", "@x", "\tx", "\rx", "\u{ff1d}1"] {
        assert!(!Codec::GuardedCell.holds(text));
        assert!(
            write(Codec::GuardedCell, text).trim_start_matches('"').starts_with('\''),
            "{text}"
        );
        assert!(Codec::Cell.holds(text));
        assert!(!write(Codec::Cell, text).contains('\''), "{text}");
    }
    assert_eq!(write(Codec::GuardedCell, "a=1"), "a=1");
    assert_eq!(write(Codec::Cell, "a;b"), "\"a;b\"");
    let bare = Format::Csv(Dialect { guarded: false, ..Dialect::default() });
    assert_eq!(rewritten(bare, "email\nx\n", &ALL, "+49 1"), "email\n+49 1\n");
    assert_eq!(rewritten(CSV, "email\nx\n", &ALL, "+49 1"), "email\n'+49 1\n");
}

#[test]
fn the_names_of_columns_are_bounded() {
    let refused = |header: &str| refusal(CSV, &format!("{header}\nv\n"), &ALL);
    let columns = |count: usize| format!("email{}", ",a".repeat(count - 1));
    assert_eq!(refused(&columns(4096)), None);
    assert_eq!(refused(&columns(4097)), Some((Reason::TooManyNodes, 5 + 2 * 4095 + 1)));
    assert_eq!(refused(&format!("email{}", ",".repeat(1 << 20))).unwrap().0, Reason::TooManyNodes);
    assert_eq!(refused(&format!("email,{}", "n".repeat(1024))), None);
    assert_eq!(refused(&format!("email,{}", "n".repeat(1025))), Some((Reason::TooLarge, 6)));
    let names = |count: usize| format!("email{}", format!(",{}", "n".repeat(1000)).repeat(count));
    assert_eq!(refused(&names(262)), None);
    assert_eq!(refused(&names(263)), Some((Reason::TooLarge, 6 + 262 * 1001)));
    let bounds = Bounds { nodes: 3, ..Bounds::default() };
    let few = |source: &str| document::select(CSV, source.as_bytes(), &program(&ALL), &bounds);
    assert!(few("email,a,b\n").is_ok());
    assert_eq!(few("email,a,b,c\n").unwrap_err().reason, Reason::TooManyNodes);
}

#[test]
fn what_a_header_row_takes_is_counted() {
    let bytes = |source: &str| {
        document::bytes_to_read(CSV, source.as_bytes(), &program(&ALL), &Bounds::default())
    };
    assert!(bytes(&"n".repeat(100_000)) > 300_000);
    assert!(bytes(&format!("email{}", ",a".repeat(4095))) > 4096 * 32);
    assert!(bytes(&"n".repeat(16 << 20)) < 1 << 20);
}

/// `text.splitlines()` of Python, `Scanner` of Java and others end lines at more than CRLF and LF.
#[test]
fn what_some_readers_take_for_the_end_of_a_line_is_refused_to_protect() {
    for letter in ["\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\u{85}", "\u{2028}", "\u{2029}"] {
        for (source, at) in [
            (format!("id,email\n1{letter}2,a@b\n"), 10),
            (format!("id,email\n\"1{letter}2\",a@b\n"), 11),
            (format!("id{letter}x,email\n1,a@b\n"), 2),
        ] {
            let expected = Some((Reason::ControlCharacter, at));
            assert_eq!(refusal(CSV, &source, &ALL), expected, "{source:?}");
            let program = program(&ALL);
            let context = ReadContext { readings: Readings::Standard, ..reading(&program) };
            assert_eq!(document::select_with(CSV, source.as_bytes(), context).unwrap().len(), 1);
        }
        let mut out = Vec::new();
        Codec::GuardedCell.encode(&format!("a{letter}b"), Kind::Text, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), format!("\"a{letter}b\""));
    }
    let source = "id,email\n\"1\r2\",a@b\n";
    assert_eq!(refusal(CSV, source, &ALL), Some((Reason::ControlCharacter, 11)));
    assert_eq!(texts(CSV, "id,email\n\"1\r\n\n2\",é…\u{2027}\n", &ALL), ["é…\u{2027}"]);
}

#[test]
fn a_first_row_without_any_name_is_refused_to_protect() {
    let below = "\r\nemail,id\r\nv@canary.example,1\r\n";
    for first in [",", "\"\",\"\"", "\"\"", " , ", "\u{feff}\u{feff},\u{a0}", "-,-"] {
        for selector in ["$[*].email", "$..email"] {
            let source = format!("{first}{below}");
            assert_eq!(
                reason(CSV, &source, &[selector]),
                Some(Reason::MissingColumn),
                "{source:?}"
            );
        }
        assert_eq!(reason(CSV, first, &ALL), Some(Reason::MissingColumn), "{first:?}");
    }
    assert_eq!(texts(CSV, &format!("\r\n{}", "email,\r\na,b\r\n"), &ALL), ["a"]);
    for empty in ["", "\u{feff}", "\r\n\n"] {
        assert_eq!(reason(CSV, empty, &ALL), None, "{empty:?}");
    }
}
