//! All scalars of a document with their places, whether a rule selects them or not: for people who
//! want to see what the rules leave alone.
//!
//! The same sources emit to this visitor what they emit to a program, so the places are those that
//! selectors see. It selects nothing, so it makes no source stricter than it is. Spans and names
//! come out, values do not.

use std::collections::HashMap;
use std::collections::HashSet;

use crate::base::Span;
use crate::document::Bounds;
use crate::document::Codec;
use crate::document::Document;
use crate::document::Field;
use crate::document::Format;
use crate::document::Program;
use crate::document::ReadContext;
use crate::document::Readings;
use crate::document::Refusal;
use crate::document::multipart;
use crate::document::names::Name;
use crate::document::records;
use crate::document::selector;
use crate::document::selector::Source;
use crate::document::visitor;
use crate::document::visitor::Leaf;
use crate::document::visitor::Nth;
use crate::document::visitor::Scalar;
use crate::document::visitor::Shape;
use crate::document::visitor::Visitor;

/// How an outline is written.
#[derive(Clone, Copy)]
pub(crate) struct Style<'a> {
    /// Whether a name may be shown; of others only the length is.
    pub(crate) shows: &'a dyn Fn(&str) -> bool,
    /// More scalars are counted, not listed.
    pub(crate) most: usize,
}

/// One scalar of a document.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    /// Its place as a normalized path (RFC 9535, section 2.7).
    pub(crate) path: String,
    /// Other readings of its name, as of `user[email]` in a form.
    pub(crate) also: Vec<String>,
    pub(crate) span: Span,
    pub(crate) codec: Codec,
    pub(crate) scalar: Scalar,
}

/// The scalars of a document, in its order.
#[derive(Debug, Default)]
pub(crate) struct Outline {
    pub(crate) items: Vec<Item>,
    /// All of them, those that are not listed too.
    pub(crate) total: usize,
    /// Parts of a multipart form that nobody looks into: files.
    pub(crate) passed: usize,
    /// Where reading ended, when it did not come to the end.
    pub(crate) refusal: Option<Refusal>,
    /// `null`, `true` and `false` that rules select in vain.
    pub(crate) blanks: Vec<Field>,
}

impl Outline {
    /// Adds the outline of what stands at `prefix` of this document, some bytes into it.
    pub(super) fn add(&mut self, prefix: &str, inner: Self, outside: impl Fn(Span) -> Span) {
        let placed = |path: String| format!("{prefix}{path}");
        self.items.extend(inner.items.into_iter().map(|item| Item {
            path: placed(item.path),
            also: item.also.into_iter().map(placed).collect(),
            span: outside(item.span),
            ..item
        }));
        self.blanks.extend(
            inner.blanks.into_iter().map(|field| Field { span: outside(field.span), ..field }),
        );
        self.total += inner.total;
        self.passed += inner.passed;
    }
}

/// Lists all scalars of a document, and what a program selects in vain.
pub(crate) fn outline(
    format: Format,
    source: &[u8],
    context: ReadContext<'_>,
    style: Style<'_>,
) -> Outline {
    if let Some(framing) = records::framing(format) {
        return records::outline(framing, source, context, style);
    }
    let nothing = Program::nothing();
    let plain = ReadContext { program: &nothing, readings: Readings::Standard, ..context };
    let sources = Sources {
        ruled: &Document { format, source, context },
        plain: &Document { format, source, context: plain },
    };
    let mut list = told(&sources, source, context, style);
    if let Format::Multipart(boundary) = format {
        list.passed = multipart::passed(source, &boundary, context);
    }
    list
}

/// Lists all scalars of a document that is a part of `source`.
pub(crate) fn outline_in(
    format: Format,
    source: &[u8],
    part: Span,
    context: ReadContext<'_>,
    style: Style<'_>,
) -> Outline {
    let by = part.start();
    let inner = outline(format, part.of(source), context, style);
    let refusal =
        inner.refusal.map(|error| Refusal { offset: error.offset.saturating_add(by), ..error });
    let mut all = Outline { refusal, ..Outline::default() };
    all.add("", inner, |span| visitor::shift(span, by));
    all
}

/// One document at two sources.
pub(super) struct Sources<'a, F> {
    /// Knows names as the program compares them.
    pub(super) ruled: &'a F,
    /// Knows names as they are written.
    pub(super) plain: &'a F,
}

