//! Who has a value.

use std::sync::Barrier;

use cloakroom::base::SubjectHandle;
use cloakroom::vault::subjects::Claim;
use cloakroom::vault::subjects::Holder;
use cloakroom::vault::subjects::Member;

use super::support::at;
use super::support::person;
use super::support::value;
use crate::vault_contract::backends::Backend;

fn unique(number: u64) -> Member {
    Member::Unique(person(number))
}

fn record(number: u64) -> Member {
    Member::Record(person(number))
}

pub(super) async fn the_first_unique_member_wins(backend: &dyn Backend) {
    let (vault, other) = (backend.vault(), backend.vault());
    let first = Holder { member: unique(1), since: at(3) };
    assert_eq!(vault.claim_value(value(1), unique(1), at(3)).await, Ok(Claim::Granted));
    assert_eq!(other.claim_value(value(1), unique(2), at(4)).await, Ok(Claim::Held(first)));
    assert_eq!(other.claim_value(value(2), unique(2), at(4)).await, Ok(Claim::Granted));
    assert_eq!(vault.claim_value(value(1), unique(1), at(3)).await, Ok(Claim::Granted));
    assert_eq!(other.values(value(1)).await, Ok(vec![first]));
    assert_eq!(other.values(value(3)).await, Ok(Vec::new()));
    other.release_value(value(1), unique(2), at(9)).await.unwrap();
    vault.release_value(value(1), unique(1), at(9)).await.unwrap();
    assert_eq!(other.claim_value(value(1), unique(2), at(5)).await, Ok(Claim::Granted));
}

pub(super) async fn records_share_a_value(backend: &dyn Backend) {
    let vault = backend.vault();
    for (member, seconds) in [(record(1), 1), (unique(2), 2), (record(2), 3), (record(3), 4)] {
        let claim = vault.claim_value(value(1), member, at(seconds)).await;
        assert_eq!(claim, Ok(Claim::Granted));
    }
    vault.release_value(value(1), record(2), at(9)).await.unwrap();
    let members: Vec<Member> =
        vault.values(value(1)).await.unwrap().into_iter().map(|holder| holder.member).collect();
    assert_eq!(members, [record(1), unique(2), record(3)]);
}

pub(super) async fn a_claim_that_was_renewed_stays(backend: &dyn Backend) {
    let vault = backend.vault();
    vault.claim_value(value(1), unique(1), at(3)).await.unwrap();
    let seen = vault.values(value(1)).await.unwrap()[0];
    vault.claim_value(value(1), unique(1), at(5)).await.unwrap();
    vault.claim_value(value(1), unique(1), at(4)).await.unwrap();
    vault.release_value(value(1), seen.member, seen.since).await.unwrap();
    let renewed = Holder { since: at(5), ..seen };
    assert_eq!(vault.values(value(1)).await, Ok(vec![renewed]));
    vault.release_value(value(1), renewed.member, renewed.since).await.unwrap();
    assert_eq!(vault.values(value(1)).await, Ok(Vec::new()));
}

pub(super) async fn one_of_a_thousand_wins(backend: &dyn Backend) {
    const THREADS: u64 = 4;
    const EACH: u64 = 250;
    let barrier = Barrier::new(4);
    let winners: Vec<SubjectHandle> = std::thread::scope(|scope| {
        let claim_many = |thread: u64| {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let vault = backend.vault();
                barrier.wait();
                let numbers = thread * EACH..(thread + 1) * EACH;
                let claims = numbers.map(|number| {
                    let vault = &vault;
                    async move {
                        let claim = vault.claim_value(value(1), unique(number), at(1)).await;
                        (number, claim.unwrap())
                    }
                });
                let claims = futures_util::future::join_all(claims).await;
                claims
                    .into_iter()
                    .map(|(number, claim)| match claim {
                        Claim::Granted => person(number),
                        Claim::Held(holder) => holder.member.handle(),
                    })
                    .collect::<Vec<_>>()
            })
        };
        let threads: Vec<_> =
            (0..THREADS).map(|thread| scope.spawn(move || claim_many(thread))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(winners.len(), 1000);
    assert!(winners.iter().all(|winner| *winner == winners[0]));
    let holders = backend.vault().values(value(1)).await.unwrap();
    assert_eq!(holders, [Holder { member: Member::Unique(winners[0]), since: at(1) }]);
}
