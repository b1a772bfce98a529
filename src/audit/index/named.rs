//! What a line names: the references in it.

use std::borrow::Cow;
use std::fmt;

use memchr::memmem;
use serde::Deserialize;
use serde::Deserializer;
use serde::de::Error;
use serde::de::Visitor;

use crate::audit::words::Reference;

/// The fields of a line that the index takes in.
#[derive(Deserialize)]
pub(super) struct Named<'a> {
    #[serde(borrow)]
    pub(super) time: Cow<'a, str>,
    #[serde(default)]
    items: Vec<NamedItem>,
    subject: Option<HexReference>,
}

#[derive(Deserialize)]
struct NamedItem {
    #[serde(default)]
    refs: Vec<HexReference>,
}

impl<'a> Named<'a> {
    /// Reads a line; none when it names nothing.
    pub(super) fn parse(line: &'a [u8]) -> Option<Self> {
        let names = memmem::find(line, br#""refs":["#).is_some()
            || memmem::find(line, br#""subject":""#).is_some();
        names.then(|| serde_json::from_slice(line).ok()).flatten()
    }

    pub(super) fn references(&self) -> impl Iterator<Item = Reference> {
        let refs = self.items.iter().flat_map(|item| &item.refs);
        refs.chain(&self.subject).map(|reference| reference.0)
    }
}

/// A reference as lines spell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::audit) struct HexReference(pub(in crate::audit) Reference);

impl<'de> Deserialize<'de> for HexReference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Hex;
        impl Visitor<'_> for Hex {
            type Value = HexReference;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("32 hexadecimal digits")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                let parsed = Reference::parse(text).map(HexReference);
                parsed.ok_or_else(|| E::custom("not a reference"))
            }
        }
        deserializer.deserialize_str(Hex)
    }
}
