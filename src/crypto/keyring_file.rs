//! The keyring as JSON text. Strict: a member that is unknown, missing or there twice is an error,
//! and errors never repeat what the file says.

use std::collections::HashSet;
use std::fmt;

use data_encoding::HEXLOWER;
use jiff::Timestamp as Date;
use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use serde::de;
use zeroize::Zeroizing;

use crate::base::Sensitive;
use crate::base::Timestamp;

use super::kdf::Root;
use super::keyring::Dated;
use super::keyring::KeyState;
use super::keyring::NORM_VERSION;
use super::keyring::Roots;
use super::keyring::Version;
use super::keyring::Versions;

/// Version of the file form.
const FILE_VERSION: u32 = 1;
/// Generations of tokens: one character of the token alphabet.
const GENERATIONS: u32 = 32;

/// Why a text is not a keyring. Never holds a byte of a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// Not JSON, or not the members that a keyring has.
    #[error("{problem} at line {line}, column {column}")]
    Syntax {
        /// What is wrong there, without what the file holds.
        problem: &'static str,
        /// The line, counted from 1.
        line: usize,
        /// The column in bytes, counted from 1.
        column: usize,
    },
    /// Made for another version of the file form.
    #[error("keyring file version {0} is not known, this program reads version {FILE_VERSION}")]
    FileVersion(u32),
    /// Made for other canonical forms of values; using it would change tokens.
    #[error("norm_version {0} is not known, this program has {NORM_VERSION}")]
    NormVersion(u32),
    /// None, or more than one key of a purpose is active.
    #[error("`{section}` has {count} active keys, must have one")]
    Active {
        /// The member of the file.
        section: &'static str,
        /// How many keys are active.
        count: usize,
    },
    /// Two keys of a purpose have the same id.
    #[error("`{section}` has id {id} twice")]
    DuplicateId {
        /// The member of the file.
        section: &'static str,
        /// The id that two keys have.
        id: u32,
    },
    /// A token generation that no character stands for.
    #[error("`token` has id {0}, must be below {GENERATIONS}")]
    Generation(u32),
    /// Two places hold the same key; each must be independent of all others.
    #[error("the same key is in two places")]
    SameKey,
}

/// The file as written.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    norm_version: u32,
    token: Vec<VersionText>,
    index: DatedText,
    record: Vec<VersionText>,
    subject: Vec<VersionText>,
    audit_signing: DatedText,
    audit_reference: DatedText,
    backup: DatedText,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct VersionText {
    id: u32,
    state: StateText,
    created: DateText,
    key: KeyText,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct DatedText {
    created: DateText,
    key: KeyText,
}

#[derive(Clone, Copy, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
enum StateText {
    Active,
    DecryptOnly,
}

/// 64 lower-case hexadecimal digits.
struct KeyText(Root);

/// [RFC 3339] in UTC, whole seconds.
struct DateText(Timestamp);

/// Reads the roots of a keyring. Fails with the place of a mistake.
pub(super) fn read(json: &str) -> Result<Roots, KeyringError> {
    let file: File = serde_json::from_str(json).map_err(|error| syntax(&error))?;
    if file.version != FILE_VERSION {
        return Err(KeyringError::FileVersion(file.version));
    }
    if file.norm_version != NORM_VERSION {
        return Err(KeyringError::NormVersion(file.norm_version));
    }
    let roots = Roots {
        token: versions("token", file.token)?,
        index: file.index.into(),
        record: versions("record", file.record)?,
        subject: versions("subject", file.subject)?,
        audit_signing: file.audit_signing.into(),
        audit_reference: file.audit_reference.into(),
        backup: file.backup.into(),
    };
    if let Some(version) = roots.token.iter().find(|version| version.id >= GENERATIONS) {
        return Err(KeyringError::Generation(version.id));
    }
    if has_a_key_twice(&roots) {
        return Err(KeyringError::SameKey);
    }
    Ok(roots)
}

/// Returns the text of a keyring file with these roots.
#[expect(
    clippy::expect_used,
    reason = "writing to memory does not fail, none of the types refuses to be written, and JSON is UTF-8"
)]
pub(super) fn write(roots: &Roots) -> Sensitive<String> {
    let file = File {
        version: FILE_VERSION,
        norm_version: NORM_VERSION,
        token: version_texts(&roots.token),
        index: (&roots.index).into(),
        record: version_texts(&roots.record),
        subject: version_texts(&roots.subject),
        audit_signing: (&roots.audit_signing).into(),
        audit_reference: (&roots.audit_reference).into(),
        backup: (&roots.backup).into(),
    };
    // Large enough that the text never moves: a move would leave keys behind, unwiped.
    let entries = file.token.len() + file.record.len() + file.subject.len() + 4;
    let mut text = Vec::with_capacity(512 + 256 * entries);
    serde_json::to_writer_pretty(&mut text, &file).expect("memory takes everything");
    text.push(b'\n');
    Sensitive::new(String::from_utf8(text).expect("JSON is UTF-8"))
}

