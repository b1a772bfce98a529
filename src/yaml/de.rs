//! serde's side of a [`Node`]: each mistake leaves with the place it was made at.

use std::collections::HashSet;
use std::fmt;

use serde::de::DeserializeSeed;
use serde::de::Deserializer;
use serde::de::EnumAccess;
use serde::de::Error as _;
use serde::de::IntoDeserializer;
use serde::de::MapAccess;
use serde::de::SeqAccess;
use serde::de::VariantAccess;
use serde::de::Visitor;
use serde::forward_to_deserialize_any;

use crate::yaml::node::Body;
use crate::yaml::node::Node;
use crate::yaml::suggest::closest;
use crate::yaml::wrap::AT;
use crate::yaml::wrap::ONE_OR_MANY;
use crate::yaml::wrap::SHORT;

/// One mistake on its way out of serde.
#[derive(Debug)]
pub(super) struct Fault(Box<Mistake>);

#[derive(Debug, Default)]
pub(super) struct Mistake {
    pub(super) message: String,
    pub(super) hint: String,
    /// The node that is taken out; `None` until the innermost node claims the mistake.
    pub(super) prune: Option<u32>,
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) text: String,
    /// The key that is missing, when that is the mistake.
    missing: Option<&'static str>,
    /// It follows from a mistake that has been told already.
    pub(super) consequence: bool,
}

impl Fault {
    pub(super) fn into_mistake(self) -> Mistake {
        *self.0
    }

    fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        let (message, hint) = (message.into(), hint.into());
        Self(Box::new(Mistake { message, hint, ..Mistake::default() }))
    }

    /// Claims a mistake that no node has claimed yet.
    fn at(mut self, node: &Node) -> Self {
        if self.0.prune.is_none() {
            self.0.prune = Some(node.id);
            self.0.line = node.line;
            self.0.column = node.column;
            self.0.text = node.shown();
        }
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.message)
    }
}

impl std::error::Error for Fault {}

fn hint(word: &str, known: &'static [&'static str]) -> String {
    let near = closest(word, known.iter().copied());
    near.map_or_else(
        || format!("known here: {}", known.join(", ")),
        |near| format!("did you mean `{near}`?"),
    )
}

impl serde::de::Error for Fault {
    /// The first line is the message, a second one the hint.
    fn custom<T: fmt::Display>(message: T) -> Self {
        let text = message.to_string();
        let (message, hint) = text.split_once('\n').unwrap_or((&text, ""));
        Self::new(message, hint)
    }

    fn invalid_type(found: serde::de::Unexpected<'_>, expected: &dyn serde::de::Expected) -> Self {
        #[expect(clippy::wildcard_enum_match_arm, reason = "every other kind is a single value")]
        let found = match found {
            serde::de::Unexpected::Map => "a map",
            serde::de::Unexpected::Seq => "a list",
            _ => "a single value",
        };
        Self::new(format!("expected {expected}, found {found}"), "")
    }

    fn unknown_variant(word: &str, known: &'static [&'static str]) -> Self {
        Self::new("not one of the words that can stand here", hint(word, known))
    }

    fn unknown_field(word: &str, known: &'static [&'static str]) -> Self {
        Self::new("unknown key", hint(word, known))
    }

    fn missing_field(name: &'static str) -> Self {
        let mut fault = Self::new(format!("`{name}` is missing here"), "");
        fault.0.missing = Some(name);
        fault
    }
}

/// A node to be read, and the nodes that are out of the game.
#[derive(Clone, Copy)]
pub(super) struct De<'a> {
    pub(super) node: &'a Node,
    pub(super) pruned: &'a HashSet<u32>,
}

impl<'a> De<'a> {
    fn on(self, node: &'a Node) -> Self {
        Self { node, ..self }
    }

