//! How one track or one artist was heard, all time.

use clickhouse::Row;
use events::{ArtistId, Time, TrackId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Analytics, AnalyticsUnavailable, DayPlays, Plays, last_days,
    listens::{self, NOT_DELETED, Window},
    user_stats::DayRow,
};

/// How a track, or an artist's tracks, were heard, all time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EntityStats {
    /// Counted plays.
    pub plays: u64,
    /// Different listeners of those plays.
    pub listeners: u64,
    /// What was heard, counted or not, in milliseconds.
    pub listened_ms: i64,
    /// Listens, counted or not.
    pub listens: u64,
    /// Share of the listens of known length that heard at least 90 % of it; none without such a listen.
    #[schema(example = 0.8)]
    pub completion_rate: Option<f64>,
    /// Share of the listens that did not count; none without a listen.
    #[schema(example = 0.1)]
    pub skip_rate: Option<f64>,
    /// When the first listen began.
    pub first_listened_at: Option<Time>,
    /// When the last listen began.
    pub last_listened_at: Option<Time>,
    /// The last 30 UTC days, the oldest first.
    pub by_day: Vec<DayPlays>,
}

/// How an artist was heard, all time.
#[derive(Clone, Debug, PartialEq)]
pub struct ArtistStats {
    /// All tracks together.
    pub stats: EntityStats,
    pub top_tracks: Vec<Plays>,
}

#[derive(Row, Deserialize)]
struct Totals {
    plays: u64,
    listeners: u64,
    listened_ms: i64,
    listens: u64,
    of_known_length: u64,
    completed: u64,
    first: i64,
    last: i64,
}

const TOTALS: &str = "SELECT countIf(counted) AS plays, uniqExactIf(listener_id, counted) AS listeners, \
     sum(ms_played) AS listened_ms, count() AS listens, countIf(duration_ms > 0) AS of_known_length, \
     countIf(duration_ms > 0 AND ms_played * 10 >= duration_ms * 9) AS completed, \
     toUnixTimestamp64Milli(min(listened_at)) AS first, toUnixTimestamp64Milli(max(listened_at)) AS last";

/// Days of [`EntityStats::by_day`].
const DAYS: u32 = 30;

impl Analytics {
    /// How a track was heard; `now` decides which days are the last.
    pub async fn track_stats(&self, track: TrackId, now: Time) -> Result<EntityStats, AnalyticsUnavailable> {
        let serving = self.serving().await?;
        serving.entity_stats("track_id = toUUID(?)", track.0, now).await
    }

    /// How an artist was heard; `now` decides which days are the last.
    pub async fn artist_stats(&self, artist: ArtistId, now: Time) -> Result<ArtistStats, AnalyticsUnavailable> {
        let serving = self.serving().await?;
        let sql = format!(
            "SELECT track_id AS id, count() AS plays FROM {} WHERE has(artist_ids, toUUID(?)) AND counted \
             GROUP BY id HAVING {NOT_DELETED} ORDER BY plays DESC, id LIMIT 10",
            listens::all(Window::ALL)
        );
        let top_tracks = self.bounded(serving.reader().query(&sql).bind(artist.0).fetch_all());
        let (stats, top_tracks) = tokio::try_join!(
            serving.entity_stats("has(artist_ids, toUUID(?))", artist.0, now),
            top_tracks
        )?;
        Ok(ArtistStats { stats, top_tracks })
    }

    async fn entity_stats(&self, is_of: &str, id: Uuid, now: Time) -> Result<EntityStats, AnalyticsUnavailable> {
        let totals = format!("{TOTALS} FROM {} WHERE {is_of}", listens::all(Window::ALL));
        let totals = self.reader().query(&totals).bind(id).fetch_one::<Totals>();
        let days = format!(
            "SELECT {} FROM {} WHERE {is_of} GROUP BY day",
            DayRow::FIELDS,
            listens::all(Window::days(now.day(), DAYS))
        );
        let days = self.reader().query(&days).bind(id).fetch_all::<DayRow>();
        let (totals, days) = tokio::try_join!(self.bounded(totals), self.bounded(days))?;
        let days: Vec<DayPlays> = days.iter().filter_map(DayRow::day).collect();
        let any = totals.listens > 0;
        Ok(EntityStats {
            plays: totals.plays,
            listeners: totals.listeners,
            listened_ms: totals.listened_ms,
            listens: totals.listens,
            completion_rate: share(totals.completed, totals.of_known_length),
            skip_rate: share(totals.listens - totals.plays, totals.listens),
            first_listened_at: any.then(|| Time::from_millis(totals.first)),
            last_listened_at: any.then(|| Time::from_millis(totals.last)),
            by_day: last_days(&days, now.day(), DAYS),
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share needs no more than the 53 bits")]
pub(crate) fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
