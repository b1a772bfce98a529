//! What forms and queries share: pairs of name and value as a document of members.
//!
//! Applications read the same pairs in different ways, so a name is emitted in every way that is
//! common, and a place is selected when one of them is:
//!
//! - `user[email]` is the member of that whole name, and the member `email` of `user`;
//! - `email[]` and `email[7]` are also elements of `email`;
//! - `user.email` and `user email` are also `user_email`, the variable that PHP makes of them.
//!
//! To protect, a name is also taken for one that a rule selects when any common framework could take
//! it for that one (`selector/loose.rs`): `User.Email`, `[email]`, `form-2-email`.
//!
//! Where the numbers of a list are not 0, 1, 2 in this order, an element counts at every position that a rule
//! selects (`positions.rs`).
//!
//! Every occurrence of a name counts: servers disagree whether the first or the last one wins.
//! What cannot be read in one way is refused where it could be selected: a semicolon that some
//! readers split at, brackets that do not match, percent escapes that are none.

use crate::base::Span;
use crate::document::Charset;
use crate::document::Codec;
use crate::document::KeyMatch;
use crate::document::Positions;
use crate::document::ReadContext;
use crate::document::Readings;
use crate::document::Reason;
use crate::document::Refusal;
use crate::document::names::Naming;
use crate::document::names::Seed;
use crate::document::percent;
use crate::document::selector::Numbers;
use crate::document::selector::Reach;
use crate::document::selector::is_path;
use crate::document::visitor;
use crate::document::visitor::Leaf;
use crate::document::visitor::Scalar;
use crate::document::visitor::Shape;
use crate::document::visitor::Visitor;

/// Reads pairs and emits its events.
pub(super) fn scan<S: Visitor>(
    source: &[u8],
    codec: Codec,
    context: ReadContext<'_>,
    visitor: &mut S,
) -> Result<(), Refusal> {
    fits(source)?;
    let mut emitter = Emitter::new(context, visitor);
    let all = context.program.reads_values();
    emitter.open(0)?;
    let mut start = 0;
    for raw in source.split(|&byte| byte == b'&') {
        emitter.pair(&Pair { raw, start, codec, charset: codec.charset(), all })?;
        start += raw.len() + 1;
    }
    emitter.close(source.len());
    Ok(())
}

/// Refuses a source that offsets of four bytes cannot name.
pub(super) fn fits(source: &[u8]) -> Result<(), Refusal> {
    match u32::try_from(source.len()) {
        Ok(_) => Ok(()),
        Err(_) => Err(Refusal::new(Reason::TooLarge, usize::MAX)),
    }
}

/// What stands between two ampersands.
struct Pair<'a> {
    raw: &'a [u8],
    start: usize,
    codec: Codec,
    /// What names and values are in.
    charset: Charset,
    /// Whether values are read that are not selected.
    all: bool,
}

impl<'a> Pair<'a> {
    fn name(&self) -> &'a [u8] {
        self.raw.split(|&byte| byte == b'=').next().unwrap_or_default()
    }

    /// Refuses a field in which browsers write what a form is in [HTML, section 4.10.21.4], when that is
    /// not how it is read.
    fn confirms(&self, name: &str, value: &[u8]) -> Result<(), Refusal> {
        if name != "_charset_" {
            return Ok(());
        }
        let mut label = String::new();
        percent::decode(value, self.charset, &mut label)
            .map_err(|error| moved(error, self.start))?;
        match Charset::settle(Some(label.as_bytes()), b"") {
            Ok(charset) if charset != self.charset => {
                Err(Refusal::new(Reason::AmbiguousCharset, self.start))
            }
            // Readers take no notice of what is no name.
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// The value, and where it is; none without an equals sign.
    fn value(&self) -> Option<(&'a [u8], Span)> {
        let start = self.name().len() + 1;
        let value = self.raw.get(start..)?;
        Some((value, visitor::span(self.start + start, self.start + self.raw.len())))
    }
}

/// Emits a value to a visitor.
type EmitValue<'t, S> = &'t mut dyn FnMut(&mut S) -> Result<(), Refusal>;

/// One step of a name that was taken apart.
#[derive(Debug, Clone, Copy)]
enum Step<'n> {
    Key(&'n str),
    Index(u32),
}

/// Emits members by all readings of their names.
pub(super) struct Emitter<'a, S> {
    key_match: KeyMatch,
    seed: Seed,
    context: ReadContext<'a>,
    visitor: &'a mut S,
    folded: String,
    /// The elements of lists so far.
    positions: Positions,
}

