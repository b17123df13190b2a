//! Plays: what counts as one, and when one can have been.

use chrono::TimeDelta;
use events::{Context, ContextType, Time};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::{Uuid, Variant};

use crate::{Checks, Invalid, text::line};

const DAY_MS: i64 = 86_400_000;
/// The day Audioscrobbler, the first to count plays, opened: nothing was listened to online before.
const FIRST_LISTEN_MS: i64 = 1_033_430_400_000;
/// What counts as a play of a track whose length is unknown.
const UNKNOWN_COUNTS_MS: i64 = 30_000;
/// Characters of the name of an app or a device.
const MAX_APP: usize = 100;

/// Whether `ms_played` of a track of `duration_ms` counts as a play: half of it or four minutes, whichever is less, and
/// the track is longer than 30 s; of a track whose length is unknown, 30 s.
#[must_use]
pub fn counts(duration_ms: Option<i64>, ms_played: i64) -> bool {
    match duration_ms {
        Some(duration) => duration > 30_000 && ms_played >= ((duration + 1) / 2).min(240_000),
        None => ms_played >= UNKNOWN_COUNTS_MS,
    }
}

/// How much of a track was heard, in milliseconds. More than its length counts as its length. Without a number the whole
/// track was heard; of a track whose length is unknown, as much as counts.
#[must_use]
pub fn heard_ms(duration_ms: Option<i64>, ms_played: Option<i64>) -> i64 {
    let played = ms_played.unwrap_or_else(|| duration_ms.unwrap_or(UNKNOWN_COUNTS_MS));
    duration_ms.map_or(played, |duration| played.min(duration))
}

/// What a track was played from, as a client writes it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlayContext {
    #[serde(rename = "type")]
    pub kind: ContextType,
    /// Which one, where it has an id.
    pub id: Option<Uuid>,
}

/// A play of a track, as a client writes it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlayFields {
    /// How much was heard, in milliseconds; the whole track when absent.
    #[schema(example = 240_000, minimum = 0, maximum = 86_400_000)]
    pub ms_played: Option<i64>,
    /// When it began; from 2002-10-01 to five minutes from now. Now, or the moment inside a `UUIDv7` `event_id`, when absent.
    pub listened_at: Option<Time>,
    /// The client's id of this play: sent again, it counts once.
    pub event_id: Option<Uuid>,
    /// What played it.
    #[schema(
        example = "jonquil-web",
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    pub source: Option<String>,
    /// What it was played on.
    #[schema(
        example = "Firefox on Linux",
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    pub device: Option<String>,
    /// What it was played from.
    pub context: Option<PlayContext>,
}

/// A valid play, with its identity.
#[derive(Clone, Debug, PartialEq)]
pub struct Play {
    pub event_id: Uuid,
    pub listened_at: Time,
    pub ms_played: Option<i64>,
    pub source: Option<String>,
    pub device: Option<String>,
    pub context: Option<Context>,
}

impl PlayFields {
    /// The valid play, or every fault. Its time is the one given, else the time inside a `UUIDv7` id, else `now`.
    pub fn checked(self, new_id: impl FnOnce() -> Uuid, now: Time) -> Result<Play, Invalid> {
        let mut checks = Checks::default();
        checks.that(
            self.ms_played.is_none_or(|ms| (0..=DAY_MS).contains(&ms)),
            "ms_played",
            "must be a whole number from 0 to 86400000 (24 hours in milliseconds)",
        );
        // Drawn before the time is settled: sent again with this id, the play began on the same day.
        let event_id = self.event_id.unwrap_or_else(new_id);
        let listened_at = self.listened_at.or_else(|| time_inside(event_id)).unwrap_or(now);
        checks.that(
            listened_at.millis() >= FIRST_LISTEN_MS,
            "listened_at",
            "must not be before 2002-10-01",
        );
        checks.that(
            listened_at <= now.plus(TimeDelta::minutes(5)),
            "listened_at",
            "must not be more than 5 minutes in the future",
        );
        let play = Play {
            event_id,
            listened_at,
            ms_played: self.ms_played,
            source: checks.optional(self.source.as_deref().map(|text| line("source", text, MAX_APP))),
            device: checks.optional(self.device.as_deref().map(|text| line("device", text, MAX_APP))),
            context: self.context.map(|context| Context {
                kind: context.kind.into(),
                id: context.id,
            }),
        };
        checks.finish(play)
    }
}

/// The moment in a `UUIDv7` (RFC 9562, 5.7): milliseconds in its first 48 bits.
#[must_use]
pub fn time_inside(id: Uuid) -> Option<Time> {
    if id.get_version_num() != 7 || id.get_variant() != Variant::RFC4122 {
        return None;
    }
    i64::try_from(id.as_u128() >> 80).ok().map(Time::from_millis)
}
