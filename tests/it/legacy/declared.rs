//! Forms, queries, pages and texts of an application that does not say in which character set they
//! are, but whose rules do.

use crate::harness::canned::Canned;
use crate::harness::client::Answer;
use crate::harness::gateway::Gateway;
use crate::harness::gateway::Site;
use crate::harness::gateway::Store;

const RULES: &str = r"
charset: windows-1252
classes: { name: { mask: initial, in: contact } }
routes:
  - id: people
    match: { path: /people/** }
    body_format: [json, form, multipart, xml, csv, html, text]
    files: { note: text }
    request: { body: { $..name: name, $.note: name }, query: { $.name: name } }
    response: { body: { $..name: name }, text: [name] }
  - id: japanese
    match: { path: /ja/** }
    body_format: [form, multipart, html, text]
    charset: shift_jis
    request: { body: { $..name: name }, query: { $.name: name } }
    response: { text: [name] }
";

const FORM: &str = "application/x-www-form-urlencoded";

struct World {
    application: Canned,
    gateway: Gateway,
    key: String,
    _site: Site,
}

impl World {
    fn new() -> Self {
        let application = Canned::start();
        let site = Site::before(Store::Embedded, application.address);
        site.write("rules/rules.yaml", RULES);
        let key = site.key("helpdesk", &["support"]);
        let gateway = site.serve();
        Self { application, gateway, key, _site: site }
    }

    fn post(&self, path: &str, media: &str, body: &[u8]) -> Answer {
        self.send("POST", path, &format!("content-type: {media}\r\n"), body)
    }

    fn send(&self, method: &str, target: &str, fields: &str, body: &[u8]) -> Answer {
        let head = format!(
            "{method} {target} HTTP/1.1\r\nhost: shop.example\r\ncloakroom-key: {}\r\n{fields}content-length: {}\r\n\r\n",
            self.key,
            body.len()
        );
        self.gateway.anonymous().exchange(&[head.as_bytes(), body].concat()).unwrap()
    }

    /// What the application stores for a form.
    fn stored(&self, path: &str, media: &str, body: &[u8]) -> Vec<u8> {
        self.application.gives("HTTP/1.1 204 No Content\r\n", b"");
        let answer = self.post(path, media, body);
        assert_eq!(answer.status, 204, "{}", answer.text());
        self.application.last().body
    }

    /// The token of a name, by way of JSON.
    fn token(&self, name: &str) -> String {
        let body = serde_json::json!({ "name": name }).to_string();
        let stored = self.stored("/people", "application/json", body.as_bytes());
        let stored: serde_json::Value = serde_json::from_slice(&stored).unwrap();
        stored["name"].as_str().unwrap().to_owned()
    }

    /// What the caller gets for an answer of the application.
    fn shown(&self, path: &str, media: &str, body: &[u8]) -> Answer {
        let head = format!("HTTP/1.1 200 OK\r\n{media}");
        self.application.gives(&head, body);
        self.send("GET", path, "", b"")
    }
}

#[test]
fn a_form_is_read_in_the_character_set_that_the_rules_name() {
    let world = World::new();
    let (zoe, so) = (world.token("Zoë"), world.token("ソ あ"));
    let form = |name: &str| format!("x=%E9&name={name}&y=\u{1}").into_bytes();
    assert_eq!(world.stored("/people", FORM, &form("Zo%EB")), form(&zoe));
    assert_eq!(world.stored("/people", FORM, b"name=Zo\xeb"), format!("name={zoe}").into_bytes());
    let japanese = world.stored("/ja", FORM, b"name=%83%5C+%82%A0&x=%83%5C");
    assert_eq!(japanese, format!("name={so}&x=%83%5C").into_bytes());
    // What a form says of itself counts, and browsers say what the rules say.
    let utf8 = format!("{FORM}; charset=utf-8");
    assert_eq!(world.stored("/people", &utf8, &form("Zo%C3%AB")), form(&zoe));
    let confirmed = |name: &str| format!("_charset_=windows-1252&name={name}").into_bytes();
    assert_eq!(world.stored("/people", FORM, &confirmed("Zo%EB")), confirmed(&zoe));
    let denied = world.post("/people", FORM, b"_charset_=utf-8&name=Zo%EB");
    assert!(
        denied.status == 400 && denied.text().contains("ambiguous_charset"),
        "{}",
        denied.text()
    );
    // `0x81` alone is no character.
    let broken = world.post("/ja", FORM, b"name=%81");
    assert!(
        broken.status == 400 && broken.text().contains("invalid_in_charset"),
        "{}",
        broken.text()
    );
}

#[test]
fn names_of_fields_are_in_it_too() {
    let world = World::new();
    let zoe = world.token("Zoë");
    // A letter whose second byte is a bracket: to a reader of bytes it is one.
    for name in ["%81%5B", "%83[name]", "%83%5C"] {
        let refused = world.post("/ja", FORM, format!("{name}=Zoe&name=x").as_bytes());
        assert!(refused.text().contains("ambiguous_name"), "{name}: {}", refused.text());
    }
    assert_eq!(
        world.stored("/people", FORM, b"%E9[name]=Zo%EB"),
        format!("%E9[name]={zoe}").into_bytes()
    );
}

#[test]
fn a_quotation_mark_behind_half_a_letter_makes_no_file_of_a_field() {
    let world = World::new();
    for letter in [&b"\x83\x5c"[..], b"\x5c"] {
        let form = [
            b"--b\r\nContent-Disposition: form-data; name=\"name\"; a=\"",
            letter,
            b"\"; filename=\"b\"\r\n\r\nAda Lovelace\r\n--b--\r\n",
        ];
        let refused = world.post("/ja", "multipart/form-data; boundary=b", &form.concat());
        assert!(
            refused.status == 400 && refused.text().contains("invalid_part"),
            "{}",
            refused.text()
        );
    }
}

#[test]
fn parts_of_a_form_are_read_in_it_unless_they_say_otherwise() {
    let world = World::new();
    let zoe = world.token("Zoë");
    let form = |name: &[u8], kind: &str| {
        let head = format!("--b\r\nContent-Disposition: form-data; name=\"name\"{kind}\r\n\r\n");
        let file = b"--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"\xe9\"\r\n\r\n\xff\r\n--b--\r\n";
        [head.as_bytes(), name, b"\r\n", file].concat()
    };
    let media = "multipart/form-data; boundary=b";
    let utf8 = "\r\nContent-Type: text/plain; charset=utf-8";
    for (name, kind) in [(&b"Zo\xeb"[..], ""), ("Zoë".as_bytes(), utf8)] {
        assert_eq!(world.stored("/people", media, &form(name, kind)), form(zoe.as_bytes(), kind));
    }
    let note = |text: &[u8]| {
        let head =
            b"--b\r\nContent-Disposition: form-data; name=\"note\"; filename=\"n.txt\"\r\n\r\n";
        [head, text, b"\r\n--b--\r\n"].concat()
    };
    assert_eq!(world.stored("/people", media, &note(b"Zo\xeb")), note(zoe.as_bytes()));
    let default = |label: &str| {
        let head = "--b\r\nContent-Disposition: form-data; name=\"_charset_\"\r\n\r\n";
        format!("{head}{label}\r\n--b--\r\n").into_bytes()
    };
    assert_eq!(world.stored("/people", media, &default("windows-1252")), default("windows-1252"));
    let denied = world.post("/people", media, &default("utf-8"));
    assert!(denied.text().contains("unsupported_charset"), "{}", denied.text());
}

#[test]
fn a_link_that_a_page_shows_leads_to_the_same_record() {
    let world = World::new();
    let zoe = world.token("Zoë");
    let link = |name: &str| format!("<a href=\"/people?name={name}\">\u{e9}</a>");
    let page = world.shown("/people", "content-type: text/html\r\n", link(&zoe).as_bytes());
    assert_eq!(page.text(), link("Zo%EB"));
    assert_eq!(page.field("content-type"), Some("text/html; charset=windows-1252"));
    world.send("GET", "/people?name=Zo%EB", "", b"");
    let head = world.application.last().head;
    assert!(head.starts_with(&format!("GET /people?name={zoe} ")), "{head}");
    // A redirect is such a link.
    let head = format!("HTTP/1.1 302 Found\r\nlocation: /people?name={zoe}\r\n");
    world.application.gives(&head, b"");
    assert_eq!(world.send("GET", "/people", "", b"").field("location"), Some("/people?name=Zo%EB"));
    // And so is what a browser says of where it was.
    world.send("GET", "/people", "referer: http://shop.example/people?name=Zo%EB\r\n", b"");
    let referer = format!("referer: http://shop.example/people?name={zoe}\r\n");
    assert!(world.application.last().head.contains(&referer), "{}", world.application.last().head);
}

#[test]
fn pages_and_texts_that_say_nothing_are_read_in_it_and_say_so() {
    let world = World::new();
    let zoe = world.token("Zoë ソ");
    let page = [b"<p>\xe9 ", zoe.as_bytes(), b"</p>"].concat();
    let answer = world.shown("/people", "content-type: text/html\r\n", &page);
    assert_eq!(answer.body, b"<p>\xe9 Zo&#235; &#12477;</p>");
    assert_eq!(answer.field("content-type"), Some("text/html; charset=windows-1252"));
    // What a page says of itself counts.
    let said = [&b"<meta charset=koi8-r>"[..], &page].concat();
    let answer = world.shown("/people", "content-type: text/html\r\n", &said);
    assert_eq!(answer.field("content-type"), Some("text/html; charset=koi8-r"));
    let answer =
        world.shown("/ja", "content-type: text/html\r\n", &[b"\x83\x5c", zoe.as_bytes()].concat());
    assert_eq!(answer.body, b"\x83\x5cZo&#235; &#12477;");
    assert_eq!(answer.field("content-type"), Some("text/html; charset=shift_jis"));
    // A text has no references: what its character set does not have stays a token.
    let (latin, text) = (world.token("Zoë"), "content-type: text/plain\r\n");
    let answer = world.shown("/people", text, format!("{latin} {zoe}").as_bytes());
    assert_eq!(answer.body, [b"Zo\xeb ", zoe.as_bytes()].concat());
    assert_eq!(answer.field("content-type"), Some("text/plain; charset=windows-1252"));
    let rows = format!("name,x\n{latin},\u{1}\n");
    let answer = world.shown("/people", "content-type: text/csv\r\n", rows.as_bytes());
    assert_eq!(answer.body, b"name,x\nZo\xeb,\x01\n");
}

#[test]
fn an_answer_in_json_that_declares_a_legacy_set_is_written_in_escapes() {
    let world = World::new();
    let media = "application/json;charset=ISO-8859-1";
    let zoe = world.token("Zoë");
    let refused = world.post("/people", media, b"{\"name\":\"Zo\xeb\"}");
    assert!(refused.text().contains("unsupported_charset"), "{}", refused.text());
    let body = [b"{\"x\":\"\xe9\",\"name\":\"", zoe.as_bytes(), b"\"}"].concat();
    let answer = world.shown("/people", &format!("content-type: {media}\r\n"), &body);
    assert_eq!(answer.body, b"{\"x\":\"\xe9\",\"name\":\"Zo\\u00eb\"}");
    // JSON that declares nothing is in UTF-8, whatever the rules name for other texts.
    let refused = world.post("/people", "application/json", b"{\"name\":\"Zo\xeb\"}");
    assert_eq!(refused.status, 400);
}
