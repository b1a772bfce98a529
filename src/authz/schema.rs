//! The words a policy may use, generated from the rule files.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt::Write as _;

use cedar_policy::Schema;

use super::Action;
use super::HoldingAction;
use crate::base::DataClass;
use crate::base::HoldingKind;
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
entity Holding in [Kind] = {
  subject_is_principal: Bool, on_hold: Bool, name: String, consents: Set<String>
};
",
    );
    enumerate(&mut text, "Class", &class_names);
    enumerate(&mut text, "Route", &route_names);
    enumerate(&mut text, "Kind", &HoldingKind::ALL.iter().map(|kind| kind.as_str()).collect());
    actions(&mut text, &Action::ALL.map(Action::as_str), "Data");
    actions(&mut text, &HoldingAction::ALL.map(HoldingAction::as_str), "Holding");
    text
}

/// Writes the actions on one type of resource.
fn actions(text: &mut String, names: &[&str], resource: &str) {
    let names = names.join(", ");
    // Writing to a string cannot fail.
    writeln!(
        text,
        "action {names} appliesTo {{
  principal: [User, Service, Anonymous],
  resource: [{resource}],
  context: {{
    purpose: String, time: datetime, hour: Long, weekday: Long, source: ipaddr, method: String
  }}
}};"
    )
    .unwrap_or_default();
}

/// Writes one enumerated entity type. Cedar wants at least one name; nothing is ever called "".
fn enumerate(text: &mut String, kind: &str, names: &BTreeSet<&str>) {
    let quoted: Vec<_> = names.iter().map(|name| format!("{name:?}")).collect();
    let list = if quoted.is_empty() { String::from("\"\"") } else { quoted.join(", ") };
    // Writing to a string cannot fail.
    writeln!(text, "entity {kind} enum [{list}];").unwrap_or_default();
}
