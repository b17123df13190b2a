//! The connection: three clients over one pool, every call bounded.

use std::{
    collections::HashSet,
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use clickhouse::{Client, Row, RowOwned, RowWrite, error::Result as Answer, sql::Identifier};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::{client::legacy::connect::HttpConnector, rt::TokioExecutor};
use projector::{Look, Position, generations::Serving};
use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;
use utoipa::ToSchema;

use crate::{
    AnalyticsConfig, AnalyticsUnavailable,
    kept::{Answers, SeenDays},
    listens::{self, Window},
    rollup::Known,
};

/// The analytics, in one generation; queries go to the generation that serves. Cheap to clone. Its HTTP connections live on the runtime that opened them, so each
/// runtime makes its own handle.
#[derive(Clone)]
pub struct Analytics {
    server: Client,
    reader: Client,
    writer: Client,
    /// What the config calls the database; each generation has one of its own, named after it.
    base: String,
    database: String,
    timeout: Duration,
    look: Duration,
    generation: u32,
    shared: Shared,
}

/// What handles of all generations share.
#[derive(Clone, Default)]
struct Shared {
    serving: Serving,
    /// The server's time zones.
    zones: Arc<OnceCell<HashSet<String>>>,
    known: Known,
    kept: Arc<Answers>,
    days: Arc<Look<SeenDays>>,
}

impl fmt::Debug for Analytics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Analytics")
            .field("database", &self.database)
            .finish_non_exhaustive()
    }
}

/// That ClickHouse answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    pub version: String,
    /// Of one round trip.
    pub latency: Duration,
}

/// How much a table holds.
#[derive(Clone, Debug, PartialEq, Eq, Row, Serialize, Deserialize, ToSchema)]
pub struct TableRows {
    /// Its name.
    #[schema(example = "listens")]
    pub name: String,
    /// Its rows on disk: copies that no merge has met yet are among them.
    pub rows: u64,
}

impl Analytics {
    /// A handle; nothing is connected before the first call, so a service starts while ClickHouse is unavailable.
    #[must_use]
    pub fn new(config: &AnalyticsConfig) -> Self {
        let seconds = config.timeout.as_secs().max(1).to_string();
        let client = config.tls.as_deref().map_or_else(Client::default, trusting);
        let mut server = client.with_url(&config.url).with_setting("max_execution_time", seconds);
        if let Some(user) = &config.user {
            server = server.with_user(user);
        }
        if let Some(password) = &config.password {
            server = server.with_password(password);
        }
        let waits = (config.timeout, config.look);
        Self::of_generation(server, &config.database, 1, waits, Shared::default())
    }

    fn of_generation(
        server: Client,
        base: &str,
        generation: u32,
        (timeout, look): (Duration, Duration),
        shared: Shared,
    ) -> Self {
        let database = format!("{base}_g{generation}");
        let there = server.clone().with_database(&database);
        Self {
            server,
            reader: reader(there.clone()),
            writer: writer(there),
            base: base.to_owned(),
            database,
            timeout,
            look,
            generation,
            shared,
        }
    }

    /// The same in another generation, over the same connections.
    #[must_use]
    pub fn at(&self, generation: u32) -> Self {
        let (server, shared) = (self.server.clone(), self.shared.clone());
        Self::of_generation(server, &self.base, generation, (self.timeout, self.look), shared)
    }

    /// The generation that queries read. It has caught up with the time when it was made.
    pub(crate) async fn serving(&self) -> Result<Self, AnalyticsUnavailable> {
        let found = self.shared.serving.of(self, "clickhouse").await;
        found.map_err(|unavailable| AnalyticsUnavailable {
            reason: unavailable.reason,
        })
    }

    /// Whoever asks about everybody from now on sees what is there now, whatever was looked at before.
    pub async fn looks_again(&self) {
        self.shared.days.forget().await;
    }

    /// How far the generation is that queries read.
    pub async fn serving_positions(&self) -> Result<Vec<Position>, AnalyticsUnavailable> {
        self.serving().await?.positions().await
    }

    /// Where the tables of this generation are.
    #[must_use]
    pub fn database(&self) -> &str {
        &self.database
    }

    /// That ClickHouse answers, and how soon.
    pub async fn health(&self) -> Result<Health, AnalyticsUnavailable> {
        let asked = Instant::now();
        let version = self
            .bounded(self.server.query("SELECT version()").fetch_one::<String>())
            .await?;
        Ok(Health {
            version,
            latency: asked.elapsed(),
        })
    }

    /// The tables and what they hold, by name.
    pub async fn tables(&self) -> Result<Vec<TableRows>, AnalyticsUnavailable> {
        let sql = "SELECT name, ifNull(total_rows, 0) AS rows FROM system.tables \
                   WHERE database = ? AND engine LIKE '%MergeTree' ORDER BY name";
        let serving = self.serving().await?;
        self.bounded(self.server.query(sql).bind(&serving.database).fetch_all())
            .await
    }

