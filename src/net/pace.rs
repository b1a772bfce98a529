//! How fast bytes move while somebody waits for them.

use std::future::Future;
use std::pin::Pin;
use std::task::Context;
use std::task::Poll;
use std::time::Duration;

use tokio::time::Instant;
use tokio::time::Sleep;

/// Finds a peer that is too slow: in so much time of waiting for it, so many bytes must move.
///
/// Time in which nobody waits does not count, and a peer that is never waited for costs no timer.
#[derive(Debug)]
pub(super) struct Pace {
    window: Window,
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl Pace {
    /// Demands this many bytes a second, and at least one byte, in each window of waiting.
    pub(super) fn new(window: Duration, rate: usize) -> Self {
        Self { window: Window::new(window, rate), waiting: None }
    }

    /// Notes that this many bytes moved; nobody waits any more.
    pub(super) fn moved(&mut self, bytes: usize) {
        if let Some((since, _)) = self.waiting.take() {
            self.window.moved(bytes, since.elapsed());
        }
    }

    /// Notes that nobody waits any more, though nothing moved.
    pub(super) fn pause(&mut self) {
        self.moved(0);
    }

    /// Waits; ready when that has taken too long for what has moved.
    pub(super) fn poll_wait(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let left = self.window.left();
        let timer = self
            .waiting
            .get_or_insert_with(|| (Instant::now(), Box::pin(tokio::time::sleep(left))));
        timer.1.as_mut().poll(context)
    }
}

/// Time of waiting, and what moved in it. It begins anew when enough has moved.
#[derive(Debug)]
struct Window {
    length: Duration,
    least: u64,
    moved: u64,
    waited: Duration,
}

impl Window {
    fn new(length: Duration, rate: usize) -> Self {
        let rate = u128::try_from(rate).unwrap_or(u128::MAX);
        let least = rate.saturating_mul(length.as_millis()) / 1000;
        let least = u64::try_from(least).unwrap_or(u64::MAX).max(1);
        Self { length, least, moved: 0, waited: Duration::ZERO }
    }

    fn moved(&mut self, bytes: usize, waited: Duration) {
        self.waited = self.waited.saturating_add(waited);
        self.moved = self.moved.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        if self.moved >= self.least {
            (self.moved, self.waited) = (0, Duration::ZERO);
        }
    }

    fn left(&self) -> Duration {
        self.length.saturating_sub(self.waited)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// How many times a peer that is waited for one second gives so many bytes before it is too slow.
    fn rounds(rate: usize, bytes: usize) -> usize {
        let mut window = Window::new(10 * SECOND, rate);
        let mut rounds = 0;
        while rounds < 1000 && !window.left().is_zero() {
            window.moved(bytes, SECOND);
            rounds += 1;
        }
        rounds
    }

    #[test]
    fn a_trickle_is_too_slow_and_the_least_rate_is_not() {
        assert_eq!(rounds(100, 99), 10);
        assert_eq!(rounds(100, 100), 1000);
    }

    #[test]
    fn without_a_rate_one_byte_in_a_window_is_enough() {
        assert_eq!(rounds(0, 1), 1000);
        assert_eq!(rounds(0, 0), 10);
    }

    #[test]
    fn time_in_which_nobody_waits_does_not_count() {
        let mut pace = Pace::new(SECOND, 1000);
        pace.moved(1);
        assert_eq!((pace.window.left(), pace.window.moved), (SECOND, 0));
    }

    #[tokio::test]
    async fn who_only_looked_does_not_wait() {
        let mut pace = Pace::new(Duration::from_millis(1), 1000);
        let look = std::future::poll_fn(|context| Poll::Ready(pace.poll_wait(context)));
        assert!(look.await.is_pending());
        pace.pause();
        assert!(pace.waiting.is_none());
    }
}
