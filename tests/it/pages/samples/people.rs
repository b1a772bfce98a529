//! The portal, filled.

use cloakroom::pages::Notice;
use cloakroom::pages::Path;
use cloakroom::pages::portal::AddressFault;
use cloakroom::pages::portal::Code;
use cloakroom::pages::portal::CodeFault;
use cloakroom::pages::portal::CodePurpose;
use cloakroom::pages::portal::Held;
use cloakroom::pages::portal::Looks;
use cloakroom::pages::portal::Overview;
use cloakroom::pages::portal::Removal;
use cloakroom::pages::portal::SignIn;

use super::Filler;
use super::Sample;
use super::Signed::Out;
use super::Signed::Person;
use super::at;
use super::class;

/// All pages of the portal.
pub(super) fn all(fill: Filler) -> Vec<Sample> {
    let mut all = sign_in(fill);
    all.push(fill.page("me", &overview(fill)));
    all
}

fn sign_in(fill: Filler) -> Vec<Sample> {
    let frame = |here| fill.frame(here, Out);
    let code = |purpose, fault| Code {
        frame: frame(Path::Code),
        purpose,
        ends: at("2026-12-01T10:29:41Z"),
        fault,
    };
    let malformed = Some(AddressFault::Malformed);
    vec![
        fill.page("sign-in", &SignIn { frame: frame(Path::SignIn), fault: None }),
        fill.page("sign-in-error", &SignIn { frame: frame(Path::SignIn), fault: malformed }),
        fill.page("code", &code(CodePurpose::SignIn, None)),
        fill.page("code-error", &code(CodePurpose::SignIn, Some(CodeFault::Wrong(4)))),
        fill.page("code-confirm", &code(CodePurpose::Confirm(Path::Erase), Some(CodeFault::Over))),
    ]
}

fn overview(fill: Filler) -> Overview {
    let mut frame = fill.frame(Path::Me, Person);
    frame.notice = fill.some(Notice::Cancelled);
    let held = [("email", 1), ("phone", 1), ("name", 1), ("address", 2), ("x-loyalty", 3)];
    let held = held.map(|(name, count)| Held { class: class(name), count: fill.number(count).max(1) });
    Overview {
        frame,
        held: fill.rows(held.into()),
        looks: Looks { count: fill.number(4), last: fill.some(at("2026-11-28T14:05:09Z")) },
        removal: fill.some(Removal::Planned(at("2027-05-03T00:00:00Z"))),
        open_requests: fill.number(1),
        consents: fill.number(2),
        shares: fill.number(1),
    }
}
