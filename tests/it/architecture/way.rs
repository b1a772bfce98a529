//! The way of one field, as `ARCHITECTURE.md` tells it, is the way that the code goes.

use std::path::Path;

/// Modules that a reader goes through, at most.
const MOST: usize = 8;

/// The modules of the list, in its order.
fn way() -> Vec<&'static str> {
    let text = include_str!("../../../ARCHITECTURE.md");
    let (_, list) = text.split_once("To follow one field").expect("the way is told");
    let (_, list) = list.split_once("\n\n").expect("a list follows");
    let (list, _) = list.split_once("\n\n").expect("the list ends");
    let steps = list.lines().filter(|line| !line.starts_with(' '));
    steps.map(|step| step.split('`').nth(1).expect("a step names its module")).collect()
}

/// Whether these calls stand in a file in this order.
fn calls_in_order(file: &str, calls: &[&str]) -> bool {
    let text = std::fs::read_to_string(file).unwrap();
    let mut rest = text.as_str();
    calls.iter().all(|call| {
        let found = rest.split_once(call);
        rest = found.map_or("", |(_, behind)| behind);
        found.is_some()
    })
}

#[test]
fn a_field_goes_through_few_modules_that_exist() {
    let way = way();
    assert!(way.len() <= MOST, "{} modules", way.len());
    for module in way {
        let path = Path::new("src").join(module.replace("::", "/"));
        let exists = path.with_extension("rs").exists() || path.join("mod.rs").exists();
        assert!(exists, "{module} is no module");
    }
}

#[test]
fn the_code_takes_the_steps_in_the_order_of_the_way() {
    let steps: Vec<String> =
        way().iter().map(|module| module.rsplit("::").next().unwrap().to_owned()).collect();
    let [serve, run, steps @ .., send] = steps.as_slice() else { panic!("{steps:?}") };
    assert_eq!([serve, run, send], ["exchange", "leg", "upstream"]);
    let calls: Vec<String> = steps.iter().map(|step| format!("{step}(")).collect();
    let calls: Vec<&str> = calls.iter().map(String::as_str).collect();
    let begin = ["async fn run<"];
    assert!(calls_in_order("src/engine/leg/mod.rs", &[&begin[..], &calls].concat()));
    let there_and_back = ["engine.request(", "upstream.send(", "engine.answer("];
    assert!(calls_in_order("src/proxy/exchange.rs", &there_and_back));
    assert!(!calls_in_order("src/proxy/exchange.rs", &["engine.answer(", "engine.request("]));
}
