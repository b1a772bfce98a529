//! Who looked at what: the index answers what reading every line answers.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::io::Write;
use std::ops::Range;
use std::path::Path;

use cloakroom::audit::Code;
use cloakroom::audit::Event;
use cloakroom::audit::Item;
use cloakroom::audit::Journal;
use cloakroom::audit::Look;
use cloakroom::audit::Mode;
use cloakroom::audit::PersonAct;
use cloakroom::audit::PersonIntent;
use cloakroom::audit::Reason;
use cloakroom::audit::Reference;
use cloakroom::base::DataClass;
use cloakroom::base::FixedClock;
use cloakroom::base::Timestamp;
use proptest::prelude::*;
use serde_json::Value;

use super::support::*;

const ALWAYS: Range<Timestamp> = Timestamp(0)..Timestamp(4_000_000_000_000_000);

fn reference(number: u32) -> Reference {
    let mut bytes = [0x5a; 16];
    bytes[..4].copy_from_slice(&number.wrapping_mul(2_654_435_761).to_be_bytes());
    Reference(bytes)
}

fn item(class: &str, mode: Mode, numbers: impl IntoIterator<Item = u32>) -> Item {
    let references: Vec<Reference> = numbers.into_iter().map(reference).collect();
    let count = u64::try_from(references.len()).unwrap();
    Item::new(DataClass::new(class).unwrap(), mode, count, references)
}

fn person(subject: u32) -> PersonIntent {
    let (action, kind, cause) = (Code("export"), Code("profile"), Code("asked"));
    let subject = Some(reference(subject));
    PersonIntent {
        exchange: Some(exchange("people")),
        act: PersonAct { subject, action, kind, cause, counts: Vec::new() },
        items: vec![item("phone", Mode::Reveal, [subject_token(subject)])],
        policy: None,
        rules: None,
    }
}

/// A token that only acts on this person name.
fn subject_token(subject: Option<Reference>) -> u32 {
    500_000 + u32::from(subject.unwrap().0[3])
}

/// What a look says of who saw what: its number, its action, and classes with modes.
type Told = (u64, String, BTreeSet<(String, String)>);

/// All good answers of the index, and how many faults there were.
fn indexed(
    journal: &Journal,
    references: &[Reference],
    times: Range<Timestamp>,
) -> (Vec<Told>, usize) {
    let (good, bad): (Vec<_>, Vec<_>) = journal.looks(references, times).partition(Result::is_ok);
    let told = |look: Look| {
        let classes = look.classes.into_iter().map(|one| (one.class, one.mode)).collect();
        (look.seq, look.action, classes)
    };
    (good.into_iter().map(|look| told(look.unwrap())).collect(), bad.len())
}

/// The same by reading every line, with another program's JSON and without any index.
fn scanned(folder: &Path, references: &[Reference]) -> Vec<Told> {
    let wanted: BTreeSet<String> =
        references.iter().map(|reference| format!("{reference:?}")).collect();
    let segments =
        files(folder).into_iter().filter(|f| f.extension().is_some_and(|e| e == "jsonl"));
    let texts = segments.map(|file| std::fs::read_to_string(folder.join(file)).unwrap());
    let lines: Vec<Value> = texts
        .flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>())
        .filter_map(|line| serde_json::from_str(&line).ok())
        .collect();
    let mut found: BTreeMap<u64, Told> = BTreeMap::new();
    for (at, line) in lines.iter().enumerate() {
        let is_about = line["subject"].as_str().is_some_and(|text| wanted.contains(text));
        let named = |item: &&Value| {
            let refs = item["refs"].as_array().into_iter().flatten();
            is_about || refs.into_iter().any(|text| wanted.contains(text.as_str().unwrap()))
        };
        let items: Vec<&Value> =
            line["items"].as_array().into_iter().flatten().filter(named).collect();
        if items.is_empty() && !is_about {
            continue;
        }
        let ahead = line["to_intent"].as_u64().unwrap_or(0);
        let Some(intent) = lines.get(at + usize::try_from(ahead).unwrap()) else { continue };
        let is_same = ahead == 0 || intent["request_id"] == line["request_id"];
        if !intent["event"].as_str().unwrap().ends_with(".intent") || !is_same {
            continue;
        }
        let seq = intent["seq"].as_u64().unwrap();
        let action = intent["action"].as_str().unwrap_or("reveal").to_owned();
        let look = found.entry(seq).or_insert_with(|| (seq, action, BTreeSet::new()));
        let word = |item: &Value, key: &str| item[key].as_str().unwrap().to_owned();
        look.2.extend(items.iter().map(|item| (word(item, "class"), word(item, "mode"))));
    }
    found.into_values().collect()
}

