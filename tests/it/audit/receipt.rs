//! Receipts of erasures: signed, proven, and checked by others, too.

use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;

use cloakroom::audit::Announced;
use cloakroom::audit::BadReceipt;
use cloakroom::audit::Code;
use cloakroom::audit::Commitment;
use cloakroom::audit::Count;
use cloakroom::audit::Ending;
use cloakroom::audit::Erasure;
use cloakroom::audit::ErasureReceipt;
use cloakroom::audit::Journal;
use cloakroom::audit::Kept;
use cloakroom::audit::Law;
use cloakroom::audit::Outcome;
use cloakroom::audit::PersonAct;
use cloakroom::audit::PersonIntent;
use cloakroom::base::Sensitive;
use cloakroom::base::Timestamp;
use data_encoding::HEXLOWER;
use uuid::Uuid;

use super::support::*;

const IDENTIFIER: &str = "canary.bob@example.com";

fn count(what: &'static str, number: u64) -> Count {
    Count { what: Code(what), number }
}

fn erasure(commitment: &Commitment) -> Erasure {
    Erasure {
        id: Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001),
        time: Timestamp(START),
        destroyed: vec![count("documents", 10), count("sessions", 5)],
        released: vec![count("records", 20)],
        kept: vec![Kept {
            what: Code("fields"),
            number: 2,
            until: Timestamp(START + 150_000_000_000_000),
            law: Law::new("§ 147 AO").unwrap(),
        }],
        commitment: commitment.hash,
        backups_dead: Timestamp(START + 3_000_000_000_000),
    }
}

async fn erase(journal: &Journal) -> Announced {
    let (action, kind, cause) = (Code("erase"), Code("profile"), Code("asked"));
    let act = PersonAct { subject: None, action, kind, cause, counts: Vec::new() };
    let exchange = Some(exchange("people"));
    let intent = PersonIntent { exchange, act, items: Vec::new(), policy: None, rules: None };
    journal.announce(intent).await.unwrap()
}

/// A journal with some events, and a receipt from it.
async fn made(folder: &Path, before: u64) -> (String, Commitment) {
    let journal = open(folder, 100, &clock());
    for number in 0..before {
        let _receipt = journal.append(reveal(&format!("r{number}"))).await.unwrap();
    }
    let commitment = Commitment::new(&Sensitive::new(IDENTIFIER.to_owned())).unwrap();
    let ending = Ending { outcome: Outcome::Done, reason: None, counts: Vec::new() };
    let outcome = erase(&journal).await.settle(ending).await.unwrap();
    let receipt = journal.prove(&outcome, &erasure(&commitment)).await.unwrap();
    journal.close();
    (receipt, commitment)
}

#[tokio::test]
async fn says_what_was_erased_and_names_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let (text, commitment) = made(folder.path(), 3).await;
    let receipt = ErasureReceipt::open(&text, &public_key()).unwrap();
    assert_eq!(receipt.log, ORIGIN);
    assert_eq!(receipt.event, 5);
    assert_eq!(receipt.id, "01900000-0000-7000-8000-000000000001");
    let counts = receipt.destroyed.iter().map(|one| (one.what.as_str(), one.number));
    assert!(counts.eq([("documents", 10), ("sessions", 5)]));
    assert_eq!(receipt.released[0].number, 20);
    assert_eq!((receipt.kept[0].law.as_str(), receipt.kept[0].number), ("§ 147 AO", 2));
    assert!(receipt.kept[0].until.starts_with("2031-"));
    let identifier = Sensitive::new(IDENTIFIER.to_owned());
    assert!(receipt.is_of(&commitment.nonce, &identifier));
    assert!(!receipt.is_of(&commitment.nonce, &Sensitive::new(String::from("other@example.com"))));
    assert!(!receipt.is_of(&Sensitive::new([0; 32]), &identifier));
    // Neither who was erased nor who did it.
    for absent in ["canary", "principal", "source", "subject", "127.0.0.1"] {
        assert!(!text.contains(absent), "{absent}");
    }
    assert_eq!(check(folder.path()).unwrap().events, 6);
}

#[tokio::test]
async fn any_changed_byte_fails() {
    let folder = tempfile::tempdir().unwrap();
    let (text, _) = made(folder.path(), 2).await;
    let bytes = text.as_bytes();
    for at in 0..bytes.len() {
        for flip in [1, 0x20, 0x80] {
            let mut changed = bytes.to_vec();
            changed[at] ^= flip;
            let good = str::from_utf8(&changed)
                .is_ok_and(|changed| ErasureReceipt::open(changed, &public_key()).is_ok());
            assert!(!good, "byte {at} ^ {flip}");
        }
        let mut cut = bytes.to_vec();
        cut.remove(at);
        let good =
            str::from_utf8(&cut).is_ok_and(|cut| ErasureReceipt::open(cut, &public_key()).is_ok());
        assert!(!good, "without byte {at}");
    }
    let other = cloakroom::crypto::note::Signer::new(ORIGIN, &Sensitive::new([8; 32])).unwrap();
    let other = other.verifier().to_string();
    assert!(matches!(ErasureReceipt::open(&text, &other), Err(BadReceipt::Note(_))));
}

