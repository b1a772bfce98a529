//! What was answered is there after the store was ended, or killed, and started again.

use std::collections::BTreeMap;

use cloakroom::vault::Error;
use cloakroom::vault::Vault;
use cloakroom::vault::subjects::Erasure;
use cloakroom::vault::subjects::Member;
use cloakroom::vault::subjects::Pass;
use cloakroom::vault::subjects::Placed;
use cloakroom::vault::subjects::State;
use uuid::Uuid;

use super::support::at;
use super::support::document;
use super::support::entry;
use super::support::erase;
use super::support::id;
use super::support::index;
use super::support::item;
use super::support::person;
use super::support::put;
use super::support::put_all;
use super::support::read;
use super::support::session;
use super::support::setting;
use super::support::stored;
use super::support::texts;
use super::support::tombstone;
use super::support::value;
use super::support::work;
use super::walk::everybody;
use crate::vault_contract::backends::Backend;

pub(super) async fn survives_reopen(backend: &mut dyn Backend) {
    let line = Erasure { id: Uuid::nil(), handle: person(2), at: at(9), cause: Vec::new() };
    let placed = Placed { handle: person(1), until: at(50), uses: Some(3) };
    let vault = backend.vault();
    for number in [1, 2] {
        vault.bind(person(number), entry(1), vec![item(number, 5)], at(1)).await.unwrap();
    }
    let both = setting(&[(1, document("a")), (2, session("b", at(50)))]);
    vault.write(person(1), 1, both).await.unwrap();
    vault.claim_value(value(1), Member::Unique(person(1)), at(1)).await.unwrap();
    vault.place(id(1), placed, at(1)).await.unwrap();
    vault.take(id(1), at(1)).await.unwrap();
    vault.set_due(person(1), at(30)).await.unwrap();
    erase(vault.as_ref(), 2, 9).await;
    vault.erasure_append(line.clone()).await.unwrap();
    drop(vault);

    backend.reopen();

    let vault = backend.vault();
    let first = read(vault.as_ref(), 1).await.unwrap();
    assert_eq!((&first.entry, texts(&first).len()), (&stored(1, 2), 2));
    assert_eq!(index(vault.as_ref(), 1).await, [5]);
    assert_eq!(read(vault.as_ref(), 2).await.unwrap().entry.state, State::Erased);
    assert_eq!(vault.worklist(person(2)).await, Ok(work(2, &[5])));
    assert_eq!(vault.values(value(1)).await.unwrap().len(), 1);
    let left = Placed { uses: Some(2), ..placed };
    assert_eq!(vault.locate(id(1), at(1)).await, Ok(Some(left)));
    let shard = cloakroom::vault::subjects::shard_of(person(1));
    assert_eq!(vault.due(shard, at(30), at(60)).await.unwrap().len(), 1);
    assert_eq!(vault.erasures_since(None).await.unwrap()[0].1, line);
    assert_eq!(everybody(vault.as_ref()).await.0.len(), 2);
    assert_eq!(vault.write(person(1), 2, setting(&[])).await, Ok(3));
}

/// Enters, changes and erases people of a writer, one after the other, and says each answer as a line: who,
/// and how far they got.
pub(in crate::vault_contract) async fn write_until_killed(
    vault: &dyn Vault,
    first: u64,
    mut answered: impl FnMut(u64, &str),
) -> Result<(), Error> {
    for number in first.. {
        let kept = setting(&[(1, document("a")), (2, session("b", at(50)))]);
        put_all(vault, vec![put(number, number, at(1))]).await?;
        answered(number, "put");
        vault.write(person(number), 1, kept).await?;
        answered(number, "written");
        vault.claim_value(value(number), Member::Unique(person(number)), at(1)).await?;
        answered(number, "claimed");
        if number.is_multiple_of(3) {
            vault.plan(person(number), work(number, &[number])).await?;
            vault.kill(person(number), 2, 1, tombstone(9)).await?;
            answered(number, "killed");
            vault.unbind(person(number), work(number, &[number]), Pass::Last).await?;
            answered(number, "unbound");
        }
    }
    Ok(())
}

/// Panics unless what was answered is there, whole: a change that was not answered is there or not, and
/// never in part.
pub(in crate::vault_contract) async fn assert_answered(
    vault: &dyn Vault,
    answered: &[(u64, String)],
) {
    let mut last: BTreeMap<u64, &str> = BTreeMap::new();
    last.extend(answered.iter().map(|(number, word)| (*number, word.as_str())));
    for (number, word) in last {
        let seen = read(vault, number).await.unwrap();
        let found = vault.fetch(vec![value(number)]).await.unwrap().remove(0);
        let (documents, index) = (seen.documents.len(), index(vault, number).await.len());
        let state = (seen.entry.state, seen.entry.revision, documents, index, found.is_some());
        let (put, written) = ((State::Live, 1, 0, 1, true), (State::Live, 2, 2, 1, true));
        let (killed, unbound) = ((State::Erased, 3, 0, 0, true), (State::Erased, 3, 0, 0, false));
        let may_be = match word {
            "put" => vec![put, written],
            "written" => vec![written],
            "claimed" => vec![written, killed],
            "killed" => vec![killed, unbound],
            _ => vec![unbound],
        };
        assert!(may_be.contains(&state), "{number} {word}: {state:?}");
        let holders = vault.values(value(number)).await.unwrap();
        assert!(holders.len() == 1 || word == "put" || word == "written", "{number} {word}");
    }
}
