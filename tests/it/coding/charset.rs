//! Which declarations are read, which are refused, and how values come back.

use cloakroom::base::Span;
use cloakroom::document::Charset;
use cloakroom::document::Reason;
use cloakroom::document::Unmappable;

fn settle(label: &str, head: &[u8]) -> Result<&'static str, Reason> {
    let charset = Charset::settle(Some(label.as_bytes()), head);
    charset.map(Charset::name).map_err(|refusal| refusal.reason)
}

/// WHATWG Encoding, section 4.2: labels of every encoding, typed from its table.
const LABELS: [(&str, &str); 38] = [
    ("UTF-8", "utf-8 utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8"),
    ("IBM866", "866 cp866 csibm866 ibm866"),
    ("ISO-8859-2", "csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso_8859-2:1987 l2 latin2"),
    ("ISO-8859-3", "csisolatin3 iso-8859-3 iso-ir-109 l3 latin3"),
    ("ISO-8859-4", "csisolatin4 iso-8859-4 iso-ir-110 l4 latin4"),
    ("ISO-8859-5", "csisolatincyrillic cyrillic iso-8859-5 iso-ir-144"),
    ("ISO-8859-6", "arabic asmo-708 csiso88596e csiso88596i ecma-114 iso-8859-6 iso-8859-6-i"),
    ("ISO-8859-7", "csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 sun_eu_greek"),
    ("ISO-8859-8", "csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e visual"),
    ("ISO-8859-8-I", "csiso88598i iso-8859-8-i logical"),
    ("ISO-8859-10", "csisolatin6 iso-8859-10 iso-ir-157 l6 latin6"),
    ("ISO-8859-13", "iso-8859-13 iso8859-13 iso885913"),
    ("ISO-8859-14", "iso-8859-14 iso8859-14 iso885914"),
    ("ISO-8859-15", "csisolatin9 iso-8859-15 iso_8859-15 l9"),
    ("ISO-8859-16", "iso-8859-16"),
    ("KOI8-R", "cskoi8r koi koi8 koi8-r koi8_r"),
    ("KOI8-U", "koi8-ru koi8-u"),
    ("macintosh", "csmacintosh mac macintosh x-mac-roman"),
    ("windows-874", "dos-874 iso-8859-11 tis-620 windows-874"),
    ("windows-1250", "cp1250 windows-1250 x-cp1250"),
    ("windows-1251", "cp1251 windows-1251 x-cp1251"),
    (
        "windows-1252",
        "ansi_x3.4-1968 ascii cp1252 cp819 iso-8859-1 l1 latin1 us-ascii windows-1252",
    ),
    ("windows-1253", "cp1253 windows-1253 x-cp1253"),
    ("windows-1254", "cp1254 csisolatin5 iso-8859-9 l5 latin5 windows-1254"),
    ("windows-1255", "cp1255 windows-1255 x-cp1255"),
    ("windows-1256", "cp1256 windows-1256 x-cp1256"),
    ("windows-1257", "cp1257 windows-1257 x-cp1257"),
    ("windows-1258", "cp1258 windows-1258 x-cp1258"),
    ("x-mac-cyrillic", "x-mac-cyrillic x-mac-ukrainian"),
    ("GBK", "chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk"),
    ("gb18030", "gb18030"),
    ("Big5", "big5 big5-hkscs cn-big5 csbig5 x-x-big5"),
    ("EUC-JP", "cseucpkdfmtjapanese euc-jp x-euc-jp"),
    ("Shift_JIS", "csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis"),
    ("EUC-KR", "cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ksc5601 windows-949"),
    ("UTF-16BE", "unicodefffe utf-16be"),
    ("UTF-16LE", "utf-16le"),
    ("x-user-defined", "x-user-defined"),
];

#[test]
fn all_label_families_of_the_standard_are_read() {
    for (name, labels) in LABELS {
        for label in labels.split(' ') {
            assert_eq!(settle(label, b"abc"), Ok(name), "{label}");
            assert_eq!(settle(&format!(" {}\t", label.to_uppercase()), b""), Ok(name), "{label}");
        }
    }
}

#[test]
fn unknown_labels_are_refused() {
    for label in ["utf-7", "unicode-1-1-utf-7", "utf-32", "ibm037", "ebcdic", "cp437", "", "\u{e9}"]
    {
        assert_eq!(settle(label, b"abc"), Err(Reason::UnknownCharset), "{label}");
    }
}

#[test]
fn what_changes_its_meaning_on_the_way_is_refused() {
    for label in
        ["iso-2022-jp", "csISO2022JP", "iso-2022-kr", "hz-gb-2312", "iso-2022-cn", "replacement"]
    {
        assert_eq!(settle(label, b"abc"), Err(Reason::UnsupportedCharset), "{label}");
    }
}

