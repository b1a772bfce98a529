//! The laws that hold for the fields of every format.

use std::sync::LazyLock;

use cloakroom::base::Kind;
use cloakroom::base::Span;
use cloakroom::document;
use cloakroom::document::Bounds;
use cloakroom::document::Field;
use cloakroom::document::Format;
use cloakroom::document::KeyMatch;
use cloakroom::document::OnContainer;
use cloakroom::document::Options;
use cloakroom::document::Program;
use cloakroom::document::ReadContext;
use cloakroom::document::Readings;
use cloakroom::document::Refusal;
use cloakroom::document::Selector;
use cloakroom::document::Splice;
use cloakroom::document::CompiledRule;

use crate::Dice;
use crate::shown;

/// A token as it is written.
pub const TOKEN: &str = "ck1em8jc6thja36bdbfsqf67f7k8e";

/// Rules that do not look at values, so that replacing a value selects the same places.
const BLIND: [&str; 12] = [
    "$..email",
    "$.a",
    "$.*",
    "$..*",
    "$[0]",
    "$[*]['a','b']",
    "$..a[0]",
    "$[1:3].*",
    "$..['@c']",
    "$..b[-1]",
    "$",
    "$..['#text']",
];

/// Rules that do.
const FILTERS: [&str; 4] =
    ["$[?@.a].b", "$..[?@=='x']", "$..[?@.a!=@.b].a", "$[?match(@.a,'[a-c]*')]"];

/// Values that try to leave their place.
const VALUES: [&str; 16] = [
    TOKEN,
    "a",
    "",
    " ",
    "\"",
    "</a>",
    "]]>",
    "&amp;<",
    "a\r\nb: c",
    "=1+1",
    "a,\"b\";\t",
    "%41+;&=",
    "\\u0041\u{0}",
    "\u{feff}e\u{301}\u{10ffff}",
    "1",
    "true",
];

/// Some rules, compiled; `filters` lets rules in that look at values.
pub fn program(dice: &mut Dice<'_>, filters: bool) -> Program {
    let mut sources = dice.some(&BLIND, 4);
    if filters {
        sources.extend(dice.some(&FILTERS, 2));
    }
    let key_match = dice.pick(&[KeyMatch::Exact, KeyMatch::Fold, KeyMatch::Smart]);
    compile(&sources, key_match)
}

/// These rules, compiled.
pub fn compile(sources: &[&str], key_match: KeyMatch) -> Program {
    let want = |source: &&str| CompiledRule {
        selector: Selector::parse(source).expect("a selector"),
        on_container: OnContainer::Leaves,
    };
    Program::compile(sources.iter().map(want).collect(), key_match).expect("a program")
}

/// Reads with the usual bounds and options, to protect.
pub fn reading(program: &Program) -> ReadContext<'_> {
    static BOUNDS: LazyLock<Bounds> = LazyLock::new(Bounds::default);
    static OPTIONS: LazyLock<Options> = LazyLock::new(Options::default);
    ReadContext { program, bounds: &BOUNDS, options: &OPTIONS, readings: Readings::All }
}

/// A document and how it is read.
pub struct Document<'a> {
    pub format: Format,
    pub program: &'a Program,
    pub options: Options,
}

