//! What is done with what is kept about a person: announced, ended, also over a kill.

use std::path::Path;

use cloakroom::audit::Announced;
use cloakroom::audit::Code;
use cloakroom::audit::Count;
use cloakroom::audit::Ending;
use cloakroom::audit::Error;
use cloakroom::audit::Item;
use cloakroom::audit::Journal;
use cloakroom::audit::Mode;
use cloakroom::audit::Outcome;
use cloakroom::audit::PersonAct;
use cloakroom::audit::PersonIntent;
use cloakroom::audit::Reference;
use cloakroom::base::DataClass;
use serde_json::Value;
use serde_json::json;
use tempfile::TempDir;

use super::support::*;

fn count(what: &'static str, number: u64) -> Count {
    Count { what: Code(what), number }
}

fn intent(subject: u8) -> PersonIntent {
    let act = PersonAct {
        subject: Some(Reference([subject; 16])),
        action: Code("erase"),
        kind: Code("profile"),
        cause: Code("asked"),
        counts: vec![count("documents", 2), count("records", 3)],
    };
    let references = vec![Reference([9; 16])];
    let item = Item::new(DataClass::new("email").unwrap(), Mode::Reveal, 1, references);
    PersonIntent {
        exchange: Some(exchange("people")),
        act,
        items: vec![item],
        policy: None,
        rules: None,
    }
}

fn done(counts: Vec<Count>) -> Ending {
    Ending { outcome: Outcome::Done, reason: None, counts }
}

/// All lines of the journal.
fn lines(folder: &Path) -> Vec<Value> {
    let segments =
        files(folder).into_iter().filter(|f| f.extension().is_some_and(|e| e == "jsonl"));
    let texts: Vec<_> =
        segments.map(|file| std::fs::read_to_string(folder.join(file)).unwrap()).collect();
    texts.iter().flat_map(|text| text.lines()).map(|l| serde_json::from_str(l).unwrap()).collect()
}

/// Number, outcome and reason of each `person.outcome`, by the intent it ends.
fn outcomes(folder: &Path) -> Vec<(u64, String, Value)> {
    let ended = lines(folder).into_iter().filter(|line| line["event"] == "person.outcome");
    ended
        .map(|line| {
            let outcome = line["outcome"].as_str().unwrap().to_owned();
            (line["intent"].as_u64().unwrap(), outcome, line["reason"].clone())
        })
        .collect()
}

#[tokio::test]
async fn an_act_is_on_record_before_it_is_done_and_its_end_after() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path(), 100, &clock());
    let announced = journal.announce(intent(1)).await.unwrap();
    assert_eq!(announced.receipt().seq(), 0);
    let before = lines(folder.path());
    assert_eq!(before.len(), 1, "durable when it is announced");
    assert_eq!(before[0]["event"], "person.intent");
    assert_eq!(before[0]["outcome"], "allowed");
    assert_eq!(before[0]["subject"], "01".repeat(16));
    for (key, word) in [("action", "erase"), ("kind", "profile"), ("cause", "asked")] {
        assert_eq!(before[0][key], word);
    }
    assert_eq!(before[0]["counts"], json!({ "documents": 2, "records": 3 }));
    assert_eq!(before[0]["items"][0]["refs"][0], "09".repeat(16));
    assert_eq!(before[0]["principal"]["type"], "anonymous");

    let receipt = announced.settle(done(vec![count("documents", 2)])).await.unwrap();
    assert_eq!(receipt.seq(), 1);
    let after = lines(folder.path()).remove(1);
    assert_eq!((&after["event"], &after["outcome"]), (&json!("person.outcome"), &json!("done")));
    assert_eq!(after["intent"], 0);
    assert_eq!(after["counts"], json!({ "documents": 2 }));
    assert_eq!(after["subject"], before[0]["subject"]);
    assert_eq!(after["request_id"], before[0]["request_id"]);
    journal.close();
    assert_eq!(check(folder.path()).unwrap().events, 2);
}

#[tokio::test]
async fn an_announcement_that_is_dropped_ends_as_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path(), 100, &clock());
    drop(journal.announce(intent(1)).await.unwrap());
    let refused = journal.announce(intent(2)).await.unwrap();
    let reason = Some(Code("conflict"));
    refused.ended(Ending { outcome: Outcome::Refused, reason, counts: Vec::new() });
    journal.close();
    let told = [(0, "unknown", json!("dropped")), (2, "refused", json!("conflict"))];
    let told = told.map(|(intent, outcome, reason)| (intent, outcome.to_owned(), reason));
    assert_eq!(outcomes(folder.path()), told);
}

/// Lets a process end without a word: what was announced stays as it is on disk.
fn killed(journal: &Journal, announced: Vec<Announced>) -> TempDir {
    let after = as_killed(journal.folder());
    for one in announced {
        one.ended(done(Vec::new()));
    }
    journal.clone().close();
    after
}

#[tokio::test]
async fn open_intents_are_closed_as_unknown_at_the_next_start() {
    for segment_events in [3, 100] {
        let folder = tempfile::tempdir().unwrap();
        let journal = open(folder.path(), segment_events, &clock());
        let mut open_intents = Vec::new();
        for subject in 0..5 {
            open_intents.push(journal.announce(intent(subject)).await.unwrap());
        }
        let _receipt = open_intents.remove(3).settle(done(Vec::new())).await.unwrap();
        let after = killed(&journal, open_intents);
        open(after.path(), segment_events, &clock()).close();
        let unknown = |intent| (intent, "unknown".to_owned(), json!("killed"));
        let mut found = outcomes(after.path());
        assert_eq!(found.remove(0), (3, "done".to_owned(), Value::Null));
        assert_eq!(found, [0, 1, 2, 4].map(unknown));
        let last = lines(after.path()).pop().unwrap();
        assert_eq!(last["subject"], "04".repeat(16));
        check(after.path()).unwrap();
        // Told once, and never again.
        let events = check(after.path()).unwrap().events;
        open(after.path(), segment_events, &clock()).close();
        assert_eq!(check(after.path()).unwrap().events, events);
    }
}

#[tokio::test]
async fn a_journal_that_lost_events_announces_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path(), 100, &clock());
    journal.discontinue();
    let refused = journal.announce(intent(1)).await;
    assert!(matches!(refused, Err(Error::Discontinued)));
    journal.close();
    assert!(lines(folder.path()).is_empty());
}
