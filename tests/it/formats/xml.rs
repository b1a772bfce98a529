//! XML: the tree of elements, what is replaced, and strict well-formedness.

use cloakroom::document;
use cloakroom::document::Bounds;
use cloakroom::document::Format;
use cloakroom::document::KeyMatch;
use cloakroom::document::OnContainer;
use cloakroom::document::Options;
use cloakroom::document::Reason;

use crate::formats::compile;
use crate::formats::decoded;
use crate::formats::reason;
use crate::formats::refusal;
use crate::formats::rewritten;
use crate::formats::texts;

fn found(source: &str, selectors: &[&str]) -> Vec<String> {
    texts(Format::Xml, source, selectors)
}

const USERS: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!-- all of them -->\n<d:users xmlns:d='urn:d' count = \"2\">\n  \
    <d:user id=\"7\" mail='a@b'><name>Ann</name><email kind=\"work\">a@b</email></d:user >\n  \
    <d:user id=\"8\"><name>Bob</name><email>c@d</email><email>e@f</email></d:user>\n</d:users>\n";

#[test]
fn elements_are_members_and_namesakes_are_also_a_list() {
    for (selector, expected) in [
        ("$.users.user.email", &["a@b", "c@d", "e@f"][..]),
        ("$.users.user[0].email", &["a@b"]),
        ("$.users.user[1].email", &["c@d", "e@f"]),
        ("$.users.user[1].email[1]", &["e@f"]),
        ("$.users.user[*].email[0]", &["a@b", "c@d"]),
        ("$.users[0].user[0:1].name", &["Ann"]),
        ("$.users.user[-1].name", &["Bob"]),
        ("$.users.user[-1].email[-1]", &["e@f"]),
        ("$.users.user[::-2].name", &["Bob"]),
        ("$..email", &["a@b", "c@d", "e@f"]),
        ("$..email[1]", &["e@f"]),
        ("$..user[?@.name=='Bob'].email", &["c@d", "e@f"]),
        ("$..user[?@['@id']=='7'].name", &["Ann"]),
        ("$.users[?@.name=='Bob'].name", &["Bob"]),
        ("$.users.user.email[?@['@kind']=='work']", &["a@b"]),
        ("$..user[?count(@.email)==1]", &["Ann", "a@b"]),
        ("$..user[?value(@.email)=='a@b'].name", &["Ann"]),
        ("$..['@mail']", &["a@b"]),
        ("$.users.user[0]['@id']", &["7"]),
        ("$.users.user.email['#text']", &["a@b", "c@d", "e@f"]),
        ("$.users.user.email['@kind']", &["work"]),
        ("$.users['@count']", &["2"]),
        ("$.d", &[]),
        ("$..['@d']", &[]),
    ] {
        assert_eq!(found(USERS, &[selector]), expected, "{selector}");
    }
}

#[test]
fn automaton_and_evaluator_agree_on_elements() {
    // A filter beside a selector moves the whole selector to the evaluator, and hits nothing.
    for (front, last) in [
        ("$", "*"),
        ("$.users.user", "'email'"),
        ("$.users.user[0]", "'email'"),
        ("$.users[0].user[1].email", "1"),
        ("$.users[0].user[1]", "*"),
        ("$..", "'email'"),
        ("$..email", "1"),
        ("$..", "0"),
        ("$..", "*"),
        ("$.users", "*"),
        ("$.users.user", "*"),
        ("$..user", "0:1"),
        ("$..", "'@id'"),
        ("$.users", "'user'"),
        ("$..", "'#text'"),
        ("$.users.user.email", "'#text'"),
        ("$.*.*", "*"),
        ("$", "0"),
        ("$.users", "1"),
    ] {
        let streamed = found(USERS, &[&format!("{front}[{last}]")]);
        let evaluated = found(USERS, &[&format!("{front}[{last},?@.none=='x']")]);
        assert_eq!(streamed, evaluated, "{front}[{last}]");
    }
    for (streamed, evaluated) in [
        ("$.users.user[1].email", "$.users.user[-1].email"),
        ("$.users.user[0:1].email", "$.users.user[-2:-1].email"),
        ("$.users[0]", "$.users[-1]"),
        ("$..user[*].name", "$..user[::-1].name"),
        ("$..email[0,1]", "$..email[0,-1]"),
    ] {
        assert_eq!(found(USERS, &[streamed]), found(USERS, &[evaluated]), "{streamed}");
    }
}