#[test]
fn a_byte_order_mark_against_the_declaration_is_refused() {
    let (utf8, little, big) = (&b"\xef\xbb\xbfa"[..], &b"\xff\xfea\0"[..], &b"\xfe\xff\0a"[..]);
    for mark in [utf8, little, big] {
        assert_eq!(settle("iso-8859-1", mark), Err(Reason::AmbiguousCharset));
        assert_eq!(settle("gb18030", mark), Err(Reason::AmbiguousCharset));
    }
    assert_eq!(settle("utf-8", utf8), Ok("UTF-8"));
    assert_eq!(settle("utf-8", little), Err(Reason::AmbiguousCharset));
    assert_eq!(settle("utf-16le", little), Ok("UTF-16LE"));
    assert_eq!(settle("utf-16le", big), Err(Reason::AmbiguousCharset));
    assert_eq!(settle("utf-16be", big), Ok("UTF-16BE"));
    assert_eq!(settle("utf-16be", little), Err(Reason::AmbiguousCharset));
    assert_eq!(settle("utf-16le", utf8), Err(Reason::AmbiguousCharset));
}

#[test]
fn utf_16_has_to_say_its_order() {
    for label in
        ["utf-16", "UTF-16", "ucs-2", "unicode", "csunicode", "iso-10646-ucs-2", "unicodefeff"]
    {
        assert_eq!(settle(label, b"a\0"), Err(Reason::AmbiguousCharset), "{label}");
        assert_eq!(settle(label, b"\xff\xfea\0"), Ok("UTF-16LE"), "{label}");
        assert_eq!(settle(label, b"\xfe\xff\0a"), Ok("UTF-16BE"), "{label}");
        assert_eq!(settle(label, b"\xef\xbb\xbfa"), Err(Reason::AmbiguousCharset), "{label}");
    }
}

#[test]
fn undeclared_is_utf_8_or_refused() {
    let undeclared = |body: &[u8]| {
        let read = Charset::settle(None, body)?.decode(body)?.text().to_owned();
        Ok::<_, cloakroom::document::Refusal>(read)
    };
    assert_eq!(undeclared("caf\u{e9}".as_bytes()).unwrap(), "caf\u{e9}");
    for (body, offset) in [
        (&b"caf\xe9"[..], 3),
        (b"\xff\xfea\0", 0),
        (b"\xfe\xff\0a", 0),
        (b"a\xc0\xaf", 1),
        (b"ab\xed\xa0\x80", 2),
    ] {
        let refusal = undeclared(body).unwrap_err();
        assert_eq!((refusal.reason, refusal.offset), (Reason::InvalidUtf8, offset), "{body:?}");
    }
}

#[test]
fn bytes_that_a_character_set_does_not_have_are_refused_with_their_place() {
    let refused = |label: &str, body: &[u8]| {
        let charset = Charset::settle(Some(label.as_bytes()), body).unwrap();
        let refusal = charset.decode(body).unwrap_err();
        assert_eq!(refusal.reason, Reason::InvalidInCharset, "{label}");
        refusal.offset
    };
    assert_eq!(refused("windows-1253", b"ab\xaa"), 2);
    assert_eq!(refused("shift_jis", b"abc\x81"), 3);
    assert_eq!(refused("shift_jis", b"email=\x81&x=1"), 6);
    assert_eq!(refused("euc-jp", b"\xa4\xa2\xa4"), 2);
    assert_eq!(refused("gb18030", b"a\x81\x30\x81"), 1);
    assert_eq!(refused("big5", b"a\xff"), 1);
    assert_eq!(refused("utf-16le", b"a\0b"), 2);
    assert_eq!(refused("utf-16be", b"\0a\xd8\x00\0a"), 2);
    let far = [&[b'a'; 10_000][..], b"\xff"].concat();
    assert_eq!(refused("euc-kr", &far), 10_000);
}

/// Reads a document and finds a text in it.
fn find(label: &str, body: &[u8], text: &str) -> (Charset, Span) {
    let charset = Charset::settle(Some(label.as_bytes()), body).unwrap();
    let start = charset.decode(body).unwrap().text().find(text).unwrap();
    let span = Span::new(u32::try_from(start).unwrap(), u32::try_from(start + text.len()).unwrap());
    (charset, span.unwrap())
}

/// Puts a value in the place of a text.
fn put(
    label: &str,
    body: &[u8],
    text: &str,
    value: &str,
    policy: Unmappable,
) -> Result<Vec<u8>, Reason> {
    let (charset, span) = find(label, body, text);
    let read = charset.decode(body).map_err(|refusal| refusal.reason)?;
    let mut rewrite = read.rewrite(8);
    let wrote = rewrite.replace(span, policy, |out| out.extend_from_slice(value.as_bytes()));
    assert!(wrote.map_err(|refusal| refusal.reason)?);
    Ok(rewrite.finish())
}

