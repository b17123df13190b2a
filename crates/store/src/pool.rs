//! Connections: a pool for commands, and one whose every transaction is read-only.

use std::{fmt, sync::Arc, time::Duration};

use diesel::{
    ConnectionError,
    migration::{Migration, MigrationSource as _},
    pg::Pg,
};
use diesel_async::{
    AsyncConnection as _, AsyncMigrationHarness, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection as _,
    pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod, deadpool},
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};

use crate::{
    StoreError,
    gathered::Gathered,
    keys,
    lists::{self, ListenFacts, TrackAudio},
    tls,
};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations");

#[derive(Clone)]
pub struct StoreConfig {
    /// `postgres://user:password@host:port/database`, without `sslmode`.
    pub url: String,
    /// Whom to trust, over TLS; none: nothing is encrypted.
    pub tls: Option<Arc<rustls::ClientConfig>>,
    pub connections: usize,
    /// How long to wait for a free connection, and for a new one.
    pub acquire: Duration,
    /// How long one statement may take.
    pub statement: Duration,
}

impl fmt::Debug for StoreConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreConfig")
            .field("url", &"***")
            .field("tls", &self.tls.is_some())
            .field("connections", &self.connections)
            .field("acquire", &self.acquire)
            .field("statement", &self.statement)
            .finish()
    }
}

/// Lets the server notice within seconds that a client's machine is gone, instead of keeping its locks for two hours.
pub(crate) const NOTICE_LOSS: &str = "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 1; \
    SET tcp_keepalives_count = 3; SET tcp_user_timeout = 5000;";

/// Works that a change of an artist or an album reaches in its own transaction, unless the operator says otherwise.
pub const MAX_FAN_OUT: i64 = 1_000;

pub(crate) type Pool = deadpool::Pool<AsyncPgConnection>;
pub(crate) type Connection = deadpool::Object<AsyncPgConnection>;

/// The commands' way to Postgres.
#[derive(Clone)]
pub struct Store {
    pool: Pool,
    acquire: Duration,
    pub(crate) max_fan_out: i64,
}

/// The queries' way to Postgres: whatever is run through it cannot write.
#[derive(Clone)]
pub struct Reader {
    connections: Connections,
    pub(crate) facts: Gathered<ListenFacts>,
    pub(crate) audio: Gathered<TrackAudio>,
    statement: Duration,
}

/// A pool, and how long to wait for it.
#[derive(Clone)]
pub(crate) struct Connections {
    pool: Pool,
    acquire: Duration,
}

impl Connections {
    pub(crate) async fn get(&self) -> Result<Connection, StoreError> {
        acquire(&self.pool, self.acquire).await
    }
}

impl Store {
    /// A pool that connects when first used.
    pub fn new(config: &StoreConfig) -> Result<Self, StoreError> {
        Ok(Self {
            pool: pool(config, "")?,
            acquire: config.acquire,
            max_fan_out: MAX_FAN_OUT,
        })
    }

    /// How many works a change of an artist or an album may reach in its own transaction; more are left to a job.
    #[must_use]
    pub fn with_max_fan_out(self, max_fan_out: i64) -> Self {
        Self { max_fan_out, ..self }
    }

    pub(crate) async fn connection(&self) -> Result<Connection, StoreError> {
        acquire(&self.pool, self.acquire).await
    }
}

impl Reader {
    /// A pool that connects when first used.
    pub fn new(config: &StoreConfig) -> Result<Self, StoreError> {
        let connections = Connections {
            pool: pool(config, "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY;")?,
            acquire: config.acquire,
        };
        Ok(Self {
            facts: lists::gathered_facts(&connections, config.statement),
            audio: lists::gathered_audio(&connections, config.statement),
            statement: config.statement,
            connections,
        })
    }

    pub(crate) async fn connection(&self) -> Result<Connection, StoreError> {
        self.connections.get().await
    }

    /// How long one statement may take.
    #[must_use]
    pub fn limit(&self) -> Duration {
        self.statement
    }

    pub async fn ping(&self) -> Result<(), StoreError> {
        let mut connection = self.connection().await?;
        diesel::sql_query("SELECT 1").execute(&mut connection).await?;
        Ok(())
    }
}

/// Brings the schema up to this version's; several may run at once. Needs the multi-threaded runtime.
pub async fn migrate(config: &StoreConfig) -> Result<Vec<String>, StoreError> {
    let mut connection = connect(config, "").await?;
    // Whoever comes second waits here until the first is done, instead of running the same migration beside it.
    connection.batch_execute("SELECT pg_advisory_lock(7110011)").await?;
    let mut harness = AsyncMigrationHarness::new(connection);
    let done = harness
        .run_pending_migrations(MIGRATIONS)
        .map_err(|error| StoreError::Defect(error.to_string()))?;
    let done = done.iter().map(ToString::to_string).collect();
    keys::make_missing(&mut harness.into_inner()).await?;
    Ok(done)
}

