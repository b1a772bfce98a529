//! Events: what the journal can say. Constructors only; every kind of thing that happens has one.
//!
//! An event holds class names, counts, keyed references, words of the program and names that
//! operators wrote. The one text from outside is the caller's own name and groups, because the
//! journal is about callers. There is no field that a value or a token would fit in.

use std::net::IpAddr;

use crate::audit::person::Outcome;
use crate::audit::person::PersonAct;
use crate::audit::words::Code;
use crate::audit::words::Item;
use crate::audit::words::LISTED_REFERENCES;
use crate::audit::words::Name;
use crate::audit::words::Reference;
use crate::audit::words::Verb;
use crate::base::Principal;
use crate::base::Purpose;
use crate::base::RequestId;
use crate::base::RouteId;
use crate::base::TenantId;
use crate::base::UpstreamId;

/// The request that an event is about, as far as it is known by then.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The name of the request in log and journal.
    pub request_id: RequestId,
    /// Who asks; [`Principal::anonymous`] before anybody is known.
    pub principal: Principal,
    /// What is written in place of the principal's id, when the id may be somebody's address.
    pub alias: Option<Reference>,
    /// The client's address.
    pub source: IpAddr,
    /// The request method.
    pub method: Verb,
    /// The route, once there is one.
    pub route: Option<RouteId>,
    /// The tenant of the route.
    pub tenant: Option<TenantId>,
    /// The upstream of the route.
    pub upstream: Option<UpstreamId>,
    /// What the data is asked for.
    pub purpose: Option<Purpose>,
}

/// The policies behind a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Hash of the whole set.
    pub hash: [u8; 32],
    /// Those that decided.
    pub ids: Vec<Name>,
}

/// The keys in use: of tokens, and of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keys {
    /// Generation of the token root.
    pub generation: u8,
    /// Number of the record root.
    pub kid: u32,
}

/// How a revealing message ended: a response to the client, or a request to an upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status that the client was sent, or that the upstream answered with.
    pub status: u16,
    /// Body bytes of the message.
    pub bytes: u64,
    /// Whether it broke off before the end; a request to an upstream: whether no answer came.
    pub aborted: bool,
    /// From the head of the client's request to that end, in microseconds.
    pub latency_us: u64,
}

/// What was loaded or refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Loaded {
    /// The configuration file.
    Config,
    /// Rule files were read anew.
    Rules,
    /// Policy files were read anew.
    Policy,
    /// The file of API keys.
    ApiKeys,
    /// The keys of an identity provider.
    Jwks,
    /// Certificates of a listener were read anew.
    Certificates,
}

/// How the vault is, as the journal tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VaultState {
    /// It answers, and it stores.
    Ready,
    /// It does not answer.
    Down,
    /// It answers, but later than its deadline.
    Slow,
    /// It has no room for new records.
    Full,
    /// It does not take writes.
    ReadOnly,
}

/// Something that happened, ready to be written.
#[derive(Debug, Clone)]
pub struct Event {
    pub(super) kind: Kind,
    pub(super) reason: Option<Code>,
    pub(super) exchange: Option<Exchange>,
    pub(super) policy: Option<Policy>,
    pub(super) rules: Option<[u8; 32]>,
    pub(super) items: Vec<Item>,
    pub(super) keys: Option<Keys>,
}

/// The kind of an event, with what only this kind has.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    RevealIntent,
    /// References of the intent that comes so many lines after this one.
    RevealRefs {
        request_id: Option<RequestId>,
        to_intent: u64,
    },
    RevealOutcome {
        intent: u64,
        answer: Answer,
    },
    Tokenize,
    Refuse,
    Deny,
    Unrevealed,
    Leak,
    AuthFailure,
    Loaded {
        what: Loaded,
        hash: [u8; 32],
    },
    LoadRefused {
        what: Loaded,
        errors: u64,
    },
    Start {
        version: Name,
        keyring: Name,
    },
    Stop,
    Vault(VaultState),
    Repaired {
        lines: u64,
        checkpoints: u64,
    },
    Recovered,
    Accepted {
        checkpoint: [u8; 32],
        why: Name,
    },
    PersonIntent(PersonAct),
    PersonOutcome {
        intent: u64,
        outcome: Outcome,
        act: PersonAct,
    },
    /// The hash of what the receipt of an erasure states, and the number of its outcome.
    PersonReceipt {
        outcome: u64,
        statement: [u8; 32],
    },
    /// The outcome of an intent that a process did not live to tell.
    Unended {
        intent: u64,
        subject: Option<Reference>,
    },
}