/// `serde_json` quotes what it finds; of its error only the place is used.
fn syntax(error: &serde_json::Error) -> KeyringError {
    let problem = match error.classify() {
        serde_json::error::Category::Syntax => "not JSON",
        serde_json::error::Category::Data => {
            "a member is unknown, missing, there twice or malformed"
        }
        serde_json::error::Category::Eof => "the text ends too early",
        serde_json::error::Category::Io => "the text cannot be read",
    };
    KeyringError::Syntax { problem, line: error.line(), column: error.column() }
}

fn versions(section: &'static str, texts: Vec<VersionText>) -> Result<Versions, KeyringError> {
    let mut ids = HashSet::new();
    let mut active = Vec::new();
    let mut others = Vec::new();
    for VersionText { id, state, created: DateText(created), key: KeyText(root) } in texts {
        if !ids.insert(id) {
            return Err(KeyringError::DuplicateId { section, id });
        }
        let dated = Dated { created, root };
        match state {
            StateText::Active => {
                active.push(Version { id, state: KeyState::Active, dated });
            }
            StateText::DecryptOnly => {
                others.push(Version { id, state: KeyState::DecryptOnly, dated });
            }
        }
    }
    let count = active.len();
    let only: Result<[Version; 1], _> = active.try_into();
    let [active] = only.map_err(|_| KeyringError::Active { section, count })?;
    Ok(Versions { active, others })
}

fn version_texts(versions: &Versions) -> Vec<VersionText> {
    let text = |version: &Version| VersionText {
        id: version.id,
        state: match version.state {
            KeyState::Active => StateText::Active,
            KeyState::DecryptOnly => StateText::DecryptOnly,
        },
        created: DateText(version.dated.created),
        key: KeyText(version.dated.root.clone()),
    };
    versions.iter().map(text).collect()
}

fn has_a_key_twice(roots: &Roots) -> bool {
    let versioned = [&roots.token, &roots.record, &roots.subject];
    let single = [&roots.index, &roots.audit_signing, &roots.audit_reference, &roots.backup];
    let all = versioned.into_iter().flat_map(Versions::iter).map(|version| &version.dated);
    let keys: Vec<&[u8; 32]> = all.chain(single).map(|dated| dated.root.expose()).collect();
    keys.iter()
        .enumerate()
        .any(|(place, key)| keys.iter().skip(place + 1).any(|other| key == other))
}

impl From<DatedText> for Dated {
    fn from(DatedText { created: DateText(created), key: KeyText(root) }: DatedText) -> Self {
        Self { created, root }
    }
}

impl From<&Dated> for DatedText {
    fn from(dated: &Dated) -> Self {
        Self { created: DateText(dated.created), key: KeyText(dated.root.clone()) }
    }
}

impl<'de> Deserialize<'de> for KeyText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Hexadecimal;

        impl de::Visitor<'_> for Hexadecimal {
            type Value = KeyText;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("64 lower-case hexadecimal digits")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<KeyText, E> {
                let mut root = Sensitive::new([0; 32]);
                let malformed = || E::custom("malformed key");
                if text.len() != 64 {
                    return Err(malformed());
                }
                HEXLOWER.decode_mut(text.as_bytes(), root.expose_mut()).map_err(|_| malformed())?;
                Ok(KeyText(root))
            }
        }

        deserializer.deserialize_str(Hexadecimal)
    }
}

impl Serialize for KeyText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut digits = Zeroizing::new([0; 64]);
        HEXLOWER.encode_mut(self.0.expose(), &mut *digits);
        serializer.serialize_str(std::str::from_utf8(&*digits).unwrap_or_default())
    }
}

