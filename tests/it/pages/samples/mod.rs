//! Every page, with nothing on it, as usual, and with hostile content.

mod people;
mod links;
mod staff;

use cloakroom::base::DataClass;
use cloakroom::base::RequestId;
use cloakroom::base::Sensitive;
use cloakroom::pages::Csrf;
use cloakroom::pages::Failure;
use cloakroom::pages::FailurePage;
use cloakroom::pages::Frame;
use cloakroom::pages::Language;

use cloakroom::pages::Page;
use cloakroom::pages::Path;
use cloakroom::pages::Session;
use cloakroom::pages::answer;

use http::Response;
use http::StatusCode;
use jiff::Timestamp;

/// What a page is filled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Empty,
    Usual,
    Hostile,
}

/// A page that is filled.
pub(super) struct Sample {
    pub(super) name: &'static str,
    pub(super) path: String,
    pub(super) response: Response<Sensitive<String>>,
}

impl Sample {
    pub(super) fn html(&self) -> &str {
        self.response.body().expose()
    }
}

/// What attackers write into a name, and what it must stay.
pub(super) const HOSTILE: &[&str] = &[
    "<script>fire()</script>",
    "\"><img src=x onerror=fire()>",
    "' onfocus='fire()' autofocus='",
    "javascript:fire()",
    "</title></textarea></svg></option></select><svg/onload=fire()>",
    "{{ 7 * 7 }}${fire()}",
    "\u{202e}txet desrever\u{202c} \u{5e9}\u{5dc}\u{5d5}\u{5dd} \u{645}\u{631}\u{62d}\u{628}\u{627}",
    "<!-- --><![CDATA[ &lt; &amp;lt; &#x3c;",
    "one\nline\r\nmore\ttab\u{0}\u{7f}\u{85}\u{2028}",
    "//evil.example/ https://evil.example/?a=b&copy=1",
];

/// A word of 200 characters, which no browser breaks by itself.
pub(super) fn long_word() -> String {
    "Donaudampfschifffahrtsgesellschaft".chars().cycle().take(200).collect()
}

/// Fills pages with content in a language.
#[derive(Debug, Clone, Copy)]
pub(super) struct Filler {
    pub(super) content: Content,
    pub(super) language: Language,
    /// Rows of hostile lists.
    pub(super) rows: usize,
}

impl Filler {
    pub(super) const fn usual(language: Language) -> Self {
        Self { content: Content::Usual, language, rows: 0 }
    }

    pub(super) fn text(self, usual: &str) -> String {
        match self.content {
            Content::Empty | Content::Usual => usual.to_owned(),
            Content::Hostile => {
                let sum = usual
                    .bytes()
                    .fold(7, |sum: usize, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
                let index = sum % (HOSTILE.len() + 1);
                HOSTILE.get(index).map_or_else(long_word, |text| (*text).to_owned())
            }
        }
    }

    pub(super) fn secret(self, usual: &str) -> Sensitive<String> {
        Sensitive::new(self.text(usual))
    }

    /// So many rows of a list as fit the content: none, these, or many.
    pub(super) fn rows<T: Clone>(self, usual: Vec<T>) -> Vec<T> {
        match self.content {
            Content::Empty => Vec::new(),
            Content::Usual => usual,
            Content::Hostile => usual.iter().cycle().take(self.rows).cloned().collect(),
        }
    }

    pub(super) fn some<T>(self, usual: T) -> Option<T> {
        (self.content != Content::Empty).then_some(usual)
    }

    pub(super) fn number(self, usual: u64) -> u64 {
        match self.content {
            Content::Empty => 0,
            Content::Usual => usual,
            Content::Hostile => u64::MAX,
        }
    }

    /// The frame of a page for people.
    pub(super) fn frame(self, here: Path, signed: Signed) -> Frame {
        let session = match signed {
            Signed::Out => None,
            Signed::Person => Some(Session { ends: at("2026-12-01T10:35:00Z"), staff: None }),
            Signed::Staff => {
                let staff = Some(self.text("Dana Okafor"));
                Some(Session { ends: at("2026-12-01T10:50:00Z"), staff })
            }
        };
        Frame {
            language: self.language,
            company: self.text("Example Shop"),
            here,
            now: at("2026-12-01T10:20:00Z"),
            request: RequestId::new(),
            session,
            csrf: Csrf(self.secret("aGVsbG8td29ybGQtY3NyZi10b2tlbg")),
            notice: None,
        }
    }

    #[expect(clippy::unused_self, reason = "reads like its neighbours: a filler fills a page")]
    fn page(self, name: &'static str, page: &impl Page) -> Sample {
        let response = answer(StatusCode::OK, page).unwrap();
        Sample { name, path: page.frame().here.to_string(), response }
    }

    /// All pages.
    pub(super) fn all(self) -> Vec<Sample> {
        let pages = [people::all(self), links::all(self), staff::all(self), self.failures()];
        pages.into_iter().flatten().collect()
    }

    fn failures(self) -> Vec<Sample> {
        [
            ("failure-unavailable", Failure::Unavailable),
            ("failure-link-over", Failure::LinkOver),
            ("failure-unknown", Failure::Unknown),
        ]
        .map(|(name, failure)| {
            let frame = self.frame(Path::Me, Signed::Out);
            self.page(name, &FailurePage { frame, failure, onward: Path::SignIn })
        })
        .into()
    }
}

/// Who is signed in.
#[derive(Debug, Clone, Copy)]
pub(super) enum Signed {
    Out,
    Person,
    Staff,
}

/// A moment from its text.
pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A class from its name.
pub(super) fn class(name: &str) -> DataClass {
    DataClass::new(name).unwrap()
}
