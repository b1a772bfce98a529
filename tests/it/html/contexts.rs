//! Which place is what.

use cloakroom::document::html::Context;
use cloakroom::document::html::Context::Keep;
use cloakroom::document::html::Part;
use cloakroom::document::html::Quote;
use cloakroom::document::html::Why;

use crate::html::JSON;
use crate::html::KEEP;
use crate::html::MAIL;
use crate::html::TOKEN;
use crate::html::contexts;
use crate::html::shown;

const TEXT: Context = Context::Text { first: false };

/// The context of the one token in a page, written as `§`.
fn context(page: &str, options: cloakroom::document::html::Options) -> Context {
    let found = contexts(&page.replace('§', TOKEN), options);
    assert_eq!(found.len(), 1, "{page}");
    found[0]
}

fn all(pages: &[&str], expected: Context) {
    for page in pages {
        assert_eq!(context(page, KEEP), expected, "{page}");
    }
}

#[test]
fn text_is_text() {
    all(
        &[
            "§",
            "<p>§</p>",
            "<td>Name: §.",
            "<option>§",
            "<select><option>§</select>",
            "<b>§",
            "<title>§</title>",
            "<title>a<b>§</title>",
            "<textarea> §</textarea>",
            "<textarea>{</textarea><textarea>a { §</textarea>",
            "<title>[§</title>",
            "<textarea>{</textarea>§",
            "<textarea>/ §",
            "<svg><path d=''/></svg>§",
            "<svg><title>x</title><path></svg><p>§",
            "<svg><path><p>x</svg>§",
            "<!-- > -->§",
            "<!-->§",
            "<!--->§",
            "<!doctype html>§",
            "<!doctype html PUBLIC \"a>b\">§",
            "<![CDATA[x>§",
            "<script>a<b</script>§",
            "<script><!--<script></script>--></script>§",
            "<style></p></style>§",
            "<template></template>§",
            "< §",
            "<>§",
            "</>§",
            "<noscript><p></noscript>§",
            "a & §",
            "<xmp></style></xmp>§",
            "<svg/>§",
            "<math/>§",
            "<svg><script>1<2</script></svg>§",
            "<pre>a §",
            "<p title=\">\">§",
            "<p a='>'>§",
            "<p title=a\">§",
            "<math><mi>x</mi></math>§",
            "<svg><![CDATA[</svg>]]></svg>§",
            "<select><option></select><title>§",
        ],
        TEXT,
    );
    all(&["<textarea>§", "<pre>§", "<PRE class=x>§", "<listing>§"], Context::Text { first: true });
}

#[test]
fn attributes_are_told_by_their_quotes() {
    all(
        &["<input value=\"§\">", "<p title = \"a §\">", "<p/title=\"§\">"],
        Context::Attribute(Quote::Double),
    );
    all(
        &["<input VALUE='§'>", "<p x=1 title='a §'>", "<p title=\"'\"alt='§'>"],
        Context::Attribute(Quote::Single),
    );
    all(
        &["<input value=§>", "<p title= §>", "<p title=a-§ b>", "<p a=b/title=x title=§/>"],
        Context::Attribute(Quote::None),
    );
}

#[test]
fn urls_are_revealed_behind_scheme_and_host() {
    let url = |part| Context::Url(part, Quote::Double);
    all(
        &[
            "<a href=\"/u/§\">",
            "<img src=\"https://a.example/§.png\">",
            "<form action=\"x/§/edit\">",
            "<button formaction=\"#§\">",
            "<a href=\"/§\">",
        ],
        url(Part::Path),
    );
    all(&["<a href=\"?q=§\">", "<a href=\"/u?a=1&amp;q=§\">"], url(Part::Query));
    all(&["<a href=\"mailto:§\">"], url(Part::Mailbox));
    all(&["<a href=\"tel:§\">"], url(Part::Phone));
    all(
        &[
            "<a href=\"§\">",
            "<a href=\"javascript:f('§')\">",
            "<a href=\"https://§/\">",
            "<a href=\"//§\">",
            "<a href=\"java&#115;cript:/§\">",
            "<img src=\"data:text/html,/§\">",
            "<a href=\"https://a@§/\">",
            "<a href=\"/&#47;§\">",
        ],
        Keep(Why::Url),
    );
    all(
        &[
            "<a href=\"/login?next=/u/§\">",
            "<a href=\"?a=1&amp;next=%2Fu%3Fq%3D§\">",
            "<form action='add/?_filters=q%3D§'>",
            "<a href=?a&#038;b=?q=§>",
        ],
        Keep(Why::Nested),
    );
    all(&["<a href=\"?next=/u/&amp;q=§\">", "<a href=\"?a&#038;b=§\">"], url(Part::Query));
    all(&["<a href=\"/%§\">", "<a href=\"/a&§\">"], Keep(Why::Ambiguous));
}

