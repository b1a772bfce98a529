//! Tokens, masks and canonical forms.
#![no_main]

use std::sync::LazyLock;

use cloakroom::base::Kind;
use cloakroom::base::TenantId;
use cloakroom::crypto::Keyring;
use cloakroom::token::Class;
use cloakroom::token::Mask;
use cloakroom::token::Tokenizer;
use cloakroom::token::builtin;
use cloakroom::token::builtin_names;
use cloakroom::token::canonical_form;
use cloakroom_fuzz::shown;
use libfuzzer_sys::fuzz_target;

static TOKENIZER: LazyLock<Tokenizer> = LazyLock::new(|| {
    let keyring = Keyring::generate(&mut |bytes| bytes.fill(7));
    Tokenizer::new(&keyring, &TenantId::default_tenant(), "t.example")
});

static CLASSES: LazyLock<Vec<Class>> =
    LazyLock::new(|| builtin_names().filter_map(builtin).collect());

const MASKS: [Mask; 7] = [
    Mask::Initial,
    Mask::Last(2),
    Mask::Last(9),
    Mask::Email,
    Mask::Domain,
    Mask::Year,
    Mask::Redact,
];

fuzz_target!(|input: &[u8]| {
    let Some((mut dice, bytes)) = cloakroom_fuzz::read(input) else { return };
    let class = &CLASSES[dice.below(CLASSES.len())];
    found(bytes);
    let Ok(value) = std::str::from_utf8(bytes) else { return };

    // The same value, the same token; a token in any spelling is itself, wherever it stands.
    let kind = if dice.flag() { Kind::Number } else { Kind::Text };
    let derived = TOKENIZER.derive(class, value, kind, 0);
    assert!(TOKENIZER.derive(class, value, kind, 0) == derived);
    assert!(TOKENIZER.same(class, value, kind, (value, kind)));
    let mut spelled = String::new();
    TOKENIZER.spell(class, &derived.token, &mut spelled);
    for text in [spelled.clone(), spelled.to_ascii_uppercase()] {
        assert!(TOKENIZER.recognise(&text) == Some(derived.token), "{text}");
    }
    let places: Vec<usize> = value.char_indices().map(|(at, _)| at).chain([value.len()]).collect();
    let place = dice.pick(&places);
    let around = format!("{} {spelled} {}", &value[..place], &value[place..]);
    let span = (place + 1, place + 1 + spelled.len());
    let all = TOKENIZER.find(around.as_bytes());
    let here = |span: cloakroom::base::Span| {
        (usize::try_from(span.start()).ok(), usize::try_from(span.end()).ok())
            == (Some(span_of(span).0), Some(span_of(span).1))
    };
    assert!(
        all.iter().any(|(found, token)| here(*found)
            && span_of(*found) == span
            && *token == derived.token),
        "{around:?}"
    );

    let sealed = TOKENIZER.seal(class.code, &derived.key, value, kind);
    let (text, read) = TOKENIZER.open(class.code, &derived.key, &sealed).expect("our own record");
    assert!(*text.expose() == value && read == kind);
    assert!(TOKENIZER.open(class.code, &derived.key, bytes).is_err(), "{}", shown(bytes));

    let once = canonical_form(class, value);
    assert_eq!(canonical_form(class, &once), once, "{:?} {value:?}", class.form);
    assert!(
        TOKENIZER.derive(class, &once, Kind::Text, 0)
            == TOKENIZER.derive(class, value, Kind::Text, 0)
    );
    for mask in MASKS {
        masked(mask, value);
    }
});

fn span_of(span: cloakroom::base::Span) -> (usize, usize) {
    let number = |at| usize::try_from(at).expect("an offset");
    (number(span.start()), number(span.end()))
}

/// What is found stands alone, and is a token on its own.
fn found(bytes: &[u8]) {
    let mut free = 0;
    for (span, token) in TOKENIZER.find(bytes) {
        let (start, end) = span_of(span);
        assert!(free <= start && end <= bytes.len());
        free = end;
        let text = std::str::from_utf8(&bytes[start..end]).expect("ASCII");
        assert!(TOKENIZER.recognise(text) == Some(token), "{text}");
    }
}

/// A mask is told from a value, so that it is never stored as one, and shows no more than it says.
fn masked(mask: Mask, value: &str) {
    let masked = mask.apply(value);
    assert!(masked.contains("***") || mask == Mask::Year, "{mask:?} {value:?} {masked:?}");
    if mask != Mask::Year {
        assert!(mask.gives(&masked), "{mask:?} {value:?} {masked:?}");
    }
}