#[test]
fn a_selected_element_takes_texts_along_but_no_attributes() {
    let source = "<u><p id='1' x:type='t' xmlns:x='y'>one</p><q>two<r a='b'/>three</q></u>";
    assert_eq!(found(source, &["$.u"]), ["one", "two", "three"]);
    assert_eq!(found(source, &["$..p"]), ["one"]);
    assert_eq!(found(source, &["$..q['#text']"]), ["two", "three"]);
    assert_eq!(found(source, &["$.u.p.*"]), ["1", "t", "one"]);
    assert_eq!(found(source, &["$..['@type']", "$.u"]), ["t", "one", "two", "three"]);
    let filtered = found(source, &["$[?@.p]", "$[?@.p]..['@type']"]);
    assert_eq!(filtered, ["t", "one", "two", "three"]);
}

#[test]
fn a_rule_that_refuses_containers_takes_attributes_for_none() {
    let reject = |source: &str| {
        let program = compile(&["$.u.email"], OnContainer::Reject, KeyMatch::Exact);
        document::select(Format::Xml, source.as_bytes(), &program, &Bounds::default())
            .map(|fields| decoded(source, &fields))
            .map_err(|error| error.reason)
    };
    assert_eq!(reject("<u><email a='b'>x</email></u>"), Ok(vec!["x".to_owned()]));
    assert_eq!(reject("<u><email>x<b/></email></u>"), Err(Reason::ContainerSelected));
}

#[test]
fn folding_reaches_elements_and_attributes() {
    let source = "<U><E-Mail>a</E-Mail><x User_Name='b'/></U>";
    let program = compile(&["$.u.email", "$..['@userName']"], OnContainer::Leaves, KeyMatch::Smart);
    let fields = document::select(Format::Xml, source.as_bytes(), &program, &Bounds::default());
    assert_eq!(decoded(source, &fields.unwrap()), ["a", "b"]);
}

#[test]
fn the_whole_content_is_one_value() {
    for (content, text) in [
        ("a&amp;b&#64;c&#x40;d", "a&b@c@d"),
        ("ali<!-- x -->ce<![CDATA[@<b>]]>.example", "alice@<b>.example"),
        ("", ""),
        (" a\r\nb\rc ", " a\nb\nc "),
        ("&quot;&apos;&lt;&gt;", "\"'<>"),
    ] {
        let source = format!("<u><email>{content}</email><!-- a&b --></u>");
        assert_eq!(found(&source, &["$.u.email"]), [text]);
        assert_eq!(
            rewritten(Format::Xml, &source, &["$.u.email"], "<T&\r>"),
            "<u><email>&lt;T&amp;&#13;&gt;</email><!-- a&b --></u>"
        );
    }
    assert!(found("<u><email/></u>", &["$.u.email"]).is_empty());
    let attribute = "<u m='a&amp;\"b\nc'/>";
    assert_eq!(found(attribute, &["$..['@m']"]), ["a&\"b c"]);
    assert_eq!(
        rewritten(Format::Xml, attribute, &["$..['@m']"], "'\"\n<"),
        "<u m='&apos;&quot;&#10;&lt;'/>"
    );
}

