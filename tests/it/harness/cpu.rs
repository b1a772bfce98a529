//! Time of the processor, which others on a busy machine do not lengthen.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

/// What this thread uses for some work: the first field of its `schedstat` (Linux, proc(5)).
pub(crate) fn time(work: impl FnOnce()) -> Duration {
    let before = used();
    work();
    used().saturating_sub(before)
}

fn used() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap())
}
