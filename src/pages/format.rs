//! Numbers, dates and durations, as people read them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::Language;

/// A moment for a `time` element. Its text is in UTC, and says so; the script shows the hour of the reader.
#[derive(Debug)]
pub(super) struct Moment {
    /// The value of `datetime`.
    pub(super) machine: String,
    /// The same in words, in the page's language.
    pub(super) text: String,
}

const ENGLISH: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const GERMAN: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];

fn utc(at: Timestamp) -> DateTime {
    at.to_zoned(TimeZone::UTC).datetime()
}

/// Returns the day of a moment, such as `3 May 2027`.
pub(super) fn day(language: Language, at: Timestamp) -> Moment {
    let date = utc(at).date();
    let index = usize::from(date.month().unsigned_abs()).saturating_sub(1);
    let name = |names: [&'static str; 12]| names.get(index).copied().unwrap_or_default();
    let (day, year) = (date.day(), date.year());
    let text = match language {
        Language::English | Language::Pseudo => format!("{day} {} {year}", name(ENGLISH)),
        Language::German => format!("{day}. {} {year}", name(GERMAN)),
    };
    Moment { machine: date.to_string(), text }
}

/// Returns day and minute of a moment, such as `3 May 2027, 14:05 UTC`.
pub(super) fn minute(language: Language, at: Timestamp) -> Moment {
    let time = utc(at).time();
    let day = day(language, at).text;
    let text = match language {
        Language::English | Language::Pseudo | Language::German => {
            format!("{day}, {:02}:{:02} UTC", time.hour(), time.minute())
        }
    };
    Moment { machine: format!("{at:.0}"), text }
}

/// Returns whole seconds from one moment to a later one; 0 when it is past.
pub(super) fn seconds_left(now: Timestamp, end: Timestamp) -> u64 {
    u64::try_from(end.as_second().saturating_sub(now.as_second())).unwrap_or_default()
}

/// Returns seconds as minutes and seconds, such as `9:41`.
pub(super) fn clock(seconds: u64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// Returns a number with its thousands apart.
pub(super) fn number(language: Language, number: u64) -> String {
    let apart = match language {
        Language::English | Language::Pseudo => ',',
        Language::German => '.',
    };
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(apart);
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_people_read_them() {
        let at: Timestamp = "2027-03-03T09:05:59.5Z".parse().unwrap();
        assert_eq!(day(Language::English, at).text, "3 March 2027");
        assert_eq!(day(Language::German, at).machine, "2027-03-03");
        let minute = minute(Language::German, at);
        assert_eq!(minute.text, "3. März 2027, 09:05 UTC");
        assert_eq!(minute.machine, "2027-03-03T09:05:59Z");
    }

    #[test]
    fn what_is_left_never_runs_below_zero() {
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(clock(seconds_left(at(0), at(581))), "9:41");
        assert_eq!(clock(seconds_left(at(10), at(4))), "0:00");
    }

    #[test]
    fn thousands_stand_apart() {
        for (value, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(number(Language::English, value), text);
        }
    }
}
