//! A real browser in front of a running gateway: names that are scripts stay names on the pages of
//! an application that never saw them, and forms come back as they were shown.

use std::collections::BTreeMap;

use serde_json::json;

use super::register::Person;
use super::register::Register;
use super::showing;
use super::showing::Shown;
use super::showing::Style;
use super::visitor::Sight;
use super::visitor::World;
use crate::harness::canary::Canaries;
use crate::harness::gateway::until;
use crate::html::corpus;

/// People on one page.
const GROUP: usize = 62;

/// Number of the first of those who harm nobody.
const HARMLESS: usize = 9000;

/// Names that are nothing else, as many as fit on a page.
fn harmless() -> Vec<String> {
    (0..GROUP).map(|number| format!("Ada {number}")).collect()
}

fn is_token(text: &str, class: &str, domain: &str) -> bool {
    let name = text.strip_suffix(domain).unwrap_or_default();
    let known = name.strip_prefix("ck1").is_some_and(|rest| rest.starts_with(class));
    known && name.len() == 29 && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Nothing but tokens is stored, and nothing of these texts has arrived.
fn assert_hidden(register: &Register, texts: &[String]) {
    for (number, Person { name, email, town }) in register.people() {
        assert!(is_token(&name, "nm", ""), "{number}: {name}");
        assert!(is_token(&email, "em", "@token.shop.test"), "{number}: {email}");
        assert_eq!(town, "Zürich");
    }
    let long = |text: &&String| text.split(' ').collect::<String>().len() > 8;
    let canaries = Canaries::of(texts.iter().filter(long).map(String::as_str));
    canaries.absent_from(&[(String::from("requests"), register.received())]);
}

/// Where people of these numbers are listed, by route and style, so many on a page. The corpus is on
/// three pages whole; the other two are as one of them in all that matters, and get a sample.
fn lists(count: usize) -> impl Iterator<Item = (&'static str, Style, usize, usize)> {
    let pages = [
        ("lists", Style::Escaped, 1),
        ("scripts", Style::Plain, 1),
        ("scripts", Style::Old, 1),
        ("lists", Style::Plain, 5),
        ("scripts", Style::Escaped, 5),
    ];
    pages.into_iter().flat_map(move |(route, style, step)| {
        let starts = (0..count).step_by(GROUP).step_by(step);
        starts.map(move |start| (route, style, start, GROUP.min(count - start)))
    })
}

/// Whether a place of a page of this route shows originals or masks, to whom they may be shown.
fn is_opened(place: &str, route: &str) -> bool {
    match showing::shown(place) {
        Shown::Always => true,
        Shown::InScripts => route == "scripts",
        Shown::Never => false,
    }
}

#[test]
fn names_that_are_scripts_stay_names() {
    let world = World::new();
    let values = corpus::values();
    world.be("ada", &["support"]);
    let held = world.post(0, &values);
    world.post(HARMLESS, &harmless());
    assert_hidden(&world.register, &values);
    let people = world.register.people();
    let mut outlines = BTreeMap::new();

    for (route, style, from, count) in lists(values.len()) {
        let style = style.name();
        let page = format!("/{route}/{style}/{from}/{count}");
        let shows = world.look(&page);
        let outline = outlines
            .entry((route, style, count))
            .or_insert_with(|| world.look(&format!("/{route}/{style}/{HARMLESS}/{count}")).outline);
        assert_eq!(shows.fired, Vec::<String>::new(), "{page}");
        assert_eq!(&shows.outline, outline, "{page}");
        let title: Vec<&str> = held[&from].split_ascii_whitespace().collect();
        assert_eq!(shows.title, title.join(" "), "{page}");
        assert_eq!(shows.sights.len(), count * showing::COUNT, "{page}");
        for Sight { number, field, place, text } in shows.sights {
            let stored = people[&number].field(&field);
            let expected = if is_opened(&place, route) { &held[&number] } else { stored };
            assert_eq!(text, expected, "{page}: {place} of {field} {number}");
        }
    }
    assert_eq!(world.evil.visits(), Vec::<String>::new());
}

#[test]
fn who_may_not_see_names_gets_tokens_and_masks_as_harmless() {
    let world = World::new();
    let values: Vec<String> = corpus::values().into_iter().step_by(15).collect();
    world.be("ada", &["support"]);
    world.post(0, &values);
    world.post(HARMLESS, &harmless());
    let people = world.register.people();
    let count = values.len();

    for (route, style) in [("lists", "plain"), ("scripts", "escaped"), ("scripts", "old")] {
        let page = format!("{route}/{style}");
        world.be("eve", &[]);
        let tokens = world.look(&format!("/{page}/0/{count}"));
        for Sight { number, field, place, text } in &tokens.sights {
            let expected = people[number].field(field);
            assert_eq!(text, expected, "{page}: {place} of {field} {number}");
        }
        world.be("carl", &["clerks"]);
        let masks = world.look(&format!("/{page}/0/{count}"));
        for Sight { number, field, place, text } in &masks.sights {
            let text = text.as_str().unwrap();
            let fits = if is_opened(place, route) {
                text.contains("***") && text != values[*number]
            } else {
                text == people[number].field(field)
            };
            assert!(fits, "{page}: {place} of {field} {number}: {text}");
        }
        let harmless = world.look(&format!("/{page}/{HARMLESS}/{count}"));
        for shows in [tokens, masks] {
            assert_eq!(shows.fired, Vec::<String>::new(), "{page}");
            assert_eq!(shows.outline, harmless.outline, "{page}");
        }
    }
    assert_eq!(world.evil.visits(), Vec::<String>::new());
}

/// The control: the same names on the same pages, clear in the store of an application that prints
/// them as they are, do run.
#[test]
fn names_that_an_application_prints_as_they_are_do_run() {
    let world = World::new();
    let values: Vec<String> = corpus::values().into_iter().step_by(16).collect();
    for (number, text) in values.iter().enumerate() {
        let person = Person { name: text.clone(), email: text.clone(), ..Person::default() };
        world.register.plant(number, person);
    }
    world.be("ada", &["support"]);
    world.post(HARMLESS, &harmless());
    let plain = world.look(&format!("/lists/plain/{HARMLESS}/1")).outline;

    let (mut silent, mut same) = (Vec::new(), Vec::new());
    for (number, text) in values.iter().enumerate() {
        let shows = world.look(&format!("/lists/plain/{number}/1"));
        silent.extend(shows.fired.is_empty().then_some(text));
        same.extend((shows.outline == plain).then_some(text));
    }
    assert!(silent.len() * 2 < values.len(), "{silent:#?}");
    assert!(same.len() * 2 < values.len(), "{same:#?}");
    until("a visit at evil.example", || {
        world.evil.visits().iter().any(|line| line.starts_with("GET /fired ")).then_some(())
    });
}

const NAME: &str = "\"'></textarea><script>fire()</script>";
const EMAIL: &str = "o'hara+<i>@mail.canary.example";

/// What the form on the page has in its fields: name, address, town.
fn form(world: &World) -> [String; 3] {
    let script = "return [...document.querySelectorAll('textarea, [name=email], [name=town]')].map(e => e.value)";
    let fields = world.browser.at_once(script);
    [0, 1, 2].map(|place| fields[place].as_str().unwrap().to_owned())
}

/// Saves the form on the page, and waits for the page behind it.
fn save(world: &World) {
    let posts = world.register.posts();
    world.browser.at_once("window.before = true");
    world.browser.click("button");
    let loaded = "return !window.before && document.readyState === 'complete'";
    until("the page behind the form", || {
        (world.browser.at_once(loaded) == json!(true)).then_some(())
    });
    assert_eq!(world.register.posts(), posts + 1);
    assert_eq!(world.browser.at_once("return fired"), json!([]));
}

#[test]
fn a_form_that_is_saved_as_it_was_shown_changes_nothing() {
    let world = World::new();
    world.be("ada", &["support"]);
    world.register(1, NAME, EMAIL);
    let stored = world.register.people();
    let Person { name, email, .. } = &stored[&1];
    assert!(is_token(name, "nm", "") && is_token(email, "em", "@token.shop.test"));

    for page in ["/people/1", "/people/1/upload"] {
        for (user, group, shown) in [
            ("eve", "readers", [name.as_str(), email]),
            ("carl", "clerks", ["***", "o***@mail.canary.example"]),
            ("ada", "support", [NAME, EMAIL]),
        ] {
            world.be(user, &[group]);
            world.browser.open(&world.url(page));
            assert_eq!(form(&world)[..2], shown, "{page} {user}");
            save(&world);
            assert_eq!(world.register.people(), stored, "{page} {user}");
        }
    }
}

#[test]
fn a_form_with_one_field_edited_changes_that_field() {
    let world = World::new();
    world.be("ada", &["support"]);
    world.register(1, NAME, EMAIL);
    let before = world.register.people()[&1].clone();

    for (page, user, group) in
        [("/people/1", "eve", "readers"), ("/people/1/upload", "ada", "support")]
    {
        world.be(user, &[group]);
        world.browser.open(&world.url(page));
        world.browser.write("[name=town]", user);
        save(&world);
        let expected = Person { town: user.to_owned(), ..before.clone() };
        assert_eq!(world.register.people()[&1], expected, "{page} {user}");
    }
    world.browser.write("textarea", "</title><img src=x onerror=fire()>");
    save(&world);
    let after = world.register.people()[&1].clone();
    assert!(is_token(&after.name, "nm", "") && after.name != before.name);
    assert_eq!(after.email, before.email);
    assert_eq!(form(&world), ["</title><img src=x onerror=fire()>", EMAIL, "ada"]);
    world.be("eve", &["readers"]);
    world.browser.open(&world.url("/people/1"));
    assert_eq!(form(&world), [after.name, before.email, "ada".to_owned()]);
}
