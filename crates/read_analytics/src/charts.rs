//! Charts over any time.

use clickhouse::{Row, query::Query};
use events::{Kind, Time};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Analytics, AnalyticsUnavailable,
    listens::{self, NOT_DELETED, Window},
};

/// Entries of a chart at most: a page, and some to spare.
const CHART: usize = 120;

/// What names the thing a listen counts for, and how the listens are unfolded to it: one counts for each of its artists.
pub(crate) fn subject(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Track => ("track_id", ""),
        Kind::Artist => ("artist", "ARRAY JOIN artist_ids AS artist"),
        Kind::Album => ("album_id", ""),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChartRow {
    /// The track, artist or album.
    pub id: Uuid,
    pub plays: ChartPlays,
}

/// How something of a chart was played in the chart's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChartPlays {
    /// Counted plays.
    #[schema(example = 42)]
    pub plays: u64,
    /// Different listeners of those plays; null while ClickHouse is unavailable or behind.
    pub listeners: Option<u64>,
    /// What was heard, counted or not, in milliseconds; null while ClickHouse is unavailable or behind.
    pub listened_ms: Option<i64>,
}

#[derive(Row, Deserialize)]
struct Stored {
    #[serde(with = "clickhouse::serde::uuid")]
    id: Uuid,
    plays: u64,
    listeners: u64,
    listened_ms: i64,
}

impl From<Stored> for ChartRow {
    fn from(row: Stored) -> Self {
        Self {
            id: row.id,
            plays: ChartPlays {
                plays: row.plays,
                listeners: Some(row.listeners),
                listened_ms: Some(row.listened_ms),
            },
        }
    }
}

pub(crate) fn ranked(kind: Kind, window: Window, and: &str) -> String {
    let (column, unfolded) = subject(kind);
    format!(
        "SELECT assumeNotNull({column}) AS id, countIf(counted) AS plays, \
         uniqExactIf(listener_id, counted) AS listeners, sum(ms_played) AS listened_ms \
         FROM {} {unfolded} WHERE {column} IS NOT NULL {and} GROUP BY id",
        listens::all(window)
    )
}

impl Analytics {
    /// The most played from `from` on, before `to`; of one genre, if given. `limit` is at most 120. What has plays alike
    /// is in the order of listeners, then of ids. Deleted things are left out.
    pub async fn top(
        &self,
        kind: Kind,
        from: Time,
        to: Time,
        genre: Option<&str>,
        limit: usize,
    ) -> Result<Vec<ChartRow>, AnalyticsUnavailable> {
        let and = if genre.is_some() { "AND has(genres, ?)" } else { "" };
        let sql = format!(
            "{} HAVING plays > 0 AND {NOT_DELETED} ORDER BY plays DESC, listeners DESC, id LIMIT ?",
            ranked(kind, Window::new(from, to), and)
        );
        let serving = self.serving().await?;
        let mut query = serving.reader().query(&sql);
        if let Some(genre) = genre {
            query = query.bind(genre);
        }
        self.chart(query.bind(limit.min(CHART))).await
    }

    /// The same of some ids, in no order; ids without a listen are left out. For a chart whose order comes from
    /// elsewhere.
    pub async fn details(
        &self,
        kind: Kind,
        ids: &[Uuid],
        from: Time,
        to: Time,
    ) -> Result<Vec<ChartRow>, AnalyticsUnavailable> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let sql = ranked(kind, Window::new(from, to), &format!("AND {} IN ?", subject(kind).0));
        let serving = self.serving().await?;
        self.chart(serving.reader().query(&sql).bind(ids)).await
    }

    async fn chart(&self, query: Query) -> Result<Vec<ChartRow>, AnalyticsUnavailable> {
        let rows: Vec<Stored> = self.bounded(query.fetch_all()).await?;
        Ok(rows.into_iter().map(ChartRow::from).collect())
    }
}
