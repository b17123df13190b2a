//! Plays: what counts as one, and when one can have been.

use chrono::TimeDelta;
use events::{Context, Time};
use uuid::{Uuid, Variant};

use crate::{Checks, Invalid, text::line};

const DAY_MS: i64 = 86_400_000;
/// The day Audioscrobbler, the first to count plays, opened: nothing was listened to online before.
const FIRST_LISTEN_MS: i64 = 1_033_430_400_000;

/// Whether `ms_played` of a track of `duration_ms` counts as a play: half of it or four minutes, whichever is less, and
/// the track is longer than 30 s; of a track whose length is unknown, 30 s.
#[must_use]
pub fn counts(duration_ms: Option<i64>, ms_played: i64) -> bool {
    match duration_ms {
        Some(duration) => duration > 30_000 && ms_played >= ((duration + 1) / 2).min(240_000),
        None => ms_played >= 30_000,
    }
}

/// A play as a client tells of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Play {
    /// The client's id of the play.
    pub event_id: Option<Uuid>,
    /// When it began.
    pub listened_at: Option<Time>,
    /// How much was heard, in milliseconds; the whole track when absent.
    pub ms_played: Option<i64>,
    /// What played it.
    pub source: Option<String>,
    /// What it was played on.
    pub device: Option<String>,
    /// What it was played from.
    pub context: Option<Context>,
}

impl Play {
    /// The same, normalised and valid, with its time settled: as told, else the time inside a `UUIDv7` id, else `now`.
    ///
    /// # Errors
    /// Every fault.
    pub fn checked(self, now: Time) -> Result<Self, Invalid> {
        let mut checks = Checks::default();
        checks.that(
            self.ms_played.is_none_or(|ms| (0..=DAY_MS).contains(&ms)),
            "ms_played",
            "must be 0 to 86400000 (24 hours)",
        );
        let listened_at = self
            .listened_at
            .or_else(|| self.event_id.and_then(time_inside))
            .unwrap_or(now);
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
        let play = Self {
            listened_at: Some(listened_at),
            source: checks.optional(self.source.as_deref().map(|text| line("source", text, 100))),
            device: checks.optional(self.device.as_deref().map(|text| line("device", text, 100))),
            ..self
        };
        checks.finish(play)
    }
}

/// The moment in a `UUIDv7` (RFC 9562, 5.7): milliseconds in its first 48 bits.
fn time_inside(id: Uuid) -> Option<Time> {
    if id.get_version_num() != 7 || id.get_variant() != Variant::RFC4122 {
        return None;
    }
    i64::try_from(id.as_u128() >> 80).ok().map(Time::from_millis)
}
