//! People who do not exist: generated records, and tokens with which they log in.

use aws_lc_rs::signature::Ed25519KeyPair;
use aws_lc_rs::signature::KeyPair as _;
use cloakroom::base::Clock;
use cloakroom::base::SystemClock;
use data_encoding::BASE64URL_NOPAD;
use serde_json::json;

/// What `identity: jwt` of a test's configuration names.
pub(crate) const ISSUER: &str = "https://id.example";

/// A customer whose values are unlike those of every other number, and found nowhere by chance.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) phones: Vec<String>,
    pub(crate) card: String,
    pub(crate) notes: String,
    number: usize,
}

const FIRST: [&str; 8] =
    ["Zoë", "Ólafur", "李雷", "Nguyễn", "Anne-Marie", "O'Brien", "Σωτήρης", "Bob"];
const LAST: [&str; 5] = ["Müller", "Çelik", "Smith \\ Sons", "d\"Artagnan", "🦀"];
const NOTES: [&str; 4] = ["line one\nline two", "tab\there", "quote \" and \\ slash", "plain"];

impl User {
    /// The user of this number; the same in every run.
    pub(crate) fn new(number: usize) -> Self {
        let (first, last) = (FIRST[number % FIRST.len()], LAST[number % LAST.len()]);
        Self {
            id: format!("u{number:05}"),
            name: format!("{first} {last} {number:05}"),
            email: format!("Person.{number:05}+Tag@Mail{number}.Canary.example"),
            phones: (0..number % 4).map(|line| format!("+49 151 77{number:05} {line}5")).collect(),
            card: format!("49927398{:08}", number * 7 + 1),
            notes: format!("{} / canary note {number:05}", NOTES[number % NOTES.len()]),
            number,
        }
    }

    /// The same person after a change of name and telephone; the address stays.
    pub(crate) fn changed(&self) -> Self {
        Self {
            name: format!("{} changed", self.name),
            phones: vec![format!("+44 20 79{:05} 46", self.number)],
            ..self.clone()
        }
    }

    /// The record as JSON, with a number, empty values and spacing that must stay as they are.
    pub(crate) fn body(&self) -> String {
        let text = |value: &str| serde_json::to_string(value).unwrap();
        let phones: Vec<String> = self.phones.iter().map(|phone| text(phone)).collect();
        format!(
            "{{ \"id\":{}, \"name\": {},\"email\":{},\n\t\"phones\":[{}], \"card\":{},\"notes\":{}, \
             \"nick\":null,\"company\":\"\",\"score\":1.50e+1,\"plain\":\"\\u0041\\/\" }}",
            text(&self.id),
            text(&self.name),
            text(&self.email),
            phones.join(" , "),
            self.card,
            text(&self.notes),
        )
    }

    /// Everything that nobody but this user and authorised readers may see.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        let fixed = [&self.name, &self.email, &self.card, &self.notes];
        fixed.into_iter().chain(&self.phones).map(String::as_str)
    }
}

/// An identity provider with one key.
pub(crate) struct Provider(Ed25519KeyPair);

impl Provider {
    pub(crate) fn new() -> Self {
        Self(Ed25519KeyPair::generate().unwrap())
    }

    /// Its key set, as `jwks` names it.
    pub(crate) fn key_set(&self) -> String {
        let x = BASE64URL_NOPAD.encode(self.0.public_key().as_ref());
        let key = json!({ "kty": "OKP", "kid": "k1", "crv": "Ed25519", "x": x });
        json!({ "keys": [key] }).to_string()
    }

    /// A token with which this person calls for the next hour.
    pub(crate) fn token(&self, subject: &str, groups: &[&str]) -> String {
        let claims = json!({
            "iss": ISSUER, "aud": "shop", "sub": subject, "groups": groups,
            "exp": SystemClock.now().seconds() + 3600,
        });
        let header = json!({ "alg": "EdDSA", "typ": "JWT", "kid": "k1" });
        let text = |value: &serde_json::Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let signed = format!("{}.{}", text(&header), text(&claims));
        let signature = BASE64URL_NOPAD.encode(self.0.sign(signed.as_bytes()).as_ref());
        format!("{signed}.{signature}")
    }
}
