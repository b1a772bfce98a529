//! Keys, signature lines, and opening a note.

use std::fmt;

use aws_lc_rs::signature::ED25519;
use aws_lc_rs::signature::Ed25519KeyPair;
use aws_lc_rs::signature::KeyPair;
use aws_lc_rs::signature::UnparsedPublicKey;
use data_encoding::BASE64;
use data_encoding::HEXLOWER;
use sha2::Digest;
use sha2::Sha256;

use crate::base::Sensitive;

/// The signature type identifier of Ed25519 ([C2SP signed-note, signature types]).
const ED25519_TYPE: u8 = 1;

/// Signature lines that are looked at; the specification asks for at least 16.
const SIGNATURES: usize = 64;

/// Why a key or a note is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The name is empty, or has a space, a plus sign or a control character.
    #[error("not a key name")]
    Name,
    /// The text is not `name+hash+base64` with the hash of the rest, or is no Ed25519 key.
    #[error("not a verifier key of the form name+hash+base64")]
    Key,
    /// The note does not have the form of the specification.
    #[error("not a signed note")]
    Form,
    /// No signature line is by the asked key.
    #[error("not signed by the key {0:08x}")]
    Unsigned(u32),
    /// The signature line of the asked key does not fit the text.
    #[error("the signature does not fit the text")]
    Signature,
    /// The text of the note is not that of a checkpoint.
    #[error("not a checkpoint")]
    Checkpoint,
}

/// Whether this can name a key: not empty, no white space, no plus sign, no control character.
fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+')
}

/// Whether this can be the text of a note: it ends with a newline and has no other control character.
fn is_text(text: &str) -> bool {
    text.ends_with('\n') && !text.bytes().any(|byte| byte < 0x20 && byte != b'\n')
}

/// The key id: the first four bytes of SHA-256 over name, newline, type and public key.
fn key_id(name: &str, public: &[u8; 32]) -> u32 {
    let hash = Sha256::new()
        .chain_update(name)
        .chain_update([b'\n', ED25519_TYPE])
        .chain_update(public)
        .finalize();
    let [a, b, c, d, ..] = <[u8; 32]>::from(hash);
    u32::from_be_bytes([a, b, c, d])
}

/// A private key with its name.
pub struct Signer {
    pair: Ed25519KeyPair,
    verifier: Verifier,
}

impl Signer {
    /// Gives the key of this name from its seed ([RFC 8032, section 5.1.5]); refuses a bad name.
    pub fn new(name: &str, seed: &Sensitive<[u8; 32]>) -> Result<Self, Error> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.expose()).map_err(|_| Error::Key)?;
        let public = <[u8; 32]>::try_from(pair.public_key().as_ref()).map_err(|_| Error::Key)?;
        Ok(Self { pair, verifier: Verifier::new(name, public)? })
    }

    /// The key that checks what this one signs.
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Signer({})", self.verifier)
    }
}

/// A public key with its name; written `name+hash+base64`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    id: u32,
    public: [u8; 32],
}

impl Verifier {
    /// Gives the key of this name; refuses a bad name.
    pub fn new(name: &str, public: [u8; 32]) -> Result<Self, Error> {
        if !is_name(name) {
            return Err(Error::Name);
        }
        Ok(Self { name: name.to_owned(), id: key_id(name, &public), public })
    }

    /// Reads `name+hash+base64`: the hash is the key id in eight hexadecimal digits, the last part
    /// the type byte and the key. Refuses another type, another length, and a wrong hash.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(Error::Key);
        };
        let bytes = BASE64.decode(key.as_bytes()).map_err(|_| Error::Key)?;
        let Some((&ED25519_TYPE, public)) = bytes.split_first() else { return Err(Error::Key) };
        let public = <[u8; 32]>::try_from(public).map_err(|_| Error::Key)?;
        let verifier = Self::new(name, public)?;
        if HEXLOWER.encode(&verifier.id.to_be_bytes()) != id {
            return Err(Error::Key);
        }
        Ok(verifier)
    }

    /// The name, which is the origin of the log in a checkpoint.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the key id that stands in signature lines.
    pub fn id(&self) -> u32 {
        self.id
    }

    fn accepts(&self, text: &str, signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.public).verify(text.as_bytes(), signature).is_ok()
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![ED25519_TYPE];
        key.extend_from_slice(&self.public);
        write!(formatter, "{}+{:08x}+{}", self.name, self.id, BASE64.encode(&key))
    }
}

/// Gives the note: text, empty line, signature line. Refuses a text that does not end with a newline
/// or has other control characters.
pub fn sign(text: &str, signer: &Signer) -> Result<String, Error> {
    if !is_text(text) {
        return Err(Error::Form);
    }
    let mut signature = signer.verifier.id.to_be_bytes().to_vec();
    signature.extend_from_slice(signer.pair.sign(text.as_bytes()).as_ref());
    Ok(format!("{text}\n\u{2014} {} {}\n", signer.verifier.name, BASE64.encode(&signature)))
}

/// Gives the text of a note that this key signed. Lines of other keys are skipped; a line of this
/// key that does not fit refuses the note.
pub fn open<'a>(note: &'a str, verifier: &Verifier) -> Result<&'a str, Error> {
    let split = note.rfind("\n\n").ok_or(Error::Form)?;
    let (text, signatures) = note.split_at_checked(split + 1).ok_or(Error::Form)?;
    let lines = signatures.strip_prefix('\n').and_then(|rest| rest.strip_suffix('\n'));
    let lines = lines.ok_or(Error::Form)?;
    if !is_text(text) || lines.split('\n').count() > SIGNATURES {
        return Err(Error::Form);
    }
    let mut signed = false;
    for line in lines.split('\n') {
        let (name, id, signature) = signature_line(line).ok_or(Error::Form)?;
        if name == verifier.name && id == verifier.id {
            if !verifier.accepts(text, &signature) {
                return Err(Error::Signature);
            }
            signed = true;
        }
    }
    if signed { Ok(text) } else { Err(Error::Unsigned(verifier.id)) }
}

/// Reads `— <name> <base64(key id ‖ signature)>`.
fn signature_line(line: &str) -> Option<(&str, u32, Vec<u8>)> {
    let (name, encoded) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
    if !is_name(name) {
        return None;
    }
    let bytes = BASE64.decode(encoded.as_bytes()).ok()?;
    let (id, signature) = bytes.split_first_chunk::<4>()?;
    (!signature.is_empty()).then(|| (name, u32::from_be_bytes(*id), signature.to_vec()))
}
