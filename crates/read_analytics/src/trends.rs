//! What is played more than before.

use std::collections::HashMap;

use clickhouse::Row;
use events::Kind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Analytics, AnalyticsUnavailable, Span,
    charts::{Subject, subject},
    facts::Facts,
    listens::{NOT_DELETED, Window},
};

/// Less is noise: two friends with a new song are no trend.
const MIN_PLAYS: u64 = 5;
const MIN_LISTENERS: u64 = 2;
/// Chance alone gives this score to one thing in forty.
const MIN_SCORE: f64 = 2.0;
/// So many times as many as are wanted are ranked before their listeners are counted.
const SPARE: usize = 5;

/// How much more something is played than in the time before, which was as long.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Rise {
    /// Counted plays.
    #[schema(example = 42)]
    pub plays: u64,
    /// Counted plays of the time before.
    #[schema(example = 12)]
    pub previous_plays: u64,
    /// `(plays − previous_plays) / previous_plays`; null without a play before.
    #[schema(example = 2.5)]
    pub growth: Option<f64>,
    /// `(plays − previous_plays) / √(plays + previous_plays)`: how far the rise is from chance, in standard deviations.
    #[schema(example = 4.08)]
    pub score: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RisingRow {
    /// The track or artist.
    pub id: Uuid,
    pub rise: Rise,
}

#[derive(Row, Deserialize)]
struct Stored {
    #[serde(with = "clickhouse::serde::uuid")]
    id: Uuid,
    plays: u64,
    previous_plays: u64,
    score: f64,
}

impl From<Stored> for RisingRow {
    fn from(row: Stored) -> Self {
        Self {
            id: row.id,
            rise: Rise {
                plays: row.plays,
                previous_plays: row.previous_plays,
                growth: growth(row.plays, row.previous_plays),
                score: row.score,
            },
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a ratio needs no more than the 53 bits")]
fn growth(plays: u64, before: u64) -> Option<f64> {
    (before > 0).then(|| (plays as f64 - before as f64) / before as f64)
}

impl Analytics {
    /// What rises most, the highest score first. At least 5 plays by 2 listeners, and a score of 2, are asked of each.
    pub async fn rising(&self, kind: Kind, span: Span, limit: usize) -> Result<Vec<RisingRow>, AnalyticsUnavailable> {
        let serving = self.serving().await?;
        let window = Window::from(span);
        let Some(before) = window.before() else {
            return Ok(Vec::new());
        };
        let (facts, before) = tokio::try_join!(serving.facts(window), serving.facts(before))?;
        let ranked = limit * SPARE;
        let rows = serving.ranked_by_rise(kind, (&facts, &before), false, ranked).await?;
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        let details = serving.details_in(&Subject { kind, genre: None }, &facts, &ids).await?;
        let listeners: HashMap<Uuid, u64> = details
            .iter()
            .map(|row| (row.id, row.plays.listeners.unwrap_or(0)))
            .collect();
        let has_listeners = |row: &Stored| listeners.get(&row.id).is_some_and(|count| *count >= MIN_LISTENERS);
        let mut kept: Vec<Stored> = rows.into_iter().filter(has_listeners).collect();
        if kept.len() < limit && ids.len() == ranked {
            // Much was played by one listener each: what follows may still have two.
            kept = serving.ranked_by_rise(kind, (&facts, &before), true, limit).await?;
        }
        Ok(kept.into_iter().take(limit).map(RisingRow::from).collect())
    }

    /// By score. Counting the listeners of everything takes several times as long as ranking it.
    async fn ranked_by_rise(
        &self,
        kind: Kind,
        (now, before): (&Facts, &Facts),
        counts_listeners: bool,
        limit: usize,
    ) -> Result<Vec<Stored>, AnalyticsUnavailable> {
        let (column, unfolded) = subject(kind);
        let (heard_by, enough) = if counts_listeners {
            let enough = format!("AND uniqCombined64MergeIf(18)(heard_by, is_now) >= {MIN_LISTENERS}");
            (", heard_by", enough)
        } else {
            ("", String::new())
        };
        let columns = format!("track_id, artist_ids, album_id, plays{heard_by}");
        let of = |facts: &Facts, is_now: bool| {
            let table = facts.table(&columns, "true");
            format!("SELECT track_id, artist_ids, album_id, plays AS heard{heard_by}, {is_now} AS is_now FROM {table}")
        };
        let sql = format!(
            "SELECT assumeNotNull({column}) AS id, sumIf(heard, is_now) AS plays, sumIf(heard, NOT is_now) AS previous_plays, \
             (toFloat64(plays) - toFloat64(previous_plays)) / sqrt(plays + previous_plays) AS score \
             FROM ({} UNION ALL {}) {unfolded} WHERE {column} IS NOT NULL GROUP BY id \
             HAVING plays >= {MIN_PLAYS} {enough} AND score >= {MIN_SCORE:.1} AND {NOT_DELETED} \
             ORDER BY score DESC, plays DESC, id LIMIT {limit}",
            of(now, true),
            of(before, false)
        );
        self.bounded(self.reader().query(&sql).fetch_all()).await
    }
}
