//! From the rules of one place, as written, to one program and the rules beside it.

use std::sync::Arc;

use crate::base::Diagnostic;
use crate::base::SourcePlace;
use crate::document::CompiledRule;
use crate::document::KeyMatch;
use crate::document::OnContainer;
use crate::document::Program;
use crate::document::Selector;
use crate::document::SelectorError;
use crate::rules::CompileContext;
use crate::rules::classes;
use crate::rules::classes::Classes;
use crate::rules::file::ActionWord;
use crate::rules::file::Container;
use crate::rules::file::KeyMatching;
use crate::rules::file::RouteEntry;
use crate::rules::file::RuleEntry;
use crate::rules::file::ScriptsWord;
use crate::rules::order::Shape;
use crate::rules::rule::Action;
use crate::rules::rule::Job;
use crate::rules::rule::Phase;
use crate::rules::rule::PlaceRules;
use crate::rules::rule::Presence;
use crate::rules::rule::Rule;
use crate::rules::rule::Storage;
use crate::rules::rule::TextRules;
use crate::rules::side::Side;
use crate::rules::side::Treatment;
use crate::token::Class;
use crate::yaml::At;
use crate::yaml::Short;
use crate::yaml::Table;

/// One rule on its way into a program.
pub(super) struct Draft<'a> {
    pub(super) at: &'a At<String>,
    selector: Selector,
    pub(super) shape: Shape,
    on_container: OnContainer,
    presence: Presence,
    storage: Storage,
    pub(super) job: Job,
}

/// Compiles the places of one route.
pub(super) struct PlaceCompiler<'a> {
    pub(super) file: &'a str,
    pub(super) entry: &'a RouteEntry,
    classes: &'a Classes,
    pub(super) around: &'a CompileContext<'a>,
    pub(super) found: &'a mut Vec<Diagnostic>,
}

impl<'a> PlaceCompiler<'a> {
    pub(super) fn new(
        file: &'a str,
        entry: &'a RouteEntry,
        classes: &'a Classes,
        around: &'a CompileContext<'a>,
        found: &'a mut Vec<Diagnostic>,
    ) -> Self {
        Self { file, entry, classes, around, found }
    }

    /// Gives request and response of the route.
    pub(super) fn phases(&mut self) -> (Phase, Phase) {
        let subject = self.subject();
        let (request, response) = (&self.entry.request, &self.entry.response);
        self.check_misplaced();
        let any = [&request.body, &request.query, &request.path, &request.header, &request.cookie]
            .into_iter()
            .any(Option::is_some)
            || response.body.is_some();
        // A subject alone is no reason to read a body; the head is read anyway.
        let head = |at: Option<&'a At<String>>| at.filter(|_| any);
        let in_request = subject.body.filter(|_| request.body.is_some());
        let in_response = subject.body.filter(|_| response.body.is_some());
        let asked = Phase {
            body: self.place(request.body.as_ref(), Side::Request, in_request),
            query: self.place(request.query.as_ref(), Side::Request, head(subject.query)),
            path: self.place(request.path.as_ref(), Side::Request, head(subject.path)),
            header: self.place(request.header.as_ref(), Side::Request, head(subject.header)),
            cookie: self.place(request.cookie.as_ref(), Side::Request, head(subject.cookie)),
            text: None,
        };
        let answered = Phase {
            body: self.place(response.body.as_ref(), Side::Response, in_response),
            header: self.place(response.header.as_ref(), Side::Response, None),
            cookie: self.place(response.cookie.as_ref(), Side::Response, None),
            text: self.text(response.text.as_ref(), Side::Response),
            ..Phase::default()
        };
        (asked, answered)
    }

    pub(super) fn treatment(&self, leg: Side) -> Treatment {
        leg.treatment(self.entry.direction)
    }

    pub(super) fn error<T>(&mut self, at: &At<T>, message: &str, hint: &str) {
        self.found.push(at.error(self.file, message).hinting(hint));
    }

