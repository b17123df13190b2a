//! What one listen adds to the counters, and the identity by which it is added once.

use events::{Event, Incoming, Listen, Time};
use projector::Unprojectable;
use uuid::Uuid;

/// The identity of a listen, as Redis remembers it: 81 bits of BLAKE3 over listener, event id and UTC day.
///
/// 18 bits choose one of 262,144 sets, 63 bits are its member: as an integer it takes 8 bytes in an intset, as text it
/// would take about 100. Two different listens of a thousand million meet with a probability of about 2 in 10 million.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Seen {
    /// Which set, below 2^18.
    pub bucket: u64,
    /// The member, below 2^63, so that it is an integer to Redis.
    pub member: u64,
}

impl Seen {
    /// The identity of a listen.
    #[must_use]
    pub fn of(listener: Uuid, event_id: Uuid, listened_at: Time) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(listener.as_bytes());
        hasher.update(event_id.as_bytes());
        hasher.update(&day(listened_at).to_be_bytes());
        let mut hash = hasher.finalize_xof();
        let mut word = || {
            let mut bytes = [0; 8];
            hash.fill(&mut bytes);
            u64::from_be_bytes(bytes)
        };
        Self {
            bucket: word() >> 46,
            member: word() >> 1,
        }
    }
}

/// Whole UTC days since 1970.
pub(crate) fn day(time: Time) -> i64 {
    time.millis().div_euclid(86_400_000)
}

/// Whole UTC hours since 1970.
pub(crate) fn hour(time: Time) -> i64 {
    time.millis().div_euclid(3_600_000)
}

/// What one listen adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Increment {
    /// By what it is known.
    pub seen: Seen,
    /// Who listened.
    pub listener: Uuid,
    /// The track.
    pub track: Uuid,
    /// Its artist.
    pub artist: Uuid,
    /// Its album.
    pub album: Option<Uuid>,
    /// When it began.
    pub listened_at: Time,
    /// When the service got it: the projection's only clock.
    pub arrived_at: Time,
    /// Whether it counts as a play. If not, it only shows that somebody is listening.
    pub counted: bool,
}

impl Increment {
    fn of(listen: &Listen, arrived_at: Time) -> Self {
        Self {
            seen: Seen::of(listen.listener_id.0, listen.event_id, listen.listened_at),
            listener: listen.listener_id.0,
            track: listen.track_id.0,
            artist: listen.artist_id.0,
            album: listen.album_id.map(|id| id.0),
            listened_at: listen.listened_at,
            arrived_at,
            counted: listen.counted,
        }
    }

    /// What an event adds; other events than listens add nothing.
    ///
    /// # Errors
    /// None so far: every listen can be counted.
    pub fn from_event(event: &Incoming) -> Result<Vec<Self>, Unprojectable> {
        Ok(match &event.event {
            Event::Listened(listen) => vec![Self::of(listen, event.meta.time)],
            _ => Vec::new(),
        })
    }
}
