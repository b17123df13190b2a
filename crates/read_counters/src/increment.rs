//! What an event changes in the counters: what a listen adds, and the identity by which it is added once.

use events::{Event, Incoming, Kind, Listen, Time};
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
    pub seen: Seen,
    pub listener: Uuid,
    pub track: Uuid,
    /// The artists it counts for, each once.
    pub artists: Vec<Uuid>,
    pub album: Option<Uuid>,
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
            artists: listen.counts_for().map(|id| id.0).collect(),
            album: listen.album_id.map(|id| id.0),
            listened_at: listen.listened_at,
            arrived_at,
            counted: listen.counted,
        }
    }
}

/// What an event changes. Listens come on their own topic only, so a slice of it holds increments and every other slice
/// deletions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CountersRow {
    /// A listen.
    Add(Increment),
    /// This is gone from the catalogue.
    Deleted(Kind, Uuid),
}

impl CountersRow {
    /// What an event changes; most change nothing.
    #[must_use]
    pub fn from_event(event: &Incoming) -> Option<Self> {
        match &event.event {
            Event::Listened(listen) => Some(Self::Add(Increment::of(listen, event.meta.time))),
            other => other.deleted().map(|(kind, id)| Self::Deleted(kind, id)),
        }
    }
}

#[cfg(test)]
mod tests {
    use events::{Topic, contracts};

    use super::*;

    const BEFORE_CREDITS: &str = include_str!("../../../schemas/frozen/jonquil.listened.v1.before-credits.json");

    fn incoming(payload: &[u8]) -> Incoming {
        let (meta, event) = Event::decode(Some(payload)).unwrap();
        Incoming {
            topic: Topic::Listens,
            partition: 0,
            offset: 7,
            meta,
            event,
        }
    }

    #[test]
    fn a_listen_before_credits_adds_to_its_one_artist() {
        let Some(CountersRow::Add(added)) = CountersRow::from_event(&incoming(BEFORE_CREDITS.as_bytes())) else {
            panic!("no listen");
        };
        let artist: Uuid = "01901b2c-0000-7000-8000-000000000001".parse().unwrap();
        assert_eq!((added.artists, added.counted), (vec![artist], true));
    }

    #[test]
    fn a_listen_adds_to_each_artist_a_deletion_takes_away_and_nothing_else_changes_anything() {
        for contract in contracts() {
            let encoded = contract.example.encode(&contract.meta).unwrap();
            let name = contract.type_name;
            match (
                CountersRow::from_event(&incoming(&encoded.payload)),
                contract.example.deleted(),
            ) {
                (Some(CountersRow::Add(added)), None) => {
                    assert_eq!((added.artists.len(), name), (2, "jonquil.listened.v1"));
                }
                (Some(CountersRow::Deleted(kind, id)), deleted) => assert_eq!(deleted, Some((kind, id)), "{name}"),
                (None, deleted) => assert!(deleted.is_none() && name != "jonquil.listened.v1", "{name}"),
                (Some(CountersRow::Add(_)), Some(_)) => panic!("{name} adds and deletes"),
            }
        }
    }
}
