//! `docs/config.md` and `docs/config.schema.json`, made from the types and their comments.

use std::fmt::Write as _;

use serde_json::Map;
use serde_json::Value;

use crate::config::file::ConfigFile;

/// Gives the JSON Schema as the text of `docs/config.schema.json`.
pub fn json_schema() -> String {
    let schema = schemars::schema_for!(ConfigFile);
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

/// Gives the table of all settings that closes `docs/config.md`.
pub fn reference() -> String {
    let schema = schemars::schema_for!(ConfigFile).to_value();
    let empty = Map::new();
    let definitions = schema.get("$defs").and_then(Value::as_object).unwrap_or(&empty);
    let mut out = String::from("| key | must be there | meaning |\n|---|---|---|\n");
    Reference { definitions, out: &mut out, must: "yes" }.object("", &schema, 0);
    out
}

struct Reference<'a> {
    definitions: &'a Map<String, Value>,
    out: &'a mut String,
    /// What stands for a key that must be there: `yes`, or `one of` where it is one of several forms.
    must: &'static str,
}

impl Reference<'_> {
    fn object(&mut self, prefix: &str, schema: &Value, depth: usize) {
        let required = schema.get("required").and_then(Value::as_array);
        let word = std::mem::replace(&mut self.must, "yes");
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
        for (key, value) in properties {
            let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
            let must = required.is_some_and(|list| list.iter().any(|name| name == key));
            let must = if must { word } else { "" };
            let text = description(value);
            let text = if text.is_empty() { description(self.target(value)) } else { text };
            // Writing to a string cannot fail.
            let _written =
                writeln!(self.out, "| `{path}` | {must} | {} |", text.replace('\n', " "));
            if depth < 6 {
                self.inside(&path, value, depth + 1);
            }
        }
    }

    /// Goes into whatever object a value may be: behind a reference, in a list, as one of several forms.
    fn inside(&mut self, path: &str, value: &Value, depth: usize) {
        let target = self.target(value).clone();
        if target.get("properties").is_some() {
            return self.object(path, &target, depth);
        }
        if let Some(more) = target.get("additionalProperties").filter(|more| more.is_object()) {
            return self.inside(&format!("{path}.NAME"), more, depth);
        }
        if let Some(items) = target.get("items") {
            let path = if path.ends_with("[]") { path.to_owned() } else { format!("{path}[]") };
            return self.inside(&path, items, depth);
        }
        let forms = ["anyOf", "oneOf"].into_iter().find_map(|key| target.get(key)?.as_array());
        let Some(forms) = forms else { return };
        let mut seen = Vec::new();
        for form in forms {
            let form = self.target(form).clone();
            // One or many: the list says nothing that the single form did not say.
            let many = form.get("items").is_some() && forms.len() > 1;
            if !many && !seen.contains(&form) {
                self.must = if target.get("oneOf").is_some() { "one of" } else { "yes" };
                self.inside(path, &form, depth);
                seen.push(form);
            }
        }
    }

    fn target<'v>(&'v self, value: &'v Value) -> &'v Value {
        let name = value.get("$ref").and_then(Value::as_str);
        let name = name.and_then(|text| text.rsplit('/').next());
        name.and_then(|name| self.definitions.get(name)).unwrap_or(value)
    }
}

fn description(value: &Value) -> &str {
    value.get("description").and_then(Value::as_str).unwrap_or_default()
}