impl<'a, S: Visitor> Emitter<'a, S> {
    /// Starts with no name seen.
    pub(super) fn new(context: ReadContext<'a>, visitor: &'a mut S) -> Self {
        let Naming { key_match, seed } = context.program.naming();
        let positions = context.options.counted.clone();
        Self { key_match, seed, context, visitor, folded: String::new(), positions }
    }

    /// Opens the object that all members are in.
    pub(super) fn open(&mut self, at: usize) -> Result<(), Refusal> {
        self.visitor.enter(Shape::Object, u32::try_from(at).unwrap_or(u32::MAX))
    }

    pub(super) fn close(&mut self, at: usize) {
        self.visitor.up(u32::try_from(at).unwrap_or(u32::MAX));
    }

    /// Emits a member, once for every reading of its name; `value` emits its value. Answers whether
    /// a scalar there would be selected.
    pub(super) fn emit(
        &mut self,
        name: &str,
        at: usize,
        value: EmitValue<'_, S>,
    ) -> Result<bool, Refusal> {
        let selected = self.emit_exactly(name, at, &mut *value)?;
        if selected && !self.context.program.reads_values() {
            return Ok(true);
        }
        let rules = self.loosely(name, at)?;
        if rules.is_empty() {
            return Ok(selected);
        }
        self.visitor.cover(&rules);
        let emitted = value(self.visitor);
        self.visitor.uncover();
        emitted.map(|()| true)
    }

    /// Emits a member that is a document of its own. Refuses a name that only some framework takes for
    /// one in a rule: where in the document its selectors would go on is not known.
    pub(super) fn emit_document(
        &mut self,
        name: &str,
        at: usize,
        value: EmitValue<'_, S>,
    ) -> Result<(), Refusal> {
        let mut selected = self.emit_exactly(name, at, &mut *value)?;
        let listed = name.strip_suffix(']').and_then(|name| name.rsplit_once('['));
        let mut known = self.context.program.names(name);
        if let Some((base, position)) = listed
            && position.bytes().all(|byte| byte.is_ascii_digit())
        {
            // One of several documents of this name.
            selected |= self.emit_exactly(base, at, &mut *value)?;
            known |= self.context.program.names(base);
        }
        let exact = known || (selected && !self.context.program.reads_values());
        if !exact && !self.loosely(name, at)?.is_empty() {
            return Err(Refusal::new(Reason::AmbiguousName, at));
        }
        Ok(())
    }

    /// The rules that a name could lead to in some framework; none where only the standard counts.
    fn loosely(&self, name: &str, at: usize) -> Result<Vec<u16>, Refusal> {
        let program = self.context.program;
        if self.context.readings == Readings::Standard {
            return Ok(Vec::new());
        }
        let moved = program.selects_positions() && self.positions.is_doubtful(name);
        let numbers = if moved { Numbers::Moved } else { Numbers::Kept };
        let found = program.loosely(name, numbers);
        if found
            .iter()
            .any(|&(rule, reach)| reach == Reach::Below && program.rejects_containers(rule))
        {
            return Err(Refusal::new(Reason::ContainerSelected, at));
        }
        Ok(found.into_iter().map(|(rule, _)| rule).collect())
    }

    fn emit_exactly(
        &mut self,
        name: &str,
        at: usize,
        value: EmitValue<'_, S>,
    ) -> Result<bool, Refusal> {
        if name.contains('\0') {
            return Err(Refusal::new(Reason::NulInKey, at));
        }
        let php = in_php(name);
        let mut selected = false;
        for name in std::iter::once(name).chain(php.as_deref()) {
            for steps in self.readings(name, at)? {
                selected |= self.walk(&steps, Some(&mut *value), at)?;
            }
        }
        self.count(name);
        Ok(selected)
    }

