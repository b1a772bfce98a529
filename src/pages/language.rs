//! Languages of the pages.

/// A language that every text is there in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// English, which is taken when nothing else is asked for.
    English,
    /// German, in the polite form.
    German,
    /// English with every vowel doubled, 40 % longer: for looking whether longer texts have room. No
    /// request can ask for it.
    Pseudo,
}

impl Language {
    /// The languages that a person can choose.
    pub(super) const OFFERED: [Self; 2] = [Self::English, Self::German];

    /// Returns the offered language with this code; `None` for every other code.
    pub fn parse(code: &str) -> Option<Self> {
        let primary = code.split('-').next().unwrap_or_default();
        Self::OFFERED.into_iter().find(|language| language.code().eq_ignore_ascii_case(primary))
    }

    /// Returns the offered language that `Accept-Language` likes best; of equals the first, and English
    /// when none is liked ([RFC 9110, section 12.5.4]).
    pub fn accepted(field: &str) -> Self {
        let mut best = (0, Self::English);
        for item in field.split(',').take(32) {
            let mut parts = item.split(';').map(str::trim);
            let code = parts.next().unwrap_or_default();
            let weight =
                parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1000), thousandths);
            if let (Some(language), Some(weight)) = (Self::parse(code), weight)
                && weight > best.0
            {
                best = (weight, language);
            }
        }
        best.1
    }

    /// Returns the code of `lang` ([BCP 47]).
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::Pseudo => "en-XA",
        }
    }

    /// Returns the direction of writing, for `dir`.
    pub(super) fn direction(self) -> &'static str {
        match self {
            Self::English | Self::German | Self::Pseudo => "ltr",
        }
    }

    /// Returns its name in itself.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::English | Self::Pseudo => "English",
            Self::German => "Deutsch",
        }
    }

    /// Returns the query by which a page is asked for in this language.
    pub(super) fn query(self) -> &'static str {
        match self {
            Self::English | Self::Pseudo => "?lang=en",
            Self::German => "?lang=de",
        }
    }
}

/// A weight such as `0.8` in thousandths; `None` when it is none.
fn thousandths(weight: &str) -> Option<u32> {
    let (whole, fraction) = weight.split_once('.').unwrap_or((weight, ""));
    let fraction = format!("{fraction:0<3}");
    let all = whole.parse::<u32>().ok()?.checked_mul(1000)?.checked_add(fraction.parse().ok()?)?;
    (all <= 1000).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_that_is_liked_best_is_taken() {
        for (field, expected) in [
            ("", Language::English),
            ("de", Language::German),
            ("de-AT,en;q=0.8", Language::German),
            ("en;q=0.5, DE;q=0.75", Language::German),
            ("fr, en;q=0.5, de;q=0.5", Language::English),
            ("de;q=0, en;q=0.1", Language::English),
            ("de;q=0", Language::English),
            ("de;q=7, *", Language::English),
            ("en-XA", Language::English),
        ] {
            assert_eq!(Language::accepted(field), expected, "{field:?}");
        }
    }
}
