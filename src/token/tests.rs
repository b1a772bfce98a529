//! The known answer, and the laws of tokens.

use std::sync::LazyLock;

use data_encoding::HEXLOWER;
use proptest::prelude::*;

use super::class::Class;
use super::class::Form;
use super::class::Matching;
use super::class::Shape;
use super::class::builtin;
use super::mask::Mask;
use super::text::Token;
use super::tokenizer::Subject;
use super::tokenizer::Tokenizer;
use crate::base::ALPHABET;
use crate::base::ClassCode;
use crate::base::DataClass;
use crate::base::Kind;
use crate::base::Span;
use crate::base::TenantId;
use crate::crypto::Keyring;
use crate::crypto::Label;
use crate::crypto::OpenError;
use crate::crypto::derive;

/// Written by hand: TK = 11…, IX = 33…, DK\[7\] = 22…, a decrypt-only token and record root beside them.
const KEYRING: &str = r#"{
  "version": 1,
  "norm_version": 1,
  "token": [
    { "id": 1, "state": "active", "created": "2026-01-01T00:00:00Z", "key": "1111111111111111111111111111111111111111111111111111111111111111" }
  ],
  "index": { "created": "2026-01-01T00:00:00Z", "key": "3333333333333333333333333333333333333333333333333333333333333333" },
  "record": [
    { "id": 7, "state": "active", "created": "2026-01-01T00:00:00Z", "key": "2222222222222222222222222222222222222222222222222222222222222222" }
  ],
  "subject": [
    { "id": 1, "state": "active", "created": "2026-01-01T00:00:00Z", "key": "4444444444444444444444444444444444444444444444444444444444444444" }
  ],
  "audit_signing": { "created": "2026-01-01T00:00:00Z", "key": "5555555555555555555555555555555555555555555555555555555555555555" },
  "audit_reference": { "created": "2026-01-01T00:00:00Z", "key": "6666666666666666666666666666666666666666666666666666666666666666" },
  "backup": { "created": "2026-01-01T00:00:00Z", "key": "7777777777777777777777777777777777777777777777777777777777777777" }
}"#;

/// The same after a rotation: generation 2 and record key 8 are active, the old ones only read.
fn rotated() -> Keyring {
    let (old, new) = ("11".repeat(32), "88".repeat(32));
    let entry = |id: u32, state: &str, key: &str| {
        format!(
            r#"{{ "id": {id}, "state": "{state}", "created": "2026-01-01T00:00:00Z", "key": "{key}" }}"#
        )
    };
    let token = [entry(1, "decrypt-only", &old), entry(2, "active", &new)].join(",");
    let (old_dk, new_dk) = ("22".repeat(32), "99".repeat(32));
    let record = [entry(7, "decrypt-only", &old_dk), entry(8, "active", &new_dk)].join(",");
    let text = KEYRING
        .replace(&entry(1, "active", &old), &token)
        .replace(&entry(7, "active", &old_dk), &record);
    Keyring::parse(&text).unwrap()
}

static KEYS: LazyLock<Keyring> = LazyLock::new(|| Keyring::parse(KEYRING).unwrap());
static ACME: LazyLock<Tokenizer> = LazyLock::new(|| tokenizer(&KEYS, "acme"));

fn tokenizer(keyring: &Keyring, tenant: &str) -> Tokenizer {
    Tokenizer::new(keyring, &TenantId::new(tenant).unwrap(), "tok.acme.example")
}

/// The class of the known answer: number 1, e-mail form, plain.
fn class(number: u16) -> Class {
    Class {
        name: DataClass::new("test").unwrap(),
        code: ClassCode::from_number(number).unwrap(),
        shape: Shape::Plain,
        matching: Matching::Canonical,
        form: Form::Email,
        mask: Mask::Redact,
    }
}

fn token(value: &str) -> Token {
    ACME.derive(&class(1), value, Kind::Text, 0).token
}

