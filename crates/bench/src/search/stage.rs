//! Indexes of the benchmark alone, filled by the projection itself.

use std::time::{Duration, Instant};

use events::{Event, Incoming, Kind, Meta, Time, Topic};
use projector::{Batch, Generation, Position, Projected, Projection as _, ReadModel, Slice, Stage as OfLife, Stored};
use read_search::{Query, SCHEMA, Search, SearchConfig, Step};
use uuid::Uuid;

use crate::{BenchError, stage::variable};

const PREFIX: &str = "jonquil-find-bench-";
const BATCH: usize = 2_000;

pub struct Stage {
    pub search: Search,
    url: String,
    http: reqwest::Client,
}

impl Stage {
    /// Fresh indexes with these events.
    pub async fn make(events: &[Event]) -> Result<Self, BenchError> {
        let url = variable("JONQUIL_ELASTICSEARCH_URL")?;
        let search = Search::connect(&SearchConfig {
            url: url.clone(),
            index_prefix: PREFIX.to_owned(),
            timeout: Duration::from_secs(10),
            write_timeout: Duration::from_mins(2),
            replicas: 0,
            look: Duration::ZERO,
            api_key: None,
            authorities: None,
        })?;
        let http = reqwest::Client::builder().no_proxy().build()?;
        let stage = Self { search, url, http };
        stage.clear().await?;
        stage.fill(events).await?;
        Ok(stage)
    }

    async fn fill(&self, events: &[Event]) -> Result<(), BenchError> {
        let topics = [Topic::Artists, Topic::Albums, Topic::Tracks];
        let ends = topics.map(|topic| position(topic, 0));
        ReadModel::install(&self.search, &ends).await?;
        self.search
            .record(&Generation {
                number: 1,
                schema: SCHEMA.to_owned(),
                stage: OfLife::Serving,
                since: Time::from_millis(0),
            })
            .await?;
        let projection = self.search.projection();
        let mut offsets = [0_i64; 3];
        let chunks = events.len().div_ceil(BATCH);
        for (number, chunk) in events.chunks(BATCH).enumerate() {
            let mut slices = Vec::new();
            for (at, topic) in topics.into_iter().enumerate() {
                let from = offsets[at];
                let mut projected = Vec::new();
                for event in chunk.iter().filter(|event| event.topic() == topic) {
                    let incoming = incoming(event, offsets[at]);
                    let rows = projection.rows(&incoming)?;
                    projected.push(Projected {
                        offset: offsets[at],
                        rows,
                    });
                    offsets[at] += 1;
                }
                slices.push(Slice {
                    topic,
                    partition: 0,
                    from,
                    next: offsets[at],
                    events: projected,
                });
            }
            match projection.store(&Batch { slices }).await? {
                Stored::Done(refused) if refused.is_empty() => {}
                other => return Err(format!("not stored: {other:?}").into()),
            }
            if number % 50 == 49 {
                eprintln!("batch {} of {chunks}", number + 1);
            }
        }
        Ok(())
    }

    /// How long Elasticsearch takes for the same steps of a search of tracks, sent as they are and not read.
    pub async fn raw(&self, query: &Query, steps: &[Step]) -> Result<Duration, BenchError> {
        let mut bodies = Vec::new();
        for step in steps {
            bodies.push(self.search.sent_for(Kind::Track, query, *step).await?);
        }
        let began = Instant::now();
        for body in bodies {
            let request = self.http.post(format!("{}/_msearch", self.url));
            let request = request.header("content-type", "application/x-ndjson").body(body);
            request.send().await?.error_for_status()?.bytes().await?;
        }
        Ok(began.elapsed())
    }

    pub async fn clear(&self) -> Result<(), BenchError> {
        let list = format!("{}/_cat/indices/{PREFIX}*?h=index", self.url);
        let indexes = self.http.get(list).send().await?.text().await?;
        for index in indexes.lines().map(str::trim).filter(|index| index.starts_with(PREFIX)) {
            let gone = self.http.delete(format!("{}/{index}", self.url)).send().await?;
            gone.error_for_status()?;
        }
        Ok(())
    }
}

fn position(topic: Topic, next: i64) -> Position {
    Position {
        topic,
        partition: 0,
        next,
    }
}

fn incoming(event: &Event, offset: i64) -> Incoming {
    Incoming {
        topic: event.topic(),
        partition: 0,
        offset,
        meta: Meta {
            id: Uuid::nil(),
            time: Time::from_millis(0),
            sequence: Some(1),
            traceparent: None,
        },
        event: event.clone(),
    }
}
