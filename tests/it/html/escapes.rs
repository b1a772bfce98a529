//! Reading what was written gives the value back, by other people's readers.

use cloakroom::document::html::Charset;
use cloakroom::document::html::Escape;
use cloakroom::document::html::writable;
use proptest::prelude::*;

use crate::html::structure;

fn written(escape: Escape, value: &str, charset: Charset) -> String {
    let mut out = Vec::new();
    escape.write(value, charset, &mut out);
    String::from_utf8(out).unwrap()
}

/// The line of an outline that begins so, without its beginning.
fn read(page: &str, start: &str) -> String {
    let lines = structure::outline(page.as_bytes());
    let line = lines.iter().find_map(|line| line.strip_prefix(start));
    line.unwrap_or_default().to_owned()
}

fn percent(text: &str) -> String {
    let pairs = format!("v={}", text.replace('+', "%2B"));
    let program = cloakroom::document::Program::compile(
        vec![cloakroom::document::CompiledRule {
            selector: cloakroom::document::Selector::parse("$.v").unwrap(),
            on_container: cloakroom::document::OnContainer::Leaves,
        }],
        cloakroom::document::KeyMatch::Exact,
    )
    .unwrap();
    let fields = cloakroom::document::select(
        cloakroom::document::Format::Query,
        pairs.as_bytes(),
        &program,
        &cloakroom::document::Bounds::default(),
    )
    .unwrap();
    let field = &fields[0];
    field.codec.decode(field.span.of(pairs.as_bytes()), field.kind).unwrap().expose().clone()
}

fn value() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        any::<char>(),
        proptest::sample::select(
            "&<>\"'`= /\\\t\n\r;#%+@.-:\u{2028}\u{a0}é😀".chars().collect::<Vec<_>>()
        ),
    ];
    proptest::collection::vec(character, 0..24)
        .prop_map(String::from_iter)
        .prop_filter("writable", |value| writable(value))
}

proptest! {
    #[test]
    fn every_escape_undoes_itself(value in value()) {
        for charset in [Charset::Utf8, Charset::Ascii] {
            let html = written(Escape::Html, &value, charset);
            prop_assert_eq!(&read(&format!("<p>.{html}.</p>"), "#"), &format!(".{value}."));
            prop_assert_eq!(&read(&format!("<p title=\"{html}\">"), "=title "), &value);
            prop_assert_eq!(&read(&format!("<p title='{html}'>"), "=title "), &value);
            let unquoted = written(Escape::Unquoted, &value, charset);
            prop_assert_eq!(&read(&format!("<p title=.{unquoted}>"), "=title "), &format!(".{value}"));
            let json = format!("\"{}\"", written(Escape::Script, &value, charset));
            prop_assert_eq!(&serde_json::from_str::<String>(&json).unwrap(), &value);
            prop_assert!(charset == Charset::Utf8 || html.is_ascii());
        }
        for escape in [Escape::Url, Escape::Mailbox] {
            prop_assert_eq!(&percent(&written(escape, &value, Charset::Utf8)), &value);
        }
        let phone = written(Escape::Phone, &value, Charset::Utf8);
        prop_assert_eq!(percent(&phone), value.replace(' ', "-"));
    }
}

#[test]
fn legacy_pages_are_written_with_references_or_not_at_all() {
    let of =
        |label: &[u8]| Charset::of(cloakroom::document::Charset::settle(Some(label), b"").unwrap());
    assert_eq!(of(b"utf-8"), Some(Charset::Utf8));
    for label in ["iso-8859-1", "windows-1251", "koi8-r", "shift_jis", "gbk", "big5", "euc-kr"] {
        let charset = of(label.as_bytes()).unwrap();
        assert!(matches!(charset, Charset::Legacy(_)), "{label}");
        assert_eq!(written(Escape::Html, "é中", charset), "&#233;&#20013;");
    }
    assert_eq!(of(b"utf-16le"), None);
}