    fn pair(&mut self, pair: &Pair<'_>) -> Result<(), Refusal> {
        if pair.raw.is_empty() {
            return Ok(());
        }
        let mut name = String::new();
        percent::decode(pair.name(), pair.charset, &mut name)
            .map_err(|error| moved(error, pair.start))?;
        if name.contains('\0') {
            return Err(Refusal::new(Reason::NulInKey, pair.start));
        }
        if pair.charset.hides_syntax(&name) {
            return Err(Refusal::new(Reason::AmbiguousName, pair.start));
        }
        self.separators(pair, &name)?;
        let Some((value, span)) = pair.value() else {
            // No equals sign, no value: nothing to replace, and nowhere to write.
            self.readings(&name, pair.start)?;
            self.count(&name);
            return Ok(());
        };
        pair.confirms(&name, value)?;
        self.brackets(pair)?;
        let leaf = Leaf { span, codec: pair.codec, scalar: Scalar::Text };
        let read = self.emit(&name, pair.start, &mut |visitor| visitor.leaf(leaf))?;
        if read || pair.all { check(value, pair.charset, span) } else { Ok(()) }
    }

    /// Counts the elements of lists: all of them where rules ask for positions.
    fn count(&mut self, name: &str) {
        if self.context.program.selects_positions() {
            self.positions.count(name);
        } else {
            self.positions.count_empty(name);
        }
    }

    /// Refuses a name that qs ends at the first `]=`, behind another equals sign.
    fn brackets(&self, pair: &Pair<'_>) -> Result<(), Refusal> {
        let is_closed = |end: &usize| {
            let before = pair.raw.get(..*end).unwrap_or_default();
            let escape = before.len().checked_sub(3).and_then(|start| before.get(start..));
            before.ends_with(b"]") || escape.is_some_and(|it| it.eq_ignore_ascii_case(b"%5d"))
        };
        let mut signs = memchr::memchr_iter(b'=', pair.raw);
        let first = signs.clone().next();
        let Some(end) = signs.find(is_closed).filter(|end| Some(*end) != first) else {
            return Ok(());
        };
        let raw = pair.raw.get(..end).unwrap_or_default();
        let mut name = String::new();
        if percent::decode(raw, pair.charset, &mut name).is_err() {
            // Kept as it is, but for its brackets.
            name = String::from_utf8_lossy(raw).replace("%5B", "[").replace("%5b", "[");
            name = name.replace("%5D", "]").replace("%5d", "]");
        }
        if self.is_doubtful(&name, pair.start)? {
            return Err(Refusal::new(Reason::AmbiguousName, pair.start));
        }
        Ok(())
    }

    /// Refuses a semicolon that would make a selected pair of its own, or cut a selected value.
    fn separators(&mut self, pair: &Pair<'_>, whole: &str) -> Result<(), Refusal> {
        let Some(at) = pair.raw.iter().position(|&byte| byte == b';') else { return Ok(()) };
        let refused = Refusal::new(Reason::AmbiguousSeparator, pair.start + at);
        if self.selects(whole, pair.start)? {
            return Err(refused);
        }
        for piece in pair.raw.split(|&byte| byte == b';') {
            let raw = piece.split(|&byte| byte == b'=').next().unwrap_or_default();
            let mut name = String::new();
            if percent::decode(raw, pair.charset, &mut name).is_err()
                || self.selects(&name, pair.start)?
            {
                return Err(refused);
            }
        }
        Ok(())
    }

    /// Whether a value of this name would be selected, in any reading.
    pub(super) fn selects(&mut self, name: &str, at: usize) -> Result<bool, Refusal> {
        let php = in_php(name);
        for name in std::iter::once(name).chain(php.as_deref()) {
            for steps in self.readings(name, at)? {
                if self.walk(&steps, None, at)? {
                    return Ok(true);
                }
            }
        }
        Ok(!self.loosely(name, at)?.is_empty())
    }

    /// Whether a value of this name would be selected where all readings count.
    pub(super) fn is_doubtful(&self, name: &str, at: usize) -> Result<bool, Refusal> {
        Ok(!self.loosely(name, at)?.is_empty())
    }

