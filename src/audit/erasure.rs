//! Receipts of erasures: what the owner of erased data gets, and can show to anybody.
//!
//! A receipt is a [C2SP signed-note] under the key of the journal. It holds a statement, which names
//! nobody; the line of the journal that has the statement's hash; and the proof that this line is in
//! the journal ([C2SP tlog-proof]). The format is in `docs/audit-format.md`.

use data_encoding::HEXLOWER;
use serde::Deserialize;
use serde::Serialize;
use sha2::Digest;
use sha2::Sha256;
use uuid::Uuid;

use crate::audit::error::Error;
use crate::audit::event::Event;
use crate::audit::folder::Folder;
use crate::audit::journal::Journal;
use crate::audit::journal::Receipt;
use crate::audit::line::rfc3339;
use crate::audit::person::Count;
use crate::audit::prove::Proof;
use crate::audit::prove::check_proof;
use crate::audit::prove::prove_line;
use crate::audit::words::Code;
use crate::base::Sensitive;
use crate::base::Timestamp;
use crate::crypto::note;
use crate::crypto::note::Verifier;

/// First line of a receipt.
const HEADER: &str = "cloakroom erasure receipt v1";

/// Longest name of a law, in characters.
const LAW: usize = 200;

/// What an erasure did.
#[derive(Debug, Clone)]
pub struct Erasure {
    /// The name of the erasure.
    pub id: Uuid,
    /// When nothing of it opened any more.
    pub time: Timestamp,
    /// What was destroyed: the person's own.
    pub destroyed: Vec<Count>,
    /// What the person no longer has a part in.
    pub released: Vec<Count>,
    /// What a hold keeps.
    pub kept: Vec<Kept>,
    /// Hash by which whoever asked for the erasure can show that it was theirs.
    pub commitment: [u8; 32],
    /// When the last backup ends that has any of it.
    pub backups_dead: Timestamp,
}

/// What a hold keeps, until when, and by which law.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Word of the program for what is kept.
    pub what: Code,
    /// How many are kept of them.
    pub number: u64,
    /// When the hold ends.
    pub until: Timestamp,
    /// The law that demands it.
    pub law: Law,
}

/// The name of a law as operators write it, on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Law(String);

impl Law {
    /// Takes a text of 1 to 200 characters without control characters and without space around it.
    pub fn new(text: &str) -> Option<Self> {
        let is_one = (1..=LAW).contains(&text.chars().count()) && text.trim() == text;
        (is_one && !text.chars().any(char::is_control)).then(|| Self(text.to_owned()))
    }
}

/// An identifier as it was given, hidden: SHA-256 of a random nonce and the identifier.
#[derive(Debug)]
pub struct Commitment {
    /// For whoever gave the identifier, and nobody else: with it the receipt is theirs.
    pub nonce: Sensitive<[u8; 32]>,
    /// What stands in the receipt.
    pub hash: [u8; 32],
}

impl Commitment {
    /// Hides an identifier under a new nonce. Refuses when there is no random source.
    pub fn new(identifier: &Sensitive<String>) -> Result<Self, Error> {
        let mut nonce = Sensitive::new([0; 32]);
        aws_lc_rs::rand::fill(nonce.expose_mut())
            .map_err(|_| Error::Thread(std::io::Error::other("no random bytes")))?;
        let hash = hidden(&nonce, identifier);
        Ok(Self { nonce, hash })
    }
}

fn hidden(nonce: &Sensitive<[u8; 32]>, identifier: &Sensitive<String>) -> [u8; 32] {
    Sha256::new().chain_update(nonce.expose()).chain_update(identifier.expose()).finalize().into()
}

/// A receipt that is good: what it says, and where in which journal that is on record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ErasureReceipt {
    /// Name of the journal, which is the name of the key.
    pub log: String,
    /// The name of the erasure, a UUID.
    pub id: String,
    /// When nothing of it opened any more (RFC 3339).
    pub time: String,
    /// What was destroyed.
    pub destroyed: Vec<Counted>,
    /// What the person no longer has a part in.
    pub released: Vec<Counted>,
    /// What a hold keeps.
    pub kept: Vec<Held>,
    /// SHA-256 of the nonce and the identifier, in hexadecimal.
    pub identifier: String,
    /// When the last backup ends that has any of it (RFC 3339).
    pub backups_dead: String,
    /// Number of the event that has the statement's hash.
    pub event: u64,
}

/// The fields of the line that a receipt is on record with.
#[derive(Deserialize)]
struct Told<'a> {
    event: &'a str,
    statement_sha256: &'a str,
}

/// How many there were of something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// What was counted, such as `documents`.
    pub what: String,
    /// How many there were.
    pub number: u64,
}

/// What a hold keeps, as a receipt says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Held {
    /// What is kept, such as `fields`.
    pub what: String,
    /// How many are kept.
    pub number: u64,
    /// When the hold ends (RFC 3339).
    pub until: String,
    /// The law that demands it.
    pub law: String,
}

/// Why a receipt is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadReceipt {
    /// The public key is not one.
    #[error("the public key is not of the form name+hash+base64")]
    Key,
    /// It is not a signed note, or none of this key.
    #[error(transparent)]
    Note(#[from] note::Error),
    /// The signed text is not a receipt of an erasure.
    #[error("the signed text is not a receipt of an erasure")]
    Form,
    /// The line of the journal does not have the statement's hash.
    #[error("the line of the journal is about another statement")]
    Statement,
    /// The proof does not lead from the line to the checkpoint.
    #[error("the proof does not show that the line is in the journal")]
    Proof,
}

