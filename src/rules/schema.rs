//! The JSON Schema of a rule file, for editors and reviewers: `rules/schema.json`.

use crate::rules::file::RuleFile;

/// Gives the schema as the text of `rules/schema.json`.
pub fn schema() -> String {
    let schema = schemars::schema_for!(RuleFile);
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}
