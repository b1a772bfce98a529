//! How much may come out of a coded body.

use crate::base::Limits;
use crate::coding::Reason;

/// Bytes of input that are looked at together: the ratio is taken at multiples of this many
/// received bytes, so the verdict does not depend on how a stream is split.
pub(super) const GRAIN: usize = 4096;

/// Members of a gzip stream and frames of a zstd stream at most. Each costs far more than its
/// bytes, and an empty one gives nothing that a budget could count.
pub(super) const MEMBERS: u32 = 65_536;

/// What a layer of codings may give at most.
///
/// At every layer: no more than `bytes`, and no more than `floor` + `ratio` × the bytes received
/// from the wire, these rounded up to the next 4096.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// How many bytes may come out in all.
    pub bytes: u64,
    /// Bytes for each byte received. DEFLATE can give 1032 (two bits for a match of 258 bytes).
    pub ratio: u32,
    /// Bytes whatever the ratio, so that small bodies may expand as they like.
    pub floor: u64,
}

impl Budget {
    /// 200, the default of Apache's `DeflateInflateRatioLimit` too.
    pub const RATIO: u32 = 200;
    /// What may come out whatever the ratio: 1 MiB.
    pub const FLOOR: u64 = 1024 * 1024;

    /// Gives a budget of this many bytes with the usual ratio and floor.
    pub const fn new(bytes: u64) -> Self {
        Self { bytes, ratio: Self::RATIO, floor: Self::FLOOR }
    }

    /// Gives the budget of a request: what nobody has asked for expands less.
    pub fn of_request(limits: &Limits) -> Self {
        Self { ratio: limits.request_expansion, ..Self::of_answer(limits) }
    }

    /// Gives the budget of an answer.
    pub fn of_answer(limits: &Limits) -> Self {
        Self::new(u64::try_from(limits.body_bytes).unwrap_or(u64::MAX))
    }

    /// Gives what a layer may have given after so many bytes from the wire.
    pub(super) fn allows(&self, received: u64) -> u64 {
        self.bytes.min(self.by_ratio(received))
    }

    /// Says which of the two bounds was hit.
    pub(super) fn reason(&self, received: u64) -> Reason {
        if self.by_ratio(received) < self.bytes { Reason::ExpandsTooMuch } else { Reason::TooLarge }
    }

    fn by_ratio(&self, received: u64) -> u64 {
        let grain = u64::try_from(GRAIN).unwrap_or(u64::MAX);
        let rounded = received.div_ceil(grain).saturating_mul(grain);
        rounded.saturating_mul(u64::from(self.ratio)).saturating_add(self.floor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tighter_bound_counts() {
        let budget = Budget { bytes: 100_000, ratio: 10, floor: 50 };
        assert_eq!((budget.allows(0), budget.reason(0)), (50, Reason::ExpandsTooMuch));
        assert_eq!((budget.allows(1), budget.allows(4096)), (41_010, 41_010));
        assert_eq!((budget.allows(20_000), budget.reason(20_000)), (100_000, Reason::TooLarge));
        assert_eq!(Budget::new(u64::MAX).allows(u64::MAX), u64::MAX);
    }

    #[test]
    fn comes_from_the_limits() {
        let answer = Budget::of_answer(&Limits::default());
        assert_eq!(answer, Budget::new(16 * 1024 * 1024));
        let request = Budget::of_request(&Limits::default());
        assert_eq!(request, Budget { ratio: 50, ..answer });
    }
}
