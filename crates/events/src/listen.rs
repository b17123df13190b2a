//! A play of a track. Complete, so that every projection is a pure function of this one event.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{AlbumId, ArtistId, ListenerId, Open, Time, TrackId, named::named};

named! {
    /// Where a track was played from.
    pub enum ContextType {
        /// An album.
        Album = "album",
        /// An artist's page.
        Artist = "artist",
        /// A playlist.
        Playlist = "playlist",
        /// A search.
        Search = "search",
        /// Recommendations.
        Recommendation = "recommendation",
        /// A chart.
        Charts = "charts",
        /// One's own history.
        History = "history",
        /// What one has liked.
        Library = "library",
        /// An endless sequence that was made for the listener.
        Radio = "radio",
    }
}

/// What a track was played from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct Context {
    /// Its kind.
    #[serde(rename = "type")]
    #[schema(value_type = ContextType)]
    pub kind: Open<ContextType>,
    /// Which one, where it has an id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
}

/// A listen. Its identity, the same in every store, is (`listener_id`, `event_id`, UTC day of `listened_at`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Listen {
    /// The client's id of this play; sent again, it counts once.
    pub event_id: Uuid,
    /// Who listened, as a pseudonym.
    pub listener_id: ListenerId,
    /// What was heard.
    pub track_id: TrackId,
    /// Its first main artist at that time.
    pub artist_id: ArtistId,
    /// Every artist that it counts for, main or featured, each once. An event without it counts for `artist_id`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub artist_ids: Vec<ArtistId>,
    /// Its album at that time.
    pub album_id: Option<AlbumId>,
    /// Its genres at that time.
    pub genres: Vec<String>,
    /// Its length in milliseconds, where known.
    pub duration_ms: Option<i64>,
    /// When the play began.
    pub listened_at: Time,
    /// How much was heard, in milliseconds.
    pub ms_played: i64,
    /// Whether it counts as a play: half the track or four minutes, of a track over 30 s.
    pub counted: bool,
    /// What played it: an app or a service.
    pub source: Option<String>,
    /// What it was played on.
    pub device: Option<String>,
    /// What it was played from.
    pub context: Option<Context>,
}

impl Listen {
    /// The artists that it counts for, in order, each once: two credits of one artist are one play.
    pub fn counts_for(&self) -> impl Iterator<Item = ArtistId> {
        let all = if self.artist_ids.is_empty() {
            std::slice::from_ref(&self.artist_id)
        } else {
            self.artist_ids.as_slice()
        };
        all.iter()
            .enumerate()
            .filter(|(at, artist)| !all[..*at].contains(artist))
            .map(|(_, artist)| *artist)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples;

    #[test]
    fn a_listen_counts_once_for_each_of_its_artists() {
        let [one, two] = [1, 6].map(|n| ArtistId(examples::id(n)));
        let counts_for = |artist_ids: Vec<ArtistId>| {
            let listen = Listen {
                artist_ids,
                ..examples::listen()
            };
            listen.counts_for().collect::<Vec<_>>()
        };
        assert_eq!(counts_for(vec![one, two]), [one, two]);
        assert_eq!(counts_for(vec![two, one, two]), [two, one]);
        assert_eq!(counts_for(Vec::new()), [one]);
    }
}
