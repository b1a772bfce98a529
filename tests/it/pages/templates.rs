//! What no template may say, read from the templates as text.

use std::fs;
use std::path::Path;

/// All templates: name and text.
fn templates() -> Vec<(String, String)> {
    fn collect(folder: &Path, all: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, all);
            } else {
                all.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut all = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pages/templates"), &mut all);
    assert!(all.len() > 5, "no templates found");
    all
}

/// What may be written into a URL: paths, which hold random names alone, anchors, and the names of assets.
const URLS: &[&str] = &["frame.style()", "frame.script()", "language.query()"];

/// The values of an attribute in a text.
fn values<'a>(text: &'a str, attribute: &str) -> Vec<&'a str> {
    let opening = format!(" {attribute}=\"");
    text.split(opening.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// The expressions that are written in a piece of a template.
fn expressions(text: &str) -> Vec<&str> {
    text.split("{{").skip(1).filter_map(|rest| rest.split("}}").next()).map(str::trim).collect()
}

fn faults(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let lower = text.to_ascii_lowercase();
    // Only an escaped value is harmless wherever it stands.
    for word in ["|safe", "| safe", "|escape", "| escape", "{% filter", "{%- filter", "urlencode"] {
        if lower.contains(word) {
            found.push(format!("`{word}`"));
        }
    }
    for word in [
        "<style",
        " style=",
        "javascript:",
        "srcdoc",
        "<iframe",
        "<object",
        "<embed",
        "<base",
        "http-equiv",
    ] {
        if lower.contains(word) {
            found.push(format!("`{word}`"));
        }
    }
    for script in lower.split("<script").skip(1) {
        let between = script.split("</script>").next().unwrap_or_default();
        if !between.ends_with('>') || !between.contains(" src=\"{{ frame.script() }}\"") {
            found.push("a script that is not the file".to_owned());
        }
    }
    for word in lower.split_whitespace() {
        let handler = word.strip_prefix("on").and_then(|rest| rest.split_once('='));
        if handler.is_some_and(|(name, _)| name.bytes().all(|byte| byte.is_ascii_lowercase())) {
            found.push(format!("`{word}`"));
        }
    }
    for attribute in ["href", "src", "action", "formaction", "poster", "cite", "ping"] {
        for value in values(text, attribute) {
            for expression in expressions(value) {
                let is_path =
                    expression.starts_with("Path::") || expression.starts_with("Anchor::at(");
                if !is_path && !URLS.contains(&expression) {
                    found.push(format!("{attribute}={value}"));
                }
            }
        }
    }
    // Without quotes an attribute ends at a space of its value.
    for piece in text.split("={{").skip(1) {
        found.push(format!(
            "a value without quotes: {}",
            piece.chars().take(20).collect::<String>()
        ));
    }
    if text.matches("method=\"post\"").count() != text.matches("m::csrf(frame)").count() {
        found.push("a form without its token".to_owned());
    }
    if text.matches("<form ").count()
        != text.matches("method=\"post\"").count() + text.matches("method=\"get\"").count()
    {
        found.push("a form without a method".to_owned());
    }
    found
}

#[test]
fn no_template_has_what_could_execute_or_leave() {
    let mut all = Vec::new();
    for (name, text) in templates() {
        all.extend(faults(&text).into_iter().map(|fault| format!("{name}: {fault}")));
    }
    assert!(all.is_empty(), "{all:#?}");
}

#[test]
fn planted_faults_are_found() {
    for planted in [
        "{{ name|safe }}",
        "<p style=\"x\">",
        "<style>",
        "<p onclick=\"x()\">",
        "<script>x()</script>",
        "<script src=\"/other.js\"></script>",
        "<a href=\"/me/{{ name }}\">",
        "<a href=\"{{ name }}\">",
        "<p title={{ name }}>",
        "<form method=\"post\"></form>",
        "<form action=\"/x\"></form>",
    ] {
        assert_eq!(faults(planted).len(), 1, "{planted}: {:?}", faults(planted));
    }
    assert!(faults("<a href=\"{{ Path::to(onward) }}\"><p class=\"on\">").is_empty());
}

#[test]
fn escaping_is_left_to_the_templates() {
    fn collect(folder: &Path, all: &mut String) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, all);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                all.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }
    let mut all = String::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pages"), &mut all);
    for word in ["HtmlSafe", "Safe(", "escape = \"none\"", "ext = \"txt\"", "source ="] {
        assert!(!all.contains(word), "{word}");
    }
}
