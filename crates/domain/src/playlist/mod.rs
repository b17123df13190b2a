//! Playlists: who sees and changes them, what may be in them, and where.

mod matching;
mod place;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use events::{PlaylistId, PlaylistItemId, Time, TrackId, UserId, Visibility};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

pub use matching::{Candidate, Candidates, SoughtTrack};
pub use place::{RANK_GAP, ranks_between};

use crate::{
    Actor, Checks, Invalid, Owned, Refusal, Sight,
    patch::fields,
    text::{line, lines},
};

/// Items of a playlist.
pub const MAX_PLAYLIST_ITEMS: usize = 10_000;
/// Playlists of one account.
pub const MAX_PLAYLISTS: i64 = 1_000;
/// Items that one command moves or removes.
pub const MAX_ITEMS_AT_ONCE: usize = 500;
/// The end of a full playlist.
#[expect(clippy::cast_possible_truncation, reason = "ten thousand")]
const MAX_POSITION: u32 = MAX_PLAYLIST_ITEMS as u32;
const NO_PLACE: &str = "must be a whole number from 0 to 10000";
const MAX_TITLE: usize = 300;
pub const MAX_DESCRIPTION: usize = 5_000;
/// Unknown tracks that a refusal names.
const MAX_NAMED: usize = 5;

fields! {
    /// A new playlist.
    PlaylistFields,
    /// What to change of a playlist. An absent field stays, null clears.
    PlaylistChanges:
    required {
        /// 1 to 300 characters.
        #[schema(example = "Songs for a long road", min_length = 1, max_length = 300,
            pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
        title: String,
    }
    defaulted {
        /// Who sees it; its owner alone when absent.
        visibility: Visibility,
    }
    optional {
        /// Up to 5,000 characters.
        #[schema(min_length = 1, max_length = 5_000,
            pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
        description: String,
    }
}

impl PlaylistFields {
    fn checked(self) -> Result<Self, Invalid> {
        let mut checks = Checks::default();
        let description = self.description.as_deref();
        let fields = Self {
            title: checks.value(line("title", &self.title, MAX_TITLE)),
            description: checks.optional(description.map(|text| lines("description", text, MAX_DESCRIPTION))),
            visibility: self.visibility,
        };
        checks.finish(fields)
    }
}

/// A new playlist, with its first tracks. Its other fields are those of [`PlaylistFields`], as a test compares: what is
/// flattened into a struct cannot refuse unknown fields.
#[derive(Clone, Debug, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPlaylist {
    /// 1 to 300 characters.
    #[schema(
        example = "Songs for a long road",
        min_length = 1,
        max_length = 300,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    pub title: String,
    /// Up to 5,000 characters.
    #[schema(
        min_length = 1,
        max_length = 5_000,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
    )]
    pub description: Option<String>,
    /// Who sees it; its owner alone when absent.
    #[serde(default)]
    pub visibility: Visibility,
    /// In playing order.
    #[serde(default)]
    #[schema(max_items = 10_000)]
    pub track_ids: Vec<TrackId>,
}

impl NewPlaylist {
    /// Its own fields, and the tracks to add.
    #[must_use]
    pub fn parts(self) -> (PlaylistFields, AddedTracks) {
        let fields = PlaylistFields {
            title: self.title,
            visibility: self.visibility,
            description: self.description,
        };
        let tracks = AddedTracks {
            track_ids: self.track_ids,
            position: None,
        };
        (fields, tracks)
    }
}

/// Which tracks to add, and where.
#[derive(Clone, Debug, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddedTracks {
    /// In playing order. A track may be in a playlist many times.
    #[schema(min_items = 1, max_items = 10_000)]
    pub track_ids: Vec<TrackId>,
    /// Where the first of them will stand, from 0; past the end, or absent: at the end.
    #[schema(minimum = 0, maximum = 10_000)]
    pub position: Option<u32>,
}

/// Which items, by their ids.
#[derive(Clone, Debug, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemIds {
    /// Those that are not there any more are passed over.
    #[schema(min_items = 1, max_items = 500)]
    pub item_ids: Vec<PlaylistItemId>,
}

/// Which items to move, and where. Either `item_id` or `item_ids`.
#[derive(Clone, Debug, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MovedItems {
    /// One item.
    pub item_id: Option<PlaylistItemId>,
    /// Several, which will stand together, in this order.
    #[schema(min_items = 1, max_items = 500)]
    pub item_ids: Option<Vec<PlaylistItemId>>,
    /// Where the first of them will stand, from 0; past the end: at the end.
    #[schema(minimum = 0, maximum = 10_000)]
    pub position: u32,
}

/// What a playlist keeps of a track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedTrack {
    pub title: String,
    /// In milliseconds.
    pub duration_ms: Option<i64>,
}

/// A track that is about to be in a playlist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewItem {
    pub id: PlaylistItemId,
    pub track_id: TrackId,
    pub listed: ListedTrack,
}

/// A playlist without its items.
#[derive(Clone, Debug, PartialEq)]
pub struct Playlist {
    pub id: PlaylistId,
    pub owner: UserId,
    pub fields: PlaylistFields,
    /// Items, with the gaps that deleted tracks left.
    pub tracks_count: i64,
    /// What was known of their length when they were added, in milliseconds.
    pub duration_ms: i64,
    pub version: i64,
    pub created_at: Time,
    pub updated_at: Time,
}

/// A playlist with what comes into it.
#[derive(Clone, Debug, PartialEq)]
pub struct Added {
    /// As it is then.
    pub playlist: Playlist,
    /// Where the first item stands.
    pub position: i64,
    pub items: Vec<NewItem>,
}

