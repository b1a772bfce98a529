//! Pages behind links, filled.

use cloakroom::pages::LinkToken;
use cloakroom::pages::Path;
use cloakroom::pages::link::Done;
use cloakroom::pages::link::End;
use cloakroom::pages::link::PortalLink;
use cloakroom::pages::link::Question;
use cloakroom::pages::link::RemovalLink;
use cloakroom::pages::link::SharedField;
use cloakroom::pages::link::SharedRecord;
use uuid::Uuid;

use super::Filler;
use super::Sample;
use super::Signed::Out;
use super::at;

/// All pages behind links.
pub(super) fn all(fill: Filler) -> Vec<Sample> {
    let token = LinkToken(Uuid::from_u128(0x2f1b_6c0d_44e1_4a7b_9b3e_7a15_c2d0_88f1));
    let removal = |here, question| RemovalLink {
        frame: fill.frame(here, Out),
        token,
        question,
        removal: at("2027-05-03T00:00:00Z"),
    };
    let done = |end| Done { frame: fill.frame(Path::Retain(token), Out), end };
    let field = |name: &str, value: Option<&str>| SharedField {
        name: fill.text(name),
        value: value.map(|value| fill.secret(value)),
    };
    let shared = SharedRecord {
        frame: fill.frame(Path::Shared(token), Out),
        partner: fill.text("Parcel Partner"),
        fields: fill.rows(vec![
            field("name", Some("María Keller")),
            field("phone", Some("+49 30 1234567")),
            field("fax", None),
        ]),
        until: at("2026-12-15T00:00:00Z"),
        reads_left: fill.some(1),
    };
    vec![
        fill.page("link-remove", &removal(Path::Delete(token), Question::Remove)),
        fill.page("link-keep", &removal(Path::Retain(token), Question::Keep)),
        fill.page("link-kept", &done(End::Kept)),
        fill.page("link-removed", &done(End::Removed)),
        fill.page("link-requested", &done(End::Requested)),
        fill.page("link-portal", &PortalLink { frame: fill.frame(Path::Portal(token), Out) }),
        fill.page("shared", &shared),
    ]
}
