//! What is played more than before.

use std::sync::Arc;

use clickhouse::Row;
use events::Kind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Analytics, AnalyticsUnavailable, Span,
    charts::Subject,
    facts::Facts,
    listens::{NOT_DELETED, Window},
};

/// Of each kind.
const MOST: usize = 20;
/// Less is noise, and so is what one person plays again and again.
const MIN_PLAYS: u64 = 5;
/// Chance alone gives this score to one thing in forty.
const MIN_SCORE: f64 = 2.0;

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

/// What rises in some time.
#[derive(Clone, Debug, Default)]
pub struct Risen {
    pub tracks: Vec<RisingRow>,
    pub artists: Vec<RisingRow>,
}

impl Analytics {
    /// What rises most, the highest score first, 20 of each kind at most. At least 5 plays by 2 listeners, and a score of 2, are asked of each.
    pub async fn rising(&self, span: Span) -> Result<Arc<Risen>, AnalyticsUnavailable> {
        let serving = self.serving().await?;
        let window = Window::from(span);
        let Some(before) = window.before() else {
            return Ok(Arc::default());
        };
        let progress = serving.progress(before.joined(window)).await?;
        let make = async || serving.risen(window, before).await;
        serving.kept().risen.or_make(serving.when(window), progress, make).await
    }

    async fn risen(&self, window: Window, before: Window) -> Result<Risen, AnalyticsUnavailable> {
        let facts = tokio::try_join!(self.facts(window), self.facts(before))?;
        let of = |kind| self.ranked_by_rise(kind, &facts);
        let (tracks, artists) = tokio::try_join!(of(Kind::Track), of(Kind::Artist))?;
        Ok(Risen { tracks, artists })
    }

    async fn ranked_by_rise(
        &self,
        kind: Kind,
        (now, before): &(Facts, Facts),
    ) -> Result<Vec<RisingRow>, AnalyticsUnavailable> {
        let subject = Subject { kind, genre: None };
        let of = |facts: &Facts, is_now: bool| {
            let played = subject.played(facts, "plays, least, greatest", None);
            format!("SELECT subject, plays AS heard, least, greatest, {is_now} AS is_now FROM {played}")
        };
        let sql = format!(
            "SELECT assumeNotNull(subject) AS id, sumIf(heard, is_now) AS plays, sumIf(heard, NOT is_now) AS previous_plays, \
             (toFloat64(plays) - toFloat64(previous_plays)) / sqrt(plays + previous_plays) AS score \
             FROM ({} UNION ALL {}) WHERE subject IS NOT NULL GROUP BY id \
             HAVING plays >= {MIN_PLAYS} AND minIf(least, is_now) != maxIf(greatest, is_now) AND score >= {MIN_SCORE:.1} \
             AND {NOT_DELETED} ORDER BY score DESC, plays DESC, id LIMIT {MOST}",
            of(now, true),
            of(before, false)
        );
        let rows: Vec<Stored> = self.bounded(self.reader().query(&sql).fetch_all()).await?;
        Ok(rows.into_iter().map(RisingRow::from).collect())
    }
}
