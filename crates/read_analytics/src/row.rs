//! Events as rows.

use clickhouse::Row;
use events::{Change, Event, Incoming, Listen};
use serde::Serialize;
use uuid::Uuid;

use crate::{requests::RequestRow, searches::SearchRow, titles::TitleRow};

/// What is stored for an event.
#[derive(Clone, Debug, PartialEq)]
pub enum AnalyticsRow {
    /// A listen.
    Listen(Box<ListenRow>),
    /// This id is gone from the catalogue.
    Deleted(Uuid),
    /// What a track is called.
    Title(TitleRow),
    /// A search.
    Search(Box<SearchRow>),
    /// A request that was answered.
    Request(Box<RequestRow>),
    /// What somebody did with a playlist.
    PlaylistActivity(ActivityRow),
}

/// A row of `deleted`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Row, Serialize)]
pub struct DeletedRow {
    #[serde(with = "clickhouse::serde::uuid")]
    pub id: Uuid,
}

/// A row of `playlist_activity`.
#[derive(Clone, Debug, PartialEq, Eq, Row, Serialize)]
pub struct ActivityRow {
    #[serde(with = "clickhouse::serde::uuid")]
    pub playlist_id: Uuid,
    #[serde(with = "clickhouse::serde::uuid")]
    pub event_id: Uuid,
    /// In milliseconds since 1970.
    pub occurred_at: i64,
    /// Also one that this version does not know.
    pub action: String,
    #[serde(with = "clickhouse::serde::uuid::option")]
    pub track_id: Option<Uuid>,
}

/// A row of `listens`. The names and the order are those of the table.
#[derive(Clone, Debug, PartialEq, Row, Serialize)]
pub struct ListenRow {
    #[serde(with = "clickhouse::serde::uuid")]
    pub listener_id: Uuid,
    /// The client's id of this listen.
    #[serde(with = "clickhouse::serde::uuid")]
    pub event_id: Uuid,
    /// When it began, in milliseconds since 1970.
    pub listened_at: i64,
    #[serde(with = "clickhouse::serde::uuid")]
    pub track_id: Uuid,
    /// Its first main artist.
    #[serde(with = "clickhouse::serde::uuid")]
    pub artist_id: Uuid,
    /// The artists it counts for, each once.
    #[serde(with = "clickhouse::serde::uuid_vec")]
    pub artist_ids: Vec<Uuid>,
    #[serde(with = "clickhouse::serde::uuid::option")]
    pub album_id: Option<Uuid>,
    pub genres: Vec<String>,
    pub duration_ms: Option<i64>,
    /// How much was heard, in milliseconds.
    pub ms_played: i64,
    pub counted: bool,
    pub source: Option<String>,
    pub device: Option<String>,
    pub context_type: Option<String>,
    #[serde(with = "clickhouse::serde::uuid::option")]
    pub context_id: Option<Uuid>,
    /// Which copy of a listen stays: the highest.
    pub ver: u64,
    /// 1 takes the listen away; never written so far.
    pub is_deleted: u8,
}

impl AnalyticsRow {
    /// The rows of an event; most have none. Total: every event of the contract has its rows.
    ///
    /// Offsets of two copies may be compared because both are in one partition: the key is the listener.
    #[must_use]
    pub fn from_event(event: &Incoming) -> Vec<Self> {
        match &event.event {
            Event::Listened(listen) => vec![Self::Listen(Box::new(ListenRow::of(listen, event.offset)))],
            Event::Track(Change::Created(track) | Change::Updated(track)) => {
                vec![Self::Title(TitleRow::new(track, event.meta.sequence.unwrap_or(0)))]
            }
            Event::PlaylistActivity(activity) => vec![Self::PlaylistActivity(ActivityRow {
                playlist_id: activity.playlist_id.0,
                event_id: activity.event_id,
                occurred_at: activity.occurred_at.millis(),
                action: activity.action.name().to_owned(),
                track_id: activity.track_id.map(|id| id.0),
            })],
            Event::Searched(search) => {
                vec![Self::Search(Box::new(SearchRow::new(
                    search,
                    &event.meta,
                    event.offset,
                )))]
            }
            Event::Served(served) => {
                let rows = RequestRow::all(served, &event.meta, event.offset).into_iter();
                rows.map(|row| Self::Request(Box::new(row))).collect()
            }
            other => other.deleted().map(|(_, id)| Self::Deleted(id)).into_iter().collect(),
        }
    }
}

impl ListenRow {
    fn of(listen: &Listen, offset: i64) -> Self {
        Self {
            listener_id: listen.listener_id.0,
            event_id: listen.event_id,
            listened_at: listen.listened_at.millis(),
            track_id: listen.track_id.0,
            artist_id: listen.artist_id.0,
            artist_ids: listen.counts_for().map(|id| id.0).collect(),
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

#[cfg(test)]
mod tests {
    use events::{Topic, contracts};

    use super::*;

    const BEFORE_CREDITS: &str = include_str!("../../../schemas/frozen/jonquil.listened.v1.before-credits.json");

    fn rows(payload: &[u8]) -> Vec<AnalyticsRow> {
        let (meta, event) = Event::decode(Some(payload)).unwrap();
        AnalyticsRow::from_event(&Incoming {
            topic: Topic::Listens,
            partition: 0,
            offset: 7,
            meta,
            event,
        })
    }

    #[test]
    fn a_listen_before_credits_has_its_one_artist() {
        let Some(AnalyticsRow::Listen(row)) = rows(BEFORE_CREDITS.as_bytes()).pop() else {
            panic!("no listen");
        };
        let artist: Uuid = "01901b2c-0000-7000-8000-000000000001".parse().unwrap();
        assert_eq!((row.artist_id, row.artist_ids), (artist, vec![artist]));
        assert_eq!(row.ver, i64::MAX.unsigned_abs() - 7);
    }

    #[test]
    fn listens_titles_activity_and_deletions_have_rows() {
        for contract in contracts() {
            let encoded = contract.example.encode(&contract.meta).unwrap();
            let rows = rows(&encoded.payload);
            let name = contract.type_name;
            if let Some((_, id)) = contract.example.deleted() {
                assert_eq!(rows, [AnalyticsRow::Deleted(id)], "{name}");
                continue;
            }
            let has_one = [
                "jonquil.listened.v1",
                "jonquil.playlist.activity.v1",
                "jonquil.track.created.v1",
                "jonquil.track.updated.v1",
                "jonquil.searched.v1",
                "jonquil.served.v1",
            ];
            assert_eq!(rows.len(), usize::from(has_one.contains(&name)), "{name}");
        }
    }
}
