//! Database, topics and indexes of the benchmark alone, created before it and removed after it.

use std::{collections::BTreeMap, env};

use events::Time;
use jonquil::Config;
use reqwest::Url;
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

use crate::{BenchError, topic::Topic};

pub const TRACKS: usize = 50;
pub const LISTENERS: usize = 16;

const NAME: &str = "jonquil_bench";
pub const PREFIX: &str = "jonquil-bench-";
/// What the keys in Redis begin with.
const KEYS: &str = "jonquil-bench:";

pub struct Stage {
    /// They override the environment.
    pub settings: BTreeMap<&'static str, String>,
    postgres: Url,
    _spool: TempDir,
}

impl Stage {
    /// Creates empty stores. What a killed run left is removed first.
    pub async fn make() -> Result<Self, BenchError> {
        let postgres = Url::parse(&variable("JONQUIL_POSTGRES_URL")?)?;
        let mut own = postgres.clone();
        own.set_path(NAME);
        let spool = TempDir::new()?;
        let settings = BTreeMap::from([
            ("JONQUIL_POSTGRES_URL", own.to_string()),
            ("JONQUIL_TOPIC_PREFIX", PREFIX.to_owned()),
            ("JONQUIL_INDEX_PREFIX", PREFIX.to_owned()),
            ("JONQUIL_CLICKHOUSE_DATABASE", NAME.to_owned()),
            ("JONQUIL_KEY_PREFIX", KEYS.to_owned()),
            ("JONQUIL_S3_BUCKET", "jonquil-bench".to_owned()),
            (
                "JONQUIL_SECRET",
                "of the measurements, and of nothing else in the world".to_owned(),
            ),
            ("JONQUIL_HTTP_ADDRESS", "127.0.0.1:0".to_owned()),
            ("JONQUIL_METRICS_ADDRESS", "127.0.0.1:0".to_owned()),
            ("JONQUIL_INSTANCE", "bench-1".to_owned()),
            ("JONQUIL_SPOOL_DIR", spool.path().to_string_lossy().into_owned()),
            ("JONQUIL_LOG", "warn".to_owned()),
        ]);
        let stage = Self {
            settings,
            postgres,
            _spool: spool,
        };
        stage.clear().await?;
        stage.sql(&format!("CREATE DATABASE {NAME}")).await?;
        let config = stage.config()?;
        jonquil::migrate(&config).await.map_err(|error| error.to_string())?;
        Ok(stage)
    }

    /// As the service under test reads it.
    pub fn config(&self) -> Result<Config, BenchError> {
        let look_up = |name: &str| self.settings.get(name).cloned().or_else(|| env::var(name).ok());
        Ok(Config::from_lookup(look_up).map_err(|faults| faults.to_string())?)
    }

    /// A connection to the service's own database.
    pub async fn database(&self) -> Result<Client, BenchError> {
        let (client, connection) = tokio_postgres::connect(&self.settings["JONQUIL_POSTGRES_URL"], NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }

    pub fn listens() -> Result<Topic, BenchError> {
        Topic::new(
            &variable("JONQUIL_KAFKA_URL")?,
            format!("{PREFIX}{}", events::Topic::Listens.name()),
        )
    }

    /// Removes everything except the bucket, which stays empty.
    pub async fn clear(&self) -> Result<(), BenchError> {
        self.sql(&format!("DROP DATABASE IF EXISTS {NAME} WITH (FORCE)"))
            .await?;
        Self::listens()?.delete_all(PREFIX).await?;
        let http = reqwest::Client::new();
        let clickhouse = variable("JONQUIL_CLICKHOUSE_URL")?;
        // The register of generations, and those there are.
        for database in [NAME.to_owned(), format!("{NAME}_g1"), format!("{NAME}_g2")] {
            let drop = format!("DROP DATABASE IF EXISTS {database} SYNC");
            http.post(&clickhouse).body(drop).send().await?.error_for_status()?;
        }
        forget_keys().await?;
        let elasticsearch = variable("JONQUIL_ELASTICSEARCH_URL")?;
        let indexes = http
            .get(format!("{elasticsearch}/_cat/indices/{PREFIX}*?h=index"))
            .send()
            .await?
            .text()
            .await?;
        for index in indexes.lines().map(str::trim).filter(|index| index.starts_with(PREFIX)) {
            http.delete(format!("{elasticsearch}/{index}"))
                .send()
                .await?
                .error_for_status()?;
        }
        Ok(())
    }

    async fn sql(&self, statement: &str) -> Result<(), BenchError> {
        let (client, connection) = tokio_postgres::connect(self.postgres.as_str(), NoTls).await?;
        let connection = tokio::spawn(connection);
        client.batch_execute(statement).await?;
        drop(client);
        Ok(connection.await??)
    }
}

/// Every key of the benchmark in Redis.
async fn forget_keys() -> Result<(), BenchError> {
    let client = redis::Client::open(variable("JONQUIL_REDIS_URL")?)?;
    let mut connection = client.get_multiplexed_async_connection().await?;
    let mut cursor = 0_u64;
    loop {
        let mut scan = redis::cmd("SCAN");
        scan.arg(cursor)
            .arg("MATCH")
            .arg(format!("{KEYS}*"))
            .arg("COUNT")
            .arg(5_000);
        let (next, keys): (u64, Vec<Vec<u8>>) = scan.query_async(&mut connection).await?;
        if !keys.is_empty() {
            redis::cmd("UNLINK")
                .arg(keys)
                .query_async::<u64>(&mut connection)
                .await?;
        }
        if next == 0 {
            return Ok(());
        }
        cursor = next;
    }
}

/// Reads a variable that `cargo xtask bench` sets.
pub fn variable(name: &str) -> Result<String, BenchError> {
    env::var(name).map_err(|_| format!("{name} is not set: run `cargo xtask bench`, which starts the engines").into())
}

pub fn listener_id(number: usize) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("listener {number}").as_bytes())
}

#[expect(clippy::disallowed_methods, reason = "a benchmark runs on the wall clock")]
pub fn now() -> Time {
    Time::from(chrono::Utc::now())
}
