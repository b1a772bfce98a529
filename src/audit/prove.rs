//! A proof that one event is in the journal, for somebody who does not get the journal
//! ([C2SP tlog-proof]).

use std::fs::File;
use std::io::BufRead;
use std::io::BufReader;
use std::path::Path;

use data_encoding::BASE64;

use crate::audit::fault::Fault;
use crate::audit::fault::Reason;
use crate::audit::folder::Folder;
use crate::audit::folder::LATEST;
use crate::audit::folder::segment;
use crate::audit::queue::SignedLine;
use crate::audit::tiles::Tiles;
use crate::crypto::merkle::Hash;
use crate::crypto::merkle::inclusion;
use crate::crypto::merkle::leaf_hash;
use crate::crypto::merkle::verify_inclusion;
use crate::crypto::note::Checkpoint;
use crate::crypto::note::Verifier;

/// First line of a proof.
const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// One event and the proof that it is in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The event's line, without its newline.
    pub line: String,
    /// The proof: index, hashes, the checkpoint they lead to.
    pub text: String,
}

/// Gives the proof of one event under the newest checkpoint; refuses an event that is not signed
/// yet, and a journal whose tiles do not lead from the line to the checkpoint.
pub fn prove(path: &Path, public_key: &str, index: u64) -> Result<Proof, Fault> {
    let folder = Folder::at(path);
    let verifier = Verifier::parse(public_key.trim());
    let verifier = verifier.map_err(|_| Fault::file("", Reason::PublicKey))?;
    let note = std::fs::read_to_string(folder.path(LATEST));
    let note = note.map_err(|error| Fault::unreadable(LATEST, &error))?;
    let checkpoint = Checkpoint::open(&note, &verifier)
        .map_err(|_| Fault::file(LATEST, Reason::CheckpointSignature))?;
    if index >= checkpoint.size {
        return Err(Fault::file(LATEST, Reason::NotSigned { signed: checkpoint.size }));
    }
    let (file, number, line) = find(&folder, index)?;
    let signed = SignedLine { seq: index, line, note: note.into() };
    let text = lead(&folder, &signed, checkpoint)?.ok_or_else(|| {
        let reason = Reason::Changed { tile: index / 256 };
        Fault::line(&file, number, Some(index), reason)
    })?;
    Ok(Proof { line: signed.line, text })
}

/// Gives the proof of a line that was just written, under the checkpoint that came with it.
pub(super) fn prove_line(
    folder: &Folder,
    verifier: &Verifier,
    signed: &SignedLine,
) -> Result<String, Fault> {
    let checkpoint = Checkpoint::open(&signed.note, verifier)
        .map_err(|_| Fault::file(LATEST, Reason::CheckpointSignature))?;
    let text = lead(folder, signed, checkpoint)?;
    text.ok_or_else(|| Fault::file("tile", Reason::TileChanged))
}

/// Gives the text of a proof; none when the tiles do not lead from the line to the checkpoint.
fn lead(
    folder: &Folder,
    SignedLine { seq, line, note }: &SignedLine,
    Checkpoint { size, root }: Checkpoint,
) -> Result<Option<String>, Fault> {
    let tiles = Tiles::of(folder, size);
    let path = inclusion(*seq, size, &mut |level, at| tiles.node(level, at))?;
    let leaf = leaf_hash(line.as_bytes());
    if !verify_inclusion(&leaf, *seq, size, &path, &root) {
        return Ok(None);
    }
    let hashes: String = path.iter().map(|hash| BASE64.encode(hash) + "\n").collect();
    Ok(Some(format!("{HEADER}\nindex {seq}\n{hashes}\n{note}")))
}

/// Whether a proof shows that this line is in the journal of this key; gives its index.
pub fn check_proof(proof: &Proof, public_key: &str) -> Option<u64> {
    let verifier = Verifier::parse(public_key.trim()).ok()?;
    let (head, note) = proof.text.split_once("\n\n")?;
    let checkpoint = Checkpoint::open(note, &verifier).ok()?;
    let mut lines = head.split('\n');
    if lines.next()? != HEADER {
        return None;
    }
    let text = lines.next()?.strip_prefix("index ")?;
    let index: u64 = text.parse().ok().filter(|index: &u64| index.to_string() == text)?;
    let decode = |line: &str| BASE64.decode(line.as_bytes()).ok()?.try_into().ok();
    let path: Vec<Hash> = lines.map(decode).collect::<Option<_>>()?;
    let leaf = leaf_hash(proof.line.as_bytes());
    let holds = verify_inclusion(&leaf, index, checkpoint.size, &path, &checkpoint.root);
    holds.then_some(index)
}

/// Finds the line of an event: file, line number, text.
fn find(folder: &Folder, index: u64) -> Result<(String, u64, String), Fault> {
    let segments = folder.segments().map_err(|error| Fault::unreadable("", &error))?;
    let missing = || Fault::file("", Reason::SegmentMissing { expected: index });
    let first = segments.into_iter().rfind(|first| *first <= index).ok_or_else(missing)?;
    let name = segment(first);
    let file = File::open(folder.path(&name)).map_err(|error| Fault::unreadable(&name, &error))?;
    let number = index - first + 1;
    let skip = usize::try_from(index - first).unwrap_or(usize::MAX);
    match BufReader::new(file).lines().nth(skip) {
        Some(Ok(line)) => Ok((name, number, line)),
        Some(Err(error)) => Err(Fault::unreadable(&name, &error)),
        None => {
            Err(Fault::line(&name, number, Some(index), Reason::SegmentMissing { expected: index }))
        }
    }
}
