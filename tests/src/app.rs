//! An application of one's own.

use std::{collections::BTreeMap, fs::File, thread, time::Duration};

use aws_sdk_s3::operation::get_object::GetObjectError;
use bus::{BusConfig, Cluster, Message, Producer, ProducerConfig};
use events::{AlbumId, ArtistId, Encoded, PlaylistId, TrackId};
use jonquil::{Role, Running};
use read_analytics::Analytics;
use read_api::MultiAnswer;
use read_counters::Counters;
use read_search::{Index, Query, Search};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::{
    Builder, Engine, Http, Person, Proxy,
    builder::{ALL, Reads, config, on},
    cleanup,
    engines::Engines,
};

/// The service with every role, on stores that nobody else has.
pub struct App {
    pub(crate) parts: Option<Parts>,
    /// Processes within this one; an API's address stands beside it.
    running: Vec<(Vec<Role>, Running)>,
    apis: Vec<Http>,
}

/// What an application stands on.
pub(crate) struct Parts {
    pub engines: Engines,
    pub name: String,
    pub runtime: Runtime,
    pub spool: TempDir,
    pub settings: BTreeMap<&'static str, String>,
    pub proxies: BTreeMap<Engine, Proxy>,
    pub lease: Option<File>,
    pub sql: Client,
    pub bus: BusConfig,
    pub cluster: Cluster,
    pub reads: Reads,
}

/// What a search of every kind found, best first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchResults {
    /// Artists.
    pub artists: Vec<ArtistId>,
    /// Albums.
    pub albums: Vec<AlbumId>,
    /// Tracks.
    pub tracks: Vec<TrackId>,
    /// Playlists.
    pub playlists: Vec<PlaylistId>,
}