#[test]
fn a_value_is_written_in_the_character_set_of_its_document() {
    let refuse = Unmappable::Refuse;
    assert_eq!(
        put("iso-8859-1", b"\xe9<TOK>\xe8", "TOK", "Zo\u{eb} \u{20ac}", refuse).unwrap(),
        b"\xe9<Zo\xeb \x80>\xe8"
    );
    assert_eq!(
        put("windows-1251", b"\xcf<TOK>", "TOK", "\u{418}\u{432}\u{430}\u{43d}", refuse).unwrap(),
        b"\xcf<\xc8\xe2\xe0\xed>"
    );
    assert_eq!(
        put("shift_jis", b"\x95\x5c<TOK>\x95\x5c", "TOK", "\u{8868}", refuse).unwrap(),
        b"\x95\x5c<\x95\x5c>\x95\x5c"
    );
    assert_eq!(
        put("gb18030", b"\x81\x30\x81\x30<TOK>", "TOK", "\u{1f600}", refuse).unwrap(),
        b"\x81\x30\x81\x30<\x94\x39\xfc\x36>"
    );
    assert_eq!(
        put("utf-16", b"\xff\xfe<\0T\0>\0", "T", "\u{1f600}", refuse).unwrap(),
        b"\xff\xfe<\0\x3d\xd8\x00\xde>\0"
    );
    assert_eq!(
        put("utf-8", "\u{e9}<TOK>".as_bytes(), "TOK", "\u{e8}", refuse).unwrap(),
        "\u{e9}<\u{e8}>".as_bytes()
    );
    // All of it ASCII, so text and bytes are the same, but the value is not.
    assert_eq!(put("iso-8859-2", b"<TOK>", "TOK", "\u{141}", refuse).unwrap(), b"<\xa3>");
}

#[test]
fn a_spelling_that_an_encoder_would_not_choose_stays() {
    // NEC's and IBM's copies of one character in Shift_JIS; the encoder writes the second.
    let body = b"\xed\x40\xfa\x5c TOK \xed\x40";
    assert_eq!(
        put("shift_jis", body, "TOK", "x", Unmappable::Refuse).unwrap(),
        b"\xed\x40\xfa\x5c x \xed\x40"
    );
}

#[test]
fn a_character_that_cannot_be_said_becomes_a_reference_or_a_refusal() {
    let name = "\u{141}ukasz \u{1f600}";
    assert_eq!(
        put("iso-8859-1", b"\xe9<TOK>", "TOK", name, Unmappable::Refuse),
        Err(Reason::NotInCharset)
    );
    assert_eq!(
        put("iso-8859-1", b"\xe9<TOK>", "TOK", name, Unmappable::Reference).unwrap(),
        b"\xe9<&#321;ukasz &#128512;>"
    );
}

#[test]
fn a_span_whose_value_was_refused_can_be_tried_again() {
    let body = b"\xe9 TOK";
    let read = Charset::settle(Some(b"latin1"), body).unwrap().decode(body).unwrap();
    let mut rewrite = read.rewrite(0);
    let span = Span::new(3, 6).unwrap();
    let mut put = |value: &[u8]| {
        rewrite.replace(span, Unmappable::Refuse, |out| out.extend_from_slice(value))
    };
    assert!(put("\u{141}".as_bytes()).is_err());
    assert_eq!(put(b"L"), Ok(true));
    assert_eq!(put(b"L"), Ok(false));
    assert_eq!(rewrite.finish(), b"\xe9 L");
}

/// The encoders of Japanese write U+00A5 as 0x5C and U+203E as 0x7E: a value could end a string.
#[test]
fn a_yen_sign_never_becomes_a_backslash() {
    for label in ["shift_jis", "euc-jp"] {
        for value in ["\u{a5}", "\u{203e}", "\u{2212}"] {
            let refused = put(label, b"'TOK'", "TOK", value, Unmappable::Refuse);
            assert_eq!(refused, Err(Reason::NotInCharset), "{label} {value}");
        }
        assert_eq!(
            put(label, b"<TOK>", "TOK", "\u{a5}1", Unmappable::Reference).unwrap(),
            b"<&#165;1>"
        );
    }
}

#[test]
fn only_utf_16_does_not_extend_ascii() {
    for (name, _) in LABELS {
        let charset = Charset::settle(Some(name.as_bytes()), b"").unwrap();
        assert_eq!(charset.extends_ascii(), !name.starts_with("UTF-16"), "{name}");
    }
}
