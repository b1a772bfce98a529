//! A person with a keyboard alone gets through, with the script and without.

use cloakroom::pages::Language;
use serde_json::Value;

use super::samples::Filler;
use super::site::Site;
use crate::harness::browser::Browser;

const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";

/// Says whether the focus is on the element, can be seen there, and is not covered by another one.
const FOCUSED: &str = "
const each = document.activeElement;
if (!each.matches(SELECTOR)) return '';
const box = each.getBoundingClientRect();
const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
if (top !== each && !each.contains(top)) return 'covered by ' + (top && top.outerHTML);
return getComputedStyle(each).outlineStyle === 'none' ? 'no outline' : 'fine';
";

/// Presses Tab until the focus is on the element.
fn tab_to(browser: &Browser, selector: &str) {
    let script = FOCUSED.replace("SELECTOR", &Value::from(selector).to_string());
    for _ in 0..60 {
        browser.press(TAB);
        let state = browser.at_once(&script);
        if state == "fine" {
            return;
        }
        assert_eq!(state, "", "{selector}");
    }
    panic!("no way to {selector}");
}

fn path(browser: &Browser) -> String {
    browser.at_once("return location.pathname").as_str().unwrap().to_owned()
}

/// Waits until a form has led to the page.
fn arrive(browser: &Browser, expected: &str) {
    for _ in 0..200 {
        let ready = browser.at_once("return document.readyState").as_str() == Some("complete");
        if ready && path(browser) == expected {
            return;
        }
    }
    panic!("at {}, not at {expected}", path(browser));
}

const STEPS: &[(&str, &str, &str)] = &[
    ("/", "send", "/code"),
    ("/code", "sign-in", "/me"),
    ("/me/erase", "continue", "/name/erase-2"),
    ("/me/erase", "remove", "/bye"),
    ("/me", "keep", "/me/consents"),
    ("/me/consents", "withdraw", "/bye"),
    ("/console/requests", "refuse", "/console"),
];

#[test]
fn signing_in_and_removing_everything_needs_no_mouse_and_no_script() {
    let browser = Browser::start();
    for has_script in [true, false] {
        let site = Site::of(Filler::usual(Language::English).all(), STEPS, has_script);
        browser.open(&format!("{}/", site.url));
        browser.press(TAB);
        assert_eq!(browser.at_once("return document.activeElement.hash"), "#main", "skip link");
        browser.press(ENTER);
        tab_to(&browser, "#address");
        browser.press("maria@example.com");
        browser.press(ENTER);
        arrive(&browser, "/code");
        tab_to(&browser, "#code");
        browser.press("12345678");
        tab_to(&browser, "button[value=sign-in]");
        browser.press(ENTER);
        arrive(&browser, "/me");
        tab_to(&browser, "a[href='/me/erase']");
        browser.press(ENTER);
        arrive(&browser, "/me/erase");
        tab_to(&browser, "button[value=continue]");
        browser.press(ENTER);
        arrive(&browser, "/name/erase-2");
        tab_to(&browser, "#sure");
        browser.press(" ");
        tab_to(&browser, "button[value=remove]");
        browser.press(ENTER);
        arrive(&browser, "/bye");
        let posts = site.posts();
        assert_eq!(posts.len(), 4, "{posts:?}");
        assert!(posts.iter().all(|post| post.contains("csrf=aGVsbG8")), "{posts:?}");
        assert!(posts[0].contains("address=maria%40example.com") && posts[3].contains("sure=yes"));
    }
}

#[test]
fn withdrawing_a_consent_and_refusing_a_request_need_no_mouse() {
    let browser = Browser::start();
    let site = Site::of(Filler::usual(Language::English).all(), STEPS, true);
    browser.open(&format!("{}/me", site.url));
    tab_to(&browser, "button[value=keep]");
    browser.press(ENTER);
    arrive(&browser, "/me/consents");
    tab_to(&browser, "summary");
    browser.press(ENTER);
    tab_to(&browser, "button[value=withdraw]");
    browser.press(ENTER);
    arrive(&browser, "/bye");

    browser.open(&format!("{}/console/requests", site.url));
    tab_to(&browser, "summary");
    browser.press(ENTER);
    tab_to(&browser, "textarea");
    browser.press("tax law");
    tab_to(&browser, "button[value=refuse]");
    browser.press(ENTER);
    arrive(&browser, "/console");
    let posts = site.posts();
    assert!(posts[2].contains("reason=tax+law") && posts[2].contains("revision=7"), "{posts:?}");
}

#[test]
fn an_error_is_where_the_focus_goes() {
    let browser = Browser::start();
    let site = Site::of(Filler::usual(Language::English).all(), STEPS, true);
    browser.open(&format!("{}/name/code-error", site.url));
    assert_eq!(browser.at_once("return document.activeElement.className"), "errors");
    browser.press(TAB);
    browser.press(ENTER);
    assert_eq!(browser.at_once("return document.activeElement.id"), "code");
}
