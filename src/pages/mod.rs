//! The pages of portal and console, as pure functions from what they show to HTML.
//!
//! Every page is a struct with all that it shows, and a template of its own in `templates/`, which the
//! compiler checks. [`answer`] gives the response of a page, [`asset()`] that of the style sheet and the
//! script. Nothing here knows where data comes from, who asks, or what a form does: the modules above fill
//! the structs, and read what is posted.
//!
//! Begin with [`Frame`], which all pages share, then [`portal`], [`console`] and [`link`].
//!
//! # Invariants
//!
//! - No value becomes markup, and nothing on a page is executed but the one script
//!   (`pages::structure`, `pages::templates`).
//! - No URL is made of anything but a [`Path`] or an [`Anchor`], which hold no identifier of a person
//!   (`pages::templates`).
//! - A text without one of the languages does not compile (`text`).
//! - A page that would be longer than 8 MiB is an error ([`TooLong`]).

mod frame;
mod language;
mod text;
mod format;
mod path;
mod asset;
mod response;
mod failure;
pub mod link;
pub mod portal;
pub mod console;

pub use asset::asset;
pub use failure::{Failure, FailurePage};
pub use frame::{Action, Csrf, Frame, Notice, Session};
pub use language::Language;
pub use path::{Anchor, LinkToken, Path, PersonToken};
pub use response::{TooLong, answer};

/// A page: a template, and the frame around it.
pub trait Page: askama::Template {
    /// Returns what the page shares with all others.
    fn frame(&self) -> &Frame;
}

/// Says of structs with a member `frame` that they are pages.
macro_rules! pages {
    ($($name:ident),+ $(,)?) => {
        $(impl crate::pages::Page for $name {
            fn frame(&self) -> &crate::pages::Frame {
                &self.frame
            }
        })+
    };
}
use pages;
