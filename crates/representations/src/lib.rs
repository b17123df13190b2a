//! How things are shown over HTTP, the same on both sides: artists, albums, tracks, accounts, jobs.
//!
//! It owns the bodies that commands and queries both answer. It must not know where a request came from, nor any read model:
//! plays come through a trait.

mod catalogue;
mod dead_letter;
mod job;
mod moderation;
mod object;
mod own;
mod playlist;
mod plays;
mod user;
mod webhook;

pub use catalogue::{Album, AlbumRef, Artist, ArtistRef, Credit, Track};
pub use dead_letter::{DeadLetter, DeadLetterBytes, DeadLetterChoice, RefusalReason, RefusedBy};
pub use job::Job;
pub use moderation::{Report, ReportResolution, Takedown, TakedownNote};
pub use object::StoredFile;
pub use own::{Favourite, Followed, PlayQueue, Preferences};
pub use playlist::{Playlist, PlaylistItem, UserRef};
pub use plays::{PlayCounts, plays_or_none};
pub use user::User;
pub use webhook::{Webhook, WebhookDelivery, WebhookDeliveryBody, WebhookWithSecret, Webhooks};
