//! Who watches the pipeline: every step is seen, none is changed.

mod coverage;
mod explain;
mod journal;
mod metrics;

use crate::engine::decide::Decisions;
use crate::engine::error::Place;
use crate::engine::leg::Leg;
use crate::engine::read::Part;
use crate::engine::record::Tally;
use crate::engine::select::Selection;
use crate::token::Class;

use coverage::Coverage;
pub use explain::Becomes;
pub use explain::Explanation;
pub use explain::Found as FoundToken;
pub use explain::Leaf;
pub use explain::Leak;
pub use explain::PlaceReport;
pub use explain::RuleReport;
pub use explain::Seen;
pub use explain::TextReport;
pub use explain::WhyNone;
use journal::JournalNotes;
use metrics::Counters;

/// Sees what happens to a message, step by step.
pub(super) trait Observer {
    /// Rules have selected these occurrences.
    fn selected(&mut self, _leg: &Leg<'_>, _parts: &[Part<'_>], _selection: &Selection<'_>) {}

    /// The message has places that rules read, and no rule selected anything.
    fn unmatched(&mut self, _leg: &Leg<'_>) {}

    /// It is decided what becomes of each.
    fn decided(
        &mut self,
        _leg: &Leg<'_>,
        _parts: &[Part<'_>],
        _selection: &Selection<'_>,
        _decisions: &Decisions,
    ) {
    }

    /// Values are in the vault and become tokens.
    fn stored(&mut self, _leg: &Leg<'_>, _tallies: &[Tally<'_>]) {}

    /// Tokens stay: of values that the caller may not see, and of values that the vault has lost.
    fn withheld(&mut self, _leg: &Leg<'_>, _hidden: &[Tally<'_>], _lost: &[Tally<'_>]) {}

    /// Values are on record and are shown.
    fn revealed(&mut self, _leg: &Leg<'_>, _tallies: &[Tally<'_>]) {}

    /// A part keeps its tokens for this reason.
    fn kept(&mut self, _leg: &Leg<'_>, _reason: &'static str) {}

    /// A value that became a token stands in a place that no rule protects.
    fn leaked(&mut self, _leg: &Leg<'_>, _class: &Class, _place: Place) {}
}

/// The observers of the data path: journal, metrics and coverage.
#[derive(Debug, Default)]
pub(super) struct DataPath {
    journal: JournalNotes,
    metrics: Counters,
    coverage: Coverage,
}

impl Observer for DataPath {
    fn selected(&mut self, leg: &Leg<'_>, parts: &[Part<'_>], selection: &Selection<'_>) {
        self.coverage.selected(leg, parts, selection);
    }

    fn unmatched(&mut self, leg: &Leg<'_>) {
        self.coverage.unmatched(leg);
    }

    fn stored(&mut self, leg: &Leg<'_>, tallies: &[Tally<'_>]) {
        self.journal.stored(leg, tallies);
        self.metrics.stored(leg, tallies);
    }

    fn withheld(&mut self, leg: &Leg<'_>, hidden: &[Tally<'_>], lost: &[Tally<'_>]) {
        self.journal.withheld(leg, hidden, lost);
        self.metrics.withheld(leg, hidden, lost);
    }

    fn revealed(&mut self, leg: &Leg<'_>, tallies: &[Tally<'_>]) {
        self.metrics.revealed(leg, tallies);
    }

    fn kept(&mut self, leg: &Leg<'_>, reason: &'static str) {
        self.journal.kept(leg, reason);
        self.metrics.kept(leg, reason);
        self.coverage.kept(leg, reason);
    }

    fn leaked(&mut self, leg: &Leg<'_>, class: &Class, place: Place) {
        self.journal.leaked(leg, class, place);
        self.metrics.leaked(leg, class, place);
    }
}
