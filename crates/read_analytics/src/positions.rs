//! How far a generation is.

use clickhouse::Row;
use events::Topic;
use projector::Position;
use serde::{Deserialize, Serialize};

use crate::{Analytics, AnalyticsUnavailable};

#[derive(Row, Serialize, Deserialize)]
struct PositionRow {
    topic: String,
    partition: i32,
    next: i64,
}

impl Analytics {
    /// How far the analytics are, for every partition they have seen.
    pub async fn positions(&self) -> Result<Vec<Position>, AnalyticsUnavailable> {
        self.offsets("positions").await
    }

    /// Where the topics ended when the tables were made.
    pub async fn until(&self) -> Result<Vec<Position>, AnalyticsUnavailable> {
        self.offsets("until").await
    }

    async fn offsets(&self, table: &str) -> Result<Vec<Position>, AnalyticsUnavailable> {
        // Rows are only added, and the highest counts: a worker that lost its partition moves nothing back.
        let sql = format!("SELECT topic, partition, max(next) AS next FROM {table} GROUP BY topic, partition");
        let rows: Vec<PositionRow> = self.bounded(self.reader().query(&sql).fetch_all()).await?;
        let position = |row: PositionRow| {
            Some(Position {
                topic: Topic::by_name(&row.topic)?,
                partition: row.partition,
                next: row.next,
            })
        };
        Ok(rows.into_iter().filter_map(position).collect())
    }

    pub(crate) async fn save(&self, table: &str, positions: &[Position]) -> Result<(), AnalyticsUnavailable> {
        let row = |position: &Position| PositionRow {
            topic: position.topic.name().to_owned(),
            partition: position.partition,
            next: position.next,
        };
        self.insert(table, &positions.iter().map(row).collect::<Vec<_>>()).await
    }
}