/// Lists what a source emits.
pub(super) fn told<F: Source>(
    sources: &Sources<'_, F>,
    source: &[u8],
    context: ReadContext<'_>,
    style: Style<'_>,
) -> Outline {
    let ReadContext { program, bounds, .. } = context;
    let mut list = List::new(style);
    let read = sources.plain.visit(&mut list);
    let mut outline = std::mem::take(&mut list.outline);
    outline.refusal = read.err();
    if !program.is_empty() && outline.refusal.is_none() {
        let lenient = Bounds { value_bytes: usize::MAX, fields: usize::MAX, ..bounds.clone() };
        let context = ReadContext { bounds: &lenient, ..context };
        let fields = selector::select(source, context, &Filled(sources.ruled));
        let blank = |field: &Field| list.blanks.contains(&key(field.span));
        outline.blanks = fields.unwrap_or_default().into_iter().filter(blank).collect();
    }
    outline
}

fn key(span: Span) -> (u32, u32) {
    (span.start(), span.end())
}

/// Writes down the events.
struct List<'a> {
    style: Style<'a>,
    outline: Outline,
    /// The path of the next value.
    path: String,
    /// Length of the path of the innermost open container, and of those around it.
    base: usize,
    outer: Vec<usize>,
    /// Which item stands at a place.
    places: HashMap<(u32, u32), usize>,
    /// The last place that was counted and not listed.
    last: Option<(u32, u32)>,
    /// Places of scalars that are no text and no number.
    blanks: HashSet<(u32, u32)>,
}

impl<'a> List<'a> {
    fn new(style: Style<'a>) -> Self {
        Self {
            style,
            outline: Outline::default(),
            path: String::from("$"),
            base: 1,
            outer: Vec::new(),
            places: HashMap::new(),
            last: None,
            blanks: HashSet::new(),
        }
    }

    fn name(&mut self, name: &str) {
        if (self.style.shows)(name) {
            self.step(&quoted(name));
        } else {
            self.step(&format!("[<a name of {} characters>]", name.chars().count()));
        }
    }

    /// Goes to a child of the innermost open container.
    fn step(&mut self, step: &str) {
        self.path.truncate(self.base);
        self.path.push_str(step);
    }
}

/// Writes a name as normalized paths do: single quotes, few escapes.
fn quoted(name: &str) -> String {
    let mut path = String::from("['");
    for letter in name.chars() {
        match letter {
            '\u{8}' => path.push_str("\\b"),
            '\t' => path.push_str("\\t"),
            '\n' => path.push_str("\\n"),
            '\u{c}' => path.push_str("\\f"),
            '\r' => path.push_str("\\r"),
            '\'' => path.push_str("\\'"),
            '\\' => path.push_str("\\\\"),
            low if low < ' ' => {
                let code = format!("\\u{:04x}", u32::from(low));
                path.push_str(&code);
            }
            other => path.push(other),
        }
    }
    path.push_str("']");
    path
}

impl Visitor for List<'_> {
    fn key(&mut self, name: Name<'_>) -> bool {
        self.name(name.text);
        false
    }

    fn index(&mut self, position: u32) -> bool {
        self.step(&format!("[{position}]"));
        false
    }

    fn element(&mut self, name: Name<'_>, nth: Nth) -> bool {
        self.name(name.text);
        if nth.count > 1 {
            let position = format!("[{}]", nth.position);
            self.path.push_str(&position);
        }
        false
    }

    fn enter(&mut self, _: Shape, _: u32) -> Result<(), Refusal> {
        self.outer.push(self.base);
        self.base = self.path.len();
        Ok(())
    }

    fn leaf(&mut self, leaf: Leaf) -> Result<(), Refusal> {
        let Leaf { span, codec, scalar } = leaf;
        if selector::kind(scalar).is_none() {
            self.blanks.insert(key(span));
        }
        if let Some(item) =
            self.places.get(&key(span)).and_then(|at| self.outline.items.get_mut(*at))
        {
            if item.path != self.path && !item.also.contains(&self.path) {
                item.also.push(self.path.clone());
            }
            return Ok(());
        }
        if self.last.replace(key(span)) == Some(key(span)) {
            return Ok(());
        }
        self.outline.total += 1;
        if self.outline.items.len() < self.style.most {
            self.places.insert(key(span), self.outline.items.len());
            let (path, also) = (self.path.clone(), Vec::new());
            self.outline.items.push(Item { path, also, span, codec, scalar });
        }
        Ok(())
    }

    fn up(&mut self, _: u32) {
        self.path.truncate(self.base);
        self.base = self.outer.pop().unwrap_or(1);
    }

    fn cover(&mut self, _: &[u16]) {}

    fn uncover(&mut self) {}
}

