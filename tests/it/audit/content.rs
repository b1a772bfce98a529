//! What stands in a line, and what cannot.

use std::collections::BTreeMap;
use std::net::IpAddr;

use cloakroom::audit::Answer;
use cloakroom::audit::Code;
use cloakroom::audit::Event;
use cloakroom::audit::Exchange;
use cloakroom::audit::Item;
use cloakroom::audit::Keys;
use cloakroom::audit::Loaded;
use cloakroom::audit::Mode;
use cloakroom::audit::Name;
use cloakroom::audit::Policy;
use cloakroom::audit::Reference;
use cloakroom::audit::VaultState;
use cloakroom::audit::Verb;
use cloakroom::base::AuthMethod;
use cloakroom::base::DataClass;
use cloakroom::base::Principal;
use cloakroom::base::PrincipalKind;
use cloakroom::base::Purpose;
use cloakroom::base::UpstreamId;
use cloakroom::crypto::merkle::Tree;
use cloakroom::crypto::merkle::leaf_hash;
use proptest::prelude::*;
use serde_json::Value;
use serde_json::json;

use super::support::*;

/// A clear value and a token, handed to every constructor that takes text of any kind.
const CLEAR: &str = "canary.alice@example.com";
const TOKEN: &str = "ck0em0123456789abcdefghjkmnpq";

fn principal(id: &str, groups: &[&str]) -> Principal {
    let groups = groups.iter().map(|group| (*group).into()).collect();
    Principal::assertion(AuthMethod::Jwt, PrincipalKind::User, id, groups, BTreeMap::new())
}

fn full(principal: Principal) -> Exchange {
    Exchange {
        principal,
        source: "2001:db8::7".parse::<IpAddr>().unwrap(),
        upstream: UpstreamId::new("shop"),
        purpose: Purpose::new("ticket"),
        alias: None,
        ..exchange("orders")
    }
}

async fn lines(events: Vec<Event>) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path(), 1000, &clock());
    for event in events {
        let _receipt = journal.append(event).await.unwrap();
    }
    journal.close();
    check(folder.path()).unwrap();
    let text = std::fs::read_to_string(folder.path().join(format!("{:020}.jsonl", 0))).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn a_reveal_says_who_what_where_why_and_under_which_rules() {
    let item = Item::new(
        DataClass::new("email").unwrap(),
        Mode::Reveal,
        3,
        vec![Reference([0xab; 16]), Reference([1; 16])],
    );
    let event = Event::reveal_intent(&full(principal("u-17", &["support"])), vec![item])
        .decided_by(Policy { hash: [2; 32], ids: vec![Name::clean("shop/support.cedar:1")] })
        .under_rules([3; 32])
        .with_keys(Keys { generation: 1, kid: 4 });
    let line = lines(vec![event]).await.remove(0);
    let value: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(value["event"], "reveal.intent");
    assert_eq!(value["time"], "2026-09-21T14:13:20.000000Z");
    assert_eq!(value["principal"]["id"], "u-17");
    assert_eq!(value["principal"]["groups"][0], "support");
    assert_eq!(value["principal"]["auth"], "jwt");
    assert_eq!(value["source"], "2001:db8::7");
    assert_eq!(value["purpose"], "ticket");
    assert_eq!(value["items"][0]["refs"][0], "01".repeat(16));
    assert_eq!(value["items"][0]["count"], 3);
    assert_eq!(value["policy"]["ids"][0], "shop/support.cedar:1");
    assert_eq!(value["keys"]["kid"], 4);
    let keys: Vec<usize> = ["v", "seq", "time", "boot_id", "node", "signed", "event", "outcome"]
        .iter()
        .map(|key| line.find(&format!("\"{key}\":")).unwrap())
        .collect();
    assert!(keys.is_sorted(), "{line}");
}

#[tokio::test]
async fn no_constructor_takes_a_value_or_a_token() {
    let exchange = Exchange { method: Verb::of(CLEAR), ..exchange("orders") };
    let class = DataClass::new("email").unwrap();
    // What is text at all is refused or cleaned by its type; these do not become names.
    assert!(DataClass::new(CLEAR).is_none() && Purpose::new(CLEAR).is_none());
    let items = || vec![Item::new(class.clone(), Mode::Mask, 1, vec![Reference([9; 16])])];
    let answer = Answer { status: 200, bytes: 1234, aborted: true, latency_us: 55 };
    let written = lines(vec![
        Event::reveal_intent(&exchange, items()),
        Event::reveal_outcome(&exchange, 0, answer),
        Event::tokenize(&exchange, vec![Item::new(class.clone(), Mode::Tokenize, 3, Vec::new())]),
        Event::refuse(&exchange, Code("duplicate_key")),
        Event::deny(&exchange, items(), Code("no_permit")),
        Event::auth_failure(&exchange, Code("expired")),
        Event::loaded(Loaded::Rules, [1; 32]),
        Event::load_refused(Loaded::Policy, 2, Code("errors")),
        Event::start("0.1.0", "fingerprint"),
        Event::vault(VaultState::Down, Some(Code("timeout"))),
        Event::stop(Code("sigterm")),
    ])
    .await;
    assert_eq!(written.len(), 11);
    let mut kinds: Vec<String> = Vec::new();
    for line in &written {
        assert!(!line.contains(CLEAR) && !line.contains("canary") && !line.contains(TOKEN));
        let value: Value = serde_json::from_str(line).unwrap();
        kinds.push(value["event"].as_str().unwrap().to_owned());
    }
    kinds.sort();
    kinds.dedup();
    assert_eq!(kinds.len(), 11);
}

