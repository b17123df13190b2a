//! The stories: one binary, a file per story. What needs engines runs on those of `cargo xtask test`.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a story that cannot go on has failed"
)]

mod accounts;
mod analytics_windows;
mod browsers;
mod cancel;
mod catalogue;
mod charts_without_deleted;
mod connections;
mod consistency;
mod containers;
mod contention;
mod contract;
mod counters_identity;
mod credits;
mod credits_reads;
mod dead_letters;
mod demo;
mod document;
mod edge;
mod exports;
mod faults;
mod first_story;
mod fuzz;
mod guards;
mod idempotency;
mod identity;
mod job_kinds;
mod jobs_fan_out;
mod jobs_queue;
mod jobs_shown;
mod jobs_sweep;
mod listens;
mod listens_again;
mod lists;
mod media_faults;
mod media_tags;
mod novelties;
mod one_for_many;
mod operators;
mod ops;
mod ordering;
mod playlists;
mod postgres_ceiling;
mod projector_faults;
mod projector_recovery;
mod races;
mod readme;
mod rebuild;
mod refusals;
mod relay;
mod rollups;
mod search_folding;
mod search_inside;
mod security_page;
mod sessions;
mod shared_data;
mod shows;
mod sign_ins;
mod statistics;
mod supervision;
mod unavailable;
mod uploads;
mod who_may;
mod who_sees;
