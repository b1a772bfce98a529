//! The console, filled.

use cloakroom::base::Purpose;
use cloakroom::pages::Path;
use cloakroom::pages::PersonToken;
use cloakroom::pages::console::Activities;
use cloakroom::pages::console::Activity;
use cloakroom::pages::console::Check;
use cloakroom::pages::console::Decision;
use cloakroom::pages::console::DecisionFault;
use cloakroom::pages::console::Due;
use cloakroom::pages::console::Event;
use cloakroom::pages::console::Expiration;
use cloakroom::pages::console::ExpirationState;
use cloakroom::pages::console::Expirations;
use cloakroom::pages::console::Find;
use cloakroom::pages::console::FindFault;
use cloakroom::pages::console::Flow;
use cloakroom::pages::console::Flows;
use cloakroom::pages::console::Found;
use cloakroom::pages::console::Health;
use cloakroom::pages::console::Hold;
use cloakroom::pages::console::Holds;
use cloakroom::pages::console::Journal;
use cloakroom::pages::console::JournalFilter;
use cloakroom::pages::console::MaskedField;
use cloakroom::pages::console::OpenRequest;
use cloakroom::pages::console::Overview;
use cloakroom::pages::console::Person;
use cloakroom::pages::console::ReceiptRow;
use cloakroom::pages::console::Receipts;
use cloakroom::pages::console::Recipient;
use cloakroom::pages::console::Requests;
use cloakroom::pages::console::Shown;
use cloakroom::pages::console::Verified;
use cloakroom::pages::console::Wish;
use cloakroom::pages::portal::Goes;
use cloakroom::pages::portal::GoesKind;
use cloakroom::pages::portal::Look;
use cloakroom::pages::portal::Stays;
use uuid::Uuid;

use super::Filler;
use super::Sample;
use super::Signed::Staff;
use super::at;
use super::class;
use super::people;

/// All pages of the console.
pub(super) fn all(fill: Filler) -> Vec<Sample> {
    let mut all = vec![
        fill.page("console", &overview(fill)),
        fill.page("console-find", &find(fill, None, false)),
        fill.page("console-found", &find(fill, None, true)),
        fill.page("console-find-error", &find(fill, Some(FindFault::Malformed), false)),
        fill.page("console-person", &person(fill)),
        fill.page("console-requests", &requests(fill, None)),
        fill.page("console-expirations", &expirations(fill)),
        fill.page(
            "console-holds",
            &Holds { frame: fill.frame(Path::Holds, Staff), holds: fill.rows(holds(fill)) },
        ),
        fill.page("console-activities", &activities(fill)),
        fill.page("console-flows", &flows(fill)),
        fill.page("console-journal", &journal(fill)),
        fill.page("console-receipts", &receipts(fill)),
    ];
    let fault = DecisionFault { row: fill.text("r-2"), why: Decision::NoReason };
    all.push(fill.page("console-requests-error", &requests(fill, fill.some(fault))));
    all
}

fn token(number: u128) -> PersonToken {
    PersonToken(Uuid::from_u128(0x8c2e_9a41_77b3_8d52_a0f4_61c8_2b7e_0000 + number))
}

fn purposes() -> Vec<Purpose> {
    ["delivery", "request", "ticket"].into_iter().filter_map(Purpose::new).collect()
}

fn overview(fill: Filler) -> Overview {
    let due = ["2026-11-30T00:00:00Z", "2026-12-02T00:00:00Z", "2026-12-09T00:00:00Z"];
    let due = due
        .iter()
        .zip(1..)
        .map(|(day, number)| Due { person: token(number), at: at(day) })
        .collect();
    let checks = [("vault", Health::Well), ("journal", Health::Well), ("mail", Health::Down)];
    let checks = checks.map(|(part, health)| Check { part: fill.text(part), health });
    Overview {
        frame: fill.frame(Path::Console, Staff),
        due: fill.rows(due),
        open: fill.number(3),
        late: fill.number(1),
        undelivered: fill.number(2),
        expirations: fill.number(14),
        holds: fill.number(5),
        checks: fill.rows(checks.into()),
    }
}

