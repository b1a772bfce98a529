//! Pages: cut anywhere they are the same, a page without tokens stays, and no value leaves its
//! place, as html5ever sees it.
#![no_main]

use cloakroom::document;
use cloakroom::document::html::Charset;
use cloakroom::document::html::Language;
use cloakroom::document::html::Options;
use cloakroom::document::html::Scripts;
use cloakroom_fuzz::page;
use cloakroom_fuzz::page::HARMLESS;
use cloakroom_fuzz::page::batches;
use cloakroom_fuzz::page::revealed;
use cloakroom_fuzz::pieces;
use cloakroom_fuzz::shown;
use libfuzzer_sys::fuzz_target;

const VALUES: [&str; 8] = [
    "\"'`>--></title></textarea></script></style><img src=x onerror=fire()>",
    "script",
    // White space alone at the start of a page is dropped or moved by tree builders, so not in front.
    "x\ny",
    "javascript:fire()//",
    "&amp;&#60;<!--",
    "a b=c /",
    "\\\"};fire();//",
    "\u{2028}]]></svg>",
];

fuzz_target!(|input: &[u8]| {
    let Some((mut dice, text)) = cloakroom_fuzz::read(input) else { return };
    let source = if dice.flag() { page::soup(text) } else { page::with_tokens(text) };
    let scripts = if dice.flag() { Scripts::Json } else { Scripts::Keep };
    let urls = document::Charset::UTF8;
    let options = Options { charset: Charset::Utf8, urls, language: Language::Html(scripts) };
    let cuts = dice.cuts(source.len());
    let value = dice.pick(&VALUES);

    let apart = batches(&pieces(&source, &cuts), options);
    let bytes: Vec<u8> = apart.iter().flat_map(|batch| batch.bytes()).copied().collect();
    assert_eq!(bytes, source, "{cuts:?}");
    let wild = revealed(batches(&[&source], options), |_| Some(value));
    let apart = revealed(apart, |_| Some(value));
    assert_eq!(apart, wild, "{cuts:?} {}", shown(&source));
    if wild.contexts.is_empty() {
        assert_eq!(wild.bytes, source, "{}", shown(&source));
        return;
    }

    let calm = revealed(batches(&[&source], options), |_| Some(HARMLESS));
    // Where the value itself had to stay, its place has no harmless twin.
    if calm.kept == wild.kept {
        let found = page::difference(&page::outline(&calm.bytes), &wild, value);
        assert_eq!(found, None, "{}", shown(&source));
    }
    if source.to_ascii_lowercase().windows(4).any(|word| word == b"mark") {
        return;
    }
    let names: Vec<String> =
        (0..calm.contexts.len()).map(|number| format!("Mark{number}z")).collect();
    let marked =
        revealed(batches(&[&source], options), |number| names.get(number).map(String::as_str));
    assert_eq!(page::misplaced(&marked), None, "{}", shown(&source));
});
