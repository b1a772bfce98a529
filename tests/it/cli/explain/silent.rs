//! No value and no token of a message is ever printed.

use crate::harness::canary::Canaries;

use super::DESK;
use super::Explainer;

const EMAIL: &str = "ada.lovelace@canary.example";
const NAME: &str = "Zoë Müller-Canary";
const PHONE: &str = "+49 151 7700001";
const TOKEN: &str = "ck1em8jc6k2qfgh4m9xtb5c7vnwr0";

/// Messages with a canary in every place that a message has.
fn messages() -> Vec<Vec<u8>> {
    let all = format!("{EMAIL} {NAME} {PHONE} {TOKEN}");
    let head = format!(
        "POST /people/ada.lovelace@canary.example/{TOKEN}?email=ada.lovelace%40canary.example&{TOKEN}=1&q=%2B49%20151%207700001 HTTP/1.1\n\
         host: ada-lovelace-canary.example\ncookie: who=ada.lovelace%40canary.example; {TOKEN}=1\nx-user: {EMAIL}\n\
         referer: http://ada-lovelace-canary.example/people/{TOKEN}?email=ada.lovelace%40canary.example\n\
         authorization: Bearer {TOKEN}\n"
    );
    let json = format!(
        r#"{{"email":"{EMAIL}","name":"{NAME}","phone":"{PHONE}","note":"{all}","{EMAIL}":"x","{TOKEN}":1,"{PHONE}":[2],
           "blob":"{{\"mail\":\"{EMAIL}\",\"{EMAIL}\":\"{NAME}\"}}","gone":"{TOKEN}"}}"#
    );
    let xml = format!("<p><email k='{EMAIL}'>{EMAIL}</email><a>{NAME} {TOKEN}</a></p>");
    let part = format!(
        "--b\r\nContent-Disposition: form-data; name=\"{EMAIL}\"\r\n\r\n{NAME}\r\n--b--\r\n"
    );
    let bodies = [
        ("application/json", json.clone()),
        ("application/json", format!("{json}{EMAIL}")),
        ("application/json", format!(r#"{{"email":"{EMAIL}","email":"{NAME}"}}"#)),
        ("application/x-ndjson", format!("{{\"email\":\"{EMAIL}\"}}\n{{{NAME}\n")),
        ("application/x-www-form-urlencoded", format!("email={EMAIL}&{EMAIL}={PHONE}&{TOKEN}")),
        ("text/xml", xml),
        ("text/csv", format!("email,{EMAIL}\n{EMAIL},{NAME}\n{TOKEN},{PHONE}\n")),
        ("multipart/form-data; boundary=b", part),
        ("image/png", all.clone()),
        ("text/html; charset=utf-8", format!("<p>{all}</p>")),
    ];
    let mut messages: Vec<Vec<u8>> = bodies
        .iter()
        .map(|(kind, body)| format!("{head}content-type: {kind}\n\n{body}\n").into_bytes())
        .collect();
    for broken in [
        format!("{EMAIL}\n\n"),
        format!("GET {EMAIL} HTTP/1.1\n\n"),
        format!("GET /people/1 HTTP/1.1\n{EMAIL}\n\n"),
        format!("GET /people/1 HTTP/1.1\n{EMAIL}: x\n\n"),
        format!("GET /people/1 HTTP/1.1\nx: {EMAIL}\u{1}\n\n"),
        format!("{TOKEN} /people/1 HTTP/1.1\n\n{{{{token:email:{EMAIL}}}}} {{{{{EMAIL}}}}}"),
    ] {
        messages.push(broken.into_bytes());
    }
    messages
}

#[test]
fn no_value_and_no_token_is_printed() {
    let explainer = Explainer::new();
    let planted = Canaries::of([EMAIL, "Müller-Canary", "+49 151 7700001", TOKEN, "lovelace"]);
    let mut answers = vec![None];
    for body in [
        ("application/json", format!(r#"{{"email":"{TOKEN}","{EMAIL}":"{NAME}","x":"{EMAIL}"}}"#)),
        ("text/html; charset=utf-8", format!("<p>{TOKEN}</p><a href=\"/{TOKEN}\">{EMAIL}</a>")),
        ("image/png", NAME.to_owned()),
    ] {
        let (kind, body) = body;
        answers.push(Some(format!(
            "HTTP/1.1 200 {EMAIL}\nset-cookie: who={EMAIL}\nlocation: /{TOKEN}\nx: {EMAIL}\ncontent-type: {kind}\n\n{body}\n"
        )));
    }
    let mut seen = Vec::new();
    for (number, message) in messages().iter().enumerate() {
        let request = explainer.file("r.http", message);
        // Every request alone, and the first with every answer.
        for answer in answers.iter().filter(|answer| number == 0 || answer.is_none()) {
            let file = answer.as_ref().map(|answer| explainer.file("a.http", answer.as_bytes()));
            let mut words = vec!["explain", request.as_str(), "--as", DESK];
            words.extend(file.iter().flat_map(|file| ["--answer", file.as_str()]));
            for more in [&[][..], &["--json"]] {
                let ran = explainer.0.run(&[words.as_slice(), more].concat());
                assert!(!ran.out.is_empty() || !ran.err.is_empty());
                seen.push((format!("message {number}, stdout"), ran.out.into_bytes()));
                seen.push((format!("message {number}, stderr"), ran.err.into_bytes()));
            }
        }
    }
    planted.absent_from(&seen);
    let report = seen.iter().any(|(_, bytes)| String::from_utf8_lossy(bytes).contains("a name of"));
    assert!(report, "the messages were not read as far as their names");
}
