//! Everything that the engines hold of one application, as text: for stories about what must not stand anywhere.

use events::Topic;
use redis::aio::MultiplexedConnection;

use crate::App;

/// A row, a document, a key with its value, or a message.
#[derive(Clone, Debug)]
pub struct Piece {
    /// The store and the place in it.
    pub place: String,
    /// What stands there. Bytes are also there as hexadecimal digits.
    pub text: String,
}

impl Piece {
    fn new(place: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            text: text.into(),
        }
    }

    /// Whether a text or an id stands there, in any form that it may have.
    #[must_use]
    pub fn holds(&self, needle: &str) -> bool {
        let plain = needle.replace('-', "");
        let is_id = uuid::Uuid::try_parse(needle).is_ok();
        let text = self.text.to_lowercase();
        text.contains(needle) || text.contains(&hex(needle.as_bytes())) || (is_id && text.contains(&plain))
    }
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

/// As text and as digits.
fn readable(bytes: &[u8]) -> String {
    format!("{} {}", String::from_utf8_lossy(bytes), hex(bytes))
}

impl App {
    /// Everything, in no order.
    pub async fn everything(&self) -> Vec<Piece> {
        let mut all = self.everything_in_postgres().await;
        all.extend(self.everything_in_analytics().await);
        all.extend(self.everything_in_the_index().await);
        all.extend(self.everything_in_the_counters().await);
        all.extend(self.everything_on_topics().await);
        let keys = self.object_keys().await;
        all.extend(keys.into_iter().map(|key| Piece::new("s3", key)));
        all
    }

    async fn everything_in_postgres(&self) -> Vec<Piece> {
        let tables = "SELECT table_name::text FROM information_schema.tables \
                      WHERE table_schema = 'public' AND table_type = 'BASE TABLE'";
        let mut all = Vec::new();
        for table in self.sql().query(tables, &[]).await.expect("the tables") {
            let table: String = table.get(0);
            let rows = format!("SELECT whole::text FROM \"{table}\" whole");
            let rows = self.sql().query(&rows, &[]).await.expect("the rows");
            let pieces = rows
                .iter()
                .map(|row| Piece::new(format!("postgres {table}"), row.get::<_, String>(0)));
            all.extend(pieces);
        }
        all
    }

    async fn everything_in_analytics(&self) -> Vec<Piece> {
        let prefix = self.setting("JONQUIL_CLICKHOUSE_DATABASE");
        let tables = format!(
            "SELECT database || '.' || name FROM system.tables WHERE startsWith(database, '{prefix}') \
             AND engine LIKE '%MergeTree' FORMAT TSV"
        );
        let mut all = Vec::new();
        for table in self.analytics_sql(&tables).await.lines() {
            let rows = self
                .analytics_sql(&format!("SELECT * FROM {table} FORMAT JSONEachRow"))
                .await;
            all.extend(rows.lines().map(|row| Piece::new(format!("clickhouse {table}"), row)));
        }
        all
    }

    async fn everything_in_the_index(&self) -> Vec<Piece> {
        let prefix = self.setting("JONQUIL_INDEX_PREFIX");
        let url = format!(
            "{}/{prefix}*/_search?size=10000",
            self.setting("JONQUIL_ELASTICSEARCH_URL")
        );
        let client = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
        let answer = client.get(url).send().await.expect("Elasticsearch answers");
        let answer: serde_json::Value = answer.json().await.expect("its answer");
        let hits = answer["hits"]["hits"].as_array().expect("hits");
        let piece = |hit: &serde_json::Value| Piece::new(format!("elasticsearch {}", hit["_index"]), hit.to_string());
        hits.iter().map(piece).collect()
    }

    async fn everything_in_the_counters(&self) -> Vec<Piece> {
        let mut redis = self.redis().await;
        let mut all = Vec::new();
        for key in self.counter_keys(&mut redis).await {
            for value in values(&mut redis, &key).await {
                all.push(Piece::new(
                    format!("redis {key}"),
                    format!("{key} {}", readable(&value)),
                ));
            }
        }
        all
    }

    async fn everything_on_topics(&self) -> Vec<Piece> {
        let mut all = Vec::new();
        for topic in Topic::ALL {
            for record in self.records(topic).await {
                let text = format!("{} {} {:?}", record.key, readable(&record.payload), record.headers);
                all.push(Piece::new(format!("kafka {}", topic.name()), text));
            }
        }
        all
    }
}

/// What a key holds: members, fields with their values, or the one value.
async fn values(redis: &mut MultiplexedConnection, key: &str) -> Vec<Vec<u8>> {
    let kind: String = redis::cmd("TYPE").arg(key).query_async(redis).await.expect("a type");
    let mut command = match kind.as_str() {
        "string" => redis::cmd("GET"),
        "hash" => redis::cmd("HGETALL"),
        "set" => redis::cmd("SMEMBERS"),
        "zset" => redis::cmd("ZRANGE"),
        "list" => redis::cmd("LRANGE"),
        other => panic!("{key} is a {other}"),
    };
    command.arg(key);
    if ["zset", "list"].contains(&kind.as_str()) {
        command.arg(0).arg(-1);
    }
    if kind == "string" {
        let value: Option<Vec<u8>> = command.query_async(redis).await.expect("a value");
        return value.into_iter().collect();
    }
    command.query_async(redis).await.expect("its members")
}