#[test]
fn the_known_answer_holds() {
    let value = "Bob.Example@Mail.Test";
    let one = 1_u16.to_be_bytes();
    let tk = KEYS.token_root(1).unwrap();
    let k_tok = derive::<32>(tk, Label::TokenPrf, &[b"acme", &one]);
    assert_eq!(
        HEXLOWER.encode(k_tok.expose()),
        "183f816a499863f3fbf742dbf59dbaf2bee0970f6ac25341eeb227591b82e94e"
    );
    let k_chk = derive::<32>(tk, Label::TokenCheck, &[b"acme"]);
    assert_eq!(
        HEXLOWER.encode(k_chk.expose()),
        "3786964010459d4f546140ae12acdbfc2ea50a3943105b4551fa8f5459a0e866"
    );
    let derived = ACME.derive(&class(1), value, Kind::Text, 0);
    assert_eq!(derived.token.as_str(), "ck1018jc6thja36bdbfsqf67f7k8e");
    assert_eq!(HEXLOWER.encode(&derived.key.0), "7a4d7c05abc2b39606e9427a7a3b3b3d");
    let (_, dk) = KEYS.record_roots().next().unwrap();
    let k_rec = derive::<64>(dk, Label::RecordDek, &[b"acme", &one, &7_u32.to_be_bytes()]);
    assert_eq!(
        HEXLOWER.encode(k_rec.expose()),
        "2e3f2e6b13eb40d8e24c704f0c16f4451942e343a621d4442425832bf9748370\
         d97dd45265f6d8b28267dfb7a427a5dbf72013e60cc7308cedf83a5c14e85791"
    );
    let record = ACME.seal(class(1).code, &derived.key, value, Kind::Text);
    assert_eq!(
        HEXLOWER.encode(&record),
        "010100000007002e27ff22bbf0cf24e38cc5ea62a87322088d2b9dda9c800064\
         fda19e14b6d5c879fd3d13a58072954fd2ddf2da530a44"
    );
    let (opened, kind) = ACME.open_record(class(1).code, &derived.key, &record).unwrap();
    assert_eq!((opened.expose().as_str(), kind), (value, Kind::Text));
}

#[test]
fn a_number_and_a_text_of_the_same_spelling_are_two_values() {
    let number = ACME.derive(&class(1), "42", Kind::Number, 0);
    let text = ACME.derive(&class(1), "42", Kind::Text, 0);
    assert_ne!(number, text);
    assert!(!ACME.same(&class(1), "42", Kind::Number, ("42", Kind::Text)));
    assert!(!ACME.same(&class(1), "1.0", Kind::Number, ("1", Kind::Number)));
    for posing in ["n:42", "s:n:42", "s:42", "s:s:42"] {
        assert_ne!(ACME.derive(&class(1), posing, Kind::Text, 0), number);
        assert_ne!(ACME.derive(&class(1), posing, Kind::Text, 0), text);
    }
}

#[test]
fn regen_class_and_tenant_give_another_token() {
    let first = token("bob@example.com");
    assert_ne!(ACME.derive(&class(1), "bob@example.com", Kind::Text, 1).token, first);
    assert_ne!(ACME.derive(&class(2), "bob@example.com", Kind::Text, 0).token, first);
    let other = tokenizer(&KEYS, "other");
    assert_ne!(other.derive(&class(1), "bob@example.com", Kind::Text, 0).token, first);
    assert_eq!(other.recognise(first.as_str()), None);
}

#[test]
fn rotation_keeps_old_tokens_and_records() {
    let old = ACME.derive(&class(1), "bob@example.com", Kind::Text, 0);
    let old_record = ACME.seal(class(1).code, &old.key, "bob@example.com", Kind::Text);

    let after = tokenizer(&rotated(), "acme");

    assert_eq!(after.recognise(old.token.as_str()), Some(old.token));
    assert_eq!(after.key(&old.token), old.key);
    assert!(after.open_record(class(1).code, &old.key, &old_record).is_ok());
    let new = after.derive(&class(1), "bob@example.com", Kind::Text, 0);
    assert_eq!((old.token.generation(), new.token.generation()), (1, 2));
    let new_record = after.seal(class(1).code, &old.key, "bob@example.com", Kind::Text);
    let refused = ACME.open_record(class(1).code, &old.key, &new_record).map(|_| ());
    assert_eq!(refused, Err(OpenError::NoKey { id: 8 }));
    assert_eq!(rotated().fingerprint(), KEYS.fingerprint());
    assert_eq!(ACME.recognise(new.token.as_str()), None);
}