fn find(fill: Filler, fault: Option<FindFault>, asked: bool) -> Find {
    let found = vec![
        Found { person: token(1), is_unique: true },
        Found { person: token(2), is_unique: false },
    ];
    Find {
        frame: fill.frame(Path::Find, Staff),
        classes: ["email", "phone", "customer-id"].map(class).into(),
        purposes: purposes(),
        fault,
        found: asked.then(|| fill.rows(found)),
    }
}

fn holds(fill: Filler) -> Vec<Hold> {
    let hold = |number, reason, law, keep: &[&str]| Hold {
        row: fill.text("h-1"),
        person: token(number),
        reason: fill.text(reason),
        law: fill.text(law),
        until: at("2031-12-31T00:00:00Z"),
        keep: keep.iter().map(|name| fill.text(name)).collect(),
    };
    vec![
        hold(1, "Invoices", "tax law, section 147", &["$.invoices", "$.name"]),
        hold(2, "Lawsuit 12 C 345/26", "civil procedure", &[]),
    ]
}

fn person(fill: Filler) -> Person {
    let field = |name: &str, of: Option<&str>, shown| MaskedField {
        row: fill.text(name),
        name: fill.text(name),
        class: of.map(class),
        shown,
    };
    let mask = |text| Shown::Mask(fill.text(text));
    let fields = vec![
        field("$.email", Some("email"), mask("m***@example.com")),
        field("$.phone", Some("phone"), Shown::Clear(fill.secret("+49 30 1234567"))),
        field("$.name", Some("name"), mask("M***")),
        field("$.language", None, Shown::Hidden),
    ];
    let records = vec![
        field("orders: $.ship.to", Some("address"), mask("***")),
        field("shop: $.customer.email", Some("email"), mask("m***@example.com")),
    ];
    let person = token(1);
    let seen = ["2026-11-28T14:05:09Z", "2026-11-27T08:31:00Z"].map(|when| Look {
        at: at(when),
        who: fill.text("support"),
        purpose: Purpose::new("ticket"),
        classes: ["email", "name"].map(class).into(),
    });
    Person {
        frame: fill.frame(Path::Person(person), Staff),
        person,
        purposes: purposes(),
        purpose: Purpose::new("ticket"),
        holds: fill.rows(holds(fill).split_off(1)).into_iter().take(20).collect(),
        removal: fill.some(at("2027-05-03T00:00:00Z")),
        fields: fill.rows(fields),
        records: fill.rows(records),
        consents: people::consents(fill).consents,
        seen: fill.rows(seen.into()),
        link: None,
    }
}

fn requests(fill: Filler, fault: Option<DecisionFault>) -> Requests {
    let request = |number, row, due, wish| OpenRequest {
        row: fill.text(row),
        revision: 7,
        person: token(number),
        asked: at("2026-11-02T09:00:00Z"),
        due: at(due),
        wish,
    };
    let goes = [(GoesKind::Values, 7), (GoesKind::Documents, 2), (GoesKind::Sessions, 3)];
    let stays = Stays {
        what: fill.text("Invoices"),
        law: fill.text("tax law, section 147"),
        until: at("2031-12-31T00:00:00Z"),
    };
    let erase = Wish::Erase {
        goes: goes.map(|(kind, count)| Goes { kind, count: fill.number(count) }).into(),
        stays: vec![stays],
    };
    let change = Wish::Change {
        field: fill.text("$.email"),
        before: fill.secret("m***@example.com"),
        after: fill.secret("maria@keller.example"),
    };
    let all = vec![
        request(1, "r-1", "2026-11-30T09:00:00Z", erase),
        request(2, "r-2", "2026-12-09T09:00:00Z", change),
    ];
    let mut requests = fill.rows(all);
    // One fault is one row's.
    for (number, request) in requests.iter_mut().enumerate().skip(2) {
        request.row = format!("row {number}");
    }
    Requests { frame: fill.frame(Path::Requests, Staff), requests, fault }
}

fn expirations(fill: Filler) -> Expirations {
    let expiration = |number, due, state| Expiration {
        row: fill.text("x-1"),
        person: token(number),
        started: at("2026-11-03T09:00:00Z"),
        due: at(due),
        state,
    };
    let all = vec![
        expiration(1, "2026-11-29T09:00:00Z", ExpirationState::Held),
        expiration(2, "2026-12-03T09:00:00Z", ExpirationState::Waiting),
        expiration(3, "2027-05-03T09:00:00Z", ExpirationState::Waiting),
    ];
    Expirations { frame: fill.frame(Path::Expirations, Staff), expirations: fill.rows(all) }
}