impl Event {
    pub(super) fn of(kind: Kind) -> Self {
        Self {
            kind,
            reason: None,
            exchange: None,
            policy: None,
            rules: None,
            items: Vec::new(),
            keys: None,
        }
    }

    fn about(kind: Kind, exchange: &Exchange) -> Self {
        Self { exchange: Some(exchange.clone()), ..Self::of(kind) }
    }

    /// Originals or masks are about to be given to a caller. Must be durable before the first byte.
    pub fn reveal_intent(exchange: &Exchange, items: Vec<Item>) -> Self {
        Self { items, ..Self::about(Kind::RevealIntent, exchange) }
    }

    /// How the message ended that the intent with number `intent` announced.
    pub fn reveal_outcome(exchange: &Exchange, intent: u64, answer: Answer) -> Self {
        Self::about(Kind::RevealOutcome { intent, answer }, exchange)
    }

    /// Values became tokens.
    pub fn tokenize(exchange: &Exchange, items: Vec<Item>) -> Self {
        Self { items, ..Self::about(Kind::Tokenize, exchange) }
    }

    /// A message was not passed on.
    pub fn refuse(exchange: &Exchange, reason: Code) -> Self {
        Self { reason: Some(reason), ..Self::about(Kind::Refuse, exchange) }
    }

    /// A caller was not allowed what the items say; the tokens stayed tokens.
    pub fn deny(exchange: &Exchange, items: Vec<Item>, reason: Code) -> Self {
        Self { items, reason: Some(reason), ..Self::about(Kind::Deny, exchange) }
    }

    /// An answer went out with its tokens as they were, because it could not be treated.
    pub fn unrevealed(exchange: &Exchange, reason: Code) -> Self {
        Self { reason: Some(reason), ..Self::about(Kind::Unrevealed, exchange) }
    }

    /// Values that became tokens stood in another place of the message, too; the reason says which.
    pub fn leak(exchange: &Exchange, items: Vec<Item>, reason: Code) -> Self {
        Self { items, reason: Some(reason), ..Self::about(Kind::Leak, exchange) }
    }

    /// A credential was sent and not accepted.
    pub fn auth_failure(exchange: &Exchange, reason: Code) -> Self {
        Self { reason: Some(reason), ..Self::about(Kind::AuthFailure, exchange) }
    }

    /// A file set of this content is in use from now on.
    pub fn loaded(what: Loaded, hash: [u8; 32]) -> Self {
        Self::of(Kind::Loaded { what, hash })
    }

    /// A file set was refused with this many errors; what was in use stays.
    pub fn load_refused(what: Loaded, errors: u64, reason: Code) -> Self {
        Self { reason: Some(reason), ..Self::of(Kind::LoadRefused { what, errors }) }
    }

    /// The gateway starts: its version, and the fingerprint of its keyring.
    pub fn start(version: &str, keyring: &str) -> Self {
        Self::of(Kind::Start { version: Name::clean(version), keyring: Name::clean(keyring) })
    }

    /// The gateway stops.
    pub fn stop(reason: Code) -> Self {
        Self { reason: Some(reason), ..Self::of(Kind::Stop) }
    }

    /// The vault's state changed.
    pub fn vault(state: VaultState, reason: Option<Code>) -> Self {
        Self { reason, ..Self::of(Kind::Vault(state)) }
    }

    /// The journal ended with `lines` and `checkpoints` bytes that were never acknowledged and are
    /// moved aside.
    pub(super) fn repaired(lines: u64, checkpoints: u64) -> Self {
        Self::of(Kind::Repaired { lines, checkpoints })
    }

    /// The journal takes events again after it could not.
    pub(super) fn recovered() -> Self {
        Self::of(Kind::Recovered)
    }

    /// Returns the events that stand right before this one: of an intent those that list the
    /// references which it does not list itself.
    pub(super) fn before(&self) -> Vec<Self> {
        if !matches!(self.kind, Kind::RevealIntent | Kind::PersonIntent(_)) {
            return Vec::new();
        }
        let request_id = self.exchange.as_ref().map(|exchange| exchange.request_id);
        let items: Vec<Item> = self.items.iter().flat_map(Item::unlisted).collect();
        let from_last = (1..=items.len()).rev().map(|left| u64::try_from(left).unwrap_or(u64::MAX));
        let events = from_last.zip(items).map(|(to_intent, item)| {
            let kind = Kind::RevealRefs { request_id, to_intent };
            Self { items: vec![item], ..Self::of(kind) }
        });
        events.collect()
    }

    /// How much room its line takes, in lines of usual length.
    pub(super) fn weight(&self) -> usize {
        let listed = self.items.iter().map(|item| item.references.listed.len());
        1 + listed.sum::<usize>() / LISTED_REFERENCES
    }

