//! The conformance suites: what every adapter of a port must do.
//!
//! Invariant: a test here names no adapter. An adapter runs a suite with [`store_suite!`](crate::store_suite),
//! [`blobs_suite!`](crate::blobs_suite), [`ledger_suite!`](crate::ledger_suite) or [`advisory_suite!`](crate::advisory_suite), handing
//! over a factory: called, it makes a fresh place and returns a closure that opens that place, as often as a test likes.

#![allow(clippy::expect_used, reason = "these are test bodies; a failed expectation is a failed test")]

pub mod advisories;
pub mod blobs;
pub mod ledger;
pub mod sample;
pub mod store;
pub mod watched;

/// Runs the conformance suite of [`Store`](crate::store::Store) against an adapter, in the module where it stands.
///
/// `$factory` is called once a test without arguments; it returns a `Fn() -> Arc<dyn Store>` that opens one and the same fresh place.
/// The crate needs `tokio` with its test macro.
#[macro_export]
macro_rules! store_suite {
    ($factory:expr) => {
        $crate::store_suite! { @tests $factory;
            an_empty_store_has_nothing
            a_record_comes_back_as_it_was
            recording_again_changes_nothing
            other_verdicts_of_a_bundle_replace_the_first
            another_bundle_in_a_run_is_kept_beside_the_first
            a_batch_is_all_or_nothing
            a_run_is_taken_up_where_it_stopped
            a_fresh_run_abandons_the_unfinished_one
            a_finished_run_is_not_taken_up
            the_last_run_is_the_newest
            a_mapping_run_stays_apart
            an_unknown_run_is_an_error
            the_latest_is_by_reference_time_then_by_recording
            subjects_come_in_byte_order
            verdicts_are_found_by_prefix
            a_large_batch_is_kept
            two_handles_write_at_once
            one_handle_serves_many_at_once
            everything_is_there_after_reopening
        }
    };
    (@tests $factory:expr; $($name:ident)*) => {
        mod store_suite {
            #[allow(unused_imports, reason = "a factory may need none of its module's names")]
            use super::*;

            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    let factory = $factory;
                    $crate::conformance::store::$name(&factory()).await;
                }
            )*
        }
    };
}

/// Runs the conformance suite of [`Blobs`](crate::blobs::Blobs) against an adapter, in the module where it stands.
///
/// `$factory` is as with [`store_suite!`](crate::store_suite), for `Arc<dyn Blobs>`.
#[macro_export]
macro_rules! blobs_suite {
    ($factory:expr) => {
        $crate::blobs_suite! { @tests $factory;
            bytes_come_back_by_their_digest
            what_was_never_put_is_not_there
            the_same_bytes_are_one_blob
            the_same_bytes_can_be_put_at_once
            blobs_are_there_after_reopening
        }
    };
    (@tests $factory:expr; $($name:ident)*) => {
        mod blobs_suite {
            #[allow(unused_imports, reason = "a factory may need none of its module's names")]
            use super::*;

            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    let factory = $factory;
                    $crate::conformance::blobs::$name(&factory()).await;
                }
            )*
        }
    };
}

/// Runs the conformance suite of [`LedgerStore`](crate::ledger::LedgerStore) against an adapter, in the module where it stands.
///
/// `$factory` is as with [`store_suite!`](crate::store_suite), for `Arc<dyn LedgerStore>`.
#[macro_export]
macro_rules! ledger_suite {
    ($factory:expr) => {
        $crate::ledger_suite! { @tests $factory;
            an_empty_ledger_has_nothing
            a_source_is_made_once
            a_delivery_is_followed
            the_same_claims_are_taken_once
            a_change_closes_what_was_said
            parts_and_sources_stand_beside_each_other
            the_last_of_equal_claims_counts
            unknown_sources_and_deliveries_are_refused
            live_claims_are_walked_and_withdrawn
            claims_come_in_pages
            sightings_widen
            assets_are_found_by_what_was_seen
            a_persons_link_outranks_the_programs
            truths_are_kept_changed_and_taken_out
            a_region_is_a_subtree
            what_one_claim_tells_is_kept_like_the_same_in_full
            large_batches_are_kept
            the_ledger_is_written_from_many_sides
            the_ledger_is_there_after_reopening
        }
    };
    (@tests $factory:expr; $($name:ident)*) => {
        mod ledger_suite {
            #[allow(unused_imports, reason = "a factory may need none of its module's names")]
            use super::*;

            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    let factory = $factory;
                    $crate::conformance::ledger::$name(&factory()).await;
                }
            )*
        }
    };
}

/// Runs the conformance suite of [`AdvisoryStore`](crate::advisories::AdvisoryStore) against an adapter, in the module where it stands.
///
/// `$factory` is as with [`store_suite!`](crate::store_suite), for a pair of the ledger's store, whose sources they are, and the watch's.
#[macro_export]
macro_rules! advisory_suite {
    ($factory:expr) => {
        $crate::advisory_suite! { @tests $factory;
            an_empty_watch_has_nothing
            the_same_statements_are_taken_once
            a_changed_statement_gets_a_new_number
            the_last_of_equal_statements_counts
            sources_of_one_kind_stand_apart
            what_is_matched_otherwise_is_marked
            withdrawn_statements_leave_their_names_marked
            statements_are_found_by_the_names_that_they_bear
            names_are_found_by_product
            components_are_those_of_the_newest_look
            holders_come_in_pages
            findings_open_close_and_open_again
            a_finding_goes_on_under_another_name
            a_mark_made_anew_stays
            findings_come_in_pages
            a_suppliers_reach_is_counted
            notices_are_kept
            many_statements_are_kept
            the_watch_is_written_from_many_sides
            the_watch_is_there_after_reopening
        }
    };
    (@tests $factory:expr; $($name:ident)*) => {
        mod advisory_suite {
            #[allow(unused_imports, reason = "a factory may need none of its module's names")]
            use super::*;

            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    let factory = $factory;
                    $crate::conformance::advisories::$name(&factory()).await;
                }
            )*
        }
    };
}
