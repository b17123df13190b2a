//! What one listener heard, all time.

use chrono::{DateTime, NaiveDate};
use clickhouse::Row;
use events::{ListenerId, Time};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Analytics, AnalyticsUnavailable, DayPlays, Streak, last_days,
    listens::{HOUR, NOT_DELETED, of},
    streak,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Row, Deserialize)]
pub struct Plays {
    #[serde(with = "clickhouse::serde::uuid")]
    pub id: Uuid,
    pub plays: u64,
}

/// How often a genre was played; a track of two genres counts for both.
#[derive(Clone, Debug, PartialEq, Eq, Row, Serialize, Deserialize, ToSchema)]
pub struct GenrePlays {
    /// The genre.
    #[schema(example = "rock")]
    pub genre: String,
    /// Counted plays.
    pub plays: u64,
}

/// What one listener heard, all time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenerStats {
    /// What needs no look into the catalogue.
    pub totals: ListenerTotals,
    pub top_tracks: Vec<Plays>,
    pub top_artists: Vec<Plays>,
}

/// What one listener heard, without the tracks and artists themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ListenerTotals {
    /// Counted plays.
    pub plays: u64,
    /// What was heard, counted or not, in milliseconds.
    pub listened_ms: i64,
    /// Different tracks played.
    pub unique_tracks: u64,
    /// Different artists played.
    pub unique_artists: u64,
    /// The ten genres played most.
    pub genres: Vec<GenrePlays>,
    /// Plays by the UTC hour in which they began; 24 of them.
    pub by_hour: Vec<u64>,
    /// The last 30 UTC days, the oldest first.
    pub by_day: Vec<DayPlays>,
    /// Days in a row.
    pub streak: Streak,
}

#[derive(Row, Deserialize)]
struct Totals {
    plays: u64,
    listened_ms: i64,
    unique_tracks: u64,
    unique_artists: u64,
    hours: Vec<u64>,
}

/// A day as days since 1970.
#[derive(Row, Deserialize)]
pub(crate) struct DayRow {
    since_1970: i64,
    plays: u64,
    listened_ms: i64,
}

impl DayRow {
    /// Grouped by `day`.
    pub(crate) const FIELDS: &str = "toInt64(toUInt16(day)) AS since_1970, countIf(counted) AS plays, \
         sum(ms_played) AS listened_ms";

    pub(crate) fn day(&self) -> Option<DayPlays> {
        let day: NaiveDate = DateTime::from_timestamp(self.since_1970 * 86_400, 0)?.date_naive();
        Some(DayPlays {
            day,
            plays: self.plays,
            listened_ms: self.listened_ms,
        })
    }
}

impl Analytics {
    /// What a listener heard; `now` decides which days are the last and whether a streak goes on.
    pub async fn user_stats(&self, listener: ListenerId, now: Time) -> Result<ListenerStats, AnalyticsUnavailable> {
        let serving = self.serving().await?;
        let (totals, top_tracks, top_artists, genres, days) = tokio::try_join!(
            serving.totals(listener),
            serving.top_of(listener, "track_id"),
            serving.top_of(listener, "arrayJoin(artist_ids)"),
            serving.genres_of(listener),
            serving.days_of(listener),
        )?;
        // Without a listen ClickHouse answers no hours at all.
        let mut by_hour = totals.hours;
        by_hour.resize(24, 0);
        Ok(ListenerStats {
            totals: ListenerTotals {
                plays: totals.plays,
                listened_ms: totals.listened_ms,
                unique_tracks: totals.unique_tracks,
                unique_artists: totals.unique_artists,
                genres,
                by_hour,
                by_day: last_days(&days, now.day(), 30),
                streak: streak(&days, now.day()),
            },
            top_tracks,
            top_artists,
        })
    }

    async fn totals(&self, listener: ListenerId) -> Result<Totals, AnalyticsUnavailable> {
        let sql = format!(
            "SELECT countIf(counted) AS plays, sum(ms_played) AS listened_ms, \
             uniqExactIf(track_id, counted) AS unique_tracks, uniqExactArrayIf(artist_ids, counted) AS unique_artists, \
             sumForEach(arrayMap(h -> toUInt64(counted AND {HOUR} = h), range(24))) AS hours FROM {}",
            of(listener)
        );
        self.bounded(self.reader().query(&sql).fetch_one()).await
    }

    async fn top_of(&self, listener: ListenerId, id: &str) -> Result<Vec<Plays>, AnalyticsUnavailable> {
        let sql = format!(
            "SELECT {id} AS id, count() AS plays FROM {} WHERE counted GROUP BY id HAVING {NOT_DELETED} \
             ORDER BY plays DESC, id LIMIT 10",
            of(listener)
        );
        self.bounded(self.reader().query(&sql).fetch_all()).await
    }

    async fn genres_of(&self, listener: ListenerId) -> Result<Vec<GenrePlays>, AnalyticsUnavailable> {
        let sql = format!(
            "SELECT toString(arrayJoin(genres)) AS genre, count() AS plays FROM {} WHERE counted \
             GROUP BY genre ORDER BY plays DESC, genre LIMIT 10",
            of(listener)
        );
        self.bounded(self.reader().query(&sql).fetch_all()).await
    }

    async fn days_of(&self, listener: ListenerId) -> Result<Vec<DayPlays>, AnalyticsUnavailable> {
        let sql = format!(
            "SELECT {} FROM {} GROUP BY day ORDER BY day",
            DayRow::FIELDS,
            of(listener)
        );
        let rows: Vec<DayRow> = self.bounded(self.reader().query(&sql).fetch_all()).await?;
        Ok(rows.iter().filter_map(DayRow::day).collect())
    }
}