    fn expected(self, what: &str) -> Fault {
        let message = match self.node.body {
            Body::Nothing => format!("expected {what}, but nothing is written here"),
            Body::Scalar { .. } | Body::List(_) | Body::Map(_) => {
                format!("expected {what}, found {}", self.node.kind())
            }
        };
        Fault::new(message, "").at(self.node)
    }

    fn scalar(self, what: &str) -> Result<&'a str, Fault> {
        match &self.node.body {
            Body::Scalar { text, .. } => Ok(text),
            Body::Nothing | Body::List(_) | Body::Map(_) => Err(self.expected(what)),
        }
    }

    fn entries(self, what: &str) -> Result<Entries<'a>, Fault> {
        match &self.node.body {
            Body::Map(entries) => Ok(Entries { de: self, rest: entries.iter(), value: None }),
            Body::Nothing | Body::List(_) | Body::Scalar { .. } => Err(self.expected(what)),
        }
    }

    fn items(self, what: &str) -> Result<Items<'a>, Fault> {
        match &self.node.body {
            Body::List(items) => Ok(Items { de: self, rest: items.iter() }),
            Body::Nothing | Body::Map(_) | Body::Scalar { .. } => Err(self.expected(what)),
        }
    }

    /// Claims what a map's visitor found, and sees whether it is only a consequence.
    fn settle(self, mut fault: Fault) -> Fault {
        if let (Some(name), None, Body::Map(entries)) =
            (fault.0.missing, fault.0.prune, &self.node.body)
        {
            fault.0.consequence = entries.iter().any(|(key, value)| {
                let out = self.pruned.contains(&key.id) || self.pruned.contains(&value.id);
                out && closest(&key.shown(), [name]).is_some()
            });
            fault.0.text = String::new();
        }
        fault.at(self.node)
    }

    /// Returns a scalar that is no text: one without quotes.
    fn plain(self, what: &str) -> Result<&'a str, Fault> {
        if let Body::Scalar { quoted: true, .. } = self.node.body {
            let fault = Fault::new(format!("expected {what}, found a text"), "take the quotes out");
            return Err(fault.at(self.node));
        }
        self.scalar(what)
    }

    fn number<T: std::str::FromStr>(self) -> Result<T, Fault> {
        let text = self.plain("a whole number")?;
        text.parse().map_err(|_| Fault::new("expected a whole number", "").at(self.node))
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            visitor.$visit(self.number()?).map_err(|fault: Fault| fault.at(self.node))
        }
    )*};
}

impl<'de> Deserializer<'de> for De<'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.node.body {
            Body::Nothing => Err(self.expected("a value")),
            Body::Scalar { text, .. } => visitor.visit_str(text),
            Body::List(_) => visitor.visit_seq(self.items("a list")?),
            Body::Map(_) => visitor.visit_map(self.entries("a map")?),
        }
        .map_err(|fault| self.settle(fault))
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_str(self.scalar("a text")?).map_err(|fault: Fault| fault.at(self.node))
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.plain("`true` or `false`")? {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            _ => Err(Fault::new("expected `true` or `false`", "").at(self.node)),
        }
    }

    numbers! {
        deserialize_u8 visit_u8 deserialize_u16 visit_u16 deserialize_u32 visit_u32
        deserialize_u64 visit_u64 deserialize_i8 visit_i8 deserialize_i16 visit_i16
        deserialize_i32 visit_i32 deserialize_i64 visit_i64
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.node.body {
            Body::Nothing => {
                Err(Fault::new("nothing is written here", "write a value, or take the key out")
                    .at(self.node))
            }
            Body::Scalar { .. } | Body::List(_) | Body::Map(_) => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let many = matches!(self.node.body, Body::List(_));
        let read = match name {
            AT => visitor.visit_seq(Position { de: self, part: 0 }),
            ONE_OR_MANY if many => visitor.visit_seq(self.items("a list")?),
            ONE_OR_MANY => visitor.visit_seq(One(Some(self))),
            SHORT if matches!(self.node.body, Body::Scalar { .. }) => {
                visitor.visit_newtype_struct(self)
            }
            SHORT => visitor.visit_some(self),
            _ => visitor.visit_newtype_struct(self),
        };
        read.map_err(|fault| fault.at(self.node))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_seq(self.items("a list")?).map_err(|fault| fault.at(self.node))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_map(self.entries("a map")?).map_err(|fault| self.settle(fault))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let read = match &self.node.body {
            Body::Scalar { text, .. } => visitor.visit_enum(text.as_str().into_deserializer()),
            Body::Map(entries) if let [(key, value)] = entries.as_slice() => {
                visitor.visit_enum(Variant { de: self, key, value })
            }
            Body::Nothing | Body::List(_) | Body::Map(_) => {
                return Err(self.expected(&format!("exactly one of {}", known.join(", "))));
            }
        };
        read.map_err(|fault| fault.at(self.node))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        i128 u128 f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct
    }
}

