//! Where something stood in a chart.

use std::collections::HashMap;

use clickhouse::Row;
use events::Kind;
use serde::Deserialize;
use uuid::Uuid;

use crate::{Analytics, AnalyticsUnavailable, Span, charts::Subject};

/// Places that are looked at.
const PLACES: usize = 1_000;

#[derive(Row, Deserialize)]
struct Place {
    #[serde(with = "clickhouse::serde::uuid")]
    id: Uuid,
    rank: u64,
}

impl Analytics {
    /// The places of these ids in the chart of that time, from 1. What was not among its first 1,000 is absent.
    pub async fn ranks(
        &self,
        kind: Kind,
        ids: &[Uuid],
        span: Span,
        genre: Option<&str>,
    ) -> Result<HashMap<Uuid, u64>, AnalyticsUnavailable> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let serving = self.serving().await?;
        let facts = serving.facts(span.into()).await?;
        let subject = Subject {
            kind,
            genre: genre.map(str::to_owned),
        };
        let chart = subject.ranked(&facts, PLACES);
        let sql = format!(
            "SELECT id, rank FROM (SELECT id, row_number() OVER (ORDER BY plays DESC, id) AS rank FROM ({chart})) \
             WHERE id IN ?"
        );
        let query = subject.bound(serving.reader().query(&sql)).bind(ids);
        let places: Vec<Place> = self.bounded(query.fetch_all()).await?;
        Ok(places.into_iter().map(|place| (place.id, place.rank)).collect())
    }
}
