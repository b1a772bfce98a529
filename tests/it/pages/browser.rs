//! In a real browser: axe-core finds nothing, nothing scrolls sideways, and the keyboard is enough.

use std::fs;
use std::path::Path;
use std::process::Command;

use cloakroom::pages::Language;
use serde_json::Value;
use serde_json::json;

use super::samples::Content;
use super::samples::Filler;
use super::site::Site;
use crate::harness::browser::Browser;

/// A way of looking at a page.
#[derive(Debug, Clone, Copy)]
struct Look {
    width: u32,
    scheme: &'static str,
    forced: &'static str,
}

const WIDE: u32 = 1280;
const NARROW: u32 = 320;

impl Look {
    fn at(width: u32, scheme: &'static str) -> Self {
        Self { width, scheme, forced: "none" }
    }

    fn set(self, browser: &Browser) {
        let size =
            json!({"width": self.width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        browser.devtools("Emulation.setDeviceMetricsOverride", &size);
        let features = json!({"features": [
            {"name": "prefers-color-scheme", "value": self.scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
            {"name": "forced-colors", "value": self.forced},
        ]});
        browser.devtools("Emulation.setEmulatedMedia", &features);
    }
}

/// A browser in which every page has axe-core.
fn browser_with_axe() -> Browser {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new("bash").arg("scripts/axe").current_dir(root).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let path = String::from_utf8(output.stdout).unwrap();
    let source = fs::read_to_string(root.join(path.trim())).unwrap();
    let browser = Browser::start();
    browser.devtools("Page.enable", &json!({}));
    browser.devtools("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": source }));
    browser
}

/// What axe-core finds: rule, element and reason. What it cannot decide is a finding, too, save contrast over
/// drawings, which is computed here.
const AXE: &str = "
const done = arguments[arguments.length - 1];
const light = colour => {
  const parts = colour.match(/[\\d.]+/g).slice(0, 3).map(part => part / 255);
  const [r, g, b] = parts.map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
};
// What axe cannot see: a text on the box that is drawn before it.
const drawn = () => [...document.querySelectorAll('svg text')].flatMap(text => {
  const pair = [text, text.previousElementSibling].map(each => light(getComputedStyle(each).fill));
  const contrast = Math.max(...pair) / Math.min(...pair);
  return contrast < 4.5 ? [`contrast ${contrast} of ${text.outerHTML}`] : [];
});
for (const each of document.querySelectorAll('details')) each.open = true;
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations', 'incomplete'] })
  .then(result => done([...result.violations, ...result.incomplete].flatMap(found =>
    found.nodes.filter(node => found.id !== 'color-contrast' || !node.html.startsWith('<text ')).map(node => `${found.id} ${node.target} ${node.failureSummary ?? ''} ${node.any.map(a => a.message)}`)).concat(drawn())),
  error => done([String(error)]));
";

fn axe(browser: &Browser) -> Vec<String> {
    let found = browser.eventually(AXE, &json!([]));
    found.as_array().unwrap().iter().map(ToString::to_string).collect()
}

/// What is wider than the window, or a target smaller than 24 px that is not part of a sentence.
const LAYOUT: &str = "
for (const each of document.querySelectorAll('details')) each.open = true;
const found = [];
const root = document.documentElement;
if (root.scrollWidth > root.clientWidth) {
  const wide = [...document.querySelectorAll('body *')].filter(e =>
    e.getBoundingClientRect().right > root.clientWidth + 1 && !e.classList.contains('unseen'));
  found.push('sideways: ' + wide.slice(0, 5).map(e => e.outerHTML.slice(0, 120)).join(' | '));
}
for (const each of document.querySelectorAll('a, button, input:not([type=hidden]), select, textarea, summary')) {
  const box = each.getBoundingClientRect();
  const inSentence = each.matches('p a, li a') && getComputedStyle(each).display === 'inline';
  const unseen = each.matches('.skip') || box.width === 0;
  if (!inSentence && !unseen && (box.width < 24 || box.height < 24)) {
    found.push(`small: ${each.outerHTML.slice(0, 120)} ${box.width}x${box.height}`);
  }
}
return found;
";

fn layout(browser: &Browser) -> Vec<String> {
    let found = browser.at_once(LAYOUT);
    found.as_array().unwrap().iter().map(ToString::to_string).collect()
}

/// What is found on all pages of a filler in these looks, a few findings of each page.
fn judge(
    browser: &Browser,
    filler: Filler,
    looks: &[Look],
    find: fn(&Browser) -> Vec<String>,
) -> Vec<String> {
    let samples = filler.all();
    let names: Vec<_> = samples.iter().map(|sample| sample.name).collect();
    let site = Site::of(samples, &[], true);
    let mut all = Vec::new();
    for look in looks {
        look.set(browser);
        for name in &names {
            browser.open(&format!("{}/name/{name}", site.url));
            let found = find(browser).into_iter().take(3);
            all.extend(found.map(|found| format!("{name} {filler:?} {look:?}: {found}")));
        }
    }
    all
}

const EMPTY: Filler = Filler { content: Content::Empty, language: Language::English, rows: 0 };
const HOSTILE: Filler = Filler { content: Content::Hostile, language: Language::English, rows: 20 };

#[test]
fn axe_finds_nothing_in_light_dark_narrow_and_wide() {
    let browser = browser_with_axe();
    let usual = Filler::usual(Language::English);
    let [wide, narrow] = [WIDE, NARROW].map(|width| Look::at(width, "light"));
    let [wide_dark, narrow_dark] = [WIDE, NARROW].map(|width| Look::at(width, "dark"));
    let looks = [wide, narrow, wide_dark, narrow_dark];
    let mut found = judge(&browser, usual, &looks, axe);
    found.extend(judge(&browser, EMPTY, &[wide, narrow_dark], axe));
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn planted_barriers_are_found() {
    let browser = browser_with_axe();
    Look::at(NARROW, "light").set(&browser);
    let page = "<!doctype html><html lang=en><title>t</title><main><h1>h</h1><p style='color:%23ccc'>pale</p>\
                <input><p style='width:900px'>wide</p><button style='height:12px;font-size:6px'>x</button></main>";
    browser.open(&format!("data:text/html,{page}"));
    let found = axe(&browser).join(" ");
    assert!(found.contains("color-contrast") && found.contains("label"), "{found}");
    let found = layout(&browser).join(" ");
    assert!(found.contains("sideways") && found.contains("small"), "{found}");
}

#[test]
fn nothing_scrolls_sideways_whatever_stands_on_a_page() {
    let browser = Browser::start();
    let looks = [NARROW, 700, WIDE].map(|width| Look::at(width, "light"));
    let mut found = judge(&browser, HOSTILE, &looks, layout);
    for language in [Language::English, Language::German, Language::Pseudo] {
        found.extend(judge(&browser, Filler::usual(language), &looks[..2], layout));
    }
    found.extend(judge(&browser, EMPTY, &looks[..1], layout));
    assert!(found.is_empty(), "{found:#?}");
}

/// Looks in which pictures are made.
const PICTURES: [(&str, Look); 4] = [
    ("wide-light", Look { width: WIDE, scheme: "light", forced: "none" }),
    ("wide-dark", Look { width: WIDE, scheme: "dark", forced: "none" }),
    ("narrow-light", Look { width: NARROW, scheme: "light", forced: "none" }),
    ("narrow-dark", Look { width: NARROW, scheme: "dark", forced: "none" }),
];

/// Pictures that stand in the documents.
const IN_DOCUMENTS: &[&str] = &[
    "me-wide-light.png",
    "code-error-narrow-dark.png",
    "erase-2-wide-light.png",
    "console-flows-wide-light.png",
];

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a developer's switch of the tests, not of the program"
)]
fn pictures_are_made_when_they_are_asked_for() {
    // Fonts differ from machine to machine, so pictures are nothing to compare.
    if std::env::var_os("CLOAKROOM_BLESS").is_none() {
        return;
    }
    let browser = Browser::start();
    let samples = (Filler::usual(Language::English)).all();
    let names: Vec<_> = samples.iter().map(|sample| sample.name).collect();
    let site = Site::of(samples, &[], true);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::create_dir_all(root.join("target/pictures")).unwrap();
    for (look_name, look) in PICTURES {
        for name in &names {
            look.set(&browser);
            browser.open(&format!("{}/name/{name}", site.url));
            let picture = picture(&browser, look);
            let file = format!("{name}-{look_name}.png");
            fs::write(root.join("target/pictures").join(&file), &picture).unwrap();
            if IN_DOCUMENTS.contains(&file.as_str()) {
                fs::write(root.join("docs/pictures").join(&file), &picture).unwrap();
            }
        }
    }
}

/// The whole page, in a window as high as it is.
fn picture(browser: &Browser, look: Look) -> Vec<u8> {
    let height = browser.at_once("return document.documentElement.scrollHeight").as_u64().unwrap();
    let size =
        json!({"width": look.width, "height": height, "deviceScaleFactor": 1, "mobile": false});
    browser.devtools("Emulation.setDeviceMetricsOverride", &size);
    let picture: Value = browser.devtools("Page.captureScreenshot", &json!({"format": "png"}));
    data_encoding::BASE64.decode(picture["data"].as_str().unwrap().as_bytes()).unwrap()
}
