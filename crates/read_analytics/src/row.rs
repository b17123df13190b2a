//! A listen as a row.

use clickhouse::Row;
use events::{Event, Incoming, Listen};
use serde::Serialize;
use uuid::Uuid;

/// A row of `listens`. The names and the order are those of the table.
#[derive(Clone, Debug, PartialEq, Row, Serialize)]
pub struct ListenRow {
    /// Who listened.
    #[serde(with = "clickhouse::serde::uuid")]
    pub listener_id: Uuid,
    /// The client's id of this listen.
    #[serde(with = "clickhouse::serde::uuid")]
    pub event_id: Uuid,
    /// When it began, in milliseconds since 1970.
    pub listened_at: i64,
    /// The track.
    #[serde(with = "clickhouse::serde::uuid")]
    pub track_id: Uuid,
    /// Its artist.
    #[serde(with = "clickhouse::serde::uuid")]
    pub artist_id: Uuid,
    /// Its album.
    #[serde(with = "clickhouse::serde::uuid::option")]
    pub album_id: Option<Uuid>,
    /// Its genres.
    pub genres: Vec<String>,
    /// Its length in milliseconds.
    pub duration_ms: Option<i64>,
    /// How much was heard, in milliseconds.
    pub ms_played: i64,
    /// Whether it is a play.
    pub counted: bool,
    /// What played it.
    pub source: Option<String>,
    /// What it was played on.
    pub device: Option<String>,
    /// What kind of thing it was played from.
    pub context_type: Option<String>,
    /// Which one.
    #[serde(with = "clickhouse::serde::uuid::option")]
    pub context_id: Option<Uuid>,
    /// Which copy of a listen stays: the highest.
    pub ver: u64,
    /// 1 takes the listen away; never written so far.
    pub is_deleted: u8,
}

impl ListenRow {
    /// The row of an event; other events than listens have none. Total: every listen of the contract has its row.
    ///
    /// Offsets of two copies may be compared because both are in one partition: the key is the listener.
    #[must_use]
    pub fn from_event(event: &Incoming) -> Option<Self> {
        match &event.event {
            Event::Listened(listen) => Some(Self::of(listen, event.offset)),
            _ => None,
        }
    }

    fn of(listen: &Listen, offset: i64) -> Self {
        Self {
            listener_id: listen.listener_id.0,
            event_id: listen.event_id,
            listened_at: listen.listened_at.millis(),
            track_id: listen.track_id.0,
            artist_id: listen.artist_id.0,
            album_id: listen.album_id.map(|id| id.0),
            genres: listen.genres.clone(),
            duration_ms: listen.duration_ms,
            ms_played: listen.ms_played,
            counted: listen.counted,
            source: listen.source.clone(),
            device: listen.device.clone(),
            context_type: listen.context.as_ref().map(|context| context.kind.name().to_owned()),
            context_id: listen.context.as_ref().and_then(|context| context.id),
            ver: i64::MAX.abs_diff(offset),
            is_deleted: 0,
        }
    }
}
