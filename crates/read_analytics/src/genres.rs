//! What is heard of each genre.

use std::sync::Arc;

use clickhouse::Row;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Analytics, AnalyticsUnavailable, Span, entity_stats::share, listens::Window};

/// Genres at most.
const MAX_GENRES: usize = 100;

/// How a genre was heard. A track of two genres counts for both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GenreStats {
    /// The genre.
    #[schema(example = "rock")]
    pub genre: String,
    /// Counted plays.
    #[schema(example = 42)]
    pub plays: u64,
    /// Different listeners of those plays: exact up to 10,000, within 1 % above.
    #[schema(example = 17)]
    pub listeners: u64,
    /// What was heard, counted or not, in milliseconds.
    pub listened_ms: i64,
    /// Its part of all counted plays, those without a genre included. Shares of all genres may be more than 1 together.
    #[schema(example = 0.25)]
    pub share: f64,
}

#[derive(Row, Deserialize)]
struct Stored {
    genre: String,
    plays: u64,
    listeners: u64,
    listened_ms: i64,
}

impl Analytics {
    /// Genres with a play, the most played first, 100 at most.
    pub async fn genres(&self, span: Span) -> Result<Arc<Vec<GenreStats>>, AnalyticsUnavailable> {
        let serving = self.serving().await?;
        let window = span.into();
        let progress = serving.progress(window).await?;
        let make = async || serving.genres_in(window).await;
        serving
            .kept()
            .genres
            .or_make(serving.when(window), progress, make)
            .await
    }

    async fn genres_in(&self, window: Window) -> Result<Vec<GenreStats>, AnalyticsUnavailable> {
        let facts = self.facts(window).await?;
        let sql = format!(
            "SELECT name AS genre, sum(heard) AS plays, uniqCombined64Merge(18)(heard_by) AS listeners, \
             sum(listened) AS listened_ms FROM (SELECT genre AS name, plays AS heard, listened_ms AS listened, heard_by \
             FROM {}) GROUP BY genre HAVING plays > 0 ORDER BY plays DESC, genre LIMIT {MAX_GENRES}",
            facts.of_genres()
        );
        let total = format!("SELECT sum(plays) FROM {}", facts.of_all());
        let rows = self.bounded(self.reader().query(&sql).fetch_all::<Stored>());
        let total = self.bounded(self.reader().query(&total).fetch_one::<u64>());
        let (rows, total) = tokio::try_join!(rows, total)?;
        let genre = |row: Stored| GenreStats {
            share: share(row.plays, total).unwrap_or_default(),
            genre: row.genre,
            plays: row.plays,
            listeners: row.listeners,
            listened_ms: row.listened_ms,
        };
        Ok(rows.into_iter().map(genre).collect())
    }
}
