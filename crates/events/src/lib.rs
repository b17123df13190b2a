//! The event contract: ids, the `CloudEvents` envelope, the event enums, topics and the JSON Schemas made from them.
//!
//! Everything that crosses Kafka is a type of this crate. It is pure: it does no I/O, knows no async runtime, no engine
//! and no side; commands and read models meet here and nowhere else.

mod catalogue;
mod contract;
mod envelope;
mod ids;
mod listen;
mod time;
mod topic;
mod user;

pub use catalogue::{AlbumState, AlbumType, ArtistState, AudioState, Change, Deleted, ExternalIds, Named, TrackState};
pub use contract::{Contract, contracts};
pub use envelope::{Encoded, Event, Incoming, Malformed, Meta, SOURCE};
pub use ids::{AlbumId, ArtistId, ListenerId, TrackId, UserId};
pub use listen::{Context, ContextType, Listen};
pub use time::Time;
pub use topic::Topic;
pub use user::{Role, UserState};