/// A playlist of which items change their place.
#[derive(Clone, Debug, PartialEq)]
pub struct Moved {
    /// As it is then.
    pub playlist: Playlist,
    /// Where the first item stands.
    pub position: i64,
    pub items: Vec<PlaylistItemId>,
}

impl Playlist {
    /// An empty one; `owned` is how many the account has.
    pub fn create(id: PlaylistId, fields: PlaylistFields, by: Actor, owned: i64, now: Time) -> Result<Self, Refusal> {
        let fields = fields.checked()?;
        if owned >= MAX_PLAYLISTS {
            return Err(Refusal::TooManyPlaylists);
        }
        Ok(Self {
            id,
            owner: by.user_id,
            fields,
            tracks_count: 0,
            duration_ms: 0,
            version: 1,
            created_at: now,
            updated_at: now,
        })
    }

    #[must_use]
    pub fn is_public(&self) -> bool {
        self.fields.visibility == Visibility::Public
    }

    /// To others a private one does not exist.
    #[must_use]
    pub fn is_seen_by(&self, sight: Sight) -> bool {
        self.is_public() || sight.is_admin || sight.user_id == Some(self.owner)
    }

    pub fn change(mut self, changes: PlaylistChanges, now: Time) -> Result<Self, Refusal> {
        changes.apply(&mut self.fields);
        self.fields = self.fields.checked()?;
        Ok(self.next(now))
    }

    /// `known` are those of the tracks that there are.
    pub fn add(
        mut self,
        asked: &AddedTracks,
        known: &HashMap<TrackId, ListedTrack>,
        mut new_id: impl FnMut() -> Uuid,
        now: Time,
    ) -> Result<Added, Refusal> {
        let room = MAX_PLAYLIST_ITEMS.saturating_sub(self.tracks_count.try_into().unwrap_or(0));
        let mut checks = Checks::default();
        let count = asked.track_ids.len();
        checks.that(count > 0, "track_ids", "must be 1 to 10000 ids of tracks");
        let is_place = asked.position.is_none_or(|position| position <= MAX_POSITION);
        checks.that(is_place, "position", NO_PLACE);
        let full = format!("must be {room} at most: a playlist has 10000 items at most");
        checks.that(count <= room, "track_ids", full);
        let unknown = asked
            .track_ids
            .iter()
            .enumerate()
            .filter(|(_, id)| !known.contains_key(id));
        for (at, id) in unknown.take(MAX_NAMED) {
            checks.that(
                false,
                "track_ids",
                format!("there is no track {id}, which stands at {at}"),
            );
        }
        let position = place_among(asked.position, self.tracks_count);
        let items: Vec<NewItem> = asked
            .track_ids
            .iter()
            .filter_map(|track_id| {
                Some(NewItem {
                    id: PlaylistItemId(new_id()),
                    track_id: *track_id,
                    listed: known.get(track_id)?.clone(),
                })
            })
            .collect();
        self.tracks_count += i64::try_from(items.len()).unwrap_or(i64::MAX);
        self.duration_ms += items.iter().filter_map(|item| item.listed.duration_ms).sum::<i64>();
        let playlist = self.next(now);
        Ok(checks.finish(Added {
            playlist,
            position,
            items,
        })?)
    }

    /// `lengths` are those of the items that go.
    #[must_use]
    pub fn remove(mut self, lengths: &[Option<i64>], now: Time) -> Self {
        self.tracks_count -= i64::try_from(lengths.len()).unwrap_or(0);
        self.duration_ms -= lengths.iter().flatten().sum::<i64>();
        self.next(now)
    }

    /// `there` are those of the items that are in the playlist.
    #[must_use]
    pub fn move_items(self, position: u32, there: Vec<PlaylistItemId>, now: Time) -> Moved {
        let others = self.tracks_count - i64::try_from(there.len()).unwrap_or(0);
        Moved {
            position: place_among(Some(position), others),
            playlist: self.next(now),
            items: there,
        }
    }

    fn next(mut self, now: Time) -> Self {
        self.version += 1;
        self.updated_at = now;
        self
    }
}

/// A place among so many items.
fn place_among(asked: Option<u32>, count: i64) -> i64 {
    asked.map_or(count, |position| i64::from(position).min(count))
}

impl Owned for Playlist {
    fn is_owned_by(&self, user: UserId) -> bool {
        self.owner == user
    }

    fn version(&self) -> i64 {
        self.version
    }
}

impl ItemIds {
    /// Each once, in the order given.
    pub fn checked(self) -> Result<Vec<PlaylistItemId>, Invalid> {
        each_once(self.item_ids)
    }
}

impl MovedItems {
    /// Each once, in the order given.
    pub fn checked(self) -> Result<Vec<PlaylistItemId>, Invalid> {
        if self.position > MAX_POSITION {
            return Err(Invalid::one("position", NO_PLACE));
        }
        match (self.item_id, self.item_ids) {
            (Some(one), None) => Ok(vec![one]),
            (None, Some(several)) => each_once(several),
            _ => Err(Invalid::one("item_ids", "give either item_id or item_ids")),
        }
    }
}

fn each_once(ids: Vec<PlaylistItemId>) -> Result<Vec<PlaylistItemId>, Invalid> {
    if ids.is_empty() || ids.len() > MAX_ITEMS_AT_ONCE {
        return Err(Invalid::one("item_ids", "must be 1 to 500 ids of items"));
    }
    let mut seen = HashSet::new();
    Ok(ids.into_iter().filter(|id| seen.insert(*id)).collect())
}
