//! The compiled form of a selector: RFC 9535's tree, well typed, with its patterns compiled.

use regex::Regex;

use crate::document::KeyMatch;

/// Segments to apply one after the other.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) segments: Vec<Segment>,
}

/// One step from nodes to nodes (RFC 9535, section 2.5).
#[derive(Debug, Clone)]
pub(super) struct Segment {
    /// Whether it also applies to every node below.
    pub(super) descend: bool,
    pub(super) selectors: Vec<ChildSelector>,
}

/// One selector inside a segment (RFC 9535, section 2.3).
#[derive(Debug, Clone)]
pub(super) enum ChildSelector {
    Name(Box<str>),
    Any,
    Index(i64),
    Slice { start: Option<i64>, end: Option<i64>, step: i64 },
    Filter(Test),
}

/// A logical expression (RFC 9535, section 2.3.5).
#[derive(Debug, Clone)]
pub(super) enum Test {
    Or(Vec<Self>),
    And(Vec<Self>),
    Not(Box<Self>),
    Exists(Path),
    Compare(Order, Operand, Operand),
    Matches { text: Operand, pattern: Pattern, whole: bool },
}

/// A comparison operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A query inside a filter.
#[derive(Debug, Clone)]
pub(super) struct Path {
    pub(super) origin: Origin,
    pub(super) plan: Plan,
}

/// Where such a query starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    Current,
    /// `$`: the same answer for every node, so it is asked once and kept under this number.
    Root(usize),
}

/// A value in a comparison or an argument.
#[derive(Debug, Clone)]
pub(super) enum Operand {
    Literal(Literal),
    Singular(Path),
    Length(Box<Self>),
    Count(Path),
    Value(Path),
}

/// A literal; numbers as they are spelled.
#[derive(Debug, Clone)]
pub(super) enum Literal {
    Null,
    Bool(bool),
    Number(Box<str>),
    Text(Box<str>),
}

/// The second argument of `match` and `search`.
#[derive(Debug, Clone)]
pub(super) enum Pattern {
    /// A literal, compiled.
    Compiled(Box<Regex>),
    /// A literal that is no I-Regexp: never matches (RFC 9535, section 2.4.6).
    Broken(&'static str),
    /// Something else: compiled while it runs.
    Dynamic(Operand),
}

impl Plan {
    /// Whether an automaton can run it: no filter, and no index that counts from the end.
    pub(super) fn streams(&self) -> bool {
        self.segments.iter().flat_map(|segment| &segment.selectors).all(ChildSelector::streams)
    }

    /// Calls back for every pattern.
    pub(super) fn patterns<'a>(&'a self, visit: &mut dyn FnMut(&'a Pattern)) {
        for selector in self.segments.iter().flat_map(|segment| &segment.selectors) {
            if let ChildSelector::Filter(test) = selector {
                test.patterns(visit);
            }
        }
    }

    /// Puts every name into its normal form.
    pub(super) fn normalise(&mut self, key_match: KeyMatch) {
        for selector in self.segments.iter_mut().flat_map(|segment| &mut segment.selectors) {
            match selector {
                ChildSelector::Name(name) => {
                    let mut buffer = String::new();
                    let normal = Box::from(key_match.normal(name, &mut buffer));
                    *name = normal;
                }
                ChildSelector::Filter(test) => test.normalise(key_match),
                ChildSelector::Any | ChildSelector::Index(_) | ChildSelector::Slice { .. } => {}
            }
        }
    }
}

impl Segment {
    /// Whether it selects elements of a list.
    pub(super) fn has_elements(&self) -> bool {
        !self.selectors.iter().all(|selector| matches!(selector, ChildSelector::Name(_)))
    }

    /// Whether it selects members by their names, other than attributes.
    pub(super) fn has_names(&self) -> bool {
        self.selectors.iter().any(ChildSelector::is_name)
    }

    /// Whether a scalar in the place of what it selects from may stand for what it selects.
    pub(super) fn takes_scalars(&self) -> bool {
        !self.descend && (self.has_elements() || self.has_names())
    }
}

impl ChildSelector {
    fn is_name(&self) -> bool {
        matches!(self, Self::Name(name) if !name.starts_with('@'))
    }

    fn streams(&self) -> bool {
        match self {
            Self::Name(_) | Self::Any => true,
            Self::Index(index) => *index >= 0,
            Self::Slice { start, end, step } => {
                *step == 0 || (*step == 1 && start.unwrap_or(0) >= 0 && end.unwrap_or(0) >= 0)
            }
            Self::Filter(_) => false,
        }
    }
}

impl Test {
    fn patterns<'a>(&'a self, visit: &mut dyn FnMut(&'a Pattern)) {
        match self {
            Self::Or(parts) | Self::And(parts) => {
                for part in parts {
                    part.patterns(visit);
                }
            }
            Self::Not(part) => part.patterns(visit),
            Self::Exists(path) => path.plan.patterns(visit),
            Self::Compare(_, left, right) => {
                left.patterns(visit);
                right.patterns(visit);
            }
            Self::Matches { text, pattern, .. } => {
                text.patterns(visit);
                visit(pattern);
            }
        }
    }

    fn normalise(&mut self, key_match: KeyMatch) {
        match self {
            Self::Or(parts) | Self::And(parts) => {
                for part in parts {
                    part.normalise(key_match);
                }
            }
            Self::Not(part) => part.normalise(key_match),
            Self::Exists(path) => path.plan.normalise(key_match),
            Self::Compare(_, left, right) => {
                left.normalise(key_match);
                right.normalise(key_match);
            }
            Self::Matches { text, pattern, .. } => {
                text.normalise(key_match);
                if let Pattern::Dynamic(operand) = pattern {
                    operand.normalise(key_match);
                }
            }
        }
    }
}

impl Operand {
    fn patterns<'a>(&'a self, visit: &mut dyn FnMut(&'a Pattern)) {
        match self {
            Self::Literal(_) => {}
            Self::Singular(path) | Self::Count(path) | Self::Value(path) => {
                path.plan.patterns(visit);
            }
            Self::Length(operand) => operand.patterns(visit),
        }
    }

    fn normalise(&mut self, key_match: KeyMatch) {
        match self {
            Self::Literal(_) => {}
            Self::Singular(path) | Self::Count(path) | Self::Value(path) => {
                path.plan.normalise(key_match);
            }
            Self::Length(operand) => operand.normalise(key_match),
        }
    }
}
