//! From the parser's tree to ours, checking the types that RFC 9535, section 2.4.3 demands.
//!
//! The parser accepts some queries that are not well typed; such a filter never matches, and a rule
//! with it would protect nothing without a word.

use jsonpath_rust::parser::model as tree;

use crate::document::selector::plan::ChildSelector;
use crate::document::selector::plan::Literal;
use crate::document::selector::plan::Operand;
use crate::document::selector::plan::Order;
use crate::document::selector::plan::Origin;
use crate::document::selector::plan::Path;
use crate::document::selector::plan::Pattern;
use crate::document::selector::plan::Plan;
use crate::document::selector::plan::Segment;
use crate::document::selector::plan::Test;
use crate::document::selector::regexp;

/// Largest integer of I-JSON (RFC 7493, section 2.2).
const LARGEST: i64 = (1 << 53) - 1;

type Checked<T> = Result<T, &'static str>;

/// Compiles a parsed query; `numbers` are the literals that were taken out of its text.
pub(super) fn compile(query: &tree::JpQuery, numbers: Vec<String>) -> Checked<(Plan, usize)> {
    let mut compiler = Compiler { numbers: numbers.into_iter(), roots: 0 };
    let plan = compiler.plan(&query.segments)?;
    match compiler.numbers.next() {
        None => Ok((plan, compiler.roots)),
        Some(_) => Err("a number in an unexpected place"),
    }
}

struct Compiler {
    numbers: std::vec::IntoIter<String>,
    roots: usize,
}

impl Compiler {
    fn plan(&mut self, segments: &[tree::Segment]) -> Checked<Plan> {
        let segments = segments.iter().map(|segment| self.segment(segment));
        Ok(Plan { segments: segments.collect::<Checked<_>>()? })
    }

    fn segment(&mut self, segment: &tree::Segment) -> Checked<Segment> {
        match segment {
            tree::Segment::Descendant(inner) => {
                Ok(Segment { descend: true, ..self.segment(inner)? })
            }
            tree::Segment::Selector(selector) => {
                Ok(Segment { descend: false, selectors: vec![self.selector(selector)?] })
            }
            tree::Segment::Selectors(selectors) => {
                let selectors = selectors.iter().map(|selector| self.selector(selector));
                Ok(Segment { descend: false, selectors: selectors.collect::<Checked<_>>()? })
            }
        }
    }

    fn selector(&mut self, selector: &tree::Selector) -> Checked<ChildSelector> {
        Ok(match selector {
            tree::Selector::Name(name) => ChildSelector::Name(Box::from(name.as_str())),
            tree::Selector::Wildcard => ChildSelector::Any,
            tree::Selector::Index(index) => ChildSelector::Index(integer(*index)?),
            tree::Selector::Slice(start, end, step) => ChildSelector::Slice {
                start: start.map(integer).transpose()?,
                end: end.map(integer).transpose()?,
                step: integer(step.unwrap_or(1))?,
            },
            tree::Selector::Filter(filter) => ChildSelector::Filter(self.filter(filter)?),
        })
    }

    fn filter(&mut self, filter: &tree::Filter) -> Checked<Test> {
        match filter {
            tree::Filter::Or(parts) => Ok(Test::Or(self.filters(parts)?)),
            tree::Filter::And(parts) => Ok(Test::And(self.filters(parts)?)),
            tree::Filter::Atom(tree::FilterAtom::Filter { expr, not }) => {
                Ok(negated(self.filter(expr)?, *not))
            }
            tree::Filter::Atom(tree::FilterAtom::Test { expr, not }) => {
                Ok(negated(self.test(expr)?, *not))
            }
            tree::Filter::Atom(tree::FilterAtom::Comparison(comparison)) => {
                self.comparison(comparison)
            }
        }
    }

    fn filters(&mut self, parts: &[tree::Filter]) -> Checked<Vec<Test>> {
        parts.iter().map(|part| self.filter(part)).collect()
    }

    /// A test expression: a query, or a function of `LogicalType` (sections 2.3.5.1 and 2.4.3).
    fn test(&mut self, expression: &tree::Test) -> Checked<Test> {
        match expression {
            tree::Test::RelQuery(segments) => Ok(Test::Exists(self.current(segments)?)),
            tree::Test::AbsQuery(query) => Ok(Test::Exists(self.root(&query.segments)?)),
            tree::Test::Function(function) => match &**function {
                tree::TestFunction::Match(text, pattern) => self.matches(text, pattern, true),
                tree::TestFunction::Search(text, pattern) => self.matches(text, pattern, false),
                tree::TestFunction::Length(_)
                | tree::TestFunction::Count(_)
                | tree::TestFunction::Value(_) => {
                    Err("the result of this function must be compared")
                }
                tree::TestFunction::Custom(..) => Err(UNKNOWN),
            },
        }
    }

    fn matches(&mut self, text: &tree::FnArg, pattern: &tree::FnArg, whole: bool) -> Checked<Test> {
        let text = self.argument(text)?;
        let pattern = match self.argument(pattern)? {
            Operand::Literal(Literal::Text(literal)) => match regexp::compile(&literal, whole) {
                Ok(regex) => Pattern::Compiled(Box::new(regex)),
                Err(reason) => Pattern::Broken(reason),
            },
            Operand::Literal(_) => Pattern::Broken("the pattern is not a string"),
            operand @ (Operand::Singular(_)
            | Operand::Length(_)
            | Operand::Count(_)
            | Operand::Value(_)) => Pattern::Dynamic(operand),
        };
        Ok(Test::Matches { text, pattern, whole })
    }

