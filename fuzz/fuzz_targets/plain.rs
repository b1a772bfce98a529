//! Plain texts: cut anywhere they are the same, and nothing but whole tokens is replaced.
#![no_main]

use cloakroom::document;
use cloakroom::document::html::Charset;
use cloakroom::document::html::Context;
use cloakroom::document::html::Language;
use cloakroom::document::html::Options;
use cloakroom_fuzz::fields::TOKEN;
use cloakroom_fuzz::page::batches;
use cloakroom_fuzz::page::revealed;
use cloakroom_fuzz::page::with_tokens;
use cloakroom_fuzz::pieces;
use cloakroom_fuzz::shown;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((mut dice, text)) = cloakroom_fuzz::read(input) else { return };
    let source = with_tokens(text);
    let charset = if dice.flag() { Charset::Ascii } else { Charset::Utf8 };
    let urls = document::Charset::UTF8;
    let options = Options { charset, urls, language: Language::Plain };
    let cuts = dice.cuts(source.len());
    let value = dice.pick(&["x", "Zo\u{eb}", "<b>\n", ""]);

    let whole = batches(&[&source], options);
    let apart = batches(&pieces(&source, &cuts), options);
    let bytes: Vec<u8> = apart.iter().flat_map(|batch| batch.bytes()).copied().collect();
    assert_eq!(bytes, source, "{cuts:?}");
    for batch in &whole {
        // Letters that are references are no plain text: such a token stays.
        for token in batch.tokens().iter().filter(|token| token.site.context == Context::Plain) {
            let text = token.span.of(batch.bytes()).to_ascii_lowercase();
            assert!(text.starts_with(TOKEN.as_bytes()), "{}", shown(&text));
        }
    }
    let nothing = revealed(batches(&[&source], options), |_| None);
    assert_eq!(nothing.bytes, source, "{}", shown(&source));
    let whole = revealed(whole, |_| Some(value));
    assert_eq!(revealed(apart, |_| Some(value)), whole, "{cuts:?} {}", shown(&source));
    if value.is_ascii() {
        // A token that no value was found for stands there as it came.
        assert_eq!(
            whole.bytes == source,
            whole.contexts.len() == whole.kept.len(),
            "{}",
            shown(&source)
        );
    }
});
