//! All selectors of one place, compiled together, and running them.

use std::collections::HashSet;

use crate::base::Kind;
use crate::base::Span;
use crate::document::Bounds;
use crate::document::Codec;
use crate::document::Field;
use crate::document::KeyMatch;
use crate::document::ReadContext;
use crate::document::Readings;
use crate::document::Reason;
use crate::document::Refusal;
use crate::document::json;
use crate::document::names::Naming;
use crate::document::names::Seed;
use crate::document::selector::Selector;
use crate::document::selector::SelectorError;
use crate::document::selector::automaton::Automaton;
use crate::document::selector::automaton::STATES;
use crate::document::selector::evaluate::Case;
use crate::document::selector::evaluate::Repeats;
use crate::document::selector::evaluate::Run;
use crate::document::selector::follow::Follow;
use crate::document::selector::follow::kind;
use crate::document::selector::loose::LooseNames;
use crate::document::selector::loose::Numbers;
use crate::document::selector::loose::Reach;
use crate::document::selector::plan::Pattern;
use crate::document::selector::plan::Plan;
use crate::document::selector::tape::Tape;
use crate::document::selector::tape::What;
use crate::document::visitor::Both;
use crate::document::visitor::Bounded;
use crate::document::visitor::Nothing;
use crate::document::visitor::Shape;
use crate::document::visitor::Visitor;

/// What to do when a selector hits an object or array.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum OnContainer {
    /// Select every scalar below it: an application may read `["a@b"]` as it reads `"a@b"`.
    #[default]
    Leaves,
    /// Refuse the document.
    Reject,
}

/// One selector of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompiledRule {
    /// The places it selects.
    pub selector: Selector,
    /// What to do with containers.
    pub on_container: OnContainer,
}

/// Something an operator should know about a program that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Index of the rule it concerns; none when it concerns them together.
    pub rule: Option<u16>,
    /// Lower case, no full stop.
    pub message: String,
}

/// All selectors of one place, ready to run.
#[derive(Debug, Clone)]
pub struct Program {
    on_container: Vec<OnContainer>,
    automaton: Option<Automaton>,
    evaluated: Vec<Evaluated>,
    loose: LooseNames,
    key_match: KeyMatch,
    seed: Seed,
    notes: Vec<Note>,
}

/// A selector that runs over the tape.
#[derive(Debug, Clone)]
struct Evaluated {
    rule: u16,
    plan: Plan,
    roots: usize,
}

impl Program {
    /// Compiles rules; their order gives [`Field::rule`].
    ///
    /// Refuses more than 65 535 of them, and what a rule may not have although RFC 9535 allows it:
    /// a pattern that is no I-Regexp, because it would never match, and a pattern that is not a
    /// literal, because a document would decide how long matching takes.
    pub fn compile(rules: Vec<CompiledRule>, key_match: KeyMatch) -> Result<Self, SelectorError> {
        let seed = Seed::random();
        if u16::try_from(rules.len()).is_err() {
            return Err(SelectorError::at(0, "more than 65535 selectors"));
        }
        let on_container = rules.iter().map(|rule| rule.on_container).collect();
        let (mut streamed, mut evaluated, mut notes) = (Vec::new(), Vec::new(), Vec::new());
        for (number, rule) in (0_u16..).zip(rules) {
            check_patterns(&rule.selector.plan).map_err(|error| error.of(number))?;
            let Selector { mut plan, roots, .. } = rule.selector;
            plan.normalise(key_match);
            let item = Evaluated { rule: number, plan, roots };
            if item.plan.streams() {
                streamed.push(item);
            } else {
                notes.push(Note { rule: Some(number), message: SLOW.to_owned() });
                evaluated.push(item);
            }
        }
        let all = streamed.iter().chain(&evaluated);
        let loose = LooseNames::new(all.map(|item| (item.rule, &item.plan)), key_match);
        let plans: Vec<_> = streamed.iter().map(|item| (item.rule, &item.plan)).collect();
        let built = Automaton::build(&plans, Naming { key_match, seed });
        let automaton = built.filter(|_| !plans.is_empty());
        if automaton.is_none() && !plans.is_empty() {
            let message = format!("more than {STATES} states: {SLOW}");
            notes.push(Note { rule: None, message });
            evaluated.append(&mut streamed);
        }
        Ok(Self { on_container, automaton, evaluated, loose, key_match, seed, notes })
    }

