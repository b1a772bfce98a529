//! One contract for people, every vault: the laws of `vault::Subjects`.

mod support;
mod holdings;
mod values;
mod ids;
mod walk;
mod erasure;
mod bounds;
mod races;
mod interleavings;
pub(super) mod crash;

use crate::vault_contract::backends;

/// Runs the laws of each file on a backend.
macro_rules! laws {
    ($backend:ident; $($file:ident: [$($law:ident),* $(,)?];)*) => {
        mod $backend {
            $($(#[tokio::test]
            async fn $law() {
                let backend = super::backends::$backend();
                super::$file::$law(backend.as_ref()).await;
            })*)*

            #[test]
            fn nothing_comes_back_however_calls_interleave() {
                let backend = super::backends::$backend();
                super::interleavings::nothing_comes_back(backend.as_ref());
            }
        }
    };
}

macro_rules! all_laws {
    ($($backend:ident),*) => {
        $(
            laws! {
                $backend;
                holdings: [
                    binding_enters_a_person_once,
                    a_write_changes_all_or_nothing,
                    revision_zero_enters_who_is_not_there,
                    what_is_asked_for_is_read,
                    expired_documents_are_absent,
                    nobody_is_none,
                ];
                values: [
                    the_first_unique_member_wins,
                    records_share_a_value,
                    a_claim_that_was_renewed_stays,
                    one_of_a_thousand_wins,
                ];
                ids: [
                    an_id_leads_until_its_end,
                    placing_again_gives_no_use_back,
                    only_who_it_leads_to_withdraws_an_id,
                ];
                walk: [
                    what_is_due_is_leased_once,
                    a_lease_that_is_done_clears_nothing_newer,
                    everybody_is_met,
                    the_erasure_journal_keeps_its_order,
                ];
                erasure: [
                    nothing_is_left_but_a_tombstone,
                    another_revision_or_size_is_a_conflict,
                    what_began_before_is_refused,
                    what_begins_after_is_somebody_new,
                    a_put_that_comes_too_late_leaves_nothing,
                    others_keep_their_tags,
                    values_and_ids_are_released,
                    what_was_bound_again_stays,
                    work_of_who_was_never_erased_is_not_done,
                ];
                bounds: [
                    items,
                    document_bytes,
                    documents,
                    members,
                    entries_causes_and_times,
                ];
                races: [
                    no_update_is_lost,
                    taking_never_gives_one_more,
                    an_erasure_wins_over_whoever_writes,
                ];
            }
        )*
    };
}

all_laws!(memory, embedded, redis, redis_least_privilege, redis_tls);

/// The backends that outlive a process.
macro_rules! durable {
    ($($backend:ident),*) => {
        mod durable {
            $(#[tokio::test]
            async fn $backend() {
                let mut backend = super::backends::$backend();
                super::crash::survives_reopen(backend.as_mut()).await;
            })*
        }
    };
}

durable!(embedded, redis, redis_least_privilege, redis_tls);