#[test]
fn everything_else_keeps_its_token() {
    all(
        &[
            "<§>",
            "</§>",
            "<p §>",
            "<p §=1>",
            "<!-- § -->",
            "<!§>",
            "<?§>",
            "<!doctype §>",
            "</p title=§>",
            "<!--<p>§",
            "<textarea><§",
            "<title></§>",
            "<p a=b §",
        ],
        Keep(Why::Markup),
    );
    all(
        &[
            "<style>§",
            "<xmp>§",
            "<iframe>§",
            "<noembed>§",
            "<noframes>§",
            "<plaintext>§",
            "<plaintext></plaintext>§",
        ],
        Keep(Why::RawText),
    );
    all(
        &[
            "<script>§",
            "<script>'§'",
            "<p onclick=\"f('§')\">",
            "<script><!--<script></script>§",
            "<script type=application/json>\"§\"",
        ],
        Keep(Why::Script),
    );
    all(&["<noscript>§", "<noscript><p>§</p></noscript>"], Keep(Why::Noscript));
    all(
        &["<template>§", "<template><p title=§>", "<template><template></template>§"],
        Keep(Why::Template),
    );
}

#[test]
fn attributes_that_steer_and_foreign_content_keep_their_tokens() {
    all(
        &[
            "<svg>§",
            "<svg><text>§",
            "<svg><title>§",
            "<math><mi>§",
            "<svg><p title=§>",
            "<svg><![CDATA[§]]>",
            "<svg></svg  §=\"\">",
        ],
        Keep(Why::Foreign),
    );
    all(
        &[
            "<p style=\"a:§\">",
            "<iframe srcdoc=\"§\">",
            "<img srcset=\"/§\">",
            "<p id=§>",
            "<p class='§'>",
            "<meta content=\"0;url=/§\">",
            "<base href=\"/§\">",
            "<p @click=\"§\">",
            "<script src=\"/§\">",
            "<svg title=§>",
            "<p x-data=\"'§'\">",
        ],
        Keep(Why::Attribute),
    );
    all(
        &[
            "<p data-x='{\"a\":\"b §\"}'>",
            "<p data-x=\"f(&quot;§&quot;)\">",
            "<p title=\" [1,§]\">",
            "<p title='say \"§\"'>",
            "<input type=hidden name=next value='/people/?name=§'>",
            "<tr data-href=\" /people/§/\">",
            "<input value='?q=§'>",
            "<input name=return_to value='https://a.example/§'>",
            "<p data-url=\"HTTP://b.example/?q=§\">",
            "<textarea name=_content>\n{\n  \"name\": \"§\"",
            "<textarea>[§",
        ],
        Keep(Why::Nested),
    );
    all(&["&§", "&#§", "<p title=\"&§\">"], Keep(Why::Ambiguous));
}

