//! The rules of catalogue, plays and accounts: what is valid, what counts, who may do what.
//!
//! Pure: no I/O, no async runtime, no clock, no randomness. It must not know HTTP, SQL or Kafka. A function takes who acts
//! and what is asked, and answers the changed thing or a [`Refusal`]. Values inside are valid; what is not comes back as
//! [`Invalid`], which names each field and what would be right. Types named `…Fields` and `…Changes` are what a client
//! sends: they take no unknown field.

mod account;
mod actor;
mod api_key;
mod billing;
mod catalogue;
mod dead_letter;
mod documented;
mod invalid;
mod job;
mod limits;
mod moderation;
mod object;
mod patch;
mod person;
mod play;
mod play_queue;
mod playlist;
mod preferences;
mod scope;
mod search;
mod second_factor;
mod session;
mod sight;
mod sign_in;
#[cfg(test)]
mod tests;
mod text;
mod webhook;

pub use account::{Account, Email, Password, Username};
pub use actor::{Actor, Changed, Owned, Refusal};
pub use api_key::{ApiKeyFields, ApiKeyId, MAX_API_KEYS};
pub use billing::{BilledArtist, VARIOUS_ARTISTS, VARIOUS_ARTISTS_MBID, billing, is_various_artists};
pub use catalogue::{
    Album, AlbumChanges, AlbumFields, Artist, ArtistChanges, ArtistFields, CreditFields, CreditedWorks,
    MAX_DISC_NUMBER, MAX_TRACK_NUMBER, Parents, StoredAudio, Track, TrackChanges, TrackFields, artist_line, country,
    genre,
};
pub use dead_letter::dead_letter_may_be_replayed;
pub use documented::{GenreName, GivenExternalIds, ScopeName};
pub use invalid::{Checks, Fault, Invalid};
pub use job::{Job, JobStatus};
pub use limits::{MAX_FAVOURITES, MAX_FOLLOWED, MAX_HIDDEN_LISTENS, MAX_UNFINISHED_JOBS};
pub use moderation::{
    MAX_OPEN_REPORTS, Report, ReportAction, ReportAnswer, ReportReason, Reported, ReportedType, Resolution, Takedown,
    Work, WorkReason,
};
pub use object::{ObjectKind, Sound, StoredObject};
pub use patch::Patch;
pub use person::{Confirmation, Person, PersonChanges};
pub use play::{Play, PlayContext, PlayFields, counts, heard_ms, time_inside};
pub use play_queue::{PlayQueue, PlayQueueChanges, Repeat};
pub use playlist::{
    Added, AddedTracks, Candidate, Candidates, ItemIds, ListedTrack, MAX_DESCRIPTION, MAX_PLAYLIST_ITEMS, Moved,
    MovedItems, NewItem, NewPlaylist, Playlist, PlaylistChanges, PlaylistFields, RANK_GAP, SoughtTrack, ranks_between,
};
pub use preferences::{Preferences, PreferencesChanges};
pub use scope::{Scope, Scopes};
pub use search::{ClickedFields, Search, SearchFields};
pub use second_factor::{Proof, RECOVERY_CODES, SecondFactor, SecondFactorFor};
pub use session::{Refresh, SESSION_IDLE, Session, SessionId};
pub use sight::Sight;
pub use sign_in::FailedSignIns;
pub use text::{line, lines, name_key};
pub use webhook::{
    AfterTry, DeliveryStatus, MAX_SECRETS, MAX_WEBHOOKS, NewWebhook, OLD_SECRET_KEPT, WEBHOOK_TEST, Webhook,
    WebhookAnswer, WebhookChanges, WebhookId, WebhookTypeName, webhook_rest,
};
