//! Times as Databunker's clients write them.

use crate::base::Timestamp;
use crate::people::Removal;
use crate::people::failure::Failure;

/// Reads a time: digits are seconds from now, or above now a Unix time; with `s`, `h`, `d` or `m` (31 days)
/// behind them, that many of these from now.
pub(super) fn read(text: &str, now: Timestamp) -> Result<Timestamp, Failure> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let (number, suffix) = (digits.parse::<u64>(), text.get(digits.len()..).unwrap_or_default());
    let number = number.map_err(|_| Failure::Time)?;
    let seconds = match suffix {
        "" if number > now.seconds() => return at(number),
        "" | "s" => Some(number),
        "h" => number.checked_mul(3600),
        "d" => number.checked_mul(86_400),
        "m" => number.checked_mul(31 * 86_400),
        _ => None,
    };
    let end = seconds.and_then(|seconds| now.seconds().checked_add(seconds));
    at(end.ok_or(Failure::Time)?)
}

fn at(seconds: u64) -> Result<Timestamp, Failure> {
    seconds.checked_mul(1_000_000).map(Timestamp).ok_or(Failure::Time)
}

/// Keeps a removal within its bounds, as Databunker's path does: too soon becomes as soon as may be.
pub(super) fn within(at: Timestamp, now: Timestamp, bounds: Removal) -> Timestamp {
    at.clamp(now.after(bounds.notice), now.after(bounds.longest.max(bounds.notice)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NOW: Timestamp = Timestamp(1_700_000_000_000_000);

    #[test]
    fn reads_seconds_units_and_unix_times() {
        let seconds = |text| read(text, NOW).unwrap().seconds();
        assert_eq!(seconds("1"), 1_700_000_001);
        assert_eq!(seconds("10s"), 1_700_000_010);
        assert_eq!(seconds("2h"), 1_700_007_200);
        assert_eq!(seconds("1d"), 1_700_086_400);
        assert_eq!(seconds("1m"), 1_702_678_400);
        assert_eq!(seconds("1800000000"), 1_800_000_000);
        for bad in ["", "x", "-1", "1y", "1.5h", "99999999999999999999", "99999999999999999d"] {
            assert!(read(bad, NOW).is_err(), "{bad}");
        }
    }

    #[test]
    fn keeps_a_removal_within_its_bounds() {
        let day = Duration::from_hours(24);
        let bounds = Removal { notice: day, longest: 93 * day };
        let after = |seconds: u64| Timestamp(NOW.0 + seconds * 1_000_000);
        assert_eq!(within(after(1), NOW, bounds), after(86_400));
        assert_eq!(within(after(172_800), NOW, bounds), after(172_800));
        assert_eq!(within(after(86_400 * 365), NOW, bounds), after(86_400 * 93));
    }
}
