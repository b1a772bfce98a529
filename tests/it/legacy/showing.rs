//! The places where the pages of a legacy application show what it stores, and how a browser reads
//! them.

use std::fmt::Write as _;

use super::register::Person;

/// How a page is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// What is stored, as it is: the carelessness that a gateway must not make worse.
    Plain,
    /// With escapes of the application's own for everything but letters, digits and dots.
    Escaped,
    /// As [`Style::Plain`], in windows-1252 and compressed.
    Old,
}

impl Style {
    pub(super) const ALL: [Self; 3] = [Self::Plain, Self::Escaped, Self::Old];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Escaped => "escaped",
            Self::Old => "old",
        }
    }

    pub(super) fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|style| style.name() == name).unwrap()
    }
}

/// What a place is, for the escapes of the application.
#[derive(Debug, Clone, Copy)]
enum Language {
    Html,
    Url,
    /// A string in a script.
    Script,
    /// Where nothing can be escaped.
    Raw,
}

/// Who is shown originals in a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// Who may see them.
    Always,
    /// The same, when the route says `scripts: json`.
    InScripts,
    /// Nobody.
    Never,
}

/// A place: its name, its markup with `§` for the text, how a browser reads the text from the
/// element `e`, and to whom it shows originals.
type Place = (&'static str, Language, &'static str, &'static str, Shown);

/// How many places there are.
pub(super) const COUNT: usize = 31;

const PLACES: [Place; COUNT] = {
    use Language::{Html, Raw, Script, Url};
    use Shown::{Always, InScripts, Never};
    [
        ("text", Html, "<p>§</p>", "e.textContent", Always),
        ("words", Html, "<p>Dear <b>§</b>, hello.</p>", "e.children[0].textContent", Always),
        ("cell", Html, "<table><tr><td>§</table>", "e.rows[0].cells[0].textContent", Always),
        ("title", Html, "<title>§</title>", "e.textContent", Always),
        ("area", Html, "<textarea>§</textarea>", "e.textContent", Always),
        ("area on a line", Html, "<textarea>\n§</textarea>", "e.textContent", Always),
        ("pre", Html, "<pre>§</pre>", "e.textContent", Always),
        ("double quotes", Html, "<p title=\"§\">x</p>", "e.title", Always),
        ("single quotes", Html, "<p title='§' lang=en>x</p>", "e.title", Always),
        ("no quotes", Html, "<p title=§>x</p>", "e.title", Always),
        ("value", Html, "<input value=\"§\">", "e.getAttribute('value')", Always),
        ("hidden", Html, "<input type=hidden value='§'>", "e.value", Always),
        ("bare value", Html, "<input value=§ size=9>", "e.getAttribute('value')", Always),
        (
            "option",
            Html,
            "<select><option value='x'>§</option></select>",
            "e.options[0].textContent",
            Always,
        ),
        (
            "choice",
            Html,
            "<select><option value=\"§\" selected>x</option></select>",
            "e.value",
            Always,
        ),
        ("alt", Html, "<img src=/logo.png alt=\"§\">", "e.alt", Always),
        (
            "path",
            Url,
            "<a href=\"/people/§/\">x</a>",
            "decodeURIComponent(e.pathname.slice(8, -1))",
            Always,
        ),
        (
            "query",
            Url,
            "<a href='/find?name=§&amp;x=1'>x</a>",
            "new URL(e.href).searchParams.get('name')",
            Always,
        ),
        (
            "action",
            Url,
            "<form action=/find/§></form>",
            "decodeURIComponent(last(e.action))",
            Always,
        ),
        ("mailto", Url, "<a href=\"mailto:§\">x</a>", "decodeURIComponent(e.pathname)", Always),
        (
            "whole link",
            Url,
            "<a href=\"§\">x</a>",
            "decodeURIComponent(e.getAttribute('href'))",
            Never,
        ),
        (
            "data",
            Html,
            "<p data-who='{\"who\":\"§\"}'>x</p>",
            "JSON.parse(e.dataset.who).who",
            InScripts,
        ),
        (
            "handler",
            Script,
            "<p onclick=\"this.who='§'\">x</p>",
            // Clicked anew: the browser may have dropped what a handler left on an element that no
            // script holds.
            "(e.click(), e.who)",
            InScripts,
        ),
        (
            "json",
            Script,
            "<script type=\"application/json\">{\"n\":1,\"who\":\"§\"}</script>",
            "JSON.parse(e.textContent).who",
            InScripts,
        ),
        (
            "string",
            Script,
            "<script>document.currentScript.who = \"§\";</script>",
            "e.who",
            InScripts,
        ),
        (
            "single string",
            Script,
            "<script>document.currentScript.who = '§';</script>",
            "e.who",
            InScripts,
        ),
        (
            "longer string",
            Script,
            "<script>document.currentScript.who = 'Dear §';</script>",
            "e.who.slice(5)",
            Never,
        ),
        ("comment", Raw, "<p><!--§--></p>", "e.firstChild.data", Never),
        ("style", Raw, "<style>.x::after { content: '§' }</style>", "quoted(e.textContent)", Never),
        ("name", Html, "<p id=\"§\">x</p>", "e.id", Never),
        ("drawing", Html, "<svg><text>§</text></svg>", "e.textContent", Never),
    ]
};

/// To whom a place of this name shows originals.
pub(super) fn shown(name: &str) -> Shown {
    PLACES.iter().find(|place| place.0 == name).unwrap().4
}

/// The field of a person of this number that a page of a style shows: addresses where the escapes
/// are the application's, since only they have a character to escape; else each kind in turns.
pub(super) fn field(style: Style, number: usize) -> &'static str {
    let in_turn = |turn| if number % 2 == turn { "name" } else { "email" };
    match style {
        Style::Plain => in_turn(0),
        Style::Escaped => "email",
        Style::Old => in_turn(1),
    }
}

