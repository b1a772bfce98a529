//! What a policy looks at, found by walking its expressions.

use std::collections::BTreeSet;

use cedar_policy::Policy;
use serde_json::Map;
use serde_json::Value;

use super::schema::CONTEXT;

/// The parts of a question that some policy reads, besides principal, action, class and route.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is one attribute, on its own")]
pub(super) struct Reads {
    /// `resource.subject_is_principal`
    pub(super) own: bool,
    /// `resource.on_hold`, of what is kept about a person
    pub(super) on_hold: bool,
    /// Some policy reads `resource.name`.
    pub(super) name: bool,
    /// Some policy reads `resource.consents`.
    pub(super) consents: bool,
    /// Some policy reads `context.purpose`.
    pub(super) purpose: bool,
    /// `context.time`, to the second
    pub(super) time: bool,
    /// Some policy reads `context.hour`.
    pub(super) hour: bool,
    /// Some policy reads `context.weekday`.
    pub(super) weekday: bool,
    /// Some policy reads `context.source`.
    pub(super) source: bool,
    /// Some policy reads `context.method`.
    pub(super) method: bool,
}

/// Something a policy must not do, although Cedar's validator allows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Misuse {
    /// `context` that is not followed by the name of an attribute.
    Whole,
    /// `… has …`: no attribute is optional, so it is a constant, and would be taken for "was given".
    Has,
}

impl Reads {
    /// Adds what this policy reads; gives what it must not do.
    ///
    /// The walk goes through Cedar's JSON form of a policy
    /// (<https://docs.cedarpolicy.com/policies/json-format.html>), where attribute access is
    /// `{".": {"left": …, "attr": …}}`. Whatever else a node is, all of its children are visited, so
    /// an operator that Cedar adds later cannot hide a read.
    pub(super) fn add(&mut self, policy: &Policy) -> BTreeSet<Misuse> {
        let mut misuses = BTreeSet::new();
        let tree = policy.to_json().ok();
        match tree.as_ref().and_then(|tree| tree.get("conditions")) {
            Some(conditions) => self.walk(conditions, &mut misuses),
            // Never seen; but what cannot be walked is not loaded.
            None => drop(misuses.insert(Misuse::Whole)),
        }
        misuses
    }

    /// Returns what an expression in Cedar's JSON form reads.
    pub(super) fn of(expression: &Value) -> Self {
        let mut reads = Self::default();
        reads.walk(expression, &mut BTreeSet::new());
        reads
    }

    /// Returns whether anything of the context is read.
    pub(super) fn reads_context(self) -> bool {
        let Self { own, on_hold, name, consents, .. } = self;
        self != Self { own, on_hold, name, consents, ..Self::default() }
    }

    fn walk(&mut self, node: &Value, misuses: &mut BTreeSet<Misuse>) {
        match node {
            Value::Object(fields) => self.operation(fields, misuses),
            Value::Array(children) => children.iter().for_each(|child| self.walk(child, misuses)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => (),
        }
    }

    fn operation(&mut self, fields: &Map<String, Value>, misuses: &mut BTreeSet<Misuse>) {
        if let Some(Value::Object(members)) = fields.get("Record") {
            // The names in a record literal are the policy's own: they are not operators.
            return members.values().for_each(|child| self.walk(child, misuses));
        }
        if fields.get("Var").and_then(Value::as_str) == Some("context") {
            misuses.insert(Misuse::Whole);
        }
        if fields.contains_key("has") {
            misuses.insert(Misuse::Has);
        }
        if let Some((left, attribute)) = access(fields) {
            return self.attribute(left, attribute, misuses);
        }
        fields.values().for_each(|child| self.walk(child, misuses));
    }

    fn attribute(&mut self, left: &Value, attribute: &str, misuses: &mut BTreeSet<Misuse>) {
        // No other entity has an attribute of these names, so it is the resource's, however the policy
        // came by it. A record of the policy's own may have one, which then counts as read, too.
        match attribute {
            "subject_is_principal" => self.own = true,
            "on_hold" => self.on_hold = true,
            "name" => self.name = true,
            "consents" => self.consents = true,
            _ => {}
        }
        if !is_context(left) {
            return self.walk(left, misuses);
        }
        match attribute {
            "purpose" => self.purpose = true,
            "time" => self.time = true,
            "hour" => self.hour = true,
            "weekday" => self.weekday = true,
            "source" => self.source = true,
            "method" => self.method = true,
            // The validator refuses it; if it did not, evaluation would fail, and that denies.
            _ => debug_assert!(!CONTEXT.contains(&attribute), "{attribute} is not walked"),
        }
    }
}

/// Whether a node is the variable `context`.
fn is_context(node: &Value) -> bool {
    node.get("Var").and_then(Value::as_str) == Some("context")
}

/// Gives both sides of an attribute access.
fn access(fields: &Map<String, Value>) -> Option<(&Value, &str)> {
    let operands = fields.get(".")?;
    Some((operands.get("left")?, operands.get("attr")?.as_str()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(condition: &str) -> (Reads, BTreeSet<Misuse>) {
        let text = format!("permit (principal, action, resource) when {{ {condition} }};");
        let mut reads = Reads::default();
        let misuses = reads.add(&Policy::parse(None, text).unwrap());
        (reads, misuses)
    }

    #[test]
    fn finds_attributes_however_they_are_written() {
        let (found, misuses) = reads(
            "if context[\"purpose\"] == \"x\" then [context.hour].contains(3) else \
             {a: resource}.a.subject_is_principal && !(context.source.isLoopback())",
        );
        let wanted =
            Reads { own: true, purpose: true, hour: true, source: true, ..Reads::default() };
        assert_eq!((found, misuses), (wanted, BTreeSet::new()));
    }

    #[test]
    fn finds_time_below_its_methods_and_method_below_like() {
        let (found, _) =
            reads("context.time.toTime() < duration(\"8h\") || context.method like \"P*\"");
        assert_eq!(found, Reads { time: true, method: true, ..Reads::default() });
    }

    #[test]
    fn does_not_let_the_whole_context_out() {
        for condition in [
            "context == context",
            "{a: context}.a.purpose == \"x\"",
            "{\"Var\": context}.Var.hour > 1",
        ] {
            assert_eq!(reads(condition).1, BTreeSet::from([Misuse::Whole]), "{condition}");
        }
    }

    #[test]
    fn refuses_has_but_not_a_record_with_that_name() {
        assert!(reads("context has purpose").1.contains(&Misuse::Has));
        assert!(reads("resource has subject_is_principal").1.contains(&Misuse::Has));
        assert!(reads("{\"has\": 1, Var: \"context\"}[\"has\"] == 1").1.is_empty());
    }

    #[test]
    fn is_not_taken_in_by_words_inside_texts() {
        let (found, misuses) = reads("context.purpose == \"context.time\"");
        assert_eq!(found, Reads { purpose: true, ..Reads::default() });
        assert!(misuses.is_empty());
    }
}
