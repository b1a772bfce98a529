//! Forms and queries: the same pairs, the same code, read in every way an application may.

use cloakroom::base::Kind;
use cloakroom::document::Charset;
use cloakroom::document::Codec;
use cloakroom::document::Format;
use cloakroom::document::KeyMatch;
use cloakroom::document::OnContainer;
use cloakroom::document::Program;
use cloakroom::document::Reason;

use crate::document::compile;
use crate::document::fields;
use crate::document::program;
use crate::document::reason;
use crate::document::select;

fn values<'a>(source: &'a str, program: &Program) -> Vec<&'a str> {
    let form = fields(Format::Form, source, program);
    assert_eq!(form, fields(Format::Query, source, program), "{source}");
    form.into_iter().map(|(_, text)| text).collect()
}

fn refused(source: &str, program: &Program) -> Option<Reason> {
    let form = reason(Format::Form, source.as_bytes(), program);
    assert_eq!(form, reason(Format::Query, source.as_bytes(), program), "{source}");
    form
}

#[test]
fn names_are_decoded_and_values_are_spans() {
    let email = program(&["$.email"]);
    assert_eq!(values("id=1&%65m%61il=a%40b&x=y", &email), ["a%40b"]);
    assert_eq!(values("first+name=a&first%20name=b", &program(&["$['first name']"])), ["a", "b"]);
    assert_eq!(values("caf%C3%A9=x", &program(&["$.caf\u{e9}"])), ["x"]);
}

#[test]
fn every_occurrence_of_a_name_counts() {
    assert_eq!(values("email=a&x=1&email=b&email=", &program(&["$.email"])), ["a", "b", ""]);
}

#[test]
fn brackets_are_members_and_elements_of_the_name_before_them() {
    let email = program(&["$.email"]);
    assert_eq!(values("email[]=a&email[x]=b&email%5B0%5D=c&emails[]=d", &email), ["a", "b", "c"]);
    assert_eq!(values("email[a][b]=a", &email), ["a"]);
    let nested = program(&["$.user.email"]);
    assert_eq!(values("user[email]=a&user[name]=b&email=c", &nested), ["a"]);
    assert_eq!(
        values("user[0][email]=a&user[][email]=b", &program(&["$.user[*].email"])),
        ["a", "b"]
    );
    assert_eq!(values("user[email]=a&email=b", &program(&["$..email"])), ["a", "b"]);
    assert_eq!(values("user[email]=a", &program(&["$['user[email]']"])), ["a"]);
}

#[test]
fn positions_in_brackets_are_positions() {
    let second = program(&["$.mail[1]"]);
    assert_eq!(values("mail[]=a&mail[]=b&mail[]=c", &second), ["b"]);
    assert_eq!(values("mail[0]=a&mail[1]=b", &second), ["b"]);
}

#[test]
fn a_place_found_in_two_ways_is_reported_once_for_a_rule() {
    let both = program(&["$..*", "$.email"]);
    let found = fields(Format::Form, "email[0]=a", &both);
    assert_eq!(found, [(0, "a"), (1, "a")]);
}

#[test]
fn containers_are_refused_where_the_rule_says_so() {
    let strict = compile(&["$.email"], OnContainer::Reject, KeyMatch::Exact);
    assert_eq!(refused("email[]=a", &strict), Some(Reason::ContainerSelected));
    assert_eq!(refused("email=a", &strict), None);
}

#[test]
fn names_fold_like_keys_of_json() {
    let fold = compile(&["$.userEmail"], OnContainer::Leaves, KeyMatch::Smart);
    assert_eq!(values("USER_EMAIL=a&user-email=b&useremai=c", &fold), ["a", "b"]);
}

#[test]
fn a_name_without_an_equals_sign_has_no_value() {
    assert_eq!(values("email&&=x&email=&", &program(&["$.email"])), [""]);
    assert_eq!(values("", &program(&["$.email"])), [""; 0]);
}

#[test]
fn only_the_first_equals_sign_separates() {
    assert_eq!(values("email=a=b", &program(&["$.email"])), ["a=b"]);
}

#[test]
fn broken_percent_escapes_are_refused_in_names_and_selected_values() {
    let email = program(&["$.email"]);
    for source in ["%=1", "%4=1", "%zz=1", "em%6zil=1", "email=%", "email=%4", "email=a%zz"] {
        assert_eq!(refused(source, &email), Some(Reason::InvalidPercentEscape), "{source}");
    }
    assert_eq!(refused("discount=100%&email=a", &email), None);
    assert_eq!(select(Format::Form, "x=1&email=ab%z", &email).unwrap_err().offset, 12);
}

#[test]
fn invalid_utf_8_is_refused_in_names_and_selected_values() {
    let email = program(&["$.email"]);
    for source in [&b"%ff=1"[..], b"\xff=1", b"email=%ff", b"email=\xc3", b"email=%ed%a0%80"] {
        assert_eq!(reason(Format::Form, source, &email), Some(Reason::InvalidUtf8));
    }
    assert_eq!(reason(Format::Form, b"x=%ff&email=a", &email), None);
}

#[test]
fn nul_in_a_name_is_refused() {
    assert_eq!(refused("email%00x=a", &program(&["$.email"])), Some(Reason::NulInKey));
}

#[test]
fn a_semicolon_is_refused_where_it_could_hide_a_selected_pair() {
    let email = program(&["$.email"]);
    for source in
        ["a=1;email=x", "a;email=x", "email=x;a=1", "email;x=1", "a=1;%65mail=x", "a=1;email[]=x"]
    {
        assert_eq!(refused(source, &email), Some(Reason::AmbiguousSeparator), "{source}");
    }
    assert_eq!(values("a=1;b=2&email=x%3By", &email), ["x%3By"]);
}

#[test]
fn brackets_that_do_not_match_are_refused_where_they_could_be_selected() {
    let email = program(&["$.email", "$.user.email"]);
    for source in [
        "email[=x",
        "email[x=1",
        "email[x]y=1",
        "email[x]]=1",
        "email[[x]]=1",
        "user[email=1",
        "user[email]x=1",
    ] {
        assert_eq!(refused(source, &email), Some(Reason::AmbiguousName), "{source}");
    }
    assert_eq!(values("other[=x&[email]=y&]=z", &email), ["y"]);
}

#[test]
fn brackets_nest_no_deeper_than_documents() {
    let source = format!("a{}=1", "[x]".repeat(200));
    assert_eq!(refused(&source, &program(&["$.email"])), Some(Reason::TooDeep));
}

#[test]
fn filters_read_pairs_too() {
    let wants = program(&["$[?@ == 'a b']", "$[?search(@, '@')]"]);
    assert_eq!(
        fields(Format::Query, "x=a+b&y=a%20b&z=q%40r&w=1", &wants),
        [(0, "a+b"), (0, "a%20b"), (1, "q%40r")]
    );
    assert_eq!(refused("x=%ff", &wants), Some(Reason::InvalidUtf8));
    assert_eq!(refused("x=1;y=2", &wants), Some(Reason::AmbiguousSeparator));
}

#[test]
fn values_are_read_and_written_in_the_form_s_way() {
    let read =
        |raw: &[u8]| Codec::Form(Charset::UTF8).decode(raw, Kind::Text).unwrap().expose().clone();
    assert_eq!(read(b"a+b%2Bc%40d%c3%a9"), "a b+c@d\u{e9}");
    let mut out = Vec::new();
    Codec::Query(Charset::UTF8).encode("a b+c@d\u{e9}&=", Kind::Text, &mut out);
    assert_eq!(out, b"a%20b%2Bc%40d%C3%A9%26%3D");
}
