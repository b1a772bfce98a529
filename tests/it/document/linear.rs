//! No input costs more than its size: deep, wide, repeated, or aimed at filters.

use cloakroom::document;
use cloakroom::document::Bounds;
use cloakroom::document::Format;
use cloakroom::document::Reason;

use crate::document::program;

/// Runs on a stack of 2 MiB, the default of a thread.
fn on_a_small_stack(run: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap();
    thread.join().unwrap();
}

const DEEP: usize = 200_000;

fn deep_bounds() -> Bounds {
    Bounds { depth: usize::MAX, nodes: usize::MAX, ..Bounds::default() }
}

#[test]
fn deep_nesting_needs_no_stack() {
    on_a_small_stack(|| {
        let wants = program(&["$..email", "$[0][0]", "$..[?@.x==1]"]);
        for (open, leaf, close) in
            [("[", "", "]"), ("{\"a\":", "1", "}"), ("{\"email\":[", "7", "]}")]
        {
            let source = format!("{}{leaf}{}", open.repeat(DEEP), close.repeat(DEEP));
            let found = document::select(Format::Json, source.as_bytes(), &wants, &deep_bounds());
            assert_eq!(found.unwrap().len(), usize::from(leaf == "7"));
            let cut = open.repeat(DEEP);
            assert!(
                document::select(Format::Json, cut.as_bytes(), &wants, &deep_bounds()).is_err()
            );
            let default =
                document::select(Format::Json, source.as_bytes(), &wants, &Bounds::default());
            assert_eq!(default.unwrap_err().reason, Reason::TooDeep);
        }
    });
}

#[test]
fn comparing_deep_containers_needs_no_stack() {
    on_a_small_stack(|| {
        let nested = format!("{}1{}", "[{\"a\":".repeat(DEEP), "}]".repeat(DEEP));
        let source = format!("[{{\"x\":{nested},\"y\":{nested},\"v\":5}}]");
        let wants = program(&["$[?@.x==@.y].v"]);
        let found = document::select(Format::Json, source.as_bytes(), &wants, &deep_bounds());
        assert_eq!(found.unwrap().len(), 1);
    });
}

/// Runs a program over an array of records.
fn over_records(selector: &str, records: usize) -> Result<usize, Reason> {
    let record = |n: usize| format!(r#"{{"id":{n},"tags":["a","b"],"on":true,"m":{{"k":1}}}}"#);
    let list: Vec<String> = (0..records).map(record).collect();
    let source = format!("[{}]", list.join(","));
    let bounds = Bounds { fields: usize::MAX, nodes: usize::MAX, ..Bounds::default() };
    let run = document::select(Format::Json, source.as_bytes(), &program(&[selector]), &bounds);
    run.map(|fields| fields.len()).map_err(|error| error.reason)
}

#[test]
fn filters_that_are_linear_run_on_documents_of_any_size() {
    for (selector, hits) in [
        ("$[?@.on==true].id", 20_000),
        ("$[?count(@.tags[*])==2 && length(@.tags)==2].id", 20_000),
        ("$..[?@.k==1].k", 20_000),
        ("$[?@.id==$[19999].id].id", 1),
        ("$[?count($..id)==20000].id", 20_000),
        ("$[?@.m==$[0].m].id", 20_000),
        ("$[?search(@.tags[-1],'b')].id", 20_000),
        ("$[-1].id", 1),
        ("$[::2].id", 10_000),
    ] {
        assert_eq!(over_records(selector, 20_000), Ok(hits), "{selector}");
    }
}

#[test]
fn filters_that_are_not_are_refused_on_large_documents() {
    let wide = vec!["1"; 60_000].join(",");
    let source = format!("{{\"list\":[{wide}]}}");
    // Compares the whole list once for each of its elements.
    let compared = document::Selector::parse("$.list[?$.list==$.list]").unwrap();
    let refused = document::query(&compared, source.as_bytes()).unwrap_err();
    assert_eq!(refused.reason, Reason::TooCostly);
}

#[test]
fn a_nodelist_cannot_double_for_ever() {
    let selector = format!("$[?count(@{})>0]", "[*,*]".repeat(100));
    let nested = format!("[{}1{}]", "[".repeat(110), "]".repeat(110));
    let selector = document::Selector::parse(&selector).unwrap();
    let refused = document::query(&selector, nested.as_bytes()).unwrap_err();
    assert_eq!(refused.reason, Reason::TooCostly);
    let selector = format!("$[?@{}].x", "[*,*]".repeat(100));
    let run = document::select(
        Format::Json,
        nested.as_bytes(),
        &program(&[&selector]),
        &Bounds::default(),
    );
    assert!(run.is_ok(), "as a set it stays small");
}