impl<'de> Deserialize<'de> for DateText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let date = Date::deserialize(deserializer)?;
        let micros = u64::try_from(date.as_microsecond());
        micros
            .map(|micros| Self(Timestamp(micros)))
            .map_err(|_| de::Error::custom("date before 1970"))
    }
}

impl Serialize for DateText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let seconds = i64::try_from(self.0.seconds()).unwrap_or(i64::MAX);
        Date::from_second(seconds).unwrap_or(Date::MAX).serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::keyring::Keyring;

    /// Roots that count up, so that no two are the same.
    fn keyring() -> Keyring {
        let mut next = 0_u8;
        let keyring = Keyring::generate(&mut |bytes| {
            next += 1;
            bytes.fill(next);
        });
        keyring.dated(Timestamp(1_700_000_000_000_000))
    }

    fn refused(from: &str, to: &str) -> KeyringError {
        let text = keyring().to_json().expose().clone();
        assert!(text.contains(from), "{from}");
        Keyring::parse(&text.replacen(from, to, 1)).map(|_| ()).unwrap_err()
    }

    fn is_syntax(error: &KeyringError) -> bool {
        matches!(error, KeyringError::Syntax { line: 1.., .. })
    }

    #[test]
    fn writing_undoes_reading() {
        let text = keyring().to_json();
        let again = Keyring::parse(text.expose()).unwrap();
        assert_eq!(again.to_json().expose(), text.expose());
        assert_eq!(again.fingerprint(), keyring().fingerprint());
        assert!(text.expose().contains("\"2023-11-14T22:13:20Z\""));
        assert_eq!(format!("{again:?}"), format!("Keyring({})", again.fingerprint()));
    }

    #[test]
    fn unknown_missing_and_doubled_members_are_refused() {
        assert!(is_syntax(&refused("\"version\": 1,", "\"version\": 1, \"extra\": 1,")));
        assert!(is_syntax(&refused("\"norm_version\": 1,", "")));
        assert!(is_syntax(&refused("\"version\": 1,", "\"version\": 1, \"version\": 1,")));
        assert!(is_syntax(&refused("\"id\": 1,", "\"id\": 1, \"id\": 1,")));
        assert!(is_syntax(&refused("\"id\": 1,", "\"id\": 1, \"note\": \"\",")));
        assert!(is_syntax(&refused("\"active\"", "\"Active\"")));
        assert!(is_syntax(&refused("2023-11-14T22:13:20Z", "2023-11-14")));
        assert!(is_syntax(&refused("2023-11-14T22:13:20Z", "1969-11-14T22:13:20Z")));
        assert!(is_syntax(&refused("\"0101", "\"01")));
    }

    #[test]
    fn other_versions_are_refused() {
        let error = refused("\"version\": 1,", "\"version\": 2,");
        assert_eq!(error, KeyringError::FileVersion(2));
        let error = refused("\"norm_version\": 1,", "\"norm_version\": 2,");
        assert_eq!(error, KeyringError::NormVersion(2));
    }

    #[test]
    fn each_purpose_has_one_active_key_and_each_id_one_key() {
        let error = refused("\"active\"", "\"decrypt-only\"");
        assert_eq!(error, KeyringError::Active { section: "token", count: 0 });
        let other = |id: u32, state: &str| {
            format!(
                "\"token\": [ {{ \"id\": {id}, \"state\": \"{state}\", \
                 \"created\": \"2024-01-01T00:00:00Z\", \"key\": \"{}\" }},",
                "ee".repeat(32)
            )
        };
        let error = refused("\"token\": [", &other(2, "active"));
        assert_eq!(error, KeyringError::Active { section: "token", count: 2 });
        let error = refused("\"token\": [", &other(1, "decrypt-only"));
        assert_eq!(error, KeyringError::DuplicateId { section: "token", id: 1 });
        let error = refused("\"token\": [", &other(32, "decrypt-only"));
        assert_eq!(error, KeyringError::Generation(32));
    }

    #[test]
    fn a_key_has_one_purpose() {
        let error = refused(&"01".repeat(32), &"02".repeat(32));
        assert_eq!(error, KeyringError::SameKey);
    }

    #[test]
    fn writing_never_moves_the_text() {
        let text = keyring().to_json();
        assert!(text.expose().capacity() >= 512 + 256 * 7);
        assert!(text.expose().len() < 512 + 256 * 7);
    }
}