#[tokio::test]
async fn a_caller_cannot_break_the_line_or_fill_the_disk() {
    let evil = "x\"}\n{\"v\":1,\"seq\":0,\u{2028}\u{0}\u{1f600}";
    let long = "é".repeat(10_000);
    let many: Vec<String> = (0..500).map(|number| format!("g{number:03}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let written = lines(vec![
        Event::refuse(&full(principal(evil, &[evil])), Code("test")),
        Event::refuse(&full(principal(&long, &many)), Code("test")),
    ])
    .await;
    assert_eq!(written.len(), 2);
    let value: Value = serde_json::from_str(&written[0]).unwrap();
    assert_eq!(value["principal"]["id"], evil);
    assert!(written[0].bytes().all(|byte| (b' '..=b'~').contains(&byte)));
    let value: Value = serde_json::from_str(&written[1]).unwrap();
    assert_eq!(value["principal"]["id"].as_str().unwrap(), "é".repeat(128));
    assert_eq!(value["principal"]["id_sha256"].as_str().unwrap().len(), 64);
    assert_eq!(value["principal"]["more_groups"], 468);
    assert!(written[1].len() < 4096);
}

/// An intent that names this many tokens in each of two classes.
fn many(references: u16) -> Event {
    let all = || {
        (0..references).map(|n| {
            let [high, low] = n.to_be_bytes();
            let mut bytes = [low; 16];
            bytes[0] = high;
            bytes[1] = low;
            Reference(bytes)
        })
    };
    let item = |class| {
        Item::new(
            DataClass::new(class).unwrap(),
            Mode::Reveal,
            u64::from(references),
            all().collect(),
        )
    };
    Event::reveal_intent(&exchange("orders"), vec![item("email"), item("phone")])
}

#[tokio::test]
async fn every_reference_of_an_intent_stands_in_the_journal() {
    for references in [32, 33, 544, 545, 2_000] {
        let written = lines(vec![Event::stop(Code("test")), many(references)]).await;
        let all: Vec<Value> =
            written.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        let intent = all.last().unwrap();
        let before = &all[1..all.len() - 1];
        let lines_of_a_class = usize::from(references - 32).div_ceil(512);
        assert_eq!(before.len(), 2 * lines_of_a_class);
        for (line, left) in before.iter().zip((1..=before.len()).rev()) {
            assert_eq!((&line["event"], &line["to_intent"]), (&json!("reveal.refs"), &json!(left)));
            assert_eq!(line["request_id"], intent["request_id"]);
        }
        for item in intent["items"].as_array().unwrap() {
            let same = before.iter().map(|line| &line["items"][0]);
            let same = same.filter(|one| one["class"] == item["class"]);
            let refs =
                std::iter::once(item).chain(same).flat_map(|one| one["refs"].as_array().unwrap());
            let mut tree = Tree::default();
            refs.for_each(|text| {
                let bytes = data_encoding::HEXLOWER.decode(text.as_str().unwrap().as_bytes());
                tree.push(leaf_hash(&bytes.unwrap()));
            });
            assert_eq!(tree.size(), u64::from(references));
            let root = data_encoding::HEXLOWER.encode(&tree.root());
            let told = item["refs_root"].as_str().unwrap_or(&root);
            assert_eq!(told, root);
        }
    }
}

#[tokio::test]
async fn what_was_not_shown_has_no_lines_of_references() {
    let references = (0..100).map(|n| Reference([n; 16])).collect();
    let item = Item::new(DataClass::new("email").unwrap(), Mode::Keep, 100, references);
    let written = lines(vec![Event::deny(&exchange("orders"), vec![item], Code("no"))]).await;
    assert_eq!(written.len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn every_caller_comes_back_as_it_was(id in ".{0,64}", group in "\\PC{0,40}") {
        let event = Event::refuse(&full(principal(&id, &[&group])), Code("test"));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let line = runtime.block_on(lines(vec![event])).remove(0);
        let value: Value = serde_json::from_str(&line).unwrap();
        prop_assert_eq!(value["principal"]["id"].as_str().unwrap(), id);
        prop_assert_eq!(value["principal"]["groups"][0].as_str().unwrap(), group);
    }
}
