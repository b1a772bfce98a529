//! Imports point down: a module names only modules of lower layers.

use super::Finding;
use super::enforce;
use super::lines_found;
use super::source::Source;
use super::source::read;

/// Low to high. Modules of one layer do not know each other.
const LAYERS: &[&[&str]] = &[
    &["base"],
    &["document", "coding", "crypto", "telemetry", "yaml", "pages"],
    &["token", "authz"],
    &["rules"],
    &["net"],
    &["keys", "vault", "audit", "authn"],
    &["engine"],
    &["proxy", "admin", "subject"],
    &["config", "people"],
    &["gateway"],
    &["demo"],
    &["cli"],
];

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|modules| modules.contains(&module))
}

/// The names that follow `crate::` in a line; `{` when a brace does.
fn crate_paths(line: &str) -> impl Iterator<Item = &str> {
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices("crate::").filter_map(move |(start, found)| {
        let (before, rest) = line.split_at(start);
        let rest = rest.strip_prefix(found)?;
        if before.ends_with(in_word) {
            return None;
        }
        let name = rest.split(|c: char| !in_word(c)).next()?;
        Some(if rest.starts_with('{') { "{" } else { name })
    })
}

/// Only lower layers are named, one module a line.
fn imports_point_down(source: &Source) -> Vec<Finding> {
    let Some(module) = source.module() else { return Vec::new() };
    let Some(own) = layer(module) else {
        let message = format!(
            "module `{module}` has no layer; add it to LAYERS in tests/it/architecture/layers.rs"
        );
        return vec![source.finding(1, message)];
    };
    let mut findings = Vec::new();
    for (number, line) in source.lines() {
        for name in crate_paths(line) {
            let message = match layer(name) {
                _ if name == module => continue,
                _ if name == "{" => {
                    "`crate::{…}` hides modules; write one `use crate::x::Y;` a line".to_owned()
                }
                None => format!("`crate::{name}` is no module; name the module that owns it"),
                Some(other) if other < own => continue,
                Some(other) if other == own => format!(
                    "`{module}` and `{name}` share a layer; move what both need into a lower one"
                ),
                Some(_) => format!(
                    "`{module}` lies below `{name}`; pass the value in, or move the code up"
                ),
            };
            findings.push(source.finding(number, message));
        }
    }
    findings
}

/// Nobody reaches over the head of its parent module.
fn climbs_one_level(source: &Source) -> Vec<Finding> {
    source
        .lines()
        .filter(|(_, line)| line.contains("super::super"))
        .map(|(number, _)| {
            source.finding(number, "`super::super`: write `use crate::x::y::Z;` instead")
        })
        .collect()
}

/// The application of the demo knows nothing of the gateway.
fn shop_stands_alone(source: &Source) -> Vec<Finding> {
    if !source.file.starts_with("src/demo/shop") {
        return Vec::new();
    }
    let is_top = source.file == "src/demo/shop.rs" || source.file == "src/demo/shop/mod.rs";
    source
        .product_lines()
        .filter(|(_, line)| {
            let ours = line.replace("crate::demo::shop", "");
            ours.contains("crate::") || (is_top && ours.contains("super::"))
        })
        .map(|(number, _)| {
            source.finding(number, "the shop never heard of us; take the import out")
        })
        .collect()
}

#[test]
fn imports_point_to_lower_layers() {
    enforce(&read(&["src"]), imports_point_down);
}

#[test]
fn imports_climb_one_level_at_most() {
    enforce(&read(&["src", "tests", "benches"]), climbs_one_level);
}

#[test]
fn the_shop_of_the_demo_imports_nothing_of_ours() {
    let sources = read(&["src"]);
    assert!(sources.iter().any(|source| source.file.starts_with("src/demo/shop")));
    enforce(&sources, shop_stands_alone);
}

#[test]
fn lib_lists_the_modules_in_layer_order() {
    let lib = include_str!("../../../src/lib.rs");
    let listed: Vec<&str> =
        lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let layers: Vec<usize> = listed
        .iter()
        .map(|module| layer(module).unwrap_or_else(|| panic!("src/lib.rs: {module} has no layer")))
        .collect();
    assert!(layers.is_sorted(), "src/lib.rs: put the modules in layer order: {listed:?}");
}

#[test]
fn a_planted_import_upwards_is_found() {
    let text = "use crate::base::Span;\nuse crate::proxy::Rejection;\nlet x = crate::authz::f();\n";
    assert_eq!(lines_found("src/token/text.rs", text, imports_point_down), [2, 3]);
    assert_eq!(
        lines_found("src/token/text.rs", "use crate::{base, net};", imports_point_down),
        [1]
    );
    assert_eq!(lines_found("src/stray/mod.rs", "", imports_point_down), [1]);
    assert_eq!(lines_found("src/base/a.rs", "\nuse super::super::X;", climbs_one_level), [2]);
    assert_eq!(lines_found("src/demo/shop.rs", "use crate::base::Span;", shop_stands_alone), [1]);
    assert!(lines_found("src/token/a.rs", "// use crate::cli::X;", imports_point_down).is_empty());
}
