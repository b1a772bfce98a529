//! What a caller will see of the tokens of a message, withheld until the journal has it.
//!
//! A record is opened against a permit, and only as far as that goes. What was opened leaves this file in
//! one way: [`Withheld::release`] puts on record what was counted, and gives out those values and no others.

use std::collections::HashMap;

use crate::audit::Mode;
use crate::audit::Receipt;
use crate::audit::Reference;
use crate::authz::Action;
use crate::authz::Permit;
use crate::base::Kind;
use crate::base::Sensitive;
use crate::base::StoreKey;
use crate::engine::error::Error;
use crate::engine::intent::Intent;
use crate::engine::leg::Leg;
use crate::engine::observe::Observer;
use crate::engine::record::Tallies;
use crate::engine::record::Tally;
use crate::token::Class;
use crate::token::Token;
use crate::vault::Entry;

/// What may be seen of one record: the value, or its mask.
struct Opened {
    value: Sensitive<String>,
    kind: Kind,
    mode: Mode,
    is_counted: bool,
}

/// Everything that one message will show.
pub(super) struct Withheld<'l, 'a> {
    leg: &'l Leg<'a>,
    values: HashMap<StoreKey, Opened>,
    permits: Vec<&'l Permit>,
    shown: Tallies<'a>,
}

/// Values that are on record and may be shown.
pub(in crate::engine) struct Released {
    values: HashMap<StoreKey, Opened>,
    receipt: Receipt,
}

impl<'l, 'a> Withheld<'l, 'a> {
    pub(super) fn new(leg: &'l Leg<'a>) -> Self {
        let (values, permits) = (HashMap::new(), Vec::new());
        Self { leg, values, permits, shown: Tallies::default() }
    }

    /// Opens a record as far as the permit goes. Fails for a permit on another class, and when the record
    /// does not open: that is an error, not a missing value.
    pub(super) fn open(
        &mut self,
        class: &Class,
        key: StoreKey,
        entry: &Entry,
        permit: &'l Permit,
    ) -> Result<(), Error> {
        if *permit.class() != class.name {
            return Err(Error::Assembly);
        }
        let opened = self.leg.exchange.tokenizer.open_record(class.code, &key, &entry.record);
        let (value, kind) = opened.map_err(|_| Error::Record)?;
        let (value, kind, mode) = match permit.action() {
            Action::Reveal => (value, kind, Mode::Reveal),
            Action::Mask => {
                (Sensitive::new(class.mask.apply(value.expose())), Kind::Text, Mode::Mask)
            }
            Action::Submit => return Err(Error::Assembly),
        };
        self.values.insert(key, Opened { value, kind, mode, is_counted: false });
        self.permits.push(permit);
        Ok(())
    }

    /// Returns whether the record that lies there was opened.
    pub(super) fn has(&self, key: &StoreKey) -> bool {
        self.values.contains_key(key)
    }

    /// Counts an occurrence of a token among those that are shown, if its place `holds` what was opened, and
    /// returns how it is shown.
    pub(super) fn count(
        &mut self,
        class: &'a Class,
        token: &Token,
        key: &StoreKey,
        holds: impl FnOnce(&str) -> bool,
    ) -> Option<Mode> {
        let opened = self.values.get_mut(key).filter(|opened| holds(opened.value.expose()))?;
        opened.is_counted = true;
        let reference = Reference(self.leg.exchange.tokenizer.reference(token));
        self.shown.add(class, opened.mode, Some(reference));
        Some(opened.mode)
    }

    /// Puts what was counted on record, and gives it out; nothing when nothing was.
    pub(super) async fn release(
        self,
        observer: &mut dyn Observer,
    ) -> Result<Option<Released>, Error> {
        let Self { leg, mut values, permits, shown } = self;
        let shown = shown.finish();
        if shown.is_empty() {
            return Ok(None);
        }
        let items = shown.iter().map(Tally::item).collect();
        let receipt = leg.engine.announce(leg.exchange, items, &permits).await?;
        // Not before: what is not on record is not shown.
        observer.revealed(leg, &shown);
        values.retain(|_, opened| opened.is_counted);
        Ok(Some(Released { values, receipt }))
    }
}

impl Released {
    /// Returns what is shown of the record that lies there, and whether it is a text or a number.
    pub(in crate::engine) fn shown(&self, key: &StoreKey) -> Option<(&str, Kind)> {
        let opened = self.values.get(key)?;
        Some((opened.value.expose(), opened.kind))
    }

    /// Returns the announcement whose outcome the journal waits for.
    pub(in crate::engine) fn into_intent(self, leg: &Leg<'_>) -> Intent {
        Intent::new(leg.engine, leg.exchange, self.receipt)
    }
}