/// A document whose `null`, `true` and `false` can be selected like texts.
struct Filled<'a, F>(&'a F);

impl<F: Source> Source for Filled<'_, F> {
    fn visit<S: Visitor>(&self, visitor: &mut S) -> Result<(), Refusal> {
        self.0.visit(&mut AsText(visitor))
    }
}

struct AsText<'a, S>(&'a mut S);

impl<S: Visitor> Visitor for AsText<'_, S> {
    fn key(&mut self, name: Name<'_>) -> bool {
        self.0.key(name)
    }

    fn index(&mut self, position: u32) -> bool {
        self.0.index(position)
    }

    fn element(&mut self, name: Name<'_>, nth: Nth) -> bool {
        self.0.element(name, nth)
    }

    fn enter(&mut self, shape: Shape, start: u32) -> Result<(), Refusal> {
        self.0.enter(shape, start)
    }

    fn leaf(&mut self, leaf: Leaf) -> Result<(), Refusal> {
        let scalar = match leaf.scalar {
            Scalar::True | Scalar::False | Scalar::Null => Scalar::Text,
            Scalar::Text | Scalar::Number | Scalar::Attribute => leaf.scalar,
        };
        self.0.leaf(Leaf { scalar, ..leaf })
    }

    fn up(&mut self, end: u32) {
        self.0.up(end);
    }

    fn cover(&mut self, rules: &[u16]) {
        self.0.cover(rules);
    }

    fn uncover(&mut self) {
        self.0.uncover();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Kind;
    use crate::document::CompiledRule;
    use crate::document::KeyMatch;
    use crate::document::OnContainer;
    use crate::document::Options;
    use crate::document::OuterText;
    use crate::document::Readings;
    use crate::document::Selector;
    use crate::document::outline_nested;

    const ALL: Style<'_> = Style { shows: &|_| true, most: usize::MAX };

    fn program(selectors: &[&str]) -> Program {
        let want = |text: &&str| CompiledRule {
            selector: Selector::parse(text).unwrap(),
            on_container: OnContainer::Leaves,
        };
        Program::compile(selectors.iter().map(want).collect(), KeyMatch::Exact).unwrap()
    }

    fn with<T>(program: &Program, read: impl FnOnce(ReadContext<'_>) -> T) -> T {
        let (bounds, options) = (Bounds::default(), Options::default());
        read(ReadContext { program, bounds: &bounds, options: &options, readings: Readings::All })
    }

    fn read(media_type: &str, source: &str, style: Style<'_>) -> Outline {
        let format = Format::from_media_type(media_type).unwrap();
        with(&program(&[]), |context| outline(format, source.as_bytes(), context, style))
    }

    /// Every path, with the bytes at its place.
    fn lines(media_type: &str, source: &str) -> Vec<String> {
        let outline = read(media_type, source, ALL);
        assert_eq!(outline.refusal, None);
        let line = |item: &Item| {
            let raw = String::from_utf8_lossy(item.span.of(source.as_bytes()));
            let paths = [std::slice::from_ref(&item.path), item.also.as_slice()].concat();
            format!("{} {raw}", paths.join(" "))
        };
        outline.items.iter().map(line).collect()
    }

    #[test]
    fn json_is_listed_by_normalized_paths() {
        let source = r#"{"a":{"b":[1,[null,"x"],{}]},"it's\u000a":true,"":"y"}"#;
        assert_eq!(
            lines("application/json", source),
            [
                "$['a']['b'][0] 1",
                "$['a']['b'][1][0] null",
                "$['a']['b'][1][1] \"x\"",
                "$['it\\'s\\n'] true",
                "$[''] \"y\"",
            ]
        );
        assert_eq!(lines("application/json", "7"), ["$ 7"]);
    }

    #[test]
    fn names_of_forms_are_listed_in_all_their_readings() {
        assert_eq!(
            lines("application/x-www-form-urlencoded", "e=1&u[mail]=2&p[]=3&p[]=4&no"),
            [
                "$['e'] 1",
                "$['u[mail]'] $['u']['mail'] 2",
                "$['p[]'] $['p'][''] $['p'][0] 3",
                "$['p[]'] $['p'][''] $['p'][1] 4",
            ]
        );
    }

    #[test]
    fn elements_and_attributes_of_xml_are_listed() {
        let source = "<s:users xmlns:s='u'><user id='1'>A</user><user>B</user><none/><x><y>C</y></x></s:users>";
        assert_eq!(
            lines("text/xml", source),
            [
                "$['users']['user'][0] $['users']['user'][0]['#text'] A",
                "$['users']['user'][0]['@id'] 1",
                "$['users']['user'][1] B",
                "$['users']['none'] ",
                "$['users']['x']['y'] C",
            ]
        );
    }

    #[test]
    fn rows_parts_and_records_are_listed() {
        assert_eq!(
            lines("text/csv", "name,mail\nA,a\n\nB,\"b\"\n"),
            ["$[0]['name'] A", "$[0]['mail'] a", "$[1]['name'] B", "$[1]['mail'] \"b\""]
        );
        assert_eq!(
            lines("application/x-ndjson", "{\"a\":1}\n\n{\"a\":2}"),
            ["record 0: $['a'] 1", "record 1: $['a'] 2"]
        );
        assert_eq!(
            lines("text/event-stream", "event: x\ndata: {\"a\":\ndata: 1}\n\n"),
            ["record 0: $['a'] 1"]
        );
        let part = |head: &str, body: &str| {
            format!("--b\r\nContent-Disposition: form-data; {head}\r\n\r\n{body}\r\n")
        };
        let file = "name=\"file\"; filename=\"a.bin\"";
        let form = format!("{}{}--b--\r\n", part("name=\"mail\"", "a"), part(file, "z"));
        let form_type = "multipart/form-data; boundary=b";
        assert_eq!(lines(form_type, &form), ["$['mail'] a"]);
        assert_eq!(read(form_type, &form, ALL).passed, 1);
    }

    #[test]
    fn a_document_in_a_text_is_listed_at_its_place() {
        let source = r#"{"blob":"{\"mail\":\"a\",\"n\":[1]}"}"#;
        let outer = read("application/json", source, ALL).items[0].clone();
        let field = Field { rule: 0, span: outer.span, codec: outer.codec, kind: Kind::Text };
        let inner = with(&program(&[]), |context| {
            outline_nested(
                source.as_bytes(),
                OuterText { field: &field, path: &outer.path },
                context,
                ALL,
            )
        });
        let text = |item: &Item| {
            let raw = item.span.of(source.as_bytes());
            let kind = if item.scalar == Scalar::Number { Kind::Number } else { Kind::Text };
            format!("{} {}", item.path, item.codec.decode(raw, kind).unwrap().expose())
        };
        let told: Vec<_> = inner.items.iter().map(text).collect();
        assert_eq!(told, ["$['blob'] > $['mail'] a", "$['blob'] > $['n'][0] 1"]);
    }

    #[test]
    fn what_is_selected_in_vain_is_told() {
        let source = br#"{"a":null,"b":[true,"x"],"c":null}"#;
        let program = program(&["$.a", "$.b", "$.b[?@ != 7]"]);
        let outline = with(&program, |context| outline(Format::Json, source, context, ALL));
        let blanks: Vec<_> = outline.blanks.iter().map(|f| (f.rule, f.span.of(source))).collect();
        assert_eq!(blanks, [(0, b"null".as_slice()), (1, b"true"), (2, b"true")]);
    }

    #[test]
    fn more_is_counted_and_hidden_names_are_not_shown() {
        let style = Style { shows: &|name| name != "secret", most: 2 };
        let outline = read("application/json", r#"{"secret":{"a":1},"b":2,"c":3,"d":[4]}"#, style);
        let paths: Vec<_> = outline.items.iter().map(|item| item.path.as_str()).collect();
        assert_eq!((paths, outline.total), (vec!["$[<a name of 6 characters>]['a']", "$['b']"], 4));
    }

    #[test]
    fn a_broken_document_is_listed_up_to_the_fault() {
        let outline = read("application/json", r#"{"a":1,"b":x"#, ALL);
        assert_eq!(outline.items.len(), 1);
        assert_eq!(outline.refusal.unwrap().offset, 11);
    }
}
