//! Fair turns at what many want: one caller's much does not hold up another's little.
//!
//! So much is under way at once; of that, no caller has more than a share. Who has to wait is served in
//! rounds: one of each caller, then the next of each.

use std::collections::HashMap;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::net::Caller;
use crate::telemetry::metrics::Gauge;

/// How much may be under way, and how many may wait.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// The weight under way at once.
    pub under_way: usize,
    /// Of that, the weight of one caller: whoever comes next finds room.
    pub under_way_of_one: usize,
    /// How many may wait for their turn.
    pub waiting: usize,
    /// Of those, how many of one caller.
    pub waiting_of_one: usize,
}

/// Too much waits already, or the turn did not come in time: that says nothing about what is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoTurn;

/// The turns at one thing.
pub struct Turns {
    shared: Arc<Shared>,
    deadline: Duration,
}

type Shared = Mutex<State>;

struct State {
    room: Room,
    gauges: [Gauge; 2],
    under_way: usize,
    waiting: usize,
    callers: HashMap<Caller, Queue>,
    /// Callers that wait, in the order of their next turn.
    round: VecDeque<Caller>,
}

/// What one caller has under way and waiting; not kept once it has neither.
#[derive(Default)]
struct Queue {
    under_way: usize,
    waiting: VecDeque<Waiter>,
}

struct Waiter {
    weight: usize,
    go: oneshot::Sender<Turn>,
}

/// The right to be under way, given back when dropped.
pub struct Turn {
    shared: Arc<Shared>,
    caller: Caller,
    /// Zero once it is given back.
    weight: usize,
}

impl Turns {
    /// Gives turns that are waited for no longer than this.
    pub fn new(room: Room, deadline: Duration) -> Self {
        let state = State {
            room,
            gauges: Default::default(),
            under_way: 0,
            waiting: 0,
            callers: HashMap::new(),
            round: VecDeque::new(),
        };
        Self { shared: Arc::new(Mutex::new(state)), deadline }
    }

    /// Shows in these gauges what is under way, and how many wait.
    #[must_use]
    pub fn shown_in(self, under_way: Gauge, waiting: Gauge) -> Self {
        lock(&self.shared).gauges = [under_way, waiting];
        self
    }

    /// Waits for the turn of something of this weight. Fails when too much waits already, or the turn
    /// does not come in time.
    pub async fn take(&self, caller: Caller, weight: usize) -> Result<Turn, NoTurn> {
        let gone = self.line_up(caller, weight)?;
        match tokio::time::timeout(self.deadline, gone).await {
            Ok(Ok(turn)) => Ok(turn),
            Ok(Err(_)) | Err(_) => Err(NoTurn),
        }
    }

    fn line_up(&self, caller: Caller, weight: usize) -> Result<oneshot::Receiver<Turn>, NoTurn> {
        let (go, gone) = oneshot::channel();
        let mut state = lock(&self.shared);
        if !state.has_room(caller) {
            state.forget_the_gone();
            if !state.has_room(caller) {
                return Err(NoTurn);
            }
        }
        let queue = state.callers.entry(caller).or_default();
        queue.waiting.push_back(Waiter { weight, go });
        if queue.waiting.len() == 1 {
            state.round.push_back(caller);
        }
        state.waiting += 1;
        state.advance(&self.shared);
        Ok(gone)
    }
}

impl State {
    fn has_room(&self, caller: Caller) -> bool {
        let of_one = self.callers.get(&caller).map_or(0, |queue| queue.waiting.len());
        self.waiting < self.room.waiting && of_one < self.room.waiting_of_one
    }

    /// Takes out those who no longer wait.
    fn forget_the_gone(&mut self) {
        for queue in self.callers.values_mut() {
            queue.waiting.retain(|waiter| !waiter.go.is_closed());
        }
        let left = |caller: &Caller| {
            self.callers.get(caller).is_some_and(|queue| !queue.waiting.is_empty())
        };
        self.round.retain(left);
        self.callers.retain(|_, queue| queue.under_way > 0 || !queue.waiting.is_empty());
        self.waiting = self.callers.values().map(|queue| queue.waiting.len()).sum();
    }

    /// Lets go who may go now. A caller who has its share under way is passed over; else the first
    /// that does not fit ends it, so that what is heavy is not overtaken for ever.
    fn advance(&mut self, shared: &Arc<Shared>) {
        self.let_go(shared);
        let [under_way, waiting] = &self.gauges;
        under_way.set(i64::try_from(self.under_way).unwrap_or(i64::MAX));
        waiting.set(i64::try_from(self.waiting).unwrap_or(i64::MAX));
    }

