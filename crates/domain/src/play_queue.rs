//! What is played next, kept for the next device.

use events::{Time, TrackId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Checks, Invalid, Patch, patch::not_null};

/// Tracks of a queue.
const MAX_TRACKS: usize = 10_000;
/// Milliseconds into a track: a day.
const MAX_POSITION_MS: i64 = 24 * 60 * 60 * 1_000;

/// What comes after the last track.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Repeat {
    /// Nothing.
    #[default]
    Off,
    /// The same track again.
    One,
    /// The first track.
    All,
}

impl Repeat {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::One => "one",
            Self::All => "all",
        }
    }

    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        [Self::Off, Self::One, Self::All]
            .into_iter()
            .find(|repeat| repeat.name() == name)
    }
}

/// A play queue. Nobody has kept one: version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlayQueue {
    pub track_ids: Vec<TrackId>,
    /// Which of the tracks is played.
    pub index: i64,
    /// Where in the track, in milliseconds.
    pub position_ms: i64,
    pub repeat: Repeat,
    pub shuffle: bool,
    pub updated_at: Option<Time>,
    pub version: i64,
}

/// What is to be changed of a queue; an absent field stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlayQueueChanges {
    /// The tracks in playing order, 10,000 at most. Without `index` the first one is played, from its beginning.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = Vec<TrackId>, nullable = false, max_items = 10_000)]
    pub track_ids: Patch<Vec<TrackId>>,
    /// Which of the tracks is played, from 0. Without `position_ms` from its beginning.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = i64, nullable = false, minimum = 0, maximum = 9_999)]
    pub index: Patch<i64>,
    /// Where in the track, in milliseconds.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = i64, nullable = false, minimum = 0, maximum = 86_400_000)]
    pub position_ms: Patch<i64>,
    /// What comes after the last track.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = Repeat, nullable = false)]
    pub repeat: Patch<Repeat>,
    /// Whether the order is mixed.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = bool, nullable = false)]
    pub shuffle: Patch<bool>,
}

impl PlayQueue {
    /// The changed queue, a version later.
    ///
    /// # Errors
    /// Every fault.
    pub fn change(mut self, changes: PlayQueueChanges, now: Time) -> Result<Self, Invalid> {
        if changes.track_ids.set().is_some() {
            (self.index, self.position_ms) = (0, 0);
        }
        if changes.index.set().is_some() {
            self.position_ms = 0;
        }
        changes.track_ids.replace(&mut self.track_ids);
        changes.index.replace(&mut self.index);
        changes.position_ms.replace(&mut self.position_ms);
        changes.repeat.replace(&mut self.repeat);
        changes.shuffle.replace(&mut self.shuffle);
        let mut checks = Checks::default();
        let count = self.track_ids.len();
        checks.that(
            count <= MAX_TRACKS,
            "track_ids",
            format!("must have {MAX_TRACKS} tracks at most"),
        );
        let last = i64::try_from(count.saturating_sub(1)).unwrap_or(i64::MAX);
        let is_in = (0..=last).contains(&self.index);
        checks.that(
            is_in,
            "index",
            format!("must be 0 to {last}: the place of one of the tracks"),
        );
        let is_in = (0..=MAX_POSITION_MS).contains(&self.position_ms);
        checks.that(is_in, "position_ms", format!("must be 0 to {MAX_POSITION_MS}"));
        self.updated_at = Some(now);
        self.version += 1;
        checks.finish(self)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn change(queue: PlayQueue, json: &str) -> Result<PlayQueue, Invalid> {
        queue.change(serde_json::from_str(json).unwrap(), Time::from_millis(7))
    }

    fn of_three() -> PlayQueue {
        PlayQueue {
            track_ids: (1..=3).map(|n| TrackId(Uuid::from_u128(n))).collect(),
            index: 2,
            position_ms: 5_000,
            version: 4,
            ..PlayQueue::default()
        }
    }

    #[test]
    fn what_is_not_given_stays() {
        let changed = change(of_three(), r#"{"position_ms": 9000, "repeat": "all"}"#).unwrap();
        let expected = PlayQueue {
            position_ms: 9_000,
            repeat: Repeat::All,
            version: 5,
            updated_at: Some(Time::from_millis(7)),
            ..of_three()
        };
        assert_eq!(changed, expected);
    }

    #[test]
    fn another_track_begins_at_its_beginning() {
        let next = change(of_three(), r#"{"index": 0}"#).unwrap();
        assert_eq!((next.index, next.position_ms), (0, 0));
        let other = r#"{"track_ids": ["00000000-0000-0000-0000-000000000009"]}"#;
        let other = change(of_three(), other).unwrap();
        assert_eq!((other.track_ids.len(), other.index, other.position_ms), (1, 0, 0));
        let empty = change(of_three(), r#"{"track_ids": []}"#).unwrap();
        assert_eq!((empty.track_ids.len(), empty.index), (0, 0));
    }

    #[test]
    fn a_place_outside_is_refused() {
        for json in [
            r#"{"index": 3}"#,
            r#"{"index": -1}"#,
            r#"{"track_ids": [], "index": 1}"#,
        ] {
            assert_eq!(change(of_three(), json).unwrap_err().0[0].field, "index", "{json}");
        }
        let refused = change(of_three(), r#"{"position_ms": 86400001}"#).unwrap_err();
        assert_eq!(refused.0[0].field, "position_ms");
        let many = PlayQueueChanges {
            track_ids: Patch::Set(vec![TrackId(Uuid::nil()); 10_001]),
            ..PlayQueueChanges::default()
        };
        let refused = of_three().change(many, Time::from_millis(7)).unwrap_err();
        assert_eq!(refused.0[0].field, "track_ids");
    }

    #[test]
    fn a_repeat_has_the_same_name_everywhere() {
        for repeat in [Repeat::Off, Repeat::One, Repeat::All] {
            assert_eq!(serde_json::to_value(repeat).unwrap(), repeat.name());
            assert_eq!(Repeat::by_name(repeat.name()), Some(repeat));
        }
    }
}
