//! `lol_html` agrees about the places at which a value is written.

use std::cell::RefCell;
use std::ops::Range;

use cloakroom::document::html::Batch;
use cloakroom::document::html::Context;
use lol_html::HtmlRewriter;
use lol_html::Settings;
use lol_html::element;
use lol_html::html_content::TextType;
use proptest::prelude::*;

use crate::html::KEEP;
use crate::html::batches;
use crate::html::soup;

/// What `lol_html` calls text, and what it calls the value of an attribute, up to where it is sure.
#[derive(Default)]
struct Opinion {
    text: Vec<Range<usize>>,
    values: Vec<Range<usize>>,
    sure: bool,
}

fn opinion(page: &[u8]) -> Opinion {
    let opinion = RefCell::new(Opinion::default());
    let settings = Settings::new()
        .append_element_content_handler(element!("*", |element| {
            let found = element.attributes().iter();
            let found = found.filter_map(lol_html::html_content::Attribute::value_source_location);
            opinion.borrow_mut().values.extend(found.map(|location| location.bytes()));
            Ok(())
        }))
        .append_document_content_handler(lol_html::doc_text!(|text| {
            if matches!(text.text_type(), TextType::Data | TextType::RCData) {
                let mut opinion = opinion.borrow_mut();
                let place = text.source_location().bytes();
                match opinion.text.last_mut().filter(|last| last.end == place.start) {
                    Some(last) => last.end = place.end,
                    None => opinion.text.push(place),
                }
            }
            Ok(())
        }));
    let mut rewriter = HtmlRewriter::new(settings, |_: &[u8]| {});
    let sure = rewriter.write(page).and_then(|()| rewriter.end()).is_ok();
    let mut opinion = opinion.into_inner();
    opinion.sure = sure;
    opinion
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn lol_html_agrees_where_values_are_written(mut page in soup::soup()) {
        // It says nothing about a tag that the page does not end.
        page.extend_from_slice(b"\"'>'\">");
        // It takes `<svg/>` for an open element, and `<math>` inside `svg` for MathML: html5ever is
        // the judge of these (`every_value_stands_where_its_context_says`).
        let shown = String::from_utf8_lossy(&page).into_owned();
        prop_assume!(!shown.contains("<svg/>") && !shown.contains("<math>"));
        let opinion = opinion(&page);
        prop_assume!(opinion.sure);
        let all = batches([&page[..]], KEEP);
        let mut start = 0;
        for batch in &all {
            for token in batch.tokens() {
                let from = start + usize::try_from(token.span.start()).unwrap();
                let to = start + usize::try_from(token.span.end()).unwrap();
                let inside = |ranges: &[Range<usize>]| {
                    ranges.iter().any(|range| range.start <= from && to <= range.end)
                };
                let agreed = match token.site.context {
                    Context::Keep(_) => true,
                    Context::Plain => false,
                    Context::Text { .. } => inside(&opinion.text),
                    Context::Attribute(_) | Context::Url(..) | Context::Script => {
                        inside(&opinion.values)
                    }
                };
                prop_assert!(agreed, "{:?} {}", token, shown);
            }
            start += Batch::bytes(batch).len();
        }
    }
}