    /// The program of a place without rules: it selects nothing, and names are what they are.
    pub(crate) fn nothing() -> Self {
        Self {
            on_container: Vec::new(),
            automaton: None,
            evaluated: Vec::new(),
            loose: LooseNames::default(),
            key_match: KeyMatch::Exact,
            seed: Seed::random(),
            notes: Vec::new(),
        }
    }

    /// Whether it selects nothing.
    pub fn is_empty(&self) -> bool {
        self.on_container.is_empty()
    }

    /// Returns how many selectors there are.
    pub fn len(&self) -> usize {
        self.on_container.len()
    }

    /// What an operator should know: selectors that do not run while the document is read.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// States of the automaton; 0 when there is none.
    pub fn states(&self) -> usize {
        self.automaton.as_ref().map_or(0, Automaton::states)
    }

    /// How names are compared.
    pub fn key_match(&self) -> KeyMatch {
        self.key_match
    }

    /// What a source needs to emit names: how to normalise, and how to hash.
    pub(in crate::document) fn naming(&self) -> Naming {
        Naming { key_match: self.key_match, seed: self.seed }
    }

    /// Whether no filter looks from one part of a document into another and nothing counts from the end,
    /// so that the document can be read part by part.
    pub fn reads_parts_alone(&self) -> bool {
        !self.reads_values()
    }

    /// The rules that select a place of this name when it is taken apart as some framework does.
    pub(in crate::document) fn loosely(&self, name: &str, numbers: Numbers) -> Vec<(u16, Reach)> {
        self.loose.matches(name, numbers)
    }

    /// Whether a rule may select something inside a member of this name.
    pub(in crate::document) fn enters(&self, name: &str) -> bool {
        self.loose.enters(name)
    }

    /// Whether a rule asks for elements by their positions.
    pub(in crate::document) fn selects_positions(&self) -> bool {
        self.loose.selects_positions() || self.reads_values()
    }

    /// The columns that rules select in the rows of a document, or of a part of this name; each with its
    /// alternatives.
    pub(in crate::document) fn columns<'a>(
        &'a self,
        part: Option<&'a str>,
    ) -> impl Iterator<Item = &'a [Box<str>]> {
        self.loose.columns(part)
    }

    /// The name in the rules that some reader takes a column for, when it is another one.
    pub(in crate::document) fn column(&self, name: &str) -> Option<&str> {
        self.loose.column(name)
    }

    /// Whether selectors have this very name.
    pub(in crate::document) fn names(&self, name: &str) -> bool {
        self.loose.names(name)
    }

    /// Whether a rule refuses containers.
    pub(in crate::document) fn rejects_containers(&self, rule: u16) -> bool {
        self.on_container.get(usize::from(rule)) == Some(&OnContainer::Reject)
    }

    /// Whether a source must be able to read every value, not only the selected ones.
    pub(in crate::document) fn reads_values(&self) -> bool {
        !self.evaluated.is_empty()
    }
}

const SLOW: &str = "runs after the whole document was read, not while";

fn check_patterns(plan: &Plan) -> Result<(), SelectorError> {
    let mut found = Ok(());
    plan.patterns(&mut |pattern| match pattern {
        Pattern::Compiled(_) => {}
        Pattern::Broken(reason) => found = Err(SelectorError::at(0, *reason)),
        Pattern::Dynamic(_) => {
            found = Err(SelectorError::at(0, "the pattern of a rule must be a literal"));
        }
    });
    found
}

/// A document that can emit its events to a visitor.
pub(in crate::document) trait Source {
    /// Reads the whole document.
    fn visit<S: Visitor>(&self, visitor: &mut S) -> Result<(), Refusal>;
}

/// Runs a program; the fields are sorted by place, those of one place by rule, each once.
pub(in crate::document) fn select(
    source: &[u8],
    context: ReadContext<'_>,
    document: &impl Source,
) -> Result<Vec<Field>, Refusal> {
    let ReadContext { program, bounds, .. } = context;
    let follow = |automaton| Follow::new(automaton, &program.on_container, context);
    let nothing = Automaton::default();
    let mut fields = match (&program.automaton, program.evaluated.is_empty()) {
        (None, true) => {
            read(document, bounds, Nothing)?;
            Vec::new()
        }
        (Some(automaton), true) => read(document, bounds, follow(automaton))?.into_fields(),
        (automaton, false) => {
            let automaton = automaton.as_ref().unwrap_or(&nothing);
            let both = Both(follow(automaton), Tape::default());
            let Both(visitor, tape) = read(document, bounds, both)?;
            program.evaluate(&tape, source, context, visitor.into_fields())?
        }
    };
    if !fields.is_sorted_by(|left, right| order(left) < order(right)) {
        fields.sort_unstable_by_key(order);
        fields.dedup_by_key(|field| order(field));
    }
    for field in &fields {
        check_size(field, source, bounds)?;
    }
    Ok(fields)
}