/// Makes the schema of these migrations in an empty database, as a version had it that knew no others.
pub(crate) async fn migrate_to(config: &StoreConfig, versions: &[String]) -> Result<(), StoreError> {
    let mut connection = connect(config, "").await?;
    connection.batch_execute("SELECT pg_advisory_lock(7110011)").await?;
    let mut harness = AsyncMigrationHarness::new(connection);
    let defect = |error: Box<dyn std::error::Error + Send + Sync>| StoreError::Defect(error.to_string());
    for migration in harness.pending_migrations(MIGRATIONS).map_err(defect)? {
        if versions.contains(&migration.name().version().to_string()) {
            harness.run_migration(&*migration).map_err(defect)?;
        }
    }
    Ok(())
}

/// Versions of the migrations that this version knows, oldest first.
pub fn known_migrations() -> Result<Vec<String>, StoreError> {
    let known: Vec<Box<dyn Migration<Pg>>> = MIGRATIONS
        .migrations()
        .map_err(|error| StoreError::Defect(error.to_string()))?;
    let mut versions: Vec<_> = known.iter().map(|one| one.name().version().to_string()).collect();
    versions.sort_unstable();
    Ok(versions)
}

#[derive(diesel::QueryableByName)]
struct Version {
    #[diesel(sql_type = diesel::sql_types::Text)]
    version: String,
}

/// Migrations of this version that the database does not have.
pub async fn pending_migrations(reader: &Reader) -> Result<usize, StoreError> {
    let known = known_migrations()?;
    let mut connection = reader.connection().await?;
    let applied = match diesel::sql_query("SELECT version FROM __diesel_schema_migrations")
        .load(&mut connection)
        .await
    {
        Ok(rows) => rows.into_iter().map(|row: Version| row.version).collect(),
        // An empty database has no table of migrations yet.
        Err(diesel::result::Error::DatabaseError(_, info)) if info.message().contains("does not exist") => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    Ok(known.iter().filter(|version| !applied.contains(version)).count())
}

pub(crate) async fn connect(config: &StoreConfig, setup: &str) -> Result<AsyncPgConnection, StoreError> {
    establish(&config.url, config.tls.as_ref(), setup)
        .await
        .map_err(|error| StoreError::Unavailable(error.to_string()))
}

/// A connection outside the pool, for a lock that is held as long as it lives. Each side notices within seconds when the
/// other is gone.
pub(crate) async fn connect_beside(config: &StoreConfig) -> Result<AsyncPgConnection, StoreError> {
    let setup = format!(
        "SET statement_timeout = {}; {NOTICE_LOSS}",
        config.statement.as_millis()
    );
    let connect = connect(config, &setup);
    let connected = tokio::time::timeout(config.acquire.max(Duration::from_secs(5)), connect).await;
    connected.unwrap_or_else(|_| Err(StoreError::Unavailable("no connection in time".to_owned())))
}

async fn establish(
    url: &str,
    tls: Option<&Arc<rustls::ClientConfig>>,
    setup: &str,
) -> Result<AsyncPgConnection, ConnectionError> {
    // A server that vanished without a word: the kernel's own patience is 15 minutes.
    let separator = if url.contains('?') { '&' } else { '?' };
    let url = format!(
        "{url}{separator}connect_timeout=5&tcp_user_timeout=5&keepalives_idle=5&keepalives_interval=1&keepalives_retries=3"
    );
    let mut connection = match tls {
        Some(tls) => tls::establish(&url, tls).await?,
        None => AsyncPgConnection::establish(&url).await?,
    };
    connection
        .batch_execute(setup)
        .await
        .map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(connection)
}

fn pool(config: &StoreConfig, setup: &str) -> Result<Pool, StoreError> {
    // A process that stands still in the middle of a command must not hold its locks for longer than a request lives.
    let setup = format!(
        "SET statement_timeout = {}; SET idle_in_transaction_session_timeout = {}; {NOTICE_LOSS} {setup}",
        config.statement.as_millis(),
        config.statement.as_millis() * 2
    );
    let mut manager = ManagerConfig::default();
    // A closed connection is told by itself; asking each one first would cost a round trip a query.
    manager.recycling_method = RecyclingMethod::Fast;
    let tls = config.tls.clone();
    manager.custom_setup = Box::new(move |url| {
        let (url, tls, setup) = (url.to_owned(), tls.clone(), setup.clone());
        Box::pin(async move { establish(&url, tls.as_ref(), &setup).await })
    });
    let manager = AsyncDieselConnectionManager::new_with_config(&config.url, manager);
    deadpool::Pool::builder(manager)
        .max_size(config.connections.max(1))
        .build()
        .map_err(|error| StoreError::Defect(error.to_string()))
}

async fn acquire(pool: &Pool, patience: Duration) -> Result<Connection, StoreError> {
    match tokio::time::timeout(patience, pool.get()).await {
        Ok(Ok(connection)) => Ok(connection),
        Ok(Err(error)) => Err(StoreError::Unavailable(error.to_string())),
        Err(_) => Err(StoreError::Unavailable(format!(
            "no connection within {} ms",
            patience.as_millis()
        ))),
    }
}
