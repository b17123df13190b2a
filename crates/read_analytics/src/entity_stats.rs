//! How one track or one artist was heard, all time.

use std::ops::Not;

use clickhouse::Row;
use events::{ArtistId, Time, TrackId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Analytics, AnalyticsUnavailable, DayPlays, Plays,
    charts::MAX_EXACT,
    days::date,
    facts::Facts,
    last_days,
    listens::{NOT_DELETED, Window},
};

/// How a track, or an artist's tracks, were heard, all time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EntityStats {
    /// Counted plays.
    pub plays: u64,
    /// Different listeners of those plays.
    pub listeners: u64,
    /// Present where `listeners` is above 10,000 and within 1 %.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub listeners_approximate: bool,
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

const TOTALS: &str = "SELECT sum(plays) AS plays, uniqCombined64Merge(18)(heard_by) AS listeners, \
     sum(listened_ms) AS listened_ms, sum(listens) AS listens, sum(of_known_length) AS of_known_length, \
     sum(completed) AS completed, toUnixTimestamp64Milli(min(first)) AS first, toUnixTimestamp64Milli(max(last)) AS last";
/// What [`TOTALS`] are of.
const OF: &str = "plays, heard_by, listened_ms, listens, of_known_length, completed, first, last";

/// Days of [`EntityStats::by_day`].
const DAYS: u32 = 30;

/// A day as days since 1970.
#[derive(Row, Deserialize)]
struct DayRow {
    since_1970: i64,
    plays: u64,
    listened_ms: i64,
}

impl DayRow {
    /// Of what rollups have, grouped by `day`.
    const OF_FACTS: &str = "toInt64(toUInt16(day)) AS since_1970, sum(plays) AS plays, \
         sum(listened_ms) AS listened_ms";

    fn plays(&self) -> DayPlays {
        DayPlays {
            day: date(self.since_1970),
            plays: self.plays,
            listened_ms: self.listened_ms,
        }
    }
}

impl Analytics {
    /// How a track was heard; `now` decides which days are the last.
    pub async fn track_stats(&self, track: TrackId, now: Time) -> Result<EntityStats, AnalyticsUnavailable> {
        let serving = self.serving().await?;
        let facts = serving.facts(Window::ALL).await?;
        let is_of = format!("track_id = toUUID('{}')", track.0);
        let rows_of = |facts: &Facts, columns: &str| facts.table("track_id, day", columns, &is_of);
        serving.entity_stats(&facts, rows_of, now).await
    }

    /// How an artist was heard; `now` decides which days are the last.
    pub async fn artist_stats(&self, artist: ArtistId, now: Time) -> Result<ArtistStats, AnalyticsUnavailable> {
        let serving = self.serving().await?;
        let facts = serving.facts(Window::ALL).await?;
        let is_of = format!("has(artist_ids, toUUID('{}'))", artist.0);
        let sql = format!(
            "SELECT track_id AS id, sum(plays) AS plays FROM {} GROUP BY id HAVING plays > 0 AND {NOT_DELETED} \
             ORDER BY plays DESC, id LIMIT 10",
            facts.table("track_id", "plays", &is_of)
        );
        let top_tracks = self.bounded(serving.reader().query(&sql).fetch_all());
        let rows_of = |facts: &Facts, columns: &str| facts.of_artist(artist, columns);
        let (stats, top_tracks) = tokio::try_join!(serving.entity_stats(&facts, rows_of, now), top_tracks)?;
        Ok(ArtistStats { stats, top_tracks })
    }

    /// `rows_of` gives the table of its rows, with `day` and the columns that are asked for.
    async fn entity_stats(
        &self,
        facts: &Facts,
        rows_of: impl Fn(&Facts, &str) -> String,
        now: Time,
    ) -> Result<EntityStats, AnalyticsUnavailable> {
        let totals = format!("{TOTALS} FROM {}", rows_of(facts, OF));
        let totals = self.reader().query(&totals).fetch_one::<Totals>();
        let of_days = self.facts_by_day(Window::days(now.day(), DAYS)).await?;
        let days = format!(
            "SELECT {} FROM {} GROUP BY day",
            DayRow::OF_FACTS,
            rows_of(&of_days, "plays, listened_ms")
        );
        let days = self.reader().query(&days).fetch_all::<DayRow>();
        let (totals, days) = tokio::try_join!(self.bounded(totals), self.bounded(days))?;
        let days: Vec<DayPlays> = days.iter().map(DayRow::plays).collect();
        let any = totals.listens > 0;
        Ok(EntityStats {
            plays: totals.plays,
            listeners: totals.listeners,
            listeners_approximate: totals.listeners > MAX_EXACT,
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
