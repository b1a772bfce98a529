//! Comparing numbers as they are spelled, exactly.
//!
//! Through floating point 2^53 + 1 equals 2^53 and 1e400 is infinite; a filter on such a number
//! would decide differently from the application behind us.

use std::cmp::Ordering;

/// A number of RFC 8259 taken apart: sign, digits without leading zeros, and the power of ten
/// such that the value is 0.digits times it. Zero has no digits.
#[derive(Debug, Clone, Copy)]
struct Decimal<'a> {
    negative: bool,
    whole: &'a [u8],
    fraction: &'a [u8],
    power: i128,
}

/// Compares two numbers. Exponents beyond 10^37 count as that large.
pub(super) fn compare(left: &str, right: &str) -> Ordering {
    let (left, right) = (Decimal::read(left), Decimal::read(right));
    match (left.sign(), right.sign()) {
        (0, 0) => Ordering::Equal,
        (1, 1) => left.magnitude(right),
        (-1, -1) => right.magnitude(left),
        (left, right) => left.cmp(&right),
    }
}

impl<'a> Decimal<'a> {
    fn read(text: &'a str) -> Self {
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let whole = zeros_off(whole.as_bytes());
        let kept =
            if whole.is_empty() { zeros_off(fraction.as_bytes()) } else { fraction.as_bytes() };
        let power = length(whole) - length(fraction.as_bytes()) + length(kept);
        Self { negative, whole, fraction: kept, power: power.saturating_add(read(exponent)) }
    }

    fn sign(&self) -> i8 {
        if self.digits().all(|digit| digit == b'0') {
            0
        } else if self.negative {
            -1
        } else {
            1
        }
    }

    fn digits(&self) -> impl Iterator<Item = u8> + use<'a> {
        self.whole.iter().chain(self.fraction).copied()
    }

    fn magnitude(&self, other: Self) -> Ordering {
        self.power.cmp(&other.power).then_with(|| {
            let length = self.digits().count().max(other.digits().count());
            let padded =
                |number: &Self| number.digits().chain(std::iter::repeat(b'0')).take(length);
            padded(self).cmp(padded(&other))
        })
    }
}

fn zeros_off(digits: &[u8]) -> &[u8] {
    let zeros = digits.iter().take_while(|&&digit| digit == b'0').count();
    digits.get(zeros..).unwrap_or_default()
}

fn length(digits: &[u8]) -> i128 {
    i128::try_from(digits.len()).unwrap_or(i128::MAX)
}

/// Reads an exponent, clamped to a size that leaves room for adding.
fn read(exponent: &str) -> i128 {
    let limit = 10_i128.pow(37);
    let (negative, digits) = match exponent.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, exponent.strip_prefix('+').unwrap_or(exponent)),
    };
    let size = digits.parse::<i128>().unwrap_or(limit).min(limit);
    if negative { -size } else { size }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_are_equal_however_they_are_spelled() {
        for (left, right) in [
            ("0", "-0"),
            ("0.000", "-0e99"),
            ("1", "1.0"),
            ("10", "1e1"),
            ("100", "1E+2"),
            ("0.01", "1e-2"),
            ("0.010", "10e-3"),
            ("1e400", "10e399"),
            ("123.45", "0.12345e3"),
        ] {
            assert_eq!(compare(left, right), Ordering::Equal, "{left} {right}");
        }
    }

    #[test]
    fn what_floating_point_confuses_is_kept_apart() {
        for (small, large) in [
            ("9007199254740992", "9007199254740993"),
            ("0", "1e-400"),
            ("1e400", "1e401"),
            ("-1e401", "-1e400"),
            ("0", "1e-17"),
            ("-1", "0"),
            ("0.1", "0.10000000000000000001"),
            ("99", "100"),
            ("-100", "-99"),
            ("1e-5", "1e-4"),
        ] {
            assert_eq!(compare(small, large), Ordering::Less, "{small} {large}");
            assert_eq!(compare(large, small), Ordering::Greater, "{small} {large}");
        }
    }
}
