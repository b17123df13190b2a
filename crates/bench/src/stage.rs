//! Stores of the measurement's own on the given engines, made at its beginning and removed at its end.

use std::{collections::BTreeMap, env};

use events::Time;
use jonquil::Config;
use reqwest::Url;
use tempfile::TempDir;
use tokio_postgres::NoTls;
use uuid::Uuid;

use crate::{Failure, topic::Topic};

/// Tracks in the catalogue.
pub const TRACKS: usize = 50;
/// Accounts whose listens are posted.
pub const LISTENERS: usize = 16;

const NAME: &str = "jonquil_bench";
const PREFIX: &str = "jonquil-bench-";

/// Where a measurement happens.
pub struct Stage {
    /// What differs from the environment.
    pub settings: BTreeMap<&'static str, String>,
    postgres: Url,
    _spool: TempDir,
}

impl Stage {
    /// Makes empty stores; what a killed run left is removed first.
    pub async fn make() -> Result<Self, Failure> {
        let postgres = Url::parse(&variable("JONQUIL_POSTGRES_URL")?)?;
        let mut own = postgres.clone();
        own.set_path(NAME);
        let spool = TempDir::new()?;
        let settings = BTreeMap::from([
            ("JONQUIL_POSTGRES_URL", own.to_string()),
            ("JONQUIL_TOPIC_PREFIX", PREFIX.to_owned()),
            ("JONQUIL_INDEX_PREFIX", PREFIX.to_owned()),
            ("JONQUIL_CLICKHOUSE_DATABASE", NAME.to_owned()),
            ("JONQUIL_KEY_PREFIX", "jonquil-bench:".to_owned()),
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
        let look_up = |name: &str| stage.settings.get(name).cloned().or_else(|| env::var(name).ok());
        let config = Config::from_lookup(look_up).map_err(|faults| faults.to_string())?;
        jonquil::migrate(&config).await.map_err(|error| error.to_string())?;
        Ok(stage)
    }

    /// The topic of listens.
    pub fn listens() -> Result<Topic, Failure> {
        Topic::new(
            &variable("JONQUIL_KAFKA_URL")?,
            format!("{PREFIX}{}", events::Topic::Listens.name()),
        )
    }

    /// Removes everything but the empty bucket.
    pub async fn clear(&self) -> Result<(), Failure> {
        self.sql(&format!("DROP DATABASE IF EXISTS {NAME} WITH (FORCE)"))
            .await?;
        Self::listens()?.delete_all(PREFIX).await?;
        let http = reqwest::Client::new();
        let clickhouse = variable("JONQUIL_CLICKHOUSE_URL")?;
        let drop = format!("DROP DATABASE IF EXISTS {NAME} SYNC");
        http.post(clickhouse).body(drop).send().await?.error_for_status()?;
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

    async fn sql(&self, statement: &str) -> Result<(), Failure> {
        let (client, connection) = tokio_postgres::connect(self.postgres.as_str(), NoTls).await?;
        let connection = tokio::spawn(connection);
        client.batch_execute(statement).await?;
        drop(client);
        Ok(connection.await??)
    }
}

/// A variable that `cargo xtask bench` sets.
pub fn variable(name: &str) -> Result<String, Failure> {
    env::var(name).map_err(|_| format!("{name} is not set: run `cargo xtask bench`, which starts the engines").into())
}

/// A listener of the peer's.
pub fn listener_id(number: usize) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("listener {number}").as_bytes())
}

/// The time of day.
#[expect(clippy::disallowed_methods, reason = "a measurement happens now")]
pub fn now() -> Time {
    Time::from(chrono::Utc::now())
}
