//! Sizes, durations and counts as people write them.

use std::borrow::Cow;
use std::time::Duration;

use schemars::JsonSchema;
use schemars::Schema;
use schemars::SchemaGenerator;
use schemars::json_schema;
use serde::Deserialize;
use serde::Deserializer;
use serde::de::Error as _;

/// A number of bytes: `16MiB`, `512 KiB`, `4096`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size(pub usize);

impl Size {
    /// Reads a size; refuses zero, fractions and decimal units. An error is a message and a hint.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let (number, unit) = split(text);
        let factor = match unit {
            "" | "B" => 1,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            _ => {
                return Err("not a size\nsizes are a whole number and B, KiB, MiB or GiB: `16MiB`");
            }
        };
        let bytes = number.parse::<usize>().ok().and_then(|number| number.checked_mul(factor));
        match bytes {
            Some(0) => Err("a size of zero would let nothing through\nwrite at least 1B"),
            Some(bytes) => Ok(Self(bytes)),
            None => Err("not a size\nsizes are a whole number and B, KiB, MiB or GiB: `16MiB`"),
        }
    }
}

/// A length of time: `500ms`, `30s`, `2m`, `1h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Time(pub Duration);

impl Time {
    /// Reads a length of time; refuses zero, fractions, more than a day, and a number without a unit.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const FORM: &str = "not a length of time\nwrite a whole number and ms, s, m or h: `30s`";
        let (number, unit) = split(text);
        let factor = match unit {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return Err(FORM),
        };
        let millis = number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor));
        match millis {
            None => Err(FORM),
            Some(0) => Err("a deadline of zero would fail everything\nwrite at least 1ms"),
            Some(millis) if millis > 86_400_000 => {
                Err("a deadline of more than a day\nwrite at most 24h")
            }
            Some(millis) => Ok(Self(Duration::from_millis(millis))),
        }
    }
}

/// A time to keep something or to wait for people: `0s`, `90m`, `12h`, `93d`, `2y`; a year has 365 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period(pub Duration);

impl Period {
    /// Reads a period; refuses fractions, a number without a unit, and more than a hundred years.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const FORM: &str = "not a period\nwrite a whole number and s, m, h, d or y: `93d`";
        let (number, unit) = split(text);
        let factor = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            "d" => 86_400,
            "y" => 365 * 86_400,
            _ => return Err(FORM),
        };
        let seconds = number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor));
        match seconds {
            None => Err(FORM),
            Some(seconds) if seconds > 100 * 365 * 86_400 => {
                Err("a period of more than a hundred years\nwrite at most 100y")
            }
            Some(seconds) => Ok(Self(Duration::from_secs(seconds))),
        }
    }
}

/// A number of things, at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count(pub usize);

impl Count {
    /// Reads a count; refuses zero.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        match text.parse() {
            Ok(0) => Err("a limit of zero would let nothing through\nwrite at least 1"),
            Ok(count) => Ok(Self(count)),
            Err(_) => Err("not a whole number\nwrite digits only: `10000`"),
        }
    }
}

fn split(text: &str) -> (&str, &str) {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits).unwrap_or((text, ""));
    (number, unit.trim_start())
}

/// Writes a size in the largest unit that divides it.
pub(super) fn show_size(bytes: usize) -> String {
    for (factor, unit) in [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")] {
        if bytes >= factor && bytes.is_multiple_of(factor) {
            return format!("{}{unit}", bytes / factor);
        }
    }
    format!("{bytes}B")
}

/// Writes a length of time in the largest unit that divides it.
pub(super) fn show_time(time: Duration) -> String {
    let millis = time.as_millis();
    for (factor, unit) in [(3_600_000, "h"), (60_000, "m"), (1000, "s")] {
        if millis >= factor && millis.is_multiple_of(factor) {
            return format!("{}{unit}", millis / factor);
        }
    }
    format!("{millis}ms")
}

macro_rules! written_as_text {
    ($($name:ident $pattern:literal)*) => {$(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).map_err(D::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": ["string", "integer"], "pattern": $pattern, "minimum": 1 })
            }
        }
    )*};
}

written_as_text! {
    Size r"^[0-9]+ ?(B|KiB|MiB|GiB)?$"
    Time r"^[0-9]+ ?(ms|s|m|h)$"
    Count r"^[0-9]+$"
    Period r"^[0-9]+ ?(s|m|h|d|y)$"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_sizes_and_times() {
        for (text, bytes) in [("16MiB", 16 << 20), ("1 KiB", 1024), ("77", 77), ("3GiB", 3 << 30)] {
            assert_eq!(Size::parse(text), Ok(Size(bytes)), "{text}");
            assert_eq!(Size::parse(&show_size(bytes)), Ok(Size(bytes)));
        }
        for (text, seconds) in [("0s", 0), ("93d", 93 * 86_400), ("2y", 730 * 86_400)] {
            assert_eq!(Period::parse(text), Ok(Period(Duration::from_secs(seconds))), "{text}");
        }
        for (text, millis) in
            [("30s", 30_000), ("2m", 120_000), ("1500ms", 1500), ("1h", 3_600_000)]
        {
            let time = Duration::from_millis(millis);
            assert_eq!(Time::parse(text), Ok(Time(time)), "{text}");
            assert_eq!(Time::parse(&show_time(time)), Ok(Time(time)));
        }
    }

    #[test]
    fn refuses_what_could_mean_two_things() {
        for text in ["", "MiB", "16MB", "16mb", "1.5MiB", "-1", "0", "99999999999999999999"] {
            assert!(Size::parse(text).is_err(), "{text}");
        }
        for text in ["", "30", "30 sec", "1.5s", "0s", "25h", "-1s"] {
            assert!(Time::parse(text).is_err(), "{text}");
        }
        for text in ["", "30", "1 month", "1.5d", "101y", "-1s", "99999999999999999999y"] {
            assert!(Period::parse(text).is_err(), "{text}");
        }
    }
}