/// Whoever has the key and no journal cannot make one that is proven.
#[tokio::test]
async fn a_signature_without_a_proof_is_not_enough() {
    let folder = tempfile::tempdir().unwrap();
    let (text, _) = made(folder.path(), 2).await;
    let signer = cloakroom::crypto::note::Signer::new(ORIGIN, &seed()).unwrap();
    let stated = cloakroom::crypto::note::open(&text, signer.verifier()).unwrap();
    let again = |text: &str| {
        let note = cloakroom::crypto::note::sign(text, &signer).unwrap();
        ErasureReceipt::open(&note, &public_key())
    };
    assert!(again(stated).is_ok());
    let more = stated.replace("documents 10", "documents 11");
    assert_eq!(again(&more), Err(BadReceipt::Statement));
    let moved = stated.replace("\"outcome_seq\":3", "\"outcome_seq\":1");
    assert_ne!(moved, stated);
    assert_eq!(again(&moved), Err(BadReceipt::Proof));
    assert_eq!(again("hello\n"), Err(BadReceipt::Form));
}

#[test]
fn a_law_stands_on_one_line() {
    for bad in ["", " AO", "a\nkept fields 1", "x\u{85}", &"x".repeat(201)] {
        assert_eq!(Law::new(bad), None);
    }
    assert!(Law::new("Art. 17 (3) b GDPR").is_some());
}

/// Runs the verifier of `receipt.py`: Python's own library and OpenSSL, nothing of ours.
fn verified_by_others(receipt: &Path, key: &str) -> bool {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/audit/receipt.py");
    let output = Command::new("python3").arg(script).arg(receipt).arg(key).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(matches!(said.trim(), "good" | "bad"), "{output:?}");
    said.trim() == "good"
}

#[tokio::test]
async fn a_program_that_is_not_ours_verifies_it() {
    for before in [0, 1, 6, 300] {
        let folder = tempfile::tempdir().unwrap();
        let (text, _) = made(folder.path(), before).await;
        let path = folder.path().join("receipt");
        std::fs::write(&path, &text).unwrap();
        assert!(verified_by_others(&path, &public_key()));
        std::fs::write(&path, text.replace("documents 10", "documents 11")).unwrap();
        assert!(!verified_by_others(&path, &public_key()));
    }
}

/// Runs our command in an empty folder, and gives exit code and output.
fn verify(words: &[&str], input: &str) -> (i32, String) {
    let empty = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_cloakroom"))
        .args(words)
        .current_dir(empty.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may have ended without reading.
    drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

#[tokio::test]
async fn the_command_needs_the_file_and_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let (text, commitment) = made(folder.path(), 2).await;
    let path = folder.path().join("receipt");
    std::fs::write(&path, &text).unwrap();
    let (file, key) = (path.to_str().unwrap(), public_key());
    let words = ["receipt", "verify", file, "--key", &key];
    let (code, out) = verify(&words, "");
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("10 documents, 5 sessions") && out.contains("§ 147 AO"), "{out}");
    let (code, out) = verify(&[&["--json"], words.as_slice()].concat(), "");
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, json["destroyed"][0]["number"].as_u64()), (0, Some(10)));
    assert_eq!(json["owner_checked"], false);

    let nonce = HEXLOWER.encode(commitment.nonce.expose());
    let owned = [words.as_slice(), &["--nonce", &nonce]].concat();
    let (code, out) = verify(&owned, &format!("{IDENTIFIER}\n"));
    assert!(code == 0 && out.contains("it is about this identifier"), "{out}");
    assert!(!out.contains(IDENTIFIER));
    let (code, out) = verify(&owned, "other@example.com\n");
    assert_eq!(code, 1, "{out}");

    std::fs::write(&path, text.replace("documents 10", "documents 11")).unwrap();
    let (code, out) = verify(&[&["--json"], words.as_slice()].concat(), "");
    assert_eq!(code, 1);
    assert!(out.contains("the signature does not fit the text"), "{out}");
    assert_eq!(verify(&["receipt", "verify", "no-such-file", "--key", &key], "").0, 3);
    assert_eq!(verify(&["receipt", "verify", file, "--key", "x"], "").0, 3);
    assert_eq!(verify(&["receipt", "verify", file], "").0, 2);
}