impl Journal {
    /// Gives the receipt of an erasure whose outcome is on record: puts the hash of what it says on
    /// record, waits for a checkpoint over that, and signs.
    pub async fn prove(&self, outcome: &Receipt, erasure: &Erasure) -> Result<String, Error> {
        let statement = statement(erasure);
        let event = Event::receipt(outcome.seq(), Sha256::digest(&statement).into());
        let signed = self.append_signed(event).await?;
        let folder = Folder::at(self.folder());
        let damaged = |fault| Error::Damaged { folder: self.folder().to_owned(), fault };
        let proof = prove_line(&folder, self.signer().verifier(), &signed).map_err(damaged)?;
        let text = format!("{statement}\n{}\n\n{proof}", signed.line);
        note::sign(&text, self.signer()).map_err(|_| Error::Origin(self.public_key().to_owned()))
    }
}

/// What a receipt states, the lines before the first empty one.
fn statement(erasure: &Erasure) -> String {
    let counted = |word: &str, counts: &[Count]| -> String {
        let line = |Count { what, number }: &Count| format!("{word} {} {number}\n", what.0);
        counts.iter().map(line).collect()
    };
    let held = |Kept { what, number, until, law }: &Kept| {
        format!("kept {} {number} until {} by {}\n", what.0, rfc3339(*until), law.0)
    };
    [
        format!("{HEADER}\nid {}\ntime {}\n", erasure.id, rfc3339(erasure.time)),
        counted("destroyed", &erasure.destroyed),
        counted("released", &erasure.released),
        erasure.kept.iter().map(held).collect(),
        format!("identifier {}\n", HEXLOWER.encode(&erasure.commitment)),
        format!("backups {}\n", rfc3339(erasure.backups_dead)),
    ]
    .concat()
}

impl ErasureReceipt {
    /// Reads a receipt that this key signed, `name+hash+base64`. Refuses one of which any byte is
    /// another, or whose proof does not lead to a checkpoint of this key.
    pub fn open(receipt: &str, public_key: &str) -> Result<Self, BadReceipt> {
        let verifier = Verifier::parse(public_key.trim()).map_err(|_| BadReceipt::Key)?;
        let text = note::open(receipt, &verifier)?;
        let (stated, rest) = text.split_once("\n\n").ok_or(BadReceipt::Form)?;
        let (line, proof) = rest.split_once("\n\n").ok_or(BadReceipt::Form)?;
        let statement = format!("{stated}\n");
        let hash = HEXLOWER.encode(&Sha256::digest(&statement));
        let told: Told<'_> = serde_json::from_str(line).map_err(|_| BadReceipt::Form)?;
        if told.event != "person.receipt" || told.statement_sha256 != hash {
            return Err(BadReceipt::Statement);
        }
        let proof = Proof { line: line.to_owned(), text: proof.to_owned() };
        let event = check_proof(&proof, public_key).ok_or(BadReceipt::Proof)?;
        Self::read(verifier.name(), stated, event).ok_or(BadReceipt::Form)
    }

    /// Whether this is the identifier that was hidden under the nonce.
    pub fn is_of(&self, nonce: &Sensitive<[u8; 32]>, identifier: &Sensitive<String>) -> bool {
        HEXLOWER.encode(&hidden(nonce, identifier)) == self.identifier
    }

    fn read(log: &str, stated: &str, event: u64) -> Option<Self> {
        let mut lines = stated.split('\n').peekable();
        lines.next().filter(|header| *header == HEADER)?;
        let id = lines.next()?.strip_prefix("id ")?.to_owned();
        let time = lines.next()?.strip_prefix("time ")?.to_owned();
        let (mut destroyed, mut released, mut kept) = (Vec::new(), Vec::new(), Vec::new());
        while let Some(line) = lines.next_if(|line| line.starts_with("destroyed ")) {
            destroyed.push(Counted::read(line.strip_prefix("destroyed ")?)?);
        }
        while let Some(line) = lines.next_if(|line| line.starts_with("released ")) {
            released.push(Counted::read(line.strip_prefix("released ")?)?);
        }
        while let Some(line) = lines.next_if(|line| line.starts_with("kept ")) {
            let (counted, rest) = line.strip_prefix("kept ")?.split_once(" until ")?;
            let Counted { what, number } = Counted::read(counted)?;
            let (until, law) = rest.split_once(" by ")?;
            kept.push(Held { what, number, until: until.to_owned(), law: law.to_owned() });
        }
        let identifier = lines.next()?.strip_prefix("identifier ")?.to_owned();
        let backups_dead = lines.next()?.strip_prefix("backups ")?.to_owned();
        let log = log.to_owned();
        let is_end = lines.next().is_none();
        let receipt =
            Self { log, id, time, destroyed, released, kept, identifier, backups_dead, event };
        is_end.then_some(receipt)
    }
}

impl Counted {
    fn read(text: &str) -> Option<Self> {
        let (what, number) = text.split_once(' ')?;
        Some(Self { what: what.to_owned(), number: number.parse().ok()? })
    }
}
