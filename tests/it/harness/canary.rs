//! Clear values that were planted, and whether they show up where they must not.

use std::collections::HashMap;

use data_encoding::BASE64;
use data_encoding::HEXLOWER;

/// Bytes that a needle is looked up by.
const PREFIX: usize = 8;

/// Values to look for, each as it is and in the spellings that programs give to text.
#[derive(Default)]
pub(crate) struct Canaries {
    by_prefix: HashMap<[u8; PREFIX], Vec<Vec<u8>>>,
}

impl Canaries {
    /// Looks for these values, whatever their letter case.
    pub(crate) fn of<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let mut canaries = Self::default();
        for value in values {
            canaries.add(value);
        }
        canaries
    }

    fn add(&mut self, value: &str) {
        let json = serde_json::to_string(value).unwrap();
        let escaped: String = value.escape_unicode().to_string();
        let digits: String = value.chars().filter(|c| *c != ' ').collect();
        let spellings = [
            value.as_bytes().to_vec(),
            json.trim_matches('"').as_bytes().to_vec(),
            escaped.into_bytes(),
            digits.into_bytes(),
            percent_encoded(value).into_bytes(),
            HEXLOWER.encode(value.as_bytes()).into_bytes(),
            // All but the last group, which depends on what follows.
            BASE64.encode(&value.as_bytes()[..value.len() / 3 * 3]).into_bytes(),
        ];
        for mut spelling in spellings {
            spelling.make_ascii_lowercase();
            let prefix = spelling.first_chunk::<PREFIX>();
            let prefix = *prefix.unwrap_or_else(|| panic!("a canary is too short to be one"));
            let known = self.by_prefix.entry(prefix).or_default();
            if !known.contains(&spelling) {
                known.push(spelling);
            }
        }
    }

    /// The first planted value in some bytes, in any of its spellings.
    pub(crate) fn find(&self, bytes: &[u8]) -> Option<String> {
        let bytes = bytes.to_ascii_lowercase();
        for (at, window) in bytes.windows(PREFIX).enumerate() {
            let Some(needles) =
                window.try_into().ok().and_then(|key: [u8; PREFIX]| self.by_prefix.get(&key))
            else {
                continue;
            };
            let rest = &bytes[at..];
            if let Some(needle) = needles.iter().find(|needle| rest.starts_with(needle)) {
                return Some(format!("{} at byte {at}", String::from_utf8_lossy(needle)));
            }
        }
        None
    }

    /// Fails when one of these places holds a planted value.
    pub(crate) fn absent_from(&self, places: &[(String, Vec<u8>)]) {
        assert!(!places.is_empty(), "nothing to look at");
        let found: Vec<String> = places
            .iter()
            .filter_map(|(place, bytes)| Some(format!("{place}: {}", self.find(bytes)?)))
            .collect();
        assert!(found.is_empty(), "clear values found:\n{}", found.join("\n"));
    }
}

fn percent_encoded(value: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    };
    value.bytes().map(encode).collect()
}

#[test]
fn a_planted_value_is_found_in_every_spelling() {
    let value = "Zoë Müller \"x\"";
    let canaries = Canaries::of([value, "+49 151 7700001"]);
    let base64 = BASE64.encode(value.as_bytes());
    let hex = HEXLOWER.encode(value.as_bytes());
    for hidden in [
        "..ZOë Müller \"x\"..",
        r#"{"n":"Zoë Müller \"x\""}"#,
        "name=Zo%c3%AB%20M%C3%BCller%20%22x%22",
        "+491517700001",
        &base64,
        &hex,
    ] {
        assert!(canaries.find(hidden.as_bytes()).is_some(), "{hidden}");
    }
    assert_eq!(canaries.find(b"nothing of the kind"), None);
}
