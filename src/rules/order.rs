//! Which of two selectors is the more specific, and when two of them are the same.
//!
//! Works on the text of selectors that have been accepted by [`Selector::parse`](crate::document::Selector),
//! so it need not be right about any other text.

use std::cmp::Ordering;
use std::cmp::Reverse;

/// One step of a selector.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    descends: bool,
    picks: Vec<String>,
    weight: u8,
}

/// A selector taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shape {
    steps: Vec<Step>,
}

impl Shape {
    /// Takes a selector apart.
    pub(super) fn of(selector: &str) -> Self {
        let mut steps = Vec::new();
        let mut rest = selector.trim_start_matches('$').trim_start();
        while !rest.is_empty() {
            let (step, after) = step(rest);
            steps.push(step);
            rest = after.trim_start();
        }
        Self { steps }
    }

    /// The selector in one spelling: two that are equal select the same places.
    pub(super) fn normal(&self) -> String {
        let mut text = String::from("$");
        for step in &self.steps {
            text.push_str(if step.descends { "..[" } else { "[" });
            text.push_str(&step.picks.join(","));
            text.push(']');
        }
        text
    }

    /// Puts the more specific first: one without `..`, then the longer one, then step by step from the
    /// left one without `..`, a name or an index, several of them, a slice or a filter, everything; then by spelling.
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        let descends = |shape: &Self| shape.steps.iter().filter(|step| step.descends).count();
        let weights =
            |shape: &Self| shape.steps.iter().map(|s| (s.descends, s.weight)).collect::<Vec<_>>();
        let key = |shape: &Self| {
            (descends(shape), Reverse(shape.steps.len()), weights(shape), shape.normal())
        };
        key(self).cmp(&key(other))
    }
}

fn step(text: &str) -> (Step, &str) {
    let (descends, rest) = match text.strip_prefix("..") {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('.').unwrap_or(text)),
    };
    let rest = rest.trim_start();
    if let Some(inner) = rest.strip_prefix('[') {
        let (picks, after) = bracket(inner);
        let weight = weight(&picks);
        return (Step { descends, picks, weight }, after);
    }
    let end = rest.find(['.', '[', ' ', '\t', '\n', '\r']).filter(|end| *end > 0);
    let (name, after) = rest.split_at_checked(end.unwrap_or(rest.len())).unwrap_or((rest, ""));
    let pick = if name == "*" { String::from("*") } else { quote(name) };
    let weight = u8::from(name == "*") * 3;
    (Step { descends, picks: vec![pick], weight }, after)
}

/// The selectors between brackets, each in one spelling, and what follows the bracket.
fn bracket(text: &str) -> (Vec<String>, &str) {
    let mut picks = Vec::new();
    let mut pick = String::new();
    let mut depth = 0_u32;
    let mut quoted = None;
    let mut letters = text.char_indices();
    while let Some((index, letter)) = letters.next() {
        match (quoted, letter) {
            (Some(_), '\\') => {
                pick.push(letter);
                pick.extend(letters.next().map(|(_, letter)| letter));
                continue;
            }
            (Some(mark), _) if mark == letter => quoted = None,
            (None, '\'' | '"') => quoted = Some(letter),
            (None, '[' | '(') => depth += 1,
            (None, ']') if depth == 0 => {
                picks.push(spelling(pick.trim()));
                picks.sort();
                return (picks, text.get(index + 1..).unwrap_or_default());
            }
            (None, ']' | ')') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                picks.push(spelling(pick.trim()));
                pick.clear();
                continue;
            }
            (Some(_) | None, _) => {}
        }
        pick.push(letter);
    }
    (picks, "")
}

fn weight(picks: &[String]) -> u8 {
    match picks {
        picks if picks.iter().any(|pick| pick == "*") => 3,
        picks if picks.iter().any(|pick| pick.starts_with('?') || is_slice(pick)) => 2,
        [_] => 0,
        _ => 1,
    }
}

fn is_slice(pick: &str) -> bool {
    !pick.starts_with('"') && pick.contains(':')
}

/// One pick in one spelling: names as JSON strings, numbers and filters without white space.
fn spelling(pick: &str) -> String {
    if let Some(inner) = pick.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        // RFC 9535, section 2.3.1.1: single quotes escape `'` and leave `"` bare.
        let json = format!("\"{}\"", inner.replace("\\'", "'").replace('"', "\\\""));
        return requote(&json.replace("\\\\\"", "\\\""));
    }
    if pick.starts_with('"') {
        return requote(pick);
    }
    if pick.starts_with('?') { String::from(pick) } else { pick.replace(char::is_whitespace, "") }
}

fn requote(json: &str) -> String {
    let name: Option<String> = serde_json::from_str(json).ok();
    name.map_or_else(|| String::from(json), |name| quote(&name))
}

fn quote(name: &str) -> String {
    serde_json::to_string(name).unwrap_or_else(|_| String::from(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_selector_are_equal() {
        for (one, other) in [
            ("$.email", "$['email']"),
            ("$.email", "$[\"email\"]"),
            ("$.email", "$ [ 'em\\u0061il' ]"),
            ("$.a['b','c'].d", "$['a'][\"c\", \"b\"]['d']"),
            ("$..email", "$..['email']"),
            ("$.*", "$[*]"),
            ("$[ 1 : 3 ]", "$[1:3]"),
            ("$['it\\'s \"x\"']", "$[\"it's \\\"x\\\"\"]"),
        ] {
            assert_eq!(Shape::of(one).normal(), Shape::of(other).normal(), "{one} {other}");
        }
        for (one, other) in
            [("$.a.b", "$['a.b']"), ("$..a", "$.a"), ("$['*']", "$[*]"), ("$['1']", "$[1]")]
        {
            assert_ne!(Shape::of(one).normal(), Shape::of(other).normal(), "{one} {other}");
        }
    }

    #[test]
    fn the_more_specific_comes_first() {
        let ordered = [
            "$.a.b.c",
            "$.a.b[?@.x == '],']",
            "$.a.b",
            "$.a['b','c']",
            "$.a[*]",
            "$.*.a",
            "$.a",
            "$.a..b",
            "$..b.c",
            "$..b",
            "$..*",
            "$..a..b",
        ];
        let mut sorted = ordered;
        sorted.reverse();
        sorted.sort_by(|one, other| Shape::of(one).compare(&Shape::of(other)));
        assert_eq!(sorted, ordered);
    }
}
