//! What holds for every page and every way of cutting it.

use cloakroom::document::html::Batch;
use proptest::prelude::*;

use crate::html::JSON;
use crate::html::KEEP;
use crate::html::MAIL;
use crate::html::PLAIN;
use crate::html::TOKEN;
use crate::html::batches;
use crate::html::recognise;
use crate::html::revealed;
use crate::html::soup::soup;
use crate::html::soup::switches;
use crate::html::structure;

fn cut(page: &[u8], cuts: &[usize]) -> Vec<Vec<u8>> {
    let mut places: Vec<_> = cuts.iter().map(|cut| cut % (page.len() + 1)).collect();
    places.extend([0, page.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| page[pair[0]..pair[1]].to_vec()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_value_changes_the_structure_of_tag_soup(page in prop_oneof![soup(), switches()]) {
        for options in [KEEP, JSON] {
            let calm = structure::outline(&revealed(&page, structure::HARMLESS, options));
            for value in ["\"'`>--></title></textarea></script></style><img src=x onerror=fire()>", "script"] {
                prop_assert_eq!(structure::difference(&page, &calm, value, options), None);
            }
        }
    }

    #[test]
    fn cutting_a_page_changes_nothing(
        page in prop_oneof![soup(), switches()],
        cuts in proptest::collection::vec(any::<usize>(), 0..12),
    ) {
        let chunks = cut(&page, &cuts);
        for options in [JSON, PLAIN] {
            let pieces = batches(chunks.iter().map(Vec::as_slice), options);
            let bytes = pieces.iter().flat_map(Batch::bytes).copied().collect::<Vec<_>>();
            prop_assert_eq!(&bytes, &page);
            let pieces = pieces.into_iter();
            let out: Vec<u8> =
                pieces.flat_map(|batch| batch.reveal(|_| Some("<b> \n'"), |_, _| {})).collect();
            prop_assert_eq!(out, revealed(&page, "<b> \n'", options));
        }
    }

    #[test]
    fn a_page_without_tokens_is_untouched(
        page in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..400),
            soup().prop_map(|page| String::from_utf8_lossy(&page).replace("ck1", "ck-").into_bytes()),
        ],
        cuts in proptest::collection::vec(any::<usize>(), 0..12),
    ) {
        let chunks = cut(&page, &cuts);
        for options in [KEEP, PLAIN] {
            let pieces = batches(chunks.iter().map(Vec::as_slice), options);
            prop_assert!(pieces.iter().all(|batch| batch.tokens().is_empty()));
            prop_assert_eq!(&pieces.iter().flat_map(Batch::bytes).copied().collect::<Vec<_>>(), &page);
        }
    }
}

#[test]
fn every_single_cut_gives_the_same_page() {
    let page = format!(
        "<p title='{TOKEN}'>{MAIL}. <a href=mailto:{TOKEN}%40token.example.com>x</a>\
         <textarea>{TOKEN}</textarea><script>f(\"{TOKEN}\")</script><p onclick=f(&quot;{TOKEN}&quot;)>"
    );
    let expected = revealed(page.as_bytes(), "\n<'\"", JSON);
    for place in 0..=page.len() {
        let (left, right) = page.as_bytes().split_at(place);
        let pieces = batches([left, right], JSON).into_iter();
        let out: Vec<u8> =
            pieces.flat_map(|batch| batch.reveal(|_| Some("\n<'\""), |_, _| {})).collect();
        assert_eq!(out, expected, "{place}");
    }
    let bytes = page.as_bytes().chunks(1);
    let out: Vec<u8> = batches(bytes, JSON)
        .into_iter()
        .flat_map(|batch| batch.reveal(|_| Some("\n<'\""), |_, _| {}))
        .collect();
    assert_eq!(out, expected);
}

/// Whatever comes, no more than a token and its domain is held back.
#[test]
fn memory_stays_bounded() {
    let long = [
        "<".to_owned() + &"a".repeat(5000),
        "<p ".to_owned() + &"ck".repeat(5000),
        "<p title=\"".to_owned() + &"c".repeat(5000),
        "<svg>".to_owned() + &"<g>".repeat(5000),
        TOKEN.repeat(500),
        format!("{TOKEN}@{}", "a.".repeat(5000)),
        "<!--".to_owned() + &"-".repeat(5000),
        "<script type=".to_owned() + &"x".repeat(5000),
        "&".repeat(5000),
        "<template>".repeat(5000),
        format!("{TOKEN}&#6").repeat(300),
        "&#99;".repeat(5000),
        "&#9".repeat(5000),
        format!("{TOKEN}@{}", "&#097;".repeat(5000)),
    ];
    for page in long {
        // References make every letter longer.
        let most = if page.contains("&#0") { 2000 } else { 320 };
        let mut scanner = cloakroom::document::html::Scanner::new(KEEP, "a.example");
        let (mut came, mut left) = (0, 0);
        for chunk in page.as_bytes().chunks(7) {
            came += chunk.len();
            left += scanner.feed(chunk, recognise).bytes().len();
            assert!(came - left <= most, "{}", came - left);
        }
    }
}
