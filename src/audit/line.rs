//! The line of an event: one JSON object, fields in one order, no white space between them.
//!
//! The bytes are what is hashed, so they are written here and never canonicalised again. The order
//! and the meaning of the fields are in `docs/audit-format.md`.

use data_encoding::HEXLOWER;
use jiff::Timestamp as Moment;
use jiff::fmt::temporal::DateTimePrinter;
use sha2::Digest;
use sha2::Sha256;

use crate::audit::event::Answer;
use crate::audit::event::Event;
use crate::audit::event::Exchange;
use crate::audit::event::Keys;
use crate::audit::event::Kind;
use crate::audit::event::Policy;
use crate::audit::person::Count;
use crate::audit::person::PersonAct;
use crate::audit::words::Item;
use crate::audit::words::Reference;
use crate::base::PrincipalKind;
use crate::base::Purpose;
use crate::base::RouteId;
use crate::base::TenantId;
use crate::base::Timestamp;
use crate::base::UpstreamId;

/// Bytes of a caller's name, and of each of its groups, that are written.
const TEXT_BYTES: usize = 256;

/// Groups of a caller that are written.
const GROUPS: usize = 32;

/// Policy ids that are written.
const POLICIES: usize = 32;

/// What the journal adds to an event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stamp<'a> {
    pub(super) seq: u64,
    pub(super) time: Timestamp,
    pub(super) boot_id: &'a str,
    pub(super) node: &'a str,
    pub(super) signed: u64,
    pub(super) lost: u64,
}

/// Appends the line of the event, with its newline.
pub(super) fn write(stamp: &Stamp<'_>, event: &Event, out: &mut Vec<u8>) {
    let mut object = Object::open(out);
    object.number("v", 1).number("seq", stamp.seq).text("time", &rfc3339(stamp.time));
    object.text("boot_id", stamp.boot_id).text("node", stamp.node).number("signed", stamp.signed);
    if stamp.lost > 0 {
        object.number("lost", stamp.lost);
    }
    object.text("event", event.name()).text("outcome", event.outcome());
    if let Some(reason) = event.reason {
        object.text("reason", reason.0);
    }
    if let Some(exchange) = &event.exchange {
        about(exchange, &mut object);
    }
    if let Some(policy) = &event.policy {
        decided(policy, object.field("policy"));
    }
    if let Some(rules) = &event.rules {
        object.hex("rules", rules);
    }
    if !event.items.is_empty() {
        list(&event.items, object.field("items"), item);
    }
    if let Some(Keys { generation, kid }) = event.keys {
        let mut keys = Object::open(object.field("keys"));
        keys.number("generation", u64::from(generation)).number("kid", u64::from(kid)).close();
    }
    special(&event.kind, &mut object);
    object.close();
    out.push(b'\n');
}

/// RFC 3339, UTC, always six digits of a second, so that text order is time order.
pub(super) fn rfc3339(time: Timestamp) -> String {
    let moment = time.date().unwrap_or(Moment::MAX);
    DateTimePrinter::new().precision(Some(6)).timestamp_to_string(&moment)
}

fn about(exchange: &Exchange, object: &mut Object<'_>) {
    caller(exchange, object.field("principal"));
    let names = [
        ("tenant", exchange.tenant.as_ref().map(TenantId::as_str)),
        ("route", exchange.route.as_ref().map(RouteId::as_str)),
        ("upstream", exchange.upstream.as_ref().map(UpstreamId::as_str)),
        ("method", Some(exchange.method.as_str())),
        ("purpose", exchange.purpose.as_ref().map(Purpose::as_str)),
    ];
    for (key, name) in names {
        if let Some(name) = name {
            object.text(key, name);
        }
    }
    object.text("request_id", &exchange.request_id.to_string());
    object.text("source", &exchange.source.to_string());
}

fn caller(exchange: &Exchange, out: &mut Vec<u8>) {
    let principal = &exchange.principal;
    let kind = match principal.kind() {
        PrincipalKind::User => "user",
        PrincipalKind::Service => "service",
        PrincipalKind::Anonymous => "anonymous",
    };
    let mut object = Object::open(out);
    object.text("type", kind);
    if let Some(alias) = exchange.alias {
        object.hex("id_ref", &alias.0);
    } else {
        let (id, cut) = shorten(principal.id());
        object.text("id", id);
        if cut {
            object.hex("id_sha256", &Sha256::digest(principal.id()));
        }
    }
    let groups = principal.groups();
    if !groups.is_empty() {
        let written = groups.get(..GROUPS.min(groups.len())).unwrap_or_default();
        list(written, object.field("groups"), |group, out| string(shorten(group).0, out));
        if groups.len() > GROUPS {
            object.number("more_groups", count(groups.len() - GROUPS));
        }
    }
    object.text("auth", principal.method().as_str()).close();
}

fn decided(policy: &Policy, out: &mut Vec<u8>) {
    let mut object = Object::open(out);
    object.hex("hash", &policy.hash);
    let written = policy.ids.get(..POLICIES.min(policy.ids.len())).unwrap_or_default();
    list(written, object.field("ids"), |name, out| string(name.as_str(), out));
    if policy.ids.len() > POLICIES {
        object.number("more_ids", count(policy.ids.len() - POLICIES));
    }
    object.close();
}