fn activities(fill: Filler) -> Activities {
    let activity = |title: &str,
                    classes: &[&str],
                    basis: &str,
                    recipients: &[(&str, &str)],
                    retention: Option<&str>| Activity {
        row: fill.text("deliver"),
        title: fill.text(title),
        classes: classes.iter().map(|name| class(name)).collect(),
        bases: vec![fill.text(basis)],
        recipients: recipients
            .iter()
            .map(|(name, country)| Recipient { name: fill.text(name), country: fill.text(country) })
            .collect(),
        retention: retention.map(|text| fill.text(text)),
    };
    let all = vec![
        activity(
            "Deliver orders",
            &["name", "address", "phone"],
            "contract",
            &[("Parcel Partner", "NL")],
            Some("2y"),
        ),
        activity("Answer questions", &["email", "name"], "legitimate interest", &[], None),
    ];
    Activities {
        frame: fill.frame(Path::Activities, Staff),
        activities: fill.rows(all),
        uncovered: fill.rows(vec![fill.text("reports: GET /reports/monthly")]),
    }
}

fn flows(fill: Filler) -> Flows {
    let flow = |from: &str, of, to: &str, country: Option<&str>, activities: &[&str], count| Flow {
        from: fill.text(from),
        class: class(of),
        to: fill.text(to),
        country: country.map(|country| fill.text(country)),
        activities: activities.iter().map(|name| fill.text(name)).collect(),
        count: fill.number(count),
    };
    let all = vec![
        flow("shop", "email", "support", None, &["Answer questions"], 12_840),
        flow("shop", "name", "support", None, &["Answer questions"], 12_790),
        flow("shop", "address", "Parcel Partner", Some("NL"), &["Deliver orders"], 5_120),
        flow("shop", "name", "Parcel Partner", Some("NL"), &["Deliver orders"], 5_120),
        flow("billing", "iban", "accounting", None, &["Collect payments"], 940),
        flow("billing", "address", "reports", None, &[], 37),
    ];
    Flows { frame: fill.frame(Path::Flows, Staff), flows: fill.rows(all), days: 30 }
}

fn journal(fill: Filler) -> Journal {
    let event = |when, action, who, person| Event {
        at: at(when),
        action: fill.text(action),
        who: fill.text(who),
        purpose: Purpose::new("ticket"),
        person,
        classes: ["email", "name"].map(class).into(),
        outcome: fill.text("done"),
    };
    let events = vec![
        event("2026-12-01T10:12:09Z", "person.read", "support", Some(token(1))),
        event("2026-12-01T10:02:44Z", "reveal", "shipping", None),
        event("2026-12-01T09:40:00Z", "person.erase", "dpo", Some(token(2))),
    ];
    Journal {
        frame: fill.frame(Path::Journal, Staff),
        filter: JournalFilter {
            person: fill.some(token(1)),
            purposes: purposes(),
            purpose: fill.some(()).and_then(|()| Purpose::new("ticket")),
            from: fill.some(at("2026-11-01T00:00:00Z")),
            to: fill.some(at("2026-12-01T00:00:00Z")),
        },
        events: fill.rows(events),
        page: 1,
        has_more: fill.some(()).is_some(),
        silent: Vec::new(),
        verified: fill.some(Verified {
            at: at("2026-12-01T06:00:00Z"),
            size: 1_204_331,
            root: fill.text("qL9xO0mWc1v5m3yJ0r6m0iJ0j7yqk0dVt2cWcQvYx3E="),
        }),
    }
}

fn receipts(fill: Filler) -> Receipts {
    let receipt = |row, when, cause| ReceiptRow {
        row: fill.text(row),
        at: at(when),
        cause: fill.text(cause),
        destroyed: fill.number(6),
        released: fill.number(1),
        backups_end: at("2027-01-01T00:00:00Z"),
    };
    let all = vec![
        receipt("417", "2026-12-01T09:40:00Z", "request"),
        receipt("416", "2026-11-29T03:00:12Z", "expiration"),
    ];
    Receipts {
        frame: fill.frame(Path::Receipts, Staff),
        receipts: fill.rows(all),
        page: 1,
        has_more: false,
    }
}