#[test]
fn markup_that_browsers_read_differently_ends_the_reveals() {
    all(
        &[
            "<select><xmp></select>§",
            "<select><title>§",
            "<select><svg></svg></select>§",
            "<frameset>§",
            "<svg><desc><p>§",
            "<svg><font color=x>§",
            "<math><mi><style>§",
            "<div><svg></div>§",
            "<svg></p>§",
            "<svg><foreignObject><div>§",
            "<template><col>§",
            "<select><template></select></template>§",
            "\u{feff}<select><noscript>§",
        ],
        Keep(Why::Ambiguous),
    );
    let mut page = b"\xff\xfe".to_vec();
    page.extend_from_slice(TOKEN.as_bytes());
    assert_eq!(crate::html::revealed(&page, "x", KEEP), page);
}

#[test]
fn scripts_are_opened_by_the_rule_only_and_only_their_strings() {
    for page in [
        "<script>x='§'",
        "<script>x=`§`",
        "<script type=module>\"§\"",
        "<script><!--\n'§'",
        "<script type=application/json>{\"a\":\"b § c\"}",
        "<p onclick=\"f('§')\">",
        "<p onclick='f(&quot;§&quot;)'>",
        "<p data-x='{\"a\":\"§\"}'>",
        "<script type=\"application/ld+json\">[\"\\n§\"]",
    ] {
        assert_eq!(context(page, JSON), Context::Script, "{page}");
    }
    for page in [
        "<script>x=§",
        "<script>'a §'",
        "<script>// §",
        "<script type=text/template>'§'",
        "<script type=application/json>{§:1}",
        "<script language=vbscript>'§'",
        "<script type=application/json>\"\\§\"",
        "<p onclick=\"§()\">",
        "<script>'§\"",
        "<script type=importmap>\"§\"",
        "<script type type=application/json>/\"/,§",
    ] {
        assert_eq!(context(page, JSON), Keep(Why::Script), "{page}");
    }
}

#[test]
fn an_address_is_found_in_the_spelling_of_its_place() {
    let [name, domain] = [TOKEN, "token.example.com"];
    let value = "o'hara+x@b.example";
    for (page, expected) in [
        (format!("<p>{MAIL}."), "<p>o&#39;hara+x@b.example."),
        (format!("<p>{name}&#64;{domain}</p>"), "<p>o&#39;hara+x@b.example</p>"),
        (
            format!("<a href='mailto:{MAIL}?subject=x'>"),
            "<a href='mailto:o%27hara%2Bx@b.example?subject=x'>",
        ),
        (format!("<a href=mailto:{name}%40{domain}>"), "<a href=mailto:o%27hara%2Bx@b.example>"),
        (
            format!("<a href='/?m={name}%40{domain}&b'>"),
            "<a href='/?m=o%27hara%2Bx%40b.example&b'>",
        ),
    ] {
        assert_eq!(shown(&page, value), expected, "{page}");
    }
    // Encoded twice it is read twice, and is not half of a value and half of a token.
    for page in [
        format!("{name}%40{domain}"),
        format!("<a href='/next/{name}%2540{domain}/'>"),
        format!("{name}%2540{domain}"),
        format!("<script>'{name}\\u0040{domain}'"),
        format!("{MAIL}.evil.example"),
        format!("x.{MAIL}"),
    ] {
        assert_eq!(shown(&page, value), page);
    }
}

#[test]
fn a_first_line_feed_is_doubled_where_browsers_drop_it() {
    assert_eq!(shown(&format!("<textarea>{TOKEN}"), "\nx"), "<textarea>\n\nx");
    assert_eq!(shown(&format!("<textarea>\n{TOKEN}"), "\nx"), "<textarea>\n\nx");
    assert_eq!(shown(&format!("<p>{TOKEN}"), "\nx"), "<p>\nx");
}

#[test]
fn a_value_that_would_join_its_neighbours_is_not_written() {
    for (page, value) in [
        ("<p title=§ b=c>", ""),
        ("<a href='/§/b'>", ""),
        ("<a href='/a/§'>", ".."),
        ("§", "\u{202e}x"),
        ("§", "a\0b"),
    ] {
        let page = page.replace('§', TOKEN);
        assert_eq!(shown(&page, value), page, "{page}");
    }
    assert_eq!(shown(&format!("<p title=\"{TOKEN}\">"), ""), "<p title=\"\">");
}
