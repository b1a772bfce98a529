//! A `*.case` file: exchanges as they should go, written by people.
//!
//! ```text
//! # What the case shows, in a sentence.
//! --- caller
//! service crm groups=support purpose=ticket
//! --- client sends
//! POST /api/users HTTP/1.1
//! content-type: application/json
//!
//! {"email":"alice@example.com"}
//! --- upstream sees
//! POST /api/users HTTP/1.1
//!
//! {"email":"{{token:email:alice@example.com}}"}
//! --- upstream answers
//! HTTP/1.1 201 Created
//! --- client sees
//! HTTP/1.1 201 Created
//! ```
//!
//! `{{token:CLASS:VALUE}}` stands for the token of a value, `{{url-token:…}}` for the same in percent encoding, `{{number-token:CLASS:123}}` for that of
//! a JSON number; in a request line as a query writes it. Those that the upstream answers with were
//! stored before.
//!
//! `client sends` begins an exchange; a file may hold several, and they share one vault. `rules` and
//! `policies` sections add to the folder's files. In what is expected, listed header fields must be
//! there with this value, `name: -` must be absent, and a body must match to the byte, save that `...`
//! stands for anything; `nothing` as what the upstream sees says that it was not contacted.

use std::sync::Arc;

use serde::Serialize;

use crate::base::Diagnostic;
use crate::base::SourceFile;

/// A case file that was understood.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// Name of the file, for messages.
    pub file: Arc<str>,
    /// Its first lines, without `#`.
    pub about: String,
    /// Rule files of its own.
    pub rules: Vec<SourceFile>,
    /// Policies of its own.
    pub policies: Vec<SourceFile>,
    /// What goes on, in order.
    pub exchanges: Vec<CaseExchange>,
}

/// One exchange of a case.
#[derive(Debug, Clone, Default)]
pub(crate) struct CaseExchange {
    /// Line of `client sends`, for messages.
    pub line: u32,
    /// Who calls: the `caller` section before it, or nobody.
    pub caller: Caller,
    /// The request, with templates.
    pub sends: String,
    /// What must reach the upstream; `None` when the case does not say.
    pub sees: Option<String>,
    /// What the upstream answers; a bare 200 when the case does not say.
    pub answers: Option<String>,
    /// What the client must get; `None` when the case does not say.
    pub gets: Option<String>,
}

/// Who calls in an exchange.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Caller {
    /// Name of the API key that the call is made with; nobody when absent.
    pub name: Option<String>,
    /// Groups of the API key, as policies name them.
    pub groups: Vec<String>,
    /// The purpose that it states.
    pub purpose: Option<String>,
}

impl Caller {
    /// Reads `anonymous`, or `service NAME groups=a,b purpose=p`.
    pub fn parse(text: &str) -> Option<Self> {
        caller(text.trim())
    }
}

impl Case {
    /// Reads a file; gives every mistake with its line.
    pub(crate) fn parse(file: &SourceFile) -> Result<Self, Vec<Diagnostic>> {
        let mut reader = Reader {
            case: Self {
                file: Arc::clone(&file.name),
                about: String::new(),
                rules: Vec::new(),
                policies: Vec::new(),
                exchanges: Vec::new(),
            },
            caller: Caller::default(),
            mistakes: Vec::new(),
        };
        for section in sections(&file.text) {
            reader.take(&section);
        }
        if reader.case.exchanges.is_empty() {
            reader.refuse(1, "no exchange", "a case has at least one `--- client sends`");
        }
        if reader.mistakes.is_empty() { Ok(reader.case) } else { Err(reader.mistakes) }
    }
}

/// A part of the file: its name, where it begins, its text.
struct Section<'a> {
    name: &'a str,
    line: u32,
    text: String,
}

fn sections(text: &str) -> Vec<Section<'_>> {
    let mut sections = vec![Section { name: "", line: 1, text: String::new() }];
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(name) = line.strip_prefix("--- ") {
            sections.push(Section { name: name.trim(), line: number, text: String::new() });
        } else if let Some(section) = sections.last_mut() {
            section.text.push_str(line);
            section.text.push('\n');
        }
    }
    sections
}

struct Reader {
    case: Case,
    caller: Caller,
    mistakes: Vec<Diagnostic>,
}

