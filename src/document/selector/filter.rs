//! Filters: RFC 9535, section 2.3.5, and its functions, section 2.4.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::rc::Rc;

use crate::document::Reason;
use crate::document::Refusal;
use crate::document::selector::decimal;
use crate::document::selector::evaluate::Repeats;
use crate::document::selector::evaluate::Run;
use crate::document::selector::plan::Literal;
use crate::document::selector::plan::Operand;
use crate::document::selector::plan::Order;
use crate::document::selector::plan::Origin;
use crate::document::selector::plan::Path;
use crate::document::selector::plan::Pattern;
use crate::document::selector::plan::Test;
use crate::document::selector::regexp;
use crate::document::selector::tape::What;
use crate::document::visitor::Scalar;
use crate::document::visitor::Shape;

/// A value of a comparison (`ValueType` of RFC 9535, section 2.4.1).
#[derive(Debug, Clone)]
enum Value<'v> {
    /// No value at all; not the same as `null`.
    Nothing,
    Null,
    Bool(bool),
    Number(Cow<'v, str>),
    Text(Cow<'v, str>),
    Container(u32),
}

impl<'a> Run<'a> {
    /// Whether a logical expression holds for a node.
    pub(super) fn test(&mut self, test: &Test, at: u32) -> Result<bool, Refusal> {
        match test {
            Test::Or(parts) => {
                for part in parts {
                    if self.test(part, at)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Test::And(parts) => {
                for part in parts {
                    if !self.test(part, at)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Test::Not(part) => Ok(!self.test(part, at)?),
            Test::Exists(path) => Ok(!self.path(path, at, Repeats::Drop)?.is_empty()),
            Test::Compare(order, left, right) => {
                let (left, right) = (self.value(left, at)?, self.value(right, at)?);
                self.compare(*order, &left, &right)
            }
            Test::Matches { text, pattern, whole } => self.matches(text, pattern, *whole, at),
        }
    }

    /// The nodes of a query inside a filter.
    fn path(&mut self, path: &Path, at: u32, repeats: Repeats) -> Result<Rc<[u32]>, Refusal> {
        let Origin::Root(number) = path.origin else {
            return Ok(self.nodes(&path.plan, at, repeats)?.into());
        };
        if let Some(Some(known)) = self.roots.get(number) {
            return Ok(Rc::clone(known));
        }
        let nodes: Rc<[u32]> = self.nodes(&path.plan, 0, Repeats::Keep)?.into();
        if let Some(slot) = self.roots.get_mut(number) {
            *slot = Some(Rc::clone(&nodes));
        }
        Ok(nodes)
    }

    fn value<'v>(&mut self, operand: &'v Operand, at: u32) -> Result<Value<'v>, Refusal>
    where
        'a: 'v,
    {
        match operand {
            Operand::Literal(literal) => Ok(match literal {
                Literal::Null => Value::Null,
                Literal::Bool(value) => Value::Bool(*value),
                Literal::Number(text) => Value::Number(Cow::Borrowed(text)),
                Literal::Text(text) => Value::Text(Cow::Borrowed(text)),
            }),
            Operand::Singular(path) => {
                let nodes = self.path(path, at, Repeats::Keep)?;
                self.only(&nodes)
            }
            Operand::Value(path) => {
                let nodes = self.path(path, at, Repeats::Keep)?;
                let mut values = self.values(&nodes);
                match (values.next(), values.next()) {
                    (Some(node), None) => self.node_value(node),
                    _ => Ok(Value::Nothing),
                }
            }
            Operand::Count(path) => {
                let nodes = self.path(path, at, Repeats::Keep)?;
                let count = self.values(&nodes).count();
                Ok(Value::Number(Cow::Owned(count.to_string())))
            }
            Operand::Length(operand) => {
                let value = self.value(operand, at)?;
                self.length(&value)
            }
        }
    }

    /// The nodes that are values: what stands beside one is none of its own.
    fn values<'n>(&self, nodes: &'n [u32]) -> impl Iterator<Item = u32> + use<'a, 'n> {
        let (tape, alone) = (self.tape, nodes.len() == 1);
        let in_attributes =
            move |at| tape.container(at).is_some_and(|(shape, _)| shape == Shape::Attributes);
        nodes.iter().copied().filter(move |&at| alone || !in_attributes(at))
    }

    /// The value of the one node a singular query gives. In JSON there is never more than one;
    /// refuses a repeated form field or XML element, because readers compare different ones.
    fn only<'v>(&mut self, nodes: &[u32]) -> Result<Value<'v>, Refusal>
    where
        'a: 'v,
    {
        let mut values = self.values(nodes);
        match (values.next(), values.next()) {
            (None, _) => Ok(Value::Nothing),
            (Some(node), None) => self.node_value(node),
            (Some(_), Some(second)) => {
                let offset = self.tape.node(second).map_or(0, |node| node.span.start());
                Err(Refusal { reason: Reason::DuplicateKey, offset })
            }
        }
    }

    /// `length()` (RFC 9535, section 2.4.4).
    fn length<'v>(&mut self, value: &Value<'_>) -> Result<Value<'v>, Refusal> {
        let length = match value {
            Value::Text(text) => {
                self.spend(text.len() / 16)?;
                text.chars().count().to_string()
            }
            Value::Container(at) => match self.tape.container(*at) {
                Some((_, children)) => children.to_string(),
                None => return Ok(Value::Nothing),
            },
            Value::Nothing | Value::Null | Value::Bool(_) | Value::Number(_) => {
                return Ok(Value::Nothing);
            }
        };
        Ok(Value::Number(Cow::Owned(length)))
    }

    /// The value of a node, read from the source.
    fn node_value<'v>(&mut self, at: u32) -> Result<Value<'v>, Refusal>
    where
        'a: 'v,
    {
        let Some(node) = self.tape.node(at) else { return Ok(Value::Nothing) };
        Ok(match node.what {
            What::Container(..) => Value::Container(at),
            What::Scalar(Scalar::Null, _) => Value::Null,
            What::Scalar(Scalar::True, _) => Value::Bool(true),
            What::Scalar(Scalar::False, _) => Value::Bool(false),
            What::Scalar(Scalar::Number, _) => {
                self.spend(node.span.len() / 16)?;
                Value::Number(String::from_utf8_lossy(node.span.of(self.source)))
            }
            What::Scalar(Scalar::Text | Scalar::Attribute, _) => {
                self.spend(node.span.len() / 16)?;
                node.text(self.source)?.map_or(Value::Nothing, Value::Text)
            }
        })
    }

    /// The six operators (RFC 9535, section 2.3.5.2.2).
    fn compare(
        &mut self,
        order: Order,
        left: &Value<'_>,
        right: &Value<'_>,
    ) -> Result<bool, Refusal> {
        Ok(match order {
            Order::Equal => self.equal(left, right)?,
            Order::Unequal => !self.equal(left, right)?,
            Order::Less => less(left, right),
            Order::Greater => less(right, left),
            Order::LessOrEqual => less(left, right) || self.equal(left, right)?,
            Order::GreaterOrEqual => less(right, left) || self.equal(left, right)?,
        })
    }

    /// Equality; containers by what is in them, members in any order. Without recursion: documents
    /// may be as deep as the limit, and limits are the operator's.
    fn equal(&mut self, left: &Value<'_>, right: &Value<'_>) -> Result<bool, Refusal> {
        let (Value::Container(left), Value::Container(right)) = (left, right) else {
            return Ok(scalars_equal(left, right));
        };
        let mut open = vec![(*left, *right)];
        while let Some((left, right)) = open.pop() {
            self.spend(1)?;
            let (left, right) = (self.node_value(left)?, self.node_value(right)?);
            let (Value::Container(left), Value::Container(right)) = (&left, &right) else {
                if scalars_equal(&left, &right) {
                    continue;
                }
                return Ok(false);
            };
            let (shapes, others) = (self.tape.container(*left), self.tape.container(*right));
            if shapes != others {
                return Ok(false);
            }
            let named = shapes.is_some_and(|(shape, _)| shape.is_named());
            let (mine, theirs) = (self.ordered(*left, named)?, self.ordered(*right, named)?);
            for (mine, theirs) in mine.into_iter().zip(theirs) {
                if mine.0 != theirs.0 {
                    return Ok(false);
                }
                open.push((mine.1, theirs.1));
            }
        }
        Ok(true)
    }

    /// The children of a container with their names; members sorted by name.
    fn ordered(&mut self, at: u32, named: bool) -> Result<Vec<(&'a str, u32)>, Refusal> {
        let tape = self.tape;
        let name = |child| tape.node(child).map_or("", |node| tape.name(node));
        let mut children: Vec<_> = tape.children(at).map(|child| (name(child), child)).collect();
        self.spend(children.len())?;
        if named {
            children.sort_unstable();
        }
        Ok(children)
    }

    /// `match()` and `search()` (RFC 9535, sections 2.4.6 and 2.4.7).
    fn matches(
        &mut self,
        text: &Operand,
        pattern: &Pattern,
        whole: bool,
        at: u32,
    ) -> Result<bool, Refusal> {
        let Value::Text(text) = self.value(text, at)? else { return Ok(false) };
        self.spend(text.len() / 8)?;
        match pattern {
            Pattern::Compiled(regex) => Ok(regex.is_match(&text)),
            Pattern::Broken(_) => Ok(false),
            Pattern::Dynamic(operand) => {
                let Value::Text(pattern) = self.value(operand, at)? else { return Ok(false) };
                let key = (pattern.into_owned(), whole);
                if !self.patterns.contains_key(&key) {
                    self.spend(1 << 12)?;
                    let compiled = regexp::compile(&key.0, whole).ok();
                    self.patterns.insert(key.clone(), compiled);
                }
                let known = self.patterns.get(&key).and_then(Option::as_ref);
                Ok(known.is_some_and(|regex| regex.is_match(&text)))
            }
        }
    }
}

fn scalars_equal(left: &Value<'_>, right: &Value<'_>) -> bool {
    match (left, right) {
        (Value::Nothing, Value::Nothing) | (Value::Null, Value::Null) => true,
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::Number(left), Value::Number(right)) => {
            decimal::compare(left, right) == Ordering::Equal
        }
        (Value::Text(left), Value::Text(right)) => left == right,
        (
            Value::Nothing
            | Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Text(_)
            | Value::Container(_),
            _,
        ) => false,
    }
}

/// Order of numbers by value and of texts by code point; nothing else has an order.
fn less(left: &Value<'_>, right: &Value<'_>) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            decimal::compare(left, right) == Ordering::Less
        }
        (Value::Text(left), Value::Text(right)) => left < right,
        (
            Value::Nothing
            | Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Text(_)
            | Value::Container(_),
            _,
        ) => false,
    }
}