#[test]
fn what_is_not_well_formed_is_refused_with_its_place() {
    use Reason::*;
    for (source, expected, at) in [
        ("", Empty, 0),
        (" ", UnexpectedEnd, 1),
        ("x", UnexpectedByte, 0),
        ("<a>", UnexpectedEnd, 3),
        ("<a></b>", MismatchedTag, 3),
        ("<x:a></a>", MismatchedTag, 5),
        ("<a><b></a></b>", MismatchedTag, 6),
        ("<a/><b/>", TrailingData, 4),
        ("<a/>x", TrailingData, 4),
        ("<a/>&amp;", TrailingData, 4),
        ("</a>", MismatchedTag, 0),
        ("< a/>", UnexpectedByte, 1),
        ("<1a/>", UnexpectedByte, 1),
        ("<a:b:c/>", UnexpectedByte, 4),
        ("<:a/>", UnexpectedByte, 1),
        ("<a: />", UnexpectedByte, 3),
        ("<a b/>", UnexpectedByte, 4),
        ("<a b=c/>", UnexpectedByte, 5),
        ("<a b='1'c='2'/>", UnexpectedByte, 8),
        ("<a b='1' b='2'/>", DuplicateAttribute, 9),
        ("<a b='<'/>", UnexpectedByte, 6),
        ("<a b='&x;'/>", UnknownEntity, 6),
        ("<a b='1/>", UnexpectedEnd, 9),
        ("<a>&nbsp;</a>", UnknownEntity, 3),
        ("<a>&amp</a>", UnknownEntity, 3),
        ("<a>&#x110000;</a>", InvalidCharacter, 3),
        ("<a>&#0;</a>", InvalidCharacter, 3),
        ("<a>&#xd800;</a>", InvalidCharacter, 3),
        ("<a>&#;</a>", UnexpectedByte, 3),
        ("<a>&#+5;</a>", UnexpectedByte, 3),
        ("<a>\u{1}</a>", InvalidCharacter, 3),
        ("<a>\u{ffff}</a>", InvalidCharacter, 3),
        ("<a>]]></a>", UnexpectedByte, 3),
        ("<a><![CDATA[x</a>", UnexpectedEnd, 17),
        ("<![CDATA[x]]><a/>", UnexpectedByte, 0),
        ("<a><!-- -- --></a>", UnexpectedByte, 8),
        ("<a><!-- x ---></a>", UnexpectedByte, 10),
        ("<a><!-- x</a>", UnexpectedEnd, 13),
        ("<a><!ELEMENT b></a>", UnexpectedByte, 3),
        ("<!DOCTYPE a><a/>", Doctype, 0),
        ("<?xml version='1.0'?><!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", Doctype, 21),
        ("<?php x?><a/>", ProcessingInstruction, 0),
        ("<a><?x y?></a>", ProcessingInstruction, 3),
        (" <?xml version='1.0'?><a/>", UnexpectedByte, 1),
        ("<a><?xml version='1.0'?></a>", UnexpectedByte, 3),
        ("<?xml version='1.1'?><a/>", UnexpectedByte, 6),
        ("<?xml encoding='utf-8'?><a/>", UnexpectedByte, 6),
        ("<?xml version='1.0' encoding='iso-8859-1'?><a/>", UnsupportedCharset, 20),
        ("<?xml version='1.0' standalone='yes' encoding='utf-8'?><a/>", UnexpectedByte, 37),
        ("<?xml version='1.0' standalone='maybe'?><a/>", UnexpectedByte, 20),
        ("<?xml version='1.0'encoding='utf-8'?><a/>", UnexpectedByte, 19),
        ("<?xml?><a/>", UnexpectedByte, 0),
        ("<a / >", UnexpectedByte, 4),
        ("<a></a b='c'>", UnexpectedByte, 7),
    ] {
        let got = refusal(Format::Xml, source, &["$..email"]);
        assert_eq!(got, Some((expected, at)), "{source}");
    }
    let bytes = |source: &[u8]| {
        document::select(
            Format::Xml,
            source,
            &compile(&[], OnContainer::Leaves, KeyMatch::Exact),
            &Bounds::default(),
        )
        .map_err(|error| error.reason)
    };
    assert_eq!(bytes(b"<a>\xff</a>"), Err(InvalidUtf8));
    assert_eq!(bytes(b"\xff\xfe<\0a\0/\0>\0"), Err(ByteOrderMark));
    assert_eq!(bytes(b"\xef\xbb\xbf<?xml version='1.0'?><a/>"), Ok(Vec::new()));
}

#[test]
fn what_is_well_formed_is_accepted() {
    for source in [
        "<a/>",
        "<a />",
        "<a></a >",
        "<a\nb\t=\r'c'/>",
        "<_x.y-z\u{b7}/>",
        "<\u{e9}t\u{e9}>x</\u{e9}t\u{e9}>",
        "<!--a--><a/><!--b-->\n",
        "<a>&#x09;&#10;</a>",
        "<a><![CDATA[]]]]><![CDATA[>]]></a>",
        "<a b='>'>></a>",
        "<a x:b='1' b='2' xmlns:x='u'/>",
        "<?xml version=\"1.0\" standalone='no' ?><a/>",
        "<a><!----></a>",
        "<a>]] ></a>",
    ] {
        assert_eq!(reason(Format::Xml, source, &["$..email"]), None, "{source}");
    }
}

#[test]
fn instructions_pass_when_told() {
    let source = "<?xml-stylesheet href='x'?><a>b<?x y?>c</a>";
    let options = Options { instructions: true, ..Options::default() };
    assert_eq!(crate::formats::texts_with(Format::Xml, source, &["$.a"], &options), ["bc"]);
}

#[test]
fn a_filter_that_reads_a_repeated_element_is_refused() {
    let source = "<a><u><k>1</k><k>2</k><v>x</v></u></a>";
    assert_eq!(reason(Format::Xml, source, &["$.a[?@.k=='1'].v"]), Some(Reason::DuplicateKey));
    assert_eq!(found(source, &["$.a.u[?@.k[0]=='1'].v"]), ["x"]);
    assert_eq!(found(source, &["$.a[?@.k[0]=='1'].v"]), ["x"]);
}