impl Reader {
    fn refuse(&mut self, line: u32, message: &str, hint: &str) {
        let diagnostic = Diagnostic::error(&self.case.file, message).at(line, 0).hinting(hint);
        self.mistakes.push(diagnostic);
    }

    fn take(&mut self, section: &Section<'_>) {
        let text = section.text.trim_end_matches('\n').to_owned();
        match section.name {
            "" => self.case.about = about(&text),
            "rules" => self.case.rules.push(self.own_file(section, "yaml")),
            "policies" => self.case.policies.push(self.own_file(section, "cedar")),
            "caller" => match Caller::parse(&text) {
                Some(caller) => self.caller = caller,
                None => self.refuse(
                    section.line,
                    "caller is not understood",
                    "write `anonymous`, or `service NAME groups=a,b purpose=p`",
                ),
            },
            "client sends" => {
                let caller = self.caller.clone();
                let exchange = CaseExchange { line: section.line, caller, sends: text, ..CaseExchange::default() };
                self.case.exchanges.push(exchange);
            }
            "upstream sees" => self.expect(section, |exchange| exchange.sees = Some(text)),
            "upstream answers" => self.expect(section, |exchange| exchange.answers = Some(text)),
            "client sees" => self.expect(section, |exchange| exchange.gets = Some(text)),
            other => self.refuse(
                section.line,
                &format!("unknown section `{other}`"),
                "sections are: rules, policies, caller, client sends, upstream sees, upstream answers, client sees",
            ),
        }
    }

    fn expect(&mut self, section: &Section<'_>, put: impl FnOnce(&mut CaseExchange)) {
        match self.case.exchanges.last_mut() {
            Some(exchange) => put(exchange),
            None => self.refuse(
                section.line,
                &format!("`{}` before any `client sends`", section.name),
                "`client sends` begins an exchange",
            ),
        }
    }

    fn own_file(&self, section: &Section<'_>, extension: &str) -> SourceFile {
        let name = format!("{}:{}.{extension}", self.case.file, section.line);
        SourceFile { name: name.into(), text: section.text.as_str().into() }
    }
}

fn about(text: &str) -> String {
    let lines = text.lines().filter_map(|line| line.strip_prefix('#'));
    lines.map(str::trim).collect::<Vec<_>>().join(" ")
}

fn caller(text: &str) -> Option<Caller> {
    let mut words = text.split_whitespace();
    let mut caller = Caller::default();
    match words.next()? {
        "anonymous" => return words.next().is_none().then_some(caller),
        "service" => caller.name = Some(words.next()?.to_owned()),
        _ => return None,
    }
    for word in words {
        match word.split_once('=')? {
            ("groups", groups) => caller.groups = groups.split(',').map(str::to_owned).collect(),
            ("purpose", purpose) => caller.purpose = Some(purpose.to_owned()),
            _ => return None,
        }
    }
    Some(caller)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> SourceFile {
        SourceFile { name: "a.case".into(), text: text.into() }
    }

    #[test]
    fn reads_exchanges_in_order() {
        let text = "# One\n# case.\n--- caller\nservice crm groups=a,b purpose=p\n--- client sends\nGET / HTTP/1.1\n\n--- upstream sees\nnothing\n--- client sends\nGET /2 HTTP/1.1\n--- client sees\nHTTP/1.1 200 OK\n";
        let case = Case::parse(&file(text)).unwrap();
        assert_eq!(case.about, "One case.");
        let [first, second] = case.exchanges.as_slice() else { panic!("two exchanges") };
        assert_eq!(first.caller.groups, ["a", "b"]);
        assert_eq!(first.sees.as_deref(), Some("nothing"));
        assert_eq!(second.sends, "GET /2 HTTP/1.1");
        assert_eq!(second.caller, first.caller);
    }

    #[test]
    fn tells_every_mistake_with_its_line() {
        let text = "--- caller\nroot\n--- client sees\nx\n--- upstream saw\n";
        let mistakes = Case::parse(&file(text)).unwrap_err();
        let lines: Vec<u32> = mistakes.iter().map(|each| each.line).collect();
        assert_eq!(lines, [1, 3, 5, 1]);
    }
}
