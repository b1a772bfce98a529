//! What the journal has announced, until it is known how that went.

use crate::audit::Answer;
use crate::audit::Event;
use crate::audit::Journal;
use crate::audit::Receipt;
use crate::engine::Engine;
use crate::engine::Exchange;

/// What the journal has announced; [`Intent::ended`] tells it how that went. One that is dropped has
/// ended before anything was sent.
#[derive(Debug)]
#[must_use = "the journal waits for the outcome"]
pub struct Intent {
    journal: Journal,
    exchange: crate::audit::Exchange,
    receipt: Receipt,
    told: bool,
}

impl Intent {
    pub(super) fn new(engine: &Engine, exchange: &Exchange, receipt: Receipt) -> Self {
        let journal = engine.journal.clone();
        Self { journal, exchange: exchange.audited(), receipt, told: false }
    }

    /// Notes how the answer ended that shows what was announced.
    pub fn ended(mut self, answer: Answer) {
        self.tell(answer);
    }

    fn tell(&mut self, answer: Answer) {
        self.told = true;
        self.journal.note(Event::reveal_outcome(&self.exchange, self.receipt.seq(), answer));
    }
}

impl Drop for Intent {
    fn drop(&mut self) {
        if !self.told {
            self.tell(Answer { status: 0, bytes: 0, aborted: true, latency_us: 0 });
        }
    }
}