    /// The selectors of the subject.
    fn subject(&self) -> Subject<'a> {
        match &self.entry.subject {
            None => Subject::default(),
            Some(Short::Word(selector)) => Subject { body: Some(selector), ..Subject::default() },
            Some(Short::Long(places)) => Subject {
                body: places.body.as_ref(),
                query: places.query.as_ref(),
                path: places.path.as_ref(),
                header: places.header.as_ref(),
                cookie: places.cookie.as_ref(),
            },
        }
    }

    /// What is looked for wherever a page or a text shows it.
    fn text(&mut self, text: Option<&'a At<Vec<At<String>>>>, leg: Side) -> Option<TextRules> {
        let classes = self.classes_of(text?, leg)?;
        let scripts = self.entry.scripts.as_ref().is_some_and(|at| at.value == ScriptsWord::Json);
        Some(TextRules { classes, scripts })
    }

    /// The classes that are looked for in texts.
    fn classes_of(&mut self, text: &'a At<Vec<At<String>>>, leg: Side) -> Option<Vec<Arc<Class>>> {
        if self.treatment(leg) == Treatment::Protect {
            let hint = "in a text nobody can tell where a value begins; say with selectors which fields are meant";
            self.error(text, "values become tokens here", hint);
            return None;
        }
        if text.value.is_empty() {
            self.error(text, "there are no classes here", "write some, or take the key out");
        }
        let classes: Vec<Arc<Class>> =
            text.value.iter().filter_map(|name| self.class(name)).collect();
        (!classes.is_empty()).then_some(classes)
    }

    /// Compiles one place: its rules, and the selector of the subject.
    fn place(
        &mut self,
        table: Option<&'a At<Table<Short<RuleEntry>>>>,
        leg: Side,
        subject: Option<&'a At<String>>,
    ) -> Option<PlaceRules> {
        if let Some(table) = table.filter(|table| table.value.0.is_empty()) {
            self.error(table, "there are no rules here", "write some, or take the key out");
        }
        let mut drafts = Vec::new();
        for (at, rule) in table.map(|table| table.value.0.as_slice()).unwrap_or_default() {
            let job = self.job(at, rule, leg);
            let draft = self.draft(at, job);
            drafts.extend(draft.map(|draft| self.detailed(draft, rule, leg)));
        }
        if let Some(at) = subject {
            drafts.extend(self.draft(at, Some(Job::Subject)));
        }
        drafts.sort_by(|one, other| one.shape.compare(&other.shape));
        self.check_duplicate(&drafts);
        self.program(drafts)
    }

    fn draft(&mut self, at: &'a At<String>, job: Option<Job>) -> Option<Draft<'a>> {
        let selector = selector(self.file, at, self.found)?;
        job.map(|job| Draft {
            at,
            shape: Shape::of(&at.value),
            selector,
            on_container: OnContainer::Reject,
            presence: Presence::Optional,
            storage: Storage::Store,
            job,
        })
    }

    /// Adds what the long form of a rule says beside its job.
    fn detailed(&mut self, draft: Draft<'a>, rule: &'a Short<RuleEntry>, leg: Side) -> Draft<'a> {
        let Short::Long(long) = rule else {
            return Draft { on_container: OnContainer::Leaves, ..draft };
        };
        let on_container = match long.on_container.as_ref().map(|at| at.value) {
            None | Some(Container::Leaves) => OnContainer::Leaves,
            Some(Container::Reject) => OnContainer::Reject,
        };
        let presence = self.presence(long, leg);
        let storage = self.storage(long, &draft.job, leg);
        Draft { on_container, presence, storage, ..draft }
    }

    fn program(&mut self, drafts: Vec<Draft<'_>>) -> Option<PlaceRules> {
        let first = drafts.first().map(|draft| draft.at.clone())?;
        let mut compiled = Vec::with_capacity(drafts.len());
        let mut rules = Vec::with_capacity(drafts.len());
        for draft in drafts {
            rules.push(Rule {
                selector: Arc::from(draft.selector.source()),
                at: SourcePlace::new(self.file, draft.at.line, draft.at.column),
                number: 0,
                presence: draft.presence,
                storage: draft.storage,
                job: draft.job,
            });
            compiled
                .push(CompiledRule { selector: draft.selector, on_container: draft.on_container });
        }
        match Program::compile(compiled, self.key_match()) {
            Ok(program) => Some(PlaceRules { program, rules }),
            Err(error) => {
                let selectors: Vec<&str> = rules.iter().map(|rule| &*rule.selector).collect();
                self.found.push(cannot_run(self.file, &first, &selectors, &error));
                None
            }
        }
    }

    pub(super) fn key_match(&self) -> KeyMatch {
        match self.entry.key_match.as_ref().map(|at| at.value).unwrap_or_default() {
            KeyMatching::Exact => KeyMatch::Exact,
            KeyMatching::Fold => KeyMatch::Fold,
            KeyMatching::Smart => KeyMatch::Smart,
        }
    }

    fn job(&mut self, at: &At<String>, rule: &'a Short<RuleEntry>, leg: Side) -> Option<Job> {
        let (name, long) = match rule {
            Short::Word(name) => (name, None),
            Short::Long(long) if long.decode.is_some() => return self.decoded(at, long, leg),
            Short::Long(long) if long.text.is_some() => return self.running(long, leg),
            Short::Long(long) => {
                let Some(name) = &long.class else {
                    self.error(at, "this rule names no class", "add `class:`");
                    return None;
                };
                (name, Some(long))
            }
        };
        if let Some(fields) = long.and_then(|long| long.fields.as_ref()) {
            self.error(fields, "only a document has fields", "add `decode: json`");
        }
        let action = self.action(long.and_then(|long| long.action.as_ref()), leg);
        let class = self.class(name)?;
        let action = action?;
        if let Some(long) = long {
            self.fits(long, &class, action);
        }
        Some(Job::Field { class, action })
    }

    /// A rule for a text that is a document itself.
    fn decoded(&mut self, at: &At<String>, long: &'a RuleEntry, leg: Side) -> Option<Job> {
        let others = [
            long.class.as_ref().map(|at| at.with(())),
            long.action.as_ref().map(|at| at.with(())),
            long.max_length.as_ref().map(|at| at.with(())),
            long.pattern.as_ref().map(|at| at.with(())),
        ];
        for other in others.into_iter().flatten() {
            let hint = "say it of the fields of the document, in `fields`";
            self.error(&other, "a text that is decoded has no class of its own", hint);
        }
        let Some(fields) = &long.fields else {
            self.error(at, "nothing says what to look for in this text", "add `fields:`");
            return None;
        };
        let deeper =
            |rule: &Short<RuleEntry>| matches!(rule, Short::Long(long) if long.decode.is_some());
        if let Some((at, _)) = fields.value.0.iter().find(|(_, rule)| deeper(rule)) {
            self.error(at, "a text in a text is not decoded again", "one level is all there is");
            return None;
        }
        self.place(Some(fields), leg, None).map(|place| Job::Json(Box::new(place)))
    }

    /// A rule for a text in which tokens are looked for.
    fn running(&mut self, long: &'a RuleEntry, leg: Side) -> Option<Job> {
        let others = [
            long.class.as_ref().map(|at| at.with(())),
            long.fields.as_ref().map(|at| at.with(())),
            long.action.as_ref().map(|at| at.with(())),
            long.max_length.as_ref().map(|at| at.with(())),
            long.pattern.as_ref().map(|at| at.with(())),
        ];
        for other in others.into_iter().flatten() {
            let hint = "`text` lists the classes whose tokens are revealed";
            self.error(&other, "a text in which tokens are looked for has no other keys", hint);
        }
        self.classes_of(long.text.as_ref()?, leg).map(Job::Text)
    }

    /// The class of a name.
    fn class(&mut self, name: &At<String>) -> Option<Arc<Class>> {
        classes::find(self.file, name, self.classes, self.found)
    }

    fn action(&mut self, at: Option<&At<ActionWord>>, leg: Side) -> Option<Action> {
        let Some(at) = at else {
            return Some(match self.treatment(leg) {
                Treatment::Protect => Action::Tokenize,
                Treatment::Reveal => Action::Reveal,
            });
        };
        match (at.value, self.treatment(leg)) {
            (ActionWord::Tokenize, Treatment::Protect) => Some(Action::Tokenize),
            (ActionWord::Mask, Treatment::Protect) => Some(Action::Mask),
            (ActionWord::Redact, Treatment::Protect) => Some(Action::Redact),
            (ActionWord::Reveal, Treatment::Reveal) => Some(Action::Reveal),
            (ActionWord::Drop, _) => {
                let message = "this action is not supported yet in this version";
                self.error(at, message, "there is: tokenize, mask, redact, reveal");
                None
            }
            (ActionWord::Reveal, Treatment::Protect) => {
                self.error(at, "values become tokens here", "there is: tokenize, mask, redact");
                None
            }
            (ActionWord::Tokenize | ActionWord::Mask | ActionWord::Redact, Treatment::Reveal) => {
                let hint = "take the key out; policies decide who sees a mask";
                self.error(at, "tokens become values here", hint);
                None
            }
        }
    }
}

