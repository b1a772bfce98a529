//! What stands in a message where no rule selects it: tokens, and values that a rule took out of another place
//! (the leak sentinel).
//!
//! Whoever plants a stranger's token in a comment, a hidden field or a cookie reads what it stands for where
//! the application shows it. So a request that changes something is looked through, and such a token passes
//! as it would in a selected field (`decide`). Not for: paths, which name what there is; files in forms, bodies
//! that no rule reads, base64.
//!
//! A value that was protected in one place and stands in another is a mistake in the rules, which the sentinel
//! tells of, and refuses where the route says so.

use crate::base::ClassCode;
use crate::base::Sensitive;
use crate::document::Charset;
use crate::document::Needles;
use crate::engine::decide::Decision;
use crate::engine::error::Error;
use crate::engine::error::Place;
use crate::engine::leg::Leg;
use crate::engine::leg::Side;
use crate::engine::leg::Treatment;
use crate::engine::observe::Observer;
use crate::engine::read::Part;
use crate::engine::select::Found;
use crate::engine::select::treated;
use crate::rules::Sentinel;

/// Of a form that is protected part by part so many bytes that have gone on are looked at again.
const LOOKED_BACK: usize = 256 * 1024;

/// Whether a message is looked through for tokens.
pub(super) fn is_searched(leg: &Leg<'_>) -> bool {
    leg.side == Side::Request
        && leg.treatment == Treatment::Protect
        && !leg.exchange.method.is_safe()
}

/// What the sentinel knows of a message. Of a form that is protected part by part no part is there when the
/// next is.
#[derive(Debug, Default)]
pub(super) struct Watch {
    needles: Needles,
    /// What has gone on, as it went.
    gone: Vec<(Place, Sensitive<Vec<u8>>)>,
    /// How much more of it there may be.
    room: usize,
    told: Vec<(ClassCode, Place)>,
}

impl Watch {
    /// Starts a message on a route with this character set.
    pub(super) fn new(charset: Charset) -> Self {
        Self { needles: Needles::new(charset), ..Self::default() }
    }

    /// Starts a form that is protected part by part.
    pub(super) fn of_form(charset: Charset) -> Self {
        Self { room: LOOKED_BACK, ..Self::new(charset) }
    }

    /// Looks for what was taken out of these parts and of those before them in what is about to be sent, and for
    /// what was taken out of these in what has gone on. Tells of each class and place of the message once, and
    /// refuses it for the first where the route says so.
    pub(super) fn check(
        &mut self,
        leg: &Leg<'_>,
        parts: &[Part<'_>],
        message: &[(Place, &[u8])],
        observer: &mut dyn Observer,
    ) -> Result<(), Error> {
        if leg.route().sentinel == Sentinel::Off {
            return Ok(());
        }
        let taken = treated(parts).filter_map(|each| match (&each.decision, &each.value) {
            (
                Some(Decision::Store | Decision::Write(_) | Decision::Lookup(_)),
                Found::Value(value),
            ) => Some((each.class.code, value.expose().as_str())),
            (_, Found::Value(_) | Found::Token(_)) => None,
        });
        let looked_back = if self.needles.add(taken) { self.gone.as_slice() } else { &[] };
        let gone = looked_back.iter().map(|(place, bytes)| (*place, bytes.expose().as_slice()));
        let mut first = None;
        for (place, bytes) in gone.chain(message.iter().copied()) {
            for code in self.needles.find(bytes) {
                if self.told.contains(&(code, place)) {
                    continue;
                }
                self.told.push((code, place));
                let mut classes = leg.exchange.generation.rules.classes().iter();
                let class = classes.find(|each| each.class.code == code).ok_or(Error::Assembly)?;
                observer.leaked(leg, &class.class, place);
                first.get_or_insert((&class.class.name, place));
            }
        }
        for (place, bytes) in message {
            let (kept, _) = bytes.split_at(bytes.len().min(self.room));
            self.room -= kept.len();
            if !kept.is_empty() {
                self.gone.push((*place, Sensitive::new(kept.to_vec())));
            }
        }
        match first.filter(|_| leg.route().sentinel == Sentinel::Enforce) {
            Some((class, place)) => Err(Error::Leak { class: class.clone(), place }),
            None => Ok(()),
        }
    }
}
