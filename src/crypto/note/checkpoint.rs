//! Checkpoints: the size and the head of a log, signed ([C2SP tlog-checkpoint]).

use data_encoding::BASE64;

use crate::crypto::merkle::Hash;
use crate::crypto::note::key::Error;
use crate::crypto::note::key::Signer;
use crate::crypto::note::key::Verifier;
use crate::crypto::note::key::open;
use crate::crypto::note::key::sign;

/// What a log says about itself at one moment. Its name is the name of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkpoint {
    /// How many leaves the tree has.
    pub size: u64,
    /// Tree head over them.
    pub root: Hash,
}

impl Checkpoint {
    /// Gives the signed note; its origin line is the signer's name.
    pub fn sign(&self, signer: &Signer) -> Result<String, Error> {
        let name = signer.verifier().name();
        sign(&format!("{name}\n{}\n{}\n", self.size, BASE64.encode(&self.root)), signer)
    }

    /// Reads a note that this key signed, of the log with the key's name. Extension lines are
    /// refused: this log never writes any. Signatures of others, as of witnesses, may stand beside.
    pub fn open(note: &str, verifier: &Verifier) -> Result<Self, Error> {
        let text = open(note, verifier)?;
        let mut lines = text.split_terminator('\n');
        let (Some(origin), Some(size), Some(root), None) =
            (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(Error::Checkpoint);
        };
        let number: u64 = size.parse().map_err(|_| Error::Checkpoint)?;
        let hash = BASE64.decode(root.as_bytes()).map_err(|_| Error::Checkpoint)?;
        let root = Hash::try_from(hash).map_err(|_| Error::Checkpoint)?;
        // `parse` takes "+7" and "007"; a checkpoint has one spelling.
        if origin != verifier.name() || number.to_string() != size {
            return Err(Error::Checkpoint);
        }
        Ok(Self { size: number, root })
    }
}

/// Gives the length of the first checkpoint in a run of them as this log writes them: three lines,
/// an empty one, one signature line. `None` when the run ends before.
pub fn checkpoint_length(run: &[u8]) -> Option<usize> {
    let ends = run.iter().enumerate().filter(|&(_, &byte)| byte == b'\n');
    ends.map(|(at, _)| at + 1).nth(4)
}