    /// The ways to read a name.
    fn readings<'n>(&mut self, name: &'n str, at: usize) -> Result<Vec<Vec<Step<'n>>>, Refusal> {
        let mut readings = vec![vec![Step::Key(name)]];
        let Some((base, rest)) = name.split_once('[').filter(|(base, _)| !base.is_empty()) else {
            return Ok(readings);
        };
        if name.bytes().filter(|&byte| byte == b'[').count() >= self.context.bounds.depth {
            return Err(Refusal::new(Reason::TooDeep, at));
        }
        let inside = rest.strip_suffix(']').map(|rest| rest.split("][").collect::<Vec<_>>());
        let matched = inside.filter(|parts| parts.iter().all(|part| !part.contains(['[', ']'])));
        let Some(parts) = matched else {
            self.unmatched(name, base, at)?;
            return Ok(readings);
        };
        let keys = std::iter::once(base).chain(parts.iter().copied());
        readings.push(keys.map(Step::Key).collect());
        if let Some(steps) = self.as_elements(name, &parts) {
            readings.push(std::iter::once(Step::Key(base)).chain(steps).collect());
        }
        Ok(readings)
    }

    /// Reads empty and numeric brackets as positions; none when there are no such brackets.
    fn as_elements<'n>(&mut self, name: &str, parts: &[&'n str]) -> Option<Vec<Step<'n>>> {
        let numeric = |part: &str| part.parse::<u32>().ok();
        if !parts.iter().any(|part| part.is_empty() || numeric(part).is_some()) {
            return None;
        }
        let position = self.positions.next(name);
        let steps = parts.iter().map(|part| match numeric(part) {
            _ if part.is_empty() => Step::Index(position),
            Some(number) => Step::Index(number),
            None => Step::Key(part),
        });
        Some(steps.collect())
    }

    /// Refuses brackets that do not match when some reading of them could be selected.
    fn unmatched(&mut self, name: &str, base: &str, at: usize) -> Result<(), Refusal> {
        if self.context.readings == Readings::All && is_path(name) {
            // Where it leads is known to all.
            return Ok(());
        }
        let words = name.split(['[', ']']).filter(|word| !word.is_empty());
        let loose: Vec<_> = words.map(Step::Key).collect();
        if self.walk(&[Step::Key(base)], None, at)? || self.walk(&loose, None, at)? {
            return Err(Refusal::new(Reason::AmbiguousName, at));
        }
        Ok(())
    }

    /// Emits one reading, and the value at its end; answers whether a leaf there may be selected.
    fn walk(
        &mut self,
        steps: &[Step<'_>],
        value: Option<EmitValue<'_, S>>,
        at: usize,
    ) -> Result<bool, Refusal> {
        let start = u32::try_from(at).unwrap_or(u32::MAX);
        let mut selected = false;
        let mut opened = 0_usize;
        for (number, step) in steps.iter().enumerate() {
            if value.is_none() && selected && number > 0 {
                // Only the answer is wanted, and more steps cannot take it back.
                break;
            }
            if number > 0 {
                let shape = match step {
                    Step::Key(_) => Shape::Object,
                    Step::Index(_) => Shape::Array,
                };
                self.visitor.enter(shape, start)?;
                opened += 1;
            }
            selected = match step {
                Step::Key(name) => {
                    let normal = self.key_match.normal(name, &mut self.folded);
                    self.visitor.key(self.seed.name(normal))
                }
                Step::Index(position) => self.visitor.index(*position),
            };
        }
        if let Some(value) = value {
            value(self.visitor)?;
        }
        for _ in 0..opened {
            self.visitor.up(start);
        }
        Ok(selected)
    }
}

/// The name that PHP gives a variable, when it is another one: spaces in front are dropped, dots and
/// spaces outside brackets become underscores.
pub(super) fn in_php(name: &str) -> Option<String> {
    let base = name.split('[').next().unwrap_or_default();
    if !base.contains(['.', ' ']) {
        return None;
    }
    let rest = name.get(base.len()..).unwrap_or_default();
    Some(base.trim_start_matches(' ').replace(['.', ' '], "_") + rest)
}

/// Refuses a value that cannot be decoded.
fn check(value: &[u8], charset: Charset, span: Span) -> Result<(), Refusal> {
    let start = usize::try_from(span.start()).unwrap_or(usize::MAX);
    let mut text = zeroize::Zeroizing::new(String::new());
    percent::decode(value, charset, &mut text).map_err(|error| moved(error, start))
}

/// Makes the offset of a part one of the whole; that of a decoded byte becomes the part's start.
fn moved(error: Refusal, start: usize) -> Refusal {
    let inside = usize::try_from(error.offset).unwrap_or(0);
    let exact = error.reason == Reason::InvalidPercentEscape;
    Refusal::new(error.reason, if exact { start.saturating_add(inside) } else { start })
}