impl App {
    /// With every role and nothing in between.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// Other than usual.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn of(parts: Parts) -> Self {
        Self {
            parts: Some(parts),
            running: Vec::new(),
            apis: Vec::new(),
        }
    }

    pub(crate) fn parts(&self) -> &Parts {
        self.parts.as_ref().expect("the application is not over")
    }

    /// Starts a process with these roles inside this one.
    pub async fn starts(&mut self, roles: &[Role]) {
        let config = config(&self.parts().settings);
        let wanted = roles.to_vec();
        let started = on(self.parts().runtime.handle(), async move || {
            Running::start(config, &wanted).await.map_err(|error| error.to_string())
        });
        let running = started.await.expect("the roles start");
        if let Some(address) = running.address {
            self.apis.push(Http::new(address));
        }
        self.running.push((roles.to_vec(), running));
    }

    /// Ends every process that has this role, gracefully; its other roles end with it.
    pub async fn stops(&mut self, role: Role) {
        let all = std::mem::take(&mut self.running);
        for (roles, running) in all {
            if roles.contains(&role) {
                on(self.parts().runtime.handle(), async move || running.stop().await).await;
            } else {
                self.running.push((roles, running));
            }
        }
    }

    /// The first API process, as nobody.
    #[must_use]
    pub fn http(&self) -> Http {
        self.apis[0].clone()
    }

    /// An API process by number, as nobody.
    #[must_use]
    pub fn api(&self, number: usize) -> Http {
        self.apis[number].clone()
    }

    /// The proxy before an engine.
    #[must_use]
    pub fn proxy(&self, engine: Engine) -> &Proxy {
        self.parts()
            .proxies
            .get(&engine)
            .expect("the application was built with a proxy before this engine")
    }

    /// A new account that may put music into the catalogue, signed in.
    pub async fn artist_account(&self, username: &str) -> Person {
        Person::registered(&self.http(), username, "artist").await
    }

    /// A new account that listens, signed in.
    pub async fn listener(&self, username: &str) -> Person {
        Person::registered(&self.http(), username, "listener").await
    }

    /// A new account that runs the service, signed in.
    pub async fn admin(&self, username: &str) -> Person {
        let person = Person::registered(&self.http(), username, "listener").await;
        let made = self
            .sql()
            .execute("UPDATE users SET role = 'admin' WHERE id = $1", &[&person.id.0])
            .await;
        made.expect("an admin");
        person
    }

    /// What a search of every kind finds.
    pub async fn search(&self, words: &str) -> SearchResults {
        let request = self
            .http()
            .request(reqwest::Method::GET, "/api/v1/search/multi/")
            .query(&[("q", words)]);
        let found: MultiAnswer = self.http().send(request).await.is(200).parse();
        SearchResults {
            artists: found.artists.items.iter().map(|hit| hit.item.id).collect(),
            albums: found.albums.items.iter().map(|hit| hit.item.id).collect(),
            tracks: found.tracks.items.iter().map(|hit| hit.item.id).collect(),
            playlists: found.playlists.items.iter().map(|hit| hit.item.id).collect(),
        }
    }

    /// What the index itself finds: the API would leave out what Postgres does not have any more.
    pub async fn indexed(&self, index: impl Into<Index>, words: &str) -> Vec<Uuid> {
        let query = Query {
            text: Some(words.to_owned()),
            ..Query::default()
        };
        let hits = self.parts().reads.index.search(index, &query).await;
        let hits = hits.expect("Elasticsearch answers").hits;
        hits.iter().map(|hit| hit.id).collect()
    }

    /// Postgres, past the service.
    #[must_use]
    pub fn sql(&self) -> &Client {
        &self.parts().sql
    }

    /// The one number that a query answers.
    pub async fn number(&self, query: &str) -> i64 {
        self.sql().query_one(query, &[]).await.expect(query).get(0)
    }

    /// Kafka's settings, past any proxy.
    #[must_use]
    pub fn bus(&self) -> &BusConfig {
        &self.parts().bus
    }

    /// Elasticsearch, past the service.
    #[must_use]
    pub fn index(&self) -> &Search {
        &self.parts().reads.index
    }

    /// ClickHouse, past the service.
    #[must_use]
    pub fn analytics(&self) -> &Analytics {
        &self.parts().reads.analytics
    }

    /// Redis, past the service.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.parts().reads.counters
    }

    /// A setting of its processes.
    #[must_use]
    pub fn setting(&self, name: &str) -> &str {
        &self.parts().settings[name]
    }

    /// Postgres' address past any proxy.
    pub(crate) fn direct_postgres(&self) -> String {
        let parts = self.parts();
        parts.engines.database(&crate::names::plain(&parts.name))
    }

    /// Elasticsearch's address past any proxy.
    pub(crate) fn direct_elasticsearch(&self) -> &str {
        &self.parts().engines.elasticsearch
    }

    /// Redis past any proxy.
    pub(crate) async fn direct_redis(&self) -> redis::aio::MultiplexedConnection {
        let client = redis::Client::open(self.parts().engines.redis.as_str()).expect("Redis' address");
        let connected = client.get_multiplexed_async_connection().await;
        connected.expect("Redis answers")
    }

    /// Publishes events past the service, with the client's own producer.
    pub async fn publishes(&self, events: &[Encoded]) {
        let messages = events
            .iter()
            .map(|e| Message::event(e.topic, e.key.as_deref(), &e.payload, e.sequence, None));
        self.publishes_messages(messages.collect()).await;
    }

    /// Publishes any bytes.
    pub async fn publishes_messages(&self, messages: Vec<Message<'_>>) {
        let producer = Producer::new(self.bus(), &ProducerConfig::relay()).expect("a producer");
        for outcome in producer.publish(messages).await {
            outcome.expect("acknowledged");
        }
    }

    /// Objects in the bucket, by key.
    pub async fn object_keys(&self) -> Vec<String> {
        let client = cleanup::objects(&self.parts().engines);
        let (mut keys, mut next) = (Vec::new(), None);
        loop {
            let page = client.list_objects_v2().bucket(&self.parts().name);
            let page = page.set_continuation_token(next).send().await.expect("a list");
            keys.extend(
                page.contents()
                    .iter()
                    .filter_map(|object| object.key())
                    .map(str::to_owned),
            );
            next = page.next_continuation_token().map(str::to_owned);
            if next.is_none() {
                return keys;
            }
        }
    }

    /// The bytes of an object in the bucket; none: there is no such object.
    pub async fn object(&self, key: &str) -> Option<Vec<u8>> {
        let client = cleanup::objects(&self.parts().engines);
        let answer = client.get_object().bucket(&self.parts().name).key(key).send().await;
        match answer {
            Ok(object) => Some(object.body.collect().await.expect("its bytes").to_vec()),
            Err(error) if error.as_service_error().is_some_and(GetObjectError::is_no_such_key) => None,
            Err(error) => panic!("object {key}: {error:?}"),
        }
    }

    /// Begins a multipart upload and leaves it.
    pub async fn begins_multipart(&self, key: &str) {
        let client = cleanup::objects(&self.parts().engines);
        let begun = client.create_multipart_upload().bucket(&self.parts().name).key(key);
        begun.send().await.expect("an upload");
    }

    /// How many multipart uploads were begun and not ended.
    pub async fn multiparts(&self) -> usize {
        let client = cleanup::objects(&self.parts().engines);
        let listed = client.list_multipart_uploads().bucket(&self.parts().name).send().await;
        listed.expect("a list").uploads().len()
    }

    /// One value out of ClickHouse.
    pub async fn analytics_sql(&self, query: &str) -> String {
        self.clickhouse(&[], query.to_owned().into_bytes()).await
    }

    /// As [`Self::analytics_sql`], for an analyst: ClickHouse refuses what would write.
    pub async fn analytics_reads(&self, query: &str) -> String {
        self.clickhouse(&[("readonly", "1")], query.to_owned().into_bytes())
            .await
    }

    /// Inserts a file into a table of the analytics' database.
    pub async fn analytics_load(&self, table: &str, format: &str, file: Vec<u8>) {
        let insert = format!("INSERT INTO {table} FORMAT {format}");
        assert_eq!(self.clickhouse(&[("query", &insert)], file).await, "");
    }

    /// As [`Self::analytics_sql`], in no database: tables are named with theirs, since generations come and go.
    pub(crate) async fn clickhouse_sql(&self, query: &str) -> String {
        self.asks_clickhouse(&[], query.to_owned().into_bytes()).await
    }

    async fn clickhouse(&self, query: &[(&str, &str)], body: Vec<u8>) -> String {
        let database = [("database", self.analytics().database())];
        self.asks_clickhouse(&[database.as_slice(), query].concat(), body).await
    }

    async fn asks_clickhouse(&self, query: &[(&str, &str)], body: Vec<u8>) -> String {
        let client = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
        let request = client.post(&self.parts().engines.clickhouse).query(query);
        let answer = request.body(body).send().await.expect("ClickHouse answers");
        answer.text().await.expect("its answer").trim().to_owned()
    }

    /// Whether every role runs inside this process.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        ALL.iter()
            .all(|role| self.running.iter().any(|(roles, _)| roles.contains(role)))
    }
}

/// A body with one field.
pub(crate) fn field(name: &str, value: impl Into<Value>) -> Value {
    json!({ name: value.into() })
}

impl Drop for App {
    /// Roles end at once, as if killed; then all they wrote is removed.
    fn drop(&mut self) {
        let Some(parts) = self.parts.take() else { return };
        let running = std::mem::take(&mut self.running);
        let removal = thread::spawn(move || {
            parts.runtime.block_on(async {
                drop(running);
                cleanup::of(&parts.engines, &parts.name).await;
            });
            drop(parts.sql);
            parts.runtime.shutdown_timeout(Duration::from_secs(2));
            drop(parts.lease);
        });
        if removal.join().is_err() {
            eprintln!("an application could not be removed");
        }
    }
}