/// Has a visitor see the whole document, within the bound of nodes.
fn read<V: Visitor>(document: &impl Source, bounds: &Bounds, visitor: V) -> Result<V, Refusal> {
    let mut bounded = Bounded { visitor, left: bounds.nodes };
    document.visit(&mut bounded)?;
    Ok(bounded.visitor)
}

fn order(field: &Field) -> (u32, u32, u16) {
    (field.span.start(), field.span.end(), field.rule)
}

fn check_size(field: &Field, source: &[u8], bounds: &Bounds) -> Result<(), Refusal> {
    let has_quotes = field.codec == Codec::Json && field.kind == Kind::Text;
    let quotes = if has_quotes { 2 } else { 0 };
    if field.span.len() <= bounds.value_bytes.saturating_add(quotes) {
        return Ok(());
    }
    let length = field.codec.decoded_len(field.span.of(source), field.kind)?;
    if length <= bounds.value_bytes {
        return Ok(());
    }
    Err(Refusal { reason: Reason::ValueTooLong, offset: field.span.start() })
}

impl Program {
    fn evaluate(
        &self,
        tape: &Tape,
        source: &[u8],
        ReadContext { bounds, readings, .. }: ReadContext<'_>,
        mut fields: Vec<Field>,
    ) -> Result<Vec<Field>, Refusal> {
        let mut stopped = Vec::new();
        for Evaluated { rule, plan, roots } in &self.evaluated {
            let on_container = self.on_container.get(usize::from(*rule)).copied();
            let mut run = Run::new(tape, source, *roots);
            let mut done = 0;
            if readings == Readings::All {
                run.stops = Some(Vec::new());
                run.case = Case::Ignored;
            }
            for at in run.nodes(plan, 0, Repeats::Drop)? {
                let Some(node) = tape.node(at) else { continue };
                let rejects = on_container == Some(OnContainer::Reject);
                let shape = tape.container(at).map(|(shape, _)| shape);
                if rejects && shape.is_some_and(|shape| shape != Shape::Attributes) {
                    let offset = node.span.start();
                    return Err(Refusal { reason: Reason::ContainerSelected, offset });
                }
                if at < done && node.is_attribute() {
                    // The outer hit left it out, this one names it.
                    fields.extend(field(*rule, node.what, node.span));
                }
                // Hits come in the order of the tape: what an outer hit covered is done.
                for below in at.max(done)..node.after {
                    let taken = tape.node(below).filter(|node| below == at || !node.is_attribute());
                    fields.extend(taken.and_then(|node| field(*rule, node.what, node.span)));
                    if fields.len() > bounds.fields {
                        let offset = node.span.start();
                        return Err(Refusal { reason: Reason::TooManyFields, offset });
                    }
                }
                done = done.max(node.after);
            }
            for at in run.stops.take().unwrap_or_default() {
                let node = tape.node(at);
                stopped.extend(node.and_then(|node| field(*rule, node.what, node.span)));
            }
        }
        if !stopped.is_empty() {
            // A scalar where rules go deeper, unless another rule selects it itself.
            let selected: HashSet<Span> = fields.iter().map(|field| field.span).collect();
            fields.extend(stopped.into_iter().filter(|field| !selected.contains(&field.span)));
        }
        if fields.len() > bounds.fields {
            return Err(Refusal::new(Reason::TooManyFields, 0));
        }
        Ok(fields)
    }
}

fn field(rule: u16, what: What, span: Span) -> Option<Field> {
    match what {
        What::Container(..) => None,
        What::Scalar(scalar, codec) => kind(scalar).map(|kind| Field { rule, span, codec, kind }),
    }
}

/// The spans of all nodes one selector finds, in the order of RFC 9535, repeated ones repeated.
pub(in crate::document) fn locate(
    selector: &Selector,
    source: &[u8],
) -> Result<Vec<Span>, Refusal> {
    let mut tape = Tape::default();
    let naming = Naming { key_match: KeyMatch::Exact, seed: Seed::random() };
    json::scan(source, naming, &Bounds::default(), &mut tape)?;
    let mut run = Run::new(&tape, source, selector.roots);
    let nodes = run.nodes(&selector.plan, 0, Repeats::Keep)?;
    Ok(nodes.into_iter().filter_map(|at| tape.node(at)).map(|node| node.span).collect())
}
