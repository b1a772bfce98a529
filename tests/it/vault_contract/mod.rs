//! One contract, every vault: the laws of `vault::Vault`, and what each backend does when its
//! surroundings fail.

#[cfg(test)]
mod backends;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod access;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod files;
#[cfg(test)]
mod people;

/// Runs each law on each backend.
macro_rules! contract {
    ($($backend:ident: [$($law:ident),* $(,)?];)*) => {
        $(mod $backend {
            $(#[tokio::test]
            async fn $law() {
                let backend = super::backends::$backend();
                super::laws::$law(backend.as_ref()).await;
            })*
        })*
    };
}

/// The backends that outlive a process.
macro_rules! durable {
    ($($backend:ident),*) => {
        $(mod $backend {
            #[tokio::test]
            async fn survives_reopen() {
                let mut backend = crate::vault_contract::backends::$backend();
                crate::vault_contract::laws::survives_reopen(backend.as_mut()).await;
            }
        })*
    };
}

macro_rules! all_laws {
    ($($backend:ident),*) => {
        contract! {
            $($backend: [
                first_put_wins,
                later_put_adds_its_tag_and_keeps_the_record,
                the_same_put_twice_changes_nothing,
                duplicates_inside_a_batch_count_in_order,
                answers_stand_in_the_order_of_the_batch,
                unknown_is_none,
                an_empty_batch_has_an_empty_answer,
                ten_thousand_entries_are_one_batch,
                a_put_says_what_it_created,
                a_long_batch_holds_up_nobody_else,
                records_may_be_empty_or_large,
                concurrent_putters_agree,
                index_lists_the_keys_of_a_subject,
                the_unknown_subject_has_no_index,
                first_claim_wins,
                asking_for_a_claim_makes_none,
                the_last_replacement_stays,
                a_check_finds_it_healthy,
            ];)*
        }
    };
}

all_laws!(memory, embedded, redis, redis_least_privilege, redis_tls);

mod durable {
    durable!(embedded, redis, redis_least_privilege, redis_tls);
}
