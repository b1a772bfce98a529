//! Spellings that readers undo: that we undo them as readers do, and what is found in them.

use std::fmt::Write as _;

use cloakroom::base::ClassCode;
use cloakroom::document::Charset;
use cloakroom::document::Needles;
use cloakroom::document::each_reading;
use cloakroom::document::squeezed;
use data_encoding::BASE64;
use data_encoding::BASE64URL;
use html5ever::tendril::TendrilSink;
use markup5ever_rcdom::Handle;
use markup5ever_rcdom::NodeData;
use markup5ever_rcdom::RcDom;
use proptest::collection::vec;
use proptest::prelude::*;

fn readings(text: &[u8]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    each_reading(text, |reading| all.push(reading.to_vec()));
    all
}

/// A text without markup as html5ever reads it.
fn in_a_page(text: &str) -> String {
    fn collect(node: &Handle, out: &mut String) {
        if let NodeData::Text { contents } = &node.data {
            out.push_str(&contents.borrow());
        }
        node.children.borrow().iter().for_each(|child| collect(child, out));
    }
    let dom =
        html5ever::parse_document(RcDom::default(), html5ever::ParseOpts::default()).one(text);
    let mut out = String::new();
    collect(&dom.document, &mut out);
    out
}

/// What a text is read as when its escapes are undone once.
fn once(text: &str) -> String {
    let all = readings(text.as_bytes());
    String::from_utf8(all.get(1).unwrap_or(&all[0]).clone()).unwrap()
}

#[test]
fn numbers_are_the_characters_that_html5ever_reads() {
    // Those of windows-1252, the halves of pairs, what is no character, and what is too large.
    for code in
        (1..=0x200).chain([0, 0xd7ff, 0xd800, 0xdfff, 0xfffe, 0x1_f600, 0x10_ffff, 0x11_0000])
    {
        for text in [
            format!("x&#{code};y"),
            format!("x&#{code} y"),
            format!("x&#{}{code}y", "0".repeat(300)),
            format!("x&#x{code:x};y"),
            format!("x&#X{}{code:X}z", "0".repeat(5000)),
            format!("x&#{code}&#{code};"),
        ] {
            assert_eq!(once(&text), in_a_page(&text), "{text}");
        }
    }
    let large = format!("x&#{};y", "9".repeat(5000));
    assert_eq!(once(&large), "x\u{fffd}y");
    assert_eq!(in_a_page(&large), "x\u{fffd}y");
}

proptest! {
    #[test]
    fn references_are_read_as_html5ever_reads_them(
        pieces in vec(
            prop_oneof![
                Just("&#".to_owned()),
                Just("&#x".to_owned()),
                Just("&#X".to_owned()),
                Just("& ".to_owned()),
                Just(";".to_owned()),
                Just("é".to_owned()),
                "&(amp|lt|gt|quot|apos|commat);",
                "0{1,40}",
                "[0-9]{1,7}",
                "[0-9a-fA-F]{1,6}",
                "[g-z =!]{1,3}",
            ],
            0..12,
        ),
    ) {
        let text = format!("x{}", pieces.concat());
        prop_assert_eq!(once(&text), in_a_page(&text));
    }
}

/// What is read is a few times what is there, whatever it is: nothing is searched over and over.
#[test]
fn what_is_read_of_hostile_text_stays_in_proportion() {
    const BYTES: usize = 200_000;
    for unit in [
        "&#",
        "&#0",
        "&",
        "&amp;",
        "&amp",
        "&#x0",
        "%25",
        "%",
        "\\",
        "\\\\",
        "\\u",
        "\\ud83d",
        "<!",
        "<!-->",
        "<![CDATA[",
        "<?",
        "<",
        "<>",
        "[",
        "&#38;",
        "&#38;#38;",
        "%2525",
        "\u{fdfa}",
    ] {
        let text = unit.repeat(BYTES / unit.len());
        let all = readings(text.as_bytes());
        let read: usize = all.iter().map(Vec::len).sum();
        assert!(read <= 9 * BYTES, "{unit}: {read}");
        // NFKC makes up to 18 characters of one of three bytes.
        assert!(squeezed(text.as_bytes()).len() <= text.len(), "{unit}");
    }
    let zeros = format!("&#{}99;k", "0".repeat(BYTES));
    assert_eq!(squeezed(zeros.as_bytes()), b"ck");
}

const VALUE: &str = "Zoë O'Hara & \"Co\"/x";

fn code(text: &str) -> ClassCode {
    ClassCode::new(text).unwrap()
}

fn found_in(values: &[&str], text: &[u8], charset: Charset) -> bool {
    let mut needles = Needles::new(charset);
    needles.add(values.iter().map(|value| (code("e0"), *value)));
    !needles.find(text).is_empty()
}

fn finds(value: &str, text: &str) -> bool {
    found_in(&[value], text.as_bytes(), Charset::UTF8)
}

