//! Who watches the pipeline: every step is seen, none is changed. On the data path that is [`DataPath`];
//! `explain` watches from outside of the engine, through [`view`].

mod data_path;
pub(crate) mod view;

use crate::engine::decide::Classes;
use crate::engine::error::Place;
use crate::engine::leg::Leg;
use crate::engine::read::Part;
use crate::engine::record::Tally;
use crate::token::Class;

pub(super) use data_path::DataPath;

/// Sees what happens to a message, step by step.
pub(crate) trait Observer {
    /// Rules have selected these occurrences.
    fn selected(&mut self, _leg: &Leg<'_>, _parts: &[Part<'_>]) {}

    /// The message has places that rules read, and no rule selected anything.
    fn unmatched(&mut self, _leg: &Leg<'_>) {}

    /// It is decided what becomes of each.
    fn decided(&mut self, _leg: &Leg<'_>, _parts: &[Part<'_>], _classes: &Classes) {}

    /// Values become tokens, and masks that stand for one. The values are in the vault, except under rules
    /// with `lookup`.
    fn stored(&mut self, _leg: &Leg<'_>, _tallies: &[Tally<'_>]) {}

    /// Tokens stay: of values that the caller may not see, and of values that the vault has lost.
    fn withheld(&mut self, _leg: &Leg<'_>, _hidden: &[Tally<'_>], _lost: &[Tally<'_>]) {}

    /// Values are on record and are shown.
    fn revealed(&mut self, _leg: &Leg<'_>, _tallies: &[Tally<'_>]) {}

    /// A part keeps its tokens for this reason.
    fn kept(&mut self, _leg: &Leg<'_>, _reason: &'static str) {}

    /// A value that a rule took out stands in a place that no rule protects.
    fn leaked(&mut self, _leg: &Leg<'_>, _class: &Class, _place: Place) {}
}
