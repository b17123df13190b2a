//! What an operator needs to know of the database: what waits in it, and whether its clock and connections are in order.

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName,
    sql_types::{BigInt, Bool, Nullable, Timestamptz},
};
use diesel_async::RunQueryDsl;

use crate::{Reader, StoreError};

/// At one moment.
#[derive(Clone, Debug, QueryableByName)]
pub struct Diagnosis {
    /// The server's time.
    #[diesel(sql_type = Timestamptz)]
    pub clock: DateTime<Utc>,
    /// Rows of the outbox that are not published, counted up to 100,000.
    #[diesel(sql_type = BigInt)]
    pub unpublished: i64,
    /// When the first of them happened.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub unpublished_since: Option<DateTime<Utc>>,
    /// Rows that the broker refused for good.
    #[diesel(sql_type = BigInt)]
    pub refused: i64,
    /// Whether a relay holds the lead.
    #[diesel(sql_type = Bool)]
    pub is_led: bool,
    /// Since when the job waits that is due longest.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub due_since: Option<DateTime<Utc>>,
    /// Jobs that failed within a day.
    #[diesel(sql_type = BigInt)]
    pub failed_jobs: i64,
    /// Of every client and database of the server.
    #[diesel(sql_type = BigInt)]
    pub connections: i64,
    #[diesel(sql_type = BigInt)]
    pub max_connections: i64,
}

/// 7110010 is the lock of the leading relay (`outbox.rs`).
const DIAGNOSIS: &str = "SELECT clock_timestamp() AS clock, \
    (SELECT count(*) FROM (SELECT FROM outbox WHERE published_at IS NULL LIMIT 100000) AS waiting) AS unpublished, \
    (SELECT (convert_from(payload, 'UTF8')::jsonb ->> 'time')::timestamptz FROM outbox WHERE published_at IS NULL \
        ORDER BY id LIMIT 1) AS unpublished_since, \
    (SELECT count(*) FROM outbox_refused) AS refused, \
    EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = 7110010 \
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS is_led, \
    (SELECT min(run_at) FROM jobs WHERE status = 'queued' AND run_at < now()) AS due_since, \
    (SELECT count(*) FROM jobs WHERE status = 'failed' AND finished_at > now() - interval '1 day') AS failed_jobs, \
    (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections, \
    current_setting('max_connections')::bigint AS max_connections";

impl Reader {
    pub async fn diagnosis(&self) -> Result<Diagnosis, StoreError> {
        let mut connection = self.connection().await?;
        Ok(diesel::sql_query(DIAGNOSIS).get_result(&mut connection).await?)
    }
}