/// What happens to a journal.
#[derive(Debug, Clone)]
enum Step {
    Reveal { first: u32, many: u32 },
    Person(u32),
    Tokenize,
    Lost(u32),
    Pass,
    CatchUp,
    Ask(u32),
    Restart,
    Kill { torn: bool },
    DropIndex,
    DamageIndex(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0_u32..12, prop_oneof![1_u32..4, 30_u32..36, 540_u32..600])
            .prop_map(|(first, many)| Step::Reveal { first, many }),
        3 => (1000_u32..1004).prop_map(Step::Person),
        2 => Just(Step::Tokenize),
        1 => (0_u32..12).prop_map(Step::Lost),
        2 => Just(Step::Pass),
        2 => Just(Step::CatchUp),
        2 => (0_u32..12).prop_map(Step::Ask),
        1 => Just(Step::Restart),
        1 => any::<bool>().prop_map(|torn| Step::Kill { torn }),
        1 => Just(Step::DropIndex),
        1 => any::<usize>().prop_map(Step::DamageIndex),
    ]
}

fn damage(folder: &Path, at: usize) {
    let parts = std::fs::read_dir(folder.join("index")).into_iter().flatten();
    let mut parts: Vec<_> = parts.map(|entry| entry.unwrap().path()).collect();
    parts.sort();
    if !parts.is_empty() {
        let part = &parts[at % parts.len()];
        let mut content = std::fs::read(part).unwrap();
        let at = at % content.len();
        if at.is_multiple_of(3) {
            content.truncate(at);
        } else {
            content[at] ^= 0x40;
        }
        std::fs::write(part, content).unwrap();
    }
}

/// Runs the steps, and compares every answer.
async fn run(steps: &[Step], segment_events: u64) {
    let mut folder = tempfile::tempdir().unwrap();
    let clock = clock();
    let mut journal = open(folder.path(), segment_events, &clock);
    let mut now = START;
    for step in steps {
        match step {
            Step::Reveal { first, many } => {
                let items = vec![
                    item("email", Mode::Mask, *first..*first + 2),
                    item("phone", Mode::Reveal, *first..*first + many),
                ];
                let _receipt =
                    journal.append(Event::reveal_intent(&exchange("r"), items)).await.unwrap();
            }
            Step::Person(subject) => {
                let announced = journal.announce(person(*subject)).await.unwrap();
                drop(announced);
            }
            Step::Tokenize => {
                let items =
                    vec![Item::new(DataClass::new("email").unwrap(), Mode::Tokenize, 1, vec![])];
                journal.note(Event::tokenize(&exchange("r"), items));
            }
            Step::Lost(number) => {
                let items = vec![item("email", Mode::Keep, [*number])];
                journal.note(Event::deny(&exchange("r"), items, Code("record-missing")));
            }
            Step::Pass => {
                now += 2_000_000;
                clock.set(Timestamp(now));
            }
            Step::CatchUp => drop(journal.catch_up().unwrap()),
            Step::Ask(number) => compare(&journal, folder.path(), *number).await,
            Step::Restart => {
                journal.close();
                journal = open(folder.path(), segment_events, &clock);
            }
            Step::Kill { torn } => {
                let after = as_killed(folder.path());
                if *torn {
                    tear(after.path());
                }
                journal.close();
                folder = after;
                journal = open(folder.path(), segment_events, &clock);
            }
            Step::DropIndex => drop(std::fs::remove_dir_all(folder.path().join("index"))),
            Step::DamageIndex(at) => damage(folder.path(), *at),
        }
    }
    for number in [0, 5, 11, 40, 300, 1001, 9_999] {
        compare(&journal, folder.path(), number).await;
    }
    journal.close();
}