impl Document<'_> {
    /// Its fields.
    pub fn select(&self, source: &[u8]) -> Result<Vec<Field>, Refusal> {
        let found = document::select_with(
            self.format,
            source,
            ReadContext { options: &self.options, ..reading(self.program) },
        );
        if let Err(refusal) = &found {
            let at = usize::try_from(refusal.offset).expect("an offset");
            assert!(at <= source.len(), "{refusal} behind the end of {}", shown(source));
        }
        found
    }

    /// All laws of a document that was accepted; `blind` says that no rule looks at values.
    pub fn keeps_the_laws(&self, source: &[u8], blind: bool, dice: &mut Dice<'_>) -> Vec<Field> {
        let Ok(fields) = self.select(source) else { return Vec::new() };
        in_order(source, &fields);
        let texts = texts(source, &fields);
        if blind {
            let value = dice.pick(&VALUES);
            self.writes_back(source, &fields, &texts);
            self.holds(source, &fields, TOKEN);
            self.holds(source, &fields, value);
        }
        fields
    }

    /// What was read, written again, reads as the same.
    fn writes_back(&self, source: &[u8], fields: &[Field], texts: &[String]) {
        let mut splice = Splice::new(source, 0);
        let mut last = None;
        for (field, text) in fields.iter().zip(texts) {
            if !field.codec.holds(text) {
                return;
            }
            // A place that several rules select is written once.
            if last.replace(field.span) == Some(field.span) {
                continue;
            }
            splice.replace(field.span, |out| field.codec.encode(text, field.kind, out));
        }
        let out = splice.finish();
        let again = self.select(&out).unwrap_or_else(|error| panic!("{error}: {}", shown(&out)));
        assert_eq!(self::texts(&out, &again), texts, "{}", shown(&out));
    }

    /// A value in every selected place leaves everything else what it is, and reads as itself.
    fn holds(&self, source: &[u8], fields: &[Field], value: &str) {
        if let Format::Multipart(boundary) = self.format
            && boundary.occurs_in(value)
        {
            return;
        }
        if !fields.iter().all(|field| field.codec.holds(value)) {
            return;
        }
        // A cookie with neither name nor value is none, nor is white space between elements a text.
        let nothing = match self.format {
            Format::Cookie | Format::SetCookie => value.is_empty(),
            Format::Xml => value.trim().is_empty(),
            _ => false,
        };
        if nothing {
            return;
        }
        let mut splice = Splice::new(source, 0);
        let mut last = None;
        for field in fields {
            if last.replace(field.span) == Some(field.span) {
                continue;
            }
            splice.replace(field.span, |out| field.codec.encode(value, Kind::Text, out));
        }
        let out = splice.finish();
        let again = self.select(&out).unwrap_or_else(|error| {
            panic!("{error}: {} with {value:?} is {}", shown(source), shown(&out))
        });
        let rules = |fields: &[Field]| fields.iter().map(|field| field.rule).collect::<Vec<_>>();
        assert_eq!(rules(&again), rules(fields), "{} is {}", shown(source), shown(&out));
        for text in texts(&out, &again) {
            assert_eq!(text, value, "{} is {}", shown(source), shown(&out));
        }
        assert_eq!(outside(source, fields), outside(&out, &again), "{}", shown(&out));
    }
}

/// Fields rise, do not overlap, and lie inside.
fn in_order(source: &[u8], fields: &[Field]) {
    for field in fields {
        let end = usize::try_from(field.span.end()).expect("an offset");
        assert!(end <= source.len(), "{field:?} {}", shown(source));
    }
    for pair in fields.windows(2) {
        let same = pair[0].span == pair[1].span && pair[0].rule < pair[1].rule;
        let apart = pair[0].span.end() <= pair[1].span.start() && pair[0].span != pair[1].span;
        assert!(same || apart, "{pair:?} {}", shown(source));
    }
}

/// What fields say; a field that was selected can be read.
pub fn texts(source: &[u8], fields: &[Field]) -> Vec<String> {
    let read = |field: &Field| {
        let text = field.codec.decode(field.span.of(source), field.kind);
        text.unwrap_or_else(|error| panic!("{field:?} {error} {}", shown(source))).expose().clone()
    };
    fields.iter().map(read).collect()
}

/// The bytes outside all fields.
fn outside(source: &[u8], fields: &[Field]) -> Vec<u8> {
    let mut spans: Vec<Span> = fields.iter().map(|field| field.span).collect();
    spans.dedup();
    let mut splice = Splice::new(source, 0);
    for span in spans {
        splice.replace(span, |_| {});
    }
    splice.finish()
}
