//! Identifiers: one type each, so that a track's id is never taken for an album's.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, ToSchema)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}

ids! {
    /// An artist of the catalogue.
    ArtistId,
    /// An album of the catalogue.
    AlbumId,
    /// A track of the catalogue.
    TrackId,
    /// A person's account. Known to Postgres only, and to the users topic.
    UserId,
    /// The pseudonym listens are keyed by. The link to a [`UserId`] is one row in Postgres and is never shown.
    ListenerId,
    /// A playlist.
    PlaylistId,
    /// A track at a place of a playlist.
    PlaylistItemId,
    /// A piece of background work. Known to Postgres only.
    JobId,
}