#[test]
fn any_case_and_shape_is_the_same_token() {
    let token = token("bob@example.com");
    let plain = token.as_str();
    let mut shaped = String::new();
    ACME.spell(&Class { shape: Shape::Email, ..class(1) }, &token, &mut shaped);
    assert_eq!(shaped, format!("{plain}@tok.acme.example"));
    for spelling in [
        plain.to_owned(),
        plain.to_uppercase(),
        shaped.clone(),
        shaped.to_uppercase(),
        format!("{plain}@token.example.com"),
        format!("{plain}@Token.Example.COM"),
    ] {
        let recognised = ACME.recognise(&spelling).unwrap();
        assert_eq!(recognised, token);
        assert_eq!(ACME.key(&recognised), ACME.key(&token));
        let found = ACME.find(spelling.as_bytes());
        let whole = Span::new(0, u32::try_from(spelling.len()).unwrap()).unwrap();
        assert_eq!(found, [(whole, token)]);
    }
    for other in [
        format!("{plain}@"),
        format!("{plain}@example.com"),
        format!("{plain}@token.example.com.evil.test"),
        format!("{plain}@tok.acme.example."),
        format!("x{plain}"),
        format!("{plain} "),
        format!(" {plain}"),
        plain.chars().take(28).collect(),
        String::new(),
        "é".repeat(15),
    ] {
        assert_eq!(ACME.recognise(&other), None);
    }
}

#[test]
fn a_token_of_a_built_in_class_tells_its_class() {
    let email = builtin("email").unwrap();
    let derived = ACME.derive(&email, "bob@example.com", Kind::Text, 0);
    assert!(derived.token.as_str().starts_with("ck1em"));
    assert_eq!(derived.token.code(), email.code);
}

#[test]
fn one_changed_character_is_not_ours() {
    let token = token("bob@example.com");
    for place in 0..29 {
        for character in ALPHABET.iter().chain(b"iloILOuU-_ \0\xff") {
            let mut changed = token.as_bytes().to_vec();
            if changed[place] == *character {
                continue;
            }
            changed[place] = *character;
            let text = String::from_utf8_lossy(&changed).into_owned();
            // One in 2^20 has a right check by chance; with these fixed keys none has.
            assert_eq!(ACME.recognise(&text), None, "place {place}");
            assert!(ACME.find(&changed).is_empty());
        }
    }
}

#[test]
fn finds_tokens_where_words_end() {
    let token = token("bob@example.com");
    let plain = token.as_str();
    let spans = |text: &str| -> Vec<String> {
        let found = ACME.find(text.as_bytes());
        let text_of = |(span, _): &(Span, Token)| {
            String::from_utf8(span.of(text.as_bytes()).to_vec()).unwrap()
        };
        found.iter().map(text_of).collect()
    };
    let upper = plain.to_uppercase();
    let shaped = format!("{plain}@tok.acme.example");
    assert_eq!(
        spans(&format!("To: <{shaped}>, {upper}; {plain}.")),
        [shaped.as_str(), &upper, plain]
    );
    assert_eq!(spans(&format!("“{plain}”顧客{upper}様")), [plain, &upper]);
    assert_eq!(spans(&format!("Write to {shaped}. Thanks")), [shaped.as_str()]);
    assert_eq!(spans(&format!("{plain}@ {plain}@")), [plain, plain]);
    assert_eq!(spans(&format!("a_{plain}_b")), [plain]);
    for hidden in [
        format!("x{plain}"),
        format!("{plain}0"),
        format!("{plain}{plain}"),
        format!("{plain}@example.com"),
        format!("{shaped}.evil.test"),
        format!("{shaped}-evil.test"),
        format!("{shaped}s"),
    ] {
        assert!(spans(&hidden).is_empty(), "{hidden}");
    }
}