/// An unfinished line at the end, as a killed process leaves it.
fn tear(folder: &Path) {
    let newest = files(folder).into_iter().filter(|f| f.extension().is_some_and(|e| e == "jsonl"));
    let path = folder.join(newest.max().unwrap());
    let mut file = std::fs::OpenOptions::new().append(true).open(path).unwrap();
    file.write_all(b"{\"v\":1,\"seq\":5,\"refs\":[\"20").unwrap();
}

async fn compare(journal: &Journal, folder: &Path, number: u32) {
    // Whatever was noted before is on record then.
    let _receipt = journal.append(Event::stop(Code("test"))).await.unwrap();
    for references in [vec![reference(number)], (number..number + 3).map(reference).collect()] {
        let (found, faults) = indexed(journal, &references, ALWAYS);
        assert_eq!((found, faults), (scanned(folder, &references), 0));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_index_answers_what_a_full_scan_answers(
        steps in prop::collection::vec(step(), 1..40),
        segment_events in prop_oneof![Just(3_u64), Just(20), Just(100_000)],
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(run(&steps, segment_events));
    }
}

#[tokio::test]
async fn a_part_ends_and_the_next_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path(), 100_000, &clock());
    for _ in 0..2 {
        let items = vec![item("email", Mode::Reveal, 0..200_000)];
        let _receipt = journal.append(Event::reveal_intent(&exchange("r"), items)).await.unwrap();
    }
    // Signed when it is closed, and so in parts.
    journal.close();
    let journal = open(folder.path(), 100_000, &clock());
    let references = [reference(0), reference(123_456), reference(199_999)];
    assert_eq!(indexed(&journal, &references, ALWAYS), (scanned(folder.path(), &references), 0));
    assert_eq!(files(&folder.path().join("index")).len(), 1);
    journal.close();
}

/// Ten intents, one a second, with reference 7 in each; in segments of three.
async fn ten(folder: &Path) -> (Journal, std::sync::Arc<FixedClock>) {
    let clock = clock();
    let journal = open(folder, 3, &clock);
    for number in 0..10 {
        clock.set(Timestamp(START + u64::from(number) * 1_000_000));
        let items = vec![item("email", Mode::Reveal, [7, 100 + number])];
        let _receipt = journal.append(Event::reveal_intent(&exchange("r"), items)).await.unwrap();
    }
    journal.close();
    (open(folder, 3, &clock), clock)
}

fn seqs(found: &[Told]) -> Vec<u64> {
    found.iter().map(|(seq, ..)| *seq).collect()
}

#[tokio::test]
async fn looks_say_who_when_and_why_within_the_times_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, _clock) = ten(folder.path()).await;
    let within = Timestamp(START + 2_000_000)..Timestamp(START + 5_000_000);
    let found: Vec<Look> = journal.looks(&[reference(7)], within).map(Result::unwrap).collect();
    assert_eq!(found.iter().map(|look| look.seq).collect::<Vec<_>>(), [2, 3, 4]);
    assert_eq!(found[0].time, Timestamp(START + 2_000_000));
    assert_eq!((found[0].action.as_str(), found[0].route.as_deref()), ("reveal", Some("r")));
    assert_eq!(found[0].looker.as_ref().unwrap().kind, "anonymous");
    assert_eq!(
        (found[0].classes[0].class.as_str(), found[0].classes[0].mode.as_str()),
        ("email", "reveal")
    );
    journal.close();
}

#[tokio::test]
async fn a_damaged_line_is_told_and_not_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, _clock) = ten(folder.path()).await;
    journal.close();
    let path = folder.path().join(format!("{:020}.jsonl", 3));
    let text = std::fs::read_to_string(&path).unwrap();
    let line = text.lines().nth(1).unwrap();
    let other = format!("{:?}", reference(55));
    let changed = text.replace(line, &line.replace(&format!("{:?}", reference(7)), &other));
    assert_ne!(changed, text);
    std::fs::write(&path, &changed).unwrap();
    let journal = open(folder.path(), 3, &clock());
    let answers = |number| -> Vec<_> { journal.looks(&[reference(number)], ALWAYS).collect() };
    for number in [7, 55] {
        let faults: Vec<_> = answers(number).into_iter().filter_map(Result::err).collect();
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert_eq!((faults[0].line, faults[0].seq), (2, Some(4)));
        assert_eq!(faults[0].reason, Reason::Changed { tile: 0 });
    }
    assert_eq!(indexed(&journal, &[reference(7)], ALWAYS).0.len(), 9);
    // Put back, it is trusted again.
    std::fs::write(&path, &text).unwrap();
    assert_eq!(
        indexed(&journal, &[reference(7)], ALWAYS),
        (scanned(folder.path(), &[reference(7)]), 0)
    );
    // Damaged after it was taken in, it is not.
    std::fs::write(&path, &changed).unwrap();
    assert_eq!(indexed(&journal, &[reference(7)], ALWAYS).1, 1);
    journal.close();
}