struct Items<'a> {
    de: De<'a>,
    rest: std::slice::Iter<'a, Node>,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Fault;
    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        let item = self.rest.find(|node| !self.de.pruned.contains(&node.id));
        let Some(item) = item else { return Ok(None) };
        seed.deserialize(self.de.on(item)).map(Some).map_err(|fault| fault.at(item))
    }
}

struct One<'a>(Option<De<'a>>);

impl<'de> SeqAccess<'de> for One<'de> {
    type Error = Fault;
    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        self.0.take().map(|de| seed.deserialize(de)).transpose()
    }
}

/// The four parts of an `At`.
struct Position<'a> {
    de: De<'a>,
    part: u8,
}

impl<'de> SeqAccess<'de> for Position<'de> {
    type Error = Fault;
    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        let node = self.de.node;
        self.part += 1;
        match self.part {
            1 => seed.deserialize(node.line.into_deserializer()),
            2 => seed.deserialize(node.column.into_deserializer()),
            3 => seed.deserialize(node.shown().into_deserializer()),
            _ => seed.deserialize(self.de),
        }
        .map(Some)
    }
}

struct Entries<'a> {
    de: De<'a>,
    rest: std::slice::Iter<'a, (Node, Node)>,
    value: Option<&'a Node>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Fault;
    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        let pruned = self.de.pruned;
        let entry = self.rest.find(|(k, v)| !pruned.contains(&k.id) && !pruned.contains(&v.id));
        let Some((key, value)) = entry else { return Ok(None) };
        self.value = Some(value);
        seed.deserialize(self.de.on(key)).map(Some).map_err(|fault| fault.at(key))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let value = self.value.take().ok_or_else(|| Fault::custom("a key without a value"))?;
        seed.deserialize(self.de.on(value)).map_err(|fault| fault.at(value))
    }
}

/// `name: { … }`, where the name says which variant.
struct Variant<'a> {
    de: De<'a>,
    key: &'a Node,
    value: &'a Node,
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Fault;
    type Variant = De<'de>;
    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, De<'de>), Fault> {
        let whole = self.de.node.id;
        let name = seed.deserialize(self.de.on(self.key)).map_err(|fault| {
            let mut fault = fault.at(self.key);
            fault.0.prune = Some(whole);
            fault
        })?;
        if self.de.pruned.contains(&self.value.id) {
            let mut fault = Fault::new("no usable value", "").at(self.de.node);
            fault.0.consequence = true;
            return Err(fault);
        }
        Ok((name, self.de.on(self.value)))
    }
}

impl<'de> VariantAccess<'de> for De<'de> {
    type Error = Fault;
    fn unit_variant(self) -> Result<(), Fault> {
        Err(Fault::new("this word stands alone", "take the map out").at(self.node))
    }
    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Fault> {
        seed.deserialize(self).map_err(|fault| fault.at(self.node))
    }
    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_seq(visitor)
    }
    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_map(visitor)
    }
}
