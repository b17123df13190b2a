//! ClickHouse reads the same topic by itself, into tables like ours, which a view feeds.

use super::{Rate, timed};
use crate::{
    BenchError,
    generated::Models,
    stage::{Stage, variable},
};

const DATABASE: &str = "jonquil_bench_peer";
/// As the projector does: both tables in one insert, and as large ones.
const QUEUE: &str = "CREATE TABLE PEER.queue (data Tuple(event_id UUID, listener_id UUID, track_id UUID, artist_id UUID, \
    artist_ids Array(UUID), album_id Nullable(UUID), genres Array(String), duration_ms Nullable(Int64), listened_at String, \
    ms_played Int64, counted Bool, source Nullable(String), device Nullable(String))) ENGINE = Kafka SETTINGS \
    kafka_broker_list = 'BROKERS', kafka_topic_list = 'TOPIC', kafka_group_name = 'jonquil-bench-peer', \
    kafka_format = 'JSONEachRow', kafka_num_consumers = 2, kafka_thread_per_consumer = 1, kafka_max_block_size = 65536";
const READ: &str = "CREATE MATERIALIZED VIEW PEER.read TO PEER.listens AS SELECT data.listener_id AS listener_id, \
    data.event_id AS event_id, parseDateTime64BestEffort(data.listened_at, 3, 'UTC') AS listened_at, \
    data.track_id AS track_id, data.artist_id AS artist_id, data.artist_ids AS artist_ids, data.album_id AS album_id, \
    data.genres AS genres, data.duration_ms AS duration_ms, data.ms_played AS ms_played, data.counted AS counted, \
    data.source AS source, data.device AS device, toUInt64(9223372036854775807) - _offset AS ver, toUInt8(0) AS is_deleted \
    FROM PEER.queue";

pub struct KafkaEngine {
    url: String,
    http: reqwest::Client,
    brokers: String,
    topic: String,
    /// The database of ours, whose tables are copied.
    ours: String,
}

impl KafkaEngine {
    pub fn of(stage: &Stage) -> Result<Self, BenchError> {
        Ok(Self {
            url: variable("JONQUIL_CLICKHOUSE_URL")?,
            http: reqwest::Client::builder().no_proxy().build()?,
            brokers: variable("JONQUIL_KAFKA_URL")?,
            topic: Stage::listens()?.name,
            ours: Models::of(stage)?.analytics.database().to_owned(),
        })
    }

    async fn sql(&self, statement: &str) -> Result<String, BenchError> {
        let statement = statement.replace("PEER", DATABASE);
        let answer = self.http.post(&self.url).body(statement).send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        if status.is_success() {
            Ok(text)
        } else {
            Err(text.into())
        }
    }

    pub async fn make(&self) -> Result<(), BenchError> {
        self.clear().await?;
        self.sql("CREATE DATABASE PEER").await?;
        for table in ["listens_by_listener", "listens"] {
            let ours = &self.ours;
            self.sql(&format!("CREATE TABLE PEER.{table} AS {ours}.{table}"))
                .await?;
        }
        self.sql("CREATE MATERIALIZED VIEW PEER.to_listener TO PEER.listens_by_listener AS SELECT * FROM PEER.listens")
            .await?;
        let queue = QUEUE.replace("BROKERS", &self.brokers).replace("TOPIC", &self.topic);
        self.sql(&queue).await?;
        Ok(())
    }

    pub async fn clear(&self) -> Result<(), BenchError> {
        self.sql("DROP DATABASE IF EXISTS PEER SYNC").await?;
        Ok(())
    }

    /// Reads until the table has so many rows.
    pub async fn read_until(&self, rows: i64) -> Result<Rate, BenchError> {
        let before = self.rows().await?;
        self.sql(READ).await?;
        let timed = timed(before, rows, async || self.rows().await).await?;
        self.sql("DROP VIEW PEER.read SYNC").await?;
        Ok(Rate {
            per_second: timed,
            cpu_us_each: 0.0,
        })
    }

    /// Rows written, whether merged since or not.
    async fn rows(&self) -> Result<i64, BenchError> {
        let rows = self
            .sql("SELECT uniqExact(listener_id, event_id) FROM PEER.listens")
            .await?;
        Ok(rows.trim().parse()?)
    }
}