    fn comparison(&mut self, comparison: &tree::Comparison) -> Checked<Test> {
        let order = match comparison {
            tree::Comparison::Eq(..) => Order::Equal,
            tree::Comparison::Ne(..) => Order::Unequal,
            tree::Comparison::Gt(..) => Order::Greater,
            tree::Comparison::Gte(..) => Order::GreaterOrEqual,
            tree::Comparison::Lt(..) => Order::Less,
            tree::Comparison::Lte(..) => Order::LessOrEqual,
        };
        let (left, right) = comparison.vals();
        Ok(Test::Compare(order, self.comparable(left)?, self.comparable(right)?))
    }

    fn comparable(&mut self, comparable: &tree::Comparable) -> Checked<Operand> {
        match comparable {
            tree::Comparable::Literal(literal) => Ok(Operand::Literal(self.literal(literal)?)),
            tree::Comparable::Function(function) => self.function(function),
            tree::Comparable::SingularQuery(query) => {
                let (segments, origin) = match query {
                    tree::SingularQuery::Current(segments) => (segments, Origin::Current),
                    tree::SingularQuery::Root(segments) => (segments, self.next_root()),
                };
                let segments = segments.iter().map(singular).collect::<Checked<_>>()?;
                Ok(Operand::Singular(Path { origin, plan: Plan { segments } }))
            }
        }
    }

    /// A function of `ValueType`.
    fn function(&mut self, function: &tree::TestFunction) -> Checked<Operand> {
        match function {
            tree::TestFunction::Length(argument) => {
                Ok(Operand::Length(Box::new(self.argument(argument)?)))
            }
            tree::TestFunction::Count(argument) => Ok(Operand::Count(self.nodes(argument)?)),
            tree::TestFunction::Value(argument) => Ok(Operand::Value(self.nodes(argument)?)),
            tree::TestFunction::Match(..) | tree::TestFunction::Search(..) => {
                Err("the result of this function is no value")
            }
            tree::TestFunction::Custom(..) => Err(UNKNOWN),
        }
    }

    /// An argument of `ValueType`: a literal, a singular query, or a function of that type.
    fn argument(&mut self, argument: &tree::FnArg) -> Checked<Operand> {
        let tree::FnArg::Test(test) = argument else {
            return match argument {
                tree::FnArg::Literal(literal) => Ok(Operand::Literal(self.literal(literal)?)),
                tree::FnArg::Test(_) | tree::FnArg::Filter(_) => {
                    Err("a logical expression is no value")
                }
            };
        };
        let path = match &**test {
            tree::Test::Function(function) => return self.function(function),
            tree::Test::RelQuery(segments) => self.current(segments)?,
            tree::Test::AbsQuery(query) => self.root(&query.segments)?,
        };
        if path.plan.segments.iter().all(is_singular) {
            Ok(Operand::Singular(path))
        } else {
            Err("this argument must be a query that gives at most one node")
        }
    }

    /// An argument of `NodesType`: a query.
    fn nodes(&mut self, argument: &tree::FnArg) -> Checked<Path> {
        const MESSAGE: &str = "this argument must be a query";
        match argument {
            tree::FnArg::Test(test) => match &**test {
                tree::Test::RelQuery(segments) => self.current(segments),
                tree::Test::AbsQuery(query) => self.root(&query.segments),
                tree::Test::Function(_) => Err(MESSAGE),
            },
            tree::FnArg::Literal(_) | tree::FnArg::Filter(_) => Err(MESSAGE),
        }
    }

    fn current(&mut self, segments: &[tree::Segment]) -> Checked<Path> {
        Ok(Path { origin: Origin::Current, plan: self.plan(segments)? })
    }

    fn root(&mut self, segments: &[tree::Segment]) -> Checked<Path> {
        let origin = self.next_root();
        Ok(Path { origin, plan: self.plan(segments)? })
    }

    fn next_root(&mut self) -> Origin {
        self.roots += 1;
        Origin::Root(self.roots - 1)
    }

    fn literal(&mut self, literal: &tree::Literal) -> Checked<Literal> {
        Ok(match literal {
            tree::Literal::Int(number) => Literal::Number(number.to_string().into()),
            tree::Literal::Float(_) => Literal::Number(
                self.numbers.next().ok_or("a number in an unexpected place")?.into(),
            ),
            tree::Literal::String(text) => Literal::Text(Box::from(text.as_str())),
            tree::Literal::Bool(value) => Literal::Bool(*value),
            tree::Literal::Null => Literal::Null,
        })
    }
}

const UNKNOWN: &str = "there is no such function: RFC 9535 has length, count, match, search, value";

fn negated(test: Test, not: bool) -> Test {
    if not { Test::Not(Box::new(test)) } else { test }
}

fn integer(number: i64) -> Checked<i64> {
    if (-LARGEST..=LARGEST).contains(&number) {
        Ok(number)
    } else {
        Err("a number beyond the exact integers of I-JSON")
    }
}

fn singular(segment: &tree::SingularQuerySegment) -> Checked<Segment> {
    let selector = match segment {
        tree::SingularQuerySegment::Index(index) => ChildSelector::Index(integer(*index)?),
        tree::SingularQuerySegment::Name(name) => ChildSelector::Name(Box::from(name.as_str())),
    };
    Ok(Segment { descend: false, selectors: vec![selector] })
}

fn is_singular(segment: &Segment) -> bool {
    let one =
        matches!(segment.selectors.as_slice(), [ChildSelector::Name(_) | ChildSelector::Index(_)]);
    !segment.descend && one
}
