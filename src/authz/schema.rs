//! The words a policy may use, generated from the rule files.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt::Write as _;

use cedar_policy::Schema;

use crate::base::DataClass;
use crate::base::RouteId;

/// What the rule files declare, as far as policies may name it.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    /// The classes of data, each with the groups of classes it is in.
    pub classes: Vec<(DataClass, Vec<String>)>,
    /// The routes that policies may name.
    pub routes: Vec<RouteId>,
}

/// The attributes of `context`. All of them are always there.
pub(super) const CONTEXT: [&str; 6] = ["purpose", "time", "hour", "weekday", "source", "method"];

/// Actions that policies may name but nobody asks for yet.
pub(super) const LATER: [&str; 3] = ["export", "erase", "administer"];

/// Everything that policies are checked against.
pub(super) struct Words {
    /// For Cedar's validator.
    pub(super) schema: Schema,
    /// The text it was made from; part of the hash of a set.
    pub(super) text: String,
    /// Class → the names under which policies reach it: its own and its groups'.
    pub(super) classes: BTreeMap<DataClass, BTreeSet<String>>,
    /// The names of all routes.
    pub(super) routes: BTreeSet<RouteId>,
}

impl Words {
    /// Gives the words of this vocabulary; `None` only if Cedar refuses the generated schema.
    pub(super) fn new(vocabulary: &Vocabulary) -> Option<Self> {
        let mut classes = BTreeMap::<DataClass, BTreeSet<String>>::new();
        for (class, groups) in &vocabulary.classes {
            let names = classes.entry(class.clone()).or_default();
            names.insert(class.as_str().to_owned());
            names.extend(groups.iter().cloned());
        }
        let routes: BTreeSet<_> = vocabulary.routes.iter().cloned().collect();
        let text = text(&classes, &routes);
        let (schema, _warnings) = Schema::from_cedarschema_str(&text).ok()?;
        Some(Self { schema, text, classes, routes })
    }

    /// Every name that `Class::"…"` may have, sorted.
    pub(super) fn class_names(&self) -> BTreeSet<&str> {
        self.classes.values().flatten().map(String::as_str).collect()
    }
}

/// Writes the schema. Classes and routes are enumerated entities, so the validator knows every name.
fn text(classes: &BTreeMap<DataClass, BTreeSet<String>>, routes: &BTreeSet<RouteId>) -> String {
    let class_names: BTreeSet<_> = classes.values().flatten().map(String::as_str).collect();
    let route_names: BTreeSet<_> = routes.iter().map(RouteId::as_str).collect();
    let mut text = String::from(
        "entity Group;
entity User, Service, Anonymous in [Group] tags Set<String>;
entity Data in [Class, Route] = { subject_is_principal: Bool };
",
    );
    enumerate(&mut text, "Class", &class_names);
    enumerate(&mut text, "Route", &route_names);
    text.push_str(
        "action reveal, mask, submit, export, erase, administer appliesTo {
  principal: [User, Service, Anonymous],
  resource: [Data],
  context: {
    purpose: String, time: datetime, hour: Long, weekday: Long, source: ipaddr, method: String
  }
};
",
    );
    text
}

/// Writes one enumerated entity type. Cedar wants at least one name; nothing is ever called "".
fn enumerate(text: &mut String, kind: &str, names: &BTreeSet<&str>) {
    let quoted: Vec<_> = names.iter().map(|name| format!("{name:?}")).collect();
    let list = if quoted.is_empty() { String::from("\"\"") } else { quoted.join(", ") };
    // Writing to a string cannot fail.
    writeln!(text, "entity {kind} enum [{list}];").unwrap_or_default();
}