    fn let_go(&mut self, shared: &Arc<Shared>) {
        let mut passed = 0;
        while passed < self.round.len() {
            let Some(caller) = self.round.pop_front() else { return };
            let Some(queue) = self.callers.get_mut(&caller) else { continue };
            let Some(next) = queue.waiting.front() else { continue };
            let weight = next.weight;
            let is_in_share =
                queue.under_way == 0 || queue.under_way + weight <= self.room.under_way_of_one;
            if is_in_share && self.under_way > 0 && self.under_way + weight > self.room.under_way {
                return self.round.push_front(caller);
            }
            if is_in_share && let Some(next) = queue.waiting.pop_front() {
                self.waiting -= 1;
                match next.go.send(Turn { shared: Arc::clone(shared), caller, weight }) {
                    Ok(()) => {
                        queue.under_way += weight;
                        self.under_way += weight;
                    }
                    // Gone meanwhile. It must not be given back: it was never taken.
                    Err(mut turn) => turn.weight = 0,
                }
                passed = 0;
            } else {
                passed += 1;
            }
            if !queue.waiting.is_empty() {
                self.round.push_back(caller);
            } else if queue.under_way == 0 {
                self.callers.remove(&caller);
            }
        }
    }

    fn give_back(&mut self, caller: Caller, weight: usize, shared: &Arc<Shared>) {
        self.under_way = self.under_way.saturating_sub(weight);
        if let Some(queue) = self.callers.get_mut(&caller) {
            queue.under_way = queue.under_way.saturating_sub(weight);
            if queue.under_way == 0 && queue.waiting.is_empty() {
                self.callers.remove(&caller);
            }
        }
        self.advance(shared);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.weight > 0 {
            lock(&self.shared).give_back(self.caller, self.weight, &self.shared);
        }
    }
}

