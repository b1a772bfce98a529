//! The portal, filled.

use cloakroom::base::Purpose;
use cloakroom::pages::Notice;
use cloakroom::pages::Path;
use cloakroom::pages::portal::AddressFault;
use cloakroom::pages::portal::Bye;
use cloakroom::pages::portal::Change;
use cloakroom::pages::portal::Code;
use cloakroom::pages::portal::CodeFault;
use cloakroom::pages::portal::CodePurpose;
use cloakroom::pages::portal::Consent;
use cloakroom::pages::portal::ConsentEvent;
use cloakroom::pages::portal::ConsentState;
use cloakroom::pages::portal::Consents;
use cloakroom::pages::portal::Data;
use cloakroom::pages::portal::DataField;
use cloakroom::pages::portal::Download;
use cloakroom::pages::portal::Ending;
use cloakroom::pages::portal::Erase;
use cloakroom::pages::portal::EraseStep;
use cloakroom::pages::portal::FieldGroup;
use cloakroom::pages::portal::Goes;
use cloakroom::pages::portal::GoesKind;
use cloakroom::pages::portal::Held;
use cloakroom::pages::portal::Look;
use cloakroom::pages::portal::LookFilter;
use cloakroom::pages::portal::Looks;
use cloakroom::pages::portal::Overview;
use cloakroom::pages::portal::OwnRequest;
use cloakroom::pages::portal::Receipt;
use cloakroom::pages::portal::Refused;
use cloakroom::pages::portal::Removal;
use cloakroom::pages::portal::RequestKind;
use cloakroom::pages::portal::RequestState;
use cloakroom::pages::portal::Requests;
use cloakroom::pages::portal::Seen;
use cloakroom::pages::portal::Share;
use cloakroom::pages::portal::Shares;
use cloakroom::pages::portal::SignIn;
use cloakroom::pages::portal::Source;
use cloakroom::pages::portal::Stays;
use cloakroom::pages::portal::ValueFault;

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
    all.extend([
        fill.page("data", &data(fill, false)),
        fill.page("data-error", &data(fill, true)),
        fill.page("seen", &seen(fill)),
        fill.page("requests", &requests(fill)),
        fill.page("consents", &consents(fill)),
        fill.page("shares", &shares(fill)),
    ]);
    all.extend(leaving(fill));
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
    frame.notice = fill.some(Notice::Saved);
    let held = [("email", 1), ("phone", 1), ("name", 1), ("address", 2), ("x-loyalty", 3)];
    let held =
        held.map(|(name, count)| Held { class: class(name), count: fill.number(count).max(1) });
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

fn field(fill: Filler, name: &str, of: Option<&str>, value: &str, change: Change) -> DataField {
    let value = fill.secret(value);
    DataField {
        row: fill.text(name),
        name: fill.text(name),
        class: of.map(class),
        value,
        change,
        refused: None,
    }
}

fn data(fill: Filler, with_fault: bool) -> Data {
    let mut phone = field(fill, "$.phone", Some("phone"), "+49 30 1234567", Change::Now);
    if with_fault {
        phone.refused =
            Some(Refused { entered: fill.secret("+49 abc"), fault: ValueFault::Malformed });
    }
    let profile = vec![
        field(fill, "$.email", Some("email"), "maria.keller@example.com", Change::Request),
        phone,
        field(fill, "$.name", Some("name"), "María Keller", Change::Now),
        field(fill, "$.language", None, "de", Change::Now),
    ];
    let orders = vec![
        field(fill, "$.ship.to", Some("address"), "Lindenstraße 7, 10969 Berlin", Change::Request),
        field(fill, "$.note", Some("text"), "Please ring twice", Change::Locked),
    ];
    let shop = vec![field(
        fill,
        "$.customer.email",
        Some("email"),
        "maria.keller@example.com",
        Change::Request,
    )];
    let groups = fill.rows(vec![
        FieldGroup { source: Source::Profile, fields: profile },
        FieldGroup { source: Source::Document(fill.text("orders")), fields: orders },
        FieldGroup { source: Source::Records(fill.text("shop")), fields: shop },
    ]);
    Data { frame: fill.frame(Path::Data, Person), groups: groups.into_iter().take(100).collect() }
}

fn seen(fill: Filler) -> Seen {
    let purpose = |name| Purpose::new(name);
    let look = |when, who, purpose, classes: &[&str]| Look {
        at: at(when),
        who: fill.text(who),
        purpose,
        classes: classes.iter().map(|name| class(name)).collect(),
    };
    let looks = vec![
        look("2026-11-28T14:05:09Z", "support", purpose("ticket"), &["email", "name", "phone"]),
        look("2026-11-27T08:31:00Z", "shipping", purpose("delivery"), &["name", "address"]),
        look("2026-11-20T16:12:40Z", "support", purpose("ticket"), &["email"]),
        look("2026-10-02T07:00:01Z", "reports", None, &["postcode"]),
    ];
    let purposes: Vec<_> = ["delivery", "ticket"].into_iter().filter_map(purpose).collect();
    Seen {
        frame: fill.frame(Path::Seen, Person),
        filter: LookFilter {
            chosen: fill.some(()).and_then(|()| purpose("ticket")),
            purposes: fill.rows(purposes),
        },
        looks: fill.rows(looks),
        page: 2,
        has_more: fill.some(()).is_some(),
        silent: fill.rows(vec![fill.text("gateway-eu-2")]),
    }
}