    /// Different listens.
    pub async fn counts(&self) -> Result<u64, AnalyticsUnavailable> {
        let sql = format!("SELECT count() FROM {}", listens::all(Window::ALL));
        self.bounded(self.reader.query(&sql).fetch_one()).await
    }

    /// Drops the database of this generation. Nobody may be writing it any more.
    pub async fn erase(&self) -> Result<(), AnalyticsUnavailable> {
        let drop = self
            .server
            .query("DROP DATABASE IF EXISTS ? SYNC")
            .bind(Identifier(&self.database));
        self.bounded(drop.execute()).await
    }

    /// For what is not inside the database.
    pub(crate) fn server(&self) -> &Client {
        &self.server
    }

    pub(crate) fn zones(&self) -> &OnceCell<HashSet<String>> {
        &self.shared.zones
    }

    /// What the config calls the database.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    pub(crate) fn generation(&self) -> u32 {
        self.generation
    }

    /// Rollups that were seen, of all generations.
    pub(crate) fn known(&self) -> &Known {
        &self.shared.known
    }

    /// Answers that were made, of all generations.
    pub(crate) fn kept(&self) -> &Answers {
        &self.shared.kept
    }

    /// The last look at the days, and how old it may be.
    pub(crate) fn seen_days(&self) -> (&Look<SeenDays>, Duration) {
        (&self.shared.days, self.look)
    }

    pub(crate) fn reader(&self) -> &Client {
        &self.reader
    }

    pub(crate) fn writer(&self) -> &Client {
        &self.writer
    }

    /// Inserts rows that are never refused. They are visible afterwards.
    pub(crate) async fn insert<R>(&self, table: &str, rows: &[R]) -> Result<(), AnalyticsUnavailable>
    where
        R: RowOwned + RowWrite,
    {
        if rows.is_empty() {
            return Ok(());
        }
        self.bounded(async {
            let mut insert = self.writer.insert::<R>(table).await?;
            for row in rows {
                insert.write(row).await?;
            }
            insert.end().await
        })
        .await
    }

    pub(crate) async fn bounded<T>(&self, work: impl Future<Output = Answer<T>>) -> Result<T, AnalyticsUnavailable> {
        match tokio::time::timeout(self.timeout, work).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(AnalyticsUnavailable {
                reason: format!("no answer within {:?}", self.timeout),
            }),
        }
    }
}

/// As the client's own connections are, with other authorities.
fn trusting(tls: &rustls::ClientConfig) -> Client {
    let mut tcp = HttpConnector::new();
    tcp.set_keepalive(Some(Duration::from_mins(1)));
    tcp.enforce_http(false);
    let https = HttpsConnectorBuilder::new()
        .with_tls_config(tls.clone())
        .https_or_http()
        .enable_http1()
        .wrap_connector(tcp);
    let http = hyper_util::client::legacy::Client::builder(TokioExecutor::new())
        // ClickHouse closes idle connections after 3 s.
        .pool_idle_timeout(Duration::from_secs(2))
        .build(https);
    Client::with_http_client(http)
}

/// Queries. Copies of a listen carry the same UTC day, so they are always in the same partition and no partition needs
/// another for its `FINAL`.
///
/// A skip index chooses blocks by the value of one copy; with `FINAL` that could leave out the copy that wins and show
/// the one that lost. The exact mode adds every block whose key range meets a chosen one, so the winner is always read.
/// For the same reason no condition may move before `FINAL`. All are defaults of today's server. They are set here since an
/// answer would be wrong without them.
///
/// Conditions stay where the queries have them, next to what they choose. ClickHouse would push those that are asked of a few
/// rows at the end (what was deleted, above all) into each part of a union, and look at every block for them: a quarter of the
/// time of a chart.
fn reader(client: Client) -> Client {
    client
        .with_setting("do_not_merge_across_partitions_select_final", "1")
        .with_setting("use_skip_indexes_if_final", "1")
        .with_setting("use_skip_indexes_if_final_exact_mode", "1")
        .with_setting("optimize_move_to_prewhere_if_final", "0")
        .with_setting("query_plan_filter_push_down", "0")
        .with_setting("cancel_http_readonly_queries_on_client_close", "1")
}

/// Inserts, answered when the rows are in every table and visible.
///
/// A batch of old listens may touch any number of years. A block that ClickHouse believes to have seen is dropped
/// before the view gets it: after an insert that reached one table and not the other, that would be for ever.
fn writer(client: Client) -> Client {
    client
        .with_setting("async_insert", "0")
        .with_setting("wait_end_of_query", "1")
        .with_setting("max_partitions_per_insert_block", "0")
        .with_setting("insert_deduplicate", "0")
        .with_setting("materialized_views_ignore_errors", "0")
}
