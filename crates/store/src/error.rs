//! What can go wrong with Postgres, by what the caller can do about it.

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as Diesel};

/// Why a statement or a unit of work failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// Postgres does not answer, no connection was free in time, or its disk is full. Try later.
    #[error("postgres is unavailable: {0}")]
    Unavailable(String),
    /// Another writer changed the row meanwhile, or a deadlock was broken at our cost. Try again at once.
    #[error("another writer changed the row meanwhile")]
    Conflict,
    /// The input breaks a constraint that only Postgres can check.
    #[error("{0:?} is violated")]
    Violated(Constraint),
    /// A defect of ours: a statement that Postgres refuses, or a row that this version cannot read.
    #[error("{0}")]
    Defect(String),
}

/// What a constraint of the schema says about an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constraint {
    UniqueUsername,
    UniqueEmail,
    /// An account has one artist profile.
    UniqueProfile,
    /// The same audio is one track.
    UniqueAudio,
    /// A person reports a work once, until somebody has looked.
    UniqueReport,
    UniqueTakedown,
    ArtistExists,
    AlbumExists,
    /// The account that a profile is bound to.
    AccountExists,
    /// The account that acts. It may have been deleted a moment ago, while its token was still good.
    ActorExists,
}

impl Constraint {
    /// By its name in the migrations. None for one that no input can break.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Some(match name {
            "users_username_key" => Self::UniqueUsername,
            "users_email_key" => Self::UniqueEmail,
            "artists_of_user" => Self::UniqueProfile,
            "tracks_by_audio" => Self::UniqueAudio,
            "reports_once" => Self::UniqueReport,
            "takedowns_pkey" => Self::UniqueTakedown,
            "albums_artist_id_fkey"
            | "tracks_artist_id_fkey"
            | "album_credits_artist_id_fkey"
            | "track_credits_artist_id_fkey" => Self::ArtistExists,
            "tracks_album_id_fkey" => Self::AlbumExists,
            "artists_user_id_fkey" => Self::AccountExists,
            "artists_created_by_fkey"
            | "albums_created_by_fkey"
            | "tracks_created_by_fkey"
            | "objects_owner_id_fkey"
            | "idempotency_keys_user_id_fkey"
            | "sessions_user_id_fkey"
            | "playlists_owner_id_fkey"
            | "playlist_items_added_by_fkey"
            | "reports_reported_by_fkey"
            | "reports_resolved_by_fkey"
            | "takedowns_taken_down_by_fkey"
            | "api_keys_user_id_fkey"
            | "webhooks_user_id_fkey"
            | "webhooks_created_by_fkey" => Self::ActorExists,
            _ => return None,
        })
    }
}

impl From<Diesel> for StoreError {
    fn from(error: Diesel) -> Self {
        match error {
            Diesel::DatabaseError(kind, info) => from_database(kind, &*info),
            Diesel::BrokenTransactionManager => {
                Self::Unavailable("the connection broke inside a transaction".to_owned())
            }
            other => Self::Defect(other.to_string()),
        }
    }
}

fn from_database(kind: DatabaseErrorKind, info: &(dyn DatabaseErrorInformation + Send + Sync)) -> StoreError {
    let message = info.message();
    match kind {
        DatabaseErrorKind::UniqueViolation | DatabaseErrorKind::ForeignKeyViolation => {
            let constraint = info.constraint_name().and_then(Constraint::by_name);
            constraint.map_or_else(|| StoreError::Defect(message.to_owned()), StoreError::Violated)
        }
        DatabaseErrorKind::SerializationFailure => StoreError::Conflict,
        // diesel has no kind for 40P01.
        _ if message.contains("deadlock detected") => StoreError::Conflict,
        DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => {
            StoreError::Unavailable(message.to_owned())
        }
        _ if is_unavailable(message) => StoreError::Unavailable(message.to_owned()),
        _ => StoreError::Defect(message.to_owned()),
    }
}

/// What the server says while it stops or starts or has no room, and what tokio-postgres says of a broken connection.
fn is_unavailable(message: &str) -> bool {
    const SIGNS: [&str; 11] = [
        "connection closed",
        "terminating connection",
        "error communicating with the server",
        "the database system is",
        "too many clients",
        "remaining connection slots",
        "statement timeout",
        "lock timeout",
        // 53100: of a table, of the log, of a file beside them.
        "No space left on device",
        // 53100 too, where there is room for half a block: "wrote only 4096 of 8192 bytes at block 3".
        "could not extend file",
        "Disk quota exceeded",
    ];
    SIGNS.iter().any(|sign| message.contains(sign))
}