    /// A receipt is given of the erasure whose outcome has this number; it has no caller, as whoever
    /// gets the receipt gets this line.
    pub(super) fn receipt(outcome: u64, statement: [u8; 32]) -> Self {
        Self::of(Kind::PersonReceipt { outcome, statement })
    }

    /// Nobody will tell how the intent ended that has this number.
    pub(super) fn unended(intent: u64, subject: Option<Reference>) -> Self {
        let kind = Kind::Unended { intent, subject };
        Self { reason: Some(Code("killed")), ..Self::of(kind) }
    }

    /// Somebody has accepted that this journal does not continue the one whose checkpoint was kept, of
    /// which this is the hash, and says why.
    pub fn accepted(checkpoint: [u8; 32], why: &str) -> Self {
        Self::of(Kind::Accepted { checkpoint, why: Name::clean(why) })
    }

    /// Adds the policies that decided.
    #[must_use]
    pub fn decided_by(mut self, policy: Policy) -> Self {
        self.policy = Some(policy);
        self
    }

    /// Adds the hash of the rule set that was in use.
    #[must_use]
    pub fn under_rules(mut self, hash: [u8; 32]) -> Self {
        self.rules = Some(hash);
        self
    }

    /// Adds the keys that were in use.
    #[must_use]
    pub fn with_keys(mut self, keys: Keys) -> Self {
        self.keys = Some(keys);
        self
    }

    /// The word in field `event`.
    pub fn name(&self) -> &'static str {
        match &self.kind {
            Kind::RevealIntent => "reveal.intent",
            Kind::RevealOutcome { .. } => "reveal.outcome",
            Kind::RevealRefs { .. } => "reveal.refs",
            Kind::Tokenize => "tokenize",
            Kind::Refuse => "refuse",
            Kind::Deny => "deny",
            Kind::Unrevealed => "unrevealed",
            Kind::Leak => "leak",
            Kind::AuthFailure => "auth.failure",
            Kind::Loaded { what, .. } => what.loaded_name(),
            Kind::LoadRefused { what, .. } => what.refused_name(),
            Kind::Start { .. } => "start",
            Kind::Stop => "stop",
            Kind::Vault(_) => "vault.state",
            Kind::Repaired { .. } => "journal.repaired",
            Kind::Recovered => "journal.recovered",
            Kind::Accepted { .. } => "journal.accepted",
            Kind::PersonIntent(_) => "person.intent",
            Kind::PersonReceipt { .. } => "person.receipt",
            Kind::PersonOutcome { .. } | Kind::Unended { .. } => "person.outcome",
        }
    }

    /// The word in field `outcome`.
    pub(super) fn outcome(&self) -> &'static str {
        match &self.kind {
            Kind::RevealIntent | Kind::RevealRefs { .. } | Kind::PersonIntent(_) => "allowed",
            Kind::PersonOutcome { outcome, .. } => outcome.as_str(),
            Kind::Unended { .. } => Outcome::Unknown.as_str(),
            Kind::RevealOutcome { answer, .. } if answer.aborted => "aborted",
            Kind::Refuse | Kind::LoadRefused { .. } => "refused",
            Kind::Deny | Kind::AuthFailure => "denied",
            Kind::RevealOutcome { .. }
            | Kind::Tokenize
            | Kind::Unrevealed
            | Kind::Leak
            | Kind::Loaded { .. }
            | Kind::Start { .. }
            | Kind::Stop
            | Kind::Vault(_)
            | Kind::Repaired { .. }
            | Kind::Recovered
            | Kind::PersonReceipt { .. }
            | Kind::Accepted { .. } => "done",
        }
    }
}

impl Loaded {
    fn loaded_name(self) -> &'static str {
        match self {
            Self::Config => "config.loaded",
            Self::Rules => "rules.loaded",
            Self::Policy => "policy.loaded",
            Self::ApiKeys => "api_keys.loaded",
            Self::Jwks => "jwks.loaded",
            Self::Certificates => "certificates.loaded",
        }
    }

    fn refused_name(self) -> &'static str {
        match self {
            Self::Config => "config.refused",
            Self::Rules => "rules.refused",
            Self::Policy => "policy.refused",
            Self::ApiKeys => "api_keys.refused",
            Self::Jwks => "jwks.refused",
            Self::Certificates => "certificates.refused",
        }
    }
}

impl VaultState {
    /// The word in field `state`.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Down => "down",
            Self::Slow => "slow",
            Self::Full => "full",
            Self::ReadOnly => "read_only",
        }
    }
}
