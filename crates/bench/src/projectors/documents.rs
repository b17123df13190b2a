//! A catalogue as events of the topics, and as documents that a bare loop sends to `_bulk`.

use std::{fmt::Write as _, time::Instant};

use events::{Event, Meta, Time, Topic};
use projector::{Projection as _, ReadModel as _};
use read_search::Search;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Rate;
use crate::{
    BenchError,
    generated::Publisher,
    search::{SEED, catalogue},
    stage::{PREFIX, Stage, variable},
    topic::Topic as Log,
};

const TOPICS: [Topic; 3] = [Topic::Artists, Topic::Albums, Topic::Tracks];
const KINDS: [&str; 3] = ["artists", "albums", "tracks"];
/// The most that a request of the projector has.
const MAX_BYTES: usize = 4 << 20;
const PAGE: usize = 5_000;

pub struct Documents {
    events: Vec<Event>,
    search: Search,
    url: String,
    http: reqwest::Client,
}

impl Documents {
    /// So many tracks, their artists and albums.
    pub fn of(stage: &Stage, tracks: usize) -> Result<Self, BenchError> {
        let real = catalogue::real()?;
        Ok(Self {
            events: catalogue::generated(tracks, &real.songs, SEED).events,
            search: Search::connect(&stage.config()?.search)?,
            url: variable("JONQUIL_ELASTICSEARCH_URL")?,
            http: reqwest::Client::builder().no_proxy().build()?,
        })
    }

    /// All of it once more; each round is a newer version.
    pub fn publish(&self, round: u64) -> Result<(), BenchError> {
        let publisher = Publisher::new()?;
        for event in &self.events {
            let meta = Meta {
                id: Uuid::nil(),
                time: Time::from_millis(0),
                sequence: Some(i64::try_from(round)? + 1),
                traceparent: None,
            };
            let (topic, encoded) = (format!("{PREFIX}{}", event.topic().name()), event.encode(&meta)?);
            let key = encoded.key.unwrap_or_default();
            publisher.send(&topic, &key, &encoded.payload)?;
        }
        publisher.flush()
    }

    /// How far the topics are.
    pub fn end() -> Result<i64, BenchError> {
        let mut end = 0;
        for topic in TOPICS {
            let log = Log::new(&variable("JONQUIL_KAFKA_URL")?, format!("{PREFIX}{}", topic.name()))?;
            end += log.ends()?.iter().sum::<i64>();
        }
        Ok(end)
    }

    /// How far they are in the indexes.
    pub async fn read(&self) -> Result<i64, BenchError> {
        let positions = self.search.projection().positions().await?;
        let of_catalogue = positions.iter().filter(|at| TOPICS.contains(&at.topic));
        Ok(of_catalogue.map(|at| at.next).sum())
    }

    /// The documents of our own indexes, sent by a bare loop into indexes like them, and refreshed. As of ours, each round is a
    /// newer version of what the first one made.
    pub async fn sent_bare(&self, round: u64) -> Result<Rate, BenchError> {
        let mut requests = Vec::new();
        let mut sent = 0_u32;
        for kind in KINDS {
            let target = format!("{PREFIX}bare-{kind}");
            if round == 0 {
                self.make_like(kind, &target).await?;
            }
            sent += self.requests(kind, (&target, round + 1), &mut requests).await?;
        }
        let began = Instant::now();
        for request in requests {
            let path = format!("{}/_bulk?filter_path=errors", self.url);
            let request = self
                .http
                .post(path)
                .header("content-type", "application/x-ndjson")
                .body(request);
            let answer: Value = request.send().await?.error_for_status()?.json().await?;
            if answer["errors"] != json!(false) {
                return Err("a document was refused".into());
            }
        }
        let refresh = self.http.post(format!("{}/{PREFIX}bare-*/_refresh", self.url));
        refresh.send().await?.error_for_status()?;
        let per_second = f64::from(sent) / began.elapsed().as_secs_f64();
        Ok(Rate {
            per_second,
            cpu_us_each: 0.0,
        })
    }

    async fn json(&self, request: reqwest::RequestBuilder) -> Result<Value, BenchError> {
        Ok(request.send().await?.error_for_status()?.json().await?)
    }

    /// An index with the mapping and the analysis of ours.
    async fn make_like(&self, kind: &str, target: &str) -> Result<(), BenchError> {
        let ours = self
            .json(self.http.get(format!("{}/{PREFIX}{kind}-g1", self.url)))
            .await?;
        let ours = ours
            .as_object()
            .and_then(|all| all.values().next())
            .ok_or("no index of ours")?;
        let mut settings = ours["settings"]["index"].clone();
        for name in ["creation_date", "provided_name", "uuid", "version"] {
            drop(settings.as_object_mut().and_then(|settings| settings.remove(name)));
        }
        let body = json!({"mappings": ours["mappings"], "settings": {"index": settings}});
        self.json(self.http.put(format!("{}/{target}", self.url)).json(&body))
            .await?;
        Ok(())
    }

    async fn requests(
        &self,
        kind: &str,
        (target, version): (&str, u64),
        requests: &mut Vec<String>,
    ) -> Result<u32, BenchError> {
        let (mut after, mut count, mut lines) = (None::<Value>, 0, String::new());
        loop {
            let mut body = json!({"size": PAGE, "sort": [{"id": "asc"}]});
            if let Some(after) = after.take() {
                body["search_after"] = after;
            }
            let found = self
                .http
                .post(format!("{}/{PREFIX}{kind}-g1/_search", self.url))
                .json(&body);
            let found = self.json(found).await?;
            let hits = found["hits"]["hits"].as_array().ok_or("no hits")?;
            for hit in hits {
                let place = json!({"index": {"_index": target, "_id": hit["_id"], "version": version, "version_type": "external_gte"}});
                let _ = writeln!(lines, "{place}\n{}", hit["_source"]);
                count += 1;
                if lines.len() >= MAX_BYTES {
                    requests.push(std::mem::take(&mut lines));
                }
            }
            after = hits.last().map(|hit| hit["sort"].clone());
            if hits.len() < PAGE {
                requests.push(lines);
                return Ok(count);
            }
        }
    }
}
