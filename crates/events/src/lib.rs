//! The event contract: ids, the `CloudEvents` envelope, the event enums, topics and the JSON Schemas made from them.
//!
//! Everything that crosses Kafka is a type of this crate. It is pure: it does no I/O, knows no async runtime, no engine
//! and no side; commands and read models meet here and nowhere else.

#![warn(missing_docs)]

mod asyncapi;
mod catalogue;
mod compatibility;
mod credit;
mod envelope;
mod event;
mod examples;
mod favourite;
mod ids;
mod kind;
mod listen;
mod named;
mod open;
mod playlist;
mod schema;
mod search;
mod served;
#[cfg(test)]
mod tests;
mod time;
mod topic;
mod trace;
mod user;

pub use asyncapi::asyncapi;
pub use catalogue::{
    AlbumState, AlbumType, ArtistState, AudioState, Change, Deleted, ExternalIds, TrackState, WorkType,
};
pub use compatibility::breaking_changes;
pub use credit::{Credit, CreditRole, Named};
pub use envelope::{Encoded, Incoming, Malformed, Meta, SOURCE};
pub use event::{Event, contracts};
pub use favourite::Favourite;
pub use ids::{AlbumId, ArtistId, JobId, ListenerId, PlaylistId, PlaylistItemId, TrackId, UserId};
pub use kind::{ItemType, Kind};
pub use listen::{Context, ContextType, Listen};
pub use open::{Name, Open};
pub use playlist::{
    ItemMoved, ItemRemoved, ItemsAdded, MAX_ITEMS_OF_EVENT, PlacedTrack, PlaylistAction, PlaylistActivity,
    PlaylistState, Visibility,
};
pub use schema::Contract;
pub use search::{Clicked, Searched};
pub use served::{Served, ServedRequest};
pub use time::Time;
pub use topic::Topic;
pub use trace::Trace;
pub use user::{Role, UserState};
