//! What is done with what is kept about a person: announced before it is done, its end told after.
//!
//! Whoever touches the vault for a person asks for [`Announced`], which [`Journal::announce`] alone
//! gives, after the line `person.intent` is durable. `person.outcome` follows, always: told by
//! whoever did it, or noted as `unknown` when the announcement is dropped, or at the next start when
//! the process was killed.

use crate::audit::error::Error;
use crate::audit::event::Event;
use crate::audit::event::Exchange;
use crate::audit::event::Kind;
use crate::audit::event::Policy;
use crate::audit::journal::Journal;
use crate::audit::journal::Receipt;
use crate::audit::words::Code;
use crate::audit::words::Item;
use crate::audit::words::Reference;

/// How many there are of something, such as `documents`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// Word of the program for what is counted.
    pub what: Code,
    /// How many there are of them, or were.
    pub number: u64,
}

/// What is done with what is kept about a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonAct {
    /// The person: HMAC of the byte 3 and the handle under the audit reference key, first 16 bytes.
    /// None when it concerns nobody in particular, as a list does.
    pub subject: Option<Reference>,
    /// The action that a policy allowed, such as `read`.
    pub action: Code,
    /// What it is done with, such as `profile`.
    pub kind: Code,
    /// What made it happen, such as `asked` or `due`.
    pub cause: Code,
    /// How much of what it concerns, as far as that is known.
    pub counts: Vec<Count>,
}

/// What is about to be done with what is kept about a person, for whom, and by which policies.
#[derive(Debug, Clone)]
pub struct PersonIntent {
    /// The request; none when a timer causes it.
    pub exchange: Option<Exchange>,
    /// What is about to be done.
    pub act: PersonAct,
    /// Values that will be shown with it, by class.
    pub items: Vec<Item>,
    /// The policies that decided.
    pub policy: Option<Policy>,
    /// Hash of the rule set that was in use.
    pub rules: Option<[u8; 32]>,
}

/// How an act ended, as one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It was done, as far as the counts say.
    Done,
    /// Nothing of it was done.
    Refused,
    /// Nobody knows: the vault did not answer in time, or the process ended.
    Unknown,
}

impl Outcome {
    /// Returns the word in field `outcome`.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }
}

/// How an act ended, and with how much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// Whether it was done.
    pub outcome: Outcome,
    /// Why it was not, as a word of the program.
    pub reason: Option<Code>,
    /// What was done, counted.
    pub counts: Vec<Count>,
}

/// Proof that an act on what is kept about a person is on record before it is done. Whoever touches
/// the vault for a person takes a reference to one; only [`Journal::announce`] makes them.
///
/// ```compile_fail
/// fn around(journal: cloakroom::audit::Journal, told: bool) -> cloakroom::audit::Announced {
///     cloakroom::audit::Announced { journal, told }
/// }
/// ```
///
/// One that is dropped ends as `unknown`.
#[derive(Debug)]
#[must_use = "the journal waits for the outcome"]
pub struct Announced {
    journal: Journal,
    exchange: Option<Exchange>,
    act: PersonAct,
    receipt: Receipt,
    told: bool,
}

impl Journal {
    /// Puts on record what is about to be done. Answers when it is durable; after an error nothing
    /// may be done.
    pub async fn announce(&self, intent: PersonIntent) -> Result<Announced, Error> {
        let PersonIntent { exchange, act, items, policy, rules } = intent;
        let kind = Kind::PersonIntent(act.clone());
        let event = Event { exchange: exchange.clone(), items, policy, rules, ..Event::of(kind) };
        let receipt = self.append(event).await?;
        Ok(Announced { journal: self.clone(), exchange, act, receipt, told: false })
    }
}

impl Announced {
    /// Returns the receipt of the intent, against which values may be shown that it named.
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// Notes how it ended, and does not wait.
    pub fn ended(mut self, ending: Ending) {
        let event = self.outcome(ending);
        self.journal.note(event);
    }

    /// Puts on record how it ended, and answers when that is durable.
    pub async fn settle(mut self, ending: Ending) -> Result<Receipt, Error> {
        let event = self.outcome(ending);
        self.journal.append(event).await
    }

    fn outcome(&mut self, ending: Ending) -> Event {
        self.told = true;
        let Ending { outcome, reason, counts } = ending;
        let (intent, act) = (self.receipt.seq(), PersonAct { counts, ..self.act.clone() });
        let kind = Kind::PersonOutcome { intent, outcome, act };
        Event { reason, exchange: self.exchange.clone(), ..Event::of(kind) }
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        if !self.told {
            let reason = Some(Code("dropped"));
            let ending = Ending { outcome: Outcome::Unknown, reason, counts: Vec::new() };
            let event = self.outcome(ending);
            self.journal.note(event);
        }
    }
}