/// The beginning of a page, with the first one's name as its title.
pub(super) fn head(style: Style, first: Option<&Person>) -> String {
    let title = first.map(|person| written(style, Language::Html, &person.name));
    let mut page = format!("<!doctype html><title>{}</title>", title.unwrap_or_default());
    if style == Style::Old {
        page.push_str("<h1>\u{dc}bersicht \u{a9}</h1>");
    }
    page
}

/// A text of a person in all places, each with a note of what it is.
pub(super) fn places(style: Style, number: usize, field: &str, text: &str) -> String {
    let mut out = String::new();
    for (name, language, markup, _, _) in PLACES {
        let shown = markup.replace('§', &written(style, language, text));
        writeln!(out, "<div data-at=\"{number} {field} {name}\">{shown}</div>").unwrap();
    }
    out
}

fn written(style: Style, language: Language, text: &str) -> String {
    match (style, language) {
        (Style::Plain | Style::Old, _) | (Style::Escaped, Language::Raw) => text.to_owned(),
        (Style::Escaped, Language::Html) => html(text),
        (Style::Escaped, Language::Url) => escaped(text, |c, out| {
            let mut buffer = [0; 4];
            for byte in c.encode_utf8(&mut buffer).bytes() {
                write!(out, "%{byte:02X}").unwrap();
            }
        }),
        (Style::Escaped, Language::Script) => escaped(text, |c, out| {
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}").unwrap();
            }
        }),
    }
}

/// Text as a careful application writes it into its pages.
pub(super) fn html(text: &str) -> String {
    escaped(text, |c, out| write!(out, "&#{};", u32::from(c)).unwrap())
}

fn escaped(text: &str, escape: impl Fn(char, &mut String)) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || c == '.' {
            out.push(c);
        } else {
            escape(c, &mut out);
        }
    }
    out
}

/// A script that answers what a browser shows: `[outline, title, [[number, field, place, text]…]]`.
/// The outline has elements, names of attributes, and where texts and comments are, in order.
pub(super) fn reading() -> String {
    let mut script = String::from(
        "const last = url => url.slice(url.lastIndexOf('/') + 1);
         const quoted = text => text.slice(text.indexOf(\"'\") + 1, text.lastIndexOf(\"'\"));
         const outline = node => node.nodeType === 3 ? 't' : node.nodeType === 8 ? 'c' :
           `<${node.localName} ${(node.getAttributeNames?.() ?? []).join()}>` +
           [...node.childNodes].map(outline).join('') + '/';
         const read = {",
    );
    for (name, _, _, read, _) in PLACES {
        write!(script, "'{name}': e => {read},").unwrap();
    }
    script.push_str(
        "};
         const texts = [...document.querySelectorAll('[data-at]')].map(place => {
           const [number, field, ...name] = place.dataset.at.split(' ');
           let text;
           try { text = read[name.join(' ')](place.children[0]); } catch (error) { text = String(error); }
           return [Number(number), field, name.join(' '), text ?? null];
         });
         return [outline(document.documentElement), document.title, texts];",
    );
    script
}
