//! Where a person says who they are: an address, then the code that was sent there.

use askama::Template;
use jiff::Timestamp;

use crate::pages::Frame;
use crate::pages::Path;
use crate::pages::format::clock;
use crate::pages::frame::Action;
use crate::pages::pages;
use crate::pages::text::Portal;
use crate::pages::text::Shared;

/// `/`: the address. It answers alike whether the address is known or not.
#[derive(Debug, Template)]
#[template(path = "portal/sign_in.html")]
pub struct SignIn {
    /// The frame of the page.
    pub frame: Frame,
    /// What was wrong with the address that was sent.
    pub fault: Option<AddressFault>,
}

/// What is wrong with an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressFault {
    /// Nothing was typed.
    Missing,
    /// Neither an e-mail address nor a phone number.
    Malformed,
}

impl AddressFault {
    fn text(self) -> Portal {
        match self {
            Self::Missing => Portal::AddressMissing,
            Self::Malformed => Portal::AddressMalformed,
        }
    }
}

/// `/code`: the code that was sent, to sign in or to confirm a step.
#[derive(Debug, Template)]
#[template(path = "portal/code.html")]
pub struct Code {
    /// The frame of the page.
    pub frame: Frame,
    /// What the code is asked for.
    pub purpose: CodePurpose,
    /// The end of the code.
    pub ends: Timestamp,
    /// What was wrong with the code that was sent.
    pub fault: Option<CodeFault>,
}

/// What a code is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodePurpose {
    /// Signing in, after an address was typed at `/`.
    SignIn,
    /// A step that needs a fresh code, such as erasure: this is the path that it goes on with.
    Confirm(Path),
}

/// What is wrong with a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeFault {
    /// Nothing was typed.
    Missing,
    /// Another code; this many tries are left.
    Wrong(u64),
    /// Too late, or no try is left: a new code is needed.
    Over,
}

impl Code {
    fn fault_text(&self, fault: &CodeFault) -> String {
        match fault {
            CodeFault::Missing => self.frame.say(Portal::CodeMissing).into_owned(),
            CodeFault::Wrong(left) => self.frame.count(Portal::CodeWrong, left),
            CodeFault::Over => self.frame.say(Portal::CodeOver).into_owned(),
        }
    }

    fn left(&self) -> u64 {
        self.frame.left(&self.ends)
    }

    fn clock(&self) -> String {
        clock(self.left())
    }
}

pages!(SignIn, Code);