fn requests(fill: Filler) -> Requests {
    let request = |kind, state| OwnRequest {
        row: fill.text("r-1"),
        kind,
        asked: at("2026-11-02T09:00:00Z"),
        due: at("2026-12-02T09:00:00Z"),
        state,
    };
    let refused = RequestState::Refused {
        at: at("2026-10-09T12:00:00Z"),
        reason: fill.text("Invoices are kept until 2031, as tax law asks."),
    };
    let all = vec![
        request(RequestKind::Change(fill.text("$.email")), RequestState::Open),
        request(RequestKind::Erase, refused),
        request(
            RequestKind::Change(fill.text("$.ship.to")),
            RequestState::Approved(at("2026-09-01T00:00:00Z")),
        ),
        request(RequestKind::Erase, RequestState::Cancelled(at("2026-08-01T00:00:00Z"))),
    ];
    Requests { frame: fill.frame(Path::MyRequests, Person), requests: fill.rows(all) }
}

pub(super) fn consents(fill: Filler) -> Consents {
    let event = |state| ConsentEvent { state, method: fill.text("web form") };
    let consent = |title: &str, wording: &str, state, history| Consent {
        row: fill.text("newsletter"),
        title: fill.text(title),
        wording: fill.text(wording),
        state,
        history,
    };
    let given = ConsentState::Given(at("2026-03-01T10:00:00Z"));
    let withdrawn = ConsentState::Withdrawn(at("2026-06-01T10:00:00Z"));
    let all = vec![
        consent(
            "Newsletter",
            "You send me news by e-mail, once a month at most.",
            given,
            vec![event(given)],
        ),
        consent(
            "Delivery by text message",
            "You send me a text message on the day of delivery.",
            withdrawn,
            vec![
                event(withdrawn),
                event(ConsentState::Expired(at("2026-05-01T10:00:00Z"))),
                event(given),
            ],
        ),
        consent(
            "Reviews",
            "You publish my reviews with my first name.",
            ConsentState::Absent,
            Vec::new(),
        ),
        consent(
            "Calls",
            "You call me about my orders.",
            ConsentState::Refused(at("2026-02-01T10:00:00Z")),
            Vec::new(),
        ),
    ];
    Consents { frame: fill.frame(Path::Consents, Person), consents: fill.rows(all) }
}

fn shares(fill: Filler) -> Shares {
    let share = |partner: &str, country: Option<&str>, reads_left| Share {
        row: fill.text("s-1"),
        partner: fill.text(partner),
        country: country.map(|country| fill.text(country)),
        fields: ["name", "phone"].map(|name| fill.text(name)).into(),
        until: at("2026-12-15T00:00:00Z"),
        reads: fill.number(1),
        reads_left,
    };
    let all = vec![share("Parcel Partner", Some("NL"), Some(1)), share("Installer", None, None)];
    Shares { frame: fill.frame(Path::Shares, Person), shares: fill.rows(all) }
}

fn leaving(fill: Filler) -> Vec<Sample> {
    let stay = Stays {
        what: fill.text("Invoices"),
        law: fill.text("tax law, section 147"),
        until: at("2031-12-31T00:00:00Z"),
    };
    let goes = [
        (GoesKind::Values, 7),
        (GoesKind::Documents, 2),
        (GoesKind::Sessions, 3),
        (GoesKind::Shares, 1),
        (GoesKind::Consents, 2),
    ];
    let goes = goes.map(|(kind, count)| Goes { kind, count: fill.number(count) });
    let stays = fill.rows(vec![stay]);
    let erase = |step| Erase {
        frame: fill.frame(Path::Erase, Person),
        step,
        goes: fill.rows(goes.into()),
        stays: stays.clone(),
    };
    let receipt = Receipt {
        at: at("2026-12-01T10:21:00Z"),
        destroyed: fill.number(6),
        released: fill.number(1),
        stays: stays.clone(),
        backups_end: at("2027-01-01T00:00:00Z"),
        note: fill.text("cloakroom.example/erasures\n417\nqL9…\n\n— shop.example Az3…"),
        nonce: fill.secret("4f1c9a2207be4d0e8a51"),
    };
    let bye = |ending| Bye { frame: fill.frame(Path::Bye, Out), ending };
    vec![
        fill.page(
            "download",
            &Download { frame: fill.frame(Path::Download, Person), needs_code: true },
        ),
        fill.page("erase-1", &erase(EraseStep::First)),
        fill.page("erase-2", &erase(EraseStep::Second { unchecked: false })),
        fill.page("erase-2-error", &erase(EraseStep::Second { unchecked: true })),
        fill.page("erase-held", &erase(EraseStep::OnHold)),
        fill.page("bye-erased", &bye(Ending::Erased(receipt))),
        fill.page("bye-erasing", &bye(Ending::Erasing)),
        fill.page("bye", &bye(Ending::SignedOut)),
    ]
}
