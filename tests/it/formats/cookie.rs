//! Cookies: every reading of a name, quotes, and what old and new readers split differently.

use cloakroom::document::Format;
use cloakroom::document::Reason;

use crate::formats::reason;
use crate::formats::rewritten;
use crate::formats::texts;

const EMAIL: [&str; 1] = ["$.email"];

#[test]
fn every_cookie_of_the_name_is_found() {
    let line = "sid=abc; email=a@b.example; t=1; email=c%40d.example;email=\"e@f\"";
    assert_eq!(texts(Format::Cookie, line, &EMAIL), ["a@b.example", "c@d.example", "e@f"]);
    assert_eq!(
        rewritten(Format::Cookie, line, &EMAIL, "ck1em8"),
        "sid=abc; email=ck1em8; t=1; email=ck1em8;email=\"ck1em8\""
    );
}

#[test]
fn blanks_around_name_and_value_stay() {
    let line = " email =\t a@b \t;x= y";
    assert_eq!(rewritten(Format::Cookie, line, &["$.email", "$.x"], "T"), " email =\t T \t;x= T");
}

#[test]
fn names_are_read_in_all_common_ways() {
    assert_eq!(
        texts(Format::Cookie, "user[email]=a; %65mail=b", &["$.user.email", "$.email"]),
        ["a", "b"]
    );
    assert_eq!(texts(Format::Cookie, "email[]=a; email[]=b", &["$.email[1]"]), ["b"]);
    assert_eq!(texts(Format::Cookie, "lonely", &["$['']"]), ["lonely"]);
}

#[test]
fn a_plus_is_a_plus_and_is_written_as_an_escape() {
    assert_eq!(texts(Format::Cookie, "email=a+b@c", &EMAIL), ["a+b@c"]);
    assert_eq!(
        rewritten(Format::Cookie, "email=x", &EMAIL, "a+b; c=\"d\""),
        "email=a%2Bb%3B%20c%3D%22d%22"
    );
}

/// Found by fuzzing.
#[test]
fn a_value_never_becomes_the_name_of_its_cookie() {
    let nameless = ["$['']"];
    for format in [Format::Cookie, Format::SetCookie] {
        let written = rewritten(format, "x; b=1", &nameless, "a=b");
        assert_eq!(written, "a%3Db; b=1");
        assert_eq!(texts(format, &written, &nameless), ["a=b"]);
    }
}

#[test]
fn what_readers_cut_differently_is_refused_at_a_selected_place() {
    for line in ["email=\"a", "x=\"1; email=a\"", "email=\"a\\\"b\"", "email=a\\b", "email=\"a\"b"]
    {
        assert_eq!(reason(Format::Cookie, line, &EMAIL), Some(Reason::AmbiguousQuote), "{line}");
        assert_eq!(reason(Format::Cookie, line, &["$.other"]), None, "{line}");
    }
    assert_eq!(reason(Format::Cookie, "email=%zz", &EMAIL), Some(Reason::InvalidPercentEscape));
    assert_eq!(reason(Format::Cookie, "email=%ff", &EMAIL), Some(Reason::InvalidUtf8));
    assert_eq!(reason(Format::Cookie, "email=a\tb", &EMAIL), Some(Reason::ControlCharacter));
    assert_eq!(reason(Format::Cookie, "x=a\nb", &EMAIL), Some(Reason::ControlCharacter));
}

#[test]
fn of_a_set_cookie_line_only_the_pair_is_looked_at() {
    let line = "email=a%40b; Path=/; email=other; Domain=x.example; HttpOnly";
    assert_eq!(
        rewritten(Format::SetCookie, line, &["$.*"], "T"),
        "email=T; Path=/; email=other; Domain=x.example; HttpOnly"
    );
}
