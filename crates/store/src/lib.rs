//! Postgres, the one store that cannot be rebuilt from events: schema, unit of work, outbox, and a read-only handle.
//!
//! It owns the law of the store: a row and its events are written in one transaction, rows are locked before outbox ids
//! are drawn, always in the order artist → album → track and ids ascending. It must not know HTTP or Kafka.

mod accounts;
mod albums;
mod artists;
mod error;
mod fan_out;
mod leader;
mod outbox;
mod pool;
mod republish;
pub mod schema;
mod sessions;
mod tracks;
mod unit;
mod upload;
mod views;

pub use accounts::{NewUser, User};
pub use albums::Album;
pub use artists::{Artist, Works};
pub use error::StoreError;
pub use leader::{Lag, Leader, OutboxRow, Published};
pub use pool::{Reader, Store, StoreConfig, migrate, pending_migrations};
pub use republish::Republished;
pub use sessions::{NewToken, Rotation};
pub use tracks::{StoredAudio, Track};
pub use unit::{CommandContext, Unit};
pub use upload::{Credit, Credits, Resolved};
pub use views::{AlbumView, ArtistView, ListedBy, ListenFacts, TrackView};
