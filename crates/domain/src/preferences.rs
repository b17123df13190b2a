//! What a person decides about being recorded and recommended.

use chrono::TimeDelta;
use events::{ArtistId, Time, TrackId};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{Checks, Invalid, Patch, patch::not_null};

/// How long a private session may last.
const MAX_PRIVATE: TimeDelta = TimeDelta::days(7);
/// Hidden tracks, and hidden artists.
const MAX_HIDDEN: usize = 1_000;

/// A person's preferences. Nobody has changed them: version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preferences {
    /// Until when no listens and no searches are recorded.
    pub private_session_until: Option<Time>,
    /// Whether others with a similar taste may be shown this person.
    pub similar_users: bool,
    /// Never recommended.
    pub hidden_track_ids: Vec<TrackId>,
    pub hidden_artist_ids: Vec<ArtistId>,
    pub version: i64,
}

/// What is to be changed of preferences; an absent field stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreferencesChanges {
    /// Until then no listens and no searches are recorded, 7 days at most; null ends it. It begins within 5 s.
    #[serde(default)]
    #[schema(value_type = Option<Time>)]
    pub private_session_until: Patch<Time>,
    /// Whether others with a similar taste may be shown this person.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = bool, nullable = false)]
    pub similar_users: Patch<bool>,
    /// Tracks that are never recommended, 1,000 at most.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = Vec<TrackId>, nullable = false, max_items = 1_000)]
    pub hidden_track_ids: Patch<Vec<TrackId>>,
    /// Artists that are never recommended, 1,000 at most.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = Vec<ArtistId>, nullable = false, max_items = 1_000)]
    pub hidden_artist_ids: Patch<Vec<ArtistId>>,
}

impl Preferences {
    /// The changed preferences, a version later.
    ///
    /// # Errors
    /// Every fault.
    pub fn change(mut self, changes: PreferencesChanges, now: Time) -> Result<Self, Invalid> {
        let mut checks = Checks::default();
        if let Some(until) = changes.private_session_until.set() {
            let is_near = *until > now && *until <= now.plus(MAX_PRIVATE);
            checks.that(is_near, "private_session_until", "must be in the next 7 days");
        }
        changes.private_session_until.change(&mut self.private_session_until);
        changes.similar_users.replace(&mut self.similar_users);
        changes.hidden_track_ids.replace(&mut self.hidden_track_ids);
        changes.hidden_artist_ids.replace(&mut self.hidden_artist_ids);
        for (field, count) in [
            ("hidden_track_ids", self.hidden_track_ids.len()),
            ("hidden_artist_ids", self.hidden_artist_ids.len()),
        ] {
            checks.that(
                count <= MAX_HIDDEN,
                field,
                format!("must have {MAX_HIDDEN} ids at most"),
            );
        }
        self.version += 1;
        checks.finish(self)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const DAY: i64 = 86_400_000;

    fn until(millis: i64) -> Result<Preferences, Invalid> {
        let changes = PreferencesChanges {
            private_session_until: Patch::Set(Time::from_millis(millis)),
            ..PreferencesChanges::default()
        };
        Preferences::default().change(changes, Time::from_millis(DAY))
    }

    #[test]
    fn a_private_session_ends_within_a_week() {
        assert!(until(DAY).is_err());
        assert!(until(DAY + 1).is_ok());
        let week = until(8 * DAY).unwrap();
        assert_eq!(week.private_session_until, Some(Time::from_millis(8 * DAY)));
        assert!(until(8 * DAY + 1).is_err());
        let ended = serde_json::from_str(r#"{"private_session_until": null}"#).unwrap();
        let ended = week.change(ended, Time::from_millis(DAY)).unwrap();
        assert_eq!((ended.private_session_until, ended.version), (None, 2));
    }

    #[test]
    fn a_thousand_things_are_hidden_at_most() {
        let change = |count| {
            let changes = PreferencesChanges {
                hidden_artist_ids: Patch::Set(vec![ArtistId(Uuid::nil()); count]),
                ..PreferencesChanges::default()
            };
            Preferences::default().change(changes, Time::from_millis(0))
        };
        assert!(change(1_000).is_ok());
        assert_eq!(change(1_001).unwrap_err().0[0].field, "hidden_artist_ids");
    }
}
