//! The register of generations: an index with a document for each. Its version is its stage, so that a later stage stays.

use elasticsearch::http::Method;
use events::Time;
use projector::{Generation, Position, ReadModel, Stage, Unavailable};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    Index, SCHEMA, Search, SearchProjection,
    answer::reason,
    client::{Body, unavailable},
};

#[derive(Serialize, Deserialize)]
struct Record {
    number: u32,
    schema: String,
    stage: u8,
    since: i64,
}

#[derive(Deserialize)]
struct Listed {
    hits: ListedHits,
}

#[derive(Deserialize)]
struct ListedHits {
    hits: Vec<Source>,
}

#[derive(Deserialize)]
struct Source {
    #[serde(rename = "_source")]
    record: Record,
}

impl Record {
    /// None: of a later version of this service, which will not be read here.
    fn generation(self) -> Option<Generation> {
        Some(Generation {
            number: self.number,
            schema: self.schema,
            stage: Stage::of_rank(self.stage)?,
            since: Time::from_millis(self.since),
        })
    }
}

#[derive(Deserialize)]
struct Counted {
    count: u64,
}

impl Search {
    /// Documents of things that are not deleted, in this generation.
    pub async fn documents(&self, index: impl Into<Index>) -> Result<u64, Unavailable> {
        let path = format!("{}/_count", self.alias(index));
        let counted: Counted = self.call(Method::Get, &path, Body::Nothing, self.inner.timeout).await?;
        Ok(counted.count)
    }

    fn register(&self) -> String {
        format!("{}generations", self.inner.prefix)
    }

    async fn create_register(&self) -> Result<(), Unavailable> {
        let mapping = json!({
            "dynamic": "strict",
            "properties": {
                "number": {"type": "integer"},
                "schema": {"type": "keyword"},
                "stage": {"type": "byte"},
                "since": {"type": "long"},
            },
        });
        self.create(&self.register(), &self.index_body(&mapping, &json!({})))
            .await
    }
}

impl ReadModel for Search {
    type Projection = SearchProjection;
    const SCHEMA: &'static str = SCHEMA;

    fn at(&self, generation: u32) -> Self {
        Self::at(self, generation)
    }

    fn projection(&self) -> SearchProjection {
        SearchProjection::new(self.clone())
    }

    async fn generations(&self) -> Result<Vec<Generation>, Unavailable> {
        // Refreshed, because the register is read by a search: whoever looks next must see this record.
        let path = format!("{}/_search?allow_partial_search_results=false", self.register());
        let body = json!({"size": 10_000});
        let reply = self
            .send(Method::Post, &path, Body::Json(&body), self.inner.timeout)
            .await?;
        match reply.status {
            200 => {}
            404 => return Ok(Vec::new()),
            _ => return Err(unavailable(reason(&reply))),
        }
        let listed: Listed = serde_json::from_slice(&reply.body)
            .map_err(|error| unavailable(format!("a register that is not understood: {error}")))?;
        let records = listed.hits.hits.into_iter();
        Ok(records.filter_map(|hit| hit.record.generation()).collect())
    }

    async fn record(&self, generation: &Generation) -> Result<(), Unavailable> {
        self.create_register().await?;
        let record = Record {
            number: generation.number,
            schema: generation.schema.clone(),
            stage: generation.stage.rank(),
            since: generation.since.millis(),
        };
        let path = format!(
            "{}/_doc/{}?version={}&version_type=external&refresh=true",
            self.register(),
            record.number,
            record.stage
        );
        let body = json!(record);
        let timeout = self.inner.write_timeout;
        let reply = self.send(Method::Put, &path, Body::Json(&body), timeout).await?;
        match reply.status {
            // 409: the register has this stage already, or a later one.
            200 | 201 | 409 => Ok(()),
            _ => Err(unavailable(reason(&reply))),
        }
    }

    async fn install(&self, ends: &[Position]) -> Result<(), Unavailable> {
        Self::install(self, ends).await
    }

    async fn erase(&self) -> Result<(), Unavailable> {
        Self::erase(self).await
    }

    async fn positions(&self) -> Result<Vec<Position>, Unavailable> {
        Self::positions(self).await
    }

    async fn until(&self) -> Result<Vec<Position>, Unavailable> {
        Self::until(self).await
    }
}