/// Reads a selector; tells where it is none.
pub(super) fn selector(
    file: &str,
    at: &At<String>,
    found: &mut Vec<Diagnostic>,
) -> Option<Selector> {
    let error = match Selector::parse(&at.value) {
        Ok(selector) => return Some(selector),
        Err(error) => error,
    };
    let message = format!("not a selector: {}", error.message());
    let hint = match (at.value.starts_with('$'), error.column()) {
        (false, _) => String::from("selectors are JSONPath (RFC 9535) and start with `$`"),
        (true, 0) => String::from("selectors are JSONPath (RFC 9535)"),
        (true, column) => format!("at character {column} of the selector"),
    };
    found.push(at.error(file, message).hinting(hint));
    None
}

/// Says which selectors of a place cannot run together; `first` is where the place begins.
pub(super) fn cannot_run(
    file: &str,
    first: &At<String>,
    selectors: &[&str],
    error: &SelectorError,
) -> Diagnostic {
    let text = error.rule().and_then(|rule| selectors.get(usize::from(rule)));
    let message = format!("these selectors cannot run: {}", error.message());
    first.error(file, message).showing(text.map_or_else(String::new, ToString::to_string))
}

/// The selectors of a subject, place by place.
#[derive(Debug, Default, Clone, Copy)]
struct Subject<'a> {
    body: Option<&'a At<String>>,
    query: Option<&'a At<String>>,
    path: Option<&'a At<String>>,
    header: Option<&'a At<String>>,
    cookie: Option<&'a At<String>>,
}