/// What [`Tokenizer::find_spelled`] finds in one piece.
fn spelled(text: &str) -> Vec<Token> {
    ACME.find_spelled([text.as_bytes()].into_iter())
}

#[test]
fn a_token_that_marks_of_xml_cut_is_found_once() {
    let token = token("a@b.example");
    let (front, back) = token.as_str().split_at(9);
    let long = "x".repeat(70_000);
    for between in ["<!---->", "<?x?>", &format!("<!-- {long} -->")] {
        let text = format!("<a><b>{front}{between}{back}</b>{}</a>", token.as_str());
        assert_eq!(spelled(&text), [token], "{between}");
    }
    for text in [
        format!("<b><![CDATA[{front}]]>{back}</b>"),
        format!("{{\"x\":\"\\u003cb>{front}<!-- -->{back}</b>\"}}"),
        format!("x=%3Cb%3E{front}%3C!----%3E{back}"),
    ] {
        assert_eq!(spelled(&text), [token], "{text}");
    }
}

#[test]
fn a_token_that_its_receiver_makes_whole_is_found() {
    let token = token("a@b.example");
    let (front, back) = token.as_str().split_at(11);
    for between in [
        "<b></b>",
        "<br/>",
        "<a title='x y'>",
        " ",
        "\\n",
        "\\u0000",
        "\\u0008",
        "%00",
        "%f1",
        "\u{200b}",
        "\u{ad}",
        "\u{feff}",
        "**",
        "[b][/b]",
        "-",
        "&#8203;",
        "&amp;#8203;",
        "&shy;",
        "&#xd800;",
        "\u{0}",
    ] {
        let text = format!("{{\"note\":\"see{front}{between}{back}s\"}}");
        assert_eq!(spelled(&text), [token], "{between:?}");
    }
    let wide: String = token
        .as_str()
        .chars()
        .map(|it| char::from_u32(u32::from(it) - 0x21 + 0xff01).unwrap())
        .collect();
    let tail = token.as_str().strip_prefix('c').unwrap();
    for text in [
        wide,
        format!("{}@evil.example", token.as_str()),
        format!("&#0000000000000000000099;{tail}"),
        format!("&amp;#99;{tail}"),
        format!("&amp;amp;amp;amp;amp;#99;{tail}"),
        format!("&#x0000000000063;{tail}"),
        format!("&#99{}%ab", tail.replacen('k', "&#107;", 1)),
    ] {
        assert_eq!(spelled(&text), [token], "{text}");
    }
    let other = token.as_str().replace(|letter: char| letter.is_ascii_digit(), "z");
    assert_eq!(spelled(&other), []);
}

/// Each hit may cost a bounded look around it and no more; a look that grew with the text would
/// take minutes here.
#[test]
fn hostile_text_is_searched_in_linear_time() {
    let mut almost = token("bob@example.com").as_str().to_owned();
    almost.replace_range(28.., if almost.ends_with('0') { "1" } else { "0" });
    for unit in ["ck", "ck ", " k", "CkcK", "-ck1em", &almost, &format!(" {almost}@")] {
        let text = unit.repeat((1 << 20) / unit.len());
        assert!(ACME.find(text.as_bytes()).is_empty());
    }
}

#[test]
fn subjects_are_pseudonyms_bound_to_record_and_tenant() {
    let (one, two) = (ACME.key(&token("a@example.com")), ACME.key(&token("b@example.com")));
    assert_eq!(ACME.handle("alice"), ACME.handle("alice"));
    assert_ne!(ACME.handle("alice"), ACME.handle("bob"));
    assert_ne!(ACME.handle("alice"), tokenizer(&KEYS, "other").handle("alice"));
    assert_eq!(ACME.tag(&one, "alice"), ACME.tag(&one, "alice"));
    assert_ne!(ACME.tag(&one, "alice"), ACME.tag(&two, "alice"));
    assert_ne!(ACME.tag(&one, "alice"), tokenizer(&KEYS, "other").tag(&one, "alice"));
}

