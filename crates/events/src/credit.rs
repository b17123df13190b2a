//! Who made a work, as an event says it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ArtistId, Open, named::named};

named! {
    /// What an artist did for a work.
    pub enum CreditRole {
        /// The work is theirs; a work has at least one.
        Main = "main",
        /// A guest on it.
        Featured = "featured",
        /// Remixed it.
        Remixer = "remixer",
        /// Composed it.
        Composer = "composer",
        /// Conducted it.
        Conductor = "conductor",
        /// Produced it.
        Producer = "producer",
    }
}

impl CreditRole {
    /// Whether the work is one of the artist's: it is listed with them, and a play of it counts for them.
    #[must_use]
    pub fn performs(self) -> bool {
        matches!(self, Self::Main | Self::Featured)
    }
}

impl Open<CreditRole> {
    /// As [`CreditRole::performs`]; of a role that is not known nobody says so.
    #[must_use]
    pub fn performs(&self) -> bool {
        self.known().is_some_and(CreditRole::performs)
    }
}

/// A parent, by id and by name at the time of the event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Named<I> {
    /// The parent's id.
    pub id: I,
    /// Its name or title.
    pub name: String,
}

/// One artist's part in a work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Credit {
    /// Who.
    pub artist: Named<ArtistId>,
    /// What they did.
    pub role: Open<CreditRole>,
    /// The name on this work, where it is another than the artist's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credited_as: Option<String>,
    /// What stands between this name and the next one in the line of artists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join_phrase: Option<String>,
}

impl Credit {
    /// The one credit of a work that names only its artist, as works did before there were credits.
    #[must_use]
    pub fn main(artist: Named<ArtistId>) -> Self {
        Self {
            artist,
            role: CreditRole::Main.into(),
            credited_as: None,
            join_phrase: None,
        }
    }
}