fn lock(shared: &Shared) -> MutexGuard<'_, State> {
    // Each change leaves the numbers right before anything that could panic.
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use proptest::prelude::*;

    use super::*;

    type Waits = oneshot::Receiver<Turn>;

    const CHUNK: usize = 128;
    const UNDER_WAY: usize = 512;
    const UNDER_WAY_OF_ONE: usize = UNDER_WAY / 2;
    const WAITING: usize = 8192;
    const WAITING_OF_ONE: usize = WAITING / 4;

    fn turns() -> Turns {
        within(Duration::from_secs(1))
    }

    fn within(deadline: Duration) -> Turns {
        let room = Room {
            under_way: UNDER_WAY,
            under_way_of_one: UNDER_WAY_OF_ONE,
            waiting: WAITING,
            waiting_of_one: WAITING_OF_ONE,
        };
        Turns::new(room, deadline).shown_in(Gauge::default(), Gauge::default())
    }

    fn line_up(turns: &Turns, caller: u64, puts: usize) -> Waits {
        turns.line_up(Caller::from(caller), puts).unwrap()
    }

    fn turn(waits: &mut Waits) -> Option<Turn> {
        waits.now_or_never().map(Result::unwrap)
    }

    /// All numbers are back where they began.
    fn is_idle(turns: &Turns) -> bool {
        let state = lock(&turns.shared);
        state.under_way == 0
            && state.waiting == 0
            && state.callers.is_empty()
            && state.round.is_empty()
            && state.gauges.iter().all(|gauge| gauge.get() == 0)
    }

    #[test]
    fn a_caller_with_much_leaves_room_for_who_comes_next() {
        let turns = turns();
        let mut many: Vec<Waits> = (0..100).map(|_| line_up(&turns, 1, CHUNK)).collect();
        let gone: Vec<Turn> = many.iter_mut().filter_map(turn).collect();
        assert_eq!(gone.len(), UNDER_WAY_OF_ONE / CHUNK);
        let few = turn(&mut line_up(&turns, 2, 3));
        assert!(few.is_some());
        drop((many, gone, few));
        assert!(is_idle(&turns));
    }

    #[test]
    fn those_who_wait_are_served_in_rounds() {
        let turns = turns();
        let mut under_way: Vec<Turn> =
            (8..12).map(|caller| turn(&mut line_up(&turns, caller, CHUNK)).unwrap()).collect();
        let mut waits: Vec<(u64, Waits)> =
            [1, 1, 1, 1, 2, 2, 3].map(|caller| (caller, line_up(&turns, caller, CHUNK))).into();
        let mut order = Vec::new();
        while !waits.is_empty() {
            under_way.remove(0);
            let at = waits
                .iter_mut()
                .position(|(_, waits)| turn(waits).map(|turn| under_way.push(turn)).is_some());
            // None when only a caller waits who has its share under way.
            order.extend(at.map(|at| waits.remove(at).0));
        }
        assert_eq!(order, [1, 2, 3, 1, 2, 1, 1]);
        drop(under_way);
        assert!(is_idle(&turns));
    }

    #[test]
    fn a_long_chunk_is_not_overtaken_for_ever() {
        let turns = turns();
        let mut under_way: Vec<Turn> =
            (0..512).map(|caller| turn(&mut line_up(&turns, caller, 1)).unwrap()).collect();
        let mut long = line_up(&turns, 600, CHUNK);
        let mut short = line_up(&turns, 700, 1);
        for _ in 0..CHUNK - 1 {
            drop(under_way.pop());
            assert!(turn(&mut short).is_none() && turn(&mut long).is_none());
        }
        drop(under_way.pop());
        assert!(turn(&mut long).is_some());
    }

    #[test]
    fn nobody_takes_all_places_and_the_gone_free_theirs() {
        let turns = turns();
        let mut waits: Vec<Waits> =
            (0..WAITING_OF_ONE + 2).map(|_| line_up(&turns, 1, CHUNK)).collect();
        assert_eq!(turns.line_up(Caller::from(1), 1).map(drop), Err(NoTurn));
        let others: Vec<Waits> = (2..6)
            .flat_map(|caller| (0..WAITING_OF_ONE).map(move |_| caller))
            .map_while(|caller| turns.line_up(Caller::from(caller), CHUNK).ok())
            .collect();
        assert_eq!(lock(&turns.shared).waiting, WAITING);
        assert_eq!(turns.line_up(Caller::from(9), 1).map(drop), Err(NoTurn));
        drop(others);
        assert!(turn(&mut line_up(&turns, 9, 1)).is_some());
        // Those in front stay, with their turns; those behind go, and their places are free.
        drop(waits.split_off(2));
        let next = line_up(&turns, 1, CHUNK);
        assert_eq!(lock(&turns.shared).waiting, 1);
        drop((waits, next));
        assert!(is_idle(&turns));
    }

    #[tokio::test]
    async fn a_turn_that_does_not_come_is_busy_and_leaves_nothing() {
        let turns = within(Duration::from_millis(5));
        let one = turns.take(Caller::from(1), CHUNK).await.unwrap();
        let two = turns.take(Caller::from(1), CHUNK).await.unwrap();
        assert_eq!(turns.take(Caller::from(1), CHUNK).await.map(drop), Err(NoTurn));
        drop((one, two));
        assert!(is_idle(&turns));
    }

    proptest! {
        #[test]
        fn whatever_comes_and_goes_the_bounds_hold_and_everybody_is_served(
            steps in proptest::collection::vec((0..5_u8, 0..4_u64, 1..=CHUNK), 1..200),
        ) {
            let turns = turns();
            let mut waits: Vec<(u64, Waits)> = Vec::new();
            let mut under_way: Vec<(u64, Turn)> = Vec::new();
            for (step, caller, puts) in steps {
                match step {
                    // One gives back, one gives up, others come.
                    0 if !under_way.is_empty() => drop(under_way.remove(puts % under_way.len())),
                    1 if !waits.is_empty() => drop(waits.remove(puts % waits.len())),
                    _ => waits.push((caller, line_up(&turns, caller, puts))),
                }
                waits.retain_mut(|(caller, waits)| {
                    turn(waits).map(|turn| under_way.push((*caller, turn))).is_none()
                });
                let puts = |who: u64| -> usize {
                    let of = under_way.iter().filter(|(caller, _)| *caller == who);
                    of.map(|(_, turn)| turn.weight).sum()
                };
                prop_assert!((0..4).all(|caller| puts(caller) <= UNDER_WAY_OF_ONE));
                let all: usize = (0..4).map(puts).sum();
                prop_assert!(all <= UNDER_WAY);
                prop_assert_eq!(lock(&turns.shared).under_way, all);
                // Nobody waits while there is nothing to wait for.
                prop_assert!(waits.is_empty() || all + CHUNK > UNDER_WAY_OF_ONE);
            }
            while !waits.is_empty() {
                prop_assert!(under_way.pop().is_some(), "somebody waits for ever");
                waits.retain_mut(|(caller, waits)| {
                    turn(waits).map(|turn| under_way.push((*caller, turn))).is_none()
                });
            }
            under_way.clear();
            prop_assert!(is_idle(&turns));
        }
    }

    #[test]
    fn a_chunk_beyond_all_bounds_goes_alone() {
        let turns = turns();
        let all = turn(&mut line_up(&turns, 1, 10 * UNDER_WAY));
        let mut other = line_up(&turns, 2, 1);
        assert!(turn(&mut other).is_none());
        drop(all);
        assert!(turn(&mut other).is_some());
    }
}
