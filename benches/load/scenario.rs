//! The kinds of work: what is sent, and which answer is right.

use std::fmt::Write as _;
use std::sync::LazyLock;

use cloakroom::net::message::Message;

/// A part of every original that no token and no other field can have: `i`, `l`, `o` and `u` are not
/// in the token alphabet.
pub(crate) const CLEAR: &str = "quilo";

/// Users that are posted before the load, for known values and reveals.
pub(crate) const KNOWN: u64 = 64;

/// 1 KiB of JSON without personal data.
pub(crate) static PLAIN: LazyLock<String> = LazyLock::new(|| {
    let mut text = String::from("{\"plain\":true,\"filler\":\"");
    while text.len() < 1022 {
        text.push('x');
    }
    text.push_str("\"}");
    text
});

/// A kind of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// GET without rules.
    PassGet,
    /// POST of 1 KiB without rules.
    PassPost,
    /// POST of 1 KiB with five values that the vault has not seen.
    TokenizeNew,
    /// POST of 1 KiB with five values that the vault has.
    TokenizeKnown,
    /// GET of 1 KiB with five tokens, by a caller who may see the originals.
    Reveal,
}

impl Work {
    pub(crate) const ALL: [Self; 5] =
        [Self::PassGet, Self::PassPost, Self::TokenizeNew, Self::TokenizeKnown, Self::Reveal];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::PassGet => "pass-through GET",
            Self::PassPost => "pass-through POST",
            Self::TokenizeNew => "tokenize 5 new",
            Self::TokenizeKnown => "tokenize 5 known",
            Self::Reveal => "reveal 5",
        }
    }

    /// Which user the request of this number is about; numbers are never used twice.
    fn user(self, number: u64) -> u64 {
        match self {
            Self::TokenizeNew => KNOWN + number,
            Self::PassGet | Self::PassPost | Self::TokenizeKnown | Self::Reveal => number % KNOWN,
        }
    }

    /// Writes the request of this number, for the proxy of this name.
    pub(crate) fn request(self, number: u64, proxy: &str, key: &str, out: &mut Vec<u8>) {
        let user = self.user(number);
        let slot = user % KNOWN;
        match self {
            Self::PassGet => write_request(out, &format!("GET /plain/{slot}"), key, ""),
            Self::PassPost => write_request(out, &format!("POST /plain/{slot}"), key, &PLAIN),
            Self::TokenizeNew => {
                write_request(out, &format!("POST /users/new-{slot}"), key, &body(user));
            }
            Self::TokenizeKnown => {
                write_request(out, &format!("POST {}", known(proxy, slot)), key, &body(user));
            }
            Self::Reveal => write_request(out, &format!("GET {}", known(proxy, slot)), key, ""),
        }
    }

    /// Whether this is the answer to the request of this number.
    pub(crate) fn is_right(self, number: u64, answer: &Message) -> bool {
        match self {
            Self::PassGet | Self::PassPost => {
                answer.status() == Some(200) && answer.body == PLAIN.as_bytes()
            }
            Self::TokenizeNew | Self::TokenizeKnown => answer.status() == Some(204),
            Self::Reveal => {
                answer.status() == Some(200) && answer.body == body(self.user(number)).as_bytes()
            }
        }
    }
}

/// The target under which a known user is stored.
pub(crate) fn known(proxy: &str, slot: u64) -> String {
    let proxy = proxy.replace(", ", "-");
    format!("/users/known-{proxy}-{slot}")
}

/// The five values of a user.
pub(crate) fn originals(user: u64) -> [String; 5] {
    [
        format!("{CLEAR} Person {user}"),
        format!("{CLEAR}.{user}@mail.example"),
        format!("+4930{user:09}"),
        format!("{user} {CLEAR} Street, Springfield"),
        format!("{CLEAR} Partner {user}"),
    ]
}

/// 1 KiB of JSON about a user. Spacing and order are unusual on purpose: they must come back.
pub(crate) fn body(user: u64) -> String {
    let [name, email, phone, address, partner] = originals(user);
    let mut text = format!(
        "{{\"zip\": 12345, \"name\":\"{name}\",\n \"email\" :\"{email}\",\"balance\":1.50,\
         \"phone\":\"{phone}\",\"address\":\"{address}\",\"partner\":\"{partner}\",\"filler\":\""
    );
    while text.len() < 1022 {
        text.push('x');
    }
    text.push_str("\"}");
    text
}

fn write_request(out: &mut Vec<u8>, line: &str, key: &str, body: &str) {
    let mut head = format!("{line} HTTP/1.1\r\nhost: bench.example\r\n");
    if !key.is_empty() {
        let _infallible = write!(head, "cloakroom-key: {key}\r\n");
    }
    if !body.is_empty() {
        let _infallible =
            write!(head, "content-type: application/json\r\ncontent-length: {}\r\n", body.len());
    }
    out.clear();
    out.extend_from_slice(head.as_bytes());
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(body.as_bytes());
}
