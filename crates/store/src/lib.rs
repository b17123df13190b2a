//! Postgres, the one store that cannot be rebuilt from events: schema, unit of work, outbox, and a read-only handle.
//!
//! It owns the law of the store: a row and its events are written in one transaction, rows are locked before outbox ids
//! are drawn, always in the order artist → album → track and ids ascending. What is valid and who may do what, `domain` has decided before. It must not know HTTP or Kafka.

mod accounts;
mod albums;
mod artists;
mod census;
mod credits;
mod dependants;
mod error;
mod fan_out;
mod fixed;
mod gathered;
mod instance;
mod job_views;
mod jobs;
mod keys;
mod leader;
mod lists;
mod outbox;
mod pages;
mod parents;
mod playlist_items;
mod playlist_lists;
mod playlist_matches;
mod playlists;
mod pool;
mod republish;
mod rows;
mod schedules;
pub mod schema;
mod sessions;
mod sign_ins;
mod sweep;
mod tracks;
mod unit;
mod upload;
mod user_views;

pub use accounts::{NewUser, User};
pub use albums::AlbumView;
pub use artists::ArtistView;
pub use census::{Accounts, Completeness};
pub use dependants::FanOutPlace;
pub use error::{Constraint, StoreError};
pub use fan_out::FanOut;
pub use gathered::Gathered;
pub use instance::InstanceLock;
pub use job_views::{JobBacklog, JobView};
pub use jobs::{Again, ClaimedJob, Enqueued, JobEnd, JobKind, JobProgress, Lease, LeaseState};
pub use leader::{Lag, Leader, OutboxRow, Published};
pub use lists::{ListenFacts, TrackAudio};
pub use pages::{Listing, PageStart, Place};
pub use playlist_lists::{ItemStart, ItemView, PlaylistListing, PlaylistStart};
pub use playlists::PlaylistView;
pub use pool::{MAX_FAN_OUT, Reader, Store, StoreConfig, migrate, pending_migrations};
pub use republish::Republished;
pub use schedules::Schedule;
pub use sign_ins::SignInAttempt;
pub use sweep::Leftovers;
pub use tracks::TrackView;
pub use unit::{CommandContext, Unit};
pub use upload::{Reference, ResolveError, ResolvedParents, UploadedAlbum, UploadedCredit, UploadedParents};
pub use user_views::{PrivateDetails, UserView};