#[test]
fn finds_a_value_in_every_spelling() {
    for text in [
        "a Zoë O'Hara & \"Co\"/x b",
        "?q=Zo%C3%AB%20O%27Hara%20%26%20%22Co%22%2Fx",
        "q=Zo%c3%ab+O%27Hara+%26+%22Co%22%2fx",
        "q=Zo%c3%ab+O'Hara+%26+\"Co\"/x",
        "{\"a\":\"Zoë O'Hara & \\\"Co\\\"/x\"}",
        "{\"a\":\"Zo\\u00eb O'Hara & \\\"Co\\\"\\/x\"}",
        "{\"a\":\"Zo\\u00eb O\\u0027Hara \\u0026amp; \\\"Co\\\"\\/x\"}",
        "<p>Zoë O&#39;Hara &amp; &quot;Co&quot;/x",
        "<p>Zo&#xeb; O&apos;Hara &#38; &#034;Co\"/x",
        "next=%2Fp%3Fq%3DZo%25C3%25AB%2520O%2527Hara%2520%2526%2520%2522Co%2522%252Fx",
    ] {
        assert!(finds(VALUE, text), "{text}");
    }
    for before in ["", "a", "ab", "abc"] {
        for behind in ["", "z", "zz"] {
            let text = format!("{before}{VALUE}{behind}");
            assert!(finds(VALUE, &BASE64.encode(text.as_bytes())), "{before} {behind}");
            assert!(finds(VALUE, &BASE64URL.encode(text.as_bytes())));
        }
    }
}

#[test]
fn finds_a_value_in_the_character_set_of_the_route() {
    let latin = Charset::settle(Some(b"iso-8859-1"), b"").unwrap();
    for text in [&b"x Zo\xeb M\xfcller"[..], b"x=Zo%EB%20M%FCller", b"x=Zo%EB+M%FCller"] {
        assert!(found_in(&["Zoë Müller"], text, latin));
        assert!(!found_in(&["Zoë Müller"], text, Charset::UTF8));
    }
    assert!(found_in(&["Zoë Müller"], "Zoë Müller".as_bytes(), latin));
}

#[test]
fn short_values_and_other_texts_are_not_found() {
    assert!(!finds("12345", "12345"));
    assert!(finds("123456", "0123456"));
    assert!(!finds("ada@canary.example", "a da@canary.example"));
    let long = "x".repeat(64);
    assert!(finds(&format!("{long}y"), &format!("{long}z")));
    assert!(!finds(&format!("{long}y"), &long[1..]));
}

#[test]
fn a_hundred_values_are_looked_for_and_no_more() {
    let values: Vec<String> =
        (0..150).map(|number| format!("user{number}@canary.example")).collect();
    let mut needles = Needles::new(Charset::UTF8);
    let mut add = |from: usize, to: usize, class| {
        needles.add(values[from..to].iter().map(|value| (code(class), value.as_str())))
    };
    assert!(add(0, 60, "e0"));
    assert!(!add(0, 1, "e1"));
    assert!(add(60, 150, "e1"));
    let found = |text: String| needles.find(text.as_bytes());
    let fill = "x ".repeat(40_000);
    assert_eq!(found(format!("{fill}user59@canary.example user3%40canary.example")), [code("e0")]);
    assert_eq!(found(format!("{fill}{}{fill}", "user98&commat;canary.example")), [code("e1")]);
    assert_eq!(found(format!("{} {}", values[98], values[1])), [code("e1"), code("e0")]);
    assert_eq!(found(values[99].clone()), []);
}

/// Values of which each begins with the one before: all are found where the longest stands.
#[test]
fn of_values_that_begin_alike_each_is_found() {
    let values: Vec<String> = (6..40).map(|length| "a".repeat(length)).collect();
    let mut needles = Needles::new(Charset::UTF8);
    let classes: Vec<String> = (0..34).map(|number| format!("{:02}", 10 + number)).collect();
    needles.add(values.iter().zip(&classes).map(|(value, class)| (code(class), value.as_str())));
    for length in 0..45 {
        let text = "a".repeat(length);
        assert_eq!(needles.find(text.as_bytes()).len(), (length + 1).clamp(6, 40) - 6, "{length}");
        let text = format!("{text}b{}", "a".repeat(7));
        assert_eq!(needles.find(text.as_bytes()).len(), (length + 1).clamp(8, 40) - 6, "{length}");
    }
}

/// Writes a value as other programs do, in so many ways.
fn written(value: &str) -> [String; 7] {
    let percent = |plain: &str, space: &str| {
        value.bytes().fold(String::new(), |mut out, byte| {
            match char::from(byte) {
                ' ' => out.push_str(space),
                letter if byte.is_ascii_alphanumeric() || plain.contains(letter) => {
                    out.push(letter);
                }
                _ => write!(out, "%{byte:02X}").unwrap(),
            }
            out
        })
    };
    let json = serde_json::to_string(value).unwrap();
    let ascii = json.chars().fold(String::new(), |mut out, letter| {
        if letter.is_ascii() {
            out.push(letter);
        } else {
            letter
                .encode_utf16(&mut [0; 2])
                .iter()
                .for_each(|it| write!(out, "\\u{it:04x}").unwrap());
        }
        out
    });
    [
        percent("-._~", "%20"),
        percent("*-._", "+"),
        percent("-_.!~*'();/?:@&=+$,#", "%20"),
        json.clone(),
        serde_json::to_string(&json).unwrap(),
        ascii.replace('/', "\\/"),
        quick_xml::escape::escape(value).into_owned(),
    ]
}

proptest! {
    #[test]
    fn what_other_programs_write_is_found(
        // What stands behind a backslash belongs to it.
        value in "[a-zA-Z0-9]{6}[a-zA-Z0-9 &\"/+@.<>'%\\\\#;xëé😀-]{0,20}[a-zë]",
        others in vec("[a-z]{6,9}", 0..4),
        before in "[a-z:;,\"<>/= -]{0,5} ",
        behind in " [a-z:;,\"<>/= -]{0,5}",
    ) {
        for spelled in written(&value) {
            let text = format!("{before}{spelled}{behind}");
            let values = [&others[..], std::slice::from_ref(&value)].concat();
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            prop_assert!(found_in(&values, text.as_bytes(), Charset::UTF8), "{}", text);
        }
    }
}
