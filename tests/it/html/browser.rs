//! In a real browser nothing of a value is executed, and every place is what we take it for.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;

use proptest::prelude::Strategy;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::json;

use crate::harness::browser::Browser;
use crate::html::JSON;
use crate::html::TOKEN;
use crate::html::corpus;
use crate::html::places;
use crate::html::places::Place;
use crate::html::revealed;
use crate::html::soup;

/// Serves pages by number under `/page/N`, and an empty answer under every other path.
fn serve(pages: Vec<Vec<u8>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let pages = Arc::new(pages);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let pages = Arc::clone(&pages);
            std::thread::spawn(move || answer(&stream.unwrap(), &pages));
        }
    });
    format!("http://{address}")
}

/// Answers one request; a browser that gives up in the middle is its own business.
fn answer(mut stream: &TcpStream, pages: &[Vec<u8>]) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let first = lines.next().unwrap_or_default();
    let headers = lines.take_while(|line| !line.is_empty()).count();
    assert!(headers < 100);
    let number = first.strip_prefix("GET /page/").and_then(|rest| rest.split(' ').next());
    let page = number.and_then(|number| number.parse::<usize>().ok());
    let body = page.and_then(|page| pages.get(page)).map(Vec::as_slice).unwrap_or_default();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        body.len()
    );
    if stream.write_all(head.as_bytes()).is_ok() {
        let _gone = stream.write_all(body);
    }
}

/// What a payload calls, and what it must not change. Loaded before everything else on a page.
const WATCH: &str = "<!doctype html><html><head><meta charset=utf-8><script>
window.fired = [];
window.fire = () => { fired.push(document.currentScript ? 'script' : String(event && event.type)); };
window.alert = window.confirm = window.prompt = window.fire;
window.f = () => {};
for (const kind of ['submit', 'click']) addEventListener(kind, happening => happening.preventDefault(), true);
</script></head><body>";

/// A page of many places for each group of values; `write` puts a value into a place.
fn pages(group: usize, write: impl Fn(&str, &str) -> Vec<u8>) -> Vec<Vec<u8>> {
    // A place that cannot be closed, and one that is code without a value, stand for themselves.
    let skipped = |place: &&&str| place.contains("plaintext") || place.contains("javascript:");
    let places: Vec<_> = corpus::PLACES.iter().filter(|place| !skipped(place)).collect();
    let page = |values: &[String]| {
        let mut page = WATCH.as_bytes().to_vec();
        for (value, place) in
            values.iter().flat_map(|value| places.iter().map(move |place| (value, place)))
        {
            page.extend_from_slice(b"<div>");
            page.extend(write(place, value));
            page.extend_from_slice(b"</div>\n");
        }
        page
    };
    corpus::values().chunks(group).map(page).collect()
}

#[test]
fn nothing_executes_in_a_browser() {
    let safe =
        pages(12, |place, value| revealed(place.replace('§', TOKEN).as_bytes(), value, JSON));
    let raw = pages(1, |place, value| place.replace('§', value).into_bytes());
    let count = safe.len();
    let total = raw.len();
    let server = serve(safe.into_iter().chain(raw).collect());
    let browser = Browser::start();

    for (number, values) in corpus::values().chunks(12).enumerate() {
        let fired = browser.executed(&format!("{server}/page/{number}"));
        assert_eq!(fired, Vec::<String>::new(), "{values:?}");
    }

    // The same values written as they are do execute: the watch sees what it should.
    let tried: Vec<_> = (0..total).step_by(16).collect();
    let silent = tried.iter().filter(|number| {
        browser.executed(&format!("{server}/page/{}", count + **number)).is_empty()
    });
    let silent: Vec<_> = silent.map(|number| corpus::values().swap_remove(*number)).collect();
    assert!(silent.len() * 2 < tried.len(), "{silent:#?}");
}

/// Parses each page of a list and answers where the marks are: page, number, place.
const PLACES: &str = "
const done = arguments[0];
const found = [];
const raw = ['style', 'xmp', 'iframe', 'noembed', 'noframes', 'noscript', 'plaintext'];
const collect = (page, text, place) => {
  for (const match of text.matchAll(/mark(\\d+)z/gi)) found.push([page, match[1], place]);
};
const walk = (page, node, place) => {
  let inside = place;
  if (node.nodeType === 1) {
    collect(page, node.localName, 'other');
    for (const attribute of node.attributes) {
      collect(page, attribute.value, 'attribute');
      collect(page, attribute.name, 'other');
    }
    const html = node.namespaceURI === 'http://www.w3.org/1999/xhtml';
    const name = node.localName;
    inside = !html || raw.includes(name) ? 'other' : name === 'script' ? 'script' : 'text';
    if (html && name === 'template') walk(page, node.content, 'other');
  } else if (node.nodeType === 3) {
    collect(page, node.data, place);
  } else if (node.nodeType !== 9 && node.nodeType !== 11) {
    collect(page, node.data ?? node.name, 'other');
  }
  for (const child of node.childNodes) walk(page, child, inside);
};
fetch('/page/0').then(answer => answer.json()).then(pages => {
  pages.forEach((page, number) =>
    walk(number, new DOMParser().parseFromString(page, 'text/html'), 'text'));
  done(found);
});
";

/// Some thousand hostile pages, the same ones in every run.
fn hostile() -> impl Iterator<Item = Vec<u8>> {
    let mut runner = TestRunner::deterministic();
    let mut soups = move |short: bool| {
        let tree = if short {
            soup::switches().new_tree(&mut runner).map(|tree| tree.current())
        } else {
            soup::soup().new_tree(&mut runner).map(|tree| tree.current())
        };
        tree.unwrap()
    };
    // A `DOMParser` has no scripts, and so reads `noscript` as markup.
    let pages = (0..SOUPS).map(move |number| soups(number % 4 != 0));
    pages.filter(|page| !String::from_utf8_lossy(page).contains("noscript"))
}

const SOUPS: usize = 20_000;

#[test]
fn chromium_agrees_about_the_places() {
    let all: Vec<_> = hostile().map(|page| places::marked(&page, JSON)).collect();
    let pages: Vec<_> = all.iter().map(|(page, _)| String::from_utf8_lossy(page)).collect();
    let server = serve(vec![serde_json::to_vec(&pages).unwrap(), b"<p>".to_vec()]);
    let browser = Browser::start();
    browser.open(&format!("{server}/page/1"));
    let found = browser.eventually(PLACES, &json!([]));
    let found = found.as_array().expect("an answer of the browser");

    assert!(found.len() > SOUPS / 10, "{}", found.len());
    for mark in found {
        let page = usize::try_from(mark[0].as_u64().unwrap()).unwrap();
        let place = match mark[2].as_str().unwrap() {
            "text" => Place::Text,
            "attribute" => Place::Attribute,
            "script" => Place::Script,
            _ => Place::Other,
        };
        let fits = places::fits(&all[page].1, mark[1].as_str().unwrap(), place);
        assert!(fits, "{place:?} {:?}\n{}", all[page].1, pages[page]);
    }
}
