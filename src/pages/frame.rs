//! What all pages share: who speaks, in which language, and what the last click did.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;

use super::Language;
use super::Path;
use super::asset::SCRIPT;
use super::asset::STYLE;
use super::format;
use super::format::Moment;
use super::text::Shared;
use super::text::Text;
use super::text::class_name;
use crate::base::DataClass;
use crate::base::RequestId;
use crate::base::Sensitive;

/// What the frame of every page is made from.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The language of all texts.
    pub language: Language,
    /// The company's name, as people know it.
    pub company: String,
    /// The path of this page, by which the navigation marks it.
    pub here: Path,
    /// The time for which the page is made.
    pub now: Timestamp,
    /// The request that the page answers.
    pub request: RequestId,
    /// The session of who is signed in.
    pub session: Option<Session>,
    /// The token that each form carries.
    pub csrf: Csrf,
    /// What the click before did.
    pub notice: Option<Notice>,
}

/// A session that is open.
#[derive(Debug, Clone)]
pub struct Session {
    /// The end of the session, if nothing is clicked.
    pub ends: Timestamp,
    /// The name of the staff member, on pages of the console.
    pub staff: Option<String>,
}

/// The token of a form, which other sites do not know.
#[derive(Debug, Clone)]
pub struct Csrf(pub Sensitive<String>);

impl Frame {
    pub(super) fn say(&self, text: impl Text) -> Cow<'static, str> {
        text.phrase().in_language(self.language)
    }

    /// Returns a text with something in its place.
    pub(super) fn with(&self, text: impl Text, place: &str) -> String {
        text.phrase().with(self.language, place)
    }

    /// Returns the form of a text for a count.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass by reference")]
    pub(super) fn count(&self, text: impl Text, count: &u64) -> String {
        text.phrase().counted(self.language, *count)
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass by reference")]
    pub(super) fn number(&self, number: &u64) -> String {
        format::number(self.language, *number)
    }

    pub(super) fn day(&self, at: &Timestamp) -> Moment {
        format::day(self.language, *at)
    }

    pub(super) fn minute(&self, at: &Timestamp) -> Moment {
        format::minute(self.language, *at)
    }

    /// Returns the seconds from now to a moment; 0 when it is past.
    pub(super) fn left(&self, until: &Timestamp) -> u64 {
        format::seconds_left(self.now, *until)
    }

    /// Returns a class as people call it.
    pub(super) fn class<'a>(&self, class: &'a DataClass) -> Cow<'a, str> {
        class_name(class, self.language)
    }

    /// Returns whether the navigation is on this path.
    pub(super) fn is_at(&self, path: Path) -> bool {
        self.here == path
    }

    /// Returns the languages that can be chosen beside the one of the page.
    pub(super) fn other_languages(&self) -> impl Iterator<Item = Language> {
        let chosen = self.language;
        Language::OFFERED.into_iter().filter(move |language| *language != chosen)
    }

    #[expect(clippy::unused_self, reason = "templates have the frame at hand")]
    pub(super) fn style(&self) -> &'static str {
        &STYLE.path
    }

    #[expect(clippy::unused_self, reason = "templates have the frame at hand")]
    pub(super) fn script(&self) -> &'static str {
        &SCRIPT.path
    }
}

/// Writes a closed set of words that forms post or pages tell, each with its spelling.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$entry_doc:meta])* $entry:ident = $word:literal)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($(#[$entry_doc])* $entry),+
        }

        impl $name {
            /// Returns the entry that is spelled like this.
            pub fn parse(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$entry),)+
                    _ => None,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(match self {
                    $(Self::$entry => $word),+
                })
            }
        }
    };
}

words! {
    /// What a button does: the value of the member `do` of its form.
    Action {
        /// Sends a code to an address (member `address`).
        Send = "send"
        /// Goes on with a code (`code`).
        SignIn = "sign-in"
        /// Ends the session and leads to `/bye`.
        SignOut = "sign-out"
        /// Keeps the data whose removal was announced.
        Keep = "keep"
        /// Removes the data of a person for good.
        Remove = "remove"
        /// Goes on to the next step.
        Continue = "continue"
        /// Changes a field (`row`, `value`).
        Change = "change"
        /// Takes back a request, or an announced removal (`row`).
        Cancel = "cancel"
        /// Gives a consent (`row`).
        Give = "give"
        /// Withdraws a consent (`row`).
        Withdraw = "withdraw"
        /// Ends a share or a hold (`row`).
        End = "end"
        /// Downloads as a page.
        DownloadPage = "download-page"
        /// Downloads as JSON.
        DownloadJson = "download-json"
        /// Finds a person (`class`, `value`, `purpose`).
        Find = "find"
        /// Shows one field in clear (`row`, `purpose`).
        Reveal = "reveal"
        /// Makes a link by which a person signs in.
        Link = "link"
        /// Announces a removal.
        Expire = "expire"
        /// Holds data (`reason`, `law`, `until`).
        Hold = "hold"
        /// Approves a request (`row`, `revision`).
        Approve = "approve"
        /// Refuses a request (`row`, `revision`, `reason`).
        Refuse = "refuse"
        /// Stores an activity (`row` and its members).
        Save = "save"
        /// Verifies the journal.
        Verify = "verify"
        /// Gives the proof of a receipt (`row`).
        Prove = "prove"
    }
}

words! {
    /// What the click before did: shown once, on the page that it led to.
    Notice {
        /// A change is stored.
        Saved = "saved"
        /// A person will decide on what was asked.
        Asked = "asked"
        /// The data stays, its removal is called off.
        Kept = "kept"
        /// A request or an announced removal is taken back.
        Cancelled = "cancelled"
        /// A consent is given.
        Given = "given"
        /// A consent is withdrawn.
        Withdrawn = "withdrawn"
        /// A share or a hold is ended.
        Ended = "ended"
        /// A request is approved, and done.
        Approved = "approved"
        /// A request is refused, and its person told.
        Refused = "refused"
        /// A removal is announced.
        Announced = "announced"
        /// A hold is set on a person's data.
        Held = "held"
        /// The journal is as it was written.
        Verified = "verified"
    }
}

impl Notice {
    pub(super) fn text(self) -> Shared {
        match self {
            Self::Saved => Shared::NoticeSaved,
            Self::Asked => Shared::NoticeAsked,
            Self::Kept => Shared::NoticeKept,
            Self::Cancelled => Shared::NoticeCancelled,
            Self::Given => Shared::NoticeGiven,
            Self::Withdrawn => Shared::NoticeWithdrawn,
            Self::Ended => Shared::NoticeEnded,
            Self::Approved => Shared::NoticeApproved,
            Self::Refused => Shared::NoticeRefused,
            Self::Announced => Shared::NoticeAnnounced,
            Self::Held => Shared::NoticeHeld,
            Self::Verified => Shared::NoticeVerified,
        }
    }
}
