//! What the operator asks of ClickHouse: how its tables are, and what was slow.

use clickhouse::Row;
use events::Time;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Analytics, AnalyticsUnavailable};

/// Slow queries at most.
const MAX_SLOW: usize = 10;
/// ClickHouse knows no such table (60): a server may keep no log of queries.
const NO_LOG: &str = "Code: 60.";

/// How a table is stored.
#[derive(Clone, Debug, PartialEq, Eq, Row, Serialize, Deserialize, ToSchema)]
pub struct TableParts {
    /// Its name.
    #[schema(example = "listens")]
    pub name: String,
    /// Rows on disk: copies that no merge has met yet are among them.
    pub rows: u64,
    /// Parts on disk; each insert makes one, and merges make fewer of them.
    #[schema(example = 12)]
    pub parts: u64,
    /// On disk, compressed.
    pub size_bytes: u64,
}

/// A query that took long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SlowQuery {
    /// When it ended.
    pub at: Time,
    /// The query, with `?` in place of values; its first 1,000 characters.
    pub query: String,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// Rows that were read.
    pub read_rows: u64,
}

#[derive(Row, Deserialize)]
struct Logged {
    at: i64,
    query: String,
    duration_ms: u64,
    read_rows: u64,
}

impl From<Logged> for SlowQuery {
    fn from(row: Logged) -> Self {
        Self {
            at: Time::from_millis(row.at),
            query: row.query,
            duration_ms: row.duration_ms,
            read_rows: row.read_rows,
        }
    }
}

impl Analytics {
    /// How the tables are stored, by name.
    pub async fn table_parts(&self) -> Result<Vec<TableParts>, AnalyticsUnavailable> {
        let sql = "SELECT table AS name, sum(rows) AS rows, count() AS parts, sum(bytes_on_disk) AS size_bytes \
                   FROM system.parts WHERE active AND database = ? GROUP BY name ORDER BY name";
        let serving = self.serving().await?;
        let query = self.server().query(sql).bind(serving.database());
        self.bounded(query.fetch_all()).await
    }

    /// The slowest queries of the last hour, of every client of this database. None where the server keeps no log.
    pub async fn slow_queries(&self) -> Result<Vec<SlowQuery>, AnalyticsUnavailable> {
        let sql = format!(
            "SELECT toInt64(toUnixTimestamp(event_time)) * 1000 AS at, substring(normalizeQuery(query), 1, 1000) AS query, \
             query_duration_ms AS duration_ms, read_rows FROM system.query_log WHERE type = 'QueryFinish' \
             AND event_date >= today() - 1 AND event_time >= now() - INTERVAL 1 HOUR AND has(databases, ?) \
             ORDER BY duration_ms DESC LIMIT {MAX_SLOW}"
        );
        let serving = self.serving().await?;
        let query = self.server().query(&sql).bind(serving.database());
        match self.bounded(query.fetch_all::<Logged>()).await {
            Ok(rows) => Ok(rows.into_iter().map(SlowQuery::from).collect()),
            Err(error) if error.reason.contains(NO_LOG) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}
