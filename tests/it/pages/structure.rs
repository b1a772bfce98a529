//! Pages are well-formed HTML, and hold nothing that a browser would execute or fetch from elsewhere.

use html5ever::ParseOpts;
use html5ever::tendril::TendrilSink;
use html5ever::tokenizer::TokenizerOpts;
use markup5ever_rcdom::Handle;
use markup5ever_rcdom::NodeData;
use markup5ever_rcdom::RcDom;

use cloakroom::pages::Language;

use super::samples::Content;
use super::samples::Filler;
use super::samples::HOSTILE;
use super::samples::long_word;

/// Elements that a page of ours has.
const ELEMENTS: &[&str] = &[
    "html",
    "head",
    "meta",
    "title",
    "link",
    "script",
    "body",
    "a",
    "abbr",
    "b",
    "bdi",
    "br",
    "button",
    "caption",
    "circle",
    "code",
    "dd",
    "del",
    "desc",
    "details",
    "div",
    "dl",
    "dt",
    "em",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "g",
    "h1",
    "h2",
    "h3",
    "header",
    "input",
    "ins",
    "label",
    "legend",
    "li",
    "main",
    "nav",
    "ol",
    "option",
    "p",
    "path",
    "rect",
    "section",
    "select",
    "small",
    "span",
    "strong",
    "summary",
    "svg",
    "table",
    "tbody",
    "td",
    "text",
    "textarea",
    "th",
    "thead",
    "time",
    "tr",
    "ul",
];

/// Attributes that a page of ours has, besides `aria-` and `data-`.
const ATTRIBUTES: &[&str] = &[
    "action",
    "autocapitalize",
    "autocomplete",
    "charset",
    "checked",
    "class",
    "content",
    "d",
    "datetime",
    "defer",
    "dir",
    "for",
    "height",
    "hidden",
    "href",
    "hreflang",
    "id",
    "inputmode",
    "lang",
    "maxlength",
    "method",
    "min",
    "name",
    "novalidate",
    "open",
    "readonly",
    "rel",
    "required",
    "role",
    "rows",
    "scope",
    "selected",
    "spellcheck",
    "src",
    "tabindex",
    "text-anchor",
    "title",
    "type",
    "value",
    "viewBox",
    "width",
    "x",
    "y",
];

fn parse(html: &str) -> RcDom {
    let options = ParseOpts {
        tokenizer: TokenizerOpts { exact_errors: true, ..TokenizerOpts::default() },
        ..ParseOpts::default()
    };
    html5ever::parse_document(RcDom::default(), options).one(html)
}

/// What must not be on a page, in one walk over its tree.
fn faults(node: &Handle, found: &mut Vec<String>) {
    if let NodeData::Element { name, attrs, .. } = &node.data {
        let element = name.local.as_ref();
        if !ELEMENTS.contains(&element) {
            found.push(format!("element {element}"));
        }
        let attributes = attrs.borrow();
        for attribute in attributes.iter() {
            let (name, value) = (attribute.name.local.as_ref(), attribute.value.as_ref());
            let known = ATTRIBUTES.contains(&name)
                || name.starts_with("aria-")
                || name.starts_with("data-");
            if !known {
                found.push(format!("attribute {name} of {element}"));
            }
            let is_url = ["href", "src", "action", "formaction"].contains(&name);
            let is_ours = value.starts_with('/') && !value.starts_with("//")
                || value.starts_with('#')
                || value.starts_with("?lang=");
            let is_plain =
                value.bytes().all(|b| b.is_ascii_alphanumeric() || b"/#?=.-_".contains(&b));
            if is_url && !(is_ours && is_plain) {
                found.push(format!("{name}={value:?}"));
            }
        }
        let has_text = node
            .children
            .borrow()
            .iter()
            .any(|child| !matches!(child.data, NodeData::Comment { .. }));
        if element == "script" && has_text {
            found.push("a script inside the page".to_owned());
        }
    }
    for child in node.children.borrow().iter() {
        faults(child, found);
    }
}

/// All texts and values of a tree, in one string.
fn shown(node: &Handle, into: &mut String) {
    match &node.data {
        NodeData::Text { contents } => into.push_str(&contents.borrow()),
        NodeData::Element { attrs, .. } => {
            for attribute in attrs.borrow().iter() {
                into.push_str(&attribute.value);
            }
        }
        NodeData::Document
        | NodeData::Doctype { .. }
        | NodeData::Comment { .. }
        | NodeData::ProcessingInstruction { .. } => {}
    }
    for child in node.children.borrow().iter() {
        shown(child, into);
    }
}

#[test]
fn every_page_is_well_formed_and_holds_nothing_that_executes() {
    for content in [Content::Empty, Content::Usual, Content::Hostile] {
        for (language, rows) in
            [(Language::English, 1000), (Language::German, 3), (Language::Pseudo, 3)]
        {
            for sample in (Filler { content, language, rows }).all() {
                let dom = parse(sample.html());
                let errors = dom.errors.borrow();
                // Control characters of hostile content are the one thing that HTML cannot hold.
                let errors: Vec<_> =
                    errors.iter().filter(|error| !is_of_content(content, error)).collect();
                assert!(errors.is_empty(), "{} {content:?}: {errors:?}", sample.name);
                let mut found = Vec::new();
                faults(&dom.document, &mut found);
                assert!(found.is_empty(), "{} {content:?}: {found:#?}", sample.name);
            }
        }
    }
}

fn is_of_content(content: Content, error: &str) -> bool {
    content == Content::Hostile
        && (error.starts_with("Bad character") || error == "Unexpected token")
}

#[test]
fn hostile_content_is_shown_as_it_is() {
    let filler = Filler { content: Content::Hostile, language: Language::English, rows: 20 };
    let mut all = String::new();
    for sample in filler.all() {
        shown(&parse(sample.html()).document, &mut all);
    }
    let words: Vec<String> =
        HOSTILE.iter().map(|text| (*text).to_owned()).chain([long_word()]).collect();
    for word in words {
        // A parser reads line breaks as `\n`, and leaves out the null character.
        let seen = word.replace("\r\n", "\n").replace('\0', "");
        let seen_too = word.replace("\r\n", "\n").replace('\0', "\u{fffd}");
        assert!(all.contains(&seen) || all.contains(&seen_too), "{word:?}");
    }
}

#[test]
fn planted_faults_are_found() {
    for (planted, expected) in [
        ("<p onclick=\"x\">", "attribute onclick of p"),
        ("<p style=\"color:red\">", "attribute style of p"),
        ("<iframe></iframe>", "element iframe"),
        ("<a href=\"javascript:fire()\">", "href=\"javascript:fire()\""),
        ("<a href=\"//evil.example\">", "href=\"//evil.example\""),
        ("<a href=\"/me/alice@example.com\">", "href=\"/me/alice@example.com\""),
        ("<script>1</script>", "a script inside the page"),
    ] {
        let mut found = Vec::new();
        faults(&parse(planted).document, &mut found);
        assert_eq!(found, [expected]);
    }
    assert!(!parse("<!doctype html><p><div></p></div>").errors.borrow().is_empty());
}
