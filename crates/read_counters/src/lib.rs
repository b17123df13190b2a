//! The counters: the Redis read model. All-time plays of every track, artist and album, the charts of the last day and
//! what happens right now.
//!
//! It owns the Redis client, every key under its prefix, the scripts that write them and the queries that read them.
//! It must not know HTTP, Postgres, the commands or the other read models; it holds no fact that the topics do not hold,
//! and may be erased and projected again.
//!
//! Keys, each under [`CountersConfig::prefix`] and the generation, as `jonquil:g7:`. Before the generations stands the hash
//! `generations`, the register of them.
//!
//!
//! | key | type | what |
//! | --- | --- | --- |
//! | `pos` | hash | `topic:partition` → first offset not yet projected |
//! | `until` | hash | `topic:partition` → where it ended when the counters were made; queries wait for that |
//! | `seen:<18 bits>` | set of 63-bit integers | identities already counted, kept for ever |
//! | `plays:<kind>` | sorted set | id → plays of all time |
//! | `deleted` | set | ids that are gone from the catalogue, kept for ever |
//! | `gone:<kind>` | sorted set | id → plays of all time of these; they are in no chart |
//! | `hour:<kind>:<h>` | sorted set | id → plays in the h-th UTC hour since 1970; 26 of them |
//! | `top:<kind>:<n>:<h>` | sorted set | plays of hours h − n to h: made by the first reader, kept current by the writer |
//! | `tops` | set | `<kind>:<n>:<h>` of the live ones of these |
//! | `pulse` | hash | ten seconds since 1970 → plays; the last hour |
//! | `days` | hash | days since 1970 → plays |
//! | `active` | sorted set | listener → when the last listen began, in ms |
//! | `newest` | string | the latest arrival seen, in ms: what decides that a bucket is too old |
//!
//! An id is its 16 bytes; `<kind>` is `t`, `a` or `l` (track, artist, album).

mod config;
mod connection;
mod generations;
mod increment;
mod positions;
mod projection;
mod queries;
mod scripts;

pub use config::{CountersConfig, CountersError};
pub use connection::{Counters, CountersHealth, CountersUnavailable};
pub use increment::{CountersRow, Increment, Seen};
pub use positions::SCHEMA;
pub use projection::CountersProjection;
pub use queries::{ChartWindow, PlatformCounts, PlatformStats};
