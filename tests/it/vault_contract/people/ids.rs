//! Ids that lead to people.

use cloakroom::vault::subjects::Placed;

use super::support::at;
use super::support::id;
use super::support::person;
use crate::vault_contract::backends::Backend;

fn placed(number: u64, seconds: u64, uses: Option<u32>) -> Placed {
    Placed { handle: person(number), until: at(seconds), uses }
}

pub(super) async fn an_id_leads_until_its_end(backend: &dyn Backend) {
    let (vault, other) = (backend.vault(), backend.vault());
    assert_eq!(vault.locate(id(1), at(1)).await, Ok(None));
    assert_eq!(vault.take(id(1), at(1)).await, Ok(None));
    vault.place(id(1), placed(1, 50, None), at(1)).await.unwrap();
    vault.place(id(2), placed(1, 50, Some(2)), at(1)).await.unwrap();
    assert_eq!(other.locate(id(1), at(49)).await, Ok(Some(placed(1, 50, None))));
    assert_eq!(other.locate(id(2), at(49)).await, Ok(Some(placed(1, 50, Some(2)))));
    for number in [1, 2] {
        assert_eq!(other.take(id(number), at(49)).await, Ok(Some(person(1))));
        assert_eq!(other.take(id(number), at(50)).await, Ok(None));
        assert_eq!(other.locate(id(number), at(50)).await, Ok(None));
    }
    assert_eq!(vault.locate(id(2), at(49)).await, Ok(Some(placed(1, 50, Some(1)))));
    assert_eq!(vault.take(id(2), at(49)).await, Ok(Some(person(1))));
    assert_eq!(vault.take(id(2), at(49)).await, Ok(None));
    for _ in 0..5 {
        assert_eq!(vault.take(id(1), at(49)).await, Ok(Some(person(1))));
    }
    // Past by everybody's clock.
    let past = Placed { until: cloakroom::base::Timestamp(0), ..placed(1, 0, None) };
    vault.place(id(3), past, at(1)).await.unwrap();
    assert_eq!(vault.locate(id(3), at(1)).await, Ok(None));
}

pub(super) async fn placing_again_gives_no_use_back(backend: &dyn Backend) {
    let vault = backend.vault();
    vault.place(id(1), placed(1, 50, Some(1)), at(1)).await.unwrap();
    assert_eq!(vault.take(id(1), at(2)).await, Ok(Some(person(1))));
    vault.place(id(1), placed(1, 50, Some(1)), at(1)).await.unwrap();
    assert_eq!(vault.take(id(1), at(2)).await, Ok(None));
    // Another end, or another person, is another place.
    vault.place(id(1), placed(1, 51, Some(1)), at(1)).await.unwrap();
    assert_eq!(vault.take(id(1), at(2)).await, Ok(Some(person(1))));
    vault.place(id(1), placed(2, 51, Some(1)), at(1)).await.unwrap();
    assert_eq!(vault.take(id(1), at(2)).await, Ok(Some(person(2))));
}

pub(super) async fn only_who_it_leads_to_withdraws_an_id(backend: &dyn Backend) {
    let vault = backend.vault();
    vault.place(id(1), placed(1, 50, None), at(1)).await.unwrap();
    vault.withdraw(id(1), person(2)).await.unwrap();
    assert_eq!(vault.take(id(1), at(2)).await, Ok(Some(person(1))));
    vault.withdraw(id(1), person(1)).await.unwrap();
    vault.withdraw(id(1), person(1)).await.unwrap();
    assert_eq!(vault.take(id(1), at(2)).await, Ok(None));
}