#[test]
fn no_name_makes_anybody_the_owner_of_unbound_records() {
    let key = ACME.key(&token("a@example.com"));
    for name in ["", "_unbound", "Unbound", "\0", "unbound"] {
        assert_ne!(ACME.handle(name), ACME.handle(Tokenizer::UNBOUND));
        assert_ne!(ACME.tag(&key, name), ACME.tag(&key, Tokenizer::UNBOUND));
    }
    assert_eq!(format!("{:?}", Subject::from("alice")), "Person(…)");
}

#[test]
fn references_of_the_audit_log_are_not_store_keys() {
    let token = token("a@example.com");
    assert_ne!(ACME.reference(&token), ACME.key(&token).0);
    assert_eq!(ACME.reference(&token), tokenizer(&rotated(), "acme").reference(&token));
}

#[test]
fn two_spellings_of_one_address_are_the_same_value() {
    let class = class(1);
    assert_eq!(token("Bob@Example.COM"), token(" bob@example.com "));
    assert!(ACME.same(&class, "Bob@Example.COM", Kind::Text, ("bob@example.com", Kind::Text)));
    assert!(!ACME.same(&class, "bob@example.org", Kind::Text, ("bob@example.com", Kind::Text)));
    let exact = Class { matching: Matching::Exact, ..class };
    assert!(!ACME.same(&exact, "Bob@example.com", Kind::Text, ("bob@example.com", Kind::Text)));
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![Just(Kind::Text), Just(Kind::Number)]
}

fn form() -> impl Strategy<Value = Form> {
    use Form::{Card, Email, Iban, Ip, Phone, Ssn, Text};
    prop::sample::select(vec![Text, Email, Phone, Card, Iban, Ssn, Ip])
}

proptest! {
    #[test]
    fn open_undoes_seal(value in any::<String>(), kind in kind(), number in 0..1024_u16) {
        let class = class(number);
        let key = ACME.derive(&class, &value, kind, 0).key;
        let record = ACME.seal(class.code, &key, &value, kind);
        let (opened, opened_kind) = ACME.open_record(class.code, &key, &record).unwrap();
        prop_assert_eq!((opened.expose(), opened_kind), (&value, kind));
        prop_assert_eq!(ACME.seal(class.code, &key, &value, kind), record.clone());
        let other = tokenizer(&KEYS, "other");
        prop_assert_eq!(other.open_record(class.code, &key, &record).map(|_| ()), Err(OpenError::Unauthentic));
    }

    #[test]
    fn same_input_same_token(value in any::<String>(), kind in kind(), form in form()) {
        let class = Class { form, ..class(1) };
        let derived = ACME.derive(&class, &value, kind, 0);
        let again = tokenizer(&KEYS, "acme").derive(&class, &value, kind, 0);
        prop_assert_eq!(derived, again);
        prop_assert_eq!(ACME.recognise(derived.token.as_str()), Some(derived.token));
        prop_assert_eq!(ACME.key(&derived.token), derived.key);
        prop_assert!(ACME.same(&class, &value, kind, (&value, kind)));
    }

    #[test]
    fn equal_tokens_mean_the_same_value(one in "[ns:0-9]{0,4}", two in "[ns:0-9]{0,4}", a in kind(), b in kind()) {
        let class = Class { matching: Matching::Exact, ..class(1) };
        let same = one == two && a == b;
        prop_assert_eq!(ACME.same(&class, &one, a, (&two, b)), same);
        let equal = ACME.derive(&class, &one, a, 0) == ACME.derive(&class, &two, b, 0);
        prop_assert_eq!(equal, same);
    }

    #[test]
    fn found_in_any_company(left in "\\PC{0,20}", right in "\\PC{0,20}", upper in any::<bool>()) {
        let token = token("bob@example.com");
        let spelled = if upper { token.as_str().to_uppercase() } else { token.as_str().to_owned() };
        let text = format!("{left} {spelled} {right}");
        let found = ACME.find(text.as_bytes());
        prop_assert_eq!(found.len(), 1);
        prop_assert_eq!(found[0].0.of(text.as_bytes()), spelled.as_bytes());
    }
}