fn item(item: &Item, out: &mut Vec<u8>) {
    let mut object = Object::open(out);
    object.text("class", item.class.as_str()).text("mode", item.mode.as_str());
    object.number("count", item.count);
    if !item.references.listed.is_empty() {
        let reference = |one: &Reference, out: &mut Vec<u8>| {
            string(&HEXLOWER.encode(&one.0), out);
        };
        list(&item.references.listed, object.field("refs"), reference);
    }
    if let Some(root) = &item.references.root {
        object.number("more_refs", count(item.references.rest.len())).hex("refs_root", root);
    }
    object.close();
}

/// The fields that only one kind of event has.
fn special(kind: &Kind, object: &mut Object<'_>) {
    match kind {
        Kind::RevealOutcome { intent, answer } => {
            let Answer { status, bytes, aborted: _, latency_us } = *answer;
            object.number("intent", *intent).number("status", u64::from(status));
            object.number("bytes", bytes).number("latency_us", latency_us);
        }
        Kind::Loaded { hash, .. } => {
            object.hex("hash", hash);
        }
        Kind::LoadRefused { errors, .. } => {
            object.number("errors", *errors);
        }
        Kind::Start { version, keyring } => {
            object.text("version", version.as_str()).text("keyring", keyring.as_str());
        }
        Kind::Vault(state) => {
            object.text("state", state.as_str());
        }
        Kind::Repaired { lines, checkpoints } => {
            object.number("torn_line_bytes", *lines);
            object.number("torn_checkpoint_bytes", *checkpoints);
        }
        Kind::Accepted { checkpoint, why } => {
            object.hex("checkpoint_sha256", checkpoint).text("why", why.as_str());
        }
        Kind::RevealRefs { request_id, to_intent } => {
            if let Some(id) = request_id {
                object.text("request_id", &id.to_string());
            }
            object.number("to_intent", *to_intent);
        }
        Kind::PersonIntent(act) => about_person(act, object),
        Kind::PersonOutcome { intent, outcome: _, act } => {
            object.number("intent", *intent);
            about_person(act, object);
        }
        Kind::PersonReceipt { outcome, statement } => {
            object.number("outcome_seq", *outcome).hex("statement_sha256", statement);
        }
        Kind::Unended { intent, subject } => {
            object.number("intent", *intent);
            if let Some(subject) = subject {
                object.hex("subject", &subject.0);
            }
        }
        Kind::RevealIntent
        | Kind::Tokenize
        | Kind::Refuse
        | Kind::Deny
        | Kind::Leak
        | Kind::Unrevealed
        | Kind::AuthFailure
        | Kind::Stop
        | Kind::Recovered => {}
    }
}

/// What is done with what is kept about a person.
fn about_person(act: &PersonAct, object: &mut Object<'_>) {
    if let Some(subject) = act.subject {
        object.hex("subject", &subject.0);
    }
    object.text("action", act.action.0).text("kind", act.kind.0).text("cause", act.cause.0);
    if act.counts.is_empty() {
        return;
    }
    let mut counts = Object::open(object.field("counts"));
    for Count { what, number } in &act.counts {
        counts.number(what.0, *number);
    }
    counts.close();
}

/// The longest beginning of at most 256 bytes, and whether it is not the whole.
fn shorten(text: &str) -> (&str, bool) {
    let end = text.floor_char_boundary(TEXT_BYTES);
    (text.get(..end).unwrap_or_default(), end < text.len())
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// A JSON object as it is written.
struct Object<'a> {
    out: &'a mut Vec<u8>,
    first: bool,
}

impl<'a> Object<'a> {
    fn open(out: &'a mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, first: true }
    }

    fn field(&mut self, key: &str) -> &mut Vec<u8> {
        if !self.first {
            self.out.push(b',');
        }
        self.first = false;
        string(key, self.out);
        self.out.push(b':');
        self.out
    }

    fn text(&mut self, key: &str, value: &str) -> &mut Self {
        string(value, self.field(key));
        self
    }

    fn hex(&mut self, key: &str, value: &[u8]) -> &mut Self {
        self.text(key, &HEXLOWER.encode(value))
    }

    fn number(&mut self, key: &str, value: u64) -> &mut Self {
        self.field(key).extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
        self
    }

    fn close(&mut self) {
        self.out.push(b'}');
    }
}

fn list<T>(entries: &[T], out: &mut Vec<u8>, mut write: impl FnMut(&T, &mut Vec<u8>)) {
    out.push(b'[');
    for (position, entry) in entries.iter().enumerate() {
        if position > 0 {
            out.push(b',');
        }
        write(entry, out);
    }
    out.push(b']');
}

/// A JSON string ([RFC 8259, section 7]); everything outside printable ASCII is escaped, so that a
/// line looks the same in every terminal and encoding.
fn string(text: &str, out: &mut Vec<u8>) {
    let is_plain = |byte: u8| matches!(byte, b' ' | b'!' | b'#'..=b'[' | b']'..=b'~');
    out.push(b'"');
    // Nearly all are plain: looked at without a way out in between, sixteen bytes at a time.
    if text.bytes().fold(true, |plain, byte| plain & is_plain(byte)) {
        out.extend_from_slice(text.as_bytes());
    } else {
        text.chars().for_each(|character| escaped(character, out));
    }
    out.push(b'"');
}

fn escaped(character: char, out: &mut Vec<u8>) {
    match character {
        '"' => out.extend_from_slice(b"\\\""),
        '\\' => out.extend_from_slice(b"\\\\"),
        ' '..='~' => out.extend(u8::try_from(character)),
        _ => {
            for unit in character.encode_utf16(&mut [0; 2]) {
                out.extend_from_slice(b"\\u");
                out.extend_from_slice(HEXLOWER.encode(&unit.to_be_bytes()).as_bytes());
            }
        }
    }
}