#[tokio::test]
async fn lines_that_are_removed_or_repeated_do_not_hide_those_behind() {
    for change in [
        |lines: &mut Vec<&str>| {
            lines.remove(1);
        },
        |lines: &mut Vec<&str>| lines.insert(1, lines[0]),
        |lines: &mut Vec<&str>| lines.insert(1, "not an event"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (journal, _clock) = ten(folder.path()).await;
        journal.close();
        let path = folder.path().join(format!("{:020}.jsonl", 3));
        let text = std::fs::read_to_string(&path).unwrap();
        let mut lines: Vec<&str> = text.lines().collect();
        change(&mut lines);
        std::fs::write(&path, lines.join("\n") + "\n").unwrap();
        let journal = open(folder.path(), 3, &clock());
        let (found, faults) = indexed(&journal, &[reference(7)], ALWAYS);
        assert!(faults > 0);
        let found = seqs(&found);
        assert!(found.contains(&3) && found.contains(&5) && found.contains(&6), "{found:?}");
        journal.close();
    }
}

#[tokio::test]
async fn a_segment_that_is_gone_is_named_and_the_others_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, _clock) = ten(folder.path()).await;
    assert_eq!(indexed(&journal, &[reference(7)], ALWAYS).0.len(), 10);
    let path = folder.path().join(format!("{:020}.jsonl", 3));
    let kept = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let (found, faults) = indexed(&journal, &[reference(7)], ALWAYS);
    assert_eq!((seqs(&found), faults > 0), (vec![0, 1, 2, 6, 7, 8, 9], true));
    std::fs::remove_file(folder.path().join(format!("{:020}.jsonl", 0))).unwrap();
    let (found, faults) = indexed(&journal, &[reference(7)], ALWAYS);
    assert_eq!((seqs(&found), faults > 0), (vec![6, 7, 8, 9], true));
    std::fs::write(&path, kept).unwrap();
    let (found, _) = indexed(&journal, &[reference(7)], ALWAYS);
    assert_eq!(seqs(&found), [3, 4, 5, 6, 7, 8, 9]);
    journal.close();
}

#[tokio::test]
async fn a_damaged_index_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, _clock) = ten(folder.path()).await;
    let whole = indexed(&journal, &[reference(7)], ALWAYS);
    assert_eq!(whole.0.len(), 10);
    let index = folder.path().join("index");
    let parts = files(&index);
    assert_eq!(parts.len(), 3);
    let first = std::fs::read(index.join(&parts[0])).unwrap();
    for at in 0..first.len() {
        let mut changed = first.clone();
        changed[at] ^= 1;
        std::fs::write(index.join(&parts[0]), &changed).unwrap();
        assert_eq!(indexed(&journal, &[reference(7)], ALWAYS), whole, "byte {at}");
        assert_eq!(std::fs::read(index.join(&parts[0])).unwrap(), first, "byte {at}");
    }
    // That of another journal is no part of this one.
    std::fs::write(index.join(&parts[1]), &first).unwrap();
    assert_eq!(indexed(&journal, &[reference(7)], ALWAYS), whole);
    std::fs::write(index.join("00000000000000000777"), &first).unwrap();
    journal.close();
    let journal = open(folder.path(), 3, &clock());
    assert_eq!(indexed(&journal, &[reference(7)], ALWAYS), whole);
    assert!(!files(&index).contains(&Path::new("00000000000000000777").to_owned()));
    journal.close();
}
