//! All languages of a text have the same forms and places. That every text is used, the compiler says.

use super::*;

fn tables() -> Vec<(&'static str, &'static str, Phrase)> {
    fn of<T: Text>(
        table: &'static str,
        all: &[(&'static str, T)],
    ) -> Vec<(&'static str, &'static str, Phrase)> {
        all.iter().map(|(name, text)| (table, *name, text.phrase())).collect()
    }
    [
        of("Shared", Shared::ALL),
        of("Errors", Errors::ALL),
        of("Portal", Portal::ALL),
        of("Staff", Staff::ALL),
        of("Link", Link::ALL),
    ]
    .concat()
}

#[test]
fn all_languages_have_the_same_forms_and_places() {
    for (table, name, phrase) in tables() {
        let forms =
            |text: &str| text.split('|').map(|form| form.matches("{}").count()).collect::<Vec<_>>();
        assert!(forms(phrase.en).len() <= 2, "{table}::{name}");
        assert_eq!(forms(phrase.en).len(), forms(phrase.de).len(), "{table}::{name}");
        assert_eq!(forms(phrase.en).last(), forms(phrase.de).last(), "{table}::{name}");
        for language in [Language::English, Language::German, Language::Pseudo] {
            let text = phrase.in_language(language);
            assert!(!text.trim().is_empty() && text.trim() == text, "{table}::{name} {language:?}");
        }
    }
}

#[test]
fn the_pseudo_language_is_two_fifths_longer() {
    for (table, name, phrase) in tables() {
        let count = |text: &str| text.chars().filter(|letter| *letter != '|').count();
        let long = count(&phrase.in_language(Language::Pseudo));
        assert!(long * 10 >= count(phrase.en) * 14, "{table}::{name}");
    }
    let pseudo = Shared::SkipLink.phrase().in_language(Language::Pseudo);
    assert_eq!(pseudo, "Skííp tóó cóóntéént~~");
}

#[test]
fn counts_take_their_form() {
    let phrase = Phrase { en: "{} look|{} looks", de: "einmal|{}-mal" };
    assert_eq!(phrase.counted(Language::English, 0), "0 looks");
    assert_eq!(phrase.counted(Language::English, 1), "1 look");
    assert_eq!(phrase.counted(Language::German, 1), "einmal");
    assert_eq!(phrase.counted(Language::German, 12_345), "12.345-mal");
}
