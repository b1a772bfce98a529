//! `docs/audit-format.md` says what is so: its example is a journal, and journals look like it.

use std::path::Path;

use cloakroom::audit::Answer;
use cloakroom::audit::Event;
use cloakroom::audit::Item;
use cloakroom::audit::Journal;
use cloakroom::audit::Keys;
use cloakroom::audit::Mode;
use cloakroom::audit::Name;
use cloakroom::audit::Policy;
use cloakroom::audit::Reference;
use cloakroom::audit::verify;
use cloakroom::base::AuthMethod;
use cloakroom::base::DataClass;
use cloakroom::base::Principal;
use cloakroom::base::PrincipalKind;
use cloakroom::base::Purpose;
use cloakroom::base::Sensitive;
use cloakroom::base::Timestamp;
use cloakroom::base::UpstreamId;
use cloakroom::crypto::note::Checkpoint;
use cloakroom::crypto::note::Signer;
use data_encoding::HEXLOWER;
use sha2::Digest;
use sha2::Sha256;

use super::support::*;

const SEED: &[u8] = b"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";

/// The content of the fenced block of this kind in the document.
fn block(kind: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/audit-format.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (_, rest) = text.split_once(&format!("```{kind}\n")).unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

fn example_seed() -> Sensitive<[u8; 32]> {
    Sensitive::new(HEXLOWER.decode(SEED).unwrap().try_into().unwrap())
}

#[test]
fn the_example_of_the_document_verifies() {
    let folder = tempfile::tempdir().unwrap();
    let put =
        |name: &str, content: &[u8]| std::fs::write(folder.path().join(name), content).unwrap();
    std::fs::create_dir_all(folder.path().join("tile/0/000.p")).unwrap();
    let notes = block("checkpoints");
    let newest = notes.split_inclusive('\n').skip(5).collect::<String>();
    put("00000000000000000000.jsonl", block("lines").as_bytes());
    put("00000000000000000000.checkpoints", notes.as_bytes());
    put("checkpoint", newest.as_bytes());
    put("tile/0/000.p/3", &HEXLOWER.decode(block("tile").replace('\n', "").as_bytes()).unwrap());
    let found = verify(folder.path(), &block("key"), &[]).unwrap();
    assert_eq!((found.events, found.signed, found.checkpoints, found.boots), (3, 3, 2, 1));
    assert!(found.warnings.is_empty());
}

#[test]
fn the_example_follows_from_the_standards_alone() {
    let hash = |parts: &[&[u8]]| <[u8; 32]>::from(Sha256::digest(parts.concat()));
    let lines = block("lines");
    let leaves: Vec<[u8; 32]> = lines.lines().map(|line| hash(&[&[0], line.as_bytes()])).collect();
    let tile: String = leaves.iter().map(|leaf| HEXLOWER.encode(leaf) + "\n").collect();
    assert_eq!(tile, block("tile"));
    let left = hash(&[&[1], &leaves[0], &leaves[1]]);
    let root = hash(&[&[1], &left, &leaves[2]]);
    let signer = Signer::new("cloakroom/example/one", &example_seed()).unwrap();
    assert_eq!(signer.verifier().to_string(), block("key").trim());
    let first = Checkpoint { size: 1, root: leaves[0] }.sign(&signer).unwrap();
    let second = Checkpoint { size: 3, root }.sign(&signer).unwrap();
    assert_eq!(block("checkpoints"), first + &second);
}

/// Takes out what differs from run to run: random names, and which checkpoint was signed when the line
/// was written, which depends on when the writer got to run.
fn masked(line: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(line).unwrap();
    let mut masked = line.replace(&format!("\"signed\":{},", value["signed"]), "\"signed\":…,");
    for key in ["boot_id", "request_id"] {
        if let Some(text) = value[key].as_str() {
            masked = masked.replace(text, key);
        }
    }
    masked
}

#[tokio::test]
async fn the_journal_writes_the_lines_of_the_document() {
    let folder = tempfile::tempdir().unwrap();
    let clock = clock();
    let mut config = config(folder.path(), 100);
    config.origin = "cloakroom/example/one".to_owned();
    let shared: std::sync::Arc<_> = std::sync::Arc::clone(&clock);
    let journal = Journal::open(&config, &example_seed(), shared).unwrap();
    let groups = vec!["support".into()];
    let claims = std::collections::BTreeMap::new();
    let mut asked = exchange("orders");
    asked.principal =
        Principal::assertion(AuthMethod::Jwt, PrincipalKind::User, "u-17", groups, claims);
    asked.upstream = UpstreamId::new("shop");
    asked.purpose = Purpose::new("ticket");
    asked.source = "192.0.2.7".parse().unwrap();
    let references = vec![Reference([0x1f; 16]), Reference([0xa0; 16])];
    let item = Item::new(DataClass::new("email").unwrap(), Mode::Reveal, 2, references);
    let intent = Event::reveal_intent(&asked, vec![item])
        .decided_by(Policy { hash: [0x22; 32], ids: vec![Name::clean("support-reads-mail")] })
        .under_rules([0x33; 32])
        .with_keys(Keys { generation: 0, kid: 1 });
    let answer = Answer { status: 200, bytes: 512, aborted: false, latency_us: 65_433 };
    let outcome = Event::reveal_outcome(&asked, 1, answer);
    let moments = [0, 1_234_567, 1_300_000];
    for (event, after) in
        [Event::start("0.1.0", "example"), intent, outcome].into_iter().zip(moments)
    {
        clock.set(Timestamp(START + after));
        let _receipt = journal.append(event).await.unwrap();
    }
    journal.close();
    let path = folder.path().join("00000000000000000000.jsonl");
    let written = std::fs::read_to_string(path).unwrap();
    let plain = |text: &str| -> Vec<String> { text.lines().map(masked).collect() };
    assert_eq!(plain(&written), plain(&block("lines")));
}
